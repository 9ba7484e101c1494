"""Customers who are checked by Onfido; one in five is somebody whom it rejects.

BROWNOUT_CLIENT=resilient locust -f loadtests/onboarding.py --host http://127.0.0.1:8700
"""

from __future__ import annotations

from brownout_clients.user import Customers


class Onboard(Customers):
    """Is checked."""

    journey = "onboarding"
