"""Changes of an answer's shape: where a path leads, and what stays as it was."""

from __future__ import annotations

import copy

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout.core.edits import ABSENT, Edit, apply, declared_path, parse_path, readable

BODY = {
    "id": "p_1",
    "amount": 100,
    "nested": {"a b": {"status": "ok"}, "list": [{"n": 1}, {"n": 2}, 3]},
    "rows": [[1, 2], [3]],
    "empty": {},
}


def edit(path: str, change: object = lambda _: "new", **more: object) -> Edit:
    """Return an edit that puts `new` unless told otherwise."""
    return Edit(path=parse_path(path), change=change, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("$.result", ("result",)),
        ("$.data[*].status", ("data", None, "status")),
        ("$[0]", (0,)),
        ("$[*][*]", (None, None)),
        ("$['a b'].c", ("a b", "c")),
        ('$["it\'s"]', ("it's",)),
        ("$.a-b.@type.$ref", ("a-b", "@type", "$ref")),
        ("$.größe", ("größe",)),
        ("$['0']", ("0",)),
        ("$.a[007]", ("a", 7)),
    ],
)
def test_a_path_is_a_list_of_steps(text: str, steps: tuple) -> None:
    """Names, quoted names, indices and all items; a quoted number is a name."""
    assert parse_path(text) == steps


@pytest.mark.parametrize(
    "text",
    ["", "$", ".a", "a", "$.", "$..a", "$.a.", "$.a[", "$.a[]", "$.a[-1]", "$.a[1.5]", "$.a['']", "$.a['b]", "$ .a",
     "$.a b", "$.a[1234567]", "$.*", "$.a[0:2]", "$.a\n", "$.a[²]", "$.1a", "x$.a"],
)  # fmt: skip
def test_what_is_no_path_is_refused_with_the_ways_to_write_one(text: str) -> None:
    """None of JSONPath's other inventions, and nothing left over at the end."""
    with pytest.raises(ValueError, match=r"path can't be .*write \$\.field"):
        parse_path(text)


@pytest.mark.parametrize(
    ("path", "made"),
    [
        ("$.amount", BODY | {"amount": "new"}),
        ("$.nested['a b'].status", BODY | {"nested": BODY["nested"] | {"a b": {"status": "new"}}}),  # type: ignore[operator]
        ("$.nested.list[*].n", BODY | {"nested": BODY["nested"] | {"list": [{"n": "new"}, {"n": "new"}, 3]}}),  # type: ignore[operator]
        ("$.nested.list[1].n", BODY | {"nested": BODY["nested"] | {"list": [{"n": 1}, {"n": "new"}, 3]}}),  # type: ignore[operator]
        ("$.rows[*][0]", BODY | {"rows": [["new", 2], ["new"]]}),
        ("$.rows[*][1]", BODY | {"rows": [[1, "new"], [3]]}),
    ],
)
def test_an_edit_is_done_wherever_its_path_leads(path: str, made: dict) -> None:
    """Places that it doesn't lead to stay, in a list item by item."""
    before = copy.deepcopy(BODY)

    edited = apply(BODY, edit(path))

    assert edited == (made, True)
    assert before == BODY


@pytest.mark.parametrize(
    "path",
    ["$.absent", "$.amount.deeper", "$.amount[0]", "$.nested[0]", "$.nested[*]", "$.rows.a", "$.rows[7]", "$[0]",
     "$.nested.list[2].n", "$.empty.a", "$.empty[*]", "$['0']"],
)  # fmt: skip
def test_a_path_that_leads_nowhere_changes_nothing(path: str) -> None:
    """The very body comes back, and says that it wasn't changed."""
    body, changed = apply(BODY, edit(path, insert=False))

    assert body is BODY
    assert not changed


@pytest.mark.parametrize("body", [None, "text", 3, True, [], {}, 1.5])
def test_a_body_of_any_type_passes(body: object) -> None:
    """Nothing in it fits, nothing breaks."""
    assert apply(body, edit("$.a[0].b")) == (body, False)
    assert apply(body, edit("$[0].a")) == (body, False)


def test_only_what_lies_on_the_path_is_copied() -> None:
    """What the provider keeps is not touched; what is beside the path is shared, for an answer may be large."""
    edited = apply(BODY, edit("$.nested.list[0].n")).body

    assert edited["rows"] is BODY["rows"]
    assert edited["nested"]["list"][1] is BODY["nested"]["list"][1]  # type: ignore[index]
    assert edited["nested"] is not BODY["nested"]
    assert BODY["nested"]["list"][0] == {"n": 1}  # type: ignore[index]


def test_taking_out_leaves_no_gap() -> None:
    """A key goes, an item of a list goes, all items go; their order stays."""
    gone = {"change": lambda _: ABSENT}

    assert list(apply(BODY, edit("$.amount", **gone)).body) == ["id", "nested", "rows", "empty"]
    assert apply([1, 2, 3], edit("$[1]", **gone)) == ([1, 3], True)
    assert apply([1, 2, 3], edit("$[*]", **gone)) == ([], True)


def test_a_renamed_field_keeps_its_place_and_wins() -> None:
    """What had the name already is lost, whether it stood before or after."""
    same = {"change": lambda old: old}
    body = {"a": 1, "b": 2, "c": 3}

    assert list(apply(body, edit("$.b", rename="x", **same)).body.items()) == [("a", 1), ("x", 2), ("c", 3)]
    assert list(apply(body, edit("$.b", rename="a", **same)).body.items()) == [("a", 2), ("c", 3)]
    assert list(apply(body, edit("$.b", rename="c", **same)).body.items()) == [("a", 1), ("c", 2)]


def test_a_field_is_added_only_where_its_object_is() -> None:
    """At the end of each object that would hold it; a field that is there is given to the change as it is."""
    add = {"change": lambda old: 7 if old is ABSENT else old, "insert": True}

    assert apply({"a": {}}, edit("$.a.b", **add)) == ({"a": {"b": 7}}, True)
    assert apply({"l": [{}, {"b": 1}, 5]}, edit("$.l[*].b", **add)) == ({"l": [{"b": 7}, {"b": 1}, 5]}, True)
    assert apply({"a": {}}, edit("$.x.b", **add)) == ({"a": {}}, False)
    assert apply({"a": {"b": None}}, edit("$.a.b", **add)).changed is False
    assert apply([], edit("$.b", **add)).changed is False


def test_a_change_that_changes_nothing_says_so() -> None:
    """The same value is no change; the same number of another type is one."""
    assert not apply({"a": "x"}, edit("$.a", change=lambda _: "x")).changed
    assert not apply({"a": [1]}, edit("$.a", change=lambda _: [1])).changed
    assert apply({"a": 1}, edit("$.a", change=lambda _: True)).changed
    assert apply({"a": 1}, edit("$.a", change=float)).changed


def test_a_tuple_is_a_list() -> None:
    """A provider may answer with one: on the wire it is the same."""
    assert apply({"a": (1, 2)}, edit("$.a[0]")) == ({"a": ["new", 2]}, True)


def test_a_declared_path_leads_through_lists() -> None:
    """As operations write it, without saying where lists are; other edits stop at one."""
    body = {"data": [{"n": {"v": 1}}, {"n": [{"v": 2}, 3]}], "n": 4}

    made = apply(body, Edit(path=declared_path("data.n.v"), change=str, through=True))

    assert made == ({"data": [{"n": {"v": "1"}}, {"n": [{"v": "2"}, 3]}], "n": 4}, True)
    assert apply(body, Edit(path=declared_path("data.n.v"), change=str)).body is body


def test_no_path_is_the_whole_body() -> None:
    """A change of everything; one that changes nothing gives the very body back."""
    assert apply([1, 2], Edit(path=(), change=lambda old: old[::-1])) == ([2, 1], True)
    assert apply(BODY, Edit(path=(), change=lambda old: old)).body is BODY


def test_an_edit_may_make_another_object_of_the_one_around() -> None:
    """It sees the objects around the place, the innermost last; the same object means that nothing changed."""
    seen: list[list[str]] = []

    def within(around: object, key: str) -> object:
        seen.append([next(iter(one)) for one in around])  # type: ignore[attr-defined]
        return around[-1] if key == "n" else {"gone": key}  # type: ignore[index]

    body = {"a": {"b": [{"n": 1}, {"m": 2}]}}

    assert apply(body, edit("$.a.b[*].m", within=within)) == ({"a": {"b": [{"n": 1}, {"gone": "m"}]}}, True)
    assert apply(body, edit("$.a.b[*].n", within=within)).body is body
    assert seen == [["a", "b", "m"], ["a", "b", "n"]]


def test_a_part_that_is_kept_encoded_is_read() -> None:
    """Providers keep snapshots as bytes; they are opened only where the path leads into them."""
    kept = orjson.Fragment(b'{"status":"paid","n":1}')
    body = {"object": kept, "other": kept}

    made = apply(body, edit("$.object.status")).body

    assert made["object"] == {"status": "new", "n": 1}
    assert made["other"] is kept
    assert apply(body, edit("$.object.absent")).body is body
    assert body["object"] is kept


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff", b"3", b'"text"', b"null", "text", None, 7])
def test_what_is_no_structure_is_none(body: object) -> None:
    """Pages, numbers, texts and what isn't JSON: nothing that a path could lead into."""
    assert readable(body) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
paths = st.lists(
    st.sampled_from([".a", ".b", ".c", "[0]", "[1]", "[*]"]), min_size=1, max_size=4
).map(lambda steps: "$" + "".join(steps))  # fmt: skip


@given(json_values, st.lists(paths, min_size=1, max_size=4))
def test_no_edit_ever_touches_the_original(body: object, where: list[str]) -> None:
    """Whatever the body and however many edits follow each other; what comes out is JSON."""
    before = orjson.dumps(body)
    edited, changed = body, False

    for path in where:
        for change in (lambda _: "new", _wrapped, lambda _: ABSENT):
            edited, did = apply(edited, edit(path, change=change, insert=change is _wrapped))
            changed = changed or did

    assert orjson.dumps(body) == before
    assert orjson.loads(orjson.dumps(edited)) == edited
    assert changed or edited is body


def _wrapped(old: object) -> object:
    return ["added"] if old is ABSENT else [old]
