"""OAuth of Connect through stripe-python: the owner's consent, the key, its end; and restricted keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import stripe
from stripe import oauth_error

from brownout.core.plan import Plan
from brownout.providers.stripe import StripeOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

CLIENT, BACK = "ca_platform", "https://platform.example/connected?tab=1"


def _answered(client: stripe.StripeClient, result: str = "approve", **asked: Any) -> dict[str, str]:
    """Answer the consent page, and return what the platform is told at its redirect_uri."""
    url = client.oauth.authorize_url({"client_id": CLIENT, "redirect_uri": BACK, "state": "s-1", **asked})
    page = requests.get(url, timeout=5)
    answer = requests.post(url, {"result": result}, allow_redirects=False, timeout=5)

    assert "ca_platform wants to act for an account of yours" in page.text
    assert answer.status_code == 303
    parts = urlsplit(answer.headers["Location"])
    assert parts.netloc == "platform.example"
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def _connect(client: stripe.StripeClient, **asked: Any) -> Any:
    code = _answered(client, **asked)["code"]
    return client.oauth.token({"grant_type": "authorization_code", "code": code})


def test_the_owner_of_an_account_lets_a_platform_in(
    client: stripe.StripeClient, make_client: Callable[..., stripe.StripeClient]
) -> None:
    """The code buys a key that opens the account; the platform's own key may act for it as well."""
    told = _answered(client, scope="read_write")
    token = client.oauth.token({"grant_type": "authorization_code", "code": told["code"]})
    account = str(token.stripe_user_id)

    made = make_client(token.access_token).v1.customers.create({"name": "Ada"})

    assert (told["tab"], told["state"], told["scope"]) == ("1", "s-1", "read_write")
    assert (token.token_type, token.scope, token.livemode) == ("bearer", "read_write", False)
    assert str(token.stripe_publishable_key).startswith("pk_test_51")
    assert client.v1.customers.list({}, {"stripe_account": account}).data[0].id == made.id
    assert [one.id for one in client.v1.accounts.list().data] == [account]
    assert make_client(token.access_token).v1.accounts.retrieve_current().id == account
    events = client.v1.events.list({"type": "account.application.authorized"}, {"stripe_account": account}).data
    assert [one.data.object["id"] for one in events] == [CLIENT]


def test_an_owner_may_deny(client: stripe.StripeClient) -> None:
    """Then the platform is told so, and gets no code."""
    assert _answered(client, "deny") == {
        "tab": "1", "state": "s-1", "error": "access_denied", "error_description": "The user denied your request"
    }  # fmt: skip


def test_a_page_that_is_asked_for_wrongly_says_so(client: stripe.StripeClient) -> None:
    """To the platform where that can be told anything, to the visitor where it can't."""
    express = client.oauth.authorize_url({"client_id": CLIENT}, {"express": True})
    assert "/express/oauth/authorize" in express
    assert requests.get(express, timeout=5).status_code == 200
    for asked, status, words in (
        ({"client_id": "nonsense"}, 400, "No application matches"),
        ({"client_id": CLIENT, "redirect_uri": "javascript:x"}, 400, "Invalid redirect URI"),
        ({"client_id": CLIENT, "scope": "everything"}, 400, "error=invalid_scope"),
        ({"client_id": CLIENT, "response_type": "token"}, 400, "error=unsupported_response_type"),
    ):
        answer = requests.get(client.oauth.authorize_url(asked), timeout=5)  # type: ignore[arg-type]
        assert (answer.status_code, words in answer.text) == (status, True)
    url = client.oauth.authorize_url({"client_id": CLIENT})
    for form in ({"result": "perhaps"}, {"result": "approve", "account": "acct_nobody"}):
        assert requests.post(url, form, timeout=5).status_code == 400
    assert "code=ac_" in requests.post(url, {"result": "approve", "account": "acct_1ABCDEFGHIJKLMNO"}, timeout=5).text


def test_every_refusal_is_the_sdks_own_class(
    brownout: Sandbox, client: stripe.StripeClient, make_client: Callable[..., stripe.StripeClient]
) -> None:
    """Each error code of OAuth that a call can meet is raised as its class, with Stripe's words."""
    code = _answered(client)["code"]
    late = _answered(client)["code"]
    token: Any = client.oauth.token({"grant_type": "authorization_code", "code": code})
    other = make_client("sk_test_other")
    buy: Any = {"grant_type": "authorization_code"}
    refresh: Any = {"grant_type": "refresh_token"}
    cases: list[tuple[type[oauth_error.OAuthError], str, Callable[[], Any]]] = [
        (oauth_error.InvalidGrantError, "Authorization code does not exist: ac_nobody",
         lambda: client.oauth.token({**buy, "code": "ac_nobody"})),
        (oauth_error.InvalidGrantError, "Authorization code provided does not belong to you",
         lambda: other.oauth.token({**buy, "code": late})),
        (oauth_error.InvalidGrantError, "Refresh token does not exist: rt_nobody",
         lambda: client.oauth.token({**refresh, "refresh_token": "rt_nobody"})),
        (oauth_error.InvalidGrantError, "Refresh token provided does not belong to you",
         lambda: other.oauth.token({**refresh, "refresh_token": token.refresh_token})),
        (oauth_error.InvalidScopeError, "exceeds read_only",
         lambda: client.oauth.token({**refresh, "refresh_token": token.refresh_token, "scope": "read_write"})),
        (oauth_error.InvalidRequestError, "No authorization code provided", lambda: client.oauth.token(buy)),
        (oauth_error.InvalidRequestError, "No refresh token provided", lambda: client.oauth.token(refresh)),
        (oauth_error.InvalidRequestError, "No grant type specified", lambda: client.oauth.token({})),  # type: ignore[typeddict-item]
        (oauth_error.UnsupportedGrantTypeError, "Unsupported grant type: password",
         lambda: client.oauth.token({"grant_type": "password"})),  # type: ignore[typeddict-item]
        (oauth_error.InvalidClientError, "No such API key",
         lambda: make_client("nonsense").oauth.token({**buy, "code": late})),
        (oauth_error.InvalidClientError, "No such application: 'ca_platform'",
         lambda: other.oauth.deauthorize({"client_id": CLIENT, "stripe_user_id": token.stripe_user_id})),
        (oauth_error.InvalidClientError, "is not connected to stripe account acct_nobody",
         lambda: client.oauth.deauthorize({"client_id": CLIENT, "stripe_user_id": "acct_nobody"})),
    ]  # fmt: skip

    for kind, words, call in cases:
        with pytest.raises(kind, match=words):
            call()
    brownout.clock.advance(301)
    with pytest.raises(oauth_error.InvalidGrantError, match="Authorization code expired"):
        client.oauth.token({**buy, "code": late})


def test_a_code_that_comes_twice_takes_its_keys_along(
    client: stripe.StripeClient, make_client: Callable[..., stripe.StripeClient]
) -> None:
    """As RFC 6749 (4.1.2) wants it of a code that may be stolen."""
    code = _answered(client)["code"]
    token = client.oauth.token({"grant_type": "authorization_code", "code": code})
    with pytest.raises(oauth_error.InvalidGrantError, match="All tokens issued with this code have been revoked"):
        client.oauth.token({"grant_type": "authorization_code", "code": code})

    with pytest.raises(stripe.PermissionError, match="Application access may have been revoked"):
        make_client(token.access_token).v1.balance.retrieve()


def test_a_key_for_reading_only_reads(
    client: stripe.StripeClient, make_client: Callable[..., stripe.StripeClient]
) -> None:
    """Without a scope the owner grants `read_only`; a refresh gets no more than that."""
    token = _connect(client)
    again = client.oauth.token({"grant_type": "refresh_token", "refresh_token": token.refresh_token})

    for key in (token.access_token, again.access_token):
        reader = make_client(key)
        assert reader.v1.customers.list().data == []
        with pytest.raises(stripe.PermissionError, match="'rak_customer_write' permission"):
            reader.v1.customers.create({})


def test_what_is_deauthorized_is_closed(
    client: stripe.StripeClient, make_client: Callable[..., stripe.StripeClient], brownout: Sandbox, receiver: Any
) -> None:
    """The platform hears of it once more, then of nothing; its key and the account's lead nowhere."""
    hook = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"], "connect": True})
    token = _connect(client, scope="read_write")
    account = str(token.stripe_user_id)

    assert client.oauth.deauthorize({"client_id": CLIENT, "stripe_user_id": account}).stripe_user_id == account
    make_client(f"sk_test_51{account.removeprefix('acct_1')}own").v1.customers.create({"name": "Theirs alone"})
    brownout.clock.advance(1)

    heard = [one.event(hook.secret) for one in receiver.got]
    assert [one.type for one in heard] == ["account.application.authorized", "account.application.deauthorized"]
    assert {one.to_dict()["account"] for one in heard} == {account}
    for call in (
        lambda: client.v1.balance.retrieve({}, {"stripe_account": account}),
        make_client(token.access_token).v1.balance.retrieve,
    ):
        with pytest.raises(stripe.PermissionError, match="Application access may have been revoked"):
            call()
    assert client.v1.accounts.list().data == []
    with pytest.raises(oauth_error.InvalidGrantError):
        client.oauth.token({"grant_type": "refresh_token", "refresh_token": token.refresh_token})


def test_the_modules_own_form_works(brownout: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """`stripe.OAuth` and the module's settings, as older programs have them."""
    for name in ("api_base", "connect_api_base"):
        monkeypatch.setattr(stripe, name, brownout.url_of("stripe"))
    monkeypatch.setattr(stripe, "api_key", "sk_test_shop")
    monkeypatch.setattr(stripe, "client_id", CLIENT)
    transport = stripe.RequestsClient(timeout=5)
    monkeypatch.setattr(stripe, "default_http_client", transport)
    url = stripe.OAuth.authorize_url(redirect_uri=BACK).replace("https://connect.stripe.com", brownout.url_of("stripe"))
    answer = requests.post(url, {"result": "approve"}, allow_redirects=False, timeout=5)
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]

    token = stripe.OAuth.token(grant_type="authorization_code", code=code)
    gone = stripe.OAuth.deauthorize(stripe_user_id=str(token.stripe_user_id))
    transport.close()

    assert gone.stripe_user_id == token.stripe_user_id


# ---------------------------------------------------------------- restricted keys
RESTRICTED = Plan(
    seed=7,
    providers={
        "stripe": StripeOptions(
            restricted_keys={
                "rk_test_reports": {"customers": "read", "checkout.sessions": "write"},
                "rk_test_most": {"*": "write", "payment_intents": "none"},
            }
        )
    },
)


def test_a_restricted_key_does_what_it_may(brownout: Sandbox, make_client: Callable[..., stripe.StripeClient]) -> None:
    """Anything else is a PermissionError that names the permission; keys that aren't listed may do everything."""
    brownout.use(RESTRICTED)
    reports, most = make_client("rk_test_reports"), make_client("rk_test_most")
    reports.v1.customers.list()
    reports.v1.checkout.sessions.list()
    most.v1.customers.create({})
    make_client("rk_test_other").v1.payment_intents.list()

    for call, permission in (
        (lambda: reports.v1.customers.create({}), "rak_customer_write"),
        (reports.v1.payment_intents.list, "rak_payment_intent_read"),
        (reports.v1.balance.retrieve, "rak_balance_read"),
        (most.v1.payment_intents.list, "rak_payment_intent_read"),
    ):
        with pytest.raises(stripe.PermissionError) as caught:
            call()
        assert "does not have the required permissions for this endpoint on account 'acct_1" in str(caught.value)
        assert f"Having the '{permission}' permission would allow this request to continue." in str(caught.value)
