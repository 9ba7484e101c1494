"""The entries of `invariants`: which functions of the user's own a verdict asks. They are imported elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.scenario.wording import shown

if TYPE_CHECKING:
    from brownout.scenario.reader import Reader

FUNCTION: Final = re.compile(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$", re.ASCII)


def invariants_of(reader: Reader, data: dict[str, Any]) -> tuple[str, ...]:
    """Return the functions, as MODULE:FUNCTION."""
    given = data.get("invariants")
    if given is not None and not isinstance(given, list):
        reader.fail(("invariants",), f'must be a list, such as ["shop_checks:no_gifts"], not {shown(given)}')
    found: list[str] = []
    for position, one in enumerate(given if isinstance(given, list) else ()):
        if not isinstance(one, str) or not FUNCTION.fullmatch(one):
            message = f"must be MODULE:FUNCTION, such as shop_checks:no_gifts, not {shown(one)}"
            reader.fail(("invariants", position), message)
        elif one in found:
            reader.fail(("invariants", position), f"{one} is given twice: write it once")
        else:
            found.append(one)
    return tuple(found)
