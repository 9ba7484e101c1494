"""One run: a fresh server, the program, and what is known of it afterwards."""

from __future__ import annotations

import contextlib
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.errors import UsageError
from brownout.core.journal import RECORDS_KEPT
from brownout.replay import child
from brownout.replay.environment import inherited, surroundings
from brownout.server.host import Host
from brownout.server.intercept.environment import environment
from brownout.server.system import stopwatch
from brownout.server.tape import dump, heads
from brownout.server.tapes import Tapes, beside
from brownout.server.worlds import DEFAULT
from brownout.verdict import ArmRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.core.sandbox import Sandbox
    from brownout.replay.child import Ending
    from brownout.verdict import Head

CHAPTERS_MOST: Final = 1_000
"""So many worlds that began again or went are remembered, as a test suite leaves one behind for each test."""
RECORDS_MOST: Final = 50_000
"""With so many exchanges in all, no further one is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A world from one beginning to its end; `seconds` is how much of its own time went by."""

    sandbox: str
    run: ArmRun
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Interception:
    """What came to interception and is in no journal, by host.

    `refused` are connections to hosts that nobody emulates, `distrusted` handshakes that the program broke off,
    `relayed` connections that were let through.
    """

    refused: Mapping[str, int] = field(default_factory=dict)
    distrusted: Mapping[str, int] = field(default_factory=dict)
    relayed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A run that is over. `chapters` are the worlds that anything happened in; `forgotten` counts those left out.

    `repeat` is the line that makes it again. `unparsed` are requests that weren't HTTP; `trouble` is why the journal on
    disk ends early.
    """

    plan: Plan
    repeat: str
    ending: Ending
    seconds: float
    chapters: Sequence[Chapter]
    forgotten: int
    unparsed: int
    journal: Path | None
    trouble: str | None
    interception: Interception | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What is to be run, as often as wanted.

    `again` is the line that repeats a run, with `{seed}` where its seed goes. `say` is called with what has to be said
    at once.
    """

    registries: Registries
    plan: Plan
    command: Sequence[str]
    again: str
    say: Callable[[str], None]
    journal: Path | None = None
    intercept: bool = False
    allow_hosts: Sequence[str] = ()
    templates: Sequence[tuple[str, str]] = ()

    def play(self, *, seed: int | None = None, word: str | None = None, keep: Path | None = None) -> Played:
        """Run the command once, under `seed` if one is given; `word` is put into the journal's name.

        Without a journal, what the server still knows is written to `keep` afterwards, if that is given.

        Raises:
            UsageError: if the command can't be started, or the journal not be written.
        """
        child.check(self.command)  # before an earlier journal of that name goes
        plan = self.plan if seed is None else replace(self.plan, seed=seed)
        path = self.journal if self.journal is None or word is None else beside(self.journal, word)
        head = heads(self.registries, self.again, shlex.join(self.command))
        with contextlib.ExitStack() as stack:
            tapes = None if path is None else Tapes(path, head, self.say)
            host = Host(self.registries, plan, records_kept=RECORDS_KEPT)
            if tapes is not None:
                stack.callback(tapes.close)  # after the server: what still hangs is written when it stops
                host.app.worlds.watch(tapes.follow)
            chapters = _Chapters(head, host.app.wall)
            host.app.worlds.watch(chapters.follow)
            stack.enter_context(host)
            interception = self._interception(host)
            told = self._told(host, plan, interception)
            started = stopwatch()
            ending = child.run(self.command, told)
            seconds = stopwatch() - started
            if tapes is not None:
                tapes.interrupted = ending.interrupted
            if path is None and keep is not None:
                path = self._kept(host, keep, head)
            host.call(lambda: chapters.end_all(host.app.worlds))
            return Played(
                plan=plan,
                repeat=self.again.replace("{seed}", str(plan.seed), 1),
                ending=ending,
                seconds=seconds,
                chapters=chapters.found,
                forgotten=chapters.forgotten,
                unparsed=host.app.unparsed_count,
                journal=path,
                trouble=None if tapes is None else tapes.trouble,
                interception=None if interception is None else host.call(lambda: _turned_away(interception)),
            )

    def _kept(self, host: Host, path: Path, head: Callable[[Plan], Head]) -> Path | None:
        """Write what the server still knows to `path`; return that if there was anything, and room for it."""
        world = host.app.worlds.default
        if not len(world.journal):
            return None
        try:
            host.call(lambda: dump(world, path, head))
        except UsageError as problem:  # nobody asked for it: the run counts without it
            self.say(str(problem))
            return None
        return path

    def _told(self, host: Host, plan: Plan, interception: Any) -> dict[str, str]:
        app, names = host.app, sorted(self.registries.providers)
        ports = {name: host.wait_for(app.listen(port=0, provider=name, sandbox=DEFAULT)) for name in names}
        world = app.worlds.default
        host.call(lambda: app.courier.watch(world))
        variables = host.call(
            lambda: [one for name in names for one in self.registries.providers[name].environment(ports[name], world)]
        )
        told = surroundings(
            inherited(),
            url=host.url,
            sandbox=DEFAULT,
            seed=plan.seed,
            providers=ports,
            variables=variables,
            leads=interception is None,
            templates=self.templates,
        )
        if interception is None:
            return told
        return told | environment(interception, told)

    def _interception(self, host: Host) -> Any:
        return host.wait_for(host.app.intercept(allow=self.allow_hosts)) if self.intercept else None


def _turned_away(interception: Any) -> Interception:
    return Interception(
        refused=dict(interception.refused),
        distrusted=dict(interception.distrusted),
        relayed=dict(interception.relayed),
    )


class _Chapters:
    """Gathers what worlds know before they forget it. Called on the server's thread."""

    def __init__(self, head: Callable[[Plan], Head], wall: Callable[[], float]) -> None:
        self.found: list[Chapter] = []
        self.forgotten = 0
        self._records = 0
        self._head = head
        self._wall = wall

    def follow(self, world: Sandbox) -> None:
        """Gather from `world` whenever it ends."""
        world.on_end.append(self.end)

    def end_all(self, worlds: Iterable[Sandbox]) -> None:
        """Gather what is there now."""
        for world in worlds:
            self.end(world)

    def end(self, world: Sandbox) -> None:
        """Gather what `world` knows now."""
        if not (world.journal.written or len(world.ledger) or world.claims):
            return
        if len(self.found) >= CHAPTERS_MOST or self._records >= RECORDS_MOST:
            self.forgotten += 1
            return
        self._records += len(world.journal)
        run = ArmRun(
            head=replace(self._head(world.plan), evicted=world.journal.evicted),
            records=[orjson.loads(record.line()) for record in world.journal],
            entries=list(world.ledger),
            claims=list(world.claims) or None,
        )
        lasted = world.clock.at(self._wall()).world - world.clock.started_at
        self.found.append(Chapter(sandbox=world.name, run=run, seconds=lasted))
