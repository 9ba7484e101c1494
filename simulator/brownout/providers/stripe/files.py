"""Files: what is uploaded as evidence or proof, and links by which anybody can see it.

An upload is known by what it holds, its size and what it is for. The newest `KEPT_BYTES` of an account's contents are
kept, the others' forgotten. (Stripe docs, API reference: Files and File links, and File upload guide: purposes,
types, sizes and expiry; read 2026-11-24. Where that guide's table has no row for a purpose, any type up to 16 MB is
taken. How a file that is too large or of another type is refused isn't documented: here so.)
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.stripe.errors import find, no_such, refusal
from brownout.providers.stripe.pages import html, of_any_account
from brownout.providers.stripe.params import (
    Shape,
    boolean,
    check,
    group,
    integer,
    metadata,
    missing,
    one_of,
    text,
)
from brownout.providers.stripe.resource import METADATA, NOW, Resource, fixed, made, param
from brownout.providers.stripe.uploads import Upload

if TYPE_CHECKING:
    from brownout.core.operation import Call

KEPT_BYTES: Final = 32 * 2**20
"""So much of the contents of an account's files is kept."""
_KEPT_FILES: Final = 1_000
_MEGA: Final = 2**20
_DAY: Final = 86_400
_PAPERS: Final = frozenset({"pdf", "jpg", "png"})
_PICTURES: Final = frozenset({"jpg", "png", "gif"})
_LINKS_SHOWN: Final = 10


class Purpose(NamedTuple):
    """What a file may be for: the types that are taken (any if none is named), how large, how long it is there."""

    types: frozenset[str] = frozenset()
    bytes_most: int = 16 * _MEGA
    days: int | None = None
    shared: bool = False
    created: bool = True


PURPOSES: Final = {
    "account_requirement": Purpose(_PAPERS),
    "additional_verification": Purpose(_PAPERS),
    "business_icon": Purpose(_PICTURES, 512 * 1024, shared=True),
    "business_logo": Purpose(_PICTURES, 512 * 1024, shared=True),
    "customer_signature": Purpose(frozenset({"jpg", "png", "svg"}), 4 * _MEGA, 7, shared=True),
    "dispute_evidence": Purpose(_PAPERS, 5 * _MEGA, 273, shared=True),
    "document_provider_identity_document": Purpose(created=False),
    "finance_report_run": Purpose(created=False, shared=True),
    "financial_account_statement": Purpose(created=False),
    "identity_document": Purpose(_PAPERS),
    "identity_document_downloadable": Purpose(created=False),
    "issuing_regulatory_reporting": Purpose(shared=True),
    "pci_document": Purpose(frozenset({"pdf"}), shared=True),
    "platform_terms_of_service": Purpose(frozenset({"pdf"})),
    "selfie": Purpose(created=False),
    "sigma_scheduled_query": Purpose(created=False, shared=True),
    "tax_document_user_upload": Purpose(shared=True),
    "terminal_android_apk": Purpose(shared=True),
    "terminal_reader_splashscreen": Purpose(_PICTURES, 2 * _MEGA, shared=True),
    "terminal_wifi_certificate": Purpose(),
    "terminal_wifi_private_key": Purpose(),
}
_MEDIA: Final = {
    "pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "svg": "image/svg+xml",
    "csv": "text/csv", "txt": "text/plain; charset=utf-8",
}  # fmt: skip


def _upload(call: Call, name: str, value: Any) -> Upload:
    if not isinstance(value, Upload):
        message = "Invalid file: send it as a part of multipart/form-data that has a filename."
        raise refusal(call, message, param=name)
    return value


def _later(call: Call, name: str, value: Any) -> int | None:
    at: int | None = None if value == "now" else integer(unset=True)(call, name, value)
    if value == "now":
        return call.now
    if at is not None and at <= call.now:
        raise refusal(call, "This value must be in the future.", param=name)
    return at


_LINK_DATA: Final = group(Shape(("create",), create=boolean, expires_at=_later, metadata=metadata), unset=False)


def _check(call: Call, file: dict[str, Any], given: dict[str, Any]) -> None:
    if "file" not in given:
        raise missing(call, "file")
    upload: Upload = given["file"]
    purpose = PURPOSES[file["purpose"]]
    if not upload["size"]:
        raise refusal(call, "The file you uploaded is empty.", param="file")
    if upload["size"] > purpose.bytes_most:
        message = (
            f"The file you uploaded has {upload['size']} bytes; one for {file['purpose']} can have at most "
            f"{purpose.bytes_most}."
        )
        raise refusal(call, message, param="file")
    if purpose.types and upload["type"] not in purpose.types:
        listed = ", ".join(sorted(purpose.types))
        message = f"Invalid file type: a file for {file['purpose']} must be one of {listed}."
        raise refusal(call, message, param="file")
    if (given.get("file_link_data") or {}).get("create"):
        _refuse_link(call, file)
    _fill(call, file, upload)


def _fill(call: Call, file: dict[str, Any], upload: Upload) -> None:
    days = PURPOSES[file["purpose"]].days
    file |= {
        "expires_at": None if days is None else call.now + days * _DAY,
        "filename": upload["name"] or None,
        "links": {"object": "list", "data": [], "has_more": False, "url": f"/v1/file_links?file={file['id']}"},
        "size": upload["size"],
        "type": upload["type"],
        "url": f"{call.base_url}/v1/files/{file['id']}/contents",
    }


def _kept(call: Call, file: dict[str, Any], given: dict[str, Any]) -> None:
    keep_content(call, file["id"], given["file"].content)
    data = given.get("file_link_data")
    if data is not None and data["create"]:
        asked = {name: one for name, one in data.items() if name != "create"}
        link = LINKS.build(call, {**asked, "file": file["id"]})
        LINKS.keep(call, link, asked)


def keep_content(call: Call, file_id: str, content: bytes) -> None:
    """Keep what is in a file; forget what is in the oldest ones while there is too much."""
    order = call.table("file_order")
    kept = order.get("order")
    if kept is None:
        kept = {"id": "order", "ids": deque(), "bytes": 0}
        order.put(kept)
    contents = call.table("file_content")
    contents.put({"id": file_id, "content": content})
    kept["ids"].append(file_id)
    kept["bytes"] += len(content)
    while kept["bytes"] > KEPT_BYTES or len(kept["ids"]) > _KEPT_FILES:
        gone = contents.remove(kept["ids"].popleft())
        kept["bytes"] -= len(gone["content"]) if gone is not None else 0


def add(call: Call, purpose: str, name: str, content: bytes) -> str:
    """Keep a file that somebody else than the account uploaded, and return its id."""
    file = filled(call, FILES.build(call, {"purpose": purpose}), name, content)
    return str(call.create("file", file)["id"])


def filled(call: Call, file: dict[str, Any], name: str, content: bytes) -> dict[str, Any]:
    """Return a new file with something in it, which is kept; the file itself isn't yet."""
    _fill(call, file, Upload(name, content))
    keep_content(call, file["id"], content)
    return file


def empty(call: Call, file_id: str) -> None:
    """Forget what is in a file, and what it was called."""
    contents = call.table("file_content")
    content = contents.get(file_id)
    if content is not None:
        contents.put({"id": file_id, "content": b""})
        kept = call.table("file_order").get("order")
        if kept is not None:
            kept["bytes"] -= len(content["content"])
    file = call.table("file").get(file_id)
    if file is not None:
        file |= {"filename": None, "size": 0}


def _contents(call: Call) -> Answer:
    check(call, Shape())
    return _download(call, find(call, "file", call.path["file"]))


def _download(call: Call, file: dict[str, Any]) -> Answer:
    content = call.table("file_content").get(file["id"])
    if file["expires_at"] is not None and file["expires_at"] <= call.now:
        raise no_such(call, "file", file["id"])
    if content is None:
        message = (
            f"Brownout keeps the newest {KEPT_BYTES // _MEGA} MiB of an account's files; what was in {file['id']} is "
            "forgotten."
        )
        raise refusal(call, message, status=404)
    headers = {
        "Content-Type": _MEDIA.get(file["type"], "application/octet-stream"),
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
    }
    return Answer(200, content["content"], headers=headers)


def _refuse_link(call: Call, file: dict[str, Any]) -> None:
    if not PURPOSES[file["purpose"]].shared:
        listed = ", ".join(name for name, one in PURPOSES.items() if one.shared)
        message = f"A file link can't be made for a file with purpose {file['purpose']}. It must be one of {listed}."
        raise refusal(call, message, param="file")


def _prepare_link(call: Call, link: dict[str, Any], given: dict[str, Any]) -> None:
    _refuse_link(call, find(call, "file", given["file"], param="file"))


def _link_kept(call: Call, link: dict[str, Any], given: dict[str, Any]) -> None:
    token = call.draw_text("link", 48)
    link["url"] = f"{call.base_url}/links/{token}"
    call.table("file_link_url").put({"id": token, "link": link["id"]})
    file = call.table("file").get(link["file"])
    if file is not None:
        links = file["links"]
        file["links"] = {
            **links,
            "data": [link, *links["data"]][:_LINKS_SHOWN],
            "has_more": links["has_more"] or len(links["data"]) == _LINKS_SHOWN,
        }
    _expire_later(call, link)


def _expire_later(call: Call, link: dict[str, Any]) -> None:
    link_id, at = link["id"], link["expires_at"]
    if at is None:
        link["expired"] = False
        return
    if at <= call.now:
        link["expired"] = True
        return

    def expire(later: Call) -> None:
        found = later.table("file_link").get(link_id)
        if found is not None and found["expires_at"] == at:
            found["expired"] = True

    call.later(at - call.now, "file link", expire)


def _change_link(call: Call, link: dict[str, Any], given: dict[str, Any]) -> None:
    if link["expired"]:
        raise refusal(call, "This file link has expired and can't be updated.", executed=True)
    if "expires_at" in given:
        _expire_later(call, link)


def _follow(call: Call) -> Answer:
    found = of_any_account(call, "file_link_url", call.path["link"])
    link = call.table("file_link").get(found["link"]) if found is not None else None
    file = call.table("file").get(link["file"]) if link is not None else None
    if link is None or file is None or link["expired"]:
        return html("No such file", "This link leads nowhere, or no longer.", status=404, error="resource_missing")
    return _download(call, file)


FILES: Final = Resource(
    object_type="file",
    path="/v1/files",
    prefix="file",
    path_param="file",
    fields={
        "created": NOW,
        "expires_at": fixed(kind="date"),
        "filename": fixed(),
        "links": fixed(),
        "purpose": param(
            one_of(*(name for name, one in PURPOSES.items() if one.created)), required=True, updates=False, kind="enum"
        ),
        "size": fixed(0),
        "title": fixed(),
        "type": fixed(kind="enum"),
        "url": fixed(),
    },
    verbs=("create", "retrieve", "list"),
    filters={"purpose": one_of(*PURPOSES)},
    create_too={"file": _upload, "file_link_data": _LINK_DATA},
    prepare=_check,
    done=_kept,
)
LINKS: Final = Resource(
    object_type="file_link",
    path="/v1/file_links",
    prefix="link",
    path_param="link",
    fields={
        "created": NOW,
        "expired": fixed(value=False),
        "expires_at": made(lambda _call: None, _later, kind="date"),
        "file": param(text(unset=False), required=True, updates=False, link="file"),
        "livemode": fixed(value=False),
        "metadata": METADATA,
        "url": fixed(),
    },
    filters={"file": text(unset=False), "expired": boolean},
    prepare=_prepare_link,
    change=_change_link,
    done=_link_kept,
)
OPERATIONS: Final = (
    *FILES.operations(),
    Operation(
        name="stripe.files.contents", method="GET", path="/v1/files/{file}/contents", run=_contents,
        object_type="file", id_param="file",
    ),
    *LINKS.operations(),
    Operation(name="stripe.file_links.follow", method="GET", path="/links/{link}", run=_follow, public=True),
)  # fmt: skip
