"""What the admin API and the in-process `Simulator` can do with a world. Plain values in and out, no HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core import invariants
from brownout.core.errors import Mistake, ScenarioError, UsageError, did_you_mean
from brownout.core.explain import explain
from brownout.core.match import fits
from brownout.records.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brownout.core.journal import Record
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.core.rules import Rule
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


def faults(world: Sandbox) -> list[dict[str, Any]]:
    """Return the rules in force, with how often each was applied."""
    return [
        {
            "name": one.rule.name,
            "kind": one.rule.fault.kind,
            "target": one.rule.target,
            "fired": world.fired.get(one.rule.name, 0),
            "live": one.rule.name in world.live_rules,
        }
        for one in world.rules.compiled
    ]


def rule(registries: Registries, name: str, entry: Mapping[str, Any], *, seed: int) -> Rule:
    """Return the rule that `entry` (as in a scenario's `faults`) describes.

    Raises:
        ScenarioError: if it is wrong.
    """
    from brownout import scenario  # noqa: PLC0415 - pydantic is loaded when a scenario is, not before

    given = entry.get("name", name)
    if given != name:
        raise UsageError(f"the fault is put as {name!r}, but its name says {given!r}: leave it out")
    text = orjson.dumps({"brownout": 1, "seed": seed, "faults": [{**entry, "name": name}]}).decode()
    return scenario.load(text, registries, file=f"fault {name!r}").rules[0]


def plan(registries: Registries, text: str) -> Plan:
    """Return the plan that a scenario's text describes.

    Raises:
        ScenarioError: if it is wrong.
    """
    from brownout import scenario  # noqa: PLC0415 - as above

    return scenario.load(text, registries, file="scenario")


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
