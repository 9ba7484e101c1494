"""The JSON Schema of scenarios, for editors: what fits it, `load` accepts, as far as JSON Schema can say.

It can't say what hangs together across keys (unique names, arms that thresholds mention, what each algorithm needs)
nor fit globs to operations.
"""

from __future__ import annotations

from inspect import cleandoc
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from brownout.core.executors import EXECUTORS, spelled
from brownout.core.units import PerSecond, Seconds
from brownout.scenario import library
from brownout.scenario.arms import KINDS
from brownout.scenario.faults import NOT_IN_A_BRANCH
from brownout.scenario.invariants import FUNCTION
from brownout.scenario.limits import LimitSection
from brownout.scenario.model import (
    ArmSection,
    ChoiceSection,
    ClockSection,
    FaultSection,
    Head,
    LoadSection,
    MatchSection,
    OAuthSection,
    PhaseSection,
)
from brownout.scenario.reader import compiled
from brownout.scenario.thresholds import LineSection
from brownout.scenario.thresholds_schema import ABORTING, DELAYED, asserted, unmarked
from brownout.scenario.values import NAME, PLACE, Numbers, Texts

if TYPE_CHECKING:
    from brownout.core.registries import Registries

DURATION: Final[dict[str, Any]] = {
    "description": "A number with its unit: ms, s, m, h or d. Only 0 needs none.",
    "examples": ["250ms", "2s", "1h30m"],
    "anyOf": [{"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$"}, {"const": 0}],
}
RATE: Final[dict[str, Any]] = {
    "description": "A number per unit of time.",
    "examples": ["10/s", "300/m"],
    "type": "string",
    "pattern": r"^[0-9]+(\.[0-9]+)?\s*/\s*(ms|s|m|h|d)$",
}
_REPEATED: Final[dict[str, Any]] = {key: {"$ref": f"#/$defs/{key}"} for key in ("use", "oauth", "limits", "faults")}
"""What stands at the top and in phases alike."""
_DURATION_BESIDE_PHASES: Final[dict[str, Any]] = {
    "required": ["phases", "load"],
    "properties": {
        "phases": {"type": "array", "minItems": 1},
        "load": {"type": "object", "required": ["duration"]},
    },
}
_COUNTS: Final = ("percentage", "nth", "every", "first")

_SHARED: Final[dict[str, dict[str, Any]]] = {
    "duration": TypeAdapter(Seconds).json_schema(),
    "rate": TypeAdapter(PerSecond).json_schema(),
    "texts": TypeAdapter(Texts).json_schema(),
    "numbers": TypeAdapter(Numbers).json_schema(),
}
"""What pydantic makes of the types that recur, to be recognised again."""
_VALUES: Final = frozenset(("const", "enum", "examples"))
_WRITTEN: Final = {"duration": "{:.15g}s", "rate": "{:.15g}/s"}


def schema(registries: Registries) -> dict[str, Any]:
    """Return the schema (draft 2020-12) of scenarios that use these providers and faults."""
    defs: dict[str, Any] = {
        "duration": DURATION,
        "rate": RATE,
        "texts": {"description": "One glob, or several that mean any of them.", **_SHARED["texts"]},
        "numbers": {"description": "A number from 1, or several.", **_SHARED["numbers"]},
        "match": _shape(MatchSection.model_json_schema()),
    }
    defs["limits"] = _given(_limits(registries, defs))
    faults = [_fault(kind, registries, defs) for kind in sorted(registries.faults)]
    faults.append(_choice([_branch(one) for one in faults]))
    defs["faults"] = _given({"description": "What goes wrong, in order.", "type": "array", "items": {"oneOf": faults}})
    defs["use"] = _use()
    defs["oauth"] = _given(_shape(OAuthSection.model_json_schema()))
    providers = _providers(registries, defs)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Brownout scenario",
        "description": "What providers do, when they fail, and what a client that copes looks like.",
        "type": "object",
        "properties": {
            **_shape(Head.model_json_schema())["properties"],
            **{key: _given(section) for key, section in _sections(registries, providers, defs).items()},
            **_REPEATED,
            "phases": _given(_phases(_partial(providers, defs))),
        },
        "required": ["brownout"],
        "additionalProperties": False,
        "not": _DURATION_BESIDE_PHASES,
        "$defs": defs,
    }


def _given(section: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a section that may be left empty."""
    return {**section, "type": [section["type"], "null"]}


def _sections(
    registries: Registries, providers: dict[str, Any], defs: dict[str, Any]
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """Return the sections that stand at the top alone."""
    line = {**_shape(LineSection.model_json_schema()), "if": DELAYED, "then": ABORTING}
    return {
        "clock": _shape(ClockSection.model_json_schema()),
        "identity": _identity(registries),
        "providers": providers,
        "accounts": {
            "description": "Presented account to the account whose data it opens; joins several into one.",
            "type": "object",
            "additionalProperties": {"type": "string", "minLength": 1},
        },
        "load": _load(defs),
        "arms": {
            "description": "The clients that a drill compares, by name.",
            "type": "object",
            "propertyNames": {"pattern": NAME},
            "additionalProperties": {
                **_shape(ArmSection.model_json_schema()),
                "oneOf": [_given_one(kind) for kind in KINDS],
            },
        },
        "steady_state": asserted(
            "What must hold in the first and in the last phase.", without=("phase",), line=unmarked(line)
        ),
        "thresholds": asserted("What must hold at the end.", line=line),
        "invariants": _invariants(),
    }


def _invariants() -> dict[str, Any]:
    return {
        "description": "Functions of your own over ledger and claims, MODULE:FUNCTION; each returns what it found.",
        "type": "array",
        "items": {"type": "string", "pattern": FUNCTION.pattern},
        "uniqueItems": True,
    }


def _load(defs: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a load: which keys it takes hangs on its executor."""
    shape = LoadSection.model_json_schema()
    for name, inner in shape.pop("$defs").items():
        defs[f"load-{name}"] = _shape(inner, "load")
    load: dict[str, Any] = _shape(shape, "load")
    every = dict.fromkeys(key for sending in EXECUTORS.values() for key in sending.keys)
    load["allOf"] = []
    for name, sending in EXECUTORS.items():
        chosen: dict[str, Any] = {"properties": {"executor": {"const": name}}}
        if name != load["properties"]["executor"]["default"]:
            chosen["required"] = ["executor"]
        others: dict[str, Any] = {key: {"type": "null"} for key in every if key not in sending.keys}
        needs = [spelled(field) for field in sending.needs if spelled(field) != "rate"]
        given = {key: {"not": {"type": "null"}} for key in needs}
        if "stages" in needs:
            others["duration"] = False
        load["allOf"].append({"if": chosen, "then": {"properties": others | given, "required": needs}})
    return load


def _phases(providers: dict[str, Any]) -> dict[str, Any]:
    phase = _shape(PhaseSection.model_json_schema())
    phase["properties"] |= {"providers": _given(providers), **_REPEATED}
    return {"description": "What holds for a time, one after the other.", "type": "array", "items": phase}


def _partial(node: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what is laid over a value of `node`: mappings say only what they change."""
    made = {key: value for key, value in node.items() if key != "required"}
    if "properties" in node:
        made["properties"] = {key: _partial(value, defs) for key, value in node["properties"].items()}
    if isinstance(node.get("additionalProperties"), dict):
        made["additionalProperties"] = _partial(node["additionalProperties"], defs)
    if "anyOf" in node:
        made["anyOf"] = [_partial(choice, defs) for choice in node["anyOf"]]
    name = node.get("$ref", "").removeprefix("#/$defs/")
    if name and name not in _SHARED:
        made["$ref"] = f"#/$defs/{name}-changes"
        if f"{name}-changes" not in defs:
            defs[f"{name}-changes"] = {}  # a shape that holds itself is met again below
            defs[f"{name}-changes"] = _partial(defs[name], defs)
    return made


def _fault(kind: str, registries: Registries, defs: dict[str, Any]) -> dict[str, Any]:
    fault = registries.faults[kind]
    common = _shape(FaultSection.model_json_schema())["properties"]
    common["target"] = {**common["target"], "default": fault.default_target}
    options = _options(fault, f"fault-{kind}", defs)
    return {
        "title": kind,
        "description": _said(fault.__doc__),
        "type": "object",
        "properties": {
            "kind": {"const": kind},
            **common,
            "match": {"$ref": "#/$defs/match"},
            **options["properties"],
        },
        "required": ["kind", *options.get("required", ())],
        "additionalProperties": False,
        "not": {"anyOf": [_both(one, other) for one, other in combinations(_COUNTS, 2)]},
    }


def _choice(branches: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of an entry whose faults share a draw."""
    return {
        "title": "one_of",
        "description": "A choice of faults: at most one of them strikes a call.",
        "type": "object",
        "properties": {
            **_shape(ChoiceSection.model_json_schema())["properties"],
            "match": {"$ref": "#/$defs/match"},
            "one_of": {
                "description": "The faults, each with its share of the draw; 100 in all at most.",
                "type": "array",
                "items": {"oneOf": branches},
                "minItems": 1,
            },
        },
        "required": ["one_of"],
        "additionalProperties": False,
    }


def _branch(fault: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a fault as a branch: without what the choice says, and with its share."""
    own = {key: value for key, value in fault["properties"].items() if key not in NOT_IN_A_BRANCH}
    own["percentage"] = {**own["percentage"], "not": {"type": "null"}}
    made = {key: value for key, value in fault.items() if key != "not"}
    return {**made, "properties": own, "required": [*fault["required"], "percentage"]}


def _use() -> dict[str, Any]:
    """Return the schema of what a scenario takes from the library."""
    name = {"enum": sorted(library.files())}
    return {
        "description": "Library scenarios and incidents whose faults, limits, oauth, providers and identity hold too.",
        "anyOf": [name, {"type": "array", "items": name, "uniqueItems": True}, {"type": "null"}],
    }


def _limits(registries: Registries, defs: dict[str, Any]) -> dict[str, Any]:
    shape = LimitSection.model_json_schema()
    for name, inner in shape.pop("$defs", {}).items():
        defs[f"limit-{name}"] = _shape(inner, "limit")
    limit = _shape(shape, "limit")
    limit["properties"]["match"] = {"$ref": "#/$defs/match"}
    documented = {
        "description": "Limits that a provider documents itself, as they are.",
        "type": "object",
        "properties": {"use": {"enum": sorted(registries.limits())}},
        "required": ["use"],
        "additionalProperties": False,
    }
    return {
        "description": "Rate and capacity limits.",
        "type": "array",
        "items": {"if": {"type": "object", "required": ["use"]}, "then": documented, "else": limit},
    }


def _given_one(key: str) -> dict[str, Any]:
    """Return the schema of entries that give a key; a null gives none."""
    return {"required": [key], "properties": {key: {"not": {"type": "null"}}}}


def _both(one: str, other: str) -> dict[str, Any]:
    """Return the schema of entries that give two ways of counting; a null gives none."""
    given = {key: {"not": {"type": "null"}} for key in (one, other)}
    return {"required": [one, other], "properties": given}


def _identity(registries: Registries) -> dict[str, Any]:
    return {
        "description": "Where an operation's logical key is in its request: draws hang on it.",
        "type": "object",
        "propertyNames": {"enum": list(registries.operations())},
        "additionalProperties": {"type": "string", "pattern": PLACE},
    }


def _providers(registries: Registries, defs: dict[str, Any]) -> dict[str, Any]:
    properties = {}
    for name in sorted(registries.providers):
        options = _options(registries.providers[name].options_type, f"provider-{name}", defs)
        properties[name] = {**options, "type": ["object", "null"], "additionalProperties": False}
    return {
        "description": "Options of providers. Every provider is there, with or without.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _options(options: type[Any], prefix: str, defs: dict[str, Any]) -> Any:
    """Return the schema of a dataclass, having put those inside it into `defs` under names of their own."""
    _, shape = compiled(options)
    for name, inner in shape.get("$defs", {}).items():
        defs[f"{prefix}-{name}"] = _shape({**inner, "additionalProperties": False}, prefix)
    return _shape({key: value for key, value in shape.items() if key != "$defs"}, prefix)


def _shape(node: Any, prefix: str = "") -> Any:
    """Return a schema of pydantic's in our terms: no generated titles, durations and rates with their patterns."""
    if isinstance(node, list):
        return [_shape(item, prefix) for item in node]
    if not isinstance(node, dict):
        return node
    made: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":
            made[key] = {name: _shape(item, prefix) for name, item in value.items()}
        elif key == "$ref":
            made[key] = f"#/$defs/{prefix}-{value.rpartition('/')[2]}"
        elif key == "description":
            made[key] = _said(value)
        elif key == "default":
            made |= {} if value in (None, "", []) else {key: value}
        elif key != "title":
            made[key] = value if key in _VALUES else _shape(value, prefix)
    return _named(made)


def _named(node: dict[str, Any]) -> dict[str, Any]:
    """Return a reference instead of a type that recurs."""
    for name, marker in _SHARED.items():
        if marker.items() <= node.items():
            named = {"$ref": f"#/$defs/{name}", **{key: value for key, value in node.items() if key not in marker}}
            if name in _WRITTEN and "default" in named:
                named["default"] = _WRITTEN[name].format(named["default"])
            return named
    return node


def _said(text: str | None) -> str:
    """Return a docstring without what it says to Python code."""
    return cleandoc(text or "").partition("\n\nRaises:")[0]
