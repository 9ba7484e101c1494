"""What Brownout is measured beside: aiohttp answering as many bytes, with nothing in between.

`application` is the usual `web.Application`; `floor` is the low-level `web.Server`, the least that aiohttp can do.
Run as a script: `baseline.py application|floor BYTES`; prints its port.
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web


async def main(kind: str, size: int) -> None:
    """Serve until the process is ended."""
    body = b"x" * size
    headers = {"Content-Type": "application/json"}

    async def handle(request: web.BaseRequest) -> web.Response:
        await request.read()
        return web.Response(body=body, headers=headers)

    if kind == "floor":
        runner: web.BaseRunner = web.ServerRunner(web.Server(handle))
    else:
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", handle)
        runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
