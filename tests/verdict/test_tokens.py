"""What became of credentials: planted histories that must be named, and others that must pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from story import BEGAN, PHASES, Story
from tries import token, use

from brownout.verdict import judge
from brownout.verdict.history import history
from brownout.verdict.measures import measure, why_not

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.verdict.measures import Values

ASKED = {
    "refresh.success": ("rate >= 0.9",),
    "refresh.redundancy": ("value <= 1.2",),
    "refresh.overlapping": ("count == 0",),
    "refresh.proactive": ("rate >= 0.9",),
    "credentials.lost": ("count == 0", "rate < 0.01"),
    "auth.stale": ("count == 0",),
    "auth.scope_loops": ("count == 0",),
}
EXPIRED = {"status": 401, "error": "token_expired", "stage": "authorise"}
REVOKED = {**EXPIRED, "error": "token_revoked"}
SCOPE = {"status": 403, "error": "scope_missing", "stage": "authorise"}


def _story() -> Story:
    return Story(thresholds=ASKED).charge("order-0000").claim("order-0000")


def _well_kept() -> Story:
    """Return ten tokens of 10 s, each renewed 2 s before its end, with a call each second."""
    told = _story()
    for number in range(10):
        token(told, number * 8.0, issued=f"t{number}", life=10.0)
        for second in range(1, 8):
            use(told, number * 8.0 + second, f"t{number}")
    return told


def _herd() -> Story:
    """Return a token at whose end five users ask for a new one at once, twice over."""
    told = token(_story(), 0.0, issued="t0", life=10.0)
    for turn in (1, 2):
        for each in range(5):
            use(told, turn * 10.5 + each * 0.001, f"t{turn - 1}" if turn == 1 else "t1.0", **EXPIRED)
            token(told, turn * 10.5 + 0.1 + each * 0.001, issued=f"t{turn}.{each}", life=10.0, takes=0.5)
        use(told, turn * 10.5 + 2, f"t{turn}.0")
    return told


def _never_renewed() -> Story:
    told = token(_story(), 0.0, issued="t0", life=10.0)
    for second in range(9):
        use(told, 1.0 + second, "t0")
    for second in range(5):
        use(told, 10.0 + second, "t0", **EXPIRED)
    return told


def _kept_the_old() -> Story:
    """Return a client one of whose users keeps its revoked token although another has fetched a new one."""
    told = token(use(token(_well_kept(), 80.0, issued="a", life=10.0), 81.0, "a", **REVOKED), 81.5, issued="b")
    use(told, 82.0, "b")
    return use(told, 83.0, "a", **REVOKED)


def _grant_dies() -> Story:
    told = _well_kept()
    token(told, 80.0, of="grant-1", issued="g0", life=10.0, kind="authorization_code")
    use(told, 81.0, "g0")
    token(told, 88.0, of="grant-1", kind="refresh_token")
    return told


def _fails(number: int) -> Story:
    """Return a client whose token endpoint fails so often in a row, in time."""
    told = _well_kept()
    for each in range(number):
        token(told, 78.0 + each * 0.3, issued=None, status=503, error=None, kind="client_credentials")
    return token(told, 79.5, issued="last")


def _without_scope(tokens: list[str]) -> Story:
    told = _well_kept()
    for number, each in enumerate(tokens):
        use(told, 80.0 + number * 0.1, each, **SCOPE)
    return told


HISTORIES: dict[str, tuple[Callable[[], Story], set[str]]] = {
    "renewed early, one at a time": (_well_kept, set()),
    "a herd at the end of each token": (
        _herd, {"refresh.redundancy", "refresh.overlapping", "refresh.proactive"}
    ),
    "kept the old token": (_kept_the_old, {"auth.stale"}),
    "a grant that died": (_grant_dies, {"credentials.lost"}),
    "one refresh that failed": (lambda: _fails(1), set()),
    "a token endpoint that fails": (lambda: _fails(4), {"refresh.success"}),
    "tries again without the scope": (
        lambda: use(use(_well_kept(), 80.0, "t9", **SCOPE), 80.5, "t9", **SCOPE), {"auth.scope_loops"}
    ),
    "tries two other tokens for the scope": (
        lambda: _without_scope(["t9", "u0", "u1"]), set()
    ),
    "tries token after token for the scope": (
        lambda: _without_scope(["t9", "u0", "u1", "u2"]),
        {"auth.scope_loops"},
    ),
    "lacks the scope for order after order": (
        lambda: use(use(_well_kept(), 80.0, "t9", "a", **SCOPE), 80.5, "t9", "b", **SCOPE), set()
    ),
}  # fmt: skip


@pytest.mark.parametrize(("tell", "missed"), HISTORIES.values(), ids=HISTORIES)
def test_what_clients_do_with_tokens_is_named(tell: Callable[[], Story], missed: set[str]) -> None:
    """Each mistake misses what it is about, and the careful client nothing."""
    checks = judge([tell().run()])["arms"]["keyed"]["thresholds"]

    assert {check["metric"] for check in checks if check["holds"] is not True} == missed


def _values(told: Story) -> Values:
    return measure(history(told.run()).whole)


def test_a_herd_counts_once_for_each_time() -> None:
    """Two ends, five refreshes each: five for every one that was needed, and two times at once."""
    values = _values(_herd())

    assert values["refresh.redundancy"] == {"value": 5.0}
    assert values["refresh.overlapping"] == {"count": 2}
    assert values["refresh.proactive"] == {"count": 0, "rate": 0.0}


def test_a_client_that_never_renews() -> None:
    """Its token ended, and it did nothing about it."""
    values = _values(_never_renewed())

    assert values["refresh.redundancy"] == {"value": 0.0}
    assert values["refresh.success"] == {"count": 0, "rate": None}
    assert values["auth.stale"] == {"count": 0}  # there was no newer one


def test_a_revoked_token_ends_when_its_client_hears_of_it() -> None:
    """A refresh after a refusal is not too many; nor was it in advance."""
    told = token(_story(), 0.0, issued="a", life=60.0)
    use(told, 5.0, "a", **REVOKED)
    token(told, 5.1, issued="b")
    use(told, 6.0, "b")

    values = _values(told)

    assert values["refresh.redundancy"] == {"value": 1.0}
    assert values["refresh.proactive"] == {"count": 0, "rate": 0.0}


def test_a_token_that_lost_its_scope_is_renewed_with_reason() -> None:
    """What it is of no more use for is an end, too."""
    told = token(_story(), 0.0, issued="a", life=60.0)
    token(use(told, 5.0, "a", **SCOPE), 5.1, issued="b")

    assert _values(use(told, 6.0, "b"))["refresh.redundancy"] == {"value": 1.0}


def test_renewing_far_too_often_is_too_many() -> None:
    """A client that renews with every call, long before it has to."""
    told = _story()
    for second in range(60):
        use(token(told, float(second), issued=f"t{second}", life=10.0), second + 0.5, f"t{second}")

    assert _values(told)["refresh.redundancy"]["value"] == pytest.approx(10, rel=0.25)


@pytest.mark.parametrize(("after", "stale"), [(0.04, 0), (0.06, 1)])
def test_a_request_that_was_on_its_way_is_not_stale(after: float, stale: int) -> None:
    """It may have been sent before the new token came."""
    told = token(token(_story(), 0.0, issued="a"), 5.0, issued="b", takes=0.0)

    assert _values(use(told, 5.0 + after, "a", **REVOKED))["auth.stale"] == {"count": stale}


def test_refreshes_one_after_the_other_do_not_overlap() -> None:
    """Nor do those of two credentials."""
    told = token(token(_story(), 0.0, issued="a", takes=1.0), 1.0, issued="b", takes=1.0)
    token(told, 1.5, issued="c", of="another", takes=1.0)

    assert _values(told)["refresh.overlapping"] == {"count": 0}


def test_a_lost_answer_is_a_refresh_that_failed() -> None:
    """The token was issued; its client never saw it, and what it does next is right."""
    told = token(_story(), 0.0, issued="a", life=10.0)
    token(told, 8.0, issued="b", life=10.0, status=0, answered="reset")
    token(told, 8.5, issued="c", life=10.0)
    use(told, 12.0, "c")

    values = _values(told)

    assert values["refresh.success"] == {"count": 1, "rate": 0.5}
    assert values["refresh.redundancy"] == {"value": 1.0}


@pytest.mark.parametrize(
    ("metric", "why"),
    [
        ("refresh.success", "no token was renewed"),
        ("refresh.redundancy", "no token came to its end, and none was renewed"),
        ("credentials.lost", "no tokens were asked for"),
    ],
)
def test_without_tokens_nothing_is_measured(metric: str, why: str) -> None:
    """A client that uses none has no share of anything."""
    scope = history(Story().order("a").run()).whole

    assert list(measure(scope)[metric].values())[-1] is None
    assert why_not(metric, "rate", scope) == why


def test_what_happened_belongs_to_the_phase_of_its_request() -> None:
    """As all that is seen from the server does."""
    told = Story(phases=PHASES)
    token(told, 0.0, issued="a", life=5.0, phase="baseline")
    use(told, 12.0, "a", phase="storm", **EXPIRED)
    token(told, 12.5, issued="b", phase="storm")

    found = {name: measure(scope)["refresh.redundancy"]["value"] for name, scope in history(told.run()).phases.items()}

    assert found == {"baseline": None, "storm": 1.0, "recovery": None}


def test_tokens_that_never_end_need_no_renewing() -> None:
    """Whatever was asked for in addition is too many, and came in advance."""
    told = token(token(_story(), 0.0, issued="a", life=None), 5.0, issued="b", life=None)

    values = _values(use(told, 6.0, "b"))

    assert values["refresh.redundancy"] == {"value": 1.0}
    assert values["refresh.proactive"] == {"count": 1, "rate": 1.0}


def test_journals_that_say_nothing_of_tokens_are_read() -> None:
    """Of an earlier version, or about calls that nobody can place."""
    told = Story().call("a", operation="oauth.token", does="token", observed={"grant": {"type": "x", "of": None}})

    assert _values(told.call("a", observed={"grant": "nonsense"}))["refresh.overlapping"] == {"count": 0}


def test_a_token_that_never_arrived_is_not_stale() -> None:
    """Its answer was lost on the way, and somebody has it all the same: nobody can say what came after it."""
    told = token(token(_story(), 0.0, issued="a", status=0, answered="reset"), 1.0, issued="b")

    assert _values(use(told, 5.0, "a", **REVOKED))["auth.stale"] == {"count": 0}


# ------------------------------------------------------------------ how much of the time there was a good one


def _had(told: Story, *, until: float = 100.0) -> float | None:
    """Return the share of the time, the run's last answer leaving at `until`."""
    use(told, until - 0.02, None)
    return measure(history(told.run()).whole)["tokens.availability"]["value"]


@pytest.mark.parametrize(
    ("lives", "share"),
    [
        ([(0, 200)], 1.0),
        ([(0, 50), (45, 60)], 1.0),
        ([(0, 25), (75, 60)], 0.5),
        ([(0, 10)], 0.1),
        ([(0, 80), (10, 20)], 0.8),
    ],
    ids=["one for good", "renewed in time", "a gap", "never renewed", "one within another"],
)
def test_availability_is_the_time_with_a_good_token(lives: list[tuple[float, float]], share: float) -> None:
    """From the first call for one to the end of the run, whichever of several it was."""
    told = Story()
    for at, life in lives:
        token(told, float(at), issued=f"t{at}", life=float(life))

    assert _had(told) == pytest.approx(share, abs=0.002)


def test_a_token_whose_answer_was_lost_was_never_had() -> None:
    """The server issued it; nobody has it."""
    told = token(Story(), 0.0, issued="a", life=200.0, answered="reset", status=0)
    token(told, 60.0, issued="b", life=200.0)

    assert _had(told) == pytest.approx(0.4, abs=0.002)


def test_a_token_is_of_no_use_once_it_is_refused() -> None:
    """Revoked tokens end when that shows, and not with the life that their client was told."""
    told = use(token(Story(), 0.0, issued="a", life=200.0), 30.0, "a", **REVOKED)

    assert _had(told) == pytest.approx(0.3, abs=0.002)


def test_availability_is_averaged_over_credentials() -> None:
    """One that never got a token counts as none of its time, however little it called."""
    told = token(Story(), 0.0, issued="a", life=200.0)
    token(told, 50.0, of="other")

    assert _had(told) == pytest.approx(0.5, abs=0.002)


def test_a_phase_has_its_own_availability() -> None:
    """A token that ended in one phase and was renewed in the next."""
    told = Story(phases=PHASES, load_began_at=BEGAN)
    token(told, 0.0, issued="a", life=15.0, phase="baseline")
    token(told, 20.0, issued="b", life=60.0, phase="recovery", takes=0.0)
    use(told, 29.9, "b", phase="recovery")

    found = [measure(scope)["tokens.availability"]["value"] for scope in history(told.run()).phases.values()]

    assert found == [pytest.approx(0.998), pytest.approx(0.5), 1.0]


def test_without_tokens_there_is_no_availability() -> None:
    """A client with an API key has none to renew."""
    scope = history(Story().order("a").run()).whole

    assert why_not("tokens.availability", "value", scope) == "no tokens were asked for"
    assert measure(scope)["tokens.availability"]["value"] is None
