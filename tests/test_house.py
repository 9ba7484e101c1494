"""The house keeps its own rules: what belongs together is there, and the docs say what is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from paypalserversdk.configuration import Configuration, Environment

from brownout import scenario
from brownout.assembly import registries
from brownout.cli import COMMANDS
from brownout.faults import FAULTS
from brownout.providers import PROVIDERS
from brownout.scenario.check import check
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


@pytest.mark.sdk
@pytest.mark.parametrize("sdk", ["stripe.StripeClient", "PaypalServersdkClient", "onfido.Configuration"])
def test_the_readmes_first_programs_run(brownout: Sandbox, sdk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a newcomer copies pays an order with Stripe, one with PayPal, and makes an applicant with Onfido."""
    environments = Configuration.environments
    monkeypatch.setitem(environments, Environment.SANDBOX, dict(environments[Environment.SANDBOX]))
    program = next(block for block in blocks("README.md", "python") if sdk in block and "def " not in block)

    exec(program.replace("http://127.0.0.1:8700", brownout.url), {})  # noqa: S102 - our own page

    paid = {"stripe.StripeClient": "order-7", "PaypalServersdkClient": "order-8"}.get(sdk)
    assert brownout.ledger().captured(paid) == 2499 if paid else brownout.exchanges(status=201)


@pytest.mark.slow
@pytest.mark.sdk
def test_the_readmes_tests_pass(tmp_path: Path) -> None:
    """The page's example of a test file, run by pytest as a user would."""
    program = next(block for block in blocks("README.md", "python") if "def test_" in block)
    (tmp_path / "test_shop.py").write_text(program)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
    assert len(program.splitlines()) <= 70


def test_the_readmes_scenario_loads_and_checks_clean() -> None:
    """Copied as it stands; and what the page counts is as many."""
    known = registries()
    page = (ROOT / "README.md").read_text()
    (text,) = blocks("README.md", "yaml")

    plan = scenario.load(text, known)

    assert [str(one) for one in check(plan, known) if one.severity == "warning"] == []
    assert f"[{len(list((ROOT / 'scenarios' / 'incidents').glob('*.yaml')))} incidents](docs/incidents.md)" in page
    assert all(f"docs/faults.md#{kind})" in page for kind in FAULTS)
    assert (len(FAULTS), "of thirty kinds" in page) == (30, True)


@pytest.mark.sdk
def test_the_readmes_javascript_runs(brownout: Sandbox, tmp_path: Path) -> None:
    """The program for Node, against a port of the sandbox's own, as the page's is against the whole server."""
    node = Path(sys.executable).parent / "node"
    modules = ROOT / "tests" / "sdk" / "node" / "node_modules"
    if not modules.is_dir():
        pytest.skip("the Node SDK isn't installed: make test installs it, NODE_SDK=no leaves it out")
    port = brownout.listen("stripe").rpartition(":")[2].strip("/")
    program = blocks("README.md", "js")[0].replace("8700", port)
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "pay.mjs").write_text(program)

    subprocess.run([str(node), "pay.mjs"], cwd=tmp_path, check=True, timeout=60)

    assert brownout.ledger().captured("order-9") == 2499


def test_the_testing_pages_example_runs(brownout: Sandbox) -> None:
    """As a user would paste it: the function under test and its test."""
    names: dict[str, Any] = {}
    exec(blocks("docs/testing.md", "python")[0], names)  # noqa: S102 - our own page

    names["test_a_lost_answer_is_not_charged_twice"](brownout)


def test_the_fault_of_adding_a_fault_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest fault that the page shows, put in force as the page says."""
    from brownout.core.plan import Plan  # noqa: PLC0415 - only here
    from brownout.core.rules import Rule  # noqa: PLC0415 - only here

    module = ModuleType("teapot")
    monkeypatch.setitem(sys.modules, "teapot", module)  # where a dataclass looks for its module's names
    names = module.__dict__
    exec(blocks("docs/adding-a-fault.md", "python")[0], names)  # noqa: S102 - our own page
    rule = Rule(name="tea", fault=names["Teapot"](share=100), target="request")
    transport = EngineTransport(Plan(rules=(rule,)))

    answer = transport.send("GET", "/stripe/v1/balance", headers={"Authorization": "Bearer sk_test_x"})

    assert answer.status == 418
    with pytest.raises(ValueError, match="share"):
        names["Teapot"](share=101)


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
