"""Webhooks: those that an application makes, and those that the scenario gives to every account.

(PayPal REST API specifications, Webhooks Management v1.11; developer.paypal.com, Webhooks guide; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.core.provider import Endpoint
from brownout.core.urls import is_url
from brownout.providers.paypal.ids import free_id
from brownout.providers.paypal.links import link
from brownout.providers.paypal.options import DEFAULTS, configured
from brownout.providers.paypal.tokens import WEBHOOKS_SCOPE
from brownout.providers.paypal.webhooks.webhook_errors import invalid, not_found, refused
from brownout.providers.paypal.webhooks.webhook_types import TYPES
from brownout.providers.paypal.wire import PATCHES

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.core.sandbox import Sandbox

LADDER_SECONDS: Final = (*(60.0 * 2**doubled for doubled in range(8)), *[14_340.0] * 17)
"""Waits between tries. PayPal says up to 25 more tries over three days, and no intervals: these double from a minute,
then stay at about four hours, and end within three days."""
TIMEOUT_SECONDS: Final = 10.0
"""PayPal publishes no figure."""
MOST_WEBHOOKS: Final = 10
SIMULATED: Final = " (simulated)"
"""The end of the name that a mock event has on its way, so that no webhook but its own gets it."""
_MOST_TYPES: Final = 500
_MOST_URL_LETTERS: Final = 2_048
_ANCHORS: Final = ("APPLICATION", "ACCOUNT")


# ---------------------------------------------------------------- who hears of what
def endpoints(world: Sandbox, account: str) -> list[Endpoint]:
    """Return where an account's events go. What signs is a webhook's own id."""
    found = list(_configured(world))
    table = world.store.table(account, "paypal.webhook")
    if len(table):
        found += [
            Endpoint(one["id"], one["url"], (one["id"],), tuple(one["events"]), None) for one in table.oldest_first()
        ]
    mocks = world.store.table(account, "paypal.mock_listener")
    if len(mocks):
        found += [
            Endpoint(one["id"], one["url"], (one["signed_as"],), (f"*{SIMULATED}",), None)
            for one in mocks.oldest_first()
        ]
    return found


def nobody_listens(world: Sandbox, account: str) -> bool:
    """Return whether an account has no webhook; cheap, since every payment asks."""
    table = world.tables.get(("paypal", account, "webhook"))
    return not table and not _configured(world)


def _configured(world: Sandbox) -> tuple[Endpoint, ...]:
    options = world.plan.providers.get("paypal") or DEFAULTS
    found = configured(options.webhooks, world.plan.seed) if options.webhooks else ()
    guests = world.hooks.guests.get("paypal", ())
    if not found and guests:  # the first who listens stands in for the webhook that isn't configured, under its id
        first = guests[0]
        return (first._replace(id=first.secrets[0]), *guests[1:])
    return (*found, *guests)


def find_webhook(call: Call, webhook_id: str) -> dict[str, Any]:
    """Return a webhook by id, a configured one too.

    Raises:
        Refused: if there is none.
    """
    found = call.table("webhook").get(webhook_id)
    if found is None:
        found = next((_kept(one) for one in _configured(call.world) if one.id == webhook_id), None)
    if found is None:
        raise not_found(call)
    return found


def _kept(endpoint: Endpoint) -> dict[str, Any]:
    return {"id": endpoint.id, "url": endpoint.url, "events": list(endpoint.events)}


# ---------------------------------------------------------------- the resource
def shown_type(name: str) -> dict[str, Any]:
    """Return an event type for an answer."""
    if name == "*":
        return {"name": "*", "description": "ALL"}
    about = TYPES[name]
    described = about.summary.replace("{amount} ", "").replace(" for {amount}", "").replace(" with Case # {id}", "")
    return {"name": name, "description": described, "status": "ENABLED", "resource_versions": [about.version]}


def _shown(call: Call, webhook: dict[str, Any]) -> dict[str, Any]:
    path = f"{_PATH}/{webhook['id']}"
    return {
        "id": webhook["id"],
        "url": webhook["url"],
        "event_types": [shown_type(name) for name in webhook["events"]],
        "links": [link(call, path, "self"), link(call, path, "update", "PATCH"), link(call, path, "delete", "DELETE")],
    }


def _create(call: Call) -> Answer:
    url = _url(call, call.params.get("url"))
    events = _events(call, call.params.get("event_types"))
    _check_free(call, url)
    if len(_all(call)) >= MOST_WEBHOOKS:
        raise refused(call, "WEBHOOK_NUMBER_LIMIT_EXCEEDED")

    webhook = call.create("webhook", {"id": free_id(call, "webhook"), "url": url, "events": events})
    return Answer(201, _shown(call, webhook))


def _all(call: Call) -> list[dict[str, Any]]:
    return [*map(_kept, _configured(call.world)), *call.table("webhook").oldest_first()]


def _url(call: Call, given: Any) -> str:
    if given is None:
        raise invalid(call, ("url", "Required field is missing"))
    if not isinstance(given, str) or len(given) > _MOST_URL_LETTERS or not is_url(given):
        raise invalid(call, ("url", "Not a valid webhook URL"))
    return given


def _events(call: Call, given: Any) -> list[str]:
    """Return the names of event types, each once; `*` swallows all others."""
    if not isinstance(given, list) or not given:
        raise invalid(call, ("event_types", "Required field is missing"))
    if len(given) > _MOST_TYPES:
        raise invalid(call, ("event_types", f"At most {_MOST_TYPES} event types"))
    names = [one.get("name") if isinstance(one, dict) else None for one in given]
    wrong = [
        (f"event_types[{number}].name", "Not a valid webhook event type")
        for number, name in enumerate(names)
        if not isinstance(name, str) or (name != "*" and name not in TYPES)
    ]
    if wrong:
        raise invalid(call, *wrong)
    return ["*"] if "*" in names else list(dict.fromkeys(str(name) for name in names))


def _check_free(call: Call, url: str, but: str | None = None) -> None:
    if any(one["url"] == url and one["id"] != but for one in _all(call)):
        raise refused(call, "WEBHOOK_URL_ALREADY_EXISTS")


def _update(call: Call) -> Answer:
    """Replace the URL or the event types; all that is sent is checked before anything changes."""
    webhook = _changeable(call)
    changed = {"url": webhook["url"], "events": webhook["events"]}
    for number, patch in enumerate(call.params.get(PATCHES) or ()):
        if not isinstance(patch, dict) or patch.get("op") != "replace":
            raise invalid(call, (f"[{number}].op", "Only the replace operation is supported"))
        match patch.get("path"):
            case "/url":
                changed["url"] = _url(call, patch.get("value"))
            case "/event_types":
                changed["events"] = _events(call, patch.get("value"))
            case _:
                raise invalid(call, (f"[{number}].path", "Only /url and /event_types can be replaced"))
    if changed["url"] == webhook["url"] and changed["events"] == webhook["events"]:
        raise refused(call, "WEBHOOK_PATCH_REQUEST_NO_CHANGE")
    _check_free(call, changed["url"], webhook["id"])

    webhook.update(changed)
    return Answer(200, _shown(call, webhook))


def _delete(call: Call) -> Answer:
    webhook = _changeable(call)

    call.table("webhook").remove(webhook["id"])
    return Answer(204, b"")


def _changeable(call: Call) -> dict[str, Any]:
    """Return the webhook in the path, unless the scenario holds it."""
    webhook_id = call.path["id"]
    if any(one.id == webhook_id for one in _configured(call.world)):
        said = "is configured by the scenario (providers: paypal: webhooks): change it there"
        raise invalid(call, ("webhook_id", said))
    return find_webhook(call, webhook_id)


def _retrieve(call: Call) -> Answer:
    return Answer(200, _shown(call, find_webhook(call, call.path["id"])))


def _list(call: Call) -> Answer:
    """List all webhooks; here an account has one application, so both anchors find the same."""
    if call.params.get("anchor_type", _ANCHORS[0]) not in _ANCHORS:
        raise invalid(call, ("anchor_type", "Not a valid anchor type"))
    return Answer(200, {"webhooks": [_shown(call, one) for one in _all(call)]})


def _subscriptions(call: Call) -> Answer:
    webhook = find_webhook(call, call.path["id"])
    return Answer(200, {"event_types": [shown_type(name) for name in webhook["events"]]})


def _types(call: Call) -> Answer:
    return Answer(200, {"event_types": [shown_type(name) for name in TYPES]})


_PATH: Final = "/v1/notifications/webhooks"
_ONE: Final[dict[str, Any]] = {
    "path": f"{_PATH}/{{id}}", "object_type": "webhook", "id_param": "id", "scopes": frozenset({WEBHOOKS_SCOPE}),
}  # fmt: skip
_MANY: Final[dict[str, Any]] = {"path": _PATH, "object_type": "webhook", "scopes": frozenset({WEBHOOKS_SCOPE})}
_NAMES: Final = ("event_types.name",)

OPERATIONS: Final = (
    Operation(name="paypal.webhooks.create", method="POST", run=_create, effect="write", enums=_NAMES, **_MANY),
    Operation(
        name="paypal.webhooks.list", method="GET", run=_list, listing=Listing(items="webhooks", cursor="", more=""),
        enums=("webhooks.event_types.name",), **_MANY,
    ),
    Operation(name="paypal.webhooks.retrieve", method="GET", run=_retrieve, enums=_NAMES, **_ONE),
    Operation(name="paypal.webhooks.update", method="PATCH", run=_update, effect="write", enums=_NAMES, **_ONE),
    Operation(name="paypal.webhooks.delete", method="DELETE", run=_delete, effect="write", **_ONE),
    Operation(
        name="paypal.webhooks.event_types", method="GET", run=_subscriptions, enums=_NAMES,
        **{**_ONE, "path": f"{_PATH}/{{id}}/event-types"},
    ),
    Operation(
        name="paypal.webhook_event_types.list", method="GET", path="/v1/notifications/webhooks-event-types",
        run=_types, scopes=frozenset({WEBHOOKS_SCOPE}), enums=_NAMES,
        listing=Listing(items="event_types", cursor="", more=""),
    ),
)  # fmt: skip
