"""RFC 7523: clients that prove themselves with a key, and grants that are asked for with an assertion."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import orjson
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey
from oauth_world import START, World

from brownout.core.tokens.signing import client_key
from brownout.providers.oauth import Registration
from brownout.server import token_control

TEST_KEY = RSAKey.import_key(client_key())
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUD = "http://test/oauth/token"


def world_of(**more: Any) -> World:
    """Return a world in which `robot` has the published key."""
    return World(registered={"robot": Registration(auth="private_key_jwt", **more)}, clients={"shop": "secret"})


def signed(key: Any = TEST_KEY, alg: str = "RS256", **claims: Any) -> str:
    """Return an assertion that is in order, but for these claims; None leaves one out."""
    given = {"iss": "robot", "sub": "robot", "aud": AUD, "exp": START + 60, "jti": "j-1"} | claims
    return jwt.encode({"alg": alg}, {name: one for name, one in given.items() if one is not None}, key, [alg])


def ask(world: World, assertion: str, **form: str) -> Any:
    """Ask for a token as the client of an assertion."""
    given = {"client_assertion_type": BEARER, "client_assertion": assertion, **form}
    return world.token(auth=None, **given)


def test_s2_2_a_signed_assertion_is_enough() -> None:
    """The client's id needn't be said again; if it is, it must be the same."""
    world = world_of()

    assert ask(world, signed()).status == 200
    assert ask(world, signed(jti="j-2"), client_id="robot").status == 200
    assert ask(world, signed(jti="j-3"), client_id="shop").refusal == (400, "invalid_request")
    assert {one.account for one in world.box.journal} == {"robot"}


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "shop"},
        {"aud": "https://else.example/token"},
        {"aud": None},
        {"aud": ["https://else.example"]},
        {"exp": None},
        {"exp": START - 61},
        {"exp": START + 7200},
        {"exp": "soon"},
        {"exp": True},
        {"nbf": START + 61},
        {"iat": START + 61},
        {"jti": None},
        {"jti": 7},
    ],
)
def test_s3_each_claim_is_looked_at(claims: dict[str, Any]) -> None:
    """§3: 401 invalid_client, and nothing is issued; the assertion isn't used up by it."""
    world = world_of()

    assert ask(world, signed(**claims)).refusal == (401, "invalid_client")
    assert len(world.box.tokens) == 0
    assert ask(world, signed()).status == 200


@pytest.mark.parametrize("aud", [AUD, "http://test/oauth", ["x", "http://test/oauth"]])
def test_s3_the_audience_is_the_issuer_or_the_endpoint(aud: Any) -> None:
    """§3, 3: the token endpoint's URL or the server's own name, alone or in a list."""
    assert ask(world_of(), signed(aud=aud)).status == 200


def test_s3_an_assertion_is_good_once() -> None:
    """§3, 7: the jti is remembered."""
    world = world_of()
    text = signed()

    assert [ask(world, text).status for _ in range(2)] == [200, 401]


@pytest.mark.parametrize("text", ["x", "a.b.c", "é.é.é", "." * 20, "e30.e30.", "x" * 20_000])
def test_s3_2_what_is_no_jwt_is_refused(text: str) -> None:
    """§3.2 invalid_client; never a 500."""
    assert ask(world_of(), text).refusal == (401, "invalid_client")


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 11_000,
        b'{"sub":' + b"[" * 11_000,
        b'{"sub":"\\ud800","iss":"\\ud800"}',
        b'{"sub":"robot","exp":NaN}',
        b"7",
    ],
)
@pytest.mark.parametrize("alg", ["RS256", "none"])
def test_what_is_no_json_object_is_refused(payload: bytes, alg: str) -> None:
    """Signed or not; and nothing of it is left behind that could not be shown."""
    world = world_of()
    whole = jws.serialize_compact({"alg": "RS256"}, payload, TEST_KEY, ["RS256"])
    text = whole if alg == "RS256" else whole.rpartition(".")[0] + "."

    assert ask(world, text).refusal == (401, "invalid_client")
    assert world.token(GRANT, auth=None, assertion=text).refusal == (400, "invalid_grant")
    orjson.dumps(token_control.tokens(world.box, {}))


def test_a_header_that_is_too_deep_is_refused() -> None:
    """As deep as the longest assertion lets it be."""
    text = urlsafe_b64encode(b"[" * 12_000).decode().rstrip("=") + ".e30.x"

    assert ask(world_of(), text).refusal == (401, "invalid_client")


def test_times_that_are_no_numbers_are_refused() -> None:
    """Not even those that Python reads: an `exp` that is NaN would never be over."""
    payload = b'{"iss":"robot","sub":"robot","aud":"%b","jti":"j","exp":NaN}' % AUD.encode()
    text = jws.serialize_compact({"alg": "RS256"}, payload, TEST_KEY, ["RS256"])

    assert ask(world_of(), text).refusal == (401, "invalid_client")


def test_a_revoked_client_gets_nothing_for_its_assertion() -> None:
    """Neither where the assertion proves who it is, nor where it is the grant."""
    world = world_of()
    world.box.tokens.revoke_presented("oauth", "robot", START, "admin")

    assert ask(world, signed()).refusal == (401, "invalid_client")
    assert world.token(GRANT, auth=None, assertion=signed()).refusal == (400, "invalid_grant")


def test_another_key_is_refused() -> None:
    """And so is a token without a signature, whatever it says."""
    world = world_of()
    other = RSAKey.generate_key(2048)
    unsigned = ".".join([*signed().split(".")[:2], ""])

    assert ask(world, signed(other)).refusal == (401, "invalid_client")
    assert ask(world, unsigned).refusal == (401, "invalid_client")


def test_a_client_may_have_keys_of_its_own() -> None:
    """`jwks` takes the place of the published one; ES256 is as good as RS256."""
    own = ECKey.generate_key("P-256")
    world = world_of(jwks={"keys": [dict(own.as_dict(private=False))]})

    assert ask(world, signed(own, "ES256")).status == 200
    assert ask(world, signed(jti="j-2")).refusal == (401, "invalid_client")


def test_a_client_that_is_not_registered_for_it_can_not_use_a_key() -> None:
    """The published key opens no other client."""
    assert ask(world_of(), signed(iss="shop", sub="shop")).refusal == (401, "invalid_client")


@pytest.mark.parametrize("form", [{"client_secret": "x"}, {"client_assertion_type": "saml"}])
def test_rfc7521_s4_2_one_way_at_a_time(form: dict[str, str]) -> None:
    """§4.2: no other authentication beside it, and only the type that there is."""
    assert ask(world_of(), signed(), **form).refusal == (400, "invalid_request")


# ---------------------------------------------------------------- the grant


def test_s2_1_a_grant_for_somebody() -> None:
    """The token opens that user's data; there is no refresh token, since the client can sign again."""
    world = world_of(access_ttl=300.0)
    body = world.token(GRANT, auth=None, assertion=signed(sub="ann"), scope="read").body

    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["scope"], body["expires_in"]) == ("read", 300)
    assert world.introspect(body["access_token"]).body["sub"] == "ann"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"assertion": "x"}, "invalid_grant"),
        ({"assertion": signed(iss="shop")}, "invalid_grant"),
        ({"assertion": signed(iss="nobody")}, "invalid_grant"),
        ({"assertion": signed(sub=None)}, "invalid_grant"),
        ({"assertion": signed(exp=START - 100)}, "invalid_grant"),
        ({"assertion": signed(RSAKey.generate_key(2048))}, "invalid_grant"),
        ({"assertion": signed(), "scope": "admin"}, "invalid_scope"),
    ],
)
def test_s3_1_errors_of_the_grant(form: dict[str, str], error: str) -> None:
    """§3.1 invalid_grant; nothing is issued and the assertion is not used up."""
    world = world_of()

    assert world.token(GRANT, auth=None, **form).refusal == (400, error)
    assert len(world.box.tokens) == 0
    assert world.token(GRANT, auth=None, assertion=signed()).status == 200


def test_s3_7_a_grants_assertion_is_good_once() -> None:
    """As a client's own is."""
    world = world_of()
    text = signed(sub="ann")

    assert [world.token(GRANT, auth=None, assertion=text).status for _ in range(2)] == [200, 400]


def test_s2_1_a_client_authenticated_otherwise_signs_for_itself_only() -> None:
    """The assertion's issuer must be the client that asks."""
    assert world_of().token(GRANT, assertion=signed()).refusal == (400, "invalid_grant")
