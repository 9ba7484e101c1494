"""Whose API is emulated: one folder a provider, one line each in `PROVIDERS`. See docs/adding-a-provider.md."""

from brownout.core.provider import Provider
from brownout.providers.oauth import OAUTH
from brownout.providers.onfido import ONFIDO
from brownout.providers.paypal import PAYPAL
from brownout.providers.stripe import STRIPE

PROVIDERS: dict[str, Provider] = {
    "oauth": OAUTH,
    "onfido": ONFIDO,
    "paypal": PAYPAL,
    "stripe": STRIPE,
}
