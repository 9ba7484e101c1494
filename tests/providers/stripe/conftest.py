"""A Stripe without sockets: the engine is called directly, by hand or by the official SDK's own client."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType


def _driver() -> ModuleType:
    # importlib mode: test folders aren't packages, so the helper is loaded by its path, once.
    name = "brownout_stripe_driver"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("driver.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture
def make_world() -> Any:
    """Return the driver's class: `make_world(options=…, plan=…)` builds a world of one's own."""
    return _driver().World


@pytest.fixture
def world(make_world: Any) -> Any:
    """Return a world with Stripe's usual behaviour."""
    return make_world()


@pytest.fixture
def client(world: Any) -> Any:
    """Return an official StripeClient that reaches `world` without a socket."""
    return world.client()
