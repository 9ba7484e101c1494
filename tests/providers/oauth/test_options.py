"""What a scenario may say under `providers: oauth:`: every mistake has its line, and the schema knows the keys."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from brownout import scenario
from brownout.assembly import registries
from brownout.core.errors import OptionError, ScenarioError
from brownout.providers.oauth import Fixture, OAuthOptions, RefreshToken
from brownout.scenario.json_schema import schema

TEXT = """brownout: 1
providers:
  oauth:
    access_ttl: 130s
    rotation: true
    scopes: [accounts, payments]
    clients: {shop: s3cret}
    refresh:
      - {token: rt-demo, client: shop, scopes: [accounts]}
    fixtures:
      /api/accounts:
        scopes: [accounts]
        body: [{id: 1, name: Ada}]
      /api/x:
        body: {a: 1}
        status: 503
"""


def load(text: str) -> OAuthOptions:
    """Return the options of a scenario."""
    options: OAuthOptions = scenario.load(text, registries()).providers["oauth"]
    return options


def test_a_scenario_becomes_options() -> None:
    """Every key as it is written, and what is made of it once for all requests."""
    options = load(TEXT)

    assert options.fixtures["/api/x"] == Fixture(body={"a": 1}, status=503)
    assert options.fixtures["/api/accounts"].needed == {"accounts"}
    assert options.refresh == (RefreshToken(token="rt-demo", client="shop", scopes=("accounts",)),)
    assert (options.rules.access_ttl_seconds, options.rules.rotation) == (130.0, True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("130s", "0s", "4: providers.oauth.access_ttl: access_ttl must be above 0 and finite"),
        ("130s", "130", "4: providers.oauth.access_ttl: not a duration: 130"),
        ("rotation: true", "rotatoin: true", "5: providers.oauth.rotatoin: unknown 'rotatoin'; did you mean "),
        ("rotation: true", "on_reuse: revoke", "5: providers.oauth.on_reuse: unknown 'revoke'; did you mean"),
        ("[accounts, payments]", "[]", "6: providers.oauth.scopes: must name at least one scope"),
        ("[accounts, payments]", "[accounts, 'a b']", "6: providers.oauth.scopes[1]: 'a b' can't be a scope"),
        ("s3cret", "12", "7: providers.oauth.clients.shop: must be text, not 12; quote it"),
        ("s3cret", "''", "7: providers.oauth.clients.shop: the secret must be printable ASCII"),
        ("shop: s3cret", "café: s3cret", "7: providers.oauth.clients.café: a client's id must be 1 to 255"),
        ("client: shop", "client: ''", "9: providers.oauth.refresh[0].client: must be 1 to 255 printable"),
        ("token: rt-demo", "token: ''", "9: providers.oauth.refresh[0].token: must be printable ASCII"),
        ("scopes: [accounts]}", "scopes: [acounts]}", "9: providers.oauth.refresh[0].scopes[0]: unknown 'acounts'; "),
        ("    fixtures:", "      - {token: rt-demo, client: b}\n    fixtures:",
         "10: providers.oauth.refresh[1].token: the same token as refresh[0]"),
        ("/api/accounts:", "/accounts:", "11: providers.oauth.fixtures./accounts: a fixture's path begins with /api/"),
        ("[accounts]\n", "[acounts]\n", "12: providers.oauth.fixtures./api/accounts.scopes[0]: unknown 'acounts'; did"),
        ("/api/x:", "/api/:", "14: providers.oauth.fixtures./api/: a fixture's path goes on after /api/"),
        ("/api/x:", "'/api/x?a=1':", "14: providers.oauth.fixtures.'/api/x?a=1': a fixture's path goes on"),
        ("{a: 1}", "99999999999999999999", "15: providers.oauth.fixtures./api/x.body: can't be written as JSON"),
        ("status: 503", "status: 204", "16: providers.oauth.fixtures./api/x.status: must be 200 to 599, and one that"),
        ("status: 503", "status: '503'", "16: providers.oauth.fixtures./api/x.status: must be a whole number"),
        ("status: 503", "statsu: 503", "16: providers.oauth.fixtures./api/x.statsu: unknown 'statsu'; did you mean"),
        ("body: {a: 1}\n        status: 503", "[]", "14: providers.oauth.fixtures./api/x: must be a mapping"),
    ],
)  # fmt: skip
def test_a_mistake_has_its_line_and_what_is_allowed(old: str, new: str, said: str) -> None:
    """However deep it lies."""
    assert TEXT.count(old) == 1, old

    with pytest.raises(ScenarioError) as caught:
        load(TEXT.replace(old, new))

    (mistake,) = caught.value.mistakes
    assert str(mistake).startswith(f"scenario:{said}")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("registered: {app: {auth: nothing}}", "registered.app.auth: unknown 'nothing'"),
        ("registered: {app: {redirect_uris: [/back]}}", "registered.app.redirect_uris[0]: '/back' must be an absolute"),
        ("registered: {app: {redirect_uris: ['http://[x/']}}", "registered.app.redirect_uris[0]: 'http://[x/' must be"),
        ("registered: {app: {redirect_uris: ['http:///x']}}", "registered.app.redirect_uris[0]: 'http:///x' must be"),
        ("registered: {app: {redirect_uris: ['data:text/html,x']}}", "registered.app.redirect_uris[0]: 'data:text/htm"),
        ("registered: {app: {access_ttl: 0s}}", "registered.app.access_ttl: must be above 0"),
        ("registered: {app: {jwks: {key: []}}}", "registered.app.jwks: must be a JWK set"),
        ("registered: {app: {scopes: [raed]}}", "registered.app.scopes[0]: 'raed' is not in providers.oauth.scopes"),
        ("registered: {app: {grant: []}}", "registered.app.grant: unknown 'grant'; did you mean 'grants'?"),
        ("registered: {café: {auth: any}}", "registered.café: a client's id must be 1 to 255"),
        ("subject: ''", "subject: must be printable ASCII"),
        ("signing_key: -1", "signing_key: must be at least 0"),
        ("code_ttl: 0s", "code_ttl: must be above 0"),
        ("key_rotation: 0s", "key_rotation: must be above 0"),
        ("expires_in_says: 0s", "expires_in_says: must be above 0"),
        ("scope_ttl: {raed: 5m}", "scope_ttl.raed: unknown 'raed'; did you mean 'read'?"),
        ("scope_ttl: {read: 0s}", "scope_ttl.read: must be above 0"),
        ("refresh_idle_ttl: 0s", "refresh_idle_ttl: refresh_idle_ttl must be above 0"),
        ("grace_returns: sane", "grace_returns: unknown 'sane'; did you mean 'same'?"),
    ],
)
def test_a_mistake_about_clients_and_tokens_has_its_place(options: str, said: str) -> None:
    """Each alone."""
    with pytest.raises(ScenarioError) as caught:
        load(f"brownout: 1\nproviders:\n  oauth:\n    {options}\n")

    (mistake,) = caught.value.mistakes
    assert str(mistake).startswith(f"scenario:4: providers.oauth.{said}")


def test_several_mistakes_are_told_at_once() -> None:
    """Unknown keys of two fixtures, each at its own line."""
    with pytest.raises(ScenarioError) as caught:
        load(TEXT.replace("status: 503", "statsu: 503").replace("body: [", "boddy: ["))

    assert [mistake.line for mistake in caught.value.mistakes] == [13, 16]


def test_a_phase_changes_one_fixture() -> None:
    """Its mappings lie over the base's; the rest stays as it was."""
    text = TEXT + "phases:\n  - {name: a, duration: 1s}\n  - name: b\n    duration: 1s\n    providers:\n      oauth:\n"
    plan = scenario.load(text + "        fixtures: {/api/accounts: {status: 500}}\n", registries())

    options: OAuthOptions = plan.phases[1].providers["oauth"]

    assert options.fixtures["/api/accounts"] == Fixture(
        scopes=("accounts",), body=[{"id": 1, "name": "Ada"}], status=500
    )
    assert set(options.fixtures) == {"/api/accounts", "/api/x"}


@pytest.mark.parametrize(
    ("options", "good"),
    [
        ({"fixtures": {"/api/x": {"body": [1, {"a": None}], "scopes": ["read"], "status": 404}}}, True),
        ({"fixtures": {"/api/x": {"body": 1, "statsu": 404}}}, False),
        ({"fixtures": {"/api/x": 1}}, False),
        ({"fixtures": []}, False),
        ({"clients": {"a": "b"}, "refresh": [{"token": "t", "client": "a"}]}, True),
        ({"clients": {"a": 1}}, False),
        ({"refresh": [{"token": "t"}]}, False),
        ({"access_ttl": 5}, False),
        ({"on_reuse": "revoke"}, False),
        ({"rotation": "yes"}, False),
    ],
)
def test_the_schema_and_the_loader_agree(options: dict[str, Any], *, good: bool) -> None:
    """Editors complete and check these keys."""
    import json  # noqa: PLC0415 - a document of JSON is one of YAML

    document = {"brownout": 1, "providers": {"oauth": options}}

    assert Draft202012Validator(schema(registries())).is_valid(document) == good
    if good:
        load(json.dumps(document))
    else:
        with pytest.raises(ScenarioError):
            load(json.dumps(document))


def test_python_code_is_told_where_too() -> None:
    """Options made in a test name the key in the message."""
    with pytest.raises(OptionError, match=r"^status: must be 200 to 599"):
        Fixture(status=99)
    with pytest.raises(OptionError, match=r"^fixtures\./api/x\.scopes\.0: unknown 'admin'"):
        OAuthOptions(fixtures={"/api/x": Fixture(scopes=("admin",))})
