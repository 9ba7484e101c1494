"""Over which processes a load is spread: one, several of this machine, or workers on other machines."""

from __future__ import annotations

from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final

from brownout.core.errors import UsageError

if TYPE_CHECKING:
    from brownout.core.plan import Load

LOOPBACK: Final = "127.0.0.1"
PORT: Final = 5557
"""Locust's own."""
PROCESSES_MOST: Final = 64
_EVERYWHERE: Final = ("", "*", "0.0.0.0", "::")  # noqa: S104 - to refuse them
_STARTING_SECONDS: Final = 60.0
_USERS_PER_SECOND: Final = 100
"""How many users are made in a second at least, on a slow machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """So many `processes` here, or a Locust worker on each host of `workers`, which find us at `bind`.

    `wait_seconds` is how long workers are waited for; `admin_token` what they say to our server to make claims.

    Raises:
        UsageError: if it can't be.
    """

    processes: int = 1
    workers: tuple[str, ...] = ()
    bind: str = f"{LOOPBACK}:{PORT}"
    wait_seconds: float = _STARTING_SECONDS
    admin_token: str = field(default_factory=token_urlsafe, repr=False)

    def __post_init__(self) -> None:
        """Check it."""
        if not 1 <= self.processes <= PROCESSES_MOST:
            raise UsageError(f"--processes: from 1 to {PROCESSES_MOST}, not {self.processes}")
        if self.processes > 1 and self.workers:
            raise UsageError("--processes are here and --workers elsewhere: give one of them")
        if not all(host.strip() for host in self.workers):
            raise UsageError("--workers: name a host for each, such as --workers load-1,load-2")
        if self.host in _EVERYWHERE or self.bind in _EVERYWHERE:
            raise UsageError(f"--bind {self.bind}: name the address by which workers find this machine: they call it")
        port = self.bind.rpartition(":")[2] if ":" in self.bind else str(PORT)
        if ":" in self.host or not (port.isascii() and port.isdecimal() and len(port) < 6 and 0 < int(port) < 65_536):
            raise UsageError(f"--bind {self.bind}: write ADDRESS or ADDRESS:PORT, an address of IPv4 or a name")

    @property
    def host(self) -> str:
        """The address that the master listens at, and the server too if there are workers elsewhere."""
        return self.bind.rpartition(":")[0] if ":" in self.bind else self.bind

    @property
    def port(self) -> int:
        """The port that the master listens at."""
        return int(self.bind.rpartition(":")[2]) if ":" in self.bind else PORT

    @property
    def size(self) -> int:
        """How many processes send."""
        return len(self.workers) or self.processes

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the load generator's process is told."""
        if self.workers:
            where = ("--bind", f"{self.host}:{self.port}", "--wait", str(self.wait_seconds))
            return ("--expect", str(len(self.workers)), *where)
        return ("--processes", str(self.processes)) if self.processes > 1 else ()

    def patience_seconds(self, load: Load) -> float:
        """Return how long it may take before the first order is due, beyond what one user needs."""
        waiting = self.wait_seconds if self.workers else 0.0
        return waiting + load.users / _USERS_PER_SECOND

    def check(self, load: Load) -> None:
        """Return if there is a user for each process.

        Raises:
            UsageError: if there isn't.
        """
        if load.users < self.size:
            option = "--workers" if self.workers else "--processes"
            raise UsageError(f"{option}: {load.users} users (load.users) are too few for {self.size} processes")

    def directions(self) -> list[str]:
        """Return what has to be typed where; nothing without workers elsewhere.

        >>> Spread(workers=("one",), bind="10.0.0.5").directions()[0]
        'one: while locust -f - --worker --master-host 10.0.0.5 --master-port 5557 --exit-code-on-error 0; do :; done'
        """
        line = (
            f"while locust -f - --worker --master-host {self.host} --master-port {self.port} "
            "--exit-code-on-error 0; do :; done"
        )
        return [f"{host}: {line}" for host in self.workers]
