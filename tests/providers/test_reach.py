"""Where providers really are, and what programs are given to reach the emulated ones instead."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from brownout import scenario
from brownout.assembly import registries
from brownout.core.errors import ScenarioError
from brownout.providers import PROVIDERS
from brownout.providers.oauth import OAuthOptions
from brownout.testing import EngineTransport

if TYPE_CHECKING:
    from brownout.core.provider import Variable

URL = "http://127.0.0.1:4242"
NAMED = {
    "stripe": "keys: [pk_test_other, rk_test_shop_2, sk_test_shop_1, pk_test_shop_1]",
    "paypal": "clients: {AbC-shop: 's3cret', other: x}",
    "onfido": "tokens: [api_sandbox.mine.abc, api_sandbox.other]\n    clients: {shop: s3cret, other: x}",
    "oauth": "clients: {'sh op': 's3: cret', other: x}",
}
RESTRICTED = "keys: [pk_test_shop_9, rk_test_shop_9]"


def transport(name: str = "", options: str = "", credentials: str = "open") -> EngineTransport:
    """Return an engine under the defaults, or with options of one provider."""
    text = f"brownout: 1\ncredentials: {credentials}\n"
    text += f"providers:\n  {name}:\n    {options}\n" if options else ""
    return EngineTransport(scenario.load(text, registries()))


def variables(name: str, sent: EngineTransport) -> dict[str, str]:
    """Return what a provider's programs are given."""
    return {one.name: one.value for one in PROVIDERS[name].environment(URL, sent.world)}


def basic(user: str, password: str) -> dict[str, str]:
    """Return the header of Basic authentication."""
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


def calls(name: str, given: dict[str, str]) -> list[tuple[str, str, dict[str, str], dict[str, str] | None]]:
    """Return the requests that use each of the credentials: method, path, headers, form."""
    grant = {"grant_type": "client_credentials"}
    if name == "stripe":
        secret = ("STRIPE_API_KEY", "STRIPE_SECRET_KEY", "STRIPE_SECRET", "STRIPE_TEST_SECRET_KEY")
        public = ("STRIPE_PUBLISHABLE_KEY", "STRIPE_KEY", "NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY")
        card = {"type": "card", "card[token]": "tok_visa"}
        return [
            *(("GET", "/v1/balance", {"Authorization": f"Bearer {given[one]}"}, None) for one in secret),
            *(("POST", "/v1/payment_methods", {"Authorization": f"Bearer {given[one]}"}, card) for one in public),
        ]
    if name == "paypal":
        pairs = (("PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET"), ("O_AUTH_CLIENT_ID", "O_AUTH_CLIENT_SECRET"))
        return [("POST", "/v1/oauth2/token", basic(given[one], given[other]), grant) for one, other in pairs]
    if name == "onfido":
        client = {"client_id": given["ONFIDO_OAUTH_CLIENT_ID"], "client_secret": given["ONFIDO_OAUTH_CLIENT_SECRET"]}
        token = {"Authorization": f"Token token={given['ONFIDO_API_TOKEN']}"}
        return [("GET", "/v3.6/applicants", token, None), ("POST", "/v3.6/oauth/token", {}, grant | client)]
    client_id, secret = quote(given["OAUTH_CLIENT_ID"]), quote(given["OAUTH_CLIENT_SECRET"])
    return [("POST", "/token", basic(client_id, secret), grant)]


@pytest.mark.parametrize("credentials", ["open", "closed"])
@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("name", PROVIDERS)
def test_the_credentials_are_accepted(name: str, named: bool, credentials: str) -> None:  # noqa: FBT001
    """By the provider itself, whichever the scenario names; closed without any, there are none that could be."""
    sent = transport(name, NAMED[name] if named else "", credentials)

    statuses = set()
    for method, path, headers, form in calls(name, variables(name, sent)):
        body = urlencode(form).encode() if form else b""
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        statuses.add(sent.send(method, f"/{name}{path}", headers=headers | kind, body=body).status)

    good = named or credentials == "open"
    assert statuses <= ({200} if good else {400, 401, 403}), statuses


def test_a_restricted_key_stands_in_for_a_secret_one() -> None:
    """Where the scenario knows no other, with the publishable key of its account."""
    given = variables("stripe", transport("stripe", RESTRICTED, "closed"))

    assert given["STRIPE_API_KEY"] == "rk_test_shop_9"
    assert given["STRIPE_PUBLISHABLE_KEY"] == "pk_test_shop_9"


def test_the_publishable_key_is_of_the_secret_keys_account() -> None:
    """Whichever comes first."""
    given = variables("stripe", transport("stripe", NAMED["stripe"], "closed"))

    assert (given["STRIPE_API_KEY"], given["STRIPE_PUBLISHABLE_KEY"]) == ("sk_test_shop_1", "pk_test_shop_1")


@pytest.mark.parametrize(
    ("name", "variable"), [("stripe", "STRIPE_WEBHOOK_SECRET"), ("onfido", "ONFIDO_WEBHOOK_SECRET_TOKEN")]
)
def test_the_webhook_secret_is_the_one_that_signs(name: str, variable: str) -> None:
    """The configured endpoint's own where it has one."""
    key = "secret" if name == "stripe" else "token"
    secret = "whsec_mine" if name == "stripe" else "mine"
    own = transport(name, f"webhooks: [{{url: 'http://127.0.0.1:1/hook', {key}: {secret}}}]")
    plain = transport()

    assert variables(name, own)[variable] == secret
    assert variables(name, plain)[variable] == PROVIDERS[name].webhook_secret(plain.world) != ""


def all_variables() -> list[Variable]:
    """Return those of all providers."""
    sent = transport()
    return [one for name in PROVIDERS for one in PROVIDERS[name].environment(URL, sent.world)]


def test_no_two_variables_share_a_name() -> None:
    """Over all providers: a program may speak to several."""
    names = [one.name for one in all_variables()]

    assert len(set(names)) == len(names)
    assert not [name for name in names if name.startswith("BROWNOUT")]


def test_what_says_where_the_api_is_leads_there() -> None:
    """And nothing else holds the URL, so that interception leaves the right ones out."""
    holding = {one.name for one in all_variables() if URL in one.value}
    leading = {one.name for one in all_variables() if one.leads}

    assert holding <= leading
    assert leading - holding == {"OAUTHLIB_INSECURE_TRANSPORT", "AUTHLIB_INSECURE_TRANSPORT"}
    assert all(one.read_by for one in all_variables())


def hosts_by_provider() -> dict[str, tuple[str, ...]]:
    """Return every provider's, with one for the generic one."""
    oauth = OAuthOptions(hosts=("login.bank.example",))
    return {name: tuple(one.hosts(oauth if name == "oauth" else one.options_type())) for name, one in PROVIDERS.items()}


def test_each_host_leads_to_one_provider() -> None:
    """In lower case, in full, once; every provider but the generic one has some without being told."""
    hosts = [host for some in hosts_by_provider().values() for host in some]

    assert len(set(hosts)) == len(hosts)
    assert all(host == host.lower().strip(". ") and "." in host and "/" not in host for host in hosts)
    assert all(hosts_by_provider().values())
    assert PROVIDERS["oauth"].hosts(OAuthOptions()) == ()


@pytest.mark.parametrize(
    ("hosts", "place", "said"),
    [
        ("[https://login.bank.example]", "hosts[0]", "'https://login.bank.example' is no host name"),
        ("[a.example, login.bank.example/token]", "hosts[1]", "'login.bank.example/token' is no host name"),
        ("['login.bank.example:443']", "hosts[0]", "'login.bank.example:443' is no host name"),
        ("[Login.Bank.Example]", "hosts[0]", "write it in lower case"),
        ("['*.bank.example']", "hosts[0]", "'*.bank.example' is no host name"),
        ("[localhost]", "hosts[0]", "'localhost' is no host name"),
        ("[-a.example]", "hosts[0]", "'-a.example' is no host name"),
        ("[a..example]", "hosts[0]", "'a..example' is no host name"),
        ("['a.example ']", "hosts[0]", "'a.example ' is no host name"),
        ("['']", "hosts[0]", "'' is no host name"),
        (f"[{'a' * 64}.example]", "hosts[0]", "is no host name"),
        (f"[{'a.' * 127}example]", "hosts[0]", "is no host name"),
        ("[7]", "hosts[0]", "must be text, not 7"),
        ("[a.example, api.stripe.com]", "hosts[1]", "'api.stripe.com' is stripe's already"),
        ("{a: b}", "hosts", ""),
    ],
)
def test_nonsense_for_a_host_is_refused_where_it_stands(hosts: str, place: str, said: str) -> None:
    """With file, line and key, and how to write it."""
    text = f"brownout: 1\nproviders:\n  oauth:\n    hosts: {hosts}\n"

    with pytest.raises(ScenarioError) as error:
        scenario.load(text, registries(), file="mine.yaml")

    message = str(error.value)
    assert f"mine.yaml:4: providers.oauth.{place}: " in message
    assert said in message


@pytest.mark.parametrize("host", ["login.bank.example", "xn--bcher-kva.example", "a-1.b2.example", "10.0.0.1"])
def test_a_host_is_taken_as_it_is_written(host: str) -> None:
    """International names in their ASCII form."""
    options: Any = scenario.load(f"brownout: 1\nproviders:\n  oauth:\n    hosts: ['{host}']\n", registries()).providers[
        "oauth"
    ]

    assert options.hosts == (host,)
