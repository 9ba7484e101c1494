"""Ids that nobody created: Stripe's own 404, or an object that is fixed by the seed and the id."""

from __future__ import annotations

from typing import Any

import pytest
import stripe
from stripe_types import shape_problems
from stripe_world import START, World

from brownout.core import invariants
from brownout.core.explain import explain
from brownout.core.plan import Plan
from brownout.providers.stripe import StripeOptions

PAYMENT = "pi_3UHt6fHIBYZYyePr0aD3ygWl"
CUSTOMER = "cus_9s6XKzkNRiz8i3"
METHOD = "pm_1Pgc75B7WZ01zgkWlHVgdEGJ"
CONJURE = StripeOptions(unknown_objects="conjure")


@pytest.fixture
def conjuring() -> Any:
    """A world in which every well-formed id is somebody's."""
    return World(CONJURE)


def fidelities(world: Any) -> list[str | None]:
    """Return what each record says of its fidelity, None where it says nothing."""
    return [one.decided().get("fidelity") for one in world.box.journal]


KINDS = {
    f"/v1/payment_intents/{PAYMENT}": stripe.PaymentIntent,
    "/v1/charges/ch_3UHt6fHIBYZYyePr02ZPbI6r": stripe.Charge,
    "/v1/refunds/re_3UHt6fHIBYZYyePr02ZPbI6r": stripe.Refund,
    "/v1/balance_transactions/txn_3UHt6fHIBYZYyePr02ZPbI6r": stripe.BalanceTransaction,
    f"/v1/customers/{CUSTOMER}": stripe.Customer,
    f"/v1/payment_methods/{METHOD}": stripe.PaymentMethod,
    "/v1/products/prod_QXg1o8vcGmoR32": stripe.Product,
    "/v1/prices/price_1PgafmB7WZ01zgkW6dKueIc5": stripe.Price,
    "/v1/setup_intents/seti_1Pgag7B7WZ01zgkWSgwGdb8Z": stripe.SetupIntent,
    "/v1/checkout/sessions/cs_test_a1YS1URlnyQCN5fUUduORoQ7Pw41PJqDWkIVQCpJPqkfIhd6tVY8XB1OLY": stripe.checkout.Session,
    "/v1/shipping_rates/shr_1Pgc78B7WZ01zgkWC75kX0jg": stripe.ShippingRate,
}


@pytest.mark.parametrize("path", KINDS)
def test_an_id_that_nobody_created_is_somebodys(conjuring: Any, path: str) -> None:
    """It has what its class declares, was made before the world began, and no event tells of it; twice the same."""
    answered = conjuring.get(path)
    again = conjuring.get(path)
    elsewhere = World(CONJURE).get(path)

    assert (answered.status, answered.body["id"]) == (200, path.rpartition("/")[2])
    assert shape_problems(answered.body, KINDS[path], path) == []
    assert answered.body["created"] < START - 7 * 86_400
    assert answered.body == again.body == elsewhere.body
    assert conjuring.events() == []
    assert fidelities(conjuring) == ["conjured", "conjured", None]


@pytest.mark.parametrize("path", KINDS)
def test_without_being_asked_for_it_is_a_404(world: Any, path: str) -> None:
    """The default is Stripe's own answer."""
    assert world.get(path).status == 404
    assert fidelities(world) == [None]


def test_another_seed_conjures_another_object() -> None:
    """As chance has it, everywhere."""
    amounts = {
        World(plan=Plan(seed=seed, providers={"stripe": CONJURE})).get(f"/v1/payment_intents/{PAYMENT}").body["amount"]
        for seed in range(5)
    }

    assert len(amounts) > 1


@pytest.mark.parametrize(
    "path",
    [
        "/v1/customers/cus_1", "/v1/customers/nonsense", "/v1/customers/pi_3UHt6fHIBYZYyePr0aD3ygWl",
        f"/v1/payment_intents/{PAYMENT}_secret_abc", "/v1/events/evt_1Pgc76B7WZ01zgkW",
        "/v1/webhook_endpoints/we_1Pgc6yB7WZ01zgkW",
    ],
)  # fmt: skip
def test_what_cant_be_one_stays_a_404(conjuring: Any, path: str) -> None:
    """Too short, no prefix, another type's, a client secret; what happened or is sent somewhere is never made up."""
    assert conjuring.get(path).status == 404


def test_a_conjured_payment_can_be_refunded_to_the_last_cent_and_no_further(conjuring: Any) -> None:
    """Its capture is in the ledger, so that its refunds balance."""
    amount = conjuring.get(f"/v1/payment_intents/{PAYMENT}").body["amount"]
    first = conjuring.post("/v1/refunds", f"payment_intent={PAYMENT}&amount=500")
    rest = conjuring.post("/v1/refunds", f"payment_intent={PAYMENT}")
    more = conjuring.post("/v1/refunds", f"payment_intent={PAYMENT}")

    assert (first.status, rest.body["amount"], more.status) == (200, amount - 500, 400)
    entries = list(conjuring.box.ledger)
    [payment] = invariants.payments(entries).values()
    assert (payment.captured, payment.refunded) == (amount, amount)
    assert invariants.money_conserved(entries) == []
    assert {one.at < 0 for one in entries if one.kind == "capture"} == {True}
    assert fidelities(conjuring) == ["conjured"] * 4


def test_the_balance_is_what_its_transactions_add_up_to(conjuring: Any) -> None:
    """Those of conjured payments and refunds too; they were booked long ago."""
    conjuring.get(f"/v1/payment_intents/{PAYMENT}")
    conjuring.get("/v1/refunds/re_3UHt6fHIBYZYyePr02ZPbI6r")
    balance = conjuring.get("/v1/balance").body
    rows = conjuring.get("/v1/balance_transactions", "limit=100").body["data"]

    held = sum(one["amount"] for kind in ("available", "pending") for one in balance[kind])
    assert held == sum(one["net"] for one in rows)


def test_recorded_traffic_with_ids_of_another_world_runs(conjuring: Any) -> None:
    """A saved card of a known customer pays again and again, and one can be attached."""
    pay = f"amount=2000&currency=usd&customer={CUSTOMER}&payment_method={METHOD}&confirm=true&off_session=true"
    only = "&automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never"
    paid = [conjuring.post("/v1/payment_intents", pay + only).body["status"] for _ in range(2)]
    other = conjuring.post("/v1/payment_methods/pm_1Pgc75B7WZ01zgkWaaaaaaaa/attach", f"customer={CUSTOMER}")
    changed = conjuring.post(f"/v1/customers/{CUSTOMER}", "name=Ada&metadata[payment]=pi_3UHt6fHIBYZYyePr0aaaaaaa")
    default = f"invoice_settings[default_payment_method]={METHOD}"

    assert paid == ["succeeded", "succeeded"]
    assert (other.status, other.body["customer"]) == (200, CUSTOMER)
    assert changed.body["name"] == "Ada"
    assert conjuring.post(f"/v1/customers/{CUSTOMER}", default).status == 200
    assert len(conjuring.get("/v1/payment_intents").body["data"]) == 2  # an id in metadata names nothing


def test_names_of_test_cards_are_what_they_were(conjuring: Any) -> None:
    """They are no ids, so nothing is conjured, and the record says nothing of it."""
    assert conjuring.get("/v1/payment_methods/pm_card_visa").body["card"]["brand"] == "visa"
    assert conjuring.post("/v1/products", "name=A&id=prod_QXg1o8vcGmoR32").status in (200, 400)
    assert fidelities(conjuring) == [None, None]


def test_what_was_deleted_stays_so() -> None:
    """By its own module or by the generic engine."""
    world = World(StripeOptions(unknown_objects="conjure", generic=True))
    for path in ("/v1/products/prod_QXg1o8vcGmoR32", "/v1/coupons/25OFF", f"/v1/customers/{CUSTOMER}"):
        deleted = world.send("DELETE", path)
        after = world.get(path)

        assert deleted.body["deleted"] is True
        assert after.status == 404 or after.body.get("deleted") is True


def test_what_rests_on_a_conjured_object_says_so(conjuring: Any) -> None:
    """What is made from one, and a list that shows one; what has nothing to do with any doesn't."""
    own = conjuring.post("/v1/customers", "name=Own").body
    refund = conjuring.post("/v1/refunds", f"payment_intent={PAYMENT}&amount=100").body
    conjuring.get(f"/v1/refunds/{refund['id']}")
    conjuring.get("/v1/refunds")
    conjuring.get(f"/v1/customers/{own['id']}")
    conjuring.get("/v1/customers")

    assert fidelities(conjuring) == [None, "conjured", "conjured", "conjured", None, None]


def test_what_isnt_modelled_is_conjured_from_its_schema() -> None:
    """In a usual state, below what stands above it; a type whose ids are words takes any."""
    world = World(StripeOptions(unknown_objects="conjure", generic=True))
    tax_id = world.get("/v1/customers/cus_QXg1o8vcGmoR32/tax_ids/txi_1Pgc6oB7WZ01zgkWnmLL70wS").body
    transfer = world.get("/v1/treasury/outbound_transfers/obt_1Pgc7BB7WZ01zgkWwH7rkBgR").body
    coupon = world.get("/v1/coupons/25OFF").body

    assert tax_id["customer"] == "cus_QXg1o8vcGmoR32"
    assert transfer["status"] == "posted"
    assert (coupon["id"], coupon["valid"]) == ("25OFF", True)
    assert fidelities(world) == ["conjured"] * 3
    assert world.post("/v1/coupons/25OFF", "metadata[a]=b").body["metadata"] == {"a": "b"}


def test_a_choice_of_words_is_an_id_only_where_it_is_named_as_one() -> None:
    """A coupon's own id is; ids of others in the same call are what they begin as."""
    world = World(StripeOptions(unknown_objects="conjure", generic=True))
    world.post("/v1/coupons", "applies_to[products][]=prod_QXg1o8vcGmoR32&percent_off=1")

    assert len(world.get("/v1/coupons").body["data"]) == 1
    assert len(world.get("/v1/products").body["data"]) == 1


def test_what_is_refused_conjures_nothing(conjuring: Any) -> None:
    """An operation that isn't modelled, where nobody asked for generic answers, leaves everything as it was."""
    before = conjuring.state()
    answered = conjuring.get("/v1/treasury/outbound_transfers/obt_1Pgc7BB7WZ01zgkWwH7rkBgR")

    assert (answered.status, fidelities(conjuring)) == (400, ["generic"])
    assert conjuring.state() == before


def test_explain_says_so(conjuring: Any) -> None:
    """Whoever asks why an exchange went as it did learns that nobody had created the object."""
    conjuring.get(f"/v1/customers/{CUSTOMER}")
    conjuring.get("/v1/treasury/outbound_transfers")
    made, refused = (explain({"decided": one.decided()}) for one in conjuring.box.journal)

    assert "It rests on an object that nobody created" in made
    assert "The operation isn't modelled" in refused
