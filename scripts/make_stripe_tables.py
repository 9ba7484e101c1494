"""Writes the tables that Stripe's generic engine works with, from the installed stripe-python (MIT licence).

    python scripts/make_stripe_tables.py           write them
    python scripts/make_stripe_tables.py --check   exit 1 if they aren't what that version makes

Sources are parsed, never imported. `brownout.providers.stripe.generic.tables` says what each part means.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

TABLES = Path(__file__).parents[1] / "simulator" / "brownout" / "providers" / "stripe" / "generic" / "data"
TABLE = TABLES / "tables.json"
_SCALARS: Final = {"str": "s", "int": "i", "float": "f", "bool": "b", "Decimal": "d"}
_FREE: Final = frozenset({"Any", "Dict", "dict", "UntypedStripeObject", "StripeObject", "Mapping"})
_ENCODED: Final = {"int64_string": "I", "decimal_string": "d"}
Kind: TypeAlias = Any


def _root() -> Path:
    found = find_spec("stripe")
    if found is None or found.origin is None:
        raise SystemExit("stripe isn't installed: pip install stripe")
    return Path(found.origin).parent


class Module(NamedTuple):
    """A source file: its classes, and where the other names in it come from."""

    name: str
    classes: dict[str, ast.ClassDef]
    imported: dict[str, tuple[str, str]]
    subservices: dict[str, tuple[str, str]]


@cache
def module(name: str) -> Module:
    """Return a module of stripe-python, parsed."""
    path = _root().joinpath(*name.split(".")[1:])
    source = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
    classes, imported, below = {}, {}, {}
    tree = ast.parse(source.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            imported.update({one.asname or one.name: (node.module, one.name) for one in node.names})
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            classes[node.name] = node
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_subservices":
            below = {key: (found[0], found[1]) for key, found in ast.literal_eval(node.value).items()}
    return Module(name, classes, imported, below)


def _assigned(cls: ast.ClassDef, name: str) -> Any:
    """Return the literal that a class assigns to `name`, None if it doesn't."""
    for node in cls.body:
        if isinstance(node, ast.AnnAssign | ast.Assign) and node.value is not None:
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if ast.unparse(target) == name:
                return ast.literal_eval(node.value)
    return None


# ---------------------------------------------------------------- types


class Types:
    """The object types met so far, each with its fields, and the shapes inside them, each once."""

    def __init__(self) -> None:
        """Start with none."""
        self.objects: dict[str, dict[str, Kind]] = {}
        self.shapes: list[dict[str, Kind]] = []
        self._numbers: dict[str, int] = {}

    def object_type(self, at: Module, name: str) -> str | None:
        """Return the type that a class is of, None if it is no object's. Its fields are noted."""
        found = _class(at, name)
        if found is None:
            return None
        home, cls = found
        named: str | None = _assigned(cls, "OBJECT_NAME")
        if named is not None and named not in self.objects:
            self.objects[named] = {}  # before its fields, which may name it again
            self.objects[named] = self._fields(home, cls, ())
        return named

    def _fields(self, at: Module, cls: ast.ClassDef, outer: tuple[ast.ClassDef, ...]) -> dict[str, Kind]:
        encoded = _assigned(cls, "_field_encodings") or {}
        fields = {}
        for node in cls.body:
            if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
                continue
            name = node.target.id
            if name.startswith("_") or name.isupper() or name == "deleted":  # that one only a stub has
                continue
            kind, optional = self._kind(at, node.annotation, (*outer, cls))
            name = name.removesuffix("_")  # `from` is no name in Python
            own = encoded.get(name)
            if isinstance(own, str) and kind in ("i", "f", "d", "s"):
                kind = _ENCODED.get(own, kind)
            fields[f"{name}?" if optional else name] = kind
        return fields

    def _kind(self, at: Module, node: ast.expr, outer: tuple[ast.ClassDef, ...]) -> tuple[Kind, bool]:
        """Return what a type hint stands for in the tables, and whether the field may be missing."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self._kind(at, ast.parse(node.value, mode="eval").body, outer)
        if isinstance(node, ast.Constant) and node.value is None:
            return None, True
        if isinstance(node, ast.BinOp):
            return self._either(at, [node.left, node.right], outer)
        if isinstance(node, ast.Name):
            return self._named(at, node.id, outer), False
        if not isinstance(node, ast.Subscript):
            raise TypeError(f"{at.name}: {ast.unparse(node)}")
        return self._subscript(at, node, outer)

    def _subscript(self, at: Module, node: ast.Subscript, outer: tuple[ast.ClassDef, ...]) -> tuple[Kind, bool]:
        head = ast.unparse(node.value).rpartition(".")[2]
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        match head:
            case "Optional":
                return self._kind(at, inner[0], outer)[0], True
            case "Union":
                return self._either(at, inner, outer)
            case "Literal":
                values = [ast.literal_eval(one) for one in inner]
                return ("b" if values in ([True], [False]) else "=" + "|".join(map(str, values))), False
            case "List" | "Sequence":
                return [self._kind(at, inner[0], outer)[0]], False
            case "ExpandableField":
                return "@" + "|".join(self._types(at, inner[0])), False
            case "ListObject":
                return "*" + "|".join(self._types(at, inner[0])), False
            case _ if head in _FREE:
                return "{}", False
        raise TypeError(f"{at.name}: {ast.unparse(node)}")

    def _either(self, at: Module, parts: list[ast.expr], outer: tuple[ast.ClassDef, ...]) -> tuple[Kind, bool]:
        found = [self._kind(at, one, outer) for one in parts]
        kinds = [kind for kind, _ in found if kind is not None]
        optional = any(missing for _, missing in found)
        whole = [one for one in kinds if isinstance(one, str) and one.startswith("&")]
        if whole:
            return "&" + "|".join(one[1:] for one in whole), optional
        enums = [one for one in kinds if isinstance(one, str) and one.startswith("=")]
        return (enums or kinds)[0], optional

    def _named(self, at: Module, name: str, outer: tuple[ast.ClassDef, ...]) -> Kind:
        if name in _SCALARS:
            return _SCALARS[name]
        if name in _FREE:
            return "{}"
        for place in range(len(outer), 0, -1):
            for node in outer[place - 1].body:
                if isinstance(node, ast.ClassDef) and node.name == name:
                    return self._shape(at, node, outer[:place])
        named = self.object_type(at, name)
        if named is not None:
            return f"&{named}"
        found = _class(at, name)
        if found is None:
            raise TypeError(f"{at.name}: what is {name}?")
        return self._shape(found[0], found[1], ())

    def _shape(self, at: Module, cls: ast.ClassDef, outer: tuple[ast.ClassDef, ...]) -> Kind:
        fields = self._fields(at, cls, outer)
        if not fields:
            return "{}"
        text = json.dumps(fields, sort_keys=True)
        if text not in self._numbers:
            self._numbers[text] = len(self.shapes)
            self.shapes.append(fields)
        return self._numbers[text]

    def _types(self, at: Module, node: ast.expr) -> list[str]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node = ast.parse(node.value, mode="eval").body
        if isinstance(node, ast.Subscript):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return [found for one in parts for found in self._types(at, one)]
        named = self.object_type(at, ast.unparse(node))
        return [named] if named is not None else []


def _class(at: Module, name: str) -> tuple[Module, ast.ClassDef] | None:
    while name not in at.classes:
        if name not in at.imported or not at.imported[name][0].startswith("stripe"):
            return None
        home, name = at.imported[name]
        at = module(home)
    return at, at.classes[name]


# ---------------------------------------------------------------- operations


def operations(types: Types) -> list[list[str]]:
    """Return every operation of the SDK's services: name, method, path, how it answers, and which type."""
    found: list[list[str]] = []
    for api, home, cls in (("v1", "stripe._v1_services", "V1Services"), ("v2", "stripe._v2_services", "V2Services")):
        _walk(types, module(home), cls, () if api == "v1" else ("v2",), found)
    return _settled(found)


def _walk(types: Types, at: Module, cls: str, names: tuple[str, ...], found: list[list[str]]) -> None:
    for node in at.classes[cls].body:
        if isinstance(node, ast.FunctionDef):
            made = _operation(types, at, node, names)
            if made is not None:
                found.append(made)
    for name, (home, below) in at.subservices.items():
        _walk(types, module(home), below, (*names, name), found)


def _operation(types: Types, at: Module, method: ast.FunctionDef, names: tuple[str, ...]) -> list[str] | None:
    sent = next((one for one in ast.walk(method) if _sends(one)), None)
    if not isinstance(sent, ast.Call) or method.returns is None:
        return None
    where = sent.args[1].func.value if isinstance(sent.args[1], ast.Call) else sent.args[1]  # type: ignore[attr-defined]
    path = ast.literal_eval(where)
    base = next(ast.literal_eval(one.value) for one in sent.keywords if one.arg == "base_address")
    verb, name = ast.literal_eval(sent.args[0]).upper(), method.name.rstrip("_")
    shape, _, inner = ast.unparse(method.returns).strip("\"'").partition("[")
    # What is sent or answered as a file, or answers nothing, no schema describes.
    plain = base == "api" and ast.unparse(sent.func).endswith("_request") and shape != "None"
    named = _answered(types, at, inner.rstrip("]") or shape) if plain else ""
    kind = _kind_of(verb, path, name, shape) if plain else "refused"
    return [".".join((*names, name)), verb, path, kind, named]


def _sends(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("_request", "_request_stream")
    )


def _answered(types: Types, at: Module, told: str) -> str:
    """Return the types of object that an answer may be, or hold in its list."""
    names = dict.fromkeys(re.findall(r"\w+", told))
    found = ["deleted" if one == "DeletedObject" else types.object_type(at, one) for one in names if one != "Union"]
    return "|".join(one for one in found if one is not None)


def _kind_of(verb: str, path: str, name: str, shape: str) -> str:
    """Return how an operation answers, as far as its own words tell."""
    last = path.endswith("}")
    if shape in ("ListObject", "SearchResultObject"):
        return "search" if shape == "SearchResultObject" else "list"
    if name in ("find", "delete_where"):
        return name
    if "preview" in name:
        return "preview"
    if verb == "DELETE":
        return "act" if name == "cancel" else "delete" if last else "refused"
    if verb == "GET":
        return "retrieve" if last else "single"
    return "create" if name == "create" else "update" if last else "single" if name == "update" else "act"


def _settled(known: list[list[str]]) -> list[list[str]]:
    """Tell actions on the object that a path names from those that make another."""
    types = {_bare(path): named for _, _, path, kind, named in known if kind == "retrieve"}
    for one in known:
        before, brace, _ = _bare(one[2]).rpartition("{}")
        own = before + brace
        on = types.get(own) or types.get(own.replace("/test_helpers", ""), "")
        if one[3] == "act" and not set(on.split("|")) & set(one[4].split("|")):
            one[3] = "create"
    return sorted(known)


def _bare(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


# ---------------------------------------------------------------- events, the file


def event_types() -> list[str]:
    """Return the events that an endpoint can ask for."""
    at = module("stripe.params._webhook_endpoint_create_params")
    text = next(
        ast.unparse(node.annotation)
        for node in at.classes["WebhookEndpointCreateParams"].body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "enabled_events"
    )
    return sorted(set(re.findall(r"'([a-z_0-9]+(?:\.[a-z_0-9]+)+)'", text.replace("\\'", "'"))))


def made() -> bytes:
    """Return the tables as they are kept."""
    types = Types()
    known = operations(types)
    tables = {
        "source": f"stripe-python {version('stripe')}, Copyright (c) 2010-2018 Stripe, MIT licence",
        "version": version("stripe"),
        "operations": known,
        "objects": dict(sorted(types.objects.items())),
        "shapes": types.shapes,
        "events": event_types(),
    }
    lines = [f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in tables.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def main() -> int:
    """Write the tables, or check them."""
    if "--check" in sys.argv[1:]:
        return int(TABLE.read_bytes() != made())
    TABLES.mkdir(exist_ok=True)
    TABLE.write_bytes(made())
    return 0


if __name__ == "__main__":
    sys.exit(main())
