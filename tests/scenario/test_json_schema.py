"""The JSON Schema and the loader agree, as far as JSON Schema can say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from brownout.assembly import registries as all_registries
from brownout.scenario.json_schema import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from brownout.core.errors import Mistake
    from brownout.core.registries import Registries


HEAD = {"brownout": 1}
LIMIT = {"name": "a", "algorithm": "token_bucket", "rate": "10/s", "burst": 5}
FAULT = {"kind": "abort", "status": 503}
RAMP: dict[str, Any] = {
    "executor": "ramping_arrival_rate",
    "stages": [{"duration": "5s", "rate": "20/s"}, {"duration": 0, "rate": "5/s"}],
}


TWO = HEAD | {"phases": [{"name": "a", "duration": "1s"}, {"name": "b", "duration": "2m"}]}


def _phase(**more: Any) -> dict[str, Any]:
    return HEAD | {"phases": [{"name": "a", "duration": "10s"} | more]}


def _line(**keys: Any) -> dict[str, Any]:
    return HEAD | {"thresholds": {"payments.lost": [keys, "count < 5"]}}


def _fault(**more: Any) -> dict[str, Any]:
    return HEAD | {"faults": [FAULT | more]}


def _choice(*branches: dict[str, Any]) -> dict[str, Any]:
    return HEAD | {"faults": [{"one_of": list(branches)}]}


BRANCH = {"kind": "abort", "status": 500, "percentage": 20}
BOTH_ACCEPT = [
    HEAD,
    HEAD | {"title": "a", "description": "b", "seed": -5, "client_from": "header.X", "credentials": "closed"},
    HEAD | {"clock": {"start": "2026-01-01T00:00:00Z", "speed": 0.5, "frozen": True}},
    HEAD | {"clock": None, "faults": None, "limits": None, "arms": None, "thresholds": None, "providers": None},
    HEAD | {"identity": {"bank.payments.create": "body.order_id"}, "accounts": {"pk": "shop"}},
    HEAD | {"providers": {"bank": {"review": "1m30s", "hooks": [{"url": "http://x", "events": ["a"]}]}}},
    HEAD | {"providers": {"bank": None}},
    HEAD | {"limits": [LIMIT, {"name": "b", "algorithm": "concurrency", "quota": 1, "partition": "ip"}]},
    _fault(name="a", percentage=8, target="edge"),
    _fault(nth=3),
    _fault(nth=[1, 2], percentage=None),
    _fault(every=2, first=None),
    _fault(match={"operation": "bank.*", "client": ["a", 7], "occurrence": [1, 2], "cohort": "3.5%"}),
    _fault(match={"header": {"X": "a*"}, "body": {"amount": 20, "a.b": ["x"]}, "cohort": 3}),
    _fault(headers={"Retry-After": "3"}, body="html"),
    _fault(at="30s", repeat="2m", max=5, percentage=3, ramp="1s", **{"for": "10s"}),
    _fault(at=None, repeat=None, max=None, ramp=None, **{"for": None}),
    _fault(match={"grant": ["refresh_token", "client_*"], "cohort": {"share": "3%", "by": "body.customer"}}),
    _fault(match={"cohort": {"share": 3}}),
    _choice(BRANCH),
    _choice(BRANCH | {"name": "a", "target": "edge", "max": 3}, {"kind": "latency", "delay": "1s", "percentage": 50}),
    HEAD | {"faults": [{"one_of": [BRANCH], "name": "a", "match": {"client": "a"}, "at": "1s", "target": "edge"}]},
    HEAD | {"use": None, "fault_header": True},
    HEAD | {"use": []},
    HEAD | {"faults": [{"kind": "latency", "delay": "250ms", "jitter": 0}]},
    HEAD | {"load": {"executor": "constant_arrival_rate", "rate": "90 / m", "duration": "1h30m", "users": 5}},
    HEAD | {"load": {"executor": "poisson", "rate": "3/s", "think": None, "stages": None}},
    HEAD | {"load": RAMP},
    HEAD | {"load": RAMP | {"start_rate": "1/s", "users": 50}},
    HEAD | {"load": {"executor": "bursts", "size": 3, "repeat": "2s"}},
    HEAD | {"load": {"executor": "bursts", "rate": "3/s", "for": "1s", "repeat": "2s", "size": None}},
    HEAD | {"load": {"executor": "users", "think": "1s", "users": 3, "duration": "9s"}},
    HEAD | {"arms": {"a": {"client": "x", "control": True}}, "thresholds": {"payments.lost{arm:a}": ["count == 0"]}},
    HEAD | {"thresholds": {"operations.failed": ["rate<0.5", " count >= -3.5 "]}},
    HEAD
    | {"thresholds": {"throttled{client:a@*,operation:bank.*}": ["count == 0"], "op.latency{client:a}": ["max < 1s"]}},
    _line(threshold="count == 0", gate=True),
    _line(threshold="count == 0", abort_on_fail=True, delay="2s"),
    _line(threshold="count == 0", delay=0),
    TWO | {"steady_state": {"throttled{operation:bank.*}": ["rate < 1", {"threshold": "rate < 1"}]}},
    HEAD | {"invariants": ["shop.checks:no_gifts"]},
    HEAD | {"invariants": None},
    HEAD | {"thresholds": {"op.latency": ["p(95) < 800ms", "max<=1.5 s"], "errors": ["rate < 1"]}},
    HEAD | {"arms": {"a": {"client": "shop.clients:Mine"}, "b": {"client": "naive"}}},
    HEAD | {"arms": {"a": {"locustfile": "load/shop.py", "client": None}, "b": {"command": "node client.js"}}},
    HEAD | {"arms": {"a": {"command": ["node", "client.js", ""], "control": True}}},
    HEAD | {"oauth": {"access_ttl": "1m", "refresh_ttl": None, "rotation": True, "reuse_grace": 0}},
    HEAD | {"phases": None, "oauth": None, "steady_state": None},
    HEAD | {"phases": [], "load": {"duration": "10s"}},
    _phase(faults=[FAULT], limits=[LIMIT], oauth={"on_reuse": "reject"}, providers={"bank": {"review": "1s"}}),
    _phase(faults=None, limits=None, oauth=None, providers=None),
    HEAD
    | {
        "providers": {"bank": {"main": {"url": "http://x"}, "named": {"a": {"url": "http://x"}}}},
        "phases": [
            {
                "name": "a",
                "duration": "1s",
                "providers": {"bank": {"main": {"events": ["a"]}, "named": {"a": {"events": ["b"]}}}},
            }
        ],
    },
    _phase(providers={"bank": None}) | {"load": {"rate": "1/s"}},
    TWO | {"steady_state": {"goodput.rate": ["value > 0.9"]}},
    TWO | {"thresholds": {"errors{ phase : a }": ["count == 0"], "op.latency{phase:b}": ["avg < 1s"]}},
    TWO | {"arms": {"x": {"client": "x"}}, "thresholds": {"errors{arm:x,phase:a}": ["count == 0"]}},
]
BOTH_REFUSE = [
    {},
    {"brownout": 2},
    {"brownout": "1"},
    {"brownout": True},
    HEAD | {"titel": "a"},
    HEAD | {"title": 1},
    HEAD | {"title": None},
    HEAD | {"seed": "1"},
    HEAD | {"seed": 2**63},
    HEAD | {"seed": 0.5},
    HEAD | {"client_from": "X"},
    HEAD | {"credentials": "all"},
    HEAD | {"clock": {"speed": 0}},
    HEAD | {"clock": {"frozen": 1}},
    HEAD | {"clock": []},
    HEAD | {"identity": {"bank.payment.create": "body.a"}},
    HEAD | {"identity": {"bank.payments.create": "a"}},
    HEAD | {"providers": {"bnak": {}}},
    HEAD | {"providers": {"bank": {"review": 4}}},
    HEAD | {"providers": {"bank": {"reviews": "4s"}}},
    HEAD | {"providers": {"bank": {"hooks": [{"url": "http://x", "event": []}]}}},
    HEAD | {"providers": {"bank": {"hooks": [{}]}}},
    HEAD | {"accounts": {"a": ""}},
    HEAD | {"limits": [{"name": "a"}]},
    HEAD | {"limits": [LIMIT | {"rate": 10}]},
    HEAD | {"limits": [LIMIT | {"burst": 0}]},
    HEAD | {"limits": [LIMIT | {"partition": "user"}]},
    HEAD | {"limits": {"a": LIMIT}},
    HEAD | {"faults": [{}]},
    HEAD | {"faults": [{"kind": "abrt"}]},
    HEAD | {"faults": ["abort"]},
    HEAD | {"faults": [{"kind": "latency", "delay": 2}]},
    HEAD | {"faults": [{"kind": "latency", "delay": "2 s"}]},
    HEAD | {"faults": [{"kind": "latency", "delay": "2s", "status": 500}]},
    _fault(status="503"),
    _fault(name="a b"),
    _fault(name="x" * 64),
    _fault(target="wire"),
    _fault(percentage=101),
    _fault(percentage="8%"),
    _fault(percentage=8, nth=1),
    _fault(every=1, first=1),
    _fault(nth=0),
    _fault(nth=[]),
    _fault(match=None),
    _fault(match={"operatoin": "x"}),
    _fault(match={"client": []}),
    _fault(match={"client": ""}),
    _fault(match={"client": True}),
    _fault(match={"occurrence": "1"}),
    _fault(match={"cohort": "101%"}),
    _fault(match={"cohort": -1}),
    _fault(match={"header": ["a"]}),
    _fault(headers={"a": 1}),
    _fault(at=5),
    _fault(max=0),
    _fault(max="5"),
    _fault(repeat="1"),
    _fault(match={"cohort": {"by": "account"}}),
    _fault(match={"cohort": {"share": 3, "by": "customer"}}),
    _fault(match={"cohort": {"share": 3, "of": "key"}}),
    _fault(match={"grant": ""}),
    _fault(one_of=[]),
    _choice(),
    _choice(BRANCH | {"percentage": None}),
    _choice({"kind": "abort", "status": 500}),
    _choice(BRANCH | {"match": {"key": "a"}}),
    _choice(BRANCH | {"at": "1s"}),
    _choice(BRANCH | {"nth": 3}),
    _choice(BRANCH | {"kind": "abrt"}),
    HEAD | {"faults": [{"one_of": [BRANCH], "percentage": 5}]},
    HEAD | {"faults": [{"one_of": BRANCH}]},
    HEAD | {"use": "lost-anwser"},
    HEAD | {"use": ["lost-answer", "lost-answer"]},
    HEAD | {"use": 5},
    HEAD | {"fault_header": "yes"},
    HEAD | {"load": {"rate": 15}},
    HEAD | {"load": {"users": 0}},
    HEAD | {"load": {"executor": "users", "rate": "3/s"}},
    HEAD | {"load": {"executor": "poisson", "think": "1s"}},
    HEAD | {"load": {"stages": RAMP["stages"]}},
    HEAD | {"load": {"executor": "ramping_arrival_rate"}},
    HEAD | {"load": {"executor": "ramping_arrival_rate", "stages": None}},
    HEAD | {"load": RAMP | {"duration": "3s"}},
    HEAD | {"load": RAMP | {"rate": "3/s"}},
    HEAD | {"load": RAMP | {"stages": [{"duration": "1s"}]}},
    HEAD | {"load": RAMP | {"stages": [{"duration": "1s", "rate": "3/s", "target": "3/s"}]}},
    HEAD | {"load": RAMP | {"stages": [{"duration": "1s", "rate": 3}]}},
    HEAD | {"load": {"executor": "bursts", "size": 3}},
    HEAD | {"load": {"executor": "bursts", "size": 0, "repeat": "2s"}},
    HEAD | {"load": {"executor": "burst"}},
    HEAD | {"load": {"journey": ""}},
    HEAD | {"arms": {"a": {}}},
    HEAD | {"arms": {"a b": {"client": "x"}}},
    HEAD | {"arms": {"a": {"client": "x", "command": "y"}}},
    HEAD | {"arms": {"a": {"locustfile": ""}}},
    HEAD | {"arms": {"a": {"command": []}}},
    HEAD | {"arms": {"a": {"command": " "}}},
    HEAD | {"arms": {"a": {"command": ["node", 3]}}},
    HEAD | {"thresholds": {"payments.lots": ["count == 0"]}},
    HEAD | {"thresholds": {"payments.lost": "count == 0"}},
    HEAD | {"thresholds": {"payments.lost": []}},
    HEAD | {"thresholds": {"payments.lost": ["count = 0"]}},
    HEAD | {"thresholds": {"errors{client:a}": ["count == 0"]}},
    HEAD | {"thresholds": {"payments.lost{operation:bank.*}": ["count == 0"]}},
    _line(threshold="cout == 0"),
    _line(gate=True),
    _line(threshold="count == 0", gates=True),
    _line(threshold="count == 0", delay="2s"),
    _line(threshold="count == 0", abort_on_fail=False, delay="2s"),
    _line(threshold="count == 0", abort_on_fail="yes"),
    TWO | {"steady_state": {"errors": [{"threshold": "rate < 1", "gate": True}]}},
    HEAD | {"invariants": ["shop"]},
    HEAD | {"invariants": ["a:b", "a:b"]},
    HEAD | {"invariants": "a:b"},
    HEAD | {"thresholds": {"payments.lost{}": ["count == 0"]}},
    HEAD | {"thresholds": {"payments.lost": ["p(95) == 0"]}},
    HEAD | {"thresholds": {"op.latency": ["p(95) < 1"]}},
    HEAD | {"thresholds": {"op.latency": ["p(95) < 1h"]}},
    HEAD | {"arms": {"a": {"client": "shop:"}}},
    HEAD | {"arms": {"a": {"client": "./shop.py:A"}}},
    HEAD | {"oauth": {"ttl": "1s"}},
    HEAD | {"oauth": {"access_ttl": 1}},
    HEAD | {"oauth": {"rotation": "true"}},
    HEAD | {"oauth": {"on_reuse": "revoke"}},
    HEAD | {"phases": {"name": "a", "duration": "1s"}},
    HEAD | {"phases": ["a"]},
    HEAD | {"phases": [{"name": "a"}]},
    HEAD | {"phases": [{"duration": "1s"}]},
    _phase(duration=1),
    _phase(name="a b"),
    _phase(seed=1),
    _phase(faults=[{"kind": "abrt"}]),
    _phase(limits=[{"name": "a"}]),
    _phase(oauth={"ttl": "1s"}),
    _phase(providers={"bnak": {}}),
    _phase(providers={"bank": {"reviews": "1s"}}),
    _phase(providers={"bank": {"hooks": [{}]}}),
    _phase() | {"load": {"duration": "10s"}},
    TWO | {"steady_state": {"errors{phase:a}": ["count == 0"]}},
    TWO | {"steady_state": {"errors": []}},
]
ONLY_THE_LOADER_REFUSES = {
    "a ramp of a percentage": _fault(ramp="5s"),
    "a ramp within its window": _fault(ramp="5s", percentage=5, **{"for": "2s"}),
    "a pause between windows": _fault(repeat="5s", **{"for": "5s"}),
    "shares of a hundred": _choice(BRANCH | {"percentage": 60}, BRANCH | {"percentage": 50}),
    "names are unique": HEAD | {"faults": [FAULT | {"name": "a"}, FAULT | {"name": "a"}]},
    "a glob fits something": _fault(match={"operation": "bnk.*"}),
    "what a fault itself asks for": HEAD | {"faults": [{"kind": "abort", "status": 200}]},
    "what an algorithm needs": HEAD | {"limits": [{"name": "a", "algorithm": "concurrency"}]},
    "an arm that a threshold names": HEAD | {"thresholds": {"payments.lost{arm:a}": ["count == 0"]}},
    "an aggregation that a metric has": HEAD | {"thresholds": {"payments.lost": ["rate == 0"]}},
    "a moment": HEAD | {"clock": {"start": "soon"}},
    "unique names of phases": HEAD | {"phases": [{"name": "a", "duration": "1s"}] * 2},
    "a duration above 0": _phase(duration="0s"),
    "a lifetime above 0": HEAD | {"oauth": {"access_ttl": 0}},
    "a phase that a threshold names": TWO | {"thresholds": {"errors{phase:c}": ["count == 0"]}},
    "a selector once": TWO | {"thresholds": {"errors{phase:a,phase:b}": ["count == 0"]}},
    "what a phase's option lacks in the base": _phase(providers={"bank": {"main": {"events": []}}}),
    "two phases to be steady in": _phase() | {"steady_state": {"errors": ["count == 0"]}},
    "bursts at once or at a rate": HEAD
    | {"load": {"executor": "bursts", "size": 3, "rate": "3/s", "for": "1s", "repeat": "2s"}},
    "bursts with pauses": HEAD | {"load": {"executor": "bursts", "rate": "3/s", "for": "2s", "repeat": "2s"}},
    "stages as long as the phases": _phase() | {"load": RAMP},
    "no more orders than are planned": HEAD | {"load": {"executor": "poisson", "rate": "999/ms"}},
    "a rate above 0": HEAD | {"load": {"rate": "0/s"}},
}


@pytest.fixture(scope="module")
def fits(registries: Registries) -> Callable[[Any], bool]:
    """Return a function that says whether data fits the schema."""
    validator = Draft202012Validator(schema(registries))
    return validator.is_valid


@pytest.fixture(scope="module")
def loads(mistakes: Callable[[str], tuple[Mistake, ...]]) -> Callable[[Any], bool]:
    """Return a function that says whether the loader accepts data."""
    return lambda data: not mistakes(json.dumps(data))


def test_the_schema_is_one(registries: Registries) -> None:
    """What is printed is itself valid under draft 2020-12, and JSON."""
    made = schema(registries)

    Draft202012Validator.check_schema(made)
    assert json.loads(json.dumps(made)) == made


@pytest.mark.parametrize("data", BOTH_ACCEPT)
def test_both_accept(fits: Callable[[Any], bool], loads: Callable[[Any], bool], data: dict[str, Any]) -> None:
    """A good scenario fits the schema and loads."""
    assert (fits(data), loads(data)) == (True, True)


@pytest.mark.parametrize("data", BOTH_REFUSE)
def test_both_refuse(fits: Callable[[Any], bool], loads: Callable[[Any], bool], data: dict[str, Any]) -> None:
    """A bad scenario neither fits the schema nor loads."""
    assert (fits(data), loads(data)) == (False, False)


@pytest.mark.parametrize("data", ONLY_THE_LOADER_REFUSES.values(), ids=ONLY_THE_LOADER_REFUSES)
def test_what_json_schema_cant_say(
    fits: Callable[[Any], bool], loads: Callable[[Any], bool], data: dict[str, Any]
) -> None:
    """What hangs together across keys, only the loader can see."""
    assert (fits(data), loads(data)) == (True, False)


def test_every_key_is_described(registries: Registries) -> None:
    """Each key of each section carries the text that an editor shows."""
    made = schema(registries)

    sections = [made, made["properties"]["load"], made["properties"]["phases"]["items"]]
    sections += [made["$defs"]["limits"]["items"]["else"], made["$defs"]["match"], made["$defs"]["oauth"]]
    for section in sections:
        for key, value in section["properties"].items():
            assert value.get("description") or "$ref" in value, key
    for kind in made["$defs"]["faults"]["items"]["oneOf"]:
        assert kind["description"]
        assert "Raises" not in kind["description"]


def test_a_default_can_be_written(registries: Registries) -> None:
    """An editor puts it in: a duration of thirty days is no 2.592e+06s."""
    for made in (schema(registries), schema(all_registries())):
        units = {name: Draft202012Validator(made["$defs"][name]) for name in ("duration", "rate")}
        for node in nodes(made):
            unit = str(node.get("$ref", "")).removeprefix("#/$defs/")
            if unit in units and "default" in node:
                units[unit].validate(node["default"])


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping in a schema."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(part)


WORDS = st.sampled_from(
    ["a", "", "2s", "15/s", "3%", "edge", "response", "body.a", "bank.*", "bank.payments.create", "count == 0", "html"]
)
SIMPLE = st.none() | st.booleans() | st.integers(-2, 600) | st.sampled_from([0.5, 8.25, 200.5]) | WORDS
ANY = SIMPLE | st.lists(SIMPLE, max_size=2) | st.dictionaries(WORDS, SIMPLE, max_size=2)
WHOLE = {
    "brownout": 1,
    "title": "a",
    "seed": 5,
    "client_from": "header.X",
    "clock": {"start": "2026-01-01T00:00:00Z", "speed": 2, "frozen": False},
    "identity": {"bank.payments.create": "body.a"},
    "providers": {
        "bank": {"review": "4s", "hooks": [{"url": "http://x", "events": ["a"]}], "main": {"url": "http://x"}}
    },
    "accounts": {"a": "b"},
    "limits": [LIMIT | {"match": {"client": "a"}, "partition": "ip", "announce": "none"}],
    "faults": [
        FAULT | {"name": "a", "percentage": 8, "target": "edge", "body": "html", "headers": {"a": "b"}},
        FAULT | {"name": "b", "nth": [1, 2], "match": {"operation": "bank.*", "occurrence": 1, "cohort": "3%"}},
        {"name": "c", "kind": "latency", "delay": "2s", "jitter": "1s", "match": {"header": {"a": "b"}, "key": ["a"]}},
        FAULT | {"name": "d", "percentage": 8, "at": "1s", "for": "9s", "repeat": "20s", "ramp": "2s", "max": 3},
        {
            "name": "e",
            "match": {"grant": "a", "cohort": {"share": "3%", "by": "body.a"}},
            "at": "1s",
            "target": "edge",
            "one_of": [FAULT | {"percentage": 20, "name": "f"}, {"kind": "latency", "delay": "2s", "percentage": 30}],
        },
    ],
    "use": [],
    "fault_header": True,
    "oauth": {"access_ttl": "130s", "refresh_ttl": "30d", "rotation": True, "reuse_grace": 0, "on_reuse": "reject"},
    "phases": [
        {"name": "calm", "duration": "2s"},
        {
            "name": "storm",
            "duration": "5s",
            "faults": [FAULT | {"percentage": 8}],
            "limits": [LIMIT],
            "oauth": {"access_ttl": "2s"},
            "providers": {"bank": {"review": "1s", "hooks": [{"url": "http://y"}], "main": {"events": ["a"]}}},
        },
    ],
    "load": {"rate": "15/s", "users": 10, "journey": "shop"},
    "arms": {"a": {"client": "a", "control": True}},
    "steady_state": {"goodput.rate": ["value > 0.9"], "op.latency": ["max < 2s"]},
    "thresholds": {
        "payments.lost{arm:a}": ["count == 0", {"threshold": "count < 5", "abort_on_fail": True, "delay": "2s"}],
        "errors{phase:calm}": ["rate < 1"],
    },
    "invariants": ["a:b"],
}


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in items for place in _places(item, (*path, key)))]


def _changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return `value` with something else at `path`, or, if `new` is GONE, with nothing there."""
    if not path:
        return new
    made = value.copy()
    if new is GONE and len(path) == 1:
        made.pop(path[0])
    else:
        made[path[0]] = _changed(value[path[0]], path[1:], new)
    return made


GONE = object()
PLACES = [place for place in _places(WHOLE) if place]


@pytest.mark.slow
def test_whatever_loads_fits(fits: Callable[[Any], bool], loads: Callable[[Any], bool]) -> None:
    """No scenario that the loader accepts is marked wrong by an editor, whatever stands in one of its places."""
    accepted = []

    @settings(max_examples=800, deadline=None, derandomize=True)
    @given(place=st.sampled_from(PLACES), new=st.just(GONE) | ANY)
    def agree(place: tuple[Any, ...], new: Any) -> None:
        data = _changed(WHOLE, place, new)
        accepted.append(loads(data))
        assert fits(data) or not accepted[-1]

    agree()

    assert fits(WHOLE)
    assert loads(WHOLE)
    assert 80 < sum(accepted) < len(accepted) - 80  # both kinds were met often enough to mean something
