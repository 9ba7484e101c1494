"""Jobs that copy records page by page from behind a short token, which `brownout serve token-heavy-sync` has.

BROWNOUT_CLIENT=resilient locust -f loadtests/sync.py --host http://127.0.0.1:8700
"""

from __future__ import annotations

from brownout_clients.user import Customers


class Synchronise(Customers):
    """Copies records."""

    journey = "sync"
