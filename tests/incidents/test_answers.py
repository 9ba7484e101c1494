"""Incidents in which the answer isn't what it should be: pages, links, fields and whole bodies."""

from __future__ import annotations

from collections import Counter
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

import pytest
import requests
from incidents import Bank, applied, meeting

if TYPE_CHECKING:
    from collections.abc import Callable

TRANSACTIONS = "/api/accounts/acc_1/transactions"
NAIVE_MOST = 50
"""After so many pages even a naive test has seen enough."""


def test_next_equals_self() -> None:
    """Page after page, the same two transactions; who remembers its links stops, and knows that some are missing."""
    with meeting("next-equals-self") as box:
        bank = Bank(box)
        access = bank.connect()["access_token"]

        stored, link, pages = [], TRANSACTIONS, 0
        while link and pages < NAIVE_MOST:
            page = bank.get(link, access).json()
            stored += [one["TransactionId"] for one in page["Data"]["Transaction"]]
            link, pages = page["Links"].get("Next"), pages + 1
        assert pages == NAIVE_MOST
        assert Counter(stored) == {"t-1": NAIVE_MOST, "t-2": NAIVE_MOST}
        assert applied(box) == NAIVE_MOST

        followed, link = [], bank.url + TRANSACTIONS
        while link and link not in followed:
            followed.append(link)
            link = bank.get(link, access).json()["Links"].get("Next")
        assert len(followed) == 1
        assert link in followed  # so the list is incomplete


def read_pages(bank: Bank, access: str, kept: list[str], *, careful: bool = False) -> bool:
    """Read all transactions into `kept`; return whether all pages were there. A careful reader doesn't raise."""
    link: str | None = TRANSACTIONS
    while link:
        answer = bank.get(link, access)
        if careful and not answer.ok:
            return False
        answer.raise_for_status()
        page = answer.json()
        kept += [one["TransactionId"] for one in page["Data"]["Transaction"]]
        link = page["Links"].get("Next")
    return True


def test_next_link_broken() -> None:
    """The import fails as a whole, although its first page was good; a careful one keeps that page."""
    with meeting("next-link-broken") as box:
        bank = Bank(box)
        access = bank.connect()["access_token"]
        database: list[str] = []

        def naive() -> None:
            read: list[str] = []
            read_pages(bank, access, read)
            database.extend(read)

        with pytest.raises(requests.HTTPError, match="404"):
            naive()
        assert database == []

        complete = read_pages(bank, access, database, careful=True)
        assert (database, complete) == (["t-1"], False)
        assert applied(box) == 2


def test_data_null() -> None:
    """The loop over nothing fails."""
    with meeting("data-null") as box:
        bank = Bank(box)
        body = bank.get("/api/accounts/acc_1/standing-orders", bank.connect()["access_token"]).json()

        with pytest.raises(TypeError, match="NoneType"):
            [order["Frequency"] for order in body["Data"]]
        assert [order["Frequency"] for order in body["Data"] or []] == []
        assert applied(box) == 1


def sync(bank: Bank, user: str, read: Callable[[dict[str, Any]], Any]) -> bool:
    """Read a user's transactions with `read`; return whether it got through."""
    records = bank.get(TRANSACTIONS, bank.connect(user)["access_token"]).json()["Data"]["Transaction"]
    try:
        for record in records:
            read(record)
    except KeyError:
        return False
    return True


def test_required_missing() -> None:
    """Some users' syncs fail, the same ones every time; all others' are fine."""
    with meeting("required-missing") as box:
        bank = Bank(box)
        users = [f"user-{number}" for number in range(40)]

        def strict(record: dict[str, Any]) -> str:
            return str(record["ProprietaryBankTransactionCode"]["Code"])

        first, second = ({user for user in users if not sync(bank, user, strict)} for _ in range(2))
        assert 3 <= len(first) <= 16
        assert first == second

        def lenient(record: dict[str, Any]) -> str | None:
            return record["ProprietaryBankTransactionCode"].get("Code")

        assert all(sync(bank, user, lenient) for user in users)


def test_empty_200() -> None:
    """Success, and a parser's error; who sees that nothing came keeps what it had."""
    with meeting("empty-200") as box:
        bank = Bank(box)
        access = bank.connect()["access_token"]
        kept = bank.get(TRANSACTIONS, access).json()["Data"]["Transaction"]

        answer = bank.get(TRANSACTIONS, access)
        assert (answer.status_code, answer.content) == (200, b"")
        with pytest.raises(JSONDecodeError):
            answer.json()
        assert applied(box) == 1

        fresh = answer.json()["Data"]["Transaction"] if answer.content else kept
        assert [one["TransactionId"] for one in fresh] == ["t-1"]


def test_empty_string() -> None:
    """Nothing fails, and the totals are wrong: an amount is filed under no code at all."""
    with meeting("empty-string") as box:
        bank = Bank(box)
        records = bank.get(TRANSACTIONS, bank.connect()["access_token"]).json()["Data"]["Transaction"]
        codes = [record["ProprietaryBankTransactionCode"]["Code"] for record in records]

        assert all(code is not None for code in codes)  # the naive check
        assert dict(zip(codes, (record["Amount"] for record in records), strict=True)) == {"": "12.50", "DD": "8.00"}
        assert [record["TransactionId"] for record, code in zip(records, codes, strict=True) if not code] == ["t-1"]
        assert applied(box) == 1


def test_html_503_no_id() -> None:
    """What the log has of an outage is a parser's complaint, and the report of it fails for want of an id."""
    with meeting("html-503-no-id") as box:
        bank = Bank(box)
        complaints: Counter[str] = Counter()
        outages = 0
        for _ in range(40):
            answer = bank.get("/api/ping", "at-any")
            try:
                answer.json()
            except JSONDecodeError:
                complaints["Expecting value"] += 1
                try:
                    answer.headers["X-Request-Id"]
                except KeyError:
                    complaints["KeyError"] += 1
            outages += answer.status_code == 503 and "html" in answer.headers["Content-Type"]

        assert complaints["Expecting value"] == complaints["KeyError"] == outages == applied(box)
        assert outages >= 30
