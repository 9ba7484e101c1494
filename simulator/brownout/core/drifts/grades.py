"""How bad a drift is for a client that reads as the documentation says: data, by change."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

Grade: TypeAlias = Literal["harmless", "breaking", "silent"]
"""`harmless`: a tolerant reader notices nothing. `breaking`: what reads the value fails. `silent`: nothing fails, and
what is read is wrong."""

GRADES: Final[dict[str, Grade]] = {
    "remove": "breaking",
    "rename": "breaking",
    "retype": "breaking",
    "null": "breaking",
    "enum": "breaking",
    "wrap": "breaking",
    "nest": "breaking",
    "flatten": "breaking",
    "casing": "breaking",
    "date": "breaking",
    "empty_body": "breaking",
    "loop": "breaking",
    "extra": "harmless",
    "omit_null": "harmless",
    "money": "silent",
    "decimals": "silent",
    "empty": "silent",
    "set": "silent",
    "reorder": "silent",
    "duplicate": "silent",
    "drop": "silent",
    "status": "breaking",
}

_TOLD: Final[dict[tuple[str, str], Grade]] = {
    ("retype", "float"): "harmless",
    ("money", "decimal"): "breaking",
    ("date", "unix_ms"): "silent",
    ("date", "local"): "silent",
}
"""Where what it changes to makes another of it."""


def grade(change: str, to: Any = None, was: int | None = None) -> Grade:
    """Return how bad a change is; `was` is the status that a change of status is about.

    >>> grade("rename"), grade("date", "+02:00"), grade("money"), grade("status", 200, 404)
    ('breaking', 'harmless', 'silent', 'silent')
    """
    if change == "date" and isinstance(to, str) and to[0] in "+-":
        return "harmless"  # the same moment
    if change == "status" and isinstance(to, int) and to < 300:
        return "silent" if was is not None and was >= 400 else "harmless"
    return _TOLD.get((change, to), GRADES[change]) if isinstance(to, str) else GRADES[change]
