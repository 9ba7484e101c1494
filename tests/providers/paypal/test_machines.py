"""Orders, authorizations and captures against an independent reference: a state machine that tries every move anywhere.

A move that isn't allowed is answered with PayPal's issue and changes nothing; what is taken is never less than what is
given back.
"""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from paypal_model import DAY, HOUR, LIFE, Hold, Order
from paypal_world import CARD, FULL, World, usd

from brownout.core.invariants import money_conserved, payments
from brownout.providers.paypal import PayPalOptions
from brownout.providers.paypal.amounts import spell

ORDERS = "/v2/checkout/orders"
HOLDS = "/v2/payments/authorizations"
CAPTURES = "/v2/payments/captures"
UNIT = "/purchase_units/@reference_id=='default'"
PICK = st.integers(0, 3)
AMOUNT = st.sampled_from([None, 1, 3_000, 10_000, 11_500, 11_501])


def euros(cents: int) -> dict[str, str]:
    """Return money as PayPal spells it."""
    return usd(spell(cents, "EUR"), "EUR")


def asked(cents: int | None) -> dict[str, Any]:
    """Return a body with an amount, or without one."""
    return {} if cents is None else {"amount": euros(cents)}


class Checkout(RuleBasedStateMachine):
    """Buyers, merchants and time, each doing anything at any moment."""

    SOURCES: ClassVar[dict[str, Any]] = {
        "good": {"card": {**CARD, "expiry": "2099-01"}},
        "bad": {"card": {**CARD, "expiry": "2099-01", "name": "CCREJECT-IF"}},
        "paypal": {"paypal": {}},
        "ideal": {"ideal": {"name": "Jane Roe", "country_code": "NL"}},
    }

    def __init__(self) -> None:
        """Open a sandbox whose orders wait for their buyers."""
        super().__init__()
        self.world = World(PayPalOptions(approve="manual"))
        self.now = 0
        self.orders: list[tuple[str, Order]] = []
        self.holds: list[tuple[str, Hold, bool]] = []  # and whether it is a reauthorization
        self.captures: list[tuple[str, Order, int]] = []

    def send(self, expected: str | None, method: str, path: str, body: Any = None) -> Any:
        """Send a call, and see that it is answered as the reference says."""
        bearer = "Bearer " + self.world.token().body["access_token"]
        before = self.world.state()
        answered = self.world.send(method, path, body, Authorization=bearer, **FULL)
        if expected is not None:
            assert (answered.status, answered.issue) == (422, expected)
            assert self.world.state() == before
        else:
            assert answered.status < 300, answered.raw
        return answered

    def learn(self, order_id: str, order: Order) -> None:
        """Take note of the payments that an order shows and the reference has."""
        shown = self.send(None, "GET", f"{ORDERS}/{order_id}").body["purchase_units"][0].get("payments", {})
        known = {one[0] for one in (*self.holds, *self.captures)}
        for one in shown.get("authorizations", []):
            if one["id"] not in known:
                again = any(hold is order.holds[0] for _, hold, _ in self.holds)
                self.holds.append((one["id"], order.holds[0], again))
        for number, one in enumerate(shown.get("captures", [])):
            if one["id"] not in known:
                self.captures.append((one["id"], order, number))

    @initialize()
    def begin(self) -> None:
        """Have one order of each intent to work on, approved."""
        for intent in ("AUTHORIZE", "CAPTURE"):
            self.create(intent)
            self.decide(len(self.orders) - 1, "approve")

    @rule(intent=st.sampled_from(["CAPTURE", "AUTHORIZE"]))
    def create(self, intent: str) -> None:
        """Make an order."""
        body = {"intent": intent, "purchase_units": [{"amount": euros(10_000)}]}
        made = self.send(None, "POST", ORDERS, body).body["id"]
        self.orders.append((made, Order(intent, 10_000, self.now + LIFE)))

    @rule(pick=PICK, kind=st.sampled_from(sorted(SOURCES)))
    def confirm(self, pick: int, kind: str) -> None:
        """Name what an order is to be paid with."""
        order_id, order = self.orders[pick % len(self.orders)]
        complete = {"processing_instruction": "ORDER_COMPLETE_ON_PAYMENT_APPROVAL"} if kind == "ideal" else {}
        expected = order.confirm(kind, self.now)
        body = {"payment_source": self.SOURCES[kind], **complete}
        self.send(expected, "POST", f"{ORDERS}/{order_id}/confirm-payment-source", body)

    @rule(pick=PICK, decision=st.sampled_from(["approve", "echeck", "echeck_bounces", "cancel"]))
    def decide(self, pick: int, decision: str) -> None:
        """Press a button on an order's page."""
        order_id, order = self.orders[pick % len(self.orders)]
        late = order.over(self.now)
        order.decide(decision, self.now)
        answered = self.world.post("/checkoutnow", {"token": order_id, "decision": decision}, Authorization="")
        assert answered.status == (410 if late else 200)
        self.learn(order_id, order)

    @rule(pick=PICK, verb=st.sampled_from(["CAPTURE", "AUTHORIZE"]))
    def pay(self, pick: int, verb: str) -> None:
        """Capture or authorize an order."""
        order_id, order = self.orders[pick % len(self.orders)]
        self.send(order.pay(verb, self.now), "POST", f"{ORDERS}/{order_id}/{verb.lower()}")
        self.learn(order_id, order)

    @rule(pick=PICK, amount=st.sampled_from([9_000, 10_000, 12_000]))
    def change(self, pick: int, amount: int) -> None:
        """Patch an order's amount."""
        order_id, order = self.orders[pick % len(self.orders)]
        patch = {"op": "replace", "path": f"{UNIT}/amount", "value": euros(amount)}
        self.send(order.change(amount, self.now), "PATCH", f"{ORDERS}/{order_id}", [patch])

    @precondition(lambda self: self.holds)
    @rule(pick=PICK, amount=AMOUNT, final=st.booleans())
    def take(self, pick: int, amount: int | None, final: bool) -> None:  # noqa: FBT001 - a strategy's value
        """Capture an authorization."""
        hold_id, hold, _ = self.holds[pick % len(self.holds)]
        body = {**asked(amount), "final_capture": final}
        self.send(hold.take(amount, self.now, final=final), "POST", f"{HOLDS}/{hold_id}/capture", body)
        self.learn(*next(one for one in self.orders if one[1] is hold.order))

    @precondition(lambda self: self.holds)
    @rule(pick=PICK)
    def void(self, pick: int) -> None:
        """Void an authorization."""
        hold_id, hold, again = self.holds[pick % len(self.holds)]
        self.send("CANNOT_BE_VOIDED" if again else hold.void(), "POST", f"{HOLDS}/{hold_id}/void")

    @precondition(lambda self: self.holds)
    @rule(pick=PICK, amount=AMOUNT)
    def renew(self, pick: int, amount: int | None) -> None:
        """Reauthorize."""
        hold_id, hold, again = self.holds[pick % len(self.holds)]
        expected = "REAUTHORIZATION_NOT_SUPPORTED" if again else hold.renew(amount, self.now)
        self.send(expected, "POST", f"{HOLDS}/{hold_id}/reauthorize", asked(amount))
        self.learn(*next(one for one in self.orders if one[1] is hold.order))

    @precondition(lambda self: self.captures)
    @rule(pick=PICK, amount=AMOUNT)
    def refund(self, pick: int, amount: int | None) -> None:
        """Give back."""
        capture_id, order, number = self.captures[pick % len(self.captures)]
        expected = order.captures[number].refund(amount, self.now)
        self.send(expected, "POST", f"{CAPTURES}/{capture_id}/refund", asked(amount))

    @rule(seconds=st.sampled_from([60, LIFE, HOUR, 3 * DAY + 1, 29 * DAY, 181 * DAY]))
    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.world.advance(seconds)
        self.now += seconds
        for _, order in self.orders:
            order.pass_time(self.now)

    @invariant()
    def everything_is_as_the_reference_says(self) -> None:
        """Each status, as PayPal shows it."""
        for order_id, order in self.orders:
            assert self.send(None, "GET", f"{ORDERS}/{order_id}").body["status"] == order.shown(self.now)
        for hold_id, hold, _ in self.holds:
            assert self.send(None, "GET", f"{HOLDS}/{hold_id}").body["status"] == hold.status
        for capture_id, order, number in self.captures:
            assert self.send(None, "GET", f"{CAPTURES}/{capture_id}").body["status"] == order.captures[number].status

    @invariant()
    def no_more_is_given_back_than_was_taken(self) -> None:
        """In the ledger, whose sums are the reference's."""
        assert money_conserved(self.world.box.ledger) == []
        sums = payments(self.world.box.ledger)
        for order_id, order in self.orders:
            taken = sum(one.amount for one in order.captures if one.status not in ("PENDING", "DECLINED"))
            given = sum(one.refunded for one in order.captures)
            payment = sums.get(order_id)
            assert (taken, given) == ((payment.captured, payment.refunded) if payment is not None else (0, 0))
            assert given <= taken


Checkout.TestCase.settings = settings(
    deadline=None, max_examples=40, stateful_step_count=25, suppress_health_check=list(HealthCheck)
)
TestCheckout = pytest.mark.slow(Checkout.TestCase)
