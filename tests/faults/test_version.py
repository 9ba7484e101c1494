"""Answers in another version than was asked for: what stripe-python gets, and what the journal says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from brownout.faults.version import Version
from brownout.providers.onfido import ONFIDO
from brownout.providers.stripe import STRIPE
from brownout.testing import Simulator

if TYPE_CHECKING:
    from brownout.testing import Sandbox

KEY = {"Authorization": "Bearer sk_test_shop"}
SCENARIO = """
brownout: 1
providers: {stripe: {api_version: "2022-08-01"}}
faults:
  - {name: upgraded, kind: version, match: {operation: stripe.payment_intents.*}, to: 2026-10-28.endive, nth: [2, 3]}
"""


def pay(box: Sandbox, **headers: str) -> httpx.Response:
    """Pay 20 dollars by card."""
    form = {"amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
    form["payment_method_types[]"] = "card"
    return httpx.post(f"{box.url_of('stripe')}/v1/payment_intents", data=form, headers={**KEY, **headers})


def fired(box: Sandbox) -> list[Any]:
    """Return what became of the rules, exchange by exchange."""
    return [[(one["state"], one["effects"]) for one in exchange.decided["fired"]] for exchange in box.exchanges()]


def test_the_account_is_upgraded_overnight() -> None:
    """The list of charges that the client reads is gone, and the answer says in which version it is."""
    with Simulator(SCENARIO) as box:
        before, after = pay(box), pay(box)
        asked = pay(box, **{"Stripe-Version": "2026-10-28.endive"})
        states = fired(box)
        captured = box.ledger().captured()

    assert ("charges" in before.json(), before.headers["Stripe-Version"]) == (True, "2022-08-01")
    assert ("charges" in after.json(), after.headers["Stripe-Version"]) == (False, "2026-10-28.endive")
    assert "charges" not in asked.json()
    said = ["answer in version 2026-10-28.endive"]
    assert [[(state, list(effects)) for state, effects in one] for one in states] == [
        [], [("applied", said)], [("passed", said)],
    ]  # fmt: skip
    assert captured == 6000


def test_a_replay_is_what_it_was() -> None:
    """Nothing is answered anew under a key: the rule is never reached."""
    with Simulator(SCENARIO) as box:
        first, again = (pay(box, **{"Idempotency-Key": "k"}) for _ in range(2))
        states = fired(box)

    assert again.content == first.content
    assert [[state for state, _ in one] for one in states] == [[], ["unreached"]]


def test_only_providers_with_dated_versions_are_struck() -> None:
    """All of Stripe's operations have them, none of Onfido's."""
    fault = Version(to="2022-08-01")

    assert all(fault.suits(operation) for operation in STRIPE.operations)
    assert not any(fault.suits(operation) for operation in ONFIDO.operations)


@pytest.mark.parametrize("to", ["", "newest", "20220801"])
def test_a_version_begins_with_its_date(to: str) -> None:
    """By which it is put in order with the others."""
    with pytest.raises(ValueError, match=r"^to must be a version"):
        Version(to=to)
