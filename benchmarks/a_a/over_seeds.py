"""`python benchmarks/a_a --sim`: how often chance alone decides the verdict of a scenario.

Each scenario of the library is simulated under many seeds with the arms that it ships. Its deciding arm plays a client
that copes, so whatever isn't a pass is the verdict's own doing: a false fail, or a doubt that only chance raised. The
control arm has to fail: one that comes through met nothing, and the scenario shows nothing then.
"""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from brownout import assembly, scenario
from brownout.core.errors import UsageError
from brownout.drill.sim.seeds import told
from brownout.verdict.quantiles import interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.drill.sim.seeds import Told

FALSE_FAILS_MOST: Final = 0.01
INCONCLUSIVE_MOST: Final = 0.05
CONTROL_FAILS_LEAST: Final = 0.95
_AT_ONCE: Final = 5


def over_seeds(names: Sequence[str], seeds: int, processes: int | None = None) -> int:
    """Print what each scenario's verdicts come to over `seeds` seeds; return 1 if chance decides too often.

    Raises:
        UsageError: if there is no such scenario, or it has no arms.
    """
    good, asked = True, list(names) or shipped()
    for name in asked:
        if not _plan(name).arms:
            raise UsageError(f"{name} has no arms: nobody plays it, so there is no verdict")
    with ProcessPoolExecutor(processes or os.cpu_count()) as pool:
        for name in asked:
            found = list(pool.map(partial(_one, name), range(1, seeds + 1), chunksize=_AT_ONCE))
            good = _tell(name, found) and good
    return 0 if good else 1


def shipped() -> list[str]:
    """Return the library's scenarios that have arms."""
    return [name for name in scenario.names() if _plan(name).arms]


def _one(name: str, seed: int) -> Told:
    return told(_plan(name), _registries(), seed)


@cache
def _registries() -> Registries:
    return assembly.registries()


@cache
def _plan(name: str) -> Plan:
    return scenario.load_file(scenario.find(name), _registries())


def _tell(name: str, found: Sequence[Told]) -> bool:
    """Print a scenario's figures; return whether they are within bounds."""
    controls = [arm for arm in found[0].arms if _plan(name).arms[arm].control]
    statuses = Counter(one.status for one in found)
    control = {arm: sum(one.arms[arm] == "fail" for one in found) for arm in controls}
    within = {
        "fail": statuses["fail"] / len(found) <= FALSE_FAILS_MOST,
        "inconclusive": statuses["inconclusive"] / len(found) <= INCONCLUSIVE_MOST,
        "control": all(count / len(found) >= CONTROL_FAILS_LEAST for count in control.values()),
    }
    print(f"{name}: {'ok' if all(within.values()) else 'CHANCE DECIDES'}", flush=True)
    for status in ("pass", "fail", "inconclusive"):
        print(f"    {status:<13} {_share(statuses[status], len(found))}")
    for arm, count in control.items():
        print(f"    {f'{arm} fails':<13} {_share(count, len(found))}")
    for reason, seeds in _reasons(found).items():
        print(f"    {len(seeds)} x {reason} (seed {', '.join(map(str, seeds[:5]))})", flush=True)
    return all(within.values())


def _share(count: int, number: int) -> str:
    low, high = interval(count / number, number)
    return f"{count:4} of {number} ({count / number:.1%}; 95%: {low:.1%} to {high:.1%})"


def _reasons(found: Sequence[Told]) -> dict[str, list[int]]:
    """Return why verdicts weren't a pass, and under which seeds; figures that differ by seed are one reason."""
    reasons: dict[str, list[int]] = {}
    for one in found:
        if one.status != "pass":
            words = [word if not any(map(str.isdigit, word)) else "#" for word in one.reasons[0].split()]
            reasons.setdefault(" ".join(words), []).append(one.seed)
    return reasons
