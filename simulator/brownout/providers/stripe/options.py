"""What a scenario may say under `providers: stripe:`, with Stripe's usual behaviour as the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from brownout.core.chance import Chance
from brownout.core.errors import did_you_mean
from brownout.core.provider import ONCE, Endpoint
from brownout.core.units import Seconds
from brownout.providers.stripe import permissions
from brownout.providers.stripe.decline_codes import DECLINES
from brownout.providers.stripe.versions import API_VERSION, check_pins, is_version

if TYPE_CHECKING:
    from brownout.core.plan import Plan

LADDER_SECONDS: Final = (60.0, 180.0, 540.0, 1_620.0, 4_860.0, 14_580.0, 43_740.0, 86_400.0, 86_400.0)
"""Waits between tries in live mode. Stripe says "up to three days with an exponential back off" and publishes no
intervals: this ladder triples from a minute up to a day, and ends within three days."""
SANDBOX_LADDER_SECONDS: Final = (600.0, 3_600.0, 10_800.0)
"""The same in test mode: "three times over a few hours"; no intervals are published, these are ours."""
_MOST_SETTLEMENT_DAYS: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOptions:
    """An endpoint that every account of the sandbox has from the start, as if made in the Dashboard.

    `events` are event types or `*`. `secret` None means the sandbox's own, drawn from the seed; `secrets` are several
    that sign side by side, the newest first, as during a roll. `api_version` None means the account's. `connect` has it
    hear of the accounts that are connected to a platform, and of nothing else.

    Raises:
        ValueError: if the URL has no http or https scheme, no event is named, both `secret` and `secrets` are given, or
            the version can't be one.
    """

    url: str
    events: tuple[str, ...] = ("*",)
    secret: str | None = None
    secrets: tuple[str, ...] = ()
    api_version: str | None = None
    connect: bool = False

    def __post_init__(self) -> None:
        """Check what could only fail much later, at the first delivery."""
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"url must begin with http:// or https://, not {self.url!r}")
        if not has_host(self.url):
            raise ValueError(f"url names no host that can be reached: {self.url!r}")
        if not self.events:
            raise ValueError('events must name at least one event type, or "*" for all')
        if self.secret is not None and self.secrets:
            raise ValueError("secret and secrets: give one of them; secrets are several that sign side by side")
        if self.api_version is not None and not is_version(self.api_version):
            raise ValueError(f"api_version can't be {self.api_version!r}: name one of Stripe's, such as 2022-08-01")


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeOptions:
    """Options of the Stripe provider.

    `keys` are the API keys accepted under `credentials: closed`; `restricted_keys` says what single keys may do, by
    resource, and are accepted as well: see `permissions`. `api_version` is the account's: requests without
    `Stripe-Version` are answered in it, and events written; `api_versions` pins single keys to other versions.
    `retired_parameters` says what becomes of a parameter that the request's version doesn't take any more.
    `settlement_days` pass before money is available, counted from midnight UTC. `payout_days` pass until a payout
    arrives at the bank, counted alike; with `payout_schedule: daily` all that is available is paid out at midnight UTC.
    `refunds_wait` has a refund that the available balance doesn't cover wait until it does; without it the balance
    falls below zero. `booking_delay` is how long an `automatic_async` capture leaves its charge without a balance
    transaction. `search_delay` is how long a new object can't be searched for. `minimum_charge` turns Stripe's minimum
    amounts per currency on. `generic` has what isn't modelled answered from Stripe's schema alone; without it, such
    calls are refused. `unknown_objects` says what an id is that nobody created: an `error`, as at Stripe, or one to
    `conjure` an object for. `webhook_retries` is how often a failed delivery is tried again: as in `live` mode, for
    three days, since that is what a client has to cope with in the end, or three times over a few hours as in a
    `sandbox` of Stripe's. `webhooks_disabled_after` is how long an endpoint may fail at every try until it is disabled
    (0: for ever); Stripe says that it does so "after several days" by mail, and not after how many. `declines` are the
    shares of payments, by decline code, that banks decline although the card is good.

    Raises:
        ValueError: if a number is out of range.
    """

    webhooks: tuple[WebhookOptions, ...] = field(default=(), metadata=ONCE)
    keys: tuple[str, ...] = ()
    api_version: str = API_VERSION
    api_versions: Mapping[str, str] = field(default_factory=dict, hash=False)
    retired_parameters: Literal["accept", "refuse"] = "refuse"
    restricted_keys: Mapping[str, Mapping[str, permissions.Access]] = field(default_factory=dict, hash=False)
    settlement_days: int = 7
    payout_days: int = 2
    payout_schedule: Literal["manual", "daily"] = "manual"
    refunds_wait: bool = False
    booking_delay: Seconds = 0.5
    search_delay: Seconds = 0.0
    minimum_charge: bool = True
    generic: bool = field(default=False, metadata=ONCE)
    unknown_objects: Literal["error", "conjure"] = field(default="error", metadata=ONCE)
    webhook_retries: Literal["live", "sandbox"] = "live"
    webhooks_disabled_after: Seconds = 0.0
    declines: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 <= self.settlement_days <= _MOST_SETTLEMENT_DAYS:
            raise ValueError(f"settlement_days must be 0 to {_MOST_SETTLEMENT_DAYS}, not {self.settlement_days}")
        if not 1 <= self.payout_days <= _MOST_SETTLEMENT_DAYS:
            raise ValueError(f"payout_days must be 1 to {_MOST_SETTLEMENT_DAYS}, not {self.payout_days}")
        if not is_version(self.api_version):
            raise ValueError(f"api_version can't be {self.api_version!r}: name one of Stripe's, such as 2022-08-01")
        check_pins(self.api_versions)
        for code in self.declines:
            if code not in DECLINES:
                raise ValueError(f"declines: {did_you_mean(code, DECLINES)}")
        if not all(share >= 0 for share in self.declines.values()) or sum(self.declines.values()) > 1:
            raise ValueError("declines: each is a share of the payments, from 0 to 1, and all of them together too")
        for key, table in self.restricted_keys.items():
            permissions.check(key, table)
        for name in ("booking_delay", "search_delay", "webhooks_disabled_after"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, not {getattr(self, name)}")

    @property
    def webhook_ladder_seconds(self) -> tuple[float, ...]:
        """World seconds between one failed delivery and the next try."""
        return SANDBOX_LADDER_SECONDS if self.webhook_retries == "sandbox" else LADDER_SECONDS


def has_host(url: str) -> bool:
    """Return whether a URL names a host, and a port that there can be."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def webhook_secret(plan: Plan) -> str:
    """Return the signing secret of every configured webhook that names none of its own; fixed by the seed."""
    return _secret(plan.seed)


@lru_cache(maxsize=64)
def _secret(seed: int) -> str:
    return "whsec_" + Chance(seed, "stripe", "webhook_secret").text(b"", 32)


@lru_cache(maxsize=64)
def configured(options: StripeOptions, seed: int) -> tuple[Endpoint, ...]:
    """Return the endpoints that `options` name, in their order."""
    return tuple(
        Endpoint(
            id=f"we_configured_{number}",
            url=webhook.url,
            secrets=webhook.secrets or (webhook.secret or _secret(seed),),
            events=webhook.events,
            version=webhook.api_version,
        )
        for number, webhook in enumerate(options.webhooks, start=1)
    )
