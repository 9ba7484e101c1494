"""Certificates that no client should take: what clients see, what the journal says, and who else is struck (nobody)."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from intercepted import HOST, intercepting, until
from toy import REGISTRIES

from brownout import scenario
from brownout.core.effects import Certify
from brownout.core.errors import InternalError
from brownout.core.explain import explain
from brownout.core.handshake import handshake, operation_of
from brownout.core.match import Match
from brownout.core.plan import Phase, Plan
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.faults.certificate import Certificate
from brownout.faults.latency import Latency
from brownout.scenario.check import check
from brownout.server.worlds import Worlds
from brownout.verdict.attempts import attempts

if TYPE_CHECKING:
    from brownout.core.effects import Flaw
    from brownout.core.sandbox import Sandbox


def rule(change: Flaw = "expired", name: str = "c", **options: object) -> Rule:
    """Return a rule."""
    return Rule(name=name, fault=Certificate(change=change), target="edge", **options)  # type: ignore[arg-type]


def world(*rules: Rule, **plan: object) -> Sandbox:
    """Return a world under these rules, at time 0."""
    return Worlds(REGISTRIES, Plan(rules=rules, **plan), wall=0.0).default  # type: ignore[arg-type]


def flaws(sandbox: Sandbox, count: int, host: str = HOST) -> list[Flaw | None]:
    """Return what is wrong with the certificates of the next handshakes."""
    struck = [handshake(sandbox, "toy", host, peer="127.0.0.1", wall=0.0) for _ in range(count)]
    return [one.flaw if one is not None else None for one in struck]


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ("expired", "certificate has expired"),
        ("wrong_name", "Hostname mismatch"),
        ("unknown_authority", "unable to get local issuer certificate"),
    ],
)
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "connect"])
async def test_a_client_refuses_it_for_the_reason_asked_for(change: Flaw, seen: str, *, tls: bool) -> None:
    """Once; its next connection is good, and nobody is said to distrust us."""
    async with intercepting(rule(change, count=Count(first=1))) as setting:
        ask = setting.tls if tls else setting.tunnel
        with pytest.raises(ssl.SSLCertVerificationError, match=seen):
            await ask()
        assert b"Brownout-Exchange" in await ask()
        await until(lambda: setting.records[0].outcome)

        first, second = setting.records
        assert (first.operation, first.path, first.outcome) == ("toy.tls.handshake", HOST, "client_gone")
        assert second.operation == "toy.payments.retrieve"
        assert setting.app.worlds.default.fired == {"c": 1}
        assert setting.interception.distrusted == {}
        assert "wouldn't have the certificate" in explain({"decided": first.decided(), "observed": first.observed()})


async def test_a_client_that_takes_it_is_told_on() -> None:
    """One that doesn't check certificates sends its key to anybody: the journal says so."""
    async with intercepting(rule()) as setting:
        context = setting.client()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        answer = await setting.tls(context=context)
        record = setting.records[0]

        assert b"Brownout-Exchange" in answer
        assert record.outcome == "sent"
        assert "doesn't check" in explain({"decided": record.decided(), "observed": record.observed()})


def test_it_counts_handshakes() -> None:
    """In the order in which they come, of one provider; those that pass leave no record."""
    sandbox = world(rule(count=Count(nth=(2, 3))))

    assert flaws(sandbox, 4) == [None, "expired", "expired", None]
    assert [record.repeatability for record in sandbox.journal] == ["D1", "D1"]


def test_a_percentage_is_the_same_in_every_run() -> None:
    """And about as many as asked for."""
    first, second = (flaws(world(rule(count=Count(percentage=30))), 200) for _ in range(2))

    assert first == second
    assert 40 <= first.count("expired") <= 80


def test_it_can_be_one_hosts_alone() -> None:
    """Its host is what `match.path` looks at."""
    sandbox = world(rule(match=Match(path=("files.*",))))

    assert flaws(sandbox, 1) == [None]
    assert flaws(sandbox, 1, "files.toy.test") == ["expired"]


def test_it_can_be_one_phases_alone() -> None:
    """Then when it was is a matter of time (D2)."""
    phases = (Phase(name="calm", duration_seconds=1), Phase(name="storm", duration_seconds=1))
    sandbox = world(rule(phase="storm"), phases=phases)

    assert handshake(sandbox, "toy", HOST, peer="", wall=0.5) is None
    struck = handshake(sandbox, "toy", HOST, peer="", wall=1.5)
    assert struck is not None
    assert struck.record is not None
    assert (struck.record.phase, struck.record.repeatability) == ("storm", "D2")


def test_the_first_of_two_wins() -> None:
    """The other is told to have had nothing to change."""
    sandbox = world(rule(), rule("wrong_name", name="d"))

    assert flaws(sandbox, 1) == ["expired"]
    assert [fired.state for fired in next(iter(sandbox.journal)).fired] == ["applied", "passed"]


def test_no_other_fault_is_asked_about_handshakes_nor_this_one_about_requests() -> None:
    """Interception moves nobody's count."""
    certificate, operation = rule(), operation_of("toy")
    others = [Abort(status=500), Latency(delay=1)]

    assert certificate.concerns(operation)
    assert not any(certificate.concerns(one) for one in REGISTRIES.operations().values())
    assert not any(Rule(name="o", fault=fault, target="edge").concerns(operation) for fault in others)
    assert world(Rule(name="o", fault=others[0], target="edge")).rules.of(operation) == ()


def test_it_has_one_effect_at_one_place() -> None:
    """And draws nothing."""
    fault = Certificate(change="wrong_name")

    assert fault.targets() == ("edge",)
    assert list(fault.effects(None, _never)) == [Certify("wrong_name")]  # type: ignore[arg-type]


def _never(purpose: str) -> float:
    raise AssertionError(purpose)


@pytest.mark.parametrize(("outcome", "error"), [("client_gone", "transport"), ("sent", None), (None, "transport")])
def test_a_verdict_counts_it_as_a_connection_that_failed(outcome: str | None, error: str | None) -> None:
    """Unless the client didn't look."""
    sandbox = world(rule())
    flaws(sandbox, 1)
    record = next(iter(sandbox.journal))
    made = list(attempts([{"decided": record.decided(), "observed": {"outcome": outcome}}]))

    assert [(one.error, one.does) for one in made] == [(error, "handshake")]


@pytest.mark.parametrize(
    ("match", "advice"),
    [
        ("{}", "only where Brownout speaks TLS"),
        ("{operation: toy.tls.handshake}", "only where Brownout speaks TLS"),
        ("{operation: toy.payments.create}", "strikes PROVIDER.tls.handshake"),
        ("{client: x, header: {a: b}}", "has no client and no header"),
    ],
)
def test_check_says_where_it_can_fire(match: str, advice: str) -> None:
    """Only in handshakes, and those only happen with interception."""
    text = f"brownout: 1\ntitle: t\nfaults:\n  - {{name: c, kind: certificate, change: expired, match: {match}}}\n"
    said = [str(one) for one in check(scenario.load(text, REGISTRIES), REGISTRIES)]

    assert any(advice in one for one in said), said


def test_its_request_line_never_reaches_a_provider() -> None:
    """A handshake's operation can't be run."""
    with pytest.raises(InternalError):
        operation_of("toy").run(None)  # type: ignore[arg-type]
