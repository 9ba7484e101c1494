"""`brownout verdict` over the files of a run with phases."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import orjson
import pytest
from story import phased

from brownout.cli import run
from brownout.drill.folder import Folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A run that charged one order twice in the storm, written down as a drill does."""
    told = phased(but={12: {"charges": 2}}, thresholds={"payments.duplicated{phase:storm}": ("count == 0",)})
    folder = Folder(tmp_path)
    folder.keep(told.run(), [orjson.dumps(one) + b"\n" for one in told.records])
    return folder.journal("keyed")


def test_phases_survive_the_files(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The verdict from disk judges each phase as the drill did."""
    assert run(["verdict", str(journal)]) == 1
    assert "keyed: payments.duplicated in storm is 1, but a threshold asks for count == 0" in capsys.readouterr().out


def test_junit_is_printed_whole(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--junit` prints the XML and nothing else, with the same exit code."""
    assert run(["verdict", str(journal), "--junit"]) == 1
    assert ET.fromstring(capsys.readouterr().out).get("failures") == "1"  # noqa: S314 - our own text


def test_json_is_printed_whole(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` prints what `verdict.json` holds, with what lies where."""
    assert run(["verdict", str(journal), "--json"]) == 1
    verdict = orjson.loads(capsys.readouterr().out)
    assert verdict["folder"] == str(journal.parent)
    assert [phase["name"] for phase in verdict["arms"]["keyed"]["phases"]] == ["baseline", "storm", "recovery"]


@pytest.mark.parametrize("claim", [b'{"key":"a","outcome":"ok","due":"soon","at":1e300}', b'{"key":"","outcome":"ok"}'])
def test_odd_claims_in_a_file_are_a_doubt(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], claim: bytes
) -> None:
    """Times that make no sense don't keep the rest from being judged."""
    claims = tmp_path / "mine.jsonl"
    claims.write_bytes(claim)

    assert run(["verdict", str(journal), str(claims)]) in (1, 3)
    assert "Traceback" not in capsys.readouterr().err


def test_a_line_without_an_end_is_not_read_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    """A device of zeros would fill the memory."""
    assert run(["verdict", "/dev/zero"]) == 2
    assert "/dev/zero: not JSON: it begins with a zero byte" in capsys.readouterr().err
