"""What sends the load of each arm: a client under Locust, the user's own locustfile, or a program of theirs."""

from __future__ import annotations

import errno
import json
import shutil
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from brownout.core.errors import UsageError
from brownout.drill import journeys
from brownout.drill.generator import Driver
from brownout.drill.spread import Spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.core.plan import Arm, Load, Plan
    from brownout.drill.ground import Ground

FEEDER: Final = (sys.executable, "-P", "-m", "brownout.drill.feeder")
"""Gives orders to the user's own program."""


class Drivers:
    """Makes the driver of each arm. `arrivals` is the file with the planned orders, `command` starts Locust."""

    def __init__(
        self,
        plan: Plan,
        load: Load,
        arrivals: Path,
        command: Sequence[str],
        *,
        spread: Spread | None = None,
        providers: Iterable[str] = (),
    ) -> None:
        self._plan = plan
        self._load = load
        self._arrivals = arrivals
        self._command = command
        self._spread = spread or Spread()
        self._providers = tuple(providers)

    def of(self, arm: str, ground: Ground) -> Driver:
        """Return what plays an arm on its ground."""
        told = {"BROWNOUT_URL": ground.url, "BROWNOUT_SANDBOX": ground.name}
        return self._made(self._plan.arms[arm], told, self._load.users)

    def rehearsal(self, arm: str) -> Driver:
        """Return what only loads an arm's client, and sends nothing."""
        return self._made(self._plan.arms[arm], {}, 0)

    def _made(self, arm: Arm, told: Mapping[str, str], users: int) -> Driver:
        match arm.kind:
            case "client":
                file = str(journeys.find(self._load.journey))
                about = {"BROWNOUT_CLIENT": arm.client, "BROWNOUT_CLIENT_PATH": str(Path.cwd())}
                return self._locust(arm, (file, str(users)), {**about, **told}, users)
            case "locustfile":
                how_long = ("--seconds", str(self._load.duration_seconds))
                about = {**told, **self._bases(told)}
                return self._locust(arm, (str(arm.locustfile), str(users), *how_long), about, users)
            case "command":
                how = ("--folder", arm.folder, "--users", str(users))
                about = {**self._common(arm), **told, **self._bases(told), **self._admin()}
                return Driver(FEEDER, (*how, "--", *arm.command), about)

    def _locust(self, arm: Arm, arguments: tuple[str, ...], told: Mapping[str, str], users: int) -> Driver:
        spread = self._spread if users else Spread()
        more = {}
        if spread.workers:
            more = {"BROWNOUT_LOAD": json.dumps(asdict(self._load)), **self._admin()}
        patience = spread.patience_seconds(self._load) if users else 0.0
        about = {**self._common(arm), **told, **more}
        return Driver(self._command, (*arguments, *spread.arguments), about, patience)

    def _common(self, arm: Arm) -> dict[str, str]:
        return {"BROWNOUT_SEED": str(self._plan.seed), "BROWNOUT_ARM": arm.name, **self._orders()}

    def _admin(self) -> dict[str, str]:
        """Return what a server that others can reach asks for before it takes claims."""
        return {"BROWNOUT_ADMIN_TOKEN": self._spread.admin_token} if self._spread.workers else {}

    def _bases(self, told: Mapping[str, str]) -> dict[str, str]:
        """Return where each provider is, for those who don't know how a URL is put together."""
        if "BROWNOUT_URL" not in told:
            return {}
        url = told["BROWNOUT_URL"]
        return {f"BROWNOUT_{one.upper().replace('-', '_')}_URL": f"{url}/{one}" for one in self._providers}

    def _orders(self) -> dict[str, str]:
        """Return where the orders come from."""
        if self._load.open:
            return {"BROWNOUT_ARRIVALS": str(self._arrivals)}
        return {
            "BROWNOUT_EXECUTOR": self._load.executor,
            "BROWNOUT_DURATION": str(self._load.duration_seconds),
            "BROWNOUT_THINK": str(self._load.think_seconds),
        }


def load_of(arm: Arm, load: Load) -> Load:
    """Return the load as an arm has it: of a locustfile of the user's own nobody planned what its users send."""
    if arm.kind != "locustfile" or not load.open:
        return load
    return replace(
        load,
        executor="users",
        rate_per_second=None,
        start_rate_per_second=0.0,
        stages=(),
        repeat_seconds=None,
        size=None,
        for_seconds=None,
    )


def check(arm: Arm) -> None:
    """Return if what an arm names is there.

    Raises:
        UsageError: if its locustfile or its program isn't; says where it was looked for.
    """
    where = f"arms.{arm.name}.{arm.kind}"
    if arm.locustfile is not None and not Path(arm.locustfile).is_file():
        raise UsageError(f"{where}: there is no file {arm.locustfile}")
    if not arm.command:
        return
    if not Path(arm.folder).is_dir():
        raise UsageError(f"{where}: there is no folder {arm.folder} to run it in")
    program = arm.command[0]
    path = Path(arm.folder, program)
    if "/" not in program:
        if shutil.which(program) is None:
            hint = f", but {path.parent} has it: ./{program}" if path.is_file() else ""
            raise UsageError(f"{where}: no program {program} is in PATH{hint}")
    elif not path.is_file():
        raise UsageError(f"{where}: there is no file {path}")
    elif shutil.which(str(path.resolve())) is None:
        why = errno.errorcode[errno.EACCES]
        raise UsageError(f"{where}: {path} isn't executable ({why}): chmod +x it, or name what runs it before it")
