"""Two runs of one scenario, or two sets of runs over the same seeds: what differs, and whether that may be chance.

A difference of two shares is told by their own intervals (Newcombe 1998, hybrid), of two counts by their scores as rare
events (Poisson), of the same orders by `pairs`, of many seeds by `over_seeds`. What is measured once on either side and
has no interval is shown, and judged only against a margin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from brownout.core.metrics import METRICS, is_share
from brownout.verdict.better import BETTER, FACTS, compared
from brownout.verdict.pairs import LEVEL, mcnemar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.verdict.pairs import Paired

Verdict: TypeAlias = "Mapping[str, Any]"
Arm: TypeAlias = "Mapping[str, Any]"
Outcome: TypeAlias = Literal["better", "worse", "alike", "no_worse", "open"] | None
"""`alike`: no difference shown. `no_worse`: shown to be within its margin. `open`: can't be told. None: nothing to say,
since neither way is better or it was measured once and without a margin."""
Subject: TypeAlias = tuple[str, str]
"""A metric and one of its aggregations."""

_Z95: Final = NormalDist().inv_cdf(0.975)
_OF_ORDERS: Final = {"goodput.rate": 1, "operations.good": 1, "errors": -1}
"""Shares of the orders that `pairs` compares, and the sign of its difference in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a metric came to on both sides. `difference` is B less A, `interval` where it lies with 95%.

    `how` says where the interval is from: `paired` orders, the `shares`' own intervals, `counts` of rare events,
    `seeds`; or `once`, if there is none. `judged` is whether a gate asks for it, by at most `margin` if that is given.
    `reduction` is by which share B has less than A, with its interval, over seeds only.
    """

    metric: str
    aggregation: str
    a: float | None
    b: float | None
    difference: float | None = None
    interval: tuple[float, float] | None = None
    how: str = "once"
    judged: bool = False
    margin: float | None = None
    outcome: Outcome = None
    reduction: float | None = None
    reduction_interval: tuple[float, float] | None = None

    @property
    def name(self) -> str:
        """The metric, with its aggregation if several of it are compared."""
        return f"{self.metric} {self.aggregation}" if len(compared(self.metric)) > 1 else self.metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a gate asks for: that none of `metrics` is worse, by more than its margin where it has one."""

    metrics: frozenset[str]
    margins: Mapping[str, float] = field(default_factory=dict)

    def level(self, *before: Arm) -> float:
        """Return how often chance may call any one of them worse, so that it does so at most 1 time in 20 in all.

        What went astray in none of the arms `before` isn't asked of chance.
        """
        facts = {one for one in FACTS if not any(value(arm, (one, compared(one)[0])) for arm in before)}
        return LEVEL / max(1, len(self.metrics - facts))


def judged_metrics(arm: Arm) -> frozenset[str]:
    """Return what is judged unless somebody says otherwise: goodput, money that goes astray, what thresholds ask of."""
    named = {check["metric"] for check in arm["thresholds"]}
    return frozenset(one for one in {"goodput.rate", *FACTS, *named} if BETTER.get(one))


def unlike(a: Verdict, b: Verdict) -> list[str]:
    """Return in what the runs differ that must be the same, so that what is left is the client: a clause each."""
    found = [
        f"{what}: {_short(one)} and {_short(other)}"
        for what, one, other in (
            ("the scenario", a["scenario"]["name"], b["scenario"]["name"]),
            ("the scenario's content", a["scenario"]["digest"], b["scenario"]["digest"]),
            ("how it was played", _played(a), _played(b)),
            ("the shape of the verdict", a["brownout_verdict"], b["brownout_verdict"]),
        )
        if one != other
    ]
    load, other_load = a.get("load") or {}, b.get("load") or {}
    found += [
        f"load.{key}: {_short(load.get(key))} and {_short(other_load.get(key))}"
        for key in sorted({*load, *other_load})
        if load.get(key) != other_load.get(key)
    ]
    lengths = [[(one["name"], one["duration_seconds"]) for one in each.get("phases") or ()] for each in (a, b)]
    return [*found, *(["the phases and their lengths"] if lengths[0] != lengths[1] else [])]


def other_version(a: Verdict, b: Verdict) -> str | None:
    """Return which versions of the simulator made them, None if it was the same."""
    one, other = (each["versions"].get("brownout", "unknown") for each in (a, b))
    return None if one == other else f"Brownout {one} and {other}"


def _played(verdict: Verdict) -> str:
    return "simulated" if verdict.get("simulated") else "on the wire"


def _short(value: Any) -> str:
    text = "none" if value in (None, "") else str(value)
    return text if len(text) <= 40 else f"{text[:12]}…"


def deciding(a: Verdict, b: Verdict) -> list[tuple[str, str]]:
    """Return the arms to compare: those that decide, by name; if there is one on either side, whatever their names."""
    ours, theirs = ([name for name, arm in each["arms"].items() if arm["decides"]] for each in (a, b))
    same = [(name, name) for name in ours if name in theirs]
    return same or ([(ours[0], theirs[0])] if len(ours) == len(theirs) == 1 else [])


def subjects(*arms: Arm) -> list[Subject]:
    """Return what can be compared: every metric that one of `arms` has."""
    known = dict.fromkeys(metric for arm in arms for metric in arm["metrics"])
    return [(metric, aggregation) for metric in known if metric in METRICS for aggregation in compared(metric)]


def value(arm: Arm, subject: Subject) -> float | None:
    """Return a value, None if it isn't measured or there is no such metric."""
    metric, aggregation = subject
    found = arm["metrics"].get(metric, {}).get(aggregation)
    return found if isinstance(found, int | float) else None


def compare(a: Arm, b: Arm, asked: Asked, orders: Paired | None = None) -> list[Difference]:
    """Return how two arms of a run each differ, metric by metric. `orders` is how the same ones ended, if known."""
    level = asked.level(a)
    return [_one(subject, a, b, asked, level, orders) for subject in subjects(a, b)]


def _one(subject: Subject, a: Arm, b: Arm, asked: Asked, level: float, orders: Paired | None) -> Difference:
    metric, aggregation = subject
    one, other = value(a, subject), value(b, subject)
    found = Difference(
        metric=metric,
        aggregation=aggregation,
        a=one,
        b=other,
        judged=metric in asked.metrics,
        margin=asked.margins.get(metric),
    )
    if one is None or other is None:
        return replace(found, outcome="open" if found.judged and one is not other else None)
    found = replace(found, difference=round(other - one, 9))
    chance = 1.0
    if orders is not None and orders.interval is not None and metric in _OF_ORDERS:
        low, high = sorted(_OF_ORDERS[metric] * end for end in orders.interval)
        found = replace(found, interval=(low, high), how="paired")
        chance = max(orders.p, orders.p_stretches)
    elif is_share(metric, aggregation) and _interval_of(a, metric) and _interval_of(b, metric):
        found = replace(found, interval=_of_shares(one, _interval_of(a, metric), other, _interval_of(b, metric)))
        found, chance = replace(found, how="shares"), 0.0
    elif aggregation == "count":
        found = replace(found, interval=_of_counts(one, other), how="counts")
        chance = mcnemar(round(one), round(other))
    return replace(found, outcome=outcome(found, level if found.judged else LEVEL, chance))


def outcome(found: Difference, level: float, chance: float = 0.0) -> Outcome:
    """Return which side is better. With a margin: whether B is worse by no more than that.

    The interval is widened from 95% to `level`; and what chance does more often than `level` is no difference.
    """
    better = BETTER.get(found.metric)
    if better is None or found.difference is None:
        return None
    sign = 1 if better == "less" else -1
    worse, margin = sign * found.difference, found.margin or 0.0
    if found.metric in FACTS and not found.a and found.b and worse > margin:
        return "worse"
    if found.interval is None:
        if found.margin is None:
            return "alike" if worse == 0 else None
        return "worse" if worse > margin else "no_worse"
    wider = NormalDist().inv_cdf(1 - level / 2) / _Z95 if found.how != "seeds" else 1.0
    low, high = sorted(sign * (found.difference + (end - found.difference) * wider) for end in found.interval)
    if low > margin and (chance < level or margin):
        return "worse"
    if found.margin is not None:
        return "no_worse" if high <= margin else "open"
    return "better" if high < 0 and chance < level else "alike"


def _interval_of(arm: Arm, metric: str) -> Sequence[float]:
    found = (arm.get("intervals") or {}).get(metric)
    return found if isinstance(found, list | tuple) and len(found) == 2 else ()


def _of_shares(a: float, of_a: Sequence[float], b: float, of_b: Sequence[float]) -> tuple[float, float]:
    """Return the interval of a difference of two shares from their own.

    >>> _of_shares(0.1, (0.05, 0.18), 0.1, (0.05, 0.18))
    (-0.09434, 0.09434)
    """
    low = b - a - math.hypot(b - of_b[0], of_a[1] - a)
    high = b - a + math.hypot(of_b[1] - b, a - of_a[0])
    return max(-1.0, round(low, 6)), min(1.0, round(high, 6))


def _of_counts(a: float, b: float) -> tuple[float, float]:
    """Return the interval of a difference of two counts of rare events, from their score intervals."""

    def of(number: float) -> tuple[float, float]:
        middle, half = number + _Z95**2 / 2, _Z95 * math.sqrt(number + _Z95**2 / 4)
        return middle - half, middle + half

    (low_a, high_a), (low_b, high_b) = of(a), of(b)
    return round(b - a - math.hypot(b - low_b, high_a - a), 3), round(b - a + math.hypot(high_b - b, a - low_a), 3)


def gate(found: Iterable[Difference], doubts: Sequence[str]) -> tuple[str, list[str]]:
    """Return what a gate says, with its reasons: fail if something judged is worse, inconclusive if that is open.

    `doubts` are about the runs themselves: in doubt, only money that newly goes astray is a fact.
    """
    judged = [one for one in found if one.judged]
    worse = [one for one in judged if one.outcome == "worse"]
    facts = [one for one in worse if one.metric in FACTS and not one.a]
    still = [f"{one.name} {_why_open(one)}" for one in judged if one.outcome == "open"]
    if facts or (worse and not doubts):
        return "fail", [*(f"{one.name} is worse: {_told(one)}" for one in worse), *doubts]
    if doubts or still:
        return "inconclusive", [*doubts, *still]
    said = [f"none of {len({one.metric for one in judged})} metrics that are judged is shown to be worse"]
    return "pass", [*said, *(_unseen(one) for one in judged if one.metric == "goodput.rate" and one.interval)]


def _unseen(one: Difference) -> str:
    """Return how much worse it may be all the same: what wasn't seen isn't what isn't there."""
    low, high = one.interval or (0.0, 0.0)
    most = max(0.0, -low if BETTER[one.metric] == "more" else high)
    return f"{one.name} may still be worse by up to {most:.2g}: more orders or more seeds tell better"


def _told(one: Difference) -> str:
    margin = "" if one.margin is None else f", and {one.margin:g} is allowed"
    return f"{_number(one.a)} before, {_number(one.b)} now{margin}"


def _number(value: float | None) -> str:
    if value is None:
        return "not measured"
    return f"{value:,.0f}" if abs(value) >= 1000 or float(value).is_integer() else f"{value:.4g}"


def _why_open(one: Difference) -> str:
    if one.a is None or one.b is None:
        return "was not measured before, and is now" if one.a is None else "was measured before, and isn't now"
    if one.interval is None:
        return "can't be told from so few seeds"
    low, high = one.interval
    return f"may be worse by more than {one.margin or 0:g}: with 95% the difference is {low:.3g} to {high:.3g}"
