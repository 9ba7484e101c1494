"""Each checker rejects the history that was planted for it, and nothing else does; the clean one passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from story import Story, phased, rule

from brownout.core.rules import Count
from brownout.verdict import judge
from brownout.verdict.limits import PlannedLimit

if TYPE_CHECKING:
    from collections.abc import Callable

ASKED = {
    "operations": ("count >= 30",),
    "operations.ok": ("rate >= 0.97",),
    "operations.good": ("rate >= 0.97",),
    "operations.failed": ("count == 0",),
    "goodput": ("value >= 0.97",),
    "goodput.rate": ("value >= 0.97",),
    "availability.rate": ("value >= 0.97",),
    "errors": ("count == 0",),
    "auth.failed": ("count == 0", "rate < 0.01"),
    "op.latency": ("p(95) < 800ms", "max < 2s", "avg < 1s"),
    "recovery.ratio": ("value >= 0.9",),
    "collateral": ("value == 0",),
    "wire.errors": ("rate < 0.1",),
    "throttled": ("count == 0",),
    "retry.amplification": ("value < 1.2",),
    "payments.duplicated": ("count == 0",),
    "payments.lost": ("count == 0",),
    "payments.orphaned": ("count == 0",),
    "payments.unresolved": ("count == 0",),
    "money.error": ("value == 0",),
}
STORM = rule(phase="storm", count=Count(percentage=20))
BURST = PlannedLimit(name="burst", phase="storm")
HIT = {"fired": ["lost-answer"], "answered": "reset", "status": 0}


def _told(but: dict[int, Any] | None = None, **head: Any) -> Story:
    """Return a run in which order 12 was hit and came through, and nothing else happened but what `but` says."""
    told = phased(
        but=but, **{"thresholds": ASKED, "rules": (STORM,), "steady_state": {"errors": ("count == 0",)}, **head}
    )
    return told.call("order-0012", phase="storm", does="write", **HIT)


def _each(number: int, how: dict[str, Any]) -> dict[int, Any]:
    return dict.fromkeys(range(10, 10 + number), how)


FAILED: dict[str, Any] = {"outcome": "fail", "charges": 0}
BREACHES: dict[str, tuple[Callable[[], Story], set[str]]] = {
    "auth failures": (
        lambda: _told({14: {**FAILED, "status": 401, "error": "token_expired", "stage": "authorise"}}),
        {"auth.failed", "errors", "collateral", "operations.failed", "goodput", "goodput.rate", "operations.ok",
         "operations.good", "availability.rate"},
    ),
    "an auth failure that only the client saw": (
        lambda: _told({14: {"outcome": "ok", "charges": 2, "claim": {"error": "auth"}}}),
        {"auth.failed", "errors", "collateral", "payments.duplicated", "money.error", "goodput", "goodput.rate",
         "operations.good"},
    ),
    "charged twice": (
        lambda: _told({14: {"charges": 2}}),
        {"payments.duplicated", "money.error", "errors", "collateral", "goodput", "goodput.rate", "operations.good"},
    ),
    "lost": (
        lambda: _told({14: {"charges": 0}}),
        {"payments.lost", "money.error", "errors", "collateral", "goodput", "goodput.rate", "operations.good"},
    ),
    "orphaned": (
        lambda: _told({14: {"outcome": "fail"}}),
        {"payments.orphaned", "money.error", "errors", "collateral", "operations.failed", "goodput", "goodput.rate",
         "operations.good", "operations.ok", "availability.rate"},
    ),
    "unresolved": (
        lambda: _told({14: {"outcome": "unknown", "charges": 0}}),
        {"payments.unresolved", "errors", "collateral", "goodput", "goodput.rate", "operations.good", "operations.ok",
         "availability.rate"},
    ),
    "refund that never was": (lambda: _told({14: {"claim": {"refunded_minor": 500}}}), {"money.error"}),
    "refund that nobody claims": (
        lambda: _told({14: {"claim": {"refunded_minor": 0}}}).refund("order-0014", 500),
        {"money.error"},
    ),
    "another amount": (lambda: _told({14: {"claim": {"amount_minor": 2500}}}), {"money.error"}),
    "slow": (lambda: _told(_each(2, {"claim": {"at": 1_700_000_021.0}})), {"op.latency"}),
    "throttled": (
        lambda: _told({14: {}}).call("order-0014", status=429, limit="burst", phase="storm", does="read"),
        {"throttled"},
    ),
    "retries": (lambda: _told({n: {"charges": 1} for n in range(3)} | {}).call(*["order-0001"]).call("order-0001")
                .call("order-0001").call("order-0001").call("order-0001").call("order-0001"), {"retry.amplification"}),
    "errors on the wire": (
        lambda: _wired(_told(), 4),
        {"wire.errors"},
    ),
    "hit and not recovered": (
        lambda: _told({12: {**FAILED, **HIT}}),
        {"recovery.ratio", "errors", "operations.failed", "goodput", "goodput.rate", "operations.good", "operations.ok",
         "availability.rate"},
    ),
}  # fmt: skip


def _wired(told: Story, number: int) -> Story:
    for each in range(number):
        told.call(f"order-{each:04d}", status=503, does="read", phase="baseline")
    return told


def test_clean_history_passes() -> None:
    """With every metric asked for, every fault met and nothing wrong."""
    verdict = judge([_told(orders_planned=30).run()])

    assert verdict["reasons"] == [
        "every threshold holds for keyed",
        "the steady state held before the trouble and after it for keyed",
    ]
    assert verdict["status"] == "pass"
    assert verdict["arms"]["keyed"]["findings"] == []


@pytest.mark.parametrize(("tell", "missed"), BREACHES.values(), ids=BREACHES)
def test_each_breach_is_found_and_no_other(tell: Callable[[], Story], missed: set[str]) -> None:
    """What was planted is missed by exactly the metrics that are about it, and fails the run."""
    verdict = judge([tell().run()])

    checks = verdict["arms"]["keyed"]["thresholds"]
    assert {check["metric"] for check in checks if check["holds"] is False} == missed
    assert verdict["status"] == "fail"


def test_every_metric_has_a_planted_breach() -> None:
    """No metric is asked for that no history misses, but the count of what ran: that has its own doubts."""
    assert set().union(*(missed for _, missed in BREACHES.values())) == {*ASKED} - {"operations"}


DOUBTS: dict[str, tuple[Callable[[], Story], str]] = {
    "a rule that never fired": (
        lambda: _told(rules=(STORM, rule("other", phase="recovery"))),
        "keyed: rule 'other' matched 10 requests and never fired (every match)",
    ),
    "a rule that fired in another phase": (
        lambda: _told(rules=(STORM, rule("other", phase="recovery"))).call("x", phase="storm", fired=["other"]),
        "keyed: rule 'other' matched 10 requests and never fired (every match)",
    ),
    "a rule that changed nothing": (
        lambda: _told(rules=(STORM, rule("other"))).call(
            "order-0001", does="read", fired=[{"rule": "other", "kind": "drift", "state": "passed"}]
        ),
        "keyed: rule 'other' fired once and never changed anything",
    ),
    "a rule that nobody met": (
        lambda: _told(rules=(STORM, rule("other", operations=("paypal.orders.create",)))),
        "rule 'other' matched no request, so nobody met its fault",
    ),
    "a limit that refused nothing": (
        lambda: _told(limits=(BURST,)),
        "the limit 'burst' refused nothing in storm, so nobody met it",
    ),
    "an empty phase": (
        lambda: _told({number: {"due": 5.0} for number in range(20, 30)}),
        "keyed: no operation ran in recovery, so that phase shows nothing",
    ),
    "a late generator": (
        lambda: _told({3: {"late": 0.06}}),
        (
            "keyed: the load generator was late: 1 in 100 operations began more than 60 ms after its time, "
            "and 50 ms is the most"
        ),
    ),
    "unsteady before": (
        lambda: _told({3: {"claim": {"amount_minor": 0}}}, steady_state={"money.error": ("value == 0",)}),
        "keyed: the steady state didn't hold before anything was broken, so what came after shows nothing",
    ),
    "p(99) of too few": (
        lambda: _told(thresholds={"op.latency": ("p(99) < 1s",)}),
        (
            "keyed: op.latency is not measured, since that takes 1,000 operations and there were 30, "
            "and a threshold asks for p(99) < 1s"
        ),
    ),
    "a claim that can't be read": (
        lambda: _told({3: {"claim": {"refunded_minor": "none"}}}),
        "keyed: a claim can't be read: order-0003: refunded_minor is 'none'",
    ),
}


@pytest.mark.parametrize(("tell", "reason"), DOUBTS.values(), ids=DOUBTS)
def test_each_doubt_is_found(tell: Callable[[], Story], reason: str) -> None:
    """What makes a run worthless is said, and is never green."""
    verdict = judge([tell().run()])

    assert reason in verdict["reasons"]
    assert verdict["status"] != "pass"
    if not verdict["reasons"][0].startswith("keyed: money"):
        assert verdict["status"] == "inconclusive" or "threshold" in verdict["reasons"][0]


def test_duplicated_in_one_phase_only() -> None:
    """A double charge in the recovery is the recovery's, whichever phase is asked first."""
    verdict = judge([_told({25: {"charges": 3}}).run()])

    phases = verdict["arms"]["keyed"]["phases"]
    assert [phase["metrics"]["payments.duplicated"]["count"] for phase in phases] == [0, 0, 2]
    assert verdict["arms"]["keyed"]["findings"][0]["message"] == "keyed charged order-0025 3 times: $49.98 too much"
    assert verdict["arms"]["keyed"]["findings"][0]["phase"] == "recovery"


def test_limit_that_only_the_control_arm_met_is_a_note() -> None:
    """A client that paces itself is never refused: that is what it is there to show."""
    asked = {"throttled": ("count == 0",)}
    naive = phased("naive", control=True, limits=(BURST,), thresholds=asked)
    naive.call("order-0012", status=429, limit="burst", phase="storm")
    keyed = phased(limits=(BURST,), thresholds={"throttled": ("count == 0",)})

    verdict = judge([naive.run(), keyed.run()])

    assert verdict["status"] == "pass"
    assert verdict["notes"] == ["keyed: the limit 'burst' refused nothing in storm"]
    assert [arm["limits"][0]["refused"] for arm in verdict["arms"].values()] == [1, 0]


def test_fault_that_could_hurt_the_control_arm_no_more_is_a_note() -> None:
    """A client that is down can't be revoked once more; of an arm that decides, the same is a doubt."""
    idle = {"does": "read", "fired": [{"rule": "lost-answer", "kind": "token", "state": "passed"}]}
    naive = phased("naive", control=True, rules=(STORM,), thresholds={"errors": ("count == 0",)}, but={3: FAILED})
    naive.call("order-0011", phase="storm", **idle)

    verdict = judge([naive.run(), _told(thresholds={"errors": ("count == 0",)}).run()])

    assert verdict["status"] == "pass"
    assert verdict["notes"] == ["naive: rule 'lost-answer' fired once and changed nothing"]


def test_limit_at_the_base_need_not_refuse() -> None:
    """It is how the provider is, not trouble that was planned; in its phase another of its name takes its place."""
    limits = (PlannedLimit(name="burst"), BURST)
    told = _told(limits=limits, thresholds={"errors": ("count == 0",)})
    for phase in ("baseline", "storm", "storm"):
        told.call("x", status=429, limit="burst", phase=phase)

    verdict = judge([told.run()])

    assert [(one["phase"], one["refused"]) for one in verdict["arms"]["keyed"]["limits"]] == [(None, 1), ("storm", 2)]
    assert verdict["status"] == "pass"


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.lists(st.sampled_from(["ok", "fail", "unknown", "twice"]), min_size=30, max_size=30))
def test_equal_arms_are_never_told_apart(seed: int, fates: list[str]) -> None:
    """Naive against naive: whatever happened to both, no reason, note or finding says that one did better."""
    but = {
        number: {"charges": 2} if fate == "twice" else {"outcome": fate, "charges": int(fate == "ok")}
        for number, fate in enumerate(fates)
    }
    arms = [phased(arm, but=but, thresholds=ASKED) for arm in ("a", "b")]

    verdict = judge([told.run(seed=seed) for told in arms])

    said = [*verdict["reasons"], *verdict["notes"]]
    about = {arm: {one.removeprefix(f"{arm}: ") for one in said if one.startswith(f"{arm}: ")} for arm in "ab"}
    assert about["a"] == about["b"]
    assert verdict["arms"]["a"]["status"] == verdict["arms"]["b"]["status"]
    assert not any(word in one for one in said for word in ("better", "worse", "than a", "than b"))


def test_why_operations_failed_is_a_finding() -> None:
    """One for each class, the most frequent first, with the first order that it struck."""
    told = _told(
        {
            14: {**FAILED, "status": 401, "error": "token_expired", "operation": "paypal.orders.create"},
            15: {**FAILED, "status": 401},
            16: {**FAILED, "claim": {"error": "contract", "detail": "no\x1bstatus"}},
        }
    )

    messages = [finding["message"] for finding in judge([told.run()])["arms"]["keyed"]["findings"]]

    assert messages == [
        "keyed failed 2 operations with auth; the first was order-0014 (401 token_expired at paypal.orders.create)",
        "keyed failed 1 operation with contract; the first was order-0016 (no?status)",
    ]


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ({"refunded_minor": 500}, "keyed says $5.00 of order-0014 was refunded, but $0.00 was"),
        ({"amount_minor": 2500}, "keyed says order-0014 cost $25.00, but $24.99 was charged"),
    ],
)
def test_money_that_is_off_is_a_finding(claim: dict[str, Any], message: str) -> None:
    """A sum that the client has wrong is named."""
    [finding] = judge([_told({14: {"claim": claim}}).run()])["arms"]["keyed"]["findings"]

    assert finding["message"] == message


def test_shares_carry_their_interval() -> None:
    """A share is told with what it could be by chance alone; what isn't a share has none."""
    checks = judge([_told({14: FAILED}).run()])["arms"]["keyed"]["thresholds"]

    intervals = {check["metric"]: check["interval"] for check in checks}
    low, high = intervals["goodput.rate"]
    assert low < 29 / 30 < high
    assert intervals["payments.lost"] is None
    assert intervals["op.latency"] is None


def test_a_value_is_never_rounded_onto_its_bound() -> None:
    """29 of 30 rounds to 0.9667; a reason that says so where 0.9667 was asked for would puzzle everybody."""
    told = phased(but={0: FAILED}, thresholds={"goodput.rate": ("value >= 0.9667",)})

    assert judge([told.run()])["reasons"] == [
        "keyed: goodput.rate is 0.96667, but a threshold asks for value >= 0.9667"
    ]


@pytest.mark.parametrize(("latency", "said"), [(0.8004, "800.4 ms"), (0.8, "800 ms"), (9.5, "9500 ms"), (12.0, "12 s")])
def test_a_time_is_told_as_finely_as_it_takes(latency: float, said: str) -> None:
    """Nor does a latency that is a hair too long look as if it weren't."""
    told = phased(thresholds={"op.latency": ("max < 800ms",)})
    told.order("slow", due=29.5, claim={"at": 1_700_000_029.5 + latency})

    [reason] = judge([told.run(orders_planned=31)])["reasons"]

    assert reason == f"keyed: op.latency is {said}, but a threshold asks for max < 800ms"


def test_broken_ledger_is_of_the_phase_of_its_operation() -> None:
    """Our own bug has its place too: by the operation whose money it is about, with the exchanges to explain it."""
    told = _told().refund("order-0014", 9999)

    arm = judge([told.run()])["arms"]["keyed"]

    assert [phase["metrics"]["ledger.violations"]["count"] for phase in arm["phases"]] == [0, 1, 0]
    [finding] = [one for one in arm["findings"] if one["kind"] == "violation"]
    assert finding["exchanges"] == ["ex_14"]


def test_phase_without_an_operation_measures_nothing() -> None:
    """A threshold about an empty phase is open, and says why."""
    told = _told({number: {"due": 5.0} for number in range(20, 30)}, rules=(), thresholds={
        "goodput.rate{phase:recovery}": ("value >= 0",)
    })  # fmt: skip

    assert (
        "keyed: goodput.rate in recovery is not measured, since no operation ran in that phase, "
        "and a threshold asks for value >= 0"
    ) in judge([told.run()])["reasons"]
