"""Tokens of the toy provider, by the engine transport: rules that strike them, and calls that present them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from toy import KEY, REGISTRIES

from brownout.core.explain import explain
from brownout.core.plan import Plan
from brownout.core.rules import Count, Rule
from brownout.faults.token import Token
from brownout.testing.transport import EngineTransport, Sent

if TYPE_CHECKING:
    from brownout.core.journal import Record

PAY = b'{"amount":100,"order":"o-1"}'
SHORT = Token(change="short_life", life=20.0)


def rule(fault: Any, name: str = "r", **count: Any) -> Rule:
    """Return a rule at the fault's own target, for whatever it suits."""
    return Rule(name=name, fault=fault, target=fault.targets()[0], count=Count(**count))


def engine(*rules: Rule, **plan: Any) -> EngineTransport:
    """Return a transport whose world runs on `rules`."""
    return EngineTransport(Plan(rules=rules, **plan), registries=REGISTRIES)


def token(transport: EngineTransport, **params: Any) -> Any:
    """Fetch a token and return the answer's body."""
    return orjson.loads(transport.send("POST", "/toy/v1/token", headers=KEY, body=orjson.dumps(params)).body)


def bearer(text: str) -> dict[str, str]:
    """Return the header that presents a token."""
    return {"Authorization": f"Bearer {text}"}


def read(transport: EngineTransport, headers: dict[str, str]) -> Sent:
    """List payments."""
    return transport.send("GET", "/toy/v1/payments", headers=headers)


def pay(transport: EngineTransport, headers: dict[str, str]) -> Sent:
    """Pay order o-1."""
    return transport.send("POST", "/toy/v1/payments", headers=headers, body=PAY)


def last(transport: EngineTransport) -> Record:
    """Return the newest record."""
    return list(transport.world.journal)[-1]


def story(record: Record) -> str:
    """Return why the exchange ended as it did."""
    return explain({"decided": record.decided(), "observed": record.observed()})


def at_request(fault: Any, name: str = "r", **count: Any) -> Rule:
    """Return a rule that strikes once the credential was let in."""
    return Rule(name=name, fault=fault, target="request", count=Count(**count))
