"""A small provider to write scenarios about: tests of the format must not move when a real provider grows."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from brownout import scenario
from brownout.core.errors import Mistake, ScenarioError
from brownout.core.operation import Operation
from brownout.core.registries import Registries
from brownout.core.units import Seconds  # noqa: TC001 - the loader reads the annotation when it runs
from brownout.faults import FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.exchange import Answer
    from brownout.core.operation import Call
    from brownout.core.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A dataclass inside of options."""

    url: str
    events: tuple[str, ...] = ("*",)

    def __post_init__(self) -> None:
        if not self.url.startswith("http"):
            raise ValueError(f"url must begin with http, not {self.url!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BankOptions:
    """Options of the bank."""

    review: Seconds = 4.0
    access_ttl: Seconds = 3600.0
    hooks: tuple[Hook, ...] = ()
    main: Hook | None = None
    named: dict[str, Hook] = field(default_factory=dict)


def _operation(name: str, method: str = "GET", **declared: Any) -> Operation:
    return Operation(name=name, method=method, path="/" + name.replace(".", "/"), run=_nothing, **declared)


def _nothing(call: Call) -> Answer:
    raise AssertionError(call)


BANK = SimpleNamespace(
    api=1,
    name="bank",
    title="A bank",
    options_type=BankOptions,
    hosts=lambda _options: ("api.bank.example",),
    unknown=_operation("bank.unknown"),
    operations=(
        _operation("bank.payments.create", "POST", effect="write", key=("body.order_id",), idempotent=True),
        _operation("bank.payments.retrieve", id_param="id"),
        _operation("bank.refunds.create", "POST", effect="write"),
        _operation("bank.token", "POST", effect="token", public=True),
    ),
)


@pytest.fixture(scope="session")
def registries() -> Registries:
    """Two of our faults, and one provider with four operations."""
    faults = {kind: FAULTS[kind] for kind in ("abort", "latency")}
    return Registries(providers={"bank": BANK}, faults=faults)  # type: ignore[dict-item]


@pytest.fixture(scope="session")
def load(registries: Registries) -> Callable[..., Plan]:
    """Return a function from a scenario's text, without its first line, to its plan."""

    def load(text: str, **options: Any) -> Plan:
        return scenario.load("brownout: 1\n" + text, registries, **options)

    return load


@pytest.fixture(scope="session")
def mistakes(registries: Registries) -> Callable[[str], tuple[Mistake, ...]]:
    """Return a function from a whole text to the mistakes found in it, none for a good one."""

    def mistakes(text: str) -> tuple[Mistake, ...]:
        try:
            scenario.load(text, registries, file="broken.yaml")
        except ScenarioError as error:
            return error.mistakes
        return ()

    return mistakes
