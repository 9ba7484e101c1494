"""`brownout compare` and `brownout trend` as a user types them."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from report_page import HOSTILE, everywhere
from story import Story

from brownout.cli import run
from brownout.drill.folder import Folder
from brownout.verdict import judge

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def _keep(folder: Path, *bad: int, orders: int = 40, seed: int = 7, files: bool = True, **more: Any) -> Path:
    """Leave a report as a drill does; the orders of these numbers are charged twice."""
    told = Story(thresholds={"payments.duplicated": ("count == 0",)})
    told.head = replace(told.head, seed=seed, versions={"brownout": "1.0"})
    for n in range(orders):
        told.order(f"order-{n:04d}", charges=2 if n in bad else 1)
    folder.mkdir(parents=True)
    if files:
        Folder(folder).keep(told.run(), [orjson.dumps(one) + b"\n" for one in told.records])
    (folder / "verdict.json").write_bytes(orjson.dumps({**judge([told.run()]), **more}))
    return folder


def _says(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_no_worse_is_an_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 for the same client, 1 for one that begins to charge twice; without --no-worse always 0."""
    main, same, worse = _keep(tmp_path / "main"), _keep(tmp_path / "same"), _keep(tmp_path / "worse", 3, 8)

    assert run(["compare", str(main), str(same), "--no-worse"]) == 0
    assert _says(capsys).startswith("PASS")
    assert run(["compare", str(main), str(worse), "--no-worse"]) == 1
    assert "payments.duplicated is worse: 0 before, 2 now" in _says(capsys)
    assert run(["compare", str(main), str(worse)]) == 0


def test_a_margin_that_cant_be_shown_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """40 orders can't rule out a drop of 1 point."""
    main, same = _keep(tmp_path / "main"), _keep(tmp_path / "same")

    assert run(["compare", str(main), str(same), "--no-worse", "--margin", "goodput.rate=0.01"]) == 3
    assert "goodput.rate may be worse by more than 0.01" in _says(capsys)
    assert run(["compare", str(main), str(same), "--no-worse", "--margin", "goodput.rate=0.2"]) == 0


def test_orders_are_paired_where_the_journals_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Else the comparison says that they aren't, and goes by the shares."""
    main, worse = _keep(tmp_path / "main"), _keep(tmp_path / "worse", *range(0, 40, 4))
    bare = _keep(tmp_path / "bare", files=False)

    run(["compare", str(main), str(worse)])
    assert "the same 40 orders: 0 ended well only in B, 10 only in A" in _says(capsys)
    run(["compare", str(main), str(bare)])
    assert "orders aren't paired" in _says(capsys)


def test_journals_of_another_run_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A verdict that was copied beside somebody else's journals."""
    main, other = _keep(tmp_path / "main"), _keep(tmp_path / "other", seed=8)
    (other / "verdict.json").write_bytes((main / "verdict.json").read_bytes())

    assert run(["compare", str(main), str(other)]) == 0
    said = _says(capsys)
    assert "of another run than" in said
    assert "orders aren't paired" in said


def test_json_has_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the table says, for programs."""
    main, worse = _keep(tmp_path / "main"), _keep(tmp_path / "worse", 3)

    assert run(["compare", str(main), str(worse), "--no-worse", "--json"]) == 1
    found = orjson.loads(capsys.readouterr().out)
    [arm] = found["arms"]
    charged = next(one for one in arm["metrics"] if one["metric"] == "payments.duplicated")
    assert (found["status"], found["seeds"]) == ("fail", [7])
    assert (charged["a"], charged["b"], charged["difference"], charged["outcome"]) == (0, 1, 1, "worse")
    assert arm["orders"]["only_a_good"] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 8}, "the seeds differ: A has no run of seed 8"),
        (
            {"scenario": {"name": "lost-answer", "title": "", "digest": "f" * 64}},
            "the scenario's content: none and fff",
        ),
        ({"load": {"rate_per_second": 2}}, "load.rate_per_second: none and 2"),
        ({"versions": {"brownout": "2.0"}}, "were made by Brownout 1.0 and 2.0: run both with one version"),
        ({"brownout_verdict": 2}, "this verdict has version 2, and this Brownout reads version 1"),
        ({"arms": {}}, "have no deciding arm in common: keyed and none"),
    ],
)
def test_unlike_runs_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], said: str
) -> None:
    """Exit code 2, saying in what they differ."""
    main, other = _keep(tmp_path / "main"), _keep(tmp_path / "other", **change)

    assert run(["compare", str(main), str(other), "--no-worse"]) == 2
    assert said.replace("A has", f"{main} has") in _says(capsys)


def test_another_version_can_be_allowed(tmp_path: Path) -> None:
    """By whoever knows what changed."""
    main, other = _keep(tmp_path / "main"), _keep(tmp_path / "other", versions={"brownout": "2.0"})

    assert run(["compare", str(main), str(other), "--allow-other-version"]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "nowhere"], "nowhere: no such file or folder"),
        (["{tmp}", "{tmp}"], "there is no verdict.json in it"),
        (["{tmp}/x\0", "{tmp}"], "no such file or folder"),
        (["{tmp}/broken.json", "{tmp}/broken.json"], "broken.json: not JSON"),
        (["{tmp}/list.json", "{tmp}/list.json"], "list.json: not a verdict: it has no brownout_verdict"),
        (["{tmp}/half.json", "{tmp}/half.json"], "half.json: not a whole verdict: it has no status, reasons"),
        (["a", "b", "--margin", "goodput.rat=1"], "unknown 'goodput.rat'; did you mean 'goodput.rate'?"),
        (["a", "b", "--margin", "goodput.rate"], "must be METRIC=NUMBER"),
        (["a", "b", "--margin", "goodput.rate=-1"], "must be METRIC=NUMBER"),
        (["a", "b", "--margin", "goodput.rate=nan"], "must be METRIC=NUMBER"),
        (["a", "b", "--metric", "operations"], "operations: neither more nor less of it is better by itself"),
    ],
)
def test_wrong_input_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """Exit code 2, never a traceback."""
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "half.json").write_text('{"brownout_verdict": 1}')

    assert run(["compare", *(one.format(tmp=tmp_path) for one in arguments)]) == 2
    assert said in _says(capsys)


@pytest.mark.parametrize("spoiled", [{"arms": []}, {"arms": {"keyed": 3}}, {"versions": None}, {"scenario": "x"}])
def test_verdicts_that_somebody_edited_are_told_from_bugs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoiled: dict[str, Any]
) -> None:
    """What isn't of the types that we write is the file's fault, and says so."""
    kept = _keep(tmp_path / "main", files=False, **spoiled)

    assert run(["compare", str(kept), str(kept)]) == 2
    assert "as Brownout writes" in _says(capsys)
    assert run(["trend", str(kept), "--out", str(tmp_path / "t.html")]) == (0 if "versions" in spoiled else 2)
    assert "internal error" not in _says(capsys)


def test_seeds_are_compared_one_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder of report folders, or a pattern of them; each seed once, and the same ones on both sides."""
    for seed in range(3):
        _keep(tmp_path / "main" / str(seed), seed=seed, files=False)
        _keep(tmp_path / "branch" / str(seed), seed=seed, files=False)
    main, branch = str(tmp_path / "main"), str(tmp_path / "branch" / "*")

    assert run(["compare", main, branch, "--no-worse"]) == 3
    assert "3 seeds: 17 more are needed for intervals" in _says(capsys)
    _keep(tmp_path / "branch" / "3", seed=3, files=False)
    assert run(["compare", main, branch]) == 2
    assert f"{main} has no run of seed 3" in _says(capsys)
    _keep(tmp_path / "branch" / "again", seed=3, files=False)
    assert run(["compare", main, branch]) == 2
    assert "seed 3 is there twice" in _says(capsys)


def test_twenty_seeds_have_intervals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And say by which share failures became fewer."""
    for seed in range(20):
        _keep(tmp_path / "a" / str(seed), *range(seed % 4 + 2), seed=seed, files=False)
        _keep(tmp_path / "b" / str(seed), *range(seed % 2), seed=seed, files=False)

    assert run(["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--no-worse", "--json"]) == 0
    [arm] = orjson.loads(capsys.readouterr().out)["arms"]
    errors = next(one for one in arm["metrics"] if one["metric"] == "errors")
    assert errors["how"] == "seeds"
    assert errors["reduction"] == pytest.approx(1 - 0.5 / 3.5)
    assert errors["reduction_interval"][0] < errors["reduction"] < errors["reduction_interval"][1]
    assert run(["compare", str(tmp_path / "b"), str(tmp_path / "a"), "--no-worse"]) == 1


def test_seeds_without_scipy_say_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes with the drill's extra; one seed is compared without."""
    for side in ("a", "b"):
        for seed in range(20):
            _keep(tmp_path / side / str(seed), seed=seed, files=False)
    monkeypatch.setitem(sys.modules, "scipy.stats", None)

    assert run(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 2
    assert "pip install 'brownout[drill]'" in _says(capsys)
    assert run(["compare", str(tmp_path / "a" / "3"), str(tmp_path / "b" / "3"), "--no-worse"]) == 0


def test_a_trend_is_one_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the order of the files' time, with a chart for each threshold and a row for each run."""
    for n in (10, 9, 8):
        kept = _keep(tmp_path / f"run-{n}", *range(n == 9), files=False)
        os.utime(kept / "verdict.json", (1_700_000_000 + n, 1_700_000_000 + n))
    page = tmp_path / "trend.html"

    assert run(["trend", str(tmp_path), "--out", str(page), "--label", "folder"]) == 0
    assert f"{page}: 3 runs, 2 passed" in _says(capsys)
    text = page.read_text()
    assert text.index(">run-10<") < text.index(">run-9<") < text.index(">run-8<")
    assert "payments.duplicated count == 0" in text
    assert "default-src &#x27;none&#x27;" in text
    assert '"tickvals":[0,1,2]' in text


def test_a_trend_shows_what_others_wrote_as_text(tmp_path: Path) -> None:
    """Titles, names and messages are somebody else's."""
    kept = _keep(tmp_path / "run", files=False)
    verdict = orjson.loads((kept / "verdict.json").read_bytes())
    arms = verdict.pop("arms")
    spoiled = {**everywhere(verdict, HOSTILE), "arms": {HOSTILE: arms["keyed"]}}
    (kept / "verdict.json").write_bytes(orjson.dumps(spoiled))

    assert run(["trend", str(tmp_path), "--out", str(tmp_path / "t.html"), "--label", "version"]) == 0
    assert "<img src=x" not in (tmp_path / "t.html").read_text()


def test_a_page_that_cant_be_written_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Says which and why."""
    kept = _keep(tmp_path / "run", files=False)

    assert run(["trend", str(kept), "--out", str(tmp_path / "none" / "t.html")]) == 2
    assert "No such file or directory" in _says(capsys)
