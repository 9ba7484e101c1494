"""Customers who pay with Stripe or PayPal and mostly want money back; in the end the shop compares its books.

BROWNOUT_CLIENT=resilient locust -f loadtests/refunds.py --host http://127.0.0.1:8700
"""

from __future__ import annotations

from brownout_clients.user import Customers


class Refund(Customers):
    """Pays, and mostly wants it back."""

    journey = "refunds"
