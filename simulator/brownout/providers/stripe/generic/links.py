"""Which fields of a generic object `expand` may follow, told to `expand` once somebody asks."""

from __future__ import annotations

from functools import cache

from brownout.providers.stripe import expand
from brownout.providers.stripe.generic.tables import tables


@cache
def know_links() -> None:
    """Tell `expand` of every type that no module has told it of."""
    for object_type, fields in tables().objects.items():
        if object_type not in expand.LINKS:
            links: dict[str, str] = {}
            for name, (kind, _) in fields.items():
                if isinstance(kind, str) and kind[0] in "@*" and len(kind) > 1:
                    links[name] = expand.NEVER_SET if kind[0] == "*" or "|" in kind else kind[1:]
            expand.LINKS[object_type] = links
