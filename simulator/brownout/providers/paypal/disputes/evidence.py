"""Reads the form in which evidence is sent: JSON in a part named `input`, beside files that nobody looks into.

(RFC 7578; PayPal REST API specifications, Disputes v1: multipart/form-data, -mixed and -related; read 2026-11-23.)
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from brownout.core import multipart

NAMES: Final = frozenset({"paypal.disputes.provide-evidence", "paypal.disputes.appeal"})
"""Operations whose body may be such a form."""


def read_form(kind: str, body: bytes) -> dict[str, Any] | None:
    r"""Return what the part `input` says, None if there is none that can be read.

    >>> form = b'--b\r\nContent-Disposition: form-data; name="input"\r\n\r\n{"note": "x"}\r\n--b--'
    >>> read_form("multipart/form-data; boundary=b", form), read_form("multipart/form-data", form)
    ({'note': 'x'}, None)
    """
    try:
        given = next((orjson.loads(part.content) for part in multipart.parse(kind, body) if part.name == "input"), None)
    except (multipart.MalformedError, orjson.JSONDecodeError):
        return None
    return given if isinstance(given, dict) else None
