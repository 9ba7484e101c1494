"""What goes over the wire beside the objects: reading requests, the headers of answers.

JSON in and out; `multipart/form-data` for uploads, a form for the token. (Onfido API v3.6, official OpenAPI
description; onfido-python 6.2.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import orjson

from brownout.core.exchange import Answer
from brownout.providers.onfido import multipart
from brownout.providers.onfido.errors import envelope

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange, Request
    from brownout.core.operation import Operation

TOKEN: Final = "onfido.token"  # noqa: S105 - an operation's name
UPLOADS: Final = frozenset({"onfido.documents.create", "onfido.live_photos.create"})
BASE_URL_MARK: Final = "{base_url}"
"""Stands in an answer's `Link` for where the client reached the provider."""
_FIELDS_MOST: Final = 200
_JSON: Final = {"Content-Type": "application/json"}


def decode(operation: Operation, request: Request) -> dict[str, Any] | Answer:
    """Return the parameters, or the refusal of what can't be read."""
    try:
        if operation.name == TOKEN:
            return form(request)
        if operation.name in UPLOADS:
            return _upload(request)
        if request.method in ("POST", "PUT"):
            return _json(request)
        return _pairs(request.query)
    except (multipart.MalformedError, ValueError) as malformed:
        return Answer(400, envelope("bad_request", f"The request could not be read: {malformed}"), error="unreadable")


def _pairs(text: str) -> dict[str, Any]:
    if not text:
        return {}
    return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MOST))


def form(request: Request) -> dict[str, Any]:
    """Return the fields of a form.

    Raises:
        ValueError: if it isn't text, or has too many fields.
    """
    return _pairs(request.body.decode())


def _json(request: Request) -> dict[str, Any]:
    if not request.body:
        return {}
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the body is not valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004 - the caller turns every cause into one answer
    return body


def _upload(request: Request) -> dict[str, Any]:
    kind = request.headers.get("Content-Type") or ""
    if not kind.lower().startswith("multipart/form-data"):
        raise ValueError("an upload is multipart/form-data, with the picture in the part named file")
    return multipart.parse(kind, request.body)


def headers(exchange: Exchange, answer: Answer) -> dict[str, str]:
    """Return the headers of an answer."""
    out = {"X-Request-Id": exchange.request_id}
    if answer.body is not None:
        out.update(_JSON)
    if answer.headers:
        out.update(answer.headers)
        if "Link" in out:
            out["Link"] = out["Link"].replace(BASE_URL_MARK, exchange.request.base_url)
    return out


def encode(body: Any) -> bytes:
    """Return JSON; files as they are, nothing for an answer without a body."""
    if body is None:
        return b""
    return body if isinstance(body, bytes) else orjson.dumps(body)
