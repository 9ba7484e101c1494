"""Draws two histories, one below the other, as a picture for docs/metrics.md.

All that is drawn is read from what the verdict judges: requests from the journal, coins from the ledger, words from the
claims. Plain SVG on a card of its own, so that it can be read on light pages and on dark ones.
"""

from __future__ import annotations

from collections import defaultdict
from html import escape
from math import ceil, floor
from typing import TYPE_CHECKING

from metric_tale import BEGAN

from brownout.verdict.attempts import Attempt, attempts
from brownout.verdict.history import History, history

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout.verdict import ArmRun
    from brownout.verdict.operations import Operation

WIDTH, LEFT, RIGHT = 640, 62, 560
STYLE = """
svg{--c:#fff;--i:#24292f;--m:#6e7781;--l:#eaeef2;--g:#2da44e;--b:#cf222e;--t:#bf8700;--k:#0969da;--y:#ffd33d}
@media(prefers-color-scheme:dark){svg{--c:#161b22;--i:#e6edf3;--m:#9198a1;--l:#2d333b;--g:#3fb950;--b:#f85149;--t:#d29922;
--k:#58a6ff;--y:#e3b341}}
text{font:11px system-ui,sans-serif;fill:var(--i)}.h{font-weight:600;font-size:12px}.s{fill:var(--m);font-size:10px}
.card{fill:var(--c)}.grid{stroke:var(--l)}.good{fill:var(--g)}.bad{fill:var(--b)}.limit{fill:var(--t)}
.wait{stroke:var(--m);stroke-dasharray:2 2}.cross{stroke:var(--c);stroke-width:1.5}.told{stroke:var(--k);fill:none}
.token{fill:var(--k);opacity:.55}.coin{fill:var(--y);stroke:var(--i)}.back{fill:var(--c);stroke:var(--i)}
.storm{fill:var(--b);opacity:.12}.fault{fill:var(--b)}.due{stroke:var(--i)}.queue{fill:var(--m)}
"""
ORDER = "grid token queue wait good bad limit cross told fault due coin back storm".split()  # noqa: SIM905
"""The kinds of marks, those above last."""


class Sheet:
    """A sheet of marks by their kinds, and of words. `scale` is how many pixels a second has."""

    def __init__(self, seconds: float) -> None:
        self.scale = (RIGHT - LEFT) / seconds
        self.height = 0.0
        self._marks: dict[str, list[str]] = defaultdict(list)
        self._words: list[str] = []

    def x(self, seconds: float) -> float:
        """Return where a moment is."""
        return LEFT + seconds * self.scale

    def box(self, kind: str, x: float, y: float, width: float, height: float) -> None:
        """Add a rectangle."""
        self._marks[kind].append(f"M{_n(x)} {_n(y)}h{_n(width)}v{_n(height)}h{_n(-width)}z")

    def line(self, kind: str, x: float, y: float, *by: tuple[float, float]) -> None:
        """Add a line from a point, each step relative to the one before it."""
        self._marks[kind].append(f"M{_n(x)} {_n(y)}" + "".join(f"l{_n(dx)} {_n(dy)}" for dx, dy in by))

    def coin(self, kind: str, x: float, y: float) -> None:
        """Add a coin."""
        self._marks[kind].append(f"M{_n(x - 4)} {_n(y)}a4 4 0 1 0 8 0a4 4 0 1 0-8 0z")

    def word(self, x: float, y: float, text: str, kind: str = "") -> None:
        """Add words."""
        named = f' class="{kind}"' if kind else ""
        self._words.append(f'<text x="{_n(x)}" y="{_n(y)}"{named}>{escape(text, quote=False)}</text>')

    def svg(self, title: str) -> str:
        """Return the picture."""
        height = _n(self.height)
        paths = [f'<path class="{kind}" d="{"".join(self._marks[kind])}"/>' for kind in ORDER if kind in self._marks]
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" role="img">',
                f"<title>{escape(title, quote=False)}</title>",
                f"<style>{STYLE.strip()}</style>",
                f'<rect class="card" width="{WIDTH}" height="{height}" rx="6"/>',
                *paths,
                *self._words,
                "</svg>\n",
            ]
        )


def picture(runs: Sequence[ArmRun], headings: Sequence[str], title: str, view: str) -> str:
    """Return two histories as one picture, drawn to one scale."""
    known = [history(run) for run in runs]
    sheet = Sheet(max(_until(run, one) for run, one in zip(runs, known, strict=True)) or 1.0)
    longest = max((each.latency_seconds or 0.0 for one in known for each in one.operations), default=0.0)
    for run, one, heading in zip(runs, known, headings, strict=True):
        sheet.word(8, sheet.height + 17, heading, "h")
        top = sheet.height = sheet.height + 26
        if view == "share":
            _shares(sheet, one)
        elif view == "length":
            _lengths(sheet, one, longest)
        else:
            _rows(sheet, run, one, thin=view == "thin")
        _grid(sheet, one, top)
    _axis(sheet)
    return sheet.svg(title)


def _until(run: ArmRun, known: History) -> float:
    """Return the last moment that anything happened at."""
    last = [one.ended_at - BEGAN for one in known.attempts if one.ended_at is not None]
    last += [one.ended_at - BEGAN + one.told_seconds for one in known.attempts if one.ended_at and one.told_seconds]
    last += [one["at"] - BEGAN for one in run.claims or ()]
    return max([*last, *(entry.at for entry in run.entries)])


def _grid(sheet: Sheet, known: History, top: float) -> None:
    for second in range(floor((RIGHT - LEFT) / sheet.scale) + 1):
        sheet.line("grid", sheet.x(second), top, (0, sheet.height - top))
    phases = known.head.phases
    if phases:
        begins, lasts = phases[0].duration_seconds, phases[1].duration_seconds
        sheet.box("storm", sheet.x(begins), top, lasts * sheet.scale, sheet.height - top)


def _axis(sheet: Sheet) -> None:
    seconds = (RIGHT - LEFT) / sheet.scale
    step = 1 if seconds < 12 else 2
    for second in range(0, floor(seconds) + 1, step):
        sheet.word(sheet.x(second) - 3, sheet.height + 12, f"{second} s", "s")
    sheet.height += 20


# ------------------------------------------------------------------ a row for each order and each token


def _rows(sheet: Sheet, run: ArmRun, known: History, *, thin: bool) -> None:
    rows: dict[str, list[Attempt]] = defaultdict(list)
    for record, one in zip(run.records, attempts(run.records), strict=True):
        rows[record["decided"]["key"]].append(one)
    orders = {one.key: one for one in known.operations}
    for key, tried in rows.items():
        if thin:
            _tries(sheet, tried, sheet.height, 5)
            sheet.height += 8
            continue
        sheet.word(8, sheet.height + 20, key)
        _tries(sheet, tried, sheet.height + 11, 9, lettered=True)
        for entry in run.entries:
            if entry.key == key and entry.kind in ("capture", "refund"):
                sheet.coin("coin" if entry.kind == "capture" else "back", sheet.x(entry.at), sheet.height + 5)
        _claimed(sheet, tried, orders.get(key))
        sheet.height += 24 + 6 * max(_lanes(sheet, tried)) + 3 * any(one.told_seconds for one in tried)
        _spans(sheet, tried)
    for number in range(known.whole.unsent):
        sheet.word(8, sheet.height + 20, f"order {len(orders) + number + 1}")
        sheet.word(LEFT, sheet.height + 20, "never sent", "s")
        sheet.height += 24


def _tries(sheet: Sheet, tried: Sequence[Attempt], y: float, tall: float, *, lettered: bool = False) -> None:
    """Draw the requests of a row, and the waits after those that ended badly; what overlaps is below what it does."""
    middle, before, failed = y + tall / 2, 0.0, False
    for one, lane in zip(tried, _lanes(sheet, tried), strict=True):
        begins, ends = _span(sheet, one)
        kind = {None: "good", "throttle": "limit"}.get(one.error, "bad")
        letter = (one.idempotency_key or one.token) if lettered else None
        if failed and begins > before:
            sheet.line("wait", before, middle, (begins - before - (9 if letter else 0), 0))
        sheet.box(kind, begins, y if lane == 0 else y + tall + 6 * lane - 5, ends - begins, tall if lane == 0 else 5)
        if one.error is not None:
            crossed(sheet, (begins + ends) / 2, middle, min(3.0, tall / 2 - 1), kind)
        if one.rules:
            sheet.line("fault", begins - 3, y - 7, (6, 0), (-3, 6))
        if one.told_seconds is not None:
            sheet.line("told", ends, y + tall - 1, (0, 4), (one.told_seconds * sheet.scale, 0), (0, -4))
        if letter:
            sheet.word(*((begins - 8, middle + 4) if lane == 0 else (ends + 3, y + tall + 6 * lane)), letter, "s")
        before, failed = max(ends, before), one.error is not None


def _lanes(sheet: Sheet, tried: Sequence[Attempt]) -> list[int]:
    """Return for each request how many others were under way when it came."""
    spans = [_span(sheet, one) for one in tried]
    return [sum(ends > begins for _, ends in spans[:number]) for number, (begins, _) in enumerate(spans)]


def _span(sheet: Sheet, one: Attempt) -> tuple[float, float]:
    """Return from where to where a request is drawn: wide enough to be seen."""
    begins = sheet.x((one.at or BEGAN) - BEGAN)
    return begins, max(begins + 5, sheet.x((one.ended_at or BEGAN) - BEGAN))


def crossed(sheet: Sheet, x: float, y: float, size: float, kind: str) -> None:
    """Say of a try that it ended badly, for those who don't tell its colour: a bar for a limit, else a cross."""
    if kind == "limit":
        sheet.line("cross", x - size, y, (2 * size, 0))
        return
    sheet.line("cross", x - size, y - size, (2 * size, 2 * size))
    sheet.line("cross", x - size, y + size, (2 * size, -2 * size))


def _claimed(sheet: Sheet, tried: Sequence[Attempt], order: Operation | None) -> None:
    """Draw when an order was due, if it had to wait, and what its client said of it."""
    if order is None or order.claim is None:
        return
    y, last = sheet.height + 15.5, max(_span(sheet, one)[1] for one in tried)
    at = sheet.x((order.claim.at or BEGAN) - BEGAN)
    if at > last + 3:
        sheet.line("wait", last, y, (at - last, 0))
        sheet.line("due", at, y - 5, (0, 10))
    refunded = "" if order.claim.refunded_minor is None else f", {order.claim.refunded_minor / 100:.0f} back"
    sheet.word(max(at, last) + 4, y + 4, f"{order.claim.outcome}{refunded}")


def _spans(sheet: Sheet, tried: Sequence[Attempt]) -> None:
    """Draw how long each token lasts that the calls of a row brought."""
    issued = [(one, one.grant) for one in tried if one.grant is not None and one.grant.issued]
    for one, grant in issued:
        begins = _span(sheet, one)[1]
        ends = min(RIGHT + 20, sheet.x(one.offset + (grant.life_seconds or 0.0)))
        sheet.box("token", begins, sheet.height - 1, ends - begins, 7)
        sheet.word(begins - 8, sheet.height + 6, grant.issued or "", "s")
        sheet.height += 10


# ------------------------------------------------------------------ columns, of many orders


def _shares(sheet: Sheet, known: History) -> None:
    """Draw how many of the orders that were due in each half second are good."""
    columns: dict[int, list[bool]] = defaultdict(list)
    for one in known.operations:
        columns[floor((one.due_seconds(BEGAN) or 0.0) * 2 + 1e-6)].append(one.good)
    for number, each in sorted(columns.items()):
        x, width, high = sheet.x(number / 2), sheet.scale / 2 - 2, 50 * sum(each) / len(each)
        if high:
            sheet.box("good", x, sheet.height + 52 - high, width, high)
        if high < 50:
            sheet.box(
                "bad", x + width / 3, sheet.height + 2, width / 3, 50 - high
            )  # narrower, for who tells no colours
    sheet.word(8, sheet.height + 10, "all good")
    sheet.word(8, sheet.height + 52, "none")
    sheet.height += 54


def _lengths(sheet: Sheet, known: History, longest: float) -> None:
    """Draw how long the slowest order that was due in each half second waited for its turn, and then took."""
    columns: dict[int, tuple[float, float]] = {}
    for one in known.operations:
        place = floor((one.due_seconds(BEGAN) or 0.0) * 2 + 1e-6)
        columns[place] = max(columns.get(place, (0.0, 0.0)), (one.latency_seconds or 0.0, one.service_seconds or 0.0))
    for number, (latency, service) in sorted(columns.items()):
        x, width = sheet.x(number / 2), sheet.scale / 2 - 2
        took = max(2.0, 60 * service / longest)
        waited = 60 * latency / longest - took
        sheet.box("good", x, sheet.height + 62 - took, width, took)
        if waited > 0:
            sheet.box("queue", x, sheet.height + 62 - took - waited, width, waited)
    sheet.word(8, sheet.height + 10, f"{ceil(longest)} s")
    sheet.word(8, sheet.height + 62, "0 s")
    sheet.height += 64


def _n(value: float) -> str:
    """Return a number as short as it can be, the same everywhere.

    >>> _n(12.0), _n(-0.04), _n(3.14159)
    ('12', '0', '3.1')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
