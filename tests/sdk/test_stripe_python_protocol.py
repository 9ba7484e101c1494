"""What stripe-python does beside the objects: expanding, keys, headers, accounts, async calls, the module-level API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import stripe

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.sdk.conftest import MakeClient

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

PAY: dict[str, Any] = {
    "amount": 2000,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types": ["card"],
    "confirm": True,
    "capture_method": "automatic",
    "metadata": {"order_id": "o-1"},
}


# ---------------------------------------------------------------- expand
def test_what_is_expanded_comes_back_typed(client: stripe.StripeClient) -> None:
    """Ids become the SDK's own objects, up to four levels deep, also in lists and on writes."""
    ada = client.v1.customers.create({"name": "Ada"})
    paid = client.v1.payment_intents.create(
        {**PAY, "customer": ada.id, "expand": ["customer", "payment_method", "latest_charge.balance_transaction"]}
    )
    listed = client.v1.payment_intents.list(
        {"expand": ["data.latest_charge.payment_intent.latest_charge.balance_transaction"]}
    ).data[0]

    assert isinstance(paid.customer, stripe.Customer)
    assert paid.customer.name == "Ada"
    assert isinstance(paid.payment_method, stripe.PaymentMethod)
    assert isinstance(paid.latest_charge, stripe.Charge)
    assert isinstance(paid.latest_charge.balance_transaction, stripe.BalanceTransaction)
    assert isinstance(listed.latest_charge, stripe.Charge)
    assert isinstance(listed.latest_charge.payment_intent, stripe.PaymentIntent)
    inner = listed.latest_charge.payment_intent.latest_charge
    assert isinstance(inner, stripe.Charge)
    assert isinstance(inner.balance_transaction, stripe.BalanceTransaction)
    assert inner.balance_transaction.id == paid.latest_charge.balance_transaction.id


def test_a_deleted_customer_expands_to_its_stub(client: stripe.StripeClient) -> None:
    """What is left of it is shown where it was."""
    ada = client.v1.customers.create()
    paid = client.v1.payment_intents.create({**PAY, "customer": ada.id})
    client.v1.customers.delete(ada.id)

    found = client.v1.payment_intents.retrieve(paid.id, {"expand": ["customer"]})

    assert isinstance(found.customer, stripe.Customer)
    assert found.customer.deleted


@pytest.mark.parametrize("paths", [["nothing"], ["amount"], ["latest_charge.nothing"], ["customer", "wat"]])
def test_what_can_not_be_expanded_is_refused(brownout: Sandbox, client: stripe.StripeClient, paths: list[str]) -> None:
    """Before anything happens: the payment isn't made."""
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.payment_intents.create({**PAY, "expand": paths})

    assert brownout.ledger().entries == ()


def test_a_list_asks_for_data_first(client: stripe.StripeClient) -> None:
    """A path that would fit one object is refused on a list, with a hint."""
    with pytest.raises(stripe.InvalidRequestError, match=r"try expanding 'data\.customer' instead"):
        client.v1.payment_intents.list({"expand": ["customer"]})


# ---------------------------------------------------------------- lists
LISTS = ["customers", "payment_intents", "charges", "refunds", "balance_transactions", "events", "webhook_endpoints"]


@pytest.fixture
def three_hours(brownout: Sandbox, client: stripe.StripeClient) -> list[int]:
    """Three hours in each of which a customer paid and was refunded; the moments at which they began."""
    brownout.clock.freeze()
    moments = []
    for _ in range(3):
        ada = client.v1.customers.create()
        moments.append(ada.created)
        paid = client.v1.payment_intents.create({**PAY, "customer": ada.id})
        client.v1.refunds.create({"payment_intent": paid.id})
        client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["charge.expired"]})
        brownout.clock.advance("1h")
    return moments


@pytest.mark.usefixtures("three_hours")
@pytest.mark.parametrize("name", LISTS)
def test_every_list_pages_in_both_directions(client: stripe.StripeClient, name: str) -> None:
    """Pages of one object each add up to the whole list, newest first, and backwards from the oldest."""
    service = getattr(client.v1, name)
    whole = [one.id for one in service.list({"limit": 100}).data]

    forwards = [one.id for one in service.list({"limit": 1}).auto_paging_iter()]
    backwards = [one.id for one in service.list({"limit": 1, "ending_before": whole[-1]}).auto_paging_iter()]

    assert len(whole) >= 3
    assert len(set(whole)) == len(whole)
    assert forwards == whole
    assert backwards == whole[-2::-1]
    assert service.list({"limit": 100}).url == f"/v1/{name}"


@pytest.mark.parametrize("name", [one for one in LISTS if one != "webhook_endpoints"])
def test_every_list_is_filtered_by_moment(client: stripe.StripeClient, three_hours: list[int], name: str) -> None:
    """A range of world time shows what was created in it, and no more."""
    service = getattr(client.v1, name)
    begin, end = three_hours[1], three_hours[2]
    whole = list(service.list({"limit": 100}).data)

    found = service.list({"limit": 100, "created": {"gte": begin, "lt": end}}).data

    assert found
    assert [one.id for one in found] == [one.id for one in whole if begin <= one.created < end]
    assert service.list({"created": {"gt": end + 7200}}).data == []


# ---------------------------------------------------------------- idempotency
def test_a_key_replays_its_first_answer(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Byte for byte, marked as a replay, naming the first request; nothing happens again."""
    key = {"idempotency_key": "o-1"}
    first = client.v1.payment_intents.create(PAY, key)
    client.v1.payment_intents.update(first.id, {"description": "changed since"})

    again = client.v1.payment_intents.create(PAY, key)

    assert first.last_response is not None
    assert again.last_response is not None
    assert again.last_response.body == first.last_response.body
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.request_id
    assert again.last_response.idempotency_key == "o-1"
    assert brownout.ledger().captured("o-1") == 2000
    assert [one.idempotency for one in brownout.exchanges(operation="stripe.payment_intents.create")] == [
        "first",
        "replay",
    ]


def test_a_decline_is_replayed_too(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A declined payment is an executed one: its key gives the same decline again."""
    declined = {**PAY, "payment_method": "pm_card_chargeDeclined"}
    bodies = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            client.v1.payment_intents.create(declined, {"idempotency_key": "o-1"})
        bodies.append(refused.value.http_body)

    assert bodies[0] == bodies[1]
    assert len(client.v1.payment_intents.list().data) == 1
    assert brownout.ledger().captured() == 0


def test_a_refused_parameter_frees_its_key(client: stripe.StripeClient) -> None:
    """What never ran isn't kept: the corrected request may use the same key."""
    key = {"idempotency_key": "o-1"}
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create({**PAY, "amount": 0}, key)

    assert client.v1.payment_intents.create(PAY, key).status == "succeeded"


def test_a_key_is_for_one_request_only(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Other parameters or another endpoint under a known key are an idempotency error, and nothing happens."""
    key = {"idempotency_key": "o-1"}
    client.v1.payment_intents.create(PAY, key)

    with pytest.raises(stripe.IdempotencyError, match="same parameters") as params:
        client.v1.payment_intents.create({**PAY, "amount": 2001}, key)
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v1.customers.create({}, key)

    assert (params.value.http_status, params.value.code) == (400, None)
    assert "'o-1'" in str(params.value)
    assert brownout.ledger().captured() == 2000
    assert client.v1.customers.list().data == []


def test_a_key_is_forgotten_after_a_day_of_world_time(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Then it is a new request: the order is paid again, and the ledger says so."""
    key = {"idempotency_key": "o-1"}
    client.v1.payment_intents.create(PAY, key)
    brownout.clock.advance("23h")
    client.v1.payment_intents.create(PAY, key)
    before = brownout.ledger().duplicated

    brownout.clock.advance("2h")
    client.v1.payment_intents.create(PAY, key)

    assert before == []
    assert [(one.key, one.extra_minor) for one in brownout.ledger().duplicated] == [("o-1", 2000)]


def test_keys_of_two_accounts_never_meet(brownout: Sandbox, make_client: MakeClient) -> None:
    """Each account has its own keys, objects and balance in one sandbox."""
    one, two = make_client("sk_test_one"), make_client("sk_test_two")

    paid = one.v1.payment_intents.create(PAY, {"idempotency_key": "o-1"})
    other = two.v1.payment_intents.create(PAY, {"idempotency_key": "o-1"})

    assert paid.id != other.id
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent"):
        two.v1.payment_intents.retrieve(paid.id)
    assert brownout.ledger().duplicated == []


# ---------------------------------------------------------------- headers and encodings
def test_every_answer_says_which_request_it_was(client: stripe.StripeClient) -> None:
    """The SDK finds id and key in the headers, and the version that it asked for."""
    made = client.v1.customers.create({}, {"idempotency_key": "k-1"})
    found = client.v1.customers.retrieve(made.id)

    assert made.last_response is not None
    assert found.last_response is not None
    assert (made.last_response.request_id or "").startswith("req_")
    assert made.last_response.request_id != found.last_response.request_id
    assert (made.last_response.idempotency_key, found.last_response.idempotency_key) == ("k-1", None)
    assert made.last_response.headers["Stripe-Version"] == stripe.api_version
    assert made.last_response.headers["Stripe-Should-Retry"] == "false"
    assert "Stripe-Should-Retry" not in found.last_response.headers


def test_moments_are_sent_as_seconds(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A datetime in a filter reads as its unix second."""
    made = client.v1.customers.create()
    at = datetime.fromtimestamp(made.created, UTC)

    found = client.v1.customers.list({"created": {"gte": at}})  # type: ignore[typeddict-item]

    assert [one.id for one in found.data] == [made.id]
    assert brownout.exchanges()[-1].status == 200


def test_deeply_nested_parameters_arrive(client: stripe.StripeClient) -> None:
    """Groups within groups and lists within lists are read as they were meant."""
    made = client.v1.payment_intents.create(
        {
            "amount": 2000,
            "currency": "USD",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "payment_method_options": {"card": {"request_three_d_secure": "any"}},
            "payment_method_data": {
                "type": "card",
                "card": {"number": "4242 4242 4242 4242", "exp_month": 12, "exp_year": 34},  # type: ignore[typeddict-unknown-key]
                "billing_details": {"address": {"line1": "1 & 2", "postal_code": "=5"}, "email": "a+b@example.com"},
            },
            "shipping": {"name": "Ada", "address": {"line1": "x"}},
            "expand": ["payment_method"],
        }
    )

    assert made.currency == "usd"
    assert made.payment_method_types == ["card", "link"]
    assert made.to_dict()["payment_method_options"]["card"]["request_three_d_secure"] == "any"
    assert isinstance(made.payment_method, stripe.PaymentMethod)
    billed = made.payment_method.billing_details
    assert billed.address is not None
    assert (billed.address.line1, billed.address.postal_code, billed.email) == ("1 & 2", "=5", "a+b@example.com")


def test_a_restricted_key_and_the_own_account_open_the_same_account(
    brownout: Sandbox, client: stripe.StripeClient, make_client: MakeClient
) -> None:
    """A restricted key of the same stem sees the same objects, and naming one's own account changes nothing."""
    made = client.v1.customers.create()
    account = brownout.exchanges()[-1].account

    restricted = make_client("rk_test_shop").v1.customers.retrieve(made.id)
    named = make_client(stripe_account=account).v1.customers.retrieve(made.id)

    assert (restricted.id, named.id) == (made.id, made.id)


def test_a_publishable_key_may_only_do_what_a_browser_does(
    client: stripe.StripeClient, make_client: MakeClient
) -> None:
    """It makes payment methods and confirms a payment whose secret it has, and nothing else."""
    browser = make_client("pk_test_shop")
    waiting = client.v1.payment_intents.create({**PAY, "confirm": False, "payment_method": ""})
    card = browser.v1.payment_methods.create(
        {"type": "card", "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034}}
    )

    paid = browser.v1.payment_intents.confirm(
        waiting.id,
        {"payment_method": card.id, "client_secret": waiting.client_secret},  # type: ignore[typeddict-unknown-key]
    )

    assert paid.status == "succeeded"
    with pytest.raises(stripe.AuthenticationError, match="publishable API key"):
        browser.v1.customers.list()


def test_a_port_of_its_own_is_the_same_sandbox(
    brownout: Sandbox, client: stripe.StripeClient, make_client: MakeClient
) -> None:
    """`listen` gives an address without a path for SDKs that can't take one; it shows the same objects."""
    made = client.v1.customers.create()
    bare = brownout.listen("stripe")

    found = make_client(base_addresses=dict.fromkeys(brownout.stripe_bases, bare)).v1.customers.retrieve(made.id)

    assert found.id == made.id
    assert bare.count("/") == 2


# ---------------------------------------------------------------- async
@pytest.fixture
async def async_client(brownout: Sandbox) -> AsyncIterator[stripe.StripeClient]:
    """A client whose `…_async` methods run on aiohttp, which Brownout itself brings along."""
    async with aiohttp.ClientSession() as session:
        yield stripe.StripeClient(
            "sk_test_shop", base_addresses=brownout.stripe_bases, http_client=stripe.AIOHTTPClient(session=session)
        )


async def test_async_methods_reach_the_same_operations(brownout: Sandbox, async_client: stripe.StripeClient) -> None:
    """Paying, refunding, retrieving and auto-paging work without blocking."""
    paid = await async_client.v1.payment_intents.create_async(PAY)
    await async_client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 500})
    found = await async_client.v1.payment_intents.retrieve_async(paid.id, {"expand": ["latest_charge"]})
    made = [(await async_client.v1.customers.create_async()).id for _ in range(5)]
    listed = await async_client.v1.customers.list_async({"limit": 2})

    assert isinstance(found.latest_charge, stripe.Charge)
    assert found.latest_charge.amount_refunded == 500
    assert [one.id async for one in listed.auto_paging_iter()] == made[::-1]
    assert (brownout.ledger().captured("o-1"), brownout.ledger().refunded("o-1")) == (2000, 500)


async def test_async_methods_raise_the_same_errors(brownout: Sandbox, async_client: stripe.StripeClient) -> None:
    """A decline, a lost connection and a replay look as they do to blocking code."""
    with pytest.raises(stripe.CardError) as declined:
        await async_client.v1.payment_intents.create_async({**PAY, "payment_method": "pm_card_chargeDeclined"})
    with (
        brownout.fault("abort", operation="stripe.payment_intents.create", target="response", connection="reset"),
        pytest.raises(stripe.APIConnectionError),
    ):
        await async_client.v1.payment_intents.create_async(PAY, {"idempotency_key": "o-1"})
    again = await async_client.v1.payment_intents.create_async(PAY, {"idempotency_key": "o-1"})

    assert declined.value.code == "card_declined"
    assert again.status == "succeeded"
    assert brownout.ledger().captured("o-1") == 2000


# ---------------------------------------------------------------- the module-level API
@pytest.fixture
def module_api(brownout: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Point `stripe` itself here, as code does that never makes a client."""
    transport = stripe.RequestsClient(timeout=10)
    monkeypatch.setattr(stripe, "api_key", "sk_test_shop")
    monkeypatch.setattr(stripe, "default_http_client", transport)
    for name in ("api_base", "connect_api_base", "upload_api_base", "meter_events_api_base"):
        monkeypatch.setattr(stripe, name, brownout.url_of("stripe"))
    yield
    transport.close()


@pytest.mark.usefixtures("module_api")
def test_the_module_level_api_reaches_the_same_operations(brownout: Sandbox) -> None:
    """Classes and the methods of their objects: create, confirm, capture, refund, list, modify, delete."""
    ada = stripe.Customer.create(name="Ada")
    stripe.Customer.modify(ada.id, metadata={"a": "1"})
    ada.refresh()
    held = stripe.PaymentIntent.create(**{**PAY, "confirm": False, "capture_method": "manual", "customer": ada.id})
    held.confirm()
    held.capture(amount_to_capture=1500)
    given = stripe.Refund.create(payment_intent=held.id, amount=500)
    charge = stripe.Charge.retrieve(str(held.latest_charge))
    refunds = stripe.Charge.list_refunds(charge.id)
    card = stripe.PaymentMethod.attach("pm_card_visa", customer=ada.id)

    assert ada.to_dict()["metadata"] == {"a": "1"}
    assert (held.status, held.amount_received, charge.amount_refunded) == ("succeeded", 1500, 500)
    assert [one.id for one in refunds.data] == [given.id]
    assert stripe.Charge.retrieve_refund(charge.id, given.id).id == given.id
    assert [one.id for one in ada.list_payment_methods().data] == [card.id]
    assert [one.id for one in stripe.Customer.list(limit=1).auto_paging_iter()] == [ada.id]
    assert stripe.Balance.retrieve().object == "balance"
    assert stripe.Event.list(type="charge.captured").data[0].data.object["id"] == charge.id
    assert ada.delete().deleted
    assert brownout.ledger().captured("o-1") == 1500


@pytest.mark.slow
@pytest.mark.usefixtures("module_api")
def test_the_module_level_api_retries_by_itself(brownout: Sandbox) -> None:
    """Its default of two retries, each with the same key, heals a lost answer: the order is paid once."""
    assert stripe.max_network_retries == 2
    with brownout.fault(
        "abort", operation="stripe.payment_intents.create", target="response", connection="reset", first=1
    ):
        paid = stripe.PaymentIntent.create(**PAY)

    assert paid.status == "succeeded"
    assert brownout.ledger().captured("o-1") == 2000
    brownout.verify(operation="stripe.payment_intents.create", count=2)
