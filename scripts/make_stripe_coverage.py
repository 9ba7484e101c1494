"""Writes docs/providers/stripe-coverage.md: which operations of Stripe's SDK are modelled, and what of the rest.

    python scripts/make_stripe_coverage.py           write it
    python scripts/make_stripe_coverage.py --check   exit 1 if it isn't up to date

What is modelled is what has an operation of its own.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Final

from brownout.providers.stripe.generic.tables import Row, tables
from brownout.providers.stripe.provider import STRIPE

PAGE: Final = Path(__file__).parents[1] / "docs" / "providers" / "stripe-coverage.md"
HEAD: Final = """# Stripe: what is covered
<!-- Made by scripts/make_stripe_coverage.py. -->

Every operation of stripe-python {version}, {total} in all:

| | operations | |
|---|---|---|
| **modelled** | {modelled} | state and rules follow Stripe's documentation |
| generic | {generic} | refused, unless [`generic: true`](stripe.md#what-isnt-modelled) has it answered from a schema |
| refused | {refused} | refused always: it sends or answers a file, or no schema describes it |

Brownout models {more} operations beside those: {names}.

| resource | modelled | generic | refused |
|---|---|---|---|
"""


def bare(path: str) -> str:
    """Return a path without the names of its placeholders."""
    return re.sub(r"\{\w+\*?\}", "{}", path)


MODELLED: Final = {(one.method, bare(one.path)) for one in STRIPE.operations}


def grade(row: Row) -> str:
    """Return how faithfully an operation is answered."""
    if (row.method, bare(row.path)) in MODELLED:
        return "modelled"
    return "refused" if row.kind == "refused" else "generic"


def page() -> str:
    """Return the page."""
    rows = tables().rows
    counts = Counter(map(grade, rows))
    known = {(one.method, bare(one.path)) for one in rows}
    more = sorted(one.name for one in STRIPE.operations if (one.method, bare(one.path)) not in known)
    lines = [
        HEAD.format(
            version=tables().version, total=len(rows), more=len(more), names=", ".join(f"`{one}`" for one in more),
            **{name: counts[name] for name in ("modelled", "generic", "refused")},
        )
    ]  # fmt: skip
    for resource, of in groupby(sorted(rows, key=_resource), key=_resource):
        found: dict[str, list[str]] = {"modelled": [], "generic": [], "refused": []}
        for row in of:
            found[grade(row)].append(row.name.rpartition(".")[2])
        cells = " | ".join(", ".join(sorted(set(names))) for names in found.values())
        lines.append(f"| `{resource}` | {cells} |\n")
    return re.sub(r" +\|", " |", "".join(lines))


def _resource(row: Row) -> str:
    return row.name.rpartition(".")[0]


def main() -> int:
    """Write the page, or check it."""
    if "--check" in sys.argv[1:]:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
