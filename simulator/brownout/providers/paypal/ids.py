"""Ids as PayPal makes them: seventeen capitals and digits, for every kind of object."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brownout.core.operation import Call


def free_id(call: Call, object_type: str) -> str:
    """Return an id that no object of this type has."""
    table = call.table(object_type)
    while True:
        made = call.draw_text(object_type, 17).upper()
        if table.get(made) is None:
            return made
