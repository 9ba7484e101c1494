"""Thresholds about some clients or some operations."""

from __future__ import annotations

from typing import Any

import pytest
from story import Story

from brownout.verdict import judge

REFUNDS = "stripe.refunds.create"


def _told(*asked: tuple[str, str]) -> Story:
    """Return a run in which shop-1 is refused every second call, shop-2 none, and shop-2 pays one order twice."""
    thresholds: dict[str, Any] = {subject: (line,) for subject, line in asked}
    told = Story(thresholds=thresholds)
    for number in range(6):
        told.order(f"a-{number}", client="shop-1", status=200 if number % 2 else 429, **_at(number))
    for number in range(6, 10):
        told.order(f"b-{number}", client="shop-2", charges=2 if number == 6 else 1, **_at(number))
        told.call(f"b-{number}", client="shop-2", operation=REFUNDS, status=503, **_at(number))
    return told


def _at(number: int) -> dict[str, Any]:
    return {"observed": {"wall_at": 1_700_000_000.0 + number}, "does": "write"}


@pytest.mark.parametrize(
    ("subject", "aggregation", "value"),
    [
        ("throttled", "count", 3),
        ("throttled{client:shop-1}", "rate", 0.5),
        ("throttled{client:shop-2}", "rate", 0.0),
        ("throttled{client:shop-*}", "count", 3),
        ("wire.errors{operation:stripe.refunds.*}", "rate", 1.0),
        ("wire.errors{operation:*.payment_intents.*}", "count", 3),
        ("wire.errors{client:shop-2,operation:*.payment_intents.*}", "count", 0),
        ("retry.amplification{operation:stripe.refunds.*}", "value", 1.0),
        ("retry.amplification{client:shop-2,operation:*.payment_intents.*}", "value", 1.25),
        ("mishandled.gave_up{operation:*.payment_intents.*}", "count", 0),
        ("mishandled.gave_up{operation:stripe.refunds.*}", "count", 1),
        ("payments.duplicated{client:shop-1}", "count", 0),
        ("payments.duplicated{client:shop-2}", "count", 1),
        ("operations{client:shop-1}", "count", 6),
        ("operations.good{client:shop-2}", "rate", 0.75),
    ],
)
def test_a_selector_leaves_the_others_out(subject: str, aggregation: str, value: float) -> None:
    """Calls count where they fit, and operations with the client that made their first call."""
    [check] = judge([_told((subject, f"{aggregation} >= 0")).run()])["arms"]["keyed"]["thresholds"]

    assert check["value"] == value


def test_one_client_may_be_held_to_more_than_the_others() -> None:
    """The message names whom it is about."""
    verdict = judge([_told(("payments.duplicated{client:shop-1}", "count == 0")).run()])
    assert verdict["status"] == "pass"

    verdict = judge([_told(("payments.duplicated{client:shop-2}", "count == 0")).run()])
    assert verdict["reasons"] == [
        "keyed: payments.duplicated of client shop-2 is 1, but a threshold asks for count == 0"
    ]


def test_nobody_who_fits_is_not_measured() -> None:
    """A client that never came can't pass."""
    verdict = judge([_told(("payments.duplicated{client:shop-9}", "count == 0"),
                           ("throttled{operation:onfido.*}", "rate < 1")).run()])  # fmt: skip

    assert verdict["status"] == "inconclusive"
    assert "since no call fits client 'shop-9'" in verdict["reasons"][0]
    assert "since no call fits operation 'onfido.*'" in verdict["reasons"][1]
