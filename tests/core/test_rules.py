"""How rules are decided: windows, ends, shared draws, and whom they are about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import KEY, REGISTRIES

from brownout.core.chance import pack
from brownout.core.exchange import Exchange, Request
from brownout.core.explain import explain
from brownout.core.identity import Identity
from brownout.core.match import Match
from brownout.core.moment import Moment
from brownout.core.plan import ClockOptions, Phase, Plan
from brownout.core.rules import Band, CompiledRule, Count, Rule, Rules, When
from brownout.faults.latency import Latency
from brownout.testing.transport import EngineTransport

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from brownout.core.journal import Record

FROZEN = ClockOptions(start=1_780_000_000.0, frozen=True)
PAY = next(one for one in REGISTRIES.providers["toy"].operations if one.name == "toy.payments.create")
TOKEN = next(one for one in REGISTRIES.providers["toy"].operations if one.name == "toy.token")


def exchange(key: str = "o-1", *, client: str = "shop", elapsed: float = 0.0, **parts: Any) -> Exchange:
    """Return a payment on its way, as rules see it."""
    request = Request("POST", "/v1/payments", headers=parts.pop("headers", {}), peer=parts.pop("peer", "127.0.0.1"))
    made = Exchange(request, Moment(0.0, 0.0), seed=parts.pop("seed", 7))
    made.operation = parts.pop("operation", PAY)
    made.params, made.path_params = parts.pop("params", {}), parts.pop("path_params", {})
    made.account, made.elapsed = parts.pop("account", "shop"), elapsed
    made.identity = Identity(client, made.operation.name, key, 1, "operation")
    made.identity_bytes = made.identity.packed()
    return made


def rule(name: str = "r", **parts: Any) -> Rule:
    """Return a rule that waits a moment."""
    return Rule(**{"name": name, "fault": Latency(delay=0.1), "target": "response", **parts})


def choice(*widths: float, name: str = "some", when: When | None = None) -> list[Rule]:
    """Return the branches of a choice, each with its share."""
    rules, low = [], 0.0
    for number, width in enumerate(widths):
        band = Band(name, low, low + width)
        rules.append(rule(f"{name}-{number}", count=Count(percentage=width), band=band, when=when))
        low += width
    return rules


def fired(rules: Iterable[Rule], exchanges: Iterable[Exchange]) -> list[set[str]]:
    """Return which rules fired, exchange by exchange."""
    decided = Rules(rules, 7)
    return [{one.rule.rule.name for one in decided.decide(each)} for each in exchanges]


@given(st.lists(st.floats(0, 40), min_size=1, max_size=5), st.lists(st.text(max_size=5), min_size=1, max_size=30))
def test_of_a_choice_at_most_one_fires(widths: list[float], keys: list[str]) -> None:
    """Whatever the shares, as long as they fit into a hundred."""
    whole = sum(widths) or 1.0
    widths = [width * min(1.0, 100 / whole) for width in widths]

    assert all(len(found) <= 1 for found in fired(choice(*widths), map(exchange, keys)))


def test_shares_of_a_choice_that_add_up_to_100_leave_nobody_out() -> None:
    """Each call has exactly one of the branches, in the shares that were asked for (99.9% binomial bounds)."""
    found = fired(choice(20, 30, 50), (exchange(f"o-{number}") for number in range(20_000)))

    counts = [sum(f"some-{branch}" in one for one in found) for branch in range(3)]
    assert all(len(one) == 1 for one in found)
    assert [abs(count - wanted) < 250 for count, wanted in zip(counts, (4_000, 6_000, 10_000), strict=True)] == [
        True
    ] * 3


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 50)), min_size=1, max_size=30), st.floats(0, 80))
def test_raising_a_share_of_a_choice_only_adds_calls_that_are_struck(calls: list, share: float) -> None:
    """A branch that grows takes calls that nothing struck, or that a later branch did; none is let off."""
    exchanges = [(f"o-{number}", client) for client, number in calls]

    def struck(width: float) -> list[bool]:
        found = fired(choice(width, 10), (exchange(key, client=client) for key, client in exchanges))
        return [bool(one) for one in found]

    assert all(after >= before for before, after in zip(struck(share), struck(share + 10), strict=True))


def test_a_share_with_a_window_of_100_000_identities_is_within_its_binomial_interval() -> None:
    """5% of 100,000 is 5,000 ± 227 at 99.9%, also of what is open only for a while and shares a draw."""
    compiled = CompiledRule(rule(count=Count(percentage=5), band=Band("some", 30, 35), when=When(at_seconds=5)), 7)

    class Call:
        """As little of an exchange as a rule looks at, since there are so many."""

        elapsed: ClassVar[float] = 6.0
        timed: ClassVar[bool] = False
        identity: ClassVar[Identity] = Identity("shop", "toy.payments.create", "o", 1, "operation")
        identity_bytes = b""

    call: Any = Call()
    fires = 0
    for number in range(100_000):
        call.identity_bytes = pack("shop", "toy.payments.create", f"o-{number}", 1)
        fires += compiled.decide(call) is not None

    assert abs(fires - 5_000) <= 227
    assert (compiled.matched, compiled.fired, compiled.shares) == (100_000, fires, 100_000.0)


WINDOWS = st.builds(
    When,
    at_seconds=st.floats(0, 20),
    for_seconds=st.floats(5, 10),
    repeat_seconds=st.none() | st.floats(11, 30),
    ramp_seconds=st.floats(0, 5),
)
CALLS = st.lists(
    st.tuples(st.sampled_from(("ann", "bob")), st.integers(0, 5), st.floats(0, 60)), min_size=1, max_size=25
)


def play(calls: Iterable[tuple[str, int, float]], rules: Sequence[Rule], *, due: bool = True) -> list[Record]:
    """Pay (client, order, due) each; return what the journal says."""
    phases = (Phase(name="calm", duration_seconds=15.0), Phase(name="storm", duration_seconds=45.0))
    plan = Plan(seed=7, rules=tuple(rules), clock=FROZEN, phases=phases)
    transport = EngineTransport(plan, registries=REGISTRIES)
    for client, number, moment in calls:
        baggage = {"baggage": f"brownout.due={moment!r}"} if due else {}
        body = orjson.dumps({"amount": 5, "order": f"o-{number}"})
        headers = {"Authorization": f"Bearer key-{client}", **baggage}
        transport.send("POST", "/toy/v1/payments", headers=headers, body=body)
    return list(transport.world.journal)


@settings(max_examples=60)
@given(CALLS, WINDOWS, st.randoms(use_true_random=False))
def test_windows_and_choices_dont_hang_on_the_order(calls: list, when: When, shuffler: Any) -> None:
    """Where the client says when each call was due, what fires is fixed by that, whenever the call comes (D0)."""
    distinct = [(client, place, due) for place, (client, _, due) in enumerate(calls)]
    shuffled = list(distinct)
    shuffler.shuffle(shuffled)
    rules = [
        rule("windowed", count=Count(percentage=60), when=when),
        replace(rule("stormy", count=Count(percentage=60), when=When(ramp_seconds=20)), phase="storm"),
        *choice(30, 30, when=when),
    ]

    def told(records: Iterable[Record]) -> list:
        return sorted((one.client, one.key, one.repeatability, one.fired) for one in records)

    assert told(play(distinct, rules)) == told(play(shuffled, rules))
    assert {one.repeatability for one in play(distinct, rules)} == {"D0"}


@settings(max_examples=60)
@given(CALLS, WINDOWS, st.integers(1, 3))
def test_a_rule_with_a_window_an_end_or_a_choice_moves_no_other(calls: list, when: When, most: int) -> None:
    """Neither their draws nor their counts, wherever it stands in the list."""
    old = [
        rule("share", count=Count(percentage=40), when=when),
        rule("count", count=Count(nth=(2, 4))),
        rule("ending", count=Count(percentage=80, most=2)),
    ]
    new = [
        rule("new-end", count=Count(every=1, most=most), when=replace(when, ramp_seconds=0)),
        *choice(50, 50, name="new"),
    ]

    def told(rules: Sequence[Rule]) -> list:
        return [
            [(f.rule, f.draw, f.number, f.firing) for f in one.fired if not f.rule.startswith("new")]
            for one in play(calls, rules)
        ]

    assert told(old) == told([*new, *old]) == told([*old, *new])


def test_max_ends_a_rule_over_all_clients() -> None:
    """Two firings and no more, whoever calls; each says which it was, and hangs on who came before (D2)."""
    records = play([("ann", 1, 1.0), ("bob", 1, 1.0), ("ann", 2, 1.0)], [rule(count=Count(most=2))])

    assert [[(f.firing, f.most, f.repeatability) for f in one.fired] for one in records] == [
        [(1, 2, "D2")],
        [(2, 2, "D2")],
        [],
    ]
    assert [one.repeatability for one in records] == ["D2"] * 3


def test_counts_run_only_while_a_window_is_open() -> None:
    """The first match of a window is the first one, whatever came before it opened."""
    when = When(at_seconds=10, for_seconds=10)
    records = play(
        [("ann", n, due) for n, due in enumerate((1.0, 11.0, 12.0, 25.0))], [rule(count=Count(first=1), when=when)]
    )

    assert [[f.number for f in one.fired] for one in records] == [[], [1], [], []]


def test_a_window_counts_from_the_beginning_of_its_phase() -> None:
    """`at: 10s` in a phase that begins after 15 is the run's second 25; how far it got is in the journal."""
    stormy = replace(rule(when=When(at_seconds=10, ramp_seconds=0)), phase="storm")
    records = play([("ann", n, due) for n, due in enumerate((14.0, 24.9, 25.0, 40.0))], [stormy])

    assert [[f.lasted for f in one.fired] for one in records] == [[], [], [0.0], [15.0]]
    assert [one.decided()["elapsed"] for one in records] == [14.0, 24.9, 25.0, 40.0]


def test_without_a_word_of_when_it_was_due_a_window_hangs_on_time() -> None:
    """Then another run needn't strike the same calls (D2), fired or not."""
    records = play([("ann", 1, 0.0)], [rule(when=When(at_seconds=10))], due=False)

    assert [(one.fired, one.repeatability) for one in records] == [((), "D2")]


def test_a_ramp_raises_the_threshold_evenly() -> None:
    """Halfway up, half of the percentage holds, and whoever is struck there is struck above, too."""
    ramped = [rule(count=Count(percentage=80), when=When(ramp_seconds=40))]
    by_time = {
        due: {one.key for one in play([("ann", n, due) for n in range(40)], ramped) if one.fired}
        for due in (0.0, 10.0, 20.0, 40.0)
    }
    [first] = play([("ann", min(by_time[20.0], key=str).removeprefix("o-"), 20.0)], ramped)  # type: ignore[list-item]

    assert by_time[0.0] == set()
    assert by_time[10.0] <= by_time[20.0] <= by_time[40.0]
    assert [(f.ramp, f.threshold, f.lasted) for f in first.fired] == [(0.5, 0.4, 20.0)]


def test_explain_tells_ramp_share_of_a_draw_and_end() -> None:
    """In one sentence: the draw and its bounds, how far the window and its ramp had gone, which firing it was."""
    half = rule("half", count=Count(percentage=100, most=3), band=Band("some", 0, 100), when=When(ramp_seconds=40))
    told = [explain({"decided": one.decided()}) for one in play([("ann", n, 20.0) for n in range(20)], [half])]
    struck = [one for one in told if "Rule 'half'" in one]

    assert len(struck) == 3
    assert "is below 0.5000, 20.0 s into its window, its ramp at 50%, firing 1 of at most 3; did: " in struck[0]


class Watched(Match):
    """A match that says when a request is held against it."""

    asked: ClassVar[list[str]] = []

    def __post_init__(self) -> None:
        """Ask nothing but to be noted."""
        object.__setattr__(self, "tests", (lambda one: bool(self.asked.append(one.operation.name)),))


def test_no_rule_is_evaluated_on_an_operation_that_it_cant_match() -> None:
    """Requests for other operations, methods, providers or effects cost a rule nothing."""
    Watched.asked.clear()
    rules = [
        rule("by-operation", match=Watched(operation=("toy.payments.retrieve",))),
        rule("by-method", match=Watched(method=("DELETE",))),
        rule("by-provider", match=Watched(provider=("stripe",))),
        rule("by-grant", match=Watched(grant=("refresh_token",))),
    ]
    transport = EngineTransport(Plan(rules=tuple(rules)), registries=REGISTRIES)
    for order in range(5):
        transport.send("POST", "/toy/v1/payments", headers=KEY, body=b'{"amount":5,"order":"%d"}' % order)
    assert Watched.asked == []

    transport.send("GET", "/toy/v1/payments/pay_1", headers=KEY)
    transport.send("POST", "/toy/v1/token", headers=KEY)
    assert Watched.asked == ["toy.payments.retrieve", "toy.token"]


@pytest.mark.parametrize(
    ("match", "call", "fits"),
    [
        (Match(grant=("refresh_token",)), {"operation": TOKEN, "params": {"grant_type": "refresh_token"}}, True),
        (Match(grant=("refresh_*", "x")), {"operation": TOKEN, "params": {"grant_type": "refresh_token"}}, True),
        (Match(grant=("refresh_token",)), {"operation": TOKEN, "params": {"grant_type": "client_credentials"}}, False),
        (Match(grant=("*",)), {"operation": TOKEN}, False),
        (Match(cohort=100, cohort_by="body.customer"), {"params": {"customer": "c-1"}}, True),
        (Match(cohort=100, cohort_by="body.customer"), {}, False),
        (Match(cohort=100, cohort_by="header.X-User"), {"headers": {"X-User": "u"}}, True),
        (Match(cohort=100, cohort_by="header.X-User"), {}, False),
        (Match(cohort=100, cohort_by="object"), {"path_params": {}}, False),
        (Match(cohort=0, cohort_by="account"), {}, False),
        (Match(cohort=100, cohort_by="ip"), {}, True),
        (Match(cohort=100, cohort_by="key"), {}, True),
        (Match(account=("a", "shop")), {}, True),
    ],
)
def test_whom_a_rule_is_about(match: Match, call: dict[str, Any], fits: bool) -> None:  # noqa: FBT001
    """Grants are those of calls for tokens; a cohort may be a share of anything that requests name."""
    assert match.dynamic(exchange(**call)) is fits


def test_a_grant_fits_only_calls_for_tokens() -> None:
    """So a rule about grants costs other operations nothing."""
    match = Match(grant=("refresh_token",))

    assert (match.static(TOKEN), match.static(PAY)) == (True, False)


def test_a_cohort_by_customer_tells_users_of_one_key_apart() -> None:
    """In staging everybody shares one key: the share is then of customers, the same ones in every run."""
    match = Match(cohort=30, cohort_by="body.customer", salt="r")

    def struck(seed: int) -> list[bool]:
        calls = (exchange(params={"customer": f"c-{number}"}, seed=seed) for number in range(1_000))
        return [match.dynamic(call) for call in calls]

    assert struck(7) == struck(7) != struck(8)
    assert 240 < sum(struck(7)) < 360


def test_a_cohort_of_what_no_request_has_is_refused() -> None:
    """The message says what there is."""
    with pytest.raises(ValueError, match="cohort_by must be one of client, account, key, object, ip"):
        Match(cohort=3, cohort_by="customer")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Count(most=0), "max must be at least 1"),
        (lambda: When(at_seconds=-1), "at must not be negative"),
        (lambda: When(for_seconds=0), "for must be above 0"),
        (lambda: When(ramp_seconds=-1), "ramp must not be negative"),
        (lambda: When(repeat_seconds=5), "repeat needs for"),
        (lambda: When(for_seconds=5, repeat_seconds=5), "repeat must be longer than for"),
        (lambda: When(for_seconds=5, ramp_seconds=6), "ramp must not be longer than for"),
        (lambda: rule(when=When(ramp_seconds=6)), "ramp needs percentage"),
    ],
)
def test_what_can_never_be_is_refused(make: Any, words: str) -> None:
    """Each message begins with the key that is wrong, as a scenario spells it."""
    with pytest.raises(ValueError, match=f"^{words}"):
        make()


def test_counts_are_kept_for_so_many_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more than that the one longest unseen is counted anew, and the rule says how often it came to that."""
    monkeypatch.setattr("brownout.core.rules.COUNTS_KEPT", 2)
    compiled = CompiledRule(rule(count=Count(first=1)), seed=7)

    fired = [compiled.decide(exchange(client=client)) is not None for client in ("a", "b", "a", "c", "a", "b")]

    assert fired == [True, True, False, True, False, True]
    assert compiled.forgotten == 2


def test_a_wait_that_rises_is_a_matter_of_when_its_call_comes() -> None:
    """That it fires is pure; how long it waits isn't, unless the call says when it was due."""
    rising = rule(fault=Latency(delay=1.0, rise=60.0))
    transport = EngineTransport(Plan(rules=(rising,)), registries=REGISTRIES)
    transport.wall += 30.0

    def paid(**headers: str) -> Record:
        body = orjson.dumps({"amount": 1, "order": f"o-{headers}"})
        transport.send("POST", "/toy/v1/payments", headers={**KEY, **headers}, body=body)
        return list(transport.world.journal)[-1]

    by_arrival, by_plan = paid(), paid(baggage="brownout.due=30")

    assert (by_arrival.repeatability, by_arrival.fired[0].repeatability) == ("D2", "D2")
    assert (by_plan.repeatability, by_plan.fired[0].repeatability) == ("D0", "D0")
    assert by_plan.fired[0].effects == ("delay 0.5s",)
