"""The changes by name: what each takes, its words, and the edit that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.drifts import amounts, names, shapes, times, types
from brownout.core.edits import ABSENT, Edit, parse_path
from brownout.core.effects.wire import Reply, Reword

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from brownout.core.edits import Step
    from brownout.core.exchange import Request
    from brownout.core.operation import Operation

    Declared = Callable[[Operation], Sequence[str]]


def _items(operation: Operation) -> Sequence[str]:
    return (operation.listing.items,) if operation.listing is not None else ()


def _more(operation: Operation) -> Sequence[str]:
    return (operation.listing.more,) if operation.listing is not None else ()


PATHLESS: Final[Mapping[str, Declared | None]] = {
    "money": lambda operation: operation.money,
    "decimals": lambda operation: operation.money,
    "date": lambda operation: operation.dates,
    "enum": lambda operation: operation.enums,
    "reorder": _items,
    "duplicate": _items,
    "drop": _items,
    "loop": _more,
    "casing": None,
    "omit_null": None,
    "empty_body": None,
    "status": None,
}
"""The changes that need no path, with what of an operation they are about then; None for the whole answer."""

_WHOLE: Final = ("empty_body", "status")
_WORDS: Final = ("first", "last", "all")
_CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "retype": tuple(types.RETYPES),
    "casing": tuple(one for one in names.CASES if one is not None),
    "date": tuple(times.FORMATS),
    "money": tuple(one for one in amounts.UNITS if one is not None),
    "duplicate": _WORDS,
    "drop": _WORDS,
}
_TEXTS: Final = ("rename", "enum", "nest", "flatten")
_ANY: Final = ("extra", "set")
_NUMBERS: Final[Mapping[str, range]] = {"decimals": range(amounts.DECIMALS_MOST + 1), "status": range(200, 600)}
_TAKERS: Final = (*_TEXTS, *_CHOICES, *_NUMBERS, *_ANY)
"""The changes that take `to`."""
_IN_AN_OBJECT: Final = ("rename", "extra", "nest", "flatten")


def check(change: str, path: str | None, last: Step, to: Any, was: int | None) -> None:
    """Refuse what doesn't go together; `last` is the path's last step.

    Raises:
        ValueError: beginning with the key that is wrong.
    """
    if path is None and change not in PATHLESS:
        raise ValueError(f"path is missing: change: {change} needs one, such as $.status")
    if path is not None and change in _WHOLE:
        raise ValueError(f"path doesn't belong to change: {change}, which is about the whole answer")
    if path is not None and change in _IN_AN_OBJECT and not isinstance(last, str):
        raise ValueError(f"path must end in a field's name for change: {change}, not {path!r}")
    if was is not None and change != "status":
        raise ValueError("was belongs to change: status")
    if was is not None and was not in range(100, 600):
        raise ValueError(f"was must be a status, 100 to 599, not {was}")
    _check_to(change, to)
    if change == "rename" and to == last:
        raise ValueError(f"to is the name that the field has: {to!r}")


def _check_to(change: str, to: Any) -> None:
    if to is None:
        if change in ("set", *_NUMBERS):
            hint = "; for null there is change: null" if change == "set" else ""
            raise ValueError(f"to is missing: change: {change} needs it{hint}")
        return
    if (wanted := _unlike(change, to)) is not None:
        raise ValueError(f"to must be {wanted} for change: {change}, not {to!r}")
    if change not in _TAKERS:
        raise ValueError(f"to doesn't belong to change: {change}; {', '.join(_TAKERS)} take it")
    if not _survives(to):
        raise ValueError("to can't be sent as JSON: use texts, finite numbers of 64 bits, lists and mappings")


def _unlike(change: str, to: Any) -> str | None:
    """Return what `to` must be where it isn't, None where it is, or where the change doesn't say."""
    if change in _TEXTS:
        return None if isinstance(to, str) and (to or change == "flatten") else "a text"
    if change in _NUMBERS:
        allowed = _NUMBERS[change]
        good = isinstance(to, int) and not isinstance(to, bool) and to in allowed
        return None if good else f"{allowed[0]} to {allowed[-1]}"
    if change not in _CHOICES or to in _CHOICES[change]:
        return None
    if change == "date":
        offset = isinstance(to, str) and times.zone_of(to) is not None
        return None if offset else f"one of {', '.join(_CHOICES[change])}, or an offset such as +02:00,"
    return f"one of {', '.join(_CHOICES[change])}"


def _survives(value: Any) -> bool:
    try:
        return bool(orjson.loads(orjson.dumps(value)) == value)
    except (TypeError, ValueError):
        return False


_SAID: Final[Mapping[str, str]] = {
    "remove": "remove {at}",
    "rename": "rename {at} to {to}",
    "retype": "retype {at}{to_}",
    "null": "make {at} null",
    "enum": "put an unknown word at {at}",
    "wrap": "wrap {at} in a list",
    "extra": "add {at}",
    "nest": "move {at} into {to}",
    "flatten": "put the fields of {at} in its place",
    "date": "write {at} as another date{to_}",
    "money": "write {at} in another unit{to_}",
    "decimals": "write {at} with {to} decimals",
    "casing": "write the keys of {at} in another case{to_}",
    "omit_null": "leave out what is null in {at}",
    "empty": "empty {at}",
    "set": "set {at}",
    "loop": "let {at} lead to the same page",
    "reorder": "turn {at} round",
    "duplicate": "repeat items of {at}{to_}",
    "drop": "leave out items of {at}{to_}",
    "empty_body": "send no body",
    "status": "answer with status {to}{was}",
}
_WHAT: Final[Mapping[str, str]] = {
    "money": "the amounts",
    "decimals": "the amounts",
    "date": "the dates",
    "enum": "the words",
    "loop": "the next page's link",
    "casing": "the answer",
    "omit_null": "the answer",
}
"""What a change without a path is about, in words; else the list."""


def said_of(change: str, path: str | None, to: Any, was: int | None) -> str:
    """Return a change in words.

    >>> said_of("rename", "$.created_at", None, None), said_of("money", None, "major", None)
    ('rename $.created_at to createdAt', 'write the amounts in another unit: major')
    """
    return _SAID[change].format(
        at=path or _WHAT.get(change, "the list"),
        to=to if to is not None else _default(change, path),
        to_="" if to is None else f" to {to}" if change == "retype" else f": {to}",
        was="" if was is None else f" instead of {was}",
    )


def _default(change: str, path: str | None) -> str:
    """Return the name that is used where none was given."""
    last = parse_path(path)[-1] if path is not None else ""
    return names.renamed(str(last)) if change == "rename" else "details"


def edit_of(change: str, path: tuple[Step, ...], to: Any, *, said: str, through: bool = False) -> Edit:
    """Return the edit that makes a change at `path`; for `loop`, `to` is the URL of the page."""
    last = str(path[-1]) if path else ""
    match change:
        case "rename":
            name = to if to is not None else names.renamed(last)
            return Edit(path=path, rename=name, said=said)
        case "extra":
            value = to if to is not None else "new"
            return Edit(path=path, change=lambda old: value if old is ABSENT else old, insert=True, said=said)
        case "nest":
            name = to if to is not None else "details"
            return Edit(path=path, within=lambda around, key: shapes.nested(around, key, name), said=said)
        case "flatten":
            return Edit(path=path, within=lambda around, key: shapes.flattened(around, key, to), said=said)
        case "money":
            unit = amounts.UNITS[to]
            return _amount(path, unit, said, through=through)
        case "decimals":
            return _amount(
                path, lambda old, places: amounts.with_decimals(old, places, to), said, through=through
            )  # fmt: skip
        case _:
            return Edit(path=path, change=_value_change(change, to), through=through, said=said)


def _value_change(change: str, to: Any) -> Callable[[Any], Any]:
    """Return a change that looks at nothing but the value."""
    by_name: Mapping[str, Callable[[], Callable[[Any], Any]]] = {
        "remove": lambda: lambda _: ABSENT,
        "retype": lambda: types.RETYPES[to] if to is not None else types.retyped,
        "null": lambda: lambda _: None,
        "enum": lambda: lambda old: types.unknown(old, to),
        "wrap": lambda: lambda old: [old],
        "date": lambda: lambda old: times.rewritten(old, to),
        "casing": lambda: lambda old: names.cased(old, names.CASES[to]),
        "omit_null": lambda: shapes.without_nulls,
        "empty": lambda: types.emptied,
        "set": lambda: lambda _: to,
        "loop": lambda: lambda old: shapes.looped(old, to),
        "reorder": lambda: shapes.reordered,
        "duplicate": lambda: shapes.DUPLICATES[to or "last"],
        "drop": lambda: shapes.DROPS[to or "last"],
    }
    return by_name[change]()


def _amount(path: tuple[Step, ...], unit: Callable[[Any, int], Any], said: str, *, through: bool) -> Edit:
    """Return an edit of an amount, in the currency that the objects around it name."""

    def within(around: Sequence[dict[str, Any]], key: str) -> dict[str, Any]:
        holder = around[-1]
        new = unit(holder[key], amounts.places_around(around))
        same = new is holder[key] or (type(new) is type(holder[key]) and new == holder[key])
        return holder if same else {one: new if one == key else value for one, value in holder.items()}

    if path and not isinstance(path[-1], str):  # items of a list: no object to ask around
        return Edit(path=path, change=lambda old: unit(old, amounts.places_around(())), through=through, said=said)
    return Edit(path=path, within=within, through=through, said=said)


def reword_of(change: str, to: Any, was: int | None, *, said: str) -> Reword:
    """Return the change of an answer as a whole: its status, or that it has no body."""

    def emptied(reply: Reply) -> Reply | None:
        return Reply(reply.status, reply.headers, b"", reply.delivery) if reply.body else None

    def answered(reply: Reply) -> Reply | None:
        if reply.status == to or (was is not None and reply.status != was):
            return None
        body = b"" if to in (204, 304) else reply.body  # they have none (RFC 9110 §15.3.5, §15.4.5)
        return Reply(to, reply.headers, body, reply.delivery)

    return Reword(change=emptied if change == "empty_body" else answered, said=said)


def own_url(request: Request) -> str:
    """Return where a request went, as its client wrote it."""
    return f"{request.base_url}{request.path}{f'?{request.query}' if request.query else ''}"
