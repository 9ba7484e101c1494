"""POST /token with client_credentials: what is granted, and what the answer says of it (RFC 6749 §4.4, §5)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauth_world import World, basic

from brownout.core.plan import ClockOptions, Plan
from brownout.core.rules import Rule
from brownout.faults.scope import Scope
from brownout.faults.token import Token
from brownout.providers.oauth import OAuthOptions

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_the_answer_is_rfc_6749_5_1s(world: World) -> None:
    """A bearer token, its life, its scope; JSON that nobody may keep."""
    answer = world.token()

    assert answer.status == 200
    assert {key: answer.body[key] for key in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "read write",
    }
    assert answer.headers["content-type"] == "application/json"
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")


def test_tokens_can_stand_in_a_header(world: World) -> None:
    """RFC 6750 §2.1's b64token; an access and a refresh token are told apart by their prefix."""
    body = world.token().body

    assert re.fullmatch(r"at_[A-Za-z0-9\-._~+/]+=*", body["access_token"])
    assert re.fullmatch(r"rt_[A-Za-z0-9\-._~+/]+=*", body["refresh_token"])


def test_each_grant_is_another_token(world: World) -> None:
    """The same call again yields another one; the same run again yields the same ones."""
    texts = [world.token().body["access_token"] for _ in range(20)]

    assert len(set(texts)) == 20
    assert [World().token().body["access_token"]] == texts[:1]


@pytest.mark.parametrize(
    ("asked", "granted"),
    [("read", "read"), ("write read", "read write"), ("write", "write"), (" read  read ", "read"), ("", "read write")],
)
def test_scope_narrows(world: World, asked: str, granted: str) -> None:
    """RFC 6749 §3.3: a list whose order and repetitions mean nothing; empty counts as left out (§3.2)."""
    answer = world.token(scope=asked)

    assert answer.body["scope"] == granted
    assert world.get("/api/accounts", answer.body["access_token"]).status == (200 if "read" in granted else 403)


@pytest.mark.parametrize("asked", ["admin", "read admin", "READ", "read,write", "*", "   ", 're"ad\\', "x" * 5000, "é"])
def test_a_scope_beyond_is_invalid(world: World, asked: str) -> None:
    """RFC 6749 §5.2 invalid_scope: unknown or malformed; the description stays within the letters allowed."""
    answer = world.token(scope=asked)

    assert answer.refusal == (400, "invalid_scope")
    assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]{1,300}", answer.description)
    assert world.errors == ["scope_invalid"]


def test_no_refresh_token_where_the_options_say_so() -> None:
    """RFC 6749 §4.4.3 would have none with client_credentials at all; here it stands in for other grants."""
    assert "refresh_token" not in World(refresh_tokens=False).token().body


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "client-credentials"}, "unsupported_grant_type"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&scope=read&scope=write", "invalid_request"),
        ("grant_type=client_credentials&scope=&scope=", "invalid_request"),
        ("grant_type=%zz", "invalid_request"),
        ("grant_type=%ff", "invalid_request"),
        (b"grant_type=\xff", "invalid_request"),
        ("&".join(f"a{number}=1" for number in range(300)), "invalid_request"),
    ],
)
def test_a_form_that_is_wrong_is_refused(world: World, form: Mapping[str, str] | str | bytes, error: str) -> None:
    """RFC 6749 §5.2: missing, repeated, unreadable parameters and unknown grants; nothing is issued."""
    answer = world.post("/token", form)

    assert answer.refusal == (400, error)
    assert answer.description
    assert len(world.box.tokens) == 0
    assert world.errors[0] in {"request_invalid", "grant_unsupported"}


def test_an_unknown_grant_is_told_what_there_is(world: World) -> None:
    """With the likeliest one, if it looks like one."""
    assert "did you mean 'client_credentials'?" in world.token("client_credential").description


def test_unknown_parameters_are_ignored(world: World) -> None:
    """RFC 6749 §3.2: whatever else is there, `client` too, which a handler must never mistake for ours."""
    assert world.token(resource="https://api", audience="x", client="y").status == 200
    assert world.token(auth=None, client="y").refusal == (401, "invalid_client")


def test_json_is_no_form(world: World) -> None:
    """RFC 6749 §4.4.2 wants a form; the refusal says what came instead."""
    answer = world.post("/token", b'{"grant_type":"client_credentials"}', headers={"Content-Type": "application/json"})

    assert answer.refusal == (400, "invalid_request")
    assert "not as application/json" in answer.description


@pytest.mark.parametrize("query", ["client_secret=secret", "a=1&refresh_token=x", "token=x"])
def test_secrets_do_not_belong_into_the_url(world: World, query: str) -> None:
    """RFC 6749 §2.3.1: never in the request URI."""
    headers = {"Authorization": basic("shop", "secret")}
    answer = world.send("POST", f"/token?{query}", headers=headers, body=b"grant_type=client_credentials")

    assert answer.refusal == (400, "invalid_request")


@cache
def shared() -> World:
    """Return one world for many examples."""
    return World()


@given(body=st.binary(max_size=200), header=st.text(st.characters(codec="latin-1", exclude_characters="\r\n")))
def test_no_body_and_no_header_breaks_it(body: bytes, header: str) -> None:
    """Whatever comes, the answer is an error of RFC 6749 with its journal's word."""
    answer = shared().post("/token", body, auth=None, headers={"Authorization": header})

    assert answer.status in {400, 401}
    assert shared().errors[-1] in {"client_unknown", "request_invalid"}


# ---------------------------------------------------------------- two times


@pytest.mark.parametrize(
    ("clock", "told"),
    [
        (ClockOptions(), 3600),
        (ClockOptions(speed=60.0), 60),
        (ClockOptions(speed=0.5), 7200),
        (ClockOptions(frozen=True), 3600),
        (ClockOptions(speed=100_000.0), 1),
    ],
)
def test_expires_in_is_in_the_clients_own_seconds(clock: ClockOptions, told: int) -> None:
    """World seconds by the clock's speed, rounded down, at least one; a frozen world tells its own."""
    assert World(clock=clock).token().body["expires_in"] == told


@pytest.mark.parametrize("speed", [1.0, 60.0, 7.0])
def test_a_token_lives_as_long_as_was_told(speed: float) -> None:
    """A client that waits on the wall for `expires_in` seconds finds it good until then, and expired soon after."""
    world = World(clock=ClockOptions(speed=speed), access_ttl=600.0)
    body = world.token().body

    world.wait(body["expires_in"] - 0.001)
    good = world.get("/api/accounts", body["access_token"])
    world.wait(1.0)
    late = world.get("/api/accounts", body["access_token"])

    assert (good.status, late.refusal) == (200, (401, "invalid_token"))


def test_a_fraction_of_a_second_is_told_as_one() -> None:
    """`expires_in` is a whole number above 0, even where the truth is less."""
    assert World(access_ttl=0.25).token().body["expires_in"] == 1


def test_an_advance_lets_tokens_expire_and_the_journal_says_so(world: World) -> None:
    """No measure may blame the client for a clock that somebody moved."""
    text = world.token().body["access_token"]
    world.advance(3600.0)

    assert world.get("/api/accounts", text).refusal == (401, "invalid_token")
    assert list(world.box.journal)[-1].cause == "clock"


def test_a_frozen_world_lets_nothing_expire() -> None:
    """Ten minutes on the wall are none in it."""
    world = World(clock=ClockOptions(frozen=True), access_ttl=1.0)
    text = world.token().body["access_token"]
    world.wait(600.0)

    assert world.get("/api/accounts", text).status == 200


# ---------------------------------------------------------------- what a scenario lays over


def plan(**more: object) -> Plan:
    """Return a plan with the provider's defaults."""
    return Plan(**{"seed": 7, "providers": {"oauth": OAuthOptions()}, **more})  # type: ignore[arg-type]


def test_the_scenarios_oauth_section_goes_before_the_options() -> None:
    """One place to say how tokens live, whoever issues them."""
    assert World(plan(oauth={"access_ttl_seconds": 130.0})).token().body["expires_in"] == 130


@pytest.mark.parametrize(("announced", "told"), [(False, 3600), (True, 20)])
def test_a_fault_shortens_a_life(*, announced: bool, told: int) -> None:
    """The client believes what it was told; the token dies when the fault says."""
    rule = Rule(name="short", fault=Token(change="short_life", life=20.0, announced=announced), target="request")
    world = World(plan(rules=(rule,)))
    body = world.token().body
    world.wait(20.0)

    assert body["expires_in"] == told
    assert world.get("/api/ping", body["access_token"]).refusal == (401, "invalid_token")


def test_a_fault_withholds_a_scope() -> None:
    """RFC 6749 §3.3: a server may grant less than was asked for, and must say so."""
    rule = Rule(name="less", fault=Scope(change="withhold", scopes=("write",)), target="request")

    assert World(plan(rules=(rule,))).token(scope="read write").body["scope"] == "read"
