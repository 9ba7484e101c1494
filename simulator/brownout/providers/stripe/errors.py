"""Stripe's error envelope, and the refusals that many operations share.

`Refused` is raised by checks; `executed` says whether the endpoint had begun to run, which is what decides whether
the answer is kept under an idempotency key and carries `Stripe-Should-Retry`. Keys of `error` are alphabetical,
null ones are left out, `doc_url` is there exactly when `code` is. (Stripe docs, API reference: Errors and
Idempotent requests; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import Refused
from brownout.core.exchange import Answer

if TYPE_CHECKING:
    from brownout.core.operation import Call

INVALID: Final = "invalid_request_error"
CARD: Final = "card_error"

_ELSEWHERE: Final = (
    "; It's possible this PaymentMethod exists on one of your connected accounts, in which case you should retry "
    "this request on that connected account. Learn more at https://stripe.com/docs/connect/authentication"
)
NOUNS: Final = {
    "balance_transaction": "balancetransaction",
    "payment_method": "PaymentMethod",
    "webhook_endpoint": "webhook endpoint",
}
"""What a missing object is called in the message, where that isn't its type's name."""
PATH_PARAMS: Final = {
    "payment_intent": "intent",
    "payment_method": "payment_method",
    "refund": "refund",
    "webhook_endpoint": "webhook_endpoint",
}
"""Which `param` a missing object in the path is reported under; `id` for all others."""


def envelope(type: str, message: str, **fields: Any) -> dict[str, Any]:
    """Return the body of an error.

    >>> envelope("invalid_request_error", "No.", code="x_y", param=None)["error"]["doc_url"]
    'https://stripe.com/docs/error-codes/x-y'
    """
    given = {name: value for name, value in fields.items() if value is not None}
    given["type"] = type
    given["message"] = message
    code = given.get("code")
    if code is not None:
        given["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
    return {"error": dict(sorted(given.items()))}


def log_url(call: Call) -> str:
    """Return where the Dashboard would show this request."""
    return logs_url(call.account, call.request_id or "")


def logs_url(account: str, request_id: str) -> str:
    """Return where the Dashboard shows the request of this id."""
    return f"https://dashboard.stripe.com/{account}/test/workbench/logs?object={request_id}"


def refusal(
    call: Call,
    message: str,
    *,
    status: int = 400,
    type: str = INVALID,
    code: str | None = None,
    param: str | None = None,
    executed: bool = False,
    **fields: Any,
) -> Refused:
    """Return the exception to raise; nothing may have been changed before it."""
    body = envelope(type, message, code=code, param=param, request_log_url=log_url(call), **fields)
    return Refused(Answer(status, body, error=code or type, stored=executed))


def no_such(call: Call, object_type: str, object_id: str, *, param: str | None = None) -> Refused:
    """Return the refusal of an id that nobody created: 404 in the path, 400 for one in `param`."""
    return refusal(
        call,
        missing_message(object_type, object_id),
        status=404 if param is None else 400,
        code="resource_missing",
        param=PATH_PARAMS.get(object_type, "id") if param is None else param,
    )


def missing_message(object_type: str, object_id: str) -> str:
    """Return the words for an id that nobody created.

    >>> missing_message("customer", "cus_x")
    "No such customer: 'cus_x'"
    """
    told = f"No such {NOUNS.get(object_type, object_type)}: '{object_id}'"
    return told + _ELSEWHERE if object_type == "payment_method" else told


def find(call: Call, object_type: str, object_id: str, *, param: str | None = None) -> dict[str, Any]:
    """Return the object, or refuse as `no_such` does."""
    found = call.table(object_type).get(object_id)
    if found is None:
        raise no_such(call, object_type, object_id, param=param)
    return found
