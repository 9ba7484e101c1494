"""What the tokens' view says of a token is what its next call meets, whatever was done before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from oauth_world import World

from brownout.core.match import Match
from brownout.core.plan import ClockOptions
from brownout.core.rules import Rule
from brownout.faults.clock import Clock
from brownout.faults.consent import Consent
from brownout.faults.refresh import Refresh
from brownout.faults.scope import Scope
from brownout.faults.token import Token
from brownout.providers.oauth import Fixture
from brownout.server import token_control

if TYPE_CHECKING:
    from typing import Any

FIXTURES = {"/api/read": Fixture(scopes=("read",)), "/api/write": Fixture(scopes=("write",))}
GOOD = ("valid", "expiring")
RESTING = ("blocked", "early")
STRIKES = [
    *((fault, "request", "use") for fault in (
        Token(change="revoke"), Token(change="expire"), Scope(change="drop", scopes=("read",)),
        Consent(change="revoke"), Consent(change="ask_again"),
    )),
    *((fault, "request", "refresh") for fault in (
        Refresh(change="expire"), Refresh(change="revoke"), Refresh(change="spend"), Consent(change="ask_again"),
        Token(change="junk"),
    )),
    *((fault, "request", "ask") for fault in (
        Token(change="junk"), Token(change="wrong_audience"), Token(change="mistell"),
        Token(change="short_life", life=50.0), Scope(change="withhold", scopes=("write",)),
    )),
    *((clock, "edge", how) for clock in (Clock(ahead=90.0), Clock(behind=90.0)) for how in ("use", "refresh", "ask")),
]  # fmt: skip
PICK = st.integers(0, 99)


class View(RuleBasedStateMachine):
    """A client with rotating refresh tokens and an operator, on a clock that moves by jumps."""

    @initialize(speed=st.sampled_from([1.0, 60.0]))
    def begin(self, speed: float) -> None:
        """Start with nothing issued."""
        self.world = World(
            clock=ClockOptions(speed=speed), fixtures=FIXTURES, access_ttl=600.0, refresh_ttl=2000.0, rotation=True
        )
        self.texts: list[str] = []
        self.refreshed: list[bool] = []

    @rule(scope=st.sampled_from(["read", "write", "read write"]))
    def ask(self, scope: str) -> None:
        """Ask for tokens."""
        made = self.world.token(scope=scope)
        self._keep(made.body)

    def _keep(self, made: Any) -> None:
        self.texts += [made["access_token"], made["refresh_token"]]

    @precondition(lambda self: self.texts)
    @rule(pick=PICK)
    def refresh(self, pick: int) -> None:
        """Refresh with any token: it works just if the view says that it is a good one."""
        text = self.texts[pick % len(self.texts)]
        seen = self._seen(text)

        answer = self.world.refresh(text)

        assert (answer.status == 200) == (seen["kind"] == "refresh" and seen["state"] in GOOD)
        self.refreshed.append(answer.status == 200)
        if answer.status == 200:
            self._keep(answer.body)

    @precondition(lambda self: self.texts)
    @rule(pick=PICK, scope=st.sampled_from(["read", "write"]))
    def use(self, pick: int, scope: str) -> None:
        """Call with any token: the status follows from kind, state and scopes as shown."""
        text = self.texts[pick % len(self.texts)]
        seen = self._seen(text)

        answer = self.world.get(f"/api/{scope}", text)

        good = seen["kind"] == "access" and seen["state"] in GOOD
        assert answer.status == (401 if not good else 200 if scope in seen["scopes"]["granted"] else 403)
        if seen["kind"] == "access":
            after = self._seen(text)
            assert scope in after["scopes"]["needed"]
            assert (scope in after["scopes"]["lacking"]) == (scope not in seen["scopes"]["granted"])
            assert after["used"] == (self._offset() if answer.status == 200 else seen["used"])

    @precondition(lambda self: self.texts)
    @rule(pick=PICK, what=st.sampled_from(["revoke", "grant", "expire", "drop"]))
    def take(self, pick: int, what: str) -> None:
        """Take a token's worth: what was good says that it changed, and isn't as it was."""
        text = self.texts[pick % len(self.texts)]
        box, before = self.world.box, self._seen(text)
        token = token_control.find(box, text)
        alive = before["state"] not in ("revoked", "expired", "void")
        match what:
            case "revoke":
                assert token_control.revoke(box, token) == (before["state"] in GOOD)
                assert self._seen(text)["state"] == ("revoked" if alive else before["state"])
            case "grant":
                token_control.revoke(box, token, grant=True)
                assert self._seen(text)["state"] == ("revoked" if alive else before["state"])
            case "expire":
                assert token_control.expire(box, token) == alive
                assert self._seen(text)["state"] == ("expired" if alive else before["state"])
            case _:
                had = "write" in before["scopes"]["granted"]
                assert token_control.drop(box, token, ("wr*",)) == had
                assert "write" not in self._seen(text)["scopes"]["granted"]

    @precondition(lambda self: self.texts)
    @rule(pick=PICK, struck=st.sampled_from(STRIKES))
    def strike(self, pick: int, struck: Any) -> None:
        """Let a fault strike one call: whatever it did to a token, the calls after it meet what the view says."""
        (fault, target, how), text = struck, self.texts[pick % len(self.texts)]
        self.world.box.put_rule(Rule(name="strike", fault=fault, target=target, match=Match()))
        match how:
            case "use":
                self.world.get("/api/read", text)
            case "ask":
                self._keep(self.world.token(scope="read write").body)
            case _:
                answer = self.world.refresh(text)
                self.refreshed.append(answer.status == 200)
                if answer.status == 200:
                    self._keep(answer.body)
        self.world.box.drop_rule("strike")

    @precondition(lambda self: self.texts)
    @rule(pick=PICK)
    def unblock(self, pick: int) -> None:
        """Say that the user was asked: nothing of the client waits any more."""
        token = token_control.find(self.world.box, self.texts[pick % len(self.texts)])
        token_control.unblock(self.world.box, token)
        assert all(self._seen(text)["state"] != "blocked" for text in self.texts)

    @rule(seconds=st.sampled_from([1.0, 59.0, 299.0, 600.0]))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.world.advance(seconds)

    @rule(seconds=st.sampled_from([-400.0, 0.0, 30.0, 500.0]))
    def skew(self, seconds: float) -> None:
        """Put the client's clock wrong."""
        if self.texts:
            token_control.skew(self.world.box, token_control.client(self.world.box, "shop", "oauth"), seconds)

    @invariant()
    def counts_agree(self) -> None:
        """Every token is there once, and refreshes are counted as they were met."""
        if not self.texts:
            return
        (client,) = token_control.tokens(self.world.box, {})["clients"]
        assert len(client["tokens"]) == len(set(self.texts)) == sum(client["states"].values())
        assert client["refreshes"]["tried"] == len(self.refreshed)
        assert client["refreshes"]["good"] == sum(self.refreshed)
        for token in client["tokens"]:
            assert (token["left"] == 0) == (token["state"] not in (*GOOD, *RESTING))

    def _seen(self, text: str) -> Any:
        return token_control.shown(self.world.box, token_control.find(self.world.box, text))

    def _offset(self) -> float:
        return round(self.world.box.moment.world - self.world.box.clock.started_at, 3)


@pytest.mark.slow
def test_the_view_says_what_the_next_call_meets() -> None:
    """Over many histories."""
    run_state_machine_as_test(View, settings=settings(max_examples=60, stateful_step_count=40, deadline=None))
