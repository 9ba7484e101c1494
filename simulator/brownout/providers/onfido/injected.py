"""How Onfido words what the engine refuses or a fault injects: every status, every type of error.

The types are those of Onfido's table of error codes. (Copied by public clients; Onfido API v3.6, official OpenAPI
description; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout.core.exchange import Answer
from brownout.providers.onfido.errors import NOUNS, VALIDATION, envelope, missing_message
from brownout.providers.onfido.words import ROOT

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.operation import Call
    from brownout.core.provider import Problem

_TYPES: Final = {
    400: "bad_request",
    401: "authorization_error",
    403: "user_authorization_error",
    404: "resource_not_found",
    409: "conflict",
    410: "gone",
    422: VALIDATION,
    429: "rate_limit",
}
_MESSAGES: Final = {
    "authorization_error": "Authorization error: please re-check your credentials",
    "expired_token": "The token has expired, please request a new one",
    "user_authorization_error": "You are not authorized to perform this action",
    "gone": "The requested resource has been deleted",
    VALIDATION: "There was a validation error on this request",
    "rate_limit": "The rate limit has been reached. Please try again later",
    "internal_server_error": "Something went wrong on our side. Please try again later",
    "deletion_incomplete_checks": "Applicants with checks in progress cannot be deleted.",
}
_WORD_MOST: Final = 200
UNMODELLED: Final = frozenset(
    {
        "extractions", "id_photos", "live_videos", "motion_captures", "passkeys", "qualified_electronic_signature",
        "advanced_electronic_signature", "simple_electronic_signature", "repeat_attempts", "results_feedback",
        "sdk_token", "signing_documents", "timeline_file", "watchlist_monitors", "workflow_runs",
    }
)  # fmt: skip
"""First segments of calls that Onfido has and Brownout doesn't."""


def refuse(exchange: Exchange, problem: Problem) -> Answer:
    """Return what the engine refuses, in Onfido's words; only limits refuse here."""
    if problem.reason == "unavailable":
        return injected(exchange, 503, None)
    answer = injected(exchange, 429, None)
    wait = problem.detail.get("retry_after")
    if wait is not None:
        answer.headers = {"Retry-After": str(wait)}
    return answer


def injected(exchange: Exchange, status: int, code: str | None) -> Answer:
    """Return what Onfido answers when it fails with `status`; `code` is the error's type, if one is asked for."""
    type = code or _TYPES.get(status) or ("internal_server_error" if status >= 500 else "bad_request")
    return Answer(status, envelope(type, _message(exchange, type)), error=type)


def _message(exchange: Exchange, type: str) -> str:
    if type == "resource_not_found":
        operation = exchange.operation
        object_id = exchange.path_params.get(operation.id_param or "")
        if object_id is not None and operation.object_type in NOUNS:
            return missing_message(operation.object_type, object_id)
    return _MESSAGES.get(type) or f"The request failed: {type.replace('_', ' ')}"


def unknown_url(call: Call) -> Answer:
    """Answer a method and path that nothing answers to, and say why where that can be known."""
    method, path = call.path["method"][:_WORD_MOST], call.path["path"][:_WORD_MOST]
    first, _, rest = path.lstrip("/").partition("/")
    message = f"Could not find the following resource: {method} {path}"
    if f"/{first}" != ROOT and first.startswith("v"):
        message += f" (Brownout emulates {ROOT}; the SDK's base URL must end with it)"
    elif f"/{first}" != ROOT:
        message += f" (paths begin with {ROOT})"
    elif rest.partition("/")[0] in UNMODELLED:
        message += " (Onfido has it, but Brownout doesn't model it yet)"
    elif path.endswith("/"):
        message += " (without the slash at its end, perhaps)"
    return Answer(404, envelope("resource_not_found", message), error="unknown_url")
