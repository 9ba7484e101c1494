"""Small tables that say which parameters an operation takes, and the readers that check each value.

A reader turns the form's text into a typed value or refuses in Stripe's words, naming nested parameters in
brackets. An empty string means "unset" and reads as None where a parameter can be unset. (Stripe docs, API
reference: Errors; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

from brownout.providers.stripe.errors import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from brownout.core.errors import Refused
    from brownout.core.operation import Call

Reader: TypeAlias = "Callable[[Call, str, Any], Any]"
"""Takes the call, the parameter's full name and the value as sent; returns what it means."""

_MOST_DIGITS: Final = 15
_METADATA_KEYS: Final = 50
_METADATA_KEY_LENGTH: Final = 40
_METADATA_VALUE_LENGTH: Final = 500
_TEXT_LENGTH: Final = 5_000
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\x00-\x1f\x7f]+")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_SCRIPTS: Final = ("javascript:", "data:", "vbscript:")


class Shape:
    """The parameters of one operation, or of one group within it."""

    __slots__ = ("fields", "required")

    def __init__(self, required: tuple[str, ...] = (), /, **fields: Reader) -> None:
        """Take a reader for each parameter; those in `required` must be given."""
        self.fields = fields
        self.required = required


def check(call: Call, shape: Shape, given: Mapping[str, Any] | None = None, prefix: str = "") -> dict[str, Any]:
    """Return the typed parameters, or refuse the first that is wrong; `given` defaults to the call's own."""
    values = call.params if given is None else given
    fields = shape.fields
    out: dict[str, Any] = {}
    unknown: list[str] | None = None
    for name, value in values.items():
        reader = fields.get(name)
        full = f"{prefix}[{name}]" if prefix else name
        if reader is None:
            unknown = [*(unknown or ()), full]
        else:
            out[name] = reader(call, full, value)
    if unknown:
        noun = "parameter" if len(unknown) == 1 else "parameters"
        raise refusal(
            call, f"Received unknown {noun}: {', '.join(unknown)}", code="parameter_unknown", param=unknown[0]
        )
    for name in shape.required:
        if name not in out:
            raise missing(call, f"{prefix}[{name}]" if prefix else name)
    return out


def missing(call: Call, param: str) -> Refused:
    """Return the refusal of a parameter that had to be given."""
    return refusal(call, f"Missing required param: {param}.", code="parameter_missing", param=param)


def _emptied(call: Call, name: str) -> Refused:
    message = (
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
        f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty value."
    )
    return refusal(call, message, code="parameter_invalid_empty", param=name)


def text(*, unset: bool = True, most: int = _TEXT_LENGTH) -> Reader:
    """Read a string of at most `most` characters."""

    def read(call: Call, name: str, value: Any) -> str | None:
        if value == "":
            if unset:
                return None
            raise _emptied(call, name)
        if not isinstance(value, str):
            raise refusal(call, "Invalid string", param=name)
        if len(value) > most:
            shown = f"{value[:10]}...{value[-10:]}"
            raise refusal(call, f"Invalid string: {shown}; must be at most {most} characters", param=name)
        return value

    return read


def email(*, unset: bool = True, most: int = 512) -> Reader:
    """Read an email address: something on each side of an `@` (Stripe docs, Error codes: `email_invalid`)."""
    reader = text(unset=unset, most=most)

    def read(call: Call, name: str, value: Any) -> str | None:
        found: str | None = reader(call, name, value)
        if found is not None and _EMAIL.fullmatch(found) is None:
            raise refusal(call, f"Invalid email address: {found}", code="email_invalid", param=name)
        return found

    return read


def payer_url(call: Call, name: str, value: Any) -> str:
    """Read an address that a payer is sent to: of any scheme, as apps have theirs, but none that runs as a script."""
    found: str = text(unset=False)(call, name, value)
    if not call.base_url and found.startswith("/"):
        return found  # one of our own pages: without a server they have no host
    if _ADDRESS.fullmatch(found) is None or found.lower().startswith(_SCRIPTS) or not _splits(found):
        raise refusal(call, "Not a valid URL", code="url_invalid", param=name)
    return found


def _splits(address: str) -> bool:
    """Return whether an address has parts, and a port that there can be if any."""
    try:
        port = urlsplit(address).port
    except ValueError:
        return False
    return port != 0


def integer(*, least: int | None = None, unset: bool = False) -> Reader:
    """Read a whole number of at least `least`."""

    def read(call: Call, name: str, value: Any) -> int | None:
        if value == "":
            if unset:
                return None
            raise _emptied(call, name)
        number = _whole(value)
        if number is None:
            shown = value if isinstance(value, str) else ""
            raise refusal(call, f"Invalid integer: {shown}", code="parameter_invalid_integer", param=name)
        if least is not None and number < least:
            message = f"This value must be greater than or equal to {least}."
            raise refusal(call, message, code="parameter_invalid_integer", param=name)
        return number

    return read


def _whole(value: Any) -> int | None:
    if not isinstance(value, str):
        return None
    digits = value.removeprefix("-")
    return int(value) if digits.isdecimal() and digits.isascii() and len(digits) <= _MOST_DIGITS else None


def boolean(call: Call, name: str, value: Any) -> bool:
    """Read `true` or `false`."""
    if value == "true":
        return True
    if value == "false":
        return False
    if value == "":
        raise _emptied(call, name)
    raise refusal(call, f"Invalid boolean: {value}" if isinstance(value, str) else "Invalid boolean", param=name)


def one_of(*values: str, unset: bool = False) -> Reader:
    """Read one of a few words."""
    allowed = frozenset(values)
    listed = " or ".join(values) if len(values) < 3 else f"{', '.join(values[:-1])}, or {values[-1]}"

    def read(call: Call, name: str, value: Any) -> str | None:
        if value == "":
            if unset:
                return None
            raise _emptied(call, name)
        if not isinstance(value, str) or value not in allowed:
            raise refusal(call, f"Invalid {name}: must be one of {listed}", param=name)
        return value

    return read


def array(reader: Reader) -> Reader:
    """Read a list, each element by `reader`; empty if unset."""

    def read(call: Call, name: str, value: Any) -> list[Any]:
        if value == "":
            return []
        if not isinstance(value, dict) or not all(index.isdecimal() and index.isascii() for index in value):
            raise refusal(call, "Invalid array", param=name)
        indices = sorted(value, key=lambda index: (len(index), index))
        return [reader(call, f"{name}[{index}]", value[index]) for index in indices]

    return read


def group(shape: Shape, *, unset: bool = True) -> Reader:
    """Read nested parameters by a table of their own."""

    def read(call: Call, name: str, value: Any) -> dict[str, Any] | None:
        if value == "":
            if unset:
                return None
            raise _emptied(call, name)
        if not isinstance(value, dict):
            raise refusal(call, "Invalid object", param=name)
        return check(call, shape, value, name)

    return read


def shaped(shape: Shape, finish: Callable[[dict[str, Any]], Any], *, unset: bool = True) -> Reader:
    """Read a group, and return it as the object shows it."""
    reader = group(shape, unset=unset)

    def read(call: Call, name: str, value: Any) -> Any:
        found = reader(call, name, value)
        return None if found is None else finish(found)

    return read


def filled(shape: Shape, **usual: Any) -> Reader:
    """Read a group whose missing members have their usual values."""
    return shaped(shape, lambda found: {**usual, **found})


def opaque(call: Call, name: str, value: Any) -> Any:
    """Accept anything: a documented parameter whose inside isn't modelled."""
    return value


def metadata(call: Call, name: str, value: Any) -> dict[str, str] | None:
    """Read metadata: up to 40 characters a key and 500 a value; None empties it."""
    if value == "":
        return None
    if not isinstance(value, dict):
        raise refusal(call, "Invalid object", param=name)
    for key, one in value.items():
        if not isinstance(one, str):
            raise refusal(call, "Invalid string", param=f"{name}[{key}]")
        if len(key) > _METADATA_KEY_LENGTH:
            message = (
                f"Metadata keys can have up to {_METADATA_KEY_LENGTH} characters, but you passed in a key that is "
                f"{len(key)} characters. Invalid key: {key}"
            )
            raise refusal(call, message, param=name)
        if len(one) > _METADATA_VALUE_LENGTH:
            message = (
                f"Metadata values can have up to {_METADATA_VALUE_LENGTH} characters, but you passed in a value that "
                f"is {len(one)} characters. Invalid value: {one}"
            )
            raise refusal(call, message, param=name)
    return value


def merged(call: Call, current: dict[str, str], given: dict[str, str] | None) -> dict[str, str]:
    """Return `current` with `given` merged in: an empty value deletes its key, None deletes them all."""
    if given is None:
        return {}
    result = {**current, **given}
    if "" in given.values():
        result = {key: value for key, value in result.items() if value != ""}
    if len(result) > _METADATA_KEYS:
        message = f"Metadata can have up to {_METADATA_KEYS} keys, but you passed in {len(result)}."
        raise refusal(call, message, param="metadata")
    return result


EXPAND: Final = array(text(unset=False))
_WHERE: Final = Shape(city=text(), country=text(), line1=text(), line2=text(), postal_code=text(), state=text())
ADDRESS: Final = group(_WHERE)
ADDRESS_KEYS: Final = ("city", "country", "line1", "line2", "postal_code", "state")
FULL_ADDRESS: Final = shaped(_WHERE, lambda found: {key: found.get(key) for key in ADDRESS_KEYS})
"""Reads an address as objects show it, with all its keys."""
_RANGE: Final = group(Shape(gt=integer(), gte=integer(), lt=integer(), lte=integer()), unset=False)
_MOMENT: Final = integer()


def moments(call: Call, name: str, value: Any) -> dict[str, int]:
    """Read a filter on a timestamp: exact, or any of gt, gte, lt and lte."""
    if isinstance(value, dict):
        return dict(_RANGE(call, name, value))
    exact = _MOMENT(call, name, value)
    return {"gte": exact, "lte": exact}


def address(given: dict[str, str | None] | None) -> dict[str, str | None] | None:
    """Return an address with all its keys, None if none was given."""
    return None if given is None else {key: given.get(key) for key in ADDRESS_KEYS}
