"""Applicants: the people whose identity is checked.

A deleted one can be restored until its data goes for good. (Onfido API v3.6, official OpenAPI description and SDK test
suites; `Link` and `X-Total-Count` as a public client follows them; read 2026-11-22.)
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.providers.onfido import belongings
from brownout.providers.onfido.belongings import living
from brownout.providers.onfido.errors import find, invalid, refusal
from brownout.providers.onfido.options import options_of
from brownout.providers.onfido.params import (
    Shape,
    array,
    boolean,
    check,
    country,
    day,
    group,
    line,
    name,
    one_of,
    text,
    whole,
)
from brownout.providers.onfido.times import stamp
from brownout.providers.onfido.wire import BASE_URL_MARK
from brownout.providers.onfido.words import CONSENTS, ID_NUMBER_TYPES, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.core.operation import Call

_ADDRESS_KEYS: Final = (
    "flat_number", "building_number", "building_name", "street", "sub_street", "town", "state", "postcode", "country",
    "line1", "line2", "line3",
)  # fmt: skip
_NUMBER_KEYS: Final = ("type", "value", "state_code")
LOCATION: Final = group(Shape(ip_address=text, country_of_residence=country))
_ADDRESS: Final = group(
    Shape(
        ("postcode", "country"),
        flat_number=text, building_number=text, building_name=text, street=text, sub_street=text, town=text,
        state=text, postcode=text, country=country, line1=line, line2=line, line3=line,
    )
)  # fmt: skip
_ID_NUMBER: Final = group(
    Shape(type=one_of(ID_NUMBER_TYPES, "a type of id number, such as ssn or passport"), value=text, state_code=text)
)
_CONSENT: Final = group(
    Shape(("name", "granted"), name=one_of(CONSENTS, f"one of {', '.join(sorted(CONSENTS))}"), granted=boolean)
)
_FIELDS: Final = Shape(
    ("first_name", "last_name"),
    first_name=name, last_name=name, email=text, dob=day, phone_number=text, id_numbers=array(_ID_NUMBER),
    address=_ADDRESS, location=LOCATION, consents=array(_CONSENT),
)  # fmt: skip
_PAGE_MOST: Final = 1_000_000
_PER_PAGE: Final = 20
_PER_PAGE_MOST: Final = 500
_LIST: Final = Shape(page=whole(_PAGE_MOST), per_page=whole(_PER_PAGE_MOST), include_deleted=boolean)


def _create(call: Call) -> Answer:
    given = check(call, _FIELDS)
    applicant_id = call.draw_uuid("applicant")

    applicant = call.create(
        "applicant",
        {
            "id": applicant_id,
            "created_at": stamp(call.now),
            "sandbox": True,
            "first_name": given["first_name"],
            "last_name": given["last_name"],
            "email": given.get("email"),
            "dob": given.get("dob"),
            "delete_at": None,
            "href": f"{ROOT}/applicants/{applicant_id}",
            "id_numbers": _numbers(given.get("id_numbers")),
            "phone_number": given.get("phone_number"),
            "address": _whole(given.get("address"), _ADDRESS_KEYS),
            "location": _whole(given.get("location"), ("ip_address", "country_of_residence")),
        },
    )
    belongings.begin(call, applicant_id)
    return Answer(201, applicant)


def _numbers(given: list[dict[str, Any]] | None) -> list[dict[str, Any] | None]:
    return [_whole(one, _NUMBER_KEYS) for one in given or ()]


def _whole(given: dict[str, Any] | None, keys: Iterable[str]) -> dict[str, Any] | None:
    """Return an object with all its keys, None if none was given."""
    return None if given is None else {key: given.get(key) for key in keys}


def _update(call: Call) -> Answer:
    applicant = living(call)
    given = check(call, _FIELDS, partly=True)

    for key in ("first_name", "last_name", "email", "dob", "phone_number"):
        if key in given:
            applicant[key] = given[key]
    if "id_numbers" in given:
        applicant["id_numbers"] = _numbers(given["id_numbers"])
    if "address" in given:
        applicant["address"] = _whole(given["address"], _ADDRESS_KEYS)
    if "location" in given:
        applicant["location"] = _whole(given["location"], ("ip_address", "country_of_residence"))
    return Answer(200, applicant)


def _retrieve(call: Call) -> Answer:
    return Answer(200, living(call))


# ---------------------------------------------------------------- deletion
def _delete(call: Call) -> Answer:
    applicant = living(call)
    table = call.table("check")
    for check_id in belongings.ids_of(call, applicant["id"], "check"):
        found = table.get(check_id)
        if found is not None and found["status"] not in ("complete", "withdrawn"):
            message = "Applicants with checks in progress cannot be deleted."
            raise refusal(422, "deletion_incomplete_checks", message)

    delay = options_of(call.world).deletion_delay
    applicant["delete_at"] = stamp(call.now + delay)
    tally = _tally(call)
    tally["deleted"] += 1
    tally["deletions"] += 1
    call.table("deletion").put({"id": applicant["id"], "number": tally["deletions"]})
    call.later(delay, "purge", partial(_purge, applicant["id"], tally["deletions"]))
    return Answer(204, None)


def _purge(applicant_id: str, number: int, call: Call) -> None:
    """End the deletion of this number, unless the applicant was restored since."""
    deletion = call.table("deletion").get(applicant_id)
    if deletion is None or deletion["number"] != number:
        return
    call.table("deletion").remove(applicant_id)
    _tally(call)["deleted"] -= 1
    belongings.purge(call, applicant_id)


def _restore(call: Call) -> Answer:
    applicant = find(call, "applicant")
    if applicant["delete_at"] is None:
        raise invalid({"applicant": ["is not scheduled for deletion"]})

    applicant["delete_at"] = None
    call.table("deletion").remove(applicant["id"])
    _tally(call)["deleted"] -= 1
    return Answer(204, None)


def _tally(call: Call) -> dict[str, Any]:
    """Return how many applicants of the account are deleted now, and how many deletions there were."""
    table = call.table("tally")
    found = table.get("applicants")
    if found is None:
        found = {"id": "applicants", "deleted": 0, "deletions": 0}
        table.put(found)
    return found


# ---------------------------------------------------------------- pages
def _list(call: Call) -> Answer:
    given = check(call, _LIST)
    page, per_page = given.get("page") or 1, given.get("per_page") or _PER_PAGE
    table, deleted = call.table("applicant"), _tally(call)["deleted"]
    rows, total = table.newest_first(), len(table)
    if deleted and not given.get("include_deleted"):
        rows, total = (row for row in rows if row["delete_at"] is None), total - deleted
    start = (page - 1) * per_page
    found = list(islice(rows, start, start + per_page)) if start < total else []
    headers = {"X-Total-Count": str(total)}
    links = _links(page, per_page, total, include_deleted=bool(given.get("include_deleted")))
    if links:
        headers["Link"] = links
    return Answer(200, {"applicants": found}, headers=headers)


def _links(page: int, per_page: int, total: int, *, include_deleted: bool) -> str:
    last = max(1, -(-total // per_page))
    wanted = {"first": 1, "prev": page - 1} if page > 1 else {}
    if page < last:
        wanted |= {"next": page + 1, "last": last}
    more = f"&per_page={per_page}" + ("&include_deleted=true" if include_deleted else "")
    url = f"{BASE_URL_MARK}{ROOT}/applicants"
    return ", ".join(f'<{url}?page={number}{more}>; rel="{rel}"' for rel, number in wanted.items())


_PATH: Final = f"{ROOT}/applicants/{{id}}"
_DATES: Final = ("created_at", "delete_at", "dob")
_ENUMS: Final = ("address.country", "location.country_of_residence")

OPERATIONS: Final = (
    Operation(
        name="onfido.applicants.create", method="POST", path=f"{ROOT}/applicants", run=_create, effect="write",
        object_type="applicant", key=("body.email",), dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="onfido.applicants.retrieve", method="GET", path=_PATH, run=_retrieve, object_type="applicant",
        id_param="id", dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="onfido.applicants.update", method="PUT", path=_PATH, run=_update, effect="write",
        object_type="applicant", id_param="id", dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="onfido.applicants.delete", method="DELETE", path=_PATH, run=_delete, effect="write",
        object_type="applicant", id_param="id",
    ),
    Operation(
        name="onfido.applicants.restore", method="POST", path=f"{_PATH}/restore", run=_restore, effect="write",
        object_type="applicant", id_param="id",
    ),
    Operation(
        name="onfido.applicants.list", method="GET", path=f"{ROOT}/applicants", run=_list, object_type="applicant",
        listing=Listing(items="applicants", cursor="page", more=""),
        dates=tuple(f"applicants.{date}" for date in _DATES), enums=tuple(f"applicants.{enum}" for enum in _ENUMS),
    ),
)  # fmt: skip
