"""Trackers: parcels of what was paid for."""

from __future__ import annotations

from typing import Any

import pytest
from paypal_world import FULL, World, usd

ITEM = {"name": "Tea", "quantity": "1", "unit_amount": usd("100.00"), "sku": "t-1"}
UNIT = {"items": [ITEM], "amount": usd("100.00") | {"breakdown": {"item_total": usd("100.00")}}}
PARCEL = {"tracking_number": "443844607820", "carrier": "FEDEX"}


def paid(world: World) -> tuple[str, str]:
    """Return the ids of a paid order and its capture."""
    made = world.create(unit=UNIT).body["id"]
    return made, world.capture(made).capture["id"]


def track(world: World, order_id: str, capture: str, **more: Any) -> Any:
    """Tell of a parcel."""
    body = {name: value for name, value in {**PARCEL, "capture_id": capture, **more}.items() if value is not None}
    return world.post(f"/v2/checkout/orders/{order_id}/track", body, **FULL)


def test_a_tracker_is_shown_in_its_order(world: World) -> None:
    """201 with the order; its id names capture and parcel."""
    made, capture = paid(world)
    answered = track(world, made, capture, items=[{"name": "Tea", "sku": "t-1", "quantity": "1"}], notify_payer=True)
    (tracker,) = answered.body["purchase_units"][0]["shipping"]["trackers"]

    assert answered.status == 201
    assert (tracker["id"], tracker["status"]) == (f"{capture}-443844607820", "SHIPPED")
    assert tracker["items"] == [{"name": "Tea", "sku": "t-1", "quantity": "1"}]
    assert [one["rel"] for one in tracker["links"]] == ["up", "update"]
    assert world.get(f"/v2/checkout/orders/{made}").body == answered.body


def test_a_parcel_may_have_no_number_and_an_order_several_parcels(world: World) -> None:
    """The same one told again stays one."""
    made, capture = paid(world)
    for more in ({}, {"tracking_number": None, "carrier": None}, {"tracking_number": "2"}, {}):
        answered = track(world, made, capture, **more)

    shown = answered.body["purchase_units"][0]["shipping"]["trackers"]
    assert [one["id"] for one in shown] == [f"{capture}-{end}" for end in ("443844607820", "NOTRACKER", "2")]


def test_a_repeat_is_answered_200(world: World) -> None:
    """With the order as it is by then."""
    made, capture = paid(world)
    body = {**PARCEL, "capture_id": capture}
    sent = [world.post(f"/v2/checkout/orders/{made}/track", body, PayPal_Request_Id="k") for _ in range(2)]

    assert [one.status for one in sent] == [201, 200]
    assert sent[0].body == sent[1].body


@pytest.mark.parametrize(
    ("more", "issue"),
    [
        ({"capture_id": None}, "MISSING_REQUIRED_PARAMETER"),
        ({"capture_id": "NONE"}, "CAPTURE_ID_NOT_FOUND"),
        ({"carrier": None}, "MISSING_REQUIRED_PARAMETER"),
        ({"carrier": "OTHER"}, "MISSING_REQUIRED_PARAMETER"),
        ({"carrier": "by bird"}, "INVALID_PARAMETER_SYNTAX"),
        ({"tracking_number": "1" * 65}, "INVALID_STRING_LENGTH"),
        ({"notify_payer": "yes"}, "INVALID_PARAMETER_VALUE"),
        ({"items": [{"sku": "other"}]}, "ITEM_SKU_MISMATCH"),
        ({"items": [{"quantity": "0"}]}, "INVALID_PARAMETER_SYNTAX"),
        ({"items": "Tea"}, "MALFORMED_REQUEST_JSON"),
    ],
)
def test_what_cant_be_tracked_is_refused(world: World, more: dict[str, Any], issue: str) -> None:
    """And changes nothing."""
    made, capture = paid(world)
    before = world.state()

    assert track(world, made, capture, **more).issue == issue
    assert world.state() == before


def test_an_orders_sku_may_be_anything(world: World) -> None:
    """It is shown as it was sent, and compared only where it is text."""
    unit = {**UNIT, "items": [{**ITEM, "sku": ["t-1"]}]}
    made = world.create(unit=unit).body["id"]
    capture = world.capture(made).capture["id"]

    assert track(world, made, capture, items=[{"sku": "t-1"}]).status == 201


def test_only_completed_captures_of_orders_with_one_unit_are_tracked(world: World) -> None:
    """A refunded one isn't, nor one among several, nor another order's."""
    made, capture = paid(world)
    other = paid(world)[1]
    units = [{"reference_id": name, "amount": usd("1.00")} for name in "ab"]
    two = world.post("/v2/checkout/orders", {"intent": "CAPTURE", "purchase_units": units}).body["id"]
    of_two = world.capture(two).capture["id"]
    world.refund(capture)

    assert track(world, made, capture).issue == "CAPTURE_STATUS_NOT_VALID"
    assert track(world, made, other).issue == "CAPTURE_ID_NOT_FOUND"
    assert track(world, two, of_two).issue == "MSP_NOT_SUPPORTED"
    assert track(world, "NONE", capture).issue == "INVALID_RESOURCE_ID"


def patch(world: World, order_id: str, tracker: str, *patches: Any) -> Any:
    """Change a tracker."""
    return world.send("PATCH", f"/v2/checkout/orders/{order_id}/trackers/{tracker}", list(patches))


def test_a_tracker_is_changed_and_cancelled(world: World) -> None:
    """204 with nothing."""
    made, capture = paid(world)
    tracker = track(world, made, capture).body["purchase_units"][0]["shipping"]["trackers"][0]["id"]
    changed = patch(
        world,
        made,
        tracker,
        {"op": "replace", "path": "/status", "value": "CANCELLED"},
        {"op": "add", "path": "/notify_payer", "value": True},
        {"op": "replace", "path": "/items", "value": [{"name": "Tea", "sku": "t-1"}]},
    )
    (shown,) = world.get(f"/v2/checkout/orders/{made}").body["purchase_units"][0]["shipping"]["trackers"]

    assert (changed.status, changed.raw) == (204, b"")
    assert (shown["status"], shown["items"]) == ("CANCELLED", [{"name": "Tea", "sku": "t-1"}])


@pytest.mark.parametrize(
    ("bad", "issue"),
    [
        ({"op": "replace", "value": "CANCELLED"}, "PATCH_PATH_REQUIRED"),
        ({"op": "replace", "path": "status", "value": "CANCELLED"}, "INVALID_JSON_POINTER_FORMAT"),
        ({"op": "replace", "path": "/carrier", "value": "UPS"}, "NOT_PATCHABLE"),
        ({"op": "move", "path": "/status", "value": "CANCELLED"}, "INVALID_PARAMETER_VALUE"),
        ({"op": "remove", "path": "/status"}, "INVALID_PATCH_OPERATION"),
        ({"op": "replace", "path": "/status"}, "PATCH_VALUE_REQUIRED"),
        ({"op": "replace", "path": "/status", "value": "SHIPPED"}, "INVALID_PARAMETER_VALUE"),
        ({"op": "add", "path": "/notify_payer", "value": "x"}, "INVALID_PARAMETER_VALUE"),
        ({"op": "replace", "path": "/items", "value": [{"sku": "other"}]}, "ITEM_SKU_MISMATCH"),
        ("x", "MALFORMED_REQUEST_JSON"),
    ],
)
def test_a_bad_change_of_a_tracker_takes_the_good_ones_with_it(world: World, bad: Any, issue: str) -> None:
    """Nothing is changed."""
    made, capture = paid(world)
    tracker = track(world, made, capture).body["purchase_units"][0]["shipping"]["trackers"][0]["id"]
    before = world.state()
    refused = patch(world, made, tracker, {"op": "replace", "path": "/status", "value": "CANCELLED"}, bad)

    assert refused.issue == issue
    assert world.state() == before


def test_a_tracker_belongs_to_its_order(world: World) -> None:
    """404 TRACKER_ID_NOT_FOUND by any other path."""
    made, capture = paid(world)
    other = paid(world)[0]
    tracker = track(world, made, capture).body["purchase_units"][0]["shipping"]["trackers"][0]["id"]

    for order_id, tracker_id in ((other, tracker), (made, "NONE")):
        refused = patch(world, order_id, tracker_id)
        assert (refused.status, refused.issue) == (404, "TRACKER_ID_NOT_FOUND")
