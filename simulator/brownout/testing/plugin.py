"""The pytest plugin: fixture `brownout`, a sandbox of its own for each test on one server a session, and the guard.

Options: `--brownout-scenario NAME|FILE`, `--brownout-seed N` and `--brownout-guard on|all|off`. Works under
pytest-xdist: each worker has a server on a free port. Imports nothing heavy until a test asks for a fixture.
"""

from __future__ import annotations

import itertools
import os
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import pluggy

    from brownout.testing.guard import Guard, RealHost
    from brownout.testing.sandbox import Sandbox

_numbers = itertools.count(1)
_guard_key = pytest.StashKey["Guard"]()
_hosts_key = pytest.StashKey["dict[str, RealHost]"]()
_GUARDED = frozenset({"brownout", "brownout_server", "brownout_guard"})
_CHOICES = ("on", "all", "off")
_INTERCEPTED = "BROWNOUT_TLS_PORT"
"""Set where `--intercept` leads the real hosts to Brownout: nothing there is left to guard against."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    group = parser.getgroup("brownout", "Brownout, a fintech provider that fails on purpose")
    group.addoption("--brownout-scenario", default=None, help="scenario that every sandbox begins with")
    group.addoption("--brownout-seed", type=int, default=None, help="seed of every sandbox (default: the scenario's)")
    group.addoption(
        "--brownout-guard",
        choices=_CHOICES,
        default=None,
        help="fail tests that would have called a real provider: those with a fixture of ours (on, the default), "
        "all tests of the session, or none (off)",
    )
    parser.addini("brownout_guard", "what --brownout-guard is unless given: on, all or off", default="on")


def pytest_configure(config: pytest.Config) -> None:
    """Register our markers, and refuse a setting that isn't one."""
    config.addinivalue_line("markers", "brownout_scenario(name): begin the test's sandbox with this scenario")
    config.addinivalue_line(
        "markers", "brownout_allow_real(*hosts): let the test call these hosts of real providers, or all of them"
    )
    if _setting(config) not in _CHOICES:
        raise pytest.UsageError(f"brownout_guard: unknown {_setting(config)!r}; known: {', '.join(_CHOICES)}")


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say why nothing is guarded where one would think so."""
    if _INTERCEPTED in os.environ and _setting(config) != "off":
        return f"brownout: no guard, since real hosts lead to Brownout here ({_INTERCEPTED} is set)"
    return None


@pytest.fixture(scope="session")
def brownout_server(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A server for the session; the value is its default sandbox."""
    from brownout.testing.simulator import Simulator

    scenario = request.config.getoption("--brownout-scenario")
    seed = request.config.getoption("--brownout-seed")
    with Simulator(scenario, seed=seed, sandboxes_most=10_000) as default:
        yield default


@pytest.fixture
def brownout(request: pytest.FixtureRequest, brownout_server: Sandbox, brownout_guard: Guard) -> Iterator[Sandbox]:
    """A fresh sandbox for this test: `url_of`, `clock`, `fault(...)`, `exchanges`, `verify`, `ledger`.

    Mark a test with `@pytest.mark.brownout_scenario("name")` to begin with another scenario. A call to a real provider
    is refused and fails the test; see `brownout_guard`.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:48] or "test"
    marker = request.node.get_closest_marker("brownout_scenario")
    scenario = marker.args[0] if marker is not None else None
    sandbox = brownout_server.sandbox(
        f"{plain}-{next(_numbers)}", scenario=scenario, seed=request.config.getoption("--brownout-seed")
    )
    brownout_guard.know(sandbox.real_hosts())
    yield sandbox
    sandbox.drop()


@pytest.fixture
def brownout_guard(request: pytest.FixtureRequest) -> Guard:
    """Refuse calls to real providers during this test, and fail it if it made any; `brownout` brings this along.

    `@pytest.mark.brownout_allow_real` lets them through, `@pytest.mark.brownout_allow_real("api.stripe.com")` only
    these. `calls` holds what was refused so far.
    """
    return _guard_of(request.node)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin before any fixture does, those of a class, module or session too."""
    if _setting(item.config) == "all" or not _GUARDED.isdisjoint(getattr(item, "fixturenames", ())):
        _guard_of(item)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """End after all fixtures did."""
    yield
    if (guard := item.stash.get(_guard_key, None)) is not None:
        guard.stop()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End where an interrupted test had no teardown."""
    if (guard := config.stash.get(_guard_key, None)) is not None:
        guard.stop()


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pluggy.Result[pytest.TestReport]]:
    """Fail what made calls that were refused, also if it skipped or was to fail; its own failure comes first."""
    outcome = yield
    guard = item.stash.get(_guard_key, None)
    if guard is None:
        return
    report = outcome.get_result()
    if (report.when != "setup" or not report.passed) and (told := guard.tell()) is not None:
        _add(item, report, told)
    if report.when == "teardown":
        del item.stash[_guard_key]


def _add(item: pytest.Item, report: pytest.TestReport, told: str) -> None:
    if report.failed:
        report.sections.append(("Brownout's guard", told))
        return
    report.outcome = "failed"
    report.__dict__.pop("wasxfail", None)
    try:
        pytest.fail(told, pytrace=False)
    except pytest.fail.Exception:
        report.longrepr = item.repr_failure(pytest.ExceptionInfo.from_current())


def _guard_of(item: pytest.Item) -> Guard:
    """Return the guard of a test, begun now if it wasn't."""
    guard = item.stash.get(_guard_key, None)
    if guard is None:
        from brownout.testing.guard import Guard

        markers = list(item.iter_markers("brownout_allow_real"))
        allowed = [host for marker in markers for host in marker.args]
        guard = Guard(_hosts(item.config), allowed, seen_from=item.config.invocation_params.dir)
        item.stash[_guard_key] = item.config.stash[_guard_key] = guard
        if _setting(item.config) != "off" and _INTERCEPTED not in os.environ and all(marker.args for marker in markers):
            guard.start()
    return guard


def _hosts(config: pytest.Config) -> dict[str, RealHost]:
    """Return the real hosts under every provider's defaults, found once a session."""
    hosts = config.stash.get(_hosts_key, None)
    if hosts is None:
        from brownout.assembly import registries
        from brownout.testing.guard import real_hosts

        hosts = config.stash[_hosts_key] = real_hosts(registries().providers.values())
    return hosts


def _setting(config: pytest.Config) -> str:
    return str(config.getoption("--brownout-guard") or config.getini("brownout_guard"))
