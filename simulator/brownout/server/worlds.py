"""The sandboxes of one server: made on first use, found by name, counted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from brownout.core.engine import Engine
from brownout.core.errors import SandboxError, did_you_mean
from brownout.core.journal import RECORDS_KEPT
from brownout.core.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries

DEFAULT: Final = "default"
"""The sandbox of requests that name none."""
SANDBOXES_MOST: Final = 256
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
"""What a sandbox may be called."""


class Worlds:
    """All sandboxes. Every new one starts on `plan`."""

    def __init__(
        self,
        registries: Registries,
        plan: Plan,
        *,
        wall: float,
        strict: bool = False,
        sandboxes_most: int = SANDBOXES_MOST,
        records_kept: int = RECORDS_KEPT,
    ) -> None:
        """Begin with the default sandbox, so that the first request finds it made."""
        self.registries = registries
        self.engine = Engine(registries.providers)
        self.plan = plan
        self.strict = strict
        self.sandboxes_most = sandboxes_most
        self.records_kept = records_kept
        self._by_name: dict[str, Sandbox] = {}
        self._on_made: list[Callable[[Sandbox], None]] = []
        self.default = self.make(DEFAULT, wall)

    def __iter__(self) -> Iterator[Sandbox]:
        """Iterate in order of creation."""
        return iter(list(self._by_name.values()))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._by_name)

    def find(self, name: str) -> Sandbox | None:
        """Return a sandbox by name."""
        return self._by_name.get(name)

    def get(self, name: str, wall: float) -> tuple[Sandbox, bool]:
        """Return the sandbox and whether it was made just now.

        Raises:
            SandboxError: if the name is malformed, there are too many, or unknown names are refused.
        """
        found = self._by_name.get(name)
        if found is not None:
            return found, False
        if self.strict:
            raise SandboxError(f"sandbox: {did_you_mean(name, self._by_name)} (--strict-sandboxes is on)")
        return self.make(name, wall), True

    def make(self, name: str, wall: float, plan: Plan | None = None) -> Sandbox:
        """Make a sandbox, or begin the one of this name again under `plan`.

        Raises:
            SandboxError: if the name is malformed or there are too many.
        """
        if NAME.fullmatch(name) is None:
            raise SandboxError(
                f"sandbox name {name[:80]!r}: use 1 to 63 of a-z, 0-9, '-' and '_', beginning with a letter or digit"
            )
        if name not in self._by_name and len(self._by_name) >= self.sandboxes_most:
            raise SandboxError(
                f"sandbox {name!r} would be one more than {self.sandboxes_most}: "
                "delete some with DELETE /_brownout/sandboxes/NAME"
            )
        world = Sandbox(
            name,
            plan=plan or self.plan,
            providers=self.registries.providers,
            store=self.registries.stores["memory"](),
            wall=wall,
            records_kept=self.records_kept,
        )
        self._by_name[name] = world
        for tell in self._on_made:
            tell(world)
        return world

    def watch(self, tell: Callable[[Sandbox], None]) -> None:
        """Call `tell` with each sandbox that there is, and with each that is made from now on."""
        for world in self:
            tell(world)
        self._on_made.append(tell)

    def drop(self, name: str) -> bool:
        """Forget a sandbox; return whether there was one. The default one begins again instead."""
        world = self._by_name.pop(name, None)
        if world is not None:
            world.end()
        return world is not None
