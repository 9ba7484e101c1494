"""How Stripe words what the engine refuses or a fault injects: every status, every kind of error, every API family.

`/v1` has the classic envelope, `/v2` names the error in `type`, `/oauth` has a string and a description. (Stripe
docs, API reference: Errors, API v2 overview, Rate limits, and OAuth reference; stripe-python 16.1's error classes;
read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.providers.stripe.cards import DECLINES, Decline
from brownout.providers.stripe.declines import card_error
from brownout.providers.stripe.errors import INVALID, PATH_PARAMS, envelope, missing_message
from brownout.providers.stripe.keys import masked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.exchange import Exchange
    from brownout.core.provider import Problem

_RATE_LIMITED: Final = (
    "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."
)
_REASON: Final = "Stripe-Rate-Limited-Reason"
_LOCKED: Final = (
    "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. "
    "If you see this error intermittently, retry the request. If you see this error frequently and are making multiple "
    "concurrent requests to a single object, make your requests serially or at a lower rate."
)
_BACKEND: Final = (
    "Sorry! There was an error while talking to one of our backends. We have already been notified of the problem, but "
    "please contact support@stripe.com with any questions you may have."
)
_OAUTH: Final = {400: "invalid_request", 401: "invalid_client", 403: "invalid_scope"}
_V2: Final = {409: "idempotency_error", 429: "rate_limit"}


def refuse(exchange: Exchange, problem: Problem) -> Answer:
    """Return what the engine refuses, in Stripe's words."""
    detail = problem.detail
    match problem.reason:
        case "rate_limited":
            return _limited(exchange, "rate", detail)
        case "concurrency_limited":
            return _limited(exchange, "concurrency", detail)
        case "object_locked":
            return injected(exchange, 429, "lock_timeout")
        case "key_in_flight":
            message = (
                "There is currently another in-progress request using this Idempotent Key (that probably means you "
                "submitted twice, and the other request is still going through): "
                f"{detail['key']}. Please try again later."
            )
            return _answer(409, "idempotency_error", message, code="idempotency_key_in_use")
        case "key_other_params":
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
                f"using a key other than '{detail['key']}' if you meant to execute a different request."
            )
            return _answer(400, "idempotency_error", message)
        case "key_other_endpoint":
            message = (
                "Keys for idempotent requests can only be used for the same endpoint they were first used for "
                f"('{detail['endpoint']}' vs '{detail['first_endpoint']}'). Try using a key other than "
                f"'{detail['key']}' if you meant to execute a different request."
            )
            return _answer(400, "idempotency_error", message)
        case "unavailable":
            return injected(exchange, 503, None)


def _limited(exchange: Exchange, kind: str, detail: Mapping[str, Any]) -> Answer:
    answer = injected(exchange, 429, None)
    headers = {_REASON: _reason(kind, detail)}
    if detail.get("retry_after") is not None:
        headers["Retry-After"] = str(detail["retry_after"])
    answer.headers = headers
    return answer


def _reason(kind: str, detail: Mapping[str, Any]) -> str:
    """Return which sort of limit it was, of the five that Stripe names.

    One of objects, or of several operations together, is a resource's; one of a single operation, or of each, is an
    endpoint's. (docs.stripe.com/rate-limits names the values; where a limit on search belongs it doesn't say.)
    """
    parts, operations = detail.get("partition", ()), detail.get("operations", ())
    if "object" in parts or any(part.startswith("body.") for part in parts):
        return "resource-specific"
    if "operation" in parts or (len(operations) == 1 and "*" not in operations[0]):
        return f"endpoint-{kind}"
    return "resource-specific" if operations else f"global-{kind}"


def injected(exchange: Exchange, status: int, code: str | None) -> Answer:
    """Return what Stripe answers when it fails with `status`, and with `code` where one is asked for."""
    path = exchange.request.path
    if path.startswith("/oauth/") and (code is not None or status in _OAUTH):
        return _oauth(status, code)
    if path.startswith("/v2/"):
        return _v2(exchange, status, code)
    match status:
        case 401:
            return _unauthorised(exchange, code)
        case 402:
            return _declined(code)
        case 403:
            message = "The provided key does not have the required permissions for this endpoint."
            return _answer(403, INVALID, message, code=code)
        case 404:
            return _missing(exchange, code)
        case 409:
            return _conflict(exchange, code)
        case 429:
            return _too_many(code)
        case _ if status >= 500:
            return _answer(status, "api_error", _BACKEND, code=code, stored=True)
        case _:
            return _invalid(exchange, status, code)


def _answer(status: int, type: str, message: str, *, code: str | None = None, param: str | None = None,
            stored: bool = False, headers: dict[str, str] | None = None) -> Answer:  # fmt: skip
    body = envelope(type, message, code=code, param=param)
    return Answer(status, body, headers=headers, error=code or type, stored=stored)


def _unauthorised(exchange: Exchange, code: str | None) -> Answer:
    presented = exchange.credential
    shown = masked(presented.secret) if presented is not None and presented.kind != "live" else "****"
    told = "Expired" if code == "api_key_expired" else "Invalid"
    return _answer(401, INVALID, f"{told} API Key provided: {shown}", code=code)


def _declined(code: str | None) -> Answer:
    """Return a decline: `code` is one of the error's codes or of the issuer's decline codes."""
    decline = DECLINES.get(code or "generic_decline") or (
        DECLINES["generic_decline"] if code == "card_declined" else Decline(decline_code=code)
    )
    return Answer(402, card_error(decline), error=decline.reason, stored=True)


def _missing(exchange: Exchange, code: str | None) -> Answer:
    operation = exchange.operation
    object_id = exchange.path_params.get(operation.id_param or "")
    if object_id is None:
        return _answer(404, INVALID, unrecognized(exchange), code=code)
    message = missing_message(operation.object_type, object_id)
    return _answer(
        404, INVALID, message, code=code or "resource_missing", param=PATH_PARAMS.get(operation.object_type, "id")
    )


def _conflict(exchange: Exchange, code: str | None) -> Answer:
    if code is None or code == "idempotency_key_in_use":
        key = exchange.key_text or ""
        message = (
            "There is currently another in-progress request using this Idempotent Key (that probably means you "
            f"submitted twice, and the other request is still going through): {key}. Please try again later."
        )
        return _answer(409, "idempotency_error", message, code="idempotency_key_in_use")
    return _answer(409, INVALID, _LOCKED, code=code)


def _too_many(code: str | None) -> Answer:
    if code == "lock_timeout":
        return _answer(429, INVALID, _LOCKED, code="lock_timeout", headers={"Stripe-Should-Retry": "true"})
    reason = {_REASON: "global-rate"}
    return _answer(429, INVALID, _RATE_LIMITED, code=code or "rate_limit", headers=reason)


def _invalid(exchange: Exchange, status: int, code: str | None) -> Answer:
    if code == "rate_limit":
        return _answer(status, INVALID, _RATE_LIMITED, code=code)
    if code == "idempotency_error":
        return _answer(status, "idempotency_error", "Keys for idempotent requests can only be used with the same "
                       "parameters they were first used with. Try using a key other than "
                       f"'{exchange.key_text or ''}' if you meant to execute a different request.")  # fmt: skip
    told = f" ({code})" if code is not None else ""
    return _answer(status, INVALID, f"The request could not be processed{told}.", code=code)


def unrecognized(exchange: Exchange) -> str:
    """Return the words for a URL that doesn't exist."""
    return unrecognized_url(exchange.request.method, exchange.request.path)


def unrecognized_url(method: str, path: str) -> str:
    """Return the words for a method and path that don't exist."""
    return (
        f"Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the trailing slash. "
        "If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. "
        "Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
    )


def _oauth(status: int, code: str | None) -> Answer:
    name = code or _OAUTH[status]
    body = {"error": name, "error_description": f"The authorization server answered {name.replace('_', ' ')}."}
    return Answer(status, body, error=name, stored=status >= 500)


def _v2(exchange: Exchange, status: int, code: str | None) -> Answer:
    type = code or _V2.get(status, "api_error" if status >= 500 else INVALID)
    message = unrecognized(exchange) if status == 404 and code is None else _words(type)
    body = {"error": dict(sorted({"code": type, "message": message, "type": type}.items()))}
    return Answer(status, body, error=type, stored=status >= 500)


def _words(type: str) -> str:
    if type == "rate_limit":
        return _RATE_LIMITED
    return _BACKEND if type == "api_error" else f"The request failed: {type.replace('_', ' ')}."
