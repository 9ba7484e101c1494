"""What a fault's own options may say; what they do on the wire is in tests/server/test_wire.py."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

import pytest

from brownout.core.effects import Delay, Hang, Refuse, Reset
from brownout.core.fault import TARGETS
from brownout.faults import FAULTS
from brownout.faults.abort import Abort
from brownout.faults.drift import Drift
from brownout.faults.latency import Latency
from brownout.faults.scope import Scope
from brownout.faults.token import Token

if TYPE_CHECKING:
    from brownout.core.fault import Fault


def never(purpose: str) -> float:
    """Fail a test in which something is drawn that need not be."""
    raise AssertionError(purpose)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "either status"),
        ({"status": 500, "connection": "reset"}, "either status"),
        ({"status": 200}, "400 to 599"),
        ({"status": 600}, "400 to 599"),
        ({"connection": "reset", "headers": {"A": "b"}}, "carries none"),
        ({"connection": "hang", "body": "html"}, "carries none"),
        ({"connection": "hang", "code": "x"}, "carries none"),
        ({"status": 500, "code": "x", "body": "html"}, "code needs body: provider"),
    ],
)
def test_an_abort_says_one_thing(options: dict, message: str) -> None:
    """A status or a lost connection, and only what belongs to it."""
    with pytest.raises(ValueError, match=message):
        Abort(**options)


@pytest.mark.parametrize(
    ("fault", "effect"),
    [
        (Abort(connection="reset"), Reset()),
        (Abort(connection="hang"), Hang()),
        (Abort(status=402, code="card_declined"), Refuse(status=402, code="card_declined")),
        (Abort(status=503, body="html", headers={"Retry-After": "3"}),
         Refuse(status=503, body="html", headers=(("Retry-After", "3"),))),
    ],
)  # fmt: skip
def test_an_abort_has_one_effect(fault: Abort, effect: object) -> None:
    """And draws nothing."""
    assert list(fault.effects(None, never)) == [effect]  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{}, {"delay": -1.0}, {"delay": 1.0, "jitter": -0.1}])
def test_a_latency_is_above_zero(options: dict) -> None:
    """Neither part negative, not both zero."""
    with pytest.raises(ValueError, match=r"delay|jitter must not be negative"):
        Latency(**options)


def test_a_latency_without_jitter_draws_nothing() -> None:
    """With jitter it is between `delay` and `delay + jitter`."""
    assert list(Latency(delay=2.0).effects(None, never)) == [Delay(2.0)]  # type: ignore[arg-type]
    assert list(Latency(delay=2.0, jitter=4.0).effects(None, lambda _: 0.25)) == [Delay(3.0)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fault",
    [
        Abort(status=500),
        Latency(delay=1.0),
        Drift(path="$.a", change="remove"),
        Token(change="revoke"),
        Token(change="short_life", life=1.0),
        Scope(change="drop"),
        Scope(change="withhold"),
    ],
    ids=str,
)
def test_the_first_target_is_the_default(fault: Fault) -> None:
    """What the class says of all of its kind, each of them says of itself."""
    targets = fault.targets()

    assert set(targets) <= set(TARGETS)
    assert len(set(targets)) == len(targets) > 0
    assert fault.default_target in (targets[0], None)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_what_the_protocol_says(name: str) -> None:
    """Its kind is its name in the table and of its file; it is a frozen dataclass with a docstring.

    Its default target may hang on its keys: it is None then.
    """
    fault = FAULTS[name]

    assert fault.kind == name == fault.__module__.rpartition(".")[2]
    assert is_dataclass(fault)
    assert fault.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert fault.default_target in (*TARGETS, None)
    assert fault.api == 1
    assert fault.__doc__
    assert {field.name for field in fields(fault)}.isdisjoint({"name", "kind", "match", "target"})
