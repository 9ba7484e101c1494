"""Where Stripe really is, and what programs read from the environment to get there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout.core.provider import Variable

if TYPE_CHECKING:
    from brownout.providers.stripe.options import StripeOptions

HOSTS: Final = ("api.stripe.com", "files.stripe.com", "connect.stripe.com", "meter-events.stripe.com")
"""The bases that stripe-python 16 and stripe-node 23 have built in. Test and live mode share them."""


def variables(url: str, options: StripeOptions, secret: str) -> list[Variable]:
    """Return the variables, with the first of the keys that the options name, if they name any."""
    key = _first(options.keys, "sk_") or _first(options.keys, "rk_") or "sk_test_brownout"
    of_its_account = f"pk_{key[3:]}"
    public = _first(options.keys, of_its_account) or _first(options.keys, "pk_") or of_its_account
    return [
        Variable("STRIPE_API_KEY", key, "Stripe's CLI and code samples"),
        Variable("STRIPE_SECRET_KEY", key, "Stripe's samples, Next.js and Rails starters"),
        Variable("STRIPE_SECRET", key, "Laravel Cashier"),
        Variable("STRIPE_TEST_SECRET_KEY", key, "dj-stripe"),
        Variable("STRIPE_PUBLISHABLE_KEY", public, "Stripe's samples"),
        Variable("STRIPE_KEY", public, "Laravel Cashier"),
        Variable("NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY", public, "Next.js starters"),
        Variable("STRIPE_WEBHOOK_SECRET", secret, "Stripe's samples, Laravel Cashier"),
        Variable(
            "STRIPE_API_BASE", url, "programs that set stripe.api_base or an SDK's base address from it", leads=True
        ),
    ]


def _first(keys: tuple[str, ...], start: str) -> str | None:
    return next((key for key in keys if key.startswith(start)), None)
