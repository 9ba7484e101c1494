"""What a customer goes through, step by step, and what the shop believes of it in the end: one file a journey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout_clients.journeys import checkout as _checkout
from brownout_clients.journeys import consumer as _consumer
from brownout_clients.journeys import onboarding as _onboarding
from brownout_clients.journeys import payment as _payment
from brownout_clients.journeys import refunds as _refunds
from brownout_clients.journeys import sync as _sync
from brownout_clients.journeys import webhooks as _webhooks
from brownout_clients.journeys.steps import Belief, claim, settle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout_clients.journeys.steps import Journey

__all__ = ["JOURNEYS", "Belief", "checkout", "claim", "payment", "settle"]

JOURNEYS: Final[Mapping[str, Journey]] = {
    "checkout": _checkout.JOURNEY,
    "payment": _payment.JOURNEY,
    "onboarding": _onboarding.JOURNEY,
    "refunds": _refunds.JOURNEY,
    "webhooks": _webhooks.JOURNEY,
    "consumer": _consumer.JOURNEY,
    "sync": _sync.JOURNEY,
}
"""By the name that `load.journey` gives; each has a locustfile of that name."""

checkout = _checkout.through
payment = _payment.through
