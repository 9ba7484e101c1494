"""Who may call: keys, accounts, versions."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from stripe_world import World

from brownout.core.plan import Plan
from brownout.core.rules import Count, Rule
from brownout.faults.token import Token
from brownout.providers.stripe import StripeOptions
from brownout.providers.stripe.keys import credential, masked

LIVE = "sk_live_51ABCDEFGHIJKLMNOsecret"


def test_without_a_key_the_answer_is_401(world: Any) -> None:
    """No Request-Id and no Idempotency-Key then, but a challenge."""
    answered = world.post("/v1/customers", key=None, headers={"Idempotency-Key": "k"})

    assert answered.status == 401
    assert answered.error == {
        "message": "You did not provide an API key. You need to provide your API key in the Authorization header, "
        "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See "
        "https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
        "type": "invalid_request_error",
    }
    assert answered.headers["Www-Authenticate"] == 'Bearer realm="Stripe"'
    assert not {"Request-Id", "Idempotency-Key", "Original-Request"} & answered.headers.keys()


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("sk_test_!!abcd", "Invalid API Key provided: **********abcd"),
        ("nonsense", "Invalid API Key provided: ****ense"),
        ("sk_test_", "Invalid API Key provided: ****est_"),
        ("é" * 300, f"Invalid API Key provided: {'*' * 296}éééé"),
    ],
)
def test_a_malformed_key_is_shown_masked(world: Any, key: str, message: str) -> None:
    """Only its last four characters are repeated."""
    answered = world.get("/v1/balance", key=key)

    assert (answered.status, answered.error["message"]) == (401, message)


@pytest.mark.parametrize("prefix", ["sk_live_", "rk_live_", "pk_live_"])
def test_a_live_key_is_refused_unseen(world: Any, prefix: str) -> None:
    """The answer explains what this is and doesn't repeat any of the key, nor does the journal."""
    key = LIVE.replace("sk_live_", prefix)

    answered = world.get("/v1/balance", key=key)

    assert answered.status == 401
    assert "This is Brownout" in answered.error["message"]
    assert b"ABCDEFGH" not in answered.raw
    assert all(b"ABCDEFGH" not in record.line() for record in world.box.journal)


def test_keys_of_one_stem_open_one_account(world: Any) -> None:
    """Secret, restricted and publishable keys of a stem share an account; other stems have others."""

    def account(key: str) -> str:
        found = credential({"Authorization": f"Bearer {key}"})
        assert found is not None
        return found.account

    assert account("sk_test_shop") == account("rk_test_shop") == account("pk_test_shop") != account("sk_test_other")
    assert account("sk_test_51ABCDEFGHIJKLMNO1") == account("pk_test_51ABCDEFGHIJKLMNO2zzz") == "acct_1ABCDEFGHIJKLMNO"
    assert len(account("sk_test_shop")) == len("acct_") + 16


def test_accounts_dont_see_each_other(world: Any) -> None:
    """An object of one account doesn't exist for another."""
    made = world.post("/v1/customers", key="sk_test_a").body["id"]

    assert world.get(f"/v1/customers/{made}", key="rk_test_a").status == 200
    assert world.get(f"/v1/customers/{made}", key="sk_test_b").status == 404


def test_basic_authentication_carries_the_key_as_user(world: Any) -> None:
    """`curl -u sk_test_shop:` works; broken Basic is no key at all."""
    made = world.post("/v1/customers").body["id"]
    basic = b64encode(b"sk_test_shop:").decode()

    assert world.get(f"/v1/customers/{made}", key=None, headers={"Authorization": f"Basic {basic}"}).status == 200
    for broken in ("Basic ???", "Basic", "Basic /w==", "Digest x", "Bearer ", "x"):
        assert world.get("/v1/balance", key=None, headers={"Authorization": broken}).status == 401


def test_a_publishable_key_may_only_what_a_browser_does(world: Any) -> None:
    """It makes payment methods, and reads or confirms a payment whose client secret it knows."""
    intent = world.post(
        "/v1/payment_intents",
        "amount=500&currency=usd&payment_method=pm_card_visa&automatic_payment_methods[enabled]=true"
        "&automatic_payment_methods[allow_redirects]=never",
    ).body
    path, secret = f"/v1/payment_intents/{intent['id']}", intent["client_secret"]
    key = "pk_test_shop"

    refused = world.get("/v1/balance", key=key)

    assert refused.status == 401
    assert refused.error["code"] == "secret_key_required"
    assert refused.error["message"].startswith("This API call cannot be made with a publishable API key.")
    assert world.get(path, key=key).status == 401
    assert world.get(path, f"client_secret={secret}x", key=key).status == 400
    assert world.get(path, f"client_secret={secret}", key=key).status == 200
    assert world.post("/v1/payment_methods", "type=card&card[token]=tok_visa", key=key).status == 200
    assert world.post(f"{path}/confirm", f"client_secret={secret}", key=key).body["status"] == "succeeded"


def test_closed_credentials_take_listed_keys_alone(make_world: Any) -> None:
    """With `credentials: closed` any other key is invalid, also where none is listed."""
    plan = Plan(credentials="closed", providers={"stripe": StripeOptions(keys=("sk_test_one",))})
    world = make_world(plan=plan)

    assert world.get("/v1/balance", key="sk_test_one").status == 200
    assert world.get("/v1/balance", key="sk_test_two").error["message"] == "Invalid API Key provided: sk_test_****"
    assert make_world(plan=Plan(credentials="closed")).get("/v1/balance").status == 401


def test_stripe_account_must_be_ones_own(world: Any) -> None:
    """Another account is forbidden, one's own is nothing special."""
    own = credential({"Authorization": "Bearer sk_test_shop"})
    assert own is not None

    refused = world.get("/v1/balance", headers={"Stripe-Account": "acct_other"})

    assert refused.status == 403
    assert refused.error["code"] == "account_invalid"
    assert "does not have access to account 'acct_other'" in refused.error["message"]
    assert world.get("/v1/balance", headers={"Stripe-Account": own.account}).status == 200


@pytest.mark.parametrize("version", ["2026-10-28.endive", "2020-08-27", "2026-10-28.endive; some_beta=v1"])
def test_the_version_is_echoed(world: Any, version: str) -> None:
    """Any version that could be one is taken."""
    answered = world.get("/v1/balance", headers={"Stripe-Version": version})

    assert (answered.status, answered.headers["Stripe-Version"]) == (200, version)


@pytest.mark.parametrize("version", ["latest", "2026-13-01", "2026-10-28 or so"])
def test_a_version_that_cant_be_one_is_refused(world: Any, version: str) -> None:
    """The bad value is in the message and in the echo."""
    answered = world.get("/v1/balance", headers={"Stripe-Version": version})

    assert (answered.status, answered.error["message"]) == (400, f"Invalid Stripe API version: {version}")
    assert answered.headers["Stripe-Version"] == version
    assert "request_log_url" not in answered.error


def test_a_short_key_is_masked_whole() -> None:
    """Four characters or fewer after the prefix aren't shown at all."""
    assert masked("sk_test_abcd") == "sk_test_****"


def test_a_revoked_key_is_an_expired_one() -> None:
    """In Stripe's words, masked, from the struck call on; other keys of the account stay good."""
    gone = Rule(name="gone", fault=Token(change="revoke"), target="edge", count=Count(nth=(2,)))
    world = World(plan=Plan(seed=7, rules=(gone,)))
    key = "sk_test_abcdefgh1234"

    answers = [world.post("/v1/customers", "name=A", key=key, headers={"Idempotency-Key": f"k{n}"}) for n in range(3)]

    assert [answer.status for answer in answers] == [200, 401, 401]
    assert answers[2].error == {
        "code": "api_key_expired",
        "doc_url": "https://stripe.com/docs/error-codes/api-key-expired",
        "message": "Expired API Key provided: sk_test_********1234",
        "type": "invalid_request_error",
    }
    assert answers[2].headers["Www-Authenticate"] == 'Bearer realm="Stripe"'
    assert not {"Request-Id", "Idempotency-Key", "Stripe-Should-Retry"} & answers[2].headers.keys()
    records = list(world.box.journal)
    assert [(one.error, one.cause) for one in records] == [(None, None), *[("token_revoked", "rule gone")] * 2]
    assert all(b"abcdefgh" not in record.line() for record in records)
    assert world.get("/v1/balance", key="rk_test_abcdefgh1234").status == 200


@pytest.mark.parametrize("key", [LIVE, "nonsense", None])
def test_what_is_no_good_key_is_refused_for_what_it_is(key: str | None) -> None:
    """Revoking it changes nothing that its owner would see."""
    gone = Rule(name="gone", fault=Token(change="revoke"), target="edge")
    struck, plain = World(plan=Plan(rules=(gone,))), World(plan=Plan())

    assert struck.get("/v1/balance", key=key).error == plain.get("/v1/balance", key=key).error
