"""What a program finds in its environment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from brownout.assembly import registries
from brownout.core.errors import UsageError
from brownout.core.plan import Plan
from brownout.core.provider import Variable
from brownout.replay.environment import filled, own_url, pair, surroundings
from brownout.testing import EngineTransport

PAGE = Path(__file__).parents[2] / "docs" / "run.md"
VARIABLES = [Variable("KEY", "k", "the SDK"), Variable("BASE", "http://127.0.0.1:2", "the SDK", leads=True)]


def told(inherited: dict[str, str], *, leads: bool = True, **templates: str) -> dict[str, str]:
    """Return the environment of a program of one provider."""
    return surroundings(
        inherited,
        url="http://127.0.0.1:1",
        sandbox="default",
        seed=7,
        providers={"toy": "http://127.0.0.1:2"},
        variables=VARIABLES,
        leads=leads,
        templates=list(templates.items()),
    )


def test_ours_go_before_what_is_inherited() -> None:
    """A live key of the shell never reaches the program; what is not ours stays."""
    assert told({"KEY": "sk_live_mine", "HOME": "/home/me"}) == {
        "HOME": "/home/me",
        "KEY": "k",
        "BASE": "http://127.0.0.1:2",
        "BROWNOUT_URL": "http://127.0.0.1:1",
        "BROWNOUT_SANDBOX": "default",
        "BROWNOUT_SEED": "7",
        "BROWNOUT_TOY_URL": "http://127.0.0.1:2",
    }


def test_what_leads_here_is_left_out_where_real_names_do() -> None:
    """Under interception programs keep their real hosts."""
    assert "BASE" not in told({}, leads=False)


def test_a_proxy_of_the_machine_is_kept_off_the_loopback() -> None:
    """Only where there is one; what was exempt stays so."""
    assert "NO_PROXY" not in told({})
    assert told({"HTTP_PROXY": "http://proxy.test", "NO_PROXY": "x.test"})["NO_PROXY"] == "x.test,127.0.0.1,localhost"
    assert told({"https_proxy": "http://proxy.test"})["no_proxy"] == "127.0.0.1,localhost"


def test_variables_of_the_users_own_go_before_all() -> None:
    """Filled with URLs, seed and sandbox."""
    own = told({}, KEY="mine", PAY="{toy}/v1?seed={seed}&s={sandbox}#{{x}}", ALL="{url}")

    assert own["KEY"] == "mine"
    assert own["PAY"] == "http://127.0.0.1:2/v1?seed=7&s=default#{x}"
    assert own["ALL"] == "http://127.0.0.1:1"


def test_an_unknown_name_in_braces_is_refused() -> None:
    """A slip would otherwise be found in the program's own log, much later."""
    with pytest.raises(UsageError, match=r"--env X: unknown 'strip'; did you mean 'stripe'\?"):
        filled("X", "{strip}", {"stripe": "u"})


@pytest.mark.parametrize("text", ["X", "=x", "1X=2", "A B=c", ""])
def test_a_variable_needs_a_name_and_a_value(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(UsageError, match="write NAME=TEMPLATE"):
        pair(text)


def test_the_documented_table_is_what_is_set() -> None:
    """Every variable of every provider, with who reads it, and whether interception leaves it out."""
    known = registries().providers
    world = EngineTransport(Plan()).world
    set_ = {
        (one.name, name, one.read_by, "no" if one.leads else "yes")
        for name, provider in known.items()
        for one in provider.environment("http://127.0.0.1:1", world)
    }
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+?) \| (yes|no) \|$", PAGE.read_text(), flags=re.MULTILINE)

    assert set(rows) == set_
    assert all(f"`{own_url(name)}`" in PAGE.read_text() for name in known)
