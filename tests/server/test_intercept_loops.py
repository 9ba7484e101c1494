"""Interception under the event loops that people have: asyncio's own in debug mode, and uvloop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import asyncio, socket, ssl, sys
sys.path.insert(0, sys.argv[2])
if sys.argv[1] == "uvloop":
    import uvloop as loops
else:
    loops = asyncio
from intercepted import HOST, intercepting, until
from brownout.core.rules import Count, Rule
from brownout.core.match import Match
from brownout.faults.abort import Abort
from brownout.faults.certificate import Certificate

async def main():
    bad = Rule(name="b", fault=Certificate(change="expired"), target="edge", count=Count(nth=(1,)))
    hang = Rule(name="h", fault=Abort(connection="hang"), target="edge", count=Count(nth=(3,)))
    async with intercepting(bad, hang) as world:
        try:
            await world.tunnel()
        except ssl.SSLCertVerificationError:
            print("refused")
        print((await world.tunnel()).split(b" ", 2)[1].decode())
        print((await world.tls()).split(b" ", 2)[1].decode())
        hanging = asyncio.create_task(world.tls())
        idle = socket.create_connection(("127.0.0.1", world.interception.tls_port))
        await until(lambda: len(world.records) == 4)
    print(type((await asyncio.gather(hanging, return_exceptions=True))[0]).__name__)
    idle.close()

loops.run(main(), debug=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_both_event_loops_serve_refuse_and_stop(loop: str) -> None:
    """A bad certificate, two good ones, a hang cut by the stop; nothing is left open and nothing is warned of."""
    support = Path(__file__).parents[1] / "support"
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", PROGRAM, loop, str(support)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    errors = [line for line in done.stderr.splitlines() if not line.startswith("Executing ")]  # slow, says debug mode

    assert (done.returncode, errors) == (0, [])
    assert done.stdout.split()[:3] == ["refused", "404", "404"]
    assert done.stdout.split()[3] in {"ConnectionResetError", "IncompleteReadError"}
