"""What a list looks at: out of ten times as many objects, hardly more."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks" / "lists"))

from filled import Filled, listable, ways

pytestmark = pytest.mark.slow

SMALL, LARGE = 300, 3_000
WAYS = [(object_type, *way) for object_type in listable() for way in ways(object_type)]


class Counting(dict[str, Any]):
    """The objects of a table, which count how often one is looked at."""

    looks = 0

    def get(self, key: str, default: Any = None) -> Any:
        """Count."""
        self.looks += 1
        return super().get(key, default)


def looks(world: Filled, path: str, query: str) -> int:
    """Return how many objects the second of two equal lists looks at: the first may build an index."""
    world.ask(path, query)
    counted = world.table._by_id = Counting(world.table._by_id)  # type: ignore[attr-defined] # noqa: SLF001
    world.ask(path, query)
    return counted.looks


@pytest.mark.parametrize(
    ("object_type", "name", "path", "query", "has"), WAYS, ids=[f"{way[0]} {way[1]}" for way in WAYS]
)
def test_a_list_looks_at_what_it_shows(object_type: str, name: str, path: str, query: str, has: dict[str, Any]) -> None:
    """A page of a hundred, by whatever filter, cursor or time: no more than some beyond it, and no more of many."""
    small, large = (looks(Filled(object_type, size, has), path, query) for size in (SMALL, LARGE))

    assert large <= 2 * 100 + 10
    assert large <= 3 * max(small, 10)


def test_the_counter_sees_a_walk() -> None:
    """A search for a part of a word has to look at everything, and is seen to."""
    world = Filled("customer", SMALL, {"email": "rare@example.com"})

    assert looks(world, "/v1/customers/search", "query=email~'nobody'") >= SMALL
