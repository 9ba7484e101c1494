"""Customers who pay with Stripe, and a receiver of webhooks that is put to the test.

BROWNOUT_CLIENT=correct_consumer locust -f loadtests/consumer.py --host http://127.0.0.1:8700
"""

from __future__ import annotations

from brownout_clients.user import Customers


class Consume(Customers):
    """Pays, and waits for the news."""

    journey = "consumer"
