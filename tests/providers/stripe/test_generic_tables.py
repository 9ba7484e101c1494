"""The tables of what isn't modelled are what the installed SDK says, and so is the page about them."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from stripe._object_classes import OBJECT_CLASSES, V2_OBJECT_CLASSES
from stripe_types import shape_problems
from stripe_world import World

from brownout.core.operation import Call
from brownout.providers.stripe import STRIPE, StripeOptions
from brownout.providers.stripe.generic import objects, routes
from brownout.providers.stripe.generic.makers import by_prefix
from brownout.providers.stripe.generic.objects import FRESH, SETTLED
from brownout.providers.stripe.generic.prefixes import prefix_of
from brownout.providers.stripe.generic.tables import tables

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "simulator" / "brownout" / "providers" / "stripe" / "generic" / "data" / "tables.json"
MOST_BYTES = 400_000
CLASSES = {**OBJECT_CLASSES, **V2_OBJECT_CLASSES}


def checked(script: str) -> int:
    """Return what a script says of what it made."""
    return subprocess.run([sys.executable, ROOT / "scripts" / script, "--check"], cwd=ROOT, check=False).returncode


def test_the_tables_are_made_anew_byte_by_byte() -> None:
    """Whoever installs another version of the SDK runs the script again; with this one it makes the same bytes."""
    assert tables().source.startswith(f"stripe-python {tables().version}, ")
    assert len(DATA.read_bytes()) < MOST_BYTES
    if version("stripe") == tables().version:
        assert checked("make_stripe_tables.py") == 0


def test_the_page_says_what_is_covered() -> None:
    """`python scripts/make_stripe_coverage.py` has been run since anything was modelled."""
    assert checked("make_stripe_coverage.py") == 0


@pytest.fixture(scope="module")
def call() -> Any:
    """A call in a world that answers what isn't modelled."""
    box = World(StripeOptions(generic=True)).box
    return Call(box, provider="stripe", account="acct_1ABCDEFGHIJKLMNO", packed=b"test", moment=box.clock.at(0.0))


@pytest.mark.parametrize("usual", [FRESH, SETTLED], ids=["fresh", "settled"])
@pytest.mark.parametrize("object_type", sorted(tables().objects))
def test_every_object_has_what_its_class_declares_and_nothing_else(call: Any, object_type: str, usual: Any) -> None:
    """Made of nothing, it lacks no field that the SDK requires, has none undeclared and each of a declared type."""
    module, name = CLASSES[object_type]

    value = objects.build(call, object_type, {}, usual=usual)

    assert shape_problems(value, getattr(import_module(module), name), object_type) == []
    assert value["object"] == object_type


def test_every_operation_is_found_by_its_own_path() -> None:
    """And named as the SDK's service and method; none that is modelled is among those beside."""
    for row in tables().rows:
        found = routes.find(row.method, row.path.replace("{", "").replace("}", ""))
        assert found is not None
        assert (found[0].method, found[0].path.count("{")) == (row.method, row.path.count("{"))
    beside = {one.name for one in STRIPE.operations_beyond()}
    modelled = {one.name for one in STRIPE.operations}
    assert beside.isdisjoint(modelled)
    assert all(one.fidelity == "generic" for one in STRIPE.operations_beyond())
    assert all(one.fidelity == "modelled" for one in STRIPE.operations)


def test_every_type_is_told_from_its_ids() -> None:
    """Its prefix leads back to it; where several share one, the operation that names the id decides."""
    for object_type in tables().objects:
        assert object_type in by_prefix()[prefix_of(object_type)]
    assert by_prefix()["acct"] == ("account", "v2.core.account")
    assert by_prefix()["pi"] == ("payment_intent",)
