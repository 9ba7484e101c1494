"""Reads the parts of a document and collects what is wrong with each, so that one bad part hides no other."""

from __future__ import annotations

import json
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from brownout.core.errors import OptionError
from brownout.core.match import Match, fits
from brownout.scenario.wording import sentence, shown, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from brownout.core.registries import Registries
    from brownout.scenario.document import Document, Path
    from brownout.scenario.model import Section

S = TypeVar("S", bound="Section")
T = TypeVar("T")
_OF_MATCH: Final = frozenset(one.name for one in fields(Match) if one.init)


@cache
def _compiled(options: Any) -> tuple[TypeAdapter[Any], dict[str, Any]]:
    adapter = TypeAdapter(options)
    return adapter, adapter.json_schema()


def compiled(options: Any) -> tuple[TypeAdapter[Any], dict[str, Any]]:
    """Return the validator of a fault's or a provider's dataclass, and its JSON Schema with nested ones in `$defs`."""
    return _compiled(options)


def keys_of(options: type[Any]) -> frozenset[str]:
    """Return the keys of a fault's or a provider's dataclass."""
    return frozenset(one.name for one in fields(options) if one.init)


class Reader:
    """One document and what there is to choose from. Whatever it returns None for, it has noted as a mistake."""

    def __init__(self, document: Document, registries: Registries) -> None:
        """Begin with `document`, which may hold mistakes already."""
        self.document = document
        self.registries = registries
        self.operations = registries.operations()
        self._unclear: set[Path] = set()  # has unknown keys: what it lacks as a whole is only their echo
        unmatched = {provider.unknown.name for provider in registries.providers.values()}
        beside = registries.beside()
        self.matchable = {
            "provider": frozenset(registries.providers),
            "operation": frozenset(self.operations) | unmatched | beside.keys(),
            "method": frozenset(one.method for one in (*self.operations.values(), *beside.values())),
        }

    def fail(self, path: Path, message: str) -> None:
        """Note a mistake at `path`."""
        self.document.fail(path, message)

    def mapping(self, value: Any, path: Path) -> dict[str, Any]:
        """Return a mapping, empty if nothing is said or it isn't one."""
        if value is not None and not isinstance(value, dict):
            self.fail(path, f"must be a mapping of keys, not {shown(value)}")
        return value if isinstance(value, dict) else {}

    def entries(self, value: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Yield each mapping of a list with its path."""
        if value is not None and not isinstance(value, list):
            self.fail(path, f"must be a list of entries that begin with '-', not {shown(value)}")
        for position, entry in enumerate(value if isinstance(value, list) else ()):
            place = (*path, position)
            if isinstance(entry, dict):
                yield place, entry
            else:
                self.fail(place, f"must be a mapping of keys, not {shown(entry)}")

    def known(self, value: Mapping[str, Any], allowed: frozenset[str], path: Path) -> dict[str, Any]:
        """Return the known keys of a mapping, noting the others."""
        for key in value:
            if key not in allowed:
                of_match = "match" in allowed and key in _OF_MATCH
                self.fail((*path, key), f"belongs into match: {{{key}: …}}" if of_match else unknown(key, allowed))
                self._unclear.add(path)
        return {key: item for key, item in value.items() if key in allowed}

    def section(self, model: type[S], value: Any, path: Path) -> S | None:
        """Return `value` as a section of this shape."""
        given = self.known(self.mapping(value, path), frozenset(model.model_fields), path)
        if value is not None and not isinstance(value, dict):
            return None
        return self._valid(model.model_validate_json, given, path)

    def options(self, options: type[T], value: Any, path: Path) -> T | None:
        """Return `value` as a fault's or a provider's dataclass."""
        given = self.known(self.mapping(value, path), keys_of(options), path)
        if value is not None and not isinstance(value, dict):
            return None
        adapter, shape = compiled(options)
        for key, item in given.items():
            self._nested(item, shape["properties"][key], shape.get("$defs", {}), (*path, key))
        return self._valid(adapter.validate_json, given, path)

    def made(self, make: Callable[[], T], given: dict[str, Any], path: Path) -> T | None:
        """Return what `make` returns, None if it raises a `ValueError`."""
        try:
            return make()
        except ValueError as problem:
            self._whole(problem, given, path)
            return None

    def fitting(self, globs: tuple[str, ...], kind: str, path: Path) -> None:
        """Note each glob that fits no known provider, operation or method."""
        names = self.matchable[kind]
        for glob in globs:
            if kind == "operation" and not any(fits((glob,), name) for name in names):
                names |= self.registries.beyond().keys()
            if not any(fits((glob,), name) for name in names):
                self.fail(path, unknown(glob, names, hint=f"brownout list {kind}s shows all"))

    def _nested(self, value: Any, shape: dict[str, Any], shapes: dict[str, Any], path: Path) -> None:
        """Note unknown keys of dataclasses inside of options: pydantic itself would pass them over."""
        shape = shapes[shape["$ref"].rpartition("/")[2]] if "$ref" in shape else shape
        for choice in shape.get("anyOf", ()):
            self._nested(value, choice, shapes, path)
        if isinstance(value, dict) and "properties" in shape:
            for key, item in self.known(value, frozenset(shape["properties"]), path).items():
                self._nested(item, shape["properties"][key], shapes, (*path, key))
        elif isinstance(value, dict) and isinstance(shape.get("additionalProperties"), dict):
            for key, item in value.items():
                self._nested(item, shape["additionalProperties"], shapes, (*path, key))
        elif isinstance(value, list) and "items" in shape:
            for position, item in enumerate(value):
                self._nested(item, shape["items"], shapes, (*path, position))

    def _valid(self, validate: Callable[..., T], given: dict[str, Any], path: Path) -> T | None:
        try:
            return validate(json.dumps(given), strict=True)  # as JSON, where lists may become tuples though strict
        except ValidationError as problem:
            for error in problem.errors(include_url=False):
                place = (*path, *error["loc"])
                if error["type"] == "value_error":
                    self._whole(error["ctx"]["error"], error["input"], place)
                else:
                    self.fail(place, sentence(error))
            return None

    def _whole(self, problem: ValueError, given: Any, path: Path) -> None:
        """Note what is wrong with a value as a whole: where the problem says, or at the key that it begins with."""
        if path in self._unclear:
            return
        if isinstance(problem, OptionError):
            self.fail((*path, *problem.path), problem.message)
            return
        message = str(problem)
        first, _, rest = message.partition(" ")
        key = first.removesuffix(":")
        if not isinstance(given, dict) or key not in given:
            self.fail(path, message)
        else:
            self.fail((*path, key), message if key == first else rest)


class Trial(Reader):
    """A reader that keeps what it finds to itself, as (path, message)."""

    def __init__(self, reader: Reader) -> None:
        """Read with what `reader` has to choose from."""
        super().__init__(reader.document, reader.registries)
        self.found: list[tuple[Path, str]] = []

    def fail(self, path: Path, message: str) -> None:
        """Keep a mistake."""
        self.found.append((path, message))
