"""How a check goes on by itself: reports complete after the review, then the check, each with its event.

Results are pre-determined as in Onfido's sandbox: `consider` and `sub_result` of the request, or an applicant whose
last name is "consider". (Onfido API v3.6, official OpenAPI description; Onfido docs, Sandbox testing; read 2026-11-22.)
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from brownout.core.errors import InternalError
from brownout.providers.onfido.breakdowns import breakdown
from brownout.providers.onfido.events import emit
from brownout.providers.onfido.options import options_of
from brownout.providers.onfido.properties import properties
from brownout.providers.onfido.times import stamp
from brownout.providers.onfido.words import DOCUMENT_REPORTS, FACIAL_REPORTS

if TYPE_CHECKING:
    from brownout.core.operation import Call


def begin(call: Call, check: dict[str, Any], *, waits: bool) -> None:
    """Start the review of a check that has just been made; without `waits` it is over at once."""
    if check["status"] == "awaiting_applicant":
        call.later(options_of(call.world).review, "form", partial(_form_completed, check["id"]))
        return
    emit(call, "check.started", check, _row(call, "review", check["id"])["to"])
    if waits:
        call.later(options_of(call.world).review, "review", partial(_complete, check["id"]))
    else:
        _complete(check["id"], call)


def _form_completed(check_id: str, call: Call) -> None:
    """Let the applicant have sent the form; the review proper begins."""
    check = call.table("check").get(check_id)
    if check is None or check["status"] != "awaiting_applicant":
        return
    check["status"] = "in_progress"
    emit(call, "check.form_completed", check, _row(call, "review", check_id)["to"])
    begin(call, check, waits=True)


def _complete(check_id: str, call: Call) -> None:
    check = call.table("check").get(check_id)
    if check is None or check["status"] != "in_progress":
        return
    review = _row(call, "review", check_id)
    reports = [_row(call, "report", report_id) for report_id in check["report_ids"]]
    review["completed_at"] = now = stamp(call.now)
    for report in reports:
        if report["status"] == "awaiting_data":
            _finish(call, report, review)
            emit(call, "report.completed", report, review["to"], completed_at=now)
    check["status"] = "complete"
    check["result"] = worst([report["result"] for report in reports if report["status"] == "complete"])
    emit(call, "check.completed", check, review["to"], completed_at=now)


def worst(results: list[str]) -> str:
    """Return a check's result: `clear` only if every report is.

    >>> worst(["clear", "unidentified"]), worst(["clear"])
    ('consider', 'clear')
    """
    return "clear" if all(result == "clear" for result in results) else "consider"


def _finish(call: Call, report: dict[str, Any], review: dict[str, Any]) -> None:
    name = report["name"]
    applicant = _row(call, "applicant", review["applicant_id"])
    outcome = _outcome(name, review)
    grade = outcome if outcome == "clear" else "consider"
    document = None
    if name in DOCUMENT_REPORTS:
        report["sub_result"] = outcome
        used = report["documents"]
        document = call.table("document").get(used[0]["id"]) if used else None
    report["status"] = "complete"
    report["result"] = grade
    report["breakdown"] = breakdown(name, outcome, _without(name, applicant))
    scored = name not in FACIAL_REPORTS or name not in review["reverified"]
    report["properties"] = properties(name, grade, applicant, document, scored=scored)


def _outcome(name: str, review: dict[str, Any]) -> str:
    """Return `clear` or `consider`, for a document report its sub-result."""
    if name not in DOCUMENT_REPORTS:
        return "consider" if name in review["considered"] else "clear"
    if review["sub_result"] is not None:
        return str(review["sub_result"])
    return "suspected" if name in review["considered"] else "clear"


def _without(name: str, applicant: dict[str, Any]) -> tuple[str, ...]:
    """Return the parts of an identity report that the applicant gave nothing for."""
    if name != "identity_enhanced":
        return ()
    given = (("address", applicant["address"]), ("date_of_birth", applicant["dob"]))
    return tuple(group for group, value in given if value is None)


def cancel(call: Call, report: dict[str, Any]) -> None:
    """Take a report out of its check; a check that has none left is withdrawn."""
    check = _row(call, "check", report["check_id"])
    to = _row(call, "review", check["id"])["to"]
    report["status"] = "cancelled"
    emit(call, "report.cancelled", report, to)
    if all(_row(call, "report", report_id)["status"] == "cancelled" for report_id in check["report_ids"]):
        check["status"] = "withdrawn"
        emit(call, "check.withdrawn", check, to)


def again(call: Call, check: dict[str, Any]) -> None:
    """Tell once more that a check is complete."""
    review = _row(call, "review", check["id"])
    emit(call, "check.completed", check, review["to"], completed_at=review["completed_at"])


def _row(call: Call, object_type: str, object_id: str) -> dict[str, Any]:
    """Return what must be there: applicant, check, review and reports go together (`belongings.purge`)."""
    found = call.table(object_type).get(object_id)
    if found is None:
        raise InternalError(f"the {object_type} {object_id} of a review is gone")
    return found
