"""Customers who are checked by Onfido, pay with Stripe or PayPal, and sometimes want their money back.

A drill plays it: `brownout drill everything`. By hand, with Locust's web page, against `brownout serve everything`:

    BROWNOUT_CLIENT=resilient locust -f loadtests/checkout.py --host http://127.0.0.1:8700

One order is one business operation. It has a time at which it is due; its latency counts from then, and an order whose
turn comes late is sent all the same. What the shop believes of each order goes to the server as a claim, to be compared
with the ledger.
"""

from __future__ import annotations

from brownout_clients.user import Customers


class Checkout(Customers):
    """Goes through it all."""

    journey = "checkout"
