"""Lists and searches of what the generic engine keeps.

`/v1` pages by cursors that are ids, `/v2` by a URL for the next page. A list's other parameters compare the field of
their name; a search may ask for every plain field, and finds what was made a moment ago. (Stripe docs, API reference:
Pagination, Search, API v2 overview; read 2026-11-23.)
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from brownout.core.exchange import Answer
from brownout.core.store import Term
from brownout.providers.stripe import search
from brownout.providers.stripe.expand import expanded
from brownout.providers.stripe.generic import verbs
from brownout.providers.stripe.generic.objects import NO_FIT, fit
from brownout.providers.stripe.generic.refusals import find, wrong
from brownout.providers.stripe.generic.tables import tables
from brownout.providers.stripe.lists import list_shape, page
from brownout.providers.stripe.params import check, moments, opaque

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from brownout.core.operation import Call
    from brownout.core.store import Where
    from brownout.providers.stripe.generic.routes import Spec
    from brownout.providers.stripe.params import Reader

_PAGING: Final = frozenset({
    "limit", "starting_after", "ending_before", "expand", "created", "page", "include", "query",
})  # fmt: skip
_USUAL: Final = 10
_UNDATED: Final[Reader] = lambda _call, _name, _value: None  # noqa: E731 - read, and of no effect
_MOST: Final = 100


def listed(call: Call, spec: Spec) -> Answer:
    """Return one page of a list, newest first."""
    verbs.above(call, spec)
    types = spec.row.types
    tests = _tests(call, types[0])

    def keep(row: dict[str, Any], _given: dict[str, Any]) -> bool:
        return verbs.belongs(call, spec, row) and all(one(row) for one in tests)

    if spec.v2:
        return _page_v2(call, spec, keep)
    if len(types) > 1:
        return _page_of_all(call, spec, keep)
    verbs.expansion(call, types[0], listed=True)
    readers = {name: opaque for name in call.params if name not in _PAGING}
    dated = "created" in tables().objects[types[0]]
    shape = list_shape(created=moments if dated else _UNDATED, **readers)
    return page(call, shape, types[0], spec.place(call), keep=keep, where=_where(call, types[0]))


def _tests(call: Call, object_type: str) -> list[Callable[[dict[str, Any]], bool]]:
    """Return what the other parameters of a list ask of an object: that a field has their value."""
    return [_equal(name, wanted) for name, wanted in _wanted(call, object_type)]


def _where(call: Call, object_type: str) -> Where:
    """Return the same for a table, which knows no fields that are null."""
    return {Term((name,)): (wanted,) for name, wanted in _wanted(call, object_type) if wanted is not None}


def _wanted(call: Call, object_type: str) -> Iterator[tuple[str, Any]]:
    fields = tables().objects[object_type]
    for name, one in call.params.items():
        field = fields.get(name)
        wanted = fit(call, object_type, field, name, one) if field is not None and name not in _PAGING else NO_FIT
        if wanted is not NO_FIT and not isinstance(wanted, dict | list):
            yield name, wanted


def _equal(name: str, wanted: Any) -> Callable[[dict[str, Any]], bool]:
    return lambda row: bool(row.get(name) == wanted)


def _page_of_all(call: Call, spec: Spec, keep: Callable[..., bool]) -> Answer:
    """Return the first of a list whose objects are of several types."""
    given = check(call, list_shape(**{name: opaque for name in call.params if name not in _PAGING}))
    limit = min(max(given.get("limit", _USUAL), 1), _MOST)
    found = list(islice(_rows(call, spec, keep, given.get("starting_after")), limit + 1))
    body = {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": spec.place(call)}
    return Answer(200, body)


def _rows(call: Call, spec: Spec, keep: Callable[..., bool], after: str | None) -> Iterator[dict[str, Any]]:
    if after is not None:
        find(call, spec.row.types, after, param="starting_after")
    skipping = after is not None
    for object_type in spec.row.types:
        for row in call.table(object_type).newest_first():
            if not skipping and keep(row, {}):
                yield row
            skipping = skipping and row["id"] != after


def _page_v2(call: Call, spec: Spec, keep: Callable[..., bool]) -> Answer:
    limit = _limit(call, v2=True)
    after = call.params.get("page")
    found = list(islice(_rows(call, spec, keep, after if isinstance(after, str) else None), limit + 1))
    more = f"{spec.place(call)}?limit={limit}&page={quote(found[limit - 1]['id'])}" if len(found) > limit else None
    return Answer(200, {"data": found[:limit], "next_page_url": more, "previous_page_url": None})


def _limit(call: Call, *, v2: bool) -> int:
    given = str(call.params.get("limit", _USUAL))
    if not given.isdecimal():
        raise wrong(call, f"Invalid integer: {given}", param="limit", v2=v2)
    return min(max(int(given), 1), _MOST)


# ---------------------------------------------------------------- search


def searched(call: Call, spec: Spec) -> Answer:
    """Return what fits a query, newest first."""
    object_type = spec.row.types[0]
    tree = verbs.expansion(call, object_type, listed=True)
    query, limit = call.params.get("query"), _limit(call, v2=False)
    if not isinstance(query, str) or not query:
        raise wrong(call, "Missing required param: query.", code="parameter_missing", param="query", v2=False)
    search.FIELDS.setdefault(object_type, _searchable(object_type))
    clauses, one_is_enough = search.parse(call, query, object_type)
    passes = any if one_is_enough else all
    after = call.params.get("page")
    table = call.table(object_type)
    start = after if isinstance(after, str) and table.get(after) is not None else None
    fields = search.FIELDS[object_type]
    where = {} if one_is_enough else dict(filter(None, (clause.where(fields) for clause in clauses)))
    rows = table.newest_first(older_than=start, where=where)
    fitting = (row for row in rows if passes(one.holds(row) for one in clauses))
    found = list(islice(fitting, limit + 1))
    data, more = found[:limit], len(found) > limit
    inner = tree.get("data", tree) if tree else None
    return Answer(
        200,
        {
            "object": "search_result",
            "data": [expanded(call, one, inner, object_type) for one in data] if inner else data,
            "has_more": more,
            "next_page": data[-1]["id"] if more else None,
            "url": spec.row.path,
        },
    )


def _searchable(object_type: str) -> dict[str, search.Type]:
    """Return what can be searched for among objects of a type, and how: their plain fields."""
    kinds: dict[str, search.Type] = {
        "i": "numeric",
        "f": "numeric",
        "s": "string",
        "=": "token",
        "@": "token",
        "b": "token",
    }
    found = {
        name: kinds[kind[0]]
        for name, (kind, _) in tables().objects[object_type].items()
        if isinstance(kind, str) and kind[0] in kinds
    }
    return found | {"metadata": "token"}
