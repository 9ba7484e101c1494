"""`brownout trigger EVENT`: cause an event on a running server by the calls that lead to it."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click
import orjson

from brownout.cli.recipe_calls import Done, NotCausedError, Runner
from brownout.core.errors import UsageError, did_you_mean
from brownout.core.triggers import Advance, Recipe, Step, Triggers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_EDIT: Final = re.compile(r"(?P<step>[^:=]+):(?P<path>[^=]+)=(?P<value>.*)", re.DOTALL)
_REMOVAL: Final = re.compile(r"(?P<step>[^:=]+):(?P<path>[^=]+)")
_PATH: Final = re.compile(r"[^.\[\]]+")


class Edit(NamedTuple):
    """A parameter of a step that the user wants otherwise; `value` None takes it out."""

    step: str
    path: tuple[str, ...]
    value: str | None


@click.command()
@click.argument("event", required=False)
@click.option("--list", "as_list", is_flag=True, help="List the events that can be caused.")
@click.option("--provider", default="stripe", show_default=True, metavar="NAME", help="Whose event.")
@click.option("--override", "overrides", multiple=True, metavar="STEP:PARAM=VALUE",
              help="Send another value, such as payment_intent:amount=5000.")  # fmt: skip
@click.option("--add", "additions", multiple=True, metavar="STEP:PARAM=VALUE",
              help="Send another parameter, such as customer:metadata.plan=gold.")  # fmt: skip
@click.option("--remove", "removals", multiple=True, metavar="STEP:PARAM", help="Leave a parameter out.")
@click.option("--account", "--stripe-account", metavar="ID", help="Act for a connected account.")
@click.option("--api-key", metavar="KEY", help="The key to call with (default: the sandbox's usual account).")
@click.option("--attach", default="http://127.0.0.1:8700", show_default=True, metavar="URL", envvar="BROWNOUT_URL",
              help="The Brownout that runs.")  # fmt: skip
@click.option("--sandbox", metavar="NAME", help="The sandbox to act in (default: the one that needs no name).")
@click.option("--admin-token", envvar="BROWNOUT_ADMIN_TOKEN", help="What the server's admin API asks for.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: what was called, and the events.")
def command(**options: Any) -> int:
    """Cause EVENT on a running server, by making the API calls that lead to it.

    The calls are real ones: objects, money and other events that belong to them come about as well, and webhooks are
    sent. Where an event comes later by itself, world time is advanced. What a recipe sends can be changed by the name
    of its step, which is the first word of each line printed.

    Exit codes: 0 the event happened, 1 it didn't, 2 wrong usage.

    \b
    Examples:
      brownout trigger payment_intent.succeeded
      brownout trigger payment_intent.succeeded --override payment_intent:amount=5000
      brownout trigger customer.created --add customer:metadata.plan=gold --remove customer:email
      brownout trigger charge.dispute.created --attach http://brownout:8700 --sandbox checkout
      brownout trigger PAYMENT.CAPTURE.COMPLETED --provider paypal
      brownout trigger --list
    """
    triggers = _triggers(options["provider"])
    if options["as_list"]:
        click.echo("\n".join(sorted(triggers.recipes)))
        return 0
    event: str | None = options["event"]
    if event is None:
        raise UsageError("say which event: brownout trigger payment_intent.succeeded; --list shows them all")
    if event not in triggers.recipes:
        raise UsageError(f"event: {did_you_mean(event, triggers.recipes)}")
    from brownout.drill.attach.api import Api

    account: str | None = options["account"]
    if account is not None and triggers.account_header is None:
        raise UsageError(f"--account: {options['provider']} has no connected accounts")
    if account is not None and triggers.recipes[event].account is not None:
        raise UsageError(f"--account: {event} happens to a connected account that the recipe makes; leave it out")
    recipe = edited(triggers.recipes[event], _edits(options))
    api = Api(options["attach"], options["sandbox"], options["admin_token"])
    runner = Runner(api, options["provider"], triggers, options["api_key"] or triggers.key, account)
    printer = Printer(as_json=options["as_json"])
    return _cause(event, recipe, runner, printer)


def _cause(event: str, recipe: Recipe, runner: Runner, printer: Printer) -> int:
    runner.api.get("/clock")  # says so if nobody is there
    try:
        runner.begin()
        before = set() if recipe.account else {one["id"] for one in runner.events(event)}
        for step in recipe.steps:
            if isinstance(step, Advance):
                runner.advance(step.length)
                printer.advanced(step.length)
            else:
                printer.called(step, runner.do(step))
        listed = runner.events(event, runner.account_of(recipe))
        happened = [one for one in listed if one["id"] not in before and runner.made(one)]
    except NotCausedError as problem:
        printer.end(event, [], str(problem))
        return 1
    printer.end(event, [one["id"] for one in happened], runner.why_not(event))
    return 0 if happened else 1


def _triggers(provider: str) -> Triggers:
    """Return a provider's recipes. Raises UsageError if it has none."""
    from brownout.assembly import registries

    known = {
        name: found
        for name, one in registries().providers.items()
        if isinstance(found := getattr(one, "triggers", None), Triggers)
    }
    if provider not in known:
        raise UsageError(f"--provider: {did_you_mean(provider, known)}")
    return known[provider]


# ---------------------------------------------------------------- what the user wants otherwise
def _edits(options: Mapping[str, Any]) -> list[Edit]:
    """Return what --override, --add and --remove say, in the order of these."""
    found: list[Edit] = []
    for option, pattern in (("overrides", _EDIT), ("additions", _EDIT), ("removals", _REMOVAL)):
        for text in options[option]:
            match = pattern.fullmatch(text)
            path = tuple(_PATH.findall(match["path"])) if match else ()
            if match is None or not path:
                name = {"overrides": "--override", "additions": "--add", "removals": "--remove"}[option]
                wanted = "STEP:PARAM" if option == "removals" else "STEP:PARAM=VALUE"
                raise UsageError(f"{name}: {text!r} isn't {wanted}, such as payment_intent:amount=5000")
            found.append(Edit(match["step"].strip(), path, None if option == "removals" else match["value"]))
    return found


def edited(recipe: Recipe, edits: Sequence[Edit]) -> Recipe:
    """Return a recipe with other parameters.

    Raises:
        UsageError: if an edit names no step of it.
    """
    params = {step.name: deepcopy(dict(step.params)) for step in recipe.steps if isinstance(step, Step)}
    for edit in edits:
        if edit.step not in params:
            raise UsageError(f"step: {did_you_mean(edit.step, params)}")
        _put(params[edit.step], edit)
    return Recipe(
        [
            step if isinstance(step, Advance) else _with_params(step, params[step.name])
            for step in recipe.steps
        ],
        recipe.account,
    )  # fmt: skip


def _with_params(step: Step, params: dict[str, Any]) -> Step:
    from dataclasses import replace

    return replace(step, params=params)


def _put(params: dict[str, Any], edit: Edit) -> None:
    """Put a value where `a.b` or `a[b]` says; lists are counted from 0, and groups that aren't there are made."""
    place: Any = params
    *groups, last = edit.path
    for name in groups:
        inner = _in(place, name)
        if not isinstance(inner, dict | list):
            if edit.value is None:
                return
            inner = place[int(name) if isinstance(place, list) else name] = {}
        place = inner
    if isinstance(place, list):
        _put_in_list(place, last, edit)
    elif edit.value is None:
        place.pop(last, None)
    else:
        place[last] = edit.value


def _in(place: Any, name: str) -> Any:
    if isinstance(place, dict):
        return place.get(name)
    if not name.isdigit() or int(name) >= len(place):
        raise UsageError(f"{name!r} is no place in a list of {len(place)}: say 0 for the first")
    return place[int(name)]


def _put_in_list(place: list[Any], name: str, edit: Edit) -> None:
    _in(place, name)
    if edit.value is None:
        del place[int(name)]
    else:
        place[int(name)] = edit.value


# ---------------------------------------------------------------- what is shown
class Printer:
    """Says what was done: a line a step for people, or one JSON object at the end."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._rows: list[dict[str, Any]] = []

    def advanced(self, length: str) -> None:
        """Say that world time passed."""
        self._row({"advanced": length}, f"world time advanced by {length}")

    def called(self, step: Step, done: Done) -> None:
        """Say what was called, and what came of it."""
        row = {"step": step.name, "method": step.method, "path": done.path, "id": done.id, "refused": step.refused}
        made = f" -> {done.id}" if done.id else ""
        self._row(row, f"{step.name}: {step.method} {done.path}{made}{' (refused, as meant)' if step.refused else ''}")

    def _row(self, row: dict[str, Any], line: str) -> None:
        self._rows.append(row)
        if not self._as_json:
            click.echo(f"  {line}")

    def end(self, event: str, ids: Sequence[str], why_not: str) -> None:
        """Say whether the event happened."""
        if self._as_json:
            problem = None if ids else why_not
            click.echo(orjson.dumps({"event": event, "steps": self._rows, "events": ids, "problem": problem}))
        elif ids:
            click.echo(f"{event} happened: {', '.join(ids)}")
        else:
            click.echo(f"{event} didn't happen: {why_not}", err=True)
