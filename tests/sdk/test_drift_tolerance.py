"""Drifts under the official SDKs: what a tolerant reader gets over, what breaks a strict one, what nobody notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import onfido
import pytest
import stripe
from onfido import ApplicantBuilder
from pydantic import ValidationError

if TYPE_CHECKING:
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

CREATE: Final = "stripe.payment_intents.create"
APPLICANT: Final = "onfido.applicants.retrieve"
ORDER: Final = "paypal.orders.retrieve"
PAY: Final[dict[str, Any]] = {
    "amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "allowed_payment_method_types": ["card"],
    "confirm": True, "metadata": {"order_id": "o-1"},
}  # fmt: skip


def states(brownout: Sandbox) -> list[str]:
    """Return what became of the rules that fired in the last exchange, with their words."""
    last = list(brownout.exchanges())[-1]
    return [f"{one['state']}: {', '.join(one['effects'])}" for one in last.decided["fired"]]


def test_money_in_another_unit_is_noticed_by_nobody(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """A shop that compares what it asked for with what it got finds a hundredth; the ledger has it all."""
    with brownout.fault("drift", operation=CREATE, change="money"):
        intent = client.v1.payment_intents.create(PAY)

    assert (intent.amount, intent.amount_received, type(intent.amount)) == (20, 20, int)
    assert brownout.ledger().captured("o-1") == 2000
    assert all("silent" in one for one in states(brownout))


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ({"change": "extra", "path": "$.risk", "to": {"score": 7}}, 2000),
        ({"change": "omit_null"}, 2000),
        ({"change": "retype", "path": "$.amount", "to": "float"}, 2000),
        ({"change": "status", "to": 201}, 2000),
        ({"change": "date", "to": "iso8601"}, 2000),
    ],
    ids=lambda one: one["change"] if isinstance(one, dict) else "",
)
def test_what_stripe_python_gets_over(
    brownout: Sandbox, client: stripe.StripeClient, options: dict[str, Any], seen: int
) -> None:  # fmt: skip
    """It reads what there is and checks no types: an amount is an amount still."""
    with brownout.fault("drift", operation=CREATE, **options) as fault:
        intent = client.v1.payment_intents.create(PAY)

    assert (intent.amount, intent.status, fault.fired) == (seen, "succeeded", 1)
    assert [one.startswith("applied") for one in states(brownout)] == [True]


@pytest.mark.parametrize(
    ("options", "caught"),
    [
        ({"change": "nest", "path": "$.amount", "to": "money"}, AttributeError),
        ({"change": "casing"}, AttributeError),
        ({"change": "empty_body"}, stripe.APIError),
        ({"change": "status", "to": 402}, stripe.APIError),
        ({"change": "remove", "path": "$.amount"}, AttributeError),
    ],
    ids=lambda one: one["change"] if isinstance(one, dict) else "",
)
def test_what_breaks_stripe_python(
    brownout: Sandbox, client: stripe.StripeClient, options: dict[str, Any], caught: type[Exception]
) -> None:  # fmt: skip
    """The payment was made, and its client fails to read that."""
    with brownout.fault("drift", operation=CREATE, **options), pytest.raises(caught):
        _ = client.v1.payment_intents.create(PAY).amount_received, client.v1.payment_intents.create(PAY).amount

    assert brownout.ledger().captured("o-1") >= 2000
    assert states(brownout)[0].startswith("applied")
    assert "(breaking)" in states(brownout)[0]


def test_a_page_with_an_item_twice_counts_it_twice(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """And one with an item left out loses it: the walk over the pages goes on as if nothing were wrong."""
    made = [client.v1.payment_intents.create(PAY).id for _ in range(3)]

    with brownout.fault("drift", operation="stripe.payment_intents.list", change="duplicate", to="first"):
        twice = [one.id for one in client.v1.payment_intents.list({"limit": 2}).auto_paging_iter()]
    with brownout.fault("drift", operation="stripe.payment_intents.list", change="drop", to="first"):
        fewer = [one.id for one in client.v1.payment_intents.list({"limit": 2}).auto_paging_iter()]

    assert twice == [made[2], made[2], made[1], made[0], made[0]]
    assert fewer == [made[1]]


def test_an_empty_page_is_an_answer_like_any_other(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """No error: whoever reconciles by it finds that nobody ever paid."""
    client.v1.payment_intents.create(PAY)

    with brownout.fault("drift", operation="stripe.payment_intents.list", change="drop", to="all"):
        page = client.v1.payment_intents.list()

    assert page.data == []
    assert brownout.ledger().captured() == 2000


def test_a_missing_object_that_answers_200_is_an_object(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """The error comes as if it were the payment; a strict status check is all there is."""
    options = {"change": "status", "to": 200, "was": 404}
    with brownout.fault("drift", operation="stripe.payment_intents.retrieve", **options) as fault:
        found = client.v1.payment_intents.retrieve("pi_nobody")
        made = client.v1.payment_intents.create(PAY)
        real = client.v1.payment_intents.retrieve(made.id)

    assert found["error"]["code"] == "resource_missing"
    assert (real.status, fault.fired) == ("succeeded", 1)
    assert states(brownout) == ["passed: answer with status 200 instead of 404 (silent)"]


@pytest.mark.parametrize(
    ("options", "strict"),
    [
        ({"change": "extra", "path": "$.risk"}, False),
        ({"change": "omit_null"}, False),
        ({"change": "date", "to": "+02:00"}, False),
        ({"change": "remove", "path": "$.id"}, True),
        ({"change": "null", "path": "$.id"}, True),
        ({"change": "wrap", "path": "$.first_name"}, True),
        ({"change": "retype", "path": "$.first_name", "to": "object"}, True),
        ({"change": "nest", "path": "$.id"}, True),
        ({"change": "date", "to": "rfc2822"}, True),
    ],
    ids=lambda one: f"{one['change']}-{one.get('path', one.get('to', ''))}" if isinstance(one, dict) else str(one),
)
def test_strict_models_refuse_what_is_breaking(
    brownout: Sandbox, onfido_api: onfido.DefaultApi, options: dict[str, Any], strict: bool  # noqa: FBT001
) -> None:  # fmt: skip
    """onfido-python reads every answer into models with types; what is harmless by its grade is so to them."""
    applicant = onfido_api.create_applicant(ApplicantBuilder(first_name="First", last_name="Last"))

    with brownout.fault("drift", operation=APPLICANT, **options):
        if strict:
            with pytest.raises(ValidationError):
                onfido_api.find_applicant(applicant.id)
        else:
            assert onfido_api.find_applicant(applicant.id).id == applicant.id

    assert states(brownout)[0].startswith("applied")
    assert ("breaking" if strict else "harmless") in states(brownout)[0]


def test_an_empty_name_passes_the_strictest_model(brownout: Sandbox, onfido_api: onfido.DefaultApi) -> None:
    """A text is a text: silent, and what is read is wrong."""
    applicant = onfido_api.create_applicant(ApplicantBuilder(first_name="First", last_name="Last"))

    with brownout.fault("drift", operation=APPLICANT, change="empty", path="$.last_name"):
        found = onfido_api.find_applicant(applicant.id)

    assert (found.first_name, found.last_name) == ("First", "")
    assert states(brownout) == ["applied: empty $.last_name (silent)"]


def test_a_price_in_cents_is_a_hundredfold(brownout: Sandbox, paypal: PaypalServersdkClient) -> None:
    """PayPal's amounts are texts: "100.00" becomes "10000", and the SDK's model takes either."""
    unit = {"amount": {"currency_code": "USD", "value": "100.00"}}
    made = paypal.orders.create_order({"body": {"intent": "CAPTURE", "purchase_units": [unit]}}).body
    yen = {"amount": {"currency_code": "JPY", "value": "500"}}
    other = paypal.orders.create_order({"body": {"intent": "CAPTURE", "purchase_units": [yen]}}).body

    with brownout.fault("drift", operation=ORDER, change="money"):
        found = paypal.orders.get_order({"id": made.id}).body
        assert states(brownout)[0].startswith("applied")
        same = paypal.orders.get_order({"id": other.id}).body

    assert found.purchase_units[0].amount.value == "10000"
    assert same.purchase_units[0].amount.value == "500"
    assert states(brownout)[0].startswith("passed")
