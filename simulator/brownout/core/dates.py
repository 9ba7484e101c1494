"""Moments as HTTP headers write them, both ways."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

_LAST: Final = 253_402_300_799
"""The end of the year 9999, beyond which HTTP has no date."""


def http_date(unix_seconds: float) -> str:
    """Return a moment as an HTTP-date (RFC 9110 §5.6.7), in whole seconds, rounded down.

    What lies before 1970 or after 9999 is told as the nearest moment that doesn't.

    >>> http_date(1767225600.9)
    'Thu, 01 Jan 2026 00:00:00 GMT'
    >>> http_date(1e30)
    'Fri, 31 Dec 9999 23:59:59 GMT'
    """
    moment = int(min(max(unix_seconds, 0), _LAST))
    return format_datetime(datetime.fromtimestamp(moment, UTC), usegmt=True)


def unix_seconds(text: str) -> float | None:
    """Return the moment that an HTTP-date says, None if it isn't one.

    >>> unix_seconds("Thu, 01 Jan 2026 00:00:00 GMT"), unix_seconds("soon")
    (1767225600.0, None)
    """
    try:
        told = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return (told if told.tzinfo is not None else told.replace(tzinfo=UTC)).timestamp()
