"""A PayPal without sockets: the engine is called directly."""

from __future__ import annotations

from typing import Any

import pytest
from paypal_world import World


@pytest.fixture
def make_world() -> Any:
    """Return the driver's class: `make_world(options=…, plan=…)` builds a world of one's own."""
    return World


@pytest.fixture
def world() -> World:
    """Return a world with PayPal's usual sandbox."""
    return World()
