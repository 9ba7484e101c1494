"""What a drill shows while it runs."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from story import Story

from brownout.drill.progress import Bar, Doubles, Lines, Snapshot, watcher


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


def test_terminal_has_a_bar_with_the_findings_above() -> None:
    """On a terminal each arm has a bar, and a finding stays readable."""
    console, out = _console(terminal=True)
    shown = watcher(console)

    shown.begin("naive", 105)
    shown.tick(Snapshot(40, 44, 4))
    shown.finding("charged order-0017 twice")
    shown.end()

    assert isinstance(shown, Bar)
    assert "40/105 orders  4 faults" in out.getvalue()
    assert "naive charged order-0017 twice" in out.getvalue()


def test_ticks_before_the_beginning_are_harmless() -> None:
    """A bar that hasn't begun shows nothing."""
    console, out = _console(terminal=True)

    Bar(console).tick(Snapshot(1, 1, 1))

    assert out.getvalue() == ""


def test_doubles_are_told_once_as_they_happen() -> None:
    """Each payment beyond the first of a key is told when it comes, and not again."""
    ledger = Story().charge("order-1").charge("order-2").charge("order-1").charge("order-1").ledger
    doubles = Doubles()

    first = doubles.take(ledger.since(0)[:6])
    second = doubles.take(ledger.since(doubles.read))

    assert first == ["charged order-1 twice"]
    assert second == ["charged order-1 3 times"]
    assert doubles.take(ledger.since(doubles.read)) == []
