"""What a scenario may say under `providers: onfido:`, with Onfido's usual behaviour as the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from brownout.core.chance import Chance
from brownout.core.provider import ONCE, Endpoint
from brownout.core.units import Seconds
from brownout.core.urls import is_url
from brownout.providers.onfido.words import ACTIONS

if TYPE_CHECKING:
    from brownout.core.plan import Plan
    from brownout.core.sandbox import Sandbox

_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOptions:
    """A webhook that every account of the sandbox has from the start, as if made in the Dashboard.

    `events` are actions (`check.completed`) or `*`. `token` None means the sandbox's own, drawn from the seed.

    Raises:
        ValueError: if the URL can't be reached, or an event is none of Onfido's.
    """

    url: str
    events: tuple[str, ...] = ("*",)
    token: str | None = None

    def __post_init__(self) -> None:
        """Check what could only fail much later, at the first delivery."""
        if not is_url(self.url):
            raise ValueError(f"url must begin with http:// or https:// and name a host, not {self.url!r}")
        if not self.events:
            raise ValueError('events must name at least one action, or "*" for all')
        for event in self.events:
            if event != "*" and event not in ACTIONS:
                raise ValueError(f'events: {event!r} is no action of Onfido; known: "*", {", ".join(ACTIONS)}')
        if self.token == "":
            raise ValueError("token must not be empty: leave it out for the sandbox's own")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnfidoOptions:
    """Options of the Onfido provider.

    `tokens` are the API tokens and `clients` the OAuth clients (id: secret) accepted under `credentials: closed`.
    `review` is how long a check takes, in world time. `deletion_delay` passes between an applicant's deletion and the
    end of its data; until then it can be restored.

    Raises:
        ValueError: if a length is negative.
    """

    webhooks: tuple[WebhookOptions, ...] = field(default=(), metadata=ONCE)
    tokens: tuple[str, ...] = ()
    clients: Mapping[str, str] = field(default_factory=dict)
    review: Seconds = 2.0
    deletion_delay: Seconds = 20 * _DAY

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("review", "deletion_delay"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, not {getattr(self, name)}")


DEFAULTS: Final = OnfidoOptions()


def options_of(world: Sandbox) -> OnfidoOptions:
    """Return the options of the present phase."""
    if not world.plan.providers and not world.plan.phases:
        return DEFAULTS
    found: OnfidoOptions = world.options("onfido")
    return found


def webhook_token(plan: Plan) -> str:
    """Return the token of every configured webhook that names none of its own; fixed by the seed."""
    return _token(plan.seed)


@lru_cache(maxsize=64)
def _token(seed: int) -> str:
    return Chance(seed, "onfido", "webhook_token").text(b"", 32)


@lru_cache(maxsize=64)
def configured(webhooks: tuple[WebhookOptions, ...], seed: int) -> tuple[Endpoint, ...]:
    """Return the endpoints of `webhooks`, in their order."""
    chance = Chance(seed, "onfido", "webhook")
    return tuple(
        Endpoint(
            id=chance.uuid(b"%d" % number),
            url=webhook.url,
            secrets=(webhook.token or _token(seed),),
            events=webhook.events,
            version=None,
        )
        for number, webhook in enumerate(webhooks, start=1)
    )
