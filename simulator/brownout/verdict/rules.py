"""How often each rule should have fired, and how often it did."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, fields
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from brownout.core.match import Match
from brownout.core.odds import Odds
from brownout.core.schedule import Count, When, window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.core.exchange import Exchange
    from brownout.core.operation import Operation
    from brownout.core.rules import Rule

_EVERYTHING = Match()
_ALWAYS = Count()
_KEPT = ("client", "account", "key")
"""What a record keeps of those that a cohort may be a share of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRule:
    """A rule as a journal's first line describes it: whom it is about and how often it fires, not what it does.

    `phase` is the one in which alone it is in force, None for always; it begins `begins_at` seconds after the run, and
    `when` is the rule's window in it. `choice` is the draw that it shares with others, `preset` the library scenario
    that it is from. `operations` names those that its fault can do anything to, None where nobody listed them: a
    journal of an earlier version.
    """

    name: str
    kind: str
    target: str
    match: Match = _EVERYTHING
    count: Count = _ALWAYS
    phase: str | None = None
    begins_at: float = 0.0
    when: When | None = None
    choice: str | None = None
    preset: str | None = None
    operations: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls, rule: Rule, operations: Iterable[Operation] | None = None, begins_at: float = 0.0
    ) -> PlannedRule:  # fmt: skip
        """Return the description of `rule`, held to those of `operations` that it concerns."""
        return cls(
            name=rule.name,
            kind=rule.fault.kind,
            target=rule.target,
            match=rule.match,
            count=rule.count,
            phase=rule.phase,
            begins_at=begins_at,
            when=rule.when,
            choice=rule.band.choice if rule.band is not None else None,
            preset=rule.preset,
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
            begins_at=float(data.get("begins_at", 0.0)),
            when=When(**data["when"]) if data.get("when") is not None else None,
            choice=data.get("choice"),
            preset=data.get("preset"),
            operations=None if operations is None else tuple(operations),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTally:
    """What became of a rule in one arm.

    `matched` and `expected` are None where a journal can't tell: it keeps neither headers nor parameters. `interval`
    holds the number of firings with 95%, None where nothing is expected. `idle` is how often it fired and changed
    nothing: there was nothing to change, or the exchange had ended before.
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
    interval: tuple[int, int] | None = None

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
    odds: Odds | None = None
    if _is_told(rule, decided):
        met = list(_matching(rule, decided, seed))
        matched = len(met)
        odds = _expected(rule, met)
    return RuleTally(
        name=rule.name,
        kind=rule.kind,
        target=rule.target,
        phase=rule.phase,
        how_often=_how_often(rule.count) + (f" ({window(rule.when)})" if rule.when is not None else ""),
        matched=matched,
        expected=None if odds is None else round(odds.expected, 2),
        interval=None if odds is None else (odds.low, odds.high),
        fired=fired[True],
        idle=fired[False],
    )


def _is_told(rule: PlannedRule, decided: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a journal keeps what a rule looks at."""
    match = rule.match
    return (
        not (match.header or match.body or match.grant or match.event or match.endpoint)
        and not _of_deliveries(rule)
        and (match.cohort is None or match.cohort_by in _KEPT)
        and (rule.when is None or all("elapsed" in record for record in decided))
    )


def _of_deliveries(rule: PlannedRule) -> bool:
    """Return whether a rule is about webhook deliveries: a journal keeps only those for which one fired."""
    return bool(rule.operations) and all(name.endswith(".webhook.delivery") for name in rule.operations or ())


def _matching(rule: PlannedRule, decided: Sequence[Mapping[str, Any]], seed: int) -> Iterable[Mapping[str, Any]]:
    """Return the records whose requests the rule was about: the engine's own matching, on what is kept of them."""
    concerned: dict[str, bool] = {}
    for record in decided:
        if rule.phase is not None and record.get("phase") != rule.phase:
            continue
        name = record["operation"]
        if name not in concerned:
            concerned[name] = _concerns(rule, record)
        if rule.when is not None and not rule.when.share(record["elapsed"] - rule.begins_at):
            continue
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


def _expected(rule: PlannedRule, met: Sequence[Mapping[str, Any]]) -> Odds:
    count, most = rule.count, rule.count.most
    if count.percentage is not None:
        shares = (1.0 if rule.when is None else rule.when.share(one["elapsed"] - rule.begins_at) for one in met)
        mean = sum(shares) / len(met) if met else 0.0
        return Odds.of(len(met), mean * count.percentage / 100, most)
    fires = len(met)
    if count.counted:
        by_client = Counter(one["client"] for one in met)
        fires = sum(count.fires_on(number) for each in by_client.values() for number in range(1, each + 1))
    fires = fires if most is None else min(fires, most)
    return Odds(float(fires), fires, fires)


def _how_often(count: Count) -> str:
    """Return the rule's own words for how often it fires.

    >>> _how_often(Count(percentage=20, most=5)), _how_often(Count(nth=(3, 7))), _how_often(Count())
    ('percentage: 20, max: 5', 'nth: 3, 7', 'every match')
    """
    said = []
    for one in fields(count):
        value = getattr(count, one.name)
        if value not in (None, ()):
            text = ", ".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}"
            said.append(f"{'max' if one.name == 'most' else one.name}: {text}")
    return ", ".join(said) or "every match"
