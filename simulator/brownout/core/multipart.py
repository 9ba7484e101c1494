r"""Reading `multipart/form-data`: the parts of a body, by their names.

The heads are read by the standard library's parser. The body is cut at its boundary here: that parser goes line by
line, and takes two seconds for 4 MiB of line ends, during which a server would answer nobody. (RFC 7578; RFC 2046
§5.1.)
"""

from __future__ import annotations

from email.message import Message
from email.parser import HeaderParser
from email.utils import collapse_rfc2231_value
from typing import Final, NamedTuple

PARTS_MOST: Final = 100
"""More parts are refused."""
_HEAD_MOST: Final = 8_192
_NAME_MOST: Final = 255
_BOUNDARY_MOST: Final = 70
_HEADS: Final = HeaderParser()


class MalformedError(ValueError):
    """The body can't be read; the message says why."""


class Part(NamedTuple):
    """One part: a field, or a file if it has a `file_name` (without any folder, 255 characters at most)."""

    name: str
    content: bytes
    file_name: str | None


def parse(content_type: str, body: bytes) -> list[Part]:
    r"""Return the parts in their order.

    >>> body = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--'
    >>> parse("multipart/form-data; boundary=b", body)
    [Part(name='a', content=b'1', file_name=None)]

    Raises:
        MalformedError: if it isn't what its content type says, or has more than `PARTS_MOST` parts.
    """
    boundary = _parameter(content_type, "boundary")
    if not boundary or len(boundary) > _BOUNDARY_MOST or not boundary.isascii():
        raise MalformedError("the Content-Type names no boundary")
    sections = (b"\r\n" + body).split(b"\r\n--" + boundary.encode(), PARTS_MOST + 2)
    if len(sections) > PARTS_MOST + 2:
        raise MalformedError(f"the body has more than {PARTS_MOST} parts")
    if len(sections) < 2 or not sections[-1].startswith(b"--"):
        raise MalformedError("the body doesn't end with its boundary")
    return [_part(section) for section in sections[1:-1]]


def _part(section: bytes) -> Part:
    head, found, content = section.partition(b"\r\n\r\n")
    if not found or len(head) > _HEAD_MOST:
        raise MalformedError("a part has no head")
    try:
        disposition = _HEADS.parsestr(head.decode().lstrip())["Content-Disposition"]
    except UnicodeDecodeError:
        raise MalformedError("the head of a part is not valid UTF-8") from None
    if disposition is None:
        raise MalformedError("a part has no Content-Disposition")
    name = _parameter(disposition, "name")
    if not name:
        raise MalformedError("a part has no name")
    file_name = _parameter(disposition, "filename")
    if file_name is not None:
        file_name = file_name.replace("\\", "/").rpartition("/")[2][:_NAME_MOST]
    return Part(name, content, file_name)


def _parameter(header: str, name: str) -> str | None:
    """Return a parameter of a header's value, None if it isn't there."""
    message = Message()
    message["x"] = header
    found = message.get_param(name, header="x")
    try:
        return None if found is None else collapse_rfc2231_value(found)
    except ValueError:  # a character set whose name no codec can be looked up by
        return None
