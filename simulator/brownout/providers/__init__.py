"""Whose API is emulated: one folder a provider, one line each in `PROVIDERS`. See docs/adding-a-provider.md."""

from brownout.core.provider import Provider
from brownout.providers.stripe import STRIPE

PROVIDERS: dict[str, Provider] = {
    "stripe": STRIPE,
}
