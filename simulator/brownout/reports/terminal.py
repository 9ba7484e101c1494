"""`terminal`: the verdict for a person at a terminal. The verdict first, then why, then the figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from brownout.core.metrics import METRICS
from brownout.core.money import say
from brownout.reports.checks import about, counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_STYLES: Final = {"pass": "bold green", "fail": "bold red", "inconclusive": "bold yellow"}
_FINDINGS_SHOWN: Final = 10
"""How many findings an arm shows; all of them are in verdict.json."""
_CLASSES_SHOWN: Final = 3
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
    yield from _paired(verdict)
    yield from _findings(verdict)
    yield Text()
    yield _table(verdict["arms"])
    if verdict["phases"]:
        yield Text()
        yield _phases(verdict["arms"])
    if any(arm["thresholds"] or arm["steady_state"] for arm in verdict["arms"].values()):
        yield Text()
        yield _asked(verdict["arms"])
        yield from _advised(verdict["arms"])
    yield from _directions(verdict)


def _headline(verdict: Mapping[str, Any]) -> Iterator[Text]:
    scenario = verdict["scenario"]
    head = Text(verdict["status"].upper(), style=_STYLES[verdict["status"]])
    head.append(f"  {_plain(scenario['title'] or scenario['name'])}", style="default")
    if verdict["interrupted"]:
        head.append("  (interrupted: this is only a part of the run)", style="yellow")
    if verdict.get("aborted"):
        head.append("  (a threshold ended the run early)", style="yellow")
    yield head
    for reason in verdict["reasons"]:
        yield Text(f"  {_plain(reason)}")
    for warning in verdict.get("warnings") or ():
        yield Text(f"  warning: {_plain(warning)}", style="yellow")
    for note in verdict["notes"]:
        yield Text(f"  note: {_plain(note)}", style="dim")


def _table(arms: Mapping[str, Any]) -> Table:
    """Return a column for each arm, a row for each measure, for each fault and for each limit."""
    table = _bare("")
    for name, arm in arms.items():
        table.add_column(_plain(f"{name} (control)" if arm["control"] else name), justify="right")
    for label, cell in _ROWS.items():
        table.add_row(label, *(cell(arm) for arm in arms.values()))
    for label, told in _WHERE_SEEN.items():
        seen = [told(arm) for arm in arms.values()]
        if any(one not in (None, "0") for one in seen):
            table.add_row(label, *(_NOT_MEASURED if one is None else one for one in seen))
    first = next(iter(arms.values()))
    for number, rule in enumerate(first["rules"]):
        cells = (_fired(arm["rules"][number]) for arm in arms.values())
        table.add_row(_plain(f"fault {rule['name']}{_in(rule['phase'])}"), *cells)
    for number, limit in enumerate(first["limits"]):
        cells = (f"{arm['limits'][number]['refused']} refused" for arm in arms.values())
        table.add_row(_plain(f"limit {limit['name']}{_in(limit['phase'])}"), *cells)
    return table


def _phases(arms: Mapping[str, Any]) -> Table:
    """Return a row for each phase of each arm; what isn't measured is a question mark there."""
    table = _bare("arm")
    table.add_column("phase")
    for label in ("good", "p95", "twice"):
        table.add_column(label, justify="right", no_wrap=True)
    table.add_column("ended badly")
    for name, arm in arms.items():
        label = _plain(name)
        for phase in arm["phases"]:
            values = phase["metrics"]
            table.add_row(
                label,
                _plain(phase["name"]),
                *(
                    cell.replace(_NOT_MEASURED, "?")
                    for cell in (
                        _good(values),
                        _time(values["op.latency"]["p(95)"]),
                        _whole(values["payments.duplicated"]["count"]),
                    )
                ),
                _classes(phase["errors"]),
            )
            label = ""
    return table


def _asked(arms: Mapping[str, Any]) -> Table:
    """Return a row for everything that was asked, with what it came to in each arm that it is about."""
    rows: dict[tuple[bool, str], dict[str, Text]] = {}
    for name, arm in arms.items():
        for part in ("thresholds", "steady_state"):
            for check in arm[part]:
                subject = f"{about(check)} {check['assertion']}{' (gate)' if check.get('gate') else ''}"
                came_to = _came_to(check, decides=counts(arm, check))
                rows.setdefault((part == "steady_state", subject), {})[name] = came_to
    table = _bare("asked")
    for name in arms:
        table.add_column(_plain(name), justify="right")
    for steady, subject in sorted(rows, key=lambda row: row[0]):
        label = f"steady: {subject}" if steady else subject
        table.add_row(_plain(label), *(rows[steady, subject].get(name, Text("-")) for name in arms))
    return table


def _advised(arms: Mapping[str, Any]) -> Iterator[Text]:
    """Yield what to do about each metric that an arm missed, if it decides."""
    missed: dict[str, str] = {}
    for arm in arms.values():
        for check in (*arm["thresholds"], *arm["steady_state"]):
            if counts(arm, check) and check.get("advice"):
                missed[check["metric"]] = check["advice"]
    if missed:
        yield Text()
    for metric, advice in missed.items():
        line = Text(f"{_plain(metric)} missed: ", style="dim")
        line.append(_plain(advice), style="default")
        yield line


def _paired(verdict: Mapping[str, Any]) -> Iterator[Text]:
    """Yield how arms compare order by order, where that can be told."""
    for one in verdict.get("pairs") or ():
        if one["message"]:
            yield Text(f"  {_plain(one['message'])}", style="dim")


def _came_to(check: Mapping[str, Any], *, decides: bool) -> Text:
    value = check["value"]
    if value is None:
        return Text(_NOT_MEASURED, style="yellow" if decides else "dim")
    timed = METRICS[check["metric"]].timed
    text = _time(value) if timed else _number(value)
    if check.get("interval"):
        text = f"{text} ({_between(*check['interval'])})"
    if check["holds"]:
        return Text(text)
    if check["holds"] is None:
        return Text(f"{text} open", style="yellow" if decides else "dim")
    return Text(f"{text} missed", style="red" if decides else "default")


def _between(low: float, high: float) -> str:
    """Return the 95% interval of a share.

    >>> _between(0.5662, 1.0)
    '0.566 to 1'
    """
    return f"{low:.3g} to {high:.3g}"


def _orders(arm: Mapping[str, Any]) -> str:
    ran, planned = _count("operations")(arm), arm["orders"]["planned"]
    return ran if planned is None else f"{ran} of {planned}"


def _late(arm: Mapping[str, Any]) -> str:
    lag = arm.get("lag") or {}
    if lag.get("p99_seconds") is None:
        return _NOT_MEASURED
    return f"{_time(lag['p99_seconds'])} p99, {_time(lag['max_seconds'])} most"


def _good(values: Mapping[str, Any]) -> str:
    rate, number = values["goodput.rate"]["value"], values["operations.good"]["count"]
    return _NOT_MEASURED if rate is None else f"{number:.0f} ({_percent(rate)})"


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
    idle = f", {rule['idle']} idle" if rule.get("idle") else ""  # fired, and there was nothing to change
    return f"{rule['fired']}{idle} ({_about(rule['expected'])} expected)"


def _about(number: float | None) -> str:
    if number is None:
        return "?"
    return f"~{number:.0f}" if number >= 10 else f"~{number:.2g}"


def _count(metric: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda arm: _whole(arm["metrics"][metric]["count"])


_ROWS: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "orders": _orders,
    "good": lambda arm: _good(arm["metrics"]),
    "ended badly": lambda arm: _classes(arm["errors"]["operations"]),
    "charges": _charged,
    "charged too often": _count("payments.duplicated"),
    "claimed paid, never charged": _count("payments.lost"),
    "claimed failed, yet charged": _count("payments.orphaned"),
    "never learned how it ended": _count("payments.unresolved"),
    "money wrong": _money_wrong,
    "95% were done within": lambda arm: _time(arm["metrics"]["op.latency"]["p(95)"]),
    "generator late": _late,
    "tries per order": lambda arm: _number(arm["metrics"]["retry.amplification"]["value"]),
}


def _share_of(metric: str) -> Callable[[Mapping[str, Any]], str | None]:
    def cell(arm: Mapping[str, Any]) -> str | None:
        rate = arm["metrics"].get(metric, {}).get("rate")
        return None if rate is None else _percent(rate)

    return cell


def _number_of(metric: str) -> Callable[[Mapping[str, Any]], str | None]:
    return lambda arm: None if (number := arm["metrics"].get(metric, {}).get("count")) is None else _whole(number)


def _wrong_steps(arm: Mapping[str, Any]) -> str | None:
    """Return how often the wrong thing was done about a bad answer, and what that mostly was; None if nobody knows."""
    values = arm["metrics"]
    wrong = values.get("mishandled", {}).get("count")
    if not wrong:
        return None if wrong is None else "0"
    kinds = {name.partition(".")[2]: of["count"] for name, of in values.items() if name.startswith("mishandled.")}
    most = max(kinds, key=lambda name: kinds[name])
    return f"{wrong:.0f}, most {most.replace('_', ' ')}"


_WHERE_SEEN: Final[dict[str, Callable[[Mapping[str, Any]], str | None]]] = {
    "came back no earlier than told": _share_of("retry_after.honoured"),
    "wrong next steps": _wrong_steps,
    "token renewals that worked": _share_of("refresh.success"),
    "token renewals at once": _number_of("refresh.overlapping"),
}
"""Rows of what not every run has: they are there if any arm has something to tell."""


def _findings(verdict: Mapping[str, Any]) -> Iterator[Text]:
    for name, arm in verdict["arms"].items():
        found = arm["findings"]
        if not found:
            continue
        yield Text()
        for finding in found[:_FINDINGS_SHOWN]:
            yield Text(_plain(finding["message"]))
        more = len(found) - _FINDINGS_SHOWN
        if more > 0:
            yield Text(f"{_plain(name)}: and {more} more, all in verdict.json", style="dim")


def _grounds(verdict: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield in a line each what the verdict rests on, and what it can't see."""
    found = verdict.get("rests_on") or {"exchanges": {"count": 0}}
    if found["exchanges"]["count"]:
        shares = ", ".join(f"{_percent(share)} {name}" for name, share in found["exchanges"]["shares"].items() if share)
        kinds = Counter(one["fidelity"] for one in found["operations"].values())
        called = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
        yield "rests", f"on {found['exchanges']['count']:,} requests ({shares}) to operations: {called}"
    unseen = [one["what"] for one in verdict.get("cant_see") or ()]
    if unseen:
        yield "unseen", f"{', '.join(unseen)}; verdict.json says why"


def _directions(verdict: Mapping[str, Any]) -> Iterator[Text]:
    yield Text()
    rows = [*_grounds(verdict), ("seed", str(verdict["seed"]))]
    again = verdict.get("again") or verdict["repeat"]
    rows += [(label, text) for label, text in (("again", again), ("why", verdict.get("explain")),
                                               ("page", verdict.get("page")),
                                               ("files", verdict.get("folder"))) if text]  # fmt: skip
    for label, value in rows:
        line = Text(f"{label:<7}", style="dim")
        line.append(_plain(value), style="default")
        yield line


def _bare(title: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(title)
    return table


def _in(phase: str | None) -> str:
    return "" if phase is None else f" in {phase}"


def _classes(errors: Mapping[str, int]) -> str:
    """Return the classes of errors with the most of them: `20 transport, 3 auth`."""
    said = [f"{number} {name.replace('_', ' ')}" for name, number in list(errors.items())[:_CLASSES_SHOWN]]
    more = sum(list(errors.values())[_CLASSES_SHOWN:])
    return ", ".join([*said, f"{more} other"] if more else said) or "0"


def _plain(text: str) -> str:
    """Return text that a client or a scenario wrote without what would steer the terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _time(seconds: float | None) -> str:
    if seconds is None:
        return _NOT_MEASURED
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _percent(rate: float) -> str:
    """Return a share; 100% and 0% only where it is all or nothing."""
    shown = f"{rate:.1%}"
    if shown in ("100.0%", "0.0%"):
        return shown.replace(".0", "") if rate in (0, 1) else f"{'<' if rate > 0.5 else '>'}{shown.replace('.0', '')}"
    return shown


def _whole(value: float | None) -> str:
    return _NOT_MEASURED if value is None else f"{value:.0f}"


def _number(value: float | None) -> str:
    return _NOT_MEASURED if value is None else f"{value:.0f}" if float(value).is_integer() else f"{value:.4g}"
