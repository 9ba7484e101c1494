"""What a run amounts to, in numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from story import PHASES, Story, phased
from tries import THROTTLED, retries, token

from brownout.core.metrics import METRICS
from brownout.verdict.history import history
from brownout.verdict.measures import Values, errors, measure, why_not, wire_errors


def _measure(run: Any) -> Values:
    return measure(history(run).whole)


def _value(run: Any, metric: str) -> float | None:
    return next(iter(_measure(run)[metric].values()))


_OF_RETRIES = (
    "retry.",
    "retry_after.",
    "refresh.",
    "credentials.",
    "tokens.",
)  # of which there are none in most histories

# The table of outcomes: what the client claims × how often the ledger has it.
_METRICS = ("operations.good", "payments.lost", "payments.orphaned", "payments.unresolved", "payments.duplicated")


@pytest.mark.parametrize(
    ("outcome", "charges", "counted"),
    [
        ("ok", 0, {"payments.lost"}),
        ("ok", 1, {"operations.good"}),
        ("ok", 2, {"payments.duplicated"}),
        ("fail", 0, set()),
        ("fail", 1, {"payments.orphaned"}),
        ("fail", 2, {"payments.orphaned", "payments.duplicated"}),
        ("unknown", 0, {"payments.unresolved"}),
        ("unknown", 1, {"payments.unresolved"}),
        ("unknown", 2, {"payments.unresolved", "payments.duplicated"}),
    ],
)
def test_claims_and_effects_decide_what_an_order_was(outcome: str, charges: int, counted: set[str]) -> None:
    """Each pair of claim and number of effects is counted as what it is, and as nothing else."""
    run = Story().order("order-1", outcome, charges=charges).run()

    assert {metric for metric in _METRICS if _value(run, metric)} == counted


def test_every_metric_is_measured() -> None:
    """What a threshold may name has a value with each of its aggregations, if the run tells."""
    told = phased(rate=40, but={400: {"fired": ["lost-answer"], "outcome": "fail", "charges": 0}})
    for number in range(12):
        retries(told, f"untold-{number}", [0.5, 1.0])
        retries(told, f"told-{number}", [2.5], says=2, failed={**THROTTLED, "limited": {"rate": 5.0}})
    retries(told, "refused", [0.2], failed=THROTTLED)
    token(token(told, 0.0, issued="a"), 5.0, issued="b")

    values = _measure(told.run())

    assert {metric: tuple(of) for metric, of in values.items()} == {
        metric: described.aggregations for metric, described in METRICS.items()
    }
    assert [metric for metric, of in values.items() if None in of.values()] == []


@pytest.mark.parametrize("claims", [None, []])
def test_without_claims_nothing_is_known_of_beliefs(claims: list[Any] | None) -> None:
    """Without claims the metrics that need them read None, never 0; the others stay."""
    told = Story().orders(3, charges=2)
    told.claims = claims

    values = _measure(told.run())

    unknown = {metric for metric, of in values.items() if None in of.values()}
    needing = {metric for metric, described in METRICS.items() if described.needs_claims}
    assert needing <= unknown
    assert {metric for metric in unknown - needing if not metric.startswith(_OF_RETRIES)} == set()
    assert values["payments.duplicated"] == {"count": 3}
    assert values["operations"] == {"count": 3}


def test_charge_that_nobody_claims_is_unresolved() -> None:
    """A charge for which the client never said anything counts as one it doesn't know of."""
    run = Story().order("order-1").charge("order-2").run()

    assert _value(run, "payments.unresolved") == 1


def test_a_clients_last_word_counts() -> None:
    """A client that first didn't know and then found out knows."""
    run = Story().order("order-1", "unknown").claim("order-1", "ok").run()

    assert _value(run, "payments.unresolved") == 0
    assert _value(run, "operations") == 1


def test_amplification_counts_tries_of_named_operations() -> None:
    """Retries count; polls of an object and calls that name nothing don't."""
    told = Story().orders(4)
    told.call("order-0000").call("order-0000")
    told.call("pi_1", source="path").call("pi_1", source="path").call("#1", source="counted")

    assert _value(told.run(), "retry.amplification") == 1.5


def test_amplification_needs_the_whole_journal() -> None:
    """With records evicted, nobody knows how many tries there were."""
    assert _value(Story().orders(4).run(evicted=1), "retry.amplification") is None


@given(st.lists(st.tuples(st.sampled_from(["ok", "fail", "unknown"]), st.integers(0, 3)), max_size=12), st.randoms())
def test_order_of_claims_and_entries_moves_no_number(orders: list[tuple[str, int]], shuffle: Any) -> None:
    """However the clients' orders came in, the same run has the same numbers, and every order is one thing."""
    told, other = Story(), Story()
    numbered = list(enumerate(orders))
    for number, (outcome, charges) in numbered:
        told.order(f"order-{number}", outcome, charges=charges)
    shuffle.shuffle(numbered)
    for number, (outcome, charges) in numbered:
        other.order(f"order-{number}", outcome, charges=charges)

    values = _measure(told.run())

    assert values == _measure(other.run())
    assert values["operations"]["count"] == len(orders)
    assert values["payments.duplicated"]["count"] == sum(max(0, charges - 1) for _, charges in orders)


# ------------------------------------------------------------------ how well it went


def test_goodput_counts_what_was_never_sent() -> None:
    """An operation that was planned and that nobody heard of is not good, and the client can't have claimed it."""
    values = _measure(phased(but={3: None, 4: {"outcome": "fail", "charges": 0}, 5: {"charges": 2}}).run())

    assert values["goodput.rate"]["value"] == 27 / 30
    assert values["goodput"]["value"] == 27 / 30  # over 30 s
    assert values["availability.rate"]["value"] == 28 / 30
    assert values["errors"] == {"count": 3, "rate": 3 / 30}


def test_goodput_a_second_needs_a_duration() -> None:
    """If nobody says how long the load ran, only its share is known."""
    scope = history(Story().orders(4).run()).whole

    assert measure(scope)["goodput"]["value"] is None
    assert measure(scope)["goodput.rate"]["value"] == 1
    assert why_not("goodput", "value", scope) == "nobody says how long the load ran"


def test_reads_are_good_without_a_charge() -> None:
    """An operation that only reads pays nothing; one that writes and pays nothing is lost, unless it says so."""
    told = Story().call("sync-1", does="read").claim("sync-1", amount=None)
    told.call("kyc-1", does="write").claim("kyc-1", amount=0)
    told.call("pay-1", does="write").claim("pay-1", amount=None)

    values = _measure(told.run())

    assert values["operations.good"]["count"] == 2
    assert values["payments.lost"]["count"] == 1
    assert values["money.error"]["value"] is None  # nobody says how much pay-1 was


def test_reads_have_no_money_to_be_wrong_about() -> None:
    """A claim without an amount is enough where nothing was to be paid."""
    told = Story().call("sync-1", does="read").claim("sync-1", amount=None)

    assert _value(told.run(), "money.error") == 0


def test_money_held_or_without_a_key_charges_nobody() -> None:
    """An authorisation that was never captured is no payment; one that names no order is nobody's."""
    told = Story().order("order-1").claim("order-2", "fail")
    for kind, key in (("authorize", "order-2"), ("authorize", None), ("capture", None)):
        told.ledger.post(
            kind, at=9.0, provider="stripe", account="acct", payment=f"pi_{key}", object_id="ch", amount_minor=5,
            currency="usd", key=key,
        )  # fmt: skip

    values = _measure(told.run())

    assert (values["operations"]["count"], values["payments.orphaned"]["count"]) == (2, 0)


def test_errors_are_by_class() -> None:
    """The client's own word counts, else its last failed attempt; what ended well has no class."""
    told = Story(orders_planned=6)
    told.order("a", "fail", charges=0, status=503, claim={"error": "transport"})
    told.order("b", "fail", charges=0, status=503, claim={"error": "no such class"})
    told.call("c", status=503).order("c", "fail", charges=0, status=401)
    told.call("d", status=503).order("d")
    told.order("e", "unknown", charges=0)

    assert errors(history(told.run()).whole) == {"auth": 1, "server": 1, "transport": 1, "unresolved": 1, "unsent": 1}


def test_auth_failures_are_operations_not_attempts() -> None:
    """Two refused attempts of one operation are one failure; refused attempts of one that went well are none."""
    told = Story().call("a", status=401).order("a", "fail", charges=0, status=401)
    told.call("b", status=401).order("b")

    values = _measure(told.run())

    assert values["auth.failed"] == {"count": 1, "rate": 0.5}
    assert values["wire.errors"] == {"count": 3, "rate": 0.75}


def test_unreadable_answers_are_a_class_of_their_own() -> None:
    """An operation that its client gave up over an answer's shape counts; one that it read all the same doesn't."""
    told = Story(orders_planned=4).order("ok").order("paid", "unknown", claim={"error": "contract"})
    told.order("refused", "fail", charges=0, claim={"error": "throttle"})

    values = _measure(told.run())

    assert values["contract.failed"] == {"count": 1, "rate": 0.25}
    assert values["auth.failed"] == {"count": 0, "rate": 0.0}


def test_wire_errors_and_throttles_are_attempts() -> None:
    """Retries lower the errors of operations and raise those on the wire: both are told."""
    told = Story().call("a", limit="burst", status=429).call("a", answered="reset", status=0).order("a")

    values = _measure(told.run())

    assert values["wire.errors"] == {"count": 2, "rate": 2 / 3}
    assert values["throttled"] == {"count": 1, "rate": 1 / 3}
    assert values["errors"]["count"] == 0


def test_recovery_and_collateral_tell_who_was_hit() -> None:
    """Of those that a fault struck, how many ended well; of the others, how many didn't."""
    told = Story().order("hit-1", fired=["lost"]).order("hit-2", "fail", charges=0, fired=["lost"])
    told.order("spared-1").order("spared-2").order("spared-3", "fail", charges=0).order("spared-4")

    values = _measure(told.run())

    assert values["recovery.ratio"]["value"] == 0.5
    assert values["collateral"]["value"] == 0.25


def test_nobody_hit_is_not_a_ratio() -> None:
    """Without faults there is no recovery to speak of, and the verdict says why."""
    scope = history(Story().orders(3).run()).whole

    assert measure(scope)["recovery.ratio"]["value"] is None
    assert why_not("recovery.ratio", "value", scope) == "no fault hit an operation"


@pytest.mark.parametrize("metric", ["wire.errors", "throttled", "recovery.ratio", "auth.failed", "retry.amplification"])
def test_what_the_journal_tells_needs_all_of_it(metric: str) -> None:
    """With records gone, what is counted from them isn't measured."""
    scope = history(Story().order("a", fired=["x"]).order("b", "fail", charges=0).run(evicted=1)).whole

    assert set(measure(scope)[metric].values()) == {None}
    assert why_not(metric, "rate", scope) == "parts of the journal are gone"


# ------------------------------------------------------------------ phases

_COUNTED = [
    (metric, "count") for metric, described in METRICS.items() if "count" in described.aggregations
]  # money.error is the sum of all that is off, so it adds up too


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ok", "fail", "unknown"]),
            st.integers(0, 3),
            st.floats(0, 45),
            st.sampled_from([200, 401, 409, 422, 429, 503]),
            st.booleans(),
        ),
        max_size=15,
    ),
    st.integers(0, 20),
)
def test_phases_add_up_to_the_whole(orders: list[tuple[str, int, float, int, bool]], planned: int) -> None:
    """Whatever happened, each operation and each attempt is in exactly one phase, and so is what was never sent."""
    told = Story(phases=PHASES, orders_planned=planned)
    for number, (outcome, charges, due, status, hit) in enumerate(orders):
        told.order(f"o-{number}", outcome, charges=charges, due=due, status=status, fired=["x"] if hit else [])
    known = history(told.run())

    whole = measure(known.whole)
    phases = [measure(scope) for scope in known.phases.values()]

    for metric, aggregation in [*_COUNTED, ("money.error", "value")]:
        if whole[metric][aggregation] is not None:
            assert sum(each[metric][aggregation] or 0 for each in phases) == whole[metric][aggregation], metric
    assert sum(scope.unsent for scope in known.phases.values()) == known.whole.unsent
    assert known.unplaced == 0


def test_equal_numbers_of_errors_are_told_by_name() -> None:
    """Most first, then by the alphabet: whatever order they came in."""
    told = Story()
    for key, status in (("a", 503), ("b", 429), ("c", 503), ("d", 400), ("e", 429)):
        told.call(key, status=status)

    assert list(wire_errors(history(told.run()).whole).items()) == [("server", 2), ("throttle", 2), ("client_bug", 1)]
