"""Unmodified programs under `brownout run --intercept`: each calls its provider's real host, and is answered here.

They run where only loopback is up, so what succeeds can't have left the machine. On a machine that allows no network
namespaces the journal has to show it: every call of the program is in it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from run_intercepted import BALANCE, CUSTOMER, ORDERED, PAID, PROGRAMS, Expected

if TYPE_CHECKING:
    from pathlib import Path

    from run_intercepted import Run

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.sdk]

PYTHON = {
    "stripe_python": PAID,
    "paypal_python": ORDERED,
    "onfido_python": Expected("Ada Byron", [("onfido.applicants.create", 201)]),
    "requests_script": Expected("200 ada@example.com balance", [CUSTOMER, ("stripe.customers.retrieve", 200), BALANCE]),
    "httpx_script": Expected("{200} ada@example.com", [BALANCE] * 10 + [CUSTOMER]),
    "aiohttp_script": Expected("200 ada@example.com", [CUSTOMER]),
}


@pytest.mark.parametrize("program", PYTHON)
def test_a_python_program_runs_unmodified(run: Run, program: str) -> None:
    """SDKs and plain clients, with and without roots and proxies of their own."""
    done = run([sys.executable, str(PROGRAMS / f"{program}.py")])

    assert (done.code, done.printed.strip()) == (0, PYTHON[program].printed), done.said
    assert done.answered == PYTHON[program].answered


def test_curl_runs_unmodified(run: Run) -> None:
    """A shell script that calls three providers, live hosts too."""
    done = run(["sh", str(PROGRAMS / "curl.sh")])

    assert (done.code, done.printed.count("\n")) == (0, 3), done.said
    assert done.answered == [BALANCE, ("paypal.token", 200), ("onfido.applicants.list", 200)]


def test_a_go_program_runs_unmodified(run: Run, tmp_path: Path) -> None:
    """Nothing but the standard library, statically linked: there is nothing to hook."""
    if shutil.which("go") is None:
        pytest.skip("no Go here (the command `go`)")
    subprocess.run(["go", "build", "-o", str(tmp_path / "pay"), str(PROGRAMS / "pay.go")], check=True, timeout=300)

    done = run(["./pay"])

    assert (done.code, done.printed.strip()) == (0, PAID.printed), done.said
    assert done.answered == PAID.answered


def test_a_java_program_runs_unmodified(run: Run) -> None:
    """Both of the standard library's clients."""
    if shutil.which("javac") is None:
        pytest.skip("no JDK here (the commands `java` and `javac`)")

    done = run(["java", str(PROGRAMS / "Pay.java")])

    assert (done.code, done.printed.strip()) == (0, "succeeded 200"), done.said
    assert done.answered == [*PAID.answered, BALANCE]


def test_every_program_is_run() -> None:
    """A new one is named by a test of this folder."""
    tests = "".join(test.read_text() for test in PROGRAMS.parent.glob("test_*.py"))

    for program in PROGRAMS.glob("*.*"):
        assert f'"{program.name}"' in tests or f'"{program.stem}"' in tests
