"""Moments as Onfido writes them: UTC, whole seconds, `Z`."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(at: float) -> str:
    """Return world time as a timestamp.

    >>> stamp(1_577_836_800.9)
    '2020-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(int(at), UTC).isoformat()[:19] + "Z"
