"""Faults of tokens, keys, clients and clocks at the providers with an SDK: what it raises, and what was executed."""

from __future__ import annotations

import time
from base64 import b64encode
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import onfido.exceptions
import pytest
import requests
import stripe
from apimatic_core.exceptions.auth_validation_exception import AuthValidationException
from paypalserversdk.exceptions.api_exception import ApiException

from brownout.core import causes

if TYPE_CHECKING:
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient
    from tests.sdk.conftest import MakeOnfido, MakePayPal

    from brownout.testing import Exchange, Sandbox

pytestmark = pytest.mark.sdk

PAY: Final[Any] = {
    "amount": 2000,
    "currency": "usd",
    "confirm": True,
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types": ["card"],
    "metadata": {"order_id": "o-1"},
}
ORDER: Final = {"intent": "CAPTURE", "purchase_units": [{"amount": {"currency_code": "USD", "value": "10.00"}}]}


def use(sandbox: Sandbox, fault: str) -> None:
    """Begin the sandbox again with this one line of YAML in force."""
    sandbox.sandbox(sandbox.name, scenario=f"brownout: 1\nseed: 7\nfaults:\n  - {{name: r, {fault}}}\n")


def last(sandbox: Sandbox, **filters: Any) -> Exchange:
    """Return the newest exchange."""
    return sandbox.exchanges(**filters)[-1]


def states(exchange: Exchange) -> list[str]:
    """Return what became of the rules that fired."""
    return [one["state"] for one in exchange.fired]


# ---------------------------------------------------------------- Stripe: static keys


@pytest.mark.parametrize(
    ("change", "said", "cause"),
    [
        ("old_secret", "Expired API Key provided", causes.OLD_SECRET),
        ("unknown", "Invalid API Key provided", causes.UNKNOWN_CLIENT),
        ("live", "Invalid API Key provided", causes.LIVE),
    ],
)
def test_stripe_refuses_a_good_key(
    brownout: Sandbox, client: stripe.StripeClient, change: str, said: str, cause: str
) -> None:
    """Once, in Stripe's words; nothing is charged, and the same idempotency key pays afterwards."""
    use(brownout, f"kind: credential, match: {{provider: stripe}}, change: {change}, first: 1")

    with pytest.raises(stripe.AuthenticationError, match=said):
        client.v1.payment_intents.create(PAY, {"idempotency_key": "k-1"})
    refused = last(brownout)
    paid = client.v1.payment_intents.create(PAY, {"idempotency_key": "k-1"})

    assert (refused.cause, states(refused)) == (f"{cause}, so says rule r", ["applied"])
    assert causes.TOLD[cause] in refused.explain()
    assert (paid.status, brownout.ledger().captured("o-1")) == ("succeeded", 2000)


@pytest.mark.parametrize("change", ["expire", "revoke"])
def test_a_stripe_key_dies_in_flight(brownout: Sandbox, client: stripe.StripeClient, change: str) -> None:
    """It was let in, nothing is executed, and from then on it is refused at the edge."""
    use(brownout, f"kind: token, match: {{provider: stripe}}, target: request, change: {change}, first: 1")

    for _ in range(2):
        with pytest.raises(stripe.AuthenticationError, match="Expired API Key provided"):
            client.v1.payment_intents.create(PAY, {"idempotency_key": "k-1"})

    struck, after = brownout.exchanges()
    assert (struck.idempotency, states(struck), after.cause) == ("first", ["applied"], "rule r")
    assert (after.idempotency, brownout.ledger().captured("o-1")) == (None, 0)


def test_nobody_consented_to_a_stripe_key(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """The rule fires and passes: there is no grant behind a static key."""
    use(brownout, "kind: consent, match: {provider: stripe}, change: revoke")

    client.v1.balance.retrieve()

    assert (last(brownout).status, states(last(brownout))) == (200, ["passed"])


def test_stripes_date_is_wrong(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Only the date: its keys don't expire, and its objects are stamped right."""
    use(brownout, "kind: clock, match: {provider: stripe}, behind: 1h")

    made = client.v1.payment_intents.create(PAY)

    date = parsedate_to_datetime(made.last_response.headers["Date"]).timestamp()
    assert date - time.time() == pytest.approx(-3600, abs=5)
    assert made.created - time.time() == pytest.approx(0, abs=5)
    assert states(last(brownout)) == ["applied"]


# ---------------------------------------------------------------- PayPal: tokens for client credentials


def order(paypal: PaypalServersdkClient) -> Any:
    """Make an order."""
    return paypal.orders.create_order({"body": ORDER, "prefer": "return=minimal"})


def token(sandbox: Sandbox, secret: str = "any") -> requests.Response:  # noqa: S107 - any will do
    """Ask for a token as curl would."""
    login = b64encode(f"shop-client:{secret}".encode()).decode()
    return requests.post(
        f"{sandbox.url_of('paypal')}/v1/oauth2/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {login}"},
        timeout=10,
    )


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("kind: token, match: {operation: paypal.token}, change: junk", "token_unknown"),
        ("kind: token, match: {operation: paypal.token}, change: wrong_audience", "token_misaddressed"),
        ("kind: token, match: {operation: paypal.orders.create}, target: request, change: expire", "token_expired"),
        ("kind: clock, match: {operation: paypal.orders.create}, ahead: 10h", "token_expired"),
        ("kind: clock, match: {operation: paypal.orders.create}, behind: 1m", "token_early"),
        ("kind: consent, match: {operation: paypal.orders.create}, change: revoke", "token_revoked"),
        ("kind: consent, match: {operation: paypal.orders.create}, change: ask_again", "user_needed"),
    ],
)
def test_paypal_doesnt_know_the_token(brownout: Sandbox, paypal: PaypalServersdkClient, fault: str, error: str) -> None:
    """PayPal says the same of every dead token; the journal tells them apart and names the rule."""
    use(brownout, fault)

    with pytest.raises(ApiException) as caught:
        order(paypal)

    assert caught.value.response_code == 401
    assert "Access Token not found in cache" in caught.value.response.text
    assert (last(brownout).error, last(brownout).cause) == (error, "rule r")
    assert [states(one) for one in brownout.exchanges() if one.fired] == [["applied"]]
    assert last(brownout).objects == []


def test_paypal_gives_no_spoiled_token_twice(brownout: Sandbox) -> None:
    """It gives the same token again until it ends, but not one that a fault had a hand in."""
    use(brownout, "kind: token, match: {operation: paypal.token}, change: junk, first: 1")

    texts = [token(brownout).json()["access_token"] for _ in range(3)]

    assert texts[0] != texts[1] == texts[2]


def test_paypal_doesnt_tell_how_long(brownout: Sandbox) -> None:
    """`expires_in` is left out, and the token lives its nine hours."""
    use(brownout, "kind: token, match: {operation: paypal.token}, change: mistell")

    assert "expires_in" not in token(brownout).json()
    assert [(one.told, round(one.left or 0)) for one in brownout.tokens()] == [(None, 32_400)]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ("old_secret", causes.OLD_SECRET),
        ("live", causes.LIVE),
        ("unknown", causes.UNKNOWN_CLIENT),
        ("wrong_method", causes.BASIC_FOR_POST),
    ],
)
def test_paypal_takes_a_client_for_another(
    brownout: Sandbox, paypal: PaypalServersdkClient, change: str, cause: str
) -> None:
    """The SDK's own fetching of the token fails as it does in reality."""
    use(brownout, f"kind: credential, match: {{operation: paypal.token}}, change: {change}, first: 1")

    with pytest.raises((ApiException, AuthValidationException)):
        order(paypal)

    refused = brownout.exchanges(operation="paypal.token")[0]
    assert (refused.status, refused.error) == (401, "client_unknown")
    assert refused.cause == f"{cause}, so says rule r"


def test_paypals_secret_is_rotated(brownout: Sandbox, make_paypal: MakePayPal) -> None:
    """Who knows the new one goes on; tokens that were given for the old one stay good."""
    use(brownout, "kind: credential, match: {operation: paypal.token}, change: rotate, secret: fresh, nth: 2")

    statuses = [token(brownout, secret).status_code for secret in ("any", "any", "any", "fresh")]

    assert statuses == [200, 401, 401, 200]
    assert brownout.exchanges()[2].cause == "old secret, by rule r"
    assert [one.state for one in brownout.tokens()] == ["valid"]
    assert order(make_paypal(secret="fresh")).status_code in (200, 201)


# ---------------------------------------------------------------- Onfido: both kinds


@pytest.mark.parametrize(
    ("fault", "said", "error"),
    [
        ("kind: token, match: {operation: 'onfido.*'}, target: request, change: expire", "expired_token",
         "token_expired"),
        ("kind: token, match: {operation: onfido.token}, change: junk", "authorization_error", "token_unknown"),
        ("kind: clock, match: {operation: onfido.applicants.list}, ahead: 2h", "expired_token", "token_expired"),
        ("kind: credential, match: {operation: onfido.applicants.list}, change: unknown", "authorization_error",
         "token_unknown"),
    ],
)  # fmt: skip
def test_onfido_refuses_an_access_token(
    brownout: Sandbox, make_onfido: MakeOnfido, fault: str, said: str, error: str
) -> None:
    """Onfido has a word of its own for one that expired."""
    api = make_onfido(oauth_client_id="shop", oauth_client_secret="any")
    use(brownout, fault)

    with pytest.raises(onfido.exceptions.UnauthorizedException, match=said):
        api.list_applicants()

    assert last(brownout, operation="onfido.applicants.list").error == error


@pytest.mark.parametrize("change", ["old_secret", "unknown", "live"])
def test_onfido_refuses_a_good_api_token(brownout: Sandbox, onfido_api: onfido.DefaultApi, change: str) -> None:
    """One sentence for all, once; the journal knows which it was."""
    use(brownout, f"kind: credential, match: {{provider: onfido}}, change: {change}, first: 1")

    with pytest.raises(onfido.exceptions.UnauthorizedException, match="re-check your credentials"):
        onfido_api.list_applicants()
    onfido_api.list_applicants()

    refused, good = brownout.exchanges()
    assert (states(refused), good.status) == (["applied"], 200)
    assert refused.cause.endswith("so says rule r")


@pytest.mark.parametrize("change", ["wrong_method", "live", "rotate"])
def test_onfidos_client_is_refused(brownout: Sandbox, make_onfido: MakeOnfido, change: str) -> None:
    """The SDK can't fetch a token, so no call goes out."""
    api = make_onfido(oauth_client_id="shop", oauth_client_secret="any")
    use(brownout, f"kind: credential, match: {{operation: onfido.token}}, change: {change}, first: 1")

    with pytest.raises(RuntimeError, match="failed with status 401"):
        api.list_applicants()

    assert [one.operation for one in brownout.exchanges()] == ["onfido.token"]
    assert last(brownout).cause is not None
