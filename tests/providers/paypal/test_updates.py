"""Changing an order before it is paid: JSON Patch, all of it or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from paypal_world import World, usd

UNIT = "/purchase_units/@reference_id=='default'"


def patch(world: World, order_id: str, *patches: Any) -> Any:
    """Send changes of an order."""
    return world.send("PATCH", f"/v2/checkout/orders/{order_id}", list(patches))


def shown(world: World, order_id: str) -> dict[str, Any]:
    """Return the order's first unit."""
    return world.get(f"/v2/checkout/orders/{order_id}").body["purchase_units"][0]  # type: ignore[no-any-return]


def test_an_order_can_be_changed_until_it_is_paid(world: World) -> None:
    """204 with nothing; what is captured is the new amount."""
    made = world.create(unit={"description": "old", "custom_id": "c"}).body["id"]
    changed = patch(
        world,
        made,
        {"op": "replace", "path": f"{UNIT}/amount", "value": usd("12.00")},
        {"op": "add", "path": f"{UNIT}/invoice_id", "value": "i-9"},
        {"op": "remove", "path": f"{UNIT}/description"},
        {"op": "add", "path": f"{UNIT}/shipping/name", "value": {"full_name": "Jane Roe"}},
    )
    unit = shown(world, made)

    assert (changed.status, changed.raw) == (204, b"")
    assert (unit["amount"], unit["invoice_id"], unit["custom_id"]) == (usd("12.00"), "i-9", "c")
    assert "description" not in unit
    assert unit["shipping"] == {"name": {"full_name": "Jane Roe"}}
    assert world.capture(made).capture["amount"] == usd("12.00")
    assert world.send("PATCH", f"/v2/checkout/orders/{made}", []).issue == "ORDER_ALREADY_COMPLETED"


def test_the_intent_and_a_whole_unit_can_be_replaced(world: World) -> None:
    """A replaced unit keeps its reference."""
    made = world.create().body["id"]
    patch(world, made, {"op": "replace", "path": "/intent", "value": "AUTHORIZE"})
    patch(world, made, {"op": "replace", "path": UNIT, "value": {"amount": usd("3.00")}})

    assert shown(world, made)["amount"] == usd("3.00")
    assert world.capture(made).issue == "ACTION_DOES_NOT_MATCH_INTENT"


@pytest.mark.parametrize(
    ("bad", "issue"),
    [
        ({"op": "replace", "path": f"{UNIT}/amount", "value": usd("0.00")}, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ({"op": "replace", "path": f"{UNIT}/amount", "value": "5"}, "MALFORMED_REQUEST_JSON"),
        ({"op": "remove", "path": f"{UNIT}/amount"}, "NOT_PATCHABLE"),
        ({"op": "add", "path": f"{UNIT}/amount", "value": usd("9.00")}, "NOT_PATCHABLE"),
        ({"op": "replace", "path": f"{UNIT}/custom_id", "value": "c"}, "INVALID_PATCH_OPERATION"),
        ({"op": "remove", "path": f"{UNIT}/items"}, "INVALID_PATCH_OPERATION"),
        ({"op": "add", "path": f"{UNIT}/invoice_id", "value": "again"}, "INVALID_PATCH_OPERATION"),
        ({"op": "add", "path": UNIT, "value": {"amount": usd("1.00")}}, "INVALID_PATCH_OPERATION"),
        ({"op": "add", "path": "/payer", "value": "x"}, "MALFORMED_REQUEST_JSON"),
        ({"op": "replace", "path": f"{UNIT}/payments", "value": {}}, "NOT_PATCHABLE"),
        ({"op": "replace", "path": f"{UNIT}/shipping/name/a/b", "value": 1}, "NOT_PATCHABLE"),
        ({"op": "replace", "path": f"{UNIT}/", "value": 1}, "NOT_PATCHABLE"),
        ({"op": "remove", "path": UNIT}, "NOT_PATCHABLE"),
        ({"op": "replace", "path": "/status", "value": "COMPLETED"}, "NOT_PATCHABLE"),
        ({"op": "replace", "path": "status", "value": "COMPLETED"}, "INVALID_JSON_POINTER_FORMAT"),
        ({"op": "replace", "path": UNIT.replace("default", "x"), "value": {}}, "REFERENCE_ID_NOT_FOUND"),
        ({"op": "replace", "value": 1}, "PATCH_PATH_REQUIRED"),
        ({"op": "replace", "path": "/intent"}, "PATCH_VALUE_REQUIRED"),
        ({"op": "replace", "path": "/intent", "value": "SALE"}, "INVALID_PARAMETER_VALUE"),
        ({"op": "move", "path": "/intent", "value": "CAPTURE"}, "INVALID_PARAMETER_VALUE"),
        ({"op": ["add"], "path": "/intent", "value": "CAPTURE"}, "INVALID_PARAMETER_VALUE"),
        ("x", "MALFORMED_REQUEST_JSON"),
    ],
)
def test_a_bad_change_takes_the_good_ones_with_it(world: World, bad: Any, issue: str) -> None:
    """Nothing is changed."""
    made = world.create().body["id"]
    before = world.state()
    answered = patch(world, made, {"op": "add", "path": f"{UNIT}/invoice_id", "value": "i"}, bad)

    assert answered.issue == issue
    assert world.state() == before


def test_a_patch_is_a_list(world: World) -> None:
    """An object isn't."""
    made = world.create().body["id"]

    assert world.send("PATCH", f"/v2/checkout/orders/{made}", {"op": "add"}).issue == "MALFORMED_REQUEST_JSON"


FEE = {"disbursement_mode": "INSTANT", "platform_fees": [{"amount": usd("1.00")}]}


def test_what_goes_with_a_unit_is_changed_part_by_part(world: World) -> None:
    """Fees, mode, payee, shipping and card data, each by its own path."""
    unit = {"payment_instruction": FEE, "payee": {"email_address": "a@example.com"}, "soft_descriptor": "OLD"}
    made = world.create(unit=unit).body["id"]
    changed = patch(
        world,
        made,
        {"op": "replace", "path": f"{UNIT}/payment_instruction/disbursement_mode", "value": "DELAYED"},
        {"op": "remove", "path": f"{UNIT}/payment_instruction/platform_fees"},
        {"op": "replace", "path": f"{UNIT}/payee/email", "value": "b@example.com"},
        {"op": "add", "path": f"{UNIT}/shipping/type", "value": "SHIPPING"},
        {"op": "add", "path": f"{UNIT}/shipping/address", "value": {"country_code": "DE"}},
        {"op": "add", "path": f"{UNIT}/supplementary_data/card", "value": {"level_2": {"invoice_id": "i"}}},
        {"op": "remove", "path": f"{UNIT}/soft_descriptor"},
        {"op": "add", "path": "/payer", "value": {"email_address": "jane@example.com"}},
        {"op": "add", "path": "/application_context/client_configuration", "value": {}},
    )
    unit = shown(world, made)

    assert changed.status == 204
    assert unit["payment_instruction"] == {"disbursement_mode": "DELAYED"}
    assert unit["payee"]["email_address"] == "b@example.com"
    assert unit["shipping"] == {"type": "SHIPPING", "address": {"country_code": "DE"}}
    assert unit["supplementary_data"] == {"card": {"level_2": {"invoice_id": "i"}}}
    assert "soft_descriptor" not in unit


def test_a_unit_can_be_added(world: World) -> None:
    """Up to ten; the business key stays the first one's."""
    made = world.create(unit={"reference_id": "u-0"}).body["id"]
    for number in range(1, 11):
        path = f"/purchase_units/@reference_id=='u-{number}'"
        answered = patch(world, made, {"op": "add", "path": path, "value": {"amount": usd("1.00")}})
        assert answered.status == (204 if number < 10 else 400)

    assert len(world.capture(made).body["purchase_units"]) == 10
    assert {one.key for one in world.box.ledger} == {"u-0"}


def test_an_approved_order_only_gets_cheaper(world: World) -> None:
    """The buyer agreed to no more."""
    made = world.create()
    world.get(made.links["approve"], Authorization="")
    more, less = (
        patch(world, made.body["id"], {"op": "replace", "path": f"{UNIT}/amount", "value": usd(value)})
        for value in ("100.01", "99.99")
    )

    assert (more.issue, less.status) == ("AMOUNT_CHANGE_NOT_ALLOWED", 204)


def test_an_approved_order_keeps_its_currency(world: World) -> None:
    """The buyer agreed to dollars: 99 yen are fewer, and 99 pounds are not."""
    made = world.create("100.00")
    world.get(made.links["approve"], Authorization="")
    for value, currency in (("99", "JPY"), ("99.00", "GBP")):
        other = {"op": "replace", "path": f"{UNIT}/amount", "value": usd(value, currency)}
        assert patch(world, made.body["id"], other).issue == "AMOUNT_CHANGE_NOT_ALLOWED"


def test_a_part_of_what_isnt_an_object_cant_be_changed(world: World) -> None:
    """Not even if the same patch put it there."""
    made = world.create(unit={"payment_instruction": FEE}).body["id"]
    before = world.state()
    refused = patch(
        world,
        made,
        {"op": "replace", "path": f"{UNIT}/payment_instruction", "value": "x"},
        {"op": "replace", "path": f"{UNIT}/payment_instruction/disbursement_mode", "value": "DELAYED"},
    )

    assert refused.issue == "MALFORMED_REQUEST_JSON"
    assert world.state() == before
