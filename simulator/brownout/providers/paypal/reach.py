"""Where PayPal really is, and what programs read from the environment to get there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout.core.provider import Variable

if TYPE_CHECKING:
    from brownout.providers.paypal.options import PayPalOptions

HOSTS: Final = (
    "api-m.sandbox.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api.paypal.com",
    "www.sandbox.paypal.com", "www.paypal.com",
)  # fmt: skip
"""The SDKs' bases, those of answers' links, and where buyers approve orders; sandbox and live."""


def variables(url: str, options: PayPalOptions, webhook_id: str) -> list[Variable]:
    """Return the variables, with the first of the clients that the options name, if they name any."""
    client, secret = next(iter(options.clients.items()), ("brownout-client", "brownout-secret"))
    return [
        Variable("PAYPAL_CLIENT_ID", client, "PayPal's samples, most frameworks"),
        Variable("PAYPAL_CLIENT_SECRET", secret, "PayPal's samples, most frameworks"),
        Variable("O_AUTH_CLIENT_ID", client, "paypal-server-sdk, from_environment()"),
        Variable("O_AUTH_CLIENT_SECRET", secret, "paypal-server-sdk, from_environment()"),
        Variable("PAYPAL_MODE", "sandbox", "srmklive/laravel-paypal and PayPal's older SDKs"),
        Variable("PAYPAL_ENVIRONMENT", "sandbox", "PayPal's samples"),
        Variable("PAYPAL_WEBHOOK_ID", webhook_id, "PayPal's samples, receivers of webhooks"),
        Variable("PAYPAL_BASE_URL", url, "programs that choose PayPal's host by it", leads=True),
    ]
