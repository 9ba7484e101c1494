"""Tokens, and the sources of customers: cards and bank accounts from before payment methods."""

from brownout.providers.stripe.sources import customers, tokens

OPERATIONS = (*tokens.OPERATIONS, *customers.OPERATIONS)
