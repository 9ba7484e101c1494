"""POST /token with refresh_token: rotation, reuse, grace, scopes (RFC 6749 §6, RFC 9700 §4.14.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from oauth_world import World

from brownout.core.explain import explain
from brownout.core.plan import Phase, Plan
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.providers.oauth import OAuthOptions, RefreshToken

if TYPE_CHECKING:
    from oauth_world import Answered

PING = "/api/ping"


def told(world: World) -> str:
    """Return what `explain` says of the last exchange."""
    return explain({"decided": list(world.box.journal)[-1].decided()})


def test_without_rotation_the_refresh_token_stays(world: World) -> None:
    """RFC 6749 §6: no new one in the answer means that the client keeps the one it has."""
    first = world.token().body

    answers = [world.refresh(first["refresh_token"]) for _ in range(3)]

    assert [answer.status for answer in answers] == [200] * 3
    assert all("refresh_token" not in answer.body for answer in answers)
    assert len({first["access_token"], *(answer.body["access_token"] for answer in answers)}) == 4


def test_an_earlier_access_token_lives_on(world: World) -> None:
    """A refresh takes nothing away: RFC 6749 says nothing of it, and clients in flight need it."""
    first = world.token().body
    world.refresh(first["refresh_token"])

    assert world.get("/api/accounts", first["access_token"]).status == 200


def test_rotation_returns_a_new_one_each_time() -> None:
    """A chain of refreshes works, each with the token that the one before returned."""
    world = World(rotation=True)
    body = world.token().body
    seen = {body["refresh_token"]}
    for _ in range(5):
        body = world.refresh(body["refresh_token"]).body
        seen.add(body["refresh_token"])

    assert len(seen) == 6
    assert world.get("/api/accounts", body["access_token"]).status == 200


def test_reuse_is_refused_and_takes_the_family_with_it() -> None:
    """RFC 9700 §4.14.2: thief and client can't be told apart, so every token of the grant is revoked."""
    world = World(rotation=True)
    first = world.token().body
    second = world.refresh(first["refresh_token"]).body

    reused = world.refresh(first["refresh_token"])

    assert reused.refusal == (400, "invalid_grant")
    assert world.refresh(second["refresh_token"]).refusal == (400, "invalid_grant")
    for body in (first, second):
        refused = world.get("/api/accounts", body["access_token"])
        assert refused.refusal == (401, "invalid_token")
        assert "revoked" in refused.description
    assert "spent refresh token of the same grant was used again" in told(world)


def test_another_grant_of_the_same_client_survives_a_reuse() -> None:
    """A family is one grant and what descends from it."""
    world = World(rotation=True)
    first, other = world.token().body, world.token().body
    world.refresh(first["refresh_token"])
    world.refresh(first["refresh_token"])

    assert world.get("/api/accounts", other["access_token"]).status == 200
    assert world.refresh(other["refresh_token"]).status == 200


def test_on_reuse_reject_fails_alone() -> None:
    """Only the request that reuses fails; what was issued since stays good."""
    world = World(rotation=True, on_reuse="reject")
    first = world.token().body
    second = world.refresh(first["refresh_token"]).body

    assert [world.refresh(first["refresh_token"]).refusal for _ in range(2)] == [(400, "invalid_grant")] * 2
    assert world.get("/api/accounts", first["access_token"]).status == 200
    assert world.refresh(second["refresh_token"]).status == 200


def test_within_the_grace_a_spent_one_yields_a_new_pair() -> None:
    """A pair of its own each time, all of one family: what the answers before returned stays good."""
    world = World(rotation=True, reuse_grace=10.0)
    first = world.token().body
    answers = []
    for _ in range(3):
        answers.append(world.refresh(first["refresh_token"]))
        world.wait(4.0)

    assert [answer.status for answer in answers] == [200] * 3
    assert len({answer.body["refresh_token"] for answer in answers}) == 3
    assert [world.refresh(answer.body["refresh_token"]).status for answer in answers] == [200] * 3
    assert world.refresh(first["refresh_token"]).refusal == (400, "invalid_grant")
    assert world.get("/api/accounts", answers[0].body["access_token"]).refusal == (401, "invalid_token")


@pytest.mark.parametrize(("grace", "family_lives"), [(0.0, False), (30.0, True)])
def test_a_lost_answer_costs_the_family_unless_there_is_a_grace(grace: float, *, family_lives: bool) -> None:
    """The story behind the grace: the token is spent, the answer never comes, and the client tries again."""
    rule = Rule(name="lost", fault=Abort(status=504), target="response", count=Count(nth=(2,)))
    options = OAuthOptions(rotation=True, reuse_grace=grace)
    world = World(Plan(seed=7, providers={"oauth": options}, rules=(rule,)))
    first = world.token().body
    lost = world.refresh(first["refresh_token"])

    world.wait(2.0)
    again = world.refresh(first["refresh_token"])

    assert (lost.status, again.status) == (504, 200 if family_lives else 400)
    assert world.get(PING, first["access_token"]).status == (200 if family_lives else 401)


# ---------------------------------------------------------------- dead ones


def test_an_expired_refresh_token_is_dead() -> None:
    """Good until just before its life is over; each rotation begins a new life."""
    world = World(refresh_ttl=100.0, rotation=True)
    first = world.token().body
    world.wait(99.0)
    second = world.refresh(first["refresh_token"]).body
    world.wait(99.0)
    third = world.refresh(second["refresh_token"]).body
    world.wait(100.0)
    late = world.refresh(third["refresh_token"])

    assert late.refusal == (400, "invalid_grant")
    assert "expired" in late.description


def test_a_clock_advance_is_to_blame_for_an_expired_grant() -> None:
    """And the journal says so, as it does for access tokens."""
    world = World(refresh_ttl=100.0)
    text = world.token().body["refresh_token"]
    world.advance(100.0)

    assert world.refresh(text).refusal == (400, "invalid_grant")
    assert "because the clock was advanced" in told(world)
    assert "D2" in told(world)


def test_another_clients_refresh_token_is_unknown(world: World) -> None:
    """RFC 6749 §5.2: issued to another client; it is neither spent nor revoked by the attempt."""
    text = world.token(auth="bank:x").body["refresh_token"]

    stranger = world.refresh(text)

    assert stranger.refusal == (400, "invalid_grant")
    assert stranger.description == world.refresh("rt_nope").description
    assert world.refresh(text, auth="bank:x").status == 200


@pytest.mark.parametrize("text", ["rt_nope", "x" * 100_000, "é\n", "at_c2hvcA.x"])
def test_what_was_never_issued_is_refused(world: World, text: str) -> None:
    """RFC 6749 §5.2 invalid_grant."""
    assert world.refresh(text).refusal == (400, "invalid_grant")
    assert world.errors == ["grant_dead"]


def test_an_access_token_is_no_refresh_token(world: World) -> None:
    """The kinds don't stand in for each other."""
    assert world.refresh(world.token().body["access_token"]).refusal == (400, "invalid_grant")


def test_a_refresh_token_given_twice_is_a_wrong_form(world: World) -> None:
    """RFC 6749 §3.2: parameters are not repeated; the token isn't spent by it."""
    text = world.token().body["refresh_token"]

    assert world.post("/token", f"grant_type=refresh_token&refresh_token={text}&refresh_token={text}").refusal == (
        400,
        "invalid_request",
    )


# ---------------------------------------------------------------- scopes


def refreshed(world: World, granted: str, asked: str) -> Answered:
    """Grant some scopes, then refresh for others."""
    return world.refresh(world.token(scope=granted).body["refresh_token"], scope=asked)


@pytest.mark.parametrize(
    ("granted", "asked", "got"),
    [("read write", "read", "read"), ("read write", "", "read write"), ("read", "", "read"), ("read", "read", "read")],
)
def test_a_refresh_may_narrow(world: World, granted: str, asked: str, got: str) -> None:
    """RFC 6749 §6: the scopes of the grant, or some of them."""
    assert refreshed(world, granted, asked).body["scope"] == got


@pytest.mark.parametrize(("granted", "asked"), [("read", "write"), ("read", "read write"), ("read", "admin")])
def test_a_refresh_never_widens(granted: str, asked: str) -> None:
    """RFC 6749 §6: nothing that wasn't granted; the refused attempt spends nothing."""
    world = World(rotation=True)
    text = world.token(scope=granted).body["refresh_token"]

    assert world.refresh(text, scope=asked).refusal == (400, "invalid_scope")
    assert world.refresh(text).status == 200


def test_narrowing_is_for_the_access_token_alone() -> None:
    """RFC 6749 §6: a new refresh token has the scopes of the one before, so the next refresh has them all again."""
    world = World(rotation=True)
    narrow = world.refresh(world.token().body["refresh_token"], scope="read").body

    assert world.refresh(narrow["refresh_token"]).body["scope"] == "read write"


# ---------------------------------------------------------------- seeds and phases


def test_a_refresh_token_from_the_scenario_is_good_from_the_start() -> None:
    """For tests that begin with a client that is connected already."""
    world = World(refresh=(RefreshToken(token="rt-demo", client="shop", scopes=("read",)),))

    answer = world.refresh("rt-demo")

    assert answer.body["scope"] == "read"
    assert world.get("/api/accounts", answer.body["access_token"]).status == 200
    assert world.refresh("rt-demo", auth="bank:x").refusal == (400, "invalid_grant")


def test_a_seeded_token_has_all_scopes_unless_some_are_named() -> None:
    """And it comes back when the world begins again, unspent."""
    world = World(refresh=(RefreshToken(token="rt-demo", client="shop"),), rotation=True)
    assert world.refresh("rt-demo").body["scope"] == "read write"
    assert world.refresh("rt-demo").refusal == (400, "invalid_grant")

    world.box.reset(world.transport.wall)

    assert world.refresh("rt-demo").status == 200


def test_the_phase_decides_how_tokens_are_renewed() -> None:
    """Rotation begins with a phase: from then on a token is spent by its use."""
    phases = (
        Phase(name="calm", duration_seconds=10.0),
        Phase(name="strict", duration_seconds=10.0, oauth={"rotation": True}),
    )
    world = World(Plan(seed=7, phases=phases, providers={"oauth": OAuthOptions()}))
    text = world.token().body["refresh_token"]
    calm = [world.refresh(text).status for _ in range(2)]
    world.wait(10.0)

    assert calm == [200, 200]
    assert [world.refresh(text).status for _ in range(2)] == [200, 400]


@pytest.mark.parametrize("end", ["refresh_ttl", "refresh_idle_ttl", "refresh_absolute_ttl"])
def test_one_that_exists_from_the_start_ends_as_any_other(end: str) -> None:
    """Its grant began with the world, and nobody has used it since."""
    world = World(refresh=(RefreshToken(token="rt-demo", client="shop"),), **{end: 100.0})
    world.advance(100)

    assert world.token("refresh_token", refresh_token="rt-demo").refusal == (400, "invalid_grant")
