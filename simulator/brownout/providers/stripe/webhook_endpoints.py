"""Webhook endpoints: where an account wants its events sent. How they get there is in `deliveries.py`.

(Stripe docs, API reference: Webhook endpoints; stripe-python 16.1's types; read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import did_you_mean
from brownout.providers.stripe.deliveries import give_secret
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.generic.tables import tables
from brownout.providers.stripe.options import has_host
from brownout.providers.stripe.params import array, boolean, text
from brownout.providers.stripe.resource import METADATA, NOW, Resource, fixed, param
from brownout.providers.stripe.versions import is_version

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call

_MOST_ENDPOINTS: Final = 16


def _prepare(call: Call, endpoint: dict[str, Any], given: dict[str, Any]) -> None:
    """Refuse what no endpoint can be."""
    _check(call, given)
    version = given.get("api_version")
    if version is not None and not is_version(version):
        raise refusal(call, f"Invalid Stripe API version: {version}", param="api_version")
    if len(call.table("webhook_endpoint")) >= _MOST_ENDPOINTS:
        raise refusal(call, f"You have reached the maximum of {_MOST_ENDPOINTS} test webhook endpoints.", executed=True)


def _change(call: Call, changed: dict[str, Any], given: dict[str, Any]) -> None:
    """Switch it off or on, which forgets for how long it failed."""
    _check(call, given)
    if "disabled" in given:
        changed["status"] = "disabled" if given["disabled"] else "enabled"
        call.world.hooks.failing_since.pop(("stripe", changed["id"]), None)


def _done(call: Call, endpoint: dict[str, Any], given: dict[str, Any]) -> Answer:
    """Show the secret, in this answer alone; note whether it is for events of connected accounts."""
    if given.get("connect"):
        call.table("webhook_connect").put({"id": endpoint["id"]})
    secret = give_secret(call, endpoint["id"])
    return shown(call, {**endpoint, "secret": secret}, tree_of(call, given, "webhook_endpoint"))


def _check(call: Call, given: dict[str, Any]) -> None:
    if "enabled_events" in given:
        _check_events(call, given["enabled_events"])
    if "url" in given:
        _check_url(call, given["url"])


def _check_events(call: Call, events: list[str]) -> None:
    if not events:
        raise refusal(
            call, "You passed an empty list for 'enabled_events': name at least one event, or * for all.",
            param="enabled_events",
        )  # fmt: skip
    known = tables().events
    for number, event in enumerate(events):
        if event != "*" and event not in known:
            param = f"enabled_events[{number}]"
            told = did_you_mean(event, known)
            if "did you mean" not in told:
                told = f"unknown {event!r}; see https://docs.stripe.com/api/events/types"
            raise refusal(call, f"Invalid {param}: {told}", param=param)


def _check_url(call: Call, url: str) -> None:
    scheme, found, rest = url.partition("://")
    if not found:
        message = "Invalid URL: An explicit scheme (such as https) must be provided."
        raise refusal(call, message, code="url_invalid", param="url")
    if scheme not in ("http", "https") or not rest or rest.startswith("/") or not has_host(url):
        raise refusal(call, "Not a valid URL", code="url_invalid", param="url")


ENDPOINTS: Final = Resource(
    object_type="webhook_endpoint",
    path="/v1/webhook_endpoints",
    prefix="we",
    fields={
        "api_version": param(text(unset=False), updates=False),
        "application": fixed(),
        "created": NOW,
        "description": param(text()),
        "enabled_events": param(array(text(unset=False)), required=True),
        "livemode": fixed(value=False),
        "metadata": METADATA,
        "status": fixed("enabled", kind="enum"),
        "url": param(text(unset=False), required=True),
    },
    verbs=("create", "retrieve", "update", "delete", "list"),
    create_too={"connect": boolean},
    update_too={"disabled": boolean},
    prepare=_prepare,
    change=_change,
    done=_done,
)
OPERATIONS: Final = ENDPOINTS.operations()
