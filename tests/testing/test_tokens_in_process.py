"""`brownout.tokens()` and what takes tokens away, as a user's tests meet them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from urllib.parse import urlencode

import aiohttp
import pytest
from oauth_world import basic

from brownout.core.errors import UsageError
from brownout.core.plan import ClockOptions, Plan
from brownout.testing import Sandbox, Simulator


def grant(box: Sandbox, secret: str = "any", **form: str) -> dict[str, str]:  # noqa: S107 - any will do
    """Ask for tokens over a real socket."""
    form = {"grant_type": "client_credentials", **form}
    _, body = call(f"{box.url_of('oauth')}/token", basic("shop", secret), urlencode(form).encode())
    answer: dict[str, str] = json.loads(body)
    return answer


def ping(box: Sandbox, token: str) -> int:
    """Use a token."""
    return call(f"{box.url_of('oauth')}/api/ping", f"Bearer {token}")[0]


def call(url: str, authorization: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Return status and body."""
    request = urllib.request.Request(url, data=body, headers={"Authorization": authorization})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_test_revokes_the_token_that_its_code_holds() -> None:
    """By view, by id or by text: the next call is refused."""
    with Simulator() as box:
        made = [grant(box) for _ in range(3)]
        by_view, by_id, by_text = (one["access_token"] for one in made)
        views = box.tokens(kind="access")

        assert (box.revoke(views[0]), box.revoke(views[1].id), box.revoke(by_text)) == (1, 1, 1)

        assert [ping(box, text) for text in (by_view, by_id, by_text)] == [401, 401, 401]
        assert [one.state for one in box.tokens(kind="access")] == ["revoked"] * 3
        assert box.tokens(kind="refresh", state="revoked") == []


def test_a_grant_goes_as_a_whole() -> None:
    """The refresh token with everything that it gave."""
    with Simulator() as box:
        made = grant(box)

        assert box.revoke(made["refresh_token"], grant=True) == 2
        assert ping(box, made["access_token"]) == 401


def test_tokens_expire_and_lose_scopes_on_demand() -> None:
    """What was done once isn't done again."""
    with Simulator(Plan(clock=ClockOptions(frozen=True))) as box:
        made = grant(box)
        text = made["access_token"]

        assert (box.drop_scopes(text, "write"), box.drop_scopes(text, "write")) == (True, False)
        assert (box.expire(text), box.expire(text)) == (True, False)

        (token,) = box.tokens(kind="access")
        assert (token.state, token.cause, token.left, token.scopes["granted"]) == ("expired", "admin", 0.0, ["read"])


def test_clients_say_how_their_refreshes_went() -> None:
    """One that was refused counts as tried."""
    with Simulator() as box:
        made = grant(box)
        grant(box, grant_type="refresh_token", refresh_token=made["refresh_token"])
        grant(box, grant_type="refresh_token", refresh_token="nonsense")

        (client,) = box.clients(provider="oauth")

        assert client.refreshes == {"tried": 2, "good": 1, "rate": 0.5}
        assert [one["outcome"] for one in client.newest] == ["good", "good", "failed"]


def test_secrets_are_rotated_and_clocks_put_wrong() -> None:
    """The old secret is told from a wrong one although the scenario named neither."""
    with Simulator() as box:
        grant(box, "first")
        grant(box, "first")
        second = box.rotate_secret("shop")
        assert box.skew("shop", "-10s") == -10.0
        assert box.skew("shop", 4000) == 4000.0

        assert "error" in grant(box, "first")
        assert "error" in grant(box, "never")
        assert ping(box, grant(box, second)["access_token"]) == 401

        assert [one.cause for one in box.exchanges(status=401)] == ["old secret", "wrong secret", "skew"]


def test_what_is_not_there_is_said() -> None:
    """A misspelt client with what was meant; a token by no more than that it isn't there."""
    with Simulator() as box:
        made = grant(box)
        with pytest.raises(UsageError, match="did you mean 'shop'"):
            box.skew("shpo", 1)
        with pytest.raises(UsageError, match=r"no token '\*\*\*'"):
            box.revoke(made["access_token"] + "x")
        with pytest.raises(UsageError, match="did you mean 'client'"):
            box.tokens(clint="shop")


async def test_async_code_has_the_same_calls() -> None:
    """They answer at once there."""
    async with Simulator() as box, aiohttp.ClientSession() as http:
        form, headers = {"grant_type": "client_credentials"}, {"Authorization": basic("shop", "x")}
        async with http.post(f"{box.url_of('oauth')}/token", data=form, headers=headers) as answer:
            made = await answer.json()

        assert box.revoke(made["access_token"]) == 1
        assert [one.state for one in box.tokens(client="shop", kind="access")] == ["revoked"]
