"""Where in a table the objects stand that have a value: built when first asked for, and brought up to now when asked.

So what is never searched costs nothing, and what is costs some hundred bytes an object at most. An index may name
places whose object has changed since: whoever reads it looks at the object, and says which no longer fit.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from heapq import merge
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from brownout.core.store import Term

_FEW: Final = 64
"""Up to so many places are taken out one by one."""


class Index:
    """The places of objects, by what they have at a term. A value that one object has costs no list."""

    __slots__ = ("_places", "_seen", "term")

    def __init__(self, term: Term) -> None:
        """Begin with nothing seen."""
        self.term = term
        self._places: dict[Any, int | list[int]] = {}
        self._seen = 0

    def extend(self, order: Sequence[str], objects: Mapping[str, Any], position: Mapping[str, int]) -> None:
        """See what was added to the end of a table."""
        places, value_of = self._places, self.term.of
        for object_id in order[self._seen :] if self._seen else order:
            value = objects.get(object_id)
            if value is None or (key := value_of(value)) is None:
                continue
            place = position[object_id]
            found = places.get(key)
            if found is None:
                places[key] = place
            elif isinstance(found, int):
                places[key] = [found, place]
            else:
                found.append(place)
        self._seen = len(order)

    def note(self, value: Mapping[str, Any], place: int) -> None:
        """See an object again that may have changed."""
        key = self.term.of(value)
        if key is None:
            return
        found = self._places.get(key)
        if found is None:
            self._places[key] = place
        elif isinstance(found, int):
            if found != place:
                self._places[key] = sorted((found, place))
        else:
            at = bisect_left(found, place)
            if at == len(found) or found[at] != place:
                insort(found, place)

    def places(self, value: Any) -> Sequence[int]:
        """Return where objects with a value are, or were: sorted."""
        found = self._places.get(value, ())
        return (found,) if isinstance(found, int) else found

    def forget(self, value: Any, gone: Sequence[int]) -> None:
        """Take out places whose object no longer has a value."""
        found = self._places.get(value)
        if not isinstance(found, list):
            self._places.pop(value, None)
        elif len(gone) > _FEW:
            stale = frozenset(gone)
            found[:] = [place for place in found if place not in stale]
        else:
            for place in gone:
                del found[bisect_left(found, place)]


class Times:
    """When the objects of a table were created: the latest time up to each place.

    `late` are the places of those that were put later than one that was created after them: made up, with a past.
    """

    __slots__ = ("_latest", "late")

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._latest = array("q")
        self.late: list[int] = []

    def extend(self, order: Sequence[str], objects: Mapping[str, Any]) -> None:
        """See what was added to the end of a table; a gap counts as what stands before it."""
        latest = self._latest[-1] if self._latest else 0
        for place in range(len(self._latest), len(order)):
            value = objects.get(order[place])
            at = latest if value is None else value["created"]
            if at < latest:
                self.late.append(place)
            else:
                latest = at
            self._latest.append(latest)

    def since(self, at: float) -> int:
        """Return a place before which all are older."""
        return bisect_left(self._latest, at)

    def until(self, at: float) -> int:
        """Return a place from which on all but the `late` are younger."""
        return bisect_right(self._latest, at)


def joined(parts: Sequence[Sequence[int]], low: int, high: int, *, newest: bool) -> Iterator[int]:
    """Yield the places of several sorted lists that are between two places, in one order, each once."""
    walks = [_walk(part, low, high, newest=newest) for part in parts]
    if len(walks) == 1:
        return walks[0]
    return (place for place, _ in groupby(merge(*walks, reverse=newest)))


def _walk(part: Sequence[int], low: int, high: int, *, newest: bool) -> Iterator[int]:
    first, end = bisect_left(part, low), bisect_left(part, high)
    return (part[at] for at in (range(end - 1, first - 1, -1) if newest else range(first, end)))
