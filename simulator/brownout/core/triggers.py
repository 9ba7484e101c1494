"""Recipes that cause a provider's events: the calls that lead to one, as data. `brownout trigger` sends them.

A provider that has some carries them as `triggers`. A text in a step may name what an earlier one answered:
`{customer.id}` is the `id` of what the step `customer` got.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAMED: Final = re.compile(r"\{([a-z_]+(?:\.\w+)+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call. `path` may be a whole address that an earlier step answered: a page, called as by its visitor.

    `name` is what later steps and `--override` call it by. `about` is where its answer has the id of what it is about.
    `refused` is whether the provider is meant to refuse it, `account` the connected account that it acts for, `headers`
    are instead of those of every call, and `form` sends a form where others send JSON.
    """

    name: str
    path: str
    method: Literal["GET", "POST", "PATCH", "DELETE"] = "POST"
    params: Mapping[str, Any] = field(default_factory=dict)
    about: str = "id"
    refused: bool = False
    account: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    form: bool = False

    @property
    def visits(self) -> bool:
        """Whether it is a page's visitor who calls, who has no key."""
        return self.path.startswith("{")


@dataclass(frozen=True, slots=True)
class Advance:
    """World time that has to pass, in the words of the admin API: `5s`, `2d`."""

    length: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """What leads to an event. `account` is the connected account whose event it is, None for the caller's own."""

    steps: Sequence[Step | Advance]
    account: str | None = None


Recipes: TypeAlias = "Mapping[str, Recipe]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggers:
    """A provider's recipes by event, and how its calls are made.

    `first` are the steps before any recipe's own, such as one that gets a token. `headers` go with every call that has
    none of its own, and may name what these answered, `{call.key}`, and `{call.basic}`, which is the key in base64.
    `events` is the path that lists events of the type put in for `{event}`, under `listed`; `unlisted` says why there
    may be none. `account_header` names a connected account, if there are such.
    """

    recipes: Recipes
    headers: Mapping[str, str]
    key: str
    events: str
    listed: str
    unlisted: str = ""
    encoding: Literal["form", "json"]
    account_header: str | None = None
    first: Sequence[Step] = ()


def filled(value: Any, answers: Mapping[str, Any]) -> Any:
    """Return `value` with what earlier steps answered in place of their names.

    Raises:
        LookupError: if no earlier step answered that; it says what.

    >>> filled({"of": ["{customer.id}"], "n": 1}, {"customer": {"id": "cus_1"}})
    {'of': ['cus_1'], 'n': 1}
    """
    if isinstance(value, str):
        return _NAMED.sub(lambda found: str(reached(found[1], answers)), value)
    if isinstance(value, dict):
        return {name: filled(one, answers) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, answers) for one in value]
    return value


def reached(path: str, answers: Any) -> Any:
    """Return what is at `path` in an answer. Raises LookupError if nothing is; it says what.

    >>> reached("data.0.id", {"data": [{"id": "du_1"}]})
    'du_1'
    """
    found: Any = answers
    for name in path.split("."):
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (LookupError, TypeError, ValueError):
            raise LookupError(path) from None
    return found
