"""Connect: platforms and the accounts that are connected to them.

What belongs here: accounts and what is part of one, how they are let in, and how platforms get access to them. What
doesn't: which account is connected to which (`platforms.py`, for whoever asks at every call), and money that moves
between them.
"""

from __future__ import annotations

from typing import Final

from brownout.providers.stripe.connect import (
    accounts,
    capabilities,
    external_account_calls,
    oauth,
    onboarding,
    persons,
    sessions,
)

OPERATIONS: Final = (
    *accounts.OPERATIONS,
    *capabilities.OPERATIONS,
    *persons.OPERATIONS,
    *external_account_calls.OPERATIONS,
    *onboarding.OPERATIONS,
    *sessions.OPERATIONS,
    *oauth.OPERATIONS,
)
