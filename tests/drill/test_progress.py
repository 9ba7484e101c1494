"""What a drill shows while it runs."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from brownout.core.plan import Phase, Plan
from brownout.drill.glance import Glance, Snapshot
from brownout.drill.progress import Bar, Lines, watcher
from brownout.testing import EngineTransport

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.sandbox import Sandbox


def _console(*, terminal: bool) -> tuple[Console, StringIO]:
    out = StringIO()
    return Console(file=out, force_terminal=terminal, width=80, color_system=None, legacy_windows=False), out


def test_lines_say_how_far_it_is_and_what_was_found() -> None:
    """Without a terminal there is a line now and then, and one for each finding at once."""
    console, out = _console(terminal=False)
    shown = watcher(console)

    shown.begin("naive", 105)
    for orders in range(20):
        shown.tick(Snapshot(orders, orders + 1, 2))
    shown.finding("charged order-0017 twice")
    shown.end()

    assert isinstance(shown, Lines)
    assert out.getvalue().splitlines() == [
        "naive: 105 orders",
        "naive: 19/105 orders, 20 requests, 2 faults",
        "naive charged order-0017 twice",
        "naive: 19/105 orders, 20 requests, 2 faults",
    ]


@pytest.mark.parametrize("terminal", [False, True])
def test_orders_that_nobody_planned_have_no_number(*, terminal: bool) -> None:
    """A closed load is shown with what it got done."""
    console, out = _console(terminal=terminal)
    shown = watcher(console)

    shown.begin("naive", None)
    shown.tick(Snapshot(40, 44, 4))
    shown.end()

    assert "40 orders" in out.getvalue()
    assert "None" not in out.getvalue()


def test_terminal_has_a_bar_with_the_findings_above() -> None:
    """On a terminal each arm has a bar, and a finding stays readable."""
    console, out = _console(terminal=True)
    shown = watcher(console)

    shown.begin("naive", 105)
    shown.tick(Snapshot(40, 44, 4, "storm"))
    shown.finding("charged order-0017 twice")
    shown.end()

    assert isinstance(shown, Bar)
    assert "40/105 orders" in out.getvalue()
    assert "44 requests, 4 faults, storm" in out.getvalue()
    assert "naive charged order-0017 twice" in out.getvalue()


def test_ticks_before_the_beginning_are_harmless() -> None:
    """A bar that hasn't begun shows nothing."""
    console, out = _console(terminal=True)

    Bar(console).tick(Snapshot(1, 1, 1))

    assert out.getvalue() == ""


def _glance(world: Sandbox, *phases: Phase) -> tuple[Glance, Callable[[], list[str]]]:
    glance = Glance(world, Plan(phases=phases))
    return glance, lambda: glance.findings(glance.read())


@pytest.fixture
def world() -> Sandbox:
    """A world in which nothing has happened."""
    return EngineTransport(Plan()).world


def _capture(world: Sandbox, key: str, payment: str) -> None:
    world.ledger.post(
        "capture", at=0.0, provider="p", account="a", payment=payment, object_id=payment, amount_minor=5,
        currency="usd", key=key,
    )  # fmt: skip


def test_doubles_are_told_once_as_they_happen(world: Sandbox) -> None:
    """Each payment beyond the first of a key is told when it comes, and not again."""
    _, news = _glance(world)
    for key, payment in (("order-1", "a"), ("order-2", "b"), ("order-1", "c")):
        _capture(world, key, payment)
    assert news() == ["charged order-1 twice"]

    _capture(world, "order-1", "d")

    assert news() == ["charged order-1 3 times"]
    assert news() == []


def test_a_thousand_doubles_are_not_a_thousand_lines(world: Sandbox) -> None:
    """After ten, one line says that there are more."""
    _, news = _glance(world)
    for number in range(2000):
        _capture(world, f"order-{number // 2}", f"p-{number}")

    told = news()

    assert len(told) == 11
    assert told[-1] == "charged more orders twice; the verdict names them all"
    _capture(world, "order-1", "one more")
    assert news() == []


def test_the_first_of_each_kind_of_failure_is_told(world: Sandbox) -> None:
    """By the client's own word for it, in what it said; others of the kind are the verdict's."""
    glance, news = _glance(world, Phase(name="calm", duration_seconds=2), Phase(name="storm", duration_seconds=2))
    for number in range(3):
        world.claims.append(
            {"key": f"order-{number}", "outcome": "fail", "error": "auth", "detail": "401 at x", "due": number + 0.5}
        )
    world.claims.append({"key": "order-9", "outcome": "ok", "error": None, "detail": None, "due": "soon"})

    assert news() == ["order-0 failed: 401 at x"]
    assert glance.read().snapshot == Snapshot(4, 0, 0, "storm")
    assert news() == []
