"""One line of YAML in force at the generic OAuth provider, and authlib's clients that meet it over the wire."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import RSAKey

from brownout.core.tokens.assertions import unverified
from brownout.core.tokens.signing import client_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from brownout.testing import Exchange, Sandbox

    Connect = Callable[..., OAuth2Session]

BACK: Final = "https://shop.example/back"
SCENARIO: Final = """
brownout: 1
seed: 7
providers:
  oauth:
    {options}
    scopes: [read, write]
    fixtures:
      /api/items/1: {{scopes: [read], body: {{page: 1}}}}
      /api/items/2: {{scopes: [read], body: {{page: 2}}}}
      /api/items/3: {{scopes: [read], body: {{page: 3}}}}
      /api/payments: {{scopes: [write], body: []}}
faults:
  - {fault}
"""
REFRESH: Final = "match: {operation: oauth.token, body: {grant_type: refresh_token}}"


def use(sandbox: Sandbox, fault: str, options: str = "rotation: false") -> str:
    """Begin the sandbox again with this one line of YAML in force; return the provider's URL."""
    text = SCENARIO.format(fault=f"{{name: r, {fault}}}", options=options)
    sandbox.sandbox(sandbox.name, scenario=text)
    return sandbox.url_of("oauth")


@contextmanager
def connecting(brownout: Sandbox) -> Iterator[Connect]:
    """Make authlib's clients: by consent, by their own credentials (`machine=True`), or with a token taken over."""
    opened: list[OAuth2Session] = []

    def connect(token: dict[str, Any] | None = None, *, machine: bool = False, **options: Any) -> OAuth2Session:
        url = brownout.url_of("oauth")
        client = OAuth2Session(
            "shop", options.pop("secret", "secret"), redirect_uri=BACK, code_challenge_method="S256",
            token_endpoint=f"{url}/token", **options,
        )  # fmt: skip
        opened.append(client)
        if token is not None:
            client.token = dict(token)
        elif machine:
            client.fetch_token(grant_type="client_credentials")
        else:
            verifier = "v" * 43
            address, _ = client.create_authorization_url(f"{url}/authorize", code_verifier=verifier)
            client.fetch_token(authorization_response=consented(address), code_verifier=verifier)
        return client

    yield connect
    for client in opened:
        client.close()


def consented(address: str) -> str:
    """Approve what is asked at `address`; return where that leads."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    where = address.partition("?")[0] + "/decision"
    decided = requests.post(where, data={**asked, "decision": "approve"}, allow_redirects=False, timeout=10)
    return decided.headers["Location"]


def last(sandbox: Sandbox, **filters: Any) -> Exchange:
    """Return the newest exchange."""
    return sandbox.exchanges(**filters)[-1]


def fired(exchange: Exchange) -> dict[str, str]:
    """Return what became of the rules that fired."""
    return {one["rule"]: one["state"] for one in exchange.fired}


def until(true: Callable[[], bool]) -> None:
    """Wait until the server has got there."""
    ends = time.monotonic() + 5
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.001)


def claims_of(token: str) -> dict[str, Any]:
    """Return what a JWT says, by the published test keys or not."""
    return unverified(token)


def signed(url: str, jti: str) -> dict[str, str]:
    """Return a request for a token by an assertion that is good now and for two minutes."""
    now, key = int(time.time()), RSAKey.import_key(client_key())
    claims = {"iss": "shop", "sub": "shop", "aud": f"{url}/token", "iat": now, "exp": now + 120, "jti": jti}
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key),
    }
