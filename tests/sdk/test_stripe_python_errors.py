"""Every error class that stripe-python has, found by reflection, raised over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pytest
import stripe
from stripe import oauth_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sdk.conftest import MakeClient, Receiver

    from brownout.testing import Sandbox

    Raise: TypeAlias = Callable[[Sandbox, stripe.StripeClient, MakeClient], Any]

pytestmark = pytest.mark.sdk

PAY: dict[str, Any] = {
    "amount": 2000,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types": ["card"],
    "confirm": True,
    "metadata": {"order_id": "o-1"},
}
ONE_A_MINUTE: Final = """\
brownout: 1
limits:
  - {name: one, match: {operation: stripe.customers.list}, algorithm: token_bucket, rate: 1/m, burst: 1}
"""
BASES: Final = {stripe.StripeError, stripe.StripeErrorWithParamCode, oauth_error.OAuthError}
"""Classes that others are derived from, and that the SDK never raises themselves."""


def classes() -> set[type[stripe.StripeError]]:
    """Return every error class that the SDK has."""
    found: set[type[stripe.StripeError]] = set()
    left: list[type[stripe.StripeError]] = [stripe.StripeError]
    while left:
        one = left.pop()
        found.add(one)
        left += [kind for kind in one.__subclasses__() if kind.__module__.startswith("stripe.")]
    return found


# ---------------------------------------------------------------- raised by the payment path itself
def _card_error(_: Sandbox, client: stripe.StripeClient, __: MakeClient) -> None:
    client.v1.payment_intents.create({**PAY, "payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"})


def _invalid_request(_: Sandbox, client: stripe.StripeClient, __: MakeClient) -> None:
    client.v1.customers.retrieve("cus_nobody")


def _authentication(_: Sandbox, __: stripe.StripeClient, make_client: MakeClient) -> None:
    make_client("nonsense").v1.customers.list()


def _permission(_: Sandbox, __: stripe.StripeClient, make_client: MakeClient) -> None:
    make_client(stripe_account="acct_1ofsomebodyelse").v1.customers.list()


def _idempotency(_: Sandbox, client: stripe.StripeClient, __: MakeClient) -> None:
    client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k"})
    client.v1.customers.create({"name": "Bob"}, {"idempotency_key": "k"})


def _rate_limit(brownout: Sandbox, client: stripe.StripeClient, _: MakeClient) -> None:
    brownout.use(ONE_A_MINUTE)
    brownout.clock.freeze()
    client.v1.customers.list()
    client.v1.customers.list()


def _connection(brownout: Sandbox, client: stripe.StripeClient, _: MakeClient) -> None:
    with brownout.fault("abort", connection="reset", target="edge"):
        client.v1.customers.list()


def _api(brownout: Sandbox, client: stripe.StripeClient, _: MakeClient) -> None:
    with brownout.fault("abort", status=500):
        client.v1.customers.list()


def _incomplete_oauth(_: Sandbox, client: stripe.StripeClient, __: MakeClient) -> None:
    client.oauth.token({"grant_type": "authorization_code"})


ORGANIC: Final[dict[type[stripe.StripeError], Raise]] = {
    stripe.CardError: _card_error,
    stripe.InvalidRequestError: _invalid_request,
    stripe.AuthenticationError: _authentication,
    stripe.PermissionError: _permission,
    stripe.IdempotencyError: _idempotency,
    stripe.RateLimitError: _rate_limit,
    stripe.APIConnectionError: _connection,
    stripe.APIError: _api,
    oauth_error.InvalidRequestError: _incomplete_oauth,
}

# ---------------------------------------------------------------- raised by a fault, in families we don't model
V2: Final[dict[type[stripe.StripeError], tuple[int, str]]] = {
    stripe.AlreadyCanceledError: (400, "already_canceled"),
    stripe.BlockedByStripeError: (400, "blocked_by_stripe"),
    stripe.CannotProceedError: (400, "cannot_proceed"),
    stripe.CapabilityNotEnabledError: (400, "capability_not_enabled"),
    stripe.ControlledByAlternateResourceError: (400, "controlled_by_alternate_resource"),
    stripe.FeatureNotEnabledError: (400, "feature_not_enabled"),
    stripe.FinancialAccountNotOpenError: (400, "financial_account_not_open"),
    stripe.FxQuoteNeedsRefreshError: (400, "fx_quote_needs_refresh"),
    stripe.InsufficientFundsError: (400, "insufficient_funds"),
    stripe.InvalidPaymentMethodError: (400, "invalid_payment_method"),
    stripe.InvalidPayoutMethodError: (400, "invalid_payout_method"),
    stripe.InvalidVaultedCredentialError: (400, "invalid_vaulted_credential"),
    stripe.NotCancelableError: (400, "not_cancelable"),
    stripe.QuotaExceededError: (400, "quota_exceeded"),
    stripe.RecipientNotNotifiableError: (400, "recipient_not_notifiable"),
    stripe.TemporarySessionExpiredError: (400, "temporary_session_expired"),
    stripe.VerificationAttemptFailedError: (400, "verification_attempt_failed"),
    stripe.VerificationExpiredError: (400, "verification_expired"),
    stripe.VerificationNotInitiatedError: (400, "verification_not_initiated"),
}
V2_TOO: Final[dict[type[stripe.StripeError], tuple[int, str]]] = {
    stripe.RateLimitError: (429, "rate_limit"),
    stripe.IdempotencyError: (409, "idempotency_error"),
}
"""What the second version of the API raises as well as the first."""
OAUTH: Final[dict[type[stripe.StripeError], tuple[int, str]]] = {
    oauth_error.InvalidClientError: (401, "invalid_client"),
    oauth_error.InvalidGrantError: (400, "invalid_grant"),
    oauth_error.InvalidScopeError: (400, "invalid_scope"),
    oauth_error.UnsupportedGrantTypeError: (400, "unsupported_grant_type"),
    oauth_error.UnsupportedResponseTypeError: (400, "unsupported_response_type"),
}
BY_THE_VERIFIER: Final = {stripe.SignatureVerificationError}
"""Raised by the SDK about a delivery, without asking anybody; below."""


def test_every_class_is_raised_here() -> None:
    """A class that a new SDK brings needs a line in one of these tables."""
    raised = {*ORGANIC, *V2, *OAUTH, *BY_THE_VERIFIER}

    assert classes() - BASES == raised
    assert all(one.__subclasses__() for one in BASES)


@pytest.mark.parametrize("kind", ORGANIC, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_a_class_that_the_payment_path_raises(
    brownout: Sandbox, client: stripe.StripeClient, make_client: MakeClient, kind: type[stripe.StripeError]
) -> None:
    """Exactly this class, and no money moves."""
    with pytest.raises(stripe.StripeError) as raised:
        ORGANIC[kind](brownout, client, make_client)

    assert type(raised.value) is kind
    assert brownout.ledger().captured() == 0


@pytest.mark.parametrize(
    ("kind", "status", "type_"),
    [(kind, *told) for kind, told in (V2 | V2_TOO).items()],
    ids=[told[1] for told in (V2 | V2_TOO).values()],
)
def test_a_class_of_the_second_api_version(
    brownout: Sandbox, client: stripe.StripeClient, kind: type[stripe.StripeError], status: int, type_: str
) -> None:
    """A fault names the error's type on a `/v2/` path, and the SDK raises its class with all that it exposes."""
    with (
        brownout.fault("abort", path="/v2/core/*", status=status, code=type_) as fault,
        pytest.raises(stripe.StripeError) as raised,
    ):
        client.raw_request("post", "/v2/core/accounts/acct_1/close", applied_configurations=["merchant"])

    error = raised.value
    assert type(error) is kind
    assert (error.http_status, error.code, fault.fired) == (status, type_, 1)
    assert (error.request_id or "").startswith("req_")
    assert error.user_message
    assert error.error is not None
    assert (error.error.type, error.error.message) == (type_, error.user_message)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [(kind, *told) for kind, told in OAUTH.items()],
    ids=[told[1] for told in OAUTH.values()],
)
def test_a_class_of_oauth(
    brownout: Sandbox, client: stripe.StripeClient, kind: type[stripe.StripeError], status: int, code: str
) -> None:
    """A fault names the error on an `/oauth/` path; there it is a string with a description beside it."""
    with (
        brownout.fault("abort", path="/oauth/*", status=status, code=code),
        pytest.raises(stripe.StripeError) as raised,
    ):
        client.oauth.token({"grant_type": "refresh_token", "refresh_token": "rt_x"})

    error = raised.value
    assert type(error) is kind
    assert (error.http_status, error.code) == (status, code)
    assert error.user_message
    assert error.error is not None
    assert error.error.error == code  # type: ignore[attr-defined]


def test_a_service_of_the_second_api_version(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Its services reach the same faults, on whichever base address they use."""
    with (
        brownout.fault("abort", path="/v2/billing/*", status=400, code="temporary_session_expired"),
        pytest.raises(stripe.TemporarySessionExpiredError),
    ):
        client.v2.billing.meter_event_stream.create({"events": [{"event_name": "e", "payload": {"a": "1"}}]})

    with pytest.raises(stripe.InvalidRequestError, match=r"doesn.t model GET /v2/core/events"):
        client.v2.core.events.list({"object_id": "x"})


# ---------------------------------------------------------------- what each exposes
def test_a_decline_exposes_its_payment(client: stripe.StripeClient) -> None:
    """Code, decline code, message, advice, charge, card and the whole payment intent."""
    with pytest.raises(stripe.CardError) as raised:
        _card_error(None, client, None)  # type: ignore[arg-type]

    error = raised.value
    assert (error.http_status, error.code, error.param) == (402, "card_declined", None)
    assert error.user_message == "Your card has insufficient funds."
    assert str(error) == f"Request {error.request_id}: {error.user_message}"
    told = error.error
    assert told is not None
    assert (told.type, told.decline_code, told.advice_code) == (
        "card_error",
        "insufficient_funds",
        "try_again_later",
    )
    assert told.doc_url == "https://stripe.com/docs/error-codes/card-declined"
    assert (told.request_log_url or "").endswith(f"={error.request_id}")
    assert isinstance(told.payment_intent, stripe.PaymentIntent)
    assert isinstance(told.payment_method, stripe.PaymentMethod)
    assert told.payment_intent.status == "requires_payment_method"
    assert told.payment_intent.latest_charge == told.charge
    assert told.payment_intent.last_payment_error is not None
    assert told.payment_intent.last_payment_error.decline_code == "insufficient_funds"
    assert client.v1.payment_intents.retrieve(told.payment_intent.id).to_dict() == told.payment_intent.to_dict()


@pytest.mark.parametrize(
    ("card", "code", "param"),
    [
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "exp_month"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "cvc"),
    ],
)
def test_a_decline_names_the_field_that_is_wrong(client: stripe.StripeClient, card: str, code: str, param: str) -> None:
    """Where the card's data are to blame."""
    with pytest.raises(stripe.CardError) as raised:
        client.v1.payment_intents.create({**PAY, "payment_method": card})

    assert (raised.value.code, raised.value.param) == (code, param)


@pytest.mark.parametrize(
    ("call", "status", "code", "param", "message"),
    [
        (lambda c: c.v1.customers.retrieve("cus_x"), 404, "resource_missing", "id", "No such customer: 'cus_x'"),
        (
            lambda c: c.v1.payment_intents.retrieve("pi_x"),
            404,
            "resource_missing",
            "intent",
            "No such payment_intent: 'pi_x'",
        ),
        (
            lambda c: c.v1.customers.list({"starting_after": "cus_x"}),
            400,
            "resource_missing",
            "starting_after",
            "No such customer: 'cus_x'",
        ),
        (
            lambda c: c.v1.payment_intents.create({"amount": 100}),
            400,
            "parameter_missing",
            "currency",
            "Missing required param: currency.",
        ),
        (
            lambda c: c.v1.customers.create({"invoice_settings": {"nope": "1"}}),
            400,
            "parameter_unknown",
            "invoice_settings[nope]",
            "Received unknown parameter: invoice_settings[nope]",
        ),
        (
            lambda c: c.v1.payment_intents.create({"amount": "abc", "currency": "usd"}),
            400,
            "parameter_invalid_integer",
            "amount",
            "Invalid integer: abc",
        ),
        (
            lambda c: c.v1.payment_intents.create({"amount": 49, "currency": "usd"}),
            400,
            "amount_too_small",
            "amount",
            "Amount must be at least $0.50 usd",
        ),
        (
            lambda c: c.v1.refunds.create({"reason": "duplicate"}),
            400,
            None,
            None,
            "One of the following params should be provided for this request: payment_intent or charge.",
        ),
    ],
    ids=["path", "intent", "cursor", "missing", "unknown", "integer", "small", "target"],
)
def test_a_refusal_exposes_what_was_wrong(
    brownout: Sandbox,
    client: stripe.StripeClient,
    call: Callable[[stripe.StripeClient], Any],
    status: int,
    code: str | None,
    param: str | None,
    message: str,
) -> None:
    """Status, code, parameter and Stripe's own words."""
    with pytest.raises(stripe.InvalidRequestError) as raised:
        call(client)

    error = raised.value
    assert (error.http_status, error.code, error.param, error.user_message) == (status, code, param, message)
    assert error.request_id is not None
    assert "Stripe-Should-Retry" not in (error.headers or {})
    assert client.v1.events.list().data == []
    assert brownout.ledger().entries == ()


def test_an_unknown_url_is_refused_in_stripes_words(client: stripe.StripeClient) -> None:
    """Whatever isn't there, whatever the method."""
    for method, path in (("get", "/v1/nothing"), ("post", "/v1/customers/"), ("delete", "/v1/payment_intents/pi_x")):
        with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as raised:
            client.raw_request(method, path)
        assert raised.value.http_status == 404


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("nonsense", r"Invalid API Key provided: \*\*\*\*ense"),
        ("sk_test_", r"Invalid API Key provided"),
        ("sk_live_0123456789abcdef", "This is Brownout, a simulator of Stripe, not Stripe"),
    ],
)
def test_a_key_that_is_not_good_here(brownout: Sandbox, make_client: MakeClient, key: str, message: str) -> None:
    """No request id, as with Stripe, and the key itself is never repeated."""
    with pytest.raises(stripe.AuthenticationError, match=message) as raised:
        make_client(key).v1.payment_intents.create(PAY)

    assert (raised.value.http_status, raised.value.request_id) == (401, None)
    assert key == "sk_test_" or key not in (raised.value.http_body or "")
    assert brownout.ledger().entries == ()


def test_a_limit_lets_the_next_minute_in(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A refused request has Stripe's code and reason, and world time heals it."""
    with pytest.raises(stripe.RateLimitError, match="rate limit exceeded") as raised:
        _rate_limit(brownout, client, None)  # type: ignore[arg-type]

    headers = raised.value.headers or {}
    assert raised.value.http_status == 429
    assert raised.value.error is not None
    assert raised.value.error.code == "rate_limit"
    assert headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate"
    assert "Retry-After" not in headers
    brownout.clock.advance("1m")
    assert client.v1.customers.list().data == []


def test_a_limit_that_announces_itself(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """With `announce: retry_after` the answer says how long to wait, in whole seconds."""
    brownout.use(ONE_A_MINUTE.replace("burst: 1", "burst: 1, announce: retry_after"))
    brownout.clock.freeze()
    client.v1.customers.list()

    with pytest.raises(stripe.RateLimitError) as raised:
        client.v1.customers.list()

    assert (raised.value.headers or {})["Retry-After"] == "60"


@pytest.mark.parametrize(
    ("status", "code", "kind", "told"),
    [
        (400, None, stripe.InvalidRequestError, None),
        (400, "rate_limit", stripe.RateLimitError, "rate_limit"),
        (400, "idempotency_error", stripe.IdempotencyError, None),
        (401, "api_key_expired", stripe.AuthenticationError, "api_key_expired"),
        (402, "insufficient_funds", stripe.CardError, "card_declined"),
        (402, "expired_card", stripe.CardError, "expired_card"),
        (403, None, stripe.PermissionError, None),
        (404, None, stripe.InvalidRequestError, None),
        (409, None, stripe.APIError, "idempotency_key_in_use"),
        (409, "lock_timeout", stripe.APIError, "lock_timeout"),
        (424, None, stripe.APIError, None),
        (429, None, stripe.RateLimitError, "rate_limit"),
        (429, "lock_timeout", stripe.RateLimitError, "lock_timeout"),
        (500, None, stripe.APIError, None),
        (502, None, stripe.APIError, None),
        (503, None, stripe.APIError, None),
        (504, None, stripe.APIError, None),
    ],
)
def test_an_injected_status_is_raised_as_stripes_own(
    brownout: Sandbox,
    client: stripe.StripeClient,
    status: int,
    code: str | None,
    kind: type[stripe.StripeError],
    told: str | None,
) -> None:
    """The SDK can't tell it from the provider's: class, status, code and words are those of the real error."""
    options = {} if code is None else {"code": code}
    with brownout.fault("abort", status=status, **options), pytest.raises(stripe.StripeError) as raised:
        client.v1.customers.list()

    error = raised.value
    assert type(error) is kind
    assert error.http_status == status
    assert error.error is not None
    assert (error.error.code, error.error.message) == (told, error.user_message)
    assert (error.request_id is None) == (status == 401)


@pytest.mark.parametrize("status", [403, 500, 502, 503, 504])
def test_a_gateways_page_is_no_answer_of_stripes(brownout: Sandbox, client: stripe.StripeClient, status: int) -> None:
    """HTML is an API error without a code or a request id."""
    brownout.use(f"brownout: 1\nfaults: [{{name: page, kind: abort, status: {status}, body: html}}]")

    with pytest.raises(stripe.APIError) as raised:
        client.v1.customers.list()

    assert type(raised.value) is stripe.APIError
    assert (raised.value.http_status, raised.value.request_id, raised.value.error) == (status, None, None)
    assert "<html>" in (raised.value.http_body or "")


# ---------------------------------------------------------------- the verifier
@pytest.fixture
def secret(brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver) -> str:
    """The secret of an endpoint that has got one delivery."""
    endpoint = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["customer.created"]})
    client.v1.customers.create()
    brownout.settle()
    assert endpoint.secret is not None
    return endpoint.secret


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda body, header, key: (body, header, key + "x"), "No signatures found matching"),
        (lambda body, header, key: (body.replace(b"cus_", b"cuz_"), header, key), "No signatures found matching"),
        (lambda body, header, key: (body, header.replace("v1=", "v0="), key), "No signatures found with expected"),
        (lambda body, _, key: (body, "nonsense", key), "Unable to extract"),
        (lambda body, _, key: (body, None, key), "No Stripe-Signature header"),
    ],
    ids=["secret", "body", "scheme", "header", "none"],
)
def test_the_verifier_refuses_what_was_tampered_with(
    receiver: Receiver, secret: str, spoil: Callable[..., tuple[bytes, str | None, str]], message: str
) -> None:
    """Another secret, another body or another header is a SignatureVerificationError; the delivery itself is none."""
    delivery = receiver.got[0]
    body, header, key = spoil(delivery.body, delivery.signature, secret)

    with pytest.raises(stripe.SignatureVerificationError, match=message) as raised:
        stripe.Webhook.construct_event(body, header, key)

    assert raised.value.sig_header == header
    assert delivery.event(secret).type == "customer.created"
