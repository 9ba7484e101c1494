"""Pass, fail or inconclusive."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from story import Story, rule

from brownout.core.match import Match
from brownout.core.rules import Count
from brownout.verdict import VERSION, judge

DUPLICATED = {"payments.duplicated": ("count == 0",)}


def _hurt(**head: Any) -> Story:
    """Return a control arm that charged an order twice."""
    return Story("naive", control=True, **head).orders(9).order("order-0117", charges=2)


def test_clean_run_passes() -> None:
    """A run in which nothing went wrong and nothing is uncertain passes."""
    verdict = judge([Story().orders(10).run()])

    assert (verdict["status"], verdict["reasons"]) == ("pass", ["every threshold holds for keyed"])
    assert verdict["brownout_verdict"] == VERSION


def test_duplicate_fails_and_is_named() -> None:
    """A double charge fails the run, and is told as a sentence with the exchanges that explain it."""
    told = Story().orders(3).order("order-0117", charges=2)

    verdict = judge([told.run()])

    assert verdict["status"] == "fail"
    assert verdict["reasons"] == ["keyed: payments.duplicated is 1, but a threshold asks for count == 0"]
    [finding] = verdict["arms"]["keyed"]["findings"]
    assert finding["message"] == "keyed charged order-0117 twice: $24.99 too much"
    assert finding["exchanges"] == ["ex_3", "ex_4"]
    assert len(finding["payments"]) == 2


@pytest.mark.parametrize(
    ("outcome", "charges", "kind", "message"),
    [
        ("ok", 0, "lost", "keyed says order-1 was paid ($24.99), but nothing was charged"),
        ("fail", 1, "orphaned", "keyed says order-1 failed, but $24.99 was charged"),
        ("unknown", 1, "unresolved", "keyed never learned how order-1 ended: $24.99 was charged"),
        ("unknown", 0, "unresolved", "keyed never learned how order-1 ended: nothing was charged"),
    ],
)
def test_each_kind_of_damage_is_a_sentence(outcome: str, charges: int, kind: str, message: str) -> None:
    """What was lost, orphaned or never resolved is named as such."""
    finding = judge([Story().order("order-1", outcome, charges=charges).run()])["arms"]["keyed"]["findings"][0]

    assert (finding["kind"], finding["message"]) == (kind, message)


def test_lost_without_amount_or_currency_is_told_without() -> None:
    """A claim that doesn't say how much gives a sentence without a sum."""
    told = Story().call("order-1").claim("order-1", amount=None)

    [finding] = judge([told.run()])["arms"]["keyed"]["findings"]

    assert finding["message"] == "keyed says order-1 was paid, but nothing was charged"


def test_control_arm_shows_but_does_not_decide() -> None:
    """A control arm that fails is judged and shown; the other arm decides."""
    verdict = judge([_hurt().run(), Story().orders(10).run()])

    assert verdict["status"] == "pass"
    assert verdict["arms"]["naive"]["status"] == "fail"
    assert [arm["decides"] for arm in verdict["arms"].values()] == [False, True]
    assert "naive: payments.duplicated is 1" in verdict["reasons"][1]


def test_control_arm_alone_decides() -> None:
    """Run alone, a control arm is an arm like any other."""
    assert judge([_hurt().run()])["status"] == "fail"


def test_failing_arm_beside_a_control_fails() -> None:
    """An arm that is there to cope and doesn't fails the drill."""
    verdict = judge([_hurt().run(), Story().orders(9).order("order-0117", charges=2).run()])

    assert verdict["status"] == "fail"
    assert verdict["reasons"] == ["keyed: payments.duplicated is 1, but a threshold asks for count == 0"]


def test_threshold_with_an_arm_is_about_that_arm() -> None:
    """A selector leaves the other arms alone; without one a threshold holds for each."""
    only_keyed = {"payments.duplicated{arm:keyed}": ("count == 0",)}
    a = Story("a", thresholds=only_keyed).orders(5, charges=2)
    keyed = Story("keyed", thresholds=only_keyed).orders(5)

    checks = judge([a.run(), keyed.run()])["arms"]

    assert [len(arm["thresholds"]) for arm in checks.values()] == [0, 1]


@pytest.mark.parametrize(
    ("metric", "assertion", "status"),
    [
        ("retry.amplification", "value < 1.5", "pass"),
        ("retry.amplification", "value < 1", "fail"),
        ("operations.ok", "rate >= 0.98", "pass"),
        ("operations", "count >= 11", "fail"),
        ("money.error", "value == 0", "pass"),
    ],
)
def test_any_metric_can_decide(metric: str, assertion: str, status: str) -> None:
    """A threshold over any metric passes or fails the run."""
    assert judge([Story(thresholds={metric: (assertion,)}).orders(10).run()])["status"] == status


def _late(lateness: float) -> Story:
    told = Story().orders(98)
    return told.order("order-late-1", late=lateness).order("order-late-2", late=lateness)


_FIRES = rule(count=Count(percentage=8))

INCONCLUSIVE = {
    "no operation": (lambda: Story().run(), "keyed: no operation ran"),
    "rule never fired": (
        lambda: Story(rules=(_FIRES,)).orders(10).run(),
        "keyed: rule 'lost-answer' matched 10 requests and never fired (percentage: 8)",
    ),
    "rule never fired, and nobody knows whether it matched": (
        lambda: Story(rules=(rule(match=Match(header={"x": ("y",)})),)).orders(10).run(),
        "keyed: rule 'lost-answer' never fired",
    ),
    "rule matched nothing": (
        lambda: Story(rules=(rule(match=Match(operation=("stripe.refunds.*",))),)).orders(10).run(),
        "rule 'lost-answer' matched no request, so nobody met its fault",
    ),
    "evicted": (
        lambda: Story().orders(10).run(evicted=3),
        "keyed: 3 journal records were evicted, so the journal doesn't hold the whole run",
    ),
    "not measured, since evicted": (
        lambda: Story(thresholds={"retry.amplification": ("value < 2",)}).orders(10).run(evicted=3),
        (
            "keyed: retry.amplification is not measured, since parts of the journal are gone, "
            "and a threshold asks for value < 2"
        ),
    ),
    "generator late": (
        lambda: _late(0.051).run(),
        (
            "keyed: the load generator was late: 1 in 100 operations began more than 51 ms after its time, "
            "and 50 ms is the most"
        ),
    ),
    "lag not measured": (
        lambda: Story().call("o").charge("o").claim("o", scheduled_at=None, started_at=None).run(orders_planned=1),
        "keyed: the claims don't say when operations were due and begun, so nobody knows how late they were",
    ),
    "unsent": (
        lambda: Story().orders(98).run(orders_planned=100),
        "keyed: 2 of 100 planned orders were not sent, or nobody knows how they ended",
    ),
    "interrupted": (lambda: Story().orders(10).run(interrupted=True), "keyed: the run was interrupted before its end"),
    "generator died": (
        lambda: Story().orders(10).run(trouble="the load generator died with exit code 1"),
        "keyed: the load generator died with exit code 1",
    ),
    "no threshold": (
        lambda: Story(thresholds={}).orders(10).run(),
        "keyed: no threshold is about this arm, so nothing was judged",
    ),
}


@pytest.mark.parametrize(("tell", "reason"), INCONCLUSIVE.values(), ids=INCONCLUSIVE)
def test_what_could_hide_a_breach_is_inconclusive(tell: Any, reason: str) -> None:
    """A run that shows no breach, but could have missed one, is never green."""
    run = tell()
    planned = len(run.claims) if run.head.orders_planned is None else run.head.orders_planned

    verdict = judge([replace(run, head=replace(run.head, orders_planned=planned))])

    assert verdict["status"] == "inconclusive"
    assert reason in verdict["reasons"]


def test_no_claims_is_inconclusive() -> None:
    """A threshold that needs claims can't be met without any."""
    told = Story().orders(10)
    told.claims = None

    verdict = judge([told.run()])

    assert verdict["reasons"] == [
        "keyed: payments.lost is not measured, since the client made no claims, and a threshold asks for count == 0"
    ]


def test_unhurt_control_arm_is_inconclusive() -> None:
    """If even the careless client came through, the run shows nothing about the careful one."""
    naive = Story("naive", control=True, thresholds=DUPLICATED).orders(10)

    verdict = judge([naive.run(), Story(thresholds=DUPLICATED).orders(10).run()])

    assert verdict["status"] == "inconclusive"
    assert verdict["reasons"] == ["naive: the control arm was not hurt, so this run can't tell the arms apart"]


def test_control_arm_is_held_against_thresholds_of_other_arms() -> None:
    """A control arm counts as hurt if it misses what is asked of the others."""
    asked = {"payments.duplicated{arm:keyed}": ("count == 0",)}

    assert judge([_hurt(thresholds=asked).run(), Story(thresholds=asked).orders(10).run()])["status"] == "pass"


def test_breach_in_a_whole_run_is_a_fact() -> None:
    """Money that moved twice fails a run that ended, however late its generator was; the doubt is said after it."""
    verdict = judge([_late(0.2).order("order-0117", charges=2).run(orders_planned=101)])

    assert verdict["status"] == "fail"
    assert "payments.duplicated" in verdict["reasons"][0]
    assert "late" in verdict["reasons"][1]


@pytest.mark.parametrize("ending", [{"interrupted": True}, {"trouble": "it died"}])
def test_breach_in_a_part_of_a_run_is_inconclusive(ending: dict[str, Any]) -> None:
    """A client that was cut off might have refunded what it charged twice."""
    verdict = judge([Story().orders(3, charges=2).run(**ending)])

    assert verdict["status"] == "inconclusive"
    assert verdict["arms"]["keyed"]["status"] == "inconclusive"
    assert "payments.duplicated is 3" in verdict["reasons"][-1]


@pytest.mark.parametrize(
    ("told", "planned"), [(_late(0.05), 100), (Story().orders(99), 100)], ids=["50 ms late", "1 of 100 unsent"]
)
def test_limits_themselves_are_still_good(told: Story, planned: int) -> None:
    """Exactly as late, or as many unsent, as is allowed is allowed."""
    assert judge([told.run(orders_planned=planned)])["status"] == "pass"


def test_rule_that_one_arm_never_meets_is_a_note() -> None:
    """A client that never makes a call can't be hurt by its failing; another arm met the fault."""
    refunds = rule("lost-refund", match=Match(operation=("stripe.refunds.*",)))
    naive = _hurt(rules=(refunds,)).call("r", operation="stripe.refunds.create", fired=["lost-refund"])

    verdict = judge([naive.run(), Story(rules=(refunds,)).orders(10).run()])

    assert verdict["status"] == "pass"
    assert verdict["notes"] == ["keyed: rule 'lost-refund' matched none of its requests"]


def test_broken_ledger_is_our_bug_and_never_green() -> None:
    """A ledger that breaks its own rules makes the verdict inconclusive even if no threshold asks."""
    told = Story().orders(3)
    told.refund("order-0002", 9999)

    verdict = judge([told.run()])

    assert verdict["status"] == "inconclusive"
    assert verdict["reasons"] == [
        "keyed: the ledger breaks its own rules, which is a bug of Brownout: see the findings"
    ]
    assert verdict["arms"]["keyed"]["findings"][-1]["rule"] == "payments.refunded_within_captured"


def test_two_passing_arms_are_both_named() -> None:
    """A pass says for whom."""
    verdict = judge([Story("a").orders(2).run(), Story("b").orders(2).run()])

    assert verdict["reasons"] == ["every threshold holds for a and b"]


def test_money_is_told_by_currency() -> None:
    """What was captured, refunded, expected and is off is summed for each currency of its own."""
    told = Story().order("order-1").refund("order-1", 499).charge("order-2", 300, currency="jpy")

    assert judge([told.run()])["arms"]["keyed"]["money"] == {
        "usd": {
            "captured_minor": 2499,
            "refunded_minor": 499,
            "captures": 1,
            "expected_minor": 2499,
            "error_minor": 0,
        },
        "jpy": {"captured_minor": 300, "refunded_minor": 0, "captures": 1, "expected_minor": 0, "error_minor": 300},
    }


def test_nothing_to_judge_is_an_error() -> None:
    """A verdict over no arm at all is a mistake of the caller's."""
    with pytest.raises(ValueError, match="at least one arm"):
        judge([])
