"""Connected accounts that Stripe has let in, as a platform's tests need them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from brownout.providers.stripe import triggers

if TYPE_CHECKING:
    import stripe

BANK = {"object": "bank_account", "country": "US", "currency": "usd", "routing_number": "110000000"}
GOOD = "000123456789"
SELLER: dict[str, Any] = {name: one for name, one in triggers.SELLER.items() if name != "external_account"}
"""What Stripe wants to know of an individual in the US; the date of birth is the one that is verified at once."""


def seller(client: stripe.StripeClient, number: str = GOOD) -> str:
    """Return the id of a new connected account that may be transferred to, with a bank account of that number."""
    given: Any = {**SELLER, "external_account": {**BANK, "account_number": number}}
    return str(client.v1.accounts.create(given).id)


def form(value: dict[str, Any], prefix: str = "") -> str:
    """Return nested parameters as a form."""
    pairs: list[str] = []
    for name, one in value.items():
        full = f"{prefix}[{name}]" if prefix else name
        if isinstance(one, dict):
            pairs.append(form(one, full))
        else:
            pairs.append(urlencode({full: str(one).lower() if isinstance(one, bool) else one}, safe="[]"))
    return "&".join(pairs)
