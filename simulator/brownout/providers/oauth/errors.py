"""How this server says no: RFC 6749 §5.2 where tokens are issued, RFC 6750 §3 where they are used.

Both want a code, and allow an `error_description` of printable ASCII without quotes and backslashes.
(rfc-editor.org: RFC 6749, RFC 6750, RFC 6585 §4, RFC 7009 §2.2.1; read 2026-11-23.)
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from brownout.core.exchange import Answer
from brownout.providers.oauth.options import ROOT

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.provider import Problem

REALM: Final = 'realm="brownout"'
TOKEN_PATHS: Final = frozenset({"/token", "/revoke", "/introspect"})
"""Where clients authenticate, and RFC 6749 §5.2 says how they are refused."""
PAGES: Final = frozenset({"/authorize", "/authorize/decision", "/consents", "/consents/revoke"})
"""What a person looks at in a browser; everywhere else but at resources there is no credential."""
_NOT_SAID: Final = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
_SHOWN_LETTERS: Final = 80
_WORDS: Final = {
    "invalid_request": "request_invalid",
    "invalid_client": "client_unknown",
    "invalid_grant": "grant_dead",
    "invalid_scope": "scope_invalid",
    "unauthorized_client": "client_unauthorized",
    "unsupported_grant_type": "grant_unsupported",
}
"""What the journal calls the errors of the token endpoint."""
_AT_TOKEN: Final = {
    400: "invalid_request",
    401: "invalid_client",
    429: "too_many_requests",
    503: "temporarily_unavailable",
}
_AT_RESOURCE: Final = {400: "invalid_request", 401: "invalid_token", 403: "insufficient_scope"}
_JOURNALLED: Final = {"invalid_token": "token_unknown", "insufficient_scope": "scope_missing"}
_ELSEWHERE: Final = {404: "not_found", 429: "too_many_requests", 500: "server_error", 503: "temporarily_unavailable"}


def shown(text: str) -> str:
    """Return a client's text as a description may hold it.

    >>> shown('re"ad')
    're?ad'
    """
    cut = text if len(text) <= _SHOWN_LETTERS else f"{text[:_SHOWN_LETTERS]}..."
    return _NOT_SAID.sub("?", cut)


def token_error(
    code: str, description: str, *, status: int = 400, basic: bool = False, cause: str | None = None
) -> Answer:
    """Return an error of the token endpoint; `cause` is for the journal, a word of `core.causes`.

    With `basic` it carries the challenge that RFC 6749 §5.2 demands of a 401 for a client that came with Basic.
    """
    headers = {"WWW-Authenticate": f"Basic {REALM}"} if basic else {}
    return Answer(
        status,
        {"error": code, "error_description": description},
        headers=headers,
        error=journal_word(code),
        cause=cause,
        stored=False,
    )


def journal_word(code: str) -> str:
    """Return what the journal calls an error."""
    return _WORDS.get(code, code)


def bare_challenge() -> Answer:
    """Return what a request without any credential gets: no code, and no more information (RFC 6750 §3.1)."""
    return Answer(401, {}, headers={"WWW-Authenticate": f"Bearer {REALM}"}, error="token_missing", stored=False)


def bearer_error(
    status: int, code: str, description: str, *, error: str | None = None, scope: str | None = None
) -> Answer:
    """Return an error of a protected resource, with its challenge; `error` is the journal's word for it."""
    parts = [REALM, f'error="{code}"', f'error_description="{description}"']
    body = {"error": code, "error_description": description}
    if scope is not None:
        parts.append(f'scope="{scope}"')
        body["scope"] = scope
    headers = {"WWW-Authenticate": f"Bearer {', '.join(parts)}"}
    return Answer(status, body, headers=headers, error=error or code, stored=False)


def refuse(exchange: Exchange, problem: Problem) -> Answer:
    """Return what the engine refuses: 429 (RFC 6585 §4), with Retry-After only if the limit announces itself.

    No operation takes idempotency keys, so no other reason comes up but being unavailable.
    """
    if problem.reason == "unavailable":
        return injected(exchange, 503, None)
    answer = injected(exchange, 429, None)
    wait = problem.detail.get("retry_after")
    if wait is not None:
        answer.headers = {"Retry-After": str(wait)}
    return answer


def injected(exchange: Exchange, status: int, code: str | None) -> Answer:
    """Return what this server answers when it fails with `status`: the code asked for, else the status's usual one."""
    issuing = exchange.request.path in TOKEN_PATHS
    named = code or (_AT_TOKEN if issuing else _AT_RESOURCE).get(status) or _ELSEWHERE.get(status) or _phrase(status)
    description = f"The {'authorization' if issuing else 'resource'} server answered {named.replace('_', ' ')}."
    if issuing:
        presented = exchange.request.headers.get("Authorization", "")
        return token_error(named, description, status=status, basic=status == 401 and presented[:6].lower() == "basic ")
    if status in _AT_RESOURCE and exchange.request.path.startswith(ROOT):
        return bearer_error(status, named, description, error=_JOURNALLED.get(named))
    body = {"error": named, "error_description": description}
    return Answer(status, body, error=named, stored=False)


def _phrase(status: int) -> str:
    """Return a status's name as a code.

    >>> _phrase(502), _phrase(299)
    ('bad_gateway', 'status_299')
    """
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        return f"status_{status}"
    return re.sub(r"[^a-z]+", "_", phrase.lower())
