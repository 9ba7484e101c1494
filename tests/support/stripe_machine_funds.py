"""The same machine for a platform: money that goes to its bank, comes from there, and to a seller and back."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from stripe_machine import Payments
from stripe_sellers import BANK, GOOD, SELLER, form

NUMBERS = {GOOD: "paid", "000111111116": "failed"}


class Platform(Payments):
    """Payments, and what becomes of their money."""

    seller = ""

    @initialize(number=st.sampled_from(sorted(NUMBERS)))
    def found(self, number: str) -> None:
        """Have a seller, a bank account that takes payouts or one that never does, and some money."""
        own = self.world.get("/v1/account").body["id"]
        bank = {"external_account": {**BANK, "account_number": number}}
        assert self.post(f"/v1/accounts/{own}/external_accounts", form(bank)).status == 200
        self.seller = self.post(
            "/v1/accounts", form({**SELLER, "external_account": {**BANK, "account_number": GOOD}})
        ).body["id"]
        self.post("/v1/topups", "amount=1000&currency=usd&source=btok_us_verified")
        self.create("bypassPending", 400, "automatic", 1, confirm=True)

    def available(self) -> int:
        """Return what there is to send."""
        found: int = self.world.get("/v1/balance").body["available"][0]["amount"]
        return found

    @rule(amount=st.integers(1, 1_500))
    def pay_out(self, amount: int) -> None:
        """Never more than is available."""
        legal = amount <= self.available()
        answered = self.post("/v1/payouts", f"amount={amount}&currency=usd")
        assert answered.status == (200 if legal else 400)
        if not legal:
            assert answered.error["code"] == "balance_insufficient"

    @rule(number=st.integers(0, 3))
    def cancel_payout(self, number: int) -> None:
        """Possible while it is pending."""
        payouts = self.world.get("/v1/payouts").body["data"]
        if payouts:
            payout = payouts[number % len(payouts)]
            answered = self.post(f"/v1/payouts/{payout['id']}/cancel")
            assert answered.status == (200 if payout["status"] == "pending" else 400)

    @rule(amount=st.integers(1, 1_500))
    def transfer(self, amount: int) -> None:
        """Never more than is available either."""
        legal = amount <= self.available()
        answered = self.post("/v1/transfers", f"amount={amount}&currency=usd&destination={self.seller}")
        assert answered.status == (200 if legal else 400)

    @rule(number=st.integers(0, 3), amount=st.none() | st.integers(1, 1_500))
    def reverse(self, number: int, amount: int | None) -> None:
        """Never more of a transfer than is left of it."""
        transfers = self.world.get("/v1/transfers").body["data"]
        if transfers:
            transfer = transfers[number % len(transfers)]
            left = transfer["amount"] - transfer["amount_reversed"]
            answered = self.post(
                f"/v1/transfers/{transfer['id']}/reversals", "" if amount is None else f"amount={amount}"
            )
            assert answered.status == (200 if 0 < (left if amount is None else amount) <= left else 400)

    @rule(how=st.sampled_from(["", "_noAccount", "_insufficientFunds"]))
    def top_up(self, how: str) -> None:
        """From a bank that has the money, or has not."""
        self.post("/v1/topups", f"amount=500&currency=usd&source=btok_us_verified{how}")

    @invariant()
    def the_seller_has_what_was_left_to_it(self) -> None:
        """The transfers, less what was reversed of them."""
        if not self.seller:
            return
        balance = self.world.get("/v1/balance", headers={"Stripe-Account": self.seller}).body
        sent = sum(one["amount"] - one["amount_reversed"] for one in self.all_of("transfer"))
        assert sum(one["amount"] for state in ("available", "pending") for one in balance[state]) == sent
