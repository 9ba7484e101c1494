"""What a run is told as, from planted runs."""

from __future__ import annotations

from typing import Any

from story import BEGAN, Story

from brownout.core.plan import Plan
from brownout.replay.child import Ending
from brownout.replay.outcome import broken, exit_code
from brownout.replay.session import Chapter, Interception, Played
from brownout.replay.summary import directions, summary
from brownout.verdict.limits import PlannedLimit
from brownout.verdict.phases import PlannedPhase
from brownout.verdict.rules import PlannedRule

LOST = PlannedRule(name="lost", kind="abort", target="response")


def played(story: Story | None = None, *, seconds: float = 1.0, **more: Any) -> Played:
    """Return a run in which the story happened."""
    chapters = [] if story is None else [Chapter(sandbox="default", run=story.run(), seconds=seconds)]
    known: dict[str, Any] = {
        "plan": Plan(name="lost-answer", seed=7),
        "repeat": "brownout run lost-answer --seed 7 -- true",
        "ending": Ending(code=0),
        "seconds": 1.0,
        "chapters": chapters,
        "forgotten": 0,
        "unparsed": 0,
        "journal": None,
        "trouble": None,
        "interception": None,
    }
    return Played(**{**known, **more})


def told(run: Played) -> str:
    """Return the summary as text."""
    return "\n".join(summary(run, broken(run)))


def unheard(key: str = "order-1", source: str = "operation") -> Story:
    """Return a payment whose answer was lost and that nobody asked for again."""
    story = Story(rules=(LOST,))
    story.claims = None
    return story.call(
        key, source=source, answered="reset", fired=["lost"], effects=["ch_1/capture"], does="write",
        observed={"wall_at": BEGAN, "outcome": "reset"},
    )  # fmt: skip


def test_no_request_at_all_says_what_to_do() -> None:
    """The base URL wasn't taken from the environment; or https was spoken."""
    assert "or add --intercept" in told(played())
    assert "2 messages came that weren't HTTP: was https:// used for http://?" in told(played(unparsed=2))
    assert "or add --intercept" not in told(played(interception=Interception()))


def test_hosts_that_were_turned_away_are_named() -> None:
    """Each with what to do."""
    said = told(played(interception=Interception(refused={"api.other.test": 2}, distrusted={"api.stripe.com": 1})))

    assert "api.other.test was refused twice: nobody emulates it; --allow-host api.other.test lets it through" in said
    assert "api.stripe.com: the program broke off 1 TLS handshake: it pins a certificate" in said


def test_a_rule_that_never_fired_says_why() -> None:
    """No call, no luck, or its phase never came."""
    storm = PlannedRule(name="storm", kind="abort", target="edge", phase="later")
    phases = tuple(PlannedPhase(name=name, duration_seconds=5) for name in ("calm", "later"))
    story = Story(rules=(LOST, storm), phases=phases).call("order-1", phase="calm")

    said = told(played(story))
    assert "lost (abort at response): never fired on 1 matching call (every match); another seed may" in said
    assert "not reached: storm\n    their phases begin 5 s after the start, or later; it was over after 1.0 s" in said
    assert "storm (abort at edge): never fired: no matching call was made in later" in told(played(story, seconds=9))


def test_a_payment_that_nobody_asked_for_again_is_a_doubt() -> None:
    """It isn't broken: the exit code stays."""
    run = played(unheard())

    assert "1 x stripe.payment_intents.create: no answer (reset), but the money had moved" in told(run)
    assert "doubt   1 payment made that the client never learnt of (order-1)" in told(run)
    assert exit_code(run, broken(run)) == 0


def test_what_was_refused_without_a_fault_is_told() -> None:
    """The most frequent first; unknown paths by their path."""
    story = Story()
    for _ in range(2):
        story.call("a", status=401, error="unauthorised")
    story.call("b", operation="stripe.unknown", path="/v1/nosuch", status=404, error="unknown_url")

    said = told(played(story))

    assert said.index("2 x stripe.payment_intents.create: 401 unauthorised") < said.index(
        "1 x POST /v1/nosuch: 404 unknown_url"
    )


def test_what_is_missing_is_told() -> None:
    """Records too many to keep, worlds forgotten, a journal that ended early, processes that live on."""
    said = told(
        played(
            Story(evicted=3).call("a"),
            forgotten=2,
            trouble="run.jsonl: the journal ends here: No space left on device",
            ending=Ending(code=0, left=("17 (sleep 30)",)),
        )
    )

    for line in [
        "4 requests",
        "3 early requests were too many to be told of here; --journal F keeps them all",
        "2 further worlds began again or went",
        "No space left on device; a verdict from that file is inconclusive",
        "the command ended but left running: 17 (sleep 30)",
    ]:
        assert line in said


def test_the_explaining_line_needs_a_journal(tmp_path: Any) -> None:
    """It names what broke, else what was struck first; a key with a blank is quoted."""
    run = played(unheard("order 1"), journal=tmp_path / "j.jsonl")

    assert directions(run, []) == [f"repeat   {run.repeat}", f"explain  brownout explain {tmp_path}/j.jsonl 'order 1'"]
    assert directions(played(unheard()), []) == [f"repeat   {run.repeat}"]


def test_exit_codes() -> None:
    """The command's own goes first; an interruption before all."""
    assert exit_code(played(ending=Ending(code=0)), ["x"]) == 5
    assert exit_code(played(ending=Ending(code=3)), ["x"]) == 3
    assert exit_code(played(ending=Ending(code=0)), []) == 0
    assert exit_code(played(ending=Ending(code=0, interrupted=True)), ["x"]) == 130


def test_limits_and_rules_of_the_runs_own_are_told_like_the_scenarios() -> None:
    """What refused, what the program itself put in force or asked for in a header; the rarest ways in one line."""
    story = Story(limits=(PlannedLimit(name="burst"), PlannedLimit(name="idle")))
    story.call("a", limit="burst", status=429, does="write")
    story.call("b", fired=["mine"], status=503, does="write")
    story.call("d", fired=["header:abort"], status=503, does="write")
    for number, status in enumerate((500, 502, 504, 520)):
        story.call(f"c-{number}", fired=["mine"], status=status, does="write")

    said = told(played(story))

    assert "burst (limit): refused 1 call\n    1 x stripe.payment_intents.create: 429" in said
    assert "idle (limit): refused nothing" in said
    assert "mine (put in force by the run itself): 5 times" in said
    assert "header:abort (asked for by requests themselves): once" in said
    assert "1 x something else; the journal has them all" in said


def test_a_rule_that_changed_nothing_is_told() -> None:
    """It fired, and another one had ended the call."""
    fired = {"rule": "lost", "kind": "abort", "target": "response", "state": "shadowed", "effects": []}

    assert "lost (abort at response): fired once and changed nothing" in told(
        played(Story(rules=(LOST,)).call("a", fired=[fired]))
    )
