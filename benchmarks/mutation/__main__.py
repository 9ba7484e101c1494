"""How many planted faults in the verdict's own code its tests catch: `python benchmarks/mutation [--sample 400]`.

mutmut (pip install 'mutmut>=3.6') changes `brownout/verdict` in one place at a time and runs the tests of that place. A
change that no test notices has survived. Prints the share that was caught, with its 95% interval, and who survived;
exits with 1 if fewer than 85% were caught. All of them take hours; a sample is drawn from --seed and takes about two
seconds for each change on an idle core.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from brownout.core.chance import uniform
from brownout.verdict.quantiles import interval

ROOT = Path(__file__).resolve().parents[2]
GOAL = 0.85
SURVIVED = 0
UNTESTED = (5, 33)
"""What mutmut notes of a change that no test touches."""
FIRST = "brownout.verdict.quantiles.x_quantile__mutmut_1"
"""One change to begin with: mutmut names the others only once it runs."""
SETUP = """\
[mutmut]
source_paths=src/brownout/verdict
only_mutate=src/brownout/verdict/*
pytest_add_cli_args_test_selection=tests/verdict
pytest_add_cli_args=
    -p
    no:cacheprovider
    -p
    no:xdist
    -p
    no:brownout
    -x
    -q
also_copy=
    src
    loadtests
    scenarios
    docs
    README.md
    benchmarks
"""


def main() -> int:
    """Run and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, metavar="N", help="so many changes instead of all")
    parser.add_argument("--seed", type=int, default=1, help="which sample (default: 1)")
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="work in this folder, and go on where it was left")
    asked = parser.parse_args()
    if shutil.which("mutmut", path=_path()) is None:
        sys.stderr.write("this needs mutmut: pip install 'mutmut>=3.6'\n")
        return 2
    with tempfile.TemporaryDirectory() as aside:
        folder = asked.keep or Path(aside)
        if not (folder / "setup.cfg").exists():
            _lay_out(folder)
        _run(folder, 1, [FIRST])
        names = sorted(_results(folder))
        chosen = sorted(names, key=lambda name: uniform(asked.seed, "mutation", name))[: asked.sample]
        _run(folder, asked.children, chosen)
        found = {name: code for name, code in _results(folder).items() if name in set(chosen)}
    return _say(found, len(names))


def _path() -> str:
    return os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))


def _lay_out(folder: Path) -> None:
    """Copy the project so as mutmut can import it: a package's folder has to be called `src`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tests", "loadtests", "scenarios", "docs", "benchmarks"):
        ignored = shutil.ignore_patterns("node_modules", "__pycache__")
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True, ignore=ignored)
    shutil.copytree(ROOT / "simulator", folder / "src", dirs_exist_ok=True)
    shutil.copy(ROOT / "README.md", folder)
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = project.replace('"tests/support", "loadtests"', '"tests/support", "loadtests", "src"')
    (folder / "pyproject.toml").write_text(project, encoding="utf-8")
    (folder / "setup.cfg").write_text(SETUP, encoding="utf-8")


def _run(folder: Path, children: int, names: list[str]) -> None:
    """Have mutmut try these changes."""
    command = ["mutmut", "run", "--max-children", str(children), *names]
    subprocess.run(command, cwd=folder, env={**os.environ, "PATH": _path()}, check=False, stdout=sys.stderr)


def _results(folder: Path) -> dict[str, int | None]:
    """Return the exit code of each change's tests, None if it wasn't tried."""
    found: dict[str, int | None] = {}
    for file in sorted((folder / "mutants" / "src" / "brownout" / "verdict").rglob("*.meta")):
        found |= json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def _say(found: dict[str, int | None], of: int) -> int:
    """Print what came of it, and return the exit code."""
    tried = {name: code for name, code in found.items() if code is not None}
    survived = sorted(name for name, code in tried.items() if code == SURVIVED or code in UNTESTED)
    if not tried:
        sys.stderr.write("mutmut tried nothing; what it said is above\n")
        return 2
    caught = len(tried) - len(survived)
    low, high = interval(caught / len(tried), len(tried))
    for name in survived:
        print(f"survived: {name}")
    share = caught / len(tried)
    print(f"{caught} of {len(tried)} caught, {share:.1%} (95% {low:.1%} to {high:.1%}); {of:,} changes in all")
    return 0 if caught / len(tried) >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
