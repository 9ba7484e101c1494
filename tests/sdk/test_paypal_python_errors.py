"""What paypal-server-sdk raises: each of its exception classes, from answers that the server really gave."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any, Final

import paypalserversdk.exceptions
import pytest
import requests
from apimatic_core.exceptions.auth_validation_exception import AuthValidationException
from apimatic_core.utilities.auth_helper import AuthHelper
from paypalserversdk.exceptions.api_exception import ApiException
from paypalserversdk.exceptions.error_exception import ErrorException

from brownout.core.effects import ShortenLife
from brownout.providers.paypal.tokens import PAY_SCOPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient
    from tests.sdk.conftest import MakePayPal

    from brownout.core.sandbox import Sandbox as World
    from brownout.core.tokens import Token
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

BODY: Final = {"intent": "CAPTURE", "purchase_units": [{"amount": {"currency_code": "USD", "value": "10.00"}}]}


def ask(paypal: PaypalServersdkClient) -> Any:
    """Ask for a token with the SDK's own controller."""
    header = paypal.auth_managers["Oauth2"].build_basic_auth_header()
    return paypal.o_auth_authorization.request_token({"authorization": header})


def exception_classes() -> dict[str, type[Exception]]:
    """Return every exception class that the SDK defines."""
    modules = [
        importlib.import_module(f"paypalserversdk.exceptions.{info.name}")
        for info in pkgutil.iter_modules(paypalserversdk.exceptions.__path__)
    ]
    return {
        name: one
        for module in modules
        for name, one in vars(module).items()
        if isinstance(one, type) and issubclass(one, Exception) and one.__module__ == module.__name__
    }


def overloaded_token(paypal: PaypalServersdkClient, brownout: Sandbox) -> None:
    """Ask for a token while the endpoint is down."""
    with brownout.fault("abort", operation="paypal.token", status=503):
        ask(paypal)


WAYS: Final[dict[str, Callable[[PaypalServersdkClient, Sandbox], Any]]] = {
    "ApiException": overloaded_token,
    "OAuthProviderException": lambda paypal, _: paypal.o_auth_authorization.request_token(
        {"authorization": "Basic bm9ib2R5Og=="}
    ),
    "ErrorException": lambda paypal, _: paypal.orders.get_order({"id": "NONE"}),
    "DefaultErrorException": lambda paypal, _: paypal.transaction_search.search_balances({"as_of_time": "now"}),
    "SearchErrorException": lambda paypal, _: paypal.transaction_search.search_transactions(
        {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-03-01T00:00:00Z"}
    ),
    "SubscriptionErrorException": lambda paypal, _: paypal.subscriptions.get_subscription({"id": "I-1"}),
}
"""How each class comes about: the endpoint is down, nobody's there, or a date is none or too far away."""


SEARCHES: Final = ("DefaultErrorException", "SearchErrorException")


def test_there_is_a_way_to_raise_every_class() -> None:
    """A new one in the SDK is noticed here."""
    assert set(WAYS) == set(exception_classes())


@pytest.mark.parametrize("name", WAYS)
def test_every_class_is_raised(paypal: PaypalServersdkClient, brownout: Sandbox, name: str) -> None:
    """And is the very class, with what the envelope says read into it."""
    with pytest.raises(ApiException) as raised:
        WAYS[name](paypal, brownout)

    error = raised.value
    assert type(error) is exception_classes()[name]
    if name == "OAuthProviderException":
        assert (error.response_code, error.error) == (401, "invalid_client")
        assert error.error_description == "Client Authentication failed"
    elif name != "ApiException":
        assert error.name == ("INVALID_REQUEST" if name in SEARCHES else "RESOURCE_NOT_FOUND")
        assert error.debug_id == error.response.headers["Paypal-Debug-Id"]


STATUSES: Final = (400, 401, 403, 404, 409, 422, 429, 500, 502, 503)
CALLS: Final[dict[str, Callable[[PaypalServersdkClient], Any]]] = {
    "paypal.orders.create": lambda paypal: paypal.orders.create_order({"body": BODY}),
    "paypal.orders.retrieve": lambda paypal: paypal.orders.get_order({"id": "X"}),
    "paypal.orders.update": lambda paypal: paypal.orders.patch_order({"id": "X", "body": []}),
    "paypal.orders.confirm": lambda paypal: paypal.orders.confirm_order({"id": "X"}),
    "paypal.orders.track": lambda paypal: paypal.orders.create_order_tracking({"id": "X", "body": {}}),
    "paypal.trackers.update": lambda paypal: paypal.orders.update_order_tracking({"id": "X", "tracker_id": "Y"}),
    "paypal.orders.authorize": lambda paypal: paypal.orders.authorize_order({"id": "X"}),
    "paypal.orders.capture": lambda paypal: paypal.orders.capture_order({"id": "X"}),
    "paypal.authorizations.retrieve": lambda paypal: paypal.payments.get_authorized_payment({"authorization_id": "X"}),
    "paypal.authorizations.capture": lambda paypal: paypal.payments.capture_authorized_payment(
        {"authorization_id": "X"}
    ),
    "paypal.authorizations.reauthorize": lambda paypal: paypal.payments.reauthorize_payment({"authorization_id": "X"}),
    "paypal.authorizations.void": lambda paypal: paypal.payments.void_payment({"authorization_id": "X"}),
    "paypal.captures.retrieve": lambda paypal: paypal.payments.get_captured_payment({"capture_id": "X"}),
    "paypal.captures.refund": lambda paypal: paypal.payments.refund_captured_payment({"capture_id": "X"}),
    "paypal.refunds.retrieve": lambda paypal: paypal.payments.get_refund({"refund_id": "X"}),
}


@pytest.mark.parametrize("operation", CALLS)
def test_every_failure_of_every_operation_is_raised(
    paypal: PaypalServersdkClient, brownout: Sandbox, operation: str
) -> None:
    """Whatever the status: one request, nothing retried, the details read. A 500 on payments is an ApiException."""
    paypal.orders.create_order({"body": BODY})  # so that the token is there
    for status in STATUSES:
        before = len(brownout.exchanges())
        with (
            brownout.fault("abort", operation=operation, status=status, target="edge"),
            pytest.raises(ApiException) as raised,
        ):
            CALLS[operation](paypal)
        plain = status == 500 and not operation.startswith(("paypal.orders.", "paypal.trackers."))
        assert type(raised.value) is (ApiException if plain else ErrorException)
        assert raised.value.response_code == status
        assert len(brownout.exchanges()) == before + 1
        if status in (403, 404, 409):
            assert raised.value.details[0].issue
            assert raised.value.links[0].href.endswith(raised.value.details[0].issue)


@pytest.mark.parametrize("body", ["provider", "html"])
def test_a_gateways_page_is_an_error_exception_too(paypal: PaypalServersdkClient, brownout: Sandbox, body: str) -> None:
    """The SDK falls over a page that isn't JSON, or reads the envelope: either way the caller sees the status."""
    paypal.orders.create_order({"body": BODY})
    with (
        brownout.fault("abort", operation="paypal.orders.create", status=502, body=body),
        pytest.raises((ErrorException, ValueError)) as raised,
    ):
        paypal.orders.create_order({"body": BODY})

    if isinstance(raised.value, ErrorException):
        assert raised.value.response_code == 502


# ---------------------------------------------------------------- tokens that die


def world_of(brownout: Sandbox) -> World:
    """Return the sandbox's insides."""
    return brownout._world  # noqa: SLF001 - tokens are killed from within


def only_token(brownout: Sandbox) -> Token:
    """Return the one token that was issued."""
    (token,) = world_of(brownout).tokens._tokens.values()  # noqa: SLF001
    return token


def test_the_sdk_never_refreshes_on_a_401(paypal: PaypalServersdkClient, brownout: Sandbox) -> None:
    """A token revoked early is a failure that it can't get over: it goes by its own clock alone."""
    paypal.orders.create_order({"body": BODY})
    world = world_of(brownout)
    world.tokens.revoke(only_token(brownout), world.moment.world, "client")

    for _ in range(3):
        with pytest.raises(ErrorException) as raised:
            paypal.orders.create_order({"body": BODY})
        assert raised.value.response_code == 401
        assert raised.value.response.text == (
            '{"error":"invalid_token","error_description":"Access Token not found in cache"}'
        )

    assert [one.operation for one in brownout.exchanges(operation="paypal.token")] == ["paypal.token"]
    assert {one.decided["error"] for one in brownout.exchanges(status=401)} == {"token_revoked"}


def test_a_token_shortened_in_secret_is_kept_to_the_end(paypal: PaypalServersdkClient, brownout: Sandbox) -> None:
    """The server ends it after a minute; the client believes in nine hours."""
    paypal.orders.create_order({"body": BODY})
    token = only_token(brownout)
    token.expires_at = token.issued_at + ShortenLife(60.0).seconds
    brownout.clock.advance("2m")

    with pytest.raises(ErrorException) as raised:
        paypal.orders.get_order({"id": "X"})

    assert raised.value.response_code == 401
    assert brownout.exchanges(error="token_expired")


class Wall:
    """The SDK's own clock, and the sandbox's with it."""

    def __init__(self, brownout: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        self._brownout = brownout
        self._ahead = 0
        real = AuthHelper.get_current_utc_timestamp
        monkeypatch.setattr(AuthHelper, "get_current_utc_timestamp", lambda: real() + self._ahead)

    def advance(self, seconds: int) -> None:
        """Let time pass for both."""
        self._ahead += seconds
        self._brownout.clock.advance(seconds)


@pytest.fixture
def wall(brownout: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Wall:
    """Return a clock that moves only when told, but for the seconds that pass by themselves."""
    return Wall(brownout, monkeypatch)


def test_the_sdk_refreshes_by_its_own_clock(paypal: PaypalServersdkClient, brownout: Sandbox, wall: Wall) -> None:
    """Once what it was told has passed, it asks again before the next call, and gets another token."""
    for seconds in (0, 16_000, 17_000, 0):
        wall.advance(seconds)
        paypal.orders.create_order({"body": BODY})

    asked = brownout.exchanges(operation="paypal.token")
    assert len(asked) == 2
    assert len(world_of(brownout).tokens) == 2
    assert not brownout.exchanges(status=401)


def test_a_skew_makes_the_sdk_fail_at_the_end_of_a_tokens_life(
    make_paypal: MakePayPal, brownout: Sandbox, wall: Wall
) -> None:
    """It asks early, gets the same token with what little is left of it, and takes that for expired."""
    careful = make_paypal(o_auth_clock_skew=60)
    careful.orders.create_order({"body": BODY})
    wall.advance(32_400 - 30)

    with pytest.raises(AuthValidationException):
        careful.orders.create_order({"body": BODY})
    wall.advance(31)
    careful.orders.create_order({"body": BODY})

    assert len(brownout.exchanges(operation="paypal.token")) == 3


def test_a_token_call_that_fails_is_reported_as_a_missing_token(
    paypal: PaypalServersdkClient, brownout: Sandbox
) -> None:
    """The SDK swallows what happened at the token endpoint, and sends nothing more."""
    with (
        brownout.fault("abort", operation="paypal.token", status=503),
        pytest.raises(AuthValidationException, match="OAuthToken is undefined or expired"),
    ):
        paypal.orders.create_order({"body": BODY})

    assert [one.operation for one in brownout.exchanges()] == ["paypal.token"]


def test_a_dropped_scope_is_a_403(paypal: PaypalServersdkClient, brownout: Sandbox) -> None:
    """NOT_AUTHORIZED with PERMISSION_DENIED, as the specification words it."""
    paypal.orders.create_order({"body": BODY})
    world_of(brownout).tokens.drop_scopes("paypal", only_token(brownout).text, (PAY_SCOPE,), "rule drop")

    with pytest.raises(ErrorException) as raised:
        paypal.orders.create_order({"body": BODY})

    assert (raised.value.response_code, raised.value.name) == (403, "NOT_AUTHORIZED")
    assert raised.value.details[0].issue == "PERMISSION_DENIED"


@pytest.mark.parametrize(
    ("bad", "status", "issue", "field"),
    [
        ({**BODY, "intent": "SALE"}, 400, "INVALID_PARAMETER_VALUE", "/intent"),
        (
            {**BODY, "purchase_units": [{"amount": {"currency_code": "USD", "value": "0.00"}}]},
            422,
            "CANNOT_BE_ZERO_OR_NEGATIVE",
            "/purchase_units/@reference_id=='default'/amount/value",
        ),
    ],
)
def test_details_are_read(paypal: PaypalServersdkClient, bad: Any, status: int, issue: str, field: str) -> None:
    """Field, value, location, issue and description."""
    with pytest.raises(ErrorException) as raised:
        paypal.orders.create_order({"body": bad})

    error = raised.value
    (detail,) = error.details
    assert (error.response_code, detail.issue, detail.field, detail.location) == (status, issue, field, "body")
    assert detail.value in ("SALE", "0.00")
    assert detail.description


@pytest.mark.parametrize("target", ["edge", "request", "response"])
def test_a_lost_capture_through_the_sdk(paypal: PaypalServersdkClient, brownout: Sandbox, target: Any) -> None:
    """The connection breaks; repeating with the id is safe whichever side of the commit it broke on."""
    made = paypal.orders.create_order({"body": BODY}).body
    take = {"id": made.id, "paypal_request_id": "capture-1"}
    with (
        brownout.fault("abort", operation="paypal.orders.capture", target=target, connection="reset"),
        pytest.raises(requests.ConnectionError),
    ):
        paypal.orders.capture_order(take)
    moved = brownout.ledger().captured()

    again = paypal.orders.capture_order(take)

    assert moved == (1_000 if target == "response" else 0)
    assert again.status_code == (200 if target == "response" else 201)
    assert brownout.ledger().captured() == 1_000
    assert brownout.ledger().violations == []
