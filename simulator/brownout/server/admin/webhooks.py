"""Admin calls about webhooks: the log of deliveries, sending again, rolling a secret, and listening."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import UsageError, did_you_mean
from brownout.core.units import parse_duration
from brownout.server.admin.routes import Absent, Result, Route
from brownout.server.listeners import Heard

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from brownout.core.hooks import Attempt, Delivery
    from brownout.core.sandbox import Sandbox
    from brownout.server.admin.routes import Ask
    from brownout.server.listeners import Listener

FILTERS: Final = ("event", "endpoint", "state", "type", "account", "provider", "limit")
STATES: Final = ("pending", "delivered", "failed", "cancelled", "dropped")
TTL_LEAST_SECONDS: Final = 1.0
TTL_MOST_SECONDS: Final = 600.0
WAIT_MOST_SECONDS: Final = 60.0
_LISTENER_KEYS: Final = ("provider", "events", "version", "secret", "ttl")
_ROLL_KEYS: Final = ("provider", "endpoint", "account", "expires_after")
_RESEND_KEYS: Final = ("event", "endpoint")
_ANSWER_KEYS: Final = ("number", "status", "error", "seconds", "answer")
_SHOWN: Final = 1_000
_LIMIT_DIGITS: Final = 9


# ---------------------------------------------------------------- the log
def list_deliveries(ask: Ask) -> dict[str, Any]:
    """Return the deliveries that fit the filters, oldest first; `limit` keeps the newest."""
    _known(ask.query, FILTERS, "filter")
    if (state := ask.query.get("state")) is not None and state not in STATES:
        raise UsageError(f"state: {did_you_mean(state, STATES)}")
    limit = ask.query.get("limit", str(_SHOWN))
    if not limit.isascii() or not limit.isdigit() or len(limit) > _LIMIT_DIGITS:
        raise UsageError(f"limit must be a whole number, not {limit[:50]!r}")
    hooks, started = ask.world.hooks, ask.world.clock.started_at
    found = [one.as_dict(started) for one in hooks]
    for name, wanted in ask.query.items():
        if name != "limit":
            found = [one for one in found if one[name] == wanted]
    return {"deliveries": found[-int(limit) :] if int(limit) else [], "evicted": hooks.evicted}


def get_delivery(ask: Ask) -> dict[str, Any]:
    """Return one delivery whole: with what was sent, and how each answer began."""
    return _whole(_find(ask), ask.world)


def _find(ask: Ask) -> Delivery:
    found = ask.world.hooks.find(ask.path["id"])
    if found is None:
        raise Absent(f"no webhook delivery {ask.path['id']!r} in sandbox {ask.world.name!r}")
    return found


def _whole(delivery: Delivery, world: Sandbox) -> dict[str, Any]:
    shown = delivery.as_dict(world.clock.started_at)
    for one, tried in zip(shown["attempts"], delivery.tried, strict=True):
        one["sent"] = dict(tried.headers)
        one["answer"] = tried.answer.decode("utf-8", "replace")
    return shown


def list_webhooks(ask: Ask) -> dict[str, Any]:
    """Return all deliveries with their attempts."""
    hooks = ask.world.hooks
    started = ask.world.clock.started_at
    return {"webhooks": [one.as_dict(started) for one in hooks], "evicted": hooks.evicted}


async def redeliver(ask: Ask) -> dict[str, Any]:
    """Try a delivery again now, and return it once it has been tried."""
    found = _find(ask)
    ask.world.hooks.redeliver(found, ask.world.arrive(ask.app.wall()))
    await ask.app.courier.settle(ask.world)
    return found.as_dict(ask.world.clock.started_at)


async def resend(ask: Ask) -> dict[str, Any]:
    """Send an event again, to all endpoints that it went to or to one of them, and return the deliveries."""
    wanted = ask.json_object()
    _known(wanted, _RESEND_KEYS, "resend")
    event_id, endpoint = wanted.get("event"), wanted.get("endpoint")
    if not isinstance(event_id, str):
        raise UsageError('say which event: {"event": "evt_…"}, and an "endpoint" if only one is to get it')
    of_event = [one for one in ask.world.hooks if one.event.get("id") == event_id]
    if not of_event:
        raise Absent(f"no webhook delivery of event {event_id!r} in sandbox {ask.world.name!r}: no endpoint wanted it")
    found = [one for one in of_event if endpoint in (None, one.endpoint.id)]
    if not found:
        ids = {one.endpoint.id for one in of_event}
        raise Absent(f"event {event_id!r} never went there: endpoint: {did_you_mean(str(endpoint), ids)}")
    moment = ask.world.arrive(ask.app.wall())
    for one in found:
        ask.world.hooks.redeliver(one, moment)
    await ask.app.courier.settle(ask.world)
    return {"deliveries": [one.as_dict(ask.world.clock.started_at) for one in found]}


# ---------------------------------------------------------------- secrets
def roll_secret(ask: Ask) -> dict[str, Any]:
    """Give an endpoint another signing secret, told in this answer; the one before signs beside it for a while."""
    wanted = ask.json_object()
    _known(wanted, _ROLL_KEYS, "webhook-secrets/roll")
    provider, endpoint, account = wanted.get("provider", "stripe"), wanted.get("endpoint"), wanted.get("account")
    model = _provider(ask, provider)
    roll = getattr(model, "roll_webhook_secret", None)
    if roll is None:
        raise UsageError(f"{model.title} has no signing secrets that could be rolled; Stripe has")
    if not isinstance(endpoint, str):
        raise UsageError('say which endpoint: {"endpoint": "we_…"}; the first that the scenario has is we_configured_1')
    if account is not None and not isinstance(account, str):
        raise UsageError(f"account must be a text, not {account!r}")
    seconds = _seconds(wanted.get("expires_after", "24h"), "expires_after")
    ask.world.arrive(ask.app.wall())
    accounts = _accounts(ask.world, provider) if account is None else [account]
    for one in accounts or [""]:
        try:
            secret = roll(ask.world, one, endpoint, seconds)
        except ValueError as problem:
            raise UsageError(f"expires_after: {problem}") from problem
        if secret is not None:
            return {"endpoint": endpoint, "secret": secret, "expires_after": seconds}
    raise Absent(f"no webhook endpoint {endpoint!r} of {model.title} in sandbox {ask.world.name!r}")


def _accounts(world: Sandbox, provider: str) -> list[str]:
    """Return the accounts that have called a provider here."""
    return list(dict.fromkeys(account for name, account, _ in world.tables if name == provider))


# ---------------------------------------------------------------- listening
def post_listener(ask: Ask) -> Result:
    """Begin to listen: a temporary endpoint, whose deliveries are fetched here and answered here."""
    wanted = ask.json_object()
    _known(wanted, _LISTENER_KEYS, "listeners")
    provider, events = wanted.get("provider", "stripe"), wanted.get("events", ["*"])
    model = _provider(ask, provider)
    if not isinstance(events, list) or not events or not all(isinstance(one, str) and one for one in events):
        raise UsageError('events must be a list of event types, such as ["charge.*"]')
    for name in ("version", "secret"):
        if wanted.get(name) is not None and not (isinstance(wanted[name], str) and wanted[name].isascii()):
            raise UsageError(f"{name} must be a text, not {wanted[name]!r}")
    _check_events(model, events)
    _check_version(model, wanted.get("version"))
    ttl = _seconds(wanted.get("ttl", "15s"), "ttl")
    if not TTL_LEAST_SECONDS <= ttl <= TTL_MOST_SECONDS:
        raise UsageError(f"ttl must be from {TTL_LEAST_SECONDS:g} to {TTL_MOST_SECONDS:g} seconds, such as 15s")
    listener = ask.app.courier.listeners.open(
        ask.world,
        provider,
        events=tuple(events),
        version=wanted.get("version"),
        ttl_seconds=ttl,
        secret=wanted.get("secret"),
    )
    return Result(201, _shown(listener))


def _check_events(model: Any, events: list[str]) -> None:
    types = getattr(model, "event_types", None)
    known: Collection[str] = () if types is None else types()
    for one in events:
        if known and not any(fnmatchcase(name, one) for name in known):
            close = get_close_matches(one, known, n=1)
            groups = ", ".join(sorted({f"{name.partition('.')[0]}.*" for name in known}))
            hint = f"did you mean {close[0]!r}?" if close else f"there are {groups} and *"
            raise UsageError(f"events: {one!r} is no event of {model.title}'s; {hint}")


def _check_version(model: Any, version: str | None) -> None:
    if version is None:
        return
    known = getattr(model, "is_version", None)
    if known is None:
        raise UsageError(f"version: {model.title} tells its events in one version alone")
    if not known(version):
        raise UsageError(
            f"version: {version!r} can't be a version of {model.title}'s: write one such as 2025-03-31.basil"
        )


def _shown(listener: Listener) -> dict[str, Any]:
    endpoint = listener.endpoint
    return {
        "id": listener.id,
        "provider": listener.provider,
        "events": list(endpoint.events),
        "version": endpoint.version,
        "secret": endpoint.secrets[0],
        "ttl": listener.ttl_seconds,
    }


async def fetch(ask: Ask) -> dict[str, Any]:
    """Return what has arrived for a listener, waiting up to `wait` of wall time for the first; that renews it."""
    listener, listeners = _listener(ask), ask.app.courier.listeners
    wait = _seconds(ask.query.get("wait", "0s"), "wait")
    if wait > min(WAIT_MOST_SECONDS, listener.ttl_seconds):
        raise UsageError(f"wait must be at most the listener's ttl, {listener.ttl_seconds:g}s, and at most 60s")
    listeners.renew(listener)
    if not listener.queue and wait > 0:
        listener.arrived.clear()
        pausing = asyncio.ensure_future(ask.app.pause(wait))
        arriving = asyncio.ensure_future(listener.arrived.wait())
        await asyncio.wait({pausing, arriving}, return_when=asyncio.FIRST_COMPLETED)
        for one in (pausing, arriving):
            one.cancel()
        _listener(ask)  # which may be gone
    return {"deliveries": [_handed(number, attempt) for number, attempt in listeners.fetch(listener)]}


def _handed(number: int, attempt: Attempt) -> dict[str, Any]:
    delivery = attempt.delivery
    return {
        "number": number,
        "delivery": delivery.id,
        "event": delivery.event.get("id"),
        "type": delivery.event_type,
        "account": delivery.account,
        "connected": delivery.event.get("account") is not None,
        "headers": attempt.headers,
        "body": b64encode(attempt.body).decode(),
        "timeout": attempt.timeout_seconds,
    }


def answer(ask: Ask) -> dict[str, Any]:
    """Take what a listener's receiver answered; that renews the listener, too: receivers may be slow."""
    wanted = ask.json_object()
    _known(wanted, _ANSWER_KEYS, "answer")
    number, status, error = wanted.get("number"), wanted.get("status"), wanted.get("error")
    if not isinstance(number, int) or not (status is None or isinstance(status, int)):
        raise UsageError('number and status must be integers: {"number": 1, "status": 200}')
    text, seconds = wanted.get("answer", ""), wanted.get("seconds", 0.0)
    if not isinstance(text, str) or not isinstance(seconds, int | float):
        raise UsageError("answer must be a text and seconds a number")
    heard = Heard(status, None if error is None else str(error)[:500], float(seconds), text.encode()[:1_024])
    listener, listeners = _listener(ask), ask.app.courier.listeners
    listeners.renew(listener)
    return {"taken": listeners.answer(listener, number, heard)}


def delete_listener(ask: Ask) -> dict[str, Any]:
    """Stop listening; nothing is left of the endpoint."""
    listener = _listener(ask)
    ask.app.courier.listeners.close(listener)
    return {"deleted": listener.id}


def _listener(ask: Ask) -> Listener:
    found = ask.app.courier.listeners.find(ask.world, ask.path["id"])
    if found is None:
        where = f"sandbox {ask.world.name!r} as {ask.path['id']!r}"
        raise Absent(f"nobody listens to {where}: it began again, or the time is up")
    return found


# ---------------------------------------------------------------- what is given
def _provider(ask: Ask, name: Any) -> Any:
    providers: Mapping[str, Any] = ask.app.worlds.registries.providers
    if not isinstance(name, str) or name not in providers:
        raise UsageError(f"provider: {did_you_mean(str(name), providers)}")
    return providers[name]


def _known(given: Iterable[str], known: tuple[str, ...], what: str) -> None:
    for name in given:
        if name not in known:
            raise UsageError(f"{what}: {did_you_mean(name, known)}")


def _seconds(given: Any, name: str) -> float:
    try:
        return parse_duration(given)
    except ValueError as problem:
        raise UsageError(f"{name}: {problem}") from problem


_LISTENER: Final = "/listeners/{id}"
ROUTES: Final = [
    Route(method="GET", path="/deliveries", run=list_deliveries, summary="Webhook deliveries, filtered", query=FILTERS),
    Route(method="GET", path="/deliveries/{id}", run=get_delivery, summary="One delivery: what was sent and answered"),
    Route(method="POST", path="/deliveries/{id}/resend", run=redeliver, summary="Deliver again now"),
    Route(method="POST", path="/resend", run=resend, summary="Send an event again",
          body={"event": "evt_1", "endpoint": "we_1"}),
    Route(method="GET", path="/webhooks", run=list_webhooks, summary="All webhook deliveries (see deliveries)"),
    Route(method="POST", path="/webhooks/{id}/redeliver", run=redeliver, summary="The same as deliveries/{id}/resend"),
    Route(method="POST", path="/webhook-secrets/roll", run=roll_secret, summary="Give an endpoint another secret",
          body={"endpoint": "we_configured_1", "expires_after": "24h"}),
    Route(method="POST", path="/listeners", run=post_listener, summary="Listen to webhooks for a while",
          body={"provider": "stripe", "events": ["charge.*"], "ttl": "15s"}),
    Route(method="GET", path=_LISTENER, run=fetch, summary="What has arrived for a listener", query=("wait",)),
    Route(method="POST", path=f"{_LISTENER}/answer", run=answer, summary="What a listener's receiver answered",
          body={"number": 1, "status": 200, "seconds": 0.01}),
    Route(method="DELETE", path=_LISTENER, run=delete_listener, summary="Stop listening"),
]  # fmt: skip
