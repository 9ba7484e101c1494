"""Deliveries: where an account's events go, what signs them, and how often a failed one is tried again.

(Stripe docs, Webhooks: Verify signatures, Retries, and Roll endpoint signing secrets; Workbench, Event destinations:
Retry sending an event; stripe-python 16.1's verifier; read 2026-11-24.)
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Final

from brownout.core.deliveries import versions_asked
from brownout.core.provider import Endpoint
from brownout.providers.stripe import platforms
from brownout.providers.stripe.amounts import DEFAULTS
from brownout.providers.stripe.options import configured

if TYPE_CHECKING:
    from collections.abc import Collection

    from brownout.core.operation import Call
    from brownout.core.sandbox import Sandbox
    from brownout.core.store import Table
    from brownout.providers.stripe.options import StripeOptions

TIMEOUT_SECONDS: Final = 10.0
"""Stripe publishes no figure; receivers are told to answer "quickly"."""
ROLL_MOST_SECONDS: Final = 86_400.0
"""How long the secret from before a roll may stay good: "up to 24 hours"."""
_EVERYBODYS: Final = "*"
"""Stands for the account where a secret is that of an endpoint which every account has."""


def signature(body: bytes, secrets: tuple[str, ...], timestamp: int) -> str:
    """Return the `Stripe-Signature` header: one `v1` for each secret, over the time and the raw body.

    >>> signature(b"{}", ("whsec_a",), 1)
    't=1,v1=7aaed73a0f45f657eacd5c9b580562745d6023b1e3e6d17dce076b81940aa046'
    """
    signed = b"%d.%b" % (timestamp, body)
    signatures = (hmac.digest(secret.encode(), signed, "sha256").hex() for secret in secrets)
    return ",".join((f"t={timestamp}", *(f"v1={one}" for one in signatures)))


# ---------------------------------------------------------------- who hears of what
def endpoints(world: Sandbox, account: str) -> list[Endpoint]:
    """Return where an account's events go: the configured endpoints, who listens for now, then those it made."""
    guests = world.hooks.guests.get("stripe", ())
    over = platforms.all_platforms_of(world, account)
    if not over:
        configured_here = _configured(world, connect=False) if _options(world).webhooks else ()
        return [*configured_here, *guests, *_made(world, account, connect=False)]
    found = [] if platforms.created(world, account) else _configured(world, connect=False)
    found += [Connected(*one) for one in (*_configured(world, connect=True), *guests)]
    found += _made(world, account, connect=False)
    for platform in over:
        found += [Connected(*one) for one in _made(world, platform, connect=True)]
    return found


class Connected(Endpoint):
    """An endpoint of a platform that hears of its connected accounts, and is told of which."""

    __slots__ = ()


def of_platform(world: Sandbox, platform: str) -> frozenset[str]:
    """Return the ids of those endpoints that hear of a platform's connected accounts."""
    return frozenset(one.id for one in (*_configured(world, connect=True), *_made(world, platform, connect=True)))


def recipients(call: Call) -> frozenset[str] | None:
    """Return the only endpoints that may hear of an event of the calling account, None for all that there are."""
    former = platforms.former_platforms_of(call.world, call.account)
    if not former:
        return None
    gone = {one.id for platform in former for one in _made(call.world, platform, connect=True)}
    if not platforms.platforms_of(call.world, call.account):
        gone |= {one.id for one in _configured(call.world, connect=True)}
    return frozenset(one.id for one in endpoints(call.world, call.account)) - gone


def _made(world: Sandbox, account: str, *, connect: bool) -> list[Endpoint]:
    """Return the endpoints that an account has made for its own events, or for those of its connected accounts."""
    found: list[Endpoint] = []
    table = world.store.table(account, "stripe.webhook_endpoint")
    if len(table):
        secrets = _secrets(world, account)
        connects = world.store.table(account, "stripe.webhook_connect")
        for endpoint in table.oldest_first():
            row = secrets.get(endpoint["id"])
            if (connects.get(endpoint["id"]) is not None) != connect:
                continue
            if row is None or endpoint["status"] != "enabled" or _given_up(world, endpoint):
                continue
            found.append(
                Endpoint(
                    id=endpoint["id"], url=endpoint["url"], secrets=_in_force(row, world.moment.world),
                    events=tuple(endpoint["enabled_events"]), version=endpoint["api_version"],
                )
            )  # fmt: skip
    return found


def listened_to(call: Call, *, linked: bool) -> bool:
    """Return whether anybody could hear of the calling account's events; for most calls, nobody does.

    `linked` says whether platforms may have endpoints for it, too.
    """
    world = call.world
    return linked or bool(_options(world).webhooks or world.hooks.guests or len(call.table("webhook_endpoint")))


def versions_wanted(call: Call) -> Collection[str]:
    """Return the versions that endpoints of the calling account want events in, rather than in the account's own."""
    own = {one.version for one in endpoints(call.world, call.account) if one.version is not None}
    return own | versions_asked(call.world, "stripe")


def _configured(world: Sandbox, *, connect: bool) -> list[Endpoint]:
    """Return the endpoints that every account has (or every platform for its connected accounts), as they are now."""
    found = _all_configured(world)
    return [one for one, said in zip(found, _options(world).webhooks, strict=True) if said.connect == connect]


def _all_configured(world: Sandbox) -> list[Endpoint]:
    """Return them all, with the secrets they were given since."""
    options = _options(world)
    if not options.webhooks:
        return []
    found = list(configured(options, world.plan.seed))
    secrets = _secrets(world, _EVERYBODYS)
    if len(secrets):
        now = world.moment.world
        rows = [secrets.get(one.id) for one in found]
        found = [
            one if row is None else one._replace(secrets=_in_force(row, now))
            for one, row in zip(found, rows, strict=True)
        ]
    return found


def _options(world: Sandbox) -> StripeOptions:
    return world.plan.providers.get("stripe") or DEFAULTS


def _given_up(world: Sandbox, endpoint: dict[str, Any]) -> bool:
    """Return whether an endpoint has failed for so long that it is disabled now; off unless the options say so."""
    most = _options(world).webhooks_disabled_after
    since = world.hooks.failing_since.get(("stripe", endpoint["id"]))
    if most <= 0 or since is None or world.moment.world - since < most:
        return False
    endpoint["status"] = "disabled"
    return True


# ---------------------------------------------------------------- secrets
def _secrets(world: Sandbox, account: str) -> Table:
    return world.store.table(account, "stripe.webhook_secret")


def _in_force(row: dict[str, Any], now: float) -> tuple[str, ...]:
    """Return what signs by now, the newest secret first."""
    return (row["secret"], *(secret for secret, until in row["earlier"] if until > now))


def give_secret(call: Call, endpoint_id: str) -> str:
    """Draw a new endpoint's secret, keep it and return it."""
    secret = f"whsec_{call.draw_text('whsec', 32)}"
    call.table("webhook_secret").put({"id": endpoint_id, "secret": secret, "earlier": [], "rolled": 0})
    return secret


def roll(world: Sandbox, account: str, endpoint_id: str, expires_after: float) -> str | None:
    """Give an endpoint another secret and return it, None if there is no such endpoint.

    The one before goes on signing beside it for `expires_after` world seconds (0: not at all).

    Raises:
        ValueError: if that isn't 0 to 24 hours.
    """
    if not 0 <= expires_after <= ROLL_MOST_SECONDS:
        raise ValueError(f"the secret from before stays good for 0 to 24h, not {expires_after:g}s")
    options, now = _options(world), world.moment.world
    fixed = {one.id: one for one in configured(options, world.plan.seed)} if options.webhooks else {}
    owner = _EVERYBODYS if endpoint_id in fixed else account
    secrets = _secrets(world, owner)
    row = secrets.get(endpoint_id)
    if endpoint_id not in fixed and world.store.table(account, "stripe.webhook_endpoint").get(endpoint_id) is None:
        return None
    if row is None:
        first, *others = fixed[endpoint_id].secrets
        row = {"id": endpoint_id, "secret": first, "earlier": [(one, float("inf")) for one in others], "rolled": 0}
        secrets.put(row)
    drawn = f"stripe rolled secret|{owner}|{endpoint_id}|{row['rolled']}"
    secret = "whsec_" + world.id_chance.text(drawn.encode(), 32)
    before = [(row["secret"], now + expires_after), *row["earlier"]]
    row.update(secret=secret, earlier=[one for one in before if one[1] > now], rolled=row["rolled"] + 1)
    return secret


def configured_secret(world: Sandbox) -> str | None:
    """Return the newest secret of the first configured endpoint, None if there is none."""
    found = _all_configured(world)
    return found[0].secrets[0] if found else None
