"""What the answers of somebody's service claim: which requests are operations, about which key, and how they ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qs, quote, unquote, urlsplit

import orjson

from brownout.core.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

OUTCOMES: Final = ("ok", "fail", "unknown")
DEFAULT_OUTCOMES: Final = {
    "2xx": "ok", "3xx": "unknown", "4xx": "fail", "5xx": "unknown", "timeout": "unknown", "failure": "unknown",
}  # fmt: skip
"""`timeout` is no answer at all, `failure` one of 2xx or 3xx that the locustfile's own check didn't like."""
PLACES: Final = ("baggage", "header", "body", "response")
OPERATIONS: Final = ("POST *",)
_CODE: Final = re.compile(r"[1-5](\d\d|xx)")
_KEY: Final = "brownout.key"


def with_baggage(baggage: str, key: str, due_seconds: float) -> str:
    """Return a `baggage` header that says for which operation a request is, and when that was due.

    >>> with_baggage("a=1", "order 7", 1.5)
    'a=1,brownout.key=order%207,brownout.due=1.500000'
    """
    own = f"{_KEY}={quote(key, safe='')},brownout.due={max(0.0, due_seconds):.6f}"
    return f"{baggage},{own}" if baggage else own


def key_in(baggage: str) -> str | None:
    """Return the operation that a `baggage` header names.

    >>> key_in("a=1,brownout.key=order%207;x=y"), key_in("a=1")
    ('order 7', None)
    """
    for member in baggage.split(","):
        name, _, value = member.partition("=")
        if name.strip() == _KEY:
            return unquote(value.partition(";")[0].strip()) or None
    return None


@dataclass(frozen=True, slots=True)
class Terms:
    """How the service's answers are read. `outcomes` is empty where they claim nothing.

    `place` is where an operation's key is: `baggage` (made here, unless the locustfile gives one), or a `header` or
    `body` field of the request, or a field of the `response`; `name` says which. `operations` are globs over
    `METHOD PATH`, or over the name that the locustfile gives its request.
    """

    place: str = "baggage"
    name: str = ""
    outcomes: Mapping[str, str] | None = None
    operations: tuple[str, ...] = OPERATIONS

    @classmethod
    def read(cls, key: str = "baggage", claims: str = "", operations: Iterable[str] = ()) -> Self:
        """Return the terms that `--key`, `--claims` and `--operation` describe.

        Raises:
            UsageError: if one is wrong.
        """
        place, colon, name = key.partition(":")
        if place not in PLACES:
            raise UsageError(f"--key {key}: {did_you_mean(place, PLACES)}")
        if (place == "baggage") is bool(colon) or (colon and not name):
            raise UsageError(f"--key {key}: write baggage, header:NAME, body:FIELD or response:FIELD")
        globs = tuple(operations) or OPERATIONS
        for glob in globs:
            method, _, path = glob.partition(" ")
            if not path or not (method == "*" or (method.isascii() and method.isalpha() and method.isupper())):
                raise UsageError(f"--operation {glob!r}: write METHOD PATH, such as 'POST /orders/*/pay'")
        return cls(place=place, name=name, outcomes=_outcomes(claims), operations=globs)

    @property
    def given(self) -> bool:
        """Whether answers claim anything."""
        return bool(self.outcomes)

    def concerns(self, method: str, url: str, name: str | None = None) -> bool:
        """Return whether a request is an operation.

        >>> Terms().concerns("post", "http://shop/pay?x=1"), Terms().concerns("GET", "/pay")
        (True, False)
        """
        said = [f"{method.upper()} {urlsplit(url).path or '/'}"] + ([f"{method.upper()} {name}"] if name else [])
        return any(fnmatchcase(one, glob) for one in said for glob in self.operations)

    def key_of_request(self, headers: Mapping[str, Any], body: Any) -> str | None:
        """Return the key that a request names: None if it names none, or isn't where it is looked for."""
        if self.place == "baggage":
            return key_in(str(_header(headers, "baggage") or ""))
        if self.place == "header":
            found = _header(headers, self.name)
            return None if found is None else str(found) or None
        return _text_at(_parsed(body), self.name) if self.place == "body" else None

    def key_of_response(self, content: bytes | str | None) -> str | None:
        """Return the key that an answer names, None if none, or if it isn't looked for there."""
        return _text_at(_parsed(content), self.name) if self.place == "response" else None

    def outcome(self, status: int, *, disliked: bool = False) -> str:
        """Return what an answer claims; `status` is 0 where none came.

        >>> known = Terms.read(claims="404=unknown")
        >>> [known.outcome(status) for status in (201, 404, 402, 503, 0)]
        ['ok', 'unknown', 'fail', 'unknown', 'unknown']
        """
        known = self.outcomes or DEFAULT_OUTCOMES
        if not status:
            return known["timeout"]
        if disliked and status < 400:
            return known["failure"]
        return known.get(str(status)) or known.get(f"{status // 100}xx", "unknown")


def _outcomes(text: str) -> Mapping[str, str] | None:
    if text == "none":
        return None
    found = dict(DEFAULT_OUTCOMES)
    for part in filter(None, (one.strip() for one in text.split(","))):
        what, equals, outcome = (one.strip() for one in part.partition("="))
        if not equals or (what not in DEFAULT_OUTCOMES and _CODE.fullmatch(what) is None):
            raise UsageError(
                f"--claims: {part!r} isn't WHAT=OUTCOME; WHAT is a status (404), a class (4xx), timeout or failure; "
                "or say none"
            )
        if outcome not in OUTCOMES:
            raise UsageError(f"--claims: {part!r}: {did_you_mean(outcome, OUTCOMES)}")
        found[what] = outcome
    return found


def _header(headers: Mapping[str, Any], name: str) -> Any:
    return next((value for key, value in headers.items() if str(key).lower() == name.lower()), None)


def _parsed(body: Any) -> Any:
    """Return a body as fields: JSON, or a form."""
    if isinstance(body, str):
        body = body.encode()
    if not isinstance(body, bytes):
        return body
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _text_at(value: Any, path: str) -> str | None:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and str(value) else None
