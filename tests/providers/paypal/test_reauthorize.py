"""Reauthorization, and the days of honor that it is for."""

from __future__ import annotations

from typing import Any

import pytest
from paypal_world import CARD, FULL, World, usd

from brownout.core.invariants import money_conserved
from brownout.providers.paypal import PayPalOptions

PATH = "/v2/payments/authorizations"
DAY = 86_400


def authorized(world: World, value: str = "100.00", **more: Any) -> str:
    """Return the id of a new authorization."""
    made = world.create(value, intent="AUTHORIZE", **more).body["id"]
    return str(world.post(f"/v2/checkout/orders/{made}/authorize", **FULL).authorization["id"])


def renew(world: World, held: str, value: str | None = None, currency: str = "USD", **headers: str) -> Any:
    """Reauthorize, with a token that is valid by now."""
    body = {} if value is None else {"amount": usd(value, currency)}
    bearer = f"Bearer {world.token().body['access_token']}"
    return world.post(f"{PATH}/{held}/reauthorize", body, Authorization=bearer, **{**FULL, **headers})


def entries(world: World) -> list[tuple[str, int]]:
    """Return what the ledger holds."""
    return [(one.kind, one.amount_minor) for one in world.box.ledger]


def later(world: World, path: str, body: Any = None, method: str = "POST") -> Any:
    """Send a call with a token that is valid by now."""
    return world.send(method, path, body, Authorization=f"Bearer {world.token().body['access_token']}", **FULL)


def test_a_reauthorization_is_a_new_id_for_the_same_money(world: World) -> None:
    """201; the rest of the 29 days counts on, the money is held once, and taken by either id."""
    held = authorized(world)
    world.advance(4 * DAY)
    made = renew(world, held)
    taken = later(world, f"{PATH}/{made.body['id']}/capture", {"amount": usd("40.00")})
    shown = [later(world, f"{PATH}/{one}", method="GET").body["status"] for one in (held, made.body["id"])]

    assert made.status == 201
    assert made.body["id"] != held
    assert made.body["expiration_time"] == "2026-01-30T00:00:00Z"
    assert [one["rel"] for one in made.body["links"]] == ["self", "capture", "up"]
    assert shown == ["PARTIALLY_CAPTURED"] * 2
    assert taken.body["links"][-1]["href"] == f"{PATH}/{made.body['id']}"
    assert entries(world) == [("authorize", 10_000), ("capture", 4_000)]


@pytest.mark.parametrize(
    ("value", "entry"),
    [("115.00", ("authorize", 1_500)), ("80.00", ("release", 2_000)), ("100.00", None)],
)
def test_the_amount_may_change(world: World, value: str, entry: Any) -> None:
    """What is held changes with it, and all of it can be taken."""
    held = authorized(world)
    world.advance(4 * DAY)
    made = renew(world, held, value).body
    later(world, f"{PATH}/{made['id']}/capture")

    assert made["amount"] == usd(value)
    assert entries(world)[1:-1] == ([entry] if entry is not None else [])
    assert entries(world)[-1] == ("capture", round(float(value) * 100))
    assert money_conserved(world.box.ledger) == []


def test_it_can_be_done_again_after_its_own_days_of_honor(world: World) -> None:
    """On the first id: a reauthorization itself can neither be reauthorized nor voided."""
    held = authorized(world)
    world.advance(4 * DAY)
    made = renew(world, held).body["id"]
    too_soon = renew(world, held)
    of_itself = renew(world, made)
    voided = later(world, f"{PATH}/{made}/void")
    world.advance(3 * DAY + 1)
    again = renew(world, held)
    whole = later(world, f"{PATH}/{held}/void")

    assert too_soon.issue == "REAUTHORIZATION_TOO_SOON"
    assert of_itself.issue == "REAUTHORIZATION_NOT_SUPPORTED"
    assert voided.issue == "CANNOT_BE_VOIDED"
    assert (again.status, whole.body["status"]) == (201, "VOIDED")
    assert later(world, f"{PATH}/{made}", method="GET").body["status"] == "VOIDED"
    assert entries(world) == [("authorize", 10_000), ("release", 10_000)]


@pytest.mark.parametrize(
    ("value", "currency", "issue"),
    [
        ("115.01", "USD", "AUTHORIZATION_AMOUNT_EXCEEDED"),
        ("100.00", "EUR", "AUTH_CURRENCY_MISMATCH"),
        ("0.00", "USD", "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ("1.001", "USD", "DECIMAL_PRECISION"),
        ("1", "XXX", "INVALID_CURRENCY_CODE"),
        ("1.5", "JPY", "DECIMALS_NOT_SUPPORTED"),
        ("x", "USD", "INVALID_PARAMETER_SYNTAX"),
    ],
)
def test_an_amount_that_cant_be_is_refused(world: World, value: str, currency: str, issue: str) -> None:
    """And changes nothing."""
    held = authorized(world)
    world.advance(4 * DAY)
    assert world.token()
    before = world.state()

    assert renew(world, held, value, currency).issue == issue
    assert world.state() == before


def test_what_was_authorized_beyond_the_first_amount_has_no_overage_of_its_own(world: World) -> None:
    """A buyer who agreed to 100.00 never pays more than 115.00."""
    held = authorized(world)
    world.advance(4 * DAY)
    again = renew(world, held, "115.00").body["id"]
    path = f"/v2/payments/authorizations/{again}/capture"
    more, most = (later(world, path, {"amount": usd(value)}) for value in ("115.01", "115.00"))

    assert (more.issue, most.status) == ("MAX_CAPTURE_AMOUNT_EXCEEDED", 201)
    assert entries(world)[-1] == ("capture", 11_500)


def test_no_more_than_75_dollars_more(world: World) -> None:
    """Whatever the 15 % would be; other currencies have no such bound."""
    dollars, euros = authorized(world, "1000.00"), authorized(world, "1000.00", currency="EUR")
    world.advance(4 * DAY)

    assert renew(world, dollars, "1075.01").issue == "AUTHORIZATION_AMOUNT_EXCEEDED"
    assert renew(world, dollars, "1075.00").status == 201
    assert renew(world, euros, "1150.00", "EUR").status == 201


def test_each_state_has_its_refusal(world: World) -> None:
    """Taken, taken in part, let go, of a card, in its days of honor, past its 29 days."""
    fresh, taken, part, voided, late = (authorized(world) for _ in range(5))
    world.post(f"{PATH}/{taken}/capture")
    world.post(f"{PATH}/{part}/capture", {"amount": usd("1.00")})
    world.post(f"{PATH}/{voided}/void")
    card = world.create(key="k", intent="AUTHORIZE", payment_source={"card": CARD}).authorization["id"]
    early = renew(world, fresh).issue
    world.advance(4 * DAY)
    issues = [renew(world, one).issue for one in (taken, part, voided, card, "NONE")]
    world.advance(25 * DAY)

    assert early == "REAUTHORIZATION_TOO_SOON"
    assert issues == [
        "AUTHORIZATION_ALREADY_CAPTURED", "AUTHORIZATION_ALREADY_CAPTURED", "AUTHORIZATION_VOIDED",
        "REAUTHORIZATION_NOT_SUPPORTED", "INVALID_RESOURCE_ID",
    ]  # fmt: skip
    assert renew(world, late).issue == "AUTHORIZATION_EXPIRED"


def test_a_repeat_returns_the_same_reauthorization(world: World) -> None:
    """201, then 200, briefly or in full as it is asked for."""
    held = authorized(world)
    world.advance(4 * DAY)
    first = renew(world, held, PayPal_Request_Id="k")
    again = renew(world, held, PayPal_Request_Id="k", Prefer="return=minimal")

    assert (first.status, again.status) == (201, 200)
    assert again.body["id"] == first.body["id"]
    assert list(again.body) == ["id", "status", "links"]


@pytest.mark.parametrize(("policy", "issue"), [("pay", None), ("refuse", "PAYER_CANNOT_PAY")])
def test_after_the_days_of_honor_money_may_be_gone(policy: Any, issue: str | None) -> None:
    """As the option says; a reauthorization brings it back for three days."""
    world = World(PayPalOptions(after_honor=policy))
    held = authorized(world)
    world.advance(3 * DAY + 1)
    lapsed = later(world, f"{PATH}/{held}/capture", {"amount": usd("1.00")})
    assert (lapsed.issue if issue else lapsed.status) == (issue or 201)
    if issue is not None:
        made = renew(world, held).body["id"]
        assert later(world, f"{PATH}/{made}/capture").status == 201
