"""What a finished report says in detail: one fixed breakdown for each kind of report and outcome.

Sandbox results are pre-determined, so a breakdown depends on nothing but the report's name and outcome. All reports
share it, and nobody changes it. (Onfido API v3.6, official OpenAPI description and SDK test suites; which part of a
report an outcome points at is ours; read 2026-11-22.)
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from brownout.providers.onfido.words import DOCUMENT_REPORTS

_Groups = dict[str, tuple[str, ...]]

_DOCUMENT: Final[_Groups] = {
    "data_comparison": (
        "issuing_country", "gender", "date_of_expiry", "last_name", "document_type", "document_numbers", "first_name",
        "date_of_birth",
    ),
    "data_validation": ("gender", "date_of_birth", "document_numbers", "document_expiration", "expiry_date", "mrz"),
    "image_integrity": ("image_quality", "supported_document", "colour_picture", "conclusive_document_quality"),
    "visual_authenticity": (
        "fonts", "picture_face_integrity", "template", "security_features", "original_document_present",
        "digital_tampering", "other", "face_detection",
    ),
    "data_consistency": (
        "date_of_expiry", "document_numbers", "issuing_country", "document_type", "date_of_birth", "gender",
        "first_name", "nationality", "last_name", "multiple_data_sources_present",
    ),
    "police_record": (),
    "compromised_document": ("document_database", "repeat_attempts"),
    "age_validation": ("minimum_accepted_age",),
    "issuing_authority": ("nfc_active_authentication", "nfc_passive_authentication"),
}  # fmt: skip
_PHOTO: Final[_Groups] = {
    "face_comparison": ("face_match",),
    "image_integrity": ("face_detected", "source_integrity"),
    "visual_authenticity": ("spoofing_detection",),
}
_VIDEO: Final[_Groups] = {**_PHOTO, "visual_authenticity": ("liveness_detected", "spoofing_detection")}
_WATCHLIST: Final[_Groups] = {"sanction": (), "politically_exposed_person": (), "legal_and_regulatory_warnings": ()}
_GROUPS: Final[dict[str, _Groups]] = {
    "facial_similarity_photo": _PHOTO,
    "facial_similarity_photo_fully_auto": _PHOTO,
    "facial_similarity_video": _VIDEO,
    "facial_similarity_motion": _VIDEO,
    "known_faces": {"previously_seen_faces": (), "image_integrity": ()},
    "identity_enhanced": {
        "sources": ("total_sources",),
        "address": ("credit_agencies", "telephone_database", "voting_register"),
        "date_of_birth": ("credit_agencies", "voting_register"),
        "mortality": (),
    },
    "watchlist_aml": {**_WATCHLIST, "adverse_media": ()},
    "watchlist_enhanced": dict.fromkeys(
        ("politically_exposed_person", "sanction", "adverse_media", "monitored_lists"), ()
    ),
    "watchlist_standard": _WATCHLIST,
    "watchlist_peps_only": _WATCHLIST,
    "watchlist_sanctions_only": _WATCHLIST,
    "proof_of_address": {
        "data_comparison": ("address", "first_name", "last_name"),
        "document_classification": ("supported_document",),
        "image_integrity": ("image_quality",),
    },
    "us_driving_licence": {
        "document": ("category", "expiration_date", "issue_date", "document_number"),
        "address": ("city", "line_1", "line_2", "state_code", "zip4", "zip5"),
        "personal": ("first_name", "last_name", "date_of_birth", "eye_color", "sex_code", "height", "weight"),
    },
    "device_intelligence": {"device": ("application_authenticity", "device_integrity", "device_reputation")},
    "india_pan": {"device": ("pan_valid", "name_match")},
}
_OWN_PROPERTIES: Final = {
    "total_sources": {"total_number_of_sources": "3"},
    "credit_agencies": {"number_of_matches": "1"},
    "face_match": {"score": 0.62},
    "spoofing_detection": {"score": 0.91},
}
_PLAIN: Final = frozenset({"pan_valid", "name_match"})
"""Parts that have a result and nothing else."""
_OF_SUB_RESULT: Final = {
    "rejected": ("image_integrity", "image_quality"),
    "suspected": ("visual_authenticity", "security_features"),
    "caution": ("data_comparison", "last_name"),
}
"""What a document's sub-result points at: pictures unfit, a forgery suspected, data that disagree."""
_UNGRADED: Final = frozenset({"device_intelligence", "india_pan"})
"""Reports whose only group has no result of its own."""


@lru_cache(maxsize=512)
def breakdown(name: str, outcome: str, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the breakdown of a report; nobody may change it.

    `outcome` is `clear` or `consider`, for a document its sub-result; `without` names groups that don't apply.

    >>> breakdown("watchlist_standard", "consider")["sanction"]
    {'result': 'consider'}
    """
    groups = _DOCUMENT if name in DOCUMENT_REPORTS else _GROUPS[name]
    groups = {group: subs for group, subs in groups.items() if group not in without}
    bad = None if outcome == "clear" else _OF_SUB_RESULT.get(outcome) or _first(groups)
    return {group: _group(group, subs, bad, graded=name not in _UNGRADED) for group, subs in groups.items()}


def _first(groups: _Groups) -> tuple[str, str]:
    group, subs = next(iter(groups.items()))
    return group, subs[0] if subs else ""


def _group(group: str, subs: tuple[str, ...], bad: tuple[str, str] | None, *, graded: bool) -> dict[str, Any]:
    here = bad is not None and bad[0] == group
    out: dict[str, Any] = {"result": "consider" if here else "clear"} if graded else {}
    if subs:
        out["breakdown"] = {sub: _sub(sub, bad=here and bad is not None and bad[1] == sub) for sub in subs}
    return out


def _sub(sub: str, *, bad: bool) -> dict[str, Any]:
    out: dict[str, Any] = {"result": "consider" if bad else "clear"}
    if sub not in _PLAIN:
        out["properties"] = _OWN_PROPERTIES.get(sub, {})
    return out
