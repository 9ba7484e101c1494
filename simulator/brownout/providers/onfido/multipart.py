"""Reading `multipart/form-data`: fields as texts, files as what is kept of them.

A file's bytes are looked at and let go: a load test would otherwise keep gigabytes that nobody asks for again.
"""

from __future__ import annotations

from typing import Any, Final

from brownout.core import multipart
from brownout.core.multipart import MalformedError

_NAME_MOST: Final = 255
_MAGIC: Final = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"%PDF-", "pdf"))
_ENDINGS: Final = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "pdf": "pdf"}
__all__ = ["MalformedError", "parse"]


def parse(content_type: str, body: bytes) -> dict[str, Any]:
    r"""Return the fields by name. A file is an object with its `name`, `size` and `kind` (png, jpg, pdf or None).

    >>> body = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--'
    >>> parse("multipart/form-data; boundary=b", body)
    {'a': '1'}

    Raises:
        MalformedError: if it isn't what its content type says.
    """
    return dict(_field(part) for part in multipart.parse(content_type, body))


def _field(part: multipart.Part) -> tuple[str, Any]:
    if part.file_name is not None:
        return part.name, _file(part.file_name, part.content)
    try:
        return part.name, part.content.decode()
    except UnicodeDecodeError:
        raise MalformedError(f"the field {part.name[:_NAME_MOST]!r} is not valid UTF-8") from None


def _file(file_name: str, content: bytes) -> dict[str, Any]:
    kind = next((kind for magic, kind in _MAGIC if content.startswith(magic)), None)
    ending = file_name.rpartition(".")[2].lower()
    return {"name": file_name, "size": len(content), "kind": kind or _ENDINGS.get(ending)}
