"""Stripe's payment path: customers, payment methods, payment intents, charges, refunds, balance, events, webhooks.

What belongs here: how Stripe reads requests, keeps its objects and words its answers. Faults, limits and
idempotency are the engine's. One module per resource, each ending in its `OPERATIONS`.
"""

from brownout.providers.stripe.options import StripeOptions, WebhookOptions, webhook_secret
from brownout.providers.stripe.provider import STRIPE, Stripe

__all__ = ["STRIPE", "Stripe", "StripeOptions", "WebhookOptions", "webhook_secret"]
