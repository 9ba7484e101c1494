"""How clients wait, seen from the server: planted histories that must be named, and others that must pass."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from story import PHASES, Story
from tries import GOOD, RESET, THROTTLED, UNAVAILABLE, cohort, retries

from brownout.verdict import judge
from brownout.verdict.attempts import attempts
from brownout.verdict.backoff import shape, wave
from brownout.verdict.history import history
from brownout.verdict.measures import measure, why_not
from brownout.verdict.steps import steps

if TYPE_CHECKING:
    from collections.abc import Callable

ASKED = {
    "retry_after.honoured": ("rate >= 0.99",),
    "retry_after.early": ("p(50) < 50ms", "max < 50ms"),
    "retry_after.overshoot": ("value < 1",),
    "retry_after.dispersion": ("value > 0.1",),
    "retry_after.wave": ("value < 0.35",),
}
UNTOLD = {
    "retry.growth": ("value >= 1.5", "value <= 3"),
    "retry.dispersion": ("value > 0.25",),
    "retry.wave": ("value < 0.4",),
    "payments.duplicated": ("count == 0",),
}


def _story(**thresholds: tuple[str, ...]) -> Story:
    return Story(thresholds=thresholds)


def _missed(told: Story) -> set[str]:
    checks = judge([told.run()])["arms"]["keyed"]["thresholds"]
    return {check["metric"] for check in checks if not check["holds"]}


def _jittered(number: int = 100, *, base: float, above: float = 0.0) -> list[list[float]]:
    chance = Random(7)  # noqa: S311 - the same each time
    return [[above + base * chance.random()] for _ in range(number)]


TOLD: dict[str, tuple[Callable[[], Story], set[str]]] = {
    "above what it was told, and spread": (
        lambda: cohort(_story(**ASKED), _jittered(base=1.0, above=2.0), failed=THROTTLED, says=2),
        set(),
    ),
    "the same, told as a date": (
        lambda: cohort(_story(**ASKED), _jittered(base=1.0, above=2.0), failed=UNAVAILABLE, says=2, dated=True),
        set(),
    ),
    "ignores it": (
        lambda: cohort(_story(**ASKED), _jittered(base=1.0), failed=THROTTLED, says=2),
        {"retry_after.honoured", "retry_after.early"},
    ),
    "comes exactly then, with all others": (
        lambda: cohort(_story(**ASKED), [[2.0]] * 50, failed=THROTTLED, says=2),
        {"retry_after.dispersion", "retry_after.wave"},
    ),
    "comes far too late": (
        lambda: cohort(_story(**ASKED), _jittered(base=4.0, above=6.0), failed=THROTTLED, says=2),
        {"retry_after.overshoot"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("tell", "missed"), TOLD.values(), ids=TOLD)
def test_what_becomes_of_retry_after_is_named(tell: Callable[[], Story], missed: set[str]) -> None:
    """A client that heeds Retry-After and spreads above it passes; each other one misses what it is about."""
    assert _missed(tell()) == missed


def _doubling(jitter: float) -> list[list[float]]:
    chance = Random(11)  # noqa: S311 - the same each time
    return [[0.5 * 2**number * (1 - jitter * chance.random()) for number in range(3)] for _ in range(100)]


SHAPES: dict[str, tuple[Callable[[], Story], set[str]]] = {
    "doubles, with full jitter": (lambda: cohort(_story(**UNTOLD), _doubling(1.0)), set()),
    "doubles, without jitter": (
        lambda: cohort(_story(**UNTOLD), _doubling(0.0)),
        {"retry.dispersion", "retry.wave"},
    ),
    "never waits longer": (
        lambda: cohort(_story(**UNTOLD), [[one[0]] * 3 for one in _doubling(1.0)]),
        {"retry.growth"},
    ),
}


@pytest.mark.parametrize(("tell", "missed"), SHAPES.values(), ids=SHAPES)
def test_the_shape_of_backoff_is_named(tell: Callable[[], Story], missed: set[str]) -> None:
    """Growth, jitter and waves, each by itself."""
    assert _missed(tell()) == missed


def test_a_reason_says_what_was_missed() -> None:
    """As any other threshold does."""
    told = cohort(_story(**{"retry_after.honoured": ("rate >= 0.99",)}), [[0.5]] * 3, failed=THROTTLED, says=2)

    assert judge([told.run()])["reasons"] == ["keyed: retry_after.honoured is 0, but a threshold asks for rate >= 0.99"]


@pytest.mark.parametrize(
    ("wait", "dated", "honoured"),
    [(2.0, False, 1), (1.951, False, 1), (1.94, False, 0), (1.01, True, 1), (0.99, True, 0), (30.0, False, 1)],
)
def test_early_is_more_than_clocks_can_tell(wait: float, dated: bool, honoured: int) -> None:  # noqa: FBT001
    """50 ms before its time is in time, and 1 s where a date told it, which has whole seconds."""
    told = retries(Story(), "a", [wait], failed=THROTTLED, says=2, dated=dated)

    assert measure(history(told.run()).whole)["retry_after.honoured"]["count"] == honoured


POLICIES: dict[str, tuple[Callable[[Random], float], float, float]] = {
    # from research: cv and wave of 1,000 clients that fail together, base 0.5 s
    "no jitter": (lambda _: 0.5, 0.0, 1.0),
    "+-20%": (lambda chance: 0.5 * chance.uniform(0.8, 1.2), 0.12, 0.50),
    "equal jitter": (lambda chance: 0.25 + 0.25 * chance.random(), 0.19, 0.39),
    "full jitter": (lambda chance: 0.5 * chance.random(), 0.58, 0.21),
}


@pytest.mark.parametrize(("wait", "spread", "peak"), POLICIES.values(), ids=POLICIES)
def test_known_policies_have_their_known_shape(wait: Callable[[Random], float], spread: float, peak: float) -> None:
    """The figures that these policies are known by; the window that slides finds a little more than fixed bins do."""
    chance = Random(3)  # noqa: S311 - the same each time
    told = cohort(Story(), [[wait(chance)] for _ in range(1000)])

    values = measure(history(told.run()).whole)

    assert values["retry.dispersion"]["value"] == pytest.approx(spread, abs=0.03)
    assert values["retry.wave"]["value"] == pytest.approx(peak, abs=0.05)


@pytest.mark.parametrize(
    ("wait", "failed", "says", "at_once"),
    [
        (0.0, THROTTLED, None, {"count": 1, "rate": 1.0}),
        (0.049, THROTTLED, None, {"count": 1, "rate": 1.0}),
        (0.051, THROTTLED, None, {"count": 0, "rate": 0.0}),
        (0.0, THROTTLED, 1.0, {"count": 0, "rate": None}),  # that is retry_after.honoured's
        (0.0, UNAVAILABLE, None, {"count": 0, "rate": None}),  # nobody said that there was no room
    ],
)
def test_at_once_is_of_refusals_that_told_nothing(
    wait: float, failed: dict[str, Any], says: float | None, at_once: dict[str, float | None]
) -> None:
    """A client that believes `remaining` rather than the refusal comes back before there can be room."""
    scope = history(retries(Story(), "order-1", [wait], failed=failed, says=says).run()).whole

    assert measure(scope)["retry.at_once"] == at_once
    assert why_not("retry.at_once", "rate", scope) == (
        "nothing was tried again after a refusal that didn't say when to come back"
    )


def test_waits_are_told_by_how_often_it_had_failed() -> None:
    """For whoever looks at the figures: each step of the ladder, and the longest wait."""
    told = cohort(Story(), [[0.5, 1.0, 2.0]] * 12)

    found = shape(history(told.run()).whole)

    assert [(one["failures"], one["retries"], one["p50_seconds"]) for one in found["by_failures"]] == [
        (1, 12, pytest.approx(0.5)), (2, 12, pytest.approx(1.0)), (3, 12, pytest.approx(2.0))
    ]  # fmt: skip
    assert found["capped_seconds"] == pytest.approx(2.0)


def test_retries_that_come_together_are_seen_in_real_time() -> None:
    """Spread waits or not: what counts for the provider is how many arrive at once."""
    together, apart = Story(), Story()
    for number in range(40):
        retries(together, f"o-{number}", [1.0 - 0.01 * number], began=0.01 * number)
        retries(apart, f"o-{number}", [1.0], began=0.35 * number)

    crowd, queue = (measure(history(told.run()).whole)["retry.fano"]["value"] for told in (together, apart))

    assert crowd is not None and crowd > 20  # noqa: PT018
    assert queue is not None and queue < 1.1  # noqa: PT018


def test_a_wave_that_trips_the_limit_again() -> None:
    """20 at once at a limit of 10 a second, in a tenth of a second: twenty times what it lets through."""
    limited = {**THROTTLED, "limited": {"rate": 10.0, "most": 5}}
    told = Story()
    for number in range(20):
        retries(told, f"o-{number}", [1.0], began=number * 1e-4, failed=limited)

    assert measure(history(told.run()).whole)["retry.retrip"]["value"] == pytest.approx(20)


@pytest.mark.parametrize(("partition", "value"), [("all", 20), ("client", 1), ("account", 20)])
def test_a_limit_that_counts_clients_apart_is_not_tripped_by_all_of_them(partition: str, value: float) -> None:
    """20 at once, of 20 clients with a limit each, are one for each; of one account, they are 20."""
    told = Story()
    for number in range(20):
        limited = {**THROTTLED, "limited": {"rate": 10.0, "most": 5, "partition": partition}}
        retries(told, f"o-{number}", [1.0], failed=limited)
    for number, record in enumerate(told.records):
        record["decided"] |= {"client": f"shop-{number // 2}", "account": "acct_1"}

    assert measure(history(told.run()).whole)["retry.retrip"]["value"] == pytest.approx(value)


def test_a_window_has_a_rate_too() -> None:
    """A limit of 4 in 2 s lets 2 a second through; one request is never more than that."""
    told = retries(Story(), "a", [1.0], failed={**THROTTLED, "limited": {"window": 2.0, "most": 4}})

    assert measure(history(told.run()).whole)["retry.retrip"]["value"] == pytest.approx(1)


NOT_WAITS: dict[str, Callable[[], Story]] = {
    "a good answer": lambda: retries(Story(), "a", [2.0], failed=GOOD),
    "nothing after it": lambda: retries(Story(), "a", [], last=UNAVAILABLE),
    "no clock": lambda: Story().call("a", status=503).call("a"),
    "left before we noticed": lambda: retries(
        Story(), "a", [-0.01], failed={**RESET, "observed": {"outcome": "client_gone"}}
    ),
    "another order": lambda: retries(retries(Story(), "a", [], last=UNAVAILABLE), "b", [], began=1.0),
    "nothing names it": lambda: retries(Story(), "a", [2.0], source="counted"),
}


@pytest.mark.parametrize("tell", NOT_WAITS.values(), ids=NOT_WAITS)
def test_what_is_no_wait_is_not_measured(tell: Callable[[], Story]) -> None:
    """Only a retry whose failure and arrival are known says how long its client waited."""
    found = steps(attempts(tell().records))

    assert [one for one in found if one.waits] == []


def test_a_retry_before_the_answer_had_left_did_not_wait() -> None:
    """A client that hedges: the length is 0, not negative."""
    [step] = [one for one in steps(attempts(retries(Story(), "a", [-0.01]).records)) if one.after is not None]

    assert step.wait_seconds == 0


def test_an_answer_between_ends_the_row() -> None:
    """What fails after it was answered well fails for the first time again."""
    told = retries(retries(Story(), "a", [1.0, 1.0]), "a", [1.0], began=10.0)

    assert [one.number for one in steps(attempts(told.records))] == [1, 2, 1]


@pytest.mark.parametrize(
    ("metric", "why"),
    [
        ("retry.wave", "that takes 10 retries of its kind"),
        ("retry_after.honoured", "nothing was tried again after an answer that said when to come back"),
        ("retry.growth", "nothing was tried again twice in a row"),
        ("retry.retrip", "no limit refused a request that was tried again"),
    ],
)
def test_too_little_is_not_measured(metric: str, why: str) -> None:
    """And is said why."""
    scope = history(retries(Story(), "a", [1.0]).run()).whole

    assert list(measure(scope)[metric].values())[-1] is None
    assert why_not(metric, "value", scope) == why


@given(st.lists(st.floats(0, 5), min_size=10, max_size=60), st.floats(0, 50))
def test_a_wave_does_not_depend_on_when_it_comes(waits: list[float], later: float) -> None:
    """Nor on the order of the waits: it is a share, and at least that of one retry."""
    found = wave(waits)

    assert found is not None
    assert 1 / len(waits) <= found + 1e-6 <= 1 + 1e-6
    assert wave(list(reversed(waits))) == found
    moved = wave([round(one, 3) + round(later, 3) for one in waits])
    assert moved is not None


def test_a_step_belongs_to_the_phase_of_what_failed() -> None:
    """However late its retry comes."""
    told = Story(phases=PHASES)
    retries(told, "a", [15.0], began=5.0, failed={**THROTTLED, "phase": "baseline"}, says=1,
            last={**GOOD, "phase": "recovery"})  # fmt: skip

    phases: dict[str, Any] = {name: measure(scope) for name, scope in history(told.run()).phases.items()}

    assert [phases[name]["retry_after.honoured"]["rate"] for name in ("baseline", "storm", "recovery")] == [
        1,
        None,
        None,
    ]


def test_a_limit_without_a_rate_can_not_be_tripped_again() -> None:
    """One of what may be under way at once has none, nor has a window that nobody gave a length."""
    told = retries(Story(), "a", [1.0], failed={**THROTTLED, "limited": {"most": 4}})

    assert measure(history(told.run()).whole)["retry.retrip"] == {"value": None}
