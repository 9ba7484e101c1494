"""What a list of a hundred costs out of 1,000 objects and out of 100,000.

    python benchmarks/lists                     every list that Stripe's provider models, in process (two minutes)
    python benchmarks/lists charge event        those two
    python benchmarks/lists --wire              customers through a server, made by POSTs (two minutes)

Each way of asking is asked once before it is measured: the first builds an index of what it asks for, which is shown
beside it. Times are the shortest of fifteen, in microseconds: a busy machine only adds. A ratio above 3 is wrong, and
the exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from filled import Filled, listable, ways

if TYPE_CHECKING:
    from collections.abc import Callable

sys.path.insert(0, str(Path(__file__).parents[1] / "throughput"))

SMALL, LARGE, BOUND = 1_000, 100_000, 3.0
EVENTS_MOST = 10_000  # an account keeps no more


def timed(ask: Callable[[], object], times: int) -> tuple[float, float]:
    """Return how long the first asking takes, and the shortest of the others, in microseconds."""
    lengths = []
    for _ in range(times + 1):
        began = time.perf_counter()
        ask()
        lengths.append((time.perf_counter() - began) * 1e6)
    return lengths[0], min(lengths[1:])


def in_process(object_type: str, times: int) -> float:
    """Print a row for each way to ask for objects of a type; return the greatest ratio."""
    worst = 0.0
    large = EVENTS_MOST if object_type == "event" else LARGE
    worlds: dict[str, tuple[Filled, Filled]] = {}
    for name, path, query, has in ways(object_type):
        kind = json.dumps(has)
        if kind not in worlds:
            worlds = {kind: (Filled(object_type, SMALL, has), Filled(object_type, large, has))}
        (_, small), (first, great) = (timed(partial(world.ask, path, query), times) for world in worlds[kind])
        worst = max(worst, great / small)
        print(f"{object_type:30}{name:24}{small:9.0f}{great:10.0f}{great / small:8.2f}{first / 1000:12.1f}", flush=True)
    return worst


def over_the_wire(times: int) -> float:
    """Print the same for customers that a server has been given by POSTs; return the greatest ratio."""
    import load  # noqa: PLC0415 - of the benchmark beside
    from measuring import FORM, KEY, server, simulator  # noqa: PLC0415

    figures: dict[str, list[float]] = {}
    for size in (SMALL, LARGE):
        with server(simulator()) as (port, _):

            def make(number: int, size: int = size) -> bytes:
                who = "rare" if number % (size // 50) == 0 else f"n{number}"
                body = f"email={who}@example.com&name=Ada".encode()
                return load.request("POST", "/stripe/v1/customers", body, Authorization=KEY, Content_Type=FORM)

            def ask(query: str, port: int = port) -> dict[str, object]:
                sent = load.request("GET", f"/stripe/v1/customers{query}", Authorization=KEY)
                return dict(json.loads(asyncio.run(load.run(port, lambda _: sent, requests=1, connections=1)).last))

            asyncio.run(load.run(port, make, requests=size))
            last = ask("?limit=100")["data"][-1]["id"]
            for name, query in {
                "newest": "?limit=100",
                "email": "?limit=100&email=rare@example.com",
                "cursor": f"?limit=100&starting_after={last}",
                "created": "?limit=100&created[lte]=4000000000",
                "search": "/search?limit=100&query=email:%22rare@example.com%22",
            }.items():
                figures.setdefault(name, []).append(timed(lambda query=query: ask(query), times)[1])
    for name, (small, great) in figures.items():
        print(f"{'customer, over the wire':30}{name:24}{small:9.0f}{great:10.0f}{great / small:8.2f}")
    return max(great / small for small, great in figures.values())


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("types", nargs="*", metavar="TYPE", help="types of object, by default all")
    parser.add_argument("--wire", action="store_true", help="through a server instead")
    parser.add_argument("--times", type=int, default=15, help="how often each is asked, by default 15")
    chosen = parser.parse_args()
    unknown = [one for one in chosen.types if one not in listable()]
    if unknown or chosen.times < 1:
        problem = f"no list of {', '.join(unknown)}; there are {', '.join(sorted(listable()))}"
        parser.error(problem if unknown else "--times must be at least 1")
    print(f"{'list of 100':30}{'asked by':24}{SMALL:>9,}{LARGE:>10,}{'ratio':>8}{'first, ms':>12}")
    if chosen.wire:
        worst = over_the_wire(chosen.times)
    else:
        worst = max(in_process(one, chosen.times) for one in chosen.types or listable())
    print(f"\nthe greatest ratio is {worst:.2f}; the bound is {BOUND:g}")
    return int(worst > BOUND)


if __name__ == "__main__":
    sys.exit(main())
