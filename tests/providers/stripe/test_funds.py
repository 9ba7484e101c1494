"""Money that leaves an account or goes between accounts: shapes, refusals that change nothing, and what is conjured."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import stripe
from stripe_sellers import BANK, SELLER, form
from stripe_types import shape_problems

from brownout import scenario
from brownout.assembly import registries
from brownout.core.invariants import money_conserved
from brownout.providers.stripe import StripeOptions

CARD = "allowed_payment_method_types[]=card&confirm=true&currency=usd&capture_method=automatic"
PAY = f"amount=100000&{CARD}&payment_method=pm_card_bypassPending"


def account(world: Any, number: str = "000123456789") -> str:
    """Return the id of a connected account that Stripe has let in."""
    given = form({**SELLER, "external_account": {**BANK, "account_number": number}})
    return str(world.post("/v1/accounts", given).body["id"])


def everything(world: Any) -> list[tuple[type, dict[str, Any]]]:
    """Return objects of every class of this room, in all the states they can be in."""
    seller = account(world, "000111111116")
    acting = {"Stripe-Account": seller}
    world.post("/v1/payment_intents", PAY)
    shared = f"amount=5000&{CARD}&payment_method=pm_card_visa&application_fee_amount=500"
    intent = world.post("/v1/payment_intents", f"{shared}&transfer_data[destination]={seller}").body
    world.post("/v1/payment_intents", shared, headers=acting)
    undo = "reverse_transfer=true&refund_application_fee=true"
    refund = world.post("/v1/refunds", f"payment_intent={intent['id']}&amount=1000&{undo}").body
    customer = world.post("/v1/customers", "name=Ada").body["id"]
    credit = world.post(f"/v1/customers/{customer}/balance_transactions", "amount=-5&currency=usd").body
    transfer = world.post("/v1/transfers", f"amount=3000&currency=usd&destination={seller}&description=d").body
    reversal = world.post(f"/v1/transfers/{transfer['id']}/reversals", "amount=100").body
    fee = world.get("/v1/application_fees").body["data"][0]
    fee_refund = world.post(f"/v1/application_fees/{fee['id']}/refunds", "amount=10").body
    topup = "amount=10&currency=usd&source=btok_us_verified"
    topups = [world.post("/v1/topups", f"{topup}{one}") for one in ("", "_noAccount")]
    payouts = [
        world.post("/v1/payouts", "amount=1000&currency=usd").body,
        world.post("/v1/payouts", "amount=2000&currency=usd", headers=acting).body,
    ]
    world.advance(2 * 86_400)
    back = world.post(f"/v1/payouts/{payouts[0]['id']}/reverse").body
    world.advance(7 * 86_400)
    found: list[tuple[type, dict[str, Any]]] = [(stripe.Payout, one) for one in (*payouts, back)]
    for headers in ({}, acting):
        found += [(stripe.Payout, one) for one in world.get("/v1/payouts", headers=headers).body["data"]]
        found += [(stripe.Charge, one) for one in world.get("/v1/charges", headers=headers).body["data"]]
        found += [(stripe.Refund, one) for one in world.get("/v1/refunds", headers=headers).body["data"]]
        rows = world.get("/v1/balance_transactions", "limit=100&expand[]=data.source", headers=headers).body["data"]
        found += [(stripe.BalanceTransaction, one) for one in rows]
        found += [(stripe.Event, one) for one in world.get("/v1/events", "limit=100", headers=headers).body["data"]]
        found.append((stripe.Balance, world.get("/v1/balance", headers=headers).body))
    return [
        *found,
        *((stripe.Topup, one.body) for one in topups),
        *((stripe.Topup, one) for one in world.get("/v1/topups").body["data"]),
        (stripe.PaymentIntent, intent),
        (stripe.Refund, refund),
        (stripe.CustomerBalanceTransaction, credit),
        *((stripe.Transfer, one) for one in (transfer, *world.get("/v1/transfers").body["data"])),
        (stripe.TransferReversal, reversal),
        *((stripe.ApplicationFee, one) for one in world.get("/v1/application_fees").body["data"]),
        (stripe.ApplicationFeeRefund, fee_refund),
    ]


def test_objects_have_what_the_sdk_declares_and_nothing_else(world: Any) -> None:
    """An object lacks no required field of its SDK class, has none undeclared, and each has a declared type."""
    objects = everything(world)

    assert [told for cls, value in objects for told in shape_problems(value, cls, cls.__name__)] == []
    assert {one["status"] for cls, one in objects if cls is stripe.Payout} == {"pending", "paid", "failed"}
    assert {one["status"] for cls, one in objects if cls is stripe.Topup} == {"pending", "succeeded", "failed"}
    assert money_conserved(world.box.ledger) == []


REFUSED = (
    ("/v1/payouts", "amount=0&currency=usd"), ("/v1/payouts", "amount=200000&currency=usd"),
    ("/v1/payouts", "amount=1&currency=eur"), ("/v1/payouts", "amount=1&currency=usd&method=instant"),
    ("/v1/payouts", "currency=usd"), ("/v1/payouts/po_x/cancel", ""), ("/v1/payouts/po_x/reverse", ""),
    ("/v1/transfers", "amount=1&currency=usd&destination=acct_x"),
    ("/v1/transfers", "currency=usd&destination=SELLER"),
    ("/v1/transfers", "amount=200000&currency=usd&destination=SELLER"),
    ("/v1/transfers", "currency=usd&destination=SELLER&source_transaction=ch_x"),
    ("/v1/transfers", "currency=eur&destination=SELLER&source_transaction=CHARGE"),
    ("/v1/transfers", "amount=100001&currency=usd&destination=SELLER&source_transaction=CHARGE"),
    ("/v1/transfers/tr_x/reversals", ""), ("/v1/application_fees/fee_x/refunds", ""), ("/v1/topups", "amount=1"),
    ("/v1/topups", "amount=1&currency=usd&source=x"),
    ("/v1/customers/cus_x/balance_transactions", "amount=1&currency=usd"),
    ("/v1/payment_intents", f"{PAY}&application_fee_amount=5"),
    ("/v1/payment_intents", f"{PAY}&transfer_data[amount]=5"), ("/v1/payment_intents", f"{PAY}&on_behalf_of=acct_x"),
    ("/v1/payment_intents", f"{PAY}&transfer_data[destination]=SELLER&transfer_data[amount]=200000"),
    ("/v1/refunds", "charge=CHARGE&reverse_transfer=true"),
    ("/v1/refunds", "charge=CHARGE&refund_application_fee=true"),
)  # fmt: skip


@pytest.mark.parametrize(("path", "given"), REFUSED)
def test_what_is_refused_changes_nothing(world: Any, path: str, given: str) -> None:
    """In Stripe's envelope, and everything is as it was."""
    seller = account(world)
    charge = world.post("/v1/payment_intents", PAY).body["latest_charge"]
    world.get("/v1/balance")  # the account's own bank is made on first use
    before = world.state()

    answered = world.post(path, given.replace("SELLER", seller).replace("CHARGE", charge))

    assert answered.status in (400, 404)
    assert answered.error["type"] == "invalid_request_error"
    assert world.state() == before


def test_an_object_below_another_is_found_there_alone(world: Any) -> None:
    """A reversal belongs to its transfer."""
    seller = account(world)
    world.post("/v1/payment_intents", PAY)
    one, other = (world.post("/v1/transfers", f"amount=9&currency=usd&destination={seller}").body["id"] for _ in "ab")
    reversal = world.post(f"/v1/transfers/{one}/reversals").body["id"]

    assert world.get(f"/v1/transfers/{one}/reversals/{reversal}").status == 200
    assert world.get(f"/v1/transfers/{other}/reversals/{reversal}").status == 404
    assert world.get(f"/v1/transfers/{other}/reversals").body["data"] == []


def test_a_transfer_shows_ten_of_its_reversals(world: Any) -> None:
    """The rest is in its list."""
    seller = account(world)
    world.post("/v1/payment_intents", PAY)
    transfer = world.post("/v1/transfers", f"amount=100&currency=usd&destination={seller}").body["id"]
    for _ in range(11):
        world.post(f"/v1/transfers/{transfer}/reversals", "amount=1")

    shown = world.get(f"/v1/transfers/{transfer}").body["reversals"]

    assert (len(shown["data"]), shown["has_more"]) == (10, True)
    assert len(world.get(f"/v1/transfers/{transfer}/reversals", "limit=100").body["data"]) == 11


def test_a_payout_that_was_deleted_around_arrives_all_the_same(world: Any) -> None:
    """Whose bank account is gone when it arrives: nobody is there to send it back."""
    world.post("/v1/payment_intents", PAY)
    own = world.get("/v1/account").body["id"]
    bank = form({"external_account": {**BANK, "account_number": "000111111116"}})
    first = world.post(f"/v1/accounts/{own}/external_accounts", bank).body["id"]
    payout = world.post("/v1/payouts", f"amount=100&currency=usd&destination={first}").body["id"]
    assert world.send("DELETE", f"/v1/accounts/{own}/external_accounts/{first}").status == 200
    world.advance(5 * 86_400)

    assert world.get(f"/v1/payouts/{payout}").body["status"] == "paid"


@pytest.mark.parametrize("path", ["payouts/po_1PgafuB7WZ01zgkWXYmPNZs8", "topups/tu_1Pgc7BB7WZ01zgkWwH7rkBgR"])
def test_what_nobody_created_is_conjured(make_world: Any, path: str) -> None:
    """As one that arrived long ago; it moved nothing in this world."""
    world = make_world(StripeOptions(unknown_objects="conjure"))

    found = world.get(f"/v1/{path}").body

    assert found["id"] == path.partition("/")[2]
    assert found["status"] in ("paid", "succeeded")
    assert shape_problems(found, stripe.Payout if found["object"] == "payout" else stripe.Topup, "found") == []
    assert world.get("/v1/balance").body["available"][0]["amount"] == 0


def test_the_options_have_ranges() -> None:
    """A payout takes a day at least."""
    with pytest.raises(ValueError, match="payout_days must be 1 to 90, not 0"):
        StripeOptions(payout_days=0)


def test_the_pages_example_loads() -> None:
    """What docs/providers/stripe-funds.md shows can be copied."""
    page = (Path(__file__).resolve().parents[3] / "docs" / "providers" / "stripe-funds.md").read_text(encoding="utf-8")
    [example] = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)

    options = scenario.load(example, registries()).providers["stripe"]

    assert (options.payout_schedule, options.payout_days, options.refunds_wait) == ("daily", 1, True)
