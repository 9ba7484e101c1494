"""Effects for real: what a client of the socket sees."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from io import BytesIO
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from toy import KEY, REGISTRIES

from brownout.core.limits import Limit
from brownout.core.match import Match
from brownout.core.plan import ClockOptions, Phase, Plan
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.faults.drift import Drift
from brownout.faults.latency import Latency
from brownout.faults.scope import Scope
from brownout.faults.token import Token
from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from brownout.core.limits import Announce
    from brownout.testing import AsyncSandbox

PAY = {"amount": 100, "order": "o-1"}


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client without any cleverness."""
    async with aiohttp.ClientSession() as session:
        yield session


def simulator(*rules: Rule, **options: object) -> Simulator:
    """Return a server for the toy provider."""
    return Simulator(Plan(rules=rules), registries=REGISTRIES, **options)  # type: ignore[arg-type]


async def until(true: Callable[[], object]) -> None:
    """Let the loop go on until the server has got there; a test that never gets there times out."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what is waited for is the server's own state
            await asyncio.sleep(0.001)


async def pay(http: aiohttp.ClientSession, box: AsyncSandbox, **headers: str) -> aiohttp.ClientResponse:
    """Pay order o-1 and read the answer."""
    async with http.post(f"{box.url_of('toy')}/v1/payments", json=PAY, headers={**KEY, **headers}) as answer:
        await answer.read()
        return answer


@pytest.mark.parametrize("target", ["edge", "request", "response"])
@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (Abort(status=500), 500),
        (Abort(status=503, body="html", headers={"Retry-After": "7"}), 503),
        (Abort(connection="reset"), aiohttp.ClientConnectionError),
        (Abort(connection="hang"), TimeoutError),
        (Latency(delay=0.05), 200),
    ],
    ids=["status", "gateway", "reset", "hang", "latency"],
)
async def test_every_fault_at_every_target(
    http: aiohttp.ClientSession, fault: Abort | Latency, target: str, seen: int | type[Exception]
) -> None:
    """What the client sees, and what the ledger knows: only at the response does the effect stand."""
    async with simulator(Rule(name="r", fault=fault, target=target, count=Count(first=1))) as box:  # type: ignore[arg-type]
        timeout = aiohttp.ClientTimeout(total=0.3)
        started = time.monotonic()
        if isinstance(seen, int):
            answer = await pay(http, box)
            assert answer.status == seen
            if isinstance(fault, Abort) and fault.body == "html":
                assert answer.headers["Retry-After"] == "7"
        else:
            with pytest.raises(seen):
                await http.post(f"{box.url_of('toy')}/v1/payments", json=PAY, headers=KEY, timeout=timeout)
        if isinstance(fault, Latency):
            assert time.monotonic() - started >= fault.delay
        expected = 100 if target == "response" or isinstance(fault, Latency) else 0
        assert box.ledger().captured() == expected


async def test_a_reset_is_a_tcp_reset() -> None:
    """Not an orderly end: the socket reports ECONNRESET."""
    async with simulator(Rule(name="r", fault=Abort(connection="reset"), target="edge")) as box:
        host, port = box.url.removeprefix("http://").split("/")[0].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /toy/v1/payments/x HTTP/1.1\r\nHost: x\r\n\r\n")

        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()


async def test_a_hang_notices_that_the_client_left(http: aiohttp.ClientSession) -> None:
    """The exchange ends when the client gives up, and its slot and key are free again."""
    async with simulator(Rule(name="r", fault=Abort(connection="hang"), target="request", count=Count(first=1))) as box:
        with pytest.raises(TimeoutError):
            await http.post(
                f"{box.url_of('toy')}/v1/payments",
                json=PAY,
                headers={**KEY, "Idempotency-Key": "k"},
                timeout=aiohttp.ClientTimeout(total=0.1),
            )
        await box.verify(count=1, within=2)
        await until(lambda: box.exchanges()[0].outcome)

        assert box.exchanges()[0].outcome == "client_gone"
        assert "the connection was left hanging. In the end the client left." in box.exchanges()[0].explain()
        assert (await pay(http, box, **{"Idempotency-Key": "k"})).status == 200


async def test_a_request_whose_client_left_during_a_delay_still_commits(http: aiohttp.ClientSession) -> None:
    """A provider doesn't know that its caller has given up: slow but successful."""
    async with simulator(Rule(name="r", fault=Latency(delay=0.15), target="request")) as box:
        with pytest.raises(TimeoutError):
            await http.post(
                f"{box.url_of('toy')}/v1/payments",
                json=PAY,
                headers=KEY,
                timeout=aiohttp.ClientTimeout(total=0.05),
            )
        await box.verify(count=1, within=2)

        assert box.ledger().captured() == 100


async def test_a_duplicate_during_an_injected_delay_gets_409_and_after_it_the_replay(
    http: aiohttp.ClientSession,
) -> None:
    """Over the wire, with both requests really open at once."""
    async with simulator(Rule(name="r", fault=Latency(delay=0.2), target="response", count=Count(first=1))) as box:
        first = asyncio.create_task(pay(http, box, **{"Idempotency-Key": "k"}))
        await box.verify(count=1, within=2)

        during = await pay(http, box, **{"Idempotency-Key": "k"})
        done = await first
        after = await pay(http, box, **{"Idempotency-Key": "k"})

        assert (during.status, done.status, after.status) == (409, 200, 200)
        assert "Replayed" in after.headers
        assert box.ledger().captured() == 100


async def test_200_concurrent_calls_over_40_keys_make_40_objects(http: aiohttp.ClientSession) -> None:
    """Whatever the order of arrival: one payment a key, the rest refused or replayed."""
    async with simulator() as box:
        answers = await asyncio.gather(
            *(pay(http, box, **{"Idempotency-Key": f"k{number % 40}"}) for number in range(200))
        )

        assert {one.status for one in answers} <= {200, 409}
        assert len([one for one in box.ledger().entries if one.kind == "capture"]) == 40


async def test_no_delay_ends_early(http: aiohttp.ClientSession) -> None:
    """Fifty at once: each waits at least what was asked."""
    async with simulator(Rule(name="r", fault=Latency(delay=0.03, jitter=0.02), target="edge")) as box:

        async def measured() -> float:
            started = time.monotonic()
            await pay(http, box)
            return time.monotonic() - started

        lengths = await asyncio.gather(*(measured() for _ in range(50)))
        asked = sorted(float(one.fired[0]["effects"][0].removeprefix("delay ")[:-1]) for one in box.exchanges())

        assert min(lengths) >= asked[0] >= 0.03


@pytest.mark.parametrize("fault", [Abort(connection="hang"), Latency(delay=60.0)])
async def test_the_server_stops_within_two_seconds(http: aiohttp.ClientSession, fault: Abort | Latency) -> None:
    """Hangs and delays are released; nothing is left running."""
    simulated = simulator(Rule(name="r", fault=fault, target="request"))
    async with simulated as box:
        waiting = asyncio.create_task(pay(http, box))
        await until(lambda: box.faults()[0]["fired"])
        started = time.monotonic()
    assert time.monotonic() - started < 2.0
    with pytest.raises(aiohttp.ClientError):
        await waiting
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"NONSENSE\r\n\r\n", b"400"),
        (b"GET /toy/" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Big: " + b"a" * 20_000 + b"\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Many: a\r\n" * 300 + b"\r\n", b"400"),
        (b"POST /toy/v1/payments HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n", b"400"),
    ],
    ids=["no http", "long line", "long header", "many headers", "bad length", "bad header"],
)
async def test_what_never_reaches_a_handler_is_answered_as_by_a_gateway(raw: bytes, status: bytes) -> None:
    """The gateway's own page, counted, and never a traceback."""
    simulated = simulator()
    async with simulated as box:
        host, port = box.url.removeprefix("http://").split("/")[0].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(raw)
        answer = await reader.read()
        writer.close()

        assert answer.split()[1] == status
        assert b"<center>nginx</center>" in answer
        assert simulated.unparsed == 1


async def test_a_body_beyond_the_gateways_size_is_refused_by_the_gateway(http: aiohttp.ClientSession) -> None:
    """413 from the gateway; the provider never saw it."""
    async with (
        simulator() as box,
        http.post(f"{box.url_of('toy')}/v1/payments", data=BytesIO(b"x" * (17 * 2**20))) as answer,
    ):
        assert answer.status == 413
        assert "nginx" in await answer.text()
        assert box.exchanges() == []


async def test_a_client_that_leaves_mid_answer_leaves_nothing_behind() -> None:
    """The record says that the client was gone."""
    async with simulator(Rule(name="r", fault=Latency(delay=0.05), target="response")) as box:
        host, port = box.url.removeprefix("http://").split("/")[0].split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /toy/v1/payments/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key-a\r\n\r\n")
        await box.verify(count=1, within=2)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()
        await until(lambda: box.exchanges()[0].outcome)

        assert box.exchanges()[0].outcome == "client_gone"


async def test_our_own_bug_looks_like_no_provider(http: aiohttp.ClientSession) -> None:
    """An internal error answers in a form that nobody mistakes for a fault, and the server goes on."""

    class Broken(Latency):
        def effects(self, *_: object) -> list[object]:  # type: ignore[override]
            raise ZeroDivisionError

    rule = Rule(name="r", fault=Broken(delay=1.0), target="request", count=Count(first=1), match=Match())
    async with simulator(rule) as box:
        broken = await pay(http, box)
        fine = await pay(http, box)

        assert (broken.status, fine.status) == (500, 200)
        assert broken.headers["Brownout-Error"] == "1"


async def token(http: aiohttp.ClientSession, box: AsyncSandbox) -> dict[str, Any]:
    """Fetch a token and return the answer's body."""
    async with http.post(f"{box.url_of('toy')}/v1/token", json={}, headers=KEY) as answer:
        assert answer.status == 200
        return dict(await answer.json())


async def read(http: aiohttp.ClientSession, box: AsyncSandbox, text: str) -> int:
    """List payments with a token and return the status."""
    async with http.get(f"{box.url_of('toy')}/v1/payments", headers={"Authorization": f"Bearer {text}"}) as answer:
        await answer.read()
        return answer.status


@pytest.mark.parametrize(
    ("change", "to", "amount"),
    [("remove", None, None), ("null", None, None), ("retype", None, "100"), ("wrap", None, [100]),
     ("rename", "total", None), ("extra", 7, 7), ("enum", "x", 100)],
)  # fmt: skip
async def test_a_drifted_answer_is_whole(
    http: aiohttp.ClientSession, change: str, to: object, amount: object
) -> None:  # fmt: skip
    """Its length is right on a connection that goes on, its type is the provider's; the ledger knows the truth."""
    path = "$.extra" if change == "extra" else "$.amount"
    drift = Drift(path=path, change=change, to=to)  # type: ignore[arg-type]
    async with simulator(Rule(name="r", fault=drift, target="response", count=Count(nth=(1, 3)))) as box:
        answers = []
        for number in range(4):
            async with http.post(
                f"{box.url_of('toy')}/v1/payments", json=PAY, headers={**KEY, "Idempotency-Key": "k"}
            ) as answer:
                raw = await answer.read()
                assert int(answer.headers["Content-Length"]) == len(raw)
                assert answer.headers["Content-Type"] == "application/json"
                assert ("Replayed" in answer.headers) == (number > 0)
                answers.append(await answer.json())

        assert answers[1] == answers[3]
        assert answers[1]["amount"] == 100
        assert answers[0] == answers[2]
        assert (answers[0] != answers[1]) == (change != "enum")
        assert answers[0].get(path[2:]) == amount
        assert box.ledger().captured() == 100
        assert box.faults()[0]["fired"] == (0 if change == "enum" else 2)


async def test_a_token_dies_before_its_time(http: aiohttp.ClientSession) -> None:
    """The client was told ten minutes and gets 401 after twenty seconds; the next token is as short."""
    async with simulator(Rule(name="r", fault=Token(change="short_life", life=20.0), target="request")) as box:
        made = await token(http, box)
        before = await read(http, box, made["access_token"])
        await box.clock.advance("21s")
        after = await read(http, box, made["access_token"])
        again = await read(http, box, (await token(http, box))["access_token"])

        assert (made["expires_in"], before, after, again) == (600, 200, 401, 200)
        assert box.exchanges(error="token_expired")[0].decided["cause"] == "rule r"
        assert box.faults()[0]["fired"] == 2


async def test_a_token_is_revoked_mid_run(http: aiohttp.ClientSession) -> None:
    """The third use kills it, for good; the key that fetched it is as good as before."""
    async with simulator(Rule(name="r", fault=Token(change="revoke"), target="edge", count=Count(nth=(3,)))) as box:
        text = (await token(http, box))["access_token"]

        assert [await read(http, box, text) for _ in range(4)] == [200, 200, 401, 401]
        assert (await pay(http, box)).status == 200
        assert "rule r saw to that" in box.exchanges(error="token_revoked")[-1].explain()


async def test_scopes_are_withheld_and_dropped(http: aiohttp.ClientSession) -> None:
    """Paying is refused with 403 while reading goes on, until nothing is left."""
    async with simulator(
        Rule(name="withheld", fault=Scope(change="withhold", scopes=("*.write",)), target="request"),
        Rule(name="dropped", fault=Scope(change="drop"), target="edge", count=Count(nth=(4,))),
    ) as box:
        made = await token(http, box)
        bearer = {"Authorization": f"Bearer {made['access_token']}"}

        assert made["scope"] == "payments.read"
        assert (await pay(http, box, **bearer)).status == 403
        assert [await read(http, box, made["access_token"]) for _ in range(4)] == [200, 200, 403, 403]
        assert box.ledger().captured() == 0
        assert {one["name"]: one["fired"] for one in box.faults()} == {"withheld": 1, "dropped": 1}


@pytest.mark.parametrize("announce", ["none", "retry_after"])
async def test_a_burst_limit_of_a_phase(http: aiohttp.ClientSession, announce: Announce) -> None:
    """The provider's own 429 beyond the burst, with a way back only where it is announced; then the phase is over."""
    burst = Limit(name="burst", match=Match(operation=("toy.payments.create",)), algorithm="token_bucket",
                  rate_per_second=0.5, burst=3.0, announce=announce, phase="storm")  # fmt: skip
    plan = Plan(
        limits=(burst,),
        phases=(Phase(name="calm", duration_seconds=60.0), Phase(name="storm", duration_seconds=60.0)),
        clock=ClockOptions(frozen=True),
    )
    async with Simulator(plan, registries=REGISTRIES) as box:

        async def statuses() -> list[int]:
            return [(await pay(http, box)).status for _ in range(5)]

        calm = await statuses()
        await box.clock.advance("1m")
        storm = await statuses()
        refused = await pay(http, box)
        await box.clock.advance("2s")
        refilled = await statuses()
        await box.clock.advance("1m")
        after = await statuses()

        assert (calm, storm, refilled, after) == ([200] * 5, [200] * 3 + [429] * 2, [200] + [429] * 4, [200] * 5)
        assert (await refused.json())["error"] == "rate_limited"
        assert refused.headers.get("Retry-After") == (None if announce == "none" else "2")
        assert [one.decided["phase"] for one in box.exchanges()][::5] == ["calm", "storm", "storm", "storm", None]
        assert {one.repeatability for one in box.exchanges()} == {"D2"}


async def test_putting_a_scenario_begins_its_phases_anew(http: aiohttp.ClientSession) -> None:
    """Over the admin API: also after a quiet time, the first phase is the first again."""
    text = (
        "brownout: 1\nphases:\n  - {name: calm, duration: 1m}\n"
        "  - {name: storm, duration: 1m, faults: [{kind: abort, status: 503}]}\n"
    )
    async with simulator() as box:

        async def put() -> None:
            async with http.put(f"{box.url}/_brownout/scenario", data=text) as answer:
                assert answer.status == 200, await answer.text()

        await put()
        await box.clock.advance("61s")
        storm = (await pay(http, box)).status
        await put()
        calm = (await pay(http, box)).status

        assert (storm, calm) == (503, 200)
        assert [one.decided["phase"] for one in box.exchanges()] == ["storm", "calm"]


async def test_a_faults_own_keys_are_told_from_those_of_match(http: aiohttp.ClientSession) -> None:
    """Drift's `path` leads into the answer; the request's goes into `match`. Lengths may be numbers of seconds."""
    async with simulator() as box:
        box.fault("drift", path="$.amount", change="null", match={"path": "/v1/pay*"}, method="POST")
        box.fault("drift", path="$.amount", change="remove", match={"path": "/elsewhere"})
        short = box.fault("token", change="short_life", life=20, announced=True)

        async with http.post(f"{box.url_of('toy')}/v1/payments", json=PAY, headers=KEY) as answer:
            assert (await answer.json())["amount"] is None
        assert (await token(http, box))["expires_in"] == 20
        assert short.fired == 1
        assert [one["fired"] for one in box.faults()] == [1, 0, 1]
