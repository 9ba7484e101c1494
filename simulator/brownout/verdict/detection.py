"""How long a fault went on before the client first said that something was wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from brownout.verdict.trouble import struck

if TYPE_CHECKING:
    from brownout.verdict.history import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """Seconds from the first fault to the first report; with `censored`, at least so many: there was none."""

    time_seconds: float
    censored: bool


def detection(scope: Scope) -> Detection | str:
    """Return how long the client took to notice, or why nobody knows.

    A report is a claim of `fail` or `unknown`, or one that names an error. One about an operation that was settled
    later was a report all the same.
    """
    came = [one.at for one in scope.attempts if one.at is not None and struck(one)]
    if not came:
        return "no fault struck"
    began, claims = min(came), [one.claim for one in scope.operations if one.claim is not None]
    reports = [one.reported_at for one in claims if one.reported_at is not None and one.reported_at >= began]
    if reports:
        return Detection(time_seconds=round(min(reports) - began, 6), censored=False)
    if all(one.good for one in scope.operations):
        return "every operation went well, so there was nothing to report"
    bad = [one for one in claims if one.outcome != "ok" or one.error is not None]
    if any(one.reported_at is None for one in bad):
        return "the client reported that something was wrong and doesn't say when"
    ended = max([began, *(one.at for one in claims if one.at is not None)])
    return Detection(time_seconds=round(ended - began, 6), censored=True)
