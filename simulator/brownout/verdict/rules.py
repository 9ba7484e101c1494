"""How often each rule should have fired, and how often it did."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, fields
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from brownout.core.match import Match
from brownout.core.rules import Count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.core.exchange import Exchange
    from brownout.core.operation import Operation
    from brownout.core.rules import Rule

_EVERYTHING = Match()
_ALWAYS = Count()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRule:
    """A rule as a journal's first line describes it: whom it is about and how often it fires, not what it does.

    `phase` is the one in which alone it is in force, None for always. `operations` names those that its fault can do
    anything to, None where nobody listed them: a journal of an earlier version.
    """

    name: str
    kind: str
    target: str
    match: Match = _EVERYTHING
    count: Count = _ALWAYS
    phase: str | None = None
    operations: tuple[str, ...] | None = None

    @classmethod
    def of(cls, rule: Rule, operations: Iterable[Operation] | None = None) -> PlannedRule:
        """Return the description of `rule`, held to those of `operations` that it concerns."""
        return cls(
            name=rule.name,
            kind=rule.fault.kind,
            target=rule.target,
            match=rule.match,
            count=rule.count,
            phase=rule.phase,
            operations=None
            if operations is None
            else tuple(operation.name for operation in operations if rule.concerns(operation)),
        )

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
        operations = data.get("operations")
        return cls(
            name=data["name"],
            kind=data["kind"],
            target=data["target"],
            match=Match(**match),
            count=Count(**count),
            phase=data.get("phase"),
            operations=None if operations is None else tuple(operations),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTally:
    """What became of a rule in one arm.

    `matched` and `expected` are None where a journal can't tell: it keeps neither headers nor parameters. `idle` is how
    often it fired and changed nothing: there was nothing to change, or the exchange had ended before.
    """

    name: str
    kind: str
    target: str
    phase: str | None
    how_often: str
    matched: int | None
    expected: float | None
    fired: int
    idle: int

    def as_dict(self) -> dict[str, Any]:
        """Return the tally for JSON."""
        return asdict(self)


def tally(rules: Iterable[PlannedRule], records: Iterable[Mapping[str, Any]], *, seed: int) -> list[RuleTally]:
    """Return, for each rule, how many requests it was about, how often it should have fired, and how often it did.

    `seed` is the run's: it decides who is in a cohort.
    """
    decided = [record["decided"] for record in records]
    struck: Counter[tuple[str, str | None, bool]] = Counter()
    for one in decided:
        for fired in one["fired"]:
            struck[fired["rule"], one.get("phase"), fired["state"] == "applied"] += 1
    return [_tally(rule, decided, struck, seed) for rule in rules]


def _tally(
    rule: PlannedRule,
    decided: Sequence[Mapping[str, Any]],
    struck: Mapping[tuple[str, str | None, bool], int],
    seed: int,
) -> RuleTally:
    fired = {
        applied: sum(
            number
            for (name, phase, done), number in struck.items()
            if name == rule.name and done is applied and rule.phase in (None, phase)
        )
        for applied in (True, False)
    }
    matched: int | None = None
    expected: float | None = None
    if not rule.match.header and not rule.match.body:
        by_client = Counter(record["client"] for record in _matching(rule, decided, seed))
        matched = by_client.total()
        expected = _expected(rule.count, by_client)
    return RuleTally(
        name=rule.name,
        kind=rule.kind,
        target=rule.target,
        phase=rule.phase,
        how_often=_how_often(rule.count),
        matched=matched,
        expected=expected,
        fired=fired[True],
        idle=fired[False],
    )


def _matching(rule: PlannedRule, decided: Sequence[Mapping[str, Any]], seed: int) -> Iterable[Mapping[str, Any]]:
    """Return the records whose requests the rule was about: the engine's own matching, on what is kept of them."""
    concerned: dict[str, bool] = {}
    for record in decided:
        if rule.phase is not None and record.get("phase") != rule.phase:
            continue
        name = record["operation"]
        if name not in concerned:
            concerned[name] = _concerns(rule, record)
        if concerned[name] and (rule.match.is_static or rule.match.dynamic(_as_exchange(record, seed))):
            yield record


def _concerns(rule: PlannedRule, record: Mapping[str, Any]) -> bool:
    name = record["operation"]
    if rule.operations is not None:
        return name in rule.operations
    operation = SimpleNamespace(name=name, provider=name.partition(".")[0], method=record["method"])
    return rule.match.static(cast("Operation", operation))


def _as_exchange(record: Mapping[str, Any], seed: int) -> Exchange:
    exchange = SimpleNamespace(
        identity=SimpleNamespace(client=record["client"], key=record["key"], occurrence=record["occurrence"]),
        request=SimpleNamespace(path=record["path"], headers={}),
        account=record["account"],
        seed=seed,
        params={},
    )
    return cast("Exchange", exchange)


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
