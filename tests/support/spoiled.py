"""Structures with something else in one place."""

from __future__ import annotations

from typing import Any

JUNK = (
    None, True, False, 0, -1, 9007199254740993, 1.5, 1e300, "", "x", "\x00", "é" * 400, "x" * 5000, [], [[]], {},
    {"a": {"b": []}}, ["x"], [None], [{}], "USD", "10.00", "-0", "1e9", "2099-01", "/x", "https://x", "a\r\nb: c",
)  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where each part of a structure stands, itself first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, part in inner for path in places(part, (*at, key)))]


def spoiled(value: Any, place: tuple[Any, ...], junk: Any) -> Any:
    """Return `value` with `junk` at `place`."""
    if not place:
        return junk
    first, *rest = place
    if isinstance(value, dict):
        return {**value, first: spoiled(value[first], tuple(rest), junk)}
    return [spoiled(part, tuple(rest), junk) if number == first else part for number, part in enumerate(value)]
