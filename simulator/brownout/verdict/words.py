"""Words of a verdict: the classes of errors, and how to say what somebody else wrote."""

from __future__ import annotations

from typing import Final

CLASSES: Final = ("transport", "throttle", "auth", "contract", "conflict", "business", "server", "client_bug")
"""Why an attempt or an operation ended badly. Each has a right answer: try again, wait, renew the token, stop."""
UNRESOLVED: Final = "unresolved"
"""Of an operation without any failed attempt: the client doesn't know how it ended."""
UNEXPLAINED: Final = "unexplained"
"""Of an operation without any failed attempt: it isn't good, and no answer tells why."""
UNSENT: Final = "unsent"
"""Of an operation that was planned and that nobody heard of."""

_SHOWN_MOST: Final = 120


def said(text: str, most: int = _SHOWN_MOST) -> str:
    """Return what somebody else wrote, fit for a line: without control characters, and of `most` letters at most.

    >>> said("order" + chr(10) + "7"), len(said("x" * 1000))
    ('order?7', 120)
    """
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return "".join(each if each.isprintable() else "?" for each in short)


def listed(names: list[str]) -> str:
    """Return names as a sentence has them.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def counted(number: int, what: str) -> str:
    """Return so many of something.

    >>> counted(1, "request"), counted(1200, "request")
    ('1 request', '1,200 requests')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def times(number: int) -> str:
    """Return how often.

    >>> times(1), times(2), times(3)
    ('once', 'twice', '3 times')
    """
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")
