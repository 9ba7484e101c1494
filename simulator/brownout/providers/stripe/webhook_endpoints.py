"""Webhook endpoints, and how deliveries are signed and retried.

(Stripe docs, API reference: Webhook endpoints, and Webhooks: Verify signatures, Retries; stripe-python 16.1's
verifier; read 2026-11-22.)
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.core.provider import Endpoint
from brownout.providers.stripe.amounts import DEFAULTS
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.ids import alone
from brownout.providers.stripe.lists import LISTING, list_shape, page
from brownout.providers.stripe.options import configured, has_host
from brownout.providers.stripe.params import EXPAND, Shape, array, boolean, check, merged, metadata, text
from brownout.providers.stripe.versions import is_version

if TYPE_CHECKING:
    from collections.abc import Collection

    from brownout.core.operation import Call
    from brownout.core.sandbox import Sandbox

LADDER_SECONDS: Final = (60.0, 180.0, 540.0, 1_620.0, 4_860.0, 14_580.0, 43_740.0, 86_400.0, 86_400.0)
"""Waits between tries. Stripe says "up to three days with an exponential back off" and publishes no intervals: this
ladder triples from a minute up to a day, and ends within three days."""
TIMEOUT_SECONDS: Final = 10.0
"""Stripe publishes no figure; receivers are told to answer "quickly"."""
_MOST_ENDPOINTS: Final = 16


def signature(body: bytes, secrets: tuple[str, ...], timestamp: int) -> str:
    """Return the `Stripe-Signature` header: one `v1` for each secret, over the time and the raw body.

    >>> signature(b"{}", ("whsec_a",), 1)
    't=1,v1=7aaed73a0f45f657eacd5c9b580562745d6023b1e3e6d17dce076b81940aa046'
    """
    signed = b"%d.%b" % (timestamp, body)
    signatures = (hmac.digest(secret.encode(), signed, "sha256").hex() for secret in secrets)
    return ",".join((f"t={timestamp}", *(f"v1={one}" for one in signatures)))


def endpoints(world: Sandbox, account: str) -> list[Endpoint]:
    """Return where an account's events go: the configured endpoints, then those it made that are enabled."""
    options = world.plan.providers.get("stripe") or DEFAULTS
    found = list(configured(options, world.plan.seed)) if options.webhooks else []
    table = world.store.table(account, "stripe.webhook_endpoint")
    if len(table):
        secrets = world.store.table(account, "stripe.webhook_secret")
        for endpoint in table.oldest_first():
            secret = secrets.get(endpoint["id"])
            if endpoint["status"] == "enabled" and secret is not None:
                found.append(
                    Endpoint(
                        id=endpoint["id"], url=endpoint["url"], secrets=(secret["secret"],),
                        events=tuple(endpoint["enabled_events"]), version=endpoint["api_version"],
                    )
                )  # fmt: skip
    return found


def versions_wanted(call: Call) -> Collection[str]:
    """Return the versions that endpoints of the calling account want events in, rather than in the account's own."""
    options = call.world.plan.providers.get("stripe") or DEFAULTS
    if not options.webhooks and not len(call.table("webhook_endpoint")):  # most calls: nobody listens
        return ()
    return {one.version for one in endpoints(call.world, call.account) if one.version is not None}


def _create(call: Call) -> Answer:
    given = check(call, _CREATE)
    tree = tree_of(call, given, "webhook_endpoint")
    _check_events(call, given["enabled_events"])
    _check_url(call, given["url"])
    version = given.get("api_version")
    if version is not None and not is_version(version):
        raise refusal(call, f"Invalid Stripe API version: {version}", param="api_version")
    if len(call.table("webhook_endpoint")) >= _MOST_ENDPOINTS:
        raise refusal(call, f"You have reached the maximum of {_MOST_ENDPOINTS} test webhook endpoints.", executed=True)
    if given.get("connect"):
        raise refusal(call, "This account has no connected accounts to listen to.", param="connect")
    endpoint = {
        "id": alone(call, "we", call.table("webhook_endpoint")),
        "object": "webhook_endpoint",
        "api_version": version,
        "application": None,
        "created": call.now,
        "description": given.get("description"),
        "enabled_events": given["enabled_events"],
        "livemode": False,
        "metadata": merged(call, {}, given.get("metadata")),
        "status": "enabled",
        "url": given["url"],
    }

    call.create("webhook_endpoint", endpoint)
    secret = f"whsec_{call.draw_text('whsec', 32)}"
    call.table("webhook_secret").put({"id": endpoint["id"], "secret": secret})
    return shown(call, {**endpoint, "secret": secret}, tree)  # the only answer that ever shows it


def _check_events(call: Call, events: list[str]) -> None:
    if not events:
        raise refusal(
            call, "You passed an empty list for 'enabled_events': name at least one event, or * for all.",
            param="enabled_events",
        )  # fmt: skip
    for number, event in enumerate(events):
        well_formed = event == "*" or ("." in event and "*" not in event)
        if not well_formed:
            param = f"enabled_events[{number}]"
            raise refusal(call, f"Invalid {param}: {event} is not an event type", param=param)


def _check_url(call: Call, url: str) -> None:
    scheme, found, rest = url.partition("://")
    if not found:
        message = "Invalid URL: An explicit scheme (such as https) must be provided."
        raise refusal(call, message, code="url_invalid", param="url")
    if scheme not in ("http", "https") or not rest or rest.startswith("/") or not has_host(url):
        raise refusal(call, "Not a valid URL", code="url_invalid", param="url")


def _update(call: Call) -> Answer:
    given = check(call, _UPDATE)
    tree = tree_of(call, given, "webhook_endpoint")
    endpoint = find(call, "webhook_endpoint", call.path["webhook_endpoint"])
    changed: dict[str, Any] = {name: given[name] for name in ("description", "enabled_events", "url") if name in given}
    if "enabled_events" in given:
        _check_events(call, given["enabled_events"])
    if "url" in given:
        _check_url(call, given["url"])
    if "metadata" in given:
        changed["metadata"] = merged(call, endpoint["metadata"], given["metadata"])
    if "disabled" in given:
        changed["status"] = "disabled" if given["disabled"] else "enabled"

    endpoint.update(changed)
    return shown(call, endpoint, tree)


def _retrieve(call: Call) -> Answer:
    given = check(call, _RETRIEVE)
    tree = tree_of(call, given, "webhook_endpoint")
    return shown(call, find(call, "webhook_endpoint", call.path["webhook_endpoint"]), tree)


def _delete(call: Call) -> Answer:
    check(call, Shape())
    endpoint = find(call, "webhook_endpoint", call.path["webhook_endpoint"])

    call.table("webhook_endpoint").remove(endpoint["id"])
    call.table("webhook_secret").remove(endpoint["id"])
    return Answer(200, {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True})


def _list(call: Call) -> Answer:
    return page(call, _LIST, "webhook_endpoint", "/v1/webhook_endpoints")


_EVENTS: Final = array(text(unset=False))
_CREATE: Final = Shape(
    ("enabled_events", "url"), api_version=text(unset=False), connect=boolean, description=text(),
    enabled_events=_EVENTS, expand=EXPAND, metadata=metadata, url=text(unset=False),
)  # fmt: skip
_UPDATE: Final = Shape(
    description=text(), disabled=boolean, enabled_events=_EVENTS, expand=EXPAND, metadata=metadata,
    url=text(unset=False),
)  # fmt: skip
_RETRIEVE: Final = Shape(expand=EXPAND)
_LIST: Final = list_shape()
_DATES: Final = ("created",)
_ENUMS: Final = ("status",)
_PATH: Final = "/v1/webhook_endpoints/{webhook_endpoint}"

OPERATIONS: Final = (
    Operation(
        name="stripe.webhook_endpoints.create", method="POST", path="/v1/webhook_endpoints", run=_create,
        effect="write", object_type="webhook_endpoint", idempotent=True, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.webhook_endpoints.retrieve", method="GET", path=_PATH, run=_retrieve,
        object_type="webhook_endpoint", id_param="webhook_endpoint", dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.webhook_endpoints.update", method="POST", path=_PATH, run=_update, effect="write",
        object_type="webhook_endpoint", id_param="webhook_endpoint", idempotent=True, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.webhook_endpoints.delete", method="DELETE", path=_PATH, run=_delete, effect="write",
        object_type="webhook_endpoint", id_param="webhook_endpoint",
    ),
    Operation(
        name="stripe.webhook_endpoints.list", method="GET", path="/v1/webhook_endpoints", run=_list,
        object_type="webhook_endpoint", listing=LISTING, dates=("data.created",), enums=("data.status",),
    ),
)  # fmt: skip
