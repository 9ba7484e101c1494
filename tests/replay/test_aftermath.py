"""What a client did about the faults that it met, from planted journals."""

from __future__ import annotations

from typing import Any

import pytest
from story import BEGAN, Story

from brownout.replay.aftermath import aftermath

PAID = {"effects": ["ch_1/capture"], "does": "write"}
LOST = {"answered": "reset", "fired": ["lost"], **PAID}


def at(seconds: float, key: str | None = None, **more: Any) -> dict[str, Any]:
    """Return the observed part of a request so long after the beginning."""
    return {"wall_at": BEGAN + seconds, "idempotency_key": key, "outcome": "sent", **more}


@pytest.mark.parametrize(
    ("first", "second", "decided", "then"),
    [
        (
            "k1",
            "k1",
            {"idempotency": "replay"},
            "tried again with the same idempotency key: got the first try's answer",
        ),
        ("k1", "k2", PAID, "tried again with another idempotency key: PAID AGAIN"),
        (None, None, PAID, "tried again without an idempotency key: PAID AGAIN"),
        (None, "k1", PAID, "tried again with an idempotency key this time: PAID AGAIN"),
        ("k1", "k1", {"status": 409, "error": "in_use"}, "tried again with the same idempotency key: 409 in_use"),
        ("k1", "k1", {"answered": "hang"}, "tried again with the same idempotency key: no answer (hang)"),
    ],
)
def test_how_a_lost_answer_was_tried_again(first: str, second: str, decided: dict[str, Any], then: str) -> None:
    """By its key, and what came of it; the seconds are those between the two requests."""
    story = Story().call("order-1", observed=at(0, first), **LOST)
    story.call("order-2", observed=at(0.2, "other"), **PAID)
    story.call("order-1", observed=at(0.5, second), **{"does": "write", **decided})

    (met,) = aftermath(story.records)

    assert met.saw == "no answer (reset), but the money had moved"
    assert met.then == then
    assert met.after_seconds == pytest.approx(0.5)
    assert (met.subject, met.cause, met.unlearnt, met.twice) == ("order-1", "lost", False, False)


def test_a_client_that_gives_up_never_learns() -> None:
    """The money moved, and nobody asked."""
    (met,) = aftermath(Story().call("order-1", observed=at(0), **LOST).records)

    assert (met.then, met.after_seconds, met.unlearnt) == ("never tried again", None, True)


def test_a_client_may_look_it_up() -> None:
    """A read of the same resource soon after: it knows then."""
    story = Story().call("order-1", observed=at(0), **LOST)
    story.call("x", source="counted", observed=at(1), does="read", operation="stripe.payment_intents.list")

    (met,) = aftermath(story.records)

    assert met.then == "looked it up with stripe.payment_intents.list, and didn't try again"
    assert not met.unlearnt


def test_the_same_request_again_is_a_try_where_nothing_names_it() -> None:
    """Each distinct call has a key of its own then; the bytes tell."""
    story = Story().call("#1", source="counted", observed=at(0, request="d1"), **LOST)
    story.call("#2", source="counted", observed=at(1, request="d2"), **PAID)
    story.call("#3", source="counted", observed=at(2, request="d1"), **PAID)

    (met,) = aftermath(story.records)

    assert met.then == "tried again without an idempotency key: PAID AGAIN"
    assert (met.subject, met.after_seconds, met.twice) == ("ex_0", pytest.approx(2), True)


@pytest.mark.parametrize(
    ("decided", "saw", "then"),
    [
        ({"fired": ["slow"], "does": "write"}, "reset, then 200", "went on"),
        ({"fired": ["gone"], "does": "write", "status": 503, "error": "unavailable"}, "503 unavailable",
         "never tried again"),
        ({"fired": ["gone"], "does": "read", "status": 503}, "503", "never asked again"),
        ({"fired": [], "limit": "burst", "does": "write", "status": 429}, "429", "never tried again"),
    ],
)  # fmt: skip
def test_what_the_client_saw(decided: dict[str, Any], saw: str, then: str) -> None:
    """An answer that came all the same, a refusal, a limit's."""
    (met,) = aftermath(Story().call("order-1", observed=at(0), **decided).records)

    assert (met.saw, met.then) == (saw, then)


@pytest.mark.parametrize(
    ("outcome", "then"),
    [("client_gone", "connected again"), ("sent", "SENT ITS REQUEST over it: it doesn't check certificates")],
)
def test_a_bad_certificate(outcome: str, then: str) -> None:
    """A client refuses it, or doesn't look; whatever reaches the provider next is its next try."""
    shake = {"answered": "certificate", "status": 0, "error": "certificate_expired", "does": "handshake"}
    story = Story().call(
        "#1",
        source="counted",
        observed=at(0, outcome=outcome),
        operation="stripe.tls.handshake",
        fired=["bad"],
        **shake,
    )
    story.call("order-1", observed=at(0.1), **PAID)

    (met,) = aftermath(story.records)

    assert (met.saw, met.then) == ("certificate expired", then)


def test_a_client_whose_answer_broke_off_saw_nothing() -> None:
    """Half an answer is no answer."""
    story = Story().call("order-1", observed=at(0, outcome="cut"), **{**LOST, "answered": "reply"})

    (met,) = aftermath(story.records)

    assert "an answer that broke off" in met.saw


def test_a_client_that_left_saw_nothing() -> None:
    """A status that was never read is no answer."""
    story = Story().call("order-1", observed=at(0, outcome="client_gone"), **{**LOST, "answered": "reply"})

    (met,) = aftermath(story.records)

    assert met.saw == "left before the answer, but the money had moved"
