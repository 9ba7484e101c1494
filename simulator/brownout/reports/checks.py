"""What reports say of a check, whatever they look like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.core.thresholds import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping


def about(check: Mapping[str, Any], *, phase: bool = True) -> str:
    """Return what a check is about, but for its arm; without its phase if that is said elsewhere.

    >>> about({"metric": "throttled", "phase": "storm", "client": "shop-*", "operation": None})
    'throttled of client shop-* in storm'
    """
    within = check.get("phase") if phase else None
    return str(Subject(check["metric"], None, within, check.get("client"), check.get("operation")))


def counts(arm: Mapping[str, Any], check: Mapping[str, Any]) -> bool:
    """Return whether the verdict hangs on a check: its arm decides, and so does its line."""
    return bool(arm["decides"] and check.get("decides", True))
