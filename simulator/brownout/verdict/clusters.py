"""What hangs together: operations that share a credential fail together, so they are fewer cases than they seem.

A *cluster* is the credential of an operation's token, else the client that made its calls. An interval over clusters is
drawn from them by scipy's bootstrap, whole clusters at a time, the same for the same seed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from brownout.core.chance import Chance, pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from brownout.verdict.attempts import Attempt
    from brownout.verdict.history import Scope
    from brownout.verdict.operations import Operation

CLUSTERS_LEAST: Final = 5
"""Fewer say nothing of how clusters differ."""
GROUPS_MOST: Final = 500
"""More clusters than that are put together in so many groups, which are as independent, so that drawing stays cheap."""
RESAMPLES: Final = 999


class Clusters:
    """The clusters of a scope, looked up once."""

    def __init__(self, scope: Scope) -> None:
        """Look up whose each operation is."""
        self._scope = scope
        self._of_operation = [self._cluster(one) for one in scope.operations]
        known = {*self._of_operation, *map(self._owner, scope.attempts)}
        self._few = len(known) + scope.unsent < CLUSTERS_LEAST

    def counts(self, metric: str) -> list[tuple[int, int]] | None:
        """Return for each cluster how many of its cases have it, and how many there are; None if they can't tell."""
        found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        cases = None if self._few else self._cases(metric)
        if cases is None:
            return None
        for cluster, has in cases:
            both = found[cluster]
            both[0] += has
            both[1] += 1
        return [(found[name][0], found[name][1]) for name in sorted(found)]

    def _cases(self, metric: str) -> Iterable[tuple[str, bool]] | None:
        scope = self._scope
        if metric in ("wire.errors", "throttled"):
            return ((self._owner(one), _bad(one, metric)) for one in scope.attempts)
        if metric in ("recovery.ratio", "collateral"):
            hit = metric == "recovery.ratio"
            return ((name, one.good is hit) for name, one in self._operations() if one.hit is hit)
        has = _OF_OPERATIONS.get(metric)
        if has is None:
            return None
        sent = [(name, has(one)) for name, one in self._operations()]
        if metric.startswith("operations."):
            return sent
        return [*sent, *((f"unsent {number}", metric == "errors") for number in range(scope.unsent))]

    def _operations(self) -> Iterator[tuple[str, Operation]]:
        return zip(self._of_operation, self._scope.operations, strict=True)

    def _cluster(self, operation: Operation) -> str:
        if not operation.attempts:
            return f"operation {operation.key}"
        whose = self._scope.tokens.whose
        owners = (whose[one.token] for one in operation.attempts if one.token is not None and one.token in whose)
        return next(owners, operation.attempts[0].client)

    def _owner(self, attempt: Attempt) -> str:
        return self._scope.tokens.whose.get(attempt.token or "", attempt.client)


def _bad(attempt: Attempt, metric: str) -> bool:
    return attempt.error is not None if metric == "wire.errors" else attempt.error == "throttle"


_OF_OPERATIONS: Final[Mapping[str, Any]] = {
    "operations.ok": lambda one: one.outcome == "ok",
    "operations.good": lambda one: one.good,
    "operations.failed": lambda one: one.outcome == "fail",
    "goodput.rate": lambda one: one.good,
    "availability.rate": lambda one: one.outcome == "ok",
    "honesty.gap": lambda one: one.outcome == "ok" and not one.good,
    "errors": lambda one: not one.good,
    "auth.failed": lambda one: one.error == "auth",
    "contract.failed": lambda one: one.error == "contract",
}


def bootstrap(
    counts: Sequence[tuple[int, int]], *, seed: int, about: str, confidence: float = 0.95
) -> tuple[float, float] | None:  # fmt: skip
    """Return the interval of a share over clusters, given as (how many have it, how many there are).

    None where clusters have nothing to say: there are fewer than `CLUSTERS_LEAST`, each is one case, or all are alike;
    and where scipy isn't installed. `about` tells one draw from another.
    """
    if len(counts) < CLUSTERS_LEAST or all(of == 1 for _, of in counts):
        return None
    if len({has / of for has, of in counts}) == 1:
        return None
    try:
        import numpy as np  # noqa: PLC0415 - heavy, and only in the drill's extra
        from scipy import stats  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError:
        return None

    chance = Chance(seed, "bootstrap", about)
    groups = _grouped(counts, chance)
    drawn = np.random.default_rng(int.from_bytes(chance.digest(b"")[:8], "big"))
    found = stats.bootstrap(
        (np.array([has for has, _ in groups], float), np.array([of for _, of in groups], float)),
        lambda has, of, axis=-1: has.sum(axis=axis) / of.sum(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        confidence_level=confidence,
        method="percentile",
        random_state=drawn,
    ).confidence_interval
    return max(0.0, round(float(found.low), 6)), min(1.0, round(float(found.high), 6))


def _grouped(counts: Sequence[tuple[int, int]], chance: Chance) -> Sequence[tuple[int, int]]:
    """Return counts put together in groups, drawn by lot: neighbours in a list of names may well be alike."""
    if len(counts) <= GROUPS_MOST:
        return counts
    order = sorted(range(len(counts)), key=lambda number: chance.digest(pack(number)))
    parts = [[counts[number] for number in order[first::GROUPS_MOST]] for first in range(GROUPS_MOST)]
    return [(sum(has for has, _ in part), sum(of for _, of in part)) for part in parts]
