"""What becomes of deliveries, as stripe-python sees it: secrets that are rolled, events on their way, and giving up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
import requests
import stripe

from brownout.core.plan import Plan
from brownout.providers.stripe import StripeOptions, WebhookOptions

if TYPE_CHECKING:
    from tests.sdk.conftest import Delivery, MakeClient, Receiver

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

CREATED: Final = "customer.created"
DAY_SECONDS: Final = 86_400


def listen(client: stripe.StripeClient, receiver: Receiver) -> stripe.WebhookEndpoint:
    """Make a webhook endpoint."""
    return client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": [CREATED]})


def roll(brownout: Sandbox, endpoint: str, **options: Any) -> str:
    """Give an endpoint another secret and return that."""
    url = f"{brownout.url}/_brownout/webhook-secrets/roll"
    answer = requests.post(url, json={"endpoint": endpoint, **options}, timeout=10)
    assert answer.ok, answer.text
    secret: str = answer.json()["secret"]
    return secret


def opens(delivery: Delivery, *secrets: str) -> list[bool]:
    """Return of each secret whether stripe-python's verifier takes a delivery with it."""
    taken = []
    for secret in secrets:
        try:
            delivery.event(secret)
        except stripe.SignatureVerificationError:
            taken.append(False)
        else:
            taken.append(True)
    return taken


# ---------------------------------------------------------------- secrets
def test_either_secret_verifies_during_a_roll(
    brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    """For a day unless said otherwise: a program may take the new one whenever it likes; then the old one is void."""
    endpoint = listen(client, receiver)
    assert endpoint.secret is not None
    receiver.answers = [500]
    client.v1.customers.create()
    brownout.settle()

    secret = roll(brownout, endpoint.id)
    brownout.clock.advance("23h")
    client.v1.customers.create()
    brownout.settle()
    brownout.clock.advance("1h")
    client.v1.customers.create()
    brownout.settle()

    before, retried, during, after = receiver.got
    both = (endpoint.secret, secret)
    assert [opens(one, *both) for one in (before, retried, during, after)] == [
        [True, False],
        [True, True],
        [True, True],
        [False, True],
    ]
    assert before.event(endpoint.secret).id == retried.event(secret).id


def test_the_newest_secret_signs_first(brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver) -> None:
    """Letter for letter what stripe-python signs with each; rolled twice, three are good."""
    endpoint = listen(client, receiver)
    secrets = [roll(brownout, endpoint.id), endpoint.secret]
    secrets.insert(0, roll(brownout, endpoint.id))

    client.v1.customers.create()
    brownout.settle()

    (delivery,) = receiver.got
    stamp, *signatures = delivery.signature.split(",")
    made = [
        stripe.WebhookSignature.generate_signature_header(delivery.body.decode(), str(one), int(stamp[2:]))
        for one in secrets
    ]
    assert [f"{stamp},{one}" for one in signatures] == made


def test_an_old_secret_may_end_at_once(brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver) -> None:
    """As after a leak; other endpoints keep theirs."""
    leaked, other = listen(client, receiver), listen(client, receiver)
    secret = roll(brownout, leaked.id, expires_after=0)

    client.v1.customers.create()
    brownout.settle()

    known = (str(leaked.secret), secret, str(other.secret))
    assert sorted(opens(one, *known) for one in receiver.got) == [[False, False, True], [False, True, False]]


def test_a_configured_endpoint_rolls_for_every_account(
    brownout: Sandbox, make_client: MakeClient, receiver: Receiver
) -> None:
    """And may have several secrets from the start, as in the middle of a roll."""
    hook = WebhookOptions(url=receiver.url, events=(CREATED,), secrets=("whsec_new", "whsec_old"))
    brownout.use(Plan(providers={"stripe": StripeOptions(webhooks=(hook,))}))
    make_client("sk_test_one").v1.customers.create()
    brownout.settle()

    secret = roll(brownout, "we_configured_1", expires_after="1h")
    for key in ("sk_test_one", "sk_test_two"):
        make_client(key).v1.customers.create()
    brownout.settle()

    known = ("whsec_old", "whsec_new", secret)
    assert [opens(one, *known) for one in receiver.got] == [[True, True, False], [True, True, True], [True, True, True]]


# ---------------------------------------------------------------- on their way
def test_an_event_is_pending_until_every_endpoint_has_it(
    brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    """`pending_webhooks` falls, and the filter `delivery_success` follows; tries keep the figure of the first."""
    secret = listen(client, receiver).secret
    listen(client, receiver)
    receiver.answers = [500]
    brownout.clock.freeze()
    client.v1.customers.create()
    figures, found = [], []

    for step in ("0s", "1m"):
        brownout.clock.advance(step)
        (event,) = client.v1.events.list({"type": CREATED}).data
        figures.append((event.pending_webhooks, client.v1.events.retrieve(event.id).pending_webhooks))
        found.append([len(client.v1.events.list({"delivery_success": good}).data) for good in (True, False)])

    assert figures == [(1, 1), (0, 0)]
    assert found == [[0, 1], [1, 0]]
    assert len(receiver.got) == 3
    assert len({one.body for one in receiver.got}) == 1
    told = [one.event(secret) for one in receiver.got if opens(one, str(secret)) == [True]]
    assert {one.pending_webhooks for one in told} == {2}


def test_an_event_that_nobody_wants_is_pending_nowhere(client: stripe.StripeClient) -> None:
    """It counts as delivered, as at Stripe."""
    client.v1.customers.create()

    (event,) = client.v1.events.list({"delivery_success": True}).data

    assert event.pending_webhooks == 0


@pytest.mark.parametrize(("mode", "tries", "days"), [("live", 10, 3), ("sandbox", 4, 0.25)])
def test_how_often_a_failed_delivery_is_tried_again(
    brownout: Sandbox, make_client: MakeClient, receiver: Receiver, mode: Any, tries: int, days: float
) -> None:
    """For up to three days in live mode, three times over a few hours in a sandbox; then it is given up."""
    hook = WebhookOptions(url=receiver.url, events=(CREATED,))
    brownout.use(Plan(providers={"stripe": StripeOptions(webhooks=(hook,), webhook_retries=mode)}))
    client = make_client()
    receiver.answers = [500] * 20
    client.v1.customers.create()

    brownout.clock.advance("10d")

    (delivery,) = brownout.webhooks()
    assert (delivery["state"], len(receiver.got), len(delivery["attempts"])) == ("failed", tries, tries)
    assert delivery["attempts"][-1]["at"] - delivery["attempts"][0]["at"] <= days * DAY_SECONDS
    assert client.v1.events.list({"type": CREATED}).data[0].pending_webhooks == 1


# ---------------------------------------------------------------- giving up
def test_an_endpoint_that_failed_for_days_is_disabled(
    brownout: Sandbox, make_client: MakeClient, receiver: Receiver
) -> None:
    """If the options say after how long; switched on again it begins anew, and what was pending isn't sent."""
    brownout.use(Plan(providers={"stripe": StripeOptions(webhooks_disabled_after=2 * DAY_SECONDS)}))
    client = make_client()
    endpoint = listen(client, receiver)
    receiver.answers = [500] * 20
    client.v1.customers.create()
    brownout.clock.advance("1d")
    early = client.v1.webhook_endpoints.retrieve(endpoint.id).status
    brownout.clock.advance("3d")

    assert (early, client.v1.webhook_endpoints.retrieve(endpoint.id).status) == ("enabled", "disabled")
    assert [one["state"] for one in brownout.webhooks()] == ["cancelled"]
    receiver.answers.clear()
    before = len(receiver.got)
    client.v1.customers.create()
    brownout.settle()
    assert len(receiver.got) == before
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": False})
    client.v1.customers.create()
    brownout.settle()
    assert len(receiver.got) == before + 1
    assert client.v1.webhook_endpoints.retrieve(endpoint.id).status == "enabled"


def test_one_good_answer_keeps_an_endpoint_enabled(
    brownout: Sandbox, make_client: MakeClient, receiver: Receiver
) -> None:
    """Every try has to fail; without the option it fails for ever."""
    brownout.use(Plan(providers={"stripe": StripeOptions(webhooks_disabled_after=2 * DAY_SECONDS)}))
    client = make_client()
    endpoint = listen(client, receiver)
    for answers in ([500] * 9, []):
        receiver.answers = answers
        client.v1.customers.create()
        brownout.settle()
        brownout.clock.advance("1d")
    receiver.answers = [500] * 20
    client.v1.customers.create()
    brownout.clock.advance("1d")

    assert client.v1.webhook_endpoints.retrieve(endpoint.id).status == "enabled"


def test_a_deleted_endpoint_gets_no_more_tries(
    brownout: Sandbox, client: stripe.StripeClient, receiver: Receiver
) -> None:
    """And its event isn't pending any more."""
    endpoint = listen(client, receiver)
    receiver.answers = [500]
    client.v1.customers.create()
    brownout.settle()
    client.v1.webhook_endpoints.delete(endpoint.id)

    brownout.clock.advance("1h")

    assert len(receiver.got) == 1
    assert [one["state"] for one in brownout.webhooks()] == ["cancelled"]
    assert client.v1.events.list({"type": CREATED}).data[0].pending_webhooks == 0
