"""Rate and concurrency limits. Reserved on the way in, settled when the exchange is finished.

A request takes from all the limits that match it or from none: what it would be refused by one leaves the others
untouched. Limits by address come before authorisation and are a step of their own: what they took isn't given back.
Levels run on world time. Outcomes depend on time and global order, so they are class D2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from brownout.core.chance import pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.core.exchange import Exchange
    from brownout.core.match import Match

Algorithm: TypeAlias = Literal["token_bucket", "concurrency"]
Partition: TypeAlias = Literal["account", "client", "ip", "key", "object"]
Announce: TypeAlias = Literal["none", "retry_after"]
Slot: TypeAlias = tuple[str, str | None]

PARTITIONS_KEPT: Final = 10_000
"""Beyond this many partitions a limit forgets those that are full again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit of a scenario.

    `token_bucket`: `rate_per_second` refills up to `burst` tokens, a request takes its operation's cost.
    `concurrency`: at most `quota` requests of a partition at once. `announce` says whether a refusal carries
    `Retry-After`; `none` is the undocumented limit. One of a `phase` is in force in it alone, and takes the place of
    the base's limit of the same name.

    Raises:
        ValueError: if a number that the algorithm needs is missing or not above 0.
    """

    name: str
    match: Match
    algorithm: Algorithm
    rate_per_second: float | None = None
    burst: float | None = None
    quota: int | None = None
    partition: Partition = "account"
    announce: Announce = "none"
    phase: str | None = None

    @property
    def slot(self) -> Slot:
        """What its levels and counts are kept under: a phase's limit is another than the base's of the same name."""
        return self.name, self.phase

    def __post_init__(self) -> None:
        """Refuse a limit that could never admit anything, or whose numbers belong to another algorithm."""
        needed = ("rate_per_second", "burst") if self.algorithm == "token_bucket" else ("quota",)
        for field in ("rate_per_second", "burst", "quota"):
            value = getattr(self, field)
            spelled = "rate" if field == "rate_per_second" else field
            if field in needed and (value is None or value <= 0):
                message = f"{self.algorithm} needs {spelled} above 0"
                raise ValueError(message)
            if field == "burst" and value is not None and value < 1:
                message = "burst must be at least 1: a bucket that never holds a whole token admits nothing"
                raise ValueError(message)
            if field not in needed and value is not None:
                message = f"{spelled} doesn't belong to {self.algorithm}"
                raise ValueError(message)


class Held:
    """A concurrency slot in use; given back by `settle`."""

    __slots__ = ("level",)

    def __init__(self, level: Level) -> None:
        """Remember whose slot it is."""
        self.level = level


class Level:
    """How full one partition of one limit is: tokens left (bucket) or requests under way (concurrency)."""

    __slots__ = ("amount", "updated_at")

    def __init__(self, amount: float, updated_at: float) -> None:
        """Begin with `amount` at world time `updated_at`."""
        self.amount = amount
        self.updated_at = updated_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Which limit said no, how full it was, and how many world seconds until it would say yes (None: unknown)."""

    limit: Limit
    level: float
    retry_after_seconds: float | None


class Limits:
    """The levels of all limits of a sandbox.

    >>> from brownout.core.match import Match
    >>> one = Limit(name="one", match=Match(), algorithm="token_bucket", rate_per_second=1.0, burst=1.0)
    >>> limits = Limits()
    >>> limits.take([(one, "acct")], cost=1, now=0.0)
    []
    >>> limits.take([(one, "acct")], cost=1, now=0.5).retry_after_seconds
    0.5
    """

    __slots__ = ("_levels", "refused", "taken")

    def __init__(self) -> None:
        """Start with every bucket full and nothing under way."""
        self._levels: dict[Slot, dict[str, Level]] = {}
        self.refused: dict[Slot, int] = {}
        self.taken: dict[Slot, int] = {}

    def admit(self, limits: Iterable[Limit], exchange: Exchange, now: float) -> list[Held] | Refusal:
        """Take from every limit of `limits` that matches `exchange`, or say which one refuses."""
        wanted = [(limit, partition_of(limit, exchange)) for limit in limits if limit.match.dynamic(exchange)]
        if not wanted:
            return []
        exchange.stateful = True
        return self.take(wanted, cost=exchange.operation.cost, now=now)

    def take(self, wanted: list[tuple[Limit, str]], *, cost: float, now: float) -> list[Held] | Refusal:
        """Take `cost` from each (limit, partition) at world time `now`: from all, or from none."""
        levels = []
        for limit, partition in wanted:
            level = self._level(limit, partition, now)
            refusal = _refusal(limit, level, cost)
            if refusal is not None:
                self.refused[limit.slot] = self.refused.get(limit.slot, 0) + 1
                return refusal
            levels.append(level)
        held = []
        for (limit, _), level in zip(wanted, levels, strict=True):
            self.taken[limit.slot] = self.taken.get(limit.slot, 0) + 1
            if limit.algorithm == "concurrency":
                level.amount += 1
                held.append(Held(level))
            else:
                level.amount -= cost
        return held

    def settle(self, held: Iterable[Held]) -> None:
        """Give the slots back."""
        for slot in held:
            slot.level.amount -= 1

    def describe(self, limits: Iterable[Limit], now: float) -> list[dict[str, Any]]:
        """Return each limit with its partitions' levels, for the admin API."""
        return [
            {
                "name": limit.name,
                "phase": limit.phase,
                "algorithm": limit.algorithm,
                "partition": limit.partition,
                "announce": limit.announce,
                "admitted": self.taken.get(limit.slot, 0),
                "refused": self.refused.get(limit.slot, 0),
                "levels": {
                    name: round(self._level(limit, name, now).amount, 6)
                    for name in sorted(self._levels.get(limit.slot, ()))
                },
            }
            for limit in limits
        ]

    def _level(self, limit: Limit, partition: str, now: float) -> Level:
        levels = self._levels.setdefault(limit.slot, {})
        level = levels.get(partition)
        full = limit.burst if limit.burst is not None else 0.0
        if level is None:
            if len(levels) >= PARTITIONS_KEPT:
                _forget_full(levels, limit, now)
            level = levels[partition] = Level(full, now)
        elif limit.rate_per_second is not None and now > level.updated_at:
            level.amount = min(full, level.amount + (now - level.updated_at) * limit.rate_per_second)
            level.updated_at = now
        return level


def partition_of(limit: Limit, exchange: Exchange) -> str:
    """Return the name of the partition that `exchange` counts in."""
    match limit.partition:
        case "account":
            return exchange.account
        case "client":
            return exchange.identity.client
        case "ip":
            return exchange.request.peer
        case "key":
            return pseudonym(exchange.credential.secret) if exchange.credential else "none"
        case "object":
            id_param = exchange.operation.id_param
            return exchange.path_params.get(id_param, "none") if id_param else "none"


def _refusal(limit: Limit, level: Level, cost: float) -> Refusal | None:
    if limit.quota is not None:
        if level.amount < limit.quota:
            return None
        return Refusal(limit=limit, level=level.amount, retry_after_seconds=None)
    # A refill such as 0.1 * 10 may stop a hair below 1: what rounding lost is not the client's to pay.
    if level.amount + 1e-9 >= cost:
        return None
    wait = (cost - level.amount) / (limit.rate_per_second or 1.0)
    return Refusal(limit=limit, level=level.amount, retry_after_seconds=wait)


def _forget_full(levels: dict[str, Level], limit: Limit, now: float) -> None:
    rate, burst = limit.rate_per_second, limit.burst
    for name, level in list(levels.items()):
        idle = level.amount <= 0 if rate is None or burst is None else (
            level.amount + (now - level.updated_at) * rate >= burst
        )  # fmt: skip
        if idle:
            del levels[name]
