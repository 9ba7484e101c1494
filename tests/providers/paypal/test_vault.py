"""The vault: setup tokens approved by a payer, payment tokens made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from paypal_world import CARD, World

from brownout.providers.paypal.options import PayPalOptions
from brownout.providers.paypal.vault import vault

if TYPE_CHECKING:
    from paypal_world import Answered

SETUP, TOKENS = "/v3/vault/setup-tokens", "/v3/vault/payment-tokens"
URLS = {"return_url": "https://shop.test/ok?a=1", "cancel_url": "https://shop.test/no"}
WALLET = {"paypal": {"usage_type": "MERCHANT", "description": "Tea", "experience_context": URLS}}
DAY = 86_400


def setup(world: World, source: Any = None, **more: Any) -> Answered:
    """Make a setup token, of a card unless told otherwise."""
    return world.post(SETUP, {"payment_source": {"card": CARD} if source is None else source}, **more)


def exchange(world: World, setup_id: str, **more: Any) -> Answered:
    """Exchange a setup token."""
    return world.post(TOKENS, {"payment_source": {"token": {"id": setup_id, "type": "SETUP_TOKEN"}}}, **more)


def untouched(world: World) -> bytes:
    """Return the state before a call, once there is a token for it."""
    assert world.bearer
    return world.state()


@pytest.fixture
def strict(make_world: Any) -> World:
    """Return a world in which payers really have to approve."""
    made: World = make_world(PayPalOptions(approve="manual"))
    return made


def test_a_card_is_approved_at_once(world: World) -> None:
    """Of its number only the last digits are kept."""
    made = setup(world)

    assert (made.status, made.body["status"]) == (201, "APPROVED")
    assert made.body["payment_source"] == {
        "card": {"name": "Jane Roe", "last_digits": "0004", "expiry": "2030-01", "brand": "VISA", "type": "CREDIT"}
    }
    assert list(made.links) == ["self", "confirm"]
    assert b"4005519200000004" not in world.state()
    assert world.get(f"{SETUP}/{made.body['id']}").body == made.body


def test_a_wallet_waits_for_its_payer(strict: World) -> None:
    """The approve link approves and leads back; then it can be exchanged."""
    made = setup(strict, WALLET).body
    early = exchange(strict, made["id"])
    page = strict.get(next(one["href"] for one in made["links"] if one["rel"] == "approve"))
    done = exchange(strict, made["id"])

    assert (made["status"], early.status, early.issue) == ("PAYER_ACTION_REQUIRED", 422, "SETUP_TOKEN_NOT_APPROVED")
    assert page.status == 302
    assert page.headers["Location"].startswith("https://shop.test/ok?a=1&approval_token_id=")
    assert done.status == 201
    assert done.body["payment_source"]["paypal"]["description"] == "Tea"
    assert strict.get(f"{SETUP}/{made['id']}").body["status"] == "VAULTED"


def test_a_payer_can_say_no(strict: World) -> None:
    """The browser goes to `cancel_url`, and nothing is approved."""
    made = setup(strict, WALLET).body["id"]
    page = strict.get(f"/agreements/approve?approval_session_id={made}&action=cancel")

    assert page.headers["Location"].startswith("https://shop.test/no?")
    assert exchange(strict, made).issue == "SETUP_TOKEN_NOT_APPROVED"


def test_without_both_urls_there_is_nothing_to_approve(world: World) -> None:
    """201 CREATED and no approve link, as the sandbox was seen to do; it can't be exchanged."""
    made = setup(world, {"paypal": {"experience_context": {"return_url": "https://shop.test/ok"}}})

    assert (made.status, made.body["status"]) == (201, "CREATED")
    assert list(made.links) == ["self"]
    assert exchange(world, made.body["id"]).issue == "SETUP_TOKEN_NOT_APPROVED"


def test_by_default_payers_agree_by_themselves(world: World) -> None:
    """As they do with orders, unless `approve` is manual."""
    assert exchange(world, setup(world, WALLET).body["id"]).status == 201


def test_a_card_that_must_be_verified_waits(strict: World) -> None:
    """SCA_ALWAYS asks the payer."""
    made = setup(strict, {"card": {**CARD, "verification_method": "SCA_ALWAYS"}})

    assert made.body["status"] == "PAYER_ACTION_REQUIRED"
    assert strict.get(f"/agreements/approve?approval_session_id={made.body['id']}").status == 200
    assert exchange(strict, made.body["id"]).status == 201


def test_a_setup_token_is_exchanged_once(world: World) -> None:
    """And within three days."""
    used, old = setup(world).body["id"], setup(world).body["id"]
    assert exchange(world, used).status == 201
    before = untouched(world)

    assert exchange(world, used).issue == "SETUP_TOKEN_ALREADY_VAULTED"
    assert exchange(world, "NOBODY").status == 404
    assert world.state() == before
    world.advance(3 * DAY)
    bearer = {"Authorization": "Bearer " + world.token().body["access_token"]}
    assert exchange(world, old, **bearer).issue == "SETUP_TOKEN_EXPIRED"


def test_a_card_can_be_saved_in_one_step(world: World) -> None:
    """For a customer whom the merchant names."""
    body = {"payment_source": {"card": CARD}, "customer": {"id": "customer-1", "merchant_customer_id": "m-1"}}
    made = world.post(TOKENS, body)

    assert made.status == 201
    assert made.body["customer"] == {"id": "customer-1", "merchant_customer_id": "m-1"}
    assert world.get(f"{TOKENS}/{made.body['id']}").body == made.body


def test_a_customers_tokens_are_listed_in_pages(world: World) -> None:
    """The newest first, five to a page; totals if asked for."""
    body = {"payment_source": {"card": CARD}, "customer": {"id": "customer-1"}}
    made = [world.post(TOKENS, body).body["id"] for _ in range(7)]
    world.post(TOKENS, {"payment_source": {"card": CARD}})
    first = world.get(f"{TOKENS}?customer_id=customer-1&total_required=true")
    second = world.get(first.links["next"])

    assert [one["id"] for one in first.body["payment_tokens"] + second.body["payment_tokens"]] == made[::-1]
    assert (first.body["total_items"], first.body["total_pages"]) == (7, 2)
    assert "total_items" not in second.body
    assert world.get(f"{TOKENS}?customer_id=nobody1").body["payment_tokens"] == []
    assert world.get(TOKENS).issue == "MISSING_REQUIRED_PARAMETER"
    assert world.get(f"{TOKENS}?customer_id=customer-1&page=0").issue == "INVALID_PARAMETER_VALUE"


def test_a_deleted_token_is_gone(world: World) -> None:
    """204, then 404; deleting twice is no error."""
    made = world.post(TOKENS, {"payment_source": {"card": CARD}}).body["id"]

    assert [world.send("DELETE", f"{TOKENS}/{made}").status for _ in range(2)] == [204, 204]
    assert world.get(f"{TOKENS}/{made}").issue == "INVALID_RESOURCE_ID"


def test_a_repeat_returns_the_same_token(world: World) -> None:
    """Under the same request id for three hours: 201, then 200."""
    body = {"payment_source": {"card": CARD}}
    setups = [setup(world, PayPal_Request_Id="k-1") for _ in range(2)]
    tokens = [world.post(TOKENS, body, PayPal_Request_Id="k-1") for _ in range(2)]

    assert [one.status for one in setups + tokens] == [201, 200, 201, 200]
    assert setups[0].body == setups[1].body
    assert tokens[0].body == tokens[1].body


@pytest.mark.parametrize(
    ("source", "status", "issue"),
    [
        ({}, 400, "MISSING_REQUIRED_PARAMETER"),
        ({"card": CARD, "paypal": {}}, 400, "INVALID_PARAMETER_VALUE"),
        ({"card": {**CARD, "number": "4005519200000005"}}, 422, "PAYMENT_SOURCE_CANNOT_BE_USED"),
        ({"card": {**CARD, "expiry": "2020-01"}}, 422, "CARD_EXPIRED"),
        ({"bank": {}}, 422, "PAYMENT_SOURCE_CANNOT_BE_USED"),
        ({"card": 5}, 400, "MALFORMED_REQUEST_JSON"),
        (5, 400, "MALFORMED_REQUEST_JSON"),
        ({"paypal": {"experience_context": {"return_url": "https://a\r\nX: y"}}}, 400, "INVALID_PARAMETER_SYNTAX"),
    ],
)
def test_what_cant_be_saved_is_refused(world: World, source: Any, status: int, issue: str) -> None:
    """And nothing is kept."""
    before = untouched(world)
    refused = setup(world, source)

    assert (refused.status, refused.issue) == (status, issue)
    assert "payment-tokens/v3/errors" in refused.body["links"][0]["href"]
    assert world.state() == before


@pytest.mark.parametrize(
    ("source", "issue"),
    [
        ({"token": {"type": "SETUP_TOKEN"}}, "MISSING_REQUIRED_PARAMETER"),
        ({"token": {"id": "x", "type": "NONCE"}}, "INVALID_PARAMETER_VALUE"),
        ({"paypal": {}}, "PAYMENT_SOURCE_CANNOT_BE_USED"),
        ({"card": {}}, "PAYMENT_SOURCE_CANNOT_BE_USED"),
    ],
)
def test_what_is_no_payment_token_is_refused(world: World, source: Any, issue: str) -> None:
    """A wallet can't be saved without its payer."""
    assert world.post(TOKENS, {"payment_source": source}).issue == issue


def test_an_order_is_paid_with_a_saved_card(world: World) -> None:
    """By its vault id or as a token; a deleted one no longer pays, and a wallet's is no card."""
    made = world.post(TOKENS, {"payment_source": {"card": CARD}}).body["id"]
    wallet = exchange(world, setup(world, WALLET).body["id"]).body["id"]
    sources = {"card": {"vault_id": made}}, {"token": {"id": made, "type": "PAYMENT_METHOD_TOKEN"}}
    paid = [world.create(key=f"k-{number}", payment_source=one) for number, one in enumerate(sources)]
    world.send("DELETE", f"{TOKENS}/{made}")
    gone = [world.create(key=f"g-{number}", payment_source=one) for number, one in enumerate(sources)]

    assert [one.body["payment_source"]["card"]["last_digits"] for one in paid] == ["0004", "0004"]
    assert [one.body["status"] for one in paid] == ["COMPLETED", "COMPLETED"]
    assert [one.issue for one in gone] == ["TOKEN_ID_NOT_FOUND", "TOKEN_ID_NOT_FOUND"]
    assert world.create(key="w-1", payment_source={"paypal": {"vault_id": wallet}}).body["status"] == "COMPLETED"
    mismatched = world.create(key="w-2", payment_source={"card": {"vault_id": wallet}})
    assert mismatched.issue == "MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE"


def test_webhooks_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of tokens made and deleted."""
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(vault, "emit", lambda _call, kind, resource: told.append((kind, resource["id"])))
    made = world.post(TOKENS, {"payment_source": {"card": CARD}}).body["id"]
    world.send("DELETE", f"{TOKENS}/{made}")

    assert told == [("VAULT.PAYMENT-TOKEN.CREATED", made), ("VAULT.PAYMENT-TOKEN.DELETED", made)]


def test_unknown_ids(world: World) -> None:
    """404 for a setup token, and a page that says so."""
    assert world.get(f"{SETUP}/NOBODY").issue == "INVALID_RESOURCE_ID"
    assert world.get("/agreements/approve?approval_session_id=NOBODY").status == 404
