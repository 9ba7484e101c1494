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
    form["allowed_payment_method_types[]"] = "card"
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


ANNOUNCED = """
brownout: 1
clock: {frozen: true, start: 2026-01-01T00:00:00Z}
providers: {stripe: {api_version: 2025-02-24.acacia}}
faults:
  - name: to-basil
    kind: version
    match: {provider: stripe}
    to: 2025-03-31.basil
    requests: unpinned
    at: 10d
    announced: {lead: 7d, sunset: 13d, link: "https://docs.stripe.com/changelog/basil"}
"""


def test_a_move_is_announced_and_leaves_pinned_requests_alone() -> None:
    """Headers and the changelog say so in advance; then who names no version is answered in the new one."""
    with Simulator(ANNOUNCED) as box:

        def changelog() -> list[dict[str, Any]]:
            return list(httpx.get(f"{box.url}/_brownout/changelog").json()["changes"])

        silent, nothing = pay(box), changelog()
        box.clock.advance("4d")
        told, (line,) = pay(box), changelog()
        box.clock.advance("6d")
        moved, pinned = pay(box), pay(box, **{"Stripe-Version": "2025-02-24.acacia"})
        states = fired(box)[-1]

    assert ("Deprecation" in silent.headers, nothing) == (False, [])
    assert told.headers["Deprecation"] == moved.headers["Deprecation"] == "@1768089600"
    assert told.headers["Sunset"] == "Wed, 14 Jan 2026 00:00:00 GMT"
    assert told.headers["Link"] == '<https://docs.stripe.com/changelog/basil>; rel="deprecation"; type="text/html"'
    assert (line["name"], line["change"]) == ("to-basil", "answer in version 2025-03-31.basil")
    assert ["invoice" in one.json() for one in (silent, told, moved, pinned)] == [True, True, False, True]
    assert moved.headers["Stripe-Version"] == "2025-03-31.basil"
    assert "applied" in [state for state, _ in states]  # the announcement: it goes to them, too
