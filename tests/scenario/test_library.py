"""The scenarios that travel with Brownout, and how they are found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from brownout import scenario
from brownout.assembly import registries
from brownout.core.errors import UsageError
from brownout.scenario import document, library
from brownout.scenario.check import check
from brownout.scenario.expect import expectations
from brownout.scenario.json_schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = scenario.names()


@pytest.mark.parametrize("name", NAMES)
def test_every_library_scenario_checks_clean(name: str) -> None:
    """A library scenario loads, gives nothing to warn of, and opens with the comment that tells its story."""
    known = registries()

    plan = scenario.load_file(scenario.find(name), known)

    assert plan.name == name
    assert plan.title
    assert [str(one) for one in check(plan, known) if one.severity != "hint"] == []
    assert scenario.find(name).read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("name", NAMES)
def test_every_library_scenario_fits_the_schema(name: str) -> None:
    """An editor that follows `brownout schema` marks nothing in a library scenario."""
    data = document.read(scenario.find(name).read_text(encoding="utf-8")).data

    assert [error.message for error in Draft202012Validator(schema(registries())).iter_errors(data)] == []


def test_lost_answer_strikes_after_the_charge() -> None:
    """The first story: answers to charges are lost after the money moved, some but not all, for both arms."""
    known = registries()

    plan = scenario.load_file(scenario.find("lost-answer"), known)

    (rule,) = plan.rules
    (expected,) = expectations(plan, known)
    assert (rule.name, rule.fault.kind, rule.target) == ("lost-answer", "abort", "response")
    assert (expected.low, expected.high) == (6, 19)
    assert {name: arm.control for name, arm in plan.arms.items()} == {"naive": True, "resilient": False}


def test_a_path_wins_over_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that exists is taken, even one named like a library scenario; a folder is not."""
    (tmp_path / "mine.yaml").write_text("brownout: 1\n", encoding="utf-8")
    (tmp_path / "lost-answer").mkdir()
    monkeypatch.chdir(tmp_path)

    assert scenario.find("mine.yaml") == Path("mine.yaml")
    assert scenario.find("lost-answer").name == "lost-answer.yaml"
    (tmp_path / "lost-answer").rmdir()
    (tmp_path / "lost-answer").write_text("brownout: 1\n", encoding="utf-8")
    assert scenario.find("lost-answer") == Path("lost-answer")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("lost-anwser", "unknown 'lost-anwser'; did you mean 'lost-answer'?"),
        ("zzz", "lost-answer"),
        ("folder/lost-answer.yaml", "no such file: 'folder/lost-answer.yaml'; the library has "),
        ("lost-answer.yml", "no such file"),
        ("a\0b", "unknown 'a\\x00b'"),
        ("x" * 5000, "unknown 'xxx"),
    ],
)
def test_what_isnt_there_is_named_with_what_is(asked: str, words: str) -> None:
    """A name or a path that leads nowhere says what was probably meant, or what there is."""
    with pytest.raises(UsageError) as refused:
        scenario.find(asked)

    assert words in str(refused.value)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Path]]:
    """Two folders that stand for the wheel's library and the repository's."""
    both = (tmp_path / "wheel", tmp_path / "repository")
    monkeypatch.setattr(library, "_FOLDERS", both)
    return both


def test_the_packaged_library_wins(folders: tuple[Path, Path]) -> None:
    """An installed wheel brings its own scenarios; only without them is the repository looked into."""
    wheel, repository = folders
    repository.mkdir()
    (repository / "there.yaml").touch()

    assert scenario.names() == ["there"]
    wheel.mkdir()
    (wheel / "here.yaml").touch()
    assert scenario.names() == ["here"]


def test_no_library_is_no_crash(folders: tuple[Path, Path]) -> None:
    """Without any library, asking for a name still ends in a sentence."""
    assert scenario.names() == []
    with pytest.raises(UsageError, match="known: none"):
        scenario.find("lost-answer")
    with pytest.raises(UsageError, match="the library has nothing"):
        scenario.find("lost-answer.yaml")
