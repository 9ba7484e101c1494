"""How often each rule should have fired."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from story import Story, rule

from brownout.core.chance import uniform
from brownout.core.exchange import Answer
from brownout.core.match import Match
from brownout.core.operation import Operation
from brownout.core.rules import Count, Rule, When
from brownout.faults.abort import Abort
from brownout.verdict.rules import PlannedRule, tally


class _OnlyReads(Abort):
    """A fault that can do nothing to writes."""

    def suits(self, operation: Operation) -> bool:
        """Return whether it is a read."""
        return operation.effect == "read"


def _operation(name: str, effect: Any = "write") -> Operation:
    return Operation(name=name, method="POST", path="/x", effect=effect, run=lambda _: Answer(200, None))


@pytest.mark.parametrize(
    ("count", "expected", "how_often"),
    [
        (Count(), 20, "every match"),
        (Count(percentage=8), 1.6, "percentage: 8"),
        (Count(nth=(3, 7, 21)), 2, "nth: 3, 7, 21"),
        (Count(every=6), 3, "every: 6"),
        (Count(first=5), 5, "first: 5"),
    ],
)
def test_expectation_follows_the_way_of_counting(count: Count, expected: float, how_often: str) -> None:
    """Over 20 matching requests of one client, each way of counting has its own expectation."""
    [found] = tally([rule(count=count)], Story().orders(20).records, seed=7)

    assert (found.matched, found.expected, found.how_often) == (20, expected, how_often)


def test_counters_are_each_clients_own() -> None:
    """`first: 1` fires once for each client."""
    told = Story().call("a", client="x").call("b", client="x").call("c", client="y")

    assert tally([rule(count=Count(first=1))], told.records, seed=7)[0].expected == 2


@pytest.mark.parametrize(
    ("match", "matched"),
    [
        (Match(), 4),
        (Match(provider=("stripe",)), 4),
        (Match(provider=("paypal",)), 0),
        (Match(operation=("stripe.refunds.*",)), 1),
        (Match(method=("GET",)), 0),
        (Match(path=("/v1/refunds",)), 1),
        (Match(occurrence=(2,)), 1),
        (Match(key=("order-*",)), 3),
        (Match(client=("nobody",)), 0),
        (Match(cohort=100.0), 4),
        (Match(header={"x": ("y",)}), None),
        (Match(body={"amount": ("1",)}), None),
    ],
)
def test_requests_are_matched_as_the_engine_matches_them(match: Match, matched: int | None) -> None:
    """A journal tells which requests a rule was about, unless it looks at headers or parameters."""
    told = Story().call("order-1").call("order-1").call("order-2")
    told.call("re-1", operation="stripe.refunds.create", path="/v1/refunds")

    assert tally([rule(match=match)], told.records, seed=7)[0].matched == matched


def test_cohort_is_the_seeds() -> None:
    """Who is in a cohort hangs on the seed and the rule, as it does in the engine."""
    told = Story()
    for number in range(100):
        told.call(f"order-{number}", client=f"c{number}")
    planned = rule(match=Match(cohort=30.0, salt="lost-answer"))

    sizes = {seed: tally([planned], told.records, seed=seed)[0].matched for seed in (7, 8)}

    assert sizes == {
        seed: sum(uniform(seed, "cohort", "lost-answer", f"c{number}") < 0.3 for number in range(100))
        for seed in (7, 8)
    }


def test_only_applied_faults_count_as_fired() -> None:
    """A rule that fired but changed nothing has not been met."""
    told = Story().call("order-1", fired=["lost-answer"]).call("order-2", fired=["lost-answer"])
    told.records[1]["decided"]["fired"][0]["state"] = "shadowed"

    assert tally([rule()], told.records, seed=7)[0].fired == 1


@pytest.mark.parametrize(
    "planned",
    [
        rule(),
        rule(count=Count(nth=(1, 2)), match=Match(operation=("a.*", "b"), occurrence=(1,), salt="x")),
        rule(count=Count(percentage=12.5), match=Match(header={"h": ("a", "b")}, cohort=30.0)),
        rule(phase="storm", operations=("stripe.payment_intents.create",)),
        rule(count=Count(percentage=50, most=3), begins_at=5.0, when=When(at_seconds=1, ramp_seconds=2), choice="some"),
    ],
)
def test_rules_survive_a_journal(planned: PlannedRule) -> None:
    """A rule read from a journal is about the same requests as the one that was written."""
    from dataclasses import asdict  # noqa: PLC0415

    told: Any = orjson.loads(orjson.dumps(asdict(planned)))
    records = Story().orders(5).records

    again = PlannedRule.from_dict(told)

    assert tally([again], records, seed=7) == tally([planned], records, seed=7)
    assert again.count == planned.count


def _due(*moments: float) -> list[dict[str, Any]]:
    told = Story().orders(len(moments))
    for record, moment in zip(told.records, moments, strict=True):
        record["decided"]["elapsed"] = moment
    return told.records


@pytest.mark.parametrize(
    ("planned", "matched", "expected", "interval"),
    [
        (rule(count=Count(), when=When(at_seconds=10, for_seconds=10)), 2, 2, (2, 2)),
        (rule(count=Count(), begins_at=10.0, when=When(at_seconds=10)), 2, 2, (2, 2)),
        (rule(count=Count(percentage=50), when=When(ramp_seconds=40)), 5, 1.12, (0, 3)),
        (rule(count=Count(percentage=100), when=When(at_seconds=100)), 0, 0, (0, 0)),
        (rule(count=Count(most=3)), 6, 3, (3, 3)),
        (rule(count=Count(every=2, most=2)), 6, 2, (2, 2)),
        (rule(count=Count(percentage=50, most=1)), 6, 0.98, (1, 1)),
        (rule(match=Match(cohort=50, cohort_by="body.customer")), None, None, None),
        (rule(match=Match(grant=("refresh_token",))), None, None, None),
    ],
)
def test_expectation_follows_the_window_and_the_end(
    planned: PlannedRule, matched: int | None, expected: float | None, interval: tuple[int, int] | None
) -> None:
    """Over requests due at six moments; what a journal doesn't keep isn't guessed."""
    [found] = tally([planned], _due(0.0, 5.0, 10.0, 15.0, 20.0, 65.0), seed=7)

    assert (found.matched, found.expected, found.interval) == (matched, expected, interval)


def test_a_journal_that_keeps_no_moments_says_nothing_of_windows() -> None:
    """One of an earlier version."""
    [found] = tally([rule(when=When(at_seconds=10))], Story().orders(3).records, seed=7)

    assert (found.matched, found.expected, found.how_often.endswith("(from 10s on)")) == (None, None, True)


def test_rule_of_a_phase_is_about_that_phase() -> None:
    """Requests of other phases are none that it could have struck, and what fired there was another rule."""
    told = Story().call("a", phase="calm", fired=["lost-answer"]).call("b", phase="storm").call("c", phase="storm")
    told.call("d", phase="storm", fired=["lost-answer"])

    [found] = tally([rule(phase="storm", count=Count(percentage=50))], told.records, seed=7)

    assert (found.phase, found.matched, found.expected, found.fired) == ("storm", 3, 1.5, 1)


def test_rule_is_held_to_what_its_fault_suits() -> None:
    """A fault of lists does nothing to payments, whatever its match says."""
    told = Story().call("a").call("b", operation="stripe.refunds.list")

    [found] = tally([rule(operations=("stripe.refunds.list",))], told.records, seed=7)

    assert found.matched == 1


def test_plan_says_which_operations_a_rule_concerns() -> None:
    """A head made with the server's operations holds each rule to those that its fault suits, in its phase."""
    drift = Rule(
        name="d",
        fault=_OnlyReads(connection="reset"),
        target="response",
        match=Match(operation=("a.*",)),
        phase="storm",
    )

    [planned] = [
        PlannedRule.of(drift, [_operation("a.read", "read"), _operation("a.make"), _operation("b.read", "read")])
    ]

    assert (planned.operations, planned.phase) == (("a.read",), "storm")
    assert PlannedRule.of(drift).operations is None


@pytest.mark.parametrize("state", ["passed", "shadowed", "unreached"])
def test_firing_without_effect_is_told_apart(state: str) -> None:
    """A rule that fired and had nothing to change has not been met, and isn't one that never fired."""
    told = Story().call("a", fired=[{"rule": "lost-answer", "kind": "drift", "state": state}])

    [found] = tally([rule()], told.records, seed=7)

    assert (found.fired, found.idle) == (0, 1)
