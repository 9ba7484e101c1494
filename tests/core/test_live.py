"""Rules that stand in for the scenario's own while a world runs, and what comes back after them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from toy import KEY, REGISTRIES

from brownout import scenario
from brownout.core.rules import Band, Count, Rule
from brownout.faults.abort import Abort
from brownout.server import control
from brownout.testing import EngineTransport

SCENARIO = """
brownout: 1
faults:
  - {name: first, kind: latency, delay: 1ms}
  - name: gone
    kind: drift
    change: remove
    path: $.amount
    at: 60d
    announced: {link: "https://example.com/changelog"}
  - name: some
    one_of:
      - {name: refused, percentage: 50, kind: abort, status: 503}
      - {name: slow, percentage: 50, kind: latency, delay: 1ms}
  - {name: last, kind: abort, status: 500}
"""
OWN = ["first", "gone", "gone.announced", "refused", "slow", "last"]


def running(text: str = SCENARIO) -> EngineTransport:
    """Return a world under a scenario."""
    return EngineTransport(scenario.load(text, REGISTRIES), registries=REGISTRIES)


def put(transport: EngineTransport, name: str, ttl: float | None, *names: str) -> None:
    """Put a fault of this name, or a choice of it with branches of those names."""
    rule = Rule(name=name, fault=Abort(status=504), target="edge", origin="live", ttl_seconds=ttl)
    half, band = Count(percentage=50), Band(name, 0.0, 50.0)
    rules = [replace(rule, name=one, count=half, band=band) for one in names] or [rule]
    transport.world.put_rules(name, rules, transport.wall)


def names(transport: EngineTransport, after: float = 0.0) -> list[str]:
    """Return the rules in force so many seconds later, in their order."""
    transport.wall += after
    return [one["name"] for one in control.faults(transport.world, transport.wall)]


def test_all_that_a_live_rule_stood_in_for_comes_back() -> None:
    """The announcement of a fault, and every branch of a choice, each in its place."""
    transport = running()

    put(transport, "gone", 10.0)
    put(transport, "some", 20.0)

    assert names(transport) == ["first", "gone", "last", "some"]
    assert names(transport, 10.0) == ["first", "gone", "gone.announced", "last", "some"]
    assert names(transport, 10.0) == OWN


def test_what_stood_aside_comes_back_with_its_counters() -> None:
    """It goes on as if nothing had been between; what was put counts for itself."""
    transport = running("brownout: 1\nfaults:\n  - {name: last, kind: abort, status: 500}\n")

    def counts() -> tuple[int, int]:
        [one] = control.faults(transport.world, transport.wall)
        return one["matched"], one["fired"]

    for _ in range(3):
        transport.send("GET", "/toy/v1/payments/x", headers=KEY)
    put(transport, "last", 10.0)
    assert counts() == (0, 0)
    transport.send("GET", "/toy/v1/payments/x", headers=KEY)
    assert counts() == (1, 1)
    transport.wall += 10
    assert counts() == (3, 3)
    assert transport.world.drop_rule("last")
    put(transport, "last", None)
    assert counts() == (0, 0)


@pytest.mark.parametrize(
    ("puts", "drop", "left"),
    [
        ([("some", 10.0, "x", "y")], "some", ["first", "gone", "gone.announced", "last"]),
        ([("some", 10.0, "x", "y")], "x", OWN),
        ([("some", 10.0, "x", "y"), ("x", 20.0)], None, OWN),
        ([("some", 10.0, "x", "y"), ("x", 20.0)], "y", OWN),
        ([("some", 10.0), ("some", 20.0)], None, OWN),
        ([("some", 10.0), ("refused", 20.0)], None, OWN),
        ([("some", 10.0), ("refused", 20.0)], "refused", ["first", "gone", "gone.announced", "slow", "last"]),
        ([("slow", 10.0), ("some", 20.0)], None, OWN),
        ([("gone", 10.0), ("gone", None)], None, ["first", "gone", "refused", "slow", "last"]),
    ],
)
def test_it_comes_back_when_nobody_stands_in_for_it_any_more(
    puts: list[Any], drop: str | None, left: list[str]
) -> None:
    """However often and by whatever name it was replaced; DELETE takes out what goes by that name for good."""
    transport = running()
    for name, ttl, *branches in puts:
        put(transport, name, ttl, *branches)
    if drop is not None:
        transport.world.drop_rule(drop)

    assert names(transport, 25.0) == left


def test_what_a_request_asks_for_knows_the_time() -> None:
    """A date after the scenario's beginning is one, and a wait that rises has risen by now."""
    transport = running("brownout: 1\nfault_header: true\nclock: {start: 2026-01-01T00:00:00Z}\n")
    asks = {**KEY, "Brownout-Fault": "deprecation; deprecation=1d"}

    assert transport.send("GET", "/toy/v1/payments/x", headers=asks).headers["Deprecation"] == "@1767312000"

    transport.wall += 10.0
    asks["Brownout-Fault"] = "latency; delay=2s; rise=20s"
    before = transport.wall
    transport.send("GET", "/toy/v1/payments/x", headers=asks)
    assert transport.wall - before == pytest.approx(1.0)
