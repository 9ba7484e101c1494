"""How the webhooks API refuses: an envelope older than that of orders and payments.

Names and messages are from answers that PayPal's own SDKs' users published, 2014 to 2020, and from
developer.paypal.com, Webhooks Management v1, errors; read 2026-11-23. `WEBHOOK_PATCH_REQUEST_NO_CHANGE` is from memory.
Every name but `INVALID_RESOURCE_ID` is a 400.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import Refused
from brownout.core.exchange import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout.core.operation import Call

_DOCUMENTED: Final = "https://developer.paypal.com/docs/api/webhooks/#errors"
NAMES: Final = {
    "VALIDATION_ERROR": "Invalid data provided",
    "WEBHOOK_URL_ALREADY_EXISTS": "Webhook URL already exists",
    "WEBHOOK_NUMBER_LIMIT_EXCEEDED": "The webhook's number limit has exceeded.",
    "WEBHOOK_PATCH_REQUEST_NO_CHANGE": "Webhook patch request does not have any changes",
    "INVALID_RESOURCE_ID": "Resource id is invalid",
}
"""Name to message."""


def refused(call: Call, name: str, details: Sequence[dict[str, Any]] = ()) -> Refused:
    """Return the exception to raise; nothing may have been changed before it."""
    body = {
        "name": name,
        "message": NAMES[name],
        "debug_id": call.request_id or "",
        "information_link": _DOCUMENTED,
        "details": list(details),
        "links": [],
    }
    return Refused(Answer(404 if name == "INVALID_RESOURCE_ID" else 400, body, error=name, stored=False))


def invalid(call: Call, *issues: tuple[str, str]) -> Refused:
    """Return the refusal of fields, each with what is wrong with it."""
    return refused(call, "VALIDATION_ERROR", [{"field": field, "issue": issue} for field, issue in issues])


def not_found(call: Call) -> Refused:
    """Return the refusal of an id that nothing has."""
    return refused(call, "INVALID_RESOURCE_ID")
