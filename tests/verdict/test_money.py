"""Money: what moved, held against what the client claims."""

from __future__ import annotations

from typing import Any

import pytest
from story import Story

from brownout.verdict.history import history
from brownout.verdict.measures import Values, measure


def _measure(run: Any) -> Values:
    return measure(history(run).whole)


def _value(run: Any, metric: str) -> float | None:
    return next(iter(_measure(run)[metric].values()))


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


@pytest.mark.parametrize(
    ("refunded", "claimed", "error"),
    [(0, 0, 0), (500, 500, 0), (0, 500, 500), (500, 0, 500), (2499, 2499, 0), (500, None, 0)],
)
def test_refunds_are_held_against_the_ledger(refunded: int, claimed: int | None, error: int) -> None:
    """A client that claims what it gave back is off by the difference; one that says nothing is not asked."""
    told = Story().order("order-1", claim={"refunded_minor": claimed})
    if refunded:
        told.refund("order-1", refunded)

    assert _value(told.run(), "money.error") == error


@pytest.mark.parametrize("claimed", [0, 2499])
def test_a_healed_charge_may_be_claimed_as_a_refund_or_not(claimed: int) -> None:
    """A client that gave back its second charge is right either way: it calls that a refund, or doesn't."""
    told = Story().order("order-1", charges=2, claim={"refunded_minor": claimed}).refund("order-1")

    assert _value(told.run(), "money.error") == 0


def test_a_refund_of_the_order_does_not_heal_a_charge_that_the_client_never_saw() -> None:
    """Charged twice, the customer wants all of it back and gets back one: the shop thinks they are even."""
    told = Story().order("order-1", charges=2).refund("order-1")
    given_back = next(entry.payment for entry in told.ledger if entry.kind == "refund")
    other = next(entry.payment for entry in told.ledger if entry.payment != given_back)

    told.claims = [{**claim, "object": given_back, "refunded_minor": 2499} for claim in told.claims or ()]
    assert _value(told.run(), "payments.duplicated") == 1
    assert _value(told.run(), "money.error") == 2499

    told.claims = [{**claim, "object": other} for claim in told.claims]
    assert _value(told.run(), "payments.duplicated") == 0
    assert _value(told.run(), "money.error") == 0


def test_a_failed_order_that_was_given_back_is_no_orphan() -> None:
    """A client that charges, fails later and refunds in full has told the truth."""
    told = Story().order("order-1", "fail").refund("order-1")

    assert _value(told.run(), "payments.orphaned") == 0
    assert _value(told.run(), "money.error") == 0


def test_two_providers_are_two_charges() -> None:
    """An order paid through one account and again through another is charged twice, unless one is given back."""
    told = Story().order("order-1")
    told.ledger.post(
        "capture", at=9.0, provider="paypal", account="other", payment="pp_1", object_id="cap_1", amount_minor=2499,
        currency="usd", key="order-1",
    )  # fmt: skip

    assert _value(told.run(), "payments.duplicated") == 1

    told.refund("order-1")

    assert _value(told.run(), "payments.duplicated") == 0
