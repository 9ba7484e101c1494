"""RFC 9700 §4.14 refresh tokens, and RFC 6750 §3 challenges, section by section."""

from __future__ import annotations

import re
from typing import Any

import pytest
from oauth_world import World

from brownout.core.plan import Phase, Plan
from brownout.providers.oauth import Fixture, OAuthOptions, Registration


def connected(**options: Any) -> tuple[World, str]:
    """Return a world and the refresh token of a consent in it."""
    world = World(**options)
    return world, str(world.exchange(world.code()).body["refresh_token"])


# ---------------------------------------------------------------- RFC 9700 §4.14


def test_rfc9700_s4_14_2_rotation_for_public_clients() -> None:
    """MUST be sender-constrained or rotated for public clients: with rotation a stolen one is noticed."""
    world = World(rotation=True, registered={"app": Registration(auth="none")})
    stolen = world.exchange(world.code(client_id="app"), auth=None, client_id="app").body["refresh_token"]
    own = world.refresh(stolen, auth=None, client_id="app").body

    assert world.refresh(stolen, auth=None, client_id="app").refusal == (400, "invalid_grant")
    assert world.refresh(own["refresh_token"], auth=None, client_id="app").refusal == (400, "invalid_grant")
    assert world.get("/api/accounts", own["access_token"]).refusal == (401, "invalid_token")


def test_rfc9700_s4_14_2_they_are_bound_to_what_was_consented() -> None:
    """MUST be bound to the scope that the resource owner consented to, and to the client."""
    world = World()
    text = world.exchange(world.code(granted=("read",))).body["refresh_token"]

    assert world.refresh(text, scope="write").refusal == (400, "invalid_scope")
    assert world.refresh(text, auth="bank:x").refusal == (400, "invalid_grant")


def test_rfc9700_s4_14_2_they_expire_when_idle() -> None:
    """SHOULD expire if the client has been inactive for some time; each use begins it anew."""
    world, text = connected(refresh_idle_ttl=100.0)
    for _ in range(3):
        world.wait(99.0)
        assert world.refresh(text).status == 200
    world.wait(100.0)

    assert world.refresh(text).refusal == (400, "invalid_grant")


def test_a_refresh_token_in_use_still_ends_with_its_own_life() -> None:
    """Use moves the idle end only: never past `refresh_ttl`."""
    world, text = connected(refresh_idle_ttl=100.0, refresh_ttl=150.0)
    world.wait(90.0)
    assert world.refresh(text).status == 200
    world.wait(60.0)

    assert world.refresh(text).refusal == (400, "invalid_grant")


def test_a_grant_ends_however_often_it_is_renewed() -> None:
    """`refresh_absolute_ttl` counts from the consent; the user must be asked again."""
    world, text = connected(refresh_absolute_ttl=100.0, refresh_ttl=80.0, rotation=True)
    for _ in range(3):
        world.wait(30.0)
        text = world.refresh(text).body["refresh_token"]
    world.wait(10.0)

    assert world.refresh(text).refusal == (400, "invalid_grant")


@pytest.mark.parametrize("returns", ["new", "same", "old"])
def test_rfc9700_s4_14_2_grace_returns_what_the_rules_say(returns: Any) -> None:
    """Three servers that forgive differently: Auth0 gives a new one, others the same again, or the old one back."""
    world, old = connected(rotation=True, reuse_grace=30.0, grace_returns=returns)
    first = world.refresh(old).body
    again = world.refresh(old).body

    expected = {"same": first["refresh_token"], "old": old}.get(returns)
    if expected is None:
        assert again["refresh_token"] not in (old, first["refresh_token"])
    else:
        assert again["refresh_token"] == expected
    assert again["access_token"] != first["access_token"]
    assert world.get("/api/accounts", again["access_token"]).status == 200


def test_the_same_one_is_returned_although_it_was_used_since() -> None:
    """What its first use returned: if that is spent too, its own grace decides."""
    world, old = connected(rotation=True, reuse_grace=30.0, grace_returns="same")
    first = world.refresh(old).body["refresh_token"]
    world.refresh(first)

    assert world.refresh(old).body["refresh_token"] == first


def test_the_scenarios_oauth_section_says_it_for_every_provider() -> None:
    """And a phase may say it otherwise."""
    phases = (
        Phase(name="kind", duration_seconds=100.0),
        Phase(name="odd", duration_seconds=100.0, oauth={"grace_returns": "old"}),
    )
    oauth = {"rotation": True, "reuse_grace_seconds": 50.0, "grace_returns": "same"}
    world = World(Plan(seed=7, oauth=oauth, phases=phases, providers={"oauth": OAuthOptions()}))
    old = world.exchange(world.code()).body["refresh_token"]
    world.wait(80.0)
    first = world.refresh(old).body["refresh_token"]

    assert world.refresh(old).body["refresh_token"] == first
    world.wait(40.0)
    assert world.refresh(old).body["refresh_token"] == old


# ---------------------------------------------------------------- RFC 6750 §3

LIMITED = {"/api/both": Fixture(scopes=("write", "read"), body=1)}


def challenge(text: str | None) -> dict[str, str]:
    """Return the attributes of a Bearer challenge; each stands once, in quotes."""
    assert text is not None
    scheme, _, rest = text.partition(" ")
    assert scheme == "Bearer"
    found = re.findall(r'([a-z_]+)="([^"\\]*)"', rest)
    assert ", ".join(f'{name}="{value}"' for name, value in found) == rest
    assert len(dict(found)) == len(found)
    return dict(found)


def test_rfc6750_s3_without_a_token_there_is_no_error_code(world: World) -> None:
    """§3.1: SHOULD NOT include an error code or other error information."""
    answer = world.get("/api/accounts")

    assert answer.status == 401
    assert challenge(answer.challenge) == {"realm": "brownout"}


def test_rfc6750_s3_1_insufficient_scope(world: World) -> None:
    """§3.1: 403, with the scope attribute that says what is necessary; after consent to it the call works."""
    narrow = world.exchange(world.code(scope="read")).body["access_token"]

    answer = world.get("/api/accounts/acc_1/transfers", narrow)

    assert answer.status == 403
    assert challenge(answer.challenge) == {
        "realm": "brownout",
        "error": "insufficient_scope",
        "error_description": "The access token lacks a scope that this needs",
        "scope": "read write",
    }
    wanted = challenge(answer.challenge)["scope"]
    wide = world.exchange(world.code(scope=wanted)).body["access_token"]
    assert world.get("/api/accounts/acc_1/transfers", wide).status == 200


@pytest.mark.parametrize("how", ["unknown", "expired", "revoked"])
def test_rfc6750_s3_1_invalid_token(how: str) -> None:
    """§3.1: 401 for a token that is expired, revoked, malformed or invalid for other reasons."""
    world = World()
    text = world.exchange(world.code()).body["access_token"]
    if how == "expired":
        world.wait(3600.0)
    elif how == "revoked":
        world.revoke(text)

    answer = world.get("/api/accounts", text + "x" if how == "unknown" else text)

    assert answer.status == 401
    assert challenge(answer.challenge)["error"] == "invalid_token"


def test_rfc6750_s3_1_invalid_request(world: World) -> None:
    """§3.1: 400 for a request that is otherwise malformed."""
    answer = world.get("/api/accounts", "a b")

    assert answer.status == 400
    assert challenge(answer.challenge)["error"] == "invalid_request"


@pytest.mark.parametrize("access_format", ["opaque", "jwt"])
def test_rfc6750_s3_holds_for_either_kind_of_token(access_format: Any) -> None:
    """The format is nobody's business but the issuer's."""
    world = World(access_format=access_format, fixtures=LIMITED)
    text = world.exchange(world.code(scope="read")).body["access_token"]

    assert challenge(world.get("/api/both", text).challenge)["scope"] == "read write"
