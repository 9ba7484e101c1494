"""The admin API: what it answers, what it refuses, and that a refusal loses nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from toy import KEY, REGISTRIES, ToyOptions

from brownout.core.plan import Plan
from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from brownout.testing import AsyncSandbox

CREATE = "toy.payments.create"


class Admin:
    """Calls of the admin API of one sandbox."""

    def __init__(self, box: AsyncSandbox, http: aiohttp.ClientSession) -> None:
        self.box = box
        self.http = http

    async def __call__(
        self,
        method: str,
        path: str,
        value: Any = None,
        *,
        data: bytes | None = None,
        sandbox: str | None = None,
        **headers: str,
    ) -> tuple[int, Any]:
        """Return status and JSON."""
        base = self.box.url if sandbox is None else self.box.url.rpartition("/~")[0] + f"/~{sandbox}"
        async with self.http.request(
            method,
            f"{base}/_brownout{path}",
            json=value,
            data=data,
            headers={k.replace("_", "-"): v for k, v in headers.items()},
        ) as answer:
            return answer.status, await answer.json()

    async def pay(self, order: str = "o-1", *, prefix: str = "", **headers: str) -> aiohttp.ClientResponse:
        """Pay 100 for an order."""
        url = (prefix or self.box.url) + "/toy/v1/payments"
        async with self.http.post(url, json={"amount": 100, "order": order}, headers={**KEY, **headers}) as answer:
            await answer.read()
            return answer


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def admin(http: aiohttp.ClientSession) -> AsyncIterator[Admin]:
    """A server for the toy provider and its admin API."""
    async with Simulator(registries=REGISTRIES) as box:
        yield Admin(box, http)


async def test_health_says_which_server_it_is(admin: Admin) -> None:
    """Readiness with an instance id, so that nobody mistakes another server for this one."""
    status, value = await admin("GET", "/health")

    assert (status, value["status"]) == (200, "ok")
    assert value["instance"]


async def test_the_openapi_document_names_every_call(admin: Admin) -> None:
    """What the index lists is what the document describes."""
    _, index = await admin("GET", "/")
    _, document = await admin("GET", "/openapi.json")

    described = {f"{method.upper()} {path}" for path, calls in document["paths"].items() for method in calls}
    assert described == {line.split(":")[0] for line in index["calls"]}


async def test_an_unknown_call_says_what_there_is(admin: Admin) -> None:
    """404 with a pointer, 405 with the methods; both in our own form."""
    assert (await admin("GET", "/nothing"))[0] == 404
    status, value = await admin("DELETE", "/health")
    assert status == 405
    assert "it has GET" in value["brownout"]["error"]


async def test_sandboxes_are_made_on_first_use_and_said_so_once(admin: Admin) -> None:
    """The answer that made one carries `created`; two never meet."""
    base = admin.box.url.rpartition("/~")[0]

    first = await admin.pay(prefix=f"{base}/~one")
    again = await admin.pay(prefix=f"{base}/~one")
    await admin.pay(prefix=base, **{"Brownout-Sandbox": "two"})

    assert first.headers["Brownout-Sandbox"] == "one; created"
    assert "Brownout-Sandbox" not in again.headers
    _, value = await admin("GET", "/sandboxes")
    assert {one["name"]: one["exchanges"] for one in value["sandboxes"]} == {"default": 0, "one": 2, "two": 1}


@pytest.mark.parametrize("name", ["UPPER", "-x", "a" * 64, "a.b"])
async def test_a_malformed_sandbox_name_is_explained(admin: Admin, name: str) -> None:
    """404 in our own form with the rule for names."""
    status, value = await admin("GET", "/clock", sandbox=name)

    assert status == 404
    assert "a-z, 0-9" in value["brownout"]["error"]


async def test_sandboxes_are_bounded(http: aiohttp.ClientSession) -> None:
    """One more than allowed is refused and says what to do."""
    async with Simulator(registries=REGISTRIES, sandboxes_most=2) as box:
        admin = Admin(box, http)
        assert (await admin("GET", "/clock", sandbox="a"))[0] == 200
        status, value = await admin("GET", "/clock", sandbox="b")

    assert status == 404
    assert "DELETE" in value["brownout"]["error"]


async def test_strict_sandboxes_refuse_names_that_nobody_made(http: aiohttp.ClientSession) -> None:
    """PUT makes one; a typo is met with a suggestion."""
    async with Simulator(registries=REGISTRIES, strict_sandboxes=True) as box:
        admin = Admin(box, http)
        assert (await admin("PUT", "/sandboxes/checkout"))[0] == 200
        assert (await admin("GET", "/clock", sandbox="checkout"))[0] == 200
        status, value = await admin("GET", "/clock", sandbox="chekout")

    assert (status, "did you mean 'checkout'" in value["brownout"]["error"]) == (404, True)


async def test_a_sandbox_has_a_port_of_its_own_if_asked(admin: Admin) -> None:
    """`listen` opens a port without any path, for SDKs that can't take one; deleting closes it."""
    _, made = await admin("PUT", "/sandboxes/own", {"listen": ["toy"], "seed": 9})
    url = made["listeners"]["toy"]

    async with admin.http.get(f"{url}/v1/payments/x", headers=KEY) as answer:
        assert answer.status == 404
    assert made["seed"] == 9
    assert (await admin("GET", "/sandboxes/own"))[1]["exchanges"] == 1
    assert (await admin("DELETE", "/sandboxes/own"))[0] == 200
    with pytest.raises(aiohttp.ClientConnectionError):
        await admin.http.get(f"{url}/v1/payments/x", headers=KEY)


async def test_an_unprefixed_path_goes_to_its_owner(admin: Admin) -> None:
    """A path that exactly one provider has needs no prefix; another names the candidates."""
    base = admin.box.url.rpartition("/~")[0]
    async with admin.http.get(f"{base}/v1/payments/x", headers=KEY) as answer:
        assert answer.status == 404
        assert (await answer.json())["error"] == "absent"
    async with admin.http.get(f"{base}/tyo/v1/x") as answer:
        assert "did you mean 'toy'" in (await answer.json())["brownout"]["error"]


async def test_every_answer_names_its_exchange(admin: Admin) -> None:
    """The header leads to the explanation."""
    answer = await admin.pay()

    status, value = await admin("GET", f"/exchanges/{answer.headers['Brownout-Exchange']}")

    assert status == 200
    assert value["decided"]["operation"] == CREATE
    assert any("organic" in line for line in value["explanation"])
    assert (await admin("GET", "/exchanges/ex_nothing"))[0] == 404


async def test_exchanges_are_filtered(admin: Admin) -> None:
    """By operation, client, key, status; after one; the newest of a limit; an unknown filter is an error."""
    first = await admin.pay("o-1")
    await admin.pay("o-2")
    await admin.http.get(f"{admin.box.url}/toy/v1/payments/x", headers=KEY)

    async def keys(query: str) -> list[str]:
        _, value = await admin("GET", f"/exchanges?{query}")
        return [one["decided"]["key"] for one in value["exchanges"]]

    assert await keys(f"operation={CREATE}") == ["o-1", "o-2"]
    assert await keys("status=404") == ["x"]
    assert await keys("limit=1") == ["x"]
    assert await keys("key=o-*&client=shop") == ["o-1", "o-2"]
    assert await keys(f"after={first.headers['Brownout-Exchange']}") == ["o-2", "x"]
    status, value = await admin("GET", "/exchanges?operaton=x")
    assert (status, "did you mean 'operation'" in value["brownout"]["error"]) == (400, True)


async def test_verify_counts_and_waits(admin: Admin) -> None:
    """Exactly, at least, at most; `within` waits for what is still under way."""
    waiting = asyncio.create_task(admin("POST", "/verify", {"operation": CREATE, "count": 1, "within": "2s"}))
    await asyncio.sleep(0)
    await admin.pay()

    assert (await waiting)[0] == 200
    assert (await admin("POST", "/verify", {"operation": CREATE, "at_least": 1, "at_most": 1}))[0] == 200
    status, value = await admin("POST", "/verify", {"operation": CREATE, "count": 2})
    assert (status, value["found"], value["seen"]) == (422, 1, {f"{CREATE} 200": 1})
    assert (await admin("POST", "/verify", {"operation": CREATE}))[0] == 400
    assert (await admin("POST", "/verify", {"count": "many"}))[0] == 400


async def test_verify_refuses_to_count_what_was_evicted(http: aiohttp.ClientSession) -> None:
    """409 once records of the operation are gone; other operations can still be counted."""
    async with Simulator(registries=REGISTRIES, records_kept=2) as box:
        admin = Admin(box, http)
        for number in range(4):
            await admin.pay(f"o-{number}")

        assert (await admin("POST", "/verify", {"operation": CREATE, "count": 4}))[0] == 409
        assert (await admin("POST", "/verify", {"operation": "toy.unknown", "count": 0}))[0] == 200


async def test_faults_come_and_go_while_it_runs(admin: Admin) -> None:
    """PUT puts one in force, DELETE takes it out; what it did is counted."""
    status, _ = await admin("PUT", "/faults/down", {"kind": "abort", "status": 503, "match": {"operation": CREATE}})
    assert status == 200
    assert (await admin.pay()).status == 503
    assert (await admin("GET", "/faults"))[1]["faults"][0]["fired"] == 1
    assert (await admin("DELETE", "/faults/down"))[0] == 200
    assert (await admin.pay()).status == 200
    assert (await admin("DELETE", "/faults/down"))[0] == 404


async def test_a_wrong_fault_is_refused_with_its_key_and_changes_nothing(admin: Admin) -> None:
    """422 with every mistake; the rules in force stay as they were."""
    status, value = await admin("PUT", "/faults/down", {"kind": "abrot", "status": 503})

    assert status == 422
    assert "did you mean 'abort'" in value["brownout"]["error"]
    assert (await admin("GET", "/faults"))[1] == {"faults": []}


async def test_a_wrong_scenario_keeps_the_old_one_whole(admin: Admin) -> None:
    """A running server that gets a broken file goes on as before."""
    good = b"brownout: 1\ntitle: Good\nseed: 5\nfaults:\n  - {name: down, kind: abort, status: 503}\n"
    assert (await admin("PUT", "/scenario", data=good))[0] == 200

    for broken in (b"brownout: 1\nfalts: []\n", b"\xff\xfe", b"- 1\n", b"a: b: c"):
        status, _ = await admin("PUT", "/scenario", data=broken)
        assert status in (400, 422)

    _, value = await admin("GET", "/scenario")
    assert (value["title"], value["seed"], [one["name"] for one in value["faults"]]) == ("Good", 5, ["down"])


async def test_a_new_scenario_keeps_objects_unless_told_to_start_over(admin: Admin) -> None:
    """PUT keeps the ledger and resets counters; `?reset=true` begins an empty world."""
    await admin.pay()
    await admin("PUT", "/scenario", data=b"brownout: 1\nseed: 6\n")
    assert (await admin("GET", "/ledger"))[1]["payments"] == 1

    await admin("PUT", "/scenario?reset=true", data=b"brownout: 1\nseed: 6\n")
    assert (await admin("GET", "/ledger"))[1]["payments"] == 0


async def test_the_ledger_names_what_was_paid_twice(admin: Admin) -> None:
    """One business key, two payments: duplicated, with the money."""
    await admin.pay("o-7")
    await admin.pay("o-7")

    _, value = await admin("GET", "/ledger")

    assert [(one["key"], one["extra_minor"]) for one in value["duplicated"]] == [("o-7", 100)]
    assert value["violations"] == []


async def test_claims_are_taken_all_or_none(admin: Admin) -> None:
    """A bad line refuses the whole post and names the line."""
    good = b'{"key":"o-1","outcome":"ok","amount_minor":100}\n\n{"key":"o-2","outcome":"unknown"}\n'
    assert await admin("POST", "/claims", data=good) == (200, {"taken": 2, "claims": 2})

    status, value = await admin("POST", "/claims", data=good + b'{"key":"o-3","outcome":"maybe"}\nnonsense\n')

    assert status == 422
    assert [one["line"] for one in value["brownout"]["mistakes"]] == [4, 5]
    assert len((await admin("GET", "/claims"))[1]["claims"]) == 2


async def test_the_clock_moves_on_command(admin: Admin) -> None:
    """Advance, freeze, speed; a wrong value is explained and changes nothing."""
    _, before = await admin("GET", "/clock")
    _, after = await admin("POST", "/clock", {"freeze": True, "advance": "1h30m"})

    assert after["world"] - before["world"] >= 5400
    assert (after["frozen"], after["jumped"]) == (True, 5400)
    for wrong in ({"advance": "5"}, {"speed": 0}, {"speed": "x"}, {"advanced": "1h"}, {}, [1]):
        assert (await admin("POST", "/clock", wrong))[0] == 400
    assert (await admin("GET", "/clock"))[1]["world"] == after["world"]


async def test_a_reset_forgets_everything(admin: Admin) -> None:
    """Ledger, journal, claims, live faults and the clock's jumps are gone."""
    await admin.pay()
    await admin("POST", "/clock", {"advance": "1d"})
    await admin("PUT", "/faults/down", {"kind": "abort", "status": 503})

    _, value = await admin("POST", "/reset")

    assert (value["exchanges"], value["ledger_entries"], value["clock"]["jumped"]) == (0, 0, 0)
    assert (await admin.pay()).status == 200


async def test_an_advance_delivers_webhooks_on_the_way(http: aiohttp.ClientSession) -> None:
    """Each due delivery is tried in order before time goes on, and its failure sets the next rung."""
    seen: list[float] = []

    async def receive(request: web.Request) -> web.Response:
        seen.append(round(world().moment.world - world().clock.started_at))
        await request.read()
        return web.Response(status=500 if len(seen) < 3 else 204)

    application = web.Application()
    application.router.add_post("/hook", receive)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    options = ToyOptions(webhooks=(f"http://127.0.0.1:{runner.addresses[0][1]}/hook",))
    simulator = Simulator(Plan(providers={"toy": options}), registries=REGISTRIES)
    async with simulator as box:
        world = lambda: box._world  # noqa: E731, SLF001 - what world time it is when the receiver is called
        await box.clock.freeze()
        admin = Admin(box, http)
        await admin.pay()
        await box.settle()
        await box.clock.advance("10m")

        assert seen == [0, 10, 110]
        assert [one["state"] for one in box.webhooks()] == ["delivered"]
        status, value = await admin("POST", f"/webhooks/{box.webhooks()[0]['id']}/redeliver")
        assert (status, len(value["attempts"])) == (200, 4)
    await runner.cleanup()


async def test_webhooks_leave_this_machine_only_by_name(http: aiohttp.ClientSession) -> None:
    """A host that isn't loopback is refused, and the delivery says how to allow it."""
    options = ToyOptions(webhooks=("http://192.0.2.1/hook",))
    async with Simulator(Plan(providers={"toy": options}), registries=REGISTRIES) as box:
        await Admin(box, http).pay()
        await box.settle()

        error = box.webhooks()[0]["attempts"][0]["error"]
    assert "loopback only" in error
    assert "--allow-webhook-host 192.0.2.1" in error


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "localhost:8700"}, 200),
        ({"Host": "[::1]:8700"}, 200),
    ],
)
async def test_a_web_page_cannot_reach_the_admin_api(admin: Admin, headers: dict[str, str], status: int) -> None:
    """DNS rebinding and cross-origin calls are refused; addresses of this machine are not."""
    assert (await admin("GET", "/clock", **headers))[0] == status
    assert (await admin("GET", "/health", **headers))[0] == 200


async def test_an_admin_token_is_asked_for_if_there_is_one(http: aiohttp.ClientSession) -> None:
    """Without it 401; the providers themselves need none."""
    async with Simulator(registries=REGISTRIES, admin_token="s3cret") as box:
        admin = Admin(box, http)
        assert (await admin("GET", "/clock"))[0] == 401
        assert (await admin("GET", "/clock", Authorization="Bearer wrong"))[0] == 401
        assert (await admin("GET", "/clock", Authorization="Bearer s3cret"))[0] == 200
        assert (await admin.pay()).status == 200


async def test_bodies_are_shown_with_their_secrets_masked(admin: Admin) -> None:
    """What is kept of a body is for reading, not for stealing."""
    async with admin.http.post(
        f"{admin.box.url}/toy/v1/payments",
        data=b'{"amount":1,"client_secret":"abc","card":{"number":"4242"}}',
        headers=KEY,
    ) as answer:
        exchange = answer.headers["Brownout-Exchange"]

    _, value = await admin("GET", f"/exchanges/{exchange}")

    assert value["request_body"] == '{"amount":1,"client_secret":"***","card":{"number":"***"}}'
