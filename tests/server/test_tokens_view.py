"""`/_brownout/tokens` and `/_brownout/clients`: what tokens are worth, and taking that away, over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from oauth_world import basic

from brownout.core.plan import ClockOptions, Plan
from brownout.providers.oauth import Fixture, OAuthOptions, RefreshToken
from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from brownout.testing import AsyncSandbox

SECRET = "s3cret"
OPTIONS = OAuthOptions(
    rotation=True,
    clients={"shop": SECRET},
    refresh=(RefreshToken(token="rt-demo", client="bank"),),
    fixtures={"/api/me": Fixture(scopes=("read",), body={}), "/api/pay": Fixture(scopes=("write",), body={})},
)
PLAN = Plan(seed=3, clock=ClockOptions(frozen=True), providers={"oauth": OPTIONS})


class Shop:
    """A client of the provider, and its operator at the admin API."""

    def __init__(self, box: AsyncSandbox, http: aiohttp.ClientSession) -> None:
        self.box = box
        self.http = http

    async def admin(self, method: str, path: str, value: Any = None) -> tuple[int, Any]:
        """Return status and JSON."""
        async with self.http.request(method, f"{self.box.url}/_brownout{path}", json=value) as answer:
            return answer.status, await answer.json()

    async def grant(self, client: str = "shop", secret: str = SECRET, **form: str) -> Any:
        """Ask for tokens; return the answer's JSON."""
        form = {"grant_type": "client_credentials", **form}
        headers = {"Authorization": basic(client, secret)}
        async with self.http.post(f"{self.box.url_of('oauth')}/token", data=form, headers=headers) as answer:
            return await answer.json()

    async def get(self, path: str, token: str) -> int:
        """Use a token; return the status."""
        headers = {"Authorization": f"Bearer {token}"}
        async with self.http.get(f"{self.box.url_of('oauth')}{path}", headers=headers) as answer:
            return answer.status

    async def seen(self, query: str = "client=shop") -> Any:
        """Return the only client that fits."""
        status, value = await self.admin("GET", f"/tokens?{query}")
        assert status == 200
        (client,) = value["clients"]
        return client


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A server whose clock stands still."""
    async with Simulator(PLAN) as box, aiohttp.ClientSession() as http:
        yield Shop(box, http)


def of_kind(client: Any, kind: str) -> list[Any]:
    """Return a client's tokens of one kind."""
    return [token for token in client["tokens"] if token["kind"] == kind]


async def test_a_client_is_shown_with_its_tokens_and_scopes(shop: Shop) -> None:
    """Needed is what its calls needed, asked what it wanted, unused what it could do without."""
    made = await shop.grant(scope="read write")
    await shop.get("/api/me", made["access_token"])

    client = await shop.seen()

    assert (client["provider"], client["account"], client["states"]) == ("oauth", "shop", {"valid": 2})
    assert client["scopes"] == {
        "needed": ["read"], "asked": ["read", "write"], "granted": ["read", "write"], "unused": ["write"],
        "lacking": [],
    }  # fmt: skip
    (access,), (refresh,) = of_kind(client, "access"), of_kind(client, "refresh")
    assert (access["issued"], access["expires"], access["left"], access["used"]) == (0.0, 3600.0, 3600.0, 0.0)
    assert (refresh["expires"], refresh["left"], refresh["used"], refresh["grant"]) == (
        None,
        None,
        None,
        access["grant"],
    )
    assert refresh["scopes"]["needed"] == ["read"]


async def test_a_scope_that_calls_needed_and_the_token_has_not_is_lacking(shop: Shop) -> None:
    """Refused calls count as needing it; the token isn't used by them."""
    made = await shop.grant(scope="read")

    assert await shop.get("/api/pay", made["access_token"]) == 403

    (access,) = of_kind(await shop.seen(), "access")
    assert (access["scopes"]["needed"], access["scopes"]["lacking"], access["used"]) == (["write"], ["write"], None)


async def test_states_are_told_by_the_clock(shop: Shop) -> None:
    """Valid; expiring in the last 300 seconds of an hour; expired. A spent refresh token is spent."""
    made = await shop.grant()
    await shop.grant(grant_type="refresh_token", refresh_token=made["refresh_token"])

    states = []
    for seconds in (3299.0, 1.0, 299.0, 1.0):
        await shop.box.clock.advance(seconds)
        states.append((await shop.seen("kind=access"))["tokens"][0]["state"])

    assert states == ["valid", "expiring", "expiring", "expired"]
    assert sorted(one["state"] for one in of_kind(await shop.seen(), "refresh")) == ["spent", "valid"]


async def test_refreshes_are_counted_and_the_lost_ones_told(shop: Shop) -> None:
    """An answer that a fault took from the client is lost: its token is spent, so its retry fails."""
    made = await shop.grant()
    with shop.box.fault("abort", operation="oauth.token", target="response", status=502, first=1):
        await shop.grant(grant_type="refresh_token", refresh_token=made["refresh_token"])
    await shop.grant(grant_type="refresh_token", refresh_token=made["refresh_token"])

    client = await shop.seen()

    assert (client["grants"]["tried"], client["refreshes"]) == (3, {"tried": 2, "good": 0, "rate": 0.0})
    assert [(one["grant"], one["outcome"], one["status"]) for one in client["newest"]] == [
        ("client_credentials", "good", 200), ("refresh_token", "lost", 502), ("refresh_token", "failed", 400),
    ]  # fmt: skip
    presented = {one["token"] for one in client["newest"][1:]}
    assert presented == {of_kind(client, "refresh")[0]["id"]}
    assert client["states"] == {"revoked": 4}


async def test_a_token_is_revoked_by_its_id(shop: Shop) -> None:
    """The client meets the provider's own 401, and the journal says who did it."""
    made = await shop.grant()
    (access,) = of_kind(await shop.seen(), "access")

    status, answer = await shop.admin("POST", f"/tokens/{access['id']}/revoke")

    assert (status, answer["revoked"], answer["token"]["state"], answer["token"]["cause"]) == (
        200,
        1,
        "revoked",
        "admin",
    )
    assert await shop.get("/api/me", made["access_token"]) == 401
    (refused,) = shop.box.exchanges(error="token_revoked")
    assert (refused.cause, refused.repeatability) == ("admin", "D2")
    assert "had been revoked through the admin API" in refused.explain()
    assert (await shop.admin("POST", f"/tokens/{access['id']}/revoke"))[1]["revoked"] == 0


async def test_somebody_says_that_a_user_was_asked(shop: Shop) -> None:
    """What waited for that is good again; the view shows what waits, and for whose sake."""
    made = await shop.grant()
    shop.box.fault("consent", name="ask", operation="oauth.fixtures.*", change="ask_again", first=1)
    assert await shop.get("/api/me", made["access_token"]) == 401
    (access,) = of_kind(await shop.seen(), "access")

    status, answer = await shop.admin("POST", f"/tokens/{access['id']}/unblock")

    assert (access["state"], access["cause"], access["left"] > 0) == ("blocked", "rule ask", True)
    assert (status, answer["unblocked"], answer["token"]["state"]) == (200, 2, "valid")
    assert await shop.get("/api/me", made["access_token"]) == 200


async def test_a_grant_is_revoked_as_a_whole(shop: Shop) -> None:
    """Everything that descends from it."""
    made = await shop.grant()
    (refresh,) = of_kind(await shop.seen(), "refresh")

    _, answer = await shop.admin("POST", f"/tokens/{refresh['id']}/revoke", {"grant": True})

    assert answer["revoked"] == 2
    assert await shop.get("/api/me", made["access_token"]) == 401
    again = await shop.grant(grant_type="refresh_token", refresh_token=made["refresh_token"])
    assert again["error"] == "invalid_grant"


async def test_a_token_is_made_to_expire(shop: Shop) -> None:
    """Now, whatever its client was told."""
    made = await shop.grant()
    (access,) = of_kind(await shop.seen(), "access")

    _, answer = await shop.admin("POST", f"/tokens/{access['id']}/expire")

    assert (answer["changed"], answer["token"]["state"], answer["token"]["told"]) == (True, "expired", 3600.0)
    assert await shop.get("/api/me", made["access_token"]) == 401
    (refused,) = shop.box.exchanges(error="token_expired")
    assert refused.cause == "admin"
    assert "made to expire through the admin API" in refused.explain()
    assert (await shop.admin("POST", f"/tokens/{access['id']}/expire"))[1]["changed"] is False


async def test_scopes_are_dropped(shop: Shop) -> None:
    """By glob; what was never there isn't a change."""
    made = await shop.grant()
    (access,) = of_kind(await shop.seen(), "access")

    _, answer = await shop.admin("POST", f"/tokens/{access['id']}/drop", {"scopes": ["wr*"]})
    _, again = await shop.admin("POST", f"/tokens/{access['id']}/drop", {"scopes": ["wr*"]})

    assert (answer["changed"], again["changed"], answer["token"]["scopes"]["granted"]) == (True, False, ["read"])
    assert [await shop.get(path, made["access_token"]) for path in ("/api/me", "/api/pay")] == [200, 403]
    (refused,) = shop.box.exchanges(error="scope_missing")
    assert refused.cause == "admin"
    assert "taken from it through the admin API" in refused.explain()


async def test_a_secret_is_rotated(shop: Shop) -> None:
    """The new one is told once and shown nowhere; the old one is refused, and told from one that never was."""
    _, answer = await shop.admin("POST", "/clients/shop/rotate-secret")

    assert len(answer["secret"]) == 40
    assert "access_token" in await shop.grant(secret=answer["secret"])
    assert (await shop.grant())["error"] == "invalid_client"
    await shop.grant(secret="nonsense")
    assert [one.cause for one in shop.box.exchanges(error="client_unknown")] == ["old secret", "wrong secret"]
    seen = await shop.seen()
    assert (seen["rotated"], answer["secret"] in str(seen)) == (0.0, False)


async def test_an_old_secret_may_be_good_for_a_while(shop: Shop) -> None:
    """With a grace both are, by world time; a second rotation ends the first secret at once."""
    await shop.admin("POST", "/clients/shop/rotate-secret", {"secret": "second", "grace": "1h"})

    assert "access_token" in await shop.grant()
    await shop.box.clock.advance("1h")
    assert (await shop.grant())["error"] == "invalid_client"
    await shop.admin("POST", "/clients/shop/rotate-secret", {"secret": "third", "grace": "1h"})
    assert (await shop.grant())["error"] == "invalid_client"
    assert "access_token" in await shop.grant(secret="second")


async def test_a_clients_clock_can_be_wrong(shop: Shop) -> None:
    """Tokens old and new die that much before their client believes it; the told life stays as it was."""
    made = await shop.grant()
    _, answer = await shop.admin("POST", "/clients/shop/skew", {"by": "90s"})
    await shop.box.clock.advance(3509.0)
    before = await shop.get("/api/me", made["access_token"])
    await shop.box.clock.advance(1.0)

    assert (answer["skew"], before, await shop.get("/api/me", made["access_token"])) == (90.0, 200, 401)
    assert (await shop.grant())["expires_in"] == 3600
    token = (await shop.seen("kind=access"))["tokens"][-1]
    assert (token["expires"] - token["issued"], token["told"]) == (3510.0, 3600.0)


async def test_what_only_a_wrong_clock_killed_is_told_from_what_a_jump_did(shop: Shop) -> None:
    """In the journal: both are a dead token to the client."""
    made = await shop.grant()
    await shop.admin("POST", "/clients/shop/skew", {"by": 3600})
    await shop.get("/api/me", made["access_token"])
    await shop.admin("POST", "/clients/shop/skew", {"by": 0})
    await shop.box.clock.advance("1h")
    await shop.get("/api/me", made["access_token"])

    skewed, jumped = shop.box.exchanges(error="token_expired")

    assert (skewed.cause, jumped.cause) == ("skew", "clock")
    assert "the client's clock is off" in skewed.explain()


async def test_a_negative_skew_keeps_tokens_alive(shop: Shop) -> None:
    """Until it is taken back; and one that is made to expire then is dead all the same."""
    made = await shop.grant()
    await shop.admin("POST", "/clients/shop/skew", {"by": "-60s"})
    await shop.box.clock.advance(3630.0)
    assert await shop.get("/api/me", made["access_token"]) == 200
    (access,) = of_kind(await shop.seen(), "access")

    await shop.admin("POST", f"/tokens/{access['id']}/expire")

    assert await shop.get("/api/me", made["access_token"]) == 401
    await shop.admin("POST", "/clients/shop/skew", {"by": 0})
    assert (await shop.seen())["skew"] == 0.0


async def test_filters_choose_and_the_newest_are_kept(shop: Shop) -> None:
    """By provider, client, kind and state; `limit` keeps the newest, and how many there are is told."""
    for _ in range(3):
        await shop.grant()

    _, limited = await shop.admin("GET", "/tokens?client=shop&limit=1")
    _, seeded = await shop.admin("GET", "/tokens?client=bank&kind=refresh&state=valid&provider=oauth")
    _, none = await shop.admin("GET", "/tokens?state=revoked")
    _, names = await shop.admin("GET", "/tokens?limit=0")

    assert (limited["tokens"], limited["shown"], len(limited["clients"][0]["tokens"])) == (6, 1, 1)
    assert (limited["clients"][0]["grants"]["tried"], limited["evicted"]) == (3, 0)
    assert [one["client"] for one in seeded["clients"]] == ["bank"]
    assert none["clients"] == []
    assert [(one["client"], one["account"], one["tokens"]) for one in names["clients"]] == [
        ("bank", "bank", []), ("shop", "shop", []),
    ]  # fmt: skip


async def test_a_client_that_never_got_a_token_is_shown_too(shop: Shop) -> None:
    """A misspelt id has no tokens, and its attempts say why."""
    await shop.grant("shop", "nonsense")

    client = await shop.seen()

    assert (client["tokens"], client["grants"]) == ([], {"tried": 1, "good": 0, "rate": 0.0})
    assert client["newest"][0]["error"] == "client_unknown"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "told"),
    [
        ("GET", "/tokens?sate=valid", None, 400, "did you mean 'state'"),
        ("GET", "/tokens?state=valdi", None, 400, "did you mean 'valid'"),
        ("GET", "/tokens?kind=id", None, 400, "kind: unknown 'id'"),
        ("GET", "/tokens?limit=-1", None, 400, "limit must be a whole number"),
        ("GET", "/tokens/0123456789ab", None, 404, "no token '0123456789ab'"),
        ("POST", "/tokens/0123456789ab/revoke", None, 404, "no token"),
        ("POST", "/tokens/ID/revoke", {"grant": "yes"}, 400, "grant must be true or false"),
        ("POST", "/tokens/ID/revoke", {"garnt": True}, 400, "did you mean 'grant'"),
        ("POST", "/tokens/ID/expire", {"at": 1}, 400, "takes no body"),
        ("POST", "/tokens/ID/drop", {}, 400, "scopes must be a list"),
        ("POST", "/tokens/ID/drop", {"scopes": [1]}, 400, "scopes must be a list"),
        ("POST", "/tokens/ID/drop", [], 400, "must be a JSON object"),
        ("POST", "/clients/shpo/skew", {"by": "1s"}, 404, "did you mean 'shop'"),
        ("POST", "/clients/shop/skew", {}, 400, "by is missing"),
        ("POST", "/clients/shop/skew", {"by": True}, 400, "not a duration"),
        ("POST", "/clients/shop/skew", {"by": "1 s"}, 400, "not a duration"),
        ("POST", "/clients/shop/skew", {"by": -1e300}, 400, "ten years off at most"),
        ("POST", "/clients/shop/rotate-secret", {"secret": "a b"}, 400, "visible ASCII"),
        ("POST", "/clients/shop/rotate-secret", {"secret": 1}, 400, "must be a text"),
        ("POST", "/clients/shop/rotate-secret", {"grace": "soon"}, 400, "grace: not a duration"),
        ("POST", "/clients/shop/rotate-secret?provider=paypal", {}, 404, "client: unknown 'shop'"),
    ],
)
async def test_a_wrong_call_is_explained_and_changes_nothing(
    shop: Shop, method: str, path: str, body: Any, status: int, told: str
) -> None:
    """In our own form, with what was meant."""
    await shop.grant()
    before = await shop.admin("GET", "/tokens")

    answered, value = await shop.admin(method, path.replace("ID", before[1]["clients"][1]["tokens"][0]["id"]), body)

    assert (answered, told in value["brownout"]["error"]) == (status, True), value
    assert await shop.admin("GET", "/tokens") == before
    assert "access_token" in await shop.grant()


async def test_a_client_of_two_providers_must_be_told_apart(shop: Shop) -> None:
    """409, until the query names the provider."""
    await shop.grant()
    async with shop.http.post(
        f"{shop.box.url_of('paypal')}/v1/oauth2/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": basic("shop", "any")},
    ) as answer:
        assert answer.status == 200

    status, value = await shop.admin("POST", "/clients/shop/skew", {"by": "1s"})
    chosen, _ = await shop.admin("POST", "/clients/shop/skew?provider=paypal", {"by": "1s"})

    assert (status, "oauth and paypal" in value["brownout"]["error"], chosen) == (409, True, 200)


async def test_no_token_and_no_secret_is_shown(shop: Shop) -> None:
    """Ids stand for tokens; a text that is asked for by mistake isn't repeated."""
    made = await shop.grant()

    shown = str(await shop.admin("GET", "/tokens"))
    _, refused = await shop.admin("GET", "/tokens/at_unknown.text")

    assert all(text not in shown for text in (made["access_token"], made["refresh_token"], "s3cret", "rt-demo"))
    assert "at_unknown" not in str(refused)
