"""HTML that is escaped unless it says otherwise: whatever isn't `Html` already becomes text.

Titles, keys, claims and messages come from scenarios and clients, so none of them is trusted.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROWS_MOST: Final = 200
"""So many rows a table shows; what is left out is counted below it, and is in verdict.json."""

_SEEN: Final = {
    **{code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n"},
    0x7F: "\u2421",
    # What turns the reading direction could make a key look like another one, and half a character is none.
    **dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd"),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}


_LOOKS: Final = {"/": "hatched", "x": "crossed", "+": "crossed", ".": "speckled"}


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table, of one part or a list of them. `kind` is how it looks; `bad` only where it says so too."""

    content: Any
    kind: Literal["", "number", "bad", "quiet"] = ""


def visible(value: Any) -> str:
    """Return text whose control characters can be seen and do nothing.

    >>> visible("a" + chr(0) + "b")
    'a␀b'
    """
    return str(value).translate(_SEEN)


def text(value: Any) -> Html:
    """Return `value` as text in HTML, an attribute included.

    >>> text("<b>"), text(Html("<b>"))
    ('&lt;b&gt;', '<b>')
    """
    return value if isinstance(value, Html) else Html(html.escape(visible(value)))


def el(tag: str, *children: Any, **attributes: Any) -> Html:
    """Return an element. Children that are None are left out, and so are attributes that are None or False.

    >>> el("p", "1 < 2", class_="x", aria_label='"')
    '<p class="x" aria-label="&quot;">1 &lt; 2</p>'
    """
    named = "".join(_attribute(name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items())
    return Html(f"<{tag}{named}>{join(children)}</{tag}>")


def _attribute(name: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{text(value)}"'


def join(parts: Iterable[Any]) -> Html:
    """Return `parts` one after the other, without those that are None."""
    return Html("".join(text(part) for part in parts if part is not None))


def listed(items: Sequence[Any], *, most: int, **attributes: Any) -> Html:
    """Return a list of at most `most` items, which says how many it leaves out."""
    shown = [el("li", item) for item in items[:most]]
    if len(items) > most:
        shown.append(el("li", f"and {len(items) - most:,} more, all in verdict.json", class_="more"))
    return el("ul", *shown, **attributes)


def table(
    caption: str,
    header: Sequence[Any],
    rows: Sequence[Sequence[Any]],
    *,
    groups: Sequence[tuple[Any, int]] = (),
    most: int = ROWS_MOST,
) -> Html:
    """Return a table that can be scrolled sideways where it doesn't fit.

    The first cell of a row heads it. `groups` are a row above `header`: a title each, and how many columns it spans.
    """
    head = [el("tr", *(el("th", title, scope="col") for title in header))]
    columns = None
    if groups:
        titles = (el("th", title, scope="colgroup", colspan=span) for title, span in groups)
        head.insert(0, el("tr", el("td"), *titles))
        columns = join(el("colgroup", span=span) for span in (1, *(span for _, span in groups)))
    left = len(rows) - most
    note = el("p", f"and {left:,} more rows, all in verdict.json", class_="more") if left > 0 else None
    body = el("tbody", *(_row(row) for row in rows[:most]))
    whole = el("table", el("caption", caption), columns, el("thead", *head), body, class_="grouped" if groups else None)
    return join([el("div", whole, class_="scroll", role="region", tabindex="0", aria_label=caption), note])


def _row(cells: Sequence[Any]) -> Html:
    first, *rest = cells
    return el("tr", el("th", first, scope="row"), *(_cell(cell) for cell in rest))


def _cell(cell: Any) -> Html:
    if not isinstance(cell, Cell):
        return el("td", cell)
    parts = cell.content if isinstance(cell.content, list) else [cell.content]
    return el("td", *parts, class_=cell.kind or None)


def swatch(color: str, look: str = "") -> Html:
    """Return a sample of how a chart draws something: a dash, `dots`, or one of plotly's patterns of an area."""
    classes = f"swatch {_LOOKS.get(look, look)}".rstrip()
    return el("span", class_=classes, style=f"--swatch:{color}", aria_hidden="true")
