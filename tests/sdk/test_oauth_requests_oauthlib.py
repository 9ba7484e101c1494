"""requests-oauthlib and oauthlib against the generic OAuth provider: flows complete, errors have their class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient
from oauthlib.oauth2.rfc6749 import errors
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from brownout.core.plan import ClockOptions, Plan
from brownout.providers.oauth import Fixture, OAuthOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

AUTH = HTTPBasicAuth("shop", "secret")
FIXTURES = {"/api/accounts": Fixture(scopes=("read",), body=[{"id": "acc_1"}])}


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Oauthlib refuses plain http unless told."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def make(brownout: Sandbox) -> Iterator[Callable[..., OAuth2Session]]:
    """Make a session of this test's sandbox."""
    opened: list[OAuth2Session] = []

    def make(*, scope: list[str] | None = None, **options: Any) -> OAuth2Session:
        session = OAuth2Session(client=BackendApplicationClient(client_id="shop", scope=scope), **options)
        opened.append(session)
        return session

    yield make
    for session in opened:
        session.close()


def use(sandbox: Sandbox, *, clock: ClockOptions | None = None, **options: Any) -> None:
    """Begin the sandbox again with these options."""
    made = OAuthOptions(**{"fixtures": FIXTURES, **options})
    sandbox.sandbox(sandbox.name, scenario=Plan(seed=7, clock=clock or ClockOptions(), providers={"oauth": made}))


def at(sandbox: Sandbox, path: str) -> str:
    """Return the URL of a path of the provider."""
    return sandbox.url_of("oauth") + path


def test_client_credentials_complete(brownout: Sandbox, make: Callable[..., OAuth2Session]) -> None:
    """RFC 6749 §4.4: oauthlib parses the answer, its scope too."""
    use(brownout)
    session = make(scope=["read"])

    token = session.fetch_token(at(brownout, "/token"), auth=AUTH)

    assert (token["expires_in"], token.scopes) == (3600, ["read"])
    assert session.get(at(brownout, "/api/accounts")).json() == [{"id": "acc_1"}]


def test_client_credentials_in_the_form_complete(brownout: Sandbox, make: Callable[..., OAuth2Session]) -> None:
    """RFC 6749 §2.3.1's other way."""
    use(brownout, clients={"shop": "secret"})

    token = make().fetch_token(at(brownout, "/token"), client_secret="secret", include_client_id=True)

    assert token["token_type"] == "Bearer"


@pytest.mark.parametrize("rotation", [False, True])
def test_refresh_completes(brownout: Sandbox, make: Callable[..., OAuth2Session], *, rotation: bool) -> None:
    """RFC 6749 §6: the old refresh token is kept unless a new one comes."""
    use(brownout, rotation=rotation)
    session = make()
    first = session.fetch_token(at(brownout, "/token"), auth=AUTH)

    second = session.refresh_token(at(brownout, "/token"), auth=AUTH)

    assert second["access_token"] != first["access_token"]
    assert (second["refresh_token"] != first["refresh_token"]) == rotation
    assert session.get(at(brownout, "/api/accounts")).status_code == 200


def test_an_expired_token_is_refreshed_by_itself(brownout: Sandbox, make: Callable[..., OAuth2Session]) -> None:
    """With `auto_refresh_url` the session refreshes once its own clock says so, and hands the token over."""
    use(brownout, rotation=True)
    updates: list[Any] = []
    session = make(
        auto_refresh_url=at(brownout, "/token"),
        auto_refresh_kwargs={"client_id": "shop", "client_secret": "secret"},
        token_updater=updates.append,
    )
    token = session.fetch_token(at(brownout, "/token"), auth=AUTH)
    session.token = {**token, "expires_in": -1, "expires_at": 1}

    assert session.get(at(brownout, "/api/accounts")).status_code == 200
    assert len(updates) == 1


def test_without_it_an_expired_token_is_an_error(brownout: Sandbox, make: Callable[..., OAuth2Session]) -> None:
    """Oauthlib's TokenExpiredError, before any request."""
    use(brownout)
    session = make()
    token = session.fetch_token(at(brownout, "/token"), auth=AUTH)
    session.token = {**token, "expires_in": -1, "expires_at": 1}

    with pytest.raises(errors.TokenExpiredError):
        session.get(at(brownout, "/api/accounts"))
    brownout.verify(operation="oauth.fixtures.retrieve", count=0)


def test_at_speed_60_its_clock_and_ours_agree(brownout: Sandbox, make: Callable[..., OAuth2Session]) -> None:
    """An hour of the world is a minute for the client."""
    use(brownout, clock=ClockOptions(speed=60.0))

    assert make().fetch_token(at(brownout, "/token"), auth=AUTH)["expires_in"] == 60


def test_a_changed_scope_is_noticed(brownout: Sandbox, make: Callable[..., OAuth2Session]) -> None:
    """RFC 6749 §3.3: oauthlib raises a Warning when less is granted than was asked for."""
    use(brownout)
    fault = brownout.fault("scope", operation="oauth.token", change="withhold", scopes=["write"])
    with fault, pytest.raises(Warning, match=r'Scope has changed from .* to "read"'):
        make(scope=["read", "write"]).fetch_token(at(brownout, "/token"), auth=AUTH)


ERRORS: dict[str, tuple[type[Exception], Callable[[OAuth2Session, str], Any]]] = {
    "invalid_client": (
        errors.InvalidClientError,
        lambda session, url: session.fetch_token(url, auth=HTTPBasicAuth("shop", "wrong")),
    ),
    "invalid_grant": (
        errors.InvalidGrantError,
        lambda session, url: session.refresh_token(url, refresh_token="rt_nope", auth=AUTH),
    ),
    "invalid_scope": (
        errors.InvalidScopeError,
        lambda session, url: session.fetch_token(url, auth=AUTH, scope=["admin"]),
    ),
    "invalid_request": (
        errors.InvalidClientIdError,  # oauthlib takes the first by name of its classes that have this code
        lambda session, url: session.fetch_token(url, auth=HTTPBasicAuth("bank", "x"), include_client_id=True),
    ),
    "unsupported_grant_type": (
        errors.UnsupportedGrantTypeError,
        lambda _, url: OAuth2Session(client=LegacyApplicationClient(client_id="shop")).fetch_token(
            url, username="a", password="b", auth=AUTH
        ),
    ),
}


@pytest.mark.parametrize("code", ERRORS)
def test_every_error_has_its_class(brownout: Sandbox, make: Callable[..., OAuth2Session], code: str) -> None:
    """RFC 6749 §5.2: the class by its code, with our description."""
    use(brownout, clients={"shop": "secret"})
    expected, act = ERRORS[code]

    with pytest.raises(expected) as caught:
        act(make(), at(brownout, "/token"))

    assert caught.value.error == code  # type: ignore[attr-defined]
    assert caught.value.description  # type: ignore[attr-defined]


CLASSES = {
    one.error: one
    for one in vars(errors).values()
    if isinstance(one, type) and issubclass(one, errors.OAuth2Error) and one.error
}


@pytest.mark.parametrize("code", ["unauthorized_client", "access_denied", "server_error", "temporarily_unavailable"])
def test_other_codes_have_theirs_through_a_fault(
    brownout: Sandbox, make: Callable[..., OAuth2Session], code: str
) -> None:
    """What the server itself never says, a fault can: each class of oauthlib by its code."""
    fault = brownout.fault("abort", operation="oauth.token", status=400, code=code)
    with fault, pytest.raises(CLASSES[code]):
        make().fetch_token(at(brownout, "/token"), auth=AUTH)
