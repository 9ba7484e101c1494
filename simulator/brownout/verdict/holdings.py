"""How much of the time each credential had a token that was of use, as the server knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from brownout.verdict.attempts import Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A credential: its `first` call for tokens, and from when to when each token that arrived was good.

    `spells` are unix seconds.
    """

    first: Attempt
    spells: Sequence[tuple[float, float]]


def availability(holdings: Iterable[Holding], since: float, until: float) -> float | None:
    """Return the share of the time that credentials had a good token, averaged over them; None without any.

    A credential's time begins with its first call for tokens.
    """
    shares = []
    for one in holdings:
        begins = max(since, one.first.offset if one.first.at is None else one.first.at)
        if begins < until:
            shares.append(_covered(one.spells, begins, until) / (until - begins))
    return sum(shares) / len(shares) if shares else None


def _covered(spells: Iterable[tuple[float, float]], since: float, until: float) -> float:
    """Return for how long of a stretch there was any spell.

    >>> _covered([(0, 4), (2, 5), (7, 20)], 1, 10)
    7.0
    """
    covered, reached = 0.0, since
    for begins, ends in sorted(spells):
        left, right = max(reached, begins), min(until, ends)
        if left < right:
            covered += right - left
            reached = right
    return covered
