"""Whatever clients do, money is conserved, and what isn't allowed changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stripe_sellers import BANK, SELLER, form

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


# ---------------------------------------------------------------- money that goes out and between

move = st.one_of(
    st.tuples(st.just("pay"), st.sampled_from(("visa", "bypassPending", "createDispute", "refundFail")),
              st.sampled_from(("plain", "shared", "part", "direct")), st.integers(100, 9000)),
    st.tuples(st.just("refund"), st.integers(0, 5), st.none() | st.integers(1, 5000), st.booleans()),
    st.tuples(st.just("transfer"), st.integers(1, 9000), st.none() | st.integers(0, 5)),
    st.tuples(st.just("reverse"), st.integers(0, 3), st.none() | st.integers(1, 9000)),
    st.tuples(st.just("fee"), st.integers(0, 3), st.none() | st.integers(1, 600)),
    st.tuples(st.just("payout"), st.booleans(), st.integers(1, 9000)),
    st.tuples(st.just("undo_payout"), st.integers(0, 3), st.sampled_from(("cancel", "reverse"))),
    st.tuples(st.just("topup"), st.integers(1, 5000), st.sampled_from(("", "_noAccount"))),
    st.tuples(st.just("wait"), st.sampled_from([0.1, 6.0, 86_400.0, 8 * 86_400.0])),
)  # fmt: skip


class Shop:
    """A platform with one seller; the seller's bank sends every payout back."""

    def __init__(self, world: Any) -> None:
        self.world = world
        bank = {"external_account": {**BANK, "account_number": "000111111113"}}
        self.seller: str = world.post("/v1/accounts", form({**SELLER, **bank})).body["id"]
        self.made: dict[str, list[tuple[str, dict[str, str]]]] = {}
        world.get("/v1/balance")

    @property
    def acting(self) -> dict[str, str]:
        """What makes a call the seller's."""
        return {"Stripe-Account": self.seller}

    def one(self, kind: str, number: int) -> tuple[str, dict[str, str]]:
        """Return something that was made, and the headers of whose it is."""
        made = self.made.get(kind)
        return made[number % len(made)] if made else (f"{kind}_none", {})

    def call(self, kind: str, *rest: Any) -> tuple[str, str, dict[str, str]]:
        """Return the path, form and headers of a step."""
        match kind, *rest:
            case "pay", card, how, amount:
                share = {"plain": "", "shared": f"&transfer_data[destination]={self.seller}&application_fee_amount=90",
                         "part": f"&transfer_data[destination]={self.seller}&transfer_data[amount]={amount // 2}",
                         "direct": "&application_fee_amount=80"}[how]  # fmt: skip
                given = f"amount={amount}&currency=usd&confirm=true&{NO_REDIRECT}&payment_method=pm_card_{card}{share}"
                return "/v1/payment_intents", given, self.acting if how == "direct" else {}
            case "refund", number, amount, undo:
                intent, headers = self.one("pi", number)
                asked = f"payment_intent={intent}" + ("" if amount is None else f"&amount={amount}")
                return "/v1/refunds", asked + ("&refund_application_fee=true" if undo else ""), headers
            case "transfer", amount, source:
                given = f"amount={amount}&currency=usd&destination={self.seller}"
                if source is not None:
                    found = self.world.get(f"/v1/payment_intents/{self.one('pi', source)[0]}").body
                    given += f"&source_transaction={found.get('latest_charge')}"
                return "/v1/transfers", given, {}
            case "reverse" | "fee", number, amount:
                path = "transfers/{}/reversals" if kind == "reverse" else "application_fees/{}/refunds"
                fees = [(one["id"], {}) for one in self.world.get("/v1/application_fees").body["data"]]
                self.made["fee"] = fees
                made, headers = self.one("tr" if kind == "reverse" else "fee", number)
                return f"/v1/{path.format(made)}", "" if amount is None else f"amount={amount}", headers
            case "payout", own, amount:
                return "/v1/payouts", f"amount={amount}&currency=usd", {} if own else self.acting
            case "undo_payout", number, verb:
                made, headers = self.one("po", number)
                return f"/v1/payouts/{made}/{verb}", "", headers
        amount, outcome = rest
        return "/v1/topups", f"amount={amount}&currency=usd&source=btok_us_verified{outcome}", {}

    def sums(self, account: str, headers: dict[str, str]) -> tuple[int, int, int]:
        """Return what an account's balance, its balance transactions and the ledger say that it has."""
        balance = self.world.get("/v1/balance", headers=headers).body
        rows: list[int] = []
        cursor = ""
        while True:
            page = self.world.get("/v1/balance_transactions", f"limit=100{cursor}", headers=headers).body
            rows += [row["net"] for row in page["data"]]
            if not page["has_more"]:
                break
            cursor = f"&starting_after={page['data'][-1]['id']}"
        ledger = sum(
            amount
            for entry in self.world.box.ledger
            for book, amount in entry.legs
            if book == "merchant" and entry.account == account
        )
        return sum(one["amount"] for name in ("available", "pending") for one in balance[name]), sum(rows), ledger


@pytest.mark.slow
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(move, max_size=20))
def test_balances_transactions_and_ledger_agree(make_world: Any, steps: list[tuple[Any, ...]]) -> None:
    """Over any calls of a platform and its seller: each balance is the sum of its transactions, and the ledger's."""
    world = make_world()
    shop = Shop(world)
    platform = world.get("/v1/account").body["id"]

    for taken in steps:
        if taken[0] == "wait":
            world.advance(taken[1])
            continue
        path, given, headers = shop.call(*taken)
        before = world.state()
        answered = world.post(path, given, headers=headers)
        assert answered.status < 500
        if answered.status in (400, 404):
            assert world.state() == before
        elif answered.status == 200:
            made = answered.body["id"]
            shop.made.setdefault(made.partition("_")[0], []).append((made, headers))
        assert money_conserved(world.box.ledger) == []
        for account, acting in ((platform, {}), (shop.seller, shop.acting)):
            balance, rows, _ = shop.sums(account, acting)
            assert balance == rows

    world.advance(30 * 86_400)
    for account, acting in ((platform, {}), (shop.seller, shop.acting)):
        balance, rows, ledger = shop.sums(account, acting)
        assert balance == rows == ledger
    between = sum(amount for entry in world.box.ledger for book, amount in entry.legs if book == "linked")
    assert between == 0
    for transfer in world.get("/v1/transfers", "limit=100").body["data"]:
        assert 0 <= transfer["amount_reversed"] <= transfer["amount"]
    for fee in world.get("/v1/application_fees", "limit=100").body["data"]:
        assert 0 <= fee["amount_refunded"] <= fee["amount"]
