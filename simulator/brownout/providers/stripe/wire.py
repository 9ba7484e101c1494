"""What goes over the wire beside the objects: reading requests, headers of answers, the Stripe-Version check.

(Stripe docs, API reference: Versioning, Request IDs, Idempotent requests; recorded test-mode answers;
stripe-python 16.1 and stripe-node 23.1, run 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.exchange import Answer
from brownout.providers.stripe import forms, uploads
from brownout.providers.stripe.errors import INVALID, envelope
from brownout.providers.stripe.versions import API_VERSION, is_version

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange, Request
    from brownout.providers.stripe.options import StripeOptions

MOST_KEY_LETTERS: Final = 255
"""How long an idempotency key may be (Stripe docs, API reference: Idempotent requests)."""
_FORM: Final = "application/x-www-form-urlencoded"
_NOT_A_FORM: Final = (
    "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any "
    "questions, we can help at https://support.stripe.com/."
)
_BASE: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Request-Id, Stripe-Manage-Version, Stripe-Should-Retry, "
    "X-Stripe-External-Auth-Required, X-Stripe-Privileged-Session-Required",
    "Cache-Control": "no-cache, no-store",
    "Content-Type": "application/json",
    "Server": "nginx",
    "Vary": "Origin",
}


def decode(request: Request) -> dict[str, Any] | Answer:
    """Return the parameters of query and body, or the refusal of what can't be read."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and len(key) > MOST_KEY_LETTERS:
        return _unreadable(f"Idempotency keys can be at most {MOST_KEY_LETTERS} characters, but yours has {len(key)}.")
    try:
        params = forms.parse(request.query) if request.query else {}
        if request.method == "POST" and request.body:
            kind = request.headers.get("Content-Type")
            if kind is not None and kind.lower().startswith(uploads.MULTIPART):
                params.update(uploads.read(kind, request.body))
            elif kind is not None and not kind.lower().startswith(_FORM):
                return _unreadable(_NOT_A_FORM)
            else:
                params.update(forms.parse(request.body.decode()))
    except UnicodeDecodeError:
        return _unreadable("Invalid request: the body is not valid UTF-8.")
    except forms.MalformedError as malformed:
        return _unreadable(str(malformed))
    return params


def decode_json(request: Request) -> dict[str, Any] | Answer:
    """Return the parameters of query and body as `/v2` takes them, or the refusal of what can't be read."""
    try:
        params = forms.parse(request.query) if request.query else {}
        read = orjson.loads(request.body) if request.body else {}
    except forms.MalformedError as malformed:
        return _unreadable(str(malformed))
    except orjson.JSONDecodeError as malformed:
        return _unreadable(f"Invalid request: the body is not valid JSON ({malformed}).")
    if not isinstance(read, dict):
        return _unreadable("Invalid request: the body must be a JSON object.")
    return {**params, **read}


def _unreadable(message: str) -> Answer:
    return Answer(400, envelope(INVALID, message), error="unreadable", stored=False)


def check_version(exchange: Exchange, options: StripeOptions) -> Answer | None:
    """Return the refusal of a version that can't be one, None for any that could; note which it is answered in.

    The request says so, else its key's options, else the account's.
    """
    version = exchange.request.headers.get("Stripe-Version")
    exchange.pinned = bool(version)
    if not version:
        versions, presented = options.api_versions, exchange.credential
        own = versions.get(presented.secret) if versions and presented is not None else None
        version = own or options.api_version
    exchange.version = version
    if version == API_VERSION or is_version(version):
        return None
    return Answer(400, envelope(INVALID, f"Invalid Stripe API version: {version}"), error="version", stored=False)


def headers(exchange: Exchange, answer: Answer, *, replay_of: str | None) -> dict[str, str]:
    """Return the headers of an answer.

    `Stripe-Should-Retry: false` says that an endpoint ran and its result is kept, so trying again changes nothing.
    """
    request = exchange.request
    given = request.headers
    out = dict(_BASE)
    out["Stripe-Version"] = exchange.version or given.get("Stripe-Version") or API_VERSION
    if answer.headers:
        out.update(answer.headers)
    if answer.status == 401:
        out["Www-Authenticate"] = 'Bearer realm="Stripe"'
        return out
    out["Request-Id"] = exchange.request_id
    key = given.get("Idempotency-Key") if request.method != "GET" else None
    if key:
        out["Idempotency-Key"] = key
    if request.method == "POST":
        if key:
            out["Original-Request"] = replay_of or exchange.request_id
        if replay_of is not None:
            out["Idempotent-Replayed"] = "true"
        if answer.stored and exchange.stage not in ("edge", "response"):
            out["Stripe-Should-Retry"] = "false"
    return out
