"""Tokens and scopes under faults, in the engine: what dies when, what the record says of it, and what it can repeat."""

from __future__ import annotations

import orjson
import pytest
from toy import KEY
from toy_tokens import PAY, SHORT, bearer, engine, last, pay, read, rule, story, token

from brownout.core.limits import Limit
from brownout.core.match import Match
from brownout.core.plan import ClockOptions
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.faults.latency import Latency
from brownout.faults.scope import Scope
from brownout.faults.token import Token


@pytest.mark.parametrize(("announced", "told"), [(False, 600), (True, 20)])
def test_a_token_lives_shorter_than_its_provider_says(announced: bool, told: int) -> None:  # noqa: FBT001
    """It is good until just before its true end, whatever `expires_in` told."""
    transport = engine(rule(Token(change="short_life", life=20.0, announced=announced)))
    made = token(transport)
    headers = bearer(made["access_token"])

    transport.wall += 19.9
    before = read(transport, headers).status
    transport.wall += 0.1
    after = read(transport, headers)

    assert (made["expires_in"], before, after.status) == (told, 200, 401)
    assert orjson.loads(after.body) == {"error": "token_expired"}
    assert (last(transport).cause, last(transport).repeatability) == ("rule r", "D2")
    assert "lived shorter than the provider's own rule says: rule r saw to that" in story(last(transport))
    assert "organic" not in story(last(transport))


def test_a_life_longer_than_the_providers_own_changes_nothing() -> None:
    """The rule passes and doesn't count: the token would have died earlier anyway."""
    transport = engine(rule(Token(change="short_life", life=3600.0)))

    assert token(transport)["expires_in"] == 600
    assert [one.state for one in last(transport).fired] == ["passed"]
    assert transport.world.fired == {}


@pytest.mark.parametrize("params", [{"scope": "nonsense"}, None])
def test_a_token_that_is_not_issued_is_not_shortened(params: dict[str, str] | None) -> None:
    """A grant that the provider itself refuses has nothing for the rule to change."""
    transport = engine(rule(SHORT))

    if params is None:
        transport.send("POST", "/toy/v1/token")
    else:
        token(transport, **params)

    assert [one.state for one in last(transport).fired] == ["passed"]
    assert transport.world.fired == {}


@pytest.mark.parametrize("end", [Abort(status=503), Abort(connection="reset")])
def test_an_end_before_the_issue_shadows_what_was_wanted_of_the_token(end: Abort) -> None:
    """No token, no shorter life; whichever rule comes first."""
    for rules in ([rule(SHORT), rule(end, "end")], [rule(end, "end"), rule(SHORT)]):
        transport = engine(*rules)
        flight = transport.open("POST", "/toy/v1/token", headers=KEY, body=b"{}")
        flight.step()

        assert {one.rule: one.state for one in last(transport).fired} == {"r": "shadowed", "end": "applied"}
        assert (transport.world.fired, len(transport.world.tokens)) == ({"end": 1}, 0)


def test_a_lost_token_answer_leaves_the_token_issued_under_its_terms() -> None:
    """At the response the token stands, shortened, though its client never saw it."""
    lost = Rule(name="lost", fault=Abort(connection="reset"), target="response")
    transport = engine(rule(SHORT), lost)

    with pytest.raises(ConnectionResetError):
        token(transport)

    assert {one.rule: one.state for one in last(transport).fired} == {"r": "applied", "lost": "applied"}
    assert len(transport.world.tokens) == 1


def test_several_terms_of_one_token_add_up() -> None:
    """The shortest life and the fewest scopes; rules that change nothing more pass."""
    transport = engine(
        rule(Token(change="short_life", life=30.0), "thirty"),
        rule(Token(change="short_life", life=10.0), "ten"),
        rule(Token(change="short_life", life=20.0), "twenty"),
        rule(Scope(change="withhold", scopes=("*.write",)), "no-write"),
        rule(Scope(change="withhold", scopes=("payments.w*",)), "again"),
        rule(Latency(delay=1.0), "late"),
    )

    made = token(transport)

    assert made["scope"] == "payments.read"
    assert {one.rule: one.state for one in next(iter(transport.world.journal)).fired} == {
        "thirty": "applied", "ten": "applied", "twenty": "passed", "no-write": "applied", "again": "passed",
        "late": "applied",
    }  # fmt: skip
    issued = transport.world.tokens.find("toy", made["access_token"])
    assert issued is not None
    assert issued.expires_at == issued.issued_at + 10.0


def test_a_revoked_token_stays_revoked() -> None:
    """From the request that the rule struck on, in the provider's words; only a new token helps."""
    transport = engine(rule(Token(change="revoke"), nth=(3,)))
    headers = bearer(token(transport)["access_token"])

    answers = [read(transport, headers) for _ in range(5)]
    struck, after = list(transport.world.journal)[3], last(transport)

    assert [answer.status for answer in answers] == [200, 200, 401, 401, 401]
    assert orjson.loads(answers[2].body) == {"error": "token_revoked"}
    assert [(one.state, one.effects) for one in struck.fired] == [("applied", ("revoke the credential",))]
    assert (struck.stage, struck.error, struck.cause) == ("authorise", "token_revoked", "rule r")
    assert (after.fired, after.cause, after.repeatability) == ((), "rule r", "D2")
    assert "No fault fired here: what it met is what rule r did before." in story(after)
    assert "Its credential had been revoked: rule r saw to that." in story(after)
    assert transport.world.fired == {"r": 1}
    assert read(transport, bearer(token(transport)["access_token"])).status == 200


def test_a_static_key_can_be_revoked_too_and_others_stay_good() -> None:
    """The key as presented, in the world where it was: another key, and the same one elsewhere, go on."""
    transport = engine(rule(Token(change="revoke"), first=1))

    assert [pay(transport, KEY).status for _ in range(2)] == [401, 401]
    assert transport.send("GET", "/toy/v1/payments", headers=KEY, sandbox="other").status == 401  # its own first
    transport.world.drop_rule("r")
    assert read(transport, bearer("key-other")).status == 200
    assert list(transport.world.ledger) == []


def test_revoking_what_is_revoked_already_does_not_count() -> None:
    """Each firing that found nothing more to take is noted as passed."""
    transport = engine(rule(Token(change="revoke")))

    for _ in range(3):
        read(transport, KEY)

    assert [[one.state for one in record.fired] for record in transport.world.journal] == [
        ["applied"], ["passed"], ["passed"],
    ]  # fmt: skip
    assert transport.world.fired == {"r": 1}


def test_without_a_credential_there_is_nothing_to_revoke() -> None:
    """The provider's own refusal stays the reason."""
    transport = engine(rule(Token(change="revoke")), rule(Scope(change="drop"), "drop"))

    refused = transport.send("GET", "/toy/v1/payments")

    assert (refused.status, last(transport).error, last(transport).cause) == (401, "unauthorised", None)
    assert {one.state for one in last(transport).fired} == {"passed"}


def test_an_outage_at_the_edge_shadows_a_revocation() -> None:
    """The request never reached the provider, so the token is as good as before."""
    down = Rule(name="down", fault=Abort(status=502), target="edge", count=Count(first=1))
    transport = engine(rule(Token(change="revoke"), first=1), down)

    assert [read(transport, KEY).status for _ in range(2)] == [502, 200]
    assert {one.rule: one.state for one in next(iter(transport.world.journal)).fired} == {
        "r": "shadowed", "down": "applied",
    }  # fmt: skip


def test_a_failure_in_place_of_a_refusal_hides_its_cause() -> None:
    """The client never learnt of the revoked key: the record blames the rule that answered."""
    down = Rule(name="down", fault=Abort(status=503), target="response")
    transport = engine(rule(Token(change="revoke")), down)

    assert read(transport, KEY).status == 503
    assert (last(transport).stage, last(transport).cause) == ("authorise", None)
    assert {one.rule: one.state for one in last(transport).fired} == {"r": "applied", "down": "applied"}


def test_a_limit_by_address_comes_before_anybody_looks_at_the_token() -> None:
    """The token is revoked at the edge all the same: that is the world's doing, not the request's."""
    limit = Limit(name="ip", match=Match(), algorithm="token_bucket", rate_per_second=1.0, burst=1.0, partition="ip")
    transport = engine(rule(Token(change="revoke"), nth=(2,)), limits=(limit,))

    assert [read(transport, KEY).status for _ in range(2)] == [200, 429]
    transport.wall += 5.0
    assert read(transport, KEY).status == 401


@pytest.mark.parametrize(("announced", "told"), [(None, "payments.read"), (False, "payments.read payments.write")])
def test_a_scope_is_withheld(announced: bool | None, told: str) -> None:  # noqa: FBT001
    """Reading goes on, paying is refused; the answer tells of it unless it is told not to."""
    transport = engine(rule(Scope(change="withhold", scopes=("*.write",), announced=announced)))
    made = token(transport)

    headers = bearer(made["access_token"])

    assert made["scope"] == told
    assert (read(transport, headers).status, pay(transport, headers).status) == (200, 403)
    assert (last(transport).error, last(transport).cause) == ("scope_missing", "rule r")
    assert "lacks a scope that it was meant to have: rule r saw to that" in story(last(transport))
    assert list(transport.world.ledger) == []


def test_a_scope_is_dropped_mid_run() -> None:
    """From the struck request on, for that token alone; a static key has none to lose."""
    transport = engine(rule(Scope(change="drop", scopes=("payments.write",)), nth=(2,)))
    headers = bearer(token(transport)["access_token"])

    assert [pay(transport, headers).status for _ in range(3)] == [200, 403, 403]
    assert read(transport, headers).status == 200
    assert transport.world.fired == {"r": 1}
    assert pay(transport, bearer(token(transport)["access_token"])).status == 200


def test_a_scope_that_was_never_asked_for_is_nobodys_doing() -> None:
    """An organic 403 blames no rule, and depends on nothing but the request and what its token was asked for."""
    transport = engine()
    headers = bearer(token(transport, scope="payments.read")["access_token"])

    assert pay(transport, headers).status == 403
    assert (last(transport).cause, last(transport).repeatability) == ("scope never asked", "D0")
    assert "organic" in story(last(transport))
    assert "that nobody ever asked for" in story(last(transport))


def test_a_token_that_only_the_clocks_jump_killed_is_not_the_clients_fault() -> None:
    """The record tells a jump from a wait."""
    transport = engine()
    headers = bearer(token(transport)["access_token"])
    transport.advance(3600.0)
    assert read(transport, headers).status == 401
    assert last(transport).cause == "clock"
    assert "expired because the clock was advanced" in story(last(transport))

    headers = bearer(token(transport)["access_token"])
    transport.wall += 3600.0
    assert read(transport, headers).status == 401
    assert (last(transport).cause, last(transport).repeatability) == (None, "D2")


def test_a_short_life_runs_on_world_time() -> None:
    """At 60 times the speed 120 seconds of life are two on the wall, and are told as such."""
    announced = Token(change="short_life", life=120.0, announced=True)
    transport = engine(rule(announced), clock=ClockOptions(speed=60.0))
    made = token(transport)

    transport.wall += 1.9
    before = read(transport, bearer(made["access_token"])).status
    transport.wall += 0.2

    assert (made["expires_in"], before, read(transport, bearer(made["access_token"])).status) == (2, 200, 401)


def test_a_percentage_of_tokens_is_the_same_ones_every_time() -> None:
    """Drawn on the identity of the call that issues: which order of calls makes no difference."""

    def shortened(clients: list[str]) -> set[str]:
        transport = engine(rule(Token(change="short_life", life=20.0, announced=True), percentage=40.0), seed=3)
        return {
            client
            for client in clients
            if b'"expires_in":20' in transport.send("POST", "/toy/v1/token", headers=bearer(f"key-{client}")).body
        }

    names = [f"c{number}" for number in range(40)]

    assert shortened(names) == shortened(names[::-1])
    assert 5 < len(shortened(names)) < 30


def test_no_record_holds_a_token() -> None:
    """Neither the one that was issued nor the one presented."""
    transport = engine(rule(SHORT), rule(Token(change="revoke"), "gone", nth=(2,)))
    text = token(transport)["access_token"]
    for _ in range(2):
        read(transport, bearer(text))

    assert all(text.encode() not in record.line() for record in transport.world.journal)


def test_whether_a_scope_was_still_there_is_a_matter_of_order() -> None:
    """Of two calls that take the same scope, the first finds it: neither is said to be repeatable by the seed."""
    transport = engine(rule(Scope(change="drop", scopes=("payments.read",))))
    headers = bearer(token(transport)["access_token"])

    for order in ("o-1", "o-2"):
        transport.send("POST", "/toy/v1/payments", headers=headers, body=PAY.replace(b"o-1", order.encode()))

    records = list(transport.world.journal)[-2:]
    assert [one.status for one in records] == [200, 200]
    assert [one.fired[0].state for one in records] == ["applied", "passed"]
    assert [one.repeatability for one in records] == ["D2", "D2"]
