"""How an object on the wire departs from the class that stripe-python declares for it."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import types
import typing
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any, Literal, Union, get_args, get_origin

import stripe
import typing_extensions

RECORDED_UNDECLARED: frozenset[str] = frozenset()
"""Wire fields, as `Class.field`, that recordings show and the SDK doesn't declare. None is answered so far."""

_BASES = {stripe.StripeObject, object, dict}


@cache
def _imported(module: str) -> dict[str, Any]:
    """Return what a module imports of the SDK's objects, for type checkers alone too."""
    found = {}
    for node in ast.walk(ast.parse(inspect.getsource(sys.modules[module]))):
        home = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        if home.startswith("stripe.") and ".params" not in home and not home.endswith("_service"):
            found.update({one.asname or one.name: getattr(import_module(home), one.name) for one in node.names})
    return found


@cache
def declared(cls: type) -> dict[str, Any]:
    """Return the fields a class of the SDK declares, own and inherited."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        public = base.__module__.startswith("stripe.") and base not in _BASES
        if not public or "resource" in base.__module__.rsplit("_", 1)[-1]:
            continue
        module = vars(sys.modules[base.__module__])
        names = {**vars(typing), **vars(typing_extensions), **vars(stripe), **_imported(base.__module__), **module}
        holder = type("Holder", (), {"__annotations__": inspect.get_annotations(base)})
        for name, kind in typing.get_type_hints(holder, names, dict(vars(base))).items():
            if not name.startswith("_") and not name.isupper():
                found[name.removesuffix("_")] = kind  # `from` is no name in Python
    return {name: kind for name, kind in found.items() if get_origin(kind) is not typing.ClassVar}


def options(kind: Any) -> list[Any]:
    """Return the alternatives of a type."""
    if get_origin(kind) in (Union, types.UnionType):
        return [one for part in get_args(kind) for one in options(part)]
    return [kind]


def problems(value: Any, kind: Any, path: str) -> list[str]:
    """Return how `value` departs from a declared type."""
    choices = options(kind)
    if value is None:
        return [] if type(None) in choices else [f"{path} is null"]
    if isinstance(value, list):
        inner = next((get_args(one)[0] for one in choices if get_origin(one) is list), None)
        if inner is None:
            return [f"{path} is a list"]
        return [told for place, one in enumerate(value) for told in problems(one, inner, f"{path}[{place}]")]
    if isinstance(value, dict):
        classes = [one for one in choices if isinstance(one, type) and issubclass(one, stripe.StripeObject)]
        named = [one for one in classes if getattr(one, "OBJECT_NAME", None) == value.get("object")]
        fitting = named or [one for one in classes if not hasattr(one, "OBJECT_NAME")]
        if fitting:
            return shape_problems(value, fitting[0], path)
        free = any(get_origin(one) is not None for one in choices)
        return [] if free else [f"{path} is an object, not {choices}"]
    allowed = [one for one in choices if one in (str, int, bool, float, Decimal) or get_origin(one) is Literal]
    fits = any(
        value in get_args(one)
        if get_origin(one) is Literal
        else type(value) is one or (one is float and type(value) is int) or (one is Decimal and _is_decimal(value))
        for one in allowed
    )
    return [] if fits else [f"{path} is {value!r}, not {choices}"]


def _is_decimal(value: Any) -> bool:
    """Whether it is a number as text, which the SDK makes a Decimal of."""
    return isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d{1,12})?", value) is not None


def shape_problems(value: dict[str, Any], cls: type, path: str) -> list[str]:
    """Return what an object lacks, has too much, or has of the wrong type."""
    fields = declared(cls)
    if not fields:
        return []  # the SDK declares nothing: free
    found = [
        f"{path}.{name} is not declared"
        for name in value
        if name not in fields and f"{cls.__name__}.{name}" not in RECORDED_UNDECLARED
    ]
    found += [
        f"{path}.{name} is missing"
        for name, kind in fields.items()
        if name not in value and type(None) not in options(kind)
    ]
    return found + [
        told for name in value if name in fields for told in problems(value[name], fields[name], f"{path}.{name}")
    ]
