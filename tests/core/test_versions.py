"""Dated versions: which changes are undone for whom, in which order, and what stays as it was."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, cast

import pytest

from brownout.core.versions import Change, Versions

if TYPE_CHECKING:
    from brownout.core.operation import Call

NOBODY = cast("Call", None)


def versions() -> Versions:
    """Return three changes: totals moved in 2023, amounts became numbers in 2022, the name came in 2020."""
    return Versions(
        (
            Change(version="2020-01-01", said="", source="", undo={"payment": lambda old, _: _without(old, "name")}),
            Change(
                version="2023-01-01.b", said="", source="", undo={"payment": lambda old, _: old | {"order": ["2023"]}}
            ),
            Change(
                version="2022-01-01",
                said="",
                source="",
                undo={
                    "payment": lambda old, _: old | {"amount": str(old["amount"]), "order": [*old["order"], "2022"]},
                    "item": lambda old, _: old | {"parent": {"object": "payment", "amount": 1, "order": []}},
                },
            ),
        ),
        lambda value: value.get("object"),
    )


def _without(old: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in old.items() if key != name}


PAYMENT = {"object": "payment", "amount": 5, "name": "n"}


@pytest.mark.parametrize(
    ("version", "changes"),
    [
        ("2026-01-01.c", []),
        ("2023-01-01.b", []),
        ("2023-01-01", []),
        ("2022-12-31", ["2023-01-01.b"]),
        ("2022-01-01; beta=1", ["2023-01-01.b"]),
        ("2021-06-01", ["2022-01-01", "2023-01-01.b"]),
        ("2011-01-01", ["2020-01-01", "2022-01-01", "2023-01-01.b"]),
    ],
)
def test_what_came_after_a_version_is_undone(version: str, changes: list[str]) -> None:
    """By date; a version that nobody listed stands between those around it."""
    older = versions().older(version)

    assert ([change.version for change in older.changes] if older is not None else []) == changes


def test_the_newest_change_is_undone_first() -> None:
    """Each sees the object as it was right after it."""
    older = versions().older("2019-01-01")

    assert older is not None
    assert older(PAYMENT, NOBODY) == {"object": "payment", "amount": "5", "order": ["2023", "2022"]}


def test_objects_are_found_wherever_they_are() -> None:
    """In lists, in other objects, in errors, and in what undoing a change has put there."""
    older = versions().older("2021-01-01")
    body = {"error": {"payment": PAYMENT}, "data": [PAYMENT, 3], "one": {"object": "item"}, "other": {"object": "x"}}
    before = copy.deepcopy(body)

    assert older is not None
    made = older(body, NOBODY)

    old = {"object": "payment", "amount": "5", "name": "n", "order": ["2023", "2022"]}
    assert made["error"] == {"payment": old}
    assert made["data"] == [old, 3]
    assert made["one"]["parent"]["amount"] == "1"
    assert made["other"] is body["other"]
    assert body == before


def test_where_nothing_was_different_the_very_answer_comes_back() -> None:
    """No copy is made of what isn't touched."""
    older = versions().older("2021-01-01")
    body = {"a": [{"b": 1}], "c": ({"object": "x"},)}

    assert older is not None
    assert older(body, NOBODY) is body
    assert older(b"bytes", NOBODY) == b"bytes"


def test_each_stretch_is_made_ready_once() -> None:
    """Two versions between the same changes share what rewrites them."""
    made = versions()

    assert made.older("2021-01-01") is made.older("2020-02-02")
    assert Versions((), lambda _: None).older("2011-01-01") is None


def asking() -> Versions:
    """Return changes of what is asked: `sum` became `total` in 2022, then `amount` in 2023; `old` went in 2024."""
    total = {"pay": lambda given, _: _renamed(given, "sum", "total")}
    amount = {"pay": lambda given, _: _renamed(given, "total", "amount")}
    return Versions(
        (
            Change(version="2023-01-01", said="", source="", asks=amount),
            Change(version="2022-01-01", said="", source="", asks=total),
            Change(version="2024-01-01", said="", source="", retired={"pay": {"old": "gone", "older": "long_gone"}}),
        ),
        lambda value: value.get("object"),
    )


def _renamed(given: Any, was: str, now: str) -> dict[str, Any]:
    return {now if name == was else name: value for name, value in given.items()}


@pytest.mark.parametrize(
    ("version", "given"),
    [("2021-06-01", "sum"), ("2022-06-01", "total"), ("2023-06-01", "amount"), ("2026-01-01", "amount")],
)
def test_what_is_asked_is_read_through_every_later_change(version: str, given: str) -> None:
    """The oldest first; the parameters themselves stay as they were sent."""
    sent = {given: 5}

    assert asking().asked("pay")(sent, version, NOBODY) == {"amount": 5}
    assert sent == {given: 5}


def test_a_name_from_before_means_nothing_since() -> None:
    """It goes on as it came, for the operation to refuse."""
    assert asking().asked("pay")({"sum": 5}, "2023-06-01", NOBODY) == {"sum": 5}


@pytest.mark.parametrize(
    ("version", "given", "found"),
    [
        ("2024-01-01", {"old": 1}, ("old", "gone")),
        ("2026-01-01", {"a": 1, "older": 1}, ("older", "long_gone")),
        ("2023-12-31", {"old": 1}, None),
        ("2026-01-01", {"a": 1}, None),
    ],
)
def test_what_is_retired_is_refused_from_then_on(version: str, given: dict[str, int], found: Any) -> None:
    """With its code; an older version takes it."""
    assert asking().asked("pay").retired(given, version) == found


def test_most_operations_are_asked_as_ever() -> None:
    """Nothing is looked at, and what only changes requests rewrites no answers."""
    assert not asking().asked("refund")
    assert asking().asked("refund").retired({"old": 1}, "2026-01-01") is None
    assert asking().asked("pay")
    assert asking().older("2021-01-01") is None
