"""Whatever clients do, money is conserved, and what isn't allowed changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paypal_world import CARD, FULL, World, usd

from brownout.core.invariants import money_conserved, payments
from brownout.providers.paypal.amounts import spell

DAY = 86_400
SOURCES = (None, "Jane Roe", "CCREJECT-IF")
PICK = st.integers(0, 2)
AMOUNT = st.none() | st.integers(0, 150)
step = st.one_of(
    st.tuples(st.just("create"), st.sampled_from(["CAPTURE", "AUTHORIZE"]), st.integers(1, 120),
              st.sampled_from(SOURCES), st.sampled_from(["USD", "JPY"])),
    st.tuples(st.just("update"), PICK, AMOUNT.map(lambda amount: amount or 0)),
    st.tuples(st.just("capture"), PICK, st.sampled_from(SOURCES)),
    st.tuples(st.just("authorize"), PICK, st.sampled_from(SOURCES)),
    st.tuples(st.just("take"), PICK, AMOUNT, st.booleans()),
    st.tuples(st.just("void"), PICK),
    st.tuples(st.just("refund"), PICK, AMOUNT),
    st.tuples(st.just("repeat"), PICK),
    st.tuples(st.just("wait"), st.sampled_from([1, 3600, 10 * DAY, 30 * DAY])),
)  # fmt: skip


class Client:
    """Somebody who calls anything in any order, and knows the objects that were made."""

    def __init__(self) -> None:
        self.world = World()
        self.orders: list[tuple[str, str]] = []
        self.authorizations: list[tuple[str, str]] = []
        self.captures: list[tuple[str, str]] = []
        self.sent: list[tuple[str, str, Any, dict[str, str]]] = []

    def call(self, path: str, body: Any, *, method: str = "POST", repeat: dict[str, str] | None = None) -> Any:
        """Send a call under a request id of its own, or repeat an earlier one."""
        bearer = "Bearer " + self.world.token().body["access_token"]
        key = repeat if repeat is not None else {"PayPal_Request_Id": f"k-{len(self.sent)}"}
        if repeat is None:
            self.sent.append((method, path, body, key))
        before = self.world.state()
        answered = self.world.send(method, path, body, Authorization=bearer, **FULL, **key)
        assert answered.status in (200, 201, 204, 400, 404, 422), answered.raw
        if answered.status >= 400 or (repeat is not None and answered.status == 200):
            assert self.world.state() == before
        self.learn(answered)
        return answered

    def learn(self, answered: Any) -> None:
        """Remember what an answer names."""
        body = answered.body or {}
        for unit in body.get("purchase_units", []):
            currency = unit["amount"]["currency_code"]
            for kind, known in (("authorizations", self.authorizations), ("captures", self.captures)):
                for one in unit.get("payments", {}).get(kind, []):
                    if (one["id"], currency) not in known:
                        known.append((one["id"], currency))
        if answered.status == 201 and "intent" in body:
            self.orders.append((body["id"], body["purchase_units"][0]["amount"]["currency_code"]))
        if answered.status == 201 and "final_capture" in body:
            self.captures.append((body["id"], body["amount"]["currency_code"]))

    def take_step(self, taken: tuple[Any, ...]) -> None:
        """Do one thing."""
        kind, *rest = taken
        if kind == "wait":
            self.world.advance(rest[0])
        elif kind == "create":
            intent, amount, name, currency = rest
            unit = {"amount": usd(spell(amount, currency), currency)}
            source = {} if name is None else {"payment_source": {"card": {**CARD, "name": name, "expiry": "2099-01"}}}
            self.call("/v2/checkout/orders", {"intent": intent, "purchase_units": [unit], **source})
        elif kind == "repeat":
            if self.sent:
                method, path, body, key = self.sent[rest[0] % len(self.sent)]
                self.call(path, body, method=method, repeat=key)
        else:
            self._on_something(kind, *rest)

    def _on_something(self, kind: str, pick: int, *rest: Any) -> None:
        known = {"take": self.authorizations, "void": self.authorizations, "refund": self.captures}
        made = known.get(kind, self.orders) or [("NONE", "USD")]
        object_id, currency = made[pick % len(made)]
        orders, held = f"/v2/checkout/orders/{object_id}", f"/v2/payments/authorizations/{object_id}"
        amount = {"amount": usd(spell(rest[0], currency), currency)} if rest and isinstance(rest[0], int) else {}
        if kind == "update":
            path = "/purchase_units/@reference_id=='default'/amount"
            self.call(orders, [{"op": "replace", "path": path, "value": amount["amount"]}], method="PATCH")
        elif kind in ("capture", "authorize"):
            card = {**CARD, "name": rest[0], "expiry": "2099-01"}
            self.call(f"{orders}/{kind}", {"payment_source": {"card": card}} if rest[0] else {})
        elif kind == "take":
            self.call(f"{held}/capture", {**amount, "final_capture": rest[1]})
        elif kind == "void":
            self.call(f"{held}/void", None)
        else:
            self.call(f"/v2/payments/captures/{object_id}/refund", amount)


@pytest.mark.slow
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(step, min_size=3, max_size=20))
def test_money_is_conserved_and_refusals_change_nothing(steps: list[tuple[Any, ...]]) -> None:
    """Over any calls: the ledger balances, its sums are the API's, refusals and repeats leave no trace."""
    client = Client()
    for intent, verb in (("AUTHORIZE", "authorize"), ("CAPTURE", "capture")):  # something to work on
        client.take_step(("create", intent, 100, None, "USD"))
        client.take_step((verb, len(client.orders) - 1, None))

    for taken in steps:
        client.take_step(taken)
        assert money_conserved(client.world.box.ledger) == []

    client.world.advance(30 * DAY)
    bearer = {"Authorization": "Bearer " + client.world.token().body["access_token"]}
    sums = payments(client.world.box.ledger)
    for order_id, currency in client.orders:
        shown = client.world.get(f"/v2/checkout/orders/{order_id}", **bearer).body["purchase_units"][0]
        scale = 1 if currency == "JPY" else 100
        made = shown.get("payments", {})
        taken_in = [one for one in made.get("captures", []) if one["status"] != "DECLINED"]
        captured = sum(round(float(one["amount"]["value"]) * scale) for one in taken_in)
        refunded = sum(round(float(one["amount"]["value"]) * scale) for one in made.get("refunds", []))
        payment = sums.get(order_id)
        assert captured == (payment.captured if payment is not None else 0)
        assert refunded == (payment.refunded if payment is not None else 0)
        if payment is not None:  # by now everything that was held is taken or let go
            assert payment.captured + payment.released == payment.authorized
