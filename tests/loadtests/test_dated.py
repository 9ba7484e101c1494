"""Clients that know one dated version, before and after the account moves: who fails, and who asks for what."""

from __future__ import annotations

import json
from typing import Any

import pytest
from brownout_clients.dated import WRITTEN_FOR, Heeds, Pinned, ReadsCharges, ReadsInvoice
from brownout_clients.protocols import Failure, Response
from made_up_shop import INTENT, PAYPAL, STRIPE, TOKEN, no, ok, shop

CHARGED = {**INTENT, "latest_charge": "ch_1", "charges": {"data": [{"id": "ch_1"}]}, "invoice": None}
NEWER = {**INTENT, "latest_charge": "ch_1"}
TOLD = {"Deprecation": "@1768089600", "Stripe-Version": "2025-02-24.acacia"}


def asked(provider: Any) -> list[str | None]:
    """Return the versions that calls asked for."""
    return [headers.get("Stripe-Version") for _, headers, _ in provider.sent]


@pytest.mark.parametrize("kind", [ReadsCharges, ReadsInvoice])
def test_who_takes_the_accounts_version_for_granted_loses_the_answer(kind: type) -> None:
    """The payment is made; what it reads is gone, and it doesn't know. It never says which version it means."""
    before, _, _ = shop(kind, ok(CHARGED))
    after, provider, _ = shop(kind, ok(NEWER))

    assert before.pay(STRIPE).id == "pi_1"
    with pytest.raises(Failure) as lost:
        after.pay(STRIPE)
    assert (lost.value.error, lost.value.certain) == ("contract", False)
    assert asked(provider) == [None]


@pytest.mark.parametrize("intent", [CHARGED, NEWER])
def test_who_pins_says_so_with_each_call_and_reads_both(intent: dict[str, Any]) -> None:
    """To Stripe alone; an answer without any charge is none."""
    client, provider, _ = shop(Pinned, no(503), ok(intent))

    assert client.pay(STRIPE).id == "pi_1"
    assert asked(provider) == [WRITTEN_FOR] * 2
    bare, _, _ = shop(Pinned, ok(INTENT))
    with pytest.raises(Failure, match="no charge"):
        bare.pay(STRIPE)


def test_who_heeds_pins_once_it_is_told() -> None:
    """To the version of the answer that said so, for good and for all users; before, it names none."""
    told = Response(200, TOLD, json.dumps(CHARGED).encode())
    client, provider, _ = shop(Heeds, ok(CHARGED), told, ok(CHARGED), ok(NEWER))

    for _ in range(3):
        client.pay(STRIPE)
    with pytest.raises(Failure, match="invoice"):
        client.pay(STRIPE)

    assert asked(provider) == [None, None, "2025-02-24.acacia", "2025-02-24.acacia"]


@pytest.mark.parametrize("kind", [Pinned, Heeds])
def test_paypal_is_asked_as_ever(kind: type) -> None:
    """It has no such versions."""
    client, provider, _ = shop(kind, ok(TOKEN), no(422))

    with pytest.raises(Failure):
        client.pay(PAYPAL)
    assert asked(provider) == [None, None]
