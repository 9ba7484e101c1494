"""Which limits a verdict asks to be met."""

from __future__ import annotations

from brownout.core.limits import Limit
from brownout.core.match import Match
from brownout.verdict.doubts import unmet
from brownout.verdict.limits import PlannedLimit, refusals


def _limit(name: str, documented: str | None = None) -> PlannedLimit:
    limit = Limit(
        name=name, match=Match(), algorithm="concurrency", quota=1, phase="storm", documented=documented
    )  # fmt: skip
    return PlannedLimit.of(limit)


def test_a_documented_set_need_not_be_met_whole() -> None:
    """A limit of a phase that nobody met is a doubt, unless it only stands there as part of a provider's set."""
    planned = [_limit("own"), _limit("stripe.live.updates", "stripe.live")]

    doubts, notes = unmet({"a": []}, {"a": refusals(planned, [])})

    assert doubts == ["the limit 'own' refused nothing in storm, so nobody met it"]
    assert notes == []


def test_a_planned_limit_survives_being_written_down() -> None:
    """In a journal's first line."""
    planned = _limit("stripe.live.updates", "stripe.live")

    assert PlannedLimit.from_dict({"name": planned.name, "phase": "storm", "documented": "stripe.live"}) == planned
    assert PlannedLimit.from_dict({"name": "old"}) == PlannedLimit(name="old")
