"""PayPal's own trigger of errors, and how operations here are declared.

`PayPal-Mock-Response: {"mock_application_codes":"INSTRUMENT_DECLINED"}` makes an operation refuse with an issue that it
knows; any other value is ignored, and the call runs. (developer.paypal.com, Negative testing; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.operation import Operation
from brownout.providers.paypal.errors import ON, Issues, refusal

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call, Handler

HEADER: Final = "PayPal-Mock-Response"
_MOST_LETTERS: Final = 1024


def wanted(header: str) -> str | None:
    """Return the issue that a header asks for, None if it can't be read.

    >>> wanted('{"mock_application_codes": "INSTRUMENT_DECLINED"}'), wanted("{"), wanted("[1]")
    ('INSTRUMENT_DECLINED', None, None)
    """
    try:
        given = orjson.loads(header[:_MOST_LETTERS])
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return None
    code = given.get("mock_application_codes") if isinstance(given, dict) else None
    return code if isinstance(code, str) else None


def operation(name: str, run: Handler, **declared: Any) -> Operation:
    """Return an operation that heeds the trigger."""
    issues = ON[name]
    return Operation(name=name, run=_heeding(run, issues), **declared)


def _heeding(run: Handler, on: Issues) -> Handler:
    def handler(call: Call) -> Answer:
        header = call.headers.get(HEADER)
        if header is not None and (issue := wanted(header)) in on.words and issue is not None:
            raise refusal(call, on, issue)
        return run(call)

    return handler
