"""Checkout Sessions: what can be sold, what is refused, how a session ends and what is told of it."""

from __future__ import annotations

from typing import Any

import pytest
import stripe
from stripe_checkout import CHALLENGED, DECLINED, VISA, again, create, flat, line, saving, selling, session, visit
from stripe_sellers import BANK, GOOD, SELLER, form
from stripe_types import shape_problems

from brownout.core.plan import Plan
from brownout.providers.stripe import StripeOptions

RICH: dict[str, Any] = {
    "line_items": [line(1500, 2, adjustable_quantity={"enabled": True, "maximum": 9}), line(250, 4, "Milk")],
    "metadata": {"order_id": "order-1"},
    "client_reference_id": "cart-9",
    "customer_creation": "always",
    "billing_address_collection": "required",
    "phone_number_collection": {"enabled": True},
    "shipping_address_collection": {"allowed_countries": ["DE", "US"]},
    "name_collection": {"business": {"enabled": True, "optional": True}, "individual": {"enabled": True}},
    "consent_collection": {"terms_of_service": "required", "promotions": "auto"},
    "custom_text": {"submit": {"message": "We deliver on Friday."}},
    "custom_fields": [
        {"key": "size", "label": {"type": "custom", "custom": "Size"}, "type": "dropdown",
         "dropdown": {"options": [{"label": "Small", "value": "s"}, {"label": "Large", "value": "l"}]}},
        {"key": "gift", "label": {"type": "custom", "custom": "Words"}, "type": "text", "optional": True},
        {"key": "year", "label": {"type": "custom", "custom": "Year"}, "type": "numeric",
         "numeric": {"minimum_length": 4, "maximum_length": 4}},
    ],
    "shipping_options": [
        {"shipping_rate_data": {"display_name": "Slow", "type": "fixed_amount",
                                "fixed_amount": {"amount": 300, "currency": "usd"}}},
        {"shipping_rate_data": {"display_name": "Fast", "type": "fixed_amount",
                                "fixed_amount": {"amount": 900, "currency": "usd"}}},
    ],
    "payment_intent_data": {"description": "A box", "metadata": {"box": "4"}, "setup_future_usage": "off_session"},
    "after_expiration": {"recovery": {"enabled": True}},
    "saved_payment_method_options": {"payment_method_save": "enabled"},
    "branding_settings": {"display_name": "Rosen & Co"},
    "wallet_options": {"link": {"display": "never"}},
    "submit_type": "book",
    "allow_promotion_codes": True,
    "tax_id_collection": {"enabled": False},
}  # fmt: skip
ANSWERS = {
    "card": VISA, "email": "ada@example.com", "name": "Ada", "terms": "accepted", "promotions": "opt_in",
    "custom[size]": "l", "custom[year]": "2026", "custom[gift]": "", "shipping[country]": "DE", "shipping[name]": "Bo",
    "shipping_option": "1", "quantity[0]": "3",
}  # fmt: skip


def types(world: Any) -> list[str]:
    """Return what was told of payments and sessions."""
    return [one for one in world.events() if not one.startswith(("product.", "price."))]


def test_every_session_has_what_the_sdk_declares(world: Any) -> None:
    """Open, complete and expired, rich and bare, with and without the page: no field is missing, unknown or wrong."""
    rich = session(world, **RICH)
    assert visit(world, rich["url"], ANSWERS).status == 303
    gone = session(world, after_expiration={"recovery": {"enabled": True}})
    world.post(f"/v1/checkout/sessions/{gone['id']}/expire")
    saved = create(world, saving(customer_creation="always")).body
    before = [rich, gone, session(world), saved]
    visit(world, saved["url"], {"card": VISA})
    embedded = create(world, selling(ui_mode="embedded_page", success_url=None, cancel_url=None, return_url="https://s.x",
                                     permissions={"update_shipping_details": "server_only"})).body  # fmt: skip
    expanded = world.get(f"/v1/checkout/sessions/{rich['id']}", "expand[]=line_items&expand[]=payment_intent").body

    found = [*before, *(again(world, one) for one in before), embedded, expanded]
    rates = world.get("/v1/shipping_rates").body["data"]

    assert [told for one in found for told in shape_problems(one, stripe.checkout.Session, "Session")] == []
    assert [told for one in rates for told in shape_problems(one, stripe.ShippingRate, "ShippingRate")] == []
    assert len(rates) == 2
    assert {(one["status"], one["mode"]) for one in found} >= {
        ("open", "payment"), ("complete", "payment"), ("expired", "payment"), ("open", "setup"), ("complete", "setup"),
    }  # fmt: skip
    items = expanded["line_items"]["data"]
    assert [told for one in items for told in shape_problems(one, stripe.LineItem, "LineItem")] == []


def test_a_session_adds_up_and_says_what_its_payer_said(world: Any) -> None:
    """Quantities and delivery are the payer's; the answers are in the session, the customer and the payment."""
    made = session(world, **RICH)
    visit(world, made["url"], ANSWERS)
    paid = again(world, made)
    intent = world.get(f"/v1/payment_intents/{paid['payment_intent']}").body
    customer = world.get(f"/v1/customers/{paid['customer']}").body

    assert (made["amount_subtotal"], made["amount_total"]) == (4000, 4300)
    assert (paid["amount_subtotal"], paid["amount_total"], intent["amount_received"]) == (5500, 6400, 6400)
    assert paid["total_details"]["amount_shipping"] == paid["shipping_cost"]["amount_total"] == 900
    assert (paid["status"], paid["payment_status"], paid["url"]) == ("complete", "paid", None)
    assert {one["key"]: one[one["type"]]["value"] for one in paid["custom_fields"]} == {
        "size": "l", "gift": None, "year": "2026",
    }  # fmt: skip
    assert paid["consent"] == {"promotions": "opt_in", "terms_of_service": "accepted"}
    assert paid["customer_details"]["email"] == customer["email"] == "ada@example.com"
    assert paid["customer_details"]["phone"]
    assert paid["collected_information"]["shipping_details"]["name"] == intent["shipping"]["name"] == "Bo"
    assert paid["collected_information"]["shipping_details"]["address"]["country"] == "DE"
    assert (intent["description"], intent["metadata"]) == ("A box", {"box": "4"})
    assert world.get("/v1/payment_methods", f"customer={customer['id']}").body["data"]


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"metadata": {"order_id": "order-1"}, "client_reference_id": "cart-9"}, "order-1"),
        ({"client_reference_id": "cart-9"}, "cart-9"),
        ({"payment_intent_data": {"metadata": {"order_id": "order-2"}}}, "order-2"),
        ({}, None),
    ],
)
def test_the_ledger_knows_whose_order_it_was(world: Any, more: dict[str, Any], key: str | None) -> None:
    """A session's order id is the business key of its payment, then its reference, also after a first decline."""
    made = session(world, **more)

    visit(world, made["url"], {"card": DECLINED})
    visit(world, made["url"], {"card": VISA})

    assert [(one.kind, one.key) for one in world.box.ledger] == [("authorize", key), ("capture", key)]


def test_a_decline_leaves_the_session_open_and_two_clicks_charge_once(world: Any) -> None:
    """The payment intent is made at the first attempt and used for the next; a form sent twice changes nothing."""
    made = session(world)
    declined = visit(world, made["url"], {"card": DECLINED})
    between = again(world, made)
    first, second = (visit(world, made["url"], {"card": VISA}) for _ in range(2))
    paid = again(world, made)

    assert made["payment_intent"] is None
    assert (declined.status, declined.alert) == (402, "Your card was declined.")
    assert (between["status"], between["payment_status"]) == ("open", "unpaid")
    assert between["payment_intent"] == paid["payment_intent"]
    assert (first.status, first.location) == (303, f"https://shop.example/ok?s={made['id']}")
    assert second.location == first.location
    assert types(world) == [
        "payment_intent.created", "charge.failed", "payment_intent.payment_failed", "charge.succeeded",
        "payment_intent.succeeded", "checkout.session.completed",
    ]  # fmt: skip
    assert sum(one.kind == "capture" for one in world.box.ledger) == 1
    event = world.get("/v1/events", "type=checkout.session.completed").body["data"][0]
    assert event["data"]["object"] == paid
    assert event["request"] == {"id": None, "idempotency_key": None}


@pytest.mark.parametrize(("result", "status", "redirected"), [("complete", "complete", 303), ("fail", "open", 200)])
@pytest.mark.parametrize("mode", ["payment", "setup"])
def test_the_bank_asks_on_its_own_page(world: Any, mode: str, result: str, status: str, redirected: int) -> None:
    """A challenge passed completes the session even if its payer never comes back; one failed can be tried again."""
    made = create(world, selling() if mode == "payment" else saving()).body
    bank = visit(world, made["url"], {"card": CHALLENGED}).location
    waiting = again(world, made)

    back = visit(world, bank, {"result": result}).location
    after = again(world, made)
    came = visit(world, back)

    assert (waiting["status"], "/3d_secure_2/" in bank) == ("open", True)
    assert after["status"] == status
    assert came.status == redirected
    if result == "fail":
        assert "failed authentication" in came.alert
        assert visit(world, made["url"], {"card": VISA}).status == 303
    assert again(world, made)["payment_status"] == ("paid" if mode == "payment" else "no_payment_required")


def test_a_hold_is_unpaid_until_it_is_captured(world: Any) -> None:
    """With manual capture the session is complete and unpaid; capturing pays it."""
    made = session(world, payment_intent_data={"capture_method": "manual"})
    visit(world, made["url"], {"card": VISA})
    held = again(world, made)

    captured = world.post(f"/v1/payment_intents/{held['payment_intent']}/capture")

    assert (held["status"], held["payment_status"], captured.status) == ("complete", "unpaid", 200)
    assert again(world, made)["payment_status"] == "paid"


def test_a_session_expires_on_world_time(world: Any) -> None:
    """After 24 hours, or when it says; its payment is cancelled, its page closed, and the event says so once."""
    soon = session(world, expires_at=int(world.box.moment.world) + 1800)
    late = session(world)
    visit(world, soon["url"], {"card": DECLINED})
    world.advance(1801)
    gone, still = again(world, soon), again(world, late)
    world.advance(86_400)

    assert (gone["status"], gone["url"], still["status"]) == ("expired", None, "open")
    assert again(world, late)["status"] == "expired"
    assert world.get(f"/v1/payment_intents/{gone['payment_intent']}").body["status"] == "canceled"
    assert types(world)[3:] == ["payment_intent.canceled", "checkout.session.expired", "checkout.session.expired"]
    closed = visit(world, soon["url"], {"card": VISA})
    assert (closed.status, "expired" in closed.text) == (410, True)
    assert not [one for one in world.box.ledger if one.kind == "capture"]


def test_an_expired_session_can_be_taken_up_again(world: Any) -> None:
    """Its recovery address opens a copy, for thirty days."""
    made = session(world, client_reference_id="cart-9", after_expiration={"recovery": {"enabled": True}})
    gone = world.post(f"/v1/checkout/sessions/{made['id']}/expire").body
    recovery = gone["after_expiration"]["recovery"]

    page = visit(world, recovery["url"]).location
    assert visit(world, page, {"card": VISA}).status == 303
    copy = world.get("/v1/checkout/sessions", "status=complete").body["data"][0]
    world.advance(31 * 86_400)

    assert (copy["recovered_from"], copy["amount_total"], copy["payment_status"]) == (made["id"], 4000, "paid")
    assert copy["id"] != made["id"]
    assert next(iter(world.box.ledger)).key == "cart-9"
    assert visit(world, recovery["url"]).status == 404


def test_only_the_payer_confirms_and_only_open_sessions_expire(world: Any) -> None:
    """The API can't confirm or cancel what a session's payer is about to pay, nor expire what is over."""
    made = session(world)
    visit(world, made["url"], {"card": DECLINED})
    intent = again(world, made)["payment_intent"]
    refused = [world.post(f"/v1/payment_intents/{intent}/{verb}") for verb in ("confirm", "cancel")]
    visit(world, made["url"], {"card": VISA})
    late = world.post(f"/v1/checkout/sessions/{made['id']}/expire")

    assert {(one.status, one.error["message"]) for one in refused} == {
        (400, "You cannot perform this action on PaymentIntents created by Checkout.")
    }
    assert late.error["message"] == (
        'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
        "`complete`."
    )
    missing = world.get("/v1/checkout/sessions/cs_test_x")
    assert (missing.status, missing.error["message"]) == (404, "No such checkout.session: 'cs_test_x'")


@pytest.mark.parametrize(
    ("more", "message", "param"),
    [
        ({"mode": "subscription"}, "it doesn't model subscriptions yet in Checkout. Sessions have", "mode"),
        ({"mode": None}, "Missing required param: mode.", "mode"),
        ({"line_items": None}, "Missing required param: line_items.", "line_items"),
        ({"success_url": None}, "Missing required param: success_url.", "success_url"),
        ({"success_url": "javascript://%0aalert(1)"}, "Not a valid URL", "success_url"),
        ({"cancel_url": "shop.example"}, "Not a valid URL", "cancel_url"),
        ({"expires_at": 1}, "must be at least 30 minutes", "expires_at"),
        ({"expires_at": 9_999_999_999}, "must be less than 24 hours", "expires_at"),
        ({"ui_mode": "popup"}, "Invalid ui_mode: must be one of elements,", "ui_mode"),
        ({"ui_mode": "elements"}, "`success_url` is not allowed", "success_url"),
        ({"return_url": "https://s.x"}, "`return_url` is not allowed when `ui_mode` is `hosted_page`", "return_url"),
        ({"customer": "cus_x"}, "No such customer: 'cus_x'", "customer"),
        ({"customer": "cus_x", "customer_email": "a@b.c"}, "You may only specify one of these", "customer_email"),
        ({"customer_update": {"name": "auto"}}, "can only be used with `customer`", "customer_update"),
        ({"line_items": [line(10)]}, "must add up to at least $0.50 usd", "line_items"),
        ({"line_items": [{"quantity": 1}]}, "You must provide either price or price_data", None),
        ({"line_items": [{"price": "price_x", "quantity": 1}]}, "No such price: 'price_x'", "line_items[0][price]"),
        ({"line_items": [{**line(), "quantity": ""}]}, "You passed an empty string", "line_items[0][quantity]"),
        ({"line_items": [{"price_data": line()["price_data"]}]}, "Quantity is required.", "line_items[0]"),
        ({"line_items": [line()] * 101}, "only specify up to 100 line items", "line_items"),
        ({"line_items": [{"quantity": 1, "price_data": {"currency": "usd", "product_data": {"name": "a"}}}]},
         "either `unit_amount` or", "line_items[0][price_data]"),
        ({"line_items": [{"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 900}}]},
         "either `product` or", "line_items[0][price_data]"),
        ({"setup_intent_data": {"description": "d"}}, "You can not pass `setup_intent_data` in `payment` mode.",
         "setup_intent_data"),
        ({"payment_intent_data": {"colour": "red"}}, "Received unknown parameter", "payment_intent_data[colour]"),
        ({"payment_method_collection": "always"}, "can only be set in `subscription` mode",
         "payment_method_collection"),
        ({"discounts": [{"coupon": "A"}]}, "it doesn't model coupons and promotion codes", "discounts"),
        ({"automatic_tax": {"enabled": True}}, "valid head office address", "automatic_tax[enabled]"),
        ({"invoice_creation": {"enabled": True}}, "it doesn't model invoices", "invoice_creation"),
        ({"allowed_payment_method_types": ["ideal"]}, "No valid payment method types",
         "allowed_payment_method_types"),
        ({"custom_fields": [{"key": "a", "label": {"type": "custom", "custom": "A"}, "type": "dropdown"}]},
         "You must provide `options`", "custom_fields[0][dropdown]"),
        ({"shipping_options": [{"shipping_rate": "shr_x"}]}, "No such shipping_rate: 'shr_x'",
         "shipping_options[0][shipping_rate]"),
        ({"made_up": 1}, "Received unknown parameter: made_up", "made_up"),
    ],
)  # fmt: skip
def test_what_a_session_refuses(world: Any, more: dict[str, Any], message: str, param: str | None) -> None:
    """Refused in Stripe's words, with the parameter's name, and nothing is changed."""
    before = world.state()

    answer = create(world, selling(**more))

    assert answer.status == 400
    assert message in answer.error["message"]
    assert answer.error.get("param") == param
    assert world.state() == before


def test_prices_are_checked_before_they_are_sold(world: Any) -> None:
    """An inactive, recurring or foreign price is refused, and a setup sells nothing."""
    tea = world.post("/v1/prices", "currency=usd&unit_amount=900&product_data[name]=Tea").body["id"]
    monthly = world.post("/v1/prices", "currency=usd&unit_amount=9&recurring[interval]=month&product_data[name]=T").body
    euro = world.post("/v1/prices", "currency=eur&unit_amount=900&product_data[name]=Tee").body["id"]
    off = world.post("/v1/prices", "currency=usd&unit_amount=900&product_data[name]=Old").body["id"]
    world.post(f"/v1/prices/{off}", "active=false")

    def told(*ids: str) -> str:
        answer = create(world, selling(line_items=[{"price": one, "quantity": 1} for one in ids]))
        return str(answer.error["message"])

    assert told(off) == "The price specified is inactive. This field only accepts active prices."
    assert told(monthly["id"]).startswith("You specified `payment` mode but passed a recurring price.")
    assert told(tea, euro) == "All prices must have the same currency: `line_items[1]` has eur, those before it usd."
    assert (
        create(world, saving(line_items=[line()])).error["message"] == "You can not pass `line_items` in `setup` mode."
    )
    assert create(world, {"mode": "setup", "success_url": "https://s.x"}).error["param"] == "currency"


def test_a_free_order_needs_no_card(world: Any) -> None:
    """A total of nothing is completed without a payment."""
    made = session(world, line_items=[line(0)])
    page = visit(world, made["url"])
    visit(world, made["url"], {"email": "a@example.com", "name": "Ada"})
    done = again(world, made)

    assert "card" not in page.fields
    assert (done["payment_status"], done["payment_intent"], done["status"]) == ("no_payment_required", None, "complete")


def test_line_items_are_listed_in_order_and_expanded(world: Any) -> None:
    """Page by page, in the order they were given; `expand` leads through the list to the products."""
    made = session(world, line_items=[line(100 * place, 1, f"Item {place}") for place in range(1, 13)])
    path = f"/v1/checkout/sessions/{made['id']}/line_items"
    first = world.get(path, "limit=5").body
    second = world.get(path, f"limit=20&starting_after={first['data'][-1]['id']}&expand[]=data.price.product").body
    shown = world.get(f"/v1/checkout/sessions/{made['id']}", "expand[]=line_items.data.price.product").body[
        "line_items"
    ]
    listed = world.get("/v1/checkout/sessions", "expand[]=data.line_items").body["data"][0]["line_items"]
    wrong = world.get(f"/v1/checkout/sessions/{made['id']}", "expand[]=line_items.data.colour")

    names = [one["description"] for one in (*first["data"], *second["data"])]
    assert names == [f"Item {place}" for place in range(1, 13)]
    assert (first["has_more"], second["has_more"], shown["has_more"]) == (True, False, True)
    assert second["data"][0]["price"]["product"]["name"] == "Item 6"
    assert shown["data"][0]["price"]["product"]["name"] == "Item 1"
    assert isinstance(listed["data"][0]["price"]["product"], str)
    assert "line_items" not in made
    assert wrong.error["message"] == "This property cannot be expanded (line_items.data.colour)."


def test_sessions_are_updated_listed_and_their_accounts_apart(world: Any) -> None:
    """Metadata merges; filters compare; another account's key sees nothing, while the page needs no key."""
    made, other = session(world, customer_email="ada@example.com"), session(world)
    changed = world.post(f"/v1/checkout/sessions/{made['id']}", "metadata[a]=1").body
    by_email = world.get("/v1/checkout/sessions", "customer_details[email]=ada@example.com").body["data"]
    visit(world, other["url"], {"card": VISA})
    intent = again(world, other)["payment_intent"]
    by_intent = world.get("/v1/checkout/sessions", f"payment_intent={intent}").body["data"]
    open_ones = world.get("/v1/checkout/sessions", "status=open").body["data"]

    assert changed["metadata"] == {"a": "1"}
    assert [one["id"] for one in by_email] == [one["id"] for one in open_ones] == [made["id"]]
    assert [one["id"] for one in by_intent] == [other["id"]]
    assert world.get(f"/v1/checkout/sessions/{made['id']}", key="sk_test_another").status == 404


def test_older_versions_call_the_page_hosted() -> None:
    """Parameters and answers are those of the version that is asked for."""
    from stripe_world import World  # noqa: PLC0415 - a world of its own

    world = World()
    old = {"Stripe-Version": "2024-06-20"}
    made = create(world, selling(ui_mode="hosted", payment_method_types=["card"]), headers=old)

    assert (made.status, made.body["ui_mode"]) == (200, "hosted")
    assert again(world, made.body)["ui_mode"] == "hosted_page"


def test_a_customer_is_prefilled_and_updated(world: Any) -> None:
    """A customer's email is theirs to change, not the payer's; what `customer_update` allows is taken over."""
    ada = world.post("/v1/customers", "email=ada@example.com").body["id"]
    bare = world.post("/v1/customers", "description=d").body["id"]
    made = session(world, customer=ada, customer_update={"name": "auto", "address": "auto"})
    page = visit(world, made["url"])
    visit(world, made["url"], {"card": VISA, "email": "eve@example.com", "name": "Ada L."})
    other = session(world, customer=bare)
    visit(world, other["url"], {"card": VISA, "email": "bo@example.com", "name": "Bo"})

    assert made["customer_details"]["email"] == "ada@example.com"
    assert "email" not in page.fields
    assert again(world, made)["customer"] == ada
    now = world.get(f"/v1/customers/{ada}").body
    assert (now["email"], now["name"], now["address"]["country"]) == ("ada@example.com", "Ada L.", "US")
    late = world.get(f"/v1/customers/{bare}").body
    assert (late["email"], late["name"]) == ("bo@example.com", None)


def test_the_same_seed_sells_the_same(make_world: Any) -> None:
    """Ids, addresses and events of two runs are equal."""

    def run() -> bytes:
        world = make_world(plan=Plan(seed=3, providers={"stripe": StripeOptions()}))
        made = session(world, **RICH)
        visit(world, made["url"], {"card": DECLINED, "terms": "accepted"})
        visit(world, made["url"], ANSWERS)
        return bytes(world.get("/v1/events", "limit=100").raw)

    assert run() == run()


def test_the_helper_flattens_as_the_sdk_does() -> None:
    """Lists are numbered, booleans are words."""
    assert flat({"a": [{"b": True}], "c": {"d": 1}}) == [("a[0][b]", "true"), ("c[d]", "1")]


def test_a_payment_is_shared_with_a_connected_account(world: Any) -> None:
    """`transfer_data` and the platform's fee reach the payment; a destination that nobody has is refused at once."""
    seller = world.post("/v1/accounts", form({**SELLER, "external_account": {**BANK, "account_number": GOOD}})).body
    shared = {"transfer_data": {"destination": seller["id"]}, "application_fee_amount": 100}
    made = session(world, payment_intent_data=shared)
    visit(world, made["url"], {"card": VISA})
    direct = create(
        world, selling(payment_intent_data={"application_fee_amount": 70}), headers={"Stripe-Account": seller["id"]}
    ).body
    visit(world, direct["url"], {"card": VISA})
    world.advance(2)
    wrong = create(world, selling(payment_intent_data={"transfer_data": {"destination": "acct_nobody"}}))

    assert [one["destination"] for one in world.get("/v1/transfers").body["data"]] == [seller["id"]]
    assert sorted(one["amount"] for one in world.get("/v1/application_fees").body["data"]) == [70, 100]
    assert (wrong.status, wrong.error["message"]) == (400, "No such destination: 'acct_nobody'")
