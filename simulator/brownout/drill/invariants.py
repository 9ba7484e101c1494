"""The user's own invariants: functions over ledger and claims, imported from the scenario's folder or the current one.

    def no_gifts(ledger, claims):
        return [f"{claim['key']} was given away" for claim in claims if claim["amount_minor"] == 0]

`ledger` and `claims` are tuples of read-only mappings, with the keys of a drill's `ledger-ARM.jsonl` and
`claims-ARM.jsonl`. What is returned is a list of texts: what is wrong, nothing if all is well.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brownout.core.errors import UsageError, did_you_mean
from brownout.verdict.invariants import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Own:
    """One of the user's functions, `MODULE:FUNCTION`. Whatever it does, it is asked and not trusted."""

    name: str
    function: Callable[..., Any]

    def __call__(self, ledger: Sequence[Mapping[str, Any]], claims: Sequence[Mapping[str, Any]]) -> Outcome:
        """Return what it found, or what it did instead."""
        try:
            found = self.function(ledger, claims)
            if inspect.iscoroutine(found):
                found.close()
                return Outcome(trouble="is async: it must return a list of texts, not a coroutine")
            if found is None or isinstance(found, str | bytes) or not hasattr(found, "__iter__"):
                return Outcome(trouble=f"must return a list of texts, not {_shown(found)}")
            listed = list(found)
        except (Exception, SystemExit) as problem:  # noqa: BLE001 - somebody else's code may raise anything
            return Outcome(trouble=f"raised {_last_line(problem)}")
        odd = next((one for one in listed if not isinstance(one, str)), None)
        if odd is not None:
            return Outcome(trouble=f"must return a list of texts, and there is {_shown(odd)} in it")
        return Outcome(listed)


@dataclass(frozen=True, slots=True)
class Missing:
    """One that couldn't be imported, and why."""

    name: str
    why: str

    def __call__(self, ledger: Sequence[Mapping[str, Any]], claims: Sequence[Mapping[str, Any]]) -> Outcome:
        """Return that nobody asked it."""
        return Outcome(trouble=f"was not evaluated: {self.why}")


def load(names: Sequence[str], folders: Sequence[Path] = ()) -> list[Own]:
    """Return the functions of these names, importable as ever, or from one of `folders`, or the current one.

    Raises:
        UsageError: naming each that can't be had, and why.
    """
    found = load_any(names, folders)
    missing = [f"invariants: {one.name}: {one.why}" for one in found if isinstance(one, Missing)]
    if missing:
        raise UsageError("\n".join(missing))
    return [one for one in found if isinstance(one, Own)]


def load_any(names: Sequence[str], folders: Sequence[Path] = ()) -> list[Own | Missing]:
    """Return the same, with what can't be had among them."""
    for folder in (*folders, Path.cwd()) if names else ():
        if str(folder.resolve()) not in sys.path:
            sys.path.append(str(folder.resolve()))  # last: a stripe.py in there must not shadow the real one
    return [_function(name) for name in names]


def _function(name: str) -> Own | Missing:
    module, _, wanted = name.partition(":")
    try:
        has = import_module(module)
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - as above
        if isinstance(problem, ModuleNotFoundError) and problem.name == module:
            return Missing(name, f"there is no module {module!r} in the scenario's folder, nor in the current one")
        return Missing(name, f"importing {module!r} raised {_last_line(problem)}")
    function = getattr(has, wanted, None)
    if function is None:
        functions = [each for each, value in vars(has).items() if callable(value) and not each.startswith("_")]
        return Missing(name, f"{module} has no such function: {did_you_mean(wanted, functions)}")
    return Own(name, function) if callable(function) else Missing(name, f"{wanted} is {_shown(function)}, no function")


def _last_line(problem: BaseException) -> str:
    """Return a traceback's last line, and the place that it is about."""
    last = traceback.format_exception_only(problem)[-1].strip()
    frames = traceback.extract_tb(problem.__traceback__)
    outside = [one for one in frames if not one.filename.startswith("<") and one.filename != __file__]
    return f"{last} ({Path(outside[-1].filename).name}:{outside[-1].lineno})" if outside else last


def _shown(value: Any) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {value!r:.40}"
