"""`serve --intercept`, `serve --tls` and `brownout ca` as a user types them."""

from __future__ import annotations

import json
import os
import shlex
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from brownout.cli import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
BROWNOUT = [sys.executable, "-m", "brownout"]


@contextmanager
def served(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a server, and stop it within two seconds."""
    with subprocess.Popen(
        [*BROWNOUT, "serve", "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            began = time.monotonic()
            process.terminate()
            out, errors = process.communicate(timeout=10)
            assert (process.returncode, errors) == (0, ""), out
            assert time.monotonic() - began < 2.5


def ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return what it says when it is ready."""
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


def test_the_environment_can_be_read_by_a_shell(tmp_path: Path) -> None:
    """As the page shows it: to a file, sourced, and curl asks the real host."""
    with served("--intercept") as process:
        assert process.stdout is not None
        lines = []
        while not (lines and lines[-1].startswith("export JAVA_TOOL_OPTIONS=")):
            lines.append(process.stdout.readline())
        (tmp_path / "env").write_text("".join(lines))
        script = ". ./env && curl -sS https://api.stripe.com/v1/balance -u sk_test_x:"
        done = subprocess.run(["sh", "-euc", script], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["object"] == "balance"
    assert all(line.startswith(("#", "export ")) for line in lines)


def test_links_lead_to_the_public_url(tmp_path: Path) -> None:
    """PayPal's approval links, for a browser that isn't intercepted."""
    with served("--intercept", "--json", "--public-url", "https://pay.example.test/") as process:
        turned = ready(process)["interception"]
        trust = ssl.create_default_context(cafile=turned["ca_file"])
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({"https": turned["proxy"]}), urllib.request.HTTPSHandler(context=trust)
        )

        def post(path: str, body: bytes, kind: str, authorization: str) -> dict[str, Any]:
            headers = {"Content-Type": kind, "Authorization": authorization}
            request = urllib.request.Request(f"https://api-m.sandbox.paypal.com{path}", body, headers)
            return dict(json.load(opener.open(request)))

        form = "application/x-www-form-urlencoded"
        token = post("/v1/oauth2/token", b"grant_type=client_credentials", form, "Basic YTpi")["access_token"]
        unit = {"amount": {"currency_code": "USD", "value": "10.00"}}
        order = {"intent": "CAPTURE", "purchase_units": [unit]}
        made = post("/v2/checkout/orders", json.dumps(order).encode(), "application/json", f"Bearer {token}")

    assert all(link["href"].startswith("https://pay.example.test/paypal/") for link in made["links"])


def test_an_authority_stays_and_the_tls_port_finds_providers_by_name(tmp_path: Path) -> None:
    """Made by `ca`, used by `serve`, trusted by a client that only has the file."""
    folder = tmp_path / "ca"
    assert run(["ca", str(folder)]) == 0
    before = (folder / "ca.pem").read_bytes()
    trust = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    with served("--tls", "0", "--ca-dir", str(folder), "--json") as process:
        port = ready(process)["interception"]["tls"].rpartition(":")[2]
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
        )
        request = urllib.request.Request(
            f"https://localhost:{port}/stripe/v1/balance", headers={"Authorization": "Bearer sk_test_x"}
        )
        assert json.load(opener.open(request))["object"] == "balance"

    assert (folder / "ca.pem").read_bytes() == before
    assert (folder / "ca.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ca-dir", "x"], "add --intercept, or --tls"),
        (["--allow-host", "x.test"], "add --intercept, or --tls"),
        (["--tls", "lost-answer"], "put the scenario before --tls"),
        (["--intercept", "--allow-host", "api.stripe.com"], "stripe is emulated"),
        (["--public-url", "pay.example.test"], "--public-url pay.example.test: write where"),
        (["--public-url", "https://"], "--public-url https://: write where"),
        (["--public-url", "https://pay.test:no"], "--public-url https://pay.test:no: write where"),
        (["--public-url", "https://[::1"], "--public-url https://[::1: write where"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With exit code 2, and what to do."""
    assert run(["serve", "--port", "0", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """As that of the server itself is."""
    with served("--intercept", "--json") as process:
        port = ready(process)["interception"]["tls"].rpartition(":")[2]

        assert run(["serve", "--port", "0", "--tls", port]) == 2
    assert f"127.0.0.1:{port}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"ca.pem": b"x"}, "ca.key is missing"),
        ({"ca.key": b"x"}, "ca.pem is missing"),
        ({"ca.pem": b"x", "ca.key": b"y"}, "no authority that can be read"),
    ],
)
def test_a_folder_that_holds_something_else_is_left_alone(
    files: dict[str, bytes], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing in it is overwritten."""
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    assert run(["ca", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == files


def test_two_halves_of_different_authorities_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its certificates would be trusted by nobody."""
    assert run(["ca", str(tmp_path / "one")]) == run(["ca", str(tmp_path / "two")]) == 0
    (tmp_path / "one" / "ca.key").write_bytes((tmp_path / "two" / "ca.key").read_bytes())

    assert run(["ca", str(tmp_path / "one")]) == 2
    assert "aren't those of one authority" in capsys.readouterr().err


def test_a_terminal_that_closes_ends_it_in_order(tmp_path: Path) -> None:
    """The certificates' folder goes, and the journal is whole."""
    kept = tmp_path / "run.jsonl"
    arguments = ["serve", "--port", "0", "--intercept", "--json", "--journal", str(kept)]
    (tmp_path / "temporary").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    with subprocess.Popen([*BROWNOUT, *arguments], stdout=subprocess.PIPE, text=True, env=environment) as process:
        ready(process)
        assert list((tmp_path / "temporary").iterdir())
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=10)

    assert process.returncode == 0
    assert not list((tmp_path / "temporary").iterdir())
    assert '"ended"' in kept.read_text()


def test_under_nohup_a_terminal_that_closes_is_none_of_its_business() -> None:
    """What `nohup` ignores stays ignored; the server answers on."""
    line = f"trap '' HUP; exec {shlex.join([*BROWNOUT, 'serve', '--port', '0', '--json'])}"
    with subprocess.Popen(["sh", "-c", line], stdout=subprocess.PIPE, text=True) as process:
        health = f"{ready(process)['url']}/_brownout/health"
        process.send_signal(signal.SIGHUP)
        with urllib.request.urlopen(health, timeout=5) as answer:
            assert answer.status == 200
        process.terminate()
        process.communicate(timeout=10)

    assert process.returncode == 0


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_run_that_is_ended_before_its_program_is_there_leaves_nothing(name: str, tmp_path: Path) -> None:
    """It ends as by that signal, without the certificates' folder; the journal is whole."""
    lines = f"""
import os, signal, sys
from brownout.cli import run
from brownout.server.app import App

made = App.intercept

async def intercept(*arguments, **options):
    done = await made(*arguments, **options)
    os.kill(os.getpid(), signal.{name})
    return done

App.intercept = intercept
sys.exit(run(["run", "lost-answer", "--intercept", "--journal", {str(tmp_path / "run.jsonl")!r}, "--", "sleep", "60"]))
"""
    (tmp_path / "temporary").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}

    done = subprocess.run([sys.executable, "-c", lines], env=environment, capture_output=True, timeout=30, check=False)

    assert (done.returncode, done.stderr.strip()) == (130 if name == "SIGINT" else -getattr(signal, name), b"")
    assert [path.name for path in (tmp_path / "temporary").glob("brownout-ca-*")] == []
    assert '"ended"' in (tmp_path / "run.jsonl").read_text()


@pytest.mark.parametrize("form", ["pem", "p12"])
def test_without_a_stdout_nothing_is_written_and_nothing_breaks(form: str, tmp_path: Path) -> None:
    """As a service manager may start it."""
    line = '"$@" >&-'
    command = ["sh", "-c", line, "sh", *BROWNOUT, "ca", str(tmp_path / "ca"), "--format", form]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("form", ["pem", "der", "bundle", "p12"])
def test_every_form_can_be_read_back(form: str, tmp_path: Path) -> None:
    """By what reads it: OpenSSL's roots, or a PKCS #12 store without a password."""
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12  # noqa: PLC0415 - only here

    made = subprocess.run([*BROWNOUT, "ca", str(tmp_path), "--format", form], capture_output=True, check=True).stdout

    if form == "p12":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd serial numbers among the system's own roots
            store = load_pkcs12(made, None)
        subjects = [one.certificate.subject.rfc4514_string() for one in store.additional_certs]
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=made if form == "der" else made.decode())
        subjects = [str(one["subject"]) for one in context.get_ca_certs()]
    assert any("Brownout test authority" in subject for subject in subjects)
    assert len(subjects) == 1 or form in {"bundle", "p12"}
