"""Dates in another format, or in another zone.

Read are whole and broken unix seconds, unix milliseconds, ISO 8601 with and without a zone (then it is UTC), dates
alone and RFC 2822; what is none of them stays as it is.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ISO: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_MAIL: Final = re.compile(
    rf"(?:(?:{'|'.join(_DAYS)}), )?([0-9]{{1,2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) (GMT|UTC|[+-][0-9]{4})"
)
_OFFSET: Final = re.compile(r"([+-])([0-9]{2}):([0-9]{2})")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_MOST: Final = 250_000_000_000
"""Larger numbers are milliseconds: as seconds they would lie in the year 9892 or after."""


def moment_in(old: Any) -> datetime | None:
    """Return the moment that a value tells, None if it tells none.

    >>> moment_in(1767225600).isoformat(), moment_in("2026-01-01T01:00:00+01:00").isoformat(), moment_in("soon")
    ('2026-01-01T00:00:00+00:00', '2026-01-01T01:00:00+01:00', None)
    """
    try:
        match old:
            case bool():
                return None
            case int() | float():
                seconds = old / 1000 if old > _SECONDS_MOST else old
                return _EPOCH + timedelta(seconds=seconds) if seconds >= 0 else None
            case str() if _ISO.fullmatch(old) is not None:
                told = datetime.fromisoformat(old)
                return told if told.tzinfo is not None else told.replace(tzinfo=UTC)
            case str() if (found := _MAIL.fullmatch(old)) is not None:
                return _mailed(found)
            case _:
                return None
    except (ValueError, OverflowError):  # a month of 13, a year that no calendar has
        return None


def _mailed(found: re.Match[str]) -> datetime:
    day, month, year, hour, minute, second, zone = found.groups()
    where: timezone = UTC
    if zone not in ("GMT", "UTC"):
        where = zone_of(f"{zone[:3]}:{zone[3:]}") or UTC
    return datetime(int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=where)


def zone_of(text: str) -> timezone | None:
    """Return the zone of an offset such as `+02:00`, None if it is none."""
    found = _OFFSET.fullmatch(text)
    if found is None or int(found[2]) > 14 or int(found[3]) > 59:
        return None
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-ahead if found[1] == "-" else ahead)


def _iso(when: datetime) -> str:
    fine = "milliseconds" if when.microsecond else "seconds"
    return when.isoformat(timespec=fine).replace("+00:00", "Z")


def _mail(when: datetime) -> str:
    day, month = _DAYS[when.weekday()], _MONTHS[when.month - 1]
    return f"{day}, {when.day:02d} {month} {when.year:04d} {when:%H:%M:%S} {when:%z}"


def _unix(when: datetime) -> int:
    return (when - _EPOCH) // timedelta(seconds=1)


FORMATS: Final[dict[str, Callable[[datetime], Any]]] = {
    "unix": _unix,
    "unix_ms": lambda when: (when - _EPOCH) // timedelta(milliseconds=1),
    "iso8601": _iso,
    "rfc2822": _mail,
    "date": lambda when: when.date().isoformat(),
    "local": lambda when: _iso(when.replace(tzinfo=UTC)).removesuffix("Z"),
}
"""The ways to write a moment; `local` leaves its zone out, `date` its time."""


def rewritten(old: Any, to: str | None) -> Any:
    """Return a date in the format `to`, or as ISO 8601 with that offset; None: seconds as ISO 8601, else as seconds.

    >>> rewritten(1767225600, None), rewritten("2026-01-01T00:00:00Z", None), rewritten(1767225600, "rfc2822")
    ('2026-01-01T00:00:00Z', 1767225600, 'Thu, 01 Jan 2026 00:00:00 +0000')
    >>> rewritten("2026-01-01T00:00:00Z", "+02:00"), rewritten("2026-01-01T00:00:00+02:00", "local")
    ('2026-01-01T02:00:00+02:00', '2026-01-01T00:00:00')
    """
    when = moment_in(old)
    if when is None:
        return old
    form = to if to is not None else "unix" if isinstance(old, str) else "iso8601"
    try:
        zone = zone_of(form)
        return _iso(when.astimezone(zone)) if zone is not None else FORMATS[form](when)
    except OverflowError:  # at either end of the calendar there is no other zone
        return old
