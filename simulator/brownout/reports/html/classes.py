"""The classes of errors: a name, a colour and a meaning each, the same in every chart and table.

The colours are Okabe and Ito's, made to be told apart by readers who see colours differently; charts outline them,
since the lighter ones stand out little from paper. `var(...)` is a colour of the style sheet, by day or by night.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Class(NamedTuple):
    """How a class of errors looks and what it means. `pattern` is plotly's name of a hatching, or none."""

    color: str
    meaning: str
    pattern: str = ""


GOOD: Final = Class("#009e73", "paid once, and the client knows it")
CLASSES: Final = {
    "transport": Class("#d55e00", "no answer: the connection broke or the client stopped waiting"),
    "throttle": Class("#e69f00", "a limit refused it, such as with 429"),
    "auth": Class("#0072b2", "a token or scope was refused, such as with 401 or 403"),
    "contract": Class("#cc79a7", "the answer wasn't as documented"),
    "conflict": Class("#f0e442", "409: it met another request or an earlier one"),
    "business": Class("#56b4e9", "the provider declined it, 402 or 422"),
    "server": Class("var(--ink)", "the provider failed, 5xx"),
    "client_bug": Class("#999999", "the request itself was wrong, other 4xx"),
    "unresolved": Class("#999999", "the client doesn't know how it ended", "/"),
    "unexplained": Class("#999999", "not good, and no answer tells why", "x"),
    "unsent": Class("var(--panel)", "planned, and nobody heard of it", "."),
}
_OTHER: Final = Class("#999999", "a class that this report doesn't know", "+")


def of(name: str) -> Class:
    """Return a class by its name; one that isn't ours looks like none of ours."""
    return CLASSES.get(name, _OTHER)


def ordered(names: Iterable[str]) -> list[str]:
    """Return the names without repeats, ours first and in our order.

    >>> ordered(["mine", "auth", "transport", "auth"])
    ['transport', 'auth', 'mine']
    """
    found = set(names)
    return [*(name for name in CLASSES if name in found), *sorted(found - CLASSES.keys())]
