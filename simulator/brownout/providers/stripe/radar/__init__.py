"""Radar: reviews, and lists of values to block by. Early fraud warnings are in `disputes`."""

from brownout.providers.stripe.radar import reviews, value_lists

OPERATIONS = (*reviews.OPERATIONS, *value_lists.OPERATIONS)
