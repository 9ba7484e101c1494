"""How a verification can end: each documented error, which part of the report tells of it, and when it is known.

(Stripe docs, API reference: VerificationSession `last_error` and VerificationReport, Handle verification outcomes; read
2026-11-24. Its reasons are for people and not listed anywhere: but for `document_unverified_other` they are ours.)
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

Part: TypeAlias = Literal["document", "selfie", "id_number", "email", "phone"]
VERIFIED: Final = "verified"


class Outcome(NamedTuple):
    """An error. Without a `part` the person never got as far as submitting anything: there is no report then."""

    reason: str
    part: Part | None


OUTCOMES: Final = {
    "abandoned": Outcome("The user began the verification but didn't submit it.", None),
    "consent_declined": Outcome("The user declined to be verified by Stripe.", None),
    "country_not_supported": Outcome("The user's country is not supported.", None),
    "device_not_supported": Outcome("The user's device doesn't have a camera.", None),
    "under_supported_age": Outcome("The user is under the age of majority.", None),
    "document_expired": Outcome("The document is expired.", "document"),
    "document_type_not_supported": Outcome("The document type is not supported.", "document"),
    "document_unverified_other": Outcome("The document is invalid.", "document"),
    "selfie_document_missing_photo": Outcome("The document has no photo of a face.", "selfie"),
    "selfie_face_mismatch": Outcome("The face on the document and the selfie do not match.", "selfie"),
    "selfie_manipulated": Outcome("The selfie was manipulated.", "selfie"),
    "selfie_unverified_other": Outcome("The selfie could not be verified.", "selfie"),
    "id_number_insufficient_document_data": Outcome("The document has too little data to match.", "id_number"),
    "id_number_mismatch": Outcome("The ID number, name and date of birth do not match.", "id_number"),
    "id_number_unverified_other": Outcome("The ID number could not be verified.", "id_number"),
    "email_unverified_other": Outcome("The email address could not be verified.", "email"),
    "email_verification_declined": Outcome("The user declined to verify their email address.", "email"),
    "phone_unverified_other": Outcome("The phone number could not be verified.", "phone"),
    "phone_verification_declined": Outcome("The user declined to verify their phone number.", "phone"),
}


def parts_of(session_type: str, options: dict[str, dict[str, bool]]) -> tuple[Part, ...]:
    """Return what a session checks: a flow of the Dashboard's can check anything, so it checks all here.

    >>> parts_of("document", {"document": {"require_matching_selfie": True}})
    ('document', 'selfie')
    """
    if session_type == "id_number":
        return ("id_number",)
    if session_type == "verification_flow":
        return ("document", "selfie", "id_number", "email", "phone")
    document = options.get("document") or {}
    parts: list[Part] = ["document"]
    if document.get("require_matching_selfie"):
        parts.append("selfie")
    if document.get("require_id_number"):
        parts.append("id_number")
    return tuple(parts)


def possible(parts: tuple[Part, ...]) -> list[str]:
    """Return how a session that checks these parts can end, the good end first."""
    return [VERIFIED, *(name for name, one in OUTCOMES.items() if one.part is None or one.part in parts)]
