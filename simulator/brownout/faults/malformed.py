"""`malformed`: the answer's body isn't the JSON that it should be."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias, assert_never

from brownout.core.effects import Reword

if TYPE_CHECKING:
    from brownout.core.effects import Reply
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation

Change: TypeAlias = Literal[
    "cut_off", "trailing_comma", "single_quotes", "nan", "bom", "two_documents", "bad_utf8", "empty", "html"
]

_SAID: Final[dict[Change, str]] = {
    "cut_off": "break the JSON off in its middle",
    "trailing_comma": "leave a comma before the last bracket",
    "single_quotes": "quote with apostrophes",
    "nan": "put NaN for the first number",
    "bom": "begin with a byte order mark",
    "two_documents": "send the document twice",
    "bad_utf8": "put a byte that is no UTF-8 into the first text",
    "empty": "send no body",
    "html": "send a page where JSON was promised",
}
_TOKENS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"(?P<key>\s*:)?|(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)')
"""The texts and the numbers of JSON; what stands in a text is no number."""
_PAGE: Final = (
    b"<!DOCTYPE html>\n<html>\n<head><title>Please wait...</title></head>\n"
    b"<body>\n<p>Your request is being checked. Please enable JavaScript and cookies to go on.</p>\n</body>\n</html>\n"
)


@dataclass(frozen=True, kw_only=True)  # without slots: its effect is made once and kept
class Malformed:
    """Spoil the body of a JSON answer, whose status and Content-Type stay as they were. The effect stands.

    `cut_off` sends the first half of it, `trailing_comma` leaves a comma before the last bracket, `single_quotes`
    quotes with apostrophes, `nan` writes the first number as NaN (which some parsers take: Python's does), `bom` begins
    with a byte order mark, `two_documents` sends it twice, `bad_utf8` puts a byte into the first text that is no UTF-8,
    `empty` sends nothing, and `html` the page of a firewall that wants a browser.

    An answer that isn't a JSON object or list passes, and so does one without a number for `nan`, without a text for
    `single_quotes` and `bad_utf8`.

    Example:
        # 200, but the document breaks off in its middle.
        - {name: half-json, kind: malformed, match: {operation: stripe.customers.retrieve}, change: cut_off}
        # Some parsers take NaN for an amount.
        - {name: not-a-number, kind: malformed, match: {operation: stripe.payment_intents.retrieve}, change: nan}
        # The charge has happened; the answer says 200 and nothing else.
        - {name: nothing-said, kind: malformed, match: {operation: stripe.payment_intents.create}, change: empty}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "malformed"
    default_target: ClassVar[Target | None] = "response"

    change: Change

    @cached_property
    def effect(self) -> Reword:
        """What becomes of the answer."""
        return Reword(change=self._reword, said=_SAID[self.change])

    def targets(self) -> tuple[Target, ...]:
        """Return the response: there is no answer before."""
        return ("response",)

    def suits(self, operation: Operation) -> bool:
        """Return True: an answer that isn't JSON passes."""
        return True

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Reword]:
        """Return the one change."""
        return (self.effect,)

    def _reword(self, reply: Reply) -> Reply | None:
        body = reply.body
        if body.lstrip()[:1] not in (b"{", b"["):
            return None
        spoiled = _spoiled(self.change, body)
        return None if spoiled is None else replace(reply, body=spoiled)


def _spoiled(change: Change, body: bytes) -> bytes | None:
    r"""Return what becomes of a JSON object or list; None if there is nothing in it to spoil.

    >>> [_spoiled(change, b'{"7": [7, "a"]}') for change in ("trailing_comma", "nan", "bad_utf8", "two_documents")]
    [b'{"7": [7, "a"],}', b'{"7": [NaN, "a"]}', b'{"7": [7, "\xffa"]}', b'{"7": [7, "a"]}{"7": [7, "a"]}']
    """
    match change:
        case "cut_off":
            return body[: len(body) // 2]
        case "trailing_comma":
            whole = body.rstrip()
            return whole[:-1] + b"," + whole[-1:]
        case "single_quotes":
            return body.replace(b'"', b"'") if b'"' in body else None
        case "nan":
            found = next((one for one in _TOKENS.finditer(body) if one["number"]), None)
            return None if found is None else body[: found.start()] + b"NaN" + body[found.end() :]
        case "bom":
            return b"\xef\xbb\xbf" + body
        case "two_documents":
            return body + body
        case "bad_utf8":
            text = next((one for one in _TOKENS.finditer(body) if not one["number"] and not one["key"]), None)
            return None if text is None else body[: text.start() + 1] + b"\xff" + body[text.start() + 1 :]
        case "empty":
            return b""
        case "html":
            return _PAGE
        case _:
            assert_never(change)
