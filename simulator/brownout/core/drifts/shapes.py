"""Objects of another shape, and lists of other items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def nested(around: Sequence[dict[str, Any]], key: str, name: str) -> dict[str, Any]:
    """Return the holder with its field `key` moved into an object `name`: one that is there, or a new one.

    >>> nested([{"amount": 5, "id": 1}], "amount", "money")
    {'money': {'amount': 5}, 'id': 1}
    """
    holder = around[-1]
    there = holder.get(name) if name != key else None
    made: dict[str, Any] = {}
    for one, value in holder.items():
        if one == key and not isinstance(there, dict):
            made[name] = {key: value}
        elif one == name and isinstance(there, dict):
            made[name] = {**there, key: holder[key]}
        elif one not in (key, name):
            made[one] = value
    return made


def flattened(around: Sequence[dict[str, Any]], key: str, prefix: str | None) -> dict[str, Any]:
    """Return the holder with the fields of its object `key` in place of it; a name that is taken keeps its value.

    >>> flattened([{"charge": {"id": 1}, "id": 2}], "charge", None)
    {'charge_id': 1, 'id': 2}
    """
    holder = around[-1]
    inner = holder[key]
    if not isinstance(inner, dict):
        return holder
    lead = f"{key}_" if prefix is None else prefix
    made: dict[str, Any] = {}
    for one, value in holder.items():
        if one != key:
            made[one] = value
            continue
        for name, item in inner.items():
            if lead + name == key or lead + name not in holder:
                made[lead + name] = item
    return made


def without_nulls(value: Any) -> Any:
    """Return `value` without the fields that are null, in all its objects.

    >>> without_nulls({"a": None, "b": [{"c": None}], "d": [None]})
    {'b': [{}], 'd': [None]}
    """
    if isinstance(value, dict):
        made = {key: without_nulls(item) for key, item in value.items() if item is not None}
        same = len(made) == len(value) and all(made[key] is item for key, item in value.items())
        return value if same else made
    if isinstance(value, list | tuple):
        items = [without_nulls(item) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def _listed(change: Callable[[list[Any]], list[Any]]) -> Callable[[Any], Any]:
    """Return `change` for values of any type: what isn't a list, or an empty one, stays."""
    return lambda old: change(list(old)) if isinstance(old, list | tuple) and old else old


reordered: Final = _listed(lambda items: items[::-1])
"""Returns a list from its end to its beginning."""

DUPLICATES: Final[dict[str, Callable[[Any], Any]]] = {
    "first": _listed(lambda items: [items[0], *items]),
    "last": _listed(lambda items: [*items, items[-1]]),
    "all": _listed(lambda items: [item for one in items for item in (one, one)]),
}
"""Which items of a list come twice, each beside itself."""

DROPS: Final[dict[str, Callable[[Any], Any]]] = {
    "first": _listed(lambda items: items[1:]),
    "last": _listed(lambda items: items[:-1]),
    "all": _listed(lambda _: []),
}
"""Which items of a list are left out."""


def looped(old: Any, url: str) -> Any:
    """Return what leads to the next page so that it leads to this one, at `url`, and never ends.

    A flag becomes true, a link or null the URL; a list of links gets, or has, one with `rel: next` that leads there.

    >>> looped(False, "http://a"), looped(None, "http://a"), looped([{"rel": "self", "href": "http://a"}], "http://a")
    (True, 'http://a', [{'rel': 'self', 'href': 'http://a'}, {'href': 'http://a', 'rel': 'next', 'method': 'GET'}])
    """
    match old:
        case bool():
            return True
        case str() | None:
            return url
        case list() | tuple() if all(isinstance(one, dict) for one in old):
            following = [{**one, "href": url} if one.get("rel") == "next" else one for one in old]
            if any(one.get("rel") == "next" for one in following):
                return following
            return [*following, {"href": url, "rel": "next", "method": "GET"}]
        case _:
            return old
