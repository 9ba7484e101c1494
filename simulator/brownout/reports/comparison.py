"""A comparison of two verdicts for a person at a terminal: what the gate says, then metric by metric. Only printed."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from brownout.core.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_STYLES: Final = {"pass": "bold green", "fail": "bold red", "inconclusive": "bold yellow"}
_OUTCOMES: Final = {
    "better": ("better", "green"), "worse": ("worse", "red"), "alike": ("alike", ""),
    "no_worse": ("no worse", ""), "open": ("open", "yellow"), None: ("", ""),
}  # fmt: skip
SEEDS_LEAST: Final = 20
_REASONS_MOST: Final = 20
_COLUMNS_LEAST: Final = 120
"""A narrower terminal breaks lines, which reads better than figures that are cut."""


def render(found: Mapping[str, Any], *, color: bool = False, width: int = 100) -> str:
    """Return the text; `width` is the terminal's, in columns."""
    out = StringIO()
    console = Console(
        file=out,
        width=max(_COLUMNS_LEAST, width),
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )
    for part in _parts(found):
        console.print(part, soft_wrap=isinstance(part, Text))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _parts(found: Mapping[str, Any]) -> Iterator[Text | Table]:
    head = Text(found["status"].upper(), style=_STYLES[found["status"]])
    head.append(f"  {_plain(found['scenario']['title'] or found['scenario']['name'])}", style="default")
    yield head
    for reason in found["reasons"][:_REASONS_MOST]:
        yield Text(f"  {_plain(reason)}")
    if len(found["reasons"]) > _REASONS_MOST:
        yield Text(f"  and {len(found['reasons']) - _REASONS_MOST} reasons more", style="dim")
    seeds = len(found["seeds"])
    for arm in found["arms"]:
        yield Text()
        yield _table(arm)
        yield from _below(arm, seeds)


def _table(arm: Mapping[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(_plain(arm["a"] if arm["a"] == arm["b"] else f"{arm['a']} → {arm['b']}"), no_wrap=True)
    for label in ("A", "B", "difference", "95%"):
        table.add_column(label, justify="right", no_wrap=True)
    reduced = any(one["reduction"] is not None for one in arm["metrics"])
    if reduced:
        table.add_column("less by", justify="right", no_wrap=True)
    table.add_column("judged", no_wrap=True)
    for one in _shown(arm["metrics"]):
        said, style = _OUTCOMES[one["outcome"]]
        if one["margin"] is not None:
            said = f"{said} (by {one['margin']:g})".strip()
        cells = [_value(one, one["a"]), _value(one, one["b"]), _difference(one), _interval(one)]
        cells += [_reduction(one)] if reduced else []
        table.add_row(_name(one), *cells, Text(said if one["judged"] or style else "", style=style))
    return table


def _shown(metrics: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return what is judged, then whatever else differs."""
    judged = [one for one in metrics if one["judged"]]
    return judged + [one for one in metrics if not one["judged"] and one["a"] != one["b"]]


def _below(arm: Mapping[str, Any], seeds: int) -> Iterator[Text]:
    orders = arm["orders"]
    if orders is not None and orders["orders"]:
        p = max(orders["p"], orders["p_stretches"])
        yield Text(
            f"  the same {orders['orders']:,} orders: {orders['only_b_good']:,} ended well only in B, "
            f"{orders['only_a_good']:,} only in A (p = {p:.2g})",
            style="dim",
        )
    if seeds == 1 and orders is None:
        yield Text("  orders aren't paired: the journals, ledgers and claims aren't there on both sides", style="dim")
    if 1 < seeds < SEEDS_LEAST:
        yield Text(f"  {seeds} seeds: {SEEDS_LEAST - seeds} more are needed for intervals", style="dim")
    same = len(arm["metrics"]) - len(_shown(arm["metrics"]))
    if same:
        yield Text(f"  and {same} more that are the same or measured on neither side", style="dim")


def _name(one: Mapping[str, Any]) -> str:
    aggregation = one["aggregation"]
    return str(one["metric"]) if aggregation in ("value", "count", "rate") else f"{one['metric']} {aggregation}"


def _value(one: Mapping[str, Any], value: float | None) -> str:
    if value is None:
        return "not measured"
    metric = METRICS.get(one["metric"])
    if metric is not None and metric.timed:
        return f"{value * 1000:.0f} ms" if abs(value) < 1 else f"{value:.2f} s"
    return _number(value)


def _difference(one: Mapping[str, Any]) -> str:
    if one["difference"] is None:
        return ""
    said = _value(one, one["difference"])
    return f"+{said}" if one["difference"] > 0 else said


def _interval(one: Mapping[str, Any]) -> str:
    if one["interval"] is None:
        return ""
    low, high = (_value(one, end) for end in one["interval"])
    return f"{low} to {high}"


def _number(value: float) -> str:
    """Return a number with as many digits as tell something.

    >>> _number(84_930.4), _number(0.8899123), _number(-13.0), _number(1.5e-7)
    ('84,930', '0.8899', '-13', '1.5e-07')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 or float(value).is_integer() else f"{value:.4g}"


def _reduction(one: Mapping[str, Any]) -> str:
    if one["reduction"] is None:
        return ""
    interval = one["reduction_interval"]
    if one["reduction"] < -1:  # a share of more than the whole tells nobody anything
        said = f"× {1 - one['reduction']:.3g}"
        low_high = [f"{1 - end:.3g}" for end in reversed(interval or ())]
    else:
        said = f"{one['reduction']:.0%}"
        low_high = [f"{100 * end:.0f}" for end in interval or ()]
    return f"{said} ({' to '.join(low_high)})" if low_high else said


def _plain(text: str) -> str:
    """Return text that a scenario wrote without what would steer the terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)
