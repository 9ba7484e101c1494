"""Everything Stripe can answer when it fails, and the SDK's exception for each."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import stripe
from stripe import oauth_error

from brownout.core.limits import Limit
from brownout.core.match import Match
from brownout.core.plan import Plan
from brownout.core.provider import Problem
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.faults.latency import Latency
from brownout.providers.stripe import STRIPE

V1 = {
    (400, None): stripe.InvalidRequestError,
    (400, "idempotency_error"): stripe.IdempotencyError,
    (400, "rate_limit"): stripe.RateLimitError,
    (401, None): stripe.AuthenticationError,
    (401, "api_key_expired"): stripe.AuthenticationError,
    (402, None): stripe.CardError,
    (402, "insufficient_funds"): stripe.CardError,
    (402, "expired_card"): stripe.CardError,
    (402, "do_not_honor"): stripe.CardError,
    (403, None): stripe.PermissionError,
    (404, None): stripe.InvalidRequestError,
    (409, None): stripe.APIError,
    (409, "lock_timeout"): stripe.APIError,
    (429, None): stripe.RateLimitError,
    (429, "lock_timeout"): stripe.RateLimitError,
    (500, None): stripe.APIError,
    (503, None): stripe.APIError,
}
V2 = (
    "already_canceled", "blocked_by_stripe", "cannot_proceed", "capability_not_enabled",
    "controlled_by_alternate_resource", "feature_not_enabled", "financial_account_not_open", "fx_quote_needs_refresh",
    "idempotency_error", "insufficient_funds", "invalid_payment_method", "invalid_payout_method",
    "invalid_vaulted_credential", "not_cancelable", "quota_exceeded", "rate_limit", "recipient_not_notifiable",
    "temporary_session_expired", "verification_attempt_failed", "verification_expired", "verification_not_initiated",
)  # fmt: skip
OAUTH = (
    "invalid_client", "invalid_grant", "invalid_request", "invalid_scope", "unsupported_grant_type",
    "unsupported_response_type",
)  # fmt: skip
ELSEWHERE = {
    stripe.StripeError, stripe.StripeErrorWithParamCode,  # bases
    stripe.APIConnectionError,  # no answer at all
    stripe.SignatureVerificationError,  # raised by the webhook verifier
    oauth_error.OAuthError,  # a base
}  # fmt: skip


def failing(make_world: Any, status: int, code: str | None, target: str = "request", **more: Any) -> Any:
    """Return a world in which every call fails."""
    fault = Abort(status=status, code=code)
    return make_world(plan=Plan(rules=(Rule(name="broken", fault=fault, target=target, **more),)))  # type: ignore[arg-type]


def raised(make_world: Any, call: Any, status: int, code: str | None) -> Exception:
    """Return what the SDK raises when everything fails so."""
    with pytest.raises(stripe.StripeError) as caught:
        call(failing(make_world, status, code).client())
    return caught.value


@pytest.mark.parametrize(("status", "code"), list(V1), ids=str)
def test_every_v1_failure_raises_its_class(make_world: Any, status: int, code: str | None) -> None:
    """The body is Stripe's envelope, and the SDK maps it as it maps the real one."""
    error = raised(make_world, lambda client: client.v1.payment_intents.retrieve("pi_x"), status, code)

    assert type(error) is V1[status, code]
    assert isinstance(error, stripe.StripeError)
    assert error.http_status == status
    assert error.json_body is not None
    assert set(error.json_body) == {"error"}  # type: ignore[call-overload]


@pytest.mark.parametrize("code", V2)
def test_every_v2_failure_raises_its_class(make_world: Any, code: str) -> None:
    """Under /v2 the code is the error's type."""
    error = raised(make_world, lambda client: client.raw_request("get", "/v2/core/events"), 400, code)

    assert type(error).__name__ == "".join(part.title() for part in code.split("_")).removesuffix("Error") + "Error"


@pytest.mark.parametrize("code", OAUTH)
def test_every_oauth_failure_raises_its_class(make_world: Any, code: str) -> None:
    """Under /oauth the error is a string."""
    error = raised(make_world, lambda client: client.raw_request("post", "/oauth/token"), 400, code)

    assert type(error).__module__ == "stripe.oauth_error"
    assert type(error).__name__ == "".join(part.title() for part in code.split("_")) + "Error"


def test_no_error_class_of_the_sdk_is_forgotten(make_world: Any) -> None:
    """The lists above name every class that the SDK has."""
    import stripe._error as errors  # noqa: PLC0415

    known = {
        one for module in (errors, oauth_error) for one in vars(module).values()
        if inspect.isclass(one) and issubclass(one, stripe.StripeError)
    }  # fmt: skip
    reached: set[type] = set(V1.values())
    for code in V2:
        reached.add(type(raised(make_world, lambda client: client.raw_request("get", "/v2/x"), 400, code)))
    for code in OAUTH:
        reached.add(type(raised(make_world, lambda client: client.raw_request("post", "/oauth/token"), 400, code)))

    assert known - reached - ELSEWHERE == set()


def test_an_injected_decline_has_its_own_words(make_world: Any) -> None:
    """A known decline has its message, an unknown one the general message and its own code."""

    def declined(code: str | None) -> tuple[str, str, str | None]:
        error = failing(make_world, 402, code).post("/v1/payment_intents", "amount=100&currency=usd").error
        return error["message"], error["code"], error.get("decline_code")

    assert declined(None) == ("Your card was declined.", "card_declined", "generic_decline")
    assert declined("card_declined") == ("Your card was declined.", "card_declined", "generic_decline")
    assert declined("insufficient_funds") == (
        "Your card has insufficient funds.",
        "card_declined",
        "insufficient_funds",
    )
    assert declined("expired_card") == ("Your card has expired.", "expired_card", None)
    assert declined("do_not_honor") == ("Your card was declined.", "card_declined", "do_not_honor")


def test_an_injected_404_speaks_of_the_object(make_world: Any) -> None:
    """Where the path names one; otherwise of the URL."""
    world = failing(make_world, 404, None)

    assert world.get("/v1/payment_intents/pi_x").error["message"] == "No such payment_intent: 'pi_x'"
    assert world.get("/v1/payment_intents/pi_x").error["param"] == "intent"
    assert world.get("/v1/balance").error["message"].startswith("Unrecognized request URL (GET: /v1/balance)")
    assert failing(make_world, 404, None, target="edge").get("/v2/x").error["type"] == "invalid_request_error"


@pytest.mark.parametrize(("target", "kept"), [("edge", False), ("request", True), ("response", False)])
def test_a_server_error_is_kept_where_the_endpoint_ran(make_world: Any, target: str, kept: bool) -> None:  # noqa: FBT001
    """Before the effect the 500 is stored; at the edge nothing ran; after the effect the effect is stored."""
    world = failing(make_world, 500, None, target, count=Count(nth=(1,)))
    headers = {"Idempotency-Key": "k"}

    first = world.post("/v1/customers", headers=headers)
    second = world.post("/v1/customers", headers=headers)

    assert first.status == 500
    assert first.error["type"] == "api_error"
    assert ("Stripe-Should-Retry" in first.headers) is kept
    assert second.status == (500 if kept else 200)
    assert ("Idempotent-Replayed" in second.headers) is (target != "edge")
    assert len(world.get("/v1/customers").body["data"]) == (0 if kept else 1)


def test_a_duplicate_in_flight_gets_the_409(make_world: Any) -> None:
    """While the first call is delayed its key is in use; the 409 names it."""
    slow = Rule(name="slow", fault=Latency(delay=2.0), target="request", count=Count(nth=(1,)))
    world = make_world(plan=Plan(rules=(slow,)))
    headers = {"Authorization": "Bearer sk_test_shop", "Idempotency-Key": "k"}
    first = world.transport.open("POST", "/stripe/v1/customers", headers=headers)
    first.step()

    answered = world.post("/v1/customers", headers={"Idempotency-Key": "k"})

    assert answered.status == 409
    assert (answered.error["type"], answered.error["code"]) == ("idempotency_error", "idempotency_key_in_use")
    assert answered.error["message"] == (
        "There is currently another in-progress request using this Idempotent Key (that probably means you submitted "
        "twice, and the other request is still going through): k. Please try again later."
    )


def test_a_limit_is_a_429_with_its_reason(make_world: Any) -> None:
    """Stripe names what was exceeded and, unless the limit announces it, no time to wait."""

    def limited(announce: Any) -> Any:
        limit = Limit(
            name="few", match=Match(), algorithm="token_bucket", rate_per_second=1.0, burst=1.0, announce=announce
        )
        world = make_world(plan=Plan(limits=(limit,)))
        world.get("/v1/balance")
        return world.get("/v1/balance")

    silent, telling = limited("none"), limited("retry_after")

    assert (silent.status, silent.error["code"]) == (429, "rate_limit")
    assert (
        silent.error["message"]
        == "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."
    )
    assert silent.headers["Stripe-Rate-Limited-Reason"] == "global-rate"
    assert "Retry-After" not in silent.headers
    assert telling.headers["Retry-After"] == "1"


def test_the_engines_other_problems_have_words_too(world: Any) -> None:
    """Too much at once and not available at all."""
    exchange = world.transport.open("GET", "/stripe/v1/balance").exchange
    crowded = STRIPE.refuse(exchange, Problem(reason="concurrency_limited"))
    gone = STRIPE.refuse(exchange, Problem(reason="unavailable"))

    assert (crowded.status, crowded.headers) == (429, {"Stripe-Rate-Limited-Reason": "global-concurrency"})
    assert (gone.status, gone.body["error"]["type"]) == (503, "api_error")


def test_sdk_lines_point_both_sdks_here() -> None:
    """The Python lines take the whole URL, the Node line its host and port."""
    client, module, node = (one.line for one in STRIPE.sdk_lines("http://127.0.0.1:8700/stripe"))

    assert '("api", "files", "connect", "meter_events"), "http://127.0.0.1:8700/stripe")' in client
    assert 'stripe.api_base = "sk_test_brownout", "http://127.0.0.1:8700/stripe"' in module
    assert 'host: "127.0.0.1", port: 8700, protocol: "http"' in node
