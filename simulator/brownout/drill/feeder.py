"""Feeds the user's own program: `python -m brownout.drill.feeder [--folder F] [--users N] -- COMMAND...`.

Each order goes to the program's standard input as a line of JSON when it is due; each line of JSON that it writes is a
claim, posted to Brownout with what the program left out. What is wrong with a line is said with its number. After the
last order its input ends; a program that goes on for long is ended with all that it started. `BROWNOUT_*` in the
environment say what there is to do, as they do for `child`. Exit code 2: the program can't be started, 70: it did what
none may.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, Final, cast

import aiohttp
import orjson

from brownout.drill.arrivals import Arrival, arrival
from brownout.drill.generator import BROKEN, REFUSED
from brownout.drill.orphan import orphaned
from brownout.server.system import Wall, monotonic

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from pathlib import Path

LEAD_SECONDS: Final = 0.5
"""How long after the program's start the first order is due."""
GRACE_SECONDS: Final = 10.0
"""How long after the last order a program may take to end by itself."""
_POLITE_SECONDS: Final = 1.0
_LINE_BYTES_MOST: Final = 1_000_000
_SHOWN_MOST: Final = 80
_TOLD_MOST: Final = 3
_GLANCE_SECONDS: Final = 0.05


class Feeder:
    """One program, from its start to its end. `url` is the world, `orders` the plan, `ends_at` a closed load's end."""

    def __init__(
        self,
        url: str,
        orders: Iterator[Arrival],
        *,
        users: int,
        ends_at: float | None,
        think: float,
        admin_token: str | None = None,
    ) -> None:
        self._url = url
        self._headers = {} if admin_token is None else {"Authorization": f"Bearer {admin_token}"}
        self._orders = orders
        self._users = users
        self._ends_at = ends_at
        self._think = think
        self._wall = Wall()
        self._given: dict[str, tuple[Arrival, float]] = {}
        self._answered: set[str] = set()
        self._free = asyncio.Semaphore(users)
        self._wrong: list[str] = []
        self._wrong_count = 0
        self._began = self._began_wall = 0.0

    async def run(self, command: list[str], folder: str) -> int:
        """Return the exit code of ours that tells how the program did."""
        async with aiohttp.ClientSession(headers=self._headers) as session:
            async with session.post(f"{self._url}/_brownout/reset"):  # phases go by the clock for who sends no baggage
                pass
            try:
                program = await asyncio.create_subprocess_exec(
                    *command,
                    cwd=folder,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    limit=_LINE_BYTES_MOST,
                )
            except (OSError, ValueError) as problem:
                sys.stderr.write(f"client: {command[0]} can't be started: {getattr(problem, 'strerror', problem)}\n")
                return REFUSED
            self._began, self._began_wall = monotonic() + LEAD_SECONDS, self._wall() + LEAD_SECONDS
            reading = asyncio.create_task(self._read(program, session))
            gone = asyncio.create_task(program.wait())
            giving = asyncio.create_task(self._give(program))
            await asyncio.wait((giving, gone), return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                giving.cancel()
                await asyncio.wait((giving,))
            await self._finish(program, reading, gone)
        return self._told()

    async def _give(self, program: asyncio.subprocess.Process) -> None:
        """Write each order when it is due, however slowly the program reads; then end its input."""
        given = cast("asyncio.StreamWriter", program.stdin)
        with contextlib.suppress(ConnectionError):
            async for order in self._due():
                started = self._elapsed()
                self._given[order.order] = (order, started)
                given.write(orjson.dumps(_line(order), option=orjson.OPT_APPEND_NEWLINE))
        with contextlib.suppress(ConnectionError):
            given.close()

    async def _due(self) -> AsyncIterator[Arrival]:
        """Yield orders when they are due: as they are planned, or in a closed load when one of the users is free."""
        for order in self._orders:
            if self._ends_at is None:
                await asyncio.sleep(max(0.0, order.due_seconds - self._elapsed()))
                yield order
                continue
            await asyncio.sleep(max(0.0, -self._elapsed()))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._free.acquire(), max(0.0, self._ends_at - self._elapsed()))
                if self._elapsed() < self._ends_at:
                    yield order._replace(due_seconds=round(self._elapsed(), 6))
                    continue
            return

    async def _read(self, program: asyncio.subprocess.Process, session: aiohttp.ClientSession) -> None:
        """Take claims until the program closes its output."""
        output = cast("asyncio.StreamReader", program.stdout)
        for number in itertools.count(1):
            try:
                line = await output.readuntil()
            except asyncio.IncompleteReadError as end:
                line = end.partial
                if not line:
                    return
            except asyncio.LimitOverrunError as long:
                await output.readexactly(long.consumed)
                self._complain(f"line {number} of its output is longer than {_LINE_BYTES_MOST:,} bytes")
                continue
            if line.strip():
                wrong = await self._take(line, session)
                if wrong is not None:
                    self._complain(f"line {number} of its output: {wrong}")

    async def _take(self, line: bytes, session: aiohttp.ClientSession) -> str | None:
        """Post one claim; return what is wrong with it."""
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError as problem:
            return f"not JSON: {problem}: {_shown(line)}"
        if not isinstance(said, dict):
            return f"a claim is an object, not {_shown(line)}"
        known = self._given.get(str(said.get("key")))
        if known is None:
            return f"key: no order is called {said.get('key')!r}"
        order, started = known
        if order.order not in self._answered and self._ends_at is not None:
            asyncio.get_running_loop().call_later(self._think, self._free.release)
        self._answered.add(order.order)
        whole = {
            "due": order.due_seconds,
            "currency": order.currency,
            "provider": order.provider,
            "scheduled_at": round(self._began_wall + order.due_seconds, 6),
            "started_at": round(self._began_wall + started, 6),
            "at": round(self._began_wall + self._elapsed(), 6),
            **said,
        }
        try:
            async with session.post(f"{self._url}/_brownout/claims", data=orjson.dumps(whole)) as answer:
                if answer.status < 400:
                    return None
                found = await answer.text()
        except aiohttp.ClientError as problem:
            return f"nobody took the claim: {type(problem).__name__}"
        with contextlib.suppress(orjson.JSONDecodeError, KeyError, TypeError):
            found = orjson.loads(found)["error"]["message"]
        return str(found).removeprefix("claims:1: ")

    async def _finish(
        self, program: asyncio.subprocess.Process, reading: asyncio.Task[None], gone: asyncio.Task[int]
    ) -> None:
        """Wait for the program's end, for a while; note what was wrong with it."""
        early = gone.done()
        done, _ = await asyncio.wait((reading, gone), timeout=GRACE_SECONDS, return_when=asyncio.ALL_COMPLETED)
        if gone not in done:
            unread = "" if program.stdin is None or not program.stdin.transport.get_write_buffer_size() else (
                ", and it had not read all of its standard input"
            )  # fmt: skip
            self._complain(
                f"it hadn't ended {GRACE_SECONDS:g} s after its last order and was ended{unread}", first=True
            )
            with contextlib.suppress(ProcessLookupError):
                program.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(gone), _POLITE_SECONDS)
            with contextlib.suppress(ProcessLookupError):
                program.kill()
            await gone
        elif program.returncode:
            self._complain(f"it {_how(program.returncode)} after {len(self._given)} orders", first=True)
        elif early:
            self._complain(f"it ended after {len(self._given)} orders, before its input did", first=True)
        reading.cancel()
        await asyncio.wait((reading,))

    def _complain(self, words: str, *, first: bool = False) -> None:
        """Note what is wrong; of thousands of wrong lines, a few are kept and all are counted."""
        self._wrong_count += 1
        self._wrong.insert(0 if first else len(self._wrong), words)
        del self._wrong[_TOLD_MOST:]

    def _told(self) -> int:
        if not self._wrong:
            return 0
        more = self._wrong_count - len(self._wrong)
        words = "; ".join(self._wrong) + (f"; and {more} more like it" if more > 0 else "")
        sys.stderr.write(f"client: {words}\n")
        return BROKEN

    def _elapsed(self) -> float:
        return monotonic() - self._began


def _line(order: Arrival) -> dict[str, Any]:
    """Return what a program is told of an order: all of it, and the header that says so to Brownout."""
    baggage = f"brownout.key={order.order},brownout.due={order.due_seconds:.6f}"
    return {"key": order.order, **order.as_dict(), "baggage": baggage}


def _shown(line: bytes) -> str:
    text = line.decode("utf-8", "replace").strip()
    clean = "".join(each if each.isprintable() else "?" for each in text)
    return repr(clean if len(clean) <= _SHOWN_MOST else f"{clean[:_SHOWN_MOST]}…")


def _how(code: int) -> str:
    """Return how a process ended."""
    return f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _planned(file: Path | str) -> Iterator[Arrival]:
    with open(file, "rb") as lines:  # noqa: PTH123 - the path is text from the environment
        for line in lines:
            yield Arrival(**orjson.loads(line))


async def _end_when(alone: Callable[[], bool]) -> None:
    """End the process, and with it the program's input, once nobody is left to judge it."""
    while not alone():  # noqa: ASYNC110 - nobody can tell us
        await asyncio.sleep(_GLANCE_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(0, signal.SIGKILL)


async def _main(asked: argparse.Namespace, told: Mapping[str, str]) -> int:
    watching = asyncio.create_task(_end_when(orphaned()))
    closed = "BROWNOUT_ARRIVALS" not in told
    seed = int(told["BROWNOUT_SEED"])
    orders = (arrival(seed, n, 0.0) for n in itertools.count(1)) if closed else _planned(told["BROWNOUT_ARRIVALS"])
    feeder = Feeder(
        told["BROWNOUT_URL"],
        orders,
        users=asked.users,
        ends_at=float(told["BROWNOUT_DURATION"]) if closed else None,
        think=float(told.get("BROWNOUT_THINK", "0")),
        admin_token=told.get("BROWNOUT_ADMIN_TOKEN"),
    )
    code = await feeder.run(asked.command, asked.folder)
    watching.cancel()
    return code


def main(arguments: list[str]) -> int:
    """Run and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m brownout.drill.feeder")
    parser.add_argument("--folder", default=".", help="where the program is run")
    parser.add_argument("--users", type=int, default=1, help="how many orders of a closed load are under way at once")
    parser.add_argument("command", nargs="+")
    return asyncio.run(_main(parser.parse_args(arguments), os.environ))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
