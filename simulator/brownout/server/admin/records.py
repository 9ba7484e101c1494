"""Admin calls about what happened: exchanges, verify, claims, ledger, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.core.errors import UsageError
from brownout.core.units import parse_duration
from brownout.server import control
from brownout.server.admin.routes import Absent, Conflict, Result, Route

if TYPE_CHECKING:
    from brownout.server.admin.routes import Ask

_POLL_SECONDS = 0.01


def list_exchanges(ask: Ask) -> dict[str, Any]:
    """Return the exchanges that fit the filters, oldest first."""
    journal = ask.world.journal
    return {
        "exchanges": control.exchanges(ask.world, ask.query),
        "written": journal.written,
        "evicted": journal.evicted,
    }


def get_exchange(ask: Ask) -> dict[str, Any]:
    """Return one exchange, explained."""
    try:
        return control.exchange(ask.world, ask.path["id"])
    except UsageError as problem:
        raise Absent(str(problem)) from problem


async def post_verify(ask: Ask) -> Any:
    """Say whether the journal holds what is wanted; with `within`, wait that long (wall time) for it."""
    wanted = ask.json_object()
    try:
        left = parse_duration(wanted.get("within", 0))
    except ValueError as problem:
        raise UsageError(f"within: {problem}") from problem
    while True:
        try:
            answer = control.verify(ask.world, wanted)
        except control.Evicted as problem:
            raise Conflict(str(problem)) from problem
        if answer["verified"]:
            return answer
        if left <= 0:
            return Result(422, answer)
        await ask.app.pause(min(left, _POLL_SECONDS))
        if ask.app.stopping:
            return Result(503, answer)
        left -= _POLL_SECONDS


def post_claims(ask: Ask) -> dict[str, Any]:
    """Take what a client says happened: one JSON object a line."""
    return {"taken": control.claim(ask.world, ask.body.splitlines()), "claims": len(ask.world.claims)}


def get_claims(ask: Ask) -> dict[str, Any]:
    """Return the claims taken so far."""
    return {"claims": ask.world.claims}


def get_ledger(ask: Ask) -> dict[str, Any]:
    """Return what really happened to money, and what is wrong with it."""
    return control.ledger(ask.world)


def get_limits(ask: Ask) -> dict[str, Any]:
    """Return the limits with their levels."""
    return {"limits": ask.world.limits.describe(ask.world.plan.limits, ask.world.moment.world)}


ROUTES = [
    Route(method="GET", path="/exchanges", run=list_exchanges, summary="Exchanges, filtered", query=control.FILTERS),
    Route(method="GET", path="/exchanges/{id}", run=get_exchange, summary="One exchange, explained"),
    Route(method="POST", path="/verify", run=post_verify, summary="Did that happen, and how often",
          body={"operation": "stripe.payment_intents.create", "count": 1, "within": "2s"}),
    Route(method="GET", path="/claims", run=get_claims, summary="What clients say happened"),
    Route(method="POST", path="/claims", run=post_claims, summary="Say what happened (NDJSON)",
          body={"key": "order-7", "outcome": "ok", "object": "pi_1", "amount_minor": 2499}),
    Route(method="GET", path="/ledger", run=get_ledger, summary="What really happened to money"),
    Route(method="GET", path="/limits", run=get_limits, summary="Limits and their levels"),
]  # fmt: skip
