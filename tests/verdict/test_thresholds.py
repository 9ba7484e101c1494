"""The grammar of thresholds, which is k6's."""

from __future__ import annotations

import re

import pytest

from brownout.core.metrics import METRICS
from brownout.core.thresholds import OPERATORS, Assertion, Subject, parse_assertion, parse_subject


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("payments.lost", Subject("payments.lost", None)),
        ("payments.lost{arm:keyed}", Subject("payments.lost", "keyed")),
        ("payments.lost{ arm : keyed-2 }", Subject("payments.lost", "keyed-2")),
        ("goodput.rate{phase:storm}", Subject("goodput.rate", None, "storm")),
        ("goodput.rate{arm:keyed,phase:storm}", Subject("goodput.rate", "keyed", "storm")),
        ("goodput.rate{ phase : storm , arm : keyed }", Subject("goodput.rate", "keyed", "storm")),
        ("payments.lost{client:shop-*}", Subject("payments.lost", client="shop-*")),
        ("throttled{operation: stripe.*, client:a@b.c}", Subject("throttled", client="a@b.c", operation="stripe.*")),
    ],
)
def test_subjects_name_a_metric_and_perhaps_an_arm_and_a_phase(text: str, subject: Subject) -> None:
    """A subject is a metric, with or without an arm and a phase, in any order."""
    assert parse_subject(text) == subject


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("payments.lots", "did you mean 'payments.lost'"),
        ("payments lost", "not a metric"),
        ("payments.lost{arm:keyed", "not a metric"),
        ("payments.lost{keyed}", "not a selector"),
        ("payments.lost{}", "not a selector"),
        ("payments.lost{arm:a,}", "not a selector: ''"),
        ("payments.lost{arm:a,arm:b}", "arm is given twice"),
        ("payments.lost{operation:x}", r"can't be told by operation: .*; operation goes with wire.errors, throttled"),
        ("goodput.rate{client:x}", r"can't be told by client: .*; client goes with wire.errors"),
        ("payments.lost{phase:a b}", "not a selector"),
        ("payments.lost{rm:keyed}", "unknown 'rm'; did you mean 'arm'"),
    ],
)
def test_wrong_subjects_say_what_is_allowed(text: str, message: str) -> None:
    """What isn't a subject is refused with what to write instead."""
    with pytest.raises(ValueError, match=message):
        parse_subject(text)


@pytest.mark.parametrize(
    ("metric", "text", "value", "holds"),
    [
        ("payments.lost", "count == 0", 0, True),
        ("payments.lost", "count === 0", 1, False),
        ("payments.lost", "count!=0", 1, True),
        ("operations.ok", "rate >= 0.98", 0.98, True),
        ("operations.ok", "rate >= 0.98", 0.979, False),
        ("operations.ok", "count > 3", 3, False),
        ("retry.amplification", "value < 1.5", 1.49, True),
        ("retry.amplification", " value  <=  1.5 ", 1.5, True),
        ("money.error", "value >= -5", -6, False),
        ("op.latency", "p(95) < 800ms", 0.799, True),
        ("op.latency", "p(95)<800ms", 0.8, False),
        ("op.latency", "p(99) <= 1.5 s", 1.5, True),
        ("op.latency", "max > 0s", 0.0, False),
        ("throttled", "rate < 0.02 at 95%", 0.019, True),
    ],
)
def test_assertions_hold_or_not(metric: str, text: str, value: float, holds: bool) -> None:  # noqa: FBT001
    """An assertion compares a value with its bound."""
    assert parse_assertion(metric, text).holds(value) is holds


@pytest.mark.parametrize(
    ("metric", "text", "message"),
    [
        ("payments.lost", "rate == 0", "payments.lost has count, not 'rate'"),
        ("operations.ok", "value > 1", "operations.ok has count and rate, not 'value'"),
        ("payments.lost", "count = 0", "not an assertion"),
        ("payments.lost", "count == none", "not an assertion"),
        ("payments.lost", "count == 0 and more", "not an assertion"),
        ("payments.lost", "p(95) < 800ms", "payments.lost has count, not 'p(95)'"),
        ("op.latency", "p(95) < 800", "op.latency is a time: write its unit, 800ms or 800s"),
        ("op.latency", "p(95) < 8m", "write its unit"),
        ("op.latency", "p(42) < 8ms", "op.latency has p(50), p(90), p(95), p(99), max and avg, not 'p(42)'"),
        ("op.latency", "p95 < 8ms", "not an assertion"),
        ("payments.lost", "count == 0ms", "payments.lost is a plain number: leave 'ms' out"),
        ("operations.ok", "rate > 95%", "leave '%' out"),
        ("operations.ok", f"rate < 1{'0' * 400}", "not an assertion"),
        ("operations.ok", "rate < ٣", "not an assertion"),
        ("payments.lost", "", "not an assertion"),
        ("payments.lost", "count == 0 at 95%", "only a share has a 95% interval"),
        ("throttled", "rate == 0 at 95%", "to be held against <, <=, > or >=: leave 'at 95%' out"),
        ("throttled", "rate < 0.1 at 99%", "not an assertion"),
    ],
)
def test_wrong_assertions_say_what_is_allowed(metric: str, text: str, message: str) -> None:
    """What isn't an assertion is refused, and so is an aggregation that the metric doesn't have."""
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_assertion(metric, text)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("operator", OPERATORS)
def test_every_metric_takes_every_operator(metric: str, operator: str) -> None:
    """No metric is named that can't be asked about."""
    aggregation, unit = METRICS[metric].aggregations[0], "s" if METRICS[metric].timed else ""

    assert parse_assertion(metric, f"{aggregation} {operator} 1.5{unit}") == Assertion(aggregation, operator, 1.5)
