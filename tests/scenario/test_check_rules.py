"""What `check` says of windows, ends, choices, cohorts, of rules that can never match, and of too small a load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brownout.core.globs import may_fit
from brownout.scenario.check import check
from brownout.scenario.decidable import needed
from brownout.scenario.expect import expectations
from brownout.scenario.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries

LOAD = "load: {rate: 10/s, duration: 20s, users: 1}\n"
DRILL = LOAD + "arms: {keyed: {client: keyed}}\nthresholds: {payments.lost: ['count == 0']}\n"
PAY = "match: {operation: bank.payments.create}"


def _fault(more: str) -> str:
    return f"faults:\n  - {{name: a, kind: abort, status: 503, {more}}}\n"


@pytest.fixture
def advice(load: Callable[..., Plan], registries: Registries) -> Callable[[str], list[tuple[str, str, str]]]:
    """Return a function from a scenario's text to what `check` says of it."""

    def advice(text: str) -> list[tuple[str, str, str]]:
        return [(one.severity, one.key, one.message) for one in check(load(text), registries)]

    return advice


@pytest.mark.parametrize(
    ("more", "matching", "firings", "low", "high"),
    [
        (f"at: 5s, {PAY}", 150, 150, 150, 150),
        (f"at: 5s, for: 10s, {PAY}", 100, 100, 100, 100),
        (f"for: 2s, repeat: 10s, {PAY}", 40, 40, 40, 40),
        (f"percentage: 50, at: 5s, for: 10s, {PAY}", 100, 50, 40, 60),
        (f"percentage: 50, ramp: 20s, {PAY}", 199, 49.75, 38, 62),
        (f"max: 3, {PAY}", 200, 3, 3, 3),
        (f"every: 50, max: 3, {PAY}", 200, 3, 3, 3),
        (f"percentage: 50, max: 90, {PAY}", 200, 89.66, 86, 90),
        (f"first: 5, at: 15s, {PAY}", 50, 5, 5, 5),
        ("percentage: 50, match: {operation: bank.payments.create, cohort: {share: 10%, by: key}}", 200, 10, 4, 16),
    ],
)
def test_expected_firings_of_rules_with_a_window_or_an_end(
    load: Callable[..., Plan], registries: Registries, more: str, matching: int, firings: float, low: int, high: int
) -> None:
    """Each order is held against the window that it is due in; an end caps the number and its interval."""
    [one] = expectations(load(LOAD + _fault(more)), registries)

    assert (one.matching, one.expected, one.low, one.high) == (matching, pytest.approx(firings, abs=0.1), low, high)


def test_expectations_of_a_choice_and_of_a_cohort_read_as_sentences(
    load: Callable[..., Plan], registries: Registries
) -> None:
    """What a window, an end and a shared draw make of a rule is said beside its numbers."""
    text = (
        LOAD + "faults:\n  - name: some\n    at: 5s\n    for: 10s\n    one_of:\n"
        "      - {percentage: 20, kind: abort, status: 500}\n"
        "      - {name: slow, percentage: 30, kind: latency, delay: 1s, max: 4}\n"
        "  - {name: few, kind: abort, status: 500, max: 1, match: {cohort: 10%}}\n"
    )

    said = [str(one) for one in expectations(load(text), registries)]

    assert said[0] == (
        "20% of the calls that some draws for, from 5s on for 10s: expected 20 firings (95% interval 12..28) "
        "if each of 100 orders due in its window makes one such call"
    )
    assert said[1].startswith("30% of the calls that some draws for, from 5s on for 10s, at most 4 times: expected 4 ")
    assert said[2].startswith("every matching call, at most once: expected 1 firing on average over cohorts if each")


@pytest.mark.parametrize(
    ("head", "more", "severity", "key", "words"),
    [
        (DRILL, f"at: 20s, {PAY}", "refusal", "faults[0].at", "opens at 20s, and the load is over by then"),
        (LOAD, f"at: 1m, {PAY}", "warning", "faults[0].at", "opens at 60s, and the load is over by then"),
        (DRILL, f"at: 10050ms, for: 20ms, {PAY}", "refusal", "faults[0]", "no order is due in its window"),
        (LOAD, f"percentage: 50, at: 10s, ramp: 20s, {PAY}", "hint", "faults[0].ramp", "no further than 50%"),
        (LOAD, f"at: 15s, for: 20s, {PAY}", "hint", "faults[0].for", "has but 5s of its window"),
        ("clock: {frozen: true}\n", f"at: 1s, {PAY}", "warning", "faults[0].at", "a frozen clock stays before it"),
        ("", "match: {path: /bank/payment/create}", "warning", "faults[0].match.path", "is '/bank/payments/create'"),
        ("", "match: {operation: bank.refunds.*, path: /v1/*}", "warning", "faults[0].match.path", "a never fires"),
        ("", "match: {path: /v9/*}", "warning", "faults[0].match.path", "it strikes only calls for unknown paths"),
        (
            "", "match: {grant: refresh}", "warning", "faults[0].match.grant", "did you mean 'refresh_token'?",
        ),
        (
            "", "match: {operation: bank.refunds.create, method: GET}", "warning", "faults[0].match",
            "but for method, bank.refunds.create would fit, whose method is POST",
        ),
        (
            "", "match: {operation: bank.refunds.create, grant: x}", "warning", "faults[0].match",
            "but for grant, bank.refunds.create would fit",
        ),
    ],
)  # fmt: skip
def test_a_rule_that_may_never_fire_says_why(
    advice: Callable[[str], list[tuple[str, str, str]]], head: str, more: str, severity: str, key: str, words: str
) -> None:
    """A window after the end, a path that no route has, keys that don't go together: with what is nearest."""
    found = advice(head + _fault(more))

    assert any(one[:2] == (severity, key) and words in one[2] for one in found), found


def test_a_window_of_a_phase_is_held_against_the_phase(advice: Callable[[str], list[tuple[str, str, str]]]) -> None:
    """Also where there is no load: under `serve` phases pass as well."""
    found = advice(
        "phases:\n  - {name: calm, duration: 60s}\n  - name: storm\n    duration: 10s\n"
        "    faults: [{name: late, kind: abort, status: 500, at: 10s}]\n"
    )

    assert [one[:2] for one in found] == [("warning", "phases[1].faults[0].at")]
    assert "its window opens at 10s, and storm is over by then" in found[0][2]


def test_keys_of_advice_lead_into_choices(advice: Callable[[str], list[tuple[str, str, str]]]) -> None:
    """A choice is one entry of the list, its branches are inside."""
    branch = "{kind: abort, status: 500, percentage: 0}"
    found = advice(
        f"faults:\n  - one_of: [{branch}, {branch}]\n  - {{name: b, kind: abort, status: 500, percentage: 0}}\n"
    )

    assert [(one[0], one[1]) for one in found] == [
        ("warning", "faults[0].one_of[0].percentage"),
        ("hint", "faults[0].name"),
        ("warning", "faults[0].one_of[1].percentage"),
        ("warning", "faults[1].percentage"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "orders"),
    [
        ("errors", "rate < 0.01", 381),
        ("errors", "rate <= 0.05", 73),
        ("auth.failed{arm:a}", "rate < 0.02", 189),
        ("goodput.rate", "value >= 0.98", 189),
        ("goodput.rate", "value > 0.5", 4),
        ("goodput.rate", "value < 0.5", 0),
        ("errors", "rate > 0.5", 0),
        ("errors", "rate == 0", 0),
        ("errors", "rate < 1", 0),
        ("errors", "count < 5", 0),
        ("wire.errors", "rate < 0.01", 0),
        ("op.latency", "p(99) < 2s", 368),
        ("op.latency", "p(50) < 2s", 6),
        ("op.latency", "max < 2s", 0),
        ("op.latency", "p(99) > 2s", 0),
        ("goodput", "value > 0.5", 0),
        ("operations.ok", "rate != 0.5", 0),
    ],
)
def test_how_many_orders_a_threshold_needs(text: str, line: str, orders: int) -> None:
    """From so many on, a run in which all goes well shows what is asserted with 95%."""
    assert needed(text, line) == orders


def test_a_threshold_that_the_load_cant_decide_is_warned_of(
    advice: Callable[[str], list[tuple[str, str, str]]],
) -> None:
    """With how many orders would do; a steady state, which is but a glance, is a hint."""
    text = (
        "load: {rate: 10/s}\nphases: [{name: a, duration: 3s}, {name: b, duration: 40s}]\n"
        "thresholds: {errors: ['rate < 0.01'], 'errors{phase:a}': ['rate < 0.5', 'rate < 0.01']}\n"
        "steady_state: {goodput.rate: ['value > 0.98']}\n"
    )

    found = [one for one in advice(text) if "luck" in one[2]]

    assert [one[:2] for one in found] == [
        ("warning", "thresholds.errors{phase:a}[1]"),
        ("hint", "steady_state.goodput.rate[0]"),
    ]
    assert "at 30 orders: even if all goes well" in found[0][2]
    assert "381 or more are needed" in found[0][2]


def test_windows_are_scaled_with_a_drill(load: Callable[..., Plan]) -> None:
    """A drill of half the time has everything in half the time, so that a window stays where it was in its phase."""
    plan = load(LOAD + _fault("percentage: 50, at: 10s, for: 8s, repeat: 9s, ramp: 4s"))

    [rule] = scaled(plan, 10.0).rules

    assert rule.when is not None
    assert (rule.when.at_seconds, rule.when.for_seconds) == (5.0, 4.0)
    assert (rule.when.repeat_seconds, rule.when.ramp_seconds) == (4.5, 2.0)


@pytest.mark.parametrize(
    ("glob", "path", "may"),
    [
        ("/v1/refunds", "/v1/refunds", True),
        ("/v1/refund", "/v1/refunds", False),
        ("/v1/*", "/v1/refunds/{id}", True),
        ("/v1/refunds/re_7", "/v1/refunds/{id}", True),
        ("*/capture", "/v1/orders/{id}/capture", True),
        ("*/capture", "/v1/orders/{id}/refund", False),
        ("/v1/order?", "/v1/orders", True),
        ("/v1/order[st]", "/v1/orders", True),
        ("/v1/order[", "/v1/order[", True),
        ("/api/x/y", "/api/{rest*}", True),
        ("/v2/{id}", "/v2/{id}", True),
        ("", "/v1", False),
    ],
)
def test_globs_against_paths_with_placeholders(glob: str, path: str, may: bool) -> None:  # noqa: FBT001
    """Whether any request for the route could fit: a placeholder stands for anything."""
    assert may_fit(glob, path) is may
