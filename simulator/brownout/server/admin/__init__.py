"""The admin API under `/_brownout/`: one file a topic, joined in `ROUTES`.

Its errors have a form that no provider uses: `{"brownout": {"error": …}}`. It answers only requests that name it by
an address of this machine (a web page can't reach it through another name) and carry the token, if there is one.
"""

from __future__ import annotations

import hmac
import inspect
import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from brownout.core.errors import ScenarioError, UsageError
from brownout.server.admin import changelog, journal, leases, records, rules, tokens, webhooks, worlds
from brownout.server.admin.routes import Absent, Ask, Conflict, Lines, Result, Route, openapi

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.sandbox import Sandbox
    from brownout.server.app import App

MISTAKES_SHOWN = 50


def _document(ask: Ask) -> dict[str, Any]:
    return openapi([leases.shown(route) for route in ROUTES], ask.app.version)


def _index(ask: Ask) -> dict[str, Any]:
    return {
        "brownout": ask.app.version,
        "sandbox": ask.world.name,
        "calls": [f"{route.method} /_brownout{route.path}: {route.summary}" for route in ROUTES],
    }


ROUTES = [
    Route(method="GET", path="/", run=_index, summary="This list"),
    *worlds.ROUTES,
    *records.ROUTES,
    *rules.ROUTES,
    *webhooks.ROUTES,
    *tokens.ROUTES,
    *changelog.ROUTES,
    *leases.ROUTES,
    *journal.ROUTES,
    Route(method="GET", path="/openapi.json", run=_document, summary="This API as OpenAPI"),
]


def problem(message: str, **more: Any) -> dict[str, Any]:
    """Return an error in our own form, which no provider has: under `brownout`.

    `error` beside it is for SDKs that tell failure by that key alone, whatever the status (stripe-node does).
    """
    return {"brownout": {"error": message, **more}, "error": {"type": "brownout_error", "message": message}}


async def answer(app: App, world: Sandbox, path: str, method: str, query: str, body: bytes) -> tuple[int, str, bytes]:
    """Return status, content type and body of the answer to a request to the admin API."""
    status, value = await _answer(app, world, path, method, query, body)
    if isinstance(value, Lines):
        return status, "application/x-ndjson", value.text
    return status, "application/json", orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


async def _answer(app: App, world: Sandbox, path: str, method: str, query: str, body: bytes) -> tuple[int, Any]:
    route, names = _find(method, path)
    if route is None:
        methods = sorted({one.method for one in ROUTES if _values(one.path, path) is not None})
        hint = f"it has {', '.join(methods)}" if methods else "see GET /_brownout/ for what there is"
        return (405 if methods else 404), problem(f"no {method} /_brownout{path}: {hint}")
    ask = Ask(app, world, names, dict(parse_qsl(query, keep_blank_values=True)), body)
    try:
        leases.guard(ask, route)
        value = route.run(ask)
        if inspect.isawaitable(value):
            value = await value
    except ScenarioError as wrong:
        return 422, _listed(wrong)
    except Absent as absent:
        return 404, problem(str(absent))
    except Conflict as conflict:
        return 409, problem(str(conflict), **conflict.more)
    except UsageError as wrong:
        return 400, problem(str(wrong))
    if isinstance(value, Result):
        return value.status, value.value
    return 200, value


def _listed(wrong: ScenarioError) -> dict[str, Any]:
    """Return the first mistakes, each with its place: nobody reads thousands."""
    shown = wrong.mistakes[:MISTAKES_SHOWN]
    more = len(wrong.mistakes) - len(shown)
    text = "\n".join(str(one) for one in shown) + (f"\nand {more} more" if more else "")
    mistakes = [{"file": one.file, "line": one.line, "key": one.key, "message": one.message} for one in shown]
    return problem(text, mistakes=mistakes)


def _find(method: str, path: str) -> tuple[Route | None, dict[str, str]]:
    for route in ROUTES:
        if route.method == method and (values := _values(route.path, path)) is not None:
            return route, values
    return None, {}


def _values(template: str, path: str) -> dict[str, str] | None:
    wanted, given = template.split("/"), (path.rstrip("/") or "/").split("/")
    if len(wanted) != len(given):
        return None
    values = {}
    for expected, found in zip(wanted, given, strict=True):
        if expected.startswith("{"):
            values[expected[1:-1]] = unquote(found)
        elif expected != found:
            return None
    return values


def refused(app: App, path: str, headers: Mapping[str, str]) -> tuple[int, str] | None:
    """Refuse what a web page could have sent: another host's name (DNS rebinding), another origin; or a wrong token.

    Asked before the sandbox is looked up, so that a refused request makes none. Health answers anybody.
    """
    if path.rstrip("/") == "/health":
        return None
    host = _host(f"//{headers.get('Host', '')}")
    if host is None or not _is_ours(host, app):
        return (
            403,
            f"the admin API isn't for host {host or headers.get('Host')!r}; use 127.0.0.1, or allow it with --host",
        )
    origin = headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != headers.get("Host"):
        return 403, f"the admin API doesn't answer pages of {origin}"
    if app.admin_token is not None:
        given = headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {app.admin_token}".encode()):
            return 401, "the admin API needs 'Authorization: Bearer TOKEN' with the token of --admin-token"
    return None


def _host(authority: str) -> str | None:
    try:
        return urlsplit(authority).hostname
    except ValueError:
        return None


def _is_ours(host: str, app: App) -> bool:
    if host in ("localhost", app.host) or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return app.admin_token is not None  # reached by name in staging: the token decides
    return address.is_loopback or app.admin_token is not None
