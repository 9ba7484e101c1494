"""A payments team's whole repertoire as a hypothesis state machine, legal and illegal, with a small model beside it.

After each step: the balance is the sum of its transactions, refunds never exceed what was captured, the ledger is
conserved, the events so far explain every object they name, statuses moved along documented edges only, and a call
that was refused changed nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from stripe_edges import BEFORE, CANCELLABLE, CARDS, EDGES, LISTS, NO_REDIRECT, WRONG
from stripe_world import World

from brownout.core.invariants import money_conserved


@dataclass
class Payment:
    """What the model knows of a payment: how much was asked for and captured, whether by hand, and its refunds."""

    amount: int
    manual: bool
    status: str
    captured: int = 0


class Payments(RuleBasedStateMachine):
    """Calls, and what must hold after each."""

    intents = Bundle("intents")
    customers = Bundle("customers")

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.model: dict[str, Payment] = {}  # oldest first
        self.told: dict[str, dict[str, Any]] = {}
        self.seen: dict[str, str] = {}
        self.taken_back: dict[str, tuple[str, ...]] = {}  # refunds that their charges count, with these
        self.last_event = ""
        self.calls = 0

    # ------------------------------------------------------------ calls

    def call(self, method: str, path: str, form: str = "", **more: Any) -> Any:
        """Send a call; one that is refused must change nothing and answer in Stripe's envelope."""
        before = self.world.state()
        if method == "GET":
            answered = self.world.get(path, form, **more)
        else:
            answered = self.world.send(method, path, form, **more)
        if answered.status in (400, 401, 403, 404, 409):
            assert self.world.state() == before, f"{method} {path} {form} was refused and changed something"
        if answered.status != 200:
            error = answered.error
            kind = "card_error" if answered.status == 402 else ("invalid_request_error", "idempotency_error")
            assert error["type"] in kind, error
            assert error["message"]
            logged = answered.headers.get("Original-Request", answered.headers["Request-Id"])
            assert error["request_log_url"].endswith(logged)
            assert ("code" in error) == ("doc_url" in error)
        return answered

    def post(self, path: str, form: str = "", **more: Any) -> Any:
        """Send a POST, with a fresh idempotency key unless told otherwise."""
        self.calls += 1
        headers = {"Idempotency-Key": f"k{self.calls}", **more.pop("headers", {})}
        return self.call("POST", path, form, headers=headers, **more)

    def intent_of(self, answered: Any) -> dict[str, Any]:
        """Return the intent that an answer, or its decline, is about, having noted what the model has to know."""
        intent: dict[str, Any] = answered.body if answered.status == 200 else answered.error["payment_intent"]
        payment = self.model.setdefault(
            intent["id"], Payment(intent["amount"], intent["capture_method"] == "manual", intent["status"])
        )
        payment.amount, payment.status = intent["amount"], intent["status"]
        payment.captured = intent["amount_received"]
        return intent

    @initialize(target=intents)
    def begin(self) -> Any:
        """Have payments in most states to speak of."""
        self.create("createDispute", 300, "automatic", 4, confirm=True)
        self.create("authenticationRequired", 310, "manual", 5, confirm=True)
        return multiple(
            self.create("visa", 400, "automatic_async", 1, confirm=True),
            self.create("visa", 390, "manual", 2, confirm=True),
            self.create("visa", 380, "automatic", 3, confirm=False),
        )

    def aimed(self, intent: str, *statuses: str, aim: bool) -> str:
        """Return the newest payment in one of these statuses if that is aimed at, and there is one."""
        fitting = [name for name, payment in self.model.items() if payment.status in statuses]
        return fitting[-1] if aim and fitting else intent

    @rule(
        target=intents, card=st.sampled_from(CARDS), amount=st.integers(50, 400), key=st.integers(1, 3),
        capture=st.sampled_from(["automatic", "automatic_async", "manual"]), confirm=st.booleans(),
    )  # fmt: skip
    def create(self, card: str, amount: int, capture: str, key: int, *, confirm: bool) -> Any:
        """A decline is a payment too, that waits for another card."""
        form = (
            f"amount={amount}&currency=usd&capture_method={capture}&payment_method=pm_card_{card}&{NO_REDIRECT}"
            f"&metadata[order_id]=o-{key}&confirm={str(confirm).lower()}"
        )
        answered = self.post("/v1/payment_intents", form)
        assert answered.status in (200, 402)
        intent = self.intent_of(answered)
        if confirm and card == "visa":
            assert intent["status"] == ("requires_capture" if capture == "manual" else "succeeded")
        return intent["id"]

    @rule(intent=intents, card=st.sampled_from([None, *CARDS]))
    def confirm(self, intent: str, card: str | None) -> None:
        """Possible only before the payment went through, and with a card."""
        was = self.model[intent].status
        answered = self.post(
            f"/v1/payment_intents/{intent}/confirm", "" if card is None else f"payment_method=pm_card_{card}"
        )
        if was not in BEFORE or (card is None and was != "requires_confirmation"):
            assert answered.status == 400 or was == "requires_action"
        if answered.status in (200, 402):
            self.intent_of(answered)

    @rule(intent=intents, amount=st.none() | st.integers(1, 450), aim=st.booleans())
    def capture(self, intent: str, amount: int | None, *, aim: bool) -> None:
        """Only what is held, and no more than that; the rest is let go."""
        intent = self.aimed(intent, "requires_capture", aim=aim)
        payment = self.model[intent]
        legal = payment.status == "requires_capture" and (amount is None or amount <= payment.amount)
        answered = self.post(
            f"/v1/payment_intents/{intent}/capture", "" if amount is None else f"amount_to_capture={amount}"
        )
        assert answered.status == (200 if legal else 400)
        if legal:
            taken = payment.amount if amount is None else amount
            assert self.intent_of(answered)["amount_received"] == taken
            assert answered.body["status"] == "succeeded"

    @rule(intent=intents, aim=st.booleans())
    def cancel(self, intent: str, *, aim: bool) -> None:
        """Possible until money was taken."""
        intent = self.aimed(intent, "succeeded", aim=aim)
        legal = self.model[intent].status in CANCELLABLE
        answered = self.post(f"/v1/payment_intents/{intent}/cancel")
        assert answered.status == (200 if legal else 400), f"cancelled a payment that {self.model[intent].status}"
        if legal:
            assert self.intent_of(answered)["status"] == "canceled"

    @rule(intent=intents, amount=st.integers(50, 400))
    def update(self, intent: str, amount: int) -> None:
        """The amount may change before the payment is under way. No event tells of it."""
        legal = self.model[intent].status in BEFORE
        answered = self.post(f"/v1/payment_intents/{intent}", f"amount={amount}")
        assert answered.status == (200 if legal else 400)
        if legal:
            self.read_events()
            self.told[intent] = self.intent_of(answered)

    @rule(intent=intents, passed=st.booleans())
    def authenticate(self, intent: str, *, passed: bool) -> None:
        """The payer passes or fails the bank's challenge, if there is one."""
        intent = self.aimed(intent, "requires_action", aim=True)
        action = self.world.get(f"/v1/payment_intents/{intent}").body["next_action"]
        if action is None:
            return
        page = urlsplit(action["use_stripe_sdk"]["stripe_js"])
        path = "/3d_secure_2" + page.path.partition("/3d_secure_2")[2]
        body = f"result={'complete' if passed else 'fail'}".encode()
        self.world.transport.send("POST", f"/stripe{path}?{page.query}", headers=World.FORM, body=body)
        found = self.intent_of(self.world.get(f"/v1/payment_intents/{intent}"))
        assert found["status"] in (
            ("succeeded", "requires_capture", "requires_payment_method") if passed else ("requires_payment_method",)
        )

    @rule(intent=intents, amount=st.none() | st.integers(1, 450), aim=st.booleans())
    def refund(self, intent: str, amount: int | None, *, aim: bool) -> None:
        """Never more than is left, whatever was asked for before."""
        intent = self.aimed(intent, "succeeded", aim=aim)
        left = self.model[intent].captured - self.refunded(intent)
        answered = self.post(
            "/v1/refunds", f"payment_intent={intent}" + ("" if amount is None else f"&amount={amount}")
        )
        if left <= 0 or (amount is not None and amount > left):
            assert answered.status == 400, f"{amount} of {left} was refunded"
        elif answered.status == 400:
            assert answered.error.get("code") in ("charge_disputed", "balance_insufficient", "insufficient_funds")
        else:
            wanted = left if amount is None else amount
            assert answered.body["amount"] == wanted, f"{answered.body['amount']} instead of {wanted} was refunded"

    @rule(
        number=st.integers(0, 5), submit=st.booleans(),
        text=st.sampled_from(["winning_evidence", "losing_evidence", "escalate_inquiry_evidence", "?"]),
    )  # fmt: skip
    def answer_dispute(self, number: int, text: str, *, submit: bool) -> None:
        """Evidence, staged or handed in; or the dispute is given up."""
        disputes = self.world.get("/v1/disputes").body["data"]
        if not disputes:
            return
        dispute = disputes[number % len(disputes)]
        answered = (
            self.post(f"/v1/disputes/{dispute['id']}/close")
            if number == 5
            else self.post(
                f"/v1/disputes/{dispute['id']}",
                f"evidence[uncategorized_text]={text}&submit={str(submit).lower()}",
            )
        )
        waiting = dispute["status"] in ("needs_response", "warning_needs_response")
        if dispute["status"] in ("won", "lost", "warning_closed"):
            assert answered.status == 400
        elif waiting:
            assert answered.status == 200

    @rule(target=customers, card=st.sampled_from(["visa", "mastercard"]))
    def customer(self, card: str) -> Any:
        """A customer with a card."""
        made = self.post("/v1/customers", f"email=a@example.com&payment_method=pm_card_{card}").body
        return made["id"]

    @rule(customer=customers, name=st.sampled_from(["Ada", "Bob", ""]))
    def rename(self, customer: str, name: str) -> None:
        """Possible until the customer is deleted."""
        gone = self.told.get(customer, {}).get("deleted", False)
        assert self.post(f"/v1/customers/{customer}", f"name={name}").status == (404 if gone else 200)

    @rule(target=intents, customer=customers, held=st.booleans())
    def pay_with_saved(self, customer: str, *, held: bool) -> Any:
        """Off session, with the card on file."""
        methods = self.world.get(f"/v1/customers/{customer}/payment_methods")
        if methods.status == 404 or not methods.body["data"]:
            return multiple()
        form = f"amount=300&currency=usd&customer={customer}&off_session=true&confirm=true&{NO_REDIRECT}"
        capture = "manual" if held else "automatic"
        answered = self.post(
            "/v1/payment_intents", f"{form}&capture_method={capture}&payment_method={methods.body['data'][0]['id']}"
        )
        assert answered.status == 200
        return self.intent_of(answered)["id"]

    @rule(customer=customers, how=st.sampled_from(["attach", "detach", "default", "setup", "delete"]))
    def keep_cards(self, customer: str, how: str) -> None:
        """Cards are added, made the default one, and taken away; a customer is deleted with them."""
        found = self.world.get(f"/v1/customers/{customer}/payment_methods")
        first = found.body["data"][0]["id"] if found.status == 200 and found.body["data"] else "pm_nobody"
        match how:
            case "attach":
                self.post("/v1/payment_methods/pm_card_visa/attach", f"customer={customer}")
            case "detach":
                self.post(f"/v1/payment_methods/{first}/detach")
            case "default":
                self.post(f"/v1/customers/{customer}", f"invoice_settings[default_payment_method]={first}")
            case "setup":
                self.post(
                    "/v1/setup_intents",
                    f"customer={customer}&payment_method=pm_card_visa&confirm=true&allowed_payment_method_types[]=card",
                )
            case "delete":
                self.call("DELETE", f"/v1/customers/{customer}")

    @rule(intent=intents, wrong=st.sampled_from(WRONG))
    def mistake(self, intent: str, wrong: tuple[str, str, str]) -> None:
        """Refused, whatever the state is."""
        method, path, form = wrong
        answered = self.call(method, path.format(intent=intent), form.format(intent=intent))
        assert answered.status in (400, 404)

    @rule(
        name=st.sampled_from(["a", "b"]),
        amount=st.sampled_from([111, 222]),
        card=st.sampled_from(["visa", "chargeDeclined"]),
    )
    def repeat(self, name: str, amount: int, card: str) -> None:
        """A key's second use answers what the first did, or is refused for other parameters; nothing else happens."""
        form = f"amount={amount}&currency=usd&confirm=true&{NO_REDIRECT}&payment_method=pm_card_{card}"
        first = self.post("/v1/payment_intents", form, headers={"Idempotency-Key": f"same-{name}"})
        if first.status != 400:
            self.intent_of(first)
        before = self.world.state()
        again = self.post("/v1/payment_intents", form, headers={"Idempotency-Key": f"same-{name}"})
        assert self.world.state() == before
        assert (again.status, again.raw) == (first.status, first.raw) or again.status == 400
        other = self.post("/v1/payment_intents", f"{form}&description=x", headers={"Idempotency-Key": f"same-{name}"})
        assert (other.status, other.error["type"]) == (400, "idempotency_error")
        assert self.world.state() == before

    @rule(seconds=st.sampled_from([0.1, 1.0, 6.0, 3_600.0, 86_400.0, 8 * 86_400.0]))
    def wait(self, seconds: float) -> None:
        """Refunds settle, banks decide, holds expire, funds become available."""
        self.world.advance(seconds)
        for intent in self.model:
            self.intent_of(self.world.get(f"/v1/payment_intents/{intent}"))

    # ------------------------------------------------------------ what must hold

    def refunded(self, intent: str) -> int:
        """Return what was refunded of a payment, or is under way."""
        refunds = self.world.get("/v1/refunds", f"payment_intent={intent}&limit=100").body["data"]
        return sum(one["amount"] for one in refunds if one["status"] not in ("failed", "canceled"))

    def read_events(self) -> None:
        """Play the events since the last time: each says what its object is from then on."""
        while True:
            query = f"limit=100&ending_before={self.last_event}" if self.last_event else "limit=100"
            page = self.world.get("/v1/events", query).body
            for event in reversed(page["data"]):
                value = event["data"]["object"]
                if "id" in value:
                    deleted = event["type"].endswith(".deleted")
                    self.told[value["id"]] = {**value, "deleted": True} if deleted else value
                    self.implied(event["type"], value)
                    self.moved(value)
                self.last_event = event["id"]
            if not self.last_event or not page["has_more"]:
                return

    def implied(self, type: str, value: dict[str, Any]) -> None:
        """See what an event says of another object than its own, for which there is no event then.

        (Stripe docs, Types of events: `charge.updated` is for descriptions, metadata and asynchronous captures alone.
        Whether a customer's event tells that its default was detached isn't documented; here the method's does.)
        """
        charge = self.told.get(value.get("charge") or "", {})
        match type:
            case "refund.failed" if value["charge"] in self.taken_back.pop(value["id"], ()):
                charge["amount_refunded"] -= value["amount"]
                charge["refunded"] = False
            case "charge.dispute.created":
                charge["disputed"] = True
            case "payment_method.detached":
                for one in self.told.values():
                    if one["object"] == "customer" and not one.get("deleted"):
                        settings = one["invoice_settings"]
                        if settings["default_payment_method"] == value["id"]:
                            settings["default_payment_method"] = None
            case "refund.created" | "refund.updated" if value["status"] == "succeeded":
                self.taken_back[value["id"]] = (value["charge"],)

    def moved(self, value: dict[str, Any]) -> None:
        """See an object's status, which must be one that the last one seen leads to."""
        edges = EDGES.get(value["object"])
        if edges is None:
            return
        was, now = self.seen.get(value["id"], value["status"]), value["status"]
        assert was == now or now in edges[was], f"{value['object']} went from {was} to {now}"
        self.seen[value["id"]] = now

    def all_of(self, object_type: str) -> list[dict[str, Any]]:
        """Return every object of a type."""
        answered = self.world.get(f"/v1/{LISTS[object_type]}", "limit=100")
        if answered.status != 200:
            return []
        found: list[dict[str, Any]] = answered.body["data"]
        while answered.body["has_more"]:
            answered = self.world.get(f"/v1/{LISTS[object_type]}", f"limit=100&starting_after={found[-1]['id']}")
            found += answered.body["data"]
        return found

    @invariant()
    def money_adds_up(self) -> None:
        """The balance is what its transactions come to, the ledger is conserved, refunds stay within the payment."""
        rows = self.all_of("balance_transaction")
        balance = self.world.get("/v1/balance").body
        shown = sum(one["amount"] for state in ("available", "pending") for one in balance[state])
        assert shown == sum(row["net"] for row in rows), "the balance isn't the sum of its transactions"
        assert all(row["net"] == row["amount"] - row["fee"] for row in rows)
        for row in rows:
            self.moved(row)
        assert money_conserved(self.world.box.ledger) == []
        for intent, payment in self.model.items():
            assert self.refunded(intent) <= payment.captured, f"more of {intent} was refunded than captured"

    @invariant()
    def events_explain_state(self) -> None:
        """Whoever only ever read events knows every object as it is."""
        self.read_events()
        for object_type in LISTS:
            for value in self.all_of(object_type):
                self.moved(value)
                told = self.told.get(value["id"])
                if told is None:
                    assert object_type == "balance_transaction", f"no event tells of {value['id']}"
                    continue
                wrong = {name: (told.get(name), one) for name, one in value.items() if told.get(name) != one}
                assert not wrong, f"events tell otherwise of {value['id']}: {wrong}"
