"""What a finished report says of the person, the document or the device.

(Onfido API v3.6, official OpenAPI description and SDK test suites, which fix some of the sandbox's values; the others
are ours; read 2026-11-22.)
"""

from __future__ import annotations

from typing import Any, Final

from brownout.providers.onfido.words import DOCUMENT_REPORTS, FACIAL_REPORTS

_SCORES: Final = {"clear": 0.87, "consider": 0.12}
_NUMBER: Final = "999999999"
_BORN: Final = "1990-01-01"
_EXPIRES: Final = "2031-05-28"
_ISSUED: Final = "2021-05-28"
_DEVICE: Final[dict[str, Any]] = {
    "device": {
        "sdk_version": "5.2.3",
        "sdk_source": "onfido-android-sdk",
        "authentication_type": "sdk_token",
        "raw_model": "SM-G991B",
        "os": "Android 12",
        "browser": "Chrome Mobile",
        "emulator": False,
        "randomized_device": False,
        "fake_network_request": False,
        "ip_reputation": "NOT_ENOUGH_DATA",
        "device_fingerprint_reuse": 1,
        "single_device_used": True,
        "document_capture": "live",
        "biometric_capture": "live",
    },
    "ip": {"address": "127.0.0.1"},
    "geolocation": {"city": "London", "region": "England", "country": "GBR"},
}
_LICENCE: Final = {"category": "AM", "obtainment_date": "2013-01-19", "expiry_date": "2050-01-01", "codes": "01"}


def properties(
    name: str, outcome: str, applicant: dict[str, Any], document: dict[str, Any] | None, *, scored: bool
) -> dict[str, Any]:
    """Return the properties of a report; `scored` is False for a facial report that tells no score."""
    if name in DOCUMENT_REPORTS:
        return _document(name, applicant, document or {})
    if name in FACIAL_REPORTS:
        return {"score": _SCORES[outcome] if scored else None}
    if name.startswith("watchlist_"):
        return {"records": []}
    match name:
        case "known_faces":
            return {"matches": []}
        case "identity_enhanced":
            matched = [{"id": 0, "match_types": ["credit_agencies"]}] if applicant["address"] is not None else []
            return {"matched_address": 0 if matched else None, "matched_addresses": matched}
        case "proof_of_address":
            return _proof(applicant)
        case "device_intelligence":
            return _DEVICE
        case "india_pan":
            full_name = f"{applicant['first_name']} {applicant['last_name']}"
            return {"device": {"pan": "ABCDE1234F", "full_name": full_name}}
        case _:
            return {}


def _document(name: str, applicant: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    country = document.get("issuing_country") or "GBR"
    person = {
        "first_name": applicant["first_name"],
        "last_name": applicant["last_name"],
        "date_of_birth": applicant["dob"] or _BORN,
    }
    out: dict[str, Any] = {
        **person,
        "date_of_expiry": _EXPIRES,
        "issuing_date": _ISSUED,
        "document_numbers": [{"type": "document_number", "value": _NUMBER}],
        "document_type": document.get("type") or "passport",
        "gender": "Female",
        "issuing_country": country,
        "nationality": country,
    }
    if name.endswith("with_address_information"):
        out["address_lines"] = _address_lines(applicant["address"] or {})
        out["barcode"] = [{"document_type": "driving_licence", "document_number": _NUMBER, **person}]
    elif name == "document_with_driving_licence_information":
        out["driving_licence_information"] = [_LICENCE]
    elif name == "document_with_driver_verification":
        out |= {
            "drivers_licence": True,
            "restricted_licence": False,
            "vehicle_class_details": [_LICENCE],
            "passenger_vehicle": {"is_qualified": True},
        }
    return out


def _address_lines(address: dict[str, Any]) -> dict[str, Any]:
    return {
        "street_address": address.get("street") or "Second Street",
        "city": address.get("town") or "London",
        "postal_code": address.get("postcode") or "S2 2DF",
        "country_code": address.get("country") or "GBR",
    }


def _proof(applicant: dict[str, Any]) -> dict[str, Any]:
    lines = _address_lines(applicant["address"] or {})
    return {
        "address": f"{lines['street_address']}, {lines['city']}, {lines['postal_code']}",
        "document_type": "utility_bill",
        "first_names": applicant["first_name"],
        "last_names": applicant["last_name"],
        "issue_date": _ISSUED,
        "issuer": "Utility Company",
    }
