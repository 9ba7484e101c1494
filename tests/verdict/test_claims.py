"""Claims are somebody else's words: whatever they are, a verdict comes out, never green for what it can't read."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from story import PHASES, phased

from brownout.reports import REPORTS
from brownout.verdict import judge
from brownout.verdict.claims import read

THRESHOLDS = {"payments.lost": ("count == 0",), "op.latency": ("p(95) < 1s",), "goodput.rate": ("value >= 0",)}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_minor", "2499"),
        ("amount_minor", 24.99),
        ("amount_minor", True),
        ("amount_minor", -1),
        ("amount_minor", 10**30),
        ("refunded_minor", "all"),
        ("refunded_minor", float("nan")),
        ("due", "soon"),
        ("due", -1.0),
        ("due", float("nan")),
        ("due", float("inf")),
        ("scheduled_at", []),
        ("started_at", {}),
        ("at", 1e300),
        ("at", False),
    ],
)
def test_what_can_not_be_read_is_said_and_never_green(field: str, value: Any) -> None:
    """A part that makes no sense is left out, and the verdict says that it is."""
    run = phased(but={3: {"claim": {field: value}}}, thresholds={"payments.duplicated": ("count == 0",)}).run()

    verdict = judge([run])

    assert verdict["status"] == "inconclusive"
    [doubt] = [reason for reason in verdict["reasons"] if "can't be read" in reason]
    assert doubt.startswith(f"keyed: a claim can't be read: order-0003: {field} is ")


@pytest.mark.parametrize(
    "raw", [None, 7, "claim", [], {}, {"key": 7, "outcome": "ok"}, {"key": "a", "outcome": "paid"}]
)
def test_claims_about_nothing_are_said(raw: Any) -> None:
    """What names no operation can't be joined with anything."""
    found = read([raw, {"key": "b", "outcome": "ok"}])

    assert list(found.by_key) == ["b"]
    assert len(found.unread) == 1


@pytest.mark.parametrize("field", ["currency", "detail", "error", "object", "provider"])
def test_odd_words_do_no_harm(field: str) -> None:
    """A word that isn't one is as good as none: nothing is counted from it."""
    run = phased(but={3: {"claim": {field: 7}}}).run()

    assert judge([run])["status"] == "pass"


_ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers(), max_size=2)
)


@pytest.mark.slow
@given(
    st.lists(
        st.fixed_dictionaries(
            {"key": st.text(max_size=4), "outcome": st.sampled_from(["ok", "fail", "unknown"])},
            optional=dict.fromkeys(
                ["object", "amount_minor", "currency", "refunded_minor", "due", "scheduled_at", "started_at", "at",
                 "error", "detail", "provider"],
                _ODD,
            ),
        ),
        max_size=6,
    )
)  # fmt: skip
def test_no_claim_breaks_a_verdict_or_a_report(claims: list[dict[str, Any]]) -> None:
    """Strings, nulls, NaN, endless and huge numbers, lone surrogates: each verdict is one, and can be shown."""
    told = phased(thresholds=THRESHOLDS, steady_state={"goodput.rate": ("value >= 0",)})
    told.claims = [*(told.claims or []), *claims]

    verdict = judge([told.run()])

    assert verdict["status"] in ("pass", "fail", "inconclusive")
    for name in ("terminal", "junit"):
        REPORTS[name].render(verdict).encode()


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(("key", "outcome", "due", "at"), _ODD)), max_size=6))
def test_claims_alone_break_nothing(claims: list[dict[str, Any]]) -> None:
    """Nor does a run that has nothing else."""
    told = phased(rate=0, thresholds=THRESHOLDS)
    told.claims = claims

    assert judge([told.run(phases=PHASES, orders_planned=5)])["status"] != "pass"


def test_amounts_that_add_up_fit_json() -> None:
    """The largest amount that is read, many times over, is still a number that JSON's readers take."""
    told = phased(rate=30, but={number: {"claim": {"amount_minor": 10**12}} for number in range(900)})

    assert orjson.dumps(judge([told.run()]))


def test_the_last_word_counts_wherever_it_says_it_was_due() -> None:
    """One key is one operation, in one phase."""
    told = phased()
    told.claim("order-0003", "ok", due=25.0)

    verdict = judge([told.run()])

    assert [phase["operations"] for phase in verdict["arms"]["keyed"]["phases"]] == [9, 10, 11]
