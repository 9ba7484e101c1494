"""How PayPal words what the engine refuses or a fault injects: any status, any issue, at the token endpoint or beyond.

(PayPal REST API specifications; developer.paypal.com, Rate limiting; nopCommerce issue 7036 for the body of a 429;
error texts of the token endpoint from issues of PayPal's own SDKs; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.providers.paypal.access import TOKEN_PATH, dead, denied, family_of
from brownout.providers.paypal.errors import ANY, ON, envelope

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.provider import Problem

_AT_TOKEN: Final = {
    "invalid_client": "Client Authentication failed",
    "unsupported_grant_type": "unsupported grant_type",
    "invalid_scope": "Requested scope is not one of this application's",
}
_TOKEN_ERROR: Final = {400: "unsupported_grant_type", 401: "invalid_client"}
_USUAL: Final = {403: "PERMISSION_DENIED", 404: "INVALID_RESOURCE_ID", 409: "PREVIOUS_REQUEST_IN_PROGRESS"}
_USUAL_422: Final = {
    "paypal.orders.create": "TRANSACTION_REFUSED",
    "paypal.orders.authorize": "TRANSACTION_REFUSED",
    "paypal.orders.capture": "INSTRUMENT_DECLINED",
    "paypal.authorizations.capture": "TRANSACTION_REFUSED",
    "paypal.authorizations.void": "PREVIOUSLY_CAPTURED",
    "paypal.captures.refund": "REFUND_FAILED_INSUFFICIENT_FUNDS",
}
_IDS: Final = {"orders": "order_id", "authorizations": "authorization_id", "captures": "capture_id",
               "refunds": "refund_id"}  # fmt: skip


def refuse(exchange: Exchange, problem: Problem) -> Answer:
    """Return what the engine refuses, in PayPal's words."""
    match problem.reason:
        case "rate_limited" | "concurrency_limited" | "object_locked":
            answer = injected(exchange, 429, None)
            wait = problem.detail.get("retry_after")
            if wait is not None:
                answer.headers = {"Retry-After": str(wait)}
            return answer
        case "key_in_flight":
            return injected(exchange, 409, "PREVIOUS_REQUEST_IN_PROGRESS")
        case "key_other_params" | "key_other_endpoint":
            return injected(exchange, 422, "DUPLICATE_REQUEST_ID")
        case "unavailable":
            return injected(exchange, 503, None)


def injected(exchange: Exchange, status: int, code: str | None) -> Answer:
    """Return what PayPal answers when it fails with `status`; `code` is an issue, or an OAuth error."""
    if exchange.request.path == TOKEN_PATH and (code in _AT_TOKEN or (code is None and status in _TOKEN_ERROR)):
        name = code or _TOKEN_ERROR[status]
        return Answer(status, {"error": name, "error_description": _AT_TOKEN[name]}, error=name, stored=False)
    if status == 401 and code in (None, "invalid_token"):
        return dead(error="invalid_token")
    if status == 403 and code in (None, "PERMISSION_DENIED"):
        return denied(exchange, error="PERMISSION_DENIED")
    issue = code or _USUAL.get(status) or (_USUAL_422.get(exchange.operation.name) if status == 422 else None)
    return _enveloped(exchange, status, issue)


def _enveloped(exchange: Exchange, status: int, issue: str | None) -> Answer:
    """Return the REST envelope. An issue that is a status's own name stands for that status without details."""
    name = envelope(status, "")["name"]
    debug_id, family = exchange.request_id, family_of(exchange.request.path)
    if issue is None or issue == name:
        error = "rate_limited" if status == 429 else name
        return Answer(status, envelope(status, debug_id, family=family), error=error, stored=False)
    on = ON.get(exchange.operation.name)
    known = (on.words.get(issue) if on is not None else None) or ANY.get(issue)
    body = envelope(
        status, debug_id, family=family, issue=issue, description=known[1] if known is not None else None,
        **(_missing(exchange) if issue == "INVALID_RESOURCE_ID" else {}),
    )  # fmt: skip
    return Answer(status, body, error=issue, stored=False)


def _missing(exchange: Exchange) -> dict[str, Any]:
    """Return how an id in the path is pointed at."""
    object_id = exchange.path_params.get("id")
    if object_id is None:
        return {}
    resource = exchange.operation.name.split(".")[1]
    return {"field": _IDS.get(resource, "id"), "value": object_id, "location": "path"}
