"""Events as the API shows them: list, retrieve, resend, and the simulator, whose mock events are nowhere to be found.

(PayPal REST API specifications, Webhooks Management v1.11; developer.paypal.com, Webhooks simulator; read 2026-11-23.)
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.core.urls import is_url
from brownout.providers.paypal.ids import free_id
from brownout.providers.paypal.links import link
from brownout.providers.paypal.tokens import WEBHOOKS_SCOPE
from brownout.providers.paypal.webhooks.signing import MOCK_WEBHOOK_ID
from brownout.providers.paypal.webhooks.webhook_errors import invalid, not_found
from brownout.providers.paypal.webhooks.webhook_events import PATH, base_of, shown_event, simulated, wants
from brownout.providers.paypal.webhooks.webhook_samples import sample
from brownout.providers.paypal.webhooks.webhook_types import TYPES
from brownout.providers.paypal.webhooks.webhooks import endpoints, find_webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.operation import Call

_USUAL_PAGE: Final = 10
_MOST_ON_A_PAGE: Final = 300
_LISTENERS_KEPT: Final = 16
"""How many URLs of mock events an account keeps; the oldest goes first, with what is still on its way to it."""


# ---------------------------------------------------------------- list
def _list(call: Call) -> Answer:
    """List events from the newest; a page's links carry what was asked for, and where it ends."""
    given = dict(call.params)
    size = _page_size(call, given.get("page_size"))
    keep = _filter(call, given)
    found = [event for event in call.table("event").newest_first() if keep(event)]
    start = _start(call, found, given, size)
    page = found[start : start + size]
    links = [_page_link(call, given, "self")]
    if start + size < len(found):
        links.append(_page_link(call, given, "next", page[-1]))
    if start > 0 and page:
        links.append(_page_link(call, given, "previous", page[0]))
    shown = [shown_event(event, base_of(call)) for event in page]
    return Answer(200, {"events": shown, "count": len(shown), "links": links})


def _page_size(call: Call, given: str | None) -> int:
    if given is None:
        return _USUAL_PAGE
    size = int(given) if given.isascii() and given.isdigit() and len(given) <= len(str(_MOST_ON_A_PAGE)) else 0
    if not 1 <= size <= _MOST_ON_A_PAGE:
        raise invalid(call, ("page_size", f"Must be 1 to {_MOST_ON_A_PAGE}"))
    return size


def _filter(call: Call, given: dict[str, Any]) -> Callable[[dict[str, Any]], bool]:
    since, until = _moment(call, given, "start_time"), _moment(call, given, "end_time")
    event_type, transaction = given.get("event_type"), given.get("transaction_id")

    def keep(event: dict[str, Any]) -> bool:
        return (
            (since is None or event["created"] >= since)
            and (until is None or event["created"] <= until)
            and event_type in (None, event["type"])
            and transaction in (None, event["resource_id"])
        )

    return keep


def _moment(call: Call, given: dict[str, Any], name: str) -> float | None:
    """Return a moment in unix seconds, None if it isn't given; without an offset it is UTC."""
    text = given.get(name)
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo is not None else read.replace(tzinfo=UTC)).timestamp()
    except ValueError:
        raise invalid(call, (name, "Not a valid date and time")) from None


def _start(call: Call, found: list[dict[str, Any]], given: dict[str, Any], size: int) -> int:
    """Return where in `found` a page starts."""
    index_id = given.get("index_id")
    if index_id is None:
        return 0
    place = next((number for number, event in enumerate(found) if event["id"] == index_id), None)
    if place is None:
        raise invalid(call, ("index_id", "Not a valid value"))
    return max(0, place - size) if given.get("move_to") == "previous" else place + 1


def _page_link(call: Call, given: dict[str, Any], rel: str, edge: dict[str, Any] | None = None) -> dict[str, str]:
    asked = {name: value for name, value in given.items() if edge is None or name not in ("move_to", "index_id")}
    if edge is not None:
        asked |= {"move_to": rel, "index_id": edge["id"]}
    return link(call, f"{PATH}?{urlencode(asked)}" if asked else PATH, rel)


# ---------------------------------------------------------------- retrieve and resend
def _find(call: Call) -> dict[str, Any]:
    found = call.table("event").get(call.path["id"])
    if found is None:
        raise not_found(call)
    return found


def _retrieve(call: Call) -> Answer:
    return Answer(200, shown_event(_find(call), base_of(call)))


def _resend(call: Call) -> Answer:
    """Send an event again to the webhooks that are named, or to all that want it; not where it is still under way."""
    event = _find(call)
    named = call.params.get("webhook_ids")
    if named is not None:
        _check_ids(call, named)
    hooks = call.world.hooks
    earlier = {one.endpoint.id: one for one in hooks if one.account == call.account and one.event["id"] == event["id"]}
    for endpoint in endpoints(call.world, call.account):
        if not (wants(endpoint.events, event["type"]) if named is None else endpoint.id in named):
            continue
        delivery = earlier.get(endpoint.id)
        if delivery is None:
            call.emit(event, (endpoint.id,))
        elif delivery.state != "pending":
            hooks.redeliver(delivery, call.moment)
    return Answer(202, shown_event(event, base_of(call)))


def _check_ids(call: Call, named: Any) -> None:
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise invalid(call, ("webhook_ids", "Not a list of webhook ids"))
    for one in named:
        find_webhook(call, one)


# ---------------------------------------------------------------- the simulator
def _simulate(call: Call) -> Answer:
    """Send a mock event to a webhook or a URL; the API knows nothing of it afterwards."""
    name = call.params.get("event_type")
    if not isinstance(name, str) or name not in TYPES:
        raise invalid(call, ("event_type", "Not a valid webhook event type"))
    about = TYPES[name]
    if call.params.get("resource_version") not in (None, about.version):
        raise invalid(call, ("resource_version", f"Known for {name}: {about.version}"))
    listener = _listener(call, _target(call))

    event = simulated(call, name, sample(about, call.now))
    call.emit(event, (listener["id"],))
    return Answer(202, shown_event(event, base_of(call)))


def _target(call: Call) -> str:
    """Return the URL to send to.

    Raises:
        Refused: if there is none, or no such webhook.
    """
    webhook_id, url = call.params.get("webhook_id"), call.params.get("url")
    if webhook_id is not None:
        target: str = find_webhook(call, str(webhook_id))["url"]
        return target
    if not isinstance(url, str) or not is_url(url):
        raise invalid(call, ("url", "Not a valid webhook URL"))
    return url


def _listener(call: Call, url: str) -> dict[str, Any]:
    """Return who gets mock events at a URL, made on first use."""
    table = call.table("mock_listener")
    known = list(table.oldest_first())
    found = next((one for one in known if one["url"] == url), None)
    if found is None:
        if len(known) >= _LISTENERS_KEPT:
            table.remove(known[0]["id"])
        found = {"id": free_id(call, "mock_listener"), "url": url, "signed_as": MOCK_WEBHOOK_ID}
        table.put(found)
    return found


_SCOPED: Final[dict[str, Any]] = {"scopes": frozenset({WEBHOOKS_SCOPE}), "object_type": "event"}
_DATES: Final = ("create_time",)
_ENUMS: Final = ("event_type", "resource_type")
OPERATIONS: Final = (
    Operation(
        name="paypal.webhook_events.list", method="GET", path=PATH, run=_list,
        listing=Listing(items="events", cursor="index_id", more="links"), dates=("events.create_time",),
        enums=("events.event_type",), **_SCOPED,
    ),
    Operation(
        name="paypal.webhook_events.retrieve", method="GET", path=f"{PATH}/{{id}}", run=_retrieve, id_param="id",
        dates=_DATES, enums=_ENUMS, **_SCOPED,
    ),
    Operation(
        name="paypal.webhook_events.resend", method="POST", path=f"{PATH}/{{id}}/resend", run=_resend, effect="write",
        id_param="id", dates=_DATES, enums=_ENUMS, **_SCOPED,
    ),
    Operation(
        name="paypal.webhook_events.simulate", method="POST", path="/v1/notifications/simulate-event", run=_simulate,
        effect="write", dates=_DATES, enums=_ENUMS, **_SCOPED,
    ),
)  # fmt: skip
