"""What the faults of tokens and scopes may be asked for, where they strike, and for which operations."""

from __future__ import annotations

from typing import Any

import pytest
from toy import Toy

from brownout.core.effects import DropScopes, RevokeToken, ShortenLife, WithholdScopes
from brownout.faults.scope import Scope
from brownout.faults.token import Token

OPERATIONS = {operation.name: operation for operation in (*Toy.operations, Toy.unknown)}
ISSUING = ["toy.token"]
TAKING = ["toy.payments.create", "toy.payments.list", "toy.payments.retrieve"]


@pytest.mark.parametrize(
    ("fault", "target", "concerns", "effect"),
    [
        (Token(change="short_life", life=20.0), "request", ISSUING, ShortenLife(20.0)),
        (Token(change="short_life", life=20.0, announced=True), "request", ISSUING, ShortenLife(20.0, announced=True)),
        (Token(change="revoke"), "edge", TAKING, RevokeToken()),
        (Scope(change="withhold"), "request", ISSUING, WithholdScopes(("*",))),
        (Scope(change="withhold", scopes=("a", "b.*"), announced=False), "request", ISSUING,
         WithholdScopes(("a", "b.*"), announced=False)),
        (Scope(change="withhold", announced=True), "request", ISSUING, WithholdScopes(("*",))),
        (Scope(change="drop", scopes=("a",)), "edge", TAKING, DropScopes(("a",))),
    ],
    ids=str,
)  # fmt: skip
def test_where_a_change_strikes_whom_and_how(
    fault: Token | Scope, target: str, concerns: list[str], effect: Any
) -> None:
    """At issue: the operations that issue tokens. In use: those that take one, which public ones don't."""
    assert fault.targets() == (target,)
    assert sorted(name for name, operation in OPERATIONS.items() if fault.suits(operation)) == concerns
    assert list(fault.effects(None, None)) == [effect]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (Token, {"change": "short_life"}, "life must be above 0"),
        (Token, {"change": "short_life", "life": 0.0}, "life must be above 0"),
        (Token, {"change": "short_life", "life": -1.0}, "life must be above 0"),
        (Token, {"change": "revoke", "life": 5.0}, "belong to change: short_life"),
        (Token, {"change": "revoke", "life": 0.0}, "belong to change: short_life"),
        (Token, {"change": "revoke", "announced": True}, "belong to change: short_life"),
        (Scope, {"change": "drop", "scopes": ()}, "scopes must name some"),
        (Scope, {"change": "withhold", "scopes": ("a", "")}, "scopes must name some"),
        (Scope, {"change": "drop", "announced": True}, "belongs to change: withhold"),
        (Scope, {"change": "drop", "announced": False}, "belongs to change: withhold"),
    ],
)
def test_keys_that_dont_belong_together_are_refused(kind: type[Token | Scope], options: dict, message: str) -> None:
    """A key that could do nothing is a mistake, not a comment."""
    with pytest.raises(ValueError, match=message):
        kind(**options)
