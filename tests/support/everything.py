"""All that a world holds, as bytes: a call that is refused leaves it as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from brownout.core.sandbox import Sandbox


def everything(box: Sandbox) -> bytes:
    """Return objects, ledger entries and the number of timers."""
    tables: Any = box.store._tables  # type: ignore[attr-defined] # noqa: SLF001 - a test of everything must see everything
    return orjson.dumps(
        [
            [list(key), [dict(row) for row in table.oldest_first()]]
            for key, table in sorted(tables.items())
            if len(table)
        ],
        default=list,
        option=orjson.OPT_NON_STR_KEYS,
    ) + orjson.dumps([entry.as_dict() for entry in box.ledger] + [len(box.timers)])
