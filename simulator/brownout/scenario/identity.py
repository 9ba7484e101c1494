"""The section `identity`: where operations have their logical keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from brownout.scenario.values import place_of
from brownout.scenario.wording import unknown

if TYPE_CHECKING:
    from brownout.scenario.document import Path
    from brownout.scenario.reader import Reader


def identity_of(reader: Reader, data: dict[str, Any]) -> dict[str, str]:
    """Return the place of each operation's key that a scenario's `data` names."""
    places = reader.mapping(data.get("identity"), ("identity",))
    for operation, place in places.items():
        path: Path = ("identity", operation)
        if operation not in reader.operations and operation not in reader.registries.beyond():
            reader.fail(path, unknown(operation, reader.operations, hint="brownout list operations shows all"))
        reader.made(partial(place_of, place), {}, path)
    return places
