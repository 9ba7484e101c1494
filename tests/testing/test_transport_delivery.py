"""Answers in part or slowly, without sockets and on virtual time."""

from __future__ import annotations

import pytest
from toy import KEY, REGISTRIES

from brownout.core.plan import Plan
from brownout.core.rules import Rule
from brownout.faults.cut import Cut
from brownout.faults.keepalive import Keepalive
from brownout.faults.trickle import Trickle
from brownout.testing.transport import EngineTransport

PAY = b'{"amount": 100, "order": "o-1"}'


def transport(*faults: Cut | Trickle | Keepalive) -> EngineTransport:
    """Return one under these faults."""
    rules = tuple(Rule(name=fault.kind, fault=fault, target="response") for fault in faults)
    return EngineTransport(Plan(rules=rules), registries=REGISTRIES)


@pytest.mark.parametrize(
    ("fault", "seen", "outcome"),
    [
        (Cut(), ConnectionAbortedError, "cut"),
        (Cut(connection="reset"), ConnectionResetError, "cut"),
        (Cut(framing="chunked"), ConnectionAbortedError, "cut"),
        (Cut(connection="stall"), TimeoutError, "client_gone"),
    ],
)
def test_a_cut_is_what_a_client_sees_of_it(fault: Cut, seen: type[Exception], outcome: str) -> None:
    """And the payment stands."""
    engine = transport(fault)
    with pytest.raises(seen):
        engine.send("POST", "/toy/v1/payments", headers=KEY, body=PAY)
    record = next(iter(engine.world.journal))

    assert (record.outcome, record.fired[0].state) == (outcome, "applied")
    assert sum(entry.amount_minor for entry in engine.world.ledger if entry.kind == "capture") == 100


def test_a_cut_that_says_it_is_all_is_a_short_body() -> None:
    """Complete for HTTP."""
    sent = transport(Cut(after_bytes=7, framing="cut")).send("GET", "/toy/v1/payments", headers=KEY)

    assert (sent.status, sent.body) == (200, b'{"data"')


def test_a_slow_body_moves_virtual_time() -> None:
    """By its own sum, and nobody waits."""
    engine = transport(Trickle(first_byte=3600, piece_bytes=5, pause=10), Keepalive(connection="reset"))
    before = engine.wall
    sent = engine.send("GET", "/toy/v1/payments", headers=KEY)

    assert sent.body == b'{"data":[]}'
    assert engine.wall - before == pytest.approx(3620)


def test_head_has_no_body_to_cut() -> None:
    """It arrives as it was."""
    assert transport(Cut()).send("HEAD", "/toy/v1/payments", headers=KEY).body == b""
