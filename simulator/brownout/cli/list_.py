"""`brownout list`: what there is to choose from, and what a journal holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import click

from brownout.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from brownout.core.invariants import Payment
    from brownout.core.ledger import Entry
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.verdict import ArmRun

Row: TypeAlias = "dict[str, Any]"


@click.command()
@click.argument("what", type=click.Choice(
    ["providers", "operations", "faults", "scenarios", "incidents", "limits", "exchanges", "payments",
     "tokens"]))  # fmt: skip
@click.argument("source", required=False, metavar="[JOURNAL|URL]")
@click.option("--provider", metavar="NAME", help="For operations: only this provider's.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
@click.option("--admin-token", envvar="BROWNOUT_ADMIN_TOKEN", help="For tokens: what the server's admin API asks for.")
def command(what: str, source: str | None, *, provider: str | None, as_json: bool, admin_token: str | None) -> None:
    """List what there is, what JOURNAL holds, or the tokens at URL.

    There are providers, operations, faults, scenarios, incidents (what really happened to somebody) and limits; a
    journal has exchanges and payments; tokens are those of a running server, in its default sandbox unless URL names
    another. Operations are modelled, or generic: those are refused unless a scenario asks for them to be answered from
    a schema alone.

    \b
    Examples:
      brownout list scenarios
      brownout list incidents
      brownout list operations --provider stripe | grep refunds
      brownout list faults --json
      brownout list exchanges run.jsonl
      brownout list payments run.jsonl
      brownout list tokens http://127.0.0.1:8700
      brownout list tokens http://127.0.0.1:8700/~checkout
    """
    from brownout.cli import live

    if what == "tokens":
        if source is None:
            raise UsageError("list tokens: name a running server: brownout list tokens http://127.0.0.1:8700")
        rows = live.tokens(source, admin_token)
    else:
        rows = _rows(what, Path(source) if source is not None else None)
    if provider is not None:
        rows = _of_provider(what, rows, provider)
    if as_json:
        import orjson

        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    for line in aligned([live.short(row) for row in rows] if what == "tokens" else rows):
        click.echo(line)


def aligned(rows: list[Row]) -> list[str]:
    """Return rows as the lines of a table, the keys of the first one as its head.

    >>> aligned([{"name": "abort", "keys": ["status", "code"]}])
    ['name   keys', 'abort  status, code']
    """
    if not rows:
        return ["none"]
    table = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]


def _rows(what: str, journal: Path | None) -> list[Row]:
    from brownout.assembly import registries

    kept = _KEPT.get(what)
    if kept is None:
        if journal is not None:
            raise UsageError(f"list {what}: takes no journal; exchanges and payments do")
        return _LISTS[what](registries())
    if journal is None:
        raise UsageError(f"list {what}: name a journal: brownout list {what} run.jsonl")
    return _of_journal(journal, kept)


def _of_journal(journal: Path, rows_of: Callable[[ArmRun], list[Row]]) -> list[Row]:
    from brownout.cli.verdict import as_written, parts_of

    with as_written(journal):
        runs = parts_of(journal)
        several = len(runs) > 1
        return [
            {"part": number, **row} if several else row for number, run in enumerate(runs, 1) for row in rows_of(run)
        ]


def _of_provider(what: str, rows: list[Row], provider: str) -> list[Row]:
    """Return the operations of one provider."""
    from brownout.assembly import registries
    from brownout.core.errors import did_you_mean

    if what != "operations":
        raise UsageError(f"list {what}: --provider is for operations")
    known = registries().providers
    if provider not in known:
        raise UsageError(f"--provider: {did_you_mean(provider, known)}")
    return [row for row in rows if row["name"].startswith(f"{provider}.")]


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "-"
    return "-" if value in (None, "") else str(value)


def _providers(registries: Registries) -> list[Row]:
    from brownout.scenario.reader import keys_of

    return [
        {
            "name": name,
            "title": provider.title,
            "operations": len(provider.operations),
            "options": sorted(keys_of(provider.options_type)),
        }
        for name, provider in sorted(registries.providers.items())
    ]


def _operations(registries: Registries) -> list[Row]:
    return [
        {
            "name": one.name,
            "method": one.method,
            "path": one.path,
            "effect": one.effect,
            "key": [*one.key, *([f"path {one.id_param}"] if one.id_param else [])],
            "fidelity": one.fidelity,
        }
        for one in sorted((registries.operations() | registries.beyond()).values(), key=lambda one: one.name)
    ]


def _faults(registries: Registries) -> list[Row]:
    from brownout.scenario.reader import keys_of

    return [
        {
            "kind": kind,
            "target": fault.default_target or _depends(keys_of(fault)),
            "keys": sorted(keys_of(fault)),
            "what it does": (fault.__doc__ or "").strip().partition("\n")[0],
        }
        for kind, fault in sorted(registries.faults.items())
    ]


def _depends(keys: Collection[str]) -> str:
    """Return what to say of a fault that strikes elsewhere according to its keys."""
    return "depends on change" if "change" in keys else "depends on its keys"


def _scenarios(registries: Registries) -> list[Row]:
    from brownout import scenario

    rows = []
    for name in scenario.names():
        plan = _plan(name, registries)
        if isinstance(plan, str):
            rows.append({"name": name, "title": plan, "faults": [], "arms": []})
        else:
            faults = [rule.name for rule in plan.rules]
            rows.append({"name": name, "title": plan.title, "faults": faults, "arms": list(plan.arms)})
    return rows


def _incidents(registries: Registries) -> list[Row]:
    """Return what really happened to somebody: scenarios that others take in with `use`."""
    from brownout import scenario

    rows: list[Row] = []
    for name in scenario.incidents():
        plan = _plan(name, registries)
        if isinstance(plan, str):
            rows.append({"name": name, "title": plan, "goes wrong": [], "source": None})
        else:
            wrong = [*(rule.name for rule in plan.rules), *(limit.name for limit in plan.limits)]
            source = re.search(r"^Source: (\S+)", plan.description, re.MULTILINE)
            told = source[1] if source is not None else None
            rows.append({"name": name, "title": plan.title, "goes wrong": wrong, "source": told})
    return rows


def _plan(name: str, registries: Registries) -> Plan | str:
    """Return the plan of a library scenario, or why it can't be used."""
    from brownout import scenario
    from brownout.core.errors import ScenarioError

    try:
        return scenario.load_file(scenario.find(name), registries)
    except ScenarioError as error:
        return f"can't be used: {error.mistakes[0]}"


def _limits(registries: Registries) -> list[Row]:
    """Return how limits can count, then the sets that providers document."""
    from brownout.core.limits.limit import ALGORITHMS

    counting: list[Row] = [
        {
            "name": name,
            "what it limits": algorithm.limits,
            "keys": list(algorithm.keys),
            "written": f"algorithm: {name}",
            "source": None,
        }
        for name, algorithm in sorted(ALGORITHMS.items())
    ]
    return counting + [
        {
            "name": name,
            "what it limits": documented.title,
            "keys": [limit.name for limit in documented.limits],
            "written": f"use: {name}",
            "source": f"{documented.source} ({documented.read})",
        }
        for name, documented in registries.limits().items()
    ]


def _exchanges(run: ArmRun) -> list[Row]:
    return [_exchange(record["decided"], record.get("observed") or {}) for record in run.records]


def _exchange(decided: Mapping[str, Any], observed: Mapping[str, Any]) -> Row:
    error = f" {decided['error']}" if decided.get("error") else ""
    return {
        "id": decided["id"],
        "at": f"{decided['offset']:.3f}s",
        "client": decided["client"],
        "operation": decided["operation"],
        "key": decided["key"],
        "answer": f"{decided['status']}{error}" if decided["answered"] == "reply" else decided["answered"],
        "wire": observed.get("outcome"),
        "faults": [one["rule"] for one in decided["fired"] if one["state"] == "applied"],
        "limit": decided.get("limit"),
    }


def _payments(run: ArmRun) -> list[Row]:
    from brownout.core.invariants import payments

    made = {effect: record["decided"]["id"] for record in run.records for effect in record["decided"]["effects"]}
    own: dict[str, list[Entry]] = {}
    for entry in run.entries:
        own.setdefault(entry.payment, []).append(entry)
    return [_payment(one, own[one.id], made) for one in payments(run.entries).values()]


def _payment(payment: Payment, own: Sequence[Entry], made: Mapping[str, str]) -> Row:
    from brownout.core.money import say

    return {
        "payment": payment.id,
        "key": payment.key,
        "provider": own[0].provider,
        "at": f"{own[0].at:.3f}s",
        "captured": say(payment.captured, payment.currency),
        "refunded": say(payment.refunded, payment.currency) if payment.refunded else None,
        "exchanges": list(dict.fromkeys(made[entry.id] for entry in own if entry.id in made)),
    }


_KEPT: Final[dict[str, Callable[[ArmRun], list[Row]]]] = {"exchanges": _exchanges, "payments": _payments}

_LISTS: Final[dict[str, Callable[[Registries], list[Row]]]] = {
    "providers": _providers,
    "operations": _operations,
    "faults": _faults,
    "scenarios": _scenarios,
    "incidents": _incidents,
    "limits": _limits,
}
