"""The pytest plugin: fixture `brownout`, a sandbox of its own for each test on one server a session.

Options: `--brownout-scenario NAME|FILE` and `--brownout-seed N`. Works under pytest-xdist: each worker has a server
on a free port. Imports nothing heavy until a test asks for the fixture.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.testing.sandbox import Sandbox

_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    group = parser.getgroup("brownout", "Brownout, a fintech provider that fails on purpose")
    group.addoption("--brownout-scenario", default=None, help="scenario that every sandbox begins with")
    group.addoption("--brownout-seed", type=int, default=None, help="seed of every sandbox (default: the scenario's)")


@pytest.fixture(scope="session")
def brownout_server(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A server for the session; the value is its default sandbox."""
    from brownout.testing.simulator import Simulator

    scenario = request.config.getoption("--brownout-scenario")
    seed = request.config.getoption("--brownout-seed")
    with Simulator(scenario, seed=seed, sandboxes_most=10_000) as default:
        yield default


@pytest.fixture
def brownout(request: pytest.FixtureRequest, brownout_server: Sandbox) -> Iterator[Sandbox]:
    """A fresh sandbox for this test: `url_of`, `clock`, `fault(...)`, `exchanges`, `verify`, `ledger`.

    Mark a test with `@pytest.mark.brownout_scenario("name")` to begin with another scenario.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:48] or "test"
    marker = request.node.get_closest_marker("brownout_scenario")
    scenario = marker.args[0] if marker is not None else None
    sandbox = brownout_server.sandbox(
        f"{plain}-{next(_numbers)}", scenario=scenario, seed=request.config.getoption("--brownout-seed")
    )
    yield sandbox
    sandbox.drop()


def pytest_configure(config: pytest.Config) -> None:
    """Register our marker."""
    config.addinivalue_line("markers", "brownout_scenario(name): begin the test's sandbox with this scenario")
