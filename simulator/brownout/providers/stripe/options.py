"""What a scenario may say under `providers: stripe:`, with Stripe's usual behaviour as the default."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from brownout.core.chance import Chance
from brownout.core.provider import ONCE, Endpoint
from brownout.core.units import Seconds
from brownout.providers.stripe.versions import API_VERSION, is_version

if TYPE_CHECKING:
    from brownout.core.plan import Plan

_MOST_SETTLEMENT_DAYS: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOptions:
    """An endpoint that every account of the sandbox has from the start, as if made in the Dashboard.

    `events` are event types or `*`. `secret` None means the sandbox's own, drawn from the seed; `api_version` None the
    account's.

    Raises:
        ValueError: if the URL has no http or https scheme, no event is named, or the version can't be one.
    """

    url: str
    events: tuple[str, ...] = ("*",)
    secret: str | None = None
    api_version: str | None = None

    def __post_init__(self) -> None:
        """Check what could only fail much later, at the first delivery."""
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"url must begin with http:// or https://, not {self.url!r}")
        if not has_host(self.url):
            raise ValueError(f"url names no host that can be reached: {self.url!r}")
        if not self.events:
            raise ValueError('events must name at least one event type, or "*" for all')
        if self.api_version is not None and not is_version(self.api_version):
            raise ValueError(f"api_version can't be {self.api_version!r}: name one of Stripe's, such as 2022-08-01")


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeOptions:
    """Options of the Stripe provider.

    `keys` are the API keys accepted under `credentials: closed`. `api_version` is the account's: requests without
    `Stripe-Version` are answered in it, and events written. `settlement_days` pass before money is available,
    counted from midnight UTC. `booking_delay` is how long an `automatic_async` capture leaves its charge without a
    balance transaction. `search_delay` is how long a new object can't be searched for. `minimum_charge` turns Stripe's
    minimum amounts per currency on. `generic` has what isn't modelled answered from Stripe's schema alone; without it,
    such calls are refused. `unknown_objects` says what an id is that nobody created: an `error`, as at Stripe, or one
    to `conjure` an object for.

    Raises:
        ValueError: if a number is out of range.
    """

    webhooks: tuple[WebhookOptions, ...] = field(default=(), metadata=ONCE)
    keys: tuple[str, ...] = ()
    api_version: str = API_VERSION
    settlement_days: int = 7
    booking_delay: Seconds = 0.5
    search_delay: Seconds = 0.0
    minimum_charge: bool = True
    generic: bool = field(default=False, metadata=ONCE)
    unknown_objects: Literal["error", "conjure"] = field(default="error", metadata=ONCE)

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 <= self.settlement_days <= _MOST_SETTLEMENT_DAYS:
            raise ValueError(f"settlement_days must be 0 to {_MOST_SETTLEMENT_DAYS}, not {self.settlement_days}")
        if not is_version(self.api_version):
            raise ValueError(f"api_version can't be {self.api_version!r}: name one of Stripe's, such as 2022-08-01")
        for name in ("booking_delay", "search_delay"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, not {getattr(self, name)}")


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
            secrets=(webhook.secret or _secret(seed),),
            events=webhook.events,
            version=webhook.api_version,
        )
        for number, webhook in enumerate(options.webhooks, start=1)
    )
