"""A YAML text as plain data, with the line of every key. What YAML allows and a scenario doesn't is refused here.

YAML is data: no tags, no merge keys, no second document. Plain words are read as YAML 1.2 reads them; those that
YAML 1.1 reads otherwise (`on`, `1:30`, `010`) are refused with a hint to quote them, because the next reader of the
file can't know which was meant. Dates stay text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias

import yaml

from brownout.core.errors import Mistake, ScenarioError
from brownout.scenario.syntax import SURROGATE, complaint
from brownout.scenario.wording import shown
from brownout.scenario.words import misread, plain, trap, wrong_key

if TYPE_CHECKING:
    from pathlib import Path as FilePath

Path: TypeAlias = tuple[str | int, ...]
"""Where something is: keys and positions from the top."""

BYTES_MAX: Final = 1_000_000
DEPTH_MAX: Final = 32
VALUES_MAX: Final = 100_000
"""Counted with every alias written out, so that a few lines of aliases can't grow into gigabytes."""
_TOO_LARGE: Final = f"is larger than {BYTES_MAX:,} bytes; a scenario is a page or two"
FIRST: Final = "`brownout: 1`"

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is some ten times faster
_PLAIN_KEY: Final = re.compile(r"[\w.*{}:$/-]{1,80}")


def key_of(path: Path) -> str:
    """Return a path as people write it.

    >>> key_of(("faults", 2, "kind"))
    'faults[2].kind'
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            word = step if _PLAIN_KEY.fullmatch(step) else shown(step)
            text += f".{word}" if text else word
    return text


@dataclass(slots=True)
class Document:
    """What was read. `mistakes` are those that left the rest readable; nothing more is said of their places."""

    file: str
    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    spoiled: set[Path] = field(default_factory=set)

    def line_of(self, path: Path) -> int:
        """Return the line of the innermost part of `path` that the text has."""
        for length in range(len(path), 0, -1):
            line = self.lines.get(path[:length])
            if line is not None:
                return line
        return self.lines.get((), 1)

    def fail(self, path: Path, message: str, *, line: int | None = None) -> None:
        """Note a mistake at `path`, unless that place is already known to be wrong."""
        if any(path[:length] in self.spoiled for length in range(1, len(path) + 1)):
            return
        mistake = Mistake(message=message, key=key_of(path), line=line or self.line_of(path), file=self.file)
        if mistake not in self.mistakes:
            self.mistakes.append(mistake)

    def spoil(self, path: Path, message: str) -> None:
        """Note a mistake that makes anything else said of this place pointless."""
        self.fail(path, message)
        self.spoiled.add(path)

    def error(self) -> ScenarioError:
        """Return everything noted, in the order of lines."""
        return ScenarioError(sorted(self.mistakes, key=lambda one: (one.line or 0, one.key)))


def text_of(path: FilePath) -> str:
    """Return a file's text.

    Raises:
        ScenarioError: if there is no such file, it is too large, or it isn't UTF-8.
    """
    try:
        with path.open("rb") as file:
            return decode(file, str(path))
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise _refused(str(path), None, f"can't be read: {reason}") from problem


def decode(stream: BinaryIO, file: str) -> str:
    """Return the text of a stream of bytes, read no further than the longest scenario goes.

    Raises:
        ScenarioError: if it is too large, or it isn't UTF-8.
    """
    raw = stream.read(BYTES_MAX + 1)
    if len(raw) > BYTES_MAX:
        raise _refused(file, None, _TOO_LARGE)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        found = f"byte 0x{raw[problem.start]:02x}"
        raise _refused(file, line, f"isn't UTF-8 ({found}); save the file as UTF-8") from problem


def read(text: str, *, file: str = "scenario") -> Document:
    """Return the data of a YAML text.

    Raises:
        ScenarioError: if it isn't YAML, or YAML that no scenario needs (several documents, bombs).
    """
    document = Document(file)
    if SURROGATE.search(text):
        raise _refused(file, None, "holds half a character (a lone surrogate); save the file as UTF-8")
    if len(text.encode()) > BYTES_MAX:
        raise _refused(file, None, _TOO_LARGE)
    try:
        _survey(text, file)
        root = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, ValueError) as problem:  # ValueError: escapes that the loader without libyaml chokes on
        line, said = complaint(problem, text)
        raise _refused(file, line, said) from None
    if root is None:
        raise _refused(file, 1, f"is empty; a scenario begins with {FIRST}")
    document.lines[()] = root.start_mark.line + 1
    document.data = _Walk(document).value(root, (), 1)
    return document


def _survey(text: str, file: str) -> None:
    """Refuse by events, before anything is built: composing recurses, and would overflow on deep nesting."""
    depth = documents = 0
    event: Any
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1
        if getattr(event, "tag", None) is not None:
            raise _refused(file, line, f"tags such as {shown(event.tag)} aren't used in scenarios: quote the text")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH_MAX:
                raise _refused(file, line, f"is nested more than {DEPTH_MAX} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _refused(file, line, "a second document begins here; a file holds one scenario")


class _Walk:
    """Turns nodes into data, noting lines and mistakes on the way."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._values = 0

    def value(self, node: Any, path: Path, depth: int) -> Any:
        self._values += 1
        if self._values > VALUES_MAX or depth > DEPTH_MAX:
            what = f"{VALUES_MAX:,} values" if depth <= DEPTH_MAX else f"{DEPTH_MAX} levels"
            line = node.start_mark.line + 1
            raise _refused(self._document.file, line, f"grows beyond {what} once its aliases are written out")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        items = []
        for position, item in enumerate(node.value):
            self._document.lines[*path, position] = item.start_mark.line + 1
            items.append(self.value(item, (*path, position), depth + 1))
        return items

    def _mapping(self, node: Any, path: Path, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        document, lines = self._document, self._document.lines
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            wrong = wrong_key(key_node)
            if wrong is not None:
                document.fail(path, wrong, line=line)
                continue
            key = str(key_node.value)
            place = (*path, key)
            if key in values:
                document.fail(place, f"given twice, here and on line {lines[place]}", line=line)
                continue
            lines[place] = line
            values[key] = None
            if misread(key_node):
                document.spoil(place, trap(key_node.value))
            values[key] = self.value(value_node, place, depth + 1)
        return values

    def _scalar(self, node: Any, path: Path) -> Any:
        if SURROGATE.search(node.value):
            self._document.spoil(path, "holds half a character (a lone surrogate)")
            return ""
        if node.style:  # quoted, or a block of text
            return node.value
        if misread(node):
            self._document.spoil(path, trap(node.value))
        return plain(node.value)


def _refused(file: str, line: int | None, message: str) -> ScenarioError:
    return ScenarioError([Mistake(message=message, line=line, file=file)])
