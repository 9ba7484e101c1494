"""Bodies that are nearly right: whatever stands in the place of one value is answered, or refused without a trace."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paypal_world import CARD, FULL, World, order, usd

ORDERS = "/v2/checkout/orders"
HOLDS = "/v2/payments/authorizations"
JUNK = st.sampled_from([
    None, True, False, 0, -1, 9007199254740993, 1.5, "", "x", "\x00", "é" * 400, [], [[]], {}, {"a": {"b": []}}, ["x"],
    [None], [{}], "USD", "10.00", "-0", "1e9", "2099-01", "CAPTURE", "/x", "https://x", "replace", {"amount": []},
])  # fmt: skip
BANK = {"name": "Jane Roe", "country_code": "PL", "email": "jane@example.com", "level_0": {"auth_code": "123456"},
        "one_click": {"consumer_reference": "c-1", "alias_key": "k"},
        "experience_context": {"return_url": "https://x/y", "cancel_url": "https://x/z"}}  # fmt: skip
UNIT = {
    "reference_id": "u-1",
    "amount": usd("12.00", "PLN") | {"breakdown": {"item_total": usd("10.00", "PLN"), "shipping": usd("2.00", "PLN")}},
    "items": [{"name": "Tea", "quantity": "1", "unit_amount": usd("10.00", "PLN"), "sku": "t", "category": "DONATION"}],
    "shipping": {
        "type": "SHIPPING", "name": {"full_name": "J"}, "address": {"country_code": "PL"},
        "options": [{"id": "s", "selected": True, "amount": usd("2.00", "PLN")}],
    },
    "payment_instruction": {"disbursement_mode": "INSTANT", "platform_fees": [{"amount": usd("1.00", "PLN")}]},
    "supplementary_data": {"card": {}},
    "payee": {"email_address": "a@example.com"},
    "invoice_id": "i",
    "custom_id": "c",
}  # fmt: skip
VERIFIED = {**CARD, "attributes": {"verification": {"method": "SCA_ALWAYS"}}, "experience_context": {}}
APPLE = {"id": "a", "name": "Jane", "decrypted_token": {
    "transaction_amount": usd("12.00", "PLN"), "tokenized_card": {"number": CARD["number"], "expiry": "2099-01"},
    "payment_data_type": "3DSECURE", "payment_data": {"cryptogram": "c"},
}}  # fmt: skip
GOOGLE = {"name": "Jane", "card": VERIFIED, "decrypted_token": {
    "authentication_method": "CRYPTOGRAM_3DS", "cryptogram": "c", "message_expiration": "4070908800000",
    "card": {"number": CARD["number"], "expiry": "2099-01"},
}}  # fmt: skip
SOURCES = [
    {"card": VERIFIED}, {"apple_pay": APPLE}, {"google_pay": GOOGLE}, {"blik": BANK}, {"p24": BANK}, {"trustly": BANK},
    {"token": {"id": "B-1", "type": "BILLING_AGREEMENT"}}, {"venmo": {"vault_id": "v"}}, {"paypal": {"vault_id": "v"}},
]  # fmt: skip
AT = "/purchase_units/@reference_id=='u-1'"
PATCHES = [
    {"op": "replace", "path": f"{AT}/payment_instruction", "value": {"disbursement_mode": "DELAYED"}},
    {"op": "replace", "path": f"{AT}/payment_instruction/disbursement_mode", "value": "INSTANT"},
    {"op": "replace", "path": f"{AT}/items", "value": UNIT["items"]},
    {"op": "replace", "path": f"{AT}/shipping/address", "value": {"country_code": "DE"}},
    {"op": "replace", "path": f"{AT}/amount", "value": UNIT["amount"]},
    {"op": "remove", "path": f"{AT}/custom_id"},
    {"op": "replace", "path": "/intent", "value": "CAPTURE"},
]  # fmt: skip


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where each part of a structure stands, itself first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, part in inner for path in paths(part, (*at, key)))]


def put(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    """Return a structure with something else at one place."""
    if not path:
        return junk
    first, *rest = path
    if isinstance(value, dict):
        return {**value, first: put(value[first], tuple(rest), junk)}
    return [put(part, tuple(rest), junk) if number == first else part for number, part in enumerate(value)]


def calls(world: World) -> dict[str, tuple[str, str, Any]]:
    """Return a good call of each kind, ready to be spoiled."""
    fresh = world.post(ORDERS, {"intent": "CAPTURE", "purchase_units": [UNIT]}).body["id"]
    paid = world.create(unit={"items": UNIT["items"]} | {"amount": UNIT["amount"]}).body["id"]
    capture = world.capture(paid).capture["id"]
    hold = world.create(intent="AUTHORIZE").body["id"]
    held = world.post(f"{ORDERS}/{hold}/authorize", **FULL).authorization["id"]
    parcel = {"capture_id": capture, "tracking_number": "1", "carrier": "OTHER", "carrier_name_other": "x",
              "notify_payer": True, "items": [{"name": "Tea", "sku": "t", "quantity": "1", "upc": {}}]}  # fmt: skip
    made = order("12.00", currency="PLN", unit=UNIT, processing_instruction="NO_INSTRUCTION", application_context={})
    return {
        "create": ("POST", ORDERS, made),
        "confirm": ("POST", f"{ORDERS}/{fresh}/confirm-payment-source", {"processing_instruction": "NO_INSTRUCTION"}),
        "capture": ("POST", f"{ORDERS}/{fresh}/capture", {}),
        "update": ("PATCH", f"{ORDERS}/{fresh}", PATCHES),
        "track": ("POST", f"{ORDERS}/{paid}/track", parcel),
        "take": ("POST", f"{HOLDS}/{held}/capture", {"amount": usd("1.00"), "final_capture": False, "invoice_id": "i"}),
        "renew": ("POST", f"{HOLDS}/{held}/reauthorize", {"amount": usd("1.00")}),
        "refund": (
            "POST",
            f"/v2/payments/captures/{capture}/refund",
            {"amount": usd("1.00", "PLN"), "note_to_payer": "n"},
        ),
        "decide": ("POST", "/checkoutnow", {"token": fresh, "decision": "approve", "cart_id": "x"}),
    }


KINDS = ("create", "confirm", "capture", "update", "track", "take", "renew", "refund", "decide")


def body_of(kind: str, body: Any, source: dict[str, Any]) -> Any:
    """Return a call's body, with something to pay with where that can be named."""
    return {**body, "payment_source": source} if kind in ("create", "confirm", "capture") else body


@pytest.mark.parametrize("kind", [one for one in KINDS if one != "renew"])
def test_unspoiled_they_are_good(world: World, kind: str) -> None:
    """So that it is the spoiled value that is refused; only a reauthorization comes too soon."""
    method, path, body = calls(world)[kind]

    assert world.send(method, path, body_of(kind, body, SOURCES[-1]), PayPal_Request_Id="k").status < 400


@pytest.mark.slow
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(KINDS), st.sampled_from(SOURCES), JUNK)
def test_a_spoiled_body_is_answered(data: st.DataObject, kind: str, source: dict[str, Any], junk: Any) -> None:
    """Never with a failure of ours; what is refused changes nothing."""
    world = World()
    method, path, body = calls(world)[kind]
    body = body_of(kind, body, source)
    spoiled = put(body, data.draw(st.sampled_from(paths(body)), label="at"), junk)
    before = world.state()
    answered = world.send(method, path, spoiled, PayPal_Request_Id="k")

    assert answered.status in (200, 201, 204, 302, 400, 404, 422), answered.raw
    if answered.status >= 400:
        assert world.state() == before


@pytest.mark.parametrize(
    "given", [{"number": "4005 5192 0000 0004"}, {"number": 4005519200000004}, {"security_code": "99x"}]
)
def test_a_refusal_does_not_say_a_card_back(world: World, given: dict[str, Any]) -> None:
    """A card's number would stand in the logs of whoever keeps answers, this journal included."""
    refused = world.create(payment_source={"card": CARD | given}, key="k")

    assert refused.status == 400
    assert "value" not in refused.body["details"][0]
