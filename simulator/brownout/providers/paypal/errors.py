"""PayPal's error envelope, the issues that each operation knows, and the refusals that many share.

Keys stand in the order of recorded answers: name, details, message, debug_id, links. (paypal.com sandbox answers
recorded in 2025; PayPal REST API specifications; developer.paypal.com, API responses; read 2026-11-23.)
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.core.errors import Refused
from brownout.core.exchange import Answer
from brownout.providers.paypal import issues_known
from brownout.providers.paypal.orders import issues_orders, issues_parts, issues_sources
from brownout.providers.paypal.payments import issues_payments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brownout.core.operation import Call

    Table = Mapping[int, Mapping[str, str]]

_SHOWN_LETTERS: Final = 256

NAMES: Final = {
    400: ("INVALID_REQUEST", "Request is not well-formed, syntactically incorrect, or violates schema."),
    401: (
        "AUTHENTICATION_FAILURE",
        "Authentication failed due to missing authorization header, or invalid authentication credentials.",
    ),
    403: ("NOT_AUTHORIZED", "Authorization failed due to insufficient permissions."),
    404: ("RESOURCE_NOT_FOUND", "The specified resource does not exist."),
    409: ("RESOURCE_CONFLICT", "The server has detected a conflict while processing this request."),
    415: ("UNSUPPORTED_MEDIA_TYPE", "The server does not support the request payload's media type."),
    422: (
        "UNPROCESSABLE_ENTITY",
        "The requested action could not be performed, semantically incorrect, or failed business validation.",
    ),
    429: ("RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting."),
    500: ("INTERNAL_SERVER_ERROR", "An internal server error occurred."),
    503: ("SERVICE_UNAVAILABLE", "Service Unavailable."),
}
"""Status to `name` and `message`."""

ANYWHERE: Final[Table] = {
    401: {"INVALID_ACCOUNT_STATUS": "Account validations failed for the user."},
    403: {"PERMISSION_DENIED": "You do not have permission to access or perform operations on this resource."},
    404: {"INVALID_RESOURCE_ID": ("Specified resource ID does not exist. Please check the resource ID and try again.")},
    409: {
        "PREVIOUS_REQUEST_IN_PROGRESS": (
            "A previous request on this resource is currently in progress. Please wait for sometime and try again. It "
            "is best to space out the initial and the subsequent request(s) to avoid receiving this error."
        )
    },
    422: {"DUPLICATE_REQUEST_ID": "The value of PayPal-Request-Id header has already been used."},
}
"""Issues of every operation."""


class Issues(NamedTuple):
    """What one operation may say: issue to (status, description). `family` is where its errors are documented."""

    family: str
    words: Mapping[str, tuple[int, str]]


def _rows(tables: Iterable[Table]) -> dict[str, tuple[int, str]]:
    rows = chain.from_iterable(table.items() for table in tables)
    return {issue: (status, said) for status, row in rows for issue, said in row.items()}


_EVERY, _PAY = issues_orders.EVERY, issues_orders.PAY
_REFUND_400: Final = {400: issues_payments.AUTH_CAPTURE[400]}
_AMOUNTS: Final = {
    422: {
        issue: issues_payments.AUTH_CAPTURE[422][issue]
        for issue in (
            "CANNOT_BE_ZERO_OR_NEGATIVE", "DECIMALS_NOT_SUPPORTED", "DECIMAL_PRECISION", "INVALID_CURRENCY_CODE",
        )
    }
}  # fmt: skip
_JSON: Final = {400: {"MALFORMED_REQUEST_JSON": _EVERY[400]["MALFORMED_REQUEST_JSON"]}}

_TABLES: Final[dict[str, tuple[str, tuple[Table, ...]]]] = {
    "paypal.orders.create": ("orders", (_EVERY, issues_orders.CREATE)),
    "paypal.orders.retrieve": ("orders", ()),
    "paypal.orders.update": ("orders", (_EVERY, issues_orders.CREATE, issues_orders.UPDATE)),
    "paypal.orders.confirm": ("orders", (_JSON,)),
    "paypal.orders.authorize": ("orders", (_EVERY, _PAY, issues_orders.AUTHORIZE)),
    "paypal.orders.capture": ("orders", (_EVERY, _PAY, issues_orders.CAPTURE)),
    "paypal.orders.track": ("orders", (_JSON,)),
    "paypal.trackers.update": ("orders", (_JSON,)),
    "paypal.authorizations.retrieve": ("payments", ()),
    "paypal.authorizations.capture": ("payments", (_JSON, issues_payments.AUTH_CAPTURE)),
    "paypal.authorizations.reauthorize": ("payments", (_JSON, _AMOUNTS)),
    "paypal.authorizations.void": ("payments", (_JSON, issues_payments.VOID)),
    "paypal.captures.retrieve": ("payments", ()),
    "paypal.captures.refund": ("payments", (_JSON, _REFUND_400, _AMOUNTS, issues_payments.REFUND)),
    "paypal.refunds.retrieve": ("payments", ()),
}
_WORDS: Final = (
    issues_sources.WORDS
    | issues_parts.WORDS
    | {
        issue: said
        for _, tables in reversed(_TABLES.values())
        for issue, (_, said) in _rows((ANYWHERE, *tables)).items()
    }
)


def _on(name: str, family: str, tables: tuple[Table, ...]) -> Issues:
    also = {
        issue: (status, _WORDS[issue])
        for table in (issues_known.BESIDES, issues_known.ALSO)
        for status, issues in table.get(name, {}).items()
        for issue in issues
    }
    words = also | _rows((ANYWHERE, *tables))
    own = issues_known.OWN_WORDS.get(name, {})
    return Issues(family, {issue: (status, own.get(issue, said)) for issue, (status, said) in words.items()})


ON: Final = {name: _on(name, family, tables) for name, (family, tables) in _TABLES.items()}
"""What each operation may say."""
ANY: Final = {
    issue: (status, said) for issues in reversed(ON.values()) for issue, (status, said) in issues.words.items()
}
"""Every issue there is, for faults that ask for one that its operation doesn't know."""


def envelope(
    status: int, debug_id: str, *, family: str = "orders", issue: str | None = None, description: str | None = None,
    field: str | None = None, value: Any = None, location: str = "body",
) -> dict[str, Any]:  # fmt: skip
    """Return the body of an error, with one detail if there is an `issue`.

    >>> envelope(429, "f1")
    {'name': 'RATE_LIMIT_REACHED', 'message': 'Too many requests. Blocked due to rate limiting.', 'debug_id': 'f1', \
'links': []}
    """
    name, message = NAMES.get(status, (f"HTTP_{status}", f"The server answered {status}."))
    if issue is None:
        return {"name": name, "message": message, "debug_id": debug_id, "links": []}
    detail: dict[str, Any] = {}
    if field is not None:
        detail["field"] = field
        if isinstance(value, str | int | float):
            detail["value"] = str(value)[:_SHOWN_LETTERS]
        detail["location"] = location
    detail["issue"] = issue
    detail["description"] = issue if description is None else description
    api = family if "/" in family else f"{family}/v2"
    href = f"https://developer.paypal.com/api/rest/reference/{api}/errors/#{issue}"
    links = [{"href": href, "rel": "information_link", "method": "GET"}]
    return {"name": name, "details": [detail], "message": message, "debug_id": debug_id, "links": links}


_SECRETS: Final = ("/number", "/security_code", "/cryptogram", "/emv_data", "/auth_code")
"""Ends of pointers whose value is never said back: it would stand in logs, a client's and ours."""


def refusal(
    call: Call, on: Issues, issue: str, *, field: str | None = None, value: Any = None, location: str = "body",
    description: str | None = None,
) -> Refused:  # fmt: skip
    """Return the exception to raise; nothing may have been changed before it."""
    status, said = on.words.get(issue) or ANY[issue]
    body = envelope(
        status, call.request_id or "", family=on.family, issue=issue, description=description or said, field=field,
        value=None if (field or "").endswith(_SECRETS) else value, location=location,
    )  # fmt: skip
    return Refused(Answer(status, body, error=issue, stored=False))


def find(call: Call, on: Issues, object_type: str) -> dict[str, Any]:
    """Return the object whose id is in the path.

    Raises:
        Refused: if nobody created it.
    """
    object_id = call.path["id"]
    found = call.table(object_type).get(object_id)
    if found is None:
        raise refusal(call, on, "INVALID_RESOURCE_ID", field=f"{object_type}_id", value=object_id, location="path")
    return found
