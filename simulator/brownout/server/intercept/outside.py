"""Connects to hosts that the user let through, and to nothing inside that wasn't named."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, Final

from brownout.server.intercept.heads import Refusal
from brownout.server.intercept.hosts import is_inside

if TYPE_CHECKING:
    from brownout.server.intercept.names import Place

_CONNECT_SECONDS: Final = 10.0


async def reach(wanted: Place, *, inside: bool) -> socket.socket | Refusal:
    """Return a connection to a place, or why there is none; `inside` lets it be an address of this network.

    The name is resolved once, and what was checked is what is connected to.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(wanted.host, wanted.port, type=socket.SOCK_STREAM)
    except OSError as problem:
        return Refusal(502, f"{wanted.host} can't be resolved: {problem.strerror or problem}")
    addresses: list[Any] = [one for one in found if inside or not is_inside(str(one[4][0]))]
    if not addresses:
        address = found[0][4][0] if found else "nothing"
        return Refusal(
            403,
            f"{wanted.host} is {address}, an address inside: name host and port if that is meant, "
            f"--allow-host {wanted.host}:{wanted.port}",
        )
    failed = "no answer"
    for family, kind, protocol, _, address in addresses:
        outer = socket.socket(family, kind, protocol)
        outer.settimeout(0)
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await loop.sock_connect(outer, address)
        except OSError as problem:
            failed = problem.strerror or failed
            outer.close()
        except BaseException:
            outer.close()
            raise
        else:
            return outer
    return Refusal(502, f"{wanted} can't be reached: {failed}")
