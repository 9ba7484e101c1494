"""What a hostile or unlucky client sends, and worlds that begin again under it: explained, isolated, nothing lost."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from toy import KEY, REGISTRIES, ToyOptions

from brownout.core.chance import pseudonym
from brownout.core.plan import Plan
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.faults.latency import Latency
from brownout.records.redaction import redact
from brownout.testing import EngineTransport, Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from brownout.testing import AsyncSandbox

PAY = b'{"amount":100,"order":"o-1"}'


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client."""
    async with aiohttp.ClientSession() as session:
        yield session


async def raw(box: AsyncSandbox, data: bytes) -> bytes:
    """Send bytes as they are and return everything that comes back."""
    host, port = box.url.removeprefix("http://").split("/")[0].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    answer = await reader.read()
    writer.close()
    return answer


async def until(true: Callable[[], object]) -> None:
    """Let the loop go on until the server has got there."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what is waited for is the server's own state
            await asyncio.sleep(0.001)


@pytest.mark.parametrize(
    "line", [b"OPTIONS *", b"CONNECT evil:80", b"GET http://other.example/nothing", b"GET //", b"GET /%00"]
)
async def test_odd_request_targets_are_answered_with_words(line: bytes) -> None:
    """Absolute form, asterisk, authority, empty segments: never our own 500."""
    async with Simulator(registries=REGISTRIES) as box:
        answer = await raw(box, line + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert answer.split()[1] == b"404"
    assert b'"brownout"' in answer


@pytest.mark.parametrize(
    "header", [b"Idempotency-Key: commande-\xe9", b"baggage: brownout.key=\xff", b"Authorization: Bearer key-\xff"]
)
async def test_bytes_outside_ascii_in_a_header_poison_nothing(http: aiohttp.ClientSession, header: bytes) -> None:
    """They read as Latin-1; the journal can still be read and written."""
    async with Simulator(registries=REGISTRIES) as box:
        head = b"POST /toy/v1/payments HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer key-a\r\n"
        assert b" 200 OK" in await raw(box, head + header + b"\r\nContent-Length: 28\r\n\r\n" + PAY)
        async with http.get(f"{box.url}/_brownout/exchanges") as answer:
            assert answer.status == 200
        assert box._world.journal is not None  # noqa: SLF001 - the drill writes these lines
        assert all(record.line() for record in box._world.journal)  # noqa: SLF001


async def test_a_body_that_does_not_unpack_is_refused_by_the_gateway(http: aiohttp.ClientSession) -> None:
    """Said to be gzip but isn't: 400, and the provider never saw it."""
    async with Simulator(registries=REGISTRIES) as box:
        url = f"{box.url_of('toy')}/v1/payments"
        async with http.post(url, data=b"nonsense", headers={**KEY, "Content-Encoding": "gzip"}) as answer:
            assert answer.status == 400
            assert "nginx" in await answer.text()
        packed = gzip.compress(PAY)
        async with http.post(url, data=packed, headers={**KEY, "Content-Encoding": "gzip"}) as answer:
            assert answer.status == 200


async def test_a_client_that_waits_to_be_asked_for_its_body_is_asked() -> None:
    """`Expect: 100-continue`, as curl sends it with large bodies."""
    async with Simulator(registries=REGISTRIES) as box:
        host, port = box.url.removeprefix("http://").split("/")[0].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"POST /toy/v1/payments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key-a\r\nConnection: close\r\n"
            b"Expect: 100-continue\r\nContent-Length: 28\r\n\r\n"
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        writer.write(PAY)
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_an_exchange_of_a_world_that_began_again_ends_without_a_trace(http: aiohttp.ClientSession) -> None:
    """A request that waits in a delay while its sandbox is reset is cut off, and the new world knows nothing of it."""
    slow = Rule(name="slow", fault=Latency(delay=0.2), target="request", count=Count(first=1))
    async with Simulator(Plan(rules=(slow,)), registries=REGISTRIES) as box:
        url = f"{box.url_of('toy')}/v1/payments"
        old = asyncio.create_task(http.post(url, data=PAY, headers=KEY))
        await until(lambda: box.faults()[0]["fired"])
        box.reset()

        with pytest.raises(aiohttp.ClientConnectionError):
            await old
        assert (box.exchanges(), box.ledger().entries) == ([], ())


async def test_an_advance_ends_with_the_world_it_was_asked_of(http: aiohttp.ClientSession) -> None:
    """A reset during an advance leaves the new world's clock at its start."""
    begun = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        begun.set()
        await asyncio.sleep(1.0)
        return web.Response()

    async with _receiver(hang) as hook, _hooked(hook) as box:
        await box.clock.freeze()
        await http.post(f"{box.url_of('toy')}/v1/payments", data=PAY, headers=KEY)
        advance = asyncio.create_task(box.clock.advance("30d"))
        await begun.wait()
        box.reset()
        await advance

        assert box.clock.now - box._world.clock.started_at < 60  # noqa: SLF001 - the world's own start


async def test_a_dropped_world_delivers_nothing_more_and_its_successor_does(http: aiohttp.ClientSession) -> None:
    """Sandboxes of one name that follow each other are strangers."""
    seen: list[str] = []
    begun = asyncio.Event()

    async def receive(request: web.Request) -> web.Response:
        seen.append((await request.json())["payment"])
        begun.set()
        if len(seen) == 1:
            await asyncio.sleep(1.0)
        return web.Response()

    async with _receiver(receive) as hook, _hooked(hook) as box:
        first = box.sandbox("again")
        for order in ("a", "b"):
            body = orjson.dumps({"amount": 1, "order": order})
            await http.post(f"{first.url_of('toy')}/v1/payments", data=body, headers=KEY)
        await begun.wait()
        await first.drop()
        second = box.sandbox("again")
        async with http.post(f"{second.url_of('toy')}/v1/payments", data=PAY, headers=KEY) as answer:
            made = (await answer.json())["id"]
        await until(lambda: len(seen) == 2)

        assert seen[1] == made
        assert [one["state"] for one in second.webhooks()] in (["pending"], ["delivered"])


async def test_a_redelivery_takes_the_place_of_the_try_that_was_scheduled(http: aiohttp.ClientSession) -> None:
    """What was delivered by hand isn't delivered again by the ladder."""
    answers = [500, 200]

    async def receive(request: web.Request) -> web.Response:
        return web.Response(status=answers.pop(0) if answers else 500)

    async with _receiver(receive) as hook, _hooked(hook) as box:
        await box.clock.freeze()
        await http.post(f"{box.url_of('toy')}/v1/payments", data=PAY, headers=KEY)
        await box.settle()
        async with http.post(f"{box.url}/_brownout/webhooks/{box.webhooks()[0]['id']}/redeliver") as answer:
            assert (await answer.json())["state"] == "delivered"
        await box.clock.advance("1d")

        assert [one["status"] for one in box.webhooks()[0]["attempts"]] == [500, 200]


async def test_an_endpoint_that_no_client_can_reach_is_a_failed_try(http: aiohttp.ClientSession) -> None:
    """A URL that can't be parsed says so in the delivery, and holds up nothing."""
    async with _hooked("http://[x/hook") as box:
        await box.clock.freeze()
        await http.post(f"{box.url_of('toy')}/v1/payments", data=PAY, headers=KEY)
        await box.settle()

        assert "ValueError" in box.webhooks()[0]["attempts"][0]["error"]


async def test_verify_counts_evictions_under_a_glob(http: aiohttp.ClientSession) -> None:
    """A pattern that covers what was dropped can't be counted either."""
    async with Simulator(registries=REGISTRIES, records_kept=2) as box:
        for _ in range(3):
            await http.post(f"{box.url_of('toy')}/v1/payments", data=PAY, headers=KEY)
        async with http.post(f"{box.url}/_brownout/verify", json={"operation": "toy.*", "count": 2}) as answer:
            assert answer.status == 409


async def test_putting_a_sandbox_twice_changes_nothing(http: aiohttp.ClientSession) -> None:
    """The second PUT keeps port and scenario; deleting it through its own port answers."""
    async with Simulator(registries=REGISTRIES) as box:
        admin = f"{box.url}/_brownout"

        async def put(value: dict[str, Any]) -> Any:
            async with http.put(f"{admin}/sandboxes/own", json=value) as answer:
                return await answer.json()

        first, again = await put({"listen": ["toy"]}), await put({"listen": ["toy"]})
        assert first["listeners"] == again["listeners"]
        own = first["listeners"]["toy"]
        async with http.put(f"{own}/_brownout/scenario", data=b"brownout: 1\ntitle: Mine\n") as answer:
            assert answer.status == 200
        assert (await put({"seed": 7}))["title"] == "Mine"
        async with http.delete(f"{own}/_brownout/sandboxes/own") as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    "wrong",
    [{"freeze": "false"}, {"speed": True}, {"advance": "1s", "wait": 1}, {"advance": "9999999d"}, {"advance": None}],
)
async def test_the_clock_takes_no_guesses(http: aiohttp.ClientSession, wrong: dict[str, Any]) -> None:
    """A value of another type is refused, and nothing has changed."""
    async with Simulator(registries=REGISTRIES) as box:
        async with http.post(f"{box.url}/_brownout/clock", json=wrong) as answer:
            assert answer.status == 400
        async with http.get(f"{box.url}/_brownout/clock") as answer:
            clock = await answer.json()
        assert (clock["frozen"], clock["speed"], clock["jumped"]) == (False, 1.0, 0)


@pytest.mark.parametrize("headers", [{"Host": "[bad"}, {"Origin": "http://["}, {"Host": ""}])
async def test_addresses_that_cannot_be_parsed_are_refused(
    http: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    """403 in our own form."""
    async with (
        Simulator(registries=REGISTRIES) as box,
        http.get(f"{box.url}/_brownout/clock", headers=headers) as answer,
    ):
        assert answer.status == 403


async def test_a_refused_admin_call_makes_no_sandbox(http: aiohttp.ClientSession) -> None:
    """Nor does a path that leads nowhere: only who is let in uses up the limit."""
    async with Simulator(registries=REGISTRIES, admin_token="t") as box:
        base = box.url.rpartition("/~")[0]
        async with http.get(f"{base}/~one/_brownout/clock") as answer:
            assert answer.status == 401
        async with http.get(f"{base}/~two/nowhere") as answer:
            assert answer.status == 404
        async with http.get(f"{base}/_brownout/sandboxes", headers={"Authorization": "Bearer t"}) as answer:
            assert [one["name"] for one in (await answer.json())["sandboxes"]] == ["default"]


async def test_a_client_that_closed_its_sending_side_gets_its_answer() -> None:
    """Half-closed isn't gone: an answer that is never sent would be a lost one that nobody asked for."""
    async with Simulator(registries=REGISTRIES) as box:
        host, port = box.url.removeprefix("http://").split("/")[0].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /toy/v1/payments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key-a\r\n")
        writer.write(b"Content-Length: 28\r\n\r\n" + PAY)
        writer.write_eof()

        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
        writer.close()
        assert box.exchanges()[0].outcome == "sent"


async def test_an_unmodelled_path_without_prefix_is_the_providers_404(http: aiohttp.ClientSession) -> None:
    """SDKs that take no path meet the provider's words there too; our own errors are errors to every SDK."""
    async with Simulator(registries=REGISTRIES) as box:
        base = box.url.rpartition("/~")[0]
        async with http.get(f"{base}/v1/subscriptions", headers=KEY) as answer:
            assert (answer.status, await answer.json()) == (404, {"error": "no such call"})
        async with http.get(f"{base}/elsewhere", headers=KEY) as answer:
            assert (await answer.json())["error"]["type"] == "brownout_error"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"operation": "toy.payment.create", "count": 0}, "did you mean 'toy.payments.create'"),
        ({"operation": 1, "count": 0}, "operation must be a text"),
        ({"client": {}, "count": 0}, "client must be a text"),
        ({"count": "²"}, "count must be a whole number"),
        ({"count": "9" * 5000}, "count must be a whole number"),
    ],
)
async def test_verify_is_never_green_by_mistake(
    http: aiohttp.ClientSession, wanted: dict[str, Any], words: str
) -> None:
    """A misspelt operation or a value of another type is refused, not counted as nothing."""
    async with Simulator(registries=REGISTRIES) as box:
        async with http.post(f"{box.url}/_brownout/verify", json=wanted) as answer:
            assert answer.status == 400
            assert words in (await answer.json())["brownout"]["error"]
        async with http.post(f"{box.url}/_brownout/verify", json={"count": "0"}) as answer:
            assert answer.status == 200


async def test_a_fault_has_the_name_it_is_put_under(http: aiohttp.ClientSession) -> None:
    """Another name in its body is refused, and no rule is in force."""
    async with Simulator(registries=REGISTRIES) as box:
        fault = {"kind": "abort", "status": 500, "name": "other"}
        async with http.put(f"{box.url}/_brownout/faults/mine", json=fault) as answer:
            assert answer.status == 400
        assert box.faults() == []


async def test_what_no_provider_saw_is_listed(http: aiohttp.ClientSession) -> None:
    """With its status and what was wrong."""
    async with Simulator(registries=REGISTRIES) as box:
        await raw(box, b"NONSENSE\r\n\r\n")
        async with http.get(f"{box.url}/_brownout/unparsed") as answer:
            (only,) = (await answer.json())["unparsed"]
        assert only["status"] == 400


async def test_thousands_of_mistakes_are_not_listed(http: aiohttp.ClientSession) -> None:
    """The first fifty, and how many more."""
    async with Simulator(registries=REGISTRIES) as box:
        async with http.post(f"{box.url}/_brownout/claims", data=b"x\n" * 5000) as answer:
            problem = (await answer.json())["brownout"]
        assert len(problem["mistakes"]) == 50


def test_a_faults_headers_replace_the_answers_own_in_any_case() -> None:
    """One Content-Type goes out, the fault's."""
    rule = Rule(name="r", fault=Abort(status=500, headers={"content-type": "text/plain"}), target="request")
    answer = EngineTransport(Plan(rules=(rule,)), registries=REGISTRIES).send("GET", "/toy/v1/payments/x", headers=KEY)

    assert [(name, text) for name, text in answer.headers.items() if name.lower() == "content-type"] == [
        ("content-type", "text/plain")
    ]


@pytest.mark.parametrize("headers", [{"X": "a\r\nInjected: 1"}, {"Bad Name": "x"}, {"Content-Length": "3"}])
def test_a_faults_headers_cannot_break_the_wire(headers: dict[str, str]) -> None:
    """Refused when the fault is made."""
    with pytest.raises(ValueError, match="headers"):
        Abort(status=500, headers=headers)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"card%5bnumber%5d=4242&x=1", "card%5bnumber%5d=***&x=1"),
        (b"card[%6eumber]=4242", "card[%6eumber]=***"),
        (b' {"number":4242424242424242,"a":1}', ' {"number":"***","a":1}'),
        (b'{"secret":"ab\\"cdEF","a":1}', '{"secret":"***","a":1}'),
        (b'{"url":"https://x/?secret=pi_1_secret_abc"}', '{"url":"https://x/?secret=pi_1_secret_***"}'),
        (b'{"client_secret":"pi_1_secret_abc', '{"client_secret":"***"'),
        (b'{"email":null,"phone":""}', '{"email":null,"phone":""}'),
        (b"amount=5&currency=usd", "amount=5&currency=usd"),
        (b"note=" + b"sk_" + b"live_abcDEF", "note=sk_live_***"),
        (b'{"id_numbers":[{"type":"ssn","value":"433-54-3937"}],"a":1}', '{"id_numbers":["***"],"a":1}'),
        (b'{"id_numbers": [{"type":"ssn","value":"433', '{"id_numbers":["***"]'),
        (b'{"id_numbers":[],"a":1}', '{"id_numbers":[],"a":1}'),
    ],
)
def test_what_is_shown_of_a_body_holds_no_secret(body: bytes, shown: str) -> None:
    """However it is escaped, cut or spelled."""
    assert redact(body) == shown


@pytest.mark.parametrize("whole", [True, False])
def test_an_uploaded_file_is_not_shown(whole: bool) -> None:  # noqa: FBT001
    """A passport's picture is neither kept for reading nor half shown; the form's other fields are."""
    field = b'--x\r\nContent-Disposition: form-data; name="type"\r\n\r\npassport\r\n'
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="p.png"\r\nContent-Type: image/png\r\n\r\n'
    end = b"\r\n--x--\r\n" if whole else b""

    assert redact(field + head + b"\x89PNG\r\n\x00face" + end) == (field + head + b"***" + end).decode()


@pytest.mark.parametrize(
    "field", ["email", "first_name", "last_name", "phone_number", "street", "postcode", "given_name", "id_number"]
)
def test_personal_data_of_every_provider_are_hidden_alike(field: str) -> None:
    """In JSON, cut JSON and forms, one person has one pseudonym."""
    stand_in = f"~{pseudonym('Jo Ann@x')}"

    assert redact(f'{{"{field}": "Jo Ann@x"}}'.encode()) == f'{{"{field}":"{stand_in}"}}'
    assert redact(f'{{"{field}":"Jo Ann@x'.encode()) == f'{{"{field}":"{stand_in}"'
    assert redact(f"a={field}&{field}=Jo+Ann%40x".encode()) == f"a={field}&{field}={stand_in}"


def test_an_address_that_names_a_call_is_not_journalled() -> None:
    """An applicant goes by their e-mail address, which stays in the world and is written nowhere."""
    transport = EngineTransport()
    body = b'{"first_name":"Jo","last_name":"Ann","email":"jo@example.com"}'
    headers = {"Authorization": "Token token=api_sandbox.shop", "Content-Type": "application/json"}
    transport.send("POST", "/onfido/v3.6/applicants", headers=headers, body=body)

    record = next(iter(transport.world.journal))
    assert b"jo@example.com" not in record.line()
    assert record.decided()["key"] == f"~{pseudonym('jo@example.com')}"


def test_personal_data_have_a_pseudonym_that_stays() -> None:
    """Same input, same output, and the input isn't in it; an idempotency key is one too."""
    first, other = redact(b'{"email":"ann@example.com"}'), redact(b"email=ann@example.com&x=k-1", "k-1")

    assert "ann" not in first + other
    assert redact(b'{"email":"ann@example.com"}') == first
    assert "k-1" not in other


def test_a_client_secret_in_a_path_is_not_journalled() -> None:
    """A client that takes it for an id leaves it in no record."""
    transport = EngineTransport(registries=REGISTRIES)
    transport.send("GET", "/toy/v1/payments/pi_1_secret_abc", headers=KEY)

    assert b"abc" not in next(iter(transport.world.journal)).line()


def test_a_call_that_a_count_passed_over_is_counted_too() -> None:
    """Which of two calls comes first decided who was hit: both are D1."""
    rule = Rule(name="r", fault=Abort(status=503), target="request", count=Count(first=1))
    transport = EngineTransport(Plan(rules=(rule,)), registries=REGISTRIES)
    for order in ("a", "b"):
        transport.send("POST", "/toy/v1/payments", headers=KEY, body=b'{"amount":1,"order":"%b"}' % order.encode())

    assert [(one.status, one.repeatability) for one in transport.world.journal] == [(503, "D1"), (200, "D1")]


def test_an_order_called_like_a_count_is_another_identity() -> None:
    """`#1` as a key never meets the first counted call; baggage is percent-decoded."""
    transport = EngineTransport(registries=REGISTRIES)
    transport.send("POST", "/toy/v1/payments", headers=KEY, body=b'{"amount":1}')
    transport.send("POST", "/toy/v1/payments", headers={**KEY, "baggage": "brownout.key=%231"}, body=b'{"amount":1}')

    first, second = transport.world.journal
    assert (first.key, second.key) == ("#1", "#1")
    assert first.id != second.id


def test_a_refusal_whose_answer_is_replaced_did_not_happen_after_a_commit() -> None:
    """A 401 behind a lost answer is told as a refusal, not as an effect that stands."""
    rule = Rule(name="r", fault=Abort(status=502), target="response")
    transport = EngineTransport(Plan(rules=(rule,)), registries=REGISTRIES)

    assert transport.send("POST", "/toy/v1/payments", body=PAY).status == 502
    assert next(iter(transport.world.journal)).stage == "authorise"


def _hooked(url: str) -> Simulator:
    return Simulator(Plan(providers={"toy": ToyOptions(webhooks=(url,))}), registries=REGISTRIES)


class _receiver:  # noqa: N801 - a context, used like a function
    """A server for one handler at /hook; its URL."""

    def __init__(self, handler: Any) -> None:
        self._application = web.Application()
        self._application.router.add_post("/hook", handler)

    async def __aenter__(self) -> str:
        self._runner = web.AppRunner(self._application, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
