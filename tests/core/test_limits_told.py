"""What limits say of themselves, and how they spell a refusal: in the answer, in the journal and in plain words."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import orjson
import pytest
from toy import KEY, REGISTRIES

from brownout import scenario
from brownout.core.explain import explain
from brownout.testing.transport import EPOCH, EngineTransport, Sent

PAY = b'{"amount":100,"order":"o-1"}'
WINDOW = "{name: minute, algorithm: fixed_window, quota: 2, window: 60s, window_from: first_request"


def world(*limits: str, head: str = "") -> EngineTransport:
    """Return a transport under limits as YAML has them."""
    text = f"brownout: 1\n{head}limits:\n" + "".join(f"  - {one}\n" for one in limits)
    return EngineTransport(scenario.load(text, REGISTRIES), registries=REGISTRIES)


def pay(transport: EngineTransport, body: bytes = PAY, **headers: str) -> Sent:
    """Pay order o-1."""
    return transport.send("POST", "/toy/v1/payments", headers={**KEY, **headers}, body=body)


def of_limits(sent: Sent) -> dict[str, str]:
    """Return the headers that limits add."""
    return {name: text for name, text in sent.headers.items() if "ratelimit" in name.lower() or name == "Retry-After"}


def told(transport: EngineTransport) -> str:
    """Return the story of the newest exchange."""
    *_, record = transport.world.journal
    return explain(orjson.loads(record.line()))


def test_no_header_where_nothing_is_announced() -> None:
    """The undocumented limit: neither on answers nor on refusals."""
    transport = world(f"{WINDOW}}}")

    assert [of_limits(pay(transport)) for _ in range(3)] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("announce", "first", "refused"),
    [
        ("retry_after", {}, {"Retry-After": "60"}),
        (
            "legacy",
            {"X-RateLimit-Limit": "2", "X-RateLimit-Remaining": "1", "X-RateLimit-Reset": str(int(EPOCH) + 60)},
            {"X-RateLimit-Limit": "2", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(EPOCH) + 60)},
        ),
        (
            "legacy, reset: seconds",
            {"X-RateLimit-Limit": "2", "X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "60"},
            {"X-RateLimit-Limit": "2", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "60"},
        ),
        (
            "[trio, retry_after]",
            {"RateLimit-Limit": "2", "RateLimit-Remaining": "1", "RateLimit-Reset": "60"},
            {"RateLimit-Limit": "2", "RateLimit-Remaining": "0", "RateLimit-Reset": "60", "Retry-After": "60"},
        ),
        (
            "draft",
            {"RateLimit-Policy": '"minute";q=2;w=60', "RateLimit": '"minute";r=1;t=60'},
            {"RateLimit-Policy": '"minute";q=2;w=60', "RateLimit": '"minute";r=0;t=60'},
        ),
        (
            "[legacy, retry_after], lie: {remaining: 1}",
            {"X-RateLimit-Limit": "2", "X-RateLimit-Remaining": "1", "X-RateLimit-Reset": str(int(EPOCH) + 60)},
            {
                "X-RateLimit-Limit": "2",
                "X-RateLimit-Remaining": "1",
                "X-RateLimit-Reset": str(int(EPOCH) + 60),
                "Retry-After": "60",
            },
        ),
        ("retry_after, lie: {retry_after: too_short}", {}, {"Retry-After": "6"}),
        ("retry_after, lie: {retry_after: too_long}", {}, {"Retry-After": "600"}),
        ("retry_after, lie: {retry_after: missing}", {}, {}),
    ],
)
def test_what_is_announced(announce: str, first: dict[str, str], refused: dict[str, str]) -> None:
    """On every answer but for Retry-After, which stands on refusals; and the lie where one is asked for."""
    transport = world(f"{WINDOW}, announce: {announce}}}")

    answers = [pay(transport) for _ in range(3)]

    assert [one.status for one in answers] == [200, 200, 429]
    assert of_limits(answers[0]) == first
    assert of_limits(answers[2]) == refused


@pytest.mark.parametrize("announce", ["retry_after, lie: {retry_after: http_date}", "trio, reset: http_date"])
def test_a_date_is_on_the_clients_clock(announce: str) -> None:
    """Half as long by the wall where the world goes at twice its speed."""
    transport = world(f"{WINDOW}, announce: {announce}}}", head="clock: {speed: 2}\n")

    *_, refused = [pay(transport) for _ in range(3)]

    name = "Retry-After" if "retry_after" in announce else "RateLimit-Reset"
    assert parsedate_to_datetime(refused.headers[name]).timestamp() == EPOCH + 30


def test_several_limits_are_told_together() -> None:
    """The draft lists all; of the three-header forms, the one with the least left speaks, or the one that refuses."""
    transport = world(
        "{name: second, algorithm: token_bucket, rate: 2/s, burst: 2, announce: [draft, trio]}",
        "{name: address, algorithm: sliding_window, quota: 9, window: 60s, partition: ip, announce: [draft, trio]}",
        "{name: slots, algorithm: concurrency, quota: 4, announce: draft}",
    )

    first, _, third = (pay(transport) for _ in range(3))

    assert first.headers["RateLimit"] == '"address";r=8;t=60, "second";r=1;t=1, "slots";r=3'
    assert (
        first.headers["RateLimit-Policy"]
        == '"address";q=9;w=60, "second";q=2;w=1, "slots";q=4;qu="concurrent-requests"'
    )
    assert first.headers["RateLimit-Remaining"] == "1"
    assert third.status == 429
    assert (third.headers["RateLimit-Limit"], third.headers["RateLimit-Remaining"]) == ("2", "0")


def test_what_is_announced_stands_on_failures_too() -> None:
    """A provider's own failure, and the refusal of a credential, come through the same gate."""
    transport = world(
        "{name: address, algorithm: fixed_window, quota: 9, window: 60s, partition: ip, announce: legacy}"
    )

    refused = transport.send("POST", "/toy/v1/payments", headers={}, body=PAY)
    wrong = pay(transport, b'{"amount":"x"}')

    assert (refused.status, refused.headers["X-RateLimit-Remaining"]) == (401, "8")
    assert (wrong.status, wrong.headers["X-RateLimit-Remaining"]) == (400, "7")


@pytest.mark.parametrize(
    ("spelled", "status", "body"),
    [
        ("", 429, {"error": "rate_limited"}),
        ("status: 403", 403, {"error": "rate_limited"}),
        ("status: 200", 200, {"error": "rate_limited"}),
        ("status: 503", 503, {"error": "failed"}),
        ("status: 400, code: too_fast", 400, {"error": "too_fast"}),
        ("code: too_fast", 429, {"error": "too_fast"}),
    ],
)
def test_how_a_refusal_is_spelled(spelled: str, status: int, body: dict[str, str]) -> None:
    """Under another status in the words of the limit, or as the provider's own failure; the journal names the limit."""
    transport = world(f"{{name: one, algorithm: fixed_window, quota: 1, window: 1h, announce: retry_after, {spelled}}}")

    pay(transport)
    refused = pay(transport)

    assert (refused.status, orjson.loads(refused.body)) == (status, body)
    assert "Retry-After" in refused.headers
    *_, record = transport.world.journal
    assert (record.limit, record.status, record.error) == ("one", status, body["error"])
    assert len(transport.world.ledger) == 2  # the first payment's: authorised, captured


def test_a_gateway_in_front_may_refuse() -> None:
    """A page without anything of the provider's on it, but for what is announced."""
    transport = world("{name: one, algorithm: fixed_window, quota: 1, window: 1h, body: html, announce: retry_after}")

    pay(transport)
    refused = pay(transport)

    assert refused.status == 429
    assert b"<center>nginx</center>" in refused.body
    assert set(refused.headers) == {"Content-Type", "Server", "Retry-After"}


@pytest.mark.parametrize(
    ("limit", "calls", "words", "numbers"),
    [
        (
            "{name: burst, algorithm: token_bucket, rate: 10/s, burst: 2}",
            3,
            (
                "its bucket held 0 of 2 tokens for this account, and 10 a second come back; it would have been "
                "admitted 0.1 s later"
            ),
            {"level": 0.0, "most": 2, "wait": 0.1, "rate": 10.0},
        ),
        (
            "{name: leak, algorithm: leaky_bucket, rate: 10/s}",
            2,
            "its bucket was full to 1 of 1 for this account, and 10 a second leak out",
            {"level": 1.0, "most": 1, "wait": 0.1, "rate": 10.0},
        ),
        (
            "{name: w, algorithm: fixed_window, quota: 1, window: 60s, window_from: first_request, partition: ip}",
            2,
            "1 of 1 were taken for this address in this window of 60 s; it would have been admitted 60 s later",
            {"level": 1.0, "most": 1, "wait": 60.0, "window": 60.0},
        ),
        (
            "{name: month, algorithm: fixed_window, quota: 1, window: 30d, window_from: first_request, partition: all}",
            2,
            "1 of 1 were taken in this window of 2592000 s; it would have been admitted 2592000 s later",
            {"wait": 2592000.0},
        ),
        (
            "{name: s, algorithm: sliding_window, quota: 1, window: 60s, partition: [account, operation]}",
            2,
            "1 of 1 were taken for this account and this operation in the last 60 s",
            {"level": 1.0, "most": 1, "wait": 60.0, "window": 60.0},
        ),
        ("{name: d, algorithm: quota, quota: 1, partition: all}", 2, "1 of 1 were taken in this day", {"level": 1.0}),
        (
            "{name: dear, algorithm: fixed_window, quota: 5, window: 60s, cost: 6}",
            1,
            (
                "0 of 5 were taken for this account in this window of 60 s, and it costs 6; it costs more than there "
                "can ever be"
            ),
            {"level": 0.0, "cost": 6},
        ),
        (
            "{name: s, algorithm: shed, quota: 4, window: 1s, shares: {write: 50}}",
            3,
            "it was overloaded, with 2 in the last 1 s of 4, and calls of this kind are shed from 2 on",
            {"level": 2.0, "most": 2, "capacity": 4},
        ),
        (
            "{name: box, algorithm: fixed_window, quota: 1, window: 1s, penalty: {block: 60s}}",
            3,
            "it was in the penalty box; it would have been admitted 60 s later",
            {"blocked": True, "wait": 60.0},
        ),
    ],
)
def test_a_refusal_is_explained(limit: str, calls: int, words: str, numbers: dict[str, Any]) -> None:
    """In plain words, from numbers that the journal keeps."""
    transport = world(limit)

    for _ in range(calls):
        pay(transport)

    *_, record = transport.world.journal
    assert words in told(transport)
    assert record.decided()["limited"].items() >= numbers.items()
    assert "limited" not in next(iter(transport.world.journal)).decided() or calls == 1


def test_a_lock_refuses_the_second_call_for_an_object() -> None:
    """One under way for each object; whatever names none passes."""
    transport = world("{name: lock, algorithm: lock, match: {operation: toy.payments.*}}")
    made = orjson.loads(pay(transport).body)["id"]

    first = transport.open("GET", f"/toy/v1/payments/{made}", headers=KEY)
    first.step()
    second = transport.send("GET", f"/toy/v1/payments/{made}", headers=KEY)
    other = transport.send("GET", "/toy/v1/payments/pay_other", headers=KEY)
    listed = transport.send("GET", "/toy/v1/payments", headers=KEY)
    first.finish()
    third = transport.send("GET", f"/toy/v1/payments/{made}", headers=KEY)

    assert [one.status for one in (second, other, listed, third)] == [409, 404, 200, 200]
    assert orjson.loads(second.body) == {"error": "object_locked"}
    stories = [explain(orjson.loads(record.line())) for record in transport.world.journal]
    assert any("another request held the same object; there is room again once one is done" in one for one in stories)


def test_shedding_lets_the_important_through() -> None:
    """Reads go first when more than half of the places are taken; writes have them all."""
    transport = world("{name: shed, algorithm: shed, quota: 4, shares: {toy.payments.list: 100, read: 50}}")
    under_way = [transport.open("POST", "/toy/v1/payments", headers=KEY, body=PAY) for _ in range(2)]
    for one in under_way:
        one.step()

    read = transport.send("GET", "/toy/v1/payments/pay_x", headers=KEY)
    listed = transport.send("GET", "/toy/v1/payments", headers=KEY)
    written = pay(transport)

    assert [read.status, listed.status, written.status] == [503, 200, 200]
    for one in under_way:
        one.finish()
    assert transport.send("GET", "/toy/v1/payments/pay_x", headers=KEY).status == 404


@pytest.mark.parametrize(
    ("cost", "bodies", "statuses"),
    [
        ("cost: 3", [PAY] * 3, [200, 200, 429]),
        ("cost: {toy.payments.*: 4, toy.*: 1}", [PAY] * 2, [200, 429]),
        ("cost_items: body.items", [b'{"amount":1,"items":[1,2,3,4]}', b'{"amount":1,"items":[1,2,3]}', PAY, PAY, PAY],
         [200, 429, 200, 200, 429]),
        ("cost_items: body.items", [b'{"amount":1,"items":{"0":"a","1":"b","2":"c","3":"d"}}', PAY, PAY, PAY],
         [200, 200, 200, 429]),
    ],
)  # fmt: skip
def test_a_call_may_cost_more_than_one(cost: str, bodies: list[bytes], statuses: list[int]) -> None:
    """A number, by operation, or for each item that the request has, also where a form numbers them."""
    transport = world(f"{{name: one, algorithm: fixed_window, quota: 6, window: 1h, {cost}}}")

    assert [pay(transport, body).status for body in bodies] == statuses


@pytest.mark.parametrize(
    ("partition", "statuses"),
    [
        ("account", [200, 429, 429, 200, 429]),
        ("key", [200, 429, 429, 200, 429]),
        ("ip", [200, 429, 429, 429, 429]),
        ("all", [200, 429, 429, 429, 429]),
        ("operation", [200, 429, 429, 429, 200]),
        ("[account, operation]", [200, 429, 429, 200, 200]),
        ("body.order", [200, 429, 200, 429, 200]),
        ("header.X-Merchant", [200, 429, 429, 429, 429]),
    ],
)
def test_whom_a_limit_tells_apart(partition: str, statuses: list[int]) -> None:
    """The same order twice, another order, another account, another operation."""
    transport = world(f"{{name: one, algorithm: fixed_window, quota: 1, window: 1h, partition: {partition}}}")
    other = b'{"amount":100,"order":"o-2"}'

    sent = [pay(transport), pay(transport), pay(transport, other), pay(transport, Authorization="Bearer key-b")]
    sent.append(transport.send("GET", "/toy/v1/payments", headers=KEY))

    assert [one.status for one in sent] == statuses


def test_a_secret_that_tells_partitions_apart_is_not_shown() -> None:
    """`GET limits` has its pseudonym."""
    transport = world("{name: one, algorithm: fixed_window, quota: 1, window: 1h, partition: body.access_token}")
    pay(transport, b'{"amount":1,"access_token":"secret-1"}')

    (described,) = transport.world.limits.describe(transport.world.plan.limits, transport.wall)

    assert list(described["levels"].values()) == [1.0]
    assert "secret-1" not in str(described)


def test_only_failures_count_even_of_credentials() -> None:
    """Good calls are free; the third refused credential finds the door shut, for good ones too."""
    transport = world("{name: f, algorithm: fixed_window, quota: 2, window: 1h, count: failures, partition: ip}")

    good = [pay(transport).status for _ in range(4)]
    bad = [transport.send("POST", "/toy/v1/payments", headers={}, body=PAY).status for _ in range(3)]

    assert (good, bad, pay(transport).status) == ([200] * 4, [401, 401, 429], 429)


def test_only_successes_count() -> None:
    """What the provider refused itself is free."""
    transport = world("{name: s, algorithm: quota, quota: 2, count: successes}")

    statuses = [pay(transport, body).status for body in (b"{}", b"{}", b"{}", PAY, PAY, b"{}", PAY)]

    assert statuses == [400, 400, 400, 200, 200, 429, 429]


def test_places_are_told_without_an_end() -> None:
    """Nobody knows when one will be free: no Reset, no Retry-After, and the story says so."""
    transport = world(
        "{name: slots, algorithm: concurrency, quota: 1, partition: client, announce: [trio, retry_after]}"
    )
    first = transport.open("POST", "/toy/v1/payments", headers=KEY, body=PAY)
    first.step()

    refused = pay(transport)
    first.finish()

    assert refused.status == 429
    assert of_limits(refused) == {"RateLimit-Limit": "1", "RateLimit-Remaining": "0"}
    assert "1 of 1 were under way for this client; there is room again once one is done" in told(transport)


def test_a_limit_may_be_about_some_requests_only() -> None:
    """What its match leaves alone isn't counted."""
    limit = (
        "{name: one, algorithm: fixed_window, quota: 1, window: 1h, match: {header: {X-Team: red}}, announce: draft}"
    )
    transport = world(limit)

    sent = [pay(transport), pay(transport, **{"X-Team": "red"}), pay(transport, **{"X-Team": "red"}), pay(transport)]

    assert [one.status for one in sent] == [200, 200, 429, 200]
    assert [bool(of_limits(one)) for one in sent] == [False, True, True, False]


def test_a_fault_after_the_limits_keeps_what_they_say() -> None:
    """A provider's own failure comes with its headers; Retry-After of a limit that refused goes with the refusal."""
    head = "faults: [{kind: abort, status: 500, target: response}]\n"
    limit = "{name: one, algorithm: fixed_window, quota: 1, window: 1h, announce: [legacy, retry_after]}"
    transport = world(limit, head=head)

    sent = [pay(transport), pay(transport)]

    assert [(one.status, one.headers["X-RateLimit-Remaining"]) for one in sent] == [(500, "0"), (500, "0")]
    assert "Retry-After" not in sent[1].headers


def test_a_repeat_is_told_too() -> None:
    """A stored answer is sent again with what the limit says now."""
    transport = world(f"{WINDOW}, announce: legacy}}")

    sent = [pay(transport, **{"Idempotency-Key": "k"}) for _ in range(2)]

    assert [one.headers["X-RateLimit-Remaining"] for one in sent] == ["1", "0"]
    assert sent[0].body == sent[1].body
