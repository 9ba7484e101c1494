"""What goes wrong with tokens in production, over the wire, with authlib's clients as applications use them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from brownout.core.plan import Plan
from brownout.providers.oauth import Fixture, OAuthOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

BACK = "https://shop.example/back"
PAGES = {f"/api/items/{page}": Fixture(scopes=("read",), body={"page": page}) for page in (1, 2, 3)}
FIXTURES = PAGES | {"/api/payments": Fixture(scopes=("write",), body=[])}


def use(sandbox: Sandbox, **options: Any) -> str:
    """Begin the sandbox again with these options; return the provider's URL."""
    made = OAuthOptions(**({"fixtures": FIXTURES} | options))
    sandbox.sandbox(sandbox.name, scenario=Plan(seed=7, providers={"oauth": made}))
    return sandbox.url_of("oauth")


@pytest.fixture
def connect(brownout: Sandbox) -> Iterator[Callable[..., OAuth2Session]]:
    """Make clients: the first of a connection goes through consent, others take a token over, as workers do."""
    opened: list[OAuth2Session] = []

    def connect(token: dict[str, Any] | None = None) -> OAuth2Session:
        url = brownout.url_of("oauth")
        client = OAuth2Session(
            "shop", "secret", redirect_uri=BACK, code_challenge_method="S256", token_endpoint=f"{url}/token"
        )
        opened.append(client)
        if token is None:
            verifier = "v" * 43
            address, _ = client.create_authorization_url(f"{url}/authorize", code_verifier=verifier)
            client.fetch_token(authorization_response=consented(address), code_verifier=verifier)
        else:
            client.token = dict(token)
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


def test_a_token_expires_between_two_pages_of_one_sync(brownout: Sandbox, connect: Callable[..., Any]) -> None:
    """A sync that refreshes on 401 and goes on where it was gets every page once."""
    url = use(brownout, rotation=True)
    client = connect()
    got: list[int] = []
    for page in (1, 2, 3):
        answer = client.get(f"{url}/api/items/{page}")
        if answer.status_code == 401:
            client.refresh_token()
            answer = client.get(f"{url}/api/items/{page}")
        got.append(answer.json()["page"])
        if page == 1:
            brownout.clock.advance("1h")

    assert got == [1, 2, 3]
    refused = brownout.exchanges(error="token_expired")
    assert [one.path for one in refused] == ["/api/items/2"]
    assert "because the clock was advanced" in refused[0].explain()


@pytest.mark.parametrize(("grace", "both"), [(0.0, False), (30.0, True)])
def test_two_workers_refresh_one_rotating_token(
    brownout: Sandbox, connect: Callable[..., Any], grace: float, *, both: bool
) -> None:
    """Strict rotation takes the second for a thief, and the connection is lost for both; a grace lets both go on."""
    url = use(brownout, rotation=True, reuse_grace=grace)
    token = dict(connect().token)
    workers = [connect(token) for _ in range(2)]

    def refresh(worker: OAuth2Session) -> str:
        try:
            worker.refresh_token()
        except OAuthError as error:
            return str(error.error)
        return "ok"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(refresh, workers))

    assert outcomes == (["ok", "ok"] if both else ["invalid_grant", "ok"])
    statuses = {worker.get(f"{url}/api/items/1").status_code for worker in workers}
    assert statuses == ({200} if both else {401})


@pytest.mark.parametrize("returns", [None, "new", "same", "old"])
def test_the_answer_of_a_refresh_is_lost(
    brownout: Sandbox, connect: Callable[..., Any], returns: str | None
) -> None:  # fmt: skip
    """Retrying makes it worse under strict rotation; with a grace it heals, whichever token that returns."""
    grace = {} if returns is None else {"reuse_grace": 30.0, "grace_returns": returns}
    url = use(brownout, rotation=True, **grace)
    client = connect()
    before = client.token["refresh_token"]
    with brownout.fault("abort", operation="oauth.token", target="response", status=504, first=1) as lost:
        with pytest.raises(requests.HTTPError):
            client.refresh_token()
        assert lost.fired == 1

        if returns is None:
            with pytest.raises(OAuthError, match="invalid_grant"):
                client.refresh_token()
        else:
            client.refresh_token()

    assert client.get(f"{url}/api/items/1").status_code == (401 if returns is None else 200)
    assert (client.token["refresh_token"] == before) == (returns in (None, "old"))


def test_a_scope_is_withdrawn_between_consent_and_use(brownout: Sandbox, connect: Callable[..., Any]) -> None:
    """403 insufficient_scope names what to ask for; a refresh doesn't bring it back, a new consent does."""
    url = use(brownout)
    client = connect()
    assert client.get(f"{url}/api/payments").status_code == 200
    form = {"client_id": "shop", "subject": "user-1", "scope": "write"}
    requests.post(f"{url}/consents/revoke", data=form, timeout=10).raise_for_status()

    refused = client.get(f"{url}/api/payments")
    client.refresh_token()
    still = client.get(f"{url}/api/payments")

    assert (refused.status_code, still.status_code) == (403, 403)
    assert 'scope="write"' in refused.headers["WWW-Authenticate"]
    assert client.token["scope"] == "read"
    assert connect().get(f"{url}/api/payments").status_code == 200


@pytest.mark.parametrize(("says", "refreshes"), [("absent", 0), ("text", 2)])
def test_expires_in_is_absent_or_text(
    brownout: Sandbox, connect: Callable[..., Any], says: Any, refreshes: int
) -> None:  # fmt: skip
    """Without it authlib never refreshes by itself, and meets the 401; text it reads as a number."""
    url = use(brownout, expires_in=says, access_ttl=30.0)
    client = connect()

    statuses = [client.get(f"{url}/api/items/1").status_code for _ in range(refreshes or 1)]
    brownout.clock.advance(30)
    after = client.get(f"{url}/api/items/1").status_code

    assert set(statuses) == {200}
    assert after == (401 if says == "absent" else 200)


def test_a_life_that_was_told_wrong_is_met_as_a_401(brownout: Sandbox, connect: Callable[..., Any]) -> None:
    """A server that says a day and means half a minute."""
    url = use(brownout, expires_in_says=86_400.0, access_ttl=30.0)
    client = connect()
    brownout.clock.advance(30)

    assert client.token["expires_in"] == 86_400
    assert client.get(f"{url}/api/items/1").status_code == 401


def test_drift_takes_expires_in_out_of_one_answer(brownout: Sandbox, connect: Callable[..., Any]) -> None:
    """On demand, for one exchange: what a fault does to any answer it does to this one."""
    url = use(brownout)
    with brownout.fault("drift", operation="oauth.token", change="remove", path="$.expires_in") as drift:
        client = connect()

    assert drift.fired == 1
    assert "expires_in" not in client.token
    assert client.get(f"{url}/api/items/1").status_code == 200
