"""Which phase an operation belongs to, and what makes a phase worthless."""

from __future__ import annotations

from typing import Any

import pytest
from story import BEGAN, PHASES, Story, phased

from brownout.verdict import judge
from brownout.verdict.history import history
from brownout.verdict.phases import PlannedPhase, planned


def _where(told: Story, **head: Any) -> dict[str, int]:
    known = history(told.run(**head))
    return {name: len(scope.operations) for name, scope in known.phases.items() if scope.operations}


@pytest.mark.parametrize(
    ("due", "phase"), [(0.0, "baseline"), (9.999, "baseline"), (10.0, "storm"), (29.9, "recovery"), (99.0, "recovery")]
)
def test_operation_is_in_the_phase_it_was_due_in(due: float, phase: str) -> None:
    """However late it began or ended; what was due after the end belongs to the last phase."""
    told = Story(phases=PHASES).order("a", due=due, late=15.0)

    assert _where(told) == {phase: 1}


def test_scheduled_start_tells_if_the_head_knows_when_the_load_began() -> None:
    """A client that only says the hour is placed by it."""
    told = Story(phases=PHASES).claim("a", scheduled_at=BEGAN + 12, started_at=BEGAN + 12, at=BEGAN + 13)

    assert _where(told, load_began_at=BEGAN) == {"storm": 1}
    assert _where(told) == {}


def test_first_request_tells_if_the_client_says_nothing() -> None:
    """A black-box client is placed by the phase that the engine decided its first request in; after the last: there."""
    told = Story(phases=PHASES).call("a", phase="storm").call("a", phase="recovery").call("b", phase=None)
    for key in "ab":
        told.claim(key, scheduled_at=None, started_at=None, at=None)

    assert _where(told) == {"storm": 1, "recovery": 1}


def test_operation_of_no_phase_is_said_and_never_green() -> None:
    """It counts in the whole run, in no phase, and the verdict says so."""
    told = phased(rate=2).charge("stray").claim("stray", scheduled_at=None, started_at=None, at=None)

    verdict = judge([told.run(orders_planned=None)])

    assert verdict["status"] == "inconclusive"
    assert verdict["reasons"] == ["keyed: nobody knows when 1 operation should have begun, so no phase has them"]
    assert verdict["arms"]["keyed"]["metrics"]["operations"]["count"] == 61


def test_phase_without_an_operation_is_inconclusive() -> None:
    """A phase in which nothing happened shows nothing, in whichever arm."""
    quiet = phased("naive", control=True, but={**dict.fromkeys(range(10, 20)), 3: {"charges": 2}}, orders_planned=20)

    verdict = judge([quiet.run(), phased().run()])

    assert verdict["status"] == "inconclusive"
    assert "naive: no operation ran in storm, so that phase shows nothing" in verdict["reasons"]


def test_interrupted_run_says_so_once() -> None:
    """Why its last phases are empty needs no further reasons."""
    cut = phased(but=dict.fromkeys(range(12, 30)))

    reasons = judge([cut.run(interrupted=True)])["reasons"]

    assert "keyed: the run was interrupted before its end" in reasons
    assert [reason for reason in reasons if "recovery" in reason] == []


def test_threshold_of_a_phase_is_about_that_phase() -> None:
    """A double charge in the storm misses the storm's threshold and not the recovery's."""
    told = phased(
        but={12: {"charges": 2}},
        thresholds={f"payments.duplicated{{phase:{name}}}": ("count == 0",) for name in ("storm", "recovery")},
    )

    verdict = judge([told.run()])

    assert verdict["reasons"] == ["keyed: payments.duplicated in storm is 1, but a threshold asks for count == 0"]
    assert [check["holds"] for check in verdict["arms"]["keyed"]["thresholds"]] == [False, True]
    assert [phase["metrics"]["payments.duplicated"]["count"] for phase in verdict["arms"]["keyed"]["phases"]] == [
        0,
        1,
        0,
    ]


def test_threshold_of_a_phase_that_is_not_there_is_not_measured() -> None:
    """A journal that names no such phase leaves the threshold open."""
    verdict = judge([phased(thresholds={"errors{phase:squall}": ("count == 0",)}).run()])

    assert verdict["status"] == "inconclusive"
    assert "keyed: errors in squall is not measured, since the run has no such phase" in verdict["reasons"][0]


def test_unsent_ones_count_against_the_phase_they_were_planned_in() -> None:
    """Nobody heard of them, so the rate of the load tells where they are missing."""
    told = phased(but={10: None, 11: None, 25: None})

    known = history(told.run())

    assert [scope.unsent for scope in known.phases.values()] == [0, 2, 1]


@pytest.mark.parametrize(
    ("lengths", "rate", "counts"),
    [((1.5, 1.5), 1.0, [2, 1]), ((10.0, 10.0), 3.0, [30, 30]), ((0.1, 0.2), 10.0, [1, 2]), ((3.0,), None, [None])],
)
def test_a_constant_rate_plans_each_phase(lengths: tuple[float, ...], rate: float | None, counts: list[Any]) -> None:
    """Operations are due at 0, 1/rate and so on."""
    assert planned([PlannedPhase(name=str(each), duration_seconds=each) for each in lengths], rate) == counts


def test_a_phase_may_say_itself_what_is_planned() -> None:
    """Arrivals that don't come at a constant rate are counted by whoever planned them."""
    assert planned([PlannedPhase(name="a", duration_seconds=5, planned=7)], 1.0) == [7]


def test_late_generator_in_one_phase_is_inconclusive() -> None:
    """A generator that is late in the storm alone tested another storm, even if it was punctual on the whole."""
    told = phased(rate=20, but={number: {"late": 0.2} for number in (250, 251, 252)})

    verdict = judge([told.run()])

    assert verdict["reasons"] == [
        (
            "keyed: the load generator was late in storm: 1 in 100 operations began more than 200 ms after its time, "
            "and 50 ms is the most"
        )
    ]
    assert [phase["lag"]["p99_seconds"] for phase in verdict["arms"]["keyed"]["phases"]] == [0.0, 0.2, 0.0]
