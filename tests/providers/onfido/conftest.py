"""An Onfido without sockets: the engine is called directly."""

from __future__ import annotations

from typing import Any

import pytest
from onfido_world import World


@pytest.fixture
def make_world() -> Any:
    """Return the driver's class: `make_world(options=…, plan=…)` builds a world of one's own."""
    return World


@pytest.fixture
def world(make_world: Any) -> Any:
    """Return a world with Onfido's usual behaviour."""
    return make_world()
