"""Rotation, reuse, grace and families under any history, against a reference that shares no code with the authority."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from oauth_world import World

ACCESS_TTL = 50.0
RULES: dict[str, Any] = {
    "rotation": True,
    "grace": 20.0,
    "returns": "new",
    "on_reuse": "revoke_family",
    "ttl": None,
    "idle": None,
    "absolute": None,
}
"""What holds unless a run says otherwise."""


@dataclass
class Grant:
    """What began with one consent."""

    began: float
    dead: bool = False


@dataclass
class Refresh:
    """A refresh token as the reference sees it."""

    grant: Grant
    issued: float
    used: float
    spent: float | None = None
    first: str | None = None


@dataclass
class Access:
    """An access token as the reference sees it."""

    grant: Grant
    issued: float


class Rotation(RuleBasedStateMachine):
    """Two clients' grants, refreshed, reused and revoked in any order, at any time."""

    kept: ClassVar[dict[str, Any]] = {}
    """The rules of this run."""

    def __init__(self) -> None:
        """Begin with nobody connected, under the rules of this run."""
        super().__init__()
        rules = self.lived_by = RULES | self.kept
        self.world = World(
            access_ttl=ACCESS_TTL,
            rotation=rules["rotation"],
            reuse_grace=rules["grace"],
            grace_returns=rules["returns"],
            on_reuse=rules["on_reuse"],
            refresh_ttl=rules["ttl"],
            refresh_idle_ttl=rules["idle"],
            refresh_absolute_ttl=rules["absolute"],
        )
        self.now = 0.0
        self.refresh: dict[str, Refresh] = {}
        self.access: dict[str, Access] = {}

    def ended(self, one: Refresh) -> bool:
        """Return whether a refresh token's time is up, by whichever of its three lives ends first."""
        lives = ((one.issued, "ttl"), (one.used, "idle"), (one.grant.began, "absolute"))
        ends = [since + (inf if self.lived_by[name] is None else self.lived_by[name]) for since, name in lives]
        return self.now >= min(ends)

    def note(self, body: Any, grant: Grant) -> None:
        """Take over what an answer holds."""
        assert body["access_token"] not in self.access
        self.access[body["access_token"]] = Access(grant, self.now)
        text = body.get("refresh_token")
        if text is not None and text not in self.refresh:
            self.refresh[text] = Refresh(grant, self.now, self.now)

    def expected(self, text: str) -> str | None:
        """Return what a use should be answered with: `fresh`, `none`, the text of a known token; None if refused."""
        one = self.refresh[text]
        if one.grant.dead or self.ended(one):
            return None
        if one.spent is None:
            return "fresh" if self.lived_by["rotation"] else "none"
        if self.now - one.spent >= self.lived_by["grace"]:
            return None
        if self.lived_by["returns"] == "old":
            return text
        if self.lived_by["returns"] == "same" and one.first is not None and not self.ended(self.refresh[one.first]):
            return one.first
        return "fresh"

    def settle(self, text: str, returned: str | None) -> None:
        """Do to the reference what a use does."""
        one = self.refresh[text]
        if returned is None:
            reused = not one.grant.dead and not self.ended(one) and one.spent is not None
            if reused and self.lived_by["on_reuse"] == "revoke_family":
                one.grant.dead = True
        elif self.lived_by["rotation"]:
            one.spent = self.now if one.spent is None else one.spent
        else:
            one.used = self.now

    @rule()
    def connect(self) -> None:
        """Begin another grant, by a code."""
        body = self.world.exchange(self.world.code()).body
        self.note(body, Grant(self.now))

    @precondition(lambda self: self.refresh)
    @rule()
    def go_on(self) -> None:
        """Use the newest refresh token, as a client does that nothing went wrong for."""
        self.use(list(self.refresh)[-1])

    @precondition(lambda self: self.refresh)
    @rule(back=st.integers(0, 3))
    def go_back(self, back: int) -> None:
        """Use one of the last few: answers were lost, or workers share a token."""
        texts = list(self.refresh)
        self.use(texts[max(0, len(texts) - 1 - back)])

    @precondition(lambda self: self.refresh)
    @rule(data=st.data())
    def dig_up(self, data: st.DataObject) -> None:
        """Use any refresh token that there ever was."""
        self.use(data.draw(st.sampled_from(sorted(self.refresh))))

    def use(self, text: str) -> None:
        """Use a refresh token, and hold the answer against the reference."""
        wanted = self.expected(text)

        answer = self.world.refresh(text)

        assert answer.status == (400 if wanted is None else 200)
        self.settle(text, wanted)
        if wanted is None:
            assert answer.refusal == (400, "invalid_grant")
            return
        returned = answer.body.get("refresh_token")
        if wanted == "fresh":
            assert returned is not None
            assert returned not in self.refresh
        else:
            assert returned == (None if wanted == "none" else wanted)
        one = self.refresh[text]
        if wanted == "fresh" and one.first is None:
            one.first = returned
        self.note(answer.body, one.grant)

    @precondition(lambda self: len(self.refresh) > 4)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        """Revoke a grant by any of its refresh tokens."""
        text = data.draw(st.sampled_from(sorted(self.refresh)))

        assert self.world.revoke(text).status == 200

        self.refresh[text].grant.dead = True

    @rule(seconds=st.sampled_from([1.0, 5.0, 20.0]))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.world.wait(seconds)

    @invariant()
    def access_tokens_open_what_they_should(self) -> None:
        """An access token is good until its time is up or its grant is dead, and no longer."""
        for text, one in self.access.items():
            good = not one.grant.dead and self.now < one.issued + ACCESS_TTL
            assert self.world.get("/api/accounts", text).status == (200 if good else 401)


@pytest.mark.slow
@pytest.mark.parametrize(
    "rules",
    [
        {"rotation": False, "idle": 30.0},
        {"rotation": False, "idle": 30.0, "absolute": 45.0},
        {"rotation": False, "idle": 30.0, "ttl": 45.0},
        {"grace": 0.0},
        {"grace": 0.0, "on_reuse": "reject"},
        {"absolute": 45.0, "ttl": 30.0},
        {"returns": "same"},
        {"returns": "same", "ttl": 20.0, "grace": 40.0},
        {"returns": "old"},
        {"returns": "old", "on_reuse": "reject", "idle": 30.0},
    ],
    ids=str,
)
def test_any_history_goes_as_the_reference_says(rules: dict[str, Any]) -> None:
    """RFC 9700 §4.14.2, for each way to rotate, to forgive and to return."""
    under = type("Under", (Rotation,), {"kept": rules})

    run_state_machine_as_test(under, settings=settings(max_examples=30, stateful_step_count=25, deadline=None))
