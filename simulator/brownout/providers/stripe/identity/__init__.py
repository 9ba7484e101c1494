"""Stripe Identity: sessions, what they found, and the page on which people verify themselves."""

from brownout.providers.stripe.identity import page, reports, sessions

OPERATIONS = (*sessions.OPERATIONS, *reports.OPERATIONS, *page.OPERATIONS)
