"""`brownout trend`: a page over many verdicts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from brownout.core.errors import UsageError

if TYPE_CHECKING:
    from brownout.cli.reports_at import Kept

_LABELS: Final = ("time", "folder", "version")


@click.command()
@click.argument("places", nargs=-1, required=True, metavar="DIR…")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("trend.html"), metavar="FILE",
              show_default=True, help="Where the page goes.")  # fmt: skip
@click.option("--label", type=click.Choice(_LABELS), default="time", show_default=True,
              help="What a run is called: its file's time, its folder, or its version of Brownout.")  # fmt: skip
def command(places: tuple[str, ...], out: Path, label: str) -> None:
    """Make a page that shows from run to run what each threshold came to, over the verdicts in DIR….

    Each is a report folder, a folder of such, a verdict.json or a quoted pattern. Runs are in the order of their files'
    time, since a verdict says nothing of when it was; with --label folder they are in the order of their folders, as
    numbers where these have any: for files that were downloaded all at once.

    \b
    Examples:
      brownout trend brownout-report/
      brownout trend nightly/2026-* --out nightly.html
      brownout trend releases/ --label folder
    """
    from brownout.cli.reports_at import verdicts
    from brownout.cli.verdict import as_written
    from brownout.reports.trend import Run, render

    kept = list({one.path.resolve(): one for place in places for one in verdicts(place)}.values())
    kept.sort(key=_by_folder if label == "folder" else _by_time)
    with as_written(kept[-1].path):
        page = render([Run(label=_label(one, label), place=str(one.path), verdict=one.verdict) for one in kept])
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"--out {out}: {problem.strerror or problem}") from problem
    passed = sum(one.verdict["status"] == "pass" for one in kept)
    click.echo(f"{out}: {len(kept)} runs, {passed} passed")


def _by_time(kept: Kept) -> tuple[float, str]:
    return kept.path.stat().st_mtime, str(kept.path)


def _by_folder(kept: Kept) -> tuple[list[tuple[int, str]], str]:
    """Return what sorts folders as people do: run-9 before run-10."""
    parts = "".join(each if each.isdigit() else f" {each} " for each in str(kept.folder)).split()
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], str(kept.path)


def _label(kept: Kept, label: str) -> str:
    if label == "folder":
        return kept.folder.name or str(kept.folder)
    if label == "version":
        return str(kept.verdict["versions"].get("brownout", "unknown"))
    return datetime.fromtimestamp(kept.path.stat().st_mtime, tz=UTC).strftime("%Y-%m-%d %H:%M")
