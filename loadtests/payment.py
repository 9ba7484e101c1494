"""Customers who pay with Stripe or PayPal and sometimes want their money back; nobody checks who they are.

BROWNOUT_CLIENT=resilient locust -f loadtests/payment.py --host http://127.0.0.1:8700
"""

from __future__ import annotations

from brownout_clients.user import Customers


class Pay(Customers):
    """Pays."""

    journey = "payment"
