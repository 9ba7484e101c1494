"""The admin call that says what clients have been told will change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.server.admin.routes import Route

if TYPE_CHECKING:
    from brownout.server.admin.routes import Ask


def changelog(ask: Ask) -> dict[str, Any]:
    """Return the changes announced so far, in the scenario's order."""
    return {"changes": ask.world.changelog(ask.world.arrive(ask.app.wall()))}


ROUTES = [
    Route(method="GET", path="/changelog", run=changelog, summary="Changes that were announced to clients so far"),
]
