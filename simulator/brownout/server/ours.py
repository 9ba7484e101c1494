"""Answers in our own form, which no provider uses: nobody mistakes them for a provider's, or for a fault."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web

from brownout.server.admin import problem


def ours(status: int, message: str, **more: Any) -> web.Response:
    """Return an error of our own as JSON."""
    body = orjson.dumps(problem(message, **more), option=orjson.OPT_APPEND_NEWLINE)
    return web.Response(status=status, headers={"Content-Type": "application/json", "Brownout-Error": "1"}, body=body)
