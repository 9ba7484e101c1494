"""The authority: how long a token is good, what spends it, and what takes its family with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from brownout.core.effects import ShortenLife, WithholdScopes
from brownout.core.operation import Call
from brownout.core.plan import Plan
from brownout.core.tokens import Authority, Imposed, Spending, Token, TokenRules
from brownout.core.tokens import authority as module
from brownout.testing import EngineTransport

READ = frozenset({"read"})
moments = st.floats(0, 2e9, allow_nan=False)
lives = st.floats(1, 1e8, allow_nan=False)


def token(text: str = "t", **more: Any) -> Token:
    """Return a refresh token of family `f`, issued at 0, without an end."""
    given: dict[str, Any] = {
        "kind": "refresh",
        "provider": "p",
        "account": "a",
        "client_id": "c",
        "scopes": READ,
        "issued_at": 0.0,
        "life_seconds": None,
        "family": "f",
    }
    return Token(text, **given | more)


# ---------------------------------------------------------------- life


@given(issued=moments, life=lives, share=st.floats(0, 2))
def test_a_token_is_good_exactly_from_issue_to_expiry(issued: float, life: float, share: float) -> None:
    """Good at the moment of issue and until just before `issued_at + life`; expired from that moment on."""
    one = token(issued_at=issued, life_seconds=life)
    now = issued + life * share

    expected = None if now < issued + life else "token_expired"
    assert one.reason(now) == expected
    assert one.reason(issued) is None
    assert one.reason(issued + life) == "token_expired"


@given(now=moments)
def test_a_token_without_a_life_never_expires(now: float) -> None:
    """None is no end, not an end at once."""
    assert token(issued_at=0.0).reason(now) is None


@given(issued=moments, life=lives, cut=st.floats(0.001, 1e9))
def test_a_shortened_life_never_grows(issued: float, life: float, cut: float) -> None:
    """A term can only take from a life, and the client is told of it only if it is announced."""
    quiet, told = (token(kind="access", issued_at=issued, life_seconds=life) for _ in range(2))
    Imposed(ShortenLife(cut), "r").impose(quiet)
    Imposed(ShortenLife(cut, announced=True), "r").impose(told)

    assert quiet.expires_at == told.expires_at == min(issued + life, issued + cut)
    assert quiet.told_seconds == life
    assert told.told_seconds in (life, cut)


def test_a_refresh_tokens_life_is_not_shortened() -> None:
    """The fault is about access tokens: a client must be able to refresh."""
    one = token(life_seconds=60.0)

    Imposed(ShortenLife(1.0), "r").impose(one)

    assert one.expires_at == 60.0


def test_withheld_scopes_are_gone_and_told_only_if_announced() -> None:
    """The difference between what a token is and what was told of it is what faults make."""
    quiet, told = (token(scopes=frozenset({"read", "write"})) for _ in range(2))
    Imposed(WithholdScopes(("w*",), announced=False), "r").impose(quiet)
    Imposed(WithholdScopes(("w*",)), "r").impose(told)

    assert (quiet.scopes, quiet.told_scopes) == (READ, {"read", "write"})
    assert (told.scopes, told.told_scopes) == (READ, READ)
    assert quiet.reason(0.0, frozenset({"write"})) == "scope_missing"


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [(None, "access", "token_missing"), ("", "access", "token_missing"), ("x", "access", "token_unknown"),
     ("t", "access", "token_unknown"), ("t", "refresh", None)],
)  # fmt: skip
def test_a_presented_text_is_told_apart(text: str | None, kind: Any, reason: str | None) -> None:
    """Nothing, something never issued, and one of the other kind."""
    authority = Authority()
    authority.issue(token())

    assert authority.examine("p", text, 0.0, kind=kind).reason == reason


def test_a_token_belongs_to_one_provider() -> None:
    """The same text elsewhere is unknown."""
    authority = Authority()
    authority.issue(token())

    assert authority.examine("q", "t", 0.0, kind="refresh").reason == "token_unknown"


def test_a_client_counts_on_what_it_was_told() -> None:
    """Down to nothing, whatever the token's real life is; it was told no end of one without."""
    one = token(kind="access", life_seconds=60.0)
    Imposed(ShortenLife(5.0), "r").impose(one)

    assert [one.left_seconds(now) for now in (0.0, 10.0, 60.0, 99.0)] == [60.0, 50.0, 0.0, 0.0]
    assert token().left_seconds(5.0) == 0.0


@pytest.mark.parametrize(
    ("text", "globs", "changed"), [("t", ("r*",), True), ("t", ("w",), False), ("x", ("*",), False)]
)
def test_scopes_are_dropped_from_what_has_them(text: str, globs: tuple[str, ...], *, changed: bool) -> None:
    """A rule that found nothing to take is told so, and is nobody's cause."""
    authority = Authority()
    one = authority.issue(token(kind="access"))

    assert authority.drop_scopes("p", text, globs, "rule r") == changed
    assert (one.reason(0.0, READ), one.narrowed_by) == (("scope_missing", "rule r") if changed else (None, None))


# ---------------------------------------------------------------- spending

ROTATING = TokenRules(rotation=True)


def test_without_rotation_nothing_is_spent() -> None:
    """RFC 6749 §6: a refresh token may be used again and again."""
    authority, one = Authority(), token()
    authority.issue(one)

    assert [authority.spend(one, now, TokenRules()) for now in (0.0, 1.0, 1e9)] == ["good"] * 3
    assert one.spent_at is None


def test_a_token_that_was_spent_stays_so_when_rotation_ends() -> None:
    """A phase without rotation doesn't bring back what an earlier one used up."""
    authority, one = Authority(), token()
    authority.issue(one)
    authority.spend(one, 0.0, ROTATING)

    assert authority.spend(one, 1.0, TokenRules(on_reuse="reject")) == "reuse"


@given(uses=st.lists(st.floats(0, 1e6), min_size=1, max_size=8).map(sorted))
def test_a_spent_refresh_token_never_yields_twice_without_grace(uses: list[float]) -> None:
    """However the uses lie in time, even at one moment, exactly the first is good (RFC 9700 §4.14.2)."""
    authority, one = Authority(), token()
    authority.issue(one)

    outcomes = [authority.spend(one, now, ROTATING) for now in uses]

    assert outcomes[0] == "good"
    assert not {"good", "grace"} & set(outcomes[1:])


@given(grace=st.floats(0.5, 1e5), share=st.floats(0, 2))
def test_grace_lasts_from_the_first_use_and_ends_sharply(grace: float, share: float) -> None:
    """It counts from when the token was spent, is not prolonged by use, and is over at its very end."""
    authority, one = Authority(), token()
    authority.issue(one)
    rules = TokenRules(rotation=True, reuse_grace_seconds=grace)
    authority.spend(one, 0.0, rules)

    assert authority.spend(one, grace / 2, rules) == "grace"
    later = grace / 2 + grace * share
    assert authority.spend(one, later, rules) == ("grace" if later < grace else "reuse")


@pytest.mark.parametrize(("on_reuse", "after"), [("reject", None), ("revoke_family", "token_revoked")])
def test_reuse_costs_the_family_only_if_the_rules_say_so(on_reuse: Any, after: str | None) -> None:
    """RFC 9700 §4.14.2: the server can't know whether the thief or the client came second, so all go."""
    authority = Authority()
    old, new = authority.issue(token("old")), authority.issue(token("new"))
    access = authority.issue(token("access", kind="access", life_seconds=60.0))
    stranger = authority.issue(token("stranger", family="other"))
    rules = TokenRules(rotation=True, on_reuse=on_reuse)
    authority.spend(old, 1.0, rules)

    assert authority.spend(old, 2.0, rules) == "reuse"
    assert [one.reason(3.0) for one in (new, access)] == [after, after]
    assert stranger.reason(3.0) is None
    assert authority.spend(old, 3.0, rules) == ("reuse" if on_reuse == "reject" else "dead")


@pytest.mark.parametrize("rules", [TokenRules(), ROTATING, TokenRules(rotation=True, reuse_grace_seconds=1e6)])
def test_the_dead_are_never_exchanged(rules: TokenRules) -> None:
    """Neither expired nor revoked, not even within the grace; and an expired one's reuse costs nobody anything."""
    authority = Authority()
    expired, revoked = authority.issue(token("e", life_seconds=5.0)), authority.issue(token("r"))
    kin = authority.issue(token("kin"))
    authority.spend(expired, 1.0, rules)
    authority.spend(revoked, 1.0, rules)
    authority.revoke(revoked, 2.0, "client")

    assert [authority.spend(one, 5.0, rules) for one in (expired, revoked)] == ["dead", "dead"]
    assert kin.reason(5.0) is None


# ---------------------------------------------------------------- revocation


@given(
    families=st.lists(st.sampled_from("abc"), min_size=1, max_size=12),
    lives=st.lists(st.one_of(st.none(), st.floats(1, 20)), min_size=12, max_size=12),
    now=st.floats(0, 30),
)
def test_revoking_a_family_kills_all_of_it_and_nobody_else(
    families: list[str], lives: list[float | None], now: float
) -> None:
    """After it no token of the family is good, every other is as good as before, and the count is of the good."""
    authority = Authority()
    made = [
        authority.issue(token(f"t{place}", family=name, life_seconds=lives[place]))
        for place, name in enumerate(families)
    ]
    before = {one.text: one.reason(now) for one in made}

    killed = authority.revoke_family(made[0], now, "client")

    kin = [one for one in made if one.family == families[0]]
    assert killed == sum(before[one.text] is None for one in kin)
    assert all(one.reason(now) is not None for one in kin)
    assert {one.text: one.reason(now) for one in made if one not in kin}.items() <= before.items()


def test_what_had_expired_is_not_revoked() -> None:
    """The journal says what came first; a spent token is revoked, but was good for nothing."""
    authority = Authority()
    expired, spent = authority.issue(token("e", life_seconds=5.0)), authority.issue(token("s"))
    authority.spend(spent, 1.0, ROTATING)

    assert [authority.revoke(one, 5.0, "client") for one in (expired, spent, spent)] == [False, False, False]
    assert [one.reason(6.0) for one in (expired, spent)] == ["token_expired", "token_revoked"]
    assert (expired.cause, spent.cause, authority.revoked) == (None, "client", 1)


def test_a_revoked_token_stays_revoked_when_it_would_have_expired() -> None:
    """Of revoked and expired, what came first is said."""
    authority = Authority()
    one = authority.issue(token(life_seconds=5.0))

    assert authority.revoke(one, 1.0, "client")
    assert one.reason(9.0) == "token_revoked"


def test_a_static_key_is_revoked_by_its_text() -> None:
    """Whatever was not issued here counts as a key; once is enough."""
    authority = Authority()

    assert [authority.revoke_presented("p", "key", 1.0, "rule r") for _ in range(2)] == [True, False]
    assert (authority.key_revoked("p", "key"), authority.key_revoked("q", "key")) == (True, False)


# ---------------------------------------------------------------- bounds


def test_the_longest_unused_token_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh token in use outlives any number of access tokens; what went is counted."""
    monkeypatch.setattr(module, "TOKENS_KEPT", 3)
    authority = Authority()
    authority.issue(token("rt"))
    for number in range(50):
        authority.issue(token(f"at{number}", kind="access", family="f"))
        assert authority.examine("p", "rt", 0.0, kind="refresh").reason is None

    assert (len(authority), authority.evicted, authority.issued) == (3, 48, 51)
    assert authority.examine("p", "at0", 0.0).reason == "token_unknown"


def test_revoked_keys_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is good again, and that is counted."""
    monkeypatch.setattr(module, "TOKENS_KEPT", 2)
    authority = Authority()
    for number in range(3):
        authority.revoke_presented("p", f"k{number}", 0.0, "rule r")

    assert [authority.key_revoked("p", f"k{number}") for number in range(3)] == [False, True, True]
    assert authority.evicted == 1


def test_a_text_issued_again_replaces_its_token() -> None:
    """The one before leaves its family, and nothing is counted as evicted."""
    authority = Authority()
    before = authority.issue(token("t", family="old"))
    after = authority.issue(token("t", family="new"))

    assert authority.revoke_family(before, 0.0, "client") == 0
    assert (authority.find("p", "t"), after.reason(0.0)) == (after, None)
    assert (len(authority), authority.evicted) == (1, 0)


class Histories(RuleBasedStateMachine):
    """Any history of issuing, spending, revoking and forgetting, in a small authority, against what must hold."""

    texts = Bundle("texts")

    def __init__(self) -> None:
        super().__init__()
        self.authority = Authority()
        self.now = 0.0
        self.exchanged: dict[str, int] = {}
        self.dead: set[str] = set()

    @rule(target=texts, number=st.integers(0, 30), family=st.sampled_from("ab"), life=st.sampled_from([None, 3.0]))
    def issue(self, number: int, family: str, life: float | None) -> str:
        text = f"t{number}"
        self.authority.issue(token(text, family=family, issued_at=self.now, life_seconds=life))
        self.exchanged[text] = 0
        self.dead.discard(text)
        return text

    @rule(text=texts, rules=st.sampled_from([ROTATING, TokenRules(rotation=True, on_reuse="reject")]))
    def spend(self, text: str, rules: TokenRules) -> None:
        one = self.authority.find("p", text)
        if one is not None:
            outcome: Spending = self.authority.spend(one, self.now, rules)
            self.exchanged[text] += outcome == "good"
            if outcome == "good":
                assert text not in self.dead

    @rule(text=texts)
    def revoke_family(self, text: str) -> None:
        one = self.authority.find("p", text)
        if one is not None:
            self.authority.revoke_family(one, self.now, "client")
            assert one.reason(self.now) is not None
            self.dead.add(text)

    @rule(text=texts, how=st.sampled_from(["use_up", "expire", "end_consent"]))
    def end(self, text: str, how: str) -> None:
        one = self.authority.find("p", text)
        if one is not None:
            was_good = one.reason(self.now) is None
            changed = getattr(self.authority, how)(one, self.now, "rule r")
            assert changed or not was_good
            assert one.reason(self.now) is not None
            if how != "use_up":
                self.dead.add(text)

    @rule(text=texts)
    def block(self, text: str) -> None:
        one = self.authority.find("p", text)
        if one is not None:
            self.authority.block(one, "login_required", "rule r")
            assert one.reason(self.now) is not None
            assert self.authority.spend(one, self.now, TokenRules(on_reuse="reject")) in ("dead", "reuse")

    @rule()
    def unblock(self) -> None:
        waiting = [one for one in self.authority if one.demanded is not None]
        assert self.authority.unblock("p", "c", None) == len(waiting)
        assert all(one.reason(self.now) != "user_needed" for one in self.authority)

    @rule(seconds=st.sampled_from([0.0, 1.0, 5.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def nothing_yields_twice(self) -> None:
        assert max(self.exchanged.values(), default=0) <= 1

    @invariant()
    def it_stays_small_and_whole(self) -> None:
        assert len(self.authority) <= module.TOKENS_KEPT
        kept = set(self.authority._tokens.values())  # noqa: SLF001 - the two indexes must agree
        assert {one for family in self.authority._families.values() for one in family.values()} == kept  # noqa: SLF001


@pytest.mark.slow
def test_any_history_keeps_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """No refresh token is exchanged twice, nothing comes back from the dead, and the bound holds."""
    monkeypatch.setattr(module, "TOKENS_KEPT", 5)

    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415 - only here

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Histories, settings=settings(max_examples=60, stateful_step_count=40, deadline=None)
    )


# ---------------------------------------------------------------- rules and blame


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("key", ["access_ttl", "refresh_ttl", "reuse_grace"])
def test_rules_out_of_range_are_refused(key: str, wrong: float) -> None:
    """The message begins with the scenario's key. Only a grace may be nothing."""
    if key == "reuse_grace" and wrong == 0:
        assert TokenRules(reuse_grace_seconds=0.0) == TokenRules()
        return
    with pytest.raises(ValueError, match=rf"^{key} must be .* and finite"):
        TokenRules(**{f"{key}_seconds": wrong})


@pytest.mark.parametrize(
    ("revoke", "advance", "cause", "stateful"),
    [(None, 0.0, None, False), ("client", 0.0, "client", True), (None, 60.0, "clock", True)],
)
def test_a_handler_notes_what_made_a_token_bad(
    revoke: str | None, advance: float, cause: str | None, *, stateful: bool
) -> None:
    """For the journal: who revoked it, or that only a jump of the clock let it expire; a good one is nobody's doing."""
    transport = EngineTransport(Plan())
    call = call_of(transport)
    one = call.issue("refresh", "t", client_id="c", scopes=READ, life_seconds=60.0)
    if revoke is not None:
        transport.world.tokens.revoke(one, call.moment.world, revoke)
    transport.advance(advance)

    later = call_of(transport)
    later.blame(one)

    assert (later.cause, later.stateful) == (cause, stateful)


def call_of(transport: EngineTransport) -> Call:
    """Return a call at this moment."""
    moment = transport.world.arrive(transport.wall)
    return Call(transport.world, provider="p", account="a", packed=b"call", moment=moment)
