"""What `check` says of phases, and what it expects of the rules in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brownout.drill.arrivals import arrivals
from brownout.scenario.check import check
from brownout.scenario.expect import expectations
from brownout.scenario.exposure import planned
from brownout.scenario.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.operation import Operation
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries
    from brownout.core.rules import Rule
    from brownout.scenario.expect import Expectation


STORMY = (
    "phases:\n"
    "  - {{name: calm, duration: 3s}}\n"
    "  - {{name: storm, duration: 4s, faults: [{{name: a, kind: abort, status: 503, {more}}}]}}\n"
)
DRILL = "load: {rate: 15/s, users: 10}\narms: {keyed: {client: keyed}}\nthresholds: {payments.lost: ['count == 0']}\n"
PAY = "match: {operation: bank.payments.create}"
ALWAYS = f"  - {{name: always, kind: abort, status: 503, {PAY}}}\n"


def _entry(name: str, more: str) -> str:
    return f"  - {{name: {name}, kind: abort, status: 503, {more}}}\n"


@pytest.fixture
def advice(load: Callable[..., Plan], registries: Registries) -> Callable[[str], list[tuple[str, str, str]]]:
    """Return a function from a scenario's text to what `check` says of it."""

    def advice(text: str) -> list[tuple[str, str, str]]:
        return [(one.severity, one.key, one.message) for one in check(load(text), registries)]

    return advice


@pytest.fixture
def expected(load: Callable[..., Plan], registries: Registries) -> Callable[[str], Expectation]:
    """Return a function from one fault's keys to what is expected of it in a phase of 60 orders."""

    def expected(more: str) -> Expectation:
        (one,) = expectations(load(DRILL + STORMY.format(more=more)), registries)
        return one

    return expected


@pytest.mark.parametrize(
    ("rate", "durations", "due"),
    [
        ("15/s", ("3s", "4s"), [45, 60]),
        ("15/s", ("3s", "4s", "1ms"), [45, 60, 0]),
        ("2/s", ("250ms", "750ms"), [1, 1]),
        ("1/s", ("1500ms", "1500ms"), [2, 1]),
        ("10/s", ("100ms", "200ms", "300ms"), [1, 2, 3]),
        ("1/h", ("1s", "1s"), [0, 0]),
        ("3/s", ("500ms", "600ms"), [2, 1]),
    ],
)
def test_orders_are_those_due_in_a_phase(
    load: Callable[..., Plan], rate: str, durations: tuple[str, ...], due: list[int]
) -> None:
    """One order is due at once, then one each 1 / rate; each counts in the phase that it is due in, the last in all."""
    entries = "".join(f"  - {{name: p{n}, duration: {one}}}\n" for n, one in enumerate(durations))

    plan = load(f"load: {{rate: {rate}}}\nphases:\n{entries}")

    assert [planned(plan, phase.name) for phase in plan.phases] == due
    assert sum(due) == planned(plan)


@pytest.mark.parametrize("duration", [7.0, 7.13, 0.1, 100.0])
def test_orders_are_counted_as_a_drill_sends_them(load: Callable[..., Plan], duration: float) -> None:
    """What is expected of a phase is what the engine will find in it: the same orders, by when they are due."""
    plan = scaled(load(DRILL + STORMY.format(more="first: 1")), duration)
    assert plan.load is not None

    moments = [round(number / plan.load.rate_per_second, 6) for number in range(planned(plan) or 0)]
    due = [plan.phase_at(moment) or "storm" for moment in moments]

    assert [planned(plan, name) for name in ("calm", "storm")] == [due.count(name) for name in ("calm", "storm")]


@pytest.mark.parametrize(
    "how",
    [
        "executor: poisson, rate: 15/s",
        "executor: bursts, size: 7, repeat: 1s",
        "executor: bursts, rate: 20/s, for: 500ms, repeat: 1500ms",
        "executor: ramping_arrival_rate, stages: [{duration: 2s, rate: 20/s}, {duration: 5s, rate: 3/s}]",
    ],
)
def test_orders_of_every_executor_are_counted_as_they_are_sent(load: Callable[..., Plan], how: str) -> None:
    """Whatever plans the orders, what is expected of a phase is what is due in it."""
    plan = load(f"load: {{{how}}}\nphases: [{{name: calm, duration: 3s}}, {{name: storm, duration: 4s}}]\n")
    assert plan.load is not None

    due = [plan.phase_at(one.due_seconds) or "storm" for one in arrivals(plan.seed, plan.load)]

    assert [planned(plan, name) for name in ("calm", "storm")] == [due.count(name) for name in ("calm", "storm")]
    assert planned(plan) == len(due) > 0


def test_stages_grow_and_shrink_with_a_drill(load: Callable[..., Plan]) -> None:
    """A drill of another length has the same shape."""
    plan = load(
        "load: {executor: ramping_arrival_rate, stages: [{duration: 2s, rate: 20/s}, {duration: 5s, rate: 3/s}]}\n"
    )

    half = scaled(plan, 3.5).load

    assert half is not None
    assert [stage.duration_seconds for stage in half.stages] == [1.0, 2.5]
    assert [stage.rate_per_second for stage in half.stages] == [20.0, 3.0]


def test_nobody_knows_the_orders_of_a_closed_load(load: Callable[..., Plan], registries: Registries) -> None:
    """It is said why nothing is counted, and what such a load can't show; nothing is refused for it."""
    plan = load(
        "load: {executor: users, users: 3}\n"
        "phases: [{name: calm, duration: 3s}, {name: storm, duration: 4s}]\n"
        "arms: {a: {client: naive}}\nthresholds: {payments.lost: ['count == 0'], errors: ['rate < 0.01']}\n"
        "faults: [{name: lost, kind: abort, status: 503, percentage: 5, match: {operation: bank.payments.create}}]\n"
    )

    [one] = expectations(plan, registries)
    said = {advice.key: advice for advice in check(plan, registries)}

    assert (planned(plan), planned(plan, "storm")) == (None, None)
    assert str(one).endswith("how many that is, can't be said: its users begin as many orders as they get done")
    assert "slows down with the provider" in said["load.executor"].message
    assert {advice.severity for advice in said.values()} <= {"hint", "warning"}
    assert "load" not in said


def test_more_at_once_than_there_are_users(load: Callable[..., Plan], registries: Registries) -> None:
    """A burst that waits for its own users isn't one."""
    how = "load: {executor: bursts, size: 20, repeat: 2s, users: %d}\n"

    few, enough = (check(load(how % users), registries) for users in (19, 20))

    [said] = [one.message for one in few if one.key == "load.users"]
    assert said.startswith("20 orders come at once and 19 users take them: the others wait for their turn")
    assert [one for one in enough if one.key == "load.users"] == []


def test_a_poisson_of_no_order(load: Callable[..., Plan], registries: Registries) -> None:
    """A load that happens to be none is said to be none."""
    said = [str(one) for one in check(load("load: {executor: poisson, rate: 1/h}\n"), registries)]

    assert any("no order comes of it" in one for one in said)


def test_a_phases_rule_meets_the_orders_of_its_phase(expected: Callable[[str], Expectation]) -> None:
    """Firings are those of the orders that are due while the rule is in force, and the sentence says so."""
    one = expected("percentage: 50")

    assert (one.phase, one.matching, one.expected) == ("storm", 60, pytest.approx(30))
    assert str(one) == (
        "50% of matching calls: expected 30 firings (95% interval 22..38) if each of 60 orders due in storm makes one "
        "such call"
    )
    assert str(expected("nth: 7")).startswith("matching call 7: expected 1 firing if")


@pytest.mark.parametrize(
    ("more", "severity", "words"),
    [
        (f"percentage: 5, {PAY}", "refusal", "a chance of 5% to never fire if each of 60 orders due in storm makes"),
        (f"nth: 61, {PAY}", "refusal", "never fires if each of 60 orders due in storm makes one such call"),
        (f"percentage: 8, {PAY}", None, ""),
        ("percentage: 5, match: {operation: bank.payments.retrieve}", "warning", "a chance of 5% to never fire"),
        ("percentage: 5, match: {operation: 'bank.*.create'}", "refusal", "a chance of 5% to never fire"),
        ("percentage: 5, match: {operation: 'bank.payments.*'}", "warning", "a chance of 5% to never fire"),
        ("percentage: 5", "warning", "a chance of 5% to never fire"),
        ("percentage: 5, match: {operation: bank.token}", None, ""),
        ("percentage: 0, match: {operation: bank.token}", "refusal", "never fires at 0%"),
        ("match: {operation: '*.create', method: GET}", "refusal", "no operation fits"),
    ],
)
def test_only_what_is_sure_is_refused(
    advice: Callable[[str], list[tuple[str, str, str]]], more: str, severity: str | None, words: str
) -> None:
    """A rule on reads, which orders repeat, isn't refused for being rare; one on writes is, and one that can't fire."""
    found = [one for one in advice(DRILL + STORMY.format(more=more)) if "never fire" in one[2]]

    assert [one[0] for one in found] == ([severity] if severity else [])
    assert all(words in one[2] and one[1].startswith("phases[1].faults[0]") for one in found)


def test_a_phase_without_orders_is_refused_for_its_rules(advice: Callable[[str], list[tuple[str, str, str]]]) -> None:
    """A phase in which nothing is due is warned of, and a rule in it can't fire, whatever it matches."""
    storm = STORMY.format(more="match: {client: a}").replace("duration: 4s", "duration: 1ms")

    assert [one[:2] for one in advice(DRILL + storm)] == [
        ("refusal", "phases[1].faults[0]"),
        ("warning", "phases[1]"),
    ]


@pytest.mark.parametrize(
    ("base", "calm", "storm", "shadowed"),
    [
        (ALWAYS, "", _entry("late", PAY), "late"),
        (_entry("early", PAY), "", ALWAYS, "always"),
        (_entry("late", f"{PAY}, target: response"), "", ALWAYS, None),
        ("", ALWAYS, _entry("late", f"{PAY}, target: response"), None),
        ("", "", ALWAYS + _entry("late", PAY), "late"),
    ],
)
def test_a_rule_is_shadowed_only_by_one_that_is_in_force_with_it(
    advice: Callable[[str], list[tuple[str, str, str]]], base: str, calm: str, storm: str, shadowed: str | None
) -> None:
    """Rules of the base are there in every phase, before the phase's own; those of one phase never meet another's."""
    calm, storm = (faults.replace("  - ", "      - ") for faults in (calm, storm))
    phases = "".join(
        f"  - name: {name}\n    duration: 1s\n    faults:\n{faults}"
        for name, faults in (("calm", calm), ("storm", storm))
    )

    found = [one for one in advice(f"faults:\n{base}phases:\n{phases}") if "never acts" in one[2]]

    assert [one[2].split()[0] for one in found] == ([shadowed] if shadowed else [])
    assert [one[1] for one in found] == ([f"phases[1].faults[{storm.count('name') - 1}]"] if shadowed else [])


@pytest.mark.parametrize(
    ("arms", "severity"),
    [
        ("", "warning"),
        ("arms: {a: {client: naive}, b: {client: resilient}}\n", "hint"),
        ("arms: {a: {client: naive}, b: {client: 'shop:Client'}}\n", "warning"),
    ],
)
@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("oauth: {access_ttl: 119s}\n", ["oauth.access_ttl"]),
        ("oauth: {access_ttl: 120s}\n", []),
        ("clock: {speed: 2}\noauth: {access_ttl: 239s}\n", ["oauth.access_ttl"]),
        ("clock: {speed: 2}\noauth: {access_ttl: 4m}\n", []),
        ("clock: {frozen: true}\noauth: {access_ttl: 1s}\n", []),
        ("oauth: {refresh_ttl: 1s}\n", []),
        ("phases: [{name: a, duration: 1s, oauth: {access_ttl: 20s}}]\n", ["phases[0].oauth.access_ttl"]),
        ("providers: {bank: {access_ttl: 20s}}\n", ["providers.bank.access_ttl"]),
        ("oauth: {access_ttl: 130s}\nproviders: {bank: {access_ttl: 20s}}\n", []),
        (
            "phases: [{name: a, duration: 1s, providers: {bank: {access_ttl: 20s}}}]\n",
            ["phases[0].providers.bank.access_ttl"],
        ),
        (
            "providers: {bank: {access_ttl: 20s}}\nphases: [{name: a, duration: 1s, providers: {bank: {}}}]\n",
            ["providers.bank.access_ttl"],
        ),
    ],
)
def test_a_short_life_of_tokens_is_told(
    advice: Callable[[str], list[tuple[str, str, str]]], arms: str, severity: str, text: str, keys: list[str]
) -> None:
    """Clients refresh 30 to 60 s early, on their own clock: a shorter life is a warning, and for ours only a hint."""
    found = [one for one in advice(arms + text) if "access tokens live" in one[2]]

    assert [one[:2] for one in found] == [(severity, key) for key in keys]


LIMIT_OF_NOTHING = "{name: x, algorithm: concurrency, quota: 1, match: {method: GET, operation: '*.create'}}"
TWO_PHASES = "phases: [{name: a, duration: 4s}, {name: b, duration: 3s}]\n"


@pytest.mark.parametrize(
    ("text", "severity", "key", "words"),
    [
        (DRILL + "clock: {speed: 60}\n" + TWO_PHASES, "warning", "clock.speed", "webhooks, reviews"),
        ("clock: {frozen: true}\n" + TWO_PHASES, "warning", "clock.frozen", "stays in a until it is advanced"),
        (
            TWO_PHASES + "steady_state: {goodput.rate: ['value > 0.9']}\n", "hint", "steady_state.goodput.rate",
            "clients' claims",
        ),
        (
            f"phases: [{{name: a, duration: 1s, limits: [{LIMIT_OF_NOTHING}]}}]\n",
            "warning", "phases[0].limits[0].match", "never limits",
        ),
        (
            DRILL.replace("thresholds: {payments.lost", "thresholds: {'payments.lost{phase:b}'") + TWO_PHASES,
            None, "", "",
        ),
        (
            DRILL.replace("thresholds: {payments.lost", "steady_state: {errors") + TWO_PHASES, None, "", "",
        ),
    ],
)  # fmt: skip
def test_phases_that_may_disappoint_are_warned_of(
    advice: Callable[[str], list[tuple[str, str, str]]], text: str, severity: str | None, key: str, words: str
) -> None:
    """What keeps phases from passing, or from being judged, is named with its key."""
    found = advice(text)

    assert [(one[0], one[1], words in one[2]) for one in found] == ([(severity, key, True)] if severity else [])


def test_a_thousand_phases_are_checked_in_a_blink(
    advice: Callable[[str], list[tuple[str, str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each rule is tried out once on each operation that it strikes, however many other rules there are."""
    tried: list[tuple[str, str]] = []

    def note(rule: Rule, operation: Operation) -> bool:
        tried.append((rule.name, operation.name))
        return True

    monkeypatch.setattr("brownout.scenario.shadows._ends", note)
    fault = "kind: abort, status: 503, percentage: 50"
    phases = [f"  - {{name: p{one}, duration: 1s, faults: [{{name: f{one}, {fault}}}]}}" for one in range(1000)]

    assert not advice("\n".join(["phases:", *phases, ""]))
    assert len(tried) == len(set(tried))
