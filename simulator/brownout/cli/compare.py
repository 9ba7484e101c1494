"""`brownout compare`: what changed between two verdicts, or two sets of them over the same seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from brownout.core.errors import UsageError, did_you_mean
from brownout.core.metrics import METRICS
from brownout.verdict.better import BETTER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.cli.reports_at import Kept
    from brownout.verdict.compare import Asked, Difference
    from brownout.verdict.pairs import Paired

_CODES: Final = {"pass": 0, "fail": 1, "inconclusive": 3}
VERSION: Final = 1
"""The version of the shape that `--json` prints."""


def _judgeable(metric: str) -> str:
    """Return a metric that can be judged.

    Raises:
        BadParameter: if it can't.
    """
    if metric not in METRICS:
        raise click.BadParameter(f"metric: {did_you_mean(metric, METRICS)}")
    if BETTER.get(metric) is None:
        raise click.BadParameter(f"{metric}: neither more nor less of it is better by itself")
    return metric


def _metrics(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> list[str]:
    return [_judgeable(value) for value in values]


def _margins(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> dict[str, float]:
    found = {}
    for value in values:
        metric, equals, number = value.partition("=")
        try:
            margin = float(number)
        except ValueError:
            margin = -1.0
        if not equals or not 0 <= margin < float("inf"):
            raise click.BadParameter(f"{value!r} must be METRIC=NUMBER, such as goodput.rate=0.01; times in seconds")
        found[_judgeable(metric)] = margin
    return found


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--no-worse", is_flag=True, help="Exit with 1 if B is worse, with 3 if that can't be told.")
@click.option("--margin", "margins", multiple=True, callback=_margins, metavar="METRIC=NUMBER",
              help="B must be shown to be worse by no more than that; may be given again.")  # fmt: skip
@click.option("--metric", "metrics", multiple=True, callback=_metrics, metavar="METRIC",
              help="Judge this metric alone; may be given again.")  # fmt: skip
@click.option("--allow-other-version", is_flag=True, help="Compare runs of different versions of Brownout.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def command(a: str, b: str, **options: Any) -> int:
    """Compare the verdicts of A with those of B, which ran the same scenario, load, seeds and version.

    Each is a verdict.json, a report folder, a folder of report folders, or a quoted pattern of them. Of one seed the
    same orders are compared where the journals are still there; of 20 seeds and more, means over seeds. Exit code 0,
    unless --no-worse: 1 if something judged is worse, 3 if that can't be told.

    \b
    Examples:
      brownout compare main/ branch/
      brownout compare main/ branch/ --no-worse
      brownout compare main/ branch/ --no-worse --margin goodput.rate=0.01
      brownout compare 'main/*' 'branch/*' --no-worse      the same seeds on both sides
      brownout compare main/verdict.json branch/verdict.json --json
    """
    from brownout.cli.reports_at import verdicts
    from brownout.cli.verdict import as_written

    ours, theirs = verdicts(a), verdicts(b)
    with as_written(theirs[0].path):
        _refuse_unlike([*ours, *theirs], other_version=options["allow_other_version"])
        first, second = _by_seed(a, ours), _by_seed(b, theirs)
        _refuse_other_seeds(a, first, b, second)
        found = _comparison(first, second, options)
    if options["as_json"]:
        import orjson

        click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    else:
        from brownout.cli.verdict import console_width
        from brownout.reports.comparison import render

        color, width = console_width()
        click.echo(render(found, color=color, width=width), nl=False, color=color)
    return _CODES[found["status"]] if options["no_worse"] else 0


def _refuse_unlike(kept: Sequence[Kept], *, other_version: bool) -> None:
    """Refuse runs that differ in more than their clients.

    Raises:
        UsageError: saying in what.
    """
    from brownout.verdict import compare

    first, *others = kept
    for one in others:
        found = compare.unlike(first.verdict, one.verdict)
        if found:
            lines = "".join(f"\n  {each}" for each in found)
            raise UsageError(f"{first.path} and {one.path} can't be compared; what differs:{lines}")
        versions = compare.other_version(first.verdict, one.verdict)
        if versions is not None and not other_version:
            raise UsageError(
                f"{first.path} and {one.path} were made by {versions}: run both with one version, "
                "or say --allow-other-version and hold it against the difference"
            )


def _by_seed(place: str, kept: Sequence[Kept]) -> dict[int, Kept]:
    found: dict[int, Kept] = {}
    for one in kept:
        seed = one.verdict["seed"]
        if seed in found:
            raise UsageError(f"{place}: seed {seed} is there twice: {found[seed].path} and {one.path}")
        found[seed] = one
    return found


def _refuse_other_seeds(a: str, first: Mapping[int, Kept], b: str, second: Mapping[int, Kept]) -> None:
    for place, there, others in ((a, first, second), (b, second, first)):
        missing = sorted(others.keys() - there.keys())
        if missing:
            shown = ", ".join(map(str, missing[:5])) + (" …" if len(missing) > 5 else "")
            raise UsageError(f"the seeds differ: {place} has no run of seed {shown}; runs are compared seed by seed")


def _comparison(first: Mapping[int, Kept], second: Mapping[int, Kept], options: Mapping[str, Any]) -> dict[str, Any]:
    from brownout.verdict.compare import deciding, gate

    a, b = next(iter(first.values())), next(iter(second.values()))
    names = deciding(a.verdict, b.verdict)
    if not names:
        raise UsageError(
            f"{a.path} and {b.path} have no deciding arm in common: {_arms(a)} and {_arms(b)}; "
            "drill both with the same arms"
        )
    arms, differences = [], []
    for of_a, of_b in names:
        asked = _asked(a.verdict["arms"][of_a], options)
        orders = None
        if len(first) == 1:
            orders, found = _of_one_seed(a, of_a, b, of_b, asked)
        else:
            found = _of_seeds(first, of_a, second, of_b, asked)
        arms.append(_arm(of_a, of_b, found, orders))
        differences += found
    status, reasons = gate(differences, [*_doubts("A", first), *_doubts("B", second)])
    return {
        "brownout_comparison": VERSION,
        "status": status,
        "reasons": reasons,
        "scenario": dict(a.verdict["scenario"]),
        "seeds": sorted(first),
        "a": [str(one.path) for one in first.values()],
        "b": [str(one.path) for one in second.values()],
        "arms": arms,
    }


def _arms(kept: Kept) -> str:
    return ", ".join(name for name, arm in kept.verdict["arms"].items() if arm["decides"]) or "none"


def _asked(arm: Mapping[str, Any], options: Mapping[str, Any]) -> Asked:
    from brownout.verdict.compare import Asked, judged_metrics

    margins = options["margins"]
    metrics = frozenset(options["metrics"]) or judged_metrics(arm)
    return Asked(metrics=metrics | margins.keys(), margins=margins)


def _of_one_seed(a: Kept, of_a: str, b: Kept, of_b: str, asked: Asked) -> tuple[Paired | None, list[Difference]]:
    from brownout.verdict.compare import compare

    orders = _paired(a, of_a, b, of_b)
    return orders, compare(a.verdict["arms"][of_a], b.verdict["arms"][of_b], asked, orders)


def _paired(a: Kept, of_a: str, b: Kept, of_b: str) -> Paired | None:
    """Return how the same orders ended, None where the journals, ledgers and claims aren't there any more."""
    from brownout.verdict.history import history
    from brownout.verdict.pairs import of_both

    runs = [_run(kept, arm) for kept, arm in ((a, of_a), (b, of_b))]
    return None if runs[0] is None or runs[1] is None else of_both(history(runs[0]), history(runs[1]))


def _run(kept: Kept, arm: str) -> Any:
    """Return an arm's run from the files beside its verdict, None if they aren't there or aren't that run's."""
    from dataclasses import replace

    from brownout.cli.verdict import as_written, beside, parts_of, read
    from brownout.verdict.files import read_claims

    journal = kept.folder / f"journal-{arm}.jsonl"
    claims = beside(journal, "claims")
    if not journal.is_file() or claims is None or beside(journal, "ledger") is None:
        return None
    with as_written(journal):
        run = parts_of(journal)[-1]
        verdict = kept.verdict
        if (run.head.digest, run.head.seed) != (verdict["scenario"]["digest"], verdict["seed"]):
            click.echo(f"{journal}: of another run than {kept.path}; its orders are left out", err=True)
            return None
        return replace(run, claims=read(claims, read_claims))


def _of_seeds(
    first: Mapping[int, Kept], of_a: str, second: Mapping[int, Kept], of_b: str, asked: Asked
) -> list[Difference]:
    from brownout.verdict.over_seeds import compare_seeds

    try:
        a, b = (
            {seed: kept.verdict["arms"][arm] for seed, kept in side.items()}
            for side, arm in ((first, of_a), (second, of_b))
        )
    except KeyError as missing:
        raise UsageError(f"not every run has the arm {missing}: it is compared over all seeds") from missing
    try:
        return compare_seeds(a, b, asked)
    except ModuleNotFoundError as problem:
        raise UsageError(
            "a comparison over seeds resamples them with scipy: pip install 'brownout[drill]'"
        ) from problem


def _doubts(side: str, runs: Mapping[int, Kept]) -> list[str]:
    """Return why a side's runs can't be relied on: those that are in doubt themselves, or were cut short."""
    found = []
    for seed, kept in runs.items():
        if kept.verdict["interrupted"]:
            found.append(f"{side}, seed {seed}: the run was interrupted")
        elif kept.verdict["status"] == "inconclusive":
            found.append(f"{side}, seed {seed}: {next(iter(kept.verdict['reasons']), 'inconclusive')}")
    return found


def _arm(of_a: str, of_b: str, found: Sequence[Difference], orders: Paired | None) -> dict[str, Any]:
    return {
        "a": of_a,
        "b": of_b,
        "orders": None if orders is None else orders.as_dict(),
        "metrics": [
            {
                "metric": one.metric, "aggregation": one.aggregation, "better": BETTER.get(one.metric),
                "a": one.a, "b": one.b, "difference": one.difference, "interval": one.interval, "how": one.how,
                "judged": one.judged, "margin": one.margin, "outcome": one.outcome,
                "reduction": one.reduction, "reduction_interval": one.reduction_interval,
            }
            for one in found
        ],
    }  # fmt: skip
