"""PayPal on the wire: forms and JSON in, headers and brief or full answers out.

(Recorded sandbox answers of 2025; developer.paypal.com, API requests, API responses and Idempotency; PayPal REST API
specifications; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import orjson

from brownout.core.exchange import Answer
from brownout.providers.paypal.access import TOKEN_PATH
from brownout.providers.paypal.disputes import evidence
from brownout.providers.paypal.errors import ON, envelope
from brownout.providers.paypal.links import payment_links

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.exchange import Exchange, Request
    from brownout.core.operation import Call, Operation

ORDERS_TTL_SECONDS: Final = 6 * 3600.0
PAYMENTS_TTL_SECONDS: Final = 45 * 86_400.0
PATCHES: Final = "patches"
"""Under which parameter a handler finds the list that a PATCH sends."""
REQUEST_ID: Final = "PayPal-Request-Id"
_MOST_REQUEST_ID_LETTERS: Final = 108
_MOST_DEPTH: Final = 32
_MOST_FIELDS: Final = 64
_BASE: Final = {
    "Content-Type": "application/json",
    "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate",
}


def idempotency_key(request: Request) -> str | None:
    """Return the request id with the path that it was sent to: PayPal keeps them apart by call, None without one."""
    given = request.headers.get(REQUEST_ID)
    return f"{request.path} {given}" if given else None


def decode(operation: Operation, request: Request) -> dict[str, Any] | Answer:
    """Return the parameters, or the refusal of what can't be read; `finish_refusal` gives that its debug id."""
    if request.method == "GET":
        return _pairs(request.query)
    if request.path == TOKEN_PATH or (operation.public and not _is_json(request)):
        return _pairs(request.body.decode("utf-8", "replace"))
    if len(request.headers.get(REQUEST_ID, "")) > _MOST_REQUEST_ID_LETTERS:
        field = {"field": REQUEST_ID, "location": "header"}
        return _unreadable(operation, 400, "INVALID_STRING_LENGTH", field)
    if not request.body:
        return {}
    kind = request.headers.get("Content-Type", "")
    if operation.name in evidence.NAMES and kind.lower().startswith("multipart/"):
        form = evidence.read_form(kind, request.body)
        return form if form is not None else _unreadable(operation, 400, "MALFORMED_REQUEST_JSON")
    if not _is_json(request) and request.headers.get("Content-Type") is not None:
        return Answer(415, envelope(415, ""), error="UNSUPPORTED_MEDIA_TYPE", stored=False)
    try:
        params = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        params = None
    if request.method == "PATCH":
        params = {PATCHES: params} if isinstance(params, list) else None
    if not isinstance(params, dict) or _too_deep(params, request.body):
        return _unreadable(operation, 400, "MALFORMED_REQUEST_JSON")
    return params


def _is_json(request: Request) -> bool:
    return request.headers.get("Content-Type", "").lower().startswith("application/json")


def _pairs(text: str) -> dict[str, Any]:
    try:
        return dict(parse_qsl(text, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return {}


def _too_deep(value: Any, body: bytes) -> bool:
    """Return whether JSON is nested deeper than any request, and than could be written again."""
    if body.count(b"{") + body.count(b"[") <= _MOST_DEPTH:
        return False
    level: list[Any] = [value]
    for _ in range(_MOST_DEPTH):
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _unreadable(operation: Operation, status: int, issue: str, field: Mapping[str, str] | None = None) -> Answer:
    on = ON.get(operation.name)
    family, words = (on.family, on.words) if on is not None else ("orders", {})
    said = words[issue][1] if issue in words else None
    body = envelope(status, "", family=family, issue=issue, description=said, **(field or {}))
    return Answer(status, body, error=issue, stored=False)


def finish_refusal(exchange: Exchange) -> None:
    """Give an unreadable request's refusal its debug id, which nobody knew when it was decoded."""
    refusal = exchange.refusal
    if refusal is not None and isinstance(refusal.body, dict) and refusal.body.get("debug_id") == "":
        refusal.body["debug_id"] = exchange.request_id


def headers(exchange: Exchange, answer: Answer) -> dict[str, str]:
    """Return the headers of an answer."""
    out = {**_BASE, "Paypal-Debug-Id": exchange.request_id}
    if answer.status == 204:
        del out["Content-Type"]
    if answer.headers:
        out.update(answer.headers)
    return out


def wants_all(call: Call) -> bool:
    """Return whether the client wants the whole resource; by default it gets id, status and links."""
    return "return=representation" in call.headers.get("Prefer", "").replace(" ", "").lower()


def minimal_payment(call: Call, kind: str, payment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the brief answer about a capture or a refund."""
    return {"id": payment["id"], "status": payment["status"], "links": payment_links(call, kind, payment)}
