"""Customers who pay with Stripe; the shop believes it once a webhook told it so.

BROWNOUT_CLIENT=resilient locust -f loadtests/webhooks.py --host http://127.0.0.1:8700
"""

from __future__ import annotations

from brownout_clients.user import Customers


class Hear(Customers):
    """Pays, and waits for the news."""

    journey = "webhooks"
