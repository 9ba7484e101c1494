"""What is remembered of clients: their secrets, their calls for tokens, their clocks; and that it stays small."""

from __future__ import annotations

import pytest
from toy import KEY, REGISTRIES

from brownout.core.plan import Plan
from brownout.core.rules import Count, Rule
from brownout.core.tokens import Authority, Token
from brownout.core.tokens.clients import ATTEMPTS_KEPT, CLIENTS_KEPT, Attempt, Client, Clients
from brownout.faults.abort import Abort
from brownout.testing import EngineTransport


def attempt(number: int = 0, *, grant: str = "refresh_token", outcome: str = "good") -> Attempt:
    """Return a call for tokens."""
    return Attempt(float(number), f"ex_{number}", grant, None, outcome, 200, None, "reply")  # type: ignore[arg-type]


def flaw(
    clients: Clients, client: Client, given: str, *, configured: str | None = "first", now: float = 0.0
) -> str | None:
    """Return what is wrong with a secret, where strangers are let in."""
    return clients.flaw(client, given, configured=configured, strangers=True, now=now)


def test_the_newest_attempts_are_kept_and_all_are_counted() -> None:
    """Rates stay true however many there were."""
    client = Client("p", "shop", "a")

    for number in range(3 * ATTEMPTS_KEPT):
        client.note(attempt(number, outcome="good" if number % 3 else "lost"))
    client.note(attempt(grant="client_credentials", outcome="failed"))

    assert (len(client.attempts), client.attempts[0].at) == (ATTEMPTS_KEPT, 2.0 * ATTEMPTS_KEPT + 1)
    assert (client.tried, client.good) == (3 * ATTEMPTS_KEPT + 1, 2 * ATTEMPTS_KEPT)
    assert (client.refreshed_tried, client.refreshed_good) == (3 * ATTEMPTS_KEPT, 2 * ATTEMPTS_KEPT)


def test_the_client_longest_silent_is_forgotten_and_counted() -> None:
    """One that speaks again stays."""
    clients = Clients()
    for number in range(CLIENTS_KEPT):
        clients.know("p", f"c{number}", "a")
    clients.know("p", "c0", "b")

    clients.know("p", "one more", "a")

    assert (clients.find("p", "c1"), clients.evicted, len(list(clients))) == (None, 1, CLIENTS_KEPT)
    kept = clients.find("p", "c0")
    assert kept is not None
    assert kept.account == "b"


def test_clients_of_two_providers_are_two() -> None:
    """Although their ids are alike."""
    clients = Clients()

    assert clients.know("p", "shop", "a") is not clients.know("q", "shop", "a")


def test_each_secret_but_the_last_is_old() -> None:
    """A few of them are remembered; what never was one is wrong."""
    clients = Clients()
    shop = clients.know("p", "shop", "a")
    for secret in ("second", "third"):
        clients.rotate(shop, secret, 0.0, configured="first")

    assert [flaw(clients, shop, given) for given in ("first", "second", "third", "fourth", "")] == [
        "old secret", "old secret", None, "wrong secret", "wrong secret",
    ]  # fmt: skip


def test_the_grace_holds_for_the_last_secret_alone() -> None:
    """Until just before it is over."""
    clients = Clients()
    shop = clients.know("p", "shop", "a")
    clients.rotate(shop, "second", 0.0, configured="first", grace_seconds=100.0)
    clients.rotate(shop, "third", 50.0, configured="first", grace_seconds=100.0)

    assert [flaw(clients, shop, "second", now=at) for at in (149.9, 150.0)] == [None, "old secret"]
    assert flaw(clients, shop, "first", now=60.0) == "old secret"


def test_a_stranger_may_come_with_any_secret_until_it_is_given_one() -> None:
    """And the one that it came with is then its old one."""
    clients = Clients()
    shop = clients.know("p", "shop", "a")

    before = [flaw(clients, shop, given, configured=None) for given in ("any", "mine", "")]
    clients.rotate(shop, "new", 0.0, configured=None)

    assert before == [None, None, "wrong secret"]
    assert [flaw(clients, shop, given, configured=None) for given in ("mine", "any", "new")] == [
        "old secret", "wrong secret", None,
    ]  # fmt: skip
    assert clients.flaw(clients.know("p", "other", "a"), "x", configured=None, strangers=False, now=0.0) == (
        "unknown client"
    )


def test_whoever_never_came_has_no_old_secret() -> None:
    """Given one beforehand, anything else is wrong."""
    clients = Clients()
    shop = clients.know("p", "shop", "a")

    clients.rotate(shop, "new", 0.0, configured=None, grace_seconds=60.0)

    assert [flaw(clients, shop, given, configured=None) for given in ("any", "new")] == ["wrong secret", None]


def test_no_secret_is_kept_but_the_one_in_force() -> None:
    """Earlier ones are remembered by a pseudonym."""
    clients = Clients()
    shop = clients.know("p", "shop", "a")
    flaw(clients, shop, "presented", configured=None)
    clients.rotate(shop, "second", 0.0, configured="first")

    assert "presented" not in str(shop.presented)
    assert "first" not in str(shop.retired)


def test_a_skew_moves_the_end_of_tokens_old_and_new() -> None:
    """Of that client alone."""
    tokens = Authority()

    def issue(text: str, client: str) -> Token:
        return tokens.issue(
            Token(text, kind="access", provider="p", account="a", client_id=client, scopes=frozenset(),
                  issued_at=0.0, life_seconds=100.0, family=text)
        )  # fmt: skip

    old, other = issue("old", "shop"), issue("other", "bank")
    tokens.skew(tokens.clients.know("p", "shop", "a"), 30.0)
    new = issue("new", "shop")

    assert [[one.reason(at) for at in (69.9, 70.0)] for one in (old, new)] == [[None, "token_expired"]] * 2
    assert (other.reason(99.9), new.told_seconds) == (None, 100.0)


def test_what_a_fault_took_before_is_failed_and_what_it_took_after_is_lost() -> None:
    """Before the effect nothing was issued."""
    rules = [
        Rule(name=target, fault=Abort(connection="reset"), target=target, count=Count(nth=(number,)))
        for number, target in enumerate(("request", "response"), 1)
    ]
    transport = EngineTransport(Plan(rules=tuple(rules)), registries=REGISTRIES)
    for _ in rules:
        with pytest.raises(ConnectionResetError):
            transport.send("POST", "/toy/v1/token", headers=KEY)
    transport.send("POST", "/toy/v1/token", headers=KEY)

    (client,) = transport.world.tokens.clients
    assert (client.id, [(one.outcome, one.answered) for one in client.attempts]) == (
        "shop", [("failed", "reset"), ("lost", "reset"), ("good", "reply")],
    )  # fmt: skip
    assert (client.tried, client.good) == (3, 1)


def test_a_call_for_tokens_that_names_no_client_is_nobodys() -> None:
    """It is in the journal alone."""
    transport = EngineTransport(Plan(), registries=REGISTRIES)

    assert transport.send("POST", "/toy/v1/token").status == 401
    assert list(transport.world.tokens.clients) == []


def test_uses_are_noted_by_what_they_needed() -> None:
    """A good one moves the time of the last use; a refused one says what was lacking."""
    token = Token("t", kind="access", provider="p", account="a", client_id="c", scopes=frozenset({"r"}),
                  issued_at=0.0, life_seconds=50.0, family="f")  # fmt: skip

    results = [
        (
            token.presented(at, frozenset(needed)),
            token.used_at,
            sorted(token.needed_scopes),
            sorted(token.lacked_scopes),
        )
        for at, needed in ((1.0, "r"), (2.0, "rw"), (60.0, "x"))
    ]

    assert results == [
        (None, 1.0, ["r"], []), ("scope_missing", 1.0, ["r", "w"], ["w"]),
        ("token_expired", 1.0, ["r", "w", "x"], ["w"]),
    ]  # fmt: skip
