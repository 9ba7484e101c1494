"""Verification reports: what each check of one submission found.

Dates of birth, numbers and expiry dates are shown only if they are expanded. (Stripe docs, API reference:
VerificationReports, Access verification results; stripe-python 16.1's types; read 2026-11-24. What is read off a
document that isn't accepted isn't documented: here nothing, unless it has merely expired.)
"""

from __future__ import annotations

from base64 import b64decode
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe import files
from brownout.providers.stripe.expand import LINKS, LISTS, Listed
from brownout.providers.stripe.identity.outcomes import OUTCOMES, VERIFIED
from brownout.providers.stripe.params import one_of, text
from brownout.providers.stripe.resource import NOW, Resource, fixed

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.providers.stripe.expand import Tree
    from brownout.providers.stripe.identity.outcomes import Part
    from brownout.providers.stripe.identity.people import Somebody

REDACTED: Final = "[redacted]"
TYPE: Final = "identity.verification_report"
TYPES: Final = ("document", "id_number", "verification_flow")
_PICTURE: Final = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)
"""What is in every picture of a document or a face: one grey dot."""
_HIDDEN: Final = {"document": ("dob", "expiration_date", "number"), "id_number": ("dob", "id_number")}


def make(call: Call, session: dict[str, Any], parts: tuple[Part, ...], outcome: str, who: Somebody) -> dict[str, Any]:
    """Keep the report of a submission that ended in `outcome`, and return it."""
    report = REPORTS.build(call, {})
    for name in ("client_reference_id", "type", "verification_flow"):
        report[name] = session[name]
    report |= {"verification_session": session["id"], "options": {**session["options"]}}
    report["options"] = {name: one for name, one in report["options"].items() if name in ("document", "id_number")}
    makers = {"document": _document, "selfie": _selfie, "id_number": _id_number, "email": _email, "phone": _phone}
    failed = None if outcome == VERIFIED else OUTCOMES[outcome].part
    for part in parts:
        checked: dict[str, Any] = {"error": None, "status": "verified"}
        if part == failed:
            checked = {"error": {"code": outcome, "reason": OUTCOMES[outcome].reason}, "status": "unverified"}
        report[part] = {**makers[part](call, report, who, outcome), **checked}
    call.create(TYPE, report)
    return report


def _hide(call: Call, report: dict[str, Any], part: str, **values: Any) -> None:
    table = call.table("identity_hidden")
    found = table.get(report["id"])
    if found is None:
        found = {"id": report["id"]}
        table.put(found)
    found[part] = values


def _document(call: Call, report: dict[str, Any], who: Somebody, outcome: str) -> dict[str, Any]:
    sides = ("front",) if who.values["document_type"] == "passport" else ("front", "back")
    pictures = [files.add(call, "identity_document_downloadable", f"{side}.png", _PICTURE) for side in sides]
    if outcome in ("document_type_not_supported", "document_unverified_other"):
        _hide(call, report, "document", dob=None, expiration_date=None, number=None)
        names = ("address", "first_name", "issued_date", "issuing_country", "last_name", "type")
        return {"files": pictures, **dict.fromkeys(names)}
    expires = who.day("expires")
    if outcome == "document_expired":
        expires = {"day": 1, "month": 1, "year": 2020}
    _hide(call, report, "document", dob=who.day("dob"), expiration_date=expires, number=who.values["document_number"])
    issued = {"day": 1, "month": 12, "year": (expires["year"] or 0) - 10}
    return {
        "address": who.address,
        "files": pictures,
        "first_name": who.values["first_name"],
        "issued_date": issued,
        "issuing_country": who.values["issuing_country"],
        "last_name": who.values["last_name"],
        "type": who.values["document_type"],
    }


def _selfie(call: Call, report: dict[str, Any], who: Somebody, outcome: str) -> dict[str, Any]:
    of_document = (report["document"] or {}).get("files") or [None]
    return {"document": of_document[0], "selfie": files.add(call, "selfie", "selfie.png", _PICTURE)}


def _id_number(call: Call, report: dict[str, Any], who: Somebody, outcome: str) -> dict[str, Any]:
    _hide(call, report, "id_number", dob=who.day("dob"), id_number=who.values["id_number"])
    kind = {"BR": "br_cpf", "SG": "sg_nric"}.get(who.values["country"], "us_ssn")
    return {
        "first_name": who.values["first_name"], "id_number_type": kind, "last_name": who.values["last_name"]
    }  # fmt: skip


def _email(call: Call, report: dict[str, Any], who: Somebody, outcome: str) -> dict[str, Any]:
    return {"email": who.values["email"]}


def _phone(call: Call, report: dict[str, Any], who: Somebody, outcome: str) -> dict[str, Any]:
    return {"phone": who.values["phone"]}


def _with_hidden(part: str, call: Call, report: dict[str, Any], inner: Tree) -> dict[str, Any] | None:
    shown: dict[str, Any] | None = report[part]
    hidden = (call.table("identity_hidden").get(report["id"]) or {}).get(part) or {}
    return None if shown is None else {**shown, **{name: hidden.get(name) for name in inner}}


def outputs(call: Call, session: dict[str, Any], inner: Tree) -> dict[str, Any] | None:
    """Return what a verified session found out; what is sensitive only if `inner` asks for it."""
    report = call.table(TYPE).get(session["last_verification_report"] or "")
    if session["status"] != "verified" or report is None:
        return None
    hidden = call.table("identity_hidden").get(report["id"]) or {}
    document, number = report["document"] or {}, report["id_number"] or {}
    named = document or number
    found = {
        "address": document.get("address"),
        "first_name": named.get("first_name"),
        "id_number_type": number.get("id_number_type"),
        "last_name": named.get("last_name"),
    }
    for part in ("email", "phone"):
        if report[part] is not None:
            found[part] = report[part][part]
    if "dob" in inner:
        found["dob"] = (hidden.get("document") or hidden.get("id_number") or {}).get("dob")
    if "id_number" in inner:
        found["id_number"] = (hidden.get("id_number") or {}).get("id_number")
    return found


def redact(call: Call, session_id: str) -> None:
    """Take what is known of the person out of every report of a session, and forget their pictures."""
    for report in call.table(TYPE).oldest_first():
        if report["verification_session"] != session_id:
            continue
        for part in ("document", "selfie", "id_number", "email", "phone"):
            if report[part] is not None:
                report[part] = _redacted(call, report[part])
        hidden = call.table("identity_hidden").get(report["id"]) or {}
        for part, values in hidden.items():
            if part != "id":
                hidden[part] = {name: REDACTED if isinstance(one, str) else None for name, one in values.items()}


def _redacted(call: Call, part: dict[str, Any]) -> dict[str, Any]:
    pictures = [*(part.get("files") or ()), part.get("document"), part.get("selfie")]
    for one in pictures:
        if isinstance(one, str):
            files.empty(call, one)
    out: dict[str, Any] = {}
    for name, one in part.items():
        if name in ("status", "error", "type", "id_number_type", "files", "document", "selfie"):
            out[name] = one
        elif name == "address" and one is not None:
            out[name] = {key: REDACTED if value is not None else None for key, value in one.items()}
        elif isinstance(one, dict):
            out[name] = dict.fromkeys(one)  # a date: numbers have no such word
        else:
            out[name] = REDACTED if one is not None else None
    return out


REPORTS: Final = Resource(
    object_type=TYPE,
    path="/v1/identity/verification_reports",
    prefix="vr",
    noun="verificationreport",
    path_param="report",
    fields={
        "client_reference_id": fixed(),
        "created": NOW,
        "document": fixed(),
        "email": fixed(),
        "id_number": fixed(),
        "livemode": fixed(value=False),
        "options": fixed(),
        "phone": fixed(),
        "selfie": fixed(),
        "type": fixed("document", kind="enum"),
        "verification_flow": fixed(),
        "verification_session": fixed(),
    },
    verbs=("retrieve", "list"),
    filters={
        "client_reference_id": text(unset=False), "type": one_of(*TYPES), "verification_session": text(unset=False),
    },
)  # fmt: skip
for _part, _names in _HIDDEN.items():
    LISTS[f"{TYPE}.{_part}"] = Listed(f"{TYPE}.{_part}", partial(_with_hidden, _part))
    LINKS[f"{TYPE}.{_part}"] = dict.fromkeys(_names, "")
OPERATIONS: Final = REPORTS.operations()
