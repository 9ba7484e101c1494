"""What the client has on its books, against the ledger: planted books, told apart."""

from __future__ import annotations

from typing import Any

import pytest
from story import BEGAN, Story, phased

from brownout.verdict import judge
from brownout.verdict.history import history
from brownout.verdict.measures import Values, measure, why_not

WELL = {"object": "pi_0"}


def _measure(told: Story) -> Values:
    return measure(history(told.run()).whole)


def _books(*orders: tuple[str, int], objects: tuple[str | None, ...] = ()) -> tuple[float | None, float | None]:
    """Return completeness and precision of orders, each a claim and how often it was charged."""
    told = Story()
    for number, (outcome, charges) in enumerate(orders):
        said = objects[number] if number < len(objects) else None
        told.order(f"order-{number}", outcome, charges=charges, claim={} if said is None else {"object": said})
    values = _measure(told)
    return values["records.completeness"]["value"], values["records.precision"]["value"]


@pytest.mark.parametrize(
    ("orders", "complete", "precise"),
    [
        ([("ok", 1), ("ok", 1)], 1, 1),
        ([("ok", 1), ("ok", 0)], 1, 0.5),
        ([("ok", 1), ("fail", 1)], 0.5, 1),
        ([("ok", 1), ("unknown", 1)], 0.5, 1),
        ([("ok", 2), ("fail", 0)], 0.5, 1),
        ([("ok", 0)], None, 0),
        ([("fail", 1)], 0, None),
    ],
    ids=["right", "lost", "orphaned", "unresolved", "duplicated", "nothing charged", "nothing on the books"],
)
def test_books_are_held_against_the_ledger(
    orders: list[tuple[str, int]], complete: float | None, precise: float | None
) -> None:
    """Each way in which books can be wrong lowers one of both; a share of nothing isn't measured."""
    assert _books(*orders) == (complete, precise)


@pytest.mark.parametrize(
    ("said", "right"), [("pi_0", True), ("ch_0", True), (None, True), ("pi_2", False), ("?", False)]
)
def test_a_payment_on_the_books_has_to_be_the_orders_own(said: str | None, right: bool) -> None:  # noqa: FBT001
    """A client may name the payment or its charge, or nothing; another order's payment, or none, is wrong twice."""
    assert _books(("ok", 1), ("ok", 1), objects=(said, None)) == ((1, 1) if right else (0.5, 0.5))


def test_orders_that_pay_nothing_are_on_no_books() -> None:
    """An operation that only reads has no payment to know of."""
    told = Story().call("sync", does="read").claim("sync", amount=0).order("order-1")

    assert _measure(told)["records.precision"]["value"] == 1


def test_honesty_gap_is_what_is_believed_beyond_what_is_so() -> None:
    """Lost and doubled orders that are claimed to be well count; a failure that is said to be one is honest."""
    told = phased(but={1: {"charges": 0}, 2: {"charges": 2}, 3: {"outcome": "fail", "charges": 0}, 4: None})

    values = _measure(told)

    assert values["honesty.gap"]["value"] == pytest.approx(2 / 30)
    gap = values["availability.rate"]["value"] or 0, values["goodput.rate"]["value"] or 0
    assert values["honesty.gap"]["value"] == pytest.approx(gap[0] - gap[1])


# ------------------------------------------------------------------ how fresh they are


def _stale(delays: list[float | None], **claim: Any) -> Story:
    """Return orders paid one second after the other, each known of so long after; None for never."""
    told = Story(load_began_at=BEGAN)
    for number, delay in enumerate(delays):
        key, at = f"order-{number}", BEGAN + number
        told.call(key, client=f"shop-{number % 2}", offset=float(number), observed={"wall_at": at}, does="write")
        told.ledger.post(
            "capture", at=float(number), provider="stripe", account="acct", payment=f"pi_{number}",
            object_id=f"ch_{number}", amount_minor=2499, currency="usd", key=key,
        )  # fmt: skip
        outcome, known = ("unknown", at + 0.5) if delay is None else ("ok", at + delay)
        told.claim(key, outcome, scheduled_at=at, started_at=at, at=known, **claim)
    return told


def test_staleness_is_from_the_payment_to_when_the_client_knew() -> None:
    """As a percentile of all that were charged; one that it never knew of took longer than all."""
    fresh = _measure(_stale([0.1, 0.2, 0.3, 4.0]))["staleness"]
    never = _measure(_stale([0.1, 0.2, 0.3, None]))["staleness"]

    assert fresh == {"p(50)": 0.2, "p(95)": 4.0, "max": 4.0}
    assert never == {"p(50)": 0.2, "p(95)": None, "max": None}


def test_the_first_word_that_stayed_counts() -> None:
    """Who says the same again at the end knew it before; who was in doubt knew it when the doubt had gone."""
    told = _stale([0.25, None])
    told.claim("order-0", "ok", at=BEGAN + 60, scheduled_at=BEGAN, started_at=BEGAN)
    told.claim("order-1", "ok", at=BEGAN + 61, scheduled_at=BEGAN + 1, started_at=BEGAN + 1)

    assert _measure(told)["staleness"] == {"p(50)": 0.25, "p(95)": 60.0, "max": 60.0}


def test_a_webhook_may_be_seen_later_than_the_answer_was() -> None:
    """`seen_at` is when the books had it, whatever `at` says."""
    assert _measure(_stale([0.1], seen_at=BEGAN + 7))["staleness"]["max"] == 7


def test_a_faster_clock_is_told_by_the_wall() -> None:
    """The ledger's moments are the world's; the requests around them say when that was."""
    told = Story(load_began_at=BEGAN)
    for offset in (0.0, 100.0, 200.0):
        told.call("order-0", offset=offset, observed={"wall_at": BEGAN + offset / 100}, does="write")
    told.ledger.post(
        "capture", at=150.0, provider="stripe", account="acct", payment="pi_0", object_id="ch_0", amount_minor=2499,
        currency="usd", key="order-0",
    )  # fmt: skip
    told.claim("order-0", "ok", at=BEGAN + 2.0, scheduled_at=BEGAN, started_at=BEGAN)

    assert _measure(told)["staleness"]["max"] == pytest.approx(0.5)


def test_each_client_has_its_own_staleness() -> None:
    """In the verdict, the slowest first; those that never knew of a payment before all others."""
    found = judge([_stale([0.1, 3.0, 0.2, 4.0]).run()])["arms"]["keyed"]["staleness"]
    never = judge([_stale([None, 3.0]).run()])["arms"]["keyed"]["staleness"]

    assert {name: one["max_seconds"] for name, one in found["by_client"].items()} == {"shop-1": 4.0, "shop-0": 0.2}
    assert (found["clients"], found["payments"], found["never_known"], found["p50_seconds"]) == (2, 4, 0, 0.2)
    assert list(never["by_client"]) == ["shop-0", "shop-1"]
    assert (never["by_client"]["shop-0"]["never_known"], never["by_client"]["shop-0"]["max_seconds"]) == (1, None)


def test_a_stale_client_fails_where_a_fresh_one_passes() -> None:
    """And the verdict says what to do."""
    checks = [
        judge([told.run(thresholds={"staleness": ("p(95) < 2s",)})])["arms"]["keyed"]["thresholds"][0]
        for told in (_stale([0.1] * 20), _stale([0.1] * 15 + [5.0] * 5))
    ]

    assert [one["holds"] for one in checks] == [True, False]
    assert "webhooks" in checks[1]["advice"]


def test_without_a_charge_there_is_nothing_to_know() -> None:
    """Not 0 seconds."""
    scope = history(Story().order("order-1", "fail", charges=0).run()).whole

    assert measure(scope)["staleness"]["max"] is None
    assert why_not("records.completeness", "value", scope) == "nothing was charged"
