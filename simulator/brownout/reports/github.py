"""`github`: the verdict in Markdown, as the summary of a job of GitHub Actions, or a comment on a pull request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from brownout.core.metrics import METRICS
from brownout.core.money import say
from brownout.reports.checks import about, counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_SIGNS: Final = {"pass": "✅", "fail": "❌", "inconclusive": "⚠️"}
_RESULTS: Final = {True: "✅ holds", False: "❌ missed", None: "⚠️ open"}
_SHOWN_MOST: Final = 20
"""How many reasons, checks and findings there are at most: a job's page takes a megabyte of all steps together."""
_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>#|~&@$]")
"""What begins something in GitHub's Markdown, mentions and formulas included."""


@dataclass(frozen=True, slots=True)
class GithubReport:
    """Writes `summary.md`."""

    api: ClassVar[int] = 1
    name: ClassVar[str] = "github"
    filename: ClassVar[str] = "summary.md"

    def render(self, verdict: Mapping[str, Any]) -> str:
        """Return the verdict as Markdown."""
        return "\n".join(_lines(verdict)) + "\n"


def _lines(verdict: Mapping[str, Any]) -> Iterator[str]:
    scenario = verdict["scenario"]
    status = verdict["status"]
    yield f"### {_SIGNS[status]} {status.capitalize()}: {_plain(scenario['title'] or scenario['name'] or 'a run')}"
    yield ""
    if verdict["interrupted"]:
        yield "**Interrupted**: this is only a part of the run."
        yield ""
    yield from _listed(verdict["reasons"])
    yield from _listed([f"warning: {one}" for one in verdict.get("warnings") or ()])
    yield from _listed([f"try {n} was {one['status']}: {', '.join(one['reasons'][:1])}"
                        for n, one in enumerate(verdict.get("retries") or (), 1)])  # fmt: skip
    yield from _arms(verdict["arms"])
    yield from _listed([one["message"] for one in verdict.get("pairs") or () if one["message"]])
    yield from _checks(verdict["arms"])
    yield from _findings(verdict["arms"])
    yield from _again(verdict)


def _arms(arms: Mapping[str, Any]) -> Iterator[str]:
    names = [f"{name} (control)" if arm["control"] else name for name, arm in arms.items()]
    yield from _row(["", *names])
    yield from _row(["---", *["---:"] * len(names)], plain=False)
    for label, cell in _ROWS.items():
        yield from _row([label, *(cell(arm) for arm in arms.values())])
    yield ""


def _of(arm: Mapping[str, Any], metric: str, aggregation: str) -> float | None:
    found: float | None = arm["metrics"].get(metric, {}).get(aggregation)
    return found


def _good(arm: Mapping[str, Any]) -> str:
    good, rate, ran = (_of(arm, *of) for of in (("operations.good", "count"), ("goodput.rate", "value"),
                                                ("operations", "count")))  # fmt: skip
    due = ran if arm.get("aborted") else arm["orders"]["planned"] or ran
    return f"{_whole(good)} of {_whole(due)}" + (f" ({rate:.1%})" if rate is not None else "")


def _money(arm: Mapping[str, Any]) -> str:
    wrong = [say(one["error_minor"], currency) for currency, one in arm["money"].items() if one.get("error_minor")]
    return ", ".join(wrong) or ("not measured" if _of(arm, "operations.good", "count") is None else "0")


_ROWS: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "verdict": lambda arm: f"{_SIGNS[arm['status']]} {arm['status']}",
    "good orders": _good,
    "charged too often": lambda arm: _whole(_of(arm, "payments.duplicated", "count")),
    "claimed paid, never charged": lambda arm: _whole(_of(arm, "payments.lost", "count")),
    "claimed failed, yet charged": lambda arm: _whole(_of(arm, "payments.orphaned", "count")),
    "money wrong": _money,
    "95% were done within": lambda arm: _value("op.latency", _of(arm, "op.latency", "p(95)")),
}


def _checks(arms: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was asked of the arms that decide, what was missed first."""
    checks = [
        (name, counts(arm, check), check)
        for name, arm in arms.items()
        if arm["decides"]
        for check in (*arm["thresholds"], *arm.get("steady_state", ()))
    ]
    if not checks:
        return
    checks.sort(key=lambda one: (one[2]["holds"] is True, not one[1]))
    yield from _row(["", "arm", "asked", "came to", "what to do"])
    yield from _row(["---"] * 5, plain=False)
    for name, decides, check in checks[:_SHOWN_MOST]:
        result = _RESULTS[check["holds"]] + ("" if decides or check["holds"] else ", a warning")
        came_to = _value(check["metric"], check["value"])
        if check.get("interval"):
            came_to += " (95%: {:.3g} to {:.3g})".format(*check["interval"])
        yield from _row([result, name, f"{about(check)} {check['assertion']}", came_to, check.get("advice") or ""])
    yield ""
    if len(checks) > _SHOWN_MOST:
        yield f"and {len(checks) - _SHOWN_MOST} more, all in verdict.json"
        yield ""


def _findings(arms: Mapping[str, Any]) -> Iterator[str]:
    for name, arm in arms.items():
        if arm["findings"]:
            yield f"<details><summary>{_plain(name)}: {len(arm['findings'])} findings</summary>"
            yield ""
            yield from _listed([one["message"] for one in arm["findings"]])
            yield "</details>"
            yield ""


def _again(verdict: Mapping[str, Any]) -> Iterator[str]:
    again = verdict.get("again") or verdict.get("repeat")
    yield f"Seed {verdict['seed']}" + (f", again: {_code(again)}" if again else "")


def _listed(texts: Sequence[str]) -> Iterator[str]:
    yield from (f"- {_plain(one)}" for one in texts[:_SHOWN_MOST])
    if len(texts) > _SHOWN_MOST:
        yield f"- and {len(texts) - _SHOWN_MOST} more, all in verdict.json"
    if texts:
        yield ""


def _row(cells: Sequence[str], *, plain: bool = True) -> Iterator[str]:
    yield f"| {' | '.join(_plain(cell) if plain else cell for cell in cells)} |"


def _value(metric: str, value: float | None) -> str:
    if value is None:
        return "not measured"
    if metric in METRICS and METRICS[metric].timed:
        return f"{value * 1000:.0f} ms" if abs(value) < 1 else f"{value:.2f} s"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"


def _whole(value: float | None) -> str:
    return "not measured" if value is None else f"{value:,.0f}"


def _code(text: str) -> str:
    """Return a line as code; a fence longer than any in it."""
    longest = max((len(one) for one in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {_line(text)} {fence}" if longest else f"{fence}{_line(text)}{fence}"


def _line(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)


def _plain(text: str) -> str:
    r"""Return text that a client or a scenario wrote, of which Markdown, HTML and mentions make nothing.

    >>> _plain("a|b <img> @team")
    'a&#124;b &#60;img&#62; &#64;team'
    """
    return _SPECIAL.sub(lambda found: f"&#{ord(found.group())};", _line(text))
