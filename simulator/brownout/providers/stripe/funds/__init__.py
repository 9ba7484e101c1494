"""Money going out of an account and between accounts: payouts, transfers, application fees, top-ups, credit balances.

Payments themselves, and their refunds, are elsewhere; nothing here may import them.
"""

from brownout.providers.stripe.funds import customer_balances, fees, payouts, topups, transfers

OPERATIONS = (
    *payouts.OPERATIONS,
    *transfers.OPERATIONS,
    *fees.OPERATIONS,
    *topups.OPERATIONS,
    *customer_balances.OPERATIONS,
)
