"""The correct client and its eight variants against a provider that is made up: what each does, and that no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from brownout_clients.correct import Correct
from brownout_clients.defective import (
    IgnoresRetryAfter,
    NewKeyOnRetry,
    NoJitter,
    RetriesForbidden,
    StrictEnum,
    SwallowsRefusals,
    TrustsRemaining,
)
from brownout_clients.protocols import Failure, Lost, Order
from made_up_shop import INTENT, PAYPAL, STRIPE, TOKEN, no, ok, shop

if TYPE_CHECKING:
    from brownout_clients.protocols import Response

SETTLED = {**INTENT, "status": "settled"}
TOKENS = tuple(ok({**TOKEN, "access_token": f"t{number}"}) for number in range(4))


def _waits(kind: type, *answers: Response | Exception) -> list[float]:
    """Return the first wait of each of 100 orders."""
    found = []
    for number in range(100):
        client, _, clock = shop(kind, *answers, ok(INTENT))
        client.pay(Order(order=f"order-{number}", due_seconds=0, amount_minor=1999, currency="usd"))
        found.append(clock.slept[0])
    return found


@pytest.mark.parametrize(
    ("kind", "answer", "least", "most"),
    [
        (Correct, Lost("reset"), 0, 1),
        (Correct, no(429, Retry_After="3"), 3, 6),
        (Correct, no(429, X_RateLimit_Remaining="5"), 0, 1),
        (IgnoresRetryAfter, no(429, Retry_After="3"), 0, 1),
        (TrustsRemaining, no(429, Retry_After="3", X_RateLimit_Remaining="5"), 3, 6),
    ],
)
def test_waits_are_spread(kind: type, answer: Response | Exception, least: float, most: float) -> None:
    """Below a second without being told, above what was told otherwise; one defect leaves the other manners alone."""
    waits = _waits(kind, answer)

    assert all(least <= each <= most for each in waits)
    assert max(waits) - min(waits) > 0.9 * (most - least)


@pytest.mark.parametrize(
    ("kind", "answer", "wait"),
    [
        (NoJitter, Lost("reset"), 1.0),
        (NoJitter, no(429, Retry_After="3"), 6.0),
        (TrustsRemaining, no(429, X_RateLimit_Remaining="5"), 0.0),
    ],
)
def test_waits_that_are_all_the_same(kind: type, answer: Response | Exception, wait: float) -> None:
    """Without jitter, or without any belief in a refusal."""
    assert set(_waits(kind, answer)) == {wait}


@pytest.mark.parametrize(("kind", "keys"), [(Correct, 1), (NoJitter, 1), (NewKeyOnRetry, 3)])
def test_keys_are_kept(kind: type, keys: int) -> None:
    """By all but the one that makes a new one for each try."""
    client, provider, _ = shop(kind, Lost("reset"), no(503), ok(INTENT))

    client.pay(STRIPE)

    assert len({headers["Idempotency-Key"] for _, headers, _ in provider.sent}) == keys


def _forbidden(kind: type, *answers: Response) -> list[str]:
    """Return which tokens a payment was tried with until it failed."""
    client, provider, _ = shop(kind, *answers)
    with pytest.raises(Failure) as refused:
        client.pay(PAYPAL)
    assert refused.value.status == 403
    return [headers["Authorization"] for path, headers, _ in provider.sent if "token" not in path]


def test_a_missing_scope_is_worth_one_new_token() -> None:
    """The correct client stops after it; the other tries its luck with what it has."""
    assert _forbidden(Correct, TOKENS[0], no(403), TOKENS[1], no(403)) == ["Bearer t0", "Bearer t1"]
    assert _forbidden(RetriesForbidden, TOKENS[0], *[no(403)] * 8) == ["Bearer t0"] * 8


def test_a_refused_token_is_used_by_nobody_again() -> None:
    """Not even by the customer who tries once more after the client had stopped."""
    client, provider, _ = shop(Correct, TOKENS[0], no(403), TOKENS[1], no(403), TOKENS[2], no(402))

    for _ in range(2):
        with pytest.raises(Failure):
            client.pay(PAYPAL)

    assert provider.sent[-1][1]["Authorization"] == "Bearer t2"


def test_a_new_word_is_read_past_or_not() -> None:
    """The amount tells the correct client that it was paid; the strict one doesn't look at it."""
    assert shop(Correct, ok(SETTLED))[0].pay(STRIPE).id == "pi_1"
    with pytest.raises(Failure, match="status of POST stripe/v1/payment_intents is unknown") as refused:
        shop(StrictEnum, ok(SETTLED))[0].pay(STRIPE)
    assert (refused.value.error, refused.value.certain) == ("contract", False)


def test_a_refusal_is_no_payment_or_is_one() -> None:
    """What is swallowed looks paid, and nothing was tried again; other failures stay what they are."""
    client, provider, _ = shop(SwallowsRefusals, no(429), no(402))

    paid: Any = client.pay(STRIPE)

    assert (paid.id, len(provider.sent)) == ("order-1", 1)
    with pytest.raises(Failure, match="402"):
        client.pay(STRIPE)
