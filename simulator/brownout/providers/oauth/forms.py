"""What clients send to the token endpoint: a flat form, and the client's credentials beside it or inside it.

(RFC 6749 §2.3.1, §3.2 and Appendix B; read 2026-11-23.)
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote

from brownout.providers.oauth.errors import shown, token_error

if TYPE_CHECKING:
    from brownout.core.exchange import Answer, Request

CLIENT: Final = "client"
"""Under which parameter a handler finds the `Presented` client. A form's own parameter of this name is dropped."""
MOST_PARAMETERS: Final = 256
_FORM: Final = "application/x-www-form-urlencoded"
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SECRETS: Final = ("client_secret", "refresh_token", "token")


class Presented(NamedTuple):
    """Client credentials as they came: nothing is verified.

    `method` is how, in the words of RFC 7591 §2; `raw_secret` what Basic held before it was decoded.
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
    if header is None:
        if "client_id" in params:
            params[CLIENT] = Presented(params["client_id"], params.get("client_secret", ""), "client_secret_post")
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


def client_id(request: Request) -> str | None:
    """Return who says to be asking, None if nobody does or it can't be read."""
    header = request.headers.get("Authorization")
    try:
        return (_form(request).get("client_id") if header is None else basic(header).id) or None
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


def _form(request: Request) -> dict[str, str]:
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
    if text.count("&") >= MOST_PARAMETERS:
        raise MalformedError(f"The body holds more than {MOST_PARAMETERS} parameters.")
    out: dict[str, str] = {}
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        name = _plain(name)
        if name in out:
            raise MalformedError(f"{shown(name)} is given more than once.")
        if name:
            out[name] = _plain(value)
    return {name: value for name, value in out.items() if value}


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
