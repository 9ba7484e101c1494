"""Checkout: sessions, the page on which they are paid, and links that open one at each visit."""

from brownout.providers.stripe.checkout import links, pages, sessions, shipping_rates
from brownout.providers.stripe.checkout.payments import guarded, settle_payment, settle_setup

OPERATIONS = (
    *sessions.OPERATIONS,
    *links.OPERATIONS,
    *shipping_rates.RATES.operations(),
    *pages.OPERATIONS,
)
"""What Checkout answers; `guarded` and the `settle_…` functions tie the payments that it makes to their sessions."""

__all__ = ["OPERATIONS", "guarded", "settle_payment", "settle_setup"]
