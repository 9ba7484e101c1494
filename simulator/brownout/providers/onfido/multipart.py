"""Reading `multipart/form-data`: fields as texts, files as what is kept of them.

A file's bytes are looked at and let go: a load test would otherwise keep gigabytes that nobody asks for again.
(RFC 7578; RFC 2046 §5.1.)
"""

from __future__ import annotations

from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any, Final

_PARTS_MOST: Final = 100
_HEAD_MOST: Final = 8_192
_NAME_MOST: Final = 255
_BOUNDARY_MOST: Final = 70
_MAGIC: Final = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"%PDF-", "pdf"))
_ENDINGS: Final = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "pdf": "pdf"}


class MalformedError(Exception):
    """The body can't be read; the message says why."""


def parse(content_type: str, body: bytes) -> dict[str, Any]:
    r"""Return the fields by name. A file is an object with its `name`, `size` and `kind` (png, jpg, pdf or None).

    >>> body = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--'
    >>> parse("multipart/form-data; boundary=b", body)
    {'a': '1'}

    Raises:
        MalformedError: if it isn't what its content type says.
    """
    boundary = _parameter(content_type, "boundary")
    if not boundary or len(boundary) > _BOUNDARY_MOST or not boundary.isascii():
        raise MalformedError("the Content-Type names no boundary")
    sections = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if len(sections) < 2 or not sections[-1].startswith(b"--"):
        raise MalformedError("the body doesn't end with its boundary")
    if len(sections) - 2 > _PARTS_MOST:
        raise MalformedError(f"the body has more than {_PARTS_MOST} parts")
    return dict(_part(section) for section in sections[1:-1])


def _part(section: bytes) -> tuple[str, Any]:
    head, found, content = section.partition(b"\r\n\r\n")
    if not found or len(head) > _HEAD_MOST:
        raise MalformedError("a part has no head")
    disposition = _disposition(head)
    name = _parameter(disposition, "name")
    if name is None:
        raise MalformedError("a part has no name")
    file_name = _parameter(disposition, "filename")
    if file_name is not None:
        return name, _file(file_name, content)
    try:
        return name, content.decode()
    except UnicodeDecodeError:
        raise MalformedError(f"the field {name[:_NAME_MOST]!r} is not valid UTF-8") from None


def _disposition(head: bytes) -> str:
    try:
        lines = head.decode().split("\r\n")
    except UnicodeDecodeError:
        raise MalformedError("the head of a part is not valid UTF-8") from None
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            return value.strip()
    raise MalformedError("a part has no Content-Disposition")


def _parameter(header: str, name: str) -> str | None:
    """Return a parameter of a header's value, None if it isn't there."""
    message = Message()
    message["x"] = header
    found = message.get_param(name, header="x")
    return None if found is None else collapse_rfc2231_value(found)


def _file(file_name: str, content: bytes) -> dict[str, Any]:
    plain = file_name.replace("\\", "/").rpartition("/")[2][:_NAME_MOST]
    kind = next((kind for magic, kind in _MAGIC if content.startswith(magic)), None)
    ending = plain.rpartition(".")[2].lower()
    return {"name": plain, "size": len(content), "kind": kind or _ENDINGS.get(ending)}
