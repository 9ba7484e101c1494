"""What an applicant has: the ids of its documents, live photos and checks, so that lists needn't search."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.providers.onfido.errors import find, refusal

if TYPE_CHECKING:
    from brownout.core.operation import Call

KINDS: Final = ("document", "live_photo", "check")


def begin(call: Call, applicant_id: str) -> None:
    """Start with nothing."""
    call.table("belongings").put({"id": applicant_id, **{kind: [] for kind in KINDS}})


def living(call: Call, applicant_id: str | None = None) -> dict[str, Any]:
    """Return the applicant, by default the one in the path, or refuse one that is unknown or deleted."""
    applicant = find(call, "applicant", applicant_id)
    if applicant["delete_at"] is not None:
        raise refusal(410, "gone", f"The applicant with id={applicant['id']} has been deleted")
    return applicant


def ids_of(call: Call, applicant_id: str, kind: str) -> list[str]:
    """Return the ids of what an applicant has of one kind, oldest first."""
    row = call.table("belongings").get(applicant_id)
    found: list[str] = row[kind] if row is not None else []
    return found


def note(call: Call, applicant_id: str, kind: str, object_id: str) -> None:
    """Note that an applicant has one more."""
    ids_of(call, applicant_id, kind).append(object_id)


def newest(call: Call, applicant_id: str, kind: str) -> str | None:
    """Return the id of the newest, None without any."""
    ids = ids_of(call, applicant_id, kind)
    return ids[-1] if ids else None


def listed(call: Call, applicant_id: str, kind: str) -> Answer:
    """Return the answer that lists all an applicant has of one kind, newest first."""
    applicant = living(call, applicant_id)
    table = call.table(kind)
    rows = (table.get(one) for one in reversed(ids_of(call, applicant["id"], kind)))
    return Answer(200, {f"{kind}s": [row for row in rows if row is not None]})


def purge(call: Call, applicant_id: str) -> None:
    """Forget an applicant and all it has."""
    checks = (call.table("check").get(one) for one in ids_of(call, applicant_id, "check"))
    reports = chain.from_iterable(check["report_ids"] for check in checks if check is not None)
    for report_id in reports:
        call.table("report").remove(report_id)
    for kind in KINDS:
        for object_id in ids_of(call, applicant_id, kind):
            call.table(kind).remove(object_id)
            call.table("review").remove(object_id)
    call.table("belongings").remove(applicant_id)
    call.table("applicant").remove(applicant_id)
