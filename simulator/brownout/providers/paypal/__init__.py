"""PayPal's REST API: access tokens, orders v2 with their approval, and payments v2 (authorizations, captures, refunds).

What belongs here: how PayPal reads requests and words answers. What a token is worth is decided in `core.tokens`;
faults, limits and idempotency keys are the engine's.
"""

from brownout.providers.paypal.options import PayPalOptions, WebhookOptions
from brownout.providers.paypal.provider import PAYPAL, PayPal

__all__ = ["PAYPAL", "PayPal", "PayPalOptions", "WebhookOptions"]
