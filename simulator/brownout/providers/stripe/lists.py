"""Pages of objects: newest first, cursors are ids, `limit` is clamped rather than refused.

(Stripe docs, API reference: Pagination; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Listing
from brownout.core.store import Term
from brownout.providers.stripe.errors import no_such, refusal
from brownout.providers.stripe.expand import expanded, settle, tree_of
from brownout.providers.stripe.params import EXPAND, Shape, check, integer, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from brownout.core.operation import Call
    from brownout.core.store import Table, Where
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
    among: Callable[[dict[str, Any]], Where] | None = None,
    where: Where | None = None,
) -> Answer:
    """Return one page.

    `equal` names filters that compare a field with the parameter of its name; `keep` is any other test on (object,
    parameters). `known` may return the ids of every candidate, oldest first, so that a selective filter needn't look
    at all there is. Those of `equal` don't, nor does `created`; `where`, and `among` for what depends on the
    parameters, say what else a row must have.
    """
    given = check(call, shape)
    tree = tree_of(call, given, object_type, listed=True)
    table = call.table(object_type)
    after, before = _cursors(call, table, object_type, given)
    limit = min(max(given.get("limit", _USUAL), 1), _MOST)
    since, until = _bounds(given.get("created") or {})
    wanted = {Term((name,)): (given[name],) for name in equal if given.get(name) is not None} | dict(where or {})
    if among is not None:
        wanted |= among(given)
    few = known(call, given) if known is not None else None
    if few is not None and ((cursor := after or before) is None or cursor in few):
        rows = _among(table, few, after, before)
        kept: Iterator[dict[str, Any]] = (row for row in rows if _within(row, since, until) and _has(row, wanted))
    elif before is not None:
        kept = table.oldest_first(newer_than=before, where=wanted, since=since, until=until)
    else:
        kept = table.newest_first(older_than=after, where=wanted, since=since, until=until)
    if keep is not None:
        kept = (row for row in kept if keep(row, given))
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


def _cursors(
    call: Call, table: Table, object_type: str, given: dict[str, Any]
) -> tuple[str | None, str | None]:  # fmt: skip
    """Return after and before which object a page is, of which only one may be given."""
    after, before = given.get("starting_after"), given.get("ending_before")
    if after is not None and before is not None:
        message = "Received both starting_after and ending_before parameters. Please pass in only one."
        raise refusal(call, message)
    for name, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor is not None and table.get(cursor) is None:
            raise no_such(call, object_type, cursor, param=name)
    return after, before


def _among(table: Table, few: Sequence[str], after: str | None, before: str | None) -> Iterator[dict[str, Any]]:
    """Yield those of a few, given from the oldest, that a cursor among them leaves."""
    if before is not None:
        ids: Iterable[str] = few[few.index(before) + 1 :]
    else:
        ids = reversed(few if after is None else few[: few.index(after)])
    return (row for one in ids if (row := table.get(one)) is not None)


def _bounds(created: dict[str, int]) -> tuple[int | None, int | None]:
    """Return the first and the last second that a filter lets through, None for no bound.

    >>> _bounds({"gt": 10, "lte": 20})
    (11, 20)
    """
    since = [created[name] + more for name, more in (("gte", 0), ("gt", 1)) if name in created]
    until = [created[name] - less for name, less in (("lte", 0), ("lt", 1)) if name in created]
    return max(since, default=None), min(until, default=None)


def _within(row: dict[str, Any], since: int | None, until: int | None) -> bool:
    return (since is None or row["created"] >= since) and (until is None or row["created"] <= until)


def _has(row: dict[str, Any], where: Where) -> bool:
    return all(term.of(row) in values for term, values in where.items())
