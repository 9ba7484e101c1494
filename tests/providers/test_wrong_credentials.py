"""Wrong credentials are told apart in the journal's `cause` and by `explain`, although the answers are the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from oauth_world import START, World, basic

from brownout.core import causes
from brownout.core.explain import explain
from brownout.core.plan import ClockOptions, Plan
from brownout.core.rules import Rule
from brownout.core.tokens.signing import client_key
from brownout.faults.abort import Abort
from brownout.providers.oauth import Fixture, OAuthOptions
from brownout.providers.oauth.registrations import Registration
from brownout.providers.onfido.options import OnfidoOptions
from brownout.providers.paypal.options import PayPalOptions
from brownout.server import token_control
from brownout.testing import EngineTransport

if TYPE_CHECKING:
    from brownout.core.journal import Record

ASSERTED = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SHOP = basic("shop", "s3cret")
GRANT = {"grant_type": "client_credentials"}
POSTED = {**GRANT, "client_id": "shop", "client_secret": "s3cret"}
OAUTH, PAYPAL, ONFIDO = "/oauth/token", "/paypal/v1/oauth2/token", "/onfido/v3.6/oauth/token"
PLAN = Plan(
    credentials="closed",
    providers={
        "oauth": OAuthOptions(
            clients={"shop": "s3cret", "posts": "s3cret", "basics": "s3cret", "web": "s3cret"},
            registered={
                "posts": Registration(auth="client_secret_post"),
                "basics": Registration(auth="client_secret_basic"),
                "web": Registration(redirect_uris=("https://shop.example/back",)),
            },
            live_clients=("live-shop",),
            fixtures={"/api/me": Fixture(scopes=("read", "write"))},
        ),
        "paypal": PayPalOptions(clients={"shop": "s3cret"}, live_clients=("live-shop",)),
        "onfido": OnfidoOptions(clients={"shop": "s3cret"}),
    },
)


def ask(transport: EngineTransport, path: str, form: dict[str, str], auth: str | None = None) -> int:
    """Post a form; return the status."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if auth is not None:
        headers["Authorization"] = auth
    return transport.send("POST", path, headers=headers, body=urlencode(form).encode()).status


def last(transport: EngineTransport) -> Record:
    """Return the newest record."""
    return list(transport.world.journal)[-1]


def story(record: Record) -> str:
    """Return what `explain` says."""
    return explain({"decided": record.decided(), "observed": record.observed()})


@pytest.mark.parametrize(
    ("path", "form", "auth", "cause"),
    [
        (OAUTH, GRANT, basic("shpo", "s3cret"), "unknown client"),
        (OAUTH, GRANT, basic("shop", "nonsense"), "wrong secret"),
        (OAUTH, GRANT, basic("live-shop", "x"), causes.LIVE),
        (OAUTH, GRANT, basic("posts", "s3cret"), causes.BASIC_FOR_POST),
        (OAUTH, {**POSTED, "client_id": "basics"}, None, causes.POST_FOR_BASIC),
        (PAYPAL, GRANT, basic("shpo", "s3cret"), "unknown client"),
        (PAYPAL, GRANT, basic("shop", "nonsense"), "wrong secret"),
        (PAYPAL, GRANT, basic("live-shop", "x"), causes.LIVE),
        (PAYPAL, POSTED, None, causes.POST_FOR_BASIC),
        (ONFIDO, {**POSTED, "client_id": "shpo"}, None, "unknown client"),
        (ONFIDO, {**POSTED, "client_id": "x" * 1001}, None, "unknown client"),
        (ONFIDO, {**POSTED, "client_secret": "nonsense"}, None, "wrong secret"),
        (ONFIDO, {**POSTED, "client_secret": "api_live.x"}, None, causes.LIVE),
        (ONFIDO, GRANT, SHOP, causes.BASIC_FOR_POST),
    ],
)
def test_the_journal_says_what_was_wrong_with_a_client(
    path: str, form: dict[str, str], auth: str | None, cause: str
) -> None:
    """Each hangs on the request alone, so the seed repeats it; nothing is issued."""
    transport = EngineTransport(PLAN)

    status = ask(transport, path, form, auth)

    record = last(transport)
    assert (status in (400, 401), record.cause, record.repeatability in ("D0", "D1")) == (True, cause, True)
    assert causes.TOLD[cause] in story(record)
    assert list(transport.world.tokens) == []


@pytest.mark.parametrize(
    ("url", "header"),
    [("/stripe/v1/balance", "Bearer sk_live_x"), ("/onfido/v3.6/applicants", "Token token=api_live.x")],
)
def test_a_live_key_in_the_sandbox_is_called_that(url: str, header: str) -> None:
    """And nothing of it is kept."""
    transport = EngineTransport()

    transport.send("GET", url, headers={"Authorization": header})

    assert (last(transport).cause, last(transport).error) == (causes.LIVE, "live_key")
    assert causes.TOLD[causes.LIVE] in story(last(transport))


@pytest.mark.parametrize(
    ("provider", "path", "credentials"),
    [("oauth", OAUTH, "open"), ("paypal", PAYPAL, "closed"), ("onfido", ONFIDO, "closed")],
)
def test_an_old_secret_is_told_from_one_that_never_was(provider: str, path: str, credentials: Any) -> None:
    """It depends on a rotation before, so only the journal repeats it; with `open` the client's own is remembered."""
    providers = {} if credentials == "open" else PLAN.providers
    transport = EngineTransport(Plan(credentials=credentials, providers=providers))

    def call(secret: str) -> int:
        posted = provider == "onfido"
        form = {**GRANT, "client_id": "shop", "client_secret": secret} if posted else GRANT
        return ask(transport, path, form, None if posted else basic("shop", secret))

    assert call("s3cret") == 200
    new = token_control.rotate(transport.world, token_control.client(transport.world, "shop", provider))

    assert [call(secret) for secret in ("s3cret", "nonsense", new)] == [401, 401, 200]
    old, wrong = list(transport.world.journal)[-3:-1]
    assert [(one.error, one.cause) for one in (old, wrong)] == [
        ("client_unknown", "old secret"), ("client_unknown", "wrong secret"),
    ]  # fmt: skip
    assert old.repeatability == "D2"
    assert causes.TOLD["old secret"] in story(old)


def test_a_wrong_redirect_is_called_that() -> None:
    """At the page, which leads nobody there."""
    transport = EngineTransport(PLAN)
    query = urlencode({"response_type": "code", "client_id": "web", "redirect_uri": "https://shop.example/back/"})

    answer = transport.send("GET", f"/oauth/authorize?{query}")

    assert (answer.status, "Location" in answer.headers) == (400, False)
    assert last(transport).cause == causes.WRONG_REDIRECT
    assert causes.TOLD[causes.WRONG_REDIRECT] in story(last(transport))


@pytest.mark.parametrize(
    ("by", "life", "told"), [(200.0, 60, "The assertion expired."), (-200.0, 60, "The assertion is from the future")]
)
@pytest.mark.parametrize("speed", [1.0, 60.0])
def test_a_client_whose_clock_was_put_wrong_signs_out_of_date(by: float, life: int, told: str, speed: float) -> None:
    """By world seconds, like its tokens' lives; the same assertion is good once the clock is right again."""
    registered = {"robot": Registration(auth="private_key_jwt")}
    world = World(clock=ClockOptions(speed=speed), registered=registered)
    claims = {"iss": "robot", "sub": "robot", "aud": "http://test/oauth/token", "jti": "j", "iat": START}
    signed = jwt.encode({"alg": "RS256"}, claims | {"exp": START + life}, RSAKey.import_key(client_key()), ["RS256"])
    form = {"client_assertion_type": ASSERTED, "client_assertion": signed}
    robot = world.box.tokens.clients.know("oauth", "robot", "robot")

    world.box.tokens.skew(robot, by * speed)
    refused = world.token(auth=None, **form)
    world.box.tokens.skew(robot, 0.0)

    assert (refused.refusal, refused.description.startswith(told)) == ((401, "invalid_client"), True)
    assert (last(world.transport).cause, last(world.transport).repeatability) == (causes.SKEW, "D2")
    assert "the client's clock is off" in story(last(world.transport))
    assert world.token(auth=None, **form).status == 200


def test_a_scope_that_nobody_asked_for_is_told_from_one_that_was_taken() -> None:
    """The first is the client's own doing; the second names who did it."""
    transport = EngineTransport(PLAN)
    ask(transport, OAUTH, {**GRANT, "scope": "read"}, SHOP)
    ask(transport, OAUTH, GRANT, SHOP)
    narrow, wide = (one for one in transport.world.tokens if one.kind == "access")
    transport.world.tokens.drop_scopes("oauth", wide.text, ("write",), "rule thief")

    for token in (narrow, wide):
        transport.send("GET", "/oauth/api/me", headers={"Authorization": f"Bearer {token.text}"})

    never, taken = list(transport.world.journal)[-2:]
    assert [(one.error, one.cause) for one in (never, taken)] == [
        ("scope_missing", causes.NEVER_ASKED), ("scope_missing", "rule thief"),
    ]  # fmt: skip
    assert (never.repeatability, taken.repeatability) == ("D0", "D2")
    assert causes.TOLD[causes.NEVER_ASKED] in story(never)


def test_a_scope_that_was_asked_for_and_not_granted_is_told_too() -> None:
    """As a person's narrower consent leaves it."""
    transport = EngineTransport(PLAN)
    ask(transport, OAUTH, {**GRANT, "scope": "read"}, SHOP)
    token = next(one for one in transport.world.tokens if one.kind == "access")
    token.asked_scopes = frozenset({"read", "write"})

    transport.send("GET", "/oauth/api/me", headers={"Authorization": f"Bearer {token.text}"})

    assert (last(transport).cause, last(transport).repeatability) == (causes.NOT_GRANTED, "D2")
    assert causes.TOLD[causes.NOT_GRANTED] in story(last(transport))


def test_a_failure_in_place_of_the_refusal_hides_its_cause() -> None:
    """The client never learnt of it."""
    down = Rule(name="down", fault=Abort(status=503), target="response")
    transport = EngineTransport(replace(PLAN, rules=(down,)))

    assert ask(transport, OAUTH, GRANT, basic("shpo", "x")) == 503
    assert last(transport).cause is None
