"""Every scenario of a folder, one after the other: the regressions that somebody keeps."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import click

from brownout.cli.outcome import code_of, summarise
from brownout.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORST_FIRST: Final = (130, 1, 3, 0)
_ENDINGS: Final = (".yaml", ".yml")


class Player(Protocol):
    """What plays one scenario: a drill, or its like."""

    def __call__(self, scenario: str, options: Mapping[str, Any], *, quiet: bool) -> dict[str, Any]:
        """Return the verdict."""


def drill_each(folder: Path, options: Mapping[str, Any], play: Player) -> int:
    """Play each scenario of `folder`, print a line for each and how many passed, and return the worst exit code.

    Each has its report in a folder of its own, named as its file is.

    Raises:
        UsageError: if there is none, or one of them can't be used: before the first begins.
    """
    files = _readable(folder)
    reports = options["report"] or Path("brownout-report") / folder.resolve().name
    codes, passed = [], 0
    plain = Counter(file.with_suffix("") for file in files)
    for file in files:
        named = file if plain[file.with_suffix("")] > 1 else file.with_suffix("")  # a.yaml beside a.yml
        verdict = play(str(file), {**options, "report": reports / named.relative_to(folder)}, quiet=True)
        summarise(verdict)
        codes.append(code_of(verdict, options["on_inconclusive"]))
        passed += verdict["status"] == "pass"
        said = "" if codes[-1] or verdict["status"] == "pass" else ", taken for a pass"
        reason = next(iter(verdict["reasons"]), "")
        click.echo(f"{verdict['status'].upper():<12}  {file}{said}  {reason}")
        if verdict["interrupted"]:
            break
    others = {"taken for a pass": codes.count(0) - passed, "did not run": len(files) - len(codes)}
    more = "".join(f", {number} {said}" for said, number in others.items() if number)
    click.echo(f"{passed} of {len(files)} passed{more}; reports: {reports}")
    return next(code for code in _WORST_FIRST if code in codes)


def _readable(folder: Path) -> list[Path]:
    """Return a folder's scenarios in alphabetical order.

    Raises:
        UsageError: with the mistakes of all that can't be used.
    """
    from brownout import assembly
    from brownout import scenario as scenarios

    files = sorted(path for path in folder.rglob("*") if path.suffix in _ENDINGS)
    if not files:
        raise UsageError(f"{folder}: there is no scenario in this folder: no file that ends in .yaml")
    registries, wrong = assembly.registries(), []
    for file in files:
        try:
            plan = scenarios.load_file(file, registries)
        except UsageError as problem:
            wrong.append(str(problem))
        else:
            if not plan.arms:
                wrong.append(f"{file}: it has no arms, and without a client there is nothing to judge")
    if wrong:
        raise UsageError("\n".join(wrong))
    return files
