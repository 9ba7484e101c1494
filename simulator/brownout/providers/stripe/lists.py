"""Pages of objects: newest first, cursors are ids, `limit` is clamped rather than refused.

(Stripe docs, API reference: Pagination; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Listing
from brownout.providers.stripe.errors import no_such, refusal
from brownout.providers.stripe.expand import expanded, settle, tree_of
from brownout.providers.stripe.params import EXPAND, Shape, check, integer, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from brownout.core.operation import Call
    from brownout.core.store import Table
    from brownout.providers.stripe.params import Reader

LISTING: Final = Listing(items="data", cursor="starting_after", more="has_more")
_MOST: Final = 100
_USUAL: Final = 10


def list_shape(**filters: Reader) -> Shape:
    """Return the parameters of a list operation: its filters, the cursors, `limit` and `expand`."""
    return Shape(
        limit=integer(), starting_after=text(unset=False), ending_before=text(unset=False), expand=EXPAND, **filters
    )


def page(
    call: Call,
    shape: Shape,
    object_type: str,
    url: str,
    *,
    equal: Sequence[str] = (),
    keep: Callable[[dict[str, Any], dict[str, Any]], bool] | None = None,
    known: Callable[[Call, dict[str, Any]], Sequence[str] | None] | None = None,
) -> Answer:
    """Return one page.

    `equal` names filters that compare a field with the parameter of its name; `keep` is any other test on (object,
    parameters). `known` may return the ids of every candidate, oldest first, so that a selective filter needn't
    look at all there is.
    """
    given = check(call, shape)
    tree = tree_of(call, given, object_type, listed=True)
    table = call.table(object_type)
    after, before = given.get("starting_after"), given.get("ending_before")
    if after is not None and before is not None:
        message = "Received both starting_after and ending_before parameters. Please pass in only one."
        raise refusal(call, message)
    for name, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor is not None and table.get(cursor) is None:
            raise no_such(call, object_type, cursor, param=name)
    limit = min(max(given.get("limit", _USUAL), 1), _MOST)
    rows = _rows(table, known(call, given) if known is not None else None, after, before)
    tests = [name for name in equal if given.get(name) is not None]
    created = given.get("created")
    kept = (
        row
        for row in rows
        if all(row.get(name) == given[name] for name in tests)
        and (created is None or _within(row["created"], created))
        and (keep is None or keep(row, given))
    )
    data = list(islice(kept, limit + 1))
    has_more = len(data) > limit
    data = data[:limit]
    if before is not None:
        data.reverse()
    if object_type == "balance_transaction":
        settle(call, data)
    inner = tree.get("data") if tree is not None and "data" in tree else tree
    if inner:
        data = [expanded(call, row, inner, object_type) for row in data]
    return Answer(200, {"object": "list", "data": data, "has_more": has_more, "url": url})


def _rows(
    table: Table, candidates: Sequence[str] | None, after: str | None, before: str | None
) -> Iterator[dict[str, Any]]:
    cursor = after or before
    if candidates is not None and (cursor is None or cursor in candidates):
        if before is not None:
            ids: Iterable[str] = candidates[candidates.index(before) + 1 :]
        else:
            ids = reversed(candidates if after is None else candidates[: candidates.index(after)])
        return (row for one in ids if (row := table.get(one)) is not None)
    if before is not None:
        return table.oldest_first(newer_than=before)
    return table.newest_first(older_than=after)


def _within(at: int, bounds: dict[str, int]) -> bool:
    return (
        bounds.get("gte", at) <= at <= bounds.get("lte", at)
        and ("gt" not in bounds or at > bounds["gt"])
        and ("lt" not in bounds or at < bounds["lt"])
    )
