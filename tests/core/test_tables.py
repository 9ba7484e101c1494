"""Tables find by fields and times what a walk over everything would find, whatever happened to their objects."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from brownout.core.store import Term
from brownout.stores.memory import MemoryTable

COLOUR, SHAPE, TEXT = Term(("colour",)), Term(("of", "shape")), Term(("colour",), as_text=True)
colour = st.sampled_from([None, "red", "Red", "blue", True])
shape = st.sampled_from(["round", "square"])
number = st.integers(0, 12)
step = st.one_of(
    st.tuples(st.just("put"), number, colour, shape, st.integers(0, 9)),
    st.tuples(st.just("change"), number, colour, shape),
    st.tuples(st.just("remove"), number),
    st.tuples(st.just("close gaps")),
    st.tuples(
        st.just("find"),
        st.dictionaries(
            st.sampled_from([COLOUR, SHAPE]), st.lists(st.sampled_from(["red", "blue", True, "round"]), min_size=1)
        ),
        st.none() | st.integers(0, 9), st.none() | st.integers(0, 9), st.booleans(), st.none() | number,
    ),
    st.tuples(st.just("find"), st.just({TEXT: ("red",)}), st.none(), st.none(), st.booleans(), st.none()),
)  # fmt: skip


def expected(
    rows: list[dict[str, Any]], where: Any, since: int | None, until: int | None, cursor: str | None, *, newest: bool
) -> list[dict[str, Any]]:
    """Return what a walk finds."""
    rows = list(reversed(rows)) if newest else rows
    if cursor is not None:
        rows = rows[[one["id"] for one in rows].index(cursor) + 1 :]
    return [
        row
        for row in rows
        if all(term.of(row) in values for term, values in where.items())
        and (since is None or row["created"] >= since)
        and (until is None or row["created"] <= until)
    ]


@given(st.lists(step, max_size=40))
def test_a_table_finds_what_a_walk_finds(steps: list[tuple[Any, ...]]) -> None:
    """In both directions, from any cursor, when objects are changed in place, replaced, removed and put again."""
    table = MemoryTable()
    model: dict[str, dict[str, Any]] = {}
    for kind, *rest in steps:
        name = f"n{rest[0]}" if rest and isinstance(rest[0], int) else ""
        if kind == "put":
            created = model[name]["created"] if name in model else rest[3]
            model[name] = {"id": name, "colour": rest[1], "of": {"shape": rest[2]}, "created": created}
            table.put(model[name])
        elif kind == "change" and (found := table.get(name)) is not None:
            found.update(colour=rest[1], of={"shape": rest[2]})
        elif kind == "remove":
            assert table.remove(name) == model.pop(name, None)
        elif kind == "close gaps":
            table._close_gaps()  # noqa: SLF001 - else a thousand removals
        elif kind == "find":
            where, since, until, newest, at = rest
            cursor = f"n{at}" if f"n{at}" in model else None
            if newest:
                rows = list(table.newest_first(older_than=cursor, where=where, since=since, until=until))
            else:
                rows = list(table.oldest_first(newer_than=cursor, where=where, since=since, until=until))
            assert rows == expected(list(model.values()), where, since, until, cursor, newest=newest)
    assert list(table.oldest_first()) == list(model.values())


def test_what_no_longer_fits_is_forgotten() -> None:
    """A value that all objects once had costs one walk, not one each time."""
    table = MemoryTable()
    for at in range(1_000):
        table.put({"id": f"n{at}", "status": "pending"})
    status = Term(("status",))
    assert len(list(table.newest_first(where={status: ("pending",)}))) == 1_000
    for at in range(999):
        (table.get(f"n{at}") or {})["status"] = "paid"

    assert [one["id"] for one in table.newest_first(where={status: ("pending",)})] == ["n999"]

    assert list(table._indexes[status].places("pending")) == [999]  # noqa: SLF001 - what is measured
    assert len(list(table.newest_first(where={status: ("paid",)}))) == 999
