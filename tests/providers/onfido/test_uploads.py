"""Documents and live photos: forms good and bad, exact shapes, lists, downloads."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onfido_world import BOUNDARY, NOBODY, PNG, multipart

from brownout.providers.onfido.files import PICTURE
from brownout.providers.onfido.multipart import MalformedError, parse

FORM = f"multipart/form-data; boundary={BOUNDARY}"


def test_a_document_has_exactly_these_fields(world: Any) -> None:
    """Of the file its name, size and kind are kept."""
    applicant_id = world.applicant()
    fields = {"applicant_id": applicant_id, "type": "passport", "validate_image_quality": "True",
              "location": '{"ip_address": "127.0.0.1", "country_of_residence": "ITA"}'}  # fmt: skip

    made = world.upload("/documents", fields, ("sample.png", PNG))

    document_id = made.body["id"]
    assert made.status == 201
    assert made.body == {
        "id": document_id,
        "created_at": "2026-01-01T00:00:00Z",
        "href": f"/v3.6/documents/{document_id}",
        "download_href": f"/v3.6/documents/{document_id}/download",
        "file_name": "sample.png",
        "file_size": len(PNG),
        "file_type": "png",
        "type": "passport",
        "side": None,
        "issuing_country": None,
        "applicant_id": applicant_id,
    }
    assert world.get(f"/documents/{document_id}").body == made.body


def test_a_live_photo_has_exactly_these_fields(world: Any) -> None:
    """Its media type, and not whose it is."""
    made = world.upload("/live_photos", {"applicant_id": world.applicant(), "advanced_validation": "false"},
                        ("me.JPEG", b"no picture at all"))  # fmt: skip

    photo_id = made.body["id"]
    assert made.body == {
        "id": photo_id,
        "created_at": "2026-01-01T00:00:00Z",
        "href": f"/v3.6/live_photos/{photo_id}",
        "download_href": f"/v3.6/live_photos/{photo_id}/download",
        "file_name": "me.JPEG",
        "file_size": 17,
        "file_type": "image/jpeg",
    }


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [(PNG, "file", "png"), (b"\xff\xd8\xff\xe0", "file", "jpg"), (b"%PDF-1.7", "x.bin", "pdf"),
     (b"\r\n--\r\n", "scan.pdf", "pdf"), (PNG, "lies.pdf", "png")],
)  # fmt: skip
def test_a_files_first_bytes_say_what_it_is(world: Any, content: bytes, name: str, kind: str) -> None:
    """Else the ending of its name."""
    made = world.upload("/documents", {"applicant_id": world.applicant(), "type": "visa"}, (name, content))

    assert (made.body["file_type"], made.body["file_size"]) == (kind, len(content))


BAD = [
    ({"type": "passport"}, ("p.png", PNG), {"applicant_id": ["can't be blank"]}),
    ({"applicant_id": NOBODY}, None, {"file": ["can't be blank"], "type": ["can't be blank"]}),
    ({"applicant_id": NOBODY, "type": "selfie"}, ("p.png", PNG),
     {"type": ["must be a type of document, such as passport or driving_licence"]}),
    ({"applicant_id": NOBODY, "type": "visa", "side": "top"}, ("p.png", PNG), {"side": ["must be front or back"]}),
    ({"applicant_id": NOBODY, "type": "visa"}, ("p.png", b""), {"file": ["can't be blank"]}),
    ({"applicant_id": NOBODY, "type": "visa"}, ("file", b"text"),
     {"file": ["must be a png, jpg or pdf: neither its first bytes nor the ending of its name say so"]}),
    ({"applicant_id": NOBODY, "type": "visa", "file": "a path"}, None,
     {"file": ["must be a file: a part with a filename"]}),
    ({"applicant_id": NOBODY, "type": "visa", "location": "{"}, ("p.png", PNG),
     {"location": ["must be a JSON object"]}),
    ({"applicant_id": NOBODY, "type": "visa", "location": "[1]"}, ("p.png", PNG),
     {"location": ["must be an object"]}),
    ({"applicant_id": NOBODY, "type": "visa", "issuing_country": "gbr"}, ("p.png", PNG),
     {"issuing_country": ["must be a country as three letters of ISO 3166, such as GBR"]}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "file", "wrong"), BAD)
def test_a_bad_form_is_refused_field_by_field(world: Any, fields: Any, file: Any, wrong: Any) -> None:
    """422, and nothing is kept."""
    before = world.state()

    refused = world.upload("/documents", fields, file)

    assert (refused.status, refused.error["fields"]) == (422, wrong)
    assert world.state() == before


def test_an_upload_for_nobody_is_refused(world: Any) -> None:
    """404, as for the applicant itself."""
    refused = world.upload("/live_photos", {"applicant_id": NOBODY}, ("p.png", PNG))

    assert (refused.status, refused.error["type"]) == (404, "resource_not_found")


PART = b'Content-Disposition: form-data; name="a"\r\n\r\n1'
UNREADABLE = [
    (b"{}", "application/json", "multipart/form-data"),
    (b"x", "multipart/form-data", "no boundary"),
    (b"x", "multipart/form-data; boundary=", "no boundary"),
    (b"x", f"multipart/form-data; boundary={'b' * 71}", "no boundary"),
    (b"x", FORM, "doesn't end with its boundary"),
    (b"", FORM, "doesn't end with its boundary"),
    (b"--b0undary\r\n" + PART, FORM, "doesn't end with its boundary"),
    (b"--b0undary\r\nno head\r\n--b0undary--", FORM, "no head"),
    (b"--b0undary\r\nX: " + b"y" * 9000 + b"\r\n\r\n1\r\n--b0undary--", FORM, "no head"),
    (b"--b0undary\r\nX: y\r\n\r\n1\r\n--b0undary--", FORM, "no Content-Disposition"),
    (b"--b0undary\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b0undary--", FORM, "no name"),
    (b'--b0undary\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n1\r\n--b0undary--', FORM, "not valid UTF-8"),
    (b"--b0undary\r\n" + PART + b"\xff\r\n--b0undary--", FORM, "'a' is not valid UTF-8"),
    ((b"--b0undary\r\n" + PART + b"\r\n") * 101 + b"--b0undary--", FORM, "more than 100 parts"),
]


@pytest.mark.parametrize(("body", "kind", "why"), UNREADABLE)
def test_a_body_that_cant_be_read_is_refused(world: Any, body: bytes, kind: str, why: str) -> None:
    """400 that says why."""
    refused = world.post("/documents", body, kind=kind)

    assert (refused.status, refused.error["type"]) == (400, "bad_request")
    assert why in refused.error["message"]


def outcome(kind: str, body: bytes) -> str:
    """Return `read`, or why it wasn't."""
    try:
        parse(kind, body)
    except MalformedError as malformed:
        return str(malformed)
    return "read"


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_no_body_breaks_the_parser(body: bytes, head: bytes) -> None:
    """It reads it or says why not."""
    framed = b"--b0undary\r\n" + head + b"\r\n\r\n" + body + b"\r\n--b0undary--"
    assert outcome(FORM, body)
    assert outcome(FORM, framed)


@given(st.text(max_size=60) | st.text("\"'*;=\\%\r\n utf-8boundaryfilenm0", max_size=60))
def test_no_header_breaks_the_parser(header: str) -> None:
    """Neither that of the body nor that of a part."""
    part = f"--b0undary\r\nContent-Disposition: {header}\r\n\r\n1\r\n--b0undary--".encode()
    assert outcome(f"multipart/form-data; {header}", b"")
    assert outcome(FORM, part)


@given(st.binary(max_size=500).filter(lambda content: b"--b0undary" not in content))
def test_a_file_is_read_whole(content: bytes) -> None:
    """Whatever bytes it holds, line ends among them."""
    found = parse(FORM, multipart({"a": "1"}, file=("p.png", content)))

    assert (found["a"], found["file"]["size"]) == ("1", len(content))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("..\\..\\p.png", "p.png"), ("/etc/p.png", "p.png"), ("p" * 300 + ".png", "p" * 255),
     ("f\N{LATIN SMALL LETTER U WITH DIAERESIS}r.png", "f\N{LATIN SMALL LETTER U WITH DIAERESIS}r.png")],
)  # fmt: skip
def test_of_a_name_the_last_part_is_kept(world: Any, sent: str, kept: str) -> None:
    """And what a download says of it fits into any header."""
    made = world.upload("/live_photos", {"applicant_id": world.applicant()}, (sent, PNG)).body
    got = world.get(f"/live_photos/{made['id']}/download")

    assert made["file_name"] == kept
    assert got.headers["Content-Disposition"].isascii()


def test_a_name_may_be_encoded_as_rfc_2231_says() -> None:
    """Some clients send such names beside or instead of plain ones."""
    head = b"Content-Disposition: form-data; name=\"file\"; filename*=utf-8''f%C3%BCr.png"

    found = parse(FORM, b"--b0undary\r\n" + head + b"\r\n\r\nx\r\n--b0undary--")

    assert found == {"file": {"name": "f\N{LATIN SMALL LETTER U WITH DIAERESIS}r.png", "size": 1, "kind": "png"}}


@pytest.mark.parametrize("kind", ["documents", "live_photos"])
def test_lists_are_the_applicants_own(world: Any, kind: str) -> None:
    """Newest first; they need to be told whose."""
    one, other = world.applicant(), world.applicant()
    make = world.document if kind == "documents" else world.live_photo
    made = [make(one), make(one)]
    make(other)

    assert [found["id"] for found in world.get(f"/{kind}?applicant_id={one}").body[kind]] == made[::-1]
    refused = world.get(f"/{kind}")
    assert (refused.status, refused.error["fields"]) == (422, {"applicant_id": ["can't be blank"]})
    assert world.get(f"/{kind}?applicant_id={NOBODY}").status == 404


@pytest.mark.parametrize("kind", ["documents", "live_photos"])
def test_a_download_is_a_sample_picture(world: Any, kind: str) -> None:
    """As PNG, under the name it was uploaded with."""
    applicant_id = world.applicant()
    made = world.document(applicant_id) if kind == "documents" else world.live_photo(applicant_id)

    got = world.get(f"/{kind}/{made}/download")

    assert (got.status, got.raw, got.headers["Content-Type"]) == (200, PICTURE, "image/png")
    assert got.headers["Content-Disposition"].startswith('attachment; filename="')
    assert world.get(f"/{kind}/{NOBODY}/download").status == 404
