"""Idempotency keys: first use, replay, in flight, mismatch, expiry."""

from brownout.core.idempotency import Keys, Reservation, Stored

SLOT = ("toy", "shop", "key-1")
ANSWER = Stored(200, {}, b"{}", "ex_1", None)


def reserve(
    keys: Keys, *, endpoint: str = "POST /a", params: bytes = b"x", now: float = 0.0
) -> tuple[str, Reservation]:
    """Reserve the one slot."""
    return keys.reserve(SLOT, endpoint=endpoint, fingerprint=params, now=now, ttl_seconds=100.0)


def test_a_key_is_in_flight_until_it_is_settled_then_replays() -> None:
    """A second request meets the flight first, the stored answer after."""
    keys = Keys()
    first, reservation = reserve(keys)
    during, _ = reserve(keys)
    reservation.answer = ANSWER
    still, _ = reserve(keys)
    keys.settle(reservation)
    after, kept = reserve(keys)

    assert (first, during, still, after) == ("first", "in_flight", "in_flight", "replay")
    assert kept.answer is ANSWER


def test_a_key_whose_answer_is_not_kept_is_free_again() -> None:
    """A refusal before execution leaves no trace of its key."""
    keys = Keys()
    _, reservation = reserve(keys)
    keys.settle(reservation)

    assert reserve(keys)[0] == "first"


def test_a_key_belongs_to_its_endpoint_and_parameters() -> None:
    """Other parameters and another endpoint are told apart, also while in flight."""
    keys = Keys()
    reserve(keys)

    assert reserve(keys, params=b"y")[0] == "other_params"
    assert reserve(keys, endpoint="POST /b", params=b"y")[0] == "other_endpoint"


def test_a_key_expires_in_world_time() -> None:
    """At its expiry a key is new again, not a moment before."""
    keys = Keys()
    _, reservation = reserve(keys)
    reservation.answer = ANSWER
    keys.settle(reservation)

    assert reserve(keys, now=99.9)[0] == "replay"
    assert reserve(keys, now=100.0)[0] == "first"


def test_the_oldest_settled_keys_go_first_and_are_counted() -> None:
    """Keys are bounded by count; those in flight are never evicted."""
    keys = Keys(kept_most=2)
    flying = keys.reserve(("toy", "shop", "flying"), endpoint="e", fingerprint=b"", now=0, ttl_seconds=9)[1]
    for number in range(4):
        _, made = keys.reserve(("toy", "shop", str(number)), endpoint="e", fingerprint=b"", now=0, ttl_seconds=9)
        made.answer = ANSWER
        keys.settle(made)

    assert keys.describe() == {"kept": 1, "in_flight": 1, "evicted": 3}
    keys.settle(flying)
