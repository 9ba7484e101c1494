"""Two arms, order by order: which orders only the one ended well, and whether that may be chance.

Arms of one run are sent the same orders under the same seed, so each order is a pair (McNemar 1947). Orders that fail
together (a token died, a limit struck) are not so many separate proofs: the same question is asked of stretches of the
run as well, and both have to say that it isn't chance. Figures are exact and need no library, since a verdict is
reached without any and must be the same with it.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.verdict.claims import Claim
    from brownout.verdict.history import History
    from brownout.verdict.judged import Judged

LEVEL: Final = 0.05
"""A difference that chance makes more often than that is none. Shared out among the pairs of a verdict."""
STRETCHES: Final = 20
_Z95: Final = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """How the same orders ended in two arms, A and B.

    `p` is how often chance alone makes as big a difference (exact McNemar), `p_stretches` the same by twentieths of the
    run. `difference` is B's share of good orders less A's, None of no orders, `interval` where it lies with 95%.
    """

    both: int
    only_a: int
    only_b: int
    neither: int
    p: float
    p_stretches: float
    difference: float | None
    interval: tuple[float, float] | None

    @property
    def orders(self) -> int:
        """How many were compared."""
        return self.both + self.only_a + self.only_b + self.neither

    def differs(self, level: float = LEVEL) -> bool:
        """Return whether chance is ruled out at `level`, by orders, by stretches and by the interval."""
        apart = self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]
        return apart and max(self.p, self.p_stretches) < level

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "orders": self.orders, "both_good": self.both, "only_a_good": self.only_a, "only_b_good": self.only_b,
            "neither_good": self.neither, "p": self.p, "p_stretches": self.p_stretches, "difference": self.difference,
            "interval": self.interval,
        }  # fmt: skip


def paired(a: Mapping[str, bool], b: Mapping[str, bool]) -> Paired:
    """Return how orders ended in two arms that give, by key in the order of the run, whether each is good.

    Keys that only one of them has are left out.

    >>> paired({"o-1": False, "o-2": True}, {"o-1": True, "o-2": True}).only_b
    1
    """
    ends = [(good, b[key]) for key, good in a.items() if key in b]
    counted = Counter(ends)
    only_a, only_b = counted[True, False], counted[False, True]
    size = math.ceil(len(ends) / STRETCHES) or 1
    stretches = [sum(two - one for one, two in ends[at : at + size]) for at in range(0, len(ends), size)]
    return Paired(
        both=counted[True, True],
        only_a=only_a,
        only_b=only_b,
        neither=counted[False, False],
        p=mcnemar(only_a, only_b),
        p_stretches=sign_flips(stretches),
        difference=round((only_b - only_a) / len(ends), 6) if ends else None,
        interval=_interval(only_a, only_b, len(ends), stretches),
    )


def mcnemar(one: int, other: int) -> float:
    """Return how often so many fair coins fall at least as unevenly: the exact, two-sided p.

    >>> mcnemar(0, 6), mcnemar(3, 3), mcnemar(0, 0)
    (0.03125, 1.0, 1.0)
    """
    number = one + other
    logs = (
        math.lgamma(number + 1) - math.lgamma(each + 1) - math.lgamma(number - each + 1)
        for each in range(min(one, other) + 1)
    )
    return min(1.0, round(2 * math.fsum(math.exp(each - number * math.log(2)) for each in logs), 9))


def sign_flips(differences: Sequence[int]) -> float:
    """Return how often their sum is at least as far from 0 if each may as well have the other sign; exact.

    >>> sign_flips([1] * 6) == mcnemar(0, 6), sign_flips([12, 0, 0])
    (True, 1.0)
    """
    ways = {0: 1}
    sizes = [abs(each) for each in differences if each]
    for size in sizes:
        after: Counter[int] = Counter()
        for total, number in ways.items():
            after[total + size] += number
            after[total - size] += number
        ways = after
    seen = abs(sum(differences))
    as_far = sum(number for total, number in ways.items() if abs(total) >= seen)
    return round(float(as_far / 2 ** len(sizes)), 9)


def _interval(only_a: int, only_b: int, orders: int, stretches: Sequence[int]) -> tuple[float, float] | None:
    """Return the interval of the difference (Bonett and Price 2012), wider where orders failed in clumps.

    By how much is told by the stretches: how far their sums scatter, by how far they would if orders were independent.
    """
    if not orders:
        return None
    a, b, of = (only_a + 1) / (orders + 2), (only_b + 1) / (orders + 2), orders + 2
    spread = a + b - (b - a) ** 2
    half = _Z95 * math.sqrt(spread / of) * math.sqrt(_clumping(only_a, only_b, orders, stretches))
    return max(-1.0, round(b - a - half, 6)), min(1.0, round(b - a + half, 6))


def _clumping(only_a: int, only_b: int, orders: int, stretches: Sequence[int]) -> float:
    number, expected = len(stretches), only_a + only_b - (only_b - only_a) ** 2 / orders
    if number < 2 or expected <= 0:
        return 1.0
    mean = sum(stretches) / number
    scatter = number / (number - 1) * sum((each - mean) ** 2 for each in stretches)
    return max(1.0, scatter / expected)


def pairs(arms: Sequence[Judged], *, sound: bool) -> list[dict[str, Any]]:
    """Return how each arm that decides compares with each control arm.

    `differs` is None unless the run is `sound`, without any doubt: of one that isn't, nothing is claimed.
    """
    two = [(a, b) for a in arms if not a.decides for b in arms if b.decides]
    return [_pair(a, b, level=LEVEL / len(two), sound=sound) for a, b in two]


def of_both(a: History, b: History) -> Paired:
    """Return how the same operations ended in two arms: of none, unless both made claims.

    What an arm was to send and never did is not good there.
    """
    one, other = _ends(a), _ends(b)
    first = {**one, **{key: False for key in other if key not in one}} if a.whole.unsent else one
    second = {**other, **{key: False for key in one if key not in other}} if b.whole.unsent else other
    order = {**other, **one}
    return paired({key: first[key] for key in order if key in first}, second)


def _ends(history: History) -> dict[str, bool]:
    """Return which operations are good by key, in the order they were due; nothing where nothing was claimed."""
    found = sorted(history.operations, key=lambda one: (_due(one.claim), one.key))
    return {one.key: one.good for one in found} if history.whole.claimed else {}


def _due(claim: Claim | None) -> float:
    known = () if claim is None else (claim.due, claim.scheduled_at)
    return next((each for each in known if each is not None), math.inf)


def _pair(a: Judged, b: Judged, *, level: float, sound: bool) -> dict[str, Any]:
    found = of_both(a.history, b.history)
    differs = found.differs(level) if sound and found.orders else None
    return {
        "a": a.head.arm,
        "b": b.head.arm,
        **found.as_dict(),
        "differs": differs,
        "message": _said(a.head.arm, b.head.arm, found, differs=differs) if differs is not None else None,
    }


def _said(a: str, b: str, found: Paired, *, differs: bool) -> str:
    if not found.only_a + found.only_b:
        return f"each of {found.orders} orders ended alike for {a} and {b}"
    apart = f"of {found.orders} orders, {found.only_b} ended well only for {b} and {found.only_a} only for {a}"
    if not differs or found.interval is None or found.difference is None:
        return f"{apart}: that may be chance (p = {max(found.p, found.p_stretches):.2g})"
    low, high = (f"{100 * each:+.1f}" for each in found.interval)
    return f"{apart}: {100 * found.difference:+.1f} points (95%: {low} to {high})"
