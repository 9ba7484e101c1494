"""What interception puts into a program's environment, beside what is there already."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

from brownout.server.intercept.environment import HOOKS, environment

LANGUAGES = Path(__file__).parents[2] / "docs" / "languages.md"


class Hosts(NamedTuple):
    """What is answered for."""

    real: dict[str, str]


class Started(NamedTuple):
    """An interception, as the environment sees it."""

    proxy_url: str = "http://127.0.0.1:8443"
    tls_port: int = 8444
    ca_file: Path = Path("/tmp/my run/ca.pem")  # noqa: S108 - a name, not a file
    bundle_file: Path = Path("/tmp/my run/bundle.pem")  # noqa: S108
    truststore_file: Path = Path("/tmp/my run/truststore.p12")  # noqa: S108
    hosts: Hosts = Hosts({"b.stripe.com": "stripe", "a.stripe.com": "stripe"})
    allowed: tuple[str, ...] = ("b.example:8443", "a.example")


def test_the_proxy_is_said_in_both_spellings_and_spares_the_loopback_alone() -> None:
    """What the machine exempts from its own proxy would otherwise reach the real provider."""
    told = environment(Started(), {"NO_PROXY": "*", "no_proxy": ".stripe.com", "ALL_PROXY": "socks5://gate:1080"})

    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        assert told[name] == told[name.lower()] == "http://127.0.0.1:8443"
    assert told["NO_PROXY"] == told["no_proxy"] == "localhost,127.0.0.1,::1"


def test_what_other_tools_put_there_stays() -> None:
    """A search path, a preload and a JVM's agent are kept, and each hook comes where it must."""
    inherited = {"PYTHONPATH": "src", "NODE_OPTIONS": "--require ./.pnp.cjs", "JAVA_TOOL_OPTIONS": "-javaagent:a.jar"}

    told = environment(Started(), inherited)

    assert told["PYTHONPATH"] == f"{HOOKS / 'python'}{os.pathsep}src"
    assert told["NODE_OPTIONS"].startswith("--require ./.pnp.cjs --require ")
    assert told["JAVA_TOOL_OPTIONS"].startswith("-javaagent:a.jar '-D")


def test_an_empty_search_path_stays_empty() -> None:
    """A separator at its end would mean the current folder."""
    assert environment(Started(), {"PYTHONPATH": ""})["PYTHONPATH"] == str(HOOKS / "python")


def test_paths_with_spaces_hold_together() -> None:
    """Node and the JVM split their options at spaces unless they are quoted."""
    told = environment(Started(), {})

    assert re.fullmatch(r'--require "[^"]+preload\.cjs"', told["NODE_OPTIONS"])
    assert "'-Djavax.net.ssl.trustStore=/tmp/my run/truststore.p12'" in told["JAVA_TOOL_OPTIONS"]


def test_a_folder_with_both_quotes_reaches_the_jvm_whole() -> None:
    """It joins quoted parts that touch, as a shell does, and knows no backslash."""
    odd = '/it\'s "mine"/truststore.p12'

    told = environment(Started(truststore_file=Path(odd)), {})

    assert f"-Djavax.net.ssl.trustStore={odd}" in shlex.split(told["JAVA_TOOL_OPTIONS"])


def test_the_hooks_learn_whom_we_answer_for_and_what_is_allowed() -> None:
    """In one order, whatever the user's."""
    told = environment(Started(), {})

    assert told["BROWNOUT_HOSTS"] == "a.stripe.com,b.stripe.com"
    assert told["BROWNOUT_ALLOWED_HOSTS"] == "a.example,b.example:8443"


@pytest.mark.parametrize("file", ["python/sitecustomize.py", "python/brownout_hook.py", "node/preload.cjs"])
def test_the_hooks_are_there(file: str) -> None:
    """Under the names that each language looks for."""
    assert (HOOKS / file).is_file()


def test_the_page_names_every_variable_and_no_other() -> None:
    """The table of docs/languages.md is what the code sets."""
    table = LANGUAGES.read_text().partition("## What is set")[2].partition("\n## ")[0]
    named = {name for row in re.findall(r"^\| (.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}

    assert named | {name.lower() for name in named if name.endswith("_PROXY")} == set(environment(Started(), {}))
