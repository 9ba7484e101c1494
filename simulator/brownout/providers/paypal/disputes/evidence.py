"""Reads the form in which evidence is sent: JSON in a part named `input`, beside files that nobody looks into.

(RFC 7578; PayPal REST API specifications, Disputes v1: multipart/form-data, -mixed and -related; read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

NAMES: Final = frozenset({"paypal.disputes.provide-evidence", "paypal.disputes.appeal"})
"""Operations whose body may be such a form."""
_BOUNDARY: Final = re.compile(r'boundary="?([^";,]{1,70})"?', re.IGNORECASE)
_INPUT: Final = re.compile(rb'name="?input"?', re.IGNORECASE)


def read_form(kind: str, body: bytes) -> dict[str, Any] | None:
    r"""Return what the part `input` says, None if there is none that can be read.

    >>> form = b'--b\r\nContent-Disposition: form-data; name="input"\r\n\r\n{"note": "x"}\r\n--b--'
    >>> read_form("multipart/form-data; boundary=b", form), read_form("multipart/form-data", form)
    ({'note': 'x'}, None)
    """
    found = _BOUNDARY.search(kind)
    if found is None:
        return None
    for part in body.split(b"--" + found[1].encode("utf-8", "replace")):
        head, gap, content = part.partition(b"\r\n\r\n")
        if gap and _INPUT.search(head):
            try:
                given = orjson.loads(content)
            except orjson.JSONDecodeError:
                return None
            return given if isinstance(given, dict) else None
    return None
