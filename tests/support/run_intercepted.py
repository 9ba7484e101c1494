"""What the end-to-end tests expect of programs that `brownout run --intercept` ran, and how they are kept inside."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import orjson

if TYPE_CHECKING:
    from collections.abc import Sequence

_TESTS: Final = Path(__file__).parents[1]
PROGRAMS: Final = _TESTS / "e2e" / "programs"
NODE_MODULES: Final = _TESTS / "sdk" / "node" / "node_modules"
_OWN_NETWORK: Final = ("unshare", "-rn", sys.executable, str(_TESTS / "e2e" / "alone.py"))


class Expected(NamedTuple):
    """What a program prints, and which operations it was answered, with which status, in their order."""

    printed: str
    answered: list[tuple[str, int]]


BALANCE: Final = ("stripe.balance.retrieve", 200)
CUSTOMER: Final = ("stripe.customers.create", 200)
PAID: Final = Expected("succeeded 2499", [("stripe.payment_intents.create", 200)])
ORDERED: Final = Expected("COMPLETED", [("paypal.token", 200), ("paypal.orders.create", 201)])


class Done(NamedTuple):
    """A run that is over: the exit code, what the program printed, standard error, and what the journal has."""

    code: int
    printed: str
    said: str
    answered: list[tuple[str, int]]


class Run(Protocol):
    """Runs a command under `brownout run --intercept` with `options` of the latter's own."""

    def __call__(
        self, command: Sequence[str], *options: str, scenario: str = ..., journal: str = ...
    ) -> Done:  # fmt: skip
        """Return how it went."""


@cache
def alone() -> tuple[str, ...]:
    """Return the words that put a command where only loopback is up; none where the system allows no such place."""
    try:
        tried = subprocess.run([*_OWN_NETWORK, "true"], capture_output=True, timeout=30, check=False)
    except OSError:
        return ()
    return _OWN_NETWORK if tried.returncode == 0 else ()


def exchanges(journal: Path) -> list[tuple[str, int]]:
    """Return the operations and statuses of a journal on disk, if it is there, by the order of arrival."""
    if not journal.exists():
        return []
    lines = [orjson.loads(line) for line in journal.read_bytes().splitlines()]
    decided = sorted((line["decided"] for line in lines if "decided" in line), key=lambda one: one["offset"])
    return [(one["operation"], one["status"]) for one in decided]
