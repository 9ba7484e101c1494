"""`terminal`: the verdict for a person at a terminal. The verdict first, then why, then the figures."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from brownout.core.money import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_STYLES: Final = {"pass": "bold green", "fail": "bold red", "inconclusive": "bold yellow"}
_FINDINGS_SHOWN: Final = 5
"""How many findings an arm shows; all of them are in verdict.json."""
_NOT_MEASURED: Final = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalReport:
    """Only printed. Without `color` the text is plain; `width` is the terminal's, in columns."""

    api: ClassVar[int] = 1
    name: ClassVar[str] = "terminal"
    filename: ClassVar[str] = ""

    color: bool = False
    width: int = 100

    def render(self, verdict: Mapping[str, Any]) -> str:
        """Return the report's text."""
        out = StringIO()
        console = Console(
            file=out,
            width=max(60, self.width),
            force_terminal=self.color,
            color_system="standard" if self.color else None,
            highlight=False,
            emoji=False,
            legacy_windows=False,
        )
        for part in _parts(verdict):
            console.print(part, soft_wrap=isinstance(part, Text))
        return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _parts(verdict: Mapping[str, Any]) -> Iterator[Text | Table]:
    yield from _headline(verdict)
    yield Text()
    yield _table(verdict["arms"])
    yield from _findings(verdict)
    yield from _directions(verdict)


def _headline(verdict: Mapping[str, Any]) -> Iterator[Text]:
    scenario = verdict["scenario"]
    head = Text(verdict["status"].upper(), style=_STYLES[verdict["status"]])
    head.append(f"  {scenario['title'] or scenario['name']}", style="default")
    if verdict["interrupted"]:
        head.append("  (interrupted: this is only a part of the run)", style="yellow")
    yield head
    for reason in verdict["reasons"]:
        yield Text(f"  {reason}")
    for note in verdict["notes"]:
        yield Text(f"  note: {note}", style="dim")


def _table(arms: Mapping[str, Any]) -> Table:
    """Return a column for each arm, a row for each measure and for each fault."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("", no_wrap=True)
    for name, arm in arms.items():
        table.add_column(f"{name} (control)" if arm["control"] else name, justify="right")
    for label, cell in _ROWS.items():
        table.add_row(label, *(cell(arm) for arm in arms.values()))
    first = next(iter(arms.values()))
    for number, rule in enumerate(first["rules"]):
        table.add_row(f"fault {rule['name']}", *(_fired(arm["rules"][number]) for arm in arms.values()))
    return table


def _orders(arm: Mapping[str, Any]) -> str:
    ran, planned = _count("operations")(arm), arm["orders"]["planned"]
    return ran if planned is None else f"{ran} of {planned}"


def _charged(arm: Mapping[str, Any]) -> str:
    total = ", ".join(say(one["captured_minor"], currency) for currency, one in arm["money"].items())
    number = sum(one["captures"] for one in arm["money"].values())
    return f"{number}: {total}" if total else "0"


def _money_wrong(arm: Mapping[str, Any]) -> str:
    error = arm["metrics"]["money.error"]["value"]
    if error is None:
        return _NOT_MEASURED
    currency = next(iter(arm["money"]), None)
    return say(int(error), currency) if currency else _whole(error)


def _fired(rule: Mapping[str, Any]) -> str:
    expected = rule["expected"]
    return f"{rule['fired']} (expected {'?' if expected is None else _number(expected)})"


def _count(metric: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda arm: _whole(arm["metrics"][metric]["count"])


_ROWS: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "orders": _orders,
    "charges": _charged,
    "charged too often": _count("payments.duplicated"),
    "claimed paid, never charged": _count("payments.lost"),
    "claimed failed, yet charged": _count("payments.orphaned"),
    "never learned how it ended": _count("payments.unresolved"),
    "money wrong": _money_wrong,
    "tries per order": lambda arm: _number(arm["metrics"]["retry.amplification"]["value"]),
}


def _findings(verdict: Mapping[str, Any]) -> Iterator[Text]:
    for name, arm in verdict["arms"].items():
        found = arm["findings"]
        if not found:
            continue
        yield Text()
        for finding in found[:_FINDINGS_SHOWN]:
            yield Text(f"{name}: {finding['message']}")
        more = len(found) - _FINDINGS_SHOWN
        if more > 0:
            yield Text(f"{name}: and {more} more, all in verdict.json", style="dim")


def _directions(verdict: Mapping[str, Any]) -> Iterator[Text]:
    yield Text()
    rows = [("seed", str(verdict["seed"]))]
    rows += [(label, verdict[key]) for label, key in (("again", "again"), ("why", "explain"), ("files", "folder"))
             if verdict.get(key)]  # fmt: skip
    for label, value in rows:
        line = Text(f"{label:<7}", style="dim")
        line.append(value, style="default")
        yield line


def _whole(value: float | None) -> str:
    return _NOT_MEASURED if value is None else f"{value:.0f}"


def _number(value: float | None) -> str:
    return _NOT_MEASURED if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
