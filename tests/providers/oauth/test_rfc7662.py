"""RFC 7662 introspection, RFC 7009 revocation, RFC 8414 metadata and keys, section by section."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet
from oauth_world import START, World

from brownout.core.plan import ClockOptions, Plan
from brownout.core.tokens import signing
from brownout.providers.oauth import OAUTH, OAuthOptions, Registration

WELL_KNOWN = "/.well-known/oauth-authorization-server"


# ---------------------------------------------------------------- RFC 7662


def test_rfc7662_s2_2_an_active_token(world: World) -> None:
    """active, and of the optional members those that are known."""
    body = world.exchange(world.code(scope="read", login_hint="ann")).body

    said = world.introspect(body["access_token"]).body

    assert said.pop("jti")
    assert said == {
        "active": True, "scope": "read", "client_id": "shop", "sub": "ann", "iss": "http://test/oauth",
        "iat": int(START), "exp": int(START) + 3600, "token_type": "Bearer",
    }  # fmt: skip
    assert world.introspect(body["refresh_token"]).body.get("exp") is None


@pytest.mark.parametrize("how", ["unknown", "expired", "revoked", "spent"])
def test_rfc7662_s2_2_of_others_nothing_is_said(how: str) -> None:
    """§2.2: only `active: false`, so that nobody learns why."""
    world = World(rotation=True, refresh_ttl=100.0)
    text = world.token().body["refresh_token"]
    if how == "expired":
        world.wait(100.0)
    elif how == "revoked":
        world.revoke(text)
    elif how == "spent":
        world.refresh(text)

    answer = world.introspect("rt_nope" if how == "unknown" else text)

    assert (answer.status, answer.body) == (200, {"active": False})


def test_rfc7662_s2_2_it_says_what_the_token_is_worth() -> None:
    """Not what its client was told: scopes that were dropped since are gone."""
    world = World()
    text = world.token().body["access_token"]
    world.box.tokens.drop_scopes("oauth", text, ("write",), "rule r")

    assert world.introspect(text).body["scope"] == "read"


def test_rfc7662_s2_2_times_are_the_clients_own() -> None:
    """At speed 60 an hour is over in a minute of the client's, which compares `exp` with its own clock."""
    plan = Plan(clock=ClockOptions(speed=60.0, start=0.0), providers={"oauth": OAuthOptions()})
    world = World(plan)
    text = world.token().body["access_token"]
    world.wait(10.0)

    said = world.introspect(text).body

    assert (said["iat"], said["exp"]) == (START, START + 60)


@pytest.mark.parametrize(("auth", "form"), [(None, {}), ("shop:wrong", {}), (None, {"client_id": "app"})])
def test_rfc7662_s2_1_it_needs_a_client_that_proves_itself(auth: str | None, form: dict[str, str]) -> None:
    """§2.1 and §2.3: 401, or anybody could try tokens."""
    world = World(clients={"shop": "secret"}, registered={"app": Registration(auth="none")})

    assert world.post("/introspect", {"token": "x", **form}, auth=auth).refusal == (401, "invalid_client")
    assert world.post("/introspect", {}).refusal == (400, "invalid_request")


# ---------------------------------------------------------------- RFC 7009


def test_rfc7009_s2_1_a_refresh_token_takes_its_grant_along(world: World) -> None:
    """§2.1: SHOULD also invalidate all access tokens based on the same authorization grant."""
    body, other = world.exchange(world.code()).body, world.exchange(world.code()).body

    assert world.revoke(body["refresh_token"]).status == 200

    assert world.introspect(body["access_token"]).body == {"active": False}
    assert world.introspect(other["access_token"]).body["active"]


def test_rfc7009_s2_1_an_access_token_goes_alone(world: World) -> None:
    """§2.1: MAY revoke the refresh token as well; here it doesn't."""
    body = world.exchange(world.code()).body

    assert world.revoke(body["access_token"]).status == 200
    assert world.introspect(body["access_token"]).body == {"active": False}
    assert world.refresh(body["refresh_token"]).status == 200


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
def test_rfc7009_s2_1_the_hint_may_be_wrong(world: World, hint: str) -> None:
    """§2.1: the server MUST extend its search across all types."""
    body = world.token().body

    assert world.post("/revoke", {"token": body["access_token"], "token_type_hint": hint}).status == 200
    assert world.introspect(body["access_token"]).body == {"active": False}


def test_rfc7009_s2_1_another_clients_token_is_left_alone(world: World) -> None:
    """§2.1: the server verifies whether the token was issued to the client that asks."""
    body = world.token().body

    assert world.revoke(body["refresh_token"], auth="bank:x").refusal == (400, "invalid_grant")
    assert world.introspect(body["access_token"]).body["active"]


def test_rfc7009_s2_2_what_is_unknown_is_as_good_as_revoked(world: World) -> None:
    """§2.2: 200 for an invalid token; the answer has no body."""
    answer = world.revoke("at_nope")

    assert (answer.status, answer.raw) == (200, b"")


def test_rfc7009_s2_1_a_public_client_revokes_by_its_name() -> None:
    """§2.1: for public clients, the check that the token is theirs is all there is."""
    world = World(registered={"app": Registration(auth="none")})
    text = world.exchange(world.code(client_id="app"), auth=None, client_id="app").body["refresh_token"]

    assert world.post("/revoke", {"token": text, "client_id": "app"}, auth=None).status == 200
    assert world.introspect(text).body == {"active": False}


# ---------------------------------------------------------------- RFC 8414


def test_rfc8414_s2_every_endpoint_that_it_names_is_there(world: World) -> None:
    """§2 and §3.3: the issuer is where it was asked for, and each URL is answered by an operation."""
    said = world.send("GET", WELL_KNOWN).body
    paths = {one.path for one in OAUTH.operations}

    assert said["issuer"] == "http://test/oauth"
    named = [value for name, value in said.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(named) == 5
    assert {one.removeprefix(said["issuer"]) for one in named} <= paths
    assert said["response_types_supported"] == ["code"]
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert world.send("GET", "/.well-known/openid-configuration").body == said


def test_rfc8414_s3_1_it_is_also_before_the_issuers_path(world: World) -> None:
    """§3.1: the well-known part stands between host and path; sandboxes with a prefix have only the other."""
    sent = world.send_to("http://test", "GET", f"{WELL_KNOWN}/oauth")

    assert sent.body == world.send("GET", WELL_KNOWN).body
    assert world.send("GET", f"{WELL_KNOWN}/oauth").status == 404
    assert world.send_to("http://test", "GET", f"{WELL_KNOWN}/else").status == 404


@pytest.mark.parametrize("grant", ["authorization_code", "client_credentials", "refresh_token"])
def test_rfc8414_s2_every_grant_that_it_names_works(world: World, grant: str) -> None:
    """What it announces is what there is."""
    assert grant in world.send("GET", WELL_KNOWN).body["grant_types_supported"]
    assert world.token(grant).body.get("error") != "unsupported_grant_type"


# ---------------------------------------------------------------- keys


def jwks(world: World) -> dict[str, Any]:
    """Return the key set as published now."""
    body: dict[str, Any] = world.send("GET", "/jwks").body
    return body


def test_rfc7517_the_set_holds_no_private_key(world: World) -> None:
    """§9.2: only what verifies."""
    for key in jwks(world)["keys"]:
        assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}


def test_keys_rotate_and_the_one_before_stays() -> None:
    """What the last key signed is still verified; what the one before it signed no longer is."""
    world = World(access_format="jwt", key_rotation=3600.0)
    texts = []
    for _ in range(3):
        texts.append(world.token().body["access_token"])
        world.wait(3600.0)
    world.wait(-3600.0)
    keys = KeySet.import_key_set(jwks(world))

    headers = [jwt.decode(text, keys, ["RS256"]).header["kid"] for text in texts[1:]]

    assert headers == ["brownout-test-3", "brownout-test-2"][::-1]
    with pytest.raises(InvalidKeyIdError):
        jwt.decode(texts[0], keys, ["RS256"])


def test_a_phase_may_change_the_key() -> None:
    """`signing_key` is another: clients that keep the key set meet a kid that they don't know."""
    first, second = (World(access_format="jwt", signing_key=number) for number in (0, 1))

    assert jwks(first)["keys"][0]["kid"] == jwks(second)["keys"][1]["kid"]
    assert jwks(first)["keys"][0]["kid"] != jwks(second)["keys"][0]["kid"]


def test_the_keys_come_again_after_the_last() -> None:
    """Four of them, fixed for ever."""
    assert signing.key_set([0]) == signing.key_set([signing.KEYS])


def test_a_jwt_is_revoked_here_but_not_where_it_is_verified_offline() -> None:
    """The difference that resource servers feel: a signature outlives a revocation."""
    world = World(access_format="jwt")
    text = world.token().body["access_token"]
    world.revoke(text)

    assert world.get("/api/accounts", text).refusal == (401, "invalid_token")
    assert jwt.decode(text, KeySet.import_key_set(jwks(world)), ["RS256"]).claims["client_id"] == "shop"


def test_a_forged_jwt_is_unknown() -> None:
    """Its claims name an account, and that is all that they are believed."""
    world = World(access_format="jwt")
    text = signing.sign({"client_id": "shop", "scope": "read"}, key=0, typ="at+jwt")

    assert world.get("/api/accounts", text).refusal == (401, "invalid_token")
    assert [one.account for one in world.box.journal] == ["shop"]
