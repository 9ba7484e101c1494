"""Writes docs/metrics.md and docs/pictures: each metric with its formula, a picture, and what to do about it.

python scripts/make_metrics_page.py

The words are those of `metric_words` and of the verdict's own advice. The pictures are drawn from the histories of
`metric_stories`, and the values beside them are what `brownout.verdict` measures on these.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import metric_stories
import metric_stories_of_money
import metric_stories_of_retries
import metric_stories_of_tokens
from metric_legend import TITLE, legend
from metric_pictures import picture
from metric_words import MORE, REMEDIES, SUMS, WORDS

from brownout.core.metrics import METRICS
from brownout.verdict.advice import advice
from brownout.verdict.better import BETTER, compared
from brownout.verdict.history import history
from brownout.verdict.measures import Values, measure

if TYPE_CHECKING:
    from metric_stories import Pair

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "metrics.md"
PICTURES = ROOT / "docs" / "pictures"
PAIRS = (
    *metric_stories.PAIRS,
    *metric_stories_of_retries.PAIRS,
    *metric_stories_of_tokens.PAIRS,
    *metric_stories_of_money.PAIRS,
)
HEAD = """# Metrics

Each metric of a [verdict](verdict.md) with its formula, a picture of a client that does well and of one that doesn't,
and what to do about it. A picture can't flatter: it is drawn from two histories, each a journal, a ledger and claims,
and the values beside it are what the verdict measures on these very histories. Written by
`scripts/make_metrics_page.py`.

![TITLE](pictures/legend.svg)

*Ask for* is what a [threshold](verdict.md#thresholds) can name. What needs claims and has none is not measured.

| metric | ask for | what it is | needs claims |
|---|---|---|---|
"""
BETTER_WORDS = {"less": "less is better", "more": "more is better", None: "neither more nor less is better by itself"}


def page() -> str:
    """Return the page."""
    pairs = {metric: pair for pair in PAIRS for metric in pair.metrics}
    rows = [
        f"| [`{name}`](#{anchor(name)}) | {', '.join(metric.aggregations)} | {WORDS[name].formula} | "
        f"{'yes' if metric.needs_claims else 'no'} |"
        for name, metric in METRICS.items()
    ]
    measured = {pair.metrics: values(pair) for pair in PAIRS}
    return HEAD.replace("TITLE", TITLE) + "\n".join(
        [*rows, *(section(name, pairs[name], measured[pairs[name].metrics]) for name in METRICS)]
    )


def section(name: str, pair: Pair, found: tuple[Values, Values]) -> str:
    """Return what the page says of one metric."""
    metric = METRICS[name]
    what = f"{metric.meaning[0].upper()}{metric.meaning[1:]}; {BETTER_WORDS[BETTER[name]]}."
    others = [f"[`{one}`](#{anchor(one)})" for one in pair.metrics if one != name]
    shared = [f"The picture has one pair of histories for this and {' and '.join(others)}.", ""] if others else []
    table = [f"| | {whose(pair, 0)} | {whose(pair, 1)} |", "|---|---|---|"]
    table += [
        f"| `{name}` {asked} | {said(name, found[0][name][asked])} | {said(name, found[1][name][asked])} |"
        for asked in metric.aggregations
    ]
    remedy = advice(name) or REMEDIES[name]
    lines = [
        f"\n## `{name}`",
        "",
        what,
        "",
        f"**Formula**: {formula(name)}.",
        "",
        f"![{alt(pair)}](pictures/{file_of(pair)})",
        "",
        *shared,
        f"Above, {pair.sees[0]}. Below, {pair.sees[1]}.",
        "",
        *table,
        "",
        f"**Aim at**: {WORDS[name].aim}.",
        "",
        f"**What to do**: {remedy}.{more(name)}",
    ]
    return "\n".join(lines) + ("\n" if name == list(METRICS)[-1] else "")


def formula(name: str) -> str:
    """Return how a metric is reckoned, as a sum and in words: one where both are the same."""
    in_words = WORDS[name].formula
    asked = "rate" if "rate" in METRICS[name].aggregations else ""
    if name not in SUMS or SUMS[name] == in_words:
        return in_words
    return f"{asked} `{SUMS[name]}`; {in_words}".lstrip().replace("rate `", "the rate is `")


def more(name: str) -> str:
    """Return a link to where the verdict's page has more of a metric, nothing where it hasn't."""
    where = next((where for where, begins in MORE.items() if name.startswith(begins)), None)
    return "" if where is None else f" [More: {where.replace('-', ' ')}](verdict.md#{where})"


def values(pair: Pair) -> tuple[Values, Values]:
    """Return what the verdict measures on both histories."""
    good, bad = (measure(history(told().run()).whole) for told in (pair.good, pair.bad))
    return good, bad


def said(name: str, value: float | None) -> str:
    """Return a value as the page has it."""
    if value is None:
        return "not measured"
    return f"{round(value, 3):g}{' s' if METRICS[name].timed else ''}"


def heading(pair: Pair, which: int, found: Values) -> str:
    """Return what stands over one half of a picture: whose it is, and what was measured."""
    told = []
    for name in pair.metrics:
        asked = [one for one in compared(name) if found[name][one] is not None]
        each = [f"{'' if one == 'value' else f'{one} '}{said(name, found[name][one])}" for one in asked]
        told.append(f"{name} {', '.join(each)}")
    return f"{whose(pair, which)}: {'; '.join(told)}"


def whose(pair: Pair, which: int) -> str:
    """Return what one half of a picture is called."""
    return pair.names[which] if pair.names == metric_stories.NEITHER else f"{pair.names[which]} client"


def alt(pair: Pair) -> str:
    """Return a picture in words."""
    good, bad = (text.replace("`", "") for text in pair.sees)
    return f"{pair.metrics[0]}. {pair.names[0]}: {good}; {pair.names[1]}: {bad}"


def pictures() -> dict[str, str]:
    """Return all pictures by their file names."""
    found = {"legend.svg": legend()}
    for pair in PAIRS:
        runs = [pair.good().run(), pair.bad().run()]
        headings = [heading(pair, which, one) for which, one in enumerate(values(pair))]
        found[file_of(pair)] = picture(runs, headings, alt(pair), pair.view)
    return found


def file_of(pair: Pair) -> str:
    """Return the name of a picture's file."""
    return f"{pair.metrics[0].replace('.', '-')}.svg"


def anchor(name: str) -> str:
    """Return where a heading is found: GitHub leaves dots out."""
    return name.replace(".", "")


def main() -> None:
    """Write the page and the pictures, and remove those that nothing shows any more."""
    made = pictures()
    PICTURES.mkdir(exist_ok=True)
    for old in set(PICTURES.glob("*.svg")) - {PICTURES / name for name in made}:
        old.unlink()
    for name, text in made.items():
        (PICTURES / name).write_text(text, encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
