"""Each way in which tokens, consents and refreshes go wrong, asked for in YAML and met by OAuth clients."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from oauth_faults import REFRESH, claims_of, connecting, fired, last, until, use

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


# ---------------------------------------------------------------- at issue


@pytest.mark.parametrize(("says", "told"), [("", None), (", says: 24h", 86_400)])
def test_expires_in_is_absent_or_a_lie(brownout: Sandbox, connect: Connect, says: str, told: int | None) -> None:
    """The token lives as long as ever; who was told too much, or nothing, meets a 401 that the journal explains."""
    url = use(brownout, f"kind: token, match: {{operation: oauth.token}}, change: mistell{says}", "access_ttl: 30s")
    client = connect()

    assert client.token.get("expires_in") == told
    assert fired(last(brownout)) == {"r": "applied"}
    assert client.get(f"{url}/api/items/1").status_code == 200
    brownout.clock.advance("30s")
    plain = {"Authorization": f"Bearer {client.token['access_token']}"}
    assert requests.get(f"{url}/api/items/1", headers=plain, timeout=10).status_code == 401
    assert last(brownout).error == "token_expired"


def test_a_lie_in_expires_in_is_not_in_the_jwt(brownout: Sandbox, connect: Connect) -> None:
    """What a token says of itself stays true: the answer beside it lies."""
    use(brownout, "kind: token, change: mistell, says: 24h", "access_format: jwt")
    client = connect()

    claims = claims_of(client.token["access_token"])
    assert (client.token["expires_in"], claims["exp"] - claims["iat"]) == (86_400, 3_600)


def test_a_junk_token_looks_like_any_other(brownout: Sandbox, connect: Connect) -> None:
    """Nobody honours it, a refresh brings a good one, and the tokens' view tells the truth."""
    url = use(brownout, "kind: token, match: {operation: oauth.token}, change: junk, first: 1")
    client = connect()

    refused = client.get(f"{url}/api/items/1")
    junk = client.token["access_token"]
    client.refresh_token()

    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert client.get(f"{url}/api/items/1").status_code == 200
    met = last(brownout, error="token_unknown")
    assert (met.cause, fired(met)) == ("rule r", {})
    assert "issued so that it is good for nothing here: rule r saw to that" in met.explain()
    assert [(one.state, one.cause) for one in brownout.tokens(kind="access")] == [("void", "rule r"), ("valid", None)]
    assert junk.startswith("at_")


def test_a_token_for_somebody_else(brownout: Sandbox, connect: Connect) -> None:
    """RFC 9068 §4: a resource refuses a token whose `aud` isn't its own; a client that looks can see it coming."""
    url = use(brownout, "kind: token, change: wrong_audience, audience: 'https://other.example'", "access_format: jwt")
    client = connect()

    refused = client.get(f"{url}/api/items/1")

    assert claims_of(client.token["access_token"])["aud"] == "https://other.example"
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert "another resource" in refused.headers["WWW-Authenticate"]
    assert (last(brownout).error, last(brownout).cause) == ("token_misaddressed", "rule r")


# ---------------------------------------------------------------- in use


@pytest.mark.parametrize(("change", "error"), [("expire", "token_expired"), ("revoke", "token_revoked")])
def test_a_token_dies_while_a_request_is_in_flight(
    brownout: Sandbox, connect: Connect, change: str, error: str
) -> None:
    """It was let in at the edge; what stands behind finds it dead, and it stays so."""
    url = use(
        brownout,
        f"kind: token, match: {{operation: oauth.fixtures.retrieve}}, target: request, change: {change}, nth: 2",
    )
    client = connect()

    statuses = [client.get(f"{url}/api/items/{page}").status_code for page in (1, 2, 3)]

    struck, after = brownout.exchanges(operation="oauth.fixtures.retrieve")[1:]
    assert statuses == [200, 401, 401]
    assert (struck.error, struck.stage, fired(struck)) == (error, "authorise", {"r": "applied"})
    assert (after.error, after.cause, after.repeatability) == (error, "rule r", "D2")
    assert "rule r saw to that" in after.explain()
    client.refresh_token()
    assert client.get(f"{url}/api/items/2").status_code == 200


def test_a_scope_is_withdrawn_while_a_request_is_in_flight(brownout: Sandbox, connect: Connect) -> None:
    """The same for what a token may do: 403, and for good."""
    url = use(brownout, "kind: scope, target: request, change: drop, scopes: [write], nth: 2")
    client = connect()

    statuses = [client.get(f"{url}/api/{path}").status_code for path in ("payments", "payments", "payments", "items/1")]

    assert statuses == [200, 403, 403, 200]


def test_consent_is_revoked_between_two_pages(brownout: Sandbox, connect: Connect) -> None:
    """The rest of the list is 401, no refresh helps, and only a new consent begins again."""
    url = use(
        brownout, "kind: consent, match: {operation: 'oauth.fixtures.*'}, change: revoke, nth: 3", "rotation: true"
    )
    client = connect()

    statuses = [client.get(f"{url}/api/items/{page}").status_code for page in (1, 2, 3)]
    with pytest.raises(OAuthError, match="invalid_grant"):
        client.refresh_token()

    assert statuses == [200, 200, 401]
    assert {(one.state, one.cause) for one in brownout.tokens()} == {("revoked", "rule r")}
    assert "rule r saw to that" in last(brownout).explain()
    assert connect().get(f"{url}/api/items/3").status_code == 200


# ---------------------------------------------------------------- refreshes


@pytest.mark.parametrize("change", ["expire", "revoke"])
def test_the_refresh_token_is_dead(brownout: Sandbox, connect: Connect, change: str) -> None:
    """From one refresh on; the access token lives to its end."""
    url = use(brownout, f"kind: refresh, {REFRESH}, change: {change}, nth: 2")
    client = connect()
    client.refresh_token()

    for _ in range(2):
        with pytest.raises(OAuthError, match="invalid_grant"):
            client.refresh_token()

    struck, after = brownout.exchanges(error="grant_dead")
    assert (fired(struck), struck.cause) == ({"r": "applied"}, "rule r")
    assert (fired(after), after.cause) == ({}, "rule r")
    assert client.get(f"{url}/api/items/1").status_code == 200
    assert [(one.state, one.cause) for one in brownout.tokens(kind="refresh")] == [(f"{change}d", "rule r")]


@pytest.mark.parametrize(("on_reuse", "after"), [("reject", 200), ("revoke_family", 401)])
def test_somebody_used_the_refresh_token_before(brownout: Sandbox, connect: Connect, on_reuse: str, after: int) -> None:
    """What a reuse costs is the scenario's to say, even if a fault made it look so."""
    url = use(brownout, f"kind: refresh, {REFRESH}, change: spend", f"rotation: true\n    on_reuse: {on_reuse}")
    client = connect()

    with pytest.raises(OAuthError, match="invalid_grant"):
        client.refresh_token()

    assert last(brownout).cause == "rule r"
    assert client.get(f"{url}/api/items/1").status_code == after


def test_a_grant_without_a_refresh_token_has_none_to_lose(brownout: Sandbox, connect: Connect) -> None:
    """The rule fired and passed."""
    use(brownout, "kind: refresh, match: {operation: oauth.token}, change: expire")
    connect(machine=True)

    assert fired(last(brownout)) == {"r": "passed"}
    assert brownout.faults()[0]["fired"] == 0


@pytest.mark.parametrize("code", ["invalid_grant", "interaction_required"])
def test_every_refresh_fails_until_the_user_consents_again(brownout: Sandbox, connect: Connect, code: str) -> None:
    """The access token lives on; the same refresh token is good again once its user was asked."""
    url = use(brownout, f"kind: consent, {REFRESH}, change: ask_again, code: {code}, first: 1")
    client = connect()

    for _ in range(2):
        with pytest.raises(OAuthError, match=code):
            client.refresh_token()
    refused = last(brownout)
    assert client.get(f"{url}/api/items/1").status_code == 200
    assert [one.state for one in brownout.tokens(kind="refresh")] == ["blocked"]
    connect()  # the user consents
    client.refresh_token()

    assert refused.cause == "rule r"
    assert client.get(f"{url}/api/items/1").status_code == 200


def test_an_admin_call_says_that_the_user_was_asked(brownout: Sandbox, connect: Connect) -> None:
    """For programs under test that nobody sits before; where a token is used, all of its grant waits."""
    url = use(brownout, "kind: consent, match: {operation: 'oauth.fixtures.*'}, change: ask_again, first: 1")
    client = connect()

    refused = client.get(f"{url}/api/items/1")
    with pytest.raises(OAuthError):
        client.refresh_token()
    assert brownout.unblock(client.token["access_token"]) == 2

    assert (refused.status_code, refused.json()["error"]) == (401, "insufficient_user_authentication")
    assert client.get(f"{url}/api/items/1").status_code == 200


@pytest.mark.parametrize(("target", "survives"), [("request", True), ("response", False)])
@pytest.mark.parametrize("body", ["provider", "html"])
def test_a_refresh_is_answered_503(
    brownout: Sandbox, connect: Connect, target: str, body: str, *, survives: bool
) -> None:  # fmt: skip
    """Before the refresh token was spent the retry is good; after it, the retry is a reuse and the grant is gone."""
    url = use(
        brownout, f"kind: abort, {REFRESH}, target: {target}, status: 503, body: {body}, first: 1", "rotation: true"
    )
    client = connect()

    with pytest.raises(requests.HTTPError, match="503"):
        client.refresh_token()
    lost = last(brownout)
    if survives:
        client.refresh_token()
    else:
        with pytest.raises(OAuthError, match="invalid_grant"):
            client.refresh_token()

    assert fired(lost) == {"r": "applied"}
    assert client.get(f"{url}/api/items/1").status_code == (200 if survives else 401)


@pytest.mark.slow
def test_two_refreshes_really_overlap(brownout: Sandbox, connect: Connect) -> None:
    """The first answer is on its way, late, when the second client comes with the token that it has spent."""
    url = use(brownout, f"kind: latency, {REFRESH}, target: response, delay: 400ms, first: 1", "rotation: true")
    token = dict(connect().token)
    workers = [connect(token) for _ in range(2)]

    def refresh(worker: OAuth2Session) -> str:
        try:
            worker.refresh_token()
        except OAuthError as error:
            return str(error.error)
        return "ok"

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(refresh, workers[0])
        until(lambda: len(brownout.exchanges(operation="oauth.token")) == 2)
        second = refresh(workers[1])
        assert not first.done()  # its answer is still held back, and what it holds is dead already

    assert (first.result(), second) == ("ok", "invalid_grant")
    assert workers[0].get(f"{url}/api/items/1").status_code == 401
    assert last(brownout, operation="oauth.token").cause == "reuse"
