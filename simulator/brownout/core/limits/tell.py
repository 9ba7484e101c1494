"""A refusal in plain words, from the numbers that the journal keeps of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARTS = {
    "account": "account",
    "client": "client",
    "ip": "address",
    "key": "key",
    "object": "object",
    "operation": "operation",
}


def told(name: str, numbers: Mapping[str, Any] | None) -> str:
    """Return which limit refused, how full it was and when there would have been room.

    >>> numbers = {"algorithm": "concurrency", "level": 4, "most": 4, "cost": 1, "partition": "all"}
    >>> told("slots", numbers)
    "The limit 'slots' refused it: 4 of 4 were under way; there is room again once one is done. Nothing was executed."
    """
    if not numbers:
        return f"The limit {name!r} refused it; nothing was executed."
    blocked = numbers.get("blocked")
    level = "it was in the penalty box" if blocked else _level(numbers)
    cost = "" if numbers["cost"] == 1 else f", and it costs {numbers['cost']}"
    wait = numbers.get("wait")
    if wait is not None:
        later = f"{wait:.3g}" if wait < 100 else f"{wait:.0f}"
        when = f"it would have been admitted {later} s later"
    elif numbers["cost"] > numbers["most"]:
        when = "it costs more than there can ever be"
    else:
        when = "there is room again once one is done"
    of = f" of {numbers['documented']}" if numbers.get("documented") else ""
    return f"The limit {name!r}{of} refused it: {level}{cost}; {when}. Nothing was executed."


def _level(numbers: Mapping[str, Any]) -> str:
    level, most = _amount(numbers["level"]), _amount(numbers["most"])
    whose = _whose(numbers["partition"])
    match numbers["algorithm"]:
        case "token_bucket":
            return f"its bucket held {level} of {most} tokens{whose}, and {numbers['rate']:.6g} a second come back"
        case "leaky_bucket":
            return f"its bucket was full to {level} of {most}{whose}, and {numbers['rate']:.6g} a second leak out"
        case "lock":
            return "another request held the same object"
        case "concurrency":
            return f"{level} of {most} were under way{whose}"
        case "shed":
            where = f"in the last {_amount(numbers['window'])} s" if "window" in numbers else "under way"
            return (
                f"it was overloaded, with {level} {where}{whose} of {_amount(numbers['capacity'])}, and calls of this "
                f"kind are shed from {most} on"
            )
        case "sliding_window":
            return f"{level} of {most} were taken{whose} in the last {_amount(numbers['window'])} s"
        case _:
            window = f"this window of {_amount(numbers['window'])} s" if "window" in numbers else "this day"
            return f"{level} of {most} were taken{whose} in {window}"


def _amount(number: float) -> str:
    """Return a number with what matters of its fraction, never with an exponent."""
    return f"{number:.0f}" if number >= 100_000 else f"{number:.6g}"


def _whose(partition: str) -> str:
    if partition == "all":
        return ""
    parts = [f"this {_PARTS[part]}" if part in _PARTS else f"this {part}" for part in partition.split("+")]
    return f" for {' and '.join(parts)}"
