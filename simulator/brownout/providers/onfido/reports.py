"""Reports: the parts of a check, empty until its review is over.

(Onfido API v3.6, official OpenAPI description and SDK test suites; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.providers.onfido import review
from brownout.providers.onfido.errors import find, invalid
from brownout.providers.onfido.params import Shape, check, text
from brownout.providers.onfido.times import stamp
from brownout.providers.onfido.words import DOCUMENT_REPORTS, FACIAL_REPORTS, PHOTO_REPORTS, ROOT

if TYPE_CHECKING:
    from brownout.core.operation import Call

_OF_CHECK: Final = Shape(("check_id",), check_id=text)


def begin(call: Call, name: str, check_id: str, documents: list[str], photo: str | None) -> dict[str, Any]:
    """Make a report that waits for its data; `documents` and `photo` are the ids of what it is made from."""
    report_id = call.draw_uuid("report")
    made: dict[str, Any] = {
        "id": report_id,
        "created_at": stamp(call.now),
        "href": f"{ROOT}/reports/{report_id}",
        "status": "awaiting_data",
        "result": None,
        "sub_result": None,
        "check_id": check_id,
        "name": name,
        "breakdown": {},
        "properties": {},
    }
    if name in DOCUMENT_REPORTS or name in FACIAL_REPORTS:
        made["documents"] = [{"id": one} for one in documents]
    if name in FACIAL_REPORTS:
        made["live_photos"] = [{"id": photo}] if photo is not None and name in PHOTO_REPORTS else []
        made |= {"live_videos": [], "motion_captures": [], "id_photos": []}
    return call.create("report", made)


def _retrieve(call: Call) -> Answer:
    return Answer(200, find(call, "report"))


def _list(call: Call) -> Answer:
    of_check = find(call, "check", check(call, _OF_CHECK)["check_id"])
    table = call.table("report")
    return Answer(200, {"reports": [table.get(one) for one in of_check["report_ids"]]})


def _resume(call: Call) -> Answer:
    find(call, "report")  # nothing here pauses a report, and one that isn't paused simply goes on
    return Answer(204, None)


def _cancel(call: Call) -> Answer:
    report = find(call, "report")
    if report["status"] != "awaiting_data":
        raise invalid({"report": [f"is {report['status']}: only one that awaits its data can be cancelled"]})

    review.cancel(call, report)
    return Answer(204, None)


_PATH: Final = f"{ROOT}/reports/{{id}}"
_DATES: Final = ("created_at",)
_ENUMS: Final = ("status", "result", "sub_result", "name")

OPERATIONS: Final = (
    Operation(
        name="onfido.reports.retrieve", method="GET", path=_PATH, run=_retrieve, object_type="report", id_param="id",
        dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="onfido.reports.list", method="GET", path=f"{ROOT}/reports", run=_list, object_type="report",
        key_objects=("body.check_id",), listing=Listing(items="reports", cursor="", more=""),
        dates=("reports.created_at",), enums=tuple(f"reports.{enum}" for enum in _ENUMS),
    ),
    Operation(
        name="onfido.reports.resume", method="POST", path=f"{_PATH}/resume", run=_resume, effect="write",
        object_type="report", id_param="id",
    ),
    Operation(
        name="onfido.reports.cancel", method="POST", path=f"{_PATH}/cancel", run=_cancel, effect="write",
        object_type="report", id_param="id",
    ),
)  # fmt: skip
