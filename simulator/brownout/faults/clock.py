"""`clock`: the provider's clock is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from brownout.core.effects import SkewClock
from brownout.core.units import Seconds

if TYPE_CHECKING:
    from brownout.core.effects import FaultEffect
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Let the provider's clock be `ahead` or `behind` in the calls that it strikes, as on one server of many.

    By such a clock tokens of right ones are expired before their time (ahead) or not valid yet (behind), and tokens
    that it issues are so elsewhere. `Date` and the times in JWTs move along, and assertions that clients sign are
    judged by it: `iat`, `nbf` and `exp`, with a minute's leeway. Limits, objects and money keep to the right time.
    Lengths are world time, on the wire divided by the clock's speed.

    Raises:
        ValueError: unless exactly one of them is given, and is at least 1s.

    Example:
        # One server in five is two minutes ahead: tokens of the others die there two minutes early.
        - {name: one-ahead, kind: clock, match: {operation: "oauth.*"}, ahead: 2m, percentage: 20}
        # To a server that is behind, a token just issued isn't valid yet, nor an assertion just signed.
        - {name: behind, kind: clock, match: {provider: oauth}, behind: 90s, every: 3}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "clock"
    default_target: ClassVar[Target | None] = "edge"

    ahead: Seconds | None = None
    behind: Seconds | None = None

    def __post_init__(self) -> None:
        """Check that the clock is wrong one way."""
        if (self.ahead is None) == (self.behind is None):
            raise ValueError("clock needs either ahead or behind, such as ahead: 2m")
        for key, seconds in (("ahead", self.ahead), ("behind", self.behind)):
            if seconds is not None and seconds < 1:
                raise ValueError(f"{key} must be at least 1s: no date on the wire is finer")

    def targets(self) -> tuple[Target, ...]:
        """Return where it can act: before anybody looks at the clock."""
        return ("edge",)

    def suits(self, operation: Operation) -> bool:
        """Return True: every answer has a date."""
        return True

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[FaultEffect]:
        """Return how far the clock is wrong."""
        return (SkewClock(self.ahead if self.ahead is not None else -(self.behind or 0.0)),)
