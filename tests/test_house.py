"""The house keeps its own rules: what belongs together is there, and the docs say what is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from brownout.cli import COMMANDS
from brownout.faults import FAULTS
from brownout.providers import PROVIDERS
from brownout.testing import EngineTransport, Sandbox

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "simulator" / "brownout"
SOURCES = sorted(PACKAGE.rglob("*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of a language on a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("kind", FAULTS)
def test_every_fault_has_its_file_and_its_heading(kind: str) -> None:
    """The same name everywhere: file, kind, docs heading."""
    assert (PACKAGE / "faults" / f"{kind}.py").is_file()
    assert f"\n## {kind}\n" in (ROOT / "docs" / "faults.md").read_text()


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_has_its_folder_page_and_tests(name: str) -> None:
    """And its operations are named after it, each once."""
    names = [operation.name for operation in PROVIDERS[name].operations]

    assert (PACKAGE / "providers" / name).is_dir()
    assert (ROOT / "docs" / "providers" / f"{name}.md").is_file()
    assert (ROOT / "tests" / "providers" / name).is_dir()
    assert all(one.startswith(f"{name}.") for one in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_mentioned_where_a_user_looks(command: str) -> None:
    """On some page as it is typed."""
    assert any(f"brownout {command}" in page.read_text() for page in PAGES)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_file_outgrows_one_sitting(source: Path) -> None:
    """At 400 lines, ask which two topics are inside."""
    assert len(source.read_text().splitlines()) < 400


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that exists."""
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / link).exists(), link


def test_the_readmes_python_runs(brownout: Sandbox) -> None:
    """The first program a newcomer copies pays an order."""
    program = next(block for block in blocks("README.md", "python") if "StripeClient" in block)

    exec(program.replace("http://127.0.0.1:8700", brownout.url), {})  # noqa: S102 - our own page

    assert brownout.ledger().captured("order-7") == 2499


def test_the_testing_pages_example_runs(brownout: Sandbox) -> None:
    """As a user would paste it: the function under test and its test."""
    names: dict[str, Any] = {}
    exec(blocks("docs/testing.md", "python")[0], names)  # noqa: S102 - our own page

    names["test_a_lost_answer_is_not_charged_twice"](brownout)


def test_the_fault_of_adding_a_fault_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest fault that the page shows, put in force as the page says."""
    from brownout.core.plan import Plan, Rule  # noqa: PLC0415 - only here

    module = ModuleType("teapot")
    monkeypatch.setitem(sys.modules, "teapot", module)  # where a dataclass looks for its module's names
    names = module.__dict__
    exec(blocks("docs/adding-a-fault.md", "python")[0], names)  # noqa: S102 - our own page
    rule = Rule(name="tea", fault=names["Teapot"](share=1.0), target="request")
    transport = EngineTransport(Plan(rules=(rule,)))

    answer = transport.send("GET", "/stripe/v1/balance", headers={"Authorization": "Bearer sk_test_x"})

    assert answer.status == 418
    with pytest.raises(ValueError, match="share"):
        names["Teapot"](share=2.0)


@pytest.mark.slow
@pytest.mark.e2e
@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_every_command_explains_itself(command: list[str]) -> None:
    """`--help` exits 0 and shows an example."""
    done = subprocess.run(
        [sys.executable, "-m", "brownout", *command, "--help"], capture_output=True, text=True, check=True
    )
    assert "Examples:" in done.stdout
    assert f"brownout {command[0] if command else 'serve'} " in done.stdout
