"""Documents and live photos: uploads that belong to an applicant.

(Onfido API v3.6, official OpenAPI description and SDK test suites; read 2026-11-22.)
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.providers.onfido import belongings
from brownout.providers.onfido.applicants import LOCATION
from brownout.providers.onfido.belongings import living
from brownout.providers.onfido.errors import find
from brownout.providers.onfido.files import PICTURE, download, media_type, upload
from brownout.providers.onfido.params import Shape, WrongError, boolean, check, country, one_of, text
from brownout.providers.onfido.times import stamp
from brownout.providers.onfido.words import DOCUMENT_TYPES, ROOT

if TYPE_CHECKING:
    from brownout.core.operation import Call, Handler


def _location(value: Any) -> Any:
    """Read the location, which a form carries as JSON."""
    try:
        given = orjson.loads(value) if isinstance(value, str) else value
    except orjson.JSONDecodeError:
        raise WrongError("must be a JSON object") from None
    return LOCATION(given)


_DOCUMENT: Final = Shape(
    ("applicant_id", "file", "type"),
    applicant_id=text,
    type=one_of(DOCUMENT_TYPES, "a type of document, such as passport or driving_licence"),
    file=upload("png", "jpg", "pdf"),
    file_type=text,
    side=one_of(("front", "back"), "front or back"),
    issuing_country=country,
    validate_image_quality=boolean,
    location=_location,
)
_LIVE_PHOTO: Final = Shape(
    ("applicant_id", "file"), applicant_id=text, file=upload("png", "jpg"), advanced_validation=boolean
)
_OWNED: Final = Shape(("applicant_id",), applicant_id=text)


def _create_document(call: Call) -> Answer:
    given = check(call, _DOCUMENT)
    applicant = living(call, given["applicant_id"])
    file = given["file"]
    body = _uploaded(call, "document", file)
    body |= {
        "file_type": file["kind"],
        "type": given["type"],
        "side": given.get("side"),
        "issuing_country": given.get("issuing_country"),
        "applicant_id": applicant["id"],
    }

    return _kept(call, "document", body, applicant["id"])


def _create_live_photo(call: Call) -> Answer:
    given = check(call, _LIVE_PHOTO)
    applicant = living(call, given["applicant_id"])
    file = given["file"]
    body = _uploaded(call, "live_photo", file) | {"file_type": media_type(file["kind"])}

    return _kept(call, "live_photo", body, applicant["id"])


def _uploaded(call: Call, kind: str, file: dict[str, Any]) -> dict[str, Any]:
    object_id = call.draw_uuid(kind)
    href = f"{ROOT}/{kind}s/{object_id}"
    return {
        "id": object_id,
        "created_at": stamp(call.now),
        "href": href,
        "download_href": f"{href}/download",
        "file_name": file["name"],
        "file_size": file["size"],
    }


def _kept(call: Call, kind: str, body: dict[str, Any], applicant_id: str) -> Answer:
    call.create(kind, body)
    belongings.note(call, applicant_id, kind, body["id"])
    return Answer(201, body)


def _retrieve(kind: str, call: Call) -> Answer:
    return Answer(200, find(call, kind))


def _list(kind: str, call: Call) -> Answer:
    return belongings.listed(call, check(call, _OWNED)["applicant_id"], kind)


def _download(kind: str, call: Call) -> Answer:
    return download(PICTURE, "image/png", find(call, kind)["file_name"])


_DATES: Final = ("created_at",)
_OWNER: Final = ("body.applicant_id",)


def _operations(kind: str, create: Handler, enums: tuple[str, ...] = ()) -> tuple[Operation, ...]:
    plural, path = f"{kind}s", f"{ROOT}/{kind}s"
    return (
        Operation(
            name=f"onfido.{plural}.create", method="POST", path=path, run=create, effect="write", object_type=kind,
            key_objects=_OWNER, dates=_DATES, enums=enums,
        ),
        Operation(
            name=f"onfido.{plural}.retrieve", method="GET", path=f"{path}/{{id}}", run=partial(_retrieve, kind),
            object_type=kind, id_param="id", dates=_DATES, enums=enums,
        ),
        Operation(
            name=f"onfido.{plural}.list", method="GET", path=path, run=partial(_list, kind), object_type=kind,
            key_objects=_OWNER, listing=Listing(items=plural, cursor="", more=""),
            dates=(f"{plural}.created_at",), enums=tuple(f"{plural}.{enum}" for enum in enums),
        ),
        Operation(
            name=f"onfido.{plural}.download", method="GET", path=f"{path}/{{id}}/download",
            run=partial(_download, kind), object_type=kind, id_param="id",
        ),
    )  # fmt: skip


OPERATIONS: Final = (
    *_operations("document", _create_document, ("type", "side", "issuing_country")),
    *_operations("live_photo", _create_live_photo),
)
