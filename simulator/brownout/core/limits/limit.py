"""What a limit is: its numbers, whom it counts, what it says of itself, and how a refusal is spelled."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.match import Match

Algorithm: TypeAlias = Literal[
    "token_bucket", "leaky_bucket", "fixed_window", "sliding_window", "quota", "concurrency", "lock", "shed"
]
Part: TypeAlias = Literal["account", "client", "ip", "key", "object", "operation", "all"]
Partition: TypeAlias = "str | tuple[str, ...]"
"""A `Part`, a place in the request (`body.PATH`, `header.NAME`), or several that count together."""
Announce: TypeAlias = Literal["none", "retry_after", "legacy", "trio", "draft"]
Counted: TypeAlias = Literal["all", "successes", "failures"]
ResetForm: TypeAlias = Literal["seconds", "epoch", "http_date"]
Told: TypeAlias = Literal["too_short", "too_long", "http_date", "missing"]
Slot: TypeAlias = "tuple[str, str | None]"

LOG_MOST: Final = 100_000
"""The largest quota that a sliding window keeps an exact log for."""

WINDOW_LEAST_SECONDS: Final = 0.001

_NUMBERS: Final = (
    "rate_per_second", "burst", "quota", "window_seconds", "window_from", "precision", "zone", "shares",
)  # fmt: skip
_SPELLED: Final = {"rate_per_second": "rate", "window_seconds": "window", "zone": "timezone"}


class Counting(NamedTuple):
    """An algorithm: what it limits, and the fields of `Limit` that it needs and may take."""

    limits: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """How a scenario spells its fields."""
        return tuple(_SPELLED.get(name, name) for name in self.needs + self.takes)


ALGORITHMS: Final[dict[str, Counting]] = {
    "token_bucket": Counting("requests per time, and bursts", ("rate_per_second", "burst")),
    "leaky_bucket": Counting("requests per time, evenly spread", ("rate_per_second",), ("burst",)),
    "fixed_window": Counting("requests a window", ("quota", "window_seconds"), ("window_from",)),
    "sliding_window": Counting("requests in any window that ends now", ("quota", "window_seconds"), ("precision",)),
    "quota": Counting("requests a day", ("quota",), ("window_seconds", "zone")),
    "concurrency": Counting("requests at once", ("quota",)),
    "lock": Counting("requests for one object at once"),
    "shed": Counting("the less important first, when there are many", ("quota", "shares"), ("window_seconds",)),
}
_IN_FLIGHT: Final = ("concurrency", "lock")
_RETRIES: Final = "too_short, too_long, http_date or missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """Once over the limit, refuse everything for `block_seconds` of world time; `extend`: and anew at each retry.

    Raises:
        ValueError: if `block_seconds` isn't above 0.
    """

    block_seconds: float
    extend: bool = False

    def __post_init__(self) -> None:
        """Refuse a block that lasts no time."""
        if self.block_seconds <= 0:
            raise ValueError("block must be above 0: for how long everything is refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """What a limit says of itself that isn't so.

    `remaining`: never fewer than so many, even in the answer before a refusal and in the refusal itself.
    `retry_after`: a tenth of the wait, ten times the wait, as a date (which is no lie, but few clients read it), or
    left out although announced.

    Raises:
        ValueError: if `remaining` is below 1, or nothing is said.
    """

    remaining: int | None = None
    retry_after: Told | None = None

    def __post_init__(self) -> None:
        """Refuse a lie that says nothing."""
        if self.remaining is None and self.retry_after is None:
            raise ValueError("a lie needs remaining (a number from 1) or retry_after")
        if self.remaining is not None and self.remaining < 1:
            raise ValueError("remaining must be at least 1: with 0 it would be true when it refuses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit of a scenario. Times are world time, to the microsecond.

    `token_bucket`: `rate_per_second` refills up to `burst` tokens, a request takes its cost. `leaky_bucket`: each adds
    its cost, `burst` (default 1) is the most, `rate_per_second` leaks. `fixed_window`: `quota` a `window_seconds`, on
    the clock (from multiples of it since 1970, UTC) or from the first request. `sliding_window`: `quota` in any
    `window_seconds` that end now (log), or an estimate from this window and the one before (counter). `quota`: a day of
    `zone`, or `window_seconds` on the clock. `concurrency`: `quota` at once. `lock`: one at once, of those that name an
    object. `shed`: `quota` at once, or in the last `window_seconds`, of which `shares` say in percent how far each kind
    of operation may go (an effect or a glob, the first that fits; 100 for the rest).

    `partition` is what each has a level of its own for. `cost` is a request's by operation (globs, the first that
    fits; else the operation's own), times the items in the list at `cost_items`. `count` says which outcomes count: a
    request under way holds its place, and gives it back in the end if it was of the other kind. A success is an answer
    below 400 without an error inside; no answer is a failure. A limit on failures stands before authorisation, as one
    by IP does, so that refused credentials count.

    `announce` says which headers carry it: Retry-After on refusals, the others on every answer. `reset` is the form of
    X-RateLimit-Reset (default epoch) or RateLimit-Reset (default seconds). A refusal is in the provider's own words and
    status; `status` from 500 is worded as its own failure of that status, another stands over the words of the limit
    (200: an error inside). `code` asks for one of the provider's error codes, `body: html` for a gateway's page.

    One of a `phase` is in force in it alone, and takes the place of the base's limit of the same name.
    `documented` is the set of a provider that it is of, `preset` the library scenario.

    Raises:
        ValueError: if a number that the algorithm needs is missing or not above 0, or belongs to another.
    """

    name: str
    match: Match
    algorithm: Algorithm
    rate_per_second: float | None = None
    burst: float | None = None
    quota: int | None = None
    window_seconds: float | None = None
    window_from: Literal["clock", "first_request"] | None = None
    precision: Literal["log", "counter"] | None = None
    zone: tzinfo | None = None
    shares: Mapping[str, float] = field(default_factory=dict)
    cost: int | Mapping[str, int] | None = None
    cost_items: str | None = None
    partition: Partition | None = None
    count: Counted = "all"
    penalty: Penalty | None = None
    announce: Announce | tuple[Announce, ...] = "none"
    reset: ResetForm | None = None
    lie: Lie | None = None
    status: int | None = None
    code: str | None = None
    body: Literal["provider", "html"] = "provider"
    phase: str | None = None
    documented: str | None = None
    preset: str | None = field(default=None, compare=False)

    @property
    def slot(self) -> Slot:
        """What its levels and counts are kept under: a phase's limit is another than the base's of the same name."""
        return self.name, self.phase

    @property
    def parts(self) -> tuple[str, ...]:
        """What its partitions are made of; by default the object of a lock, all of shedding, else the account."""
        if self.partition is None:
            return ({"lock": "object", "shed": "all"}.get(self.algorithm, "account"),)
        return (self.partition,) if isinstance(self.partition, str) else self.partition

    @property
    def announces(self) -> tuple[str, ...]:
        """Which headers carry it; empty for none."""
        given = (self.announce,) if isinstance(self.announce, str) else self.announce
        return tuple(one for one in given if one != "none")

    @property
    def early(self) -> bool:
        """Whether it stands before authorisation: by address, or counting failures."""
        return "ip" in self.parts or self.count == "failures"

    @property
    def in_flight(self) -> bool:
        """Whether it counts requests under way rather than requests per time."""
        return self.algorithm in _IN_FLIGHT or (self.algorithm == "shed" and self.window_seconds is None)

    @property
    def capacity(self) -> float:
        """How much it admits at most at one moment."""
        if self.algorithm == "lock":
            return 1
        return self.burst or 1.0 if self.rate_per_second is not None else self.quota or 1

    @property
    def day(self) -> tzinfo:
        """Where its days begin."""
        return self.zone or UTC

    def __post_init__(self) -> None:
        """Refuse a limit that could never admit anything, or whose numbers belong to another algorithm."""
        self._check_numbers()
        self._check_counting()
        self._check_words()

    def _check_numbers(self) -> None:
        counting = ALGORITHMS[self.algorithm]
        for name in _NUMBERS:
            value = getattr(self, name)
            if name in counting.needs and name != "shares" and (value is None or value <= 0):
                raise ValueError(f"{self.algorithm} needs {_SPELLED.get(name, name)} above 0")
            if value and name not in counting.needs + counting.takes:
                takes = ", ".join(counting.keys) or "no numbers"
                raise ValueError(f"{_SPELLED.get(name, name)} doesn't belong to {self.algorithm}, which takes {takes}")
        if self.burst is not None and self.burst < 1:
            raise ValueError("burst must be at least 1: a bucket that never holds a whole token admits nothing")
        for word, share in self.shares.items():
            if not 0 <= share <= 100:
                raise ValueError(f"shares must be from 0 to 100 (percent of quota), not {share:g} for {word}")
        if self.algorithm == "shed" and not self.shares:
            raise ValueError("shed needs shares: how far each kind may go, such as {read: 80}")
        if self.window_seconds is not None:
            self._check_window(self.window_seconds, self.quota or 0)

    def _check_window(self, window_seconds: float, quota: int) -> None:
        if window_seconds < WINDOW_LEAST_SECONDS:
            raise ValueError(f"window must be at least {WINDOW_LEAST_SECONDS * 1000:g}ms")
        if self.algorithm == "quota" and self.zone is not None:
            raise ValueError("timezone is for days: leave it out, or window")
        logs = self.algorithm == "shed" or (self.algorithm == "sliding_window" and self.precision != "counter")
        if logs and quota > LOG_MOST:
            other = "; precision: counter counts more" if self.algorithm == "sliding_window" else ""
            raise ValueError(f"quota must be at most {LOG_MOST:,}: each request of the window is remembered{other}")

    def _check_counting(self) -> None:
        parts = self.parts
        if not parts or len(set(parts)) != len(parts):
            raise ValueError("partition must name each part once")
        if "all" in parts and len(parts) > 1:
            raise ValueError("partition all is one for everybody: nothing goes beside it")
        if self.algorithm == "lock" and "object" not in parts:
            raise ValueError("partition of a lock must have object in it: that is what is locked")
        if self.in_flight:
            for name in ("cost", "cost_items"):
                if getattr(self, name) is not None:
                    raise ValueError(f"{name} doesn't belong to {self.algorithm}, which counts requests under way")
            if self.count != "all":
                raise ValueError(f"count doesn't belong to {self.algorithm}: a place is given back in any case")
        costs = self.cost.values() if not isinstance(self.cost, int | None) else (self.cost,)
        if any(one is not None and one < 0 for one in costs):
            raise ValueError("cost must be at least 0")
        if self.cost == 0:
            raise ValueError("cost 0 for every call never limits")

    def _check_words(self) -> None:
        announces = self.announces
        if isinstance(self.announce, tuple) and (len(announces) != len(self.announce) or len(set(announces)) != len(
            announces
        )):  # fmt: skip
            raise ValueError("announce must name each kind once, and none by itself")
        if self.reset is not None and not {"legacy", "trio"} & set(announces):
            raise ValueError("reset is the form of a header that announce: legacy or trio sends")
        if self.lie is not None and self.lie.remaining is not None and not {"legacy", "trio", "draft"} & set(announces):
            raise ValueError("lie about remaining needs announce: legacy, trio or draft, which tell it")
        if self.lie is not None and self.lie.retry_after is not None and "retry_after" not in announces:
            raise ValueError(f"lie about retry_after ({_RETRIES}) needs announce: retry_after")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError("status must be from 200 to 599")
        if self.code is not None and self.body == "html":
            raise ValueError("code doesn't belong to body html: a gateway's page has none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """The limits that a provider itself documents, as a set to switch on: `use: PROVIDER.NAME`.

    `source` is the page that says so, `read` the day on which it did. The limits' names begin with the set's.
    """

    title: str
    source: str
    read: str
    limits: tuple[Limit, ...]
