"""`latency`: the answer is late."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

from brownout.core.effects import Delay
from brownout.core.spread import Lognormal, Normal, Pareto, Percentiles, Uniform, check_wait
from brownout.core.units import Seconds

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation
    from brownout.core.spread import Spread

_MOST_SECONDS: Final = 60.0
_SPREADS: Final = ("uniform", "normal", "lognormal", "pareto", "percentiles")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spikes:
    """A share of calls that take `delay` more: `percentage` of them, 0 to 100.

    Raises:
        ValueError: if one is out of range.
    """

    percentage: float
    delay: Seconds

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 < self.percentage <= 100:
            raise ValueError(f"percentage must be above 0 and at most 100, not {self.percentage:g}")
        if self.delay <= 0:
            raise ValueError("delay must be above 0")


@dataclass(frozen=True, kw_only=True)  # without slots: its distribution is found once and kept
class Latency:
    """Hold the exchange back in wall time, never for less than asked.

    The wait is `delay`, plus up to `jitter` more, plus what one distribution gives: `uniform` (least, most), `normal`
    (mean, deviation), `lognormal` (median, p99), `pareto` (least, shape) or `percentiles`, a table as a dashboard shows
    it, with straight lines between. `spikes` makes a share of the calls slower by a delay of their own. `most` caps the
    whole; distributions are capped at a minute unless it says. `rise` lets it grow evenly from nothing, over so much of
    world time since the rule's window opened (its phase, or the scenario, where it has none).

    `target: edge` waits before authentication and limits, `request` before the effect, `response` (the default)
    after it: then the effect stands while the client waits.

    Raises:
        ValueError: if a number is out of range, two distributions are given, or nothing that waits.

    Example:
        # The charge has happened, the client waits 3 seconds for the news.
        - {name: slow-confirm, kind: latency, match: {operation: stripe.payment_intents.create}, delay: 3s}
        # As a dashboard shows it: half of all below 80ms, one in a hundred above a second.
        - {name: as-measured, kind: latency, match: {provider: stripe}, percentiles: {p50: 80ms, p90: 200ms, p99: 1s}}
        # A long tail, cut at 5 seconds.
        - {name: long-tail, kind: latency, match: {operation: onfido.checks.*}, lognormal: {median: 120ms, p99: 2s},
           most: 5s}
        # One call in five takes a second more.
        - {name: hiccups, kind: latency, match: {operation: oauth.token}, spikes: {percentage: 20, delay: 1s}}
        # It gets worse, until after two minutes every call takes half a second more.
        - {name: creeping, kind: latency, match: {operation: stripe.customers.*}, delay: 500ms, rise: 2m}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "latency"
    default_target: ClassVar[Target | None] = "response"

    delay: Seconds = 0.0
    jitter: Seconds = 0.0
    uniform: Uniform | None = None
    normal: Normal | None = None
    lognormal: Lognormal | None = None
    pareto: Pareto | None = None
    percentiles: Mapping[str, Seconds] | None = None
    spikes: Spikes | None = None
    most: Seconds | None = None
    rise: Seconds | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        given = [name for name in _SPREADS if getattr(self, name) is not None]
        check_wait(given, delay=self.delay, jitter=self.jitter)
        if self.delay == self.jitter == 0 and not given and self.spikes is None:
            raise ValueError(f"latency needs delay, jitter, spikes or one of {', '.join(_SPREADS)}, such as delay: 2s")
        for name in ("most", "rise"):
            if (seconds := getattr(self, name)) is not None and seconds <= 0:
                raise ValueError(f"{name} must be above 0")
        try:
            _ = self.spread
        except ValueError as problem:
            raise ValueError(f"percentiles {problem}") from problem

    @cached_property
    def spread(self) -> Spread | None:
        """The distribution, None without one."""
        if self.percentiles is not None:
            return Percentiles(table=self.percentiles)
        return self.uniform or self.normal or self.lognormal or self.pareto

    @property
    def timed(self) -> bool:
        """Whether it asks how long its window has been open."""
        return self.rise is not None

    def targets(self) -> tuple[Target, ...]:
        """Return all of them."""
        return ("response", "edge", "request")

    def suits(self, operation: Operation) -> bool:
        """Return True: every exchange can end late."""
        return True

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Delay]:
        """Return one `Delay`, the same for the same seed and identity; none where it comes to nothing."""
        seconds = self.delay
        if self.jitter:
            seconds += self.jitter * draw("jitter")
        most = self.most
        if self.spread is not None:
            seconds += max(0.0, self.spread.at(draw("delay")))
            most = _MOST_SECONDS if most is None else most
        if self.spikes is not None and draw("spike") * 100 < self.spikes.percentage:
            seconds += self.spikes.delay
        if self.rise is not None and exchange.lasted < self.rise:
            seconds *= exchange.lasted / self.rise
        if most is not None:
            seconds = min(seconds, most)
        return (Delay(seconds),) if seconds > 0 else ()
