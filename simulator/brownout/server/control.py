"""What the admin API and the in-process `Simulator` can do with a world. Plain values in and out, no HTTP."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core import invariants
from brownout.core.doors import connect_of
from brownout.core.errors import Mistake, ScenarioError, UsageError, did_you_mean
from brownout.core.explain import explain
from brownout.core.handshake import operation_of
from brownout.core.match import fits
from brownout.core.odds import Odds
from brownout.core.registries import beyond_of
from brownout.core.units import parse_duration
from brownout.records.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brownout.core.journal import Record
    from brownout.core.moment import Moment
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.core.rules import CompiledRule, Rule
    from brownout.core.sandbox import Sandbox

FILTERS: Final = ("client", "operation", "key", "status", "fault", "error", "after", "limit")
MISTAKES_MOST: Final = 100
OUTCOMES: Final = ("ok", "fail", "unknown")


class Evicted(UsageError):
    """What was asked can't be known: records that would tell are gone from the ring."""


def describe(world: Sandbox, wall: float) -> dict[str, Any]:
    """Return a sandbox in short."""
    return {
        "name": world.name,
        "title": world.plan.title,
        "seed": world.plan.seed,
        "clock": clock(world, wall),
        "exchanges": world.journal.written,
        "exchanges_evicted": world.journal.evicted,
        "ledger_entries": len(world.ledger),
        "idempotency_keys": world.keys.describe(),
        "timers": len(world.timers),
        "claims": len(world.claims),
    }


def clock(world: Sandbox, wall: float) -> dict[str, Any]:
    """Return a world's time."""
    moment = world.clock.at(wall)
    return {
        "world": round(moment.world, 6),
        "offset": round(moment.world - world.clock.started_at, 6),
        "wall": round(moment.wall, 6),
        "speed": world.clock.speed,
        "frozen": world.clock.frozen,
        "jumped": round(world.clock.jumped_seconds, 6),
    }


def exchanges(world: Sandbox, filters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the records that fit `filters` (see FILTERS), oldest first; `limit` keeps the newest.

    Raises:
        UsageError: if a filter is unknown or malformed.
    """
    found = [as_dict(record) for record in _fitting(world, filters)]
    limit = _whole(filters.get("limit", 1000), "limit")
    return found[-limit:] if limit else []


def exchange(world: Sandbox, exchange_id: str) -> dict[str, Any]:
    """Return one record with its explanation and what is kept of its bodies.

    Raises:
        UsageError: if there is none (any more).
    """
    record = world.journal.find(exchange_id)
    if record is None:
        gone = f"; {world.journal.evicted} older records are gone from the ring" if world.journal.evicted else ""
        raise UsageError(f"no exchange {exchange_id!r} in sandbox {world.name!r}{gone}")
    shown = as_dict(record)
    shown["request_body"] = redact(record.request_body, record.idempotency_key)
    shown["response_body"] = redact(record.response_body, record.idempotency_key)
    shown["explanation"] = explain(shown).splitlines()
    return shown


def as_dict(record: Record) -> dict[str, Any]:
    """Return a record's two parts."""
    return {"decided": record.decided(), "observed": record.observed()}


def verify(world: Sandbox, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether the journal holds what is wanted: `count` exactly, or `at_least` / `at_most`.

    Raises:
        Evicted: if older records of the operation are gone, so that no count can be trusted.
        UsageError: if a key is unknown or malformed.
    """
    bounds = {name: wanted[name] for name in ("count", "at_least", "at_most") if name in wanted}
    filters = {name: value for name, value in wanted.items() if name not in (*bounds, "within")}
    bounds = {name: _whole(value, name) for name, value in bounds.items()}
    if not bounds:
        raise UsageError("verify needs count, at_least or at_most")
    gone = world.journal.evicted_of(filters.get("operation"))
    if gone:
        raise Evicted(
            f"{gone} older records are gone from the ring of {world.journal.kept_most}: a count can't be trusted. "
            "Use a sandbox per test, or reset between tests"
        )
    found = len(_fitting(world, filters))
    good = (
        found == bounds.get("count", found)
        and found >= bounds.get("at_least", found)
        and found <= bounds.get("at_most", found)
    )
    answer: dict[str, Any] = {"verified": good, "found": found, **bounds}
    if not good:
        answer["seen"] = _seen(world)
    return answer


def ledger(world: Sandbox) -> dict[str, Any]:
    """Return the entries with what the checkers say of them."""
    entries = list(world.ledger)
    return {
        "entries": [entry.as_dict() for entry in entries],
        "payments": len(invariants.payments(entries)),
        "duplicated": [one.as_dict() for one in invariants.duplicated(entries)],
        "violations": [one.as_dict() for one in invariants.money_conserved(entries)],
    }


def faults(world: Sandbox, wall: float) -> list[dict[str, Any]]:
    """Return the rules in force at `wall`: how often each should have fired by what it met, and how often it did.

    `fired` counts what changed something, `idle` what fired and didn't. `expected` and its 95% interval are None
    where a count decides for each client on its own.
    """
    now = world.arrive(wall)
    return [{**_rule(one, world), **_alive(one, world, now)} for one in world.rules.compiled]


def _rule(one: CompiledRule, world: Sandbox) -> dict[str, Any]:
    rule, fired = one.rule, world.fired.get(one.rule.name, 0)
    odds = _odds(one)
    return {
        "name": rule.name,
        "kind": rule.fault.kind,
        "target": rule.target,
        "phase": rule.phase,
        "preset": rule.preset,
        "choice": None if rule.band is None else rule.band.choice,
        "matched": one.matched,
        "expected": None if odds is None else round(odds.expected, 2),
        "interval": None if odds is None else [odds.low, odds.high],
        "fired": fired,
        "idle": max(0, one.fired - fired),
        "most": rule.count.most,
        "forgotten": one.forgotten,
        "live": rule.name in world.live_rules,
    }


def _odds(one: CompiledRule) -> Odds | None:
    """Return how often a rule should have fired by now; None where each client has a count of its own."""
    count = one.rule.count
    if count.counted:
        return None
    if count.percentage is None:
        fires = one.matched if count.most is None else min(one.matched, count.most)
        return Odds(float(fires), fires, fires)
    held = one.shares / one.matched if one.shares else 1.0
    return Odds.of(one.matched, held * count.percentage / 100, count.most)


def _alive(one: CompiledRule, world: Sandbox, now: Moment) -> dict[str, Any]:
    """Return what a rule's times are by now: its time to live in wall seconds, and its window in the world's."""
    live = world.live_rules.get(one.rule.name)
    left = None if live is None or live.ends_at == inf else round(live.ends_at - now.wall, 3)
    when = one.rule.when
    lasted = world.elapsed(now) - one.begins_at
    share = None if when is None else round(when.share(lasted), 4)
    return {"ttl_left": left, "share": share}


def live_rules(registries: Registries, name: str, entry: Mapping[str, Any], *, seed: int) -> tuple[Rule, ...]:
    """Return the rule that `entry` (as in a scenario's `faults`) describes, or those of its choice.

    Beside what a scenario takes, `ttl` says for how long, in wall time: the rule goes by itself.

    Raises:
        ScenarioError: if it is wrong.
    """
    from brownout import scenario  # noqa: PLC0415 - pydantic is loaded when a scenario is, not before

    given = entry.get("name", name)
    if given != name:
        raise UsageError(f"the fault is put as {name!r}, but its name says {given!r}: leave it out")
    ttl = _ttl(entry.get("ttl"))
    own = {key: value for key, value in entry.items() if key != "ttl"}
    text = orjson.dumps({"brownout": 1, "seed": seed, "faults": [{**own, "name": name}]}).decode()
    made = scenario.load(text, registries, file=f"fault {name!r}").rules
    return tuple(replace(one, origin="live", ttl_seconds=ttl) for one in made)


def _ttl(given: Any) -> float | None:
    if given is None:
        return None
    try:
        ttl = parse_duration(given)
    except ValueError as problem:
        raise UsageError(f"ttl: {problem}") from problem
    if ttl <= 0:
        raise UsageError("ttl must be above 0, such as 30s: leave it out for a fault that stays")
    return ttl


def plan(registries: Registries, text: str, *, seed: int | None = None, duration_seconds: float | None = None) -> Plan:
    """Return the plan that a scenario's text describes, with another seed or another duration if they are given.

    Raises:
        ScenarioError: if it is wrong.
    """
    from brownout import scenario  # noqa: PLC0415 - as above
    from brownout.scenario.scale import scaled  # noqa: PLC0415 - as above

    made = scenario.load(text, registries, file="scenario", seed=seed)
    return made if duration_seconds is None else scaled(made, duration_seconds)


def claim(world: Sandbox, lines: Iterable[bytes]) -> int:
    """Take claims, one JSON object a line: all of them or none. Return how many.

    Raises:
        ScenarioError: naming each line that isn't a claim.
    """
    taken: list[dict[str, Any]] = []
    mistakes: list[Mistake] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as problem:
            mistakes.append(Mistake(file="claims", line=number, message=f"not JSON: {problem}"))
            continue
        message = _wrong_with(value)
        if len(mistakes) > MISTAKES_MOST:
            break
        if message is None:
            taken.append(value)
        else:
            mistakes.append(Mistake(file="claims", line=number, message=message))
    if mistakes:
        raise ScenarioError(mistakes)
    world.claims.extend(taken)
    if world.tape is not None:
        world.tape.claimed(taken)
    return len(taken)


def _wrong_with(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "a claim is an object"
    if not isinstance(value.get("key"), str):
        return "key must be the operation's business key, a text"
    if value.get("outcome") not in OUTCOMES:
        return f"outcome must be one of {', '.join(OUTCOMES)}, not {value.get('outcome')!r}"
    amount = value.get("amount_minor")
    if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int)):
        return f"amount_minor must be an integer of minor units, not {amount!r}"
    return None


def _fitting(world: Sandbox, filters: Mapping[str, Any]) -> list[Record]:
    for name, value in filters.items():
        if name not in FILTERS:
            raise UsageError(f"filter: {did_you_mean(name, FILTERS)}")
        if not isinstance(value, str) and not (name in ("status", "limit") and isinstance(value, int)):
            raise UsageError(f"{name} must be a text, not {value!r}")
    _known_operation(world, filters.get("operation"))
    after = filters.get("after")
    since = 0
    if after is not None:
        last = world.journal.find(str(after))
        if last is None:
            raise UsageError(f"after: no exchange {after!r} (any more)")
        since = last.number
    status = _whole(filters["status"], "status") if "status" in filters else None
    return [record for record in world.journal if record.number > since and _fits(record, filters, status)]


def _known_operation(world: Sandbox, glob: str | None) -> None:
    """Refuse an operation that no provider has: a count of it would be a green light for a typing error."""
    if glob is None:
        return
    names = [one.name for provider in world.providers.values() for one in (*provider.operations, provider.unknown)]
    names += [of(provider).name for provider in world.providers for of in (operation_of, connect_of)]
    if any(fits((glob,), one.name) for provider in world.providers.values() for one in beyond_of(provider)):
        return
    if not any(fits((glob,), name) for name in names):
        raise UsageError(f"operation: {did_you_mean(glob, names)}")


def _fits(record: Record, filters: Mapping[str, Any], status: int | None) -> bool:
    return (
        (status is None or record.status == status)
        and all(
            fits((str(filters[name]),), str(getattr(record, name) or ""))
            for name in ("client", "operation", "key", "error")
            if name in filters
        )
        and (
            "fault" not in filters
            or any(one.state == "applied" and fits((str(filters["fault"]),), one.rule) for one in record.fired)
        )
    )


def _seen(world: Sandbox) -> dict[str, int]:
    counts: dict[str, int] = {}
    for record in world.journal:
        name = f"{record.operation} {record.status or record.answered}"
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def _whole(value: Any, name: str) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 9:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UsageError(f"{name} must be a whole number of at least 0, not {value!r}")
    return value
