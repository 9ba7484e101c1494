"""Checks: which reports are wanted on an applicant, and what has to be there before they can be made.

(Onfido API v3.6, official OpenAPI description and SDK test suites; Onfido docs, error codes, as public clients list
them; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.providers.onfido import belongings, reports, review, webhooks
from brownout.providers.onfido.belongings import living
from brownout.providers.onfido.errors import find, invalid
from brownout.providers.onfido.files import REPORT_PDF, download
from brownout.providers.onfido.params import BLANK, Shape, array, boolean, check, group, one_of, some_of, text
from brownout.providers.onfido.times import stamp
from brownout.providers.onfido.words import (
    DOCUMENT_USERS,
    FACIAL_REPORTS,
    PHOTO_REPORTS,
    REPORT_NAMES,
    ROOT,
    SUB_RESULTS,
    VERSION,
)

if TYPE_CHECKING:
    from brownout.core.operation import Call

_REPORTS_MOST: Final = 50
_CREATE: Final = Shape(
    ("applicant_id",),
    applicant_id=text,
    applicant_provides_data=boolean,
    asynchronous=boolean,
    consider=some_of(REPORT_NAMES, "names of reports"),
    document_ids=array(text),
    privacy_notices_read_consent_given=boolean,
    redirect_uri=text,
    report_configuration=group(Shape(**dict.fromkeys(FACIAL_REPORTS, group(Shape(use_case=text))))),
    sub_result=one_of(SUB_RESULTS, f"one of {', '.join(sorted(SUB_RESULTS))}"),
    suppress_form_emails=boolean,
    tags=array(text),
    us_driving_licence=group(Shape(("id_number", "issue_state"), id_number=text, issue_state=text)),
    webhook_ids=array(text),
)
_OWNED: Final = Shape(("applicant_id",), applicant_id=text)


def _create(call: Call) -> Answer:
    given = check(call, _CREATE)
    names = _report_names(call.params.get("report_names"))
    applicant = living(call, given["applicant_id"])
    asks = bool(given.get("applicant_provides_data"))
    documents = _documents(call, applicant, given.get("document_ids"), names)
    if not asks:
        _require(call, applicant, names, given, documents)
    chosen = webhooks.chosen(call, given.get("webhook_ids"))

    made = _blank(call, given, applicant, asks=asks)
    made["webhook_ids"] = chosen if chosen is not None else webhooks.enabled(call)
    photo = belongings.newest(call, applicant["id"], "live_photo")
    made["report_ids"] = [reports.begin(call, one, made["id"], documents, photo)["id"] for one in names]
    call.create("check", made)
    belongings.note(call, applicant["id"], "check", made["id"])
    call.table("review").put(_terms(made["id"], given, applicant, names, chosen))
    review.begin(call, made, waits=given.get("asynchronous") is not False)
    return Answer(201, made)


def _blank(call: Call, given: dict[str, Any], applicant: dict[str, Any], *, asks: bool) -> dict[str, Any]:
    check_id = call.draw_uuid("check")
    return {
        "id": check_id,
        "created_at": stamp(call.now),
        "href": f"{ROOT}/checks/{check_id}",
        "applicant_id": applicant["id"],
        "applicant_provides_data": asks,
        "status": "awaiting_applicant" if asks else "in_progress",
        "tags": given.get("tags") or [],
        "result": None,
        "form_uri": f"https://onfido.com/information/{check_id}" if asks else None,
        "redirect_uri": given.get("redirect_uri"),
        "results_uri": f"https://dashboard.onfido.com/checks/{check_id}",
        "privacy_notices_read_consent_given": given.get("privacy_notices_read_consent_given") or None,
        "report_ids": [],
        "webhook_ids": [],
        "sandbox": True,
        "paused": False,
        "version": VERSION,
    }


def _terms(
    check_id: str, given: dict[str, Any], applicant: dict[str, Any], names: list[str], chosen: list[str] | None
) -> dict[str, Any]:
    """Return what the review goes by; it is decided when the check is made."""
    hit = applicant["last_name"].strip().casefold() == "consider"
    settings = given.get("report_configuration") or {}
    return {
        "id": check_id,
        "applicant_id": applicant["id"],
        "considered": list(names) if hit else (given.get("consider") or []),
        "sub_result": given.get("sub_result"),
        "reverified": [name for name, one in settings.items() if one and one.get("use_case") == "reverification"],
        "to": chosen,
        "completed_at": None,
    }


# ---------------------------------------------------------------- what has to be there
def _report_names(given: Any) -> list[str]:
    if given is None or given == []:
        raise invalid({"report_names": [BLANK]}, "report_names_blank")
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise invalid({"report_names": ["must be a list of names of reports"]}, "report_names_format")
    unknown = sorted({one for one in given if one not in REPORT_NAMES})
    if unknown:
        message = f"no such report: {', '.join(unknown)[:500]}; known: {', '.join(sorted(REPORT_NAMES))}"
        raise invalid({"report_names": [message]}, "invalid_reports_names")
    if len(given) > _REPORTS_MOST:
        raise invalid({"report_names": [f"is too long: at most {_REPORTS_MOST}"]}, "report_names_format")
    return given


def _documents(call: Call, applicant: dict[str, Any], given: list[str] | None, names: list[str]) -> list[str]:
    """Return the ids of the documents that the reports use: those given, else the newest."""
    if not given:
        newest = belongings.newest(call, applicant["id"], "document")
        return [newest] if newest is not None else []
    own = belongings.ids_of(call, applicant["id"], "document")
    strange = [one for one in given if one not in own]
    if strange:
        raise invalid({"document_ids": [f"not a document of this applicant: {', '.join(strange)[:500]}"]})
    return given


def _require(
    call: Call, applicant: dict[str, Any], names: list[str], given: dict[str, Any], documents: list[str]
) -> None:
    """Refuse reports that lack what they are made from."""
    photoless = [name for name in names if name in PHOTO_REPORTS]
    if not documents:
        if photoless and len(photoless) == len(names):
            fields = {"applicant": [f"{photoless[0]} needs a document to compare with: upload one first"]}
            raise invalid(fields, "facial_similarity_photo_without_document")
        needy = [name for name in names if name in DOCUMENT_USERS]
        if needy:
            raise invalid({"applicant": [f"{', '.join(needy)} needs a document: upload one first"]})
    if photoless and belongings.newest(call, applicant["id"], "live_photo") is None:
        raise invalid({"applicant": [f"{photoless[0]} needs a live photo: upload one first"]})
    if "us_driving_licence" in names and not given.get("us_driving_licence"):
        raise invalid({"us_driving_licence": [BLANK]})


# ---------------------------------------------------------------- the other calls
def _retrieve(call: Call) -> Answer:
    return Answer(200, find(call, "check"))


def _list(call: Call) -> Answer:
    return belongings.listed(call, check(call, _OWNED)["applicant_id"], "check")


def _resume(call: Call) -> Answer:
    find(call, "check")  # nothing here pauses a check, and one that isn't paused simply goes on
    return Answer(204, None)


def _download(call: Call) -> Answer:
    found = find(call, "check")
    return download(REPORT_PDF, "application/pdf", f"{found['id']}.pdf")


_PATH: Final = f"{ROOT}/checks/{{id}}"
_DATES: Final = ("created_at",)
_ENUMS: Final = ("status", "result")
_OWNER: Final = ("body.applicant_id",)

OPERATIONS: Final = (
    Operation(
        name="onfido.checks.create", method="POST", path=f"{ROOT}/checks", run=_create, effect="write",
        object_type="check", key_objects=_OWNER, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="onfido.checks.retrieve", method="GET", path=_PATH, run=_retrieve, object_type="check", id_param="id",
        dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="onfido.checks.list", method="GET", path=f"{ROOT}/checks", run=_list, object_type="check",
        key_objects=_OWNER, listing=Listing(items="checks", cursor="", more=""), dates=("checks.created_at",),
        enums=("checks.status", "checks.result"),
    ),
    Operation(
        name="onfido.checks.resume", method="POST", path=f"{_PATH}/resume", run=_resume, effect="write",
        object_type="check", id_param="id",
    ),
    Operation(
        name="onfido.checks.download", method="GET", path=f"{_PATH}/download", run=_download, object_type="check",
        id_param="id",
    ),
)  # fmt: skip
