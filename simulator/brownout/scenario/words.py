"""Unquoted YAML words: what they mean here, and which of them YAML 1.1 would read as something else."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from brownout.scenario.syntax import SURROGATE
from brownout.scenario.wording import shown

_TAG: Final = "tag:yaml.org,2002:"
_NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_SWITCHES: Final = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_INT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,30})")
_FLOAT: Final = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")


def plain(text: str) -> Any:
    """Return what an unquoted word means in YAML 1.2; dates and everything else are text."""
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and (number := float(text)) not in (float("inf"), float("-inf")):
        return number
    return text


def misread(node: Any) -> bool:
    """Return whether YAML 1.1 reads an unquoted word as something else than it looks like."""
    if node.style or node.tag not in (f"{_TAG}bool", f"{_TAG}int", f"{_TAG}float"):
        return False
    return isinstance(plain(node.value), str)


def trap(word: str) -> str:
    """Return what to say of a word that YAML 1.1 misreads."""
    if word.lower() in _SWITCHES:
        meant = _SWITCHES[word.lower()]
        return f"YAML reads {word} as {meant}: write {meant}, or quote it if the word is meant"
    if ":" in word:
        return f"YAML reads {word} as a number in base 60: quote it, or give a duration its units, such as 1m30s"
    return f"YAML reads {shown(word)} as another number than it looks like: write a plain decimal number, or quote it"


def wrong_key(node: Any) -> str | None:
    """Return why a node can't be a key, None if it can."""
    if not isinstance(node, yaml.ScalarNode):
        return "a key must be a word, not a list or a mapping"
    if node.tag == f"{_TAG}merge":
        return "merge keys (<<) aren't used in scenarios: write the keys out"
    if SURROGATE.search(node.value):
        return "a key holds half a character (a lone surrogate)"
    if not node.style and not isinstance(plain(node.value), str):
        return f"a key must be text, not {node.value[:40] or 'nothing'}; quote it"
    return None
