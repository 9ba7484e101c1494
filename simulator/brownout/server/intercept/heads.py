"""Reads the head of a CONNECT request, as strictly as RFC 9110 §9.3.6 and RFC 9112 allow. No I/O."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from brownout.server.intercept.names import Place, place

HEAD_MOST_BYTES: Final = 16_384
_HEADERS_MOST: Final = 100
_FIELD: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*")


class Refusal(NamedTuple):
    """Why something isn't done: a status, and one line of plain text."""

    status: int
    why: str


def connect(head: bytes) -> Place | Refusal:
    r"""Return the place that a CONNECT request wants; `head` is all that came before we answered.

    >>> connect(b"CONNECT api.stripe.com:443 HTTP/1.1\r\nHost: whatever\r\n\r\n")
    Place(host='api.stripe.com', port=443)
    >>> connect(b"CONNECT api.stripe.com:443 HTTP/1.1\r\nContent-Length: 3\r\n\r\n")
    Refusal(status=400, why='CONNECT has no body')
    """
    head, end, rest = head.partition(b"\r\n\r\n")
    if len(head) > HEAD_MOST_BYTES:
        return Refusal(431, f"a head of more than {HEAD_MOST_BYTES} bytes")
    if not end:
        return Refusal(400, "the head has no end")
    if rest:
        return Refusal(400, "bytes after the head, before the connection was established")
    lines = head.split(b"\r\n")
    if any(b"\n" in line or b"\r" in line for line in lines):
        return Refusal(400, "a line of the head doesn't end in CR LF")
    words = lines[0].split(b" ")
    if len(words) != 3 or words[0] != b"CONNECT" or words[2] not in (b"HTTP/1.1", b"HTTP/1.0"):
        return Refusal(400, "not a CONNECT request: CONNECT HOST:PORT HTTP/1.1")
    if len(lines) > _HEADERS_MOST:
        return Refusal(431, f"more than {_HEADERS_MOST} headers")
    for line in lines[1:]:
        field = _FIELD.fullmatch(line)
        if field is None:
            return Refusal(400, "a header that can't be read")
        name = field[1].lower()
        if name == b"transfer-encoding" or (name == b"content-length" and field[2] != b"0"):
            return Refusal(400, "CONNECT has no body")
    wanted = place(words[1].decode("ascii", "replace"), None)
    return wanted if wanted is not None else Refusal(400, "CONNECT wants HOST:PORT, nothing more and nothing less")
