"""The state machines of `support/stripe_machine*.py` hold, and notice what is planted to break them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from stripe_machine import Payments
from stripe_machine_funds import Platform

from brownout.core.errors import Refused
from brownout.providers.stripe import captures, customers, money, refunds

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

BUDGET: Final = settings(
    max_examples=50, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False
)
SMALL: Final = settings(
    BUDGET, max_examples=1_000, stateful_step_count=15, phases=[Phase.generate], derandomize=True, database=None,
    report_multiple_bugs=False,
)  # fmt: skip


@pytest.mark.parametrize("machine", [Payments, Platform])
def test_whatever_is_called_the_books_the_events_and_the_objects_agree(machine: type[RuleBasedStateMachine]) -> None:
    """Over legal and illegal calls in any order, on any clock."""
    run_state_machine_as_test(machine, settings=BUDGET)


def refund_anything(patch: pytest.MonkeyPatch) -> None:
    """Plant that nobody looks at how much is left to refund."""
    patch.setattr(refunds, "_amount", lambda _call, charge, wanted: wanted or charge["amount_captured"])


def tell_nothing(patch: pytest.MonkeyPatch) -> None:
    """Plant that a capture is told of the intent alone."""
    emit: Callable[..., None] = captures.emit
    patch.setattr(
        captures, "emit",
        lambda call, type, *rest, **more: None if type == "charge.captured" else emit(call, type, *rest, **more),
    )  # fmt: skip


def book_twice(patch: pytest.MonkeyPatch) -> None:
    """Plant that a balance transaction is written a second time, past the balance."""
    write: Callable[..., str] = money.write

    def twice(call: Any, *rest: Any, **more: Any) -> str:
        row = write(call, *rest, **more)
        call.table("balance_transaction").put({**call.table("balance_transaction").get(row), "id": f"{row}x"})
        return row

    patch.setattr(money, "write", twice)


def change_before_refusing(patch: pytest.MonkeyPatch) -> None:
    """Plant that a customer is changed before its default payment method is looked for."""
    check: Callable[..., None] = customers._check_default  # noqa: SLF001 - where the plant goes

    def spoiled(call: Any, customer: dict[str, Any], *rest: Any) -> None:
        try:
            check(call, customer, *rest)
        except Refused:
            call.table("product").put({"id": "prod_left_behind", "created": 0})
            raise

    patch.setattr(customers, "_check_default", spoiled)


def cancel_what_is_paid(patch: pytest.MonkeyPatch) -> None:
    """Plant that a payment which succeeded may be cancelled."""
    patch.setattr(captures, "_CANCELLABLE", (*captures._CANCELLABLE, "succeeded"))  # noqa: SLF001 - as above


def unsettle(patch: pytest.MonkeyPatch) -> None:
    """Plant that a refund falls back to pending once it has settled."""
    settle: Callable[..., None] = refunds._settle  # noqa: SLF001 - as above

    def again(call: Any, refund_id: str, how: str, **more: Any) -> None:
        settle(call, refund_id, how, **more)
        refund = call.table("refund").get(refund_id)
        if refund["status"] == "succeeded":
            refund["status"] = "pending"

    patch.setattr(refunds, "_settle", again)


PLANTS: Final[dict[Callable[[pytest.MonkeyPatch], None], str]] = {
    refund_anything: "was refunded|refunded than captured",
    tell_nothing: "events tell otherwise",
    book_twice: "the balance isn't the sum",
    change_before_refusing: "was refused and changed something",
    cancel_what_is_paid: "cancelled a payment that succeeded",
    unsettle: "events tell otherwise|went from",
}
"""Each defect, and what the machine says of it."""


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_defect_is_noticed(plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that can't fail shows nothing."""
    plant(monkeypatch)

    with pytest.raises(AssertionError, match=PLANTS[plant]):
        run_state_machine_as_test(Payments, settings=SMALL)
