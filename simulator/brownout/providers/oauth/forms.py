"""What clients send to the token endpoint: a flat form, and the client's credentials beside it or inside it.

(RFC 6749 §2.3.1, §3.2 and Appendix B; read 2026-11-23.)
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote

from brownout.core.tokens.assertions import unverified
from brownout.providers.oauth.errors import shown, token_error

if TYPE_CHECKING:
    from brownout.core.exchange import Answer, Request

CLIENT: Final = "client"
"""Under which parameter a handler finds the `Presented` client. A form's own parameter of this name is dropped."""
GRANTED: Final = "granted"
"""The one parameter that may come several times: the scopes that somebody ticked on the consent page."""
MOST_PARAMETERS: Final = 256
JWT_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM: Final = "application/x-www-form-urlencoded"
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SECRETS: Final = ("client_secret", "refresh_token", "token", "client_assertion", "assertion", "code_verifier")


class Presented(NamedTuple):
    """Client credentials as they came: nothing is verified.

    `method` is how, in the words of RFC 7591 §2; `raw_secret` what Basic held before it was decoded. With
    `private_key_jwt` the secret is the assertion.
    """

    id: str
    secret: str
    method: str
    raw_secret: str = ""


class MalformedError(ValueError):
    """A form or a header that can't be read; the message is for the client."""


def decode(request: Request) -> dict[str, Any] | Answer:
    """Return the form's parameters and the presented client, or the refusal of what can't be read."""
    try:
        params: dict[str, Any] = dict(_form(request))
    except MalformedError as malformed:
        return token_error("invalid_request", str(malformed))
    params.pop(CLIENT, None)
    header = request.headers.get("Authorization")
    if "client_assertion" in params:
        return _asserted(params, header)
    if header is None:
        if "client_id" in params:
            method = "client_secret_post" if "client_secret" in params else "none"
            params[CLIENT] = Presented(params["client_id"], params.get("client_secret", ""), method)
        return params
    try:
        params[CLIENT] = presented = basic(header)
    except MalformedError as malformed:
        return token_error("invalid_client", str(malformed), status=401, basic=True)
    if "client_secret" in params:
        return token_error("invalid_request", "Send the client's credentials once: by Basic or in the form, not both.")
    if params.get("client_id", presented.id) != presented.id:
        return token_error("invalid_request", "client_id in the form is another one than Basic names.")
    return params


def _asserted(params: dict[str, Any], header: str | None) -> dict[str, Any] | Answer:
    """Return the parameters with a client that comes with an assertion (RFC 7523 §2.2), or the refusal."""
    if header is not None or "client_secret" in params:
        return token_error("invalid_request", "Authenticate in one way only: by assertion, by Basic or in the form.")
    if params.get("client_assertion_type") != JWT_ASSERTION:
        return token_error("invalid_request", f"client_assertion_type must be {JWT_ASSERTION}.")
    named = _asserted_id(params)
    if named is None:
        return token_error("invalid_client", "The client assertion is no JWT with a sub.", status=401)
    if params.get("client_id", named) != named:
        return token_error("invalid_request", "client_id in the form is another one than the assertion names.")
    params[CLIENT] = Presented(named, params["client_assertion"], "private_key_jwt")
    return params


def _asserted_id(params: dict[str, Any]) -> str | None:
    named = unverified(params["client_assertion"]).get("sub")
    return named if isinstance(named, str) and named else None


def decode_page(request: Request) -> dict[str, Any]:
    """Return the parameters of a page: of the query, or of the form that was posted.

    Raises:
        MalformedError: if they can't be read, or one of them comes twice (RFC 6749 §3.1).
    """
    if request.method == "GET":
        return dict(_pairs(request.query))
    kind = request.headers.get("Content-Type")
    if kind is not None and not kind.lower().startswith(_FORM):
        raise MalformedError(f"Send the parameters as {_FORM}, not as {shown(kind)}.")
    try:
        return dict(_pairs(request.body.decode(), several=GRANTED))
    except UnicodeDecodeError:
        raise MalformedError("The body is not UTF-8.") from None


def page_client(request: Request) -> str | None:
    """Return the client that a page is about, None if it names none or can't be read."""
    try:
        return decode_page(request).get("client_id")
    except MalformedError:
        return None


def client_id(request: Request) -> str | None:
    """Return who says to be asking, None if nobody does or it can't be read."""
    header = request.headers.get("Authorization")
    try:
        if header is not None:
            return basic(header).id or None
        form = _form(request)
        return (_asserted_id(form) if "client_assertion" in form else None) or form.get("client_id") or None
    except MalformedError:
        return None


def basic(header: str) -> Presented:
    """Return the client of an `Authorization` header: id and secret were each encoded as in a form.

    >>> basic("Basic YSUzQWI6YyUyQmQ=")
    Presented(id='a:b', secret='c+d', method='client_secret_basic', raw_secret='c%2Bd')

    Raises:
        MalformedError: if it isn't Basic, or can't be decoded.
    """
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() != "basic":
        raise MalformedError(f"The client authenticates by Basic or in the form, not by {shown(scheme)}.")
    try:
        name, colon, secret = b64decode(value.strip(), validate=True).decode().partition(":")
    except (Base64Error, UnicodeDecodeError):
        raise MalformedError("What follows Basic is not base64 of UTF-8 text.") from None
    if not colon:
        raise MalformedError("What follows Basic is not base64 of id:secret.")
    return Presented(_plain(name), _plain(secret), "client_secret_basic", secret)


def _form(request: Request) -> dict[str, Any]:
    """Return what the body holds; a parameter without a value counts as left out (RFC 6749 §3.2)."""
    if any(name in _SECRETS for name in _names(request.query)):
        raise MalformedError("Credentials and tokens belong into the body, never into the URL.")
    kind = request.headers.get("Content-Type")
    if request.body and kind is not None and not kind.lower().startswith(_FORM):
        raise MalformedError(f"Send the parameters as {_FORM}, not as {shown(kind)}.")
    try:
        text = request.body.decode()
    except UnicodeDecodeError:
        raise MalformedError("The body is not UTF-8.") from None
    return _pairs(text)


def _pairs(text: str, several: str | None = None) -> dict[str, Any]:
    """Return the parameters in a text, of which only `several` may come more than once: it becomes a list."""
    if text.count("&") >= MOST_PARAMETERS:
        raise MalformedError(f"There are more than {MOST_PARAMETERS} parameters.")
    out: dict[str, Any] = {}
    many: list[str] = []
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        name = _plain(name)
        if several is not None and name == several:
            many.append(_plain(value))
            continue
        if name in out:
            raise MalformedError(f"{shown(name)} is given more than once.")
        if name:
            out[name] = _plain(value)
    found = {name: value for name, value in out.items() if value}
    return found | {several: many} if several is not None and many else found


def _names(query: str) -> list[str]:
    return [pair.partition("=")[0] for pair in query.split("&")] if query else []


def _plain(text: str) -> str:
    text = text.replace("+", " ")
    if "%" not in text:
        return text
    if _BROKEN_ESCAPE.search(text) is not None:
        raise MalformedError("A percent sign stands without two hex digits after it; encode it as %25.")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise MalformedError("An escape is not UTF-8.") from None
