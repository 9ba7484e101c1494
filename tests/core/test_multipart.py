"""Reading multipart bodies: what was put in comes out, and nothing else is taken for one."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout.core.multipart import PARTS_MOST, MalformedError, parse

KIND = "multipart/form-data; boundary=bb"


def body_of(*parts: tuple[str, bytes]) -> bytes:
    """Return a body with these parts: what follows the disposition's type, and the content."""
    written = b"".join(
        b"--bb\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    return written + b"--bb--\r\n"


@given(st.lists(st.binary(max_size=200).filter(lambda one: b"--bb" not in one), max_size=5))
def test_every_byte_comes_out_as_it_went_in(contents: list[bytes]) -> None:
    """Line ends of every kind too, at the end and alone."""
    body = body_of(*((f'name="p{place}"; filename="f"', one) for place, one in enumerate(contents)))

    assert [part.content for part in parse(KIND, body)] == contents


@pytest.mark.parametrize(
    ("head", "name", "file_name"),
    [
        ('name="file"; filename="quittung ä.png"', "file", "quittung ä.png"),
        ("name=file; filename=/etc/passwd", "file", "passwd"),
        ('name="file"; filename="C:\\\\receipts\\\\a.png"', "file", "a.png"),
        ("name=\"file\"; filename*=UTF-8''%C3%A4.png", "file", "ä.png"),
        ('name="file_link_data[create]"', "file_link_data[create]", None),
        ('name="x"; filename=""', "x", ""),
        (f'name="x"; filename="{"f" * 400}"', "x", "f" * 255),
    ],
)
def test_names(head: str, name: str, file_name: str | None) -> None:
    """As browsers and SDKs write them; of a path, the last part."""
    (part,) = parse(KIND, body_of((head, b"1")))

    assert (part.name, part.file_name, part.content) == (name, file_name, b"1")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", body_of()),
        ("multipart/form-data; boundary=" + "b" * 71, body_of()),
        ("multipart/form-data; boundary=\u00e4", body_of()),
        (KIND, b""),
        (KIND, b"--bb\r\n"),
        (KIND, body_of(("", b""))),
        (KIND, body_of(('name=""', b""))),
        (KIND, body_of(("name*=\0''a", b""))),
        (KIND, b"--bb\r\nContent-Type: text/plain\r\n\r\nx\r\n--bb--"),
        (KIND, b"--bb\r\nno head at all\r\n--bb--"),
        (KIND, b"--bb\r\nX: " + b"x" * 9000 + b"\r\n\r\nx\r\n--bb--"),
        (KIND, b"--bb\r\nX: \xff\r\n\r\nx\r\n--bb--"),
        (KIND, body_of(*(('name="a"', b""),) * (PARTS_MOST + 1))),
    ],
)
def test_what_isnt_one(kind: str, body: bytes) -> None:
    """No boundary, no end, no head, no name, too much of anything."""
    with pytest.raises(MalformedError):
        parse(kind, body)


@given(st.binary(max_size=300))
def test_anything_may_come(body: bytes) -> None:
    """It is read or refused, never anything else."""
    with suppress(MalformedError):
        parse(KIND, b"--bb\r\n" + body + b"\r\n--bb--")
