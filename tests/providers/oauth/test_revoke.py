"""POST /revoke: what is given up, and what goes with it (RFC 7009)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from oauth_world import World

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_a_revoked_access_token_opens_nothing(world: World) -> None:
    """RFC 7009 §2.1: at once; the grant lives on, so the client can refresh."""
    body = world.token().body

    answer = world.revoke(body["access_token"], headers={"X": "y"})

    assert (answer.status, answer.raw) == (200, b"")
    refused = world.get("/api/accounts", body["access_token"])
    assert refused.refusal == (401, "invalid_token")
    assert "revoked" in refused.description
    assert world.refresh(body["refresh_token"]).status == 200
    assert world.errors[-2] == "token_revoked"


def test_a_revoked_refresh_token_takes_its_access_tokens_along(world: World) -> None:
    """RFC 7009 §2.1: all of the same grant, whichever refresh they came from; another grant is untouched."""
    body, other = world.token().body, world.token().body
    later = world.refresh(body["refresh_token"]).body

    assert world.revoke(body["refresh_token"]).status == 200

    for text in (body["access_token"], later["access_token"]):
        assert world.get("/api/accounts", text).refusal == (401, "invalid_token")
    assert world.refresh(body["refresh_token"]).refusal == (400, "invalid_grant")
    assert world.get("/api/accounts", other["access_token"]).status == 200


@pytest.mark.parametrize("text", ["at_nope", "rt_nope", "x" * 100_000, "é"])
def test_an_unknown_token_is_revoked_already(world: World, text: str) -> None:
    """RFC 7009 §2.2: 200, since the client could do nothing about an error."""
    assert world.revoke(text).status == 200


def test_twice_is_as_good_as_once(world: World) -> None:
    """A retry of a lost answer gets 200 again; so does an expired token."""
    body = world.token().body
    assert [world.revoke(body["access_token"]).status for _ in range(2)] == [200, 200]
    world.advance(9e9)

    assert world.revoke(world.token().body["access_token"]).status == 200


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "pigeon"])
def test_a_hint_changes_nothing(world: World, hint: str) -> None:
    """RFC 7009 §2.1: the server may ignore it, a wrong one too."""
    body = world.token().body

    assert world.post("/revoke", {"token": body["access_token"], "token_type_hint": hint}).status == 200
    assert world.get("/api/accounts", body["access_token"]).status == 401


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_another_clients_token_is_left_alone(world: World, kind: str) -> None:
    """RFC 7009 §2.1: the request is refused, and the token stays good."""
    body = world.token(auth="bank:x").body

    assert world.revoke(body[kind]).refusal == (400, "invalid_grant")
    assert world.get("/api/accounts", body["access_token"]).status == 200
    assert world.refresh(body["refresh_token"], auth="bank:x").status == 200


@pytest.mark.parametrize("form", [{}, {"token": ""}, {"token_type_hint": "access_token"}])
def test_without_a_token_there_is_nothing_to_revoke(world: World, form: Mapping[str, str]) -> None:
    """RFC 7009 §2.2.1 with RFC 6749 §5.2: invalid_request."""
    assert world.post("/revoke", form).refusal == (400, "invalid_request")


def test_only_a_client_may_revoke() -> None:
    """RFC 7009 §2.1: clients authenticate as at the token endpoint; the token stays good."""
    world = World(clients={"shop": "secret"})
    body = world.token().body

    for auth in (None, "shop:wrong"):
        assert world.revoke(body["access_token"], auth=auth).refusal == (401, "invalid_client")
    assert world.get("/api/accounts", body["access_token"]).status == 200
