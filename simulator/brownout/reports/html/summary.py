"""The top of the page: the verdict, why, and how the arms compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from brownout.reports.html.markup import Cell, Html, el, join, listed, table
from brownout.reports.html.words import NOT_MEASURED, count, known, money, number, seconds, share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Arm: TypeAlias = "Mapping[str, Any]"
Arms: TypeAlias = "Mapping[str, Arm]"

REASONS_MOST: Final = 20
_STATUSES: Final = {
    "pass": ("✔", "Pass", "Everything that this scenario asks for was met."),
    "fail": ("✘", "Fail", "Something that this scenario asks for was missed."),
    "inconclusive": ("?", "Inconclusive", "This run can't show whether what this scenario asks for is met."),
}
_UNKNOWN: Final = ("?", "Unknown", "This report doesn't know such a verdict.")


def title_of(verdict: Mapping[str, Any]) -> str:
    """Return what was drilled, in a line."""
    scenario = verdict["scenario"]
    return str(scenario["title"] or scenario["name"] or "A run without a scenario")


def word(status: str) -> str:
    """Return a verdict's word."""
    return _STATUSES.get(status, _UNKNOWN)[1]


def chip(status: str) -> Html:
    """Return a verdict as a sign and a word."""
    sign, said, _ = _STATUSES.get(status, _UNKNOWN)
    return el("span", el("span", sign, aria_hidden="true"), f" {said}", class_=f"chip {_tone(status)}")


def arm_title(name: str, arm: Arm) -> str:
    """Return an arm's name as a column shows it."""
    return f"{name} (control)" if arm["control"] else name


def banner(verdict: Mapping[str, Any]) -> Html:
    """Return the verdict and its reasons."""
    sign, said, meaning = _STATUSES.get(verdict["status"], _UNKNOWN)
    return el(
        "header",
        el("p", "Brownout drill · ", el("span", verdict["scenario"]["name"] or "no scenario"), class_="kicker"),
        el("h1", title_of(verdict)),
        el(
            "div",
            el("p", el("span", sign, aria_hidden="true", class_="sign"), said, class_="word"),
            el("p", meaning, class_="meaning"),
            _interrupted(verdict),
            listed(verdict["reasons"], most=REASONS_MOST, class_="reasons"),
            class_=f"verdict {_tone(verdict['status'])}",
        ),
        el("div", el("h2", "Warnings"), listed(verdict["warnings"], most=REASONS_MOST), class_="notes")
        if verdict.get("warnings")
        else None,
        el("div", el("h2", "Notes"), listed(verdict["notes"], most=REASONS_MOST), class_="notes")
        if verdict["notes"]
        else None,
    )


def _tone(status: str) -> str:
    return status if status in _STATUSES else "inconclusive"


def _interrupted(verdict: Mapping[str, Any]) -> Html | None:
    if verdict.get("aborted"):
        return el("p", el("strong", "Aborted: "), "a threshold ended the run early.", class_="interrupted")
    if not verdict["interrupted"]:
        return None
    return el("p", el("strong", "Interrupted: "), "this is only a part of the run.", class_="interrupted")


def glance(verdict: Mapping[str, Any]) -> Html:
    """Return the figures that matter most, a column for each arm."""
    arms = verdict["arms"]
    rows: list[list[Any]] = [["verdict", *(chip(arm["status"]) for arm in arms.values())]]
    for (label, gloss), cell in _ROWS.items():
        cells = [cell(arm) for arm in arms.values()]
        if any(one is not None for one in cells):
            heading = join([label, " ", el("span", gloss, class_="gloss")])
            rows.append([heading, *(Cell(NOT_MEASURED, "quiet") if one is None else one for one in cells)])
    header = ["", *(arm_title(name, arm) for name, arm in arms.items())]
    return el(
        "section",
        el("h2", "At a glance"),
        table("The arms side by side", header, rows),
        *(el("p", one["message"]) for one in verdict.get("pairs") or () if one["message"]),
        id="glance",
    )


def _value(arm: Arm, metric: str, aggregation: str) -> Any:
    return arm["metrics"].get(metric, {}).get(aggregation)


def _orders(arm: Arm) -> Cell:
    planned = arm["orders"]["planned"]
    ran = count(_value(arm, "operations", "count"))
    return Cell(ran if planned is None else f"{ran} of {count(planned)}", "number")


def _goodput(arm: Arm) -> Cell | None:
    rate = _value(arm, "goodput.rate", "value")
    rate = _value(arm, "operations.good", "rate") if rate is None else rate
    return Cell(share(rate), "number") if known(rate) else None


def harm(said: str) -> Cell:
    """Return a cell about what should never happen, marked with a sign and not by colour alone."""
    return Cell([el("span", "✘ ", aria_hidden="true"), said], "bad")


def _never(metric: str) -> Callable[[Arm], Cell | None]:

    def cell(arm: Arm) -> Cell | None:
        value = _value(arm, metric, "count")
        if not known(value):
            return None
        return harm(count(value)) if value else Cell("0", "number")

    return cell


def _money_wrong(arm: Arm) -> Cell | None:
    wrong = list(_money_errors(arm))
    if not wrong:
        return None
    bad = [money(minor, currency) for minor, currency in wrong if minor]
    return harm(", ".join(bad)) if bad else Cell("0", "number")


def _money_errors(arm: Arm) -> Iterator[tuple[float, str]]:
    """Yield the error in each currency that the verdict tells of; the metric is in the only one, if there is one."""
    told = [(one["error_minor"], currency) for currency, one in arm["money"].items() if known(one.get("error_minor"))]
    if told:
        yield from told
        return
    value = _value(arm, "money.error", "value")
    if known(value) and (not value or len(arm["money"]) == 1):
        yield value, next(iter(arm["money"]), "")


def _auth(arm: Arm) -> Cell | None:
    failed, rate = _value(arm, "auth.failed", "count"), _value(arm, "auth.failed", "rate")
    if not known(failed):
        return None
    return Cell(f"{count(failed)} ({share(rate)})" if failed and known(rate) else count(failed), "number")


def _plain(metric: str, aggregation: str, say: Callable[[Any], str]) -> Callable[[Arm], Cell | None]:
    def cell(arm: Arm) -> Cell | None:
        value = _value(arm, metric, aggregation)
        return Cell(say(value), "number") if known(value) else None

    return cell


def _latency(arm: Arm) -> Cell | None:
    found = arm.get("latency") or {}
    p50, p95 = found.get("p50_seconds"), found.get("p95_seconds")
    return Cell(f"{seconds(p50)} / {seconds(p95)}", "number") if known(p50) and known(p95) else None


_ROWS: Final[dict[tuple[str, str], Callable[[Arm], Cell | None]]] = {
    ("orders", "that ran, of those planned"): _orders,
    ("goodput", "paid once, and the client knows it"): _goodput,
    ("charged too often", "payments beyond the first"): _never("payments.duplicated"),
    ("lost", "claimed as paid, never charged"): _never("payments.lost"),
    ("orphaned", "claimed as failed, yet charged"): _never("payments.orphaned"),
    ("unresolved", "the client never learned how it ended"): _never("payments.unresolved"),
    ("money wrong", "moved otherwise than claimed"): _money_wrong,
    ("failed on tokens or scopes", "operations, and their share"): _auth,
    ("tries per write", "1 without retries"): _plain("retry.amplification", "value", number),
    ("came back no earlier than told", "retries after Retry-After"): _plain("retry_after.honoured", "rate", share),
    ("wrong next steps", "of bad answers"): _plain("mishandled", "count", count),
    ("token renewals that worked", "of those tried"): _plain("refresh.success", "rate", share),
    ("token renewals at once", "times, for one credential"): _plain("refresh.overlapping", "count", count),
    ("latency p50 / p95", "from the scheduled start"): _latency,
    ("recovered", "good ones of those that a fault hit"): _plain("recovery.ratio", "value", share),
    ("collateral", "failed ones of those that none hit"): _plain("collateral", "value", share),
}
