"""Broken rules: windows, ends, choices, cohorts, presets. Each has one mistake, with its line, key and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brownout.core.errors import Mistake

HEAD = "brownout: 1\n"
FAULT = HEAD + "faults:\n  - name: one\n    kind: abort\n    status: 503\n"
CHOICE = HEAD + "faults:\n  - name: some\n    one_of:\n      - {kind: abort, status: 500, percentage: 60}\n"

WINDOWS = {
    "at without a unit": (FAULT + "    at: 30\n", 6, "faults[0].at", "such as 250ms, 2s"),
    "at before the beginning": (FAULT + "    at: -1s\n", 6, "faults[0].at", "not a duration: '-1s'"),
    "a window of no length": (FAULT + "    for: 0\n", 6, "faults[0].for", "for must be above 0"),
    "repeat without for": (FAULT + "    repeat: 60s\n", 6, "faults[0].repeat", "repeat needs for"),
    "repeat without a pause": (
        FAULT + "    for: 60s\n    repeat: 60s\n", 7, "faults[0].repeat", "there would be no pause",
    ),
    "ramp without percentage": (FAULT + "    ramp: 20s\n", 6, "faults[0].ramp", "needs percentage"),
    "ramp of a count": (FAULT + "    first: 3\n    ramp: 20s\n", 7, "faults[0].ramp", "needs percentage"),
    "ramp longer than for": (
        FAULT + "    percentage: 5\n    for: 10s\n    ramp: 20s\n", 8, "faults[0].ramp", "must not be longer than for",
    ),
    "max 0": (FAULT + "    max: 0\n", 6, "faults[0].max", "must be at least 1, not 0"),
    "a key of match": (FAULT + "    cohort: 3%\n", 6, "faults[0].cohort", "belongs into match: {cohort: …}"),
    "max as text": (FAULT + "    max: five\n", 6, "faults[0].max", "must be a whole number, not 'five'"),
}  # fmt: skip

CHOICES = {
    "no branches": (HEAD + "faults:\n  - {name: a, one_of: }\n", 3, "faults[0].one_of", "is empty: list the faults"),
    "an empty list": (HEAD + "faults:\n  - {one_of: []}\n", 3, "faults[0].one_of", "is empty: list the faults"),
    "no list": (HEAD + "faults:\n  - {name: a, one_of: {kind: abort}}\n", 3, "faults[0].one_of", "must be a list"),
    "a branch without a share": (
        CHOICE + "      - {kind: latency, delay: 1s}\n", 6, "faults[0].one_of[1].percentage", "missing; each branch",
    ),
    "110 percent": (
        CHOICE + "      - {kind: latency, delay: 1s, percentage: 50}\n", 4, "faults[0].one_of",
        "the percentages add up to 110.0, and a call has 100",
    ),
    "a branch's own match": (
        CHOICE + "      - {kind: latency, delay: 1s, percentage: 5, match: {key: a}}\n", 6, "faults[0].one_of[1].match",
        "belongs to the choice",
    ),
    "a branch's own window": (
        CHOICE + "      - {kind: latency, delay: 1s, percentage: 5, at: 1s}\n", 6, "faults[0].one_of[1].at",
        "belongs to the choice",
    ),
    "a branch that counts": (
        CHOICE + "      - {kind: latency, delay: 1s, percentage: 5, nth: 3}\n", 6, "faults[0].one_of[1].nth",
        "counts calls, and branches share a draw",
    ),
    "a choice in a choice": (
        CHOICE + "      - one_of: []\n", 6, "faults[0].one_of[1].one_of", "a choice has no choice inside",
    ),
    "a choice that counts": (CHOICE + "    percentage: 5\n", 6, "faults[0].percentage", "unknown 'percentage'"),
    "a branch's kind": (
        CHOICE + "      - {kind: latncy, percentage: 5}\n", 6, "faults[0].one_of[1].kind", "did you mean 'latency'?",
    ),
    "a branch's name": (
        CHOICE + "      - {name: some, kind: latency, delay: 1s, percentage: 5}\n", 6, "faults[0].one_of[1].name",
        "'some' is taken by faults[0] on line 3",
    ),
    "a branch's target": (
        CHOICE + "      - {kind: latency, delay: 1s, percentage: 5, target: respons}\n", 6,
        "faults[0].one_of[1].target", "did you mean 'response'?",
    ),
    "a choice's ramp": (
        CHOICE + "    ramp: 9s\n    for: 5s\n", 6, "faults[0].ramp", "must not be longer than for",
    ),
}  # fmt: skip

COHORTS = {
    "no share": (FAULT + "    match: {cohort: {by: account}}\n", 6, "faults[0].match.cohort", "needs a share"),
    "too large a share": (
        FAULT + "    match: {cohort: {share: 300}}\n", 6, "faults[0].match.cohort.share", "from 0 to 100",
    ),
    "by nothing": (
        FAULT + "    match:\n      cohort: {share: 3%, by: customer}\n", 7, "faults[0].match.cohort.by",
        "must be one of client, account, key, object, ip, body.PATH or header.NAME, not 'customer'",
    ),
    "an unknown key": (
        FAULT + "    match: {cohort: {share: 3%, of: key}}\n", 6, "faults[0].match.cohort.of", "known: by, share",
    ),
    "a grant": (FAULT + "    match: {grant: []}\n", 6, "faults[0].match.grant", "an empty list fits nothing"),
}  # fmt: skip

USES = {
    "a number": (HEAD + "use: 5\n", 2, "use", "must be the name of a library scenario, or a list of names, not 5"),
    "a mapping": (HEAD + "use: {a: b}\n", 2, "use", "not a mapping"),
    "an unknown name": (HEAD + "use: lost-token\n", 2, "use", "unknown 'lost-token'; did you mean 'lost-tokens'?"),
    "an unknown name of several": (HEAD + "use:\n  - slow\n  - slwo\n", 4, "use[1]", "did you mean 'slow'?"),
    "twice": (HEAD + "use: [slow, slow]\n", 2, "use[1]", "'slow' is given twice"),
    "an unknown name in a phase": (
        HEAD + "phases:\n  - {name: a, duration: 1s, use: slwo}\n", 3, "phases[0].use", "did you mean 'slow'?",
    ),
    "a name that is taken": (
        HEAD + "use: slow\nfaults:\n  - {name: slow-pay, kind: latency, delay: 1s}\n", 2, "use",
        "the rule 'slow-pay' of slow has a name that is taken by faults[0] on line 4",
    ),
    "two that clash": (
        HEAD + "use: [slow, slow-too]\n", 2, "use[1]", "is taken by faults[0] of slow on line 3",
    ),
    "a limit that is taken": (
        HEAD + "use: tight\nlimits:\n  - {name: few, algorithm: concurrency, quota: 1}\n", 2, "use",
        "the limit 'few' of tight has a name that is taken here",
    ),
}  # fmt: skip


@pytest.fixture
def presets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of a few incidents; the folder that they are in."""
    from brownout.scenario import library  # noqa: PLC0415

    folder = tmp_path / "scenarios" / "incidents"
    folder.mkdir(parents=True)
    for name, text in {
        "slow": "faults:\n  - {name: slow-pay, kind: latency, delay: 1s}\n",
        "slow-too": "faults:\n  - {name: slow-pay, kind: latency, delay: 2s}\n",
        "lost-tokens": "faults:\n  - {kind: abort, match: {operation: bank.token}, status: 504}\n",
        "tight": "limits: [{name: few, algorithm: concurrency, quota: 1}]\n",
    }.items():
        (folder / f"{name}.yaml").write_text(HEAD + text, encoding="utf-8")
    monkeypatch.setattr(library, "_FOLDERS", (tmp_path / "scenarios",))
    return folder


@pytest.mark.usefixtures("presets")
@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        pytest.param(*broken, id=f"{place}: {name}")
        for place, table in (("windows", WINDOWS), ("choices", CHOICES), ("cohorts", COHORTS), ("uses", USES))
        for name, broken in table.items()
    ],
)
def test_a_mistake_has_line_key_and_what_was_meant(
    mistakes: Callable[[str], tuple[Mistake, ...]], text: str, line: int, key: str, words: str
) -> None:
    """A broken rule is refused with exactly one mistake, at its own line and key, that says what is allowed."""
    found = mistakes(text)

    assert [(one.file, one.line, one.key) for one in found] == [("broken.yaml", line, key)], found
    assert words in found[0].message


@pytest.mark.parametrize(
    ("preset", "line", "key", "words"),
    [
        ("brownout: 1\nfaults: [{kind: abort}]\n", 2, "faults[0]", "abort needs"),
        ("brownout: 1\nuse: slow\n", 2, "use", "it uses others itself"),
        ("brownout: 1\ntitle: nothing\n", 1, "", "mine has nothing to be used"),
        (
            "brownout: 1\nproviders: {bank: {review: 1s}}\nphases: [{name: a, duration: 1s, faults: []}]\n",
            3,
            "phases",
            "what goes wrong in mine is in its phases",
        ),
        ("brownout: 2\nfaults: []\n", 1, "brownout", "must be 1"),
        ("brownout: 1\nfaults: [\n", 2, "", "isn't YAML"),
        ("- brownout\n", 1, "brownout", "must be 1"),
        ("brownout: 1\noauth: {access_ttl: 5}\n", 2, "oauth.access_ttl", "not a duration"),
        ("brownout: 1\nproviders: {bank: {reviews: 1s}}\n", 2, "providers.bank.reviews", "did you mean 'review'?"),
        ("brownout: 1\nidentity: {bank.pay: body.a}\n", 2, "identity.bank.pay", "unknown 'bank.pay'"),
    ],
)
def test_a_presets_own_mistake_names_its_file(
    presets: Path, mistakes: Callable[[str], tuple[Mistake, ...]], preset: str, line: int, key: str, words: str
) -> None:
    """What is wrong with a preset is said of the preset's file, once, wherever it is used."""
    (presets / "mine.yaml").write_text(preset, encoding="utf-8")

    found = mistakes(HEAD + "use: mine\nphases:\n  - {name: a, duration: 1s, use: mine}\n")

    assert [(one.file, one.line, one.key) for one in found] == [("scenarios/incidents/mine.yaml", line, key)], found
    assert words in found[0].message
