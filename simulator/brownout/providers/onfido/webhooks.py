"""Webhooks: those an account makes, and those the scenario configured for every account.

(Onfido API v3.6, official OpenAPI description and SDK test suites; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.core.provider import Endpoint
from brownout.core.urls import is_url
from brownout.providers.onfido import review
from brownout.providers.onfido.errors import find, invalid, not_found
from brownout.providers.onfido.options import DEFAULTS, configured
from brownout.providers.onfido.params import (
    Shape,
    WrongError,
    array,
    boolean,
    check,
    group,
    one_of,
    opaque,
    some_of,
    text,
)
from brownout.providers.onfido.words import ACTIONS, ROOT

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.core.sandbox import Sandbox

_RESENT: Final = "check.completed"


def _url(value: Any) -> str:
    read = text(value)
    if not is_url(read):
        raise WrongError("must be a URL that begins with https:// (or http://, to try things out)")
    return read


_OAUTH: Final = ("oauth_server_url", "oauth_server_client_id", "oauth_server_client_secret", "oauth_server_scope")
_FIELDS: Final = Shape(
    ("url",),
    url=_url,
    name=text,
    enabled=boolean,
    events=some_of(ACTIONS, "actions of Onfido, such as check.completed"),
    environments=some_of(("sandbox", "live"), "sandbox or live"),
    payload_version=opaque,
    oauth_enabled=boolean,
    **dict.fromkeys(_OAUTH, text),
)
_RESEND: Final = Shape(
    ("data",),
    data=array(group(Shape(("resource_id", "event"), resource_id=text, event=one_of((_RESENT,), _RESENT)))),
)


# ---------------------------------------------------------------- who hears of what
def endpoints(world: Sandbox, account: str) -> list[Endpoint]:
    """Return where an account's events go: the configured webhooks, then those it made that are on."""
    found = list(_configured(world))
    table = world.store.table(account, "onfido.webhook")
    if len(table):
        found += [
            Endpoint(id=one["id"], url=one["url"], secrets=(one["token"],), events=tuple(one["events"]), version=None)
            for one in table.oldest_first()
            if _is_on(one)
        ]
    return found


def _configured(world: Sandbox) -> tuple[Endpoint, ...]:
    options = world.plan.providers.get("onfido") or DEFAULTS
    found = configured(options.webhooks, world.plan.seed) if options.webhooks else ()
    return (*found, *world.hooks.guests.get("onfido", ()))


def _is_on(webhook: dict[str, Any]) -> bool:
    return bool(webhook["enabled"]) and "sandbox" in webhook["environments"]


def enabled(call: Call) -> list[str]:
    """Return the ids of the webhooks that are on."""
    return [endpoint.id for endpoint in endpoints(call.world, call.account)]


def chosen(call: Call, given: list[str] | None) -> list[str] | None:
    """Return the webhooks that a check named, None if it named none; refuse ids that aren't webhooks."""
    if given is None:
        return None
    strange = [one for one in given if _look_up(call, one) is None]
    if strange:
        raise invalid({"webhook_ids": [f"no such webhook: {', '.join(strange)[:500]}"]})
    return given


def _look_up(call: Call, webhook_id: str) -> dict[str, Any] | None:
    found = call.table("webhook").get(webhook_id)
    if found is None:
        found = next((_shown(one) for one in _configured(call.world) if one.id == webhook_id), None)
    return found


# ---------------------------------------------------------------- the resource
def _shown(endpoint: Endpoint) -> dict[str, Any]:
    """Return a configured webhook as the API shows it."""
    events = list(ACTIONS) if "*" in endpoint.events else list(endpoint.events)
    return _body(endpoint.id, endpoint.secrets[0], {"url": endpoint.url, "events": events})


def _body(webhook_id: str, token: str, given: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": webhook_id,
        "name": given.get("name"),
        "url": given["url"],
        "enabled": given.get("enabled") is not False,
        "events": given.get("events") or list(ACTIONS),
        "environments": given.get("environments") or ["sandbox"],
        "payload_version": 3,
        "href": f"{ROOT}/webhooks/{webhook_id}",
        "token": token,
        "oauth_enabled": bool(given.get("oauth_enabled")),
        **{key: given.get(key) for key in _OAUTH},
    }


def _create(call: Call) -> Answer:
    given = check(call, _FIELDS)

    webhook = _body(call.draw_uuid("webhook"), call.draw_text("token", 32), given)
    return Answer(201, call.create("webhook", webhook))


def _update(call: Call) -> Answer:
    webhook = _changeable(call)
    given = check(call, _FIELDS, partly=True)

    webhook.update(_body(webhook["id"], webhook["token"], {**webhook, **given}))
    return Answer(200, webhook)


def _delete(call: Call) -> Answer:
    webhook = _changeable(call)

    call.table("webhook").remove(webhook["id"])
    return Answer(204, None)


def _changeable(call: Call) -> dict[str, Any]:
    """Return the webhook in the path, unless the scenario holds it."""
    webhook_id = call.path["id"]
    if any(one.id == webhook_id for one in _configured(call.world)):
        message = "is configured by the scenario (providers: onfido: webhooks): change it there"
        raise invalid({"webhook": [message]})
    return find(call, "webhook")


def _retrieve(call: Call) -> Answer:
    webhook_id = call.path["id"]
    found = _look_up(call, webhook_id)
    if found is None:
        raise not_found("webhook", webhook_id)
    return Answer(200, found)


def _list(call: Call) -> Answer:
    shown = [_shown(one) for one in _configured(call.world)]
    return Answer(200, {"webhooks": [*shown, *call.table("webhook").oldest_first()]})


def _resend(call: Call) -> Answer:
    wanted = [item["resource_id"] for item in check(call, _RESEND)["data"]]
    checks = [find(call, "check", one) for one in wanted]
    early = [one["id"] for one in checks if one["status"] != "complete"]
    if early:
        raise invalid({"data": [f"not complete yet: {', '.join(early)}"]})

    for one in checks:
        review.again(call, one)
    return Answer(204, None)


_PATH: Final = f"{ROOT}/webhooks/{{id}}"
_ENUMS: Final = ("events", "environments")

OPERATIONS: Final = (
    Operation(
        name="onfido.webhooks.create", method="POST", path=f"{ROOT}/webhooks", run=_create, effect="write",
        object_type="webhook", enums=_ENUMS,
    ),
    Operation(
        name="onfido.webhooks.retrieve", method="GET", path=_PATH, run=_retrieve, object_type="webhook",
        id_param="id", enums=_ENUMS,
    ),
    Operation(
        name="onfido.webhooks.update", method="PUT", path=_PATH, run=_update, effect="write", object_type="webhook",
        id_param="id", enums=_ENUMS,
    ),
    Operation(
        name="onfido.webhooks.delete", method="DELETE", path=_PATH, run=_delete, effect="write",
        object_type="webhook", id_param="id",
    ),
    Operation(
        name="onfido.webhooks.list", method="GET", path=f"{ROOT}/webhooks", run=_list, object_type="webhook",
        listing=Listing(items="webhooks", cursor="", more=""), enums=tuple(f"webhooks.{enum}" for enum in _ENUMS),
    ),
    Operation(
        name="onfido.webhooks.resend", method="POST", path=f"{ROOT}/webhooks/resend", run=_resend, effect="write",
        object_type="check",
    ),
)  # fmt: skip
