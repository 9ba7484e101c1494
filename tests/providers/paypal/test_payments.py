"""Authorizations, captures and refunds: what becomes of money, and what PayPal refuses to do with it."""

from __future__ import annotations

from typing import Any

import pytest
from paypal_world import CARD, FULL, World, usd

from brownout.core.invariants import money_conserved

PAYMENTS = "/v2/payments"
DAY = 86_400


def authorized(world: World, value: str = "100.00", **more: Any) -> dict[str, Any]:
    """Return the authorization of a new order."""
    made = world.create(value, intent="AUTHORIZE", **more).body["id"]
    return world.post(f"/v2/checkout/orders/{made}/authorize", **FULL).authorization


def take(world: World, authorization: str, value: str | None = None, **body: Any) -> Any:
    """Capture all or part of an authorization."""
    given = body if value is None else {"amount": usd(value), **body}
    return world.post(f"{PAYMENTS}/authorizations/{authorization}/capture", given, **FULL)


def entries(world: World) -> list[tuple[str, int]]:
    """Return what the ledger holds."""
    return [(one.kind, one.amount_minor) for one in world.box.ledger]


def test_an_authorization_holds_money_for_29_days(world: World) -> None:
    """Nothing is taken; it shows when it ends."""
    held = authorized(world)

    assert held["status"] == "CREATED"
    assert held["expiration_time"] == "2026-01-30T00:00:00Z"
    assert [one["rel"] for one in held["links"]] == ["self", "capture", "void", "reauthorize", "up"]
    assert entries(world) == [("authorize", 10_000)]


def test_reading_one_shows_where_it_belongs(world: World) -> None:
    """Related ids and the payee are shown only by itself."""
    held = authorized(world)
    taken = take(world, held["id"]).body
    shown = world.get(f"{PAYMENTS}/authorizations/{held['id']}").body
    capture = world.get(f"{PAYMENTS}/captures/{taken['id']}").body

    assert shown["supplementary_data"]["related_ids"]["order_id"]
    assert capture["supplementary_data"]["related_ids"]["authorization_id"] == held["id"]
    assert capture["payee"]["merchant_id"]
    assert capture["links"][-1] == {
        "href": f"{PAYMENTS}/authorizations/{held['id']}", "rel": "up", "method": "GET",
    }  # fmt: skip


def test_taking_it_in_parts(world: World) -> None:
    """Each part is a capture; what the last one leaves is let go."""
    held = authorized(world)["id"]
    first = take(world, held, "30.00")
    between = world.get(f"{PAYMENTS}/authorizations/{held}").body["status"]
    take(world, held, "20.00", final_capture=True)
    after = world.get(f"{PAYMENTS}/authorizations/{held}").body["status"]
    late = take(world, held, "1.00")

    assert (first.status, first.body["final_capture"]) == (201, False)
    assert (between, after) == ("PARTIALLY_CAPTURED", "CAPTURED")
    assert (late.status, late.issue) == (422, "AUTHORIZATION_ALREADY_CAPTURED")
    assert entries(world) == [("authorize", 10_000), ("capture", 3_000), ("capture", 2_000), ("release", 5_000)]


def test_without_an_amount_all_that_is_left_is_taken(world: World) -> None:
    """Brief by default: id, status and links."""
    held = authorized(world)["id"]
    take(world, held, "30.00")
    rest = world.post(f"{PAYMENTS}/authorizations/{held}/capture")

    assert list(rest.body) == ["id", "status", "links"]
    assert entries(world)[-1] == ("capture", 7_000)


def test_up_to_115_percent_may_be_taken(world: World) -> None:
    """What goes beyond the hold is held first, so that money never comes from nowhere."""
    held = authorized(world)["id"]
    over = take(world, held, "115.01")
    whole = take(world, held, "115.00")

    assert (over.status, over.issue) == (422, "MAX_CAPTURE_AMOUNT_EXCEEDED")
    assert whole.status == 201
    assert entries(world) == [("authorize", 10_000), ("authorize", 1_500), ("capture", 11_500)]
    assert money_conserved(world.box.ledger) == []


def test_voiding_lets_the_money_go(world: World) -> None:
    """204 with nothing, or 200 with all of it; only once, and not after it was taken."""
    held, other, taken = (authorized(world)["id"] for _ in range(3))
    take(world, taken)
    path = f"{PAYMENTS}/authorizations"
    brief = world.post(f"{path}/{held}/void")
    full = world.post(f"{path}/{other}/void", **FULL)

    assert (brief.status, brief.raw) == (204, b"")
    assert "Content-Type" not in brief.headers
    assert (full.status, full.body["status"]) == (200, "VOIDED")
    assert world.post(f"{path}/{held}/void").issue == "PREVIOUSLY_VOIDED"
    assert world.post(f"{path}/{taken}/void").issue == "PREVIOUSLY_CAPTURED"
    voided = take(world, held)
    assert voided.issue == "AUTHORIZATION_VOIDED"
    assert voided.body["details"][0]["description"] == "A voided authorization cannot be captured or reauthorized. "


def test_an_authorization_expires(world: World) -> None:
    """After 29 days the rest is let go, and nothing can be taken."""
    held = authorized(world)["id"]
    take(world, held, "30.00")
    world.advance(29 * DAY)
    late = world.token().body["access_token"]
    refused = world.post(f"{PAYMENTS}/authorizations/{held}/capture", Authorization=f"Bearer {late}")

    assert (refused.status, refused.issue) == (422, "AUTHORIZATION_EXPIRED")
    assert entries(world)[-1] == ("release", 7_000)


def test_a_declined_card_holds_nothing(world: World) -> None:
    """DENIED, with what the processor said."""
    declined = {"card": {**CARD, "name": "CCREJECT-IF"}}
    made = world.create(key="k", intent="AUTHORIZE", payment_source=declined)

    assert (made.body["status"], made.authorization["status"]) == ("COMPLETED", "DENIED")
    assert made.authorization["processor_response"]["response_code"] == "5120"
    assert take(world, made.authorization["id"]).issue == "AUTHORIZATION_DENIED"
    assert world.post(f"{PAYMENTS}/authorizations/{made.authorization['id']}/void").issue == "PREVIOUSLY_VOIDED"
    assert entries(world) == []


def test_an_orders_intent_is_binding(world: World) -> None:
    """Capture and authorize each refuse the other's orders; neither happens twice."""
    to_hold = world.create(intent="AUTHORIZE").body["id"]
    to_take = world.create().body["id"]
    path = "/v2/checkout/orders"

    assert world.capture(to_hold).issue == "ACTION_DOES_NOT_MATCH_INTENT"
    assert world.post(f"{path}/{to_take}/authorize").issue == "ACTION_DOES_NOT_MATCH_INTENT"
    assert world.post(f"{path}/{to_hold}/authorize").status == 201
    assert world.post(f"{path}/{to_hold}/authorize").issue == "ORDER_ALREADY_AUTHORIZED"


def test_only_one_unit_can_be_authorized(world: World) -> None:
    """422 UNSUPPORTED_INTENT."""
    units = [{"reference_id": name, "amount": usd("1.00")} for name in "ab"]

    answered = world.post("/v2/checkout/orders", {"intent": "AUTHORIZE", "purchase_units": units})

    assert answered.issue == "UNSUPPORTED_INTENT"


@pytest.mark.parametrize(
    ("body", "status", "issue"),
    [
        ({"amount": usd("0.00")}, 422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ({"amount": usd("1.001")}, 422, "DECIMAL_PRECISION"),
        ({"amount": usd("1.00", "EUR")}, 422, "AUTH_CAPTURE_CURRENCY_MISMATCH"),
        ({"amount": usd("1", "XXX")}, 422, "INVALID_CURRENCY_CODE"),
        ({"amount": usd("9" * 16)}, 400, "INVALID_PARAMETER_SYNTAX"),
        ({"amount": {}}, 400, "MISSING_REQUIRED_PARAMETER"),
        ({"amount": "1.00"}, 400, "MALFORMED_REQUEST_JSON"),
        ({"final_capture": "yes"}, 400, "INVALID_PARAMETER_SYNTAX"),
        ({"invoice_id": 5}, 400, "INVALID_PARAMETER_SYNTAX"),
        ({"note_to_payer": "n" * 256}, 400, "INVALID_STRING_LENGTH"),
    ],
)
def test_what_cant_be_taken_is_refused(world: World, body: Any, status: int, issue: str) -> None:
    """And changes nothing."""
    held = authorized(world)["id"]
    before = world.state()
    refused = world.post(f"{PAYMENTS}/authorizations/{held}/capture", body)

    assert (refused.status, refused.issue) == (status, issue)
    assert refused.body["links"][0]["href"].startswith("https://developer.paypal.com/api/rest/reference/payments/v2/")
    assert world.state() == before


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("authorizations/X", "authorization_id"),
        ("captures/X", "capture_id"),
        ("refunds/X", "refund_id"),
    ],
)
def test_what_nobody_made_is_refused(world: World, path: str, field: str) -> None:
    """404, pointing at the part of the path."""
    answered = world.get(f"{PAYMENTS}/{path}")
    detail = answered.body["details"][0]

    assert (answered.status, detail["field"], detail["value"], detail["location"]) == (404, field, "X", "path")


# ---------------------------------------------------------------- refunds


def test_a_refund_in_parts_until_nothing_is_left(world: World) -> None:
    """Totals add up over the capture; PayPal keeps its fee."""
    capture = world.paid(unit={"invoice_id": "i-1"})["id"]
    first = world.refund(capture, "30.00")
    between = world.get(f"{PAYMENTS}/captures/{capture}").body["status"]
    rest = world.refund(capture)
    after = world.get(f"{PAYMENTS}/captures/{capture}").body["status"]

    assert first.status == 201
    assert list(first.body) == ["id", "amount", "seller_payable_breakdown", "invoice_id", "status", "create_time",
                                "update_time", "links"]  # fmt: skip
    assert first.body["create_time"] == "2025-12-31T17:00:00-07:00"
    assert first.body["seller_payable_breakdown"]["total_refunded_amount"] == usd("30.00")
    assert rest.body["seller_payable_breakdown"] == {
        "gross_amount": usd("70.00"),
        "paypal_fee": usd("0.00"),
        "net_amount": usd("70.00"),
        "total_refunded_amount": usd("100.00"),
    }
    assert (between, after) == ("PARTIALLY_REFUNDED", "REFUNDED")
    assert world.refund(capture).issue == "CAPTURE_FULLY_REFUNDED"
    assert world.refund(capture, "1.00").issue == "CAPTURE_FULLY_REFUNDED"
    assert world.get(f"{PAYMENTS}/refunds/{rest.body['id']}").body == rest.body


def test_an_order_shows_its_refunds(world: World) -> None:
    """Beside the capture."""
    made = world.create().body["id"]
    refund = world.refund(world.capture(made).capture["id"], "5.00").body["id"]
    payments = world.get(f"/v2/checkout/orders/{made}").body["purchase_units"][0]["payments"]

    assert [one["id"] for one in payments["refunds"]] == [refund]
    assert payments["captures"][0]["status"] == "PARTIALLY_REFUNDED"


def test_a_refund_is_answered_briefly_by_default(world: World) -> None:
    """Id, status and links; an empty body, or none, gives back everything."""
    for body in ({}, None, b"{}"):
        capture = world.paid()["id"]
        answered = world.post(f"{PAYMENTS}/captures/{capture}/refund", body)
        assert list(answered.body) == ["id", "status", "links"]
        assert [one["rel"] for one in answered.body["links"]] == ["self", "up"]
        assert entries(world)[-1] == ("refund", 10_000)


def test_a_refund_keeps_what_the_merchant_wrote(world: World) -> None:
    """Its own invoice, custom id and note."""
    capture = world.paid(unit={"invoice_id": "i-1"})["id"]
    texts = {"invoice_id": "r-1", "custom_id": "c-1", "note_to_payer": "Sorry"}
    answered = world.post(f"{PAYMENTS}/captures/{capture}/refund", texts, **FULL)

    assert {name: answered.body[name] for name in texts} == texts


@pytest.mark.parametrize(
    ("amount", "status", "issue"),
    [
        (usd("100.01"), 422, "REFUND_AMOUNT_EXCEEDED"),
        (usd("1.00", "EUR"), 422, "REFUND_CAPTURE_CURRENCY_MISMATCH"),
        (usd("0"), 422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        (usd("-1.00"), 422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        (usd("1.005"), 422, "DECIMAL_PRECISION"),
        (usd("1.5", "JPY"), 422, "DECIMALS_NOT_SUPPORTED"),
        (usd("1", "ZZZ"), 422, "INVALID_CURRENCY_CODE"),
        (usd("abc"), 400, "INVALID_PARAMETER_SYNTAX"),
        ([usd("1.00")], 400, "MALFORMED_REQUEST_JSON"),
        (5, 400, "MALFORMED_REQUEST_JSON"),
    ],
)
def test_what_cant_be_refunded_is_refused(world: World, amount: Any, status: int, issue: str) -> None:
    """And changes nothing."""
    capture = world.paid()["id"]
    before = world.state()
    refused = world.post(f"{PAYMENTS}/captures/{capture}/refund", {"amount": amount})

    assert (refused.status, refused.issue) == (status, issue)
    assert world.state() == before


def test_after_180_days_nothing_is_refunded(world: World) -> None:
    """422 REFUND_TIME_LIMIT_EXCEEDED; on the day itself it still is."""
    capture = world.paid()["id"]
    world.advance(180 * DAY)
    bearer = {"Authorization": "Bearer " + world.token().body["access_token"]}

    assert world.refund(capture, "1.00", **bearer).status == 201
    world.advance(1)
    assert world.refund(capture, "1.00", **bearer).issue == "REFUND_TIME_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("value", "currency", "fee", "net"),
    [
        ("86.99", "USD", "3.53", "83.46"),
        ("0.30", "USD", "0.30", "0.00"),
        ("0.01", "EUR", "0.01", "0.00"),
        ("10000", "JPY", "398", "9602"),
        ("1000", "HUF", "35", "965"),
    ],
)
def test_fees(world: World, value: str, currency: str, fee: str, net: str) -> None:
    """3.49 % and 0.49, never more than the payment, in the currency's own steps; the ledger says the same."""
    made = world.paid(value, currency=currency)

    assert made["seller_receivable_breakdown"]["paypal_fee"] == usd(fee, currency)
    assert made["seller_receivable_breakdown"]["net_amount"] == usd(net, currency)
    assert money_conserved(world.box.ledger) == []
    legs = dict(list(world.box.ledger)[-1].legs)
    scale = {"JPY": 1}.get(currency, 100)
    assert legs["merchant"] == round(float(net) * scale)
