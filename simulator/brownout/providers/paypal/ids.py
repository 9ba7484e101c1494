"""Ids as PayPal makes them: capitals and digits, seventeen for nearly every kind of object."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brownout.core.operation import Call


def free_id(call: Call, object_type: str, letters: int = 17) -> str:
    """Return an id of so many `letters` that no object of this type has."""
    table = call.table(object_type)
    while True:
        made = call.draw_text(object_type, letters).upper()
        if table.get(made) is None:
            return made
