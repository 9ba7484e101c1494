"""`webhook_delay`: a webhook comes late."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

from brownout.core.effects import HoldBack
from brownout.core.fault import OfDeliveries
from brownout.core.spread import Lognormal, Percentiles, Uniform, check_wait
from brownout.core.units import Seconds

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.spread import Spread

_SPREADS: Final = ("uniform", "lognormal", "percentiles")


@dataclass(frozen=True, kw_only=True)  # without slots: its distribution is found once and kept
class WebhookDelay(OfDeliveries):
    """Send it later, in world time: by `delay`, plus up to `jitter` more, plus what one distribution gives.

    The distributions are those of [latency](#latency): `uniform` (least, most), `lognormal` (median, p99) or
    `percentiles`. `most` caps the whole. Since each is late by another time, later events overtake earlier ones. A
    delivery that comes late is signed when it goes out; an old signature is [webhook_signature](#webhook_signature).

    Raises:
        ValueError: if a number is out of range, two distributions are given, or nothing that waits.

    Example:
        # Every payment is told a quarter of an hour late.
        - {name: late-news, kind: webhook_delay, match: {provider: stripe, event: payment_intent.*}, delay: 15m}
        # Half within 2 seconds, one in a hundred after more than 5 minutes.
        - {name: long-tail, kind: webhook_delay, match: {provider: onfido}, lognormal: {median: 2s, p99: 5m}, most: 1h}
    """

    kind: ClassVar[str] = "webhook_delay"

    delay: Seconds = 0.0
    jitter: Seconds = 0.0
    uniform: Uniform | None = None
    lognormal: Lognormal | None = None
    percentiles: Mapping[str, Seconds] | None = None
    most: Seconds | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        given = [name for name in _SPREADS if getattr(self, name) is not None]
        check_wait(given, delay=self.delay, jitter=self.jitter)
        if self.delay == self.jitter == 0 and not given:
            raise ValueError(f"webhook_delay needs delay, jitter or one of {', '.join(_SPREADS)}, such as delay: 5m")
        if self.most is not None and self.most <= 0:
            raise ValueError("most must be above 0")
        try:
            _ = self.spread
        except ValueError as problem:
            raise ValueError(f"percentiles {problem}") from problem

    @cached_property
    def spread(self) -> Spread | None:
        """The distribution, None without one."""
        if self.percentiles is not None:
            return Percentiles(table=self.percentiles)
        return self.uniform or self.lognormal

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[HoldBack]:
        """Return one wait, the same for the same seed, event and endpoint; none where it comes to nothing."""
        seconds = self.delay + (self.jitter * draw("jitter") if self.jitter else 0.0)
        if self.spread is not None:
            seconds += max(0.0, self.spread.at(draw("delay")))
        if self.most is not None:
            seconds = min(seconds, self.most)
        return (HoldBack(seconds),) if seconds > 0 else ()
