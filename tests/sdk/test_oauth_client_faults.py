"""What goes wrong with clients' credentials and with clocks, asked for in YAML and met by OAuth clients."""

from __future__ import annotations

import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from oauth_faults import claims_of, connecting, fired, last, signed, use
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests_oauthlib import OAuth2Session as OAuthlibSession

from brownout.core import causes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from authlib.integrations.requests_client import OAuth2Session

    from brownout.testing import Sandbox

    Connect = Callable[..., OAuth2Session]

pytestmark = pytest.mark.sdk


@pytest.fixture
def connect(brownout: Sandbox) -> Iterator[Connect]:
    """Make authlib's clients of this test's sandbox; see `connecting`."""
    with connecting(brownout) as make:
        yield make


# ---------------------------------------------------------------- clients


@pytest.mark.parametrize(("grace", "answers"), [("", [200, 401, 401, 401]), (", grace: 1h", [200, 200, 200, 401])])
def test_a_client_secret_is_rotated(
    brownout: Sandbox, connect: Connect, monkeypatch: pytest.MonkeyPatch, grace: str, answers: list[int]
) -> None:
    """The new one is good at once; the old one until the grace is over, and then it is called that."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    use(brownout, f"kind: credential, match: {{operation: oauth.token}}, change: rotate, secret: fresh{grace}, nth: 2")
    where, statuses = f"{brownout.url_of('oauth')}/token", []

    for _ in answers:
        with OAuthlibSession(client=BackendApplicationClient("shop")) as session:
            with suppress(OAuth2Error):
                session.fetch_token(where, auth=("shop", "secret"), timeout=10)
            statuses.append(last(brownout).status)
        brownout.clock.advance("31m")
    struck, refused = brownout.exchanges()[1], last(brownout)
    connect(machine=True, secret="fresh")

    assert statuses == answers
    assert fired(struck) == {"r": "applied"}
    assert (refused.cause, refused.repeatability) == ("old secret, by rule r", "D2")
    assert "until it was given another one. Rule r saw to that." in refused.explain()


def test_who_has_the_new_secret_already_gets_no_other(brownout: Sandbox, connect: Connect) -> None:
    """The rule goes on firing, and passes."""
    url = use(brownout, "kind: credential, match: {operation: oauth.token}, change: rotate, secret: fresh, grace: 1h")

    connect(machine=True)
    client = connect(machine=True, secret="fresh")

    assert client.get(f"{url}/api/items/1").status_code == 200
    assert [fired(one) for one in brownout.exchanges(operation="oauth.token")] == [{"r": "applied"}, {"r": "passed"}]


@pytest.mark.parametrize(
    ("change", "method", "cause"),
    [
        ("old_secret", "client_secret_basic", causes.OLD_SECRET),
        ("live", "client_secret_basic", causes.LIVE),
        ("unknown", "client_secret_post", causes.UNKNOWN_CLIENT),
        ("wrong_method", "client_secret_basic", causes.BASIC_FOR_POST),
        ("wrong_method", "client_secret_post", causes.POST_FOR_BASIC),
    ],
)
def test_a_good_client_is_taken_for_another(
    brownout: Sandbox, connect: Connect, change: str, method: str, cause: str
) -> None:
    """Refused once, in the words for what it was taken for, and the journal tells which that was."""
    url = use(brownout, f"kind: credential, match: {{operation: oauth.token}}, change: {change}, first: 1")

    with pytest.raises(OAuthError, match="invalid_client"):
        connect(machine=True, token_endpoint_auth_method=method)
    refused = last(brownout)
    client = connect(machine=True, token_endpoint_auth_method=method)

    assert client.get(f"{url}/api/items/1").status_code == 200
    assert (refused.cause, fired(refused)) == (f"{cause}, so says rule r", {"r": "applied"})
    assert refused.repeatability == "D1"
    assert causes.TOLD[cause] in refused.explain()
    assert "rule r saw to that, and the credential is good" in refused.explain()


@pytest.mark.parametrize("auth", ["none", "private_key_jwt"])
def test_a_client_without_a_secret_is_taken_for_another(brownout: Sandbox, connect: Connect, auth: str) -> None:
    """Its name alone, or its signature, was good; the second time it is let in."""
    url = use(
        brownout,
        "kind: credential, match: {operation: oauth.token}, change: unknown, first: 1",
        f"registered: {{shop: {{auth: {auth}}}}}",
    )

    def ask(number: int) -> int:
        if auth == "none":
            with suppress(OAuthError):
                connect(token_endpoint_auth_method="none")
            return last(brownout).status
        return requests.post(f"{url}/token", data=signed(url, f"id-{number}"), timeout=10).status_code

    assert [ask(number) for number in range(2)] == [401, 200]
    assert brownout.exchanges(error="client_unknown")[0].cause == "unknown client, so says rule r"


def test_an_assertion_is_refused_that_was_good(brownout: Sandbox) -> None:
    """Where it is the grant itself (RFC 7523 §2.1), with nobody else to prove who they are."""
    url = use(
        brownout,
        "kind: credential, match: {operation: oauth.token}, change: live, first: 1",
        "registered: {shop: {auth: private_key_jwt}}",
    )

    def ask(number: int) -> requests.Response:
        sent = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": signed(url, f"id-{number}")["client_assertion"],
        }
        return requests.post(f"{url}/token", data=sent, timeout=10)

    answers = [ask(number) for number in range(2)]

    assert [one.status_code for one in answers] == [400, 200]
    assert answers[0].json()["error"] == "invalid_grant"
    assert brownout.exchanges()[0].cause == "live against sandbox, so says rule r"


def test_a_client_that_is_wrong_anyway_is_refused_for_that(brownout: Sandbox, connect: Connect) -> None:
    """The rule changed nothing, and doesn't count."""
    use(brownout, "kind: credential, change: live", "clients: {shop: s3cret}")

    with pytest.raises(OAuthError, match="invalid_client"):
        connect(machine=True)

    assert (last(brownout).cause, fired(last(brownout))) == ("wrong secret", {"r": "passed"})


# ---------------------------------------------------------------- the clock


def off_by(answer: requests.Response) -> float:
    """Return how far the server's date is from ours."""
    return parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()


@pytest.mark.parametrize(("way", "sign"), [("ahead", 1), ("behind", -1)])
def test_the_date_and_the_jwts_of_a_wrong_clock(brownout: Sandbox, connect: Connect, way: str, sign: int) -> None:
    """What the client compares with its own clock moves along, and the token lives as long as ever."""
    url = use(brownout, f"kind: clock, {way}: 10m", "access_format: jwt")
    client = connect()

    answer = client.get(f"{url}/api/items/1")

    claims = claims_of(client.token["access_token"])
    assert answer.status_code == 200
    assert off_by(answer) == pytest.approx(sign * 600, abs=5)
    assert claims["iat"] - time.time() == pytest.approx(sign * 600, abs=5)
    assert (claims["exp"] - claims["iat"], client.token["expires_in"]) == (3_600, 3_600)
    assert fired(last(brownout)) == {"r": "applied"}


def test_tokens_of_right_clocks_expire_early_at_one_that_is_ahead(brownout: Sandbox, connect: Connect) -> None:
    """One call in two meets it: 401 there, 200 elsewhere, with one and the same token."""
    url = use(brownout, "kind: clock, match: {operation: 'oauth.fixtures.*'}, ahead: 2m, every: 2", "access_ttl: 2m")
    client = connect()

    answers = [client.get(f"{url}/api/items/1") for _ in range(4)]

    assert [one.status_code for one in answers] == [200, 401, 200, 401]
    assert (last(brownout).error, last(brownout).cause) == ("token_expired", "rule r")
    assert [one.state for one in brownout.tokens(kind="access")] == ["valid"]


def test_to_a_clock_that_is_behind_a_token_is_not_valid_yet(brownout: Sandbox, connect: Connect) -> None:
    """Until that clock has passed the moment of issue."""
    url = use(brownout, "kind: clock, match: {operation: 'oauth.fixtures.*'}, behind: 90s")
    client = connect()

    early = client.get(f"{url}/api/items/1")
    met = last(brownout)
    brownout.clock.advance("91s")

    assert early.status_code == 401
    assert "not valid yet" in early.json()["error_description"]
    assert (met.error, met.cause) == ("token_early", "rule r")
    assert "isn't valid yet: rule r saw to that" in met.explain()
    assert client.get(f"{url}/api/items/1").status_code == 200


def test_a_token_issued_ahead_is_not_valid_yet_elsewhere(brownout: Sandbox, connect: Connect) -> None:
    """The wrong clock stamped it; the right one refuses it, and the tokens' view says so."""
    url = use(brownout, "kind: clock, match: {operation: oauth.token}, ahead: 5m")
    client = connect()

    assert client.get(f"{url}/api/items/1").status_code == 401
    assert last(brownout).cause == "rule r"
    assert [(one.state, one.cause) for one in brownout.tokens(kind="access")] == [("early", "rule r")]
    brownout.clock.advance("5m")
    assert client.get(f"{url}/api/items/1").status_code == 200


@pytest.mark.parametrize(("way", "said"), [("ahead", "expired"), ("behind", "from the future")])
def test_a_signed_request_is_judged_by_a_wrong_clock(brownout: Sandbox, way: str, said: str) -> None:
    """A client assertion that is good for two minutes: too late for a clock ahead, too soon for one behind."""
    url = use(brownout, f"kind: clock, {way}: 5m, first: 1", "registered: {shop: {auth: private_key_jwt}}")
    answers = [requests.post(f"{url}/token", data=signed(url, f"id-{number}"), timeout=10) for number in range(2)]

    assert [one.status_code for one in answers] == [401, 200]
    assert said in answers[0].json()["error_description"]
    refused = brownout.exchanges(error="client_unknown")[0]
    assert refused.cause == "rule r"
    assert "By the provider's clock its assertion is out of date: rule r saw to that." in refused.explain()
