"""A resource below another in its path, such as the reversals of a transfer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from brownout.core.store import Term
from brownout.providers.stripe.errors import find, no_such
from brownout.providers.stripe.lists import page
from brownout.providers.stripe.resource import Resource

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call, Operation

_SHOWN: Final = 10


@dataclass(frozen=True, kw_only=True)
class Nested(Resource):
    """A resource whose `path` names its parent: `/v1/transfers/{transfer}/reversals`.

    `parent` is the placeholder, which is also the field of the parent's id; `parent_type` the type of the object.
    """

    parent: str
    parent_type: str

    @property
    def id_param(self) -> str:
        """What its id is called in a path."""
        return "id"

    def parent_of(self, call: Call) -> dict[str, Any]:
        """Return the object above, or refuse."""
        return find(call, self.parent_type, call.path[self.parent])

    def operations(self) -> tuple[Operation, ...]:
        """Return its operations, named without the parent's placeholder, each refused where there is no parent."""
        return tuple(self._below(one) for one in Resource.operations(self))

    def _below(self, operation: Operation) -> Operation:
        run = operation.run

        def below(call: Call) -> Answer:
            parent = self.parent_of(call)
            if self.id_param in call.path:
                own = find(call, self.object_type, call.path[self.id_param])
                if own[self.parent] != parent["id"]:
                    raise no_such(call, self.object_type, own["id"])
            return run(call)

        name = operation.name.replace(f".{{{self.parent}}}", "")
        return replace(operation, name=name, run=below, id_param=operation.id_param or self.parent)

    def _list(self, call: Call) -> Answer:
        parent_id = call.path[self.parent]
        url = self.path.replace(f"{{{self.parent}}}", parent_id)
        return page(
            call, self._shapes["list"], self.object_type, url,
            keep=self.listed, where={Term((self.parent,)): (parent_id,)},
        )  # fmt: skip


def grown(shown: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return a list as it stands in its parent, with one more in front; it shows ten at most."""
    found = [new, *shown["data"]]
    return {**shown, "data": found[:_SHOWN], "has_more": shown["has_more"] or len(found) > _SHOWN}
