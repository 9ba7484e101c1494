"""Onfido's classic path: applicants, documents, live photos, checks, reports, webhooks, and its OAuth token.

What belongs here: how Onfido reads requests, keeps its objects and words its answers. Faults and limits are the
engine's; Onfido has no idempotency keys. One module per resource, each ending in its `OPERATIONS`.
"""

from brownout.providers.onfido.options import OnfidoOptions, WebhookOptions, webhook_token
from brownout.providers.onfido.provider import ONFIDO, Onfido

__all__ = ["ONFIDO", "Onfido", "OnfidoOptions", "WebhookOptions", "webhook_token"]
