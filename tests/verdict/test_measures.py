"""What a run amounts to, in numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from story import Story

from brownout.core.metrics import METRICS
from brownout.verdict.measures import lag, latency, measure, quantile


def _value(run: Any, metric: str) -> float | None:
    return next(iter(measure(run)[metric].values()))


# The table of outcomes: what the client claims × how often the ledger has it.
_METRICS = ("operations.good", "payments.lost", "payments.orphaned", "payments.unresolved", "payments.duplicated")


@pytest.mark.parametrize(
    ("outcome", "charges", "counted"),
    [
        ("ok", 0, {"payments.lost"}),
        ("ok", 1, {"operations.good"}),
        ("ok", 2, {"payments.duplicated"}),
        ("fail", 0, set()),
        ("fail", 1, {"payments.orphaned"}),
        ("fail", 2, {"payments.orphaned", "payments.duplicated"}),
        ("unknown", 0, {"payments.unresolved"}),
        ("unknown", 1, {"payments.unresolved"}),
        ("unknown", 2, {"payments.unresolved", "payments.duplicated"}),
    ],
)
def test_claims_and_effects_decide_what_an_order_was(outcome: str, charges: int, counted: set[str]) -> None:
    """Each pair of claim and number of effects is counted as what it is, and as nothing else."""
    run = Story().order("order-1", outcome, charges=charges).run()

    assert {metric for metric in _METRICS if _value(run, metric)} == counted


def test_every_metric_is_measured() -> None:
    """What a threshold may name has a value with each of its aggregations."""
    values = measure(Story().orders(3).run())

    assert {metric: tuple(of) for metric, of in values.items()} == {
        metric: described.aggregations for metric, described in METRICS.items()
    }
    assert None not in [value for of in values.values() for value in of.values()]


@pytest.mark.parametrize("claims", [None, []])
def test_without_claims_nothing_is_known_of_beliefs(claims: list[Any] | None) -> None:
    """Without claims the metrics that need them read None, never 0; the others stay."""
    told = Story().orders(3, charges=2)
    told.claims = claims

    values = measure(told.run())

    unknown = {metric for metric, of in values.items() if None in of.values()}
    assert unknown == {metric for metric, described in METRICS.items() if described.needs_claims}
    assert values["payments.duplicated"] == {"count": 3}
    assert values["operations"] == {"count": 3}


def test_refunded_order_is_not_lost() -> None:
    """An order that was paid and given back was served: neither lost nor an error of money."""
    run = Story().order("order-1").refund("order-1").run()

    assert _value(run, "payments.lost") == 0
    assert _value(run, "operations.good") == 1
    assert _value(run, "money.error") == 0


def test_healed_duplicate_is_not_counted() -> None:
    """A double charge that the client refunded in full did no harm."""
    run = Story().order("order-1", charges=2).refund("order-1").run()

    assert _value(run, "payments.duplicated") == 0
    assert _value(run, "operations.good") == 1
    assert _value(run, "money.error") == 0


def test_charge_that_nobody_claims_is_unresolved() -> None:
    """A charge for which the client never said anything counts as one it doesn't know of."""
    run = Story().order("order-1").charge("order-2").run()

    assert _value(run, "payments.unresolved") == 1


def test_a_clients_last_word_counts() -> None:
    """A client that first didn't know and then found out knows."""
    run = Story().order("order-1", "unknown").claim("order-1", "ok").run()

    assert _value(run, "payments.unresolved") == 0
    assert _value(run, "operations") == 1


@pytest.mark.parametrize(
    ("outcome", "charges", "error"),
    [("ok", 1, 0), ("ok", 0, 2499), ("ok", 2, 2499), ("ok", 3, 4998), ("fail", 1, 2499), ("fail", 0, 0),
     ("unknown", 1, 2499), ("unknown", 0, 0)],
)  # fmt: skip
def test_money_error_is_what_moved_otherwise_than_claimed(outcome: str, charges: int, error: int) -> None:
    """An order is off by the difference between what moved and what the client claims."""
    assert _value(Story().order("order-1", outcome, charges=charges).run(), "money.error") == error


def test_errors_of_money_do_not_cancel_out() -> None:
    """A lost order of the same size doesn't hide a double charge."""
    run = Story().order("order-1", charges=2).order("order-2", charges=0).run()

    assert _value(run, "money.error") == 2 * 2499


def test_claim_without_an_amount_is_taken_at_its_word() -> None:
    """If the client doesn't say how much, its first charge is what it meant; without one, nobody knows."""
    paid = Story().charge("order-1").claim("order-1", amount=None)
    lost = Story().claim("order-1", amount=None)

    assert _value(paid.run(), "money.error") == 0
    assert _value(lost.run(), "money.error") is None


def test_currencies_are_not_added_up() -> None:
    """Cents that are off and yen that are off make no sum."""
    run = Story().order("order-1", charges=2).charge("order-2", currency="jpy").claim("order-2", "fail").run()

    assert _value(run, "money.error") is None


def test_amplification_counts_tries_of_named_operations() -> None:
    """Retries count; polls of an object and calls that name nothing don't."""
    told = Story().orders(4)
    told.call("order-0000").call("order-0000")
    told.call("pi_1", source="path").call("pi_1", source="path").call("#1", source="counted")

    assert _value(told.run(), "retry.amplification") == 1.5


def test_amplification_needs_the_whole_journal() -> None:
    """With records evicted, nobody knows how many tries there were."""
    assert _value(Story().orders(4).run(evicted=1), "retry.amplification") is None


def test_lag_and_latency_count_from_the_scheduled_start() -> None:
    """Time spent waiting for a turn counts as latency, and is told apart as lag."""
    told = Story().order("order-1", late=0.5).order("order-2")

    assert lag(told.run())["max_seconds"] == 0.5
    assert latency(told.run())["max_seconds"] == 0.51


def test_unmeasured_lag_is_none() -> None:
    """Claims that carry no times say nothing of lag."""
    told = Story()
    told.claims = [{"key": "order-1", "outcome": "ok"}]

    assert lag(told.run()) == {
        "measured": 0,
        "p50_seconds": None,
        "p95_seconds": None,
        "p99_seconds": None,
        "max_seconds": None,
    }


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=300), st.floats(0.01, 1))
def test_quantile_is_a_value_that_enough_stay_within(values: list[float], share: float) -> None:
    """At least the share asked for don't exceed a quantile, and it is one of the values."""
    found = quantile(sorted(values), share)

    assert found in [round(value, 6) for value in values]
    assert sum(round(value, 6) <= found for value in values) >= share * len(values) - 1e-9


@given(st.lists(st.tuples(st.sampled_from(["ok", "fail", "unknown"]), st.integers(0, 3)), max_size=12), st.randoms())
def test_order_of_claims_and_entries_moves_no_number(orders: list[tuple[str, int]], shuffle: Any) -> None:
    """However the clients' orders came in, the same run has the same numbers, and every order is one thing."""
    told, other = Story(), Story()
    numbered = list(enumerate(orders))
    for number, (outcome, charges) in numbered:
        told.order(f"order-{number}", outcome, charges=charges)
    shuffle.shuffle(numbered)
    for number, (outcome, charges) in numbered:
        other.order(f"order-{number}", outcome, charges=charges)

    values = measure(told.run())

    assert values == measure(other.run())
    assert values["operations"]["count"] == len(orders)
    assert values["payments.duplicated"]["count"] == sum(max(0, charges - 1) for _, charges in orders)
