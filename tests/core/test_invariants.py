"""Each checker is shown histories that it must reject, and the nearest ones that it must not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout.core.invariants import duplicated, effects_by_key, money_conserved, payments
from brownout.core.ledger import Entry, Kind, Ledger


def _history(*steps: tuple[Kind, str, int], key: str | None = "order-7", account: str = "acct") -> list[Entry]:
    """Return the history of (kind, payment, amount) steps, all for one key."""
    ledger = Ledger()
    for number, (kind, payment, amount) in enumerate(steps):
        ledger.post(
            kind,
            at=float(number),
            provider="stripe",
            account=account,
            payment=payment,
            object_id=f"obj_{number}",
            amount_minor=amount,
            currency="usd",
            fee_minor=amount // 50 if kind == "capture" else 0,
            key=key,
        )
    return list(ledger)


def _paid(payment: str, amount: int = 2499) -> tuple[tuple[Kind, str, int], ...]:
    return ("authorize", payment, amount), ("capture", payment, amount)


def _rules(entries: list[Entry]) -> list[str]:
    return [violation.rule for violation in money_conserved(entries)]


def test_one_payment_is_no_duplicate() -> None:
    """A key that was paid once is fine."""
    assert duplicated(_history(*_paid("pi_1"))) == []


def test_second_payment_of_a_key_is_a_duplicate() -> None:
    """Two captured payments under one key are found, with what the payer paid too much."""
    found = duplicated(_history(*_paid("pi_1"), *_paid("pi_2")))

    assert [(one.key, one.payments, one.extra_minor) for one in found] == [("order-7", ("pi_1", "pi_2"), 2499)]
    assert str(found[0]) == "order-7 was charged twice: $24.99 too much"


def test_three_payments_count_two_too_many() -> None:
    """All payments beyond the first are too much."""
    found = duplicated(_history(*_paid("pi_1"), *_paid("pi_2"), *_paid("pi_3")))

    assert str(found[0]) == "order-7 was charged 3 times: $49.98 too much"


def test_authorization_alone_is_no_duplicate() -> None:
    """A second payment that was only authorised, then released, took nothing."""
    history = _history(*_paid("pi_1"), ("authorize", "pi_2", 2499), ("release", "pi_2", 2499))

    assert duplicated(history) == []


def test_healed_duplicate_is_not_flagged() -> None:
    """A client that noticed its double charge and refunded it in full did no harm."""
    assert duplicated(_history(*_paid("pi_1"), *_paid("pi_2"), ("refund", "pi_2", 2499))) == []


def test_duplicate_refunded_in_part_is_still_one() -> None:
    """A double charge of which something stays with the merchant is flagged with what stays."""
    found = duplicated(_history(*_paid("pi_1"), *_paid("pi_2"), ("refund", "pi_2", 2000)))

    assert [one.extra_minor for one in found] == [499]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"key": None}, {"key": None}),
        ({"key": "order-7"}, {"key": "order-8"}),
        ({"account": "shop-a"}, {"account": "shop-b"}),
    ],
    ids=["unnamed", "other key", "other account"],
)
def test_payments_that_serve_different_things_are_no_duplicates(
    first: dict[str, str | None], second: dict[str, str | None]
) -> None:
    """Only payments of one account under one key are compared; those without a key never."""
    history = [
        *_history(*_paid("pi_1"), **first),  # type: ignore[arg-type]
        *_history(*_paid("pi_2"), **second),  # type: ignore[arg-type]
    ]

    assert duplicated(history) == []


def test_refunded_order_is_still_an_effect() -> None:
    """An order that was paid and refunded was served: its effect must not vanish, or it would read as lost."""
    history = _history(*_paid("pi_1"), ("refund", "pi_1", 2499))

    effects = effects_by_key(history)

    assert [one.id for one in effects["acct", "order-7"]] == ["pi_1"]


def test_healthy_history_conserves_money() -> None:
    """Authorise, capture a part, release the rest, refund some: nothing is made or destroyed."""
    history = _history(
        ("authorize", "pi_1", 2499), ("capture", "pi_1", 2000), ("release", "pi_1", 499), ("refund", "pi_1", 700)
    )

    assert money_conserved(history) == []


def test_second_capture_of_a_payment_is_rejected() -> None:
    """One payment can't be captured twice for what was authorised once."""
    history = _history(*_paid("pi_1"), ("capture", "pi_1", 2499))

    assert _rules(history) == ["payments.captured_within_authorized"]


@pytest.mark.parametrize(
    ("steps", "rule"),
    [
        ([("authorize", "pi", 1000), ("capture", "pi", 1001)], "payments.captured_within_authorized"),
        ([("capture", "pi", 1)], "payments.captured_within_authorized"),
        (
            [("authorize", "pi", 1000), ("release", "pi", 600), ("capture", "pi", 500)],
            "payments.captured_within_authorized",
        ),
        ([*_paid("pi", 1000), ("refund", "pi", 1001)], "payments.refunded_within_captured"),
        ([*_paid("pi", 1000), ("refund", "pi", 600), ("refund", "pi", 600)], "payments.refunded_within_captured"),
        ([("authorize", "pi", 1000), ("refund", "pi", 1)], "payments.refunded_within_captured"),
        ([*_paid("pi", 1000), ("dispute", "pi", 600), ("dispute", "pi", 600)], "payments.disputed_within_captured"),
        (
            [*_paid("pi", 1000), ("dispute", "pi", 600), ("reinstate", "pi", 601)],
            "payments.reinstated_within_disputed",
        ),
    ],
    ids=["captured too much", "captured unasked", "captured and released too much", "refunded too much",
         "refunded too often", "refunded without capture", "disputed too often", "given back too much"],
)  # fmt: skip
def test_more_than_there_was_is_rejected(steps: list[tuple[Kind, str, int]], rule: str) -> None:
    """No step can take more than the step before left."""
    violations = money_conserved(_history(*steps))

    assert [(one.rule, one.subject) for one in violations] == [(rule, "pi")]
    assert "but" in violations[0].message


def test_unbalanced_legs_are_rejected() -> None:
    """Legs that don't add up to nothing made or destroyed money."""
    authorized, captured = _history(*_paid("pi_1"))
    bad = replace(captured, legs=(("payer", -2499), ("merchant", 2500), ("provider", 0)))

    assert _rules([authorized, bad]) == ["ledger.balanced"]


@pytest.mark.parametrize("kind", ["capture", "refund"])
def test_legs_that_move_another_amount_are_rejected(kind: Kind) -> None:
    """Balanced legs that move something else than the entry says are found."""
    history = _history(*_paid("pi_1"), ("refund", "pi_1", 100))
    bad = [
        replace(
            entry, legs=(("payer", -99 if kind == "capture" else 99), ("merchant", 99 if kind == "capture" else -99))
        )
        if entry.kind == kind
        else entry
        for entry in history
    ]

    assert _rules(bad) == ["ledger.moved"]


def test_legs_the_wrong_way_round_are_rejected() -> None:
    """A capture that pays the payer is found, though it balances."""
    authorized, captured = _history(*_paid("pi_1"))
    bad = replace(captured, legs=(("payer", 2499), ("merchant", -2499)))

    assert _rules([authorized, bad]) == ["ledger.moved"]


def test_findings_are_values_for_json() -> None:
    """A duplicate and a violation say in JSON what they say in words."""
    history = _history(*_paid("pi_1"), *_paid("pi_2"), ("refund", "pi_1", 3000))

    assert duplicated(_history(*_paid("pi_1"), *_paid("pi_2")))[0].as_dict() == {
        "key": "order-7",
        "account": "acct",
        "payments": ["pi_1", "pi_2"],
        "extra_minor": 2499,
        "currency": "usd",
    }
    assert money_conserved(history)[0].as_dict()["allowed_minor"] == 2499


_AMOUNTS = st.integers(min_value=1, max_value=10**9)


@given(st.lists(st.tuples(_AMOUNTS, st.floats(0, 1), st.floats(0, 1)), max_size=8))
def test_legal_histories_are_never_rejected(orders: list[tuple[int, float, float]]) -> None:
    """However much of each authorisation is captured and refunded, a legal history has no finding."""
    history = []
    for number, (amount, captured_share, refunded_share) in enumerate(orders):
        captured = int(amount * captured_share)
        refunded = int(captured * refunded_share)
        steps: list[tuple[Kind, str, int]] = [
            ("authorize", f"pi_{number}", amount),
            ("capture", f"pi_{number}", captured),
            ("release", f"pi_{number}", amount - captured),
            ("refund", f"pi_{number}", refunded),
        ]
        history += _history(*steps, key=f"order-{number}")

    assert money_conserved(history) == []
    assert duplicated(history) == []
    assert sum(amount for entry in history for _, amount in entry.legs) == 0


@given(st.lists(_AMOUNTS, min_size=1, max_size=6))
def test_extra_is_all_but_the_first_payment(amounts: list[int]) -> None:
    """Whatever the amounts, what was paid too much is what all payments but the first took."""
    history = _history(*(step for number, amount in enumerate(amounts) for step in _paid(f"pi_{number}", amount)))

    found = duplicated(history)

    assert sum(one.extra_minor for one in found) == sum(amounts[1:])
    assert len(payments(history)) == len(amounts)


def test_a_failed_refund_is_none() -> None:
    """What the payer's bank sent back was not refunded, so it can be refunded again, but no more than was captured."""
    failed = (*_paid("pi_1"), ("refund", "pi_1", 2499), ("refund_failure", "pi_1", 2499))

    assert payments(_history(*failed))["pi_1"].refunded == 0
    assert payments(_history(*failed))["pi_1"].net == 2499
    assert _rules(_history(*failed, ("refund", "pi_1", 2499))) == []
    assert _rules(_history(*failed, ("refund", "pi_1", 2500))) == ["payments.refunded_within_captured"]


OWN: tuple[Kind, ...] = ("payout", "payout_return", "topup", "send", "receive")


@pytest.mark.parametrize("kind", OWN)
def test_a_merchants_own_money_is_no_payment(kind: Kind) -> None:
    """What goes to the bank, comes from there, or goes between accounts is balanced, and nobody paid it."""
    history = _history(*_paid("pi_1"), (kind, "po_1", 1000))

    assert set(payments(history)) == {"pi_1"}
    assert money_conserved(history) == []
    assert duplicated(history) == []
    moved = dict(history[-1].legs)["merchant"]
    assert moved == (-1000 if kind in ("payout", "send") else 1000)


@pytest.mark.parametrize("kind", OWN)
def test_own_money_that_appears_is_found(kind: Kind) -> None:
    """Legs that don't add up are found in such an entry too."""
    history = _history((kind, "po_1", 1000))
    wrong = replace(history[0], legs=(("merchant", 1000),))

    assert _rules([wrong]) == ["ledger.balanced"]
