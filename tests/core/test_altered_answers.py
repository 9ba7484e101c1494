"""Drift in the engine: what is sent changes; the object, the money and what a key keeps stay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from toy import KEY, REGISTRIES, Toy

from brownout.core.effects import Alter
from brownout.core.exchange import Answer
from brownout.core.explain import explain
from brownout.core.match import Match
from brownout.core.operation import Operation
from brownout.core.plan import Plan
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.faults.drift import Drift
from brownout.faults.latency import Latency
from brownout.testing.transport import EngineTransport, Sent

CREATE = Match(operation=("toy.payments.create",))
RETRIEVE = Match(operation=("toy.payments.retrieve",))
PAY = b'{"amount":100,"order":"o-1"}'
AS_TEXT = Drift(path="$.amount", change="retype")


def rule(fault: Any, name: str = "drift", *, match: Match = CREATE, target: str = "response", **count: Any) -> Rule:
    """Return a rule, by default about making payments."""
    return Rule(name=name, fault=fault, target=target, match=match, count=Count(**count))  # type: ignore[arg-type]


def engine(*rules: Rule, **plan: Any) -> EngineTransport:
    """Return a transport whose world runs on `rules`."""
    return EngineTransport(Plan(rules=rules, **plan), registries=REGISTRIES)


def pay(transport: EngineTransport, key: str | None = None, body: bytes = PAY) -> Sent:
    """Pay order o-1."""
    headers = KEY if key is None else {**KEY, "Idempotency-Key": key}
    return transport.send("POST", "/toy/v1/payments", headers=headers, body=body)


def get(transport: EngineTransport, path: str) -> Any:
    """Return the body of a GET."""
    return orjson.loads(transport.send("GET", f"/toy/v1{path}", headers=KEY).body)


def states(transport: EngineTransport) -> list[dict[str, str]]:
    """Return what became of the rules that fired, exchange by exchange."""
    return [{one.rule: one.state for one in record.fired} for record in transport.world.journal]


def test_only_the_answer_drifts() -> None:
    """The object in the store, the ledger and the webhook's event know nothing of it."""
    transport = engine(rule(AS_TEXT))

    sent = orjson.loads(pay(transport).body)

    assert sent["amount"] == "100"
    assert get(transport, f"/payments/{sent['id']}")["amount"] == 100
    assert [entry.amount_minor for entry in transport.world.ledger] == [100, 100]
    assert transport.world.fired == {"drift": 1}


def test_a_replay_gives_the_original_back() -> None:
    """What the key keeps is the answer as the provider made it, byte for byte."""
    plain, drifting = engine(), engine(rule(AS_TEXT, first=1))
    original = pay(plain, "k").body

    drifted, replayed = pay(drifting, "k"), pay(drifting, "k")

    assert orjson.loads(drifted.body)["amount"] == "100"
    assert (replayed.body, "Replayed" in replayed.headers) == (original, True)
    assert [record.idempotency for record in drifting.world.journal] == ["first", "replay"]


def test_a_replay_that_is_struck_drifts_from_what_is_stored() -> None:
    """The rule works on stored bytes too, and still leaves them as they are."""
    transport = engine(rule(AS_TEXT, nth=(2, 4)))

    amounts = [orjson.loads(pay(transport, "k").body)["amount"] for _ in range(5)]

    assert amounts == [100, "100", 100, "100", 100]
    assert states(transport) == [{}, {"drift": "applied"}, {}, {"drift": "applied"}, {}]
    assert len(list(transport.world.ledger)) == 2


@pytest.mark.parametrize(
    "change",
    [("remove", None), ("rename", "x"), ("retype", None), ("null", None), ("wrap", None), ("extra", 1)],
    ids=lambda change: change[0],
)
def test_the_object_in_the_store_survives_every_change(change: tuple[Any, Any]) -> None:
    """The toy answers with the very object that it keeps: an edit in place would change history."""
    path = "$.note" if change[0] == "extra" else "$.amount"
    every = Match(operation=("toy.payments.*",))
    transport = engine(rule(Drift(path=path, change=change[0], to=change[1]), match=every))
    made = pay(transport)

    assert made.body != pay(engine()).body
    transport.world.drop_rule("drift")
    kept = get(transport, "/payments")["data"]
    assert [(one["amount"], "note" in one, "x" in one) for one in kept] == [(100, False, False)]


def test_drifts_follow_each_other() -> None:
    """In the scenario's order, each working on what the one before left; a path that is gone by then passes."""
    transport = engine(
        rule(Drift(path="$.amount", change="rename", to="total"), "first"),
        rule(Drift(path="$.amount", change="null"), "too-late"),
        rule(Drift(path="$.total", change="retype"), "second"),
        rule(Drift(path="$.total", change="wrap"), "third"),
    )

    sent = orjson.loads(pay(transport).body)

    assert sent["total"] == ["100"]
    assert "amount" not in sent
    assert states(transport) == [
        {"first": "applied", "too-late": "passed", "second": "applied", "third": "applied"}
    ]  # fmt: skip


@pytest.mark.parametrize("drift_first", [True, False])
def test_an_end_shadows_a_drift_whichever_comes_first(drift_first: bool) -> None:  # noqa: FBT001
    """Nobody sees a changed answer that isn't sent, so it doesn't count as one."""
    rules = [rule(AS_TEXT), rule(Abort(status=503), "down"), rule(Latency(delay=1.0), "late")]
    transport = engine(*(rules if drift_first else reversed(rules)))

    answer = pay(transport)

    assert (answer.status, b"100" in answer.body) == (503, False)
    assert states(transport) == [{"drift": "shadowed", "down": "applied", "late": "applied"}]
    assert transport.world.fired == {"down": 1, "late": 1}


def test_a_lost_answer_that_had_drifted_replays_whole() -> None:
    """The reset hides the drift, and the key keeps the truth."""
    transport = engine(rule(AS_TEXT, first=1), rule(Abort(connection="reset"), "lost", first=1))

    with pytest.raises(ConnectionResetError):
        pay(transport, "k")

    assert orjson.loads(pay(transport, "k").body)["amount"] == 100


def test_an_answer_of_another_fault_is_left_alone() -> None:
    """A failure that was injected before is no answer of the provider's: the drift was never reached."""
    transport = engine(
        rule(Drift(path="$.error", change="null")), rule(Abort(status=500), "down", target="request")
    )  # fmt: skip

    assert orjson.loads(pay(transport).body) == {"error": "failed"}
    assert states(transport) == [{"down": "applied", "drift": "unreached"}]


def test_a_refusal_that_has_the_path_drifts_as_well() -> None:
    """Whatever its status: error bodies change from version to version like all others."""
    transport = engine(rule(Drift(path="$.error", change="rename", to="message")))

    refused = pay(transport, body=b'{"amount":"much"}')

    assert (refused.status, orjson.loads(refused.body)) == (400, {"message": "amount"})
    assert states(transport) == [{"drift": "applied"}]


def test_an_answer_without_the_path_passes_and_does_not_count() -> None:
    """The rule fired, found nothing, and says so."""
    transport = engine(rule(Drift(path="$.result.breakdown[0]", change="remove")))

    answer = pay(transport)

    assert answer.body == pay(engine()).body
    assert states(transport) == [{"drift": "passed"}]
    assert transport.world.fired == {}
    record = next(iter(transport.world.journal))
    story = explain({"decided": record.decided(), "observed": record.observed()})
    assert "Rule 'drift' (drift at response) fired" in story
    assert "there was nothing for it to change" in story


def test_every_item_of_a_list_drifts() -> None:
    """`[*]` is each of them; the list in the store stays."""
    listed = Match(operation=("toy.payments.list",))
    transport = engine(rule(Drift(path="$.data[*].amount", change="retype"), match=listed, first=1))
    for number in (1, 2, 3):
        pay(transport, body=b'{"amount":%d}' % number)

    drifted, after = (get(transport, "/payments")["data"] for _ in range(2))

    assert [one["amount"] for one in drifted] == ["1", "2", "3"]
    assert [one["amount"] for one in after] == [1, 2, 3]


@pytest.mark.parametrize(
    ("body", "sent"),
    [(b"<html>", b"<html>"), (b"", b""), (b"\xff\xfe", b"\xff\xfe"), (b'"text"', b'"text"'), (b"3", b"3"),
     (None, b"null"), (b'{"amount":1}', b'{"amount":"1"}'), (({"amount": 1},), b'[{"amount":1}]')],
)  # fmt: skip
def test_a_body_that_is_no_structure_passes(body: Any, sent: bytes) -> None:
    """Bytes that a path can't lead into are sent as they are; those that are JSON are read."""

    class Raw(Toy):
        operations = (Operation(name="toy.raw", method="GET", path="/v1/raw", run=lambda _: Answer(200, body)),)

    known = replace(REGISTRIES, providers={"toy": Raw()})
    transport = EngineTransport(Plan(rules=(rule(AS_TEXT, match=Match()),)), registries=known)

    assert transport.send("GET", "/toy/v1/raw", headers=KEY).body == sent


def test_a_drift_while_the_answer_is_held_back() -> None:
    """Delays add up beside it, and the duplicate meanwhile meets the key in flight."""
    transport = engine(rule(AS_TEXT, first=1), rule(Latency(delay=2.0), "late", first=1))
    flight = transport.open("POST", "/toy/v1/payments", headers={**KEY, "Idempotency-Key": "k"}, body=PAY)
    flight.step()

    assert pay(transport, "k").status == 409
    assert orjson.loads(flight.finish().body)["amount"] == "100"
    assert orjson.loads(pay(transport, "k").body)["amount"] == 100


def test_the_record_keeps_what_the_client_saw() -> None:
    """The body of the record is the changed one, and the rule says what it did."""
    transport = engine(rule(AS_TEXT))
    sent = pay(transport)

    record = next(iter(transport.world.journal))

    assert record.response_body == sent.body
    assert record.fired[0].effects == ("retype $.amount (breaking)",)
    assert (record.status, record.error, record.stage) == (200, None, "operation")


def test_an_alteration_before_there_is_an_answer_finds_nothing() -> None:
    """A fault of one's own that alters too early does no harm."""

    class Early(Drift):
        def targets(self) -> Any:
            return ("edge", "request")

        def effects(self, exchange: Any, draw: Any) -> Any:
            return (Alter(self.edit),)

    for target in ("edge", "request"):
        transport = engine(rule(Early(path="$.amount", change="null"), target=target))

        assert orjson.loads(pay(transport).body)["amount"] == 100
        assert states(transport) == [{"drift": "passed"}]
