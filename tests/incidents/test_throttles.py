"""Incidents in which a limit is taken for something worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import stripe
from incidents import Bank, applied, meeting

if TYPE_CHECKING:
    from brownout.testing import Sandbox

DAY_SECONDS = 86_400


def merchants(bank: Bank) -> dict[str, dict[str, Any]]:
    """Return the tokens of 50 merchants."""
    return {name: bank.connect(name) for name in (f"merchant-{number:02}" for number in range(50))}


def dead(bank: Bank, held: dict[str, dict[str, Any]]) -> list[str]:
    """Return whose payments fail."""
    return [name for name, tokens in held.items() if bank.get("/api/ping", tokens["access_token"]).status_code == 401]


def test_renew_job_throttled() -> None:
    """Six merchants are renewed, 44 wake up with a dead token; who repeats a second later renews all."""
    with meeting("renew-job-throttled") as box:
        bank = Bank(box)
        naive, careful = merchants(bank), {}
        box.clock.advance("8h")
        for name, tokens in naive.items():
            answer = bank.refresh(tokens["refresh_token"], name)
            if answer.ok:
                naive[name] = tokens | answer.json()
        box.clock.advance("5h")
        assert len(dead(bank, naive)) == 44

        for name, tokens in naive.items():
            while not (answer := bank.refresh(tokens["refresh_token"], name)).ok:
                assert answer.status_code == 429
                assert "Retry-After" not in answer.headers
                box.clock.advance(1)
            careful[name] = tokens | answer.json()
        assert dead(bank, careful) == []


def sync_all_day(box: Sandbox, *, careful: bool) -> tuple[str, int]:
    """Read the transactions once an hour, until something is wrong; return the connection's state and the reads."""
    box.clock.advance(DAY_SECONDS - box.clock.now % DAY_SECONDS + 60)  # from a minute past midnight: a quota is a day's
    bank = Bank(box)
    held, state, reads = bank.connect(), "active", 0
    for _ in range(12):
        answer = bank.get("/api/transactions", held["access_token"])
        if answer.ok:
            reads += 1
        elif careful and answer.status_code == 429:
            box.clock.advance(int(answer.headers["Retry-After"]))
            held |= bank.refresh(held["refresh_token"]).json()
            continue
        else:
            state = "error"
            break
        box.clock.advance("10m")
    return state, reads


def test_429_marks_dead() -> None:
    """A healthy connection is shown as broken after its fifth read, and connecting again doesn't help."""
    with meeting("429-marks-dead") as box:
        assert sync_all_day(box, careful=False) == ("error", 4)

        bank = Bank(box)
        again = bank.connect()["access_token"]
        assert bank.get("/api/transactions", again).status_code == 429
        assert bank.active(again)
    with meeting("429-marks-dead") as box:
        state, reads = sync_all_day(box, careful=True)

        assert state == "active"
        assert reads > 4


def test_lock_timeout_blames_card() -> None:
    """Customers with good cards are told that their card is bad; with one repeat by the same key nobody is."""
    with meeting("lock-timeout-blames-card") as box:
        client = stripe.StripeClient("sk_test_shop", base_addresses=box.stripe_bases, max_network_retries=0)  # type: ignore[arg-type]

        def pay(order: str) -> None:
            card = {"payment_method": "pm_card_visa", "allowed_payment_method_types": ["card"], "confirm": True}
            client.v1.payment_intents.create(
                {"amount": 900, "currency": "usd", "metadata": {"order_id": order}, **card},  # type: ignore[typeddict-item]
                {"idempotency_key": f"pay-{order}"},
            )

        letters: list[str] = []
        refusals: set[str | None] = set()
        for number in range(30):
            try:
                pay(f"naive-{number}")
            except stripe.StripeError:
                letters.append(f"naive-{number}: something is wrong with your card")
        assert 3 <= len(letters) <= 18
        assert applied(box) == len(letters)

        for number in range(30):
            for _ in range(8):
                try:
                    pay(f"careful-{number}")
                    break
                except stripe.CardError:
                    letters.append(f"careful-{number}: something is wrong with your card")
                    break
                except stripe.RateLimitError as busy:
                    refusals.add(busy.error and busy.error.code)
        assert refusals == {"lock_timeout"}
        assert not any(letter.startswith("careful") for letter in letters)
        assert {box.ledger().captured(f"careful-{number}") for number in range(30)} == {900}
