"""What a scenario may say under `providers: paypal:`, with PayPal's usual sandbox as the default."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from brownout.core.chance import Chance
from brownout.core.errors import OptionError
from brownout.core.provider import ONCE, Endpoint
from brownout.core.units import Seconds
from brownout.core.urls import is_url
from brownout.providers.paypal.webhooks.webhook_types import TYPES

_MOST_ID_LETTERS: Final = 50
_VISIBLE: Final = re.compile(r"[!-~]+")
_CLIENT_ID: Final = re.compile(r"[!-9;-~]{1,255}")  # visible ASCII without the colon, which ends an id in Basic


def is_client_id(text: str) -> bool:
    """Return whether `text` can be the id of a REST application.

    >>> is_client_id("AbC-1_x"), is_client_id("a:b"), is_client_id("")
    (True, False, False)
    """
    return _CLIENT_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOptions:
    """A webhook that every account of the sandbox has from the start, as if made in the Dashboard.

    `events` are event types or `*`. `id` is the webhook's, which is signed with each delivery; None means one drawn
    from the seed.

    Raises:
        ValueError: if the URL can't be reached, an event is none of PayPal's, or the id isn't letters and digits.
    """

    url: str
    events: tuple[str, ...] = ("*",)
    id: str | None = None

    def __post_init__(self) -> None:
        """Check what could only fail much later, at the first delivery."""
        if not is_url(self.url):
            raise ValueError(f"url must begin with http:// or https:// and name a host, not {self.url!r}")
        if not self.events:
            raise ValueError('events must name at least one event type, or "*" for all')
        for event in self.events:
            if event != "*" and event not in TYPES:
                raise ValueError(
                    f'events: {event!r} is no event type that is sent here; known: "*", {", ".join(TYPES)}'
                )
        if self.id is not None and not (self.id.isascii() and self.id.isalnum() and len(self.id) <= _MOST_ID_LETTERS):
            raise ValueError(f"id must be up to {_MOST_ID_LETTERS} ASCII letters and digits, not {self.id!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayPalOptions:
    """Options of the PayPal provider.

    `approve` says who approves an order that names no card: `auto` lets capture and authorize approve it, `manual`
    waits for a visit to its approve link. `clients` maps client ids to secrets: one that is named must send its own,
    and under `credentials: closed` there are no others. `live_clients` are ids of PayPal's live environment: unknown
    here, and the journal says why. `unique_invoices` refuses to take money twice for one
    `invoice_id`, as the account setting of that name does. `declined_event` is what webhooks are told of a declined
    capture: PayPal's pages disagree. `report_delay` passes until transaction search and balances
    know of a transaction, `payout_delay` until a batch of payouts is through, both in world time.

    `order_life` is how long a buyer has to come, and the merchant to take the money after that. `after_honor` says
    whether an authorization still pays after its three days of honor: `refuse` answers `PAYER_CANNOT_PAY` until it is
    reauthorized. With `pending` every capture is PENDING for that reason, for `pending_for`, and then as `pending_ends`
    says.

    Raises:
        ValueError: if a client's id or secret can't go over the wire, or a delay is negative.
    """

    approve: Literal["auto", "manual"] = "auto"
    clients: dict[str, str] = field(default_factory=dict)
    live_clients: tuple[str, ...] = ()
    unique_invoices: bool = False
    webhooks: tuple[WebhookOptions, ...] = field(default=(), metadata=ONCE)
    declined_event: Literal["PAYMENT.CAPTURE.DECLINED", "PAYMENT.CAPTURE.DENIED"] = "PAYMENT.CAPTURE.DECLINED"
    report_delay: Seconds = 0.0
    payout_delay: Seconds = 5.0
    order_life: Seconds = 3 * 3600.0
    after_honor: Literal["pay", "refuse"] = "pay"
    pending: Literal["ECHECK", "PENDING_REVIEW", "UNILATERAL", "INTERNATIONAL_WITHDRAWAL", "OTHER"] | None = None
    pending_for: Seconds = 3 * 86_400.0
    pending_ends: Literal["COMPLETED", "DECLINED"] = "COMPLETED"

    def __post_init__(self) -> None:
        """Check what no client could send, and the ranges."""
        for name in ("report_delay", "payout_delay", "order_life", "pending_for"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, not {getattr(self, name)}")
        for client, secret in self.clients.items():
            if not is_client_id(client):
                raise OptionError("a client id is 1 to 255 visible ASCII characters without ':'", "clients", client)
            if not _VISIBLE.fullmatch(secret):
                raise OptionError("a secret is visible ASCII, and not empty", "clients", client)


DEFAULTS: Final = PayPalOptions()


@lru_cache(maxsize=64)
def configured(webhooks: tuple[WebhookOptions, ...], seed: int) -> tuple[Endpoint, ...]:
    """Return the endpoints of `webhooks`, in their order."""
    ids = [one.id or webhook_id(seed, number) for number, one in enumerate(webhooks)]
    return tuple(
        Endpoint(one_id, webhook.url, (one_id,), webhook.events, None)
        for one_id, webhook in zip(ids, webhooks, strict=True)
    )


@lru_cache(maxsize=64)
def webhook_id(seed: int, number: int = 0) -> str:
    """Return the id of the webhook that stands at `number` in the options, if it names none of its own."""
    return Chance(seed, "paypal", "webhook").text(b"%d" % number, 17).upper()


def first_webhook_id(options: PayPalOptions | None, seed: int) -> str:
    """Return the id of the first webhook that `options` name, or what it would be if they named one."""
    named = options.webhooks[0].id if options is not None and options.webhooks else None
    return named or webhook_id(seed)
