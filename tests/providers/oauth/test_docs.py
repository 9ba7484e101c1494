"""docs/providers/oauth.md is true: its example loads and works, and it names every option and operation."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from oauth_world import World

from brownout import scenario
from brownout.assembly import registries
from brownout.providers.oauth import OAUTH, OAuthOptions, Registration

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "providers" / "oauth.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_registrations_work() -> None:
    """The second example, under a head that makes it a scenario."""
    world = World(scenario.load(f"brownout: 1\n{EXAMPLES[1]}", registries()))
    back = "http://127.0.0.1:5012/back"

    code = world.code(client_id="app", redirect_uri=back)
    assert world.exchange(code, auth=None, client_id="app", redirect_uri=back).status == 200
    assert world.token(auth="robot:x").refusal == (401, "invalid_client")
    assert world.token(auth="legacy:x").refusal == (401, "invalid_client")
    assert world.token(auth=None, client_id="legacy", client_secret="x").status == 200


def test_the_example_works() -> None:
    """What the page shows can be copied, and does what the page says of it."""
    world = World(scenario.load(EXAMPLES[0], registries()))
    body = world.refresh("rt-demo", auth="shop:s3cret").body

    assert (body["expires_in"], body["scope"]) == (130, "accounts")
    assert world.get("/api/accounts", body["access_token"]).body == [{"id": "acc_1", "balance": 1250}]
    assert world.get("/api/accounts/acc_1/transfers", body["access_token"]).refusal == (403, "insufficient_scope")
    assert world.get("/api/statements", body["access_token"]).refusal == (503, "maintenance")
    assert world.token(auth="bank:x").refusal == (401, "invalid_client")


def test_the_lost_refresh_is_saved_by_the_grace() -> None:
    """The third example: the spent token is honoured once more, with the successor that was lost."""
    world = World(scenario.load(f"brownout: 1\n{EXAMPLES[2]}", registries()))
    first = world.token().body["refresh_token"]

    answers = [world.refresh(first) for _ in range(2)]

    assert [one.status for one in answers] == [504, 200]
    assert world.box.fired == {"refresh-lost": 1, "overlap": 1}
    assert world.refresh(answers[1].body["refresh_token"]).status == 200


def test_every_option_and_operation_is_on_the_page() -> None:
    """Nothing is undocumented."""
    names = {one.name for one in fields(OAuthOptions) if one.init} | {one.name for one in OAUTH.operations}

    assert [name for name in sorted(names) if f"`{name}`" not in PAGE] == []


def test_every_key_of_a_registration_is_on_the_page() -> None:
    """Nothing is undocumented there either."""
    assert [one.name for one in fields(Registration) if f"`{one.name}`" not in PAGE] == []


def test_every_library_is_on_the_page() -> None:
    """The lines that `serve` shows are the page's."""
    lines = OAUTH.sdk_lines("http://127.0.0.1:8700/oauth")

    assert [one.sdk for one in lines] == ["authlib", "requests"]
    assert all("http://127.0.0.1:8700/oauth/token" in one.line for one in lines)
