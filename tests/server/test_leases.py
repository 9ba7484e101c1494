"""Leases: who holds a sandbox, what may be done meanwhile, and what is left when they lapse; journals read whole."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from toy import KEY, REGISTRIES

from brownout.core.plan import ClockOptions, Plan
from brownout.core.rules import Rule
from brownout.core.sandbox import Sandbox as World
from brownout.faults.abort import Abort
from brownout.server.admin import journal
from brownout.server.admin.routes import Conflict
from brownout.server.leases import Held, Leases
from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from brownout.testing import AsyncSandbox

PAY = b'{"amount":100,"order":"o-1"}'
BEFORE = Plan(title="Before", rules=(Rule(name="own", fault=Abort(status=500), target="edge"),))
AFTER = b"brownout: 1\ntitle: During\nfaults: [{name: down, kind: abort, status: 503, target: edge}]"


class Asking:
    """Asks one sandbox's admin API."""

    def __init__(self, http: aiohttp.ClientSession, box: AsyncSandbox) -> None:
        """Ask `box`."""
        self._http = http
        self._toy = box.url_of("toy")
        self._base = self._toy.rpartition("/")[0]

    async def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and what was answered: JSON, or lines of it."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body)
        async with self._http.request(method, f"{self._base}/_brownout{path}", data=data) as answer:
            if answer.content_type == "application/x-ndjson":
                return answer.status, [json.loads(line) for line in (await answer.read()).splitlines()]
            return answer.status, await answer.json()

    async def pay(self) -> int:
        """Pay order o-1; return the status."""
        async with self._http.post(f"{self._toy}/v1/payments", data=PAY, headers=KEY) as answer:
            return answer.status


@pytest.fixture
async def asking() -> AsyncIterator[Asking]:
    """A sandbox under a plan with one fault."""
    async with Simulator(BEFORE, registries=REGISTRIES) as box, aiohttp.ClientSession() as http:
        yield Asking(http, box)


def _error(answer: dict[str, Any]) -> str:
    return str(answer["brownout"]["error"])


async def test_what_is_put_under_a_lease_ends_with_it(asking: Asking) -> None:
    """The sandbox goes back to the plan that it had; objects and money stay."""
    await asking("PUT", "/scenario", b"brownout: 1\ntitle: Calm\nfaults: []")
    status, lease = await asking("PUT", "/lease", {"ttl": "1h", "owner": "ada"})
    assert (status, lease["owner"], lease["since"]["exchanges"]) == (201, "ada", 0)
    await asking("PUT", f"/scenario?lease={lease['lease']}", AFTER)
    assert await asking.pay() == 503

    assert await asking("DELETE", f"/lease?lease={lease['lease']}") == (200, {"held": False, "title": "Calm"})

    assert await asking.pay() == 200
    assert (await asking("GET", "/scenario"))[1]["title"] == "Calm"
    assert (await asking("GET", "/lease"))[1]["held"] is False


async def test_a_lease_lapses_without_anybody_calling(asking: Asking) -> None:
    """Its holder may be dead: the plan from before is back, with the faults that were put live and still have time."""
    await asking("PUT", "/faults/mine", {"kind": "abort", "status": 418, "target": "edge", "ttl": "1h"})
    _, lease = await asking("PUT", "/lease", {"ttl": "100ms"})
    await asking("PUT", f"/scenario?lease={lease['lease']}", AFTER)
    async with asyncio.timeout(5):
        while (await asking("GET", "/lease"))[1]["held"]:  # noqa: ASYNC110 - the server's own state, on the wall
            await asyncio.sleep(0.005)

    assert [one["name"] for one in (await asking("GET", "/faults"))[1]["faults"]] == ["own", "mine"]
    status, said = await asking("PUT", "/lease", {"ttl": "10s", "lease": lease["lease"]})
    assert status == 409
    assert "that lease on sandbox 'default' has lapsed, and its faults have ended" in _error(said)


async def test_only_its_holder_changes_how_a_held_sandbox_runs(asking: Asking) -> None:
    """Others are told who has it and until when; they may read, pay and claim."""
    _, lease = await asking("PUT", "/lease", {"ttl": "1h", "owner": "ada"})
    for method, path in (
        ("PUT", "/scenario"), ("POST", "/reset"), ("POST", "/clock"), ("PUT", "/faults/x"), ("DELETE", "/faults/x"),
        ("DELETE", "/faults"), ("DELETE", "/sandboxes/default"), ("PUT", "/lease"),
    ):  # fmt: skip
        status, said = await asking(method, path, b"{}")
        assert (status, "held by ada until" in _error(said)) == (409, True), path
        assert (said["brownout"]["owner"], said["brownout"]["until"]) == ("ada", lease["until"])
    assert (await asking("PUT", "/sandboxes/default", {"seed": 7}))[0] == 409
    assert (await asking("PUT", "/sandboxes/default", {}))[0] == 200
    assert (await asking("POST", "/claims", {"key": "a", "outcome": "ok"}))[0] == 200
    assert (await asking("POST", f"/reset?lease={lease['lease']}"))[0] == 200
    assert (await asking("GET", "/lease"))[1]["since"] == {"exchanges": 0, "entries": 0, "claims": 0}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"ttl": "never"}, "ttl: not a duration: 'never'"),
        ({"ttl": "2h"}, "ttl must be from 0.1 to 3600 seconds"),
        ({"ttl": "1s", "for": "ada"}, "lease: unknown 'for'"),
        ({"owner": ""}, "owner must be a text of 1 to 100 letters"),
        ({"lease": 7}, "lease must be the id that PUT answered, not 7"),
    ],
)
async def test_a_wrong_lease_is_refused(asking: Asking, body: dict[str, Any], message: str) -> None:
    """And nobody holds anything then."""
    status, said = await asking("PUT", "/lease", body)

    assert status == 400
    assert message in _error(said)
    assert (await asking("GET", "/lease"))[1]["held"] is False


async def test_a_lease_is_given_back_by_its_id(asking: Asking) -> None:
    """Nobody gives back what they don't hold."""
    assert (await asking("DELETE", "/lease"))[0] == 400
    assert (await asking("DELETE", "/lease?lease=x"))[0] == 409


def test_renewing_moves_the_end_and_the_last_moment_is_over() -> None:
    """To the moment, by the wall's time; a later holder's lease isn't renewed with an earlier one's id."""
    wall = 1000.0
    world = World("w", plan=BEFORE, providers=REGISTRIES.providers, store=REGISTRIES.stores["memory"](), wall=wall)
    changed: list[World] = []
    leases = Leases(lambda: wall, changed.append)
    first = leases.take(world, "ada", 10)
    world.use(Plan(title="During", clock=ClockOptions()), wall)
    wall = 1009.0
    leases.renew(world, first.id, 10)
    wall = 1018.9
    with pytest.raises(Held, match=r"held by ada until 00:16:59 UTC, in 0.1 s"):
        leases.check(world, None)
    leases.check(world, first.id)
    assert changed == []

    wall = 1019.0
    assert leases.of(world) is None
    assert (world.plan, changed) == (BEFORE, [world])

    second = leases.take(world, "eve", 10)
    with pytest.raises(Conflict, match="has lapsed, and its faults have ended; eve holds the sandbox now"):
        leases.renew(world, first.id, 10)
    world.dropped = True
    assert leases.of(world) is None
    assert second.id != first.id


async def test_live_faults_of_a_holder_end_with_the_lease(asking: Asking) -> None:
    """Also without another scenario: what was live before is there again, what the holder put isn't."""
    await asking("PUT", "/faults/mine", {"kind": "abort", "status": 418, "target": "edge", "ttl": "1h"})
    _, lease = await asking("PUT", "/lease", {"ttl": "1h"})
    held = f"?lease={lease['lease']}"
    assert (await asking("PUT", f"/faults/theirs{held}", {"kind": "abort", "status": 503, "target": "edge"}))[0] == 200
    assert (await asking("DELETE", f"/faults/own{held}"))[0] == 200
    assert (await asking("DELETE", f"/faults/mine{held}"))[0] == 200

    await asking("DELETE", f"/lease{held}")

    assert [one["name"] for one in (await asking("GET", "/faults"))[1]["faults"]] == ["own", "mine"]


async def test_a_lease_that_nobody_used_changes_nothing(asking: Asking) -> None:
    """Counters and live faults go on: there is nothing to go back from."""
    assert await asking.pay() == 500
    _, lease = await asking("PUT", "/lease", {"ttl": "1h"})

    await asking("DELETE", f"/lease?lease={lease['lease']}")

    assert [one["fired"] for one in (await asking("GET", "/faults"))[1]["faults"]] == [1]


async def test_the_document_says_where_a_lease_goes(asking: Asking) -> None:
    """What only the holder may call takes `lease`; what answers a line a value is said to."""
    _, document = await asking("GET", "/openapi.json")

    paths = document["paths"]
    for method, path in (
        ("put", "/scenario"), ("post", "/reset"), ("post", "/clock"), ("delete", "/faults"), ("put", "/faults/{name}"),
        ("delete", "/sandboxes/{name}"), ("delete", "/lease"),
    ):  # fmt: skip
        names = [one["name"] for one in paths[f"/_brownout{path}"][method]["parameters"]]
        assert names.count("lease") == 1, path
    for path in "/journal", "/journal/ledger", "/journal/claims":
        assert list(paths[f"/_brownout{path}"]["get"]["responses"]["200"]["content"]) == ["application/x-ndjson"]


async def test_a_long_journal_holds_up_nobody(asking: Asking) -> None:
    """While thousands of claims are read, others have their turn; the lines are those of when it was asked."""
    await asking("POST", "/claims", b"\n".join(b'{"key":"o-%d","outcome":"ok"}' % number for number in range(1_000)))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    lines = await journal._lines(list(range(1_000)), lambda number: b"%d\n" % number)  # noqa: SLF001
    counting.cancel()

    assert turns >= 9
    assert lines.text == b"".join(b"%d\n" % number for number in range(1_000))
    assert len((await asking("GET", "/journal/claims"))[1]) == 1_000


async def test_a_scenario_may_be_put_with_another_seed_and_length(asking: Asking) -> None:
    """As a drill's own options have them."""
    text = b"brownout: 1\nseed: 1\nphases: [{name: calm, duration: 10s}, {name: storm, duration: 30s}]"
    assert (await asking("PUT", "/scenario?seed=7&duration=4s", text))[1]["seed"] == 7
    for query in "seed=x", "duration=4", "duration=0s":
        status, said = await asking("PUT", f"/scenario?{query}", text)
        assert (status, query.partition("=")[0] in _error(said)) == (400, True)


async def test_a_journal_is_read_line_by_line(asking: Asking) -> None:
    """As the files of a drill have it; `since` goes on from there, `limit` ends it earlier."""
    await asking("DELETE", "/faults")
    for _ in range(3):
        assert await asking.pay() == 200
    await asking("POST", "/claims", b'{"key":"o-1","outcome":"ok"}\n{"key":"o-2","outcome":"fail"}')

    _, records = await asking("GET", "/journal")
    assert [one["observed"]["number"] for one in records] == [1, 2, 3]
    assert [one["decided"]["key"] for one in records] == ["o-1"] * 3
    _, later = await asking("GET", "/journal?since=1&limit=1")
    assert later == records[1:2]
    _, entries = await asking("GET", "/journal/ledger?since=1")
    assert [one["kind"] for one in entries] == ["capture", *["authorize", "capture"] * 2]
    _, claims = await asking("GET", "/journal/claims?since=1")
    assert claims == [{"key": "o-2", "outcome": "fail"}]
    assert (await asking("GET", "/journal?since=99")) == (200, [])
    for query in "since=x", "sinse=1", "limit=-1":
        assert (await asking("GET", f"/journal?{query}"))[0] == 400
