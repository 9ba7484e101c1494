"""Broken phases, lifetimes of tokens and steady states, each with the line, the key and the words of its mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brownout import scenario
from brownout.assembly import registries
from brownout.core.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.errors import Mistake


HEAD = "brownout: 1\n"
FAULT = HEAD + "faults:\n  - name: one\n    kind: abort\n    status: 503\n"
DRILL = HEAD + "arms:\n  keyed: {client: keyed}\n"
BASE = HEAD + "providers: {bank: {review: 5s, hooks: [{url: http://base}]}}\n"
CALM = HEAD + "phases:\n  - {name: calm, duration: 10s}\n"
STORM = CALM + "  - name: storm\n    duration: 20s\n"
STORM_ONLY = "phases:\n  - name: storm\n    duration: 20s\n"

PHASES = {
    "phases as a mapping": (HEAD + "phases: {name: a}\n", 2, "phases", "must be a list of entries"),
    "a word as a phase": (HEAD + "phases:\n  - calm\n", 3, "phases[0]", "must be a mapping of keys, not 'calm'"),
    "no name": (HEAD + "phases:\n  - {duration: 1s}\n", 3, "phases[0].name", "missing; it is required"),
    "no duration": (HEAD + "phases:\n  - {name: a}\n", 3, "phases[0].duration", "missing; it is required"),
    "a name with a blank": (HEAD + "phases:\n  - {name: a b, duration: 1s}\n", 3, "phases[0].name", "use letters"),
    "a name twice": (
        CALM + "  - duration: 1s\n    name: calm\n", 5, "phases[1].name", "'calm' is taken by phases[0] on line 3",
    ),
    "no length": (HEAD + "phases:\n  - name: a\n    duration: 0s\n", 4, "phases[0].duration", "above 0, not '0s'"),
    "no unit": (HEAD + "phases:\n  - name: a\n    duration: 15\n", 4, "phases[0].duration", "such as 250ms"),
    "an unknown key": (STORM + "    fault: []\n", 6, "phases[1].fault", "did you mean 'faults'?"),
    "a key of the top": (STORM + "    seed: 1\n", 6, "phases[1].seed", "unknown 'seed'; known: duration, faults"),
    "an unknown fault": (STORM + "    faults:\n      - {kind: abrt}\n", 7, "phases[1].faults[0].kind", "'abort'?"),
    "a fault's key": (
        STORM + "    faults:\n      - kind: abort\n        statsu: 503\n", 8, "phases[1].faults[0].statsu", "'status'?",
    ),
    "a fault's value": (
        STORM + "    faults:\n      - {kind: abort, status: 200}\n", 7, "phases[1].faults[0].status", "400 to 599",
    ),
    "faults as a mapping": (STORM + "    faults: {kind: abort}\n", 6, "phases[1].faults", "must be a list"),
    "a fault of the base": (
        FAULT + STORM_ONLY + "    faults:\n      - {name: one, kind: abort, status: 500}\n", 10,
        "phases[0].faults[0].name", "'one' is taken by faults[0] on line 3",
    ),
    "a fault of another phase": (
        HEAD + "phases:\n" + "".join(
            f"  - {{name: {name}, duration: 1s, faults: [{{name: x, kind: abort, status: 500}}]}}\n" for name in "ab"
        ), 4, "phases[1].faults[0].name", "'x' is taken by phases[0].faults[0] on line 3",
    ),
    "a default name that is taken": (
        FAULT.replace("one", "storm.abort-1") + STORM_ONLY + "    faults:\n      - {kind: abort, status: 500}\n", 10,
        "phases[0].faults[0].name", "'storm.abort-1' is taken",
    ),
    "a limit's number": (
        STORM + "    limits:\n      - {name: a, algorithm: token_bucket, rate: 1/s}\n", 7, "phases[1].limits[0]",
        "needs burst above 0",
    ),
    "a limit twice": (
        STORM + "    limits:\n      - &l {name: a, algorithm: concurrency, quota: 1}\n      - *l\n", None,
        "phases[1].limits[1].name", "'a' is taken by phases[1].limits[0]",
    ),
    "an unknown provider": (STORM + "    providers:\n      bnak: {}\n", 7, "phases[1].providers.bnak", "'bank'?"),
    "an unknown option": (
        STORM + "    providers:\n      bank:\n        reviews: 1s\n", 8, "phases[1].providers.bank.reviews",
        "did you mean 'review'?",
    ),
    "an option's unit": (
        BASE + STORM_ONLY + "    providers: {bank: {review: 9}}\n", 6, "phases[0].providers.bank.review",
        "such as 250ms",
    ),
    "an option inside": (
        BASE + STORM_ONLY + "    providers:\n      bank:\n        hooks:\n          - url: ftp://x\n", 9,
        "phases[0].providers.bank.hooks[0].url", "must begin with http",
    ),
    "an option missing inside": (
        BASE + STORM_ONLY + "    providers:\n      bank:\n        hooks:\n          - {}\n", 9,
        "phases[0].providers.bank.hooks[0].url", "missing",
    ),
    "an unknown option inside": (
        BASE + STORM_ONLY + "    providers:\n      bank:\n        hooks: [{url: http://x, event: [a]}]\n", 8,
        "phases[0].providers.bank.hooks[0].event", "did you mean 'events'?",
    ),
    "options as a list": (
        BASE + STORM_ONLY + "    providers: {bank: [1]}\n", 6, "phases[0].providers.bank", "must be a mapping of keys",
    ),
    "the base's option": (
        HEAD + "providers: {bank: {review: 4}}\n" + STORM_ONLY + "    providers: {bank: {hooks: []}}\n", 2,
        "providers.bank.review", "such as 250ms",
    ),
    "the base's unknown option": (
        HEAD + "providers: {bank: {reviews: 4s}}\n" + STORM_ONLY + "    providers: {bank: {hooks: []}}\n", 2,
        "providers.bank.reviews", "did you mean 'review'?",
    ),
    "the base's unclear option": (
        HEAD + "providers: {bank: {review: 1:30}}\n" + STORM_ONLY + "    providers: {bank: {hooks: []}}\n", 2,
        "providers.bank.review", "base 60",
    ),
    "the base's list": (
        HEAD + "providers: {bank: {hooks: [{}]}}\n" + STORM_ONLY + "    providers: {bank: {review: 1s}}\n", 2,
        "providers.bank.hooks[0].url", "missing",
    ),
    "a phase's oauth": (STORM + "    oauth: {acess_ttl: 1s}\n", 6, "phases[1].oauth.acess_ttl", "'access_ttl'?"),
    "an unknown oauth": (HEAD + "oauth: {rotate: true}\n", 2, "oauth.rotate", "did you mean 'rotation'?"),
    "oauth as text": (HEAD + "oauth: fast\n", 2, "oauth", "must be a mapping of keys, not 'fast'"),
    "a lifetime's unit": (HEAD + "oauth:\n  access_ttl: 130\n", 3, "oauth.access_ttl", "such as 250ms"),
    "no lifetime": (HEAD + "oauth:\n  access_ttl: 0\n", 3, "oauth.access_ttl", "must be above 0"),
    "no lifetime of refreshing": (HEAD + "oauth:\n  refresh_ttl: 0s\n", 3, "oauth.refresh_ttl", "must be above 0"),
    "a reuse": (HEAD + "oauth: {on_reuse: revoke}\n", 2, "oauth.on_reuse", "did you mean 'revoke_family'?"),
    "rotation on": (HEAD + "oauth: {rotation: on}\n", 2, "oauth.rotation", "write true"),
    "a duration beside phases": (
        CALM + "load:\n  duration: 10s\n", 5, "load.duration", "the phases say how long a drill takes, 10s in all",
    ),
    "an unknown phase": (
        STORM + "thresholds:\n  errors{phase:strom}: ['count == 0']\n", 7, "thresholds.errors{phase:strom}",
        "phase: unknown 'strom'; did you mean 'storm'?",
    ),
    "a phase of none": (
        DRILL + "thresholds: {'errors{arm:keyed,phase:a}': ['count == 0']}\n", 4,
        "thresholds.'errors{arm:keyed,phase:a}'", "phase: unknown 'a'; known: none",
    ),
    "an unknown arm in a phase": (
        STORM + "thresholds: {'errors{arm:a,phase:calm}': ['count == 0']}\n", 6,
        "thresholds.'errors{arm:a,phase:calm}'", "arm: unknown 'a'",
    ),
    "steady without phases": (
        HEAD + "steady_state: {errors: ['count == 0']}\n", 2, "steady_state", "needs at least two phases",
    ),
    "steady in one phase": (
        CALM + "steady_state:\n  errors: ['count == 0']\n", 4, "steady_state", "needs at least two phases",
    ),
    "steady in a phase of choice": (
        STORM + "steady_state:\n  errors{phase:calm}: ['count == 0']\n", 7, "steady_state.errors{phase:calm}",
        "select a phase under thresholds",
    ),
    "steady in an unknown metric": (
        STORM + "steady_state:\n  error: ['count == 0']\n", 7, "steady_state.error", "did you mean 'errors'?",
    ),
    "steady without a list": (
        STORM + "steady_state:\n  errors: count == 0\n", 7, "steady_state.errors", "must be a list of assertions",
    ),
    "steady without grammar": (
        STORM + "steady_state:\n  errors:\n    - count = 0\n", 8, "steady_state.errors[0]", "not an assertion",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "key", "words"), PHASES.values(), ids=PHASES)
def test_a_mistake_in_a_phase_has_line_key_and_what_was_meant(
    mistakes: Callable[[str], tuple[Mistake, ...]], text: str, line: int | None, key: str, words: str
) -> None:
    """Exactly one mistake is named, at the phase's own line and key, and one of the base's only there."""
    found = mistakes(text)

    assert [(one.file, one.key) for one in found] == [("broken.yaml", key)], found
    assert line is None or found[0].line == line
    assert words in found[0].message


@pytest.mark.parametrize(
    ("provider", "option"),
    [
        ("stripe", "webhooks: [{url: http://127.0.0.1:1}]"),
        ("onfido", "webhooks: [{url: http://127.0.0.1:1}]"),
        ("oauth", "refresh: []"),
    ],
)
def test_what_only_a_beginning_reads_belongs_to_no_phase(provider: str, option: str) -> None:
    """A phase that could change nothing is a mistake, which says where the option does something."""
    key = option.partition(":")[0]

    with pytest.raises(ScenarioError) as refused:
        scenario.load(STORM + f"    providers:\n      {provider}:\n        {option}\n", registries(), name="broken")

    (mistake,) = refused.value.mistakes
    assert (mistake.line, mistake.key) == (8, f"phases[1].providers.{provider}.{key}")
    assert mistake.message == f"is read once, when a world begins: write it under providers.{provider} at the top"
