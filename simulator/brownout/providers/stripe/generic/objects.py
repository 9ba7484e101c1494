"""Objects from a schema alone: all that their type requires, and of what a call gives, that which fits.

Nothing here knows what a field means, but for a few names that mean the same everywhere.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.generic.prefixes import CHOSEN, prefix_of
from brownout.providers.stripe.generic.refusals import find
from brownout.providers.stripe.generic.tables import Field, tables
from brownout.providers.stripe.ids import alone
from brownout.providers.stripe.params import merged, metadata

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call
    from brownout.providers.stripe.generic.tables import Fields, Kind

NO_FIT: Final = object()
_DEEPEST: Final = 8
_MONTH: Final = 30 * 86_400
_MOST_DIGITS: Final = 15
_NOW: Final = frozenset({
    "created", "updated", "timestamp", "start", "start_time", "start_date", "period_start", "current_period_start",
    "billing_cycle_anchor", "active_from", "available_on", "arrival_date", "date", "tax_date", "frozen_time",
    "data_available_start", "data_load_time", "expected_arrival_date",
})  # fmt: skip
_LATER: Final = frozenset({
    "expires", "expires_at", "deletes_after", "end", "end_time", "period_end", "current_period_end",
    "data_available_end", "result_available_until",
})  # fmt: skip
_TEXTS: Final = {
    "country": "US", "currency": "usd", "default_currency": "usd", "merchant_currency": "usd",
    "settlement_currency": "usd", "last4": "4242", "status": "pending", "url": "https://stripe.com",
    "redirect_url": "https://stripe.com", "info_url": "https://stripe.com", "pdf": "https://stripe.com",
}  # fmt: skip
_ONES: Final = frozenset({"quantity", "interval_count", "version"})
FRESH: Final = (
    "draft", "unsubmitted", "requires_payment_method", "requires_payout_method", "requires_input",
    "requires_submission", "needs_response", "open", "not_started", "pending", "processing", "active", "enabled",
    "ready", "online", "installed", "issued", "submitted", "awaiting_upload", "succeeded", "verified",
)  # fmt: skip
"""The statuses of something new, the likeliest first."""
SETTLED: Final = (
    "succeeded", "paid", "posted", "active", "complete", "completed", "verified", "confirmed", "accepted", "enabled",
    "open", "issued", "ready", "online", "installed",
)  # fmt: skip
"""The statuses in which things usually are, once there has been some time."""


def build(call: Call, object_type: str, given: Mapping[str, Any], *, usual: tuple[str, ...] = FRESH) -> dict[str, Any]:
    """Return a new object, kept by nobody yet, with what fits of `given` in it.

    `usual` are the statuses that it may begin with. An id that is given is taken; one is drawn otherwise.
    """
    fields = tables().objects[object_type]
    value: dict[str, Any] = {"id": new_id(call, object_type)} if "id" in fields else {}
    value.update(_Maker(call, object_type, usual).filled(fields, value.get("id")))
    put(call, object_type, value, given)
    return value


def new_id(call: Call, object_type: str) -> str:
    """Return a free id of a type."""
    if object_type in CHOSEN:
        return call.draw_text(object_type, 8).upper()
    return alone(call, prefix_of(object_type), call.table(object_type))


def put(call: Call, object_type: str, value: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Put into an object what fits of `given`: parameters that are named as one of its fields."""
    fields = tables().objects[object_type]
    v2 = object_type.startswith("v2.")
    maker = _Maker(call, object_type, FRESH)
    for name, one in given.items():
        field = fields.get(name)
        if field is None or name == "object":
            continue
        if name == "metadata":
            value["metadata"] = _metadata(call, value.get("metadata"), one, v2=v2)
            continue
        fitted = maker.fitted(field, one, value.get(name), name)
        if fitted is not NO_FIT:
            value[name] = fitted


def fit(call: Call, object_type: str, field: Field, name: str, given: Any) -> Any:
    """Return what a field would become by what is given for it, `NO_FIT` if that isn't for such a field."""
    return _Maker(call, object_type, FRESH).fitted(field, given, None, name)


def _metadata(call: Call, now: Any, given: Any, *, v2: bool) -> dict[str, str]:
    if not v2:
        return merged(call, now or {}, metadata(call, "metadata", given))
    changed = given if isinstance(given, dict) else {}
    return {key: one for key, one in {**(now or {}), **changed}.items() if one is not None}


class _Maker:
    """Makes values for fields of one object."""

    def __init__(self, call: Call, object_type: str, usual: tuple[str, ...]) -> None:
        self._call = call
        self._type = object_type
        self._usual = usual
        self._v2 = object_type.startswith("v2.")

    def filled(self, fields: Fields, object_id: str | None = None, depth: int = 0) -> dict[str, Any]:
        """Return all fields, those that may be null as null; mappings and lists that may be missing aren't there."""
        value: dict[str, Any] = {} if object_id is None else {"id": object_id}
        if "object" in fields and depth == 0:
            value["object"] = self._type
        for name, (kind, optional) in sorted(fields.items()):
            if name in value or (optional and name != "metadata" and isinstance(kind, str) and kind[0] in "{*"):
                continue
            null = optional and name != "metadata" and not (name == "status" and str(kind).startswith("="))
            value[name] = None if null else self._first(kind, name, depth, value.get("id"))
        return value

    def _first(self, kind: Kind, name: str, depth: int, object_id: Any) -> Any:
        """Return a plausible first value of a field."""
        if isinstance(kind, list):
            return []
        if isinstance(kind, int):
            return self.filled(tables().shapes[kind], depth=depth + 1)
        match kind[0]:
            case "=":
                return self._word(kind[1:].split("|"), name)
            case "@":
                return self._id(kind[1:].split("|")[0])
            case "&":
                inner = kind[1:].split("|")[0]
                return build(self._call, inner, {}) if depth < _DEEPEST else None
            case "*":
                return {"object": "list", "data": [], "has_more": False, "url": f"/v1/{name}"}
            case "{":
                return {}
            case "b":
                return name in ("active", "open", "valid")
            case "s":
                return self._text(name, object_id)
            case _:
                return self._number(kind, name)

    def _word(self, words: list[str], name: str) -> str:
        if name in ("status", "state"):
            return next((one for one in self._usual if one in words), words[0])
        return words[0]

    def _text(self, name: str, object_id: Any) -> str:
        call = self._call
        if self._v2 and (name in _NOW or name.endswith("_at")):
            seconds = call.now + (_MONTH if name in _LATER else 0)
            return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        if name == "client_secret":
            return f"{object_id or self._type}_secret_{call.draw_text(name, 25)}"
        if name == "account":
            return call.account
        if name in _TEXTS:
            return _TEXTS[name]
        return self._id(name) if name in tables().objects or name == "financial_account" else name

    def _id(self, object_type: str) -> str:
        if object_type == "account":
            return self._call.account
        return f"{prefix_of(object_type)}_{self._call.draw_text(object_type, 24)}"

    def _number(self, kind: str, name: str) -> Any:
        now = self._call.now
        number = 0
        if kind == "i" and name in _LATER:
            number = now + _MONTH
        elif kind == "i" and (name in _NOW or name.endswith("_at")):
            number = now
        elif name in _ONES:
            number = 1
        elif name == "exp_month":
            number = 12
        elif name.endswith("_year"):
            number = 1970 + now // 31_556_952 + 3
        return {"i": number, "I": str(number), "f": float(number), "d": str(number)}[kind]

    # ---------------------------------------------------------------- what is given

    def fitted(self, field: Field, given: Any, now: Any, name: str) -> Any:
        """Return what a field becomes by what is given for it, `NO_FIT` if that isn't for such a field."""
        kind, optional = field
        if given is None or given == "":
            return None if optional else [] if isinstance(kind, list) else NO_FIT
        if isinstance(kind, list):
            return self._list(kind[0], given, name)
        if isinstance(kind, int):
            return self._shape(tables().shapes[kind], given, now, name)
        match kind[0]:
            case "=":
                return given if given in kind[1:].split("|") else NO_FIT
            case "@" | "s":
                lower = name == "currency" and isinstance(given, str)
                return (given.lower() if lower else given) if isinstance(given, str) else NO_FIT
            case "&":
                return self._object(kind[1:].split("|"), given, name)
            case "{":
                return given if isinstance(given, dict) else NO_FIT
            case "b":
                return {"true": True, "false": False, True: True, False: False}.get(_hashable(given), NO_FIT)
            case "*":
                return NO_FIT
            case _:
                return _numeric(kind, given)

    def _list(self, kind: Kind, given: Any, name: str) -> Any:
        if isinstance(given, dict) and all(one.isdecimal() for one in given):
            given = [given[one] for one in sorted(given, key=int)]
        if not isinstance(given, list):
            return NO_FIT
        found = (self.fitted(Field(kind, optional=False), one, None, name) for one in given)
        return [one for one in found if one is not NO_FIT]

    def _shape(self, fields: Fields, given: Any, now: Any, name: str) -> Any:
        if not isinstance(given, dict):
            return NO_FIT
        value = dict(now) if isinstance(now, dict) else self.filled(fields, depth=1)
        for key, one in given.items():
            if key in fields:
                fitted = self.fitted(fields[key], one, value.get(key), f"{name}[{key}]")
                if fitted is not NO_FIT:
                    value[key] = fitted
        return value

    def _object(self, types: list[str], given: Any, name: str) -> Any:
        if isinstance(given, dict):
            return build(self._call, types[0], given)
        return find(self._call, tuple(types), given, param=name) if isinstance(given, str) else NO_FIT


def _hashable(given: Any) -> Any:
    return given if isinstance(given, str | bool) else None


def _numeric(kind: str, given: Any) -> Any:
    """Return a number as the field has it.

    >>> _numeric("i", "12"), _numeric("I", 12), _numeric("d", "0.5"), _numeric("i", "x") is NO_FIT
    (12, '12', '0.5', True)
    """
    if isinstance(given, bool) or not isinstance(given, str | int | float) or len(str(given)) > _MOST_DIGITS:
        return NO_FIT
    try:
        number = int(given) if kind in "iI" else float(given)
    except ValueError:
        return NO_FIT
    return {"i": number, "I": str(number), "f": number, "d": str(given)}[kind]
