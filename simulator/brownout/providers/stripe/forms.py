"""Forms with nested names, as both official SDKs, curl and Stripe's docs send them.

`a[b][c]=1` nests, `a[0]=1` and `a[]=1` make arrays. Arrays stay mappings from index to value here, since a form
can't tell `metadata[0]` from `expand[0]`: the parameter tables decide which it is. Brackets may be percent-encoded.
(What stripe-python 16.1 and stripe-node 23.1 send, run 2026-11-22.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_PARAMETERS: Final = 4_096
"""More than any documented request needs (200 line items of some eight fields); refused beyond."""
MOST_LEVELS: Final = 10
"""Twice the deepest documented parameter; refused beyond."""
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


class MalformedError(ValueError):
    """A form that can't be read; the message is for the client."""


def parse(text: str) -> dict[str, Any]:
    """Return the form's values: strings, and mappings where names nest.

    >>> parse("amount=2000&metadata%5Ba%5D=b+c&expand[]=customer")
    {'amount': '2000', 'metadata': {'a': 'b c'}, 'expand': {'0': 'customer'}}

    Raises:
        MalformedError: for broken escapes, text that isn't UTF-8, too many names, too many levels, or a name used
            both as a value and as a group.
    """
    if text.count("&") >= MOST_PARAMETERS:
        raise MalformedError(f"Invalid request: more than {MOST_PARAMETERS} parameters.")
    out: dict[str, Any] = {}
    for pair in text.split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if "%" in name or "+" in name:
            name = _plain(name)
        if "%" in value or "+" in value:
            value = _plain(value)
        if "[" in name:
            _nest(out, name, value)
        elif isinstance(out.get(name), dict):
            raise MalformedError(f"Invalid request: {name} is given both as a value and as a group of parameters.")
        else:
            out[name] = value
    return out


def named(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return values whose names come as they are, as the parts of an upload do; they nest as a form's.

    >>> named([("purpose", "dispute_evidence"), ("file_link_data[create]", "true")])
    {'purpose': 'dispute_evidence', 'file_link_data': {'create': 'true'}}

    Raises:
        MalformedError: as `parse` does.
    """
    out: dict[str, Any] = {}
    for name, value in values:
        if "[" in name:
            _nest(out, name, value)
        elif name in out and type(out[name]) is dict:
            raise MalformedError(f"Invalid request: {name} is given both as a value and as a group of parameters.")
        else:
            out[name] = value
    return out


def _plain(text: str) -> str:
    text = text.replace("+", " ")
    if "%" not in text:
        return text
    if _BROKEN_ESCAPE.search(text) is not None:
        raise MalformedError("Invalid request: invalid %-encoding in a parameter.")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise MalformedError("Invalid request: a parameter is not valid UTF-8.") from None


def _nest(out: dict[str, Any], name: str, value: Any) -> None:
    head, _, rest = name.partition("[")
    if not head or not rest.endswith("]"):
        out[name] = value  # not a nested name; the parameter check will call it unknown
        return
    parts = rest[:-1].split("][", MOST_LEVELS)
    if len(parts) > MOST_LEVELS:
        raise MalformedError(f"Invalid request: parameters nested more than {MOST_LEVELS} levels deep.")
    node = _group(out, head, name)
    for place, part in enumerate(parts[:-1]):
        node = _group(node, part or _index(node, parts[place + 1]), name)
    last = parts[-1] or str(len(node))
    if isinstance(node.get(last), dict):
        raise MalformedError(f"Invalid request: {name} is given both as a value and as a group of parameters.")
    node[last] = value


def _group(node: dict[str, Any], part: str, name: str) -> dict[str, Any]:
    found = node.get(part)
    if found is None:
        found = node[part] = {}
    elif not isinstance(found, dict):
        raise MalformedError(f"Invalid request: {name} is given both as a value and as a group of parameters.")
    return found


def _index(node: dict[str, Any], inner: str) -> str:
    """Return the element that `[]` means: the last one, until it already has `inner`."""
    last = node.get(str(len(node) - 1))
    if isinstance(last, dict) and inner not in last:
        return str(len(node) - 1)
    return str(len(node))
