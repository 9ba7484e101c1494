"""What an injected failure looks like: the server's own words, at the token endpoint and at resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from oauth_world import World

from brownout.core.exchange import Exchange, Request
from brownout.core.moment import Moment
from brownout.core.plan import Plan
from brownout.core.provider import Problem
from brownout.core.rules import Rule
from brownout.faults.abort import Abort
from brownout.providers.oauth import OAUTH

if TYPE_CHECKING:
    from brownout.core.fault import Target


def failing(status: int, code: str | None = None, target: Target = "edge") -> World:
    """Return a world in which everything fails."""
    return World(Plan(seed=7, rules=(Rule(name="r", fault=Abort(status=status, code=code), target=target),)))


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, "invalid_request"), (401, "invalid_client"), (403, "forbidden"), (404, "not_found"),
     (429, "too_many_requests"), (500, "server_error"), (502, "bad_gateway"), (503, "temporarily_unavailable"),
     (504, "gateway_timeout"), (418, "i_m_a_teapot"), (599, "status_599")],
)  # fmt: skip
def test_the_token_endpoint_fails_in_its_own_form(status: int, error: str) -> None:
    """RFC 6749 §5.2, whatever the status; a 401 challenges as a real one does."""
    answer = failing(status).token()

    assert answer.refusal == (status, error)
    assert answer.description
    assert (answer.challenge is not None) == (status == 401)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("status", "error", "challenged"),
    [(400, "invalid_request", True), (401, "invalid_token", True), (403, "insufficient_scope", True),
     (404, "not_found", False), (429, "too_many_requests", False), (500, "server_error", False),
     (503, "temporarily_unavailable", False)],
)  # fmt: skip
def test_resources_fail_in_theirs(status: int, error: str, *, challenged: bool) -> None:
    """RFC 6750 §3: a challenge with what concerns the token."""
    answer = failing(status).get("/api/ping", "at_x.y")

    assert answer.refusal == (status, error)
    assert (answer.challenge is not None) == challenged


@pytest.mark.parametrize("target", ["edge", "request", "response"])
def test_a_code_can_be_asked_for(target: Target) -> None:
    """Each of RFC 6749 §5.2's, and any other, at every side of the commit."""
    for code in ("invalid_grant", "unauthorized_client", "anything"):
        world = failing(400, code, target)
        assert world.token().refusal == (400, code)
    assert failing(401, "invalid_client").post("/token", {}, auth=None).challenge is None


def test_the_journal_has_one_word_for_organic_and_injected() -> None:
    """A verdict reads the same word for the same error."""
    told = failing(400, "invalid_grant")
    told.token()

    assert told.errors == ["grant_dead"]


def test_an_unavailable_world_is_503() -> None:
    """What the engine itself may refuse is worded too."""
    exchange = Exchange(Request("POST", "/token", headers={}), Moment(0.0, 0.0), seed=0)

    answer = OAUTH.refuse(exchange, Problem(reason="unavailable"))

    assert (answer.status, answer.body["error"]) == (503, "temporarily_unavailable")


def test_a_gateway_page_comes_before_the_provider() -> None:
    """Clients must not parse it as JSON: it is none."""
    rule = Rule(name="r", fault=Abort(status=502, body="html"), target="edge")
    sent = World(Plan(seed=7, rules=(rule,))).transport.send("POST", "/oauth/token")

    assert (sent.status, sent.body[:1]) == (502, b"<")


def test_it_sends_no_webhooks() -> None:
    """And says so to whoever asks for them."""
    world = World()

    assert (OAUTH.webhook_secret(world.box), OAUTH.endpoints(world.box, "shop")) == (None, [])
    for ask in (
        lambda: OAUTH.with_webhook(OAUTH.options_type(), "http://x"),
        lambda: OAUTH.event_name({}),
        lambda: OAUTH.payload({}, None),  # type: ignore[arg-type]
        lambda: OAUTH.signature(b"", None, 0.0),  # type: ignore[arg-type]
    ):
        with pytest.raises(NotImplementedError, match="no webhooks"):
            ask()
