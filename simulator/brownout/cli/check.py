"""`brownout check`: is a scenario right, and what will it do?"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries

_WRONG = 2


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_context
def command(ctx: click.Context, files: tuple[str, ...], *, as_json: bool) -> None:
    """Check scenarios, and say how often each rule should fire.

    FILE is a path, the name of a library scenario, or - for standard input. Mistakes are named with file, line, key
    and what was probably meant. Warnings are about what is valid but likely to disappoint: a rule that may never
    fire, or one that hangs on the order of requests.

    Exit code: 0 if every file can be used, warnings or not; 2 otherwise. A drill in which a rule has more than one
    chance in a hundred to never fire is refused: its verdict would be a coin toss.

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
    from brownout.scenario.expect import expectations

    try:
        if plan.load is not None and plan.arms:
            journeys.find(plan.load.journey)
    except UsageError as error:
        mistake = {"line": None, "key": "load.journey", "message": str(error), "text": f"{file}: {error}"}
        return {"file": file, "ok": False, "mistakes": [mistake]}

    advice = check(plan, registries)
    return {
        "file": file,
        "ok": all(one.severity != "refusal" for one in advice),
        "title": plan.title,
        "seed": plan.seed,
        "digest": plan.digest,
        "rules": [{**one.as_dict(), "text": str(one)} for one in expectations(plan, registries)],
        "advice": [{**one.as_dict(), "text": str(one)} for one in advice],
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
    for rule in found["rules"]:
        where = ", ".join(rule["operations"][:3]) + (", …" if len(rule["operations"]) > 3 else "")
        click.echo(f"  {rule['rule']}: {rule['kind']} at {rule['target']} of {where or 'nothing'}")
        click.echo(f"    {rule['text']}")
    for advice in found["advice"]:
        click.echo(f"  {advice['text']}")
