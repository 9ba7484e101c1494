"""Events: a snapshot of an object at the moment something happened to it, kept and sent to webhooks.

The snapshot is encoded when the event is made, so nothing that happens later can change it. (Stripe docs, API
reference: Events, and Webhooks; recorded test-mode deliveries; read 2026-11-22.)
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.operation import Operation
from brownout.core.retain import exact
from brownout.core.store import Term
from brownout.providers.stripe import platforms
from brownout.providers.stripe.deliveries import listened_to, recipients, versions_wanted
from brownout.providers.stripe.errors import find, no_such, refusal
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.ids import alone, of_payment
from brownout.providers.stripe.lists import LISTING, list_shape, page
from brownout.providers.stripe.params import EXPAND, Shape, array, boolean, check, moments, text
from brownout.providers.stripe.versions import API_VERSION, VERSIONS, told_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.exchange import Answer
    from brownout.core.operation import Call
    from brownout.core.store import Where
    from brownout.providers.stripe.options import StripeOptions

EVENTS_KEPT: Final = 10_000
"""How many events an account keeps; the oldest goes first and is counted."""
READABLE_SECONDS: Final = 30 * 86_400
"""How long the API shows an event (Stripe docs, API reference: List all events)."""
_MOST_TYPES: Final = 20
_TYPE: Final = Term(("type",))


def emit(
    call: Call,
    type: str,
    value: dict[str, Any],
    *,
    payment: str | None = None,
    previous: dict[str, Any] | None = None,
    to: frozenset[str] | None = None,
) -> None:
    """Record that `type` happened to `value` and send it out.

    `payment` is the payment intent whose id the event's shares, `previous` the values that an update replaced.
    `to` are the ids of the only endpoints that hear of it, None for all that may.
    """
    options: StripeOptions = call.world.options("stripe")
    linked = bool(platforms.all_platforms_of(call.world, call.account))
    heard = listened_to(call, linked=linked)
    own = VERSIONS.older(options.api_version) if options.api_version != API_VERSION else None
    told = {
        version: _written(told_by(older, value, previous, call))
        for version in (versions_wanted(call) if heard else ())
        if (older := VERSIONS.older(version)) is not own
    }
    table = call.table("event")
    event: dict[str, Any] = {
        "id": alone(call, "evt", table) if payment is None else of_payment(call, "evt", table, payment),
        "object": "event",
        "api_version": options.api_version,
        "created": call.now,
        "data": _written(told_by(own, value, previous, call)),
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": call.request_id, "idempotency_key": call.idempotency_key},
        "type": type,
    }
    if linked:
        event["account"] = call.account
    if told:
        event = Event(event, told)
    table.put(event)
    order = order_of(call)
    order["ids"].append(event["id"])
    order["types"][type] = True
    if len(order["ids"]) > EVENTS_KEPT:
        table.remove(order["ids"].popleft())
        order["evicted"] += 1
    if heard:
        event["pending_webhooks"] = call.emit(event, recipients(call) if linked and to is None else to)


class Event(dict[str, Any]):
    """An event. `told` is its `data` in the versions of those endpoints that want another one than the account's."""

    __slots__ = ("told",)

    def __init__(self, event: dict[str, Any], told: dict[str, dict[str, Any]]) -> None:
        """Keep an event, and what it is in other versions."""
        super().__init__(event)
        self.told = told


def in_version(event: Mapping[str, Any], version: str) -> dict[str, Any]:
    """Return an event as an endpoint of that version gets it; one made since then gets the account's `data`."""
    told = event.told if isinstance(event, Event) else {}
    return {**event, "api_version": version, "data": told.get(version, event["data"])}


def _written(data: dict[str, Any]) -> dict[str, Any]:
    """Return an event's data as it stays, whatever becomes of the object."""
    for key, value in data.items():
        data[key] = orjson.Fragment(exact(orjson.dumps(value)))
    return data


def order_of(call: Call) -> dict[str, Any]:
    """Return the account's event ids from the oldest, the types it has had, and how many events were evicted."""
    table = call.table("event_order")
    found = table.get("order")
    if found is None:
        found = {"id": "order", "ids": deque(), "types": {}, "evicted": 0}
        table.put(found)
    return found


def _retrieve(call: Call) -> Answer:
    given = check(call, _RETRIEVE)
    tree = tree_of(call, given, "event")
    event = find(call, "event", call.path["event"])
    if event["created"] < call.now - READABLE_SECONDS:
        raise no_such(call, "event", event["id"])
    return shown(call, _as_of_now(call, event), tree)


def _as_of_now(call: Call, event: dict[str, Any]) -> dict[str, Any]:
    """Return an event with the current figure; what is delivered keeps that of its first sending, at every try."""
    return {**event, "pending_webhooks": _pending(call, event)}


def _pending(call: Call, event: dict[str, Any]) -> int:
    """Return how many endpoints an event is yet to reach."""
    return call.world.hooks.outstanding(call.provider, call.account, event["id"])


def _list(call: Call) -> Answer:
    types = call.params.get("types")
    if types is not None and "type" in call.params:
        raise refusal(call, "You may only specify one of these parameters: type, types.")
    if isinstance(types, dict) and len(types) > _MOST_TYPES:
        raise refusal(call, f"You may pass up to {_MOST_TYPES} types.", param="types")
    oldest = call.now - READABLE_SECONDS

    def keep(event: dict[str, Any], given: dict[str, Any]) -> bool:
        return event["created"] >= oldest and (
            "delivery_success" not in given or given["delivery_success"] == (_pending(call, event) == 0)
        )

    def among(given: dict[str, Any]) -> Where:
        if "type" in given:
            return {_TYPE: [one for one in order_of(call)["types"] if _matches(one, given["type"])]}
        return {_TYPE: given["types"]} if given.get("types") else {}

    answer = page(call, _LIST, "event", "/v1/events", keep=keep, among=among)
    answer.body["data"] = [_as_of_now(call, event) for event in answer.body["data"]]
    return answer


def _matches(name: str, wanted: str) -> bool:
    """Return whether a type fits `wanted`: exact, or a group such as `charge.*`.

    >>> _matches("charge.refunded", "charge.*"), _matches("charge.refunded", "refund.*")
    (True, False)
    """
    return name == wanted or (wanted.endswith("*") and name.startswith(wanted[:-1]))


_RETRIEVE: Final = Shape(expand=EXPAND)
_LIST: Final = list_shape(
    created=moments, type=text(unset=False), types=array(text(unset=False)), delivery_success=boolean
)

OPERATIONS: Final = (
    Operation(
        name="stripe.events.retrieve", method="GET", path="/v1/events/{event}", run=_retrieve,
        object_type="event", id_param="event", dates=("created",), enums=("type",),
    ),
    Operation(
        name="stripe.events.list", method="GET", path="/v1/events", run=_list,
        object_type="event", listing=LISTING, dates=("data.created",), enums=("data.type",),
    ),
)  # fmt: skip
