"""A Stripe without sockets: the engine is called directly, by hand or by the official SDK's own client."""

from __future__ import annotations

from typing import Any

import pytest
from stripe_world import World


@pytest.fixture
def make_world() -> Any:
    """Return the driver's class: `make_world(options=…, plan=…)` builds a world of one's own."""
    return World


@pytest.fixture
def world(make_world: Any) -> Any:
    """Return a world with Stripe's usual behaviour."""
    return make_world()


@pytest.fixture
def client(world: Any) -> Any:
    """Return an official StripeClient that reaches `world` without a socket."""
    return world.client()
