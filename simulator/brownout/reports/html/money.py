"""The money table: what really moved, beside what the client claims, by arm and currency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.reports.html.markup import Cell, Html, el, join, table
from brownout.reports.html.summary import Arms, arm_title, harm
from brownout.reports.html.words import NOT_MEASURED, count, known, money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Column(NamedTuple):
    """Where an amount comes from: `key` of the verdict's money, else the findings of a `kind`."""

    key: str
    kind: str = ""
    harm: bool = False


_COLUMNS: Final = {
    "charged": Column("captured_minor"),
    "refunded": Column("refunded_minor"),
    "expected": Column("expected_minor"),
    "duplicated": Column("duplicated_minor", kind="duplicated", harm=True),
    "lost": Column("lost_minor", kind="lost", harm=True),
    "orphaned": Column("orphaned_minor", kind="orphaned", harm=True),
    "error": Column("error_minor", harm=True),
}


def money_table(arms: Arms) -> Html:
    """Return what happened to money. What no arm can tell has no column."""
    title = el("h2", "Money")
    found = [(name, currency) for name, arm in arms.items() for currency in sorted(arm["money"])]
    if not found:
        return el("section", title, el("p", "Nobody was charged anything.", class_="quiet"), id="money")
    amounts = {
        label: [_amount(arms[name], currency, column) for name, currency in found] for label, column in _COLUMNS.items()
    }
    told = {label: column for label, column in amounts.items() if any(one is not None for one in column)}
    rows = [
        [
            join([arm_title(name, arms[name]), " ", el("span", currency.upper(), class_="gloss")]),
            Cell(count(arms[name]["money"][currency].get("captures")), "number"),
            *(_cell(column[row], currency, harmful=_COLUMNS[label].harm) for label, column in told.items()),
        ]
        for row, (name, currency) in enumerate(found)
    ]
    return el(
        "section",
        title,
        el("p", "From the ledger, which knows what really happened, beside what the client claims."),
        table("Money moved, by arm and currency", ["", "charges", *told], rows),
        id="money",
    )


def _amount(arm: Mapping[str, Any], currency: str, column: Column) -> int | None:
    """Return an amount in minor units, None if the verdict doesn't tell."""
    minor = arm["money"][currency].get(column.key)
    if known(minor):
        return int(minor)
    if column.kind and known(arm["metrics"].get(f"payments.{column.kind}", {}).get("count")):
        return _of_findings(arm["findings"], column.kind, currency)
    if column.key == "error_minor":
        error = arm["metrics"].get("money.error", {}).get("value")
        if known(error) and (not error or len(arm["money"]) == 1):
            return int(error)
    return None


def _of_findings(findings: Iterable[Mapping[str, Any]], kind: str, currency: str) -> int:
    return sum(
        one["amount_minor"]
        for one in findings
        if one["kind"] == kind and one.get("currency") == currency and known(one.get("amount_minor"))
    )


def _cell(minor: int | None, currency: str, *, harmful: bool) -> Cell:
    if minor is None:
        return Cell(NOT_MEASURED, "quiet")
    return harm(money(minor, currency)) if harmful and minor else Cell(money(minor, currency), "number")
