"""What commands make of a verdict: exit codes, tries, folders of scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import orjson
import pytest
from story import Story

from brownout.cli import run
from brownout.cli.each import drill_each
from brownout.cli.outcome import AS_IT_IS, Doubt, code_of, doubt, taken_for_good, until_known
from brownout.drill.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOWHERE = click.Context(click.Command("drill"))
OPTION = click.Option(["--on-inconclusive"])
SCENARIO = "brownout: 1\ntitle: T\narms: {mine: {client: resilient}}\n"


def _verdict(status: str, *, interrupted: bool = False) -> dict[str, Any]:
    return {"status": status, "reasons": [f"it was {status}"], "interrupted": interrupted}


@pytest.mark.parametrize(
    ("said", "codes"),
    [(None, (0, 1, 3)), ("fail", (0, 1, 1)), ("pass", (0, 1, 0)), ("retry:3", (0, 1, 3))],
)
def test_only_what_is_unknown_is_taken_for_something(said: str | None, codes: tuple[int, ...]) -> None:
    """A fail stays one whatever is said about what is inconclusive; and so does an interruption."""
    found = doubt(NOWHERE, OPTION, said)

    assert tuple(code_of(_verdict(one), found) for one in ("pass", "fail", "inconclusive")) == codes
    assert code_of(_verdict("inconclusive", interrupted=True), found) == 130


@pytest.mark.parametrize(
    "said",
    ["", "retry", "retry:", "retry:0", "retry:21", "retry:x", "retry:²", "retry:" + "9" * 5_000, "Pass", "pass:1"],
)
def test_anything_else_is_refused(said: str) -> None:
    """With what is allowed."""
    with pytest.raises(click.BadParameter, match="none of fail, pass and retry:N"):
        doubt(NOWHERE, OPTION, said)


@pytest.mark.parametrize(
    ("told", "said", "code"),
    [
        (Story(), "pass", 0),
        (Story(), "fail", 1),
        (Story().orders(3, charges=2), "pass", 1),
        (Story().orders(3), "fail", 0),
        (Story(interrupted=True).orders(3), "pass", 130),
    ],
    ids=["unknown-pass", "unknown-fail", "failed-pass", "passed-fail", "interrupted-pass"],
)
def test_the_files_of_a_run_are_judged_by_it(tmp_path: Path, told: Story, said: str, code: int) -> None:
    """`brownout verdict --on-inconclusive`, over what a drill left."""
    folder = Folder(tmp_path)
    folder.keep(told.run(), [orjson.dumps(one) + b"\n" for one in told.records])

    assert run(["verdict", str(folder.journal("keyed")), "--on-inconclusive", said]) == code


def test_files_cant_be_tried_again() -> None:
    """They have one verdict."""
    with pytest.raises(click.BadParameter, match="fail or pass"):
        taken_for_good(NOWHERE, OPTION, "retry:2")


@pytest.mark.parametrize(
    ("retries", "statuses", "ended", "earlier"),
    [
        (2, ["pass"], "pass", None),
        (2, ["inconclusive", "pass"], "pass", 1),
        (2, ["inconclusive", "inconclusive", "fail"], "fail", 2),
        (2, ["inconclusive"] * 3, "inconclusive", 2),
        (2, ["fail"], "fail", None),
        (0, ["inconclusive"], "inconclusive", None),
    ],
)
def test_it_runs_again_only_while_nothing_is_known(
    retries: int, statuses: list[str], ended: str, earlier: int | None
) -> None:
    """As often as allowed; the last verdict counts and names what the earlier ones were."""
    left = iter(statuses)

    verdict = until_known(lambda: _verdict(next(left)), Doubt(retries=retries))

    assert verdict["status"] == ended
    assert list(left) == []
    assert (len(verdict["retries"]) if "retries" in verdict else None) == earlier


def test_an_interrupted_run_is_not_tried_again() -> None:
    """Whoever pressed Ctrl-C meant it."""
    left = iter([_verdict("inconclusive", interrupted=True)])

    assert until_known(lambda: next(left), Doubt(retries=3))["interrupted"]


class Played:
    """Stands for the drill: gives these verdicts one after the other."""

    def __init__(self, *verdicts: dict[str, Any]) -> None:
        self.left = list(verdicts)
        self.played: list[tuple[str, Path]] = []

    def __call__(self, scenario: str, options: Mapping[str, Any], *, quiet: bool) -> dict[str, Any]:
        assert quiet
        self.played.append((scenario, options["report"]))
        return self.left.pop(0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three scenarios, one of them in a folder of its own."""
    for name in ("b.yaml", "a.yml", "deep/c.yaml", "notes.txt"):
        path = tmp_path / "kept" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SCENARIO)
    return tmp_path / "kept"


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (("pass", "pass", "pass"), 0),
        (("pass", "inconclusive", "pass"), 3),
        (("inconclusive", "fail", "pass"), 1),
    ],
)
def test_a_folder_has_the_worst_exit_code(
    folder: Path, capsys: pytest.CaptureFixture[str], statuses: tuple[str, ...], code: int
) -> None:
    """Each file in turn, a line each, a report folder each, and how many passed."""
    played = Played(*map(_verdict, statuses))

    assert drill_each(folder, {"report": folder / "out", "on_inconclusive": AS_IT_IS}, played) == code
    assert [one for one, _ in played.played] == [str(folder / name) for name in ("a.yml", "b.yaml", "deep/c.yaml")]
    assert played.played[2][1] == folder / "out" / "deep" / "c"
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == [one.upper() for one in statuses]
    assert lines[3].startswith(f"{statuses.count('pass')} of 3 passed")


def test_files_of_one_name_have_a_report_each(folder: Path) -> None:
    """The endings tell them apart then, and only then."""
    (folder / "b.yml").write_text(SCENARIO)
    played = Played(*map(_verdict, ["pass"] * 4))

    drill_each(folder, {"report": folder / "out", "on_inconclusive": AS_IT_IS}, played)

    assert [path.relative_to(folder / "out").as_posix() for _, path in played.played] == [
        "a", "b.yaml", "b.yml", "deep/c",
    ]  # fmt: skip


def test_what_was_taken_for_a_pass_is_told_apart(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It isn't counted among those that passed."""
    played = Played(*map(_verdict, ("pass", "inconclusive", "pass")))

    assert drill_each(folder, {"report": None, "on_inconclusive": Doubt(code=0)}, played) == 0
    said = capsys.readouterr().out
    assert "b.yaml, taken for a pass  it was inconclusive" in said
    assert "2 of 3 passed, 1 taken for a pass;" in said


def test_a_folder_ends_with_an_interruption(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rest is said not to have run."""
    played = Played(_verdict("pass"), _verdict("inconclusive", interrupted=True))

    assert drill_each(folder, {"report": None, "on_inconclusive": AS_IT_IS}, played) == 130
    assert "1 of 3 passed, 1 did not run" in capsys.readouterr().out


def test_mistakes_are_told_before_anything_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of all files at once."""
    (folder / "a.yml").write_text("brownout: 1\nfautls: []\n")
    (folder / "b.yaml").write_text("brownout: 1\ntitle: T\n")

    assert run(["drill", str(folder)]) == 2
    said = capsys.readouterr().err
    assert "a.yml:2: fautls" in said
    assert "b.yaml: it has no arms" in said


def test_an_empty_folder_is_said_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rather than passed."""
    assert run(["drill", str(tmp_path)]) == 2
    assert "there is no scenario in this folder" in capsys.readouterr().err


@pytest.mark.slow
def test_regressions_are_drilled_by_one_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For real: two files, their reports, and the worst exit code."""
    head = (
        "brownout: 1\nload: {journey: payment, rate: 8/s, duration: 2s}\n"
        "arms: {ARM: {client: ARM}}\nthresholds: {payments.duplicated: ['count == 0']}\n"
        "faults: [{name: lost, kind: cut, match: {operation: '*.payment_intents.create'}, percentage: 60,"
        " connection: reset}]\n"
    )
    kept = tmp_path / "regressions"
    kept.mkdir()
    (kept / "good.yaml").write_text(head.replace("ARM", "resilient"))
    (kept / "twice.yaml").write_text(head.replace("ARM", "naive"))

    code = run(["drill", str(kept), "--seed", "5", "--report", str(tmp_path / "out")])

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert lines[0].startswith(("PASS", "INCONCLUSIVE"))
    assert lines[1].startswith("FAIL")
    assert (tmp_path / "out" / "twice" / "verdict.json").is_file()
    assert (tmp_path / "out" / "good" / "summary.md").is_file()
