"""Authlib's clients against the generic OAuth provider: its flows complete, its errors have the right class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from authlib.integrations.base_client import InvalidTokenError, MissingTokenError, OAuthError
from authlib.integrations.requests_client import OAuth2Session

from brownout.core.plan import ClockOptions, Plan
from brownout.providers.oauth import OAUTH, Fixture, OAuthOptions, RefreshToken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

FIXTURES = {
    "/api/accounts": Fixture(scopes=("read",), body=[{"id": "acc_1"}]),
    "/api/transfers": Fixture(scopes=("read", "write"), body=[]),
}


def use(sandbox: Sandbox, *, clock: ClockOptions | None = None, **options: Any) -> Sandbox:
    """Begin the sandbox again with these options, so that its clock and its seeds are those."""
    made = OAuthOptions(**{"fixtures": FIXTURES, **options})
    plan = Plan(seed=7, clock=clock or ClockOptions(), providers={"oauth": made})
    return sandbox.sandbox(sandbox.name, scenario=plan)


@pytest.fixture
def make(brownout: Sandbox) -> Iterator[Callable[..., OAuth2Session]]:
    """Make Authlib's client of this test's sandbox."""
    opened: list[OAuth2Session] = []

    def make(**options: Any) -> OAuth2Session:
        url = brownout.url_of("oauth")
        client = OAuth2Session(**{
            "client_id": "shop", "client_secret": "secret", "token_endpoint": f"{url}/token", **options,
        })  # fmt: skip
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


def accounts(sandbox: Sandbox) -> str:
    """Return the URL of a fixture that needs `read`."""
    return f"{sandbox.url_of('oauth')}/api/accounts"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_client_credentials_complete(brownout: Sandbox, make: Callable[..., OAuth2Session], method: str) -> None:
    """RFC 6749 §4.4: the token comes parsed, and opens the resource."""
    use(brownout)
    client = make(token_endpoint_auth_method=method, scope="read")

    token = client.fetch_token(grant_type="client_credentials")

    assert {key: token[key] for key in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "read",
    }
    assert client.get(accounts(brownout)).json() == [{"id": "acc_1"}]


@pytest.mark.parametrize("rotation", [False, True])
def test_refresh_completes(brownout: Sandbox, make: Callable[..., OAuth2Session], *, rotation: bool) -> None:
    """RFC 6749 §6: with rotation it takes the new refresh token over, without it keeps the one it has."""
    use(brownout, rotation=rotation)
    client = make()
    first = dict(client.fetch_token(grant_type="client_credentials"))

    for _ in range(3):
        client.refresh_token()

    assert client.token["access_token"] != first["access_token"]
    assert (client.token["refresh_token"] != first["refresh_token"]) == rotation
    assert client.get(accounts(brownout)).status_code == 200


def test_a_token_is_refreshed_by_itself(brownout: Sandbox, make: Callable[..., OAuth2Session]) -> None:
    """It refreshes as soon as less than its leeway is left, and hands the new token to `update_token`."""
    use(brownout, rotation=True, access_ttl=30.0)
    updates: list[str] = []
    client = make(update_token=lambda token, **_: updates.append(token["access_token"]), leeway=60)
    client.fetch_token(grant_type="client_credentials")

    assert [client.get(accounts(brownout)).status_code for _ in range(2)] == [200, 200]
    assert len(set(updates)) == 2
    brownout.verify(operation="oauth.token", count=3)


def test_at_speed_60_it_refreshes_in_time(brownout: Sandbox, make: Callable[..., OAuth2Session]) -> None:
    """`expires_in` is in the client's own seconds, so a client with a clock of its own is never surprised."""
    use(brownout, clock=ClockOptions(speed=60.0), access_ttl=7200.0)
    client = make()

    token = client.fetch_token(grant_type="client_credentials")

    assert token["expires_in"] == 120
    assert client.get(accounts(brownout)).status_code == 200
    brownout.verify(operation="oauth.token", count=1)


def test_after_a_jump_the_server_knows_better(brownout: Sandbox, make: Callable[..., OAuth2Session]) -> None:
    """The client still trusts its token; it meets a 401, refreshes and goes on."""
    use(brownout)
    client = make()
    client.fetch_token(grant_type="client_credentials")
    brownout.clock.advance("1h")

    assert client.get(accounts(brownout)).status_code == 401
    client.refresh_token()
    assert client.get(accounts(brownout)).status_code == 200


def test_without_a_refresh_token_it_asks_for_a_new_grant(brownout: Sandbox, make: Callable[..., OAuth2Session]) -> None:
    """RFC 6749 §4.4.3 as most servers have it: Authlib then repeats client_credentials."""
    use(brownout, refresh_tokens=False, access_ttl=30.0)
    client = make(leeway=60, grant_type="client_credentials")
    client.fetch_token()

    assert client.get(accounts(brownout)).status_code == 200
    brownout.verify(operation="oauth.token", count=2)


def test_revocation_completes(brownout: Sandbox, make: Callable[..., OAuth2Session]) -> None:
    """RFC 7009: its own call for it, by a hint that it sends."""
    use(brownout)
    client = make()
    token = dict(client.fetch_token(grant_type="client_credentials"))

    answer = client.revoke_token(
        f"{brownout.url_of('oauth')}/revoke", token=token["refresh_token"], token_type_hint="refresh_token"
    )

    assert answer.status_code == 200
    assert client.get(accounts(brownout)).status_code == 401


def test_a_connection_from_the_scenario_is_taken_up(brownout: Sandbox, make: Callable[..., OAuth2Session]) -> None:
    """A client that begins with a refresh token of an earlier life."""
    use(brownout, refresh=(RefreshToken(token="rt-demo", client="shop", scopes=("read",)),))
    client = make(token={"refresh_token": "rt-demo", "access_token": "at-old", "expires_at": 1, "token_type": "Bearer"})

    assert client.get(accounts(brownout)).status_code == 200


def _fetch(client: Any, **form: str) -> Any:
    return client.fetch_token(**{"grant_type": "client_credentials", **form})


ERRORS: dict[str, tuple[dict[str, Any], Callable[[Any], Any]]] = {
    "invalid_client": ({"client_secret": "wrong"}, _fetch),
    "invalid_scope": ({}, lambda client: _fetch(client, scope="admin")),
    "invalid_grant": ({}, lambda client: client.refresh_token(refresh_token="rt_nope")),
    "unsupported_grant_type": ({}, lambda client: _fetch(client, grant_type="password", username="a", password="b")),
    "invalid_request": ({}, lambda client: _fetch(client, client_secret="secret")),
}


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_is_an_oauth_error_with_its_code(
    brownout: Sandbox, make: Callable[..., OAuth2Session], error: str
) -> None:
    """RFC 6749 §5.2: code and description reach the application."""
    use(brownout, clients={"shop": "secret"})
    options, act = ERRORS[error]

    with pytest.raises(OAuthError) as caught:
        act(make(**options))

    assert caught.value.error == error
    assert caught.value.description


def test_a_reuse_is_an_oauth_error(brownout: Sandbox, make: Callable[..., OAuth2Session]) -> None:
    """RFC 9700 §4.14.2: two processes with one refresh token; the second loses the grant for both."""
    use(brownout, rotation=True)
    first, second = make(), make()
    token = dict(first.fetch_token(grant_type="client_credentials"))
    first.refresh_token()

    with pytest.raises(OAuthError, match="invalid_grant"):
        second.refresh_token(refresh_token=token["refresh_token"])
    assert first.get(accounts(brownout)).status_code == 401


@pytest.mark.parametrize("code", ["temporarily_unavailable", "unauthorized_client"])
def test_an_injected_error_is_an_oauth_error(brownout: Sandbox, make: Callable[..., OAuth2Session], code: str) -> None:
    """A fault names the code, as for any provider."""
    with brownout.fault("abort", operation="oauth.token", status=400, code=code), pytest.raises(OAuthError) as caught:
        _fetch(make())

    assert caught.value.error == code


def test_its_own_errors_come_before_any_request(brownout: Sandbox, make: Callable[..., OAuth2Session]) -> None:
    """No token at all, or an expired one that can't be renewed."""
    use(brownout)
    with pytest.raises(MissingTokenError):
        make().get(accounts(brownout))
    dead = {"access_token": "at_x.y", "expires_at": 1, "token_type": "Bearer"}
    with pytest.raises(InvalidTokenError):
        make(token=dead, grant_type="authorization_code").get(accounts(brownout))
    brownout.verify(count=0)


def test_the_lines_that_serve_shows_work(brownout: Sandbox) -> None:
    """Pasted as they are."""
    lines = {one.sdk: one.line for one in OAUTH.sdk_lines(brownout.url_of("oauth"))}

    for line in lines.values():
        token = eval(line, {"OAuth2Session": OAuth2Session, "requests": requests})  # noqa: S307 - our own lines
        assert token["access_token"].startswith("at_")
