"""The admin API's own little router: JSON in, JSON out, and an OpenAPI document made from the same table.

A file beside this one holds the handlers of one topic and their `ROUTES`; `__init__.py` joins them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from brownout.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from brownout.core.sandbox import Sandbox
    from brownout.server.app import App

Handler: TypeAlias = "Callable[[Ask], Any | Awaitable[Any]]"


@dataclass(slots=True)
class Ask:
    """One request to the admin API."""

    app: App
    world: Sandbox
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    def json(self, *, empty: Any = None) -> Any:
        """Return the body's JSON value, `empty` if there is no body.

        Raises:
            UsageError: if it isn't JSON.
        """
        if not self.body.strip():
            return {} if empty is None else empty
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as problem:
            raise UsageError(f"the body isn't JSON: {problem}") from problem

    def json_object(self) -> dict[str, Any]:
        """Return the body's JSON object, empty if there is no body.

        Raises:
            UsageError: if it is anything else.
        """
        value = self.json()
        if not isinstance(value, dict):
            raise UsageError("the body must be a JSON object")
        return value


class Conflict(UsageError):
    """What was asked can't be known or done as things stand (409); `more` is told beside the message."""

    more: Mapping[str, Any] = MappingProxyType({})


class Absent(UsageError):
    """There is no such thing (404)."""


@dataclass(frozen=True, slots=True)
class Lines:
    """An answer of one JSON value a line (NDJSON)."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """An answer that isn't plain 200 with JSON."""

    status: int
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One call. `body` is an example of the JSON it takes, shown in the OpenAPI document.

    With `lines` it answers in NDJSON, else in JSON.
    """

    method: str
    path: str
    run: Handler
    summary: str
    body: Any = None
    query: tuple[str, ...] = field(default=())
    lines: bool = False


def openapi(routes: list[Route], version: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of `routes`."""
    paths: dict[str, Any] = {}
    for route in routes:
        names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
        parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
        parameters += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in route.query]
        kind = "application/x-ndjson" if route.lines else "application/json"
        operation: dict[str, Any] = {
            "summary": route.summary,
            "operationId": f"{route.method.lower()}{route.path.replace('/', '_').replace('{', '').replace('}', '')}",
            "responses": {
                "200": {"description": "Done", "content": {kind: {"schema": {}}}},
                "4XX": {
                    "description": "What was wrong, and what is allowed",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                },
            },
        }
        if parameters:
            operation["parameters"] = parameters
        if route.body is not None:
            operation["requestBody"] = {"content": {"application/json": {"example": route.body}}}
        paths.setdefault(f"/_brownout{route.path}", {})[route.method.lower()] = operation
    problem = {"type": "object", "properties": {"brownout": {"type": "object"}}, "required": ["brownout"]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Brownout admin API",
            "version": version,
            "description": "Put /~NAME before the path for another sandbox than the default one.",
        },
        "paths": paths,
        "components": {"schemas": {"Problem": problem}},
    }
