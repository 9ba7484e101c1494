"""Moments as PayPal writes them: whole seconds, `Z` on orders and captures, a local offset on refunds.

(Recorded sandbox answers of 2023 and 2025.)
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_CALIFORNIA: Final = timezone(timedelta(hours=-7))  # in summer; which half of the year it is makes no difference here


def stamp(at: float) -> str:
    """Return world time in UTC.

    >>> stamp(1_577_836_800)
    '2020-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(int(at), UTC).isoformat()[:19] + "Z"


def local_stamp(at: float) -> str:
    """Return world time with PayPal's own offset.

    >>> local_stamp(1_577_836_800)
    '2019-12-31T17:00:00-07:00'
    """
    return datetime.fromtimestamp(int(at), _CALIFORNIA).isoformat()
