"""The buyer's side: approving and cancelling on a page, money that takes its time, and time that runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from paypal_world import CARD, FULL, World, order

from brownout.core.invariants import money_conserved
from brownout.providers.paypal import PayPalOptions

if TYPE_CHECKING:
    from paypal_world import Answered

ORDERS = "/v2/checkout/orders"
PAYMENTS = "/v2/payments"
HOUR = 3600
DAY = 86_400
BOTH_WAYS = {"return_url": "https://shop.example/back", "cancel_url": "https://shop.example/cart?c=1"}
PAYPAL = {"paypal": {"experience_context": BOTH_WAYS}}


def manual(**options: Any) -> World:
    """Return a world whose orders wait for a buyer."""
    return World(PayPalOptions(approve="manual", **options))


def decide(world: World, order_id: str, decision: str) -> Answered:
    """Press a button of the page."""
    return world.post("/checkoutnow", {"token": order_id, "decision": decision}, Authorization="")


def with_token(world: World) -> dict[str, str]:
    """Return the header of a token that is valid by now."""
    return {"Authorization": f"Bearer {world.token().body['access_token']}"}


def test_a_page_asks_the_buyer() -> None:
    """A visit alone changes nothing; the form goes to where a test can send it as well."""
    world = manual()
    made = world.create(payment_source=PAYPAL)
    before = world.state()
    page = world.get(made.links["payer-action"], Authorization="")
    unchanged = world.state() == before
    form = f"token={made.body['id']}&decision=approve".encode()
    done = world.post("/checkoutnow", form, Content_Type="application/x-www-form-urlencoded", Authorization="")

    assert page.status == 200
    assert b'action="/checkoutnow"' in page.raw
    assert page.raw.count(b"<button") == 6
    assert b"100.00 USD" in page.raw
    assert unchanged
    assert done.headers["Location"].startswith(f"https://shop.example/back?token={made.body['id']}&PayerID=")
    assert world.capture(made.body["id"]).status == 201


def test_the_page_for_3d_secure_has_two_buttons() -> None:
    """A card is the buyer's, or it isn't."""
    world = manual()
    card = {**CARD, "attributes": {"verification": {"method": "SCA_ALWAYS"}}}
    made = world.create(key="k", payment_source={"card": card})
    page = world.get(made.links["payer-action"], Authorization="")

    assert b"Is this your card?" in page.raw
    assert page.raw.count(b"<button") == 2
    assert world.capture(made.body["id"]).issue == "ORDER_NOT_APPROVED"


def test_a_buyer_who_cancels_is_sent_elsewhere() -> None:
    """And the order is as it was: they may come back and approve it."""
    world = manual()
    made = world.create(payment_source=PAYPAL).body["id"]
    before = world.state()
    gone = decide(world, made, "cancel")
    unchanged = world.state() == before
    decide(world, made, "approve")

    assert gone.status == 302
    assert gone.headers["Location"] == f"https://shop.example/cart?c=1&token={made}"
    assert unchanged
    assert world.capture(made).status == 201


def test_a_buyer_who_cancels_without_a_way_back_sees_a_page() -> None:
    """200, and nothing happened."""
    world = manual()
    made = world.create().body["id"]

    assert b"Order not approved" in decide(world, made, "cancel").raw
    assert world.capture(made).issue == "ORDER_NOT_APPROVED"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"token": "NONE", "decision": "approve"}, 404),
        ({"token": ["x"], "decision": "approve"}, 404),
        ({"decision": "approve"}, 404),
        ({"token": "", "decision": "perhaps"}, 400),
        ({"token": ""}, 400),
        ({"token": "", "decision": ["approve"]}, 400),
    ],
)
def test_what_cant_be_decided_is_refused(body: dict[str, Any], status: int) -> None:
    """In HTML, for a person."""
    world = manual()
    made = world.create().body["id"]
    before = world.state()
    given = {**body, "token": made} if body.get("token") == "" else body
    answered = world.post("/checkoutnow", given, Authorization="")

    assert (answered.status, answered.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert world.state() == before


def test_a_visit_approves_at_once_where_that_is_automatic(world: World) -> None:
    """`approve: auto` has no buttons."""
    made = world.create(payment_source=PAYPAL)
    page = world.get(made.links["payer-action"], Authorization="")

    assert page.status == 302
    assert world.get(f"{ORDERS}/{made.body['id']}").body["status"] == "APPROVED"


# ---------------------------------------------------------------- orders that run out of time


def test_a_buyer_has_three_hours_and_the_merchant_three_more(world: World) -> None:
    """The second begins when they approve."""
    made = world.create()
    world.advance(3 * HOUR)
    world.get(made.links["approve"], Authorization="")
    world.advance(3 * HOUR)

    assert world.capture(made.body["id"]).status == 201


@pytest.mark.parametrize("approved", [False, True], ids=["created", "approved"])
@pytest.mark.parametrize("intent", ["CAPTURE", "AUTHORIZE"])
def test_an_order_expires(world: World, intent: str, approved: bool) -> None:  # noqa: FBT001 - a case
    """VOIDED when it is read; every call that would do something is refused, and changes nothing."""
    made = world.create(intent=intent)
    path = f"{ORDERS}/{made.body['id']}"
    if approved:
        world.get(made.links["approve"], Authorization="")
    world.advance(3 * HOUR + 1)
    before = world.state()
    verb = "capture" if intent == "CAPTURE" else "authorize"
    refused = [
        world.post(f"{path}/{verb}"),
        world.post(f"{path}/confirm-payment-source", {"payment_source": {"card": CARD}}),
        world.send("PATCH", path, [{"op": "replace", "path": "/intent", "value": "CAPTURE"}]),
    ]

    assert [(one.status, one.issue) for one in refused] == [(422, "ORDER_EXPIRED")] * 3
    assert world.get(made.links.get("approve", ""), Authorization="").status == 410
    assert world.get(path).body["status"] == "VOIDED"
    assert list(world.get(path).links) == ["self"]
    assert world.state() == before


def test_how_long_an_order_lives_is_an_option() -> None:
    """24, 48 or 72 hours by agreement with PayPal."""
    world = World(PayPalOptions(order_life=72.0 * HOUR))
    made = world.create().body["id"]
    world.advance(72 * HOUR)

    assert world.capture(made, **with_token(world)).status == 201


def test_a_paid_order_never_expires(world: World) -> None:
    """It stays COMPLETED."""
    made = world.create().body["id"]
    world.capture(made)
    world.advance(30 * DAY)

    assert world.get(f"{ORDERS}/{made}", **with_token(world)).body["status"] == "COMPLETED"


# ---------------------------------------------------------------- money that takes its time


@pytest.mark.parametrize(
    ("funding", "reason", "end"),
    [
        ("echeck", "ECHECK", "COMPLETED"),
        ("echeck_bounces", "ECHECK", "DECLINED"),
        ("review", "PENDING_REVIEW", "COMPLETED"),
        ("review_fails", "PENDING_REVIEW", "DECLINED"),
    ],
)
def test_a_pending_capture_ends_after_three_days(funding: str, reason: str, end: str) -> None:
    """Until then it can't be refunded, shows no fee, and its money is held."""
    world = manual()
    made = world.create().body["id"]
    decide(world, made, funding)
    capture = world.capture(made).capture
    refused = world.refund(capture["id"])
    during = [one.kind for one in world.box.ledger]
    world.advance(3 * DAY)
    after = world.get(f"{PAYMENTS}/captures/{capture['id']}", **with_token(world)).body

    assert (capture["status"], capture["status_details"]) == ("PENDING", {"reason": reason})
    assert "seller_receivable_breakdown" not in capture
    assert refused.issue == "PENDING_CAPTURE"
    assert during == ["authorize"]
    assert after["status"] == end
    assert "status_details" not in after
    assert [one.kind for one in world.box.ledger][1:] == ["capture" if end == "COMPLETED" else "release"]
    assert money_conserved(world.box.ledger) == []


@pytest.mark.parametrize("end", ["COMPLETED", "DECLINED"])
def test_every_capture_can_be_made_to_wait(end: Any) -> None:
    """Also those of authorizations, which go on holding the money meanwhile."""
    world = World(PayPalOptions(pending="UNILATERAL", pending_for=60.0, pending_ends=end))
    made = world.create(intent="AUTHORIZE").body["id"]
    held = world.post(f"{ORDERS}/{made}/authorize", **FULL).authorization["id"]
    taken = world.post(f"{PAYMENTS}/authorizations/{held}/capture", {"final_capture": True}, **FULL).body
    world.advance(60)
    after = world.get(f"{PAYMENTS}/captures/{taken['id']}").body

    assert (taken["status"], after["status"]) == ("PENDING", end)
    assert [one.kind for one in world.box.ledger] == ["authorize", "capture" if end == "COMPLETED" else "release"]


def test_a_bounced_echeck_gives_its_invoice_back() -> None:
    """While it is pending the invoice counts as paid."""
    world = manual(unique_invoices=True)
    first, second = (world.create(unit={"invoice_id": "i-1"}).body["id"] for _ in range(2))
    decide(world, first, "echeck_bounces")
    world.capture(first)
    decide(world, second, "approve")
    during = world.capture(second)
    world.advance(3 * DAY)
    third = world.post(ORDERS, order(unit={"invoice_id": "i-1"}), **with_token(world)).body["id"]
    decide(world, third, "approve")

    assert during.issue == "DUPLICATE_INVOICE_ID"
    assert world.capture(third, **with_token(world)).capture["status"] == "COMPLETED"


def test_what_a_buyer_is_told_stands_before_a_fragment() -> None:
    """Shops whose pages are routed behind `#` find the token where they look for it."""
    world = World(PayPalOptions(approve="auto"))
    context = {"return_url": "https://shop.example/#/paid", "cancel_url": "https://shop.example/#/cart"}
    made = world.create(payment_source={"paypal": {"experience_context": context}}).body["id"]
    sent = world.get(f"/checkoutnow?token={made}")

    assert sent.headers["Location"].startswith(f"https://shop.example/?token={made}&PayerID=")
    assert sent.headers["Location"].endswith("#/paid")
