"""Moments as HTTP headers write them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime


def http_date(unix_seconds: float) -> str:
    """Return a moment as an HTTP-date (RFC 9110 §5.6.7), in whole seconds, rounded down.

    >>> http_date(1767225600.9)
    'Thu, 01 Jan 2026 00:00:00 GMT'
    """
    return format_datetime(datetime.fromtimestamp(int(unix_seconds), UTC), usegmt=True)
