"""`brownout sim --seeds`: a line for each seed, and a report of each if somebody wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from brownout.cli import run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def test_seeds_are_told_one_by_one_and_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    """`--seeds`: a line for each, then how often each status came, with its interval."""
    assert run(["sim", "lost-answer", "--seeds", "1..3"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[:3]] == [["seed", str(seed), "pass"] for seed in (1, 2, 3)]
    assert lines[3].startswith("verdict: pass 3 (43.9% to 100.0%), fail 0 ")
    assert lines[4].startswith("arm naive: pass 0 (0.0% to 56.1%), fail 3 ")


def test_each_seed_may_leave_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--report DIR`: in DIR/seed-N is what a simulation under that seed alone leaves, and `compare` takes DIR."""
    monkeypatch.chdir(tmp_path)
    assert run(["sim", "lost-answer", "--seeds", "1..2", "--report", "all"]) == 0
    assert "reports: all" in capsys.readouterr().out.splitlines()
    assert run(["sim", "lost-answer", "--seed", "2", "--report", "one"]) == 0

    for file in sorted((tmp_path / "one").iterdir()):
        told = (tmp_path / "all/seed-2" / file.name).read_bytes()
        assert told == file.read_bytes().replace(b'"one', b'"all/seed-2') or file.suffix in {".html", ".md", ".json"}
    kept = orjson.loads((tmp_path / "all/seed-2/verdict.json").read_bytes())
    assert kept["again"] == "brownout sim lost-answer --seed 2"
    assert kept["status"] == orjson.loads((tmp_path / "one/verdict.json").read_bytes())["status"]
    assert run(["compare", "all", "all", "--no-worse"]) in (0, 3)
    assert "seeds" in capsys.readouterr().out
