"""A plain HTTP/1.1 client that costs as little as possible: prepared bytes out, Content-Length bytes in."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run saw: how many answers, in how long, and the size of the last body."""

    answers: int
    seconds: float
    body_bytes: int
    last: bytes


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """Return the bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def run(
    port: int, make: Callable[[int], bytes], *, seconds: float = 0.0, requests: int = 0, connections: int = 8
) -> Measured:
    """Send `make(number)` over `connections` keep-alive connections, for `seconds` or `requests`.

    Raises:
        RuntimeError: if an answer isn't 200.
    """
    numbers = count()
    started = time.perf_counter()
    done = 0
    last = b""

    async def connection() -> None:
        nonlocal done, last
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (requests and (number := next(numbers)) < requests) or (
            not requests and time.perf_counter() - started < seconds
        ):
            writer.write(make(number if requests else next(numbers)))
            head = await reader.readuntil(b"\r\n\r\n")
            if head[9:12] != b"200":
                raise RuntimeError(head.decode() + (await reader.read(2000)).decode())
            at = head.lower().index(b"content-length:")
            last = await reader.readexactly(int(head[at + 15 : head.index(b"\r", at)]))
            done += 1
        writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    return Measured(done, time.perf_counter() - started, len(last), last)
