"""What faults do to credentials that were let in, to consents, clients and clocks, and what the journal says."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from toy import KEY
from toy_tokens import PAY, at_request, bearer, engine, last, pay, read, rule, story, token

from brownout.core.match import Match
from brownout.core.plan import ClockOptions
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.faults.clock import Clock
from brownout.faults.consent import Consent
from brownout.faults.credential import Credential
from brownout.faults.latency import Latency
from brownout.faults.refresh import Refresh
from brownout.faults.scope import Scope
from brownout.faults.token import Token

# ---------------------------------------------------------------- after it was let in


def test_a_token_that_dies_in_flight_executes_nothing_and_keeps_nothing() -> None:
    """The key is free for the client's next token, with which the payment is made once."""
    transport = engine(at_request(Token(change="expire"), first=1))
    refused = transport.send(
        "POST",
        "/toy/v1/payments",
        headers={**bearer(token(transport)["access_token"]), "Idempotency-Key": "k"},
        body=PAY,
    )
    struck = last(transport)
    again = {**bearer(token(transport)["access_token"]), "Idempotency-Key": "k"}

    answers = [transport.send("POST", "/toy/v1/payments", headers=again, body=PAY) for _ in range(2)]

    assert (refused.status, orjson.loads(refused.body)) == (401, {"error": "token_expired"})
    assert (struck.stage, struck.cause, struck.repeatability) == ("authorise", "rule r", "D2")
    assert [one.state for one in struck.fired] == ["applied"]
    assert [one.status for one in answers] == [200, 200]
    assert answers[0].body == answers[1].body
    assert [entry.kind for entry in transport.world.ledger] == ["authorize", "capture"]


def test_a_token_dies_while_the_request_is_held_back() -> None:
    """All that strikes before the effect is done before the delay: what waits there is looked at again after it."""
    transport = engine(at_request(Latency(delay=5.0), "late"), at_request(Token(change="revoke")))
    headers = bearer(token(transport)["access_token"])

    assert pay(transport, headers).status == 401
    assert {one.rule: one.state for one in last(transport).fired} == {"late": "applied", "r": "applied"}
    assert list(transport.world.ledger) == []


def test_an_end_before_the_effect_shadows_what_would_happen_to_the_token() -> None:
    """Of two faults at one stage the end wins; the token is as good as before."""
    down = Rule(name="down", fault=Abort(status=503), target="request", match=Match(path=("/v1/payments",)))
    transport = engine(at_request(Token(change="expire")), down)
    headers = bearer(token(transport)["access_token"])

    assert read(transport, headers).status == 503
    transport.world.drop_rule("down")
    transport.world.drop_rule("r")
    assert read(transport, headers).status == 200


def test_a_dropped_scope_that_this_call_doesnt_need_lets_it_through() -> None:
    """It was looked at again, and found good still."""
    transport = engine(at_request(Scope(change="drop", scopes=("payments.write",))))

    assert read(transport, bearer(token(transport)["access_token"])).status == 200
    assert [one.state for one in last(transport).fired] == ["applied"]


# ---------------------------------------------------------------- issued so that it is good for nothing


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Token(change="junk"), "token_unknown"), (Token(change="wrong_audience"), "token_misaddressed")],
)
def test_a_token_that_is_good_for_nothing(fault: Token, error: str) -> None:
    """Its answer is like any other; whoever uses it learns nothing more than that it is unknown."""
    transport = engine(rule(fault, first=1))
    made, good = token(transport), token(transport)

    assert made.keys() == good.keys()
    assert [read(transport, bearer(one["access_token"])).status for one in (made, good)] == [401, 200]
    record = list(transport.world.journal)[2]
    assert (record.error, record.cause, record.repeatability) == (error, "rule r", "D2")
    assert "good for nothing here: rule r saw to that" in story(record)


def test_only_the_first_of_two_rules_spoils_a_token() -> None:
    """There is nothing left for the other."""
    transport = engine(rule(Token(change="junk"), "one"), rule(Token(change="wrong_audience"), "two"))

    token(transport)

    assert {one.rule: one.state for one in last(transport).fired} == {"one": "applied", "two": "passed"}


@pytest.mark.parametrize(("says", "state"), [(60.0, "applied"), (600.0, "passed")])
def test_a_life_told_as_it_is_is_no_lie(says: float, state: str) -> None:
    """The toy's tokens live ten minutes, whatever is said."""
    transport = engine(rule(Token(change="mistell", says=says)))

    made = token(transport)

    assert made["expires_in"] == says
    assert [one.state for one in last(transport).fired] == [state]


@pytest.mark.parametrize(("says", "cause"), [(3600.0, "rule r"), (None, "rule r"), (60.0, None)])
def test_who_was_told_too_much_is_not_to_blame(says: float | None, cause: str | None) -> None:
    """Once the token is dead: the rule is, unless the client was told less than it had."""
    transport = engine(rule(Token(change="mistell", says=says)))
    headers = bearer(token(transport)["access_token"])
    transport.wall += 600.0

    assert read(transport, headers).status == 401
    assert (last(transport).error, last(transport).cause) == ("token_expired", cause)


# ---------------------------------------------------------------- consents and refreshes


def test_taking_a_consent_back_ends_what_rests_on_it_alone() -> None:
    """A token's family; static keys and other grants are as good as before."""
    transport = engine(rule(Consent(change="revoke"), nth=(4,)))  # two were for the tokens
    mine, other = (bearer(token(transport)["access_token"]) for _ in range(2))

    assert [read(transport, headers).status for headers in (mine, mine, mine, other, KEY)] == [200, 401, 401, 200, 200]
    assert transport.world.fired == {"r": 1}


def test_a_call_that_presents_nothing_has_no_consent_to_lose() -> None:
    """Neither a key nor a request without any credential, nor one for a first token."""
    transport = engine(rule(Consent(change="ask_again")), rule(Refresh(change="spend"), "s"))

    read(transport, KEY)
    transport.send("GET", "/toy/v1/payments")
    token(transport)
    token(transport, refresh_token=7)
    token(transport, refresh_token="nobody's")

    assert {one.state for record in transport.world.journal for one in record.fired} == {"passed"}


def test_an_access_token_is_no_refresh_token() -> None:
    """Presented as one, it isn't touched."""
    transport = engine(rule(Refresh(change="revoke")))
    made = token(transport)["access_token"]

    token(transport, refresh_token=made)

    assert [one.state for one in last(transport).fired] == ["passed"]
    assert read(transport, bearer(made)).status == 200


def test_a_user_has_to_be_asked() -> None:
    """Where a token is used it rests, until somebody says that its user was asked."""
    transport = engine(rule(Consent(change="ask_again"), nth=(2,)))  # the first was for the token
    headers = bearer(token(transport)["access_token"])

    statuses = [read(transport, headers).status for _ in range(2)]
    record = last(transport)
    transport.world.tokens.unblock("toy", "shop", None)

    assert (statuses, record.error, record.cause) == ([401, 401], "user_needed", "rule r")
    assert "Its user has to be asked again first: rule r saw to that." in story(record)
    assert read(transport, headers).status == 200


# ---------------------------------------------------------------- taken for another


@pytest.mark.parametrize(
    ("change", "error", "cause"),
    [
        ("old_secret", "token_revoked", "old secret"),
        ("unknown", "token_unknown", "unknown client"),
        ("live", "token_unknown", "live against sandbox"),
    ],
)
def test_a_good_token_is_taken_for_another(change: Any, error: str, cause: str) -> None:
    """For this call: the next is as good as before, and a percentage of them is the same ones every time."""
    transport = engine(rule(Credential(change=change), nth=(2,)))
    headers = bearer(token(transport)["access_token"])

    assert [read(transport, headers).status for _ in range(3)] == [401, 200, 200]  # the first match was the token's
    record = list(transport.world.journal)[1]
    assert (record.error, record.cause, record.repeatability) == (error, f"{cause}, so says rule r", "D1")
    assert [one.effects for one in record.fired] == [(f"take the credential for {TAKEN[change]}",)]
    assert "The refusal was feigned: rule r saw to that, and the credential is good." in story(record)


TAKEN = {
    "old_secret": "an old one",
    "unknown": "one that nobody knows",
    "live": "one of the live environment",
}


def test_a_bad_token_is_refused_for_what_it_is() -> None:
    """There is nothing for the rule to change, and it doesn't count."""
    transport = engine(rule(Credential(change="unknown")))

    assert read(transport, bearer("tok-shop-nonsense")).status == 401
    assert last(transport).cause is None
    assert [one.state for one in last(transport).fired] == ["passed"]


def test_a_provider_that_doesnt_ask_isnt_fooled() -> None:
    """The toy knows no secrets and only revoked keys: the rule passes, as does a secret's rotation."""
    transport = engine(rule(Credential(change="unknown")), rule(Credential(change="rotate"), "rotate"))

    assert read(transport, KEY).status == 200
    token(transport)

    assert {one.state for record in transport.world.journal for one in record.fired} == {"passed"}


def test_how_a_token_was_sent_is_not_in_question_where_it_is_used() -> None:
    """Even if a fault of somebody's own asks for it there: it passes."""

    class Elsewhere(Credential):
        def suits(self, operation: Any) -> bool:
            """Return True."""
            return True

    transport = engine(rule(Elsewhere(change="wrong_method")), rule(Elsewhere(change="rotate"), "rotate"))

    assert read(transport, bearer(token(transport)["access_token"])).status == 200
    assert {one.state for one in last(transport).fired} == {"passed"}


def test_a_key_is_taken_for_an_old_one() -> None:
    """What the provider says of a revoked key."""
    transport = engine(rule(Credential(change="old_secret"), first=1))

    assert [pay(transport, KEY).status for _ in range(2)] == [401, 200]


# ---------------------------------------------------------------- clocks


def test_a_wrong_clock_dates_whatever_is_answered() -> None:
    """Failures too, and the gateway's page; an exchange without an answer has no date that could be wrong."""
    down = Rule(name="down", fault=Abort(status=502, body="html"), target="response", count=Count(nth=(2,)))
    lost = Rule(name="lost", fault=Abort(connection="reset"), target="response", count=Count(nth=(3,)))
    transport = engine(rule(Clock(ahead=3600.0)), down, lost)

    dates = [read(transport, KEY).headers["Date"] for _ in range(2)]
    with pytest.raises(ConnectionResetError):
        read(transport, KEY)

    assert dates == ["Thu, 28 May 2026 21:26:40 GMT"] * 2
    assert [[one.state for one in record.fired if one.rule == "r"] for record in transport.world.journal] == [
        ["applied"], ["applied"], ["passed"],
    ]  # fmt: skip


def test_a_token_issued_by_a_wrong_clock_is_so_even_if_its_answer_is_lost() -> None:
    """The journal says that the rule did something: the token ends when that clock says."""
    lost = Rule(name="lost", fault=Abort(connection="reset"), target="response")
    transport = engine(rule(Clock(ahead=3600.0)), lost)

    with pytest.raises(ConnectionResetError):
        transport.send("POST", "/toy/v1/token", headers=KEY, body=b"{}")

    [issued] = transport.world.tokens
    assert (issued.stamped_by, {one.rule: one.state for one in last(transport).fired}) == (
        "rule r", {"r": "applied", "lost": "applied"},
    )  # fmt: skip


def test_two_wrong_clocks_add_up() -> None:
    """As one server that is off in two ways; each rule has its part."""
    transport = engine(rule(Clock(ahead=3600.0), "one"), rule(Clock(behind=1800.0), "two"))

    assert read(transport, KEY).headers["Date"] == "Thu, 28 May 2026 20:56:40 GMT"
    assert {one.rule: one.state for one in last(transport).fired} == {"one": "applied", "two": "applied"}


def test_a_clock_is_wrong_by_world_time() -> None:
    """At 60 times the speed two minutes are two seconds on the wire."""
    transport = engine(rule(Clock(ahead=120.0)), clock=ClockOptions(speed=60.0))

    assert read(transport, KEY).headers["Date"] == "Thu, 28 May 2026 20:26:42 GMT"


@pytest.mark.parametrize(
    ("clock", "issue", "use", "error"),
    [
        (Clock(ahead=600.0), (), (2,), "token_expired"),
        (Clock(ahead=599.0), (), (2,), None),
        (Clock(behind=1.0), (), (2,), "token_early"),
        (Clock(ahead=1.0), (1,), (), "token_early"),
        (Clock(behind=600.0), (1,), (), "token_expired"),
        (Clock(ahead=9000.0), (1,), (2,), None),
        (Clock(behind=9000.0), (1,), (2,), None),
    ],
)
def test_only_clocks_that_disagree_do_harm(clock: Clock, issue: tuple, use: tuple, error: str | None) -> None:
    """A provider whose clock is wrong all the time has tokens that live as long as ever."""
    transport = engine(Rule(name="r", fault=clock, target="edge", count=Count(nth=(*issue, *use))))
    headers = bearer(token(transport)["access_token"])

    status = read(transport, headers).status

    assert (status, last(transport).error) == ((401, error) if error else (200, None))
    assert last(transport).cause == ("rule r" if error else None)
    assert error is None or "rule r saw to that" in story(last(transport))


def test_a_wrong_clock_doesnt_outlast_its_exchange() -> None:
    """The next one is judged by the right one."""
    transport = engine(rule(Clock(ahead=600.0), nth=(2,)))
    headers = bearer(token(transport)["access_token"])

    assert [read(transport, headers).status for _ in range(2)] == [401, 200]
