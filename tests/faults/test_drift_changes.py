"""What each change makes of a value: units, dates, names, lists and shapes; and how bad it is said to be."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout.core.drifts.changes import PATHLESS
from brownout.core.drifts.grades import GRADES
from brownout.core.edits import apply
from brownout.core.effects import Alter, Reply, Reword
from brownout.core.exchange import Request
from brownout.core.operation import Listing, Operation
from brownout.faults.drift import Drift

LIST = Operation(
    name="toy.payments.list", method="GET", path="/v1/payments", run=None,  # type: ignore[arg-type]
    money=("data.amount", "total.value"), dates=("data.created",), enums=("data.status",),
    listing=Listing(items="data", cursor="after", more="next"),
)  # fmt: skip
BARE = Operation(name="toy.ping", method="GET", path="/v1/ping", run=None)  # type: ignore[arg-type]
PAGE: dict[str, Any] = {
    "data": [
        {"amount": 2000, "currency": "usd", "created": 1767225600, "status": "paid"},
        {"amount": 500, "currency": "jpy", "created": None, "status": "open"},
    ],
    "total": {"value": "20.00", "currency_code": "USD"},
    "next": None,
}


class FakeExchange:
    """As much of an exchange as a drift looks at."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.request = Request("GET", "/v1/payments", query="limit=2", headers={}, base_url="http://127.0.0.1:1/toy")


def drifted(body: Any, operation: Operation = LIST, **options: Any) -> Any:
    """Return a body after all edits of a drift, having looked that the original stayed."""
    original, before = body, orjson.dumps(body)
    for effect in Drift(**options).effects(FakeExchange(operation), None):  # type: ignore[arg-type]
        assert isinstance(effect, Alter)
        body = apply(body, effect.edit).body
        assert orjson.loads(orjson.dumps(body)) is not None
    assert orjson.dumps(original) == before
    return body


def at_v(old: Any, around: dict[str, Any] | None = None, **options: Any) -> Any:
    """Return what becomes of the value at `$.v`, the whole body where it isn't there any more."""
    body = drifted({**(around or {}), "v": old}, BARE, path="$.v", **options)
    return body.get("v", body)


@pytest.mark.parametrize(
    ("change", "to", "old", "new"),
    [
        ("retype", "float", 1000, 1000.0),
        ("retype", "float", "10.5", 10.5),
        ("retype", "float", 9.5, 9.5),
        ("retype", "float", None, None),
        ("nest", None, 5, {"details": {"v": 5}}),
        ("nest", "money", 5, {"money": {"v": 5}}),
        ("nest", "v", 5, {"v": 5}),
        ("flatten", None, {"id": 1, "x": 2}, {"v_id": 1, "v_x": 2}),
        ("flatten", "", {"id": 1, "v": 2}, 2),
        ("flatten", None, 5, 5),
        ("flatten", None, {}, {}),
        ("empty", None, "clear", ""),
        ("empty", None, 5, ""),
        ("empty", None, [1], []),
        ("empty", None, {"a": 1}, {}),
        ("empty", None, None, None),
        ("set", {"a": [1]}, 5, {"a": [1]}),
        ("set", False, 5, False),
        ("omit_null", None, {"a": None, "b": {"c": None, "d": 0}}, {"b": {"d": 0}}),
        ("omit_null", None, [None, {"a": None}], [None, {}]),
        ("casing", None, {"first_name": 1, "lastName": [{"zip_code": 2}], "id": 3},
         {"firstName": 1, "last_name": [{"zipCode": 2}], "id": 3}),
        ("casing", "camel", {"first_name": 1, "lastName": 2}, {"firstName": 1, "lastName": 2}),
        ("casing", "snake", {"firstName": 1, "first_name": 2}, {"firstName": 1, "first_name": 2}),
        ("casing", "pascal", {"first_name": {"zip": 1}}, {"FirstName": {"Zip": 1}}),
        ("casing", None, 5, 5),
        ("reorder", None, [1, 2, 3], [3, 2, 1]),
        ("reorder", None, [], []),
        ("reorder", None, "abc", "abc"),
        ("duplicate", None, [1, 2], [1, 2, 2]),
        ("duplicate", "first", [1, 2], [1, 1, 2]),
        ("duplicate", "all", [1, 2], [1, 1, 2, 2]),
        ("drop", None, [1, 2], [1]),
        ("drop", "first", [1, 2], [2]),
        ("drop", "all", [1, 2], []),
        ("drop", "all", {}, {}),
        ("loop", None, "http://elsewhere", "http://127.0.0.1:1/toy/v1/payments?limit=2"),
        ("loop", None, None, "http://127.0.0.1:1/toy/v1/payments?limit=2"),
        ("loop", None, False, True),
        ("loop", None, 5, 5),
        ("loop", None, [{"rel": "next", "href": "x", "method": "GET"}],
         [{"rel": "next", "href": "http://127.0.0.1:1/toy/v1/payments?limit=2", "method": "GET"}]),
    ],
)  # fmt: skip
def test_what_becomes_of_a_value(change: str, to: Any, old: Any, new: Any) -> None:
    """Each change that looks at one place; what it can't be about stays."""
    made = at_v(old, change=change, to=to)

    assert (made, type(made)) == (new, type(new))


@pytest.mark.parametrize(
    ("currency", "to", "old", "new"),
    [
        ("usd", None, 2000, 20),
        ("usd", None, 2050, 20.5),
        ("usd", None, 20.5, 2050),
        ("usd", None, "20.00", "2000"),
        ("usd", None, "-0.55", "-55"),
        ("jpy", None, 2000, 2000),
        ("jpy", None, "500", "500"),
        ("kwd", None, 2500, 2.5),
        (None, None, 2000, 20),
        ("usd", "minor", "20.00", 2000),
        ("usd", "minor", 2000, 2000),
        ("usd", "minor", 19.99, 1999),
        ("usd", "major", 2000, 20.0),
        ("usd", "major", "20.00", 20.0),
        ("usd", "decimal", 2000, "20.00"),
        ("usd", "decimal", "20", "20"),
        ("jpy", "decimal", 500, "500"),
        ("kwd", "decimal", 2500, "2.500"),
        ("usd", None, True, True),
        ("usd", None, None, None),
        ("usd", None, "free", "free"),
        ("usd", None, "1e5", "1e5"),
        ("usd", None, 10**16, 10**16),
        ("usd", "decimal", 5e-324, "0.00"),
        ("usd", None, {"value": 5}, {"value": 5}),
    ],
)
def test_money_in_another_unit(currency: str | None, to: str | None, old: Any, new: Any) -> None:
    """Whole numbers are minor units, texts and broken numbers major ones; the currency is asked for its decimals."""
    around = {} if currency is None else {"currency": currency}

    made = at_v(old, around, change="money", to=to)

    assert (made, type(made)) == (new, type(new))


def test_an_amount_that_is_an_item_of_a_list_has_two_decimals() -> None:
    """No object around it is asked."""
    assert drifted({"currency": "jpy", "tips": [2000, 5]}, path="$.tips[0]", change="money")["tips"] == [20, 5]


def test_the_nearest_currency_counts() -> None:
    """Of the objects around an amount, the innermost that names one."""
    body = {"currency": "jpy", "a": {"b": {"amount": 500}, "c": {"currency_code": "USD", "list": [{"amount": 500}]}}}

    made = drifted(body, path="$.a.b.amount", change="money", to="decimal")
    made = drifted(made, path="$.a.c.list[*].amount", change="money", to="decimal")

    assert made["a"]["b"]["amount"] == "500"
    assert made["a"]["c"]["list"][0]["amount"] == "5.00"


@pytest.mark.parametrize(
    ("to", "old", "new"),
    [(0, "20.00", "20"), (4, "20.00", "20.0000"), (1, "20.25", "20.2"), (3, 2000, 20000), (0, 2050, 20),
     (1, 20.5, 20.5), (2, "x", "x")],
)  # fmt: skip
def test_other_decimals(to: int, old: Any, new: Any) -> None:
    """A text is written with them, a whole number counted in them, half to even."""
    assert at_v(old, {"currency": "usd"}, change="decimals", to=to) == new


@pytest.mark.parametrize(
    ("to", "old", "new"),
    [
        (None, 1767225600, "2026-01-01T00:00:00Z"),
        (None, "2026-01-01T00:00:00Z", 1767225600),
        (None, "2026-01-01T00:00:00.250+01:00", 1767222000),
        (None, "Thu, 01 Jan 2026 00:00:00 GMT", 1767225600),
        (None, "Thu, 01 Jan 2026 02:00:00 +0200", 1767225600),
        (None, "1990-01-31", 633744000),
        ("unix", 1767225600, 1767225600),
        ("unix_ms", 1767225600, 1767225600000),
        ("unix", 1767225600000, 1767225600),
        ("iso8601", 1767225600.25, "2026-01-01T00:00:00.250Z"),
        ("iso8601", "2026-01-01T00:00:00+0000", "2026-01-01T00:00:00Z"),
        ("rfc2822", "2026-01-01T00:00:00Z", "Thu, 01 Jan 2026 00:00:00 +0000"),
        ("date", 1767225600, "2026-01-01"),
        ("local", "2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00"),
        ("+02:00", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00+02:00"),
        ("-05:30", 1767225600, "2025-12-31T18:30:00-05:30"),
        ("+02:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        (None, "2026-13-01", "2026-13-01"),
        (None, "soon", "soon"),
        (None, -5, -5),
        (None, True, True),
        (None, None, None),
        (None, 2**63, 2**63),
    ],
)
def test_dates_in_another_format(to: str | None, old: Any, new: Any) -> None:
    """Seconds and ISO 8601 change places; a format or an offset may be asked for; what is no date stays."""
    made = at_v(old, change="date", to=to)

    assert (made, type(made)) == (new, type(new))


def test_a_field_moves_into_an_object_that_is_there() -> None:
    """At the object's place; what is no object there is lost."""
    body = {"id": 1, "amount": 5, "money": {"currency": "usd"}}

    made = drifted(body, path="$.amount", change="nest", to="money")

    assert list(made.items()) == [("id", 1), ("money", {"currency": "usd", "amount": 5})]
    assert drifted({"amount": 5, "money": 1}, path="$.amount", change="nest", to="money") == {"money": {"amount": 5}}


def test_a_name_that_is_taken_keeps_its_value() -> None:
    """When an object's fields come out of it."""
    body = {"id": 1, "charge": {"id": 2, "paid": True}, "charge_paid": False}

    assert drifted(body, path="$.charge", change="flatten") == {"id": 1, "charge_id": 2, "charge_paid": False}
    assert drifted(body, path="$.charge", change="flatten", to="") == {"id": 1, "paid": True, "charge_paid": False}


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ({"change": "money"}, ([20, 500], "2000")),
        ({"change": "money", "to": "decimal"}, (["20.00", "500"], "20.00")),
        ({"change": "decimals", "to": 3}, ([20000, 500000], "20.000")),
        ({"change": "drop"}, ([2000], "20.00")),
        ({"change": "reorder"}, ([500, 2000], "20.00")),
        ({"change": "duplicate", "to": "first"}, ([2000, 2000, 500], "20.00")),
    ],
)
def test_without_a_path_it_is_about_what_the_operation_declares(options: dict[str, Any], seen: Any) -> None:
    """Its money, in every item of its list."""
    made = drifted(PAGE, **options)

    assert ([one["amount"] for one in made["data"]], made["total"]["value"]) == seen


def test_dates_words_and_the_next_page_are_declared_too() -> None:
    """A null date stays null."""
    assert [one["created"] for one in drifted(PAGE, change="date")["data"]] == ["2026-01-01T00:00:00Z", None]
    assert [one["status"] for one in drifted(PAGE, change="enum")["data"]] == ["paid_v2", "open_v2"]
    assert drifted(PAGE, change="loop")["next"] == "http://127.0.0.1:1/toy/v1/payments?limit=2"


@pytest.mark.parametrize("change", [change for change, declared in PATHLESS.items() if declared is not None])
def test_an_operation_that_declares_nothing_is_never_struck(change: str) -> None:
    """So the rule costs it nothing, and its effects would be none."""
    fault = Drift(change=change, to=2 if change == "decimals" else None)  # type: ignore[arg-type]

    assert (fault.suits(LIST), fault.suits(BARE)) == (True, False)
    assert list(fault.effects(FakeExchange(BARE), None)) == []  # type: ignore[arg-type]
    assert Drift(change=change, path="$.a", to=fault.to).suits(BARE)  # type: ignore[arg-type]


def test_the_edits_of_an_operation_are_made_once() -> None:
    """Each firing gets the same ones; the journal names each place."""
    fault = Drift(change="money")

    first, second = (fault.effects(FakeExchange(LIST), None) for _ in range(2))  # type: ignore[arg-type]

    assert first is second
    assert [one.said for one in first] == [
        "write $.data.amount in another unit (silent)", "write $.total.value in another unit (silent)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "reply", "seen"),
    [
        ({"change": "empty_body"}, (200, b"{}"), (200, b"")),
        ({"change": "empty_body"}, (200, b""), None),
        ({"change": "status", "to": 201}, (200, b"{}"), (201, b"{}")),
        ({"change": "status", "to": 204}, (200, b"{}"), (204, b"")),
        ({"change": "status", "to": 200}, (200, b"{}"), None),
        ({"change": "status", "to": 200, "was": 404}, (404, b"{}"), (200, b"{}")),
        ({"change": "status", "to": 200, "was": 404}, (400, b"{}"), None),
    ],
)
def test_an_answer_as_a_whole(options: dict[str, Any], reply: Any, seen: Any) -> None:
    """Its status, or that it has no body; headers stay, and the answer given is left as it was."""
    effect = Drift(**options).effects(FakeExchange(BARE), None)[0]  # type: ignore[arg-type]
    given = Reply(reply[0], {"A": "b"}, reply[1])

    assert isinstance(effect, Reword)
    made = effect.change(given)
    assert (None if made is None else (made.status, made.body)) == seen
    assert made is None or made.headers == {"A": "b"}
    assert (given.status, given.body) == reply


@pytest.mark.parametrize(
    ("options", "grade"),
    [
        ({"change": "extra", "path": "$.a"}, "harmless"),
        ({"change": "rename", "path": "$.a"}, "breaking"),
        ({"change": None, "path": "$.a"}, "breaking"),
        ({"change": "money"}, "silent"),
        ({"change": "money", "to": "decimal"}, "breaking"),
        ({"change": "date"}, "breaking"),
        ({"change": "date", "to": "+02:00"}, "harmless"),
        ({"change": "date", "to": "local"}, "silent"),
        ({"change": "retype", "path": "$.a", "to": "float"}, "harmless"),
        ({"change": "status", "to": 201}, "harmless"),
        ({"change": "status", "to": 200, "was": 404}, "silent"),
        ({"change": "status", "to": 500}, "breaking"),
    ],
)
def test_each_drift_has_a_grade(options: dict[str, Any], grade: str) -> None:
    """Data, said in the journal's words and in the changelog."""
    assert Drift(**options).grade == grade


def test_every_change_is_graded() -> None:
    """None was forgotten when it was added."""
    made = {Drift(path="$.a", change=change, to=2 if change == "decimals" else None).grade  # type: ignore[arg-type]
            for change in GRADES if change not in ("set", "status", "empty_body")}  # fmt: skip

    assert made == {"harmless", "breaking", "silent"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"change": "rename"}, "path is missing: change: rename needs one"),
        ({"change": "set", "to": 1}, "path is missing"),
        ({"change": "set", "path": "$.a"}, "to is missing: change: set needs it; for null there is change: null"),
        ({"change": "status"}, "to is missing"),
        ({"change": "status", "to": 99}, "to must be 200 to 599"),
        ({"change": "status", "to": True}, "to must be 200 to 599"),
        ({"change": "status", "to": 200, "path": "$.a"}, "path doesn't belong to change: status"),
        ({"change": "status", "to": 200, "was": 9}, "was must be a status"),
        ({"change": "empty_body", "was": 200}, "was belongs to change: status"),
        ({"change": "decimals"}, "to is missing"),
        ({"change": "decimals", "to": 7}, "to must be 0 to 6"),
        ({"change": "date", "to": "+15:00"}, "to must be one of unix, .* or an offset"),
        ({"change": "date", "to": ""}, "to must be one of unix"),
        ({"change": "money", "to": "cents"}, "to must be one of minor, major, decimal for"),
        ({"change": "casing", "to": "kebab"}, "to must be one of camel, snake, pascal"),
        ({"change": "drop", "to": 1}, "to must be one of first, last, all"),
        ({"change": "drop", "to": []}, "to must be one of first, last, all"),
        ({"change": "nest", "path": "$.a[0]"}, "path must end in a field's name"),
        ({"change": "nest", "path": "$.a", "to": ""}, "to must be a text"),
        ({"change": "flatten", "path": "$[*]"}, "path must end in a field's name"),
        ({"change": "reorder", "to": "x"}, "to doesn't belong to change: reorder; .* take it"),
        ({"change": "loop", "to": "x"}, "to doesn't belong to change: loop"),
    ],
)
def test_what_makes_no_sense_is_refused_when_it_is_made(options: dict[str, Any], message: str) -> None:
    """With the key that is wrong first, and what it may be."""
    with pytest.raises(ValueError, match=f"^{message}"):
        Drift(**options)


texts = st.sampled_from(["", "2026-01-01T00:00:00Z", "20.00", "paid", "http://a", "Thu, 01 Jan 2026 00:00:00 GMT"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8) | texts,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["v", "a_b", "aB", "currency", "rel", "data", "next"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
drifts = st.one_of(
    st.sampled_from(sorted(set(GRADES) - {"set", "status", "decimals", "empty_body"})).map(lambda one: {"change": one}),
    st.sampled_from(["string", "number", "float", "boolean", "object", "list"]).map(
        lambda to: {"change": "retype", "to": to}
    ),
    st.sampled_from(["unix", "unix_ms", "iso8601", "rfc2822", "date", "local", "+14:00", "-14:00"]).map(
        lambda to: {"change": "date", "to": to}
    ),
    st.sampled_from(["minor", "major", "decimal"]).map(lambda to: {"change": "money", "to": to}),
    st.integers(0, 6).map(lambda to: {"change": "decimals", "to": to}),
    st.sampled_from(["first", "last", "all"]).flatmap(
        lambda to: st.sampled_from(["drop", "duplicate"]).map(lambda change: {"change": change, "to": to})
    ),
    values.filter(lambda one: one is not None).map(lambda to: {"change": "set", "to": to}),
)


@given(values, values, drifts, st.sampled_from(["$.v", "$.data[*].v", "$.v.v", None]))
def test_no_drift_breaks_on_any_answer(inner: Any, rest: Any, options: dict[str, Any], path: str | None) -> None:
    """It never fails, never touches the original, and what comes out can be sent; beside the path all stays."""
    if path is None and options["change"] not in PATHLESS:
        path = "$.v"
    body = {"first": rest, "v": inner, "data": [inner, {"v": inner, "beside": rest}], "last": rest}
    before = orjson.dumps(body)

    changed = False
    made = body
    for effect in Drift(path=path, **options).effects(FakeExchange(LIST), None):  # type: ignore[arg-type]
        assert isinstance(effect, Alter)
        made, did = apply(made, effect.edit)
        changed = changed or did

    assert orjson.dumps(body) == before
    assert orjson.loads(orjson.dumps(made)) is not None
    assert changed or made is body
    if path == "$.v" and options["change"] != "flatten":
        assert orjson.dumps([made["first"], made["data"], made["last"]]) == orjson.dumps([rest, body["data"], rest])
        kept = [key for key in made if key in body]
        assert kept == [key for key in body if key in kept]
