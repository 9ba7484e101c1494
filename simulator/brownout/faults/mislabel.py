"""`mislabel`: the answer's headers don't fit its body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias

from brownout.core.effects import Reword

if TYPE_CHECKING:
    from brownout.core.effects import Reply
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation

Change: TypeAlias = Literal["html", "text", "json", "bytes", "utf16", "no_charset", "gzip", "huge_header"]

_TYPES: Final[dict[Change, str]] = {
    "html": "text/html; charset=utf-8",
    "text": "text/plain",
    "json": "application/json",
    "bytes": "application/octet-stream",
    "utf16": "application/json; charset=utf-16",
}
_HUGE_BYTES: Final = 70_000
"""More than any of the usual clients reads of one header (Python's http.client: 65,536)."""


@dataclass(frozen=True, kw_only=True)  # without slots: its effect is made once and kept
class Mislabel:
    """Send the answer as it is, under headers that say something else of it. The effect stands.

    `change` is what they say: `html`, `text`, `json`, `bytes` (application/octet-stream) or `utf16` as Content-Type;
    `no_charset` takes the charset from it; `gzip` announces a compression that isn't there; `huge_header` adds a header
    of 70,000 bytes. An answer that says so already passes, and for `no_charset` one that names no charset.

    Example:
        # JSON that is said to be a web page.
        - {name: not-json, kind: mislabel, match: {operation: stripe.payment_intents.retrieve}, change: html}
        # A proxy took the compression off and left its header.
        - {name: not-gzip, kind: mislabel, match: {operation: stripe.customers.retrieve}, change: gzip}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "mislabel"
    default_target: ClassVar[Target | None] = "response"

    change: Change

    @cached_property
    def effect(self) -> Reword:
        """What becomes of the answer."""
        said = {
            "no_charset": "take the charset from Content-Type",
            "gzip": "say that it is compressed",
            "huge_header": f"add a header of {_HUGE_BYTES} bytes",
        }
        return Reword(change=self._reword, said=said.get(self.change) or f"say that it is {_TYPES[self.change]}")

    def targets(self) -> tuple[Target, ...]:
        """Return the response: there is no answer before."""
        return ("response",)

    def suits(self, operation: Operation) -> bool:
        """Return True: every answer has headers."""
        return True

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Reword]:
        """Return the one change."""
        return (self.effect,)

    def _reword(self, reply: Reply) -> Reply | None:
        if self.change == "gzip":
            encoded = any(name.lower() == "content-encoding" for name in reply.headers)
            return None if encoded or not reply.body else _with(reply, "Content-Encoding", "gzip")
        if self.change == "huge_header":
            return _with(reply, "X-Debug-Trace", "0" * _HUGE_BYTES)
        now = next((text for name, text in reply.headers.items() if name.lower() == "content-type"), "")
        plain, semicolon, _ = now.partition(";")
        if self.change == "no_charset":
            return _with(reply, "Content-Type", plain.strip()) if semicolon else None
        wanted = _TYPES[self.change]
        return _with(reply, "Content-Type", wanted) if _key(wanted) != _key(now) else None


def _key(content_type: str) -> str:
    """Return what tells two content types apart: UTF-8 is JSON's own.

    >>> _key("application/json; charset=UTF-8"), _key("application/json; charset=utf-16")
    ('application/json', 'application/json;charset=utf-16')
    """
    return content_type.lower().replace(" ", "").removesuffix(";charset=utf-8")


def _with(reply: Reply, name: str, text: str) -> Reply:
    others = {key: value for key, value in reply.headers.items() if key.lower() != name.lower()}
    return replace(reply, headers={**others, name: text})
