"""What a drift makes of a value, and what it may be asked for."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout.core.edits import apply
from brownout.core.effects import Alter
from brownout.faults.drift import Drift


def drifted(old: Any, change: str | None, to: Any = None) -> Any:
    """Return what stands at `$.v` after the change, the whole body where it doesn't stand there any more."""
    body = apply({"v": old, "w": 1}, Drift(path="$.v", change=change, to=to).edit).body  # type: ignore[arg-type]
    assert orjson.loads(orjson.dumps(body)) == body
    return body.get("v", body)


@pytest.mark.parametrize(
    ("change", "to", "old", "new"),
    [
        ("remove", None, 5, {"w": 1}),
        ("rename", "value", 5, {"value": 5, "w": 1}),
        ("rename", "w", 5, {"w": 5}),
        ("rename", None, 5, {"v_v2": 5, "w": 1}),
        ("null", None, 5, None),
        (None, None, 5, None),
        ("wrap", None, 5, [5]),
        ("wrap", None, [5], [[5]]),
        ("wrap", None, None, [None]),
        ("enum", None, "clear", "clear_v2"),
        ("enum", None, "COMPLETED", "COMPLETED_V2"),
        ("enum", "paused", "clear", "paused"),
        ("enum", "paused", 5, 5),
        ("enum", "paused", None, None),
        ("enum", "paused", ["clear"], ["clear"]),
        ("extra", "x", 5, 5),
    ],
)
def test_what_becomes_of_a_field(change: str | None, to: Any, old: Any, new: Any) -> None:
    """Each change, with and without `to`."""
    assert drifted(old, change, to) == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (1000, "1000"),
        (-7, "-7"),
        (10.5, "10.5"),
        (0, "0"),
        (True, "true"),
        (False, "false"),
        ("10", 10),
        ("-10.50", -10.5),
        ("007", 7),
        ("4242424242424242", 4242424242424242),
        ("9" * 30, 1e30),
        ("9" * 400, {"value": "9" * 400}),
        ("1_000", {"value": "1_000"}),
        ("٣", {"value": "٣"}),
        ("NaN", {"value": "NaN"}),
        ("1e5", {"value": "1e5"}),
        ("clear", {"value": "clear"}),
        ("", {"value": ""}),
        ({"a": 1}, [{"a": 1}]),
        ({}, [{}]),
        ([1, 2], 1),
        ([], {}),
        (None, None),
    ],
)
def test_what_another_type_is_without_being_told(old: Any, new: Any) -> None:
    """The type that the next version of an API might well have; null has none."""
    made = drifted(old, "retype")

    assert (made, type(made)) == (new, type(new))


@pytest.mark.parametrize(
    ("old", "text", "number", "boolean", "thing", "listed"),
    [
        (5, "5", 5, True, {"value": 5}, [5]),
        (0.0, "0.0", 0.0, False, {"value": 0.0}, [0.0]),
        (True, "true", 1, True, {"value": True}, [True]),
        ("x", "x", 0, True, {"value": "x"}, ["x"]),
        ("12", "12", 12, True, {"value": "12"}, ["12"]),
        ("FALSE", "FALSE", 0, False, {"value": "FALSE"}, ["FALSE"]),
        ("", "", 0, False, {"value": ""}, [""]),
        ({"a": 1}, '{"a":1}', 1, True, {"a": 1}, [{"a": 1}]),
        ([1, "b"], '[1,"b"]', 2, True, {"value": [1, "b"]}, [1, "b"]),
        ([], "[]", 0, False, {"value": []}, []),
        (None, None, None, None, None, None),
    ],
)
def test_what_a_type_that_was_asked_for_looks_like(
    old: Any, text: Any, number: Any, boolean: Any, thing: Any, listed: Any
) -> None:
    """Fixed rules; what is of that type already stays."""
    wanted = {"string": text, "number": number, "boolean": boolean, "object": thing, "list": listed}

    made = {to: drifted(old, "retype", to) for to in wanted}

    assert made == wanted
    assert {to: type(one) for to, one in made.items()} == {to: type(one) for to, one in wanted.items()}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(json_values, st.sampled_from([None, "string", "number", "boolean", "object", "list"]))
def test_whatever_is_retyped_stays_json(old: Any, to: str | None) -> None:
    """No value of any answer makes one that can't be sent; another type is another type, and null stays null."""
    made = drifted(old, "retype", to)

    assert orjson.loads(orjson.dumps(made)) == made
    if to is None and not isinstance(old, list | type(None)):  # a list becomes its first item, whatever that is
        assert type(made) is not type(old)
    assert made is None or old is not None


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("created_at", "createdAt"),
        ("createdAt", "created_at"),
        ("latest_charge_id", "latestChargeId"),
        ("HTMLBody", "html_body"),
        ("CREATED_AT", "createdAt"),
        ("_id", "_id_v2"),
        ("_private_id", "_privateId"),
        ("result", "result_v2"),
        ("ID", "ID_V2"),
        ("line2", "line2_v2"),
        ("a", "a_v2"),
    ],
)
def test_a_field_is_renamed_to_the_other_convention(name: str, new: str) -> None:
    """Snake_case and camelCase change places; one word becomes its own second version."""
    assert apply({name: 1}, Drift(path=f"$.{name}", change="rename").edit).body == {new: 1}


@pytest.mark.parametrize(
    ("to", "added"),
    [(None, "new"), ("x", "x"), (0, 0), (False, False), ([], []), ({"a": [1, None]}, {"a": [1, None]})],
    ids=repr,
)
def test_a_field_is_added(to: Any, added: Any) -> None:
    """With any value that JSON has, in each object that would hold it."""
    body = {"data": [{"id": 1}, {"id": 2}]}

    made = apply(body, Drift(path="$.data[*].note", change="extra", to=to).edit).body

    assert made == {"data": [{"id": 1, "note": added}, {"id": 2, "note": added}]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": "result", "change": "remove"}, "path can't be 'result'"),
        ({"path": "$", "change": "null"}, "path can't be"),
        ({"path": "$.a[0]", "change": "rename"}, "path must end in a field's name for change: rename"),
        ({"path": "$.a[*]", "change": "extra"}, "path must end in a field's name for change: extra"),
        ({"path": "$.a", "change": "rename", "to": "a"}, "the name that the field has"),
        ({"path": "$.a", "change": "rename", "to": ""}, "to must be a text"),
        ({"path": "$.a", "change": "rename", "to": 5}, "to must be a text"),
        ({"path": "$.a", "change": "enum", "to": ["x"]}, "to must be a text"),
        ({"path": "$.a", "change": "retype", "to": "integer"}, "one of string, number, float, boolean, object, list"),
        ({"path": "$.a", "change": "retype", "to": {}}, "one of string"),
        ({"path": "$.a", "change": "remove", "to": "x"}, "to doesn't belong to change: remove"),
        ({"path": "$.a", "change": "wrap", "to": "list"}, "to doesn't belong to change: wrap"),
        ({"path": "$.a", "change": None, "to": "x"}, "to doesn't belong to change: null"),
        ({"path": "$.a", "change": "extra", "to": float("nan")}, "can't be sent as JSON"),
        ({"path": "$.a", "change": "extra", "to": [float("inf")]}, "can't be sent as JSON"),
        ({"path": "$.a", "change": "extra", "to": 2**64}, "can't be sent as JSON"),
        ({"path": "$.a", "change": "extra", "to": {1: 2}}, "can't be sent as JSON"),
        ({"path": "$.a", "change": "extra", "to": "\ud800"}, "can't be sent as JSON"),
    ],
)
def test_a_drift_that_makes_no_sense_is_refused_when_it_is_made(options: dict, message: str) -> None:
    """At the latest when a scenario is loaded, never at request 4,000."""
    with pytest.raises(ValueError, match=message):
        Drift(**options)


def test_the_edit_is_made_once() -> None:
    """Every exchange gets the same one, with words for the journal."""
    fault = Drift(path="$.created_at", change="rename")

    first, second = (fault.effects(None, None)[0] for _ in range(2))  # type: ignore[arg-type]

    assert isinstance(first, Alter)
    assert first.edit is second.edit is fault.edit
    assert first.edit.said == "rename $.created_at to createdAt (breaking)"
