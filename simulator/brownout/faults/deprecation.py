"""`deprecation`: answers announce that something is going to change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from brownout.core.announce import Announcement
from brownout.core.effects import Reword

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation


@dataclass(frozen=True, kw_only=True)  # without slots: its announcement is made once and kept
class Deprecation:
    """Put on answers that what they are part of is going to change or to go, and change nothing else.

    `deprecation` is the moment from which it isn't to be used any more, `sunset` the one from which it is gone: `30d`
    after the scenario began, or a date (`2026-06-30`). They are sent as `Deprecation: @1782777600` (RFC 9745) and
    `Sunset: Tue, 30 Jun 2026 00:00:00 GMT` (RFC 8594). `link` is sent as `Link: <…>; rel="deprecation"`, beside a
    `Link` that is there; `headers` are added as they are. `said` is what changes, in words, for
    `GET /_brownout/changelog`.

    A `drift` with `announced` announces itself.

    Raises:
        ValueError: if it says nothing, or something that can't be sent.

    Example:
        # The answers say that charges go in 90 days; nothing goes yet.
        - {name: charges-go, kind: deprecation, match: {operation: stripe.charges.*}, deprecation: 30d, sunset: 90d,
           link: "https://example.com/changelog"}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "deprecation"
    default_target: ClassVar[Target | None] = "response"
    timed: ClassVar[bool] = True

    deprecation: str | None = None
    sunset: str | None = None
    link: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    said: str | None = None

    def __post_init__(self) -> None:
        """Check that there is something to say."""
        _ = self.announcement
        if not (self.deprecation or self.sunset or self.link or self.headers):
            raise ValueError("deprecation needs something to announce: deprecation, sunset, link or headers")

    @cached_property
    def announcement(self) -> Announcement:
        """What clients are told."""
        return Announcement(
            deprecation=self.deprecation, sunset=self.sunset, lead=0.0, link=self.link, headers=self.headers
        )

    def targets(self) -> tuple[Target, ...]:
        """Return the response: only answers have headers."""
        return ("response",)

    def suits(self, operation: Operation) -> bool:
        """Return True: every answer can tell."""
        return True

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Reword]:
        """Return the headers."""
        return (self.announcement.reword(None, exchange.began_at),)
