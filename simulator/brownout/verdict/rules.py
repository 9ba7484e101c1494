"""How often each rule should have fired, and how often it did."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, fields
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from brownout.core.match import Match
from brownout.core.plan import Count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brownout.core.exchange import Exchange
    from brownout.core.operation import Operation
    from brownout.core.plan import Rule

_EVERYTHING = Match()
_ALWAYS = Count()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRule:
    """A rule as a journal's first line describes it: whom it is about and how often it fires, not what it does."""

    name: str
    kind: str
    target: str
    match: Match = _EVERYTHING
    count: Count = _ALWAYS

    @classmethod
    def of(cls, rule: Rule) -> PlannedRule:
        """Return the description of `rule`."""
        return cls(name=rule.name, kind=rule.fault.kind, target=rule.target, match=rule.match, count=rule.count)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PlannedRule:
        """Return the rule that JSON describes.

        Raises:
            KeyError, TypeError, ValueError: if it doesn't describe one.
        """
        match, count = dict(data.get("match", {})), dict(data.get("count", {}))
        for part in match, count:
            for name, value in part.items():
                if isinstance(value, list):
                    part[name] = tuple(value)
        return cls(
            name=data["name"],
            kind=data["kind"],
            target=data["target"],
            match=Match(**match),
            count=Count(**count),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTally:
    """What became of a rule in one arm.

    `matched` and `expected` are None where a journal can't tell: it keeps neither headers nor parameters.
    """

    name: str
    kind: str
    target: str
    how_often: str
    matched: int | None
    expected: float | None
    fired: int

    def as_dict(self) -> dict[str, Any]:
        """Return the tally for JSON."""
        return asdict(self)


def tally(rules: Iterable[PlannedRule], records: Iterable[Mapping[str, Any]], *, seed: int) -> list[RuleTally]:
    """Return, for each rule, how many requests it was about, how often it should have fired, and how often it did.

    `seed` is the run's: it decides who is in a cohort.
    """
    decided = [record["decided"] for record in records]
    fired = Counter(one["rule"] for record in decided for one in record["fired"] if one["state"] == "applied")
    return [_tally(rule, decided, fired[rule.name], seed) for rule in rules]


def _tally(rule: PlannedRule, decided: list[dict[str, Any]], fired: int, seed: int) -> RuleTally:
    matched: int | None = None
    expected: float | None = None
    if not rule.match.header and not rule.match.body:
        by_client = Counter(record["client"] for record in decided if _matches(rule.match, record, seed))
        matched = by_client.total()
        expected = _expected(rule.count, by_client)
    return RuleTally(
        name=rule.name,
        kind=rule.kind,
        target=rule.target,
        how_often=_how_often(rule.count),
        matched=matched,
        expected=expected,
        fired=fired,
    )


def _matches(match: Match, decided: Mapping[str, Any], seed: int) -> bool:
    """Return whether a record's request was one that `match` is about: the engine's own matching, on what is kept."""
    operation = SimpleNamespace(
        name=decided["operation"],
        provider=decided["operation"].partition(".")[0],
        method=decided["method"],
    )
    exchange = SimpleNamespace(
        identity=SimpleNamespace(client=decided["client"], key=decided["key"], occurrence=decided["occurrence"]),
        request=SimpleNamespace(path=decided["path"], headers={}),
        account=decided["account"],
        seed=seed,
        params={},
    )
    return match.static(cast("Operation", operation)) and match.dynamic(cast("Exchange", exchange))


def _expected(count: Count, by_client: Mapping[str, int]) -> float:
    matched = sum(by_client.values())
    if count.percentage is not None:
        return round(matched * count.percentage / 100, 2)
    if not count.counted:
        return float(matched)
    return float(sum(count.fires_on(number) for each in by_client.values() for number in range(1, each + 1)))


def _how_often(count: Count) -> str:
    """Return the rule's own words for how often it fires.

    >>> _how_often(Count(percentage=20)), _how_often(Count(nth=(3, 7))), _how_often(Count())
    ('percentage: 20', 'nth: 3, 7', 'every match')
    """
    for one in fields(count):
        value = getattr(count, one.name)
        if value not in (None, ()):
            said = ", ".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}"
            return f"{one.name}: {said}"
    return "every match"
