"""Onfido's error envelope, and the refusals that many operations share.

`fields` is filled for validation only, and empty otherwise. (Onfido API v3.6, official OpenAPI description and SDK
test suites; answers logged in public client code; read 2026-11-22. Statuses and sentences that none of these show are
ours: docs/providers/onfido.md lists them.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import Refused
from brownout.core.exchange import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call

VALIDATION: Final = "validation_error"
NOUNS: Final = {
    "applicant": "Applicant",
    "document": "Document",
    "live_photo": "Live photo",
    "check": "Check",
    "report": "Report",
    "webhook": "Webhook",
}
"""What a missing object is called in the message."""
_INVALID: Final = "There was a validation error on this request"


def envelope(type: str, message: str, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the body of an error.

    >>> envelope("gone", "It was deleted")
    {'error': {'type': 'gone', 'message': 'It was deleted', 'fields': {}}}
    """
    return {"error": {"type": type, "message": message, "fields": fields or {}}}


def refusal(status: int, type: str, message: str, fields: Mapping[str, Any] | None = None) -> Refused:
    """Return the exception to raise; nothing may have been changed before it."""
    return Refused(Answer(status, envelope(type, message, fields), error=type))


def invalid(fields: Mapping[str, Any], type: str = VALIDATION, message: str = _INVALID) -> Refused:
    """Return the refusal of parameters: `fields` has the messages for each, a list of objects for nested ones."""
    return refusal(422, type, message, fields)


def not_found(object_type: str, object_id: str) -> Refused:
    """Return the refusal of an id that nobody created."""
    return refusal(404, "resource_not_found", missing_message(object_type, object_id))


def missing_message(object_type: str, object_id: str) -> str:
    """Return the words for an id that nobody created.

    >>> missing_message("applicant", "x")
    'Could not find the following resource: Applicant with id=x'
    """
    return f"Could not find the following resource: {NOUNS.get(object_type, object_type)} with id={object_id}"


def find(call: Call, object_type: str, object_id: str | None = None) -> dict[str, Any]:
    """Return the object, by default the one in the path, or refuse as `not_found` does."""
    wanted = call.path["id"] if object_id is None else object_id
    found = call.table(object_type).get(wanted)
    if found is None:
        raise not_found(object_type, wanted)
    return found
