"""Small tables that say which parameters an operation takes, and the readers that check each value.

A reader returns what a value means or raises `WrongError`. All that is wrong is told at once, under `fields`; what
isn't in the table is ignored. (Onfido API v3.6, official OpenAPI description.)
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from brownout.providers.onfido.errors import invalid
from brownout.providers.onfido.words import COUNTRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from brownout.core.operation import Call

Reader: TypeAlias = "Callable[[Any], Any]"

_TEXT_MOST: Final = 1_000
_LIST_MOST: Final = 100
_UNWRITABLE: Final = frozenset('!#$%*=<>;{}"')
"""What names may not hold."""
_UNWRITABLE_IN_LINES: Final = frozenset("!$%^*=<>")
"""What the lines of an address may not hold."""


class WrongError(Exception):
    """What is wrong with a value: a sentence without its subject, or the messages of a nested object's fields."""

    def __init__(self, problem: str | dict[str, Any]) -> None:
        """Keep the problem."""
        self.problem = problem
        super().__init__(problem)


class Shape:
    """The parameters of one operation, or of one object within it."""

    __slots__ = ("fields", "required")

    def __init__(self, required: tuple[str, ...] = (), /, **fields: Reader) -> None:
        """Take a reader for each parameter; those in `required` must be given and not be empty."""
        self.fields = fields
        self.required = required

    def read(self, values: Mapping[str, Any], *, partly: bool = False) -> dict[str, Any]:
        """Return the typed values of what was given, None for null; `partly` as an update gives them.

        Raises:
            WrongError: with the messages of every field that is wrong.
        """
        out: dict[str, Any] = {}
        wrong: dict[str, Any] = {}
        for name, reader in self.fields.items():
            if name not in values:
                if name in self.required and not partly:
                    wrong[name] = [BLANK]
                continue
            value = values[name]
            if value is None or (value == "" and name in self.required):
                if name in self.required:
                    wrong[name] = [BLANK]
                else:
                    out[name] = None
                continue
            try:
                out[name] = reader(value)
            except WrongError as problem:
                wrong[name] = [problem.problem]
        if wrong:
            raise WrongError(wrong)
        return out


BLANK: Final = "can't be blank"


def check(call: Call, shape: Shape, *, partly: bool = False) -> dict[str, Any]:
    """Return the call's typed parameters, or refuse with everything that is wrong."""
    try:
        return shape.read(call.params, partly=partly)
    except WrongError as wrong:
        raise invalid(wrong.problem if isinstance(wrong.problem, dict) else {}) from None


def text(value: Any) -> str:
    """Read a string."""
    if not isinstance(value, str):
        raise WrongError("must be a string")
    if len(value) > _TEXT_MOST:
        raise WrongError(f"is too long: at most {_TEXT_MOST:,} characters, not {len(value):,}")
    return value


def name(value: Any) -> str:
    """Read a person's name."""
    read = text(value)
    if not read.strip():
        raise WrongError(BLANK)
    if not _UNWRITABLE.isdisjoint(read):
        raise WrongError('must not contain any of ! # $ % * = < > ; { } "')
    return read


def line(value: Any) -> str:
    """Read a line of an address."""
    read = text(value)
    if not _UNWRITABLE_IN_LINES.isdisjoint(read):
        raise WrongError("must not contain any of ! $ % ^ * = < >")
    return read


def one_of(words: Collection[str], what: str) -> Reader:
    """Read one of a few words; `what` says which in the message."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise WrongError(f"must be {what}")
        return value

    return read


def some_of(words: Collection[str], what: str) -> Reader:
    """Read a list of such words."""
    return array(one_of(words, what))


country: Final = one_of(COUNTRIES, "a country as three letters of ISO 3166, such as GBR")


def boolean(value: Any) -> bool:
    """Read true or false, in forms and queries as a word."""
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else ""
    if word not in ("true", "false"):
        raise WrongError("must be true or false")
    return word == "true"


def whole(most: int) -> Reader:
    """Read a whole number from 1 to `most` out of a query."""

    def read(value: Any) -> int:
        digits = value if isinstance(value, str) else ""
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= 9 and 1 <= int(digits) <= most):
            raise WrongError(f"must be a whole number from 1 to {most}")
        return int(digits)

    return read


def day(value: Any) -> str:
    """Read a date as it is written: `1990-01-31`."""
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        try:
            date.fromisoformat(value)
        except ValueError:
            pass
        else:
            return value
    raise WrongError("must be a date that there is, such as 1990-01-31")


def array(reader: Reader) -> Reader:
    """Read a list, each element by `reader`."""

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise WrongError("must be a list")
        if len(value) > _LIST_MOST:
            raise WrongError(f"is too long: at most {_LIST_MOST}, not {len(value)}")
        return [reader(one) for one in value]

    return read


def group(shape: Shape) -> Reader:
    """Read an object by a table of its own."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise WrongError("must be an object")
        return shape.read(value)

    return read


def opaque(value: Any) -> Any:
    """Accept anything: a documented parameter whose inside isn't modelled."""
    return value
