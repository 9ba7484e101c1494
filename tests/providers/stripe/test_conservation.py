"""Whatever clients do, money is conserved, and what isn't allowed changes nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brownout.core.invariants import money_conserved, payments

NO_REDIRECT = "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never"
CARDS = ("visa", "de", "chargeDeclined", "authenticationRequired", "pendingRefund", "refundFail", "bypassPending")

step = st.one_of(
    st.tuples(
        st.just("create"), st.sampled_from(CARDS), st.integers(40, 400),
        st.sampled_from(["automatic", "automatic_async", "manual"]), st.booleans(),
    ),
    st.tuples(st.just("confirm"), st.integers(0, 5), st.sampled_from([None, *CARDS])),
    st.tuples(st.just("capture"), st.integers(0, 5), st.none() | st.integers(0, 450)),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(st.just("update"), st.integers(0, 5), st.integers(1, 400)),
    st.tuples(st.just("refund"), st.integers(0, 5), st.none() | st.integers(0, 450)),
    st.tuples(st.just("wait"), st.sampled_from([0.1, 1.0, 6.0, 86_400.0, 8 * 86_400.0])),
)  # fmt: skip


def request(taken: tuple[Any, ...], intents: list[str]) -> tuple[str, str]:
    """Return the path and form of a step."""
    kind, *rest = taken
    if kind == "create":
        card, amount, method, confirm = rest
        form = f"amount={amount}&currency=usd&capture_method={method}&payment_method=pm_card_{card}&{NO_REDIRECT}"
        return "/v1/payment_intents", f"{form}&confirm={'true' if confirm else 'false'}"
    intent = intents[rest[0] % len(intents)] if intents else "pi_none"
    match kind:
        case "confirm":
            return f"/v1/payment_intents/{intent}/confirm", f"payment_method=pm_card_{rest[1]}" if rest[1] else ""
        case "capture":
            amount = "" if rest[1] is None else f"amount_to_capture={rest[1]}"
            return f"/v1/payment_intents/{intent}/capture", amount
        case "update":
            return f"/v1/payment_intents/{intent}", f"amount={rest[1]}"
        case "refund":
            return "/v1/refunds", f"payment_intent={intent}" + ("" if rest[1] is None else f"&amount={rest[1]}")
    return f"/v1/payment_intents/{intent}/cancel", ""


def merchant(world: Any) -> int:
    """Return what the ledger says the merchant has."""
    found: int = sum(amount for entry in world.box.ledger for book, amount in entry.legs if book == "merchant")
    return found


def booked(world: Any) -> int:
    """Return what the balance transactions add up to."""
    found: int = 0
    cursor = ""
    while True:
        page = world.get("/v1/balance_transactions", f"limit=100{cursor}").body
        found += sum(row["net"] for row in page["data"])
        if not page["has_more"]:
            return found
        cursor = f"&starting_after={page['data'][-1]['id']}"


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(step, max_size=25))
def test_money_is_conserved_and_refusals_change_nothing(make_world: Any, steps: list[tuple[Any, ...]]) -> None:
    """Over any calls: the ledger balances, its sums are the API's, refusals leave no trace."""
    world = make_world()
    intents: list[str] = []

    for taken in steps:
        if taken[0] == "wait":
            world.advance(taken[1])
            continue
        before = world.state()
        answered = world.post(*request(taken, intents))
        if answered.status in (400, 404):
            assert world.state() == before
        elif taken[0] == "create":
            made = answered.body if answered.status == 200 else answered.error["payment_intent"]
            intents.append(made["id"])
        assert money_conserved(world.box.ledger) == []

    world.advance(20 * 86_400)
    sums = payments(world.box.ledger)
    assert booked(world) == merchant(world)
    balance = world.get("/v1/balance").body
    assert balance["available"][0]["amount"] == merchant(world)
    assert balance["pending"][0]["amount"] == 0
    for intent_id in intents:
        intent = world.get(f"/v1/payment_intents/{intent_id}", "expand[]=latest_charge").body
        charge = intent["latest_charge"]
        payment = sums.get(intent_id)
        assert intent["amount_received"] == (payment.captured if payment is not None else 0)
        assert intent["amount_capturable"] == 0
        if payment is not None:
            assert payment.captured + payment.released == payment.authorized
            assert charge["amount_captured"] == payment.captured
            assert charge["amount_refunded"] == payment.refunded
