"""One client beside itself: `python benchmarks/a_a [SCENARIO] [--seeds 20] [--client naive]`.

With `--sim`, no drill: every scenario that ships, or those that are named, simulated under many seeds (`over_seeds`).

Two arms with the same client meet the same seed. A verdict that tells them apart would tell apart what isn't
different, so nothing that it says about either may differ: which thresholds hold, which orders were charged twice, how
much money is wrong. Prints a line a seed, and exits with 1 if any verdict claims a difference.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from brownout import assembly, scenario
from brownout.core.errors import UsageError
from brownout.core.plan import Arm
from brownout.drill.conduct import Drill
from brownout.drill.folder import Folder
from brownout.drill.progress import Silent

from over_seeds import over_seeds  # isort: skip - beside this file

ARMS = ("left", "right")


def main() -> int:
    """Run and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="*")
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--client", default="naive")
    parser.add_argument("--sim", action="store_true", help="how often chance alone decides a scenario's verdict")
    parser.add_argument("--processes", type=int, help="for --sim; by default as many as there are cores")
    asked = parser.parse_args()
    if asked.sim:
        try:
            return over_seeds(asked.scenario, asked.seeds or 200, asked.processes)
        except UsageError as wrong:
            parser.error(str(wrong))
    return beside_itself(asked.scenario[0] if asked.scenario else "lost-answer", asked.seeds or 20, asked.client)


def beside_itself(asked: str, seeds: int, client: str) -> int:
    """Drill a client beside itself; return 1 if any verdict claims a difference."""
    registries = assembly.registries()
    plan = scenario.load_file(scenario.find(asked), registries)
    arms = {name: Arm(name=name, client=client) for name in ARMS}
    different = 0
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            drill = Drill(
                plan=replace(plan, seed=seed, arms=arms),
                registries=registries,
                folder=Folder(Path(folder) / "report"),
                watch=Silent(),
            )
            verdict = drill.run(Event())
        left, right = (said(verdict["arms"][name]) for name in ARMS)
        different += left != right
        print(f"seed {seed:3}: {verdict['status']:12} {'the same' if left == right else 'DIFFERENT'}", flush=True)
        for name, value in left.items():
            if value != right[name]:
                print(f"    {name}: {value} / {right[name]}", flush=True)
    print(f"{different} of {seeds} verdicts claim a difference")
    return 1 if different else 0


def said(arm: dict[str, Any]) -> dict[str, Any]:
    """Return what a verdict claims about an arm: whether thresholds hold and whose money went wrong; not its timing."""
    return {
        "thresholds": [check["holds"] for check in (*arm["thresholds"], *arm["steady_state"])],
        "findings": [(one["kind"], one["key"]) for one in arm["findings"]],
        "money.error": arm["metrics"]["money.error"]["value"],
    }


if __name__ == "__main__":
    sys.exit(main())
