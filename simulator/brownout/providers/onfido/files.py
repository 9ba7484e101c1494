"""Uploads and downloads. Of an upload its name, size and kind are kept; a download is always the same sample.

(Onfido API v3.6, official OpenAPI description and SDK test suites; read 2026-11-22.)
"""

from __future__ import annotations

import zlib
from typing import Any, Final

from brownout.core.exchange import Answer
from brownout.providers.onfido.params import BLANK, Reader, WrongError

_SIDE: Final = 16
_SAFE: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_MEDIA: Final = {"png": "image/png", "jpg": "image/jpeg", "pdf": "application/pdf"}


def upload(*kinds: str) -> Reader:
    """Read an uploaded file of one of these kinds (png, jpg, pdf)."""
    listed = f"{', '.join(kinds[:-1])} or {kinds[-1]}"

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise WrongError("must be a file: a part with a filename")
        if value["size"] == 0:
            raise WrongError(BLANK)
        if value["kind"] not in kinds:
            raise WrongError(f"must be a {listed}: neither its first bytes nor the ending of its name say so")
        return value

    return read


def media_type(kind: str) -> str:
    """Return the media type of a kind of file."""
    return _MEDIA[kind]


def download(content: bytes, media: str, file_name: str) -> Answer:
    """Return the answer that sends a file under a name that any header can carry."""
    safe = "".join(letter if letter in _SAFE else "_" for letter in file_name) or "file"
    headers = {"Content-Type": media, "Content-Disposition": f'attachment; filename="{safe}"'}
    return Answer(200, content, headers=headers)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def _picture() -> bytes:
    """Return a small grey square as PNG."""
    head = _SIDE.to_bytes(4, "big") * 2 + bytes((8, 0, 0, 0, 0))
    rows = (b"\0" + b"\x99" * _SIDE) * _SIDE
    parts = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


PICTURE: Final = _picture()
"""What every download of a document or photo returns."""
REPORT_PDF: Final = (
    b"%PDF-1.4\n"
    b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
"""What every download of a check returns: one empty page."""
