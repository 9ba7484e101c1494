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
