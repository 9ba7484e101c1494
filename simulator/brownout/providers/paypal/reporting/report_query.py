"""What a search of transactions asks for: its window, its filters and its page.

(PayPal REST API specifications, Transaction Search v1, version 1.9: ranges and patterns; "Date range is greater than 31
days" as the live API words it, 2020 to 2026; read 2026-11-23. The other issues' words are ours.)
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from brownout.providers.paypal.errors import NAMES
from brownout.providers.paypal.errors_v1 import detail, refused

if TYPE_CHECKING:
    from brownout.core.errors import Refused
    from brownout.core.operation import Call
    from brownout.providers.paypal.payments.movements import Movement

_DATE: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)", re.ASCII
)  # the live API takes an offset without a colon too
_RANGE: Final = re.compile(r"\[?\s*(\d{1,15})\s+TO\s+(\d{1,15})\s*\]?", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_MOST_WINDOW_SECONDS: Final = 31 * 86_400
_OLDEST_SECONDS: Final = 3 * 365 * 86_400
_MOST_PAGE_SIZE: Final = 500
_MOST_PAGE: Final = 2_147_483_647
_STATES: Final = ("D", "P", "S", "V")
_ID_LETTERS: Final = range(17, 20)
_FILTERS: Final = (
    "transaction_id", "transaction_type", "transaction_status", "transaction_amount", "transaction_currency",
    "payment_instrument_type", "store_id", "terminal_id",
)  # fmt: skip


class Query(NamedTuple):
    """One search. `start` and `end` are world time, both within the window; amounts are minor units, None for any."""

    start: float
    end: float
    page: int
    page_size: int
    fields: frozenset[str]
    moving_only: bool
    amounts: range | None
    filters: dict[str, str]

    @classmethod
    def read(cls, call: Call) -> Self:
        """Return what a request asks for.

        Raises:
            Refused: if it asks for what can't be.
        """
        start, end = _window(call)
        params = call.params
        state = params.get("transaction_status")
        if state is not None and state not in _STATES:
            raise _wrong(call, "transaction_status", "Must be D, P, S or V")
        wanted_id = params.get("transaction_id")
        if wanted_id is not None and len(wanted_id) not in _ID_LETTERS:
            raise _wrong(call, "transaction_id", "Must have 17 to 19 characters")
        moving = params.get("balance_affecting_records_only", "Y")
        if moving not in ("Y", "N"):
            raise _wrong(call, "balance_affecting_records_only", "Must be Y or N")
        return cls(
            start=start,
            end=end,
            page=_number(call, "page", 1, _MOST_PAGE),
            page_size=_number(call, "page_size", 100, _MOST_PAGE_SIZE),
            fields=frozenset(params.get("fields", "transaction_info").replace(" ", "").split(",")),
            moving_only=moving == "Y",
            amounts=_amounts(call),
            filters={name: params[name] for name in _FILTERS if params.get(name)},
        )

    @property
    def filtered(self) -> bool:
        """Whether rows are left out: then balances aren't shown."""
        return bool(self.filters)

    def wants(self, one: Movement) -> bool:
        """Return whether a movement is one of those asked for."""
        if one.at < self.start or one.at > self.end or (self.moving_only and one.balance_minor is None):
            return False
        is_so = {
            "transaction_id": one.id,
            "transaction_type": one.code,
            "transaction_status": state_of(one),
            "transaction_currency": one.currency,
            "payment_instrument_type": "CREDITCARD" if one.object.get("processor") else None,
        }
        if any(is_so.get(name) != value for name, value in self.filters.items() if name != "transaction_amount"):
            return False
        return self.amounts is None or one.amount_minor in self.amounts


def state_of(one: Movement) -> str:
    """Return the status code of a movement: pending while money is held, reversed once all of it was given back."""
    if one.type == "authorization" or one.code == "T1503":
        return "P"
    return "V" if one.object.get("status") in ("REFUNDED", "REVERSED") and one.type != "refund" else "S"


def moment_of(call: Call, name: str) -> float | None:
    """Return the world time that a parameter names, None if it isn't given.

    Raises:
        Refused: if it is no date and time with seconds and an offset.
    """
    text = call.params.get(name)
    if text is None:
        return None
    found = read_moment(text)
    if found is None:
        raise _wrong(call, name, "Invalid date passed")
    return found


def read_moment(text: str) -> float | None:
    """Return the world time that a text names with seconds and an offset, None if it is none.

    >>> read_moment("2020-01-01T00:00:00Z"), read_moment("2019-12-31T17:00:00-0700"), read_moment("2020-01-01")
    (1577836800.0, 1577836800.0, None)
    """
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _window(call: Call) -> tuple[float, float]:
    start, end = moment_of(call, "start_date"), moment_of(call, "end_date")
    if start is None or end is None:
        raise _wrong(call, "start_date" if start is None else "end_date", "Required parameter is missing")
    if end < start:
        raise _wrong(call, "end_date", "End date is before the start date")
    if end - start > _MOST_WINDOW_SECONDS:
        raise _wrong(call, "end_date", "Date range is greater than 31 days")
    if start < call.now - _OLDEST_SECONDS:
        raise _wrong(call, "start_date", "Start date is more than 3 years ago")
    return start, end


def _number(call: Call, name: str, default: int, most: int) -> int:
    text = call.params.get(name)
    if text is None:
        return default
    if _NUMBER.fullmatch(text) is None or not 1 <= int(text) <= most:
        raise _wrong(call, name, f"Must be a number from 1 to {most}")
    return int(text)


def _amounts(call: Call) -> range | None:
    text = call.params.get("transaction_amount")
    if not text:
        return None
    found = _RANGE.fullmatch(text)
    if found is None:
        raise _wrong(call, "transaction_amount", "Must be a range such as [500 TO 1005]")
    return range(int(found[1]), int(found[2]) + 1)


def _wrong(call: Call, name: str, issue: str) -> Refused:
    details = (detail(name, issue, call.params.get(name), location="query"),)
    return refused(call, 400, *NAMES[400], details=details)
