"""Answers in part or slowly, without sockets and on virtual time."""

from __future__ import annotations

import contextlib

import pytest
from toy import KEY, REGISTRIES

from brownout.core.plan import Plan
from brownout.core.rules import Rule
from brownout.faults.abort import Abort
from brownout.faults.cut import Cut
from brownout.faults.keepalive import Keepalive
from brownout.faults.latency import Latency
from brownout.faults.trickle import Trickle
from brownout.testing.transport import EngineTransport

PAY = b'{"amount": 100, "order": "o-1"}'


def transport(*faults: Abort | Cut | Keepalive | Latency | Trickle) -> EngineTransport:
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


@pytest.mark.parametrize(
    ("fault", "seconds", "landed", "outcome"),
    [
        (Latency(delay=8), 5, False, None),
        (Latency(delay=4), 4, True, "sent"),
        (Abort(connection="hang"), 5, True, "client_gone"),
        (Trickle(first_byte=8), 5, True, "client_gone"),
        (Trickle(piece_bytes=6, pause=4), 4, True, "sent"),
        (Cut(connection="stall"), 5, True, "client_gone"),
    ],
)
def test_a_client_leaves_when_no_byte_came_for_long(
    fault: Latency | Abort | Trickle | Cut,
    seconds: float,
    landed: bool,  # noqa: FBT001
    outcome: str | None,
) -> None:
    """The wait counts from the last byte; an answer that isn't decided by then is nobody's, and yet to come."""
    engine = transport(fault)
    before = engine.wall
    flight = engine.open("GET", "/toy/v1/payments", headers=KEY)

    with contextlib.suppress(TimeoutError):
        flight.finish(patience_seconds=5)

    record = next(iter(engine.world.journal), None)
    assert engine.wall - before == pytest.approx(seconds)
    assert (flight.landed, record and record.outcome) == (landed, outcome)


@pytest.mark.parametrize("target", ["request", "response"])
def test_what_a_client_left_behind_is_done_all_the_same(target: str) -> None:
    """Its payment is made after it left, or was before; the money moves once."""
    rule = Rule(name="slow", fault=Latency(delay=8), target=target)  # type: ignore[arg-type]
    engine = EngineTransport(Plan(rules=(rule,)), registries=REGISTRIES)
    before = engine.wall
    flight = engine.open("POST", "/toy/v1/payments", headers=KEY, body=PAY)
    with pytest.raises(TimeoutError):
        flight.finish(patience_seconds=5)
    moved = _captures(engine)

    flight.abandon()

    (record,) = engine.world.journal
    assert engine.wall - before == pytest.approx(8)
    assert (flight.landed, record.outcome) == (True, "client_gone")
    assert (moved, _captures(engine)) == (1 if target == "response" else 0, 1)


def _captures(engine: EngineTransport) -> int:
    return sum(entry.kind == "capture" for entry in engine.world.ledger)
