"""What happened, told to webhooks: events are made here, kept for a while, and sent.

A resource is encoded when its event is made, so nothing that happens later can change what is told. An account without
a webhook that wants an event has none. (developer.paypal.com, Integrate webhooks and Webhooks Management v1; sandbox
deliveries published with clients of the API; read 2026-11-23.)
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from brownout.core.retain import exact
from brownout.providers.paypal.webhooks.webhook_types import TYPES, resource_id, summary
from brownout.providers.paypal.webhooks.webhooks import SIMULATED, endpoints, nobody_listens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from brownout.core.operation import Call
    from brownout.core.store import Table

Resource: TypeAlias = "Mapping[str, Any] | Callable[[], Mapping[str, Any]]"

EVENTS_KEPT: Final = 10_000
"""How many events an account keeps; the oldest goes first and is counted."""
PATH: Final = "/v1/notifications/webhooks-events"
_REAL_URL: Final = "https://api.sandbox.paypal.com"


def emit(call: Call, event_type: str, resource: Resource, *, account: str | None = None) -> None:
    """Tell that `event_type` (one of `TYPES`) happened to `resource`, as an answer shows it in full.

    Call it after the resource has changed: it is encoded at once. A function that returns it is called only where a
    webhook wants the event. `account` is whose the resource is; None means the call's own, which a buyer's visit
    doesn't have.

    Raises:
        LookupError: if there is no such type.
    """
    if event_type not in TYPES:  # whoever listens
        raise LookupError(f"PayPal has no event type {event_type!r}")
    owner = account or call.account
    if nobody_listens(call.world, owner):
        call.pass_over()  # no other id may depend on who listens
        return
    event_id = _draw_id(call)
    wanting = [one.id for one in endpoints(call.world, owner) if wants(one.events, event_type)]
    if not wanting:
        return
    event = _made(call, event_id, event_type, resource() if callable(resource) else resource)
    _keep(_table(call, owner, "event"), _table(call, owner, "event_order"), event)
    call.world.hooks.emit(call.provider, owner, event, call.moment, wanting)


def wants(patterns: Iterable[str], event_type: str) -> bool:
    """Return whether a webhook subscribed to `event_type`."""
    return "*" in patterns or event_type in patterns


def simulated(call: Call, event_type: str, resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mock event, which is neither kept nor sent yet."""
    return _made(call, _draw_id(call), event_type, resource, simulated=True)


def _draw_id(call: Call) -> str:
    drawn = call.draw_text("event", 34).upper()
    return f"WH-{drawn[:17]}-{drawn[17:]}"


def _made(
    call: Call, event_id: str, event_type: str, resource: Mapping[str, Any], *, simulated: bool = False
) -> dict[str, Any]:
    return {
        "id": event_id,
        "type": event_type,
        "simulated": simulated,
        "created": call.moment.world,
        "summary": summary(TYPES[event_type], resource),
        "resource_id": resource_id(resource),
        "resource": exact(orjson.dumps(resource)),
        "base_url": base_of(call),
    }


def name_of(event: Mapping[str, Any]) -> str:
    """Return the name by which an event finds its webhooks: its type, marked if it is a mock."""
    name: str = event["type"]
    return name + SIMULATED if event["simulated"] else name


def shown_event(event: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    """Return an event as it is sent, and as the API answers; its own links lead to `base_url`."""
    path = f"{base_url}{PATH}/{event['id']}"
    about = TYPES[event["type"]]
    return {
        "id": event["id"],
        "event_version": "1.0",
        "create_time": datetime.fromtimestamp(event["created"], UTC).isoformat(timespec="milliseconds")[:23] + "Z",
        "resource_type": about.resource,
        "resource_version": about.version,
        "event_type": event["type"],
        "summary": event["summary"],
        "resource": orjson.Fragment(event["resource"]),
        "links": [
            {"href": path, "rel": "self", "method": "GET"},
            {"href": f"{path}/resend", "rel": "resend", "method": "POST"},
        ],
    }


def base_of(call: Call) -> str:
    """Return where a call reached PayPal; without a server, where the real one is."""
    return call.base_url or _REAL_URL


def payload(event: Mapping[str, Any]) -> bytes:
    """Return the body of a delivery: its links lead to where the call that caused it reached PayPal."""
    return orjson.dumps(shown_event(event, event["base_url"]))


def _table(call: Call, account: str, object_type: str) -> Table:
    return call.world.store.table(account, f"{call.provider}.{object_type}")


def _keep(table: Table, orders: Table, event: dict[str, Any]) -> None:
    """Keep an event, and drop the oldest of too many."""
    order = orders.get("order")
    if order is None:
        order = {"id": "order", "ids": deque(), "evicted": 0}
        orders.put(order)
    table.put(event)
    order["ids"].append(event["id"])
    if len(order["ids"]) > EVENTS_KEPT:
        table.remove(order["ids"].popleft())
        order["evicted"] += 1
