"""authorization_code with PKCE over the wire, by authlib's clients for requests and httpx, through the consent page."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuth2Client
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from oauthlib.oauth2 import AccessDeniedError
from requests_oauthlib import OAuth2Session as OAuth2ClientOfOauthlib

from brownout.core.plan import ClockOptions, Plan
from brownout.core.tokens.signing import client_key
from brownout.providers.oauth import Fixture, OAuthOptions, Registration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

BACK = "https://shop.example/back"
FIXTURES = {
    "/api/accounts": Fixture(scopes=("read",), body=[{"id": "acc_1"}]),
    "/api/transfers": Fixture(scopes=("read", "write"), body=[]),
}
SCOPES = ("read", "write", "openid")
REGISTERED = {
    "app": Registration(auth="none", redirect_uris=(BACK,)),
    "robot": Registration(auth="private_key_jwt"),
}


def use(sandbox: Sandbox, *, clock: ClockOptions | None = None, **options: Any) -> str:
    """Begin the sandbox again with these options; return the provider's URL."""
    given = {"fixtures": FIXTURES, "scopes": SCOPES, "registered": REGISTERED, "clients": {"shop": "secret"}}
    plan = Plan(seed=7, clock=clock or ClockOptions(), providers={"oauth": OAuthOptions(**(given | options))})
    sandbox.sandbox(sandbox.name, scenario=plan)
    return sandbox.url_of("oauth")


@pytest.fixture(autouse=True)
def _no_tls_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Oauthlib wants https even for addresses that it only reads."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture(params=[OAuth2Session, OAuth2Client], ids=["requests", "httpx"])
def make(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Make authlib's blocking clients, over requests and over httpx."""
    opened: list[Any] = []

    def make(url: str, **options: Any) -> Any:
        given = {"client_id": "shop", "client_secret": "secret", "redirect_uri": BACK, "code_challenge_method": "S256",
                 "token_endpoint": f"{url}/token"}  # fmt: skip
        opened.append(request.param(**(given | options)))
        return opened[-1]

    yield make
    for client in opened:
        client.close()


def query(address: str) -> dict[str, str]:
    """Return the parameters of an address, each once."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def decide(address: str, decision: str = "approve", **more: Any) -> str:
    """Decide on what the page at `address` asks, in one call; return where it leads."""
    answer = requests.post(
        address.split("?", maxsplit=1)[0] + "/decision",
        data={**query(address), "decision": decision, **more},
        allow_redirects=False,
        timeout=10,
    )
    assert answer.status_code == 303
    return answer.headers["Location"]


def authorized(client: Any, url: str, **more: Any) -> Any:
    """Go the whole way: the address, the decision, the code; return the token."""
    verifier = generate_token(48)
    address, _ = client.create_authorization_url(f"{url}/authorize", code_verifier=verifier, scope="read write", **more)
    return client.fetch_token(authorization_response=decide(address), code_verifier=verifier)


@pytest.mark.parametrize("access_format", ["opaque", "jwt"])
def test_the_code_flow_completes(brownout: Sandbox, make: Callable[..., Any], access_format: str) -> None:
    """Address, page, decision, code, tokens, resource, refresh: state and PKCE are authlib's own."""
    url = use(brownout, access_format=access_format, rotation=True)
    client = make(url)

    token = dict(authorized(client, url))

    assert token["scope"] == "read write"
    assert client.get(f"{url}/api/transfers").json() == []
    client.refresh_token()
    assert client.token["refresh_token"] != token["refresh_token"]
    assert client.get(f"{url}/api/transfers").json() == []


def test_a_jwt_is_verified_against_the_key_set(brownout: Sandbox, make: Callable[..., Any]) -> None:
    """RFC 9068 §4: signature by the key that the header names, issuer, audience, expiry by the client's own clock."""
    url = use(brownout, access_format="jwt", access_ttl=600.0)
    text = authorized(make(url), url)["access_token"]
    metadata = requests.get(f"{url}/.well-known/oauth-authorization-server", timeout=10).json()
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())

    token = jwt.decode(text, keys, ["RS256"])

    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": url},
        aud={"essential": True, "value": f"{url}/api"},
        exp={"essential": True},
        sub={"essential": True, "value": "user-1"},
    ).validate(token.claims)
    assert token.header["typ"] == "at+jwt"
    assert (token.claims["client_id"], token.claims["scope"]) == ("shop", "read write")
    assert token.claims["exp"] - token.claims["iat"] == 600


def test_a_public_client_completes_with_pkce_alone(brownout: Sandbox, make: Callable[..., Any]) -> None:
    """RFC 8252 §8.1: no secret, and its refresh token is good without one too."""
    url = use(brownout, rotation=True)
    client = make(url, client_id="app", client_secret=None, token_endpoint_auth_method="none")

    authorized(client, url)
    client.refresh_token()

    assert client.get(f"{url}/api/accounts").status_code == 200


def test_an_id_token_holds_the_nonce(brownout: Sandbox, make: Callable[..., Any]) -> None:
    """OpenID Connect Core §3.1.3.7: the client compares it with its own."""
    url = use(brownout)
    client, verifier = make(url), generate_token(48)
    address, _ = client.create_authorization_url(
        f"{url}/authorize", code_verifier=verifier, scope="openid read", nonce="n-1", login_hint="ann"
    )

    token = client.fetch_token(authorization_response=decide(address), code_verifier=verifier)

    keys = KeySet.import_key_set(requests.get(f"{url}/jwks", timeout=10).json())
    claims = jwt.decode(token["id_token"], keys, ["RS256"]).claims
    assert (claims["nonce"], claims["aud"], claims["sub"], claims["iss"]) == ("n-1", "shop", "ann", url)


def test_a_denial_is_told_the_client(brownout: Sandbox) -> None:
    """RFC 6749 §4.1.2.1: access_denied with the state, which oauthlib turns into an exception; authlib doesn't look."""
    url = use(brownout)
    with OAuth2ClientOfOauthlib("shop", redirect_uri=BACK, pkce="S256") as client:
        address, state = client.authorization_url(f"{url}/authorize")

        back = decide(address, "deny")

        assert query(back)["state"] == state
        with pytest.raises(AccessDeniedError):
            client.fetch_token(f"{url}/token", authorization_response=back, client_secret="secret")


def test_a_code_that_was_used_before_is_an_oauth_error(brownout: Sandbox, make: Callable[..., Any]) -> None:
    """RFC 6749 §4.1.2: whoever comes second is refused, and what the first one got is revoked."""
    url = use(brownout)
    client, verifier = make(url), generate_token(48)
    address, _ = client.create_authorization_url(f"{url}/authorize", code_verifier=verifier, scope="read")
    back = decide(address)
    client.fetch_token(authorization_response=back, code_verifier=verifier)

    with pytest.raises(OAuthError, match="invalid_grant"):
        make(url).fetch_token(authorization_response=back, code_verifier=verifier)

    assert client.get(f"{url}/api/accounts").status_code == 401


def test_less_may_be_granted_than_was_asked(brownout: Sandbox, make: Callable[..., Any]) -> None:
    """RFC 6749 §3.3: the answer says so, and what needs more is a 403 that names it."""
    url = use(brownout)
    client, verifier = make(url), generate_token(48)
    address, _ = client.create_authorization_url(f"{url}/authorize", code_verifier=verifier, scope="read write")

    token = client.fetch_token(authorization_response=decide(address, granted="read"), code_verifier=verifier)

    assert token["scope"] == "read"
    refused = client.get(f"{url}/api/transfers")
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    assert 'scope="read write"' in refused.headers["WWW-Authenticate"]


def test_a_client_proves_itself_with_a_key(brownout: Sandbox, make: Callable[..., Any]) -> None:
    """RFC 7523 §2.2, with the published test key; each assertion is good once, and authlib makes new ones."""
    url = use(brownout)
    key = RSAKey.import_key(client_key())
    client = make(url, client_id="robot", client_secret=key, token_endpoint_auth_method="private_key_jwt")
    client.register_client_auth_method(PrivateKeyJWT(f"{url}/token"))

    tokens = [client.fetch_token(f"{url}/token", grant_type="client_credentials") for _ in range(2)]

    assert tokens[0]["access_token"] != tokens[1]["access_token"]
    assert client.get(f"{url}/api/transfers").status_code == 200


def test_tokens_are_introspected_and_revoked(brownout: Sandbox, make: Callable[..., Any]) -> None:
    """RFC 7662 and RFC 7009 by authlib's own calls."""
    url = use(brownout)
    client = make(url)
    token = dict(authorized(client, url))

    before = client.introspect_token(f"{url}/introspect", token=token["access_token"]).json()
    client.revoke_token(f"{url}/revoke", token=token["refresh_token"])
    after = client.introspect_token(f"{url}/introspect", token=token["access_token"]).json()

    assert (before["active"], before["scope"], before["sub"]) == (True, "read write", "user-1")
    assert after == {"active": False}


async def test_the_async_client_completes_too(brownout: Sandbox) -> None:
    """Httpx on asyncio: the same flow, and a refresh by itself when the token's life is nearly over."""
    url = use(brownout, access_ttl=30.0, rotation=True)
    async with AsyncOAuth2Client(
        "shop", "secret", redirect_uri=BACK, code_challenge_method="S256", token_endpoint=f"{url}/token", leeway=60
    ) as client:
        verifier = generate_token(48)
        address, _ = client.create_authorization_url(f"{url}/authorize", code_verifier=verifier, scope="read")
        await client.fetch_token(authorization_response=decide(address), code_verifier=verifier)

        answers = [(await client.get(f"{url}/api/accounts")).status_code for _ in range(2)]

    assert answers == [200, 200]
    brownout.verify(operation="oauth.token", count=3)


def test_a_jwt_grant_gives_a_token_for_somebody(brownout: Sandbox) -> None:
    """RFC 7523 §2.1: signed by the client, about a user; the token is for that user's data, without a refresh token."""
    url = use(brownout)
    now = int(time.time())
    claims = {"iss": "robot", "sub": "ann", "aud": url, "exp": now + 60, "jti": "a-1"}
    key = RSAKey.import_key(client_key())
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": jwt.encode({"alg": "RS256"}, claims, key),
        "scope": "read",
    }

    answers = [httpx.post(f"{url}/token", data=form) for _ in range(2)]

    assert [one.status_code for one in answers] == [200, 400]
    assert "refresh_token" not in answers[0].json()
    assert answers[1].json()["error"] == "invalid_grant"


def test_the_pages_program_works(brownout: Sandbox) -> None:
    """docs/providers/oauth.md's, pasted as it is."""
    page = (Path(__file__).parents[2] / "docs" / "providers" / "oauth.md").read_text(encoding="utf-8")
    programs = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    program = next(one for one in programs if "decision" in one)
    names: dict[str, Any] = {}

    exec(program.replace("http://127.0.0.1:8700/oauth", brownout.url_of("oauth")), names)  # noqa: S102 - our own page

    names["app"].close()
    assert names["pong"] == {"pong": True}
