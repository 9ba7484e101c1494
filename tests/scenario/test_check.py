"""What `check` says of scenarios that are valid, and what it expects of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pytest

from brownout import scenario
from brownout.core.effects import Delay, Refuse
from brownout.core.registries import Registries
from brownout.scenario.check import check
from brownout.scenario.expect import expectations

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.effects import FaultEffect
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Draw
    from brownout.core.operation import Operation
    from brownout.core.plan import Plan
    from brownout.scenario.expect import Expectation


DRILL = (
    "load: {rate: 15/s, duration: 7s, users: 10}\n"
    "arms: {keyed: {client: keyed}}\n"
    "thresholds: {payments.lost: ['count == 0']}\n"
)
PAY = "match: {operation: bank.payments.create}"


def _entry(name: str, more: str, kind: str = "abort, status: 503") -> str:
    return f"  - {{name: {name}, kind: {kind}, {more}}}\n"


@pytest.fixture
def advice(load: Callable[..., Plan], registries: Registries) -> Callable[[str], list[tuple[str, str, str]]]:
    """Return a function from a scenario's text to what `check` says of it."""

    def advice(text: str) -> list[tuple[str, str, str]]:
        return [(one.severity, one.key, one.message) for one in check(load(text), registries)]

    return advice


@pytest.fixture
def expected(load: Callable[..., Plan], registries: Registries) -> Callable[..., Expectation]:
    """Return a function from one fault's keys to what is expected of it under a drill of 105 operations."""

    def expected(more: str, head: str = DRILL) -> Expectation:
        (one,) = expectations(load(head + "faults:\n" + _entry("a", more)), registries)
        return one

    return expected


@pytest.mark.parametrize(
    ("more", "firings", "low", "high"),
    [
        ("percentage: 8", 8.4, 3, 14),
        ("percentage: 100", 105, 105, 105),
        ("target: edge", 105, 105, 105),
        ("nth: [1, 50, 105, 106]", 3, 3, 3),
        ("every: 10", 10, 10, 10),
        ("first: 7", 7, 7, 7),
        ("first: 200", 105, 105, 105),
        ("percentage: 8, match: {occurrence: 1}", 8.4, 3, 14),
    ],
)
def test_expected_firings(expected: Callable[..., Expectation], more: str, firings: float, low: int, high: int) -> None:
    """Firings are counted over one matching call of each operation of the load, with a 95% interval."""
    one = expected(more)

    assert (one.matching, one.expected, one.low, one.high) == (105, pytest.approx(firings), low, high)


def test_an_expectation_reads_as_a_sentence(expected: Callable[..., Expectation]) -> None:
    """What is printed names the share, the firings, the operations and the interval."""
    said = "8% of matching calls: expected 8.4 firings (95% interval 3..14) if each of 105 orders makes one such call"

    assert str(expected("percentage: 8")) == said
    assert str(expected("nth: [1, 3, 4]")) == (
        "matching calls 1, 3 and 4: expected 3 firings if each of 105 orders makes one such call"
    )
    assert str(expected("match: {operation: '*.create', method: GET}")).endswith("0 firings, because no operation fits")
    assert str(expected("every: 1", DRILL.replace("7s", "67ms"))).endswith("if each of 1 order makes one such call")
    assert str(expected("nth: 2")).startswith("matching call 2: ")
    assert str(expected("every: 1")).startswith("every matching call: ")
    assert str(expected("every: 3")).startswith("one matching call in 3: ")
    assert str(expected("first: 1")).startswith("the first matching call: ")


@pytest.mark.parametrize(
    ("more", "head", "why"),
    [
        ("percentage: 8", "", "the scenario has no load"),
        ("percentage: 8, match: {client: a}", DRILL, "which calls fit match.client"),
        ("match: {body: {a: b}, key: c}", DRILL, "which calls fit match.key, match.body"),
        ("nth: 2, match: {cohort: 3}", DRILL, "match.cohort"),
        ("match: {header: {X: a}, cohort: 3}", DRILL, "match.header"),
        ("match: {occurrence: 2}", DRILL, "how often clients try again"),
        ("nth: 2", DRILL + "client_from: header.X\n", "it counts per client"),
    ],
)
def test_what_cant_be_known_isnt_guessed(expected: Callable[..., Expectation], more: str, head: str, why: str) -> None:
    """Where matching hangs on what clients send, no number is given, and the reason is."""
    one = expected(more, head)

    assert (one.matching, one.expected) == (None, None)
    assert why in str(one)


def test_calls_for_tokens_arent_guessed(expected: Callable[..., Expectation]) -> None:
    """A token serves many orders: how often clients fetch one is for the run to show."""
    one = expected("percentage: 8, match: {operation: bank.token}")

    assert (one.matching, one.expected) == (None, None)
    assert "how often clients fetch tokens" in str(one)


def test_a_good_drill_needs_no_advice(advice: Callable[[str], list[tuple[str, str, str]]]) -> None:
    """A named rule that is sure to fire, and repeatably, gives nothing to say."""
    assert advice(DRILL + "faults:\n" + _entry("a", f"percentage: 8, {PAY}")) == []


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        (
            f"percentage: 1, {PAY}",
            "faults[0]",
            "a chance of 35% to never fire if each of 105 orders makes one such call; 459",
        ),
        (f"percentage: 0, {PAY}", "faults[0].percentage", "never fires at 0%"),
        ("match: {cohort: 0}", "faults[0].match.cohort", "never fires on a cohort of 0%"),
        (f"nth: 106, {PAY}", "faults[0]", "never fires if each of 105 orders makes one such call"),
        ("match: {method: GET, operation: '*.create'}", "faults[0].match", "never fires: no operation fits all"),
    ],
)
def test_a_drill_with_a_rule_that_may_never_fire_is_refused(
    advice: Callable[[str], list[tuple[str, str, str]]], more: str, key: str, words: str
) -> None:
    """Its verdict would be a coin toss; outside a drill the same is a warning."""
    rule = "faults:\n" + _entry("a", more)

    found = advice(DRILL + rule)
    assert any(one[:2] == ("refusal", key) and words in one[2] for one in found), found
    assert all(one[0] != "refusal" for one in advice(rule))


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        (f"nth: 3, {PAY}", "faults[0].nth", "a percentage, or match.occurrence, hits the same ones"),
        ("every: 3", "faults[0].every", "10 users make them in another order each time"),
        ("first: 3", "faults[0].first", "counts calls"),
        ("percentage: 20, match: {operation: bank.refunds.*}", "faults[0].percentage", "calls of bank.refunds.create"),
    ],
)
def test_a_rule_that_hangs_on_the_order_is_warned_of(
    advice: Callable[[str], list[tuple[str, str, str]]], more: str, key: str, words: str
) -> None:
    """Rules whose firing depends on the order of requests are named with their key."""
    found = advice(DRILL + "faults:\n" + _entry("a", more))

    assert any(one[:2] == ("warning", key) and words in one[2] for one in found), found


def test_counting_calls_for_tokens_is_only_hinted_at(advice: Callable[[str], list[tuple[str, str, str]]]) -> None:
    """No other way to count strikes the same token in every run, so there is nothing to change."""
    found = advice(DRILL + "faults:\n" + _entry("a", "first: 1, match: {operation: bank.token}"))

    assert [one[:2] for one in found] == [("hint", "faults[0].first")]


def test_one_user_keeps_the_order(advice: Callable[[str], list[tuple[str, str, str]]]) -> None:
    """Counting is repeatable where one user sends one request after the other, and without a load."""
    counted = "faults:\n" + _entry("a", f"nth: 3, {PAY}")

    assert advice(DRILL.replace("users: 10", "users: 1") + counted) == []
    assert advice(counted) == []


def test_a_key_under_identity_settles_the_order(advice: Callable[[str], list[tuple[str, str, str]]]) -> None:
    """Draws of an operation without a key of its own are repeatable once the scenario says where it is."""
    drawn = "faults:\n" + _entry("a", "percentage: 20, match: {operation: bank.refunds.create}")

    assert advice(DRILL + "identity: {bank.refunds.create: body.id}\n" + drawn) == []


def test_names_by_position_are_hinted_at(advice: Callable[[str], list[tuple[str, str, str]]]) -> None:
    """A fault without a name gets one by position, which moves when faults do."""
    assert [one[:2] for one in advice("faults:\n  - {kind: abort, status: 500}\n")] == [("hint", "faults[0].name")]


CONTROLLED = (
    "load: {}\narms: {a: {client: x, control: true}, b: {client: y}}\n"
    "thresholds: {'payments.lost{arm:a}': ['count == 0']}\n"
)
ALWAYS = _entry("always", PAY)


@pytest.mark.parametrize(
    ("first", "second", "shadowed"),
    [
        (ALWAYS, _entry("late", "percentage: 8, match: {key: a, operation: bank.payments.create}"), "late"),
        (_entry("late", f"{PAY}, target: response"), _entry("edge", "target: edge"), "late"),
        (ALWAYS, _entry("wait", f"{PAY}, delay: 1s", "latency"), "wait"),
        (_entry("wait", f"{PAY}, delay: 1s, target: request", "latency"), ALWAYS, None),
        (ALWAYS, _entry("wait", f"{PAY}, delay: 1s, target: request", "latency"), None),
        (ALWAYS, _entry("wide", "match: {operation: 'bank.*'}"), None),
        (_entry("some", f"percentage: 99, {PAY}"), _entry("late", PAY), None),
        (_entry("some", f"first: 5, {PAY}"), _entry("late", PAY), None),
        (_entry("all", f"every: 1, {PAY}"), _entry("late", PAY), "late"),
        (_entry("one", "match: {key: a}"), _entry("late", "match: {key: a}"), "late"),
        (_entry("one", "match: {key: a}"), _entry("late", "match: {key: b}"), None),
        (_entry("one", "match: {cohort: 5}"), _entry("late", "match: {cohort: 5}"), None),
    ],
)
def test_a_rule_behind_one_that_always_ends_is_shadowed(
    advice: Callable[[str], list[tuple[str, str, str]]], first: str, second: str, shadowed: str | None
) -> None:
    """A rule is shadowed if another, before it, ends every exchange that it could strike; delays shadow nothing."""
    found = [one for one in advice("faults:\n" + first + second) if "never acts" in one[2]]

    assert [one[2].split()[0] for one in found] == ([shadowed] if shadowed else [])


def test_a_fault_that_ends_only_sometimes_shadows_nothing(registries: Registries) -> None:
    """Whether a fault ends the exchange is tried out, not assumed from its name."""

    @dataclass(frozen=True, kw_only=True)
    class Moody:
        """Refuse or wait."""

        api: ClassVar[int] = 1
        kind: ClassVar[str] = "moody"
        default_target: ClassVar[str] = "request"

        def targets(self) -> tuple[str, ...]:
            return ("request",)

        def suits(self, operation: Operation) -> bool:
            return True

        def effects(self, exchange: Exchange, draw: Draw) -> tuple[FaultEffect, ...]:
            return (Refuse(status=500),) if draw("mood") < 0.3 else (Delay(1.0),)

    moody = Registries(providers=registries.providers, faults={**registries.faults, "moody": Moody})
    text = "brownout: 1\nfaults:\n" + _entry("m", PAY, "moody") + _entry("a", PAY)

    assert check(scenario.load(text, moody), moody) == []


@pytest.mark.parametrize(
    ("text", "severity", "key", "words"),
    [
        ("arms: {a: {client: x}}\n", "warning", "arms", "there is no load"),
        (DRILL.replace("keyed}", "keyed, control: true}"), "warning", "arms", "every arm is a control"),
        ("load: {rate: 1/h, duration: 1s}\n", "warning", "load", "less than one operation"),
        ("load: {}\n", "warning", "thresholds", "no verdict"),
        ("thresholds: {payments.lost: ['count == 0']}\n", "hint", "thresholds.payments.lost", "clients' claims"),
        (
            CONTROLLED,
            "hint",
            "thresholds.payments.lost{arm:a}",
            "a control arm",
        ),
        (
            "clock: {frozen: true}\nlimits: [{name: a, algorithm: token_bucket, rate: 1/s, burst: 1}]\n",
            "warning",
            "limits[0]",
            "never refills",
        ),
        (
            "limits: [{name: a, algorithm: concurrency, quota: 1, match: {method: GET, operation: '*.create'}}]\n",
            "warning",
            "limits[0].match",
            "never limits",
        ),
    ],
)
def test_a_drill_that_may_disappoint_is_warned_of(
    advice: Callable[[str], list[tuple[str, str, str]]], text: str, severity: str, key: str, words: str
) -> None:
    """Parts that don't fit together are named, whether or not there are faults."""
    found = advice(text)

    assert any(one[:2] == (severity, key) and words in one[2] for one in found), found


def test_advice_reads_as_a_line(load: Callable[..., Plan], registries: Registries) -> None:
    """Advice prints as `severity: key: message`."""
    (one,) = check(load("arms: {a: {client: x}}\n"), registries)

    assert str(one) == "warning: arms: nothing is sent to compare them by: there is no load"
    assert one.as_dict()["severity"] == "warning"
