"""Failures under interception look to a program as the real host's would, and strike by the seed alone."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from run_intercepted import PROGRAMS

if TYPE_CHECKING:
    from pathlib import Path

    from run_intercepted import Run

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.sdk]

LOST_ONCE = """
brownout: 1
faults:
  - name: lost
    kind: abort
    match: {operation: stripe.payment_intents.create}
    first: 1
    target: response
    connection: reset
"""


def test_a_lost_answer_is_not_taken_for_a_proxys_failure(run: Run, tmp_path: Path) -> None:
    """Behind a proxy urllib3 would send the POST again, and charge twice where no real customer is charged twice."""
    (tmp_path / "lost.yaml").write_text(LOST_ONCE)

    done = run([sys.executable, str(PROGRAMS / "requests_retries.py")], scenario="lost.yaml")

    assert (done.code, done.printed.strip()) == (0, "ConnectionError"), done.said
    assert [operation for operation, _ in done.answered] == ["stripe.payment_intents.create"]


def test_a_host_that_nobody_answers_for_is_refused_and_named(run: Run) -> None:
    """By a client that reads the proxy, and by one that doesn't; nothing goes there."""
    program = """
import asyncio, aiohttp, requests
for url in ("https://api.known.example/", "http://api.known.example/"):
    try:
        print(requests.get(url, timeout=30).text)
    except requests.ConnectionError as problem:
        print(problem)

async def main():
    async with aiohttp.ClientSession() as session, session.get("https://api.other.example/") as answer:
        print(await answer.text())

asyncio.run(main())
"""

    done = run([sys.executable, "-c", program])

    assert done.code == 0, done.said
    lines = [line for line in done.printed.splitlines() if line]
    for line, host in zip(lines, ["api.known.example", "api.known.example", "api.other.example"], strict=True):
        assert f"--allow-host {host}" in line
        assert host in done.said
    assert done.answered == []


def test_the_seeds_that_charge_twice_are_the_same_every_time(run: Run) -> None:
    """Thirty seeds, twice: each run fails again or holds again, and some do the one, some the other."""
    command = [sys.executable, str(PROGRAMS / "double_charge.py")]

    def sweep(name: str) -> list[tuple[str, ...]]:
        said = run(command, "--seeds", "1..30", scenario="lost-answer", journal=name).said
        return re.findall(r"^ +(\d+) +(\d+) +(\d+) +(?:\d+ )?(held|BROKEN) ", said, re.MULTILINE)

    with ThreadPoolExecutor(2) as both:
        first, second = both.map(sweep, ("first.jsonl", "second.jsonl"))

    assert [seed for seed, *_ in first] == [str(seed) for seed in range(1, 31)]
    assert first == second
    assert {verdict for *_, verdict in first} == {"held", "BROKEN"}
    assert all((verdict == "BROKEN") == (faults != "0") for _, _, faults, verdict in first)
