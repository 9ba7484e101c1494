"""What a command makes of a verdict: its exit code, whether it tries again, and a summary for whoever asked for one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Verdict = dict[str, Any]

_CODES: Final = {"pass": 0, "fail": 1, "inconclusive": 3}
_INTERRUPTED: Final = 130
_RETRIES_MOST: Final = 20
_SUMMARY: Final = "GITHUB_STEP_SUMMARY"
"""Where GitHub's runner says which file it shows on a job's page."""


class Doubt(NamedTuple):
    """What an inconclusive verdict is taken for: its exit code, and how often to try again before."""

    code: int = _CODES["inconclusive"]
    retries: int = 0


AS_IT_IS: Final = Doubt()
_WORDS: Final = {"fail": Doubt(_CODES["fail"]), "pass": Doubt(_CODES["pass"])}


def doubt(ctx: click.Context, param: click.Parameter, value: str | None) -> Doubt:
    """Return what `--on-inconclusive` says."""
    if value is None:
        return AS_IT_IS
    if value in _WORDS:
        return _WORDS[value]
    word, _, number = value.partition(":")
    if (
        word == "retry"
        and number.isascii()
        and number.isdigit()
        and len(number) < 4
        and 1 <= int(number) <= _RETRIES_MOST
    ):
        return Doubt(retries=int(number))
    raise click.BadParameter(f"{value!r} is none of fail, pass and retry:N (N from 1 to {_RETRIES_MOST})", ctx, param)


def taken_for_good(ctx: click.Context, param: click.Parameter, value: str | None) -> Doubt:
    """Return what `--on-inconclusive` says where nothing can be run again."""
    found = doubt(ctx, param, value)
    if found.retries:
        raise click.BadParameter("these files have one verdict however often they are judged: fail or pass", ctx, param)
    return found


def code_of(verdict: Mapping[str, Any], on_doubt: Doubt = AS_IT_IS) -> int:
    """Return the exit code that says what `verdict` says; `on_doubt` has a say only if that is nothing."""
    if verdict["interrupted"]:
        return _INTERRUPTED
    if verdict["status"] != "inconclusive":
        return _CODES[verdict["status"]]
    if on_doubt.code != AS_IT_IS.code:
        click.echo(f"inconclusive, taken for a {'fail' if on_doubt.code else 'pass'}: --on-inconclusive", err=True)
    return on_doubt.code


def until_known(run: Callable[[], Verdict], on_doubt: Doubt) -> Verdict:
    """Return the verdict of `run`, which is called again while that is inconclusive, as often as `on_doubt` allows.

    The last one counts; what the earlier ones were in doubt about is in its `retries`.
    """
    verdict = run()
    earlier: list[dict[str, Any]] = []
    while verdict["status"] == "inconclusive" and not verdict["interrupted"] and len(earlier) < on_doubt.retries:
        earlier.append({"status": verdict["status"], "reasons": verdict["reasons"]})
        why = next(iter(verdict["reasons"]), "no reason is given")
        click.echo(f"inconclusive: {why}; again, {len(earlier)} of {on_doubt.retries}", err=True)
        verdict = run()
    return {**verdict, "retries": earlier} if earlier else verdict


def summarise(verdict: Mapping[str, Any]) -> None:
    """Append the verdict to the page of the GitHub job that this runs in, if it does."""
    path = os.environ.get(_SUMMARY)
    if not path:
        return
    from brownout.reports.github import GithubReport

    try:
        with Path(path).open("a", encoding="utf-8") as page:
            page.write(f"{GithubReport().render(verdict)}\n")
    except OSError as problem:  # a page that isn't there changes no verdict
        click.echo(f"brownout: {_SUMMARY}: {problem.strerror or problem}", err=True)
