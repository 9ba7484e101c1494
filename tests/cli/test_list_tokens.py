"""`brownout list tokens URL`, as a user calls it against a server that runs."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from oauth_world import basic

from brownout.cli import list_
from brownout.core.errors import UsageError
from brownout.core.plan import ClockOptions, Plan
from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.testing import Sandbox

GRANT = b"grant_type=client_credentials"


def call(url: str, authorization: str, body: bytes | None = None) -> bytes:
    """Return an answer's body."""
    request = urllib.request.Request(url, data=body, headers={"Authorization": authorization})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return bytes(answer.read())


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A server whose clock stands still, where `shop` has two tokens and used one."""
    with Simulator(Plan(seed=1, clock=ClockOptions(frozen=True))) as box:
        made = json.loads(call(f"{box.url_of('oauth')}/token", basic("shop", "x"), GRANT))
        call(f"{box.url_of('oauth')}/api/ping", f"Bearer {made['access_token']}")
        box.revoke(made["refresh_token"])
        yield box


def listed(*arguments: str) -> str:
    """Return what the command prints."""
    return (
        CliRunner().invoke(list_.command, ["tokens", *arguments], catch_exceptions=False, standalone_mode=False).stdout
    )


def test_tokens_are_listed_as_a_table(box: Sandbox) -> None:
    """A line each, with what it is worth and for how long."""
    head, *lines = listed(box.url).splitlines()
    columns = ["provider", "client", "token", "kind", "state", "issued", "left", "used", "needed", "asked", "granted",
               "unused", "lacking", "refreshes"]  # fmt: skip
    access, refresh = (next(line for line in lines if f"  {kind}  " in line) for kind in ("access ", "refresh"))

    assert (head.split(), len(lines)) == (columns, 2)
    assert "valid" in access
    assert "1h" in access
    assert "0.0s" in access
    assert "revoked (admin)" in refresh
    assert "0s" in refresh.split()
    assert "never" in refresh


def test_tokens_are_listed_as_json(box: Sandbox) -> None:
    """For programs, with every scope by name."""
    rows = json.loads(listed(box.url, "--json"))

    assert [(row["kind"], row["granted"]) for row in rows].count(("access", ["read", "write"])) == 1


def test_many_scopes_are_only_counted(box: Sandbox) -> None:
    """PayPal's twenty would fill the screen; the JSON has them."""
    call(f"{box.url_of('paypal')}/v1/oauth2/token", basic("app", "x"), GRANT)

    line = next(line for line in listed(box.url).splitlines() if line.startswith("paypal"))
    row = next(row for row in json.loads(listed(box.url, "--json")) if row["provider"] == "paypal")

    assert f"{len(row['granted'])} scopes" in line
    assert "https" not in line


def test_another_sandbox_has_its_own(box: Sandbox) -> None:
    """Nothing to show is said."""
    assert listed(box.sandbox("other").url) == "none\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "name a running server: brownout list tokens http"),
        (["run.jsonl"], "'run.jsonl' is no address"),
        (["http://127.0.0.1:9"], "no Brownout answers at http://127.0.0.1:9"),
    ],
)
def test_a_wrong_address_is_explained(arguments: list[str], told: str) -> None:
    """With what one looks like."""
    with pytest.raises(UsageError, match=told):
        listed(*arguments)


def test_a_refusal_of_the_server_is_passed_on(box: Sandbox) -> None:
    """In its own words; what isn't Brownout is said to be none."""
    with pytest.raises(UsageError, match="a-z, 0-9"):
        listed(box.url.replace("/~", "/~NO"))
    with pytest.raises(UsageError, match=r"answered 404, and not as Brownout does"):
        listed(box.url_of("oauth"))


def test_the_admin_token_is_sent() -> None:
    """By option or environment; without it the server's refusal says what is missing."""
    with Simulator(admin_token="t0p") as box:
        with pytest.raises(UsageError, match="--admin-token"):
            listed(box.url)
        assert listed(box.url, "--admin-token", "t0p") == "none\n"
        done = CliRunner().invoke(list_.command, ["tokens", box.url], env={"BROWNOUT_ADMIN_TOKEN": "t0p"})
        assert done.stdout == "none\n"
