"""`brownout check`: is a scenario right, and what will it do?"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from brownout.core.plan import Phase, Plan
    from brownout.core.registries import Registries

_WRONG = 2


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_context
def command(ctx: click.Context, files: tuple[str, ...], *, as_json: bool) -> None:
    """Check scenarios, and say how often each rule should fire, phase by phase.

    FILE is a path, the name of a library scenario, or - for standard input. Mistakes are named with file, line, key
    and what was probably meant. Warnings are about what is valid but likely to disappoint: a rule that may never
    fire, or one that hangs on the order of requests.

    Exit code: 0 if every file can be used, warnings or not; 2 otherwise. A drill in which a rule can't fire is
    refused, as is one in which a rule on writes has more than one chance in a hundred not to, even if each order makes
    such a call: its verdict would be a coin toss.

    \b
    Examples:
      brownout check scenarios/checkout.yaml
      brownout check lost-answer
      brownout check scenarios/*.yaml --json
      generate-scenario | brownout check -
    """
    from brownout.assembly import registries

    known = registries()
    found = [_checked(file, known) for file in files]
    if as_json:
        import orjson

        click.echo(orjson.dumps({"files": found}, option=orjson.OPT_INDENT_2))
    else:
        for one in found:
            _show(one)
    if not all(one["ok"] for one in found):
        ctx.exit(_WRONG)


def _checked(file: str, registries: Registries) -> dict[str, Any]:
    from brownout.core.errors import ScenarioError, UsageError

    try:
        plan = _plan(file, registries)
    except ScenarioError as error:
        mistakes = [
            {"line": one.line, "key": one.key, "message": one.message, "text": str(one)} for one in error.mistakes
        ]
        return {"file": file, "ok": False, "mistakes": mistakes}
    except UsageError as error:
        text = str(error)
        return {"file": file, "ok": False, "mistakes": [{"line": None, "key": "", "message": text, "text": text}]}
    from brownout.drill import journeys
    from brownout.scenario.check import check
    from brownout.scenario.detectable import detectable
    from brownout.scenario.expect import expectations

    try:
        if plan.load is not None and plan.arms:
            journeys.find(plan.load.journey)
    except UsageError as error:
        mistake = {"line": None, "key": "load.journey", "message": str(error), "text": f"{file}: {error}"}
        return {"file": file, "ok": False, "mistakes": [mistake]}

    lost = _lost(plan)
    if lost:
        mistakes = [{"line": None, "key": key, "message": why, "text": f"{file}: {key}: {why}"} for key, why in lost]
        return {"file": file, "ok": False, "mistakes": mistakes}

    from brownout.drill.invariants import Missing, load_any

    missing = [one for one in load_any(plan.invariants, [Path(plan.folder)]) if isinstance(one, Missing)]
    if missing:
        mistakes = [{"line": None, "key": "invariants", "message": f"{one.name}: {one.why}",
                     "text": f"{file}: invariants: {one.name}: {one.why}"} for one in missing]  # fmt: skip
        return {"file": file, "ok": False, "mistakes": mistakes}

    advice = check(plan, registries)
    return {
        "file": file,
        "ok": all(one.severity != "refusal" for one in advice),
        "title": plan.title,
        "seed": plan.seed,
        "digest": plan.digest,
        "load": _load(plan),
        "arms": [
            {"name": one.name, "kind": one.kind, "client": one.client, "control": one.control}
            for one in plan.arms.values()
        ],
        "phases": [_phase(plan, phase) for phase in plan.phases],
        "rules": [{**one.as_dict(), "text": str(one)} for one in expectations(plan, registries)],
        "thresholds": [one.as_dict() for one in detectable(plan)],
        "advice": [{**one.as_dict(), "text": str(one)} for one in advice],
    }


def _lost(plan: Plan) -> list[tuple[str, str]]:
    """Return the key of each arm whose locustfile or program isn't there, and why."""
    from brownout.core.errors import UsageError
    from brownout.drill.drivers import check

    found = []
    for arm in plan.arms.values():
        try:
            check(arm)
        except UsageError as error:
            key, _, why = str(error).partition(": ")
            found.append((key, why))
    return found


def _load(plan: Plan) -> dict[str, Any] | None:
    from brownout.scenario.exposure import planned

    if plan.load is None:
        return None
    return {**asdict(plan.load), "orders": planned(plan), "text": str(plan.load)}


def _phase(plan: Plan, phase: Phase) -> dict[str, Any]:
    from brownout.scenario.exposure import planned

    return {
        "name": phase.name,
        "duration_seconds": phase.duration_seconds,
        "orders": planned(plan, phase.name),
        "faults": [rule.name for rule in plan.rules if rule.phase == phase.name],
        "limits": [limit.name for limit in plan.limits if limit.phase == phase.name],
        "oauth": dict(phase.oauth),
        "providers": sorted(phase.providers),
    }


def _plan(file: str, registries: Registries) -> Plan:
    from brownout import scenario
    from brownout.scenario import document

    if file == "-":
        return scenario.load(document.decode(sys.stdin.buffer, "<stdin>"), registries, file="<stdin>", name="stdin")
    return scenario.load_file(scenario.find(file), registries)


def _show(found: dict[str, Any]) -> None:
    if "mistakes" in found:
        for mistake in found["mistakes"]:
            click.echo(mistake["text"], err=True)
        return
    click.echo(f"{found['file']}: {'good' if found['ok'] else 'refused'}: {found['title']} (seed {found['seed']})")
    if found["load"] is not None:
        orders = found["load"]["orders"]
        how_many = "as many orders as they get done" if orders is None else f"{orders} orders"
        click.echo(f"  load: {found['load']['text']}: {how_many}")
    for arm in found["arms"]:
        kind = "" if arm["kind"] == "client" else f"{arm['kind']} "
        click.echo(f"  arm {arm['name']}{' (control)' if arm['control'] else ''}: {kind}{arm['client']}")
    _show_rules(found, None, "  always" if found["phases"] else None)
    for phase in found["phases"]:
        orders = "" if phase["orders"] is None else f", {phase['orders']} orders"
        click.echo(f"  {phase['name']} ({phase['duration_seconds']:g}s{orders})")
        if phase["oauth"]:
            click.echo(f"    oauth: {', '.join(_token_rule(*one) for one in phase['oauth'].items())}")
        for section in ("providers", "limits"):
            if phase[section]:
                click.echo(f"    {section}: {', '.join(phase[section])}")
        _show_rules(found, phase["name"])
    for said in (*found["thresholds"], *found["advice"]):
        click.echo(f"  {said['text']}")


def _show_rules(found: dict[str, Any], phase: str | None, heading: str | None = None) -> None:
    """Show the rules of one phase, or those that are always in force, under a heading if there are any."""
    rules = [rule for rule in found["rules"] if rule["phase"] == phase]
    if heading is not None and rules:
        click.echo(heading)
    indent = "    " if found["phases"] else "  "
    for rule in rules:
        where = ", ".join(rule["operations"][:3]) + (", …" if len(rule["operations"]) > 3 else "")
        click.echo(f"{indent}{rule['rule']}: {rule['kind']} at {rule['target']} of {where or 'nothing'}")
        click.echo(f"{indent}  {rule['text']}")


def _token_rule(field: str, value: Any) -> str:
    """Return one of the authority's rules as the scenario spells it."""
    name = field.removesuffix("_seconds")
    return f"{name} {value:g}s" if name != field else f"{name} {str(value).lower()}"
