"""What the faults of tokens and scopes may be asked for, where they strike, and for which operations."""

from __future__ import annotations

from typing import Any

import pytest
from toy import Toy

from brownout.core.effects import (
    DemandUser,
    DropScopes,
    EndConsent,
    EndRefresh,
    ExpireToken,
    RevokeToken,
    RotateSecret,
    ShortenLife,
    SkewClock,
    Spoil,
    TakeFor,
    TellLife,
    WithholdScopes,
)
from brownout.faults.clock import Clock
from brownout.faults.consent import Consent
from brownout.faults.credential import Credential
from brownout.faults.refresh import Refresh
from brownout.faults.scope import Scope
from brownout.faults.token import Token

OPERATIONS = {operation.name: operation for operation in (*Toy.operations, Toy.unknown)}
ISSUING = ["toy.token"]
TAKING = ["toy.payments.create", "toy.payments.list", "toy.payments.retrieve"]
BOTH = [*TAKING, *ISSUING]
ALL = [*BOTH, "toy.unknown"]


@pytest.mark.parametrize(
    ("fault", "targets", "concerns", "effect"),
    [
        (Token(change="short_life", life=20.0), "request", ISSUING, ShortenLife(20.0)),
        (Token(change="short_life", life=20.0, announced=True), "request", ISSUING, ShortenLife(20.0, announced=True)),
        (Token(change="mistell"), "request", ISSUING, TellLife(None)),
        (Token(change="mistell", says=60.0), "request", ISSUING, TellLife(60.0)),
        (Token(change="junk"), "request", ISSUING, Spoil()),
        (Token(change="wrong_audience", audience="else"), "request", ISSUING, Spoil("else")),
        (Token(change="wrong_audience"), "request", ISSUING, Spoil("https://api.somebody-else.example")),
        (Token(change="revoke"), "edge request", TAKING, RevokeToken()),
        (Token(change="expire"), "edge request", TAKING, ExpireToken()),
        (Scope(change="withhold"), "request", ISSUING, WithholdScopes(("*",))),
        (Scope(change="withhold", scopes=("a", "b.*"), announced=False), "request", ISSUING,
         WithholdScopes(("a", "b.*"), announced=False)),
        (Scope(change="withhold", announced=True), "request", ISSUING, WithholdScopes(("*",))),
        (Scope(change="drop", scopes=("a",)), "edge request", TAKING, DropScopes(("a",))),
        (Refresh(change="expire"), "request", ISSUING, EndRefresh("expired")),
        (Refresh(change="revoke"), "request", ISSUING, EndRefresh("revoked")),
        (Refresh(change="spend"), "request", ISSUING, EndRefresh("spent")),
        (Consent(change="revoke"), "edge request", BOTH, EndConsent()),
        (Consent(change="ask_again"), "edge request", BOTH, DemandUser("invalid_grant")),
        (Consent(change="ask_again", code="login_required"), "edge request", BOTH, DemandUser("login_required")),
        (Credential(change="rotate"), "edge", ISSUING, RotateSecret()),
        (Credential(change="rotate", secret="new", grace=60.0), "edge", ISSUING, RotateSecret("new", 60.0)),
        (Credential(change="old_secret"), "edge", BOTH, TakeFor("old secret")),
        (Credential(change="live"), "edge", BOTH, TakeFor("live")),
        (Credential(change="unknown"), "edge", BOTH, TakeFor("unknown")),
        (Credential(change="wrong_method"), "edge", ISSUING, TakeFor("wrong method")),
        (Clock(ahead=90.0), "edge", ALL, SkewClock(90.0)),
        (Clock(behind=90.0), "edge", ALL, SkewClock(-90.0)),
    ],
    ids=str,
)  # fmt: skip
def test_where_a_change_strikes_whom_and_how(fault: Any, targets: str, concerns: list[str], effect: Any) -> None:
    """At issue: the operations that issue tokens. In use: those that take one, which public ones don't."""
    assert fault.targets() == tuple(targets.split())
    assert fault.default_target in (None, fault.targets()[0])
    assert sorted(name for name, operation in OPERATIONS.items() if fault.suits(operation)) == concerns
    assert list(fault.effects(None, None)) == [effect]
    assert effect.said


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
        (Token, {"change": "junk", "life": 5.0}, "^life and announced belong to change: short_life, not to junk"),
        (Token, {"change": "revoke", "says": 5.0}, "^says belongs to change: mistell"),
        (Token, {"change": "mistell", "says": 0.0}, "^says must be above 0"),
        (Token, {"change": "junk", "audience": "x"}, "^audience belongs to change: wrong_audience"),
        (Token, {"change": "wrong_audience", "audience": ""}, "^audience must not be empty"),
        (Consent, {"change": "revoke", "code": "x"}, "^code belongs to change: ask_again"),
        (Consent, {"change": "ask_again", "code": "a b"}, "^code 'a b' can't be an OAuth error"),
        (Credential, {"change": "live", "secret": "x"}, "^secret belongs to change: rotate"),
        (Credential, {"change": "live", "grace": 5.0}, "^grace belongs to change: rotate"),
        (Credential, {"change": "rotate", "grace": -5.0}, "^grace must not be negative"),
        (Credential, {"change": "rotate", "secret": "a b"}, "^secret must be visible ASCII"),
        (Clock, {}, "either ahead or behind"),
        (Clock, {"ahead": 60.0, "behind": 60.0}, "either ahead or behind"),
        (Clock, {"behind": 0.5}, "^behind must be at least 1s"),
    ],
)
def test_keys_that_dont_belong_together_are_refused(kind: Any, options: dict, message: str) -> None:
    """A key that could do nothing is a mistake, not a comment."""
    with pytest.raises(ValueError, match=message):
        kind(**options)
