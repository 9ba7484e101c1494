"""From method and path to a generic operation, made the first time that one is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from brownout.core.operation import Operation
from brownout.core.routes import Routes
from brownout.providers.stripe.generic import listing, verbs
from brownout.providers.stripe.generic.conjure import conjuring
from brownout.providers.stripe.generic.refusals import not_modelled
from brownout.providers.stripe.generic.tables import tables
from brownout.providers.stripe.lists import LISTING
from brownout.providers.stripe.versions import dated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from brownout.core.exchange import Answer
    from brownout.core.operation import Call
    from brownout.providers.stripe.generic.tables import Row

_NAMES: Final = re.compile(r"\{(\w+)\}")
_BY_KIND: Final[dict[str, Callable[[Call, Spec], Answer]]] = {
    "create": verbs.create, "retrieve": verbs.retrieve, "update": verbs.update, "delete": verbs.delete,
    "act": verbs.act, "list": listing.listed, "search": listing.searched, "single": verbs.single,
    "find": verbs.search_one, "delete_where": verbs.delete_where, "preview": verbs.preview,
}  # fmt: skip
_ON_ONE: Final = frozenset({"retrieve", "update", "delete", "act"})
WORDS: Final = frozenset({"search", "create_preview", "preview"})
"""Segments of paths that are never an id."""


@dataclass(frozen=True, slots=True)
class Spec:
    """An operation of the table, and what its path means."""

    row: Row

    @property
    def v2(self) -> bool:
        """Whether it is one of `/v2`."""
        return self.row.path.startswith("/v2/")

    @property
    def names(self) -> tuple[str, ...]:
        """What the placeholders of its path are called."""
        return tuple(_NAMES.findall(self.row.path))

    @property
    def above(self) -> tuple[str, ...]:
        """Those that name what stands above its object."""
        return self.names[:-1] if self.row.kind in _ON_ONE else self.names

    def types_at(self, name: str) -> tuple[str, ...]:
        """Return the types that the object of a placeholder may have, none if no operation retrieves such."""
        before = self.row.path.partition(f"{{{name}}}")[0]
        found = _retrieved().get(_bare(before) + "{}")
        return found or _retrieved().get(_bare(before).replace("/test_helpers", "") + "{}", ())

    def place(self, call: Call) -> str:
        """Return the collection that a call is about, as its own URL."""
        path = self.row.path
        if self.row.kind in _ON_ONE:
            path = path.rpartition(f"/{{{self.names[-1]}}}")[0]
        return path.format(**call.path)


def _bare(path: str) -> str:
    return _NAMES.sub("{}", path)


@cache
def _retrieved() -> dict[str, tuple[str, ...]]:
    return {_bare(one.path): one.types for one in tables().rows if one.kind == "retrieve"}


def _run(spec: Spec, call: Call) -> Answer:
    generic: bool = call.world.options("stripe").generic
    run = _BY_KIND.get(spec.row.kind)
    return run(call, spec) if run is not None and generic else not_modelled(call, spec.row, generic=generic)


def _made(row: Row) -> Operation:
    """Return the operation of a row."""
    reads = row.method == "GET"
    listed = row.kind in ("list", "search")
    fields = tables().objects.get(row.types[0], {}) if row.types else {}
    start = "data." if listed else ""
    words = [name for name, one in fields.items() if str(one.kind).startswith("=") and name != "object"]
    spec = Spec(row)
    operation = Operation(
        name=f"stripe.{row.name}",
        method=row.method,
        path=row.path,
        run=partial(_run, spec),
        effect="read" if reads else "write",
        object_type=row.types[0] if row.types else "",
        id_param=spec.names[-1] if spec.names else None,
        key=("body.metadata.order_id",) if row.kind == "create" and "metadata" in fields else (),
        idempotent=row.method == "POST" or (spec.v2 and not reads),
        listing=LISTING if row.kind == "list" and not spec.v2 else None,
        money=tuple(start + name for name, one in fields.items() if name.startswith("amount") and one.kind == "i"),
        dates=tuple(start + name for name, one in fields.items() if name == "created" or name.endswith("_at")),
        enums=tuple(start + name for name in words),
        fidelity="generic",
    )
    return conjuring(operation if spec.v2 else dated(operation))


@cache
def _operations() -> tuple[Operation, ...]:
    """Return an operation for each method and path; where the SDK has two names for one, the first."""
    claimed: set[tuple[str, str]] = set()
    found = []
    for row in tables().rows:
        slot = row.method, _bare(row.path)
        if slot not in claimed:
            claimed.add(slot)
            found.append(_made(row))
    return tuple(found)


@cache
def _routes() -> Routes:
    return Routes(_operations(), WORDS)


def find(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """Return the operation of a method and path and the values of its placeholders, None if Stripe has no such."""
    return _routes().find(method, path)


def beside(modelled: Iterable[Operation]) -> tuple[Operation, ...]:
    """Return the operations that none of `modelled` answers."""
    own = {(one.method, _bare(one.path)) for one in modelled}
    return tuple(one for one in _operations() if (one.method, _bare(one.path)) not in own)
