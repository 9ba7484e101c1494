"""Uploads: forms in parts, one of which is a file.

(RFC 7578, which stripe-python 16.1 and stripe-node 23.1 speak to `/v1/files`; run 2026-11-24. What Stripe says to a
body that can't be read isn't documented: those words are ours.)
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

from brownout.core import multipart
from brownout.providers.stripe import forms

MULTIPART: Final = "multipart/form-data"
_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF87a", "gif"), (b"GIF89a", "gif"), (b"%PDF-", "pdf"),
)  # fmt: skip
_ENDINGS: Final = {
    "jpeg": "jpg", "jpg": "jpg", "png": "png", "gif": "gif", "pdf": "pdf", "svg": "svg", "csv": "csv", "docx": "docx",
    "xls": "xls", "xlsx": "xlsx", "txt": "txt", "apk": "apk", "pem": "pem", "key": "key",
}  # fmt: skip
_LETTERS_MOST: Final = 200


class Upload(dict[str, Any]):
    """A file as it was sent: its name, size, type and digest, by which a repeat of the request is known."""

    __slots__ = ("content",)

    def __init__(self, name: str, content: bytes) -> None:
        """Look at a file: its first bytes say what it is, else the ending of its name."""
        kind = next((kind for magic, kind in _MAGIC if content.startswith(magic)), None)
        kind = kind or _ENDINGS.get(name.rpartition(".")[2].lower())
        super().__init__(name=name, size=len(content), type=kind, sha256=sha256(content).hexdigest())
        self.content = content


def read(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the parameters of an upload; a file is an `Upload`.

    Raises:
        forms.MalformedError: if the body can't be read, or a name is used both as a value and as a group.
    """
    try:
        return forms.named((part.name, _value(part)) for part in multipart.parse(content_type, body))
    except multipart.MalformedError as malformed:
        raise forms.MalformedError(f"Invalid request: {malformed}.") from None


def _value(part: multipart.Part) -> Upload | str:
    if part.file_name is not None:
        return Upload(part.file_name, part.content)
    try:
        return part.content.decode()
    except UnicodeDecodeError:
        told = part.name[:_LETTERS_MOST]
        raise forms.MalformedError(f"Invalid request: the part {told!r} is not valid UTF-8.") from None
