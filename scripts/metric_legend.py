"""Draws how to read the pictures of docs/metrics.md."""

from __future__ import annotations

from metric_pictures import Sheet, crossed

ROWS = (
    ("good", "a request that was answered well, as long as it took"),
    ("bad", "one that ended badly"),
    ("limit", "one that a limit refused"),
    ("fault", "a fault struck it"),
    ("wait", "a wait: before the next try, for its turn, or until the client knew"),
    ("told", "until when it was told to wait (Retry-After)"),
    ("coin", "money that was taken, by the ledger"),
    ("back", "money that was given back"),
    ("word", "what the client claims of the order; a letter before a request is its idempotency key or its token"),
    ("token", "how long a token lasts"),
    ("storm", "while a fault was planned"),
    ("column", "of all that was due in half a second: the share that is good, and what isn't"),
    ("queue", "or the slowest of it: how long it waited for its turn, above how long it took"),
)
LINES = {
    "fault": lambda y: (28, y - 3, (6, 0), (-3, 6)),
    "wait": lambda y: (16, y, (30, 0)),
    "told": lambda y: (16, y - 2, (0, 4), (30, 0), (0, -4)),
}
COLUMNS = {
    "column": (("good", -1, 24, 14, 6), ("bad", -7, 29, 4, 6)),
    "queue": (("queue", -7, 24, 14, 9), ("good", 2, 24, 14, 3)),
}
TITLE = "How to read the pictures: time runs from left to right, with a row for each order or token"


def legend() -> str:
    """Return it."""
    sheet = Sheet(10.0)
    sheet.height = 10.0
    for kind, meaning in ROWS:
        y = sheet.height + 9
        if kind in LINES:
            sheet.line(kind, *LINES[kind](y))
        elif kind in COLUMNS:
            for what, top, x, width, height in COLUMNS[kind]:
                sheet.box(what, x, y + top, width, height)
        elif kind in ("coin", "back"):
            sheet.coin(kind, 31, y)
        elif kind == "word":
            sheet.word(16, y + 4, "ok, fail")
        else:
            sheet.box(kind, 16, y - 4.5, 30, 9)
        if kind in ("bad", "limit"):
            crossed(sheet, 31, y, 3, kind)
        sheet.word(66, y + 4, meaning)
        sheet.height += 18
    sheet.height += 8
    return sheet.svg(TITLE)
