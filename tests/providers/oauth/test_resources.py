"""GET /api/…: what a token opens, and how the rest is refused (RFC 6750 §3)."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauth_world import FIXTURES, World

from brownout.core.limits import Limit
from brownout.core.match import Match
from brownout.core.plan import Plan
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.faults.drift import Drift
from brownout.faults.scope import Scope
from brownout.faults.token import Token
from brownout.providers.oauth import Fixture, OAuthOptions

ACCOUNTS = "/api/accounts"


def access(world: World, **form: str) -> str:
    """Return a fresh access token."""
    return str(world.token(**form).body["access_token"])


@pytest.mark.parametrize("path", FIXTURES)
def test_every_fixture_is_served_as_the_scenario_lays_it_out(world: World, path: str) -> None:
    """Body and status, at any depth of path, never to be cached."""
    answer = world.get(path, access(world))

    assert (answer.status, answer.body) == (FIXTURES[path].status, FIXTURES[path].body)
    assert answer.headers["cache-control"] == "no-store"
    assert world.errors[-1] == ("fixture_error" if answer.status >= 400 else None)


def test_without_options_there_is_something_to_call() -> None:
    """So that a first curl has a token to try."""
    world = World(Plan())

    assert world.get("/api/ping", access(world)).body == {"pong": True}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic c2hvcDpzZWNyZXQ="}, {"Authorization": "x"}])
def test_no_token_gets_a_bare_challenge(world: World, headers: dict[str, str]) -> None:
    """RFC 6750 §3.1: no error code and no other information for a request that didn't know it needs a token."""
    answer = world.send("GET", ACCOUNTS, headers=headers)

    assert (answer.status, answer.body) == (401, {})
    assert answer.challenge == 'Bearer realm="brownout"'
    assert world.errors == ["token_missing"]


def test_a_token_in_the_url_is_none(world: World) -> None:
    """RFC 6750 §2.3 and RFC 9700 §4.3.2: URLs end up in logs; only the header counts."""
    assert world.send("GET", f"{ACCOUNTS}?access_token={access(world)}").status == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(world: World, scheme: str) -> None:
    """RFC 9110 §11.1."""
    assert world.get(ACCOUNTS, access(world), scheme=scheme).status == 200


@pytest.mark.parametrize("text", ["", "a b", "a,b", "é", "a=b", '"a"'])
def test_a_malformed_token_is_a_wrong_request(world: World, text: str) -> None:
    """RFC 6750 §3.1 invalid_request, 400: what follows Bearer is no b64token."""
    answer = world.get(ACCOUNTS, text)

    assert answer.refusal == (400, "invalid_request")
    assert 'error="invalid_request"' in (answer.challenge or "")


@pytest.mark.parametrize(
    ("how", "description", "error"),
    [
        ("unknown", "The access token is unknown here", "token_unknown"),
        ("expired", "The access token expired", "token_expired"),
        ("revoked", "The access token was revoked", "token_revoked"),
        ("refresh", "That is a refresh token, and only an access token opens this", "token_unknown"),
    ],
)
def test_bad_tokens_are_told_apart(world: World, how: str, description: str, error: str) -> None:
    """RFC 6750 §3.1 invalid_token for all of them; the description and the journal say which it was."""
    body = world.token().body
    text = {"unknown": "at_c2hvcA.nope", "refresh": body["refresh_token"]}.get(how, body["access_token"])
    if how == "expired":
        world.wait(3600.0)
    if how == "revoked":
        world.revoke(text)

    answer = world.get(ACCOUNTS, text)

    assert answer.refusal == (401, "invalid_token")
    assert answer.challenge == f'Bearer realm="brownout", error="invalid_token", error_description="{description}"'
    assert (answer.description, world.errors[-1]) == (description, error)


def test_a_missing_scope_is_named(world: World) -> None:
    """RFC 6750 §3.1 insufficient_scope: 403, with all the scopes that the resource needs."""
    answer = world.get("/api/accounts/acc_1/transfers", access(world, scope="read"))

    assert answer.refusal == (403, "insufficient_scope")
    assert 'scope="read write"' in (answer.challenge or "")
    assert world.errors[-1] == "scope_missing"


def test_a_fixture_without_scopes_still_wants_a_token(world: World) -> None:
    """Any token, but a good one."""
    assert world.get("/api/open").status == 401
    assert world.get("/api/open", access(world, scope="write")).status == 200


# ---------------------------------------------------------------- what there isn't


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/api/acounts", "did you mean 'accounts'?"),
        ("/api/accounts/", "did you mean 'accounts'?"),
        ("/api/zzzzzzzzzzzzzzzzzzzzzzzzz", "known: accounts, "),
        ("/api/" + "x" * 5000, "known: "),
        ("/api/é☃/💥", "known: "),
        ("/api//", "known: "),
        ("/tokens", "did you mean '/token'?"),
        ("/token/", "did you mean '/token'?"),
        ("/api/", "known: "),
        ("/api", "known: "),
        ("/", "known: "),
        ("", "known: "),
    ],
)
def test_an_unknown_path_lists_what_there_is(world: World, path: str, hint: str) -> None:
    """With the likeliest one, if there is one like it, and never longer than a screen."""
    answer = world.get(path, access(world))

    assert answer.refusal == (404, "not_found")
    assert hint in answer.description
    assert answer.body["fixtures"] == sorted(FIXTURES)
    assert len(answer.description) < 500


def test_a_long_list_is_cut() -> None:
    """And says how much of it."""
    world = World(fixtures={f"/api/{number:03}": Fixture() for number in range(60)})
    body = world.get("/api/nope", access(world)).body

    assert (len(body["fixtures"]), body["fixtures_not_shown"]) == (50, 10)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("GET", "/token", "POST"), ("PUT", "/revoke", "POST"), ("POST", ACCOUNTS, "GET"), ("DELETE", ACCOUNTS, "GET")],
)
def test_a_wrong_method_is_told_the_right_one(world: World, method: str, path: str, allow: str) -> None:
    """RFC 9110 §15.5.6: 405 with Allow; RFC 6749 §3.2 has tokens by POST only."""
    answer = world.send(method, path)

    assert answer.refusal == (405, "method_not_allowed")
    assert answer.headers["allow"] == allow


def test_an_unknown_fixture_is_unknown_only_to_whom_it_may_concern(world: World) -> None:
    """Without a token nobody learns what there is."""
    assert world.get("/api/nope").status == 401
    assert world.post("/api/nope", {}, auth=None).refusal == (404, "not_found")


@cache
def shared() -> tuple[World, str]:
    """Return one world for many examples, and a token."""
    world = World()
    return world, access(world)


@given(st.text(st.characters(codec="utf-8")))
def test_no_path_breaks_it(path: str) -> None:
    """Whatever the path, it is an answer of this provider."""
    world, text = shared()

    assert world.get("/api/" + path.replace("?", "").replace("#", ""), text).status in {200, 404}


# ---------------------------------------------------------------- limits and faults


def plan(*rules: Rule, limits: tuple[Limit, ...] = ()) -> Plan:
    """Return a plan with fixtures, rules and limits."""
    return Plan(seed=7, providers={"oauth": OAuthOptions(fixtures=FIXTURES)}, rules=rules, limits=limits)


@pytest.mark.parametrize(("announce", "header"), [("none", None), ("retry_after", "10")])
def test_a_limit_answers_429(announce: str, header: str | None) -> None:
    """RFC 6585 §4: Retry-After only where the limit announces itself."""
    limit = Limit(
        name="l", match=Match(operation=("oauth.fixtures.*",)), algorithm="token_bucket", rate_per_second=0.1,
        burst=1.0, announce=announce,  # type: ignore[arg-type]
    )  # fmt: skip
    world = World(plan(limits=(limit,)))
    text = access(world)
    assert world.get(ACCOUNTS, text).status == 200

    answer = world.get(ACCOUNTS, text)

    assert answer.refusal == (429, "too_many_requests")
    assert answer.headers.get("retry-after") == header
    assert world.errors[-1] == "too_many_requests"


def test_faults_match_on_a_fixtures_path() -> None:
    """One resource fails, the others don't; its path is its logical key, so each poll draws anew."""
    rule = Rule(name="r", fault=Abort(status=500), target="request", match=Match(path=("/api/accounts/*",)))
    world = World(plan(rule))
    text = access(world)

    assert [world.get(path, text).status for path in FIXTURES] == [200, 500, 200, 503]
    assert [record.key for record in list(world.box.journal)[1:]] == [path.removeprefix("/api/") for path in FIXTURES]


def test_drift_changes_the_answer_and_not_the_fixture() -> None:
    """The first call meets the change, the second what the scenario says."""
    rule = Rule(
        name="r", fault=Drift(change="remove", path="$[0].balance"), target="response", count=Count(first=1),
        match=Match(operation=("oauth.fixtures.*",)),
    )  # fmt: skip
    world = World(plan(rule))
    text = access(world)

    assert [world.get(ACCOUNTS, text).body for _ in range(2)] == [[{"id": "acc_1"}], FIXTURES[ACCOUNTS].body]


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        (Token(change="revoke"), (401, "invalid_token")),
        (Scope(change="drop", scopes=("read",)), (403, "insufficient_scope")),
    ],
)
def test_a_token_goes_bad_mid_run(fault: Token | Scope, refusal: tuple[int, str]) -> None:
    """The second call meets it, and so does every later one until the client gets another token."""
    rule = Rule(
        name="r", fault=fault, target="edge", count=Count(nth=(2,)), match=Match(operation=("oauth.fixtures.*",))
    )
    world = World(plan(rule))
    text = access(world)

    assert world.get(ACCOUNTS, text).status == 200
    assert [world.get(ACCOUNTS, text).refusal for _ in range(2)] == [refusal] * 2
    assert list(world.box.journal)[-1].cause == "rule r"
    assert world.get(ACCOUNTS, access(world)).status == 200


def test_every_challenge_is_well_formed(world: World) -> None:
    """RFC 6750 §3: auth-params with quoted values, whatever the client sent."""
    for text in ("at_x.y", "a b", "x" * 3000, access(world, scope="write")):
        challenge = world.get(ACCOUNTS, text).challenge or ""
        assert re.fullmatch(r'Bearer [a-z_]+="[^"\\]*"(, [a-z_]+="[^"\\]*")*', challenge)
