"""Faults that are put while a server runs, and faults that requests ask for themselves."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from toy import KEY, REGISTRIES

from brownout.core.errors import UsageError
from brownout.core.plan import ClockOptions, Plan
from brownout.core.rules import Count, Rule, When
from brownout.faults.abort import Abort
from brownout.faults.drift import Drift
from brownout.server.asked import Asked, texts_of
from brownout.testing import EngineTransport, Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from brownout.testing import AsyncSandbox

PAY = b'{"amount":100,"order":"o-1"}'
DOWN = {"kind": "abort", "status": 503}


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client without any cleverness."""
    async with aiohttp.ClientSession() as session:
        yield session


async def pay(http: aiohttp.ClientSession, box: AsyncSandbox, **headers: str) -> aiohttp.ClientResponse:
    """Pay order o-1 and read the answer."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    async with http.post(f"{box.url_of('toy')}/v1/payments", data=PAY, headers={**KEY, **headers}) as answer:
        await answer.read()
        return answer


async def admin(http: aiohttp.ClientSession, box: AsyncSandbox, method: str, path: str, body: Any = None) -> tuple:
    """Ask the admin API; return status and JSON."""
    url = box.url_of("toy").rpartition("/")[0]
    async with http.request(method, f"{url}/_brownout{path}", json=body) as answer:
        return answer.status, await answer.json()


def simulator(*rules: Rule, **options: Any) -> Simulator:
    """Return a server for the toy provider."""
    return Simulator(Plan(rules=rules, **options), registries=REGISTRIES)


async def test_a_fault_with_a_time_to_live_goes_by_itself(http: aiohttp.ClientSession) -> None:
    """Whoever forgets to take it out, or crashes, leaves no chaos behind; meanwhile every answer tells of it."""
    async with simulator() as box:
        status, put = await admin(http, box, "PUT", "/faults/down", {**DOWN, "ttl": "1h"})
        assert (status, put["live"], 3500 < put["ttl_left"] <= 3600) == (200, True, True)
        answer = await pay(http, box)
        assert (answer.status, answer.headers["Brownout-Live-Faults"]) == (503, "1")

        await admin(http, box, "PUT", "/faults/down", {**DOWN, "ttl": "1ms"})
        async with asyncio.timeout(5):
            while (await admin(http, box, "GET", "/faults"))[1]["faults"]:  # noqa: ASYNC110 - the server's own state
                await asyncio.sleep(0.001)  # its time to live is the wall's
        answer = await pay(http, box)
        assert (answer.status, "Brownout-Live-Faults" in answer.headers) == (200, False)

        [struck, spared] = box.exchanges()
        assert [(one["rule"], one["origin"], one["ttl"], one["state"]) for one in struck.fired] == [
            ("down", "live", 3600.0, "applied")
        ]
        assert "fired: it fires on every match, put live for 3600 s; did: answer 503" in struck.explain()
        assert spared.fired == []


def test_it_goes_to_the_moment_whether_or_not_anybody_calls() -> None:
    """At its last instant it is gone, exactly; what it stood in for is back with the counters that it had."""
    first = Rule(name="down", fault=Abort(status=500), target="edge", count=Count(nth=(2,)))
    transport = EngineTransport(Plan(rules=(first,), clock=ClockOptions(frozen=True)), registries=REGISTRIES)
    began = transport.wall

    def status(after: float) -> int:
        transport.wall = began + after
        return transport.send("GET", "/toy/v1/payments/x", headers=KEY).status

    assert status(0) == 404
    live = Rule(name="down", fault=Abort(status=503), target="edge", origin="live", ttl_seconds=30.0)
    transport.world.put_rule(live, began + 1)

    assert transport.world.fired == {}
    assert [status(after) for after in (1, 30.999)] == [503, 503]
    assert transport.world.fired == {"down": 2}
    assert [status(after) for after in (31.0, 31.0)] == [500, 404]
    assert transport.world.fired == {"down": 1}
    assert transport.world.live_rules == {}


def test_a_live_rules_window_counts_from_when_it_was_put() -> None:
    """Not from when the scenario began; and it is world time, so an advance leads through it."""
    transport = EngineTransport(Plan(), registries=REGISTRIES)
    transport.wall += 100
    live = Rule(name="late", fault=Abort(status=503), target="edge", when=When(at_seconds=10, for_seconds=10))
    transport.world.put_rule(live, transport.wall)

    seen = []
    for _ in range(5):
        seen.append(transport.send("GET", "/toy/v1/payments/x", headers=KEY).status)
        transport.advance(5.0)

    assert seen == [404, 404, 503, 503, 404]


async def test_a_choice_is_put_and_taken_out_as_one(http: aiohttp.ClientSession) -> None:
    """Its branches are rules of their own, under one name; putting it again replaces them all."""
    async with simulator() as box:
        branches = [{"percentage": 60, **DOWN}, {"name": "slow", "percentage": 40, "kind": "latency", "delay": "1ms"}]
        status, put = await admin(http, box, "PUT", "/faults/some", {"one_of": branches, "ttl": "1h"})
        assert (status, [one["name"] for one in put["one_of"]]) == (200, ["some.abort-1", "slow"])
        for _ in range(20):
            await pay(http, box)
        told = (await admin(http, box, "GET", "/faults"))[1]["faults"]
        assert sum(one["fired"] for one in told) == 20
        assert [(one["matched"], one["expected"]) for one in told] == [(20, 12.0), (20, 8.0)]
        assert all(one["interval"][0] <= one["fired"] <= one["interval"][1] for one in told)

        await admin(http, box, "PUT", "/faults/some", {"one_of": [{"percentage": 5, **DOWN}]})
        assert [one["name"] for one in box.faults()] == ["some.abort-1"]
        assert (await admin(http, box, "DELETE", "/faults/some"))[0] == 200
        assert box.faults() == []
        assert (await admin(http, box, "DELETE", "/faults/some"))[0] == 404


@pytest.mark.parametrize(
    ("entry", "status", "words"),
    [
        ({**DOWN, "ttl": 30}, 400, "ttl: not a duration: 30"),
        ({**DOWN, "ttl": "0s"}, 400, "ttl must be above 0"),
        ({**DOWN, "ramp": "3s"}, 422, "faults[0].ramp: needs percentage"),
        ({**DOWN, "max": 0}, 422, "faults[0].max: must be at least 1"),
        ({"one_of": [{**DOWN, "percentage": 60}, {**DOWN, "percentage": 60}]}, 422, "the percentages add up to 120"),
    ],
)
async def test_a_wrong_live_fault_is_explained(
    http: aiohttp.ClientSession, entry: dict[str, Any], status: int, words: str
) -> None:
    """And changes nothing."""
    async with simulator() as box:
        got, answer = await admin(http, box, "PUT", "/faults/down", entry)

        assert (got, box.faults()) == (status, [])
        assert words in answer["brownout"]["error"]


async def test_planned_and_fired_are_told_while_the_server_runs(http: aiohttp.ClientSession) -> None:
    """By the matches so far: a share with its interval, a count of everything; what changed nothing is idle."""
    rules = (
        Rule(name="half", fault=Abort(status=503), target="response", count=Count(percentage=50)),
        Rule(name="twice", fault=Drift(path="$.absent", change="remove"), target="response", count=Count(most=2)),
        Rule(name="third", fault=Abort(status=500), target="edge", count=Count(nth=(3,))),
        Rule(name="later", fault=Abort(status=500), target="edge", when=When(at_seconds=600)),
    )
    async with simulator(*rules) as box:
        for _ in range(10):
            await pay(http, box)

        told = {one["name"]: one for one in box.faults()}
        assert (told["half"]["matched"], told["half"]["expected"], told["half"]["interval"]) == (10, 5.0, [2, 8])
        assert (told["twice"]["expected"], told["twice"]["interval"], told["twice"]["most"]) == (2.0, [2, 2], 2)
        assert told["twice"]["fired"] + told["twice"]["idle"] == 2
        assert (told["third"]["fired"], told["third"]["expected"], told["third"]["interval"]) == (1, None, None)
        assert (told["later"]["matched"], told["later"]["share"], told["half"]["share"]) == (0, 0.0, None)


async def test_a_request_asks_for_a_fault_of_its_own(http: aiohttp.ClientSession) -> None:
    """Where the scenario allows it, that request alone is struck, where it asks; the journal says who asked."""
    async with simulator(fault_header=True) as box:
        answer = await pay(http, box, Brownout_Fault='abort; status=504; target=response; headers.Retry-After="7"')
        assert (answer.status, answer.headers["Retry-After"]) == (504, "7")
        assert box.ledger().captured("o-1") == 100
        assert (await pay(http, box)).status == 200

        [asked, other] = box.exchanges()
        [fired] = asked.fired
        assert (fired["rule"], fired["origin"], fired["state"], asked.repeatability) == (
            "header:abort", "header", "applied", "D0",
        )  # fmt: skip
        assert "fired: the request's own header asked for it; did: answer 504" in asked.explain()
        assert other.fired == []


async def test_a_request_may_ask_for_several(http: aiohttp.ClientSession) -> None:
    """In one header or in two; what can do nothing to it passes, and is journalled as that."""
    async with simulator(fault_header=True) as box:
        with pytest.raises(aiohttp.ClientConnectionError):
            await pay(http, box, Brownout_Fault="latency; delay=1ms; target=edge, abort; connection=reset")
        url = f"{box.url_of('toy')}/v1/payments"
        pairs = [
            *KEY.items(),
            ("Brownout-Fault", "certificate; change=expired"),
            ("Brownout-Fault", "latency; delay=1ms"),
        ]
        async with http.post(url, data=PAY, headers=pairs) as answer:
            assert answer.status == 200

        assert [[(one["rule"], one["state"]) for one in each.fired] for each in box.exchanges()] == [
            [("header:latency", "applied"), ("header:abort", "applied")],
            [("header:certificate", "passed"), ("header:latency", "applied")],
        ]


async def test_what_a_request_asks_for_comes_before_the_scenarios_own(http: aiohttp.ClientSession) -> None:
    """Whoever asks for a fault wants to see that one; no rule of the scenario is decided otherwise for it."""
    async with simulator(Rule(name="own", fault=Abort(status=500), target="request"), fault_header=True) as box:
        answer = await pay(http, box, Brownout_Fault="abort; status=504")

        assert answer.status == 504
        [exchange] = box.exchanges()
        assert [(one["rule"], one["state"]) for one in exchange.fired] == [
            ("header:abort", "applied"),
            ("own", "shadowed"),
        ]


async def test_without_permission_the_header_is_ignored_and_the_answer_says_so(http: aiohttp.ClientSession) -> None:
    """A client that forgets the header in production code must not be able to hurt anybody's staging."""
    async with simulator() as box:
        answer = await pay(http, box, Brownout_Fault="abort; status=504")

        assert (answer.status, "fault_header: true" in answer.headers["Brownout-Fault-Ignored"]) == (200, True)
        assert "Brownout-Fault-Ignored" not in (await pay(http, box)).headers


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("", "begin with a kind"),
        ("status=503", "begin with a kind"),
        ("abrt; status=503", "kind: unknown 'abrt'; did you mean 'abort'?"),
        ("abort", "abort needs either status"),
        ("abort; statsu=503", "statsu: unknown 'statsu'; did you mean 'status'?"),
        ("abort; status=200", "status: status must be 400 to 599, not 200"),
        ("abort; status=503; status=500", "status is given twice"),
        ("abort; 503", "write KEY=VALUE after the kind, not '503'"),
        ("abort; status=503; percentage=50", "percentage has no place here"),
        ("abort; status=503; at=5s", "at has no place here"),
        ("abort; status=503; match.key=a", "match has no place here"),
        ('abort; status=503; code="card', "is a quote or bracket open?"),
        ('abort; code=[1, "a]', "is a quote or bracket open?"),
        ('abort; code="a" "b"', "isn't JSON"),
        (f'abort; {" " * 1900}"', "is a quote or bracket open?"),
        (f"drift; change=set; path=$.x; to={'[' * 300}{']' * 300}", "beyond measure"),
        (f"drift; change=set; path=$.x; to={'9' * 30}", "beyond measure"),
        ("abort; one_of=[]", "one_of has no place here"),
        ("abort; status=503; ttl=5s", "ttl has no place here"),
        ("latency; delay=2", "delay: not a duration: 2"),
        (", ".join(["latency; delay=1s"] * 9), "at most 8 faults, not 9"),
        ("x" * 3000, "at most 2000 letters"),
    ],
)
async def test_a_wrong_header_is_refused_in_our_own_form(http: aiohttp.ClientSession, header: str, words: str) -> None:
    """Nothing reaches the provider, and nobody takes the answer for one of its own."""
    async with simulator(fault_header=True) as box:
        url = f"{box.url_of('toy')}/v1/payments"
        async with http.post(url, data=PAY, headers={**KEY, "Brownout-Fault": header}) as answer:
            told = await answer.json()

        assert (answer.status, answer.headers["Brownout-Error"], box.exchanges()) == (400, "1", [])
        assert words in told["brownout"]["error"]


async def test_what_is_nested_is_one_value(http: aiohttp.ClientSession) -> None:
    """Commas, semicolons and brackets inside of lists, mappings and quotes end nothing."""
    async with simulator(fault_header=True) as box:
        wanted = {"a": {"b": [[1], [2]]}, "c": "};,"}
        header = f"latency; delay=1ms, drift; change=set; path=$.amount; to={json.dumps(wanted)}"

        assert (await (await pay(http, box, Brownout_Fault=header)).json())["amount"] == wanted


@pytest.mark.parametrize(
    ("header", "told", "year"),
    [
        ("deprecation; sunset=99999999d", "Sunset", "9999"),
        ("clock; ahead=99999999d", "Date", "89"),
        ("clock; behind=99999999d", "Date", "1970"),
        ("outage; retry_after=99999999d; form=http_date", "Retry-After", "9999"),
    ],
)
async def test_a_length_beyond_the_calendar_has_a_date(
    http: aiohttp.ClientSession, header: str, told: str, year: str
) -> None:
    """HTTP has none after 9999 or before 1970; whoever asks for one gets the nearest, and no crash of ours."""
    async with simulator(fault_header=True) as box:
        answer = await pay(http, box, Brownout_Fault=header)

        assert "Brownout-Error" not in answer.headers
        assert f" {year}" in answer.headers[told]


def test_a_text_that_is_mostly_blank_is_read_at_once() -> None:
    """Reading takes time in proportion to the text, or one header would stop the server for a minute."""
    asked = Asked(REGISTRIES)
    began = time.process_time()

    with pytest.raises(UsageError, match="is a quote or bracket open"):
        asked.rules((f'abort; {" " * 1980}"',))

    assert time.process_time() - began < 1


def test_each_text_is_read_once_and_few_are_remembered() -> None:
    """Also a wrong one; a client that sends another text each time can't fill the memory."""
    asked = Asked(REGISTRIES)

    assert asked.rules(("abort; status=503",)) is asked.rules(("abort; status=503",))
    for _ in range(2):
        with pytest.raises(UsageError, match="begin with a kind"):
            asked.rules(("",))
    for number in range(300):
        asked.rules((f"latency; delay={number + 1}ms",))
    assert len(asked._known) == 256  # noqa: SLF001 - what is remembered is nobody's to see


def test_headers_come_as_any_mapping() -> None:
    """Also as one that knows each name but once."""
    assert (texts_of({"Brownout-Fault": "abort"}), texts_of({})) == (("abort",), ())


def test_the_simulator_takes_times_too() -> None:
    """As its other durations: numbers are seconds."""
    with Simulator(registries=REGISTRIES) as box:
        box.fault("abort", status=503, ttl=3600, at=0, for_="10s", percentage=100, ramp=2, max=5)
        box.fault("latency", delay=0.001, ttl="1h", grant="refresh_token")

        [first, second] = box.faults()
        assert (first["most"], 3500 < first["ttl_left"] <= 3600, first["share"] is not None) == (5, True, True)
        assert (second["ttl_left"] is not None, second["share"]) == (True, None)
