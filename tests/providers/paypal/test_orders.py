"""Orders: made, shown, approved, changed, captured and authorized; and how each is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from paypal_world import CARD, FULL, World, order, usd

from brownout.core.plan import Plan
from brownout.providers.paypal import PayPalOptions
from brownout.providers.paypal.cards import DECLINES

if TYPE_CHECKING:
    from paypal_world import Answered

ORDERS = "/v2/checkout/orders"
PAYPAL = {"paypal": {"experience_context": {"return_url": "https://shop.example/back?cart=1"}}}


def manual() -> World:
    """Return a world whose orders wait for a buyer."""
    return World(PayPalOptions(approve="manual"))


def visit(world: World, made: Answered) -> Answered:
    """Let an order's buyer agree, without a token."""
    return world.post("/checkoutnow", {"token": made.body["id"], "decision": "approve"}, Authorization="")


def test_a_new_order_shows_its_id_its_status_and_what_comes_next(world: World) -> None:
    """201, as little as PayPal shows by default, in its order."""
    answered = world.post(ORDERS, order())
    made = answered.body

    assert answered.status == 201
    assert list(made) == ["id", "status", "links"]
    assert made["status"] == "CREATED"
    assert len(made["id"]) == 17
    assert made["id"].isupper()
    assert [(one["rel"], one["method"]) for one in made["links"]] == [
        ("self", "GET"),
        ("approve", "GET"),
        ("update", "PATCH"),
        ("capture", "POST"),
    ]


def test_a_representation_shows_all_of_it(world: World) -> None:
    """What was sent, the payee and the time, in PayPal's order."""
    unit = {
        "reference_id": "u-1",
        "amount": usd("21.50") | {"breakdown": {"item_total": usd("20.00"), "tax_total": usd("1.50"),
                                                "discount": usd("0.0")}},
        "description": "Tea",
        "custom_id": "c-1",
        "invoice_id": "i-1",
        "soft_descriptor": "TEA",
        "items": [{"name": "Tea", "quantity": "2", "unit_amount": usd("10.00"), "tax": usd("0.75"), "sku": "t"}],
        "shipping": {"name": {"full_name": "Jane Roe"}},
    }  # fmt: skip
    made = world.post(ORDERS, {"intent": "CAPTURE", "purchase_units": [unit]}, **FULL).body
    shown = made["purchase_units"][0]

    assert list(made) == ["id", "intent", "status", "purchase_units", "create_time", "links"]
    assert made["create_time"] == "2026-01-01T00:00:00Z"
    assert {name: shown[name] for name in unit} == unit  # 0.0 too, as it was sent
    assert list(shown["payee"]) == ["email_address", "merchant_id"]
    assert world.get(f"{ORDERS}/{made['id']}").body == made


def test_an_amount_is_shown_with_its_currencys_decimals(world: World) -> None:
    """110.0 is taken, and shown as 110.00."""
    assert world.create("110.0").body["purchase_units"][0]["amount"] == usd("110.00")
    assert world.create(".5").body["purchase_units"][0]["amount"] == usd("0.50")
    assert world.create("0500", currency="JPY").body["purchase_units"][0]["amount"] == usd("500", "JPY")


def test_an_order_is_captured_out_of_the_box(world: World) -> None:
    """Create, then capture: the buyer is taken to have approved, and pays with the account."""
    made = world.create(unit={"invoice_id": "o-1"}).body
    world.advance(90)
    answered = world.capture(made["id"])
    done, capture = answered.body, answered.capture

    assert answered.status == 201
    assert list(done) == ["id", "intent", "status", "payment_source", "purchase_units", "payer", "create_time",
                          "update_time", "links"]  # fmt: skip
    assert (done["status"], done["update_time"]) == ("COMPLETED", "2026-01-01T00:01:30Z")
    assert done["payment_source"]["paypal"]["account_id"] == done["payer"]["payer_id"]
    assert list(capture) == ["id", "status", "amount", "final_capture", "seller_protection",
                             "seller_receivable_breakdown", "invoice_id", "links", "create_time",
                             "update_time"]  # fmt: skip
    assert (capture["status"], capture["final_capture"]) == ("COMPLETED", True)
    assert capture["seller_receivable_breakdown"] == {
        "gross_amount": usd("100.00"),
        "paypal_fee": usd("3.98"),
        "net_amount": usd("96.02"),
    }
    assert [one["rel"] for one in capture["links"]] == ["self", "refund", "up"]
    assert [one["rel"] for one in done["links"]] == ["self"]


def test_a_capture_is_answered_briefly_unless_all_is_wanted(world: World) -> None:
    """The brief answer still holds the payments; amounts and intent are left out."""
    made = world.create().body["id"]
    done = world.post(f"{ORDERS}/{made}/capture", Prefer="return=minimal").body

    assert list(done) == ["id", "status", "payment_source", "purchase_units", "payer", "links"]
    assert list(done["purchase_units"][0]) == ["reference_id", "payments"]


def test_the_money_is_in_the_ledger_under_the_orders_key(world: World) -> None:
    """One payment an order, whoever named it: capture and refund need no key of their own."""
    made = world.create(unit={"invoice_id": "o-1"}).body["id"]
    capture = world.capture(made).capture["id"]
    world.refund(capture, "10.00")

    assert [(one.kind, one.payment, one.key, one.amount_minor, one.currency) for one in world.box.ledger] == [
        ("authorize", made, "o-1", 10_000, "usd"),
        ("capture", made, "o-1", 10_000, "usd"),
        ("refund", made, "o-1", 1_000, "usd"),
    ]


@pytest.mark.parametrize(
    ("unit", "key"),
    [
        ({"invoice_id": "i", "custom_id": "c", "reference_id": "r"}, "i"),
        ({"custom_id": "c", "reference_id": "r"}, "c"),
        ({"reference_id": "r"}, "r"),
        ({"reference_id": "default"}, None),
        ({}, None),
    ],
)
def test_what_a_purchase_is_called(world: World, unit: dict[str, str], key: str | None) -> None:
    """By its invoice, else its custom id, else its reference, unless that is PayPal's own."""
    world.paid(unit=unit)

    assert {one.key for one in world.box.ledger} == {key}


def test_baggage_names_a_purchase_before_anything_else(world: World) -> None:
    """A drill's client says which operation it works on."""
    made = world.post(ORDERS, order(unit={"invoice_id": "i"}), baggage="brownout.key=op-7").body["id"]
    world.capture(made)

    assert {one.key for one in world.box.ledger} == {"op-7"}


def test_each_unit_is_captured(world: World) -> None:
    """Several units are several captures of one payment."""
    units = [{"reference_id": name, "amount": usd("10.00")} for name in ("a", "b")]
    made = world.post(ORDERS, {"intent": "CAPTURE", "purchase_units": units}).body["id"]
    done = world.capture(made).body

    ids = [unit["payments"]["captures"][0]["id"] for unit in done["purchase_units"]]
    assert len(set(ids)) == 2
    assert sum(one.amount_minor for one in world.box.ledger if one.kind == "capture") == 2_000
    assert {one.payment for one in world.box.ledger} == {made}


def test_a_second_capture_is_refused(world: World) -> None:
    """And the money moves once."""
    made = world.create().body["id"]
    world.capture(made)
    before = world.state()
    again = world.capture(made)

    assert (again.status, again.issue) == (422, "ORDER_ALREADY_CAPTURED")
    assert again.body["details"][0]["description"] == (
        "Order already captured.If 'intent=CAPTURE' only one capture per order is allowed."
    )
    assert world.state() == before


def test_an_order_that_nobody_made_is_refused_as_recorded(world: World) -> None:
    """Byte for byte but for the debug id."""
    answered = world.capture("non_existent_id")

    assert answered.status == 404
    assert answered.raw.decode() == (
        '{"name":"RESOURCE_NOT_FOUND","details":[{"field":"order_id","value":"non_existent_id","location":"path",'
        '"issue":"INVALID_RESOURCE_ID","description":"Specified resource ID does not exist. Please check the '
        'resource ID and try again."}],"message":"The specified resource does not exist.","debug_id":"'
        + answered.headers["Paypal-Debug-Id"]
        + '","links":[{"href":"https://developer.paypal.com/api/rest/reference/orders/v2/errors/#INVALID_RESOURCE_ID",'
        '"rel":"information_link","method":"GET"}]}'
    )


# ---------------------------------------------------------------- approval


def test_a_buyer_approves_by_the_link(world: World) -> None:
    """Under `approve: manual` a capture waits for a visit."""
    world = manual()
    made = world.create()
    early = world.capture(made.body["id"])
    page = visit(world, made)
    approved = world.get(f"{ORDERS}/{made.body['id']}").body

    assert (early.status, early.issue) == (422, "ORDER_NOT_APPROVED")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"Order approved" in page.raw
    assert approved["status"] == "APPROVED"
    assert [one["rel"] for one in approved["links"]] == ["self", "update", "capture"]
    assert world.capture(made.body["id"]).body["status"] == "COMPLETED"
    assert visit(world, made).status == 200  # coming back late does no harm


def test_paying_with_paypal_sends_the_buyer_away_and_back(world: World) -> None:
    """200 PAYER_ACTION_REQUIRED; the visit leads on to the return URL with the order and the payer."""
    world = manual()
    answered = world.post(ORDERS, order(payment_source=PAYPAL))
    page = visit(world, answered)
    order_id = answered.body["id"]
    payer = world.get(f"{ORDERS}/{order_id}").body["payer"]["payer_id"]

    assert answered.status == 200
    assert list(answered.body) == ["id", "status", "payment_source", "links"]
    assert answered.body["status"] == "PAYER_ACTION_REQUIRED"
    assert answered.body["payment_source"] == {"paypal": {}}
    assert list(answered.links) == ["self", "payer-action"]
    assert page.status == 302
    assert page.headers["Location"] == f"https://shop.example/back?cart=1&token={order_id}&PayerID={payer}"
    assert world.capture(order_id).status == 201


def test_the_old_place_of_the_return_url_still_counts(world: World) -> None:
    """`application_context` was where it stood before."""
    made = world.post(ORDERS, order(application_context={"return_url": "https://shop.example/b"}))

    assert visit(world, made).headers["Location"].startswith("https://shop.example/b?token=")


@pytest.mark.parametrize("url", ["shop", "https://a b", "https://a\r\nSet-Cookie: x", "https://ä", "", 7, "//x"])
def test_a_return_url_that_is_none_is_refused(world: World, url: Any) -> None:
    """It goes into a header."""
    answered = world.post(ORDERS, order(application_context={"return_url": url}))

    assert answered.status == 400
    assert answered.body["details"][0]["field"] == "/application_context/return_url"


@pytest.mark.parametrize("query", ["", "?token=", "?token=<script>", "?x=1", "?token=A&token=B", "?" + "a=1&" * 999])
def test_a_visit_that_leads_nowhere_says_so(world: World, query: str) -> None:
    """As a page, with nothing of the visitor's in it that a browser would run."""
    page = world.get(f"/checkoutnow{query}", Authorization="")

    assert page.status == 404
    assert b"<script>" not in page.raw


def test_links_lead_back_to_wherever_the_client_came_from(world: World) -> None:
    """Host, sandbox and provider are in them; the journal's decided part knows none of it."""
    flight = world.open("POST", ORDERS, order())
    flight.exchange.request.base_url = "http://127.0.0.1:8700/~t/paypal"
    sent = flight.finish()

    assert b'"href":"http://127.0.0.1:8700/~t/paypal/checkoutnow?token=' in sent.body
    assert b"8700" not in list(world.box.journal)[-1].line()


# ---------------------------------------------------------------- cards


def test_a_card_is_charged_in_the_same_call(world: World) -> None:
    """201 COMPLETED with the capture inside; of the card only what PayPal shows remains."""
    answered = world.create(key="k", payment_source={"card": CARD})

    assert (answered.status, answered.body["status"]) == (201, "COMPLETED")
    assert answered.body["payment_source"] == {
        "card": {"name": "Jane Roe", "last_digits": "0004", "expiry": "2030-01", "brand": "VISA", "type": "CREDIT"}
    }
    assert answered.capture["processor_response"]["response_code"] == "0000"
    assert CARD["number"].encode() not in world.state()
    assert sum(one.amount_minor for one in world.box.ledger if one.kind == "capture") == 10_000


@pytest.mark.parametrize("name", DECLINES)
def test_a_declined_card_completes_the_order_without_money(world: World, name: str) -> None:
    """COMPLETED doesn't mean paid: the capture says DECLINED, with the processor's code."""
    answered = world.create(key="k", payment_source={"card": {**CARD, "name": name}})

    assert (answered.status, answered.body["status"]) == (201, "COMPLETED")
    assert answered.capture["status"] == "DECLINED"
    assert answered.capture["processor_response"] == {
        "avs_code": "G", "cvv_code": "P", "response_code": DECLINES[name],
    }  # fmt: skip
    assert "seller_receivable_breakdown" not in answered.capture
    assert list(world.box.ledger) == []
    assert world.refund(answered.capture["id"]).issue == "REFUND_NOT_ALLOWED"


def test_a_trigger_counts_only_as_it_is_spelled(world: World) -> None:
    """In capitals."""
    answered = world.create(key="k", payment_source={"card": {**CARD, "name": "ccreject-refused"}})

    assert answered.capture["status"] == "COMPLETED"


def test_a_card_can_be_named_at_the_capture(world: World) -> None:
    """Then nobody has to approve."""
    world = manual()
    made = world.create().body["id"]
    done = world.capture(made, {"payment_source": {"card": CARD}})

    assert (done.status, list(done.body["payment_source"])) == (201, ["card"])


@pytest.mark.parametrize(
    "source", [{"card": CARD}, {"paypal": {"vault_id": "v"}}, {"paypal": {"billing_agreement_id": "B-1"}}]
)
def test_what_is_paid_at_once_needs_a_request_id(world: World, source: dict[str, Any]) -> None:
    """400 without one, and nothing happened."""
    before = world.state() if world.bearer else b""
    refused = world.create(payment_source=source)
    unchanged = world.state() == before
    paid = world.create(key="k", payment_source=source)

    assert (refused.status, refused.issue) == (400, "PAYPAL_REQUEST_ID_REQUIRED")
    assert "field" not in refused.body["details"][0]
    assert unchanged
    assert paid.body["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("change", "issue"),
    [
        ({"number": None}, "MISSING_REQUIRED_PARAMETER"),
        ({"number": "4005"}, "INVALID_STRING_LENGTH"),
        ({"number": "400551920000000x"}, "INVALID_PARAMETER_SYNTAX"),
        ({"number": "٤٠٠٥٥١٩٢٠٠٠٠٠٠٠٤"}, "INVALID_PARAMETER_SYNTAX"),
        ({"number": "4005519200000005"}, "PAYMENT_SOURCE_CANNOT_BE_USED"),
        ({"number": 4005519200000004}, "INVALID_PARAMETER_SYNTAX"),
        ({"expiry": None}, "MISSING_REQUIRED_PARAMETER"),
        ({"expiry": "2030-13"}, "INVALID_PARAMETER_SYNTAX"),
        ({"expiry": "01/2030"}, "INVALID_PARAMETER_SYNTAX"),
        ({"expiry": "2025-12"}, "CARD_EXPIRED"),
        ({"security_code": "12"}, "INVALID_STRING_LENGTH"),
        ({"security_code": "abc"}, "INVALID_PARAMETER_SYNTAX"),
        ({"name": "x" * 301}, "INVALID_STRING_LENGTH"),
    ],
)
def test_a_card_that_cant_be_one_is_refused(world: World, change: dict[str, Any], issue: str) -> None:
    """Where it stands; its number is not repeated once it could be one."""
    card = {name: value for name, value in {**CARD, **change}.items() if value is not None}
    refused = world.create(key="k", payment_source={"card": card})

    assert refused.issue == issue
    assert refused.body["details"][0]["field"].startswith("/payment_source/card/")
    assert list(world.box.ledger) == []


def test_a_card_lives_to_the_end_of_its_month(world: World) -> None:
    """January 2026 is now."""
    assert world.create(key="k", payment_source={"card": {**CARD, "expiry": "2026-01"}}).status == 201


@pytest.mark.parametrize(
    ("source", "status", "issue"),
    [
        ({}, 422, "NO_PAYMENT_SOURCE_PROVIDED"),
        ({"card": None}, 422, "NO_PAYMENT_SOURCE_PROVIDED"),
        ([], 400, "MALFORMED_REQUEST_JSON"),
        ("card", 400, "MALFORMED_REQUEST_JSON"),
        ({"card": "4005"}, 400, "MALFORMED_REQUEST_JSON"),
        ({"card": CARD, "paypal": {}}, 422, "INCOMPATIBLE_PARAMETER_VALUE"),
        ({"cash": {}}, 400, "INVALID_PARAMETER_SYNTAX"),
    ],
)
def test_a_payment_source_that_cant_be_used_is_refused(world: World, source: Any, status: int, issue: str) -> None:
    """With the words that say which ones can."""
    refused = world.create(key="k", payment_source=source)

    assert (refused.status, refused.issue) == (status, issue)


# ---------------------------------------------------------------- what can't be ordered


def at(path: str, value: Any) -> dict[str, Any]:
    """Return an order's body with one value set; None takes it out."""
    body: Any = order("10.00", unit={"items": [], "description": "d"})
    del body["purchase_units"][0]["items"]
    target, *steps = body, *path.split(".")
    for step in steps[:-1]:
        target = target[int(step)] if step.isdigit() else target.setdefault(step, {})
    if value is None:
        target.pop(steps[-1], None)
    else:
        target[steps[-1]] = value
    return body  # type: ignore[no-any-return]


UNIT = "purchase_units.0"
MANY = [{"reference_id": str(n), "amount": usd("1.00")} for n in range(11)]


@pytest.mark.parametrize(
    ("path", "value", "status", "issue", "field"),
    [
        ("intent", None, 400, "MISSING_REQUIRED_PARAMETER", "/intent"),
        ("intent", "SALE", 400, "INVALID_PARAMETER_VALUE", "/intent"),
        ("intent", ["CAPTURE"], 400, "INVALID_PARAMETER_VALUE", "/intent"),
        ("purchase_units", None, 400, "MISSING_REQUIRED_PARAMETER", "/purchase_units"),
        ("purchase_units", [], 400, "INVALID_ARRAY_MIN_ITEMS", "/purchase_units"),
        ("purchase_units", MANY, 400, "INVALID_ARRAY_MAX_ITEMS", "/purchase_units"),
        ("purchase_units", {"a": 1}, 400, "MALFORMED_REQUEST_JSON", "/purchase_units"),
        ("purchase_units", ["x"], 400, "MALFORMED_REQUEST_JSON", "/purchase_units/0"),
        ("purchase_units", [{"amount": usd("1")}, {"amount": usd("1")}], 422, "REFERENCE_ID_REQUIRED",
         "/purchase_units/0/reference_id"),
        ("purchase_units", [{"reference_id": "a", "amount": usd("1")}] * 2, 422, "DUPLICATE_REFERENCE_ID",
         "/purchase_units"),
        ("purchase_units", [{"reference_id": "a", "amount": usd("1")},
                            {"reference_id": "b", "amount": usd("1", "EUR")}], 422, "MULTI_CURRENCY_ORDER",
         "/purchase_units"),
        (f"{UNIT}.amount", None, 400, "MISSING_REQUIRED_PARAMETER", "/purchase_units/0/amount"),
        (f"{UNIT}.amount", "10.00", 400, "MALFORMED_REQUEST_JSON", "/purchase_units/0/amount"),
        (f"{UNIT}.amount.value", None, 400, "MISSING_REQUIRED_PARAMETER", "/purchase_units/0/amount/value"),
        (f"{UNIT}.amount.value", 10, 400, "INVALID_PARAMETER_SYNTAX", "/purchase_units/0/amount/value"),
        (f"{UNIT}.amount.value", True, 400, "INVALID_PARAMETER_SYNTAX", "/purchase_units/0/amount/value"),
        (f"{UNIT}.amount.value", "", 400, "INVALID_STRING_LENGTH", "/purchase_units/0/amount/value"),
        (f"{UNIT}.amount.value", "1,50", 400, "INVALID_PARAMETER_SYNTAX", "/purchase_units/0/amount/value"),
        (f"{UNIT}.amount.value", "1e3", 400, "INVALID_PARAMETER_SYNTAX", "/purchase_units/0/amount/value"),
        (f"{UNIT}.amount.value", "\uff11\uff10", 400, "INVALID_PARAMETER_SYNTAX", "/purchase_units/0/amount/value"),
        (f"{UNIT}.amount.value", "1.", 400, "INVALID_PARAMETER_SYNTAX", "/purchase_units/0/amount/value"),
        (f"{UNIT}.amount.value", "9" * 33, 400, "INVALID_STRING_LENGTH", "/purchase_units/0/amount/value"),
        (f"{UNIT}.amount.value", "0.00", 422, "CANNOT_BE_ZERO_OR_NEGATIVE",
         "/purchase_units/@reference_id=='default'/amount/value"),
        (f"{UNIT}.amount.value", "-1.00", 422, "CANNOT_BE_ZERO_OR_NEGATIVE",
         "/purchase_units/@reference_id=='default'/amount/value"),
        (f"{UNIT}.amount.value", "10.001", 422, "DECIMAL_PRECISION",
         "/purchase_units/@reference_id=='default'/amount/value"),
        (f"{UNIT}.amount.value", "9" * 16, 422, "MAX_VALUE_EXCEEDED",
         "/purchase_units/@reference_id=='default'/amount/value"),
        (f"{UNIT}.amount", usd("10.5", "JPY"), 422, "DECIMALS_NOT_SUPPORTED",
         "/purchase_units/@reference_id=='default'/amount/value"),
        (f"{UNIT}.amount", usd("10", "HUX"), 422, "INVALID_CURRENCY_CODE",
         "/purchase_units/@reference_id=='default'/amount/currency_code"),
        (f"{UNIT}.amount.currency_code", "usd", 422, "INVALID_CURRENCY_CODE",
         "/purchase_units/@reference_id=='default'/amount/currency_code"),
        (f"{UNIT}.amount.currency_code", "US", 400, "INVALID_STRING_LENGTH",
         "/purchase_units/0/amount/currency_code"),
        (f"{UNIT}.amount.currency_code", "U$D", 400, "INVALID_PARAMETER_SYNTAX",
         "/purchase_units/0/amount/currency_code"),
        (f"{UNIT}.amount.breakdown", {"item_total": usd("9.00")}, 422, "AMOUNT_MISMATCH",
         "/purchase_units/@reference_id=='default'/amount/value"),
        (f"{UNIT}.amount.breakdown", {"item_total": usd("11.00"), "discount": usd("-1.00")}, 422, "CANNOT_BE_NEGATIVE",
         "/purchase_units/@reference_id=='default'/amount/breakdown/discount/value"),
        (f"{UNIT}.amount.breakdown", {"item_total": usd("10.00", "EUR")}, 422, "MULTI_CURRENCY_ORDER",
         "/purchase_units/@reference_id=='default'/amount/breakdown/item_total/currency_code"),
        (f"{UNIT}.items", [{"name": "a", "quantity": "1", "unit_amount": usd("10.00")}], 422, "ITEM_TOTAL_REQUIRED",
         "/purchase_units/@reference_id=='default'/amount/breakdown/item_total"),
        (f"{UNIT}.items", [{"name": "a", "quantity": "0", "unit_amount": usd("10.00")}], 400,
         "INVALID_PARAMETER_SYNTAX", "/purchase_units/0/items/0/quantity"),
        (f"{UNIT}.items", [{"name": "a", "quantity": 1, "unit_amount": usd("10.00")}], 400,
         "INVALID_PARAMETER_SYNTAX", "/purchase_units/0/items/0/quantity"),
        (f"{UNIT}.items", [{"quantity": "1", "unit_amount": usd("10.00")}], 400, "MISSING_REQUIRED_PARAMETER",
         "/purchase_units/0/items/0/name"),
        (f"{UNIT}.items", [{"name": "a", "quantity": "1"}], 400, "MISSING_REQUIRED_PARAMETER",
         "/purchase_units/0/items/0/unit_amount"),
        (f"{UNIT}.invoice_id", "i" * 128, 400, "INVALID_STRING_LENGTH", "/purchase_units/0/invoice_id"),
        (f"{UNIT}.invoice_id", 7, 400, "INVALID_PARAMETER_SYNTAX", "/purchase_units/0/invoice_id"),
        (f"{UNIT}.soft_descriptor", "s" * 23, 400, "INVALID_STRING_LENGTH", "/purchase_units/0/soft_descriptor"),
        (f"{UNIT}.shipping", "here", 400, "MALFORMED_REQUEST_JSON", "/purchase_units/0/shipping"),
        (f"{UNIT}.reference_id", "", 400, "INVALID_STRING_LENGTH", "/purchase_units/0/reference_id"),
    ],
)  # fmt: skip
def test_what_cant_be_ordered_is_refused_where_it_stands(
    world: World, path: str, value: Any, status: int, issue: str, field: str
) -> None:
    """A broken schema (400) by index, a broken rule (422) by reference; nothing is made."""
    answered = world.post(ORDERS, at(path, value))
    detail = answered.body["details"][0]

    assert (answered.status, detail["issue"], detail["field"]) == (status, issue, field)
    assert detail["location"] == "body"
    assert list(answered.body) == ["name", "details", "message", "debug_id", "links"]
    assert b'"order"' not in world.state()


def test_item_and_tax_totals_must_add_up(world: World) -> None:
    """Each against its part of the breakdown."""
    item = {"name": "a", "quantity": "2", "unit_amount": usd("4.00"), "tax": usd("0.50")}
    for breakdown, issue in (
        ({"item_total": usd("9.00"), "tax_total": usd("1.00")}, "ITEM_TOTAL_MISMATCH"),
        ({"item_total": usd("8.00"), "shipping": usd("2.00")}, "TAX_TOTAL_REQUIRED"),
        ({"item_total": usd("8.00"), "tax_total": usd("2.00")}, "TAX_TOTAL_MISMATCH"),
    ):
        unit = {"amount": usd("10.00") | {"breakdown": breakdown}, "items": [item]}
        assert world.post(ORDERS, {"intent": "CAPTURE", "purchase_units": [unit]}).issue == issue


@pytest.mark.parametrize(
    ("body", "headers", "status", "name"),
    [
        (b"{", {}, 400, "INVALID_REQUEST"),
        (b"[]", {}, 400, "INVALID_REQUEST"),
        (b"null", {}, 400, "INVALID_REQUEST"),
        (b'"x"', {}, 400, "INVALID_REQUEST"),
        (b"\xff\xfe", {}, 400, "INVALID_REQUEST"),
        (b'{"a":' * 2000 + b"1" + b"}" * 2000, {}, 400, "INVALID_REQUEST"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, {"PayPal_Request_Id": "k"}, 400, "INVALID_REQUEST"),
        (b"intent=CAPTURE", {"Content_Type": "application/x-www-form-urlencoded"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"{}", {"PayPal_Request_Id": "k" * 109}, 400, "INVALID_REQUEST"),
    ],
)
def test_a_body_that_cant_be_read_is_refused_with_a_debug_id(
    world: World, body: bytes, headers: dict[str, str], status: int, name: str
) -> None:
    """Like any other error; only after the token was looked at."""
    answered = world.post(ORDERS, body, **headers)
    stranger = world.post(ORDERS, body, Authorization="Bearer x", **headers)

    assert (answered.status, answered.body["name"]) == (status, name)
    assert answered.body["debug_id"] == answered.headers["Paypal-Debug-Id"] != ""
    assert stranger.status == 401


@pytest.mark.parametrize("part", ["unit_amount", "tax"])
def test_an_order_has_one_currency(world: World, part: str) -> None:
    """Down to the prices and taxes of its items."""
    item = {"name": "a", "quantity": "1", "unit_amount": usd("1.00"), "tax": usd("0.00"), part: usd("1.00", "EUR")}
    unit = {"amount": usd("1.00"), "items": [item]}

    assert world.post(ORDERS, {"intent": "CAPTURE", "purchase_units": [unit]}).issue == "MULTI_CURRENCY_ORDER"


def test_an_empty_breakdown_is_none(world: World) -> None:
    """And isn't shown."""
    unit = {"amount": usd("1.00") | {"breakdown": {}}}
    made = world.post(ORDERS, {"intent": "CAPTURE", "purchase_units": [unit]}, **FULL)

    assert made.body["purchase_units"][0]["amount"] == usd("1.00")


def test_numbers_as_amounts_in_any_corner_do_no_harm(world: World) -> None:
    """Sums beyond any integer of 64 bits are compared like others."""
    item = {"name": "a", "quantity": "9999999999", "unit_amount": usd("9" * 15)}
    unit = {"amount": usd("1.00") | {"breakdown": {"item_total": usd("1.00")}}, "items": [item]}

    assert world.post(ORDERS, {"intent": "CAPTURE", "purchase_units": [unit]}).issue == "ITEM_TOTAL_MISMATCH"


def test_unicode_comes_back_as_it_was_sent(world: World) -> None:
    """Also in the ledger's key."""
    text = "Bestellung-№7-订单"
    made = world.paid(unit={"invoice_id": text, "description": "🫖"})

    assert made["invoice_id"] == text
    assert {one.key for one in world.box.ledger} == {text}


def test_an_invoice_is_paid_once_where_the_account_wants_that() -> None:
    """422 DUPLICATE_INVOICE_ID; an order that failed doesn't use its invoice up."""
    world = World(PayPalOptions(unique_invoices=True))
    declined = {"card": {**CARD, "name": "CCREJECT-IF"}}
    world.create(key="a", payment_source=declined, unit={"invoice_id": "i-1"})
    paid = world.create(key="b", payment_source={"card": CARD}, unit={"invoice_id": "i-1"})
    again = world.create(key="c", payment_source={"card": CARD}, unit={"invoice_id": "i-1"})
    later = world.capture(world.create(unit={"invoice_id": "i-1"}).body["id"])

    assert paid.capture["status"] == "COMPLETED"
    assert (again.status, again.issue) == (422, "DUPLICATE_INVOICE_ID")
    assert (later.status, later.issue) == (422, "DUPLICATE_INVOICE_ID")


def test_a_call_that_isnt_modelled_says_so(world: World) -> None:
    """PayPal's 404, in words of our own."""
    for method, path in (
        ("GET", "/v2/invoicing/invoices"),
        ("DELETE", f"{ORDERS}/X"),
        ("POST", "/v1/payments/payment"),
    ):
        answered = world.send(method, path)
        assert (answered.status, answered.body["name"]) == (404, "RESOURCE_NOT_FOUND")
        assert f"Brownout doesn't model {method} {path}" in answered.body["message"]
        assert answered.body["debug_id"] == answered.headers["Paypal-Debug-Id"]


def test_ids_are_the_same_in_every_run_of_a_seed() -> None:
    """And differ under another."""

    def ids(seed: int) -> list[str]:
        world = World(plan=Plan(seed=seed))
        made = world.create(unit={"invoice_id": "o-1"}).body
        return [world.bearer, made["id"], world.capture(made["id"]).capture["id"]]

    assert ids(1) == ids(1)
    assert not set(ids(1)) & set(ids(2))
