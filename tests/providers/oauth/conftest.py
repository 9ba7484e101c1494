"""A world for each test."""

from __future__ import annotations

import pytest
from oauth_world import World


@pytest.fixture
def world() -> World:
    """Return a world with the provider's defaults and some fixtures."""
    return World()
