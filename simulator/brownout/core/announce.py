"""What a provider says in advance of a change: headers on its answers, and a line in its changelog.

`Deprecation` is a structured date, `@1767225600` (RFC 9745 §2), `Sunset` an HTTP-date (RFC 8594 §3): two formats on
one answer, as the standards have it. `Link` leads to the words about it, with `rel="deprecation"` (RFC 9745 §3).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence  # noqa: TC003 - pydantic reads the types
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from brownout.core.dates import http_date
from brownout.core.effects import Reply, Reword
from brownout.core.rules import Count, Rule, When
from brownout.core.units import Seconds, parse_duration

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation

_DAY: Final = 86_400.0
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_LINK: Final = re.compile(r"https?://[!#-;=?-~]+")
_OWN: Final = frozenset({"deprecation", "sunset", "content-length", "transfer-encoding", "connection"})


class Point(NamedTuple):
    """A moment of world time: unix seconds, or seconds `after` the scenario's beginning."""

    seconds: float
    after: bool

    def at(self, began_at: float) -> float:
        """Return it in unix seconds, in a scenario that began then."""
        return began_at + self.seconds if self.after else self.seconds


def parse_point(text: str, key: str) -> Point:
    """Return the moment that `30d` (after the scenario's beginning) or a date in ISO 8601 (UTC) says.

    >>> parse_point("1d", "sunset"), parse_point("2026-01-01", "sunset").seconds
    (Point(seconds=86400.0, after=True), 1767225600.0)

    Raises:
        ValueError: if it is neither.
    """
    try:
        return Point(parse_duration(text), after=True)
    except ValueError:
        pass
    try:
        told = datetime.fromisoformat(text)
        return Point((told if told.tzinfo is not None else told.replace(tzinfo=UTC)).timestamp(), after=False)
    except (ValueError, TypeError):
        message = f"{key} can't be {text!r}: write how long after the beginning, such as 30d, or a date: 2026-06-30"
        raise ValueError(message) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """That something is going to change, and how its clients are told.

    `deprecation` is the moment of the change, `sunset` when what was before is gone: `30d` after the scenario began,
    or a date. Without `deprecation` it is the moment at which the announced fault sets in. Clients are told from `lead`
    before that moment on. `link` leads to the words about it; `headers` are added as they are, such as one that names
    the version.

    Raises:
        ValueError: if a moment, the link or a header isn't one, or `lead` is negative.
    """

    deprecation: str | None = None
    sunset: str | None = None
    lead: Seconds = 30 * _DAY
    link: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what would be sent."""
        for key in ("deprecation", "sunset"):
            if (text := getattr(self, key)) is not None:
                parse_point(text, key)
        if self.lead < 0:
            raise ValueError(f"lead must be at least 0, not {self.lead:g}")
        if self.link is not None and _LINK.fullmatch(self.link) is None:
            raise ValueError(f"link must be a web address, such as https://example.com/changelog, not {self.link!r}")
        for name, text in self.headers.items():
            if not _NAME.fullmatch(name) or name.lower() in _OWN or not text.isprintable() or not text.isascii():
                raise ValueError(f"headers can't hold {name!r}: use plain names and one line of text, no framing")

    def points(self, change_at: float | None = None) -> tuple[Point | None, Point | None]:
        """Return when the change is, `change_at` seconds after the beginning unless it says itself, and the sunset."""
        deprecation = parse_point(self.deprecation, "deprecation") if self.deprecation is not None else None
        if deprecation is None and change_at is not None:
            deprecation = Point(change_at, after=True)
        return deprecation, parse_point(self.sunset, "sunset") if self.sunset is not None else None

    def reword(self, change_at: float | None, began_at: float) -> Reword:
        """Return what puts the announcement on answers, in a scenario that began at `began_at` (world time)."""
        deprecation, sunset = self.points(change_at)
        return _reword(
            None if deprecation is None else deprecation.at(began_at),
            None if sunset is None else sunset.at(began_at),
            self.link,
            tuple(self.headers.items()),
        )


@lru_cache(maxsize=256)
def _reword(
    deprecation: float | None, sunset: float | None, link: str | None, more: tuple[tuple[str, str], ...]
) -> Reword:  # fmt: skip
    told = dict(more)
    if deprecation is not None:
        told["Deprecation"] = f"@{int(deprecation)}"
    if sunset is not None:
        told["Sunset"] = http_date(sunset)
    linked = f'<{link}>; rel="deprecation"; type="text/html"' if link is not None else None

    def change(reply: Reply) -> Reply:
        replaced = {name.lower() for name in told}
        headers = {name: text for name, text in reply.headers.items() if name.lower() not in replaced} | told
        if linked is not None:
            name = next((name for name in headers if name.lower() == "link"), "Link")
            headers[name] = f"{headers[name]}, {linked}" if name in headers else linked
        return Reply(reply.status, headers, reply.body, reply.delivery)

    names = [*told, *(("Link",) if linked is not None else ())]
    return Reword(change=change, said=f"announce a change: {', '.join(names)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Herald:
    """Tells of a fault that has not set in yet: the part of a rule with `announced` that comes before it, and stays."""

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "deprecation"
    default_target: ClassVar[Target | None] = "response"
    timed: ClassVar[bool] = True

    announcement: Announcement
    change_at_seconds: float
    of: Rule

    def targets(self) -> tuple[Target, ...]:
        """Return the response: only answers have headers."""
        return ("response",)

    def suits(self, operation: Operation) -> bool:
        """Return whether what it tells of can happen to this operation."""
        return self.of.fault.suits(operation)

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Reword]:
        """Return the headers."""
        return (self.announcement.reword(self.change_at_seconds, exchange.began_at),)


def herald_name(rule: str) -> str:
    """Return the name of the rule that announces another."""
    return f"{rule}.announced"


def heralds(rule: Rule, begins_at: float, counted_from: float = 0.0) -> tuple[Rule, ...]:
    """Return the rule that announces `rule`, if its fault is announced.

    It strikes whom `rule` will strike, every time, from its lead before the moment of the change on and for good.
    `begins_at` is when the windows of `rule` begin to count, `counted_from` when its own do: both in seconds after the
    scenario's beginning.
    """
    announcement = getattr(rule.fault, "announced", None)
    if not isinstance(announcement, Announcement):
        return ()
    change_at = begins_at + (rule.when.at_seconds if rule.when is not None else 0.0)
    told_from = max(0.0, change_at - announcement.lead - counted_from)
    return (
        replace(
            rule,
            name=herald_name(rule.name),
            fault=Herald(announcement=announcement, change_at_seconds=change_at, of=rule),
            target="response",
            count=Count(),
            phase=None,
            when=When(at_seconds=told_from),
            band=None,
        ),
    )


def changelog(rules: Iterable[tuple[Rule, float]], *, elapsed: float, began_at: float) -> list[dict[str, Any]]:
    """Return what clients have been told of `elapsed` seconds after the scenario's beginning, in its order.

    `rules` come with when their windows begin to count. Each line has what changes for whom, how bad it is (None if
    nobody can say), and the moments as unix seconds.
    """
    told = []
    for rule, begins_at in rules:
        fault = rule.fault
        announcement = getattr(fault, "announcement", None)
        told_at = begins_at + (rule.when.at_seconds if rule.when is not None else 0.0)
        if not isinstance(announcement, Announcement) or elapsed < told_at:
            continue
        subject = fault.of if isinstance(fault, Herald) else rule
        deprecation, sunset = announcement.points(getattr(fault, "change_at_seconds", None))
        told.append(
            {
                "name": subject.name,
                "kind": subject.fault.kind,
                "operations": list(subject.match.operation),
                "change": getattr(subject.fault, "said", None),
                "grade": getattr(subject.fault, "grade", None),
                "announced_at": int(began_at + told_at),
                "deprecation": None if deprecation is None else int(deprecation.at(began_at)),
                "sunset": None if sunset is None else int(sunset.at(began_at)),
                "link": announcement.link,
            }
        )
    return told
