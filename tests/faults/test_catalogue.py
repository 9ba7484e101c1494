"""The catalogue: every fault has runnable examples, and each does over the wire what it is there for."""

from __future__ import annotations

from itertools import count
from typing import Any, Final

import pytest
import yaml
from catalogue import CATALOGUE
from traffic import round_of_calls

from brownout.faults import FAULTS
from brownout.testing import Simulator

ROUNDS_MOST: Final = 60
BASE: Final = {
    "brownout": 1,
    "providers": {
        "oauth": {
            "clients": {"shop": "secret"},
            "fixtures": {
                "/api/accounts": {"scopes": ["read"], "body": [{"id": "acc_1", "balance": 1250}]},
                "/api/transfers": {"scopes": ["read", "write"], "body": {"transfers": []}},
            },
        }
    },
}
"""What the examples' scenarios begin with: a protected API for the generic provider."""


EXAMPLES: Final = [
    pytest.param(entry, id=f"{kind}-{entry.get('name', number)}")
    for kind in sorted(FAULTS)
    if not getattr(FAULTS[kind], "handshakes", False)  # connections have tests of their own, and so have webhooks
    and not getattr(FAULTS[kind], "deliveries", False)
    for number, entry in enumerate(yaml.safe_load(CATALOGUE.entry_of(FAULTS[kind]).example))
]


def test_the_page_says_what_the_docstrings_say() -> None:
    """`python scripts/make_fault_catalogue.py` has been run."""
    assert CATALOGUE.PAGE.read_text(encoding="utf-8").endswith(CATALOGUE.page())


@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_every_kind_explains_itself(kind: str) -> None:
    """One line for the table, prose, and an example of its own kind with a name that can stay."""
    entry = CATALOGUE.entry_of(FAULTS[kind])
    examples = yaml.safe_load(entry.example)

    assert entry.summary
    assert entry.prose
    assert all({"name", "kind"} <= example.keys() or "one_of" in example for example in examples)
    assert any(example.get("kind") == kind for example in examples)


@pytest.mark.parametrize("example", EXAMPLES)
async def test_every_example_does_what_it_is_there_for(example: dict[str, Any]) -> None:
    """Plain traffic of every provider meets it, and the journal says that it was applied."""
    scenario = yaml.safe_dump({**BASE, "faults": [example]})

    async with Simulator(scenario) as box:
        for number in count(1):
            await round_of_calls(box, number)
            fired = {one["name"]: one["fired"] for one in box.faults()}
            if all(fired.values()) or number == ROUNDS_MOST:
                break

    assert all(fired.values()), fired
    names = set(fired)
    seen = {one["rule"] for record in box.exchanges() for one in record.decided["fired"] if one["state"] == "applied"}
    assert names <= seen
