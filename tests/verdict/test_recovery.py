"""How clients recovered, what they lost and when they noticed: planted histories, told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from story import BEGAN, PHASES, Story, phased, rule

from brownout import scenario
from brownout.assembly import registries
from brownout.core.errors import ScenarioError
from brownout.core.plan import Phase
from brownout.core.schedule import When
from brownout.verdict import judge
from brownout.verdict.history import history
from brownout.verdict.limits import PlannedLimit
from brownout.verdict.measures import censored, measure, why_not
from brownout.verdict.phases import PlannedPhase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.verdict.history import Scope

RATE = 10
BAD: dict[str, Any] = {"outcome": "fail", "charges": 0, "status": 503}
STRUCK: dict[str, Any] = {"fired": ["lost-answer"]}
IN_STORM = rule(phase="storm")


def _story(but: dict[int, dict[str, Any] | None] | None = None, **head: Any) -> Story:
    """Return 10 s of calm, 10 s in which every fifth order is struck, and 10 s after that; ten orders a second."""
    head.setdefault("rules", (IN_STORM,))
    struck: dict[int, dict[str, Any] | None] = dict.fromkeys(range(100, 200, 5), STRUCK)
    return phased(rate=RATE, but=struck | (but or {}), **head)


def _orders(since: float, until: float, how: dict[str, Any]) -> dict[int, dict[str, Any] | None]:
    """Return the orders that are due in a stretch of time, all told alike."""
    return dict.fromkeys(range(round(since * RATE), round(until * RATE)), how)


def _scope(told: Story, **head: Any) -> Scope:
    return history(told.run(**head)).whole


def _value(told: Story, metric: str, **head: Any) -> float | None:
    return next(iter(measure(_scope(told, **head))[metric].values()))


# ------------------------------------------------------------------ the time to recover


@pytest.mark.parametrize(
    ("worse", "seconds"),
    [
        ({}, 0.0),
        (_orders(20, 22, BAD), 2.0),
        (_orders(20, 23, {"late": 1.0}), 3.0),
        (_orders(20, 20.5, BAD) | _orders(21.5, 22, BAD), 2.0),
        (_orders(12, 19, BAD), 0.0),
        (_orders(25, 25.1, BAD), 0.0),
        (_orders(20, 30, {"late": 0.04}), 0.0),
    ],
    ids=["at once", "bad", "slow", "relapse", "bad in the storm only", "one bad order", "slower by less than 50 ms"],
)
def test_recovery_is_when_all_is_as_before(worse: dict[int, Any], seconds: float) -> None:
    """Counted from the end of the trouble, to a fifth of a window; a relapse counts, noise doesn't."""
    value = _value(_story(worse), "recovery.time")

    assert value == pytest.approx(seconds, abs=0.7)
    assert not censored("recovery.time", _scope(_story(worse)))


@pytest.mark.parametrize("worse", [_orders(20, 30, BAD), _orders(20, 30, {"late": 1.0}), _orders(28, 30, BAD)])
def test_who_was_never_seen_to_recover_fails(worse: dict[int, Any]) -> None:
    """The value is the least that it can be, and each bound below which it was to stay is missed, however high."""
    told = _story(worse, thresholds={"recovery.time": ("value < 5s", "value < 60s")})

    verdict = judge([told.run()])

    checks = verdict["arms"]["keyed"]["thresholds"]
    assert [(one["holds"], one["censored"], one["value"]) for one in checks] == [(False, True, 9.9)] * 2
    assert (
        checks[0]["message"]
        == "keyed: recovery.time is more than 9900 ms, as far as was seen, but a threshold asks for value < 5s"
    )
    assert verdict["arms"]["keyed"]["censored"] == ["recovery.time", "resilience.loss"]
    assert verdict["arms"]["keyed"]["trouble"] == {"began_seconds": 10.0, "ended_seconds": 20.0, "recovered": False}
    late = any("the load generator was late" in reason for reason in verdict["reasons"])
    assert verdict["status"] == ("inconclusive" if late else "fail")  # it may be the generator that didn't recover


def test_what_a_claim_leaves_out_is_not_held_against_it() -> None:
    """Orders that nobody claimed have no time: they are neither left out of the recovery, nor debts, nor silence."""
    unheard = _story()
    for number in range(9):
        unheard.charge(f"unheard-{number}")
    mute = _story(_orders(12, 13, BAD | {"claim": {"at": None}}))
    undated = _story(_orders(12, 13, {"claim": {"due": None, "scheduled_at": None}}))

    assert _value(unheard, "recovery.time", orders_planned=None) is None
    assert _value(mute, "detection.time") is _value(mute, "retry.debt") is None
    assert "doesn't say when" in why_not("detection.time", "value", _scope(mute))
    assert _value(undated, "retry.debt") is None


def test_who_recovered_passes() -> None:
    """And the verdict says when the trouble was."""
    told = _story(_orders(20, 22, BAD), thresholds={"recovery.time": ("value < 5s",)})

    arm = judge([told.run()])["arms"]["keyed"]

    assert [(one["holds"], one["censored"]) for one in arm["thresholds"]] == [(True, False)]
    assert (arm["censored"], arm["trouble"]["recovered"]) == ([], True)


@pytest.mark.slow
def test_a_long_run_has_to_stay_well_for_half_a_minute() -> None:
    """A relapse after that is another outage; one before it belongs to the first."""
    phases = tuple(
        PlannedPhase(name=name, duration_seconds=each) for name, each in zip("abc", (10.0, 10.0, 80.0), strict=True)
    )

    def story(relapse: float) -> Story:
        told = Story(phases=phases, rules=(rule(phase="b"),), load_began_at=BEGAN)
        for number in range(500):
            due = number / 5
            bad = BAD if 20 <= due < 23 or relapse <= due < relapse + 2 else {}
            told.order(f"o-{number}", due=due, **bad, **(STRUCK if 10 <= due < 20 else {}))
        return told

    assert _value(story(65), "recovery.time") == pytest.approx(3, abs=1)
    assert _value(story(45), "recovery.time") == pytest.approx(27, abs=1)


def test_nobody_knows_of_few_orders() -> None:
    """Of a few orders nothing can be told, and the verdict says how many it takes."""
    told = phased(rate=1, but={12: STRUCK}, rules=(IN_STORM,))

    scope = _scope(told)

    assert measure(scope)["recovery.time"]["value"] is None
    assert why_not("recovery.time", "value", scope) == "that takes 20 operations before the trouble and there were 10"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (phased(rate=RATE), "nothing troubled this arm, or nobody knows when"),
        (_story(_orders(0, 10, BAD)), "the client was unwell before the trouble"),
        (_story({299: STRUCK}, rules=()), "that takes 30 operations after the trouble and there were 0"),
        (
            _story(dict.fromkeys(range(260, 270))),
            "too many operations were never sent, or nobody knows when they were due",
        ),
    ],
    ids=["no trouble", "unwell before", "trouble to the end", "unsent"],
)
def test_what_cannot_be_known_is_not_measured(told: Story, why: str) -> None:
    """Not 0: neither the time nor what was lost."""
    scope = _scope(told)

    assert measure(scope)["recovery.time"]["value"] is measure(scope)["resilience.loss"]["value"] is None
    assert why_not("recovery.time", "value", scope) == why


def test_recovery_is_of_the_whole_run() -> None:
    """A phase has none of its own, and says so; its backlog it has."""
    known = history(_story().run())

    scope = known.phases["storm"]
    assert measure(scope)["recovery.time"]["value"] is None
    assert why_not("recovery.time", "value", scope) == "that is of the whole run: leave the phase out"
    assert measure(scope)["retry.debt"]["count"] == 0


def test_a_thinned_out_window_is_too_few() -> None:
    """Thirty orders after the trouble are enough only where no window holds too few of them."""
    told = _story()
    told.claims = [one for one in told.claims or () if one["due"] < 20 or one["due"] * RATE % 9 < 1]
    told.order("last", due=200.0)

    assert _value(told, "recovery.time", orders_planned=None) is None


def test_a_scenario_that_asks_it_of_a_phase_is_refused() -> None:
    """Also as a steady state, which is of the first phase and the last: before the run, and not after it."""
    scenario_text = """
brownout: 1
providers: {stripe: {}}
load: {journey: payment, rate: 5/s}
arms: {naive: {client: naive}}
phases: [{name: calm, duration: 5s}, {name: storm, duration: 5s}]
steady_state: {recovery.time: ["value < 3s"]}
thresholds: {"resilience.loss{phase:storm}": ["value < 3s"]}
"""

    with pytest.raises(ScenarioError) as refused:
        scenario.load(scenario_text, registries())

    first, second = str(refused.value).splitlines()
    assert first.endswith(
        "steady_state.recovery.time: holds in the first and the last phase, and recovery.time is of the whole run: it "
        "goes under thresholds"
    )
    assert second.endswith(
        "thresholds.resilience.loss{phase:storm}: resilience.loss is of the whole run, before the trouble and after "
        "it: leave phase:storm out"
    )


# ------------------------------------------------------------------ what was trouble, and when


@pytest.mark.parametrize(
    ("head", "fired", "ended"),
    [
        ({"rules": (IN_STORM,)}, True, 20.0),
        ({"rules": (rule(phase="storm", when=When(at_seconds=2, for_seconds=3)),)}, True, 15.0),
        ({"rules": (rule(phase="storm", when=When(at_seconds=2, for_seconds=3, repeat_seconds=5)),)}, True, 20.0),
        ({"rules": (rule(),)}, True, 19.5),
        ({"rules": (IN_STORM,)}, False, None),
        ({"limits": (PlannedLimit(name="burst", phase="storm"),)}, False, 20.0),
        ({"limits": (PlannedLimit(name="burst", phase="storm", documented="stripe"),)}, False, None),
    ],
    ids=["phase", "window", "repeated window", "whole run", "never fired", "limit", "the provider's own limit"],
)
def test_trouble_ends_as_planned_or_with_its_last_firing(
    head: dict[str, Any],
    fired: bool,  # noqa: FBT001
    ended: float | None,
) -> None:
    """A phase's with it or with its rule's window, a limit's with its phase, a whole run's with its last firing."""
    struck = STRUCK if fired else {"status": 429, "limit": "burst"} if "limits" in head else {}
    told = _story(dict.fromkeys(range(100, 200, 5), struck), **{"rules": (), **head})

    found = _scope(told).trouble

    assert (None if found is None else found.ended) == ended


def test_other_tokens_rules_are_trouble() -> None:
    """A phase that changes `oauth` or a provider troubles who is in it, although no rule fires."""
    storm = PlannedPhase.of(Phase(name="storm", duration_seconds=10, oauth={"access_ttl_seconds": 1.0}))
    told = phased(rate=RATE, phases=(PHASES[0], storm, PHASES[2]))

    found = _scope(told).trouble

    assert found is not None
    assert (found.began, found.ended, found.until) == (10.0, 20.0, 29.9)
    assert PlannedPhase.from_dict({"name": "storm", "duration_seconds": 1}).altered is False


# ------------------------------------------------------------------ what it cost


@pytest.mark.parametrize(
    ("worse", "lost"),
    [
        ({}, 0.0),
        (_orders(10, 20, BAD | STRUCK), 10.0),
        (dict.fromkeys(range(100, 200, 2), BAD), 5.0),
        (_orders(15, 23, BAD), 8.0),
    ],
    ids=["nothing", "an outage", "every second order", "on into the recovery"],
)
def test_loss_is_in_seconds_of_goodput(worse: dict[int, Any], lost: float) -> None:
    """An outage of 10 s is a loss of 10, one of every second order for as long a loss of 5."""
    assert _value(_story(worse), "resilience.loss") == pytest.approx(lost, abs=0.4)


def test_a_closed_load_is_measured_by_the_second() -> None:
    """Nobody begins an operation while all hang: what isn't there is missing, not excused."""
    load = {"executor": "users", "users": 5, "duration_seconds": 30.0}

    def story(*, hang: bool) -> Story:
        told = Story(phases=PHASES, rules=(IN_STORM,), load=load, load_began_at=BEGAN)
        for number in range(300):
            if not (hang and 110 <= number < 170):
                told.order(f"o-{number}", due=number / RATE, **(STRUCK if number == 105 else {}))
        return told

    assert _value(story(hang=True), "resilience.loss") == pytest.approx(6, abs=0.4)
    assert _value(story(hang=False), "resilience.loss") == 0


def test_debt_is_what_is_under_way_when_the_trouble_ends() -> None:
    """Orders due by then whose first word came later; what was given up before is none of them."""
    slow = {"claim": {"at": BEGAN + 21.0}}
    told = _story(_orders(19, 19.5, slow) | _orders(18, 18.5, BAD) | _orders(20.5, 20.8, slow))
    told.claim("order-0180", "ok", due=18.0, scheduled_at=BEGAN + 18, started_at=BEGAN + 18, at=BEGAN + 29)

    assert _value(told, "retry.debt") == 5


# ------------------------------------------------------------------ when it was noticed


def _first(numbers: Iterable[int], how: dict[str, Any]) -> Story:
    return _story(dict.fromkeys(numbers, how))


def test_detection_is_from_the_first_fault_to_the_first_report() -> None:
    """The first fault strikes at 10 s; the first order that is said to have failed is known at 12.01 s."""
    assert _value(_first([120, 130], BAD), "detection.time") == pytest.approx(2.01)


def test_a_report_counts_although_it_was_settled_later() -> None:
    """Who says `unknown` and finds out in the end reported it when it first said so."""
    told = _first([110], {"outcome": "unknown"})
    told.claim("order-0110", "ok", due=11.0, scheduled_at=BEGAN + 11, started_at=BEGAN + 11, at=BEGAN + 29)

    assert _value(told, "detection.time") == pytest.approx(1.01)


def test_what_was_wrong_before_is_no_report_of_the_fault() -> None:
    """An order that failed before the first fault doesn't count."""
    assert _value(_first([50, 120], BAD), "detection.time") == pytest.approx(2.01)


@pytest.mark.slow
def test_a_client_that_never_reports_its_losses_fails() -> None:
    """Orders are lost and all are claimed to be well: it took longer than the run."""
    told = _first([120], {"charges": 0})
    told.head.thresholds["detection.time"] = ("value < 60s",)  # type: ignore[index]

    check = judge([told.run()])["arms"]["keyed"]["thresholds"][-1]

    assert (check["holds"], check["censored"]) == (False, True)
    assert check["value"] == pytest.approx(19.91)


def test_nothing_to_report_is_not_measured() -> None:
    """A client that lost nothing needn't cry; nor is there anything to notice where no fault struck."""
    well, calm = _scope(_story()), _scope(phased(rate=RATE))

    assert why_not("detection.time", "value", well) == "every operation went well, so there was nothing to report"
    assert why_not("detection.time", "value", calm) == "no fault struck"
    assert measure(well)["detection.time"]["value"] is measure(calm)["detection.time"]["value"] is None
