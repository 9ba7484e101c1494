"""What records say for measures: when a client was told to come back, when its answer had left, and its tokens."""

from __future__ import annotations

import urllib.error
import urllib.request
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from oauth_world import World
from toy import KEY, REGISTRIES

from brownout import scenario
from brownout.core.comeback import Told, told
from brownout.testing import Simulator
from brownout.testing.transport import EngineTransport
from brownout.verdict import ArmRun, Head
from brownout.verdict.history import history
from brownout.verdict.measures import Values, measure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.core.journal import Record

DATE = "Thu, 01 Jan 2026 00:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, None),
        ({"Retry-After": "3"}, Told("Retry-After", seconds=3)),
        ({"retry-after": " 3 "}, Told("Retry-After", seconds=3)),
        ({"Retry-After": DATE}, Told("Retry-After", at=1767225600.0)),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({"RateLimit": '"a";r=0;t=5'}, Told("RateLimit", seconds=5)),
        ({"RateLimit": '"a";r=0;t=5, "b";r=0;t=60, "c";r=3;t=90'}, Told("RateLimit", seconds=60)),
        ({"RateLimit": '"a";r=2;t=5, "b";r=3;t=60'}, Told("RateLimit", seconds=5)),
        ({"RateLimit": '"a";r=0;pk=:x:;t=5'}, Told("RateLimit", seconds=5)),
        ({"RateLimit": '"a";r=0'}, None),
        ({"RateLimit": "nonsense"}, None),
        ({"Retry-After": "3", "RateLimit": '"a";r=0;t=5'}, Told("Retry-After", seconds=3)),
        ({"Retry-After": "soon", "RateLimit": '"a";r=0;t=5'}, Told("RateLimit", seconds=5)),
    ],
)
def test_answers_say_when_to_come_back(headers: dict[str, str], said: Told | None) -> None:
    """Retry-After in both its forms, else the t of RateLimit; what no client could read says nothing."""
    assert told(headers) == said


LIMIT = "{name: minute, algorithm: fixed_window, quota: 1, window: 60s, window_from: first_request, announce: "
PAY = b'{"amount":100,"order":"o-1"}'


def _world(announce: str) -> EngineTransport:
    text = f"brownout: 1\nlimits:\n  - {LIMIT}{announce}}}\n"
    return EngineTransport(scenario.load(text, REGISTRIES), registries=REGISTRIES)


def _pay(transport: EngineTransport) -> Record:
    transport.send("POST", "/toy/v1/payments", headers=KEY, body=PAY)
    return list(transport.world.journal)[-1]


def _measured(records: Iterable[Record]) -> Values:
    lines = [orjson.loads(record.line()) for record in records]
    return measure(history(ArmRun(head=Head(arm="the client"), records=lines, entries=())).whole)


@pytest.mark.parametrize(
    ("announce", "decided", "observed"),
    [
        ("none", None, None),
        ("retry_after", {"by": "Retry-After", "seconds": 60}, None),
        ("draft", {"by": "RateLimit", "seconds": 60}, None),
        ("retry_after, lie: {retry_after: http_date}", {"by": "Retry-After", "form": "http_date"}, 60),
    ],
)
def test_a_refusal_is_written_down_with_what_it_told(announce: str, decided: Any, observed: float | None) -> None:
    """Seconds are the same in every equal run; the moment that a date tells is this run's own."""
    transport = _world(announce)
    good, refused = _pay(transport), _pay(transport)

    assert "told" not in good.decided()
    assert refused.decided().get("told") == decided
    come_back_at = refused.observed().get("come_back_at")
    assert come_back_at == (None if observed is None else transport.wall + observed)


@pytest.mark.parametrize(("wait", "honoured"), [(60.0, 1), (59.0, 0), (75.0, 1)])
def test_the_way_from_a_limit_to_the_measure(wait: float, honoured: int) -> None:
    """A client that comes back when it was told to, or before, or later: from the engine's own journal."""
    transport = _world("retry_after")
    _pay(transport), _pay(transport)
    transport.wall += wait
    _pay(transport)

    values = _measured(transport.world.journal)

    assert values["retry_after.honoured"] == {"count": honoured, "rate": honoured}
    assert values["retry_after.overshoot"]["value"] == pytest.approx((wait - 60) / 60, abs=1e-6)


def test_the_way_from_the_wire_to_the_measure() -> None:
    """A client that tries again at once, by real sockets: the answer had left before the retry came, and not long."""

    def pay(url: str) -> int:
        request = urllib.request.Request(f"{url}/v1/payments", data=PAY, headers=KEY)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    text = f"brownout: 1\nlimits:\n  - {LIMIT}retry_after}}\n"
    with Simulator(text, registries=REGISTRIES) as box:
        assert [pay(box.url_of("toy")) for _ in range(3)] == [200, 429, 429]
        lines = [{"decided": one.decided, "observed": one.observed} for one in box.exchanges()]

    values = measure(history(ArmRun(head=Head(arm="the client"), records=lines, entries=())).whole)

    assert values["retry_after.honoured"] == {"count": 0, "rate": 0.0}
    early = values["retry_after.early"]["max"]
    assert early is not None
    assert 50 < early <= 60
    times = [(one["observed"]["wall_at"], one["observed"]["ended_at"]) for one in lines]
    assert all(arrived <= left for arrived, left in times)
    assert all(left <= arrived + 0.01 for (_, left), (arrived, _) in pairwise(times))


def test_a_write_without_a_key_says_so() -> None:
    """Where the operation takes one: then a repeat can't be seen to be one."""
    transport = _world("none")
    transport.send("POST", "/toy/v1/payments", headers=KEY, body=PAY)
    transport.send("POST", "/toy/v1/payments", headers={**KEY, "Idempotency-Key": "k"}, body=PAY)
    transport.send("GET", "/toy/v1/payments", headers=KEY)

    assert [record.decided().get("keyless") for record in transport.world.journal] == [True, None, None]


def test_calls_for_tokens_say_whose_they_are() -> None:
    """A grant's by its family, a client's own by the client; an answer says which token it issued, for how long."""
    world = World()
    first = world.exchange(world.code()).body
    world.refresh(first["refresh_token"])
    world.token("client_credentials")
    world.token("client_credentials", scope="nonsense")
    world.get("/api/accounts", first["access_token"])

    *calls, use = [record.observed() for record in world.box.journal][-5:]
    code, refreshed, own, refused = (call["grant"] for call in calls)

    assert (code["of"], code["type"], refreshed["type"]) == (refreshed["of"], "authorization_code", "refresh_token")
    assert own["of"] == refused["of"] != code["of"]
    assert code["issued"] == use["token"] != refreshed["issued"]
    assert code["life_seconds"] > 0
    assert "issued" not in refused


def test_no_token_is_shown() -> None:
    """Only what stands for it."""
    world = World()
    body = world.token().body
    world.refresh(body["refresh_token"])
    world.get("/api/accounts", body["access_token"])

    said = b"".join(record.line() for record in world.box.journal).decode()

    assert body["access_token"] not in said
    assert body["refresh_token"] not in said
