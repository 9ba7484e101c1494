"""What went wrong, a line each: the business key, what happened to its money, and the command that tells why."""

from __future__ import annotations

import shlex
from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from brownout.reports.html.markup import Html, el
from brownout.reports.html.summary import arm_title
from brownout.reports.html.words import known, money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SHOWN_MOST: Final = 25
"""How many findings of one kind an arm shows; the others are counted, and are in verdict.json."""
_UNFOLDED: Final = 5
"""So many of them are seen from the start, of each arm's worst kind, or of a kind with no more than these."""

_MEANINGS: Final = {
    "duplicated": "charged more often than once",
    "lost": "claimed as paid, never charged",
    "orphaned": "claimed as failed, yet charged",
    "amount": "charged another amount than the client says",
    "refund": "refunded otherwise than the client says",
    "unresolved": "the client never learned how it ended",
    "failed": "given up by the client; an example of each class of errors",
    "violation": "the ledger breaks its own rules: a bug of Brownout",
}


def findings(verdict: Mapping[str, Any]) -> Html:
    """Return every arm's findings by kind, in the verdict's order: the worst first."""
    arms = verdict["arms"]
    folder = verdict.get("folder") or ""
    return el(
        "section",
        el("h2", "Findings"),
        *(_arm(name, arm, folder) for name, arm in arms.items()),
        id="findings",
    )


def journal(folder: str, arm: str) -> str:
    """Return where a drill writes an arm's journal."""
    name = f"journal-{arm}.jsonl"
    return f"{folder.rstrip('/')}/{name}" if folder else name


def command(*words: str) -> str:
    """Return a line that a shell reads as exactly these words.

    >>> command("brownout", "explain", "my out/journal-a.jsonl", "$(ls)")
    "brownout explain 'my out/journal-a.jsonl' '$(ls)'"
    """
    return shlex.join(words)


def _arm(name: str, arm: Mapping[str, Any], folder: str) -> Html:
    found = arm["findings"]
    title = el("h3", arm_title(name, arm))
    if not found:
        none = (
            "Nothing was found." if arm["metrics"]["operations"]["count"] else "No operation ran, so nothing was found."
        )
        return el("div", title, el("p", none, class_="quiet"), class_="arm")
    by_kind: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for finding in found:
        by_kind[finding["kind"]].append(finding)
    file = journal(folder, name)
    kinds = (_kind(kind, some, file, first=not place) for place, (kind, some) in enumerate(by_kind.items()))
    return el("div", title, *kinds, class_="arm")


def _kind(kind: str, found: Sequence[Mapping[str, Any]], file: str, *, first: bool) -> Html:
    left, rest = len(found) - SHOWN_MOST, found[_UNFOLDED:SHOWN_MOST]
    amounts = _amounts(found)
    number = sum(one.get("count") or 1 for one in found)
    summary = [el("strong", f"{number:,} {kind}"), f": {_MEANINGS[kind]}" if kind in _MEANINGS else None,
               el("span", f" · {amounts}") if amounts else None]  # fmt: skip
    return el(
        "details",
        el("summary", *summary),
        el("ul", *(_finding(one, file) for one in found[:_UNFOLDED])),
        el("details", el("summary", f"{len(rest):,} more"), el("ul", *(_finding(one, file) for one in rest)))
        if rest
        else None,
        el("p", f"and {left:,} others, all in verdict.json", class_="more") if left > 0 else None,
        open=first or len(found) <= _UNFOLDED,
        class_="findings",
    )


def _amounts(found: Iterable[Mapping[str, Any]]) -> str:
    """Return how much money the findings are about, in each currency; nothing of those that stand for several."""
    told = sorted(
        (one["currency"], one["amount_minor"])
        for one in found
        if one.get("currency") and known(one.get("amount_minor")) and not one.get("count")
    )
    sums = {currency: sum(minor for _, minor in some) for currency, some in groupby(told, lambda one: one[0])}
    return ", ".join(money(minor, currency) for currency, minor in sums.items())


def _finding(finding: Mapping[str, Any], file: str) -> Html:
    key = str(finding["key"])
    before, named, after = str(finding["message"]).partition(key) if key else (str(finding["message"]), "", "")
    sentence = el("p", before, el("b", named) if named else None, after)
    if not finding.get("exchanges"):
        return el("li", sentence)  # nothing in the journal is about it
    options = ["--"] if key.startswith("-") else []
    line = command("brownout", "explain", *options, file, key)
    return el("li", el("div", sentence, el("code", line, class_="line"), class_="finding"))
