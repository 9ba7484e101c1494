"""Payments between the simple cases: what the ledger learns, what time does, what parameters mean."""

from __future__ import annotations

from typing import Any

import pytest

from brownout.providers.stripe import StripeOptions

NO_REDIRECT = "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never"
CREATE = f"amount=2000&currency=usd&{NO_REDIRECT}"
PAY = f"{CREATE}&confirm=true&payment_method=pm_card_visa"


def kinds(world: Any) -> list[tuple[str, int, str | None]]:
    """Return the ledger: kind, amount and business key of each entry."""
    return [(entry.kind, entry.amount_minor, entry.key) for entry in world.box.ledger]


def test_the_business_key_is_the_creators(world: Any) -> None:
    """Every entry of a payment has the key its creation named, whatever later calls name; it is on no object."""
    intent = world.post("/v1/payment_intents", f"{CREATE}&metadata[order_id]=o-1&capture_method=manual").body
    path = f"/v1/payment_intents/{intent['id']}"
    world.post(f"{path}/confirm", "payment_method=pm_card_visa", headers={"baggage": "brownout.key=other"})
    world.post(f"{path}/capture", "amount_to_capture=1500&metadata[order_id]=o-2")
    world.post("/v1/refunds", f"payment_intent={intent['id']}&amount=300&metadata[order_id]=o-3")

    assert kinds(world) == [
        ("authorize", 2000, "o-1"),
        ("capture", 1500, "o-1"),
        ("release", 500, "o-1"),
        ("refund", 300, "o-1"),
    ]
    assert "key" not in intent


def test_without_a_name_there_is_no_business_key(world: Any) -> None:
    """A counted identity isn't the client's name for anything."""
    world.post("/v1/payment_intents", PAY)

    assert {key for _, _, key in kinds(world)} == {None}


def test_the_fee_leaves_the_merchants_leg(world: Any) -> None:
    """The payer pays the amount, the merchant gets it less the fee, the provider the fee."""
    world.post("/v1/payment_intents", PAY)

    assert list(world.box.ledger)[-1].legs == (("payer", -2000), ("merchant", 1912), ("provider", 88))


@pytest.mark.parametrize(("method", "at_once"), [("automatic", True), ("automatic_async", False), ("manual", None)])
def test_the_capture_method_decides_when_a_charge_is_booked(world: Any, method: str, at_once: bool | None) -> None:  # noqa: FBT001
    """At once for `automatic` and on capture for `manual`; half a second later for the default."""
    intent = world.post("/v1/payment_intents", f"{PAY}&capture_method={method}").body
    charge = f"/v1/charges/{intent['latest_charge']}"
    first = world.get(charge).body["balance_transaction"]
    world.advance(0.4)
    soon = world.get(charge).body["balance_transaction"]
    world.advance(0.2)
    later = world.get(charge).body["balance_transaction"]
    if method == "manual":
        world.post(f"/v1/payment_intents/{intent['id']}/capture")
        captured = world.get(charge).body["balance_transaction"]
        assert captured is not None

    assert [one is not None for one in (first, soon, later)] == {
        True: [True] * 3,
        False: [False, False, True],
        None: [False] * 3,
    }[at_once]


def test_a_refund_waits_for_no_booking(world: Any) -> None:
    """A charge refunded within its half second is booked first."""
    intent = world.post("/v1/payment_intents", PAY).body
    world.post("/v1/refunds", f"payment_intent={intent['id']}")
    world.advance(5)

    assert [row["type"] for row in world.get("/v1/balance_transactions").body["data"]] == ["refund", "charge"]
    assert world.events().count("charge.updated") == 1


def test_money_becomes_available_at_midnight(make_world: Any) -> None:
    """Some days after the day of the charge, as configured."""
    world = make_world(options=StripeOptions(settlement_days=2, booking_delay=0.0))
    world.advance(3600)
    world.post("/v1/payment_intents", PAY)
    row = world.get("/v1/balance_transactions").body["data"][0]

    assert row["available_on"] == int(world.wall) + 2 * 86_400
    world.advance(2 * 86_400 - 3601)
    assert world.get(f"/v1/balance_transactions/{row['id']}").body["status"] == "pending"
    world.advance(1)
    assert world.get(f"/v1/balance_transactions/{row['id']}").body["status"] == "available"
    assert world.get("/v1/balance").body["available"][0]["amount"] == row["net"]


def test_a_hold_expires_after_a_week(world: Any) -> None:
    """The payment is cancelled by itself and the money let go; a captured one isn't."""
    forgotten = world.post("/v1/payment_intents", f"{PAY}&capture_method=manual").body
    taken = world.post("/v1/payment_intents", f"{PAY}&capture_method=manual").body
    world.post(f"/v1/payment_intents/{taken['id']}/capture")
    world.advance(7 * 86_400 + 1)

    body = world.get(f"/v1/payment_intents/{forgotten['id']}").body
    assert (body["status"], body["cancellation_reason"]) == ("canceled", "expired")
    assert kinds(world)[-1][:2] == ("release", 2000)
    assert world.get(f"/v1/payment_intents/{taken['id']}").body["status"] == "succeeded"
    assert world.events()[-2:] == ["charge.expired", "payment_intent.canceled"]


def test_a_pending_refund_settles_and_a_failing_one_comes_back(world: Any) -> None:
    """Pending moves money only when it succeeds; a failed one never reached the payer."""
    waits, fails = (
        world.post("/v1/payment_intents", PAY.replace("visa", name)).body["id"]
        for name in ("pendingRefund", "refundFail")
    )
    pending = world.post("/v1/refunds", f"payment_intent={waits}&amount=700").body
    too_much = world.post("/v1/refunds", f"payment_intent={waits}&amount=1400")
    failing = world.post("/v1/refunds", f"payment_intent={fails}").body
    before = [kind for kind, _, _ in kinds(world)].count("refund")
    world.advance(6)
    settled, failed = (world.get(f"/v1/refunds/{one['id']}").body for one in (pending, failing))

    assert (pending["status"], pending["pending_reason"], pending["balance_transaction"]) == (
        "pending",
        "processing",
        None,
    )
    assert too_much.error["message"].endswith("unrefunded amount on charge ($13.00)")
    assert before == 0
    assert (settled["status"], "pending_reason" in settled) == ("succeeded", False)
    assert settled["destination_details"]["card"]["reference_status"] == "available"
    assert (failing["status"], failed["status"], failed["failure_reason"]) == (
        "succeeded", "failed", "expired_or_canceled_card"
    )  # fmt: skip
    assert [kind for kind, _, _ in kinds(world)].count("refund") == 1
    assert world.get(f"/v1/charges/{failing['charge']}").body["amount_refunded"] == 0
    assert "refund.failed" in world.events()


def test_minimums_can_be_turned_off(make_world: Any) -> None:
    """Then one cent is enough, but nothing still isn't."""
    world = make_world(options=StripeOptions(minimum_charge=False))

    assert world.post("/v1/payment_intents", "amount=1&currency=usd").status == 200
    assert world.post("/v1/payment_intents", "amount=0&currency=usd").status == 400


@pytest.mark.parametrize(
    ("form", "automatic", "types"),
    [
        ("", {"allow_redirects": "always", "enabled": True}, ["card", "link", "amazon_pay"]),
        (NO_REDIRECT, {"allow_redirects": "never", "enabled": True}, ["card", "link"]),
        ("automatic_payment_methods[enabled]=false", None, ["card"]),
        ("allowed_payment_method_types[]=card", None, ["card"]),
        ("allowed_payment_method_types[0]=card", None, ["card"]),
    ],
)
def test_the_allowed_types_follow_the_parameters(world: Any, form: str, automatic: Any, types: list[str]) -> None:
    """Named, automatic, or the Dashboard's."""
    body = world.post("/v1/payment_intents", f"amount=500&currency=usd&{form}").body

    assert (body["automatic_payment_methods"], body["payment_method_types"]) == (automatic, types)


def test_types_that_dont_go_together_are_refused(world: Any) -> None:
    """Automatic and named types at once, and a card where no card is allowed."""
    both = world.post(
        "/v1/payment_intents", f"{CREATE}&payment_method_types[]=card", headers={"Stripe-Version": "2026-08-26.dahlia"}
    )
    other = world.post(
        "/v1/payment_intents",
        "amount=500&currency=usd&allowed_payment_method_types[]=sepa_debit&payment_method=pm_card_visa",
    )

    assert both.error["message"].startswith("You may only specify one of these parameters")
    assert "(card) is not allowed" in other.error["message"]


def test_a_card_can_come_with_the_payment(world: Any) -> None:
    """`payment_method_data` makes a payment method on the way, or refuses its card without a trace."""
    data = f"{CREATE}&confirm=true&payment_method_data[type]=card&payment_method_data[card]"
    paid = world.post("/v1/payment_intents", f"{data}[token]=tok_visa")
    before = world.state()
    card = "payment_method_data[card]"
    wrong = world.post("/v1/payment_intents", f"{data}[number]=4242&{card}[exp_month]=1&{card}[exp_year]=30")
    missing = world.post("/v1/payment_intents", f"{CREATE}&payment_method_data[type]=card")

    assert paid.body["status"] == "succeeded"
    assert (wrong.status, wrong.error["code"]) == (402, "incorrect_number")
    assert missing.error["param"] == "payment_method_data[card]"
    assert world.state() == before


def test_an_update_moves_between_the_open_states(world: Any) -> None:
    """A payment method makes it confirmable, unsetting it takes that back; later most things are fixed."""
    path = "/v1/payment_intents/" + world.post("/v1/payment_intents", CREATE).body["id"]

    with_method = world.post(
        path, "payment_method=pm_card_visa&description=Tea&shipping[name]=A&shipping[address][city]=Ulm"
    ).body
    without = world.post(path, "payment_method=&shipping=").body
    types = world.post(path, "allowed_payment_method_types[]=card").body
    world.post(
        f"{path}/confirm", "payment_method=pm_card_visa&receipt_email=a@example.com&shipping[name]=B&shipping[address]="
    )
    late = world.post(path, "metadata[a]=b&description=Coffee").body

    assert (with_method["status"], with_method["shipping"]["address"]["city"]) == ("requires_confirmation", "Ulm")
    assert (without["status"], without["payment_method"], without["shipping"]) == (
        "requires_payment_method",
        None,
        None,
    )
    assert types["automatic_payment_methods"] is None
    assert (late["description"], late["metadata"], late["receipt_email"]) == ("Coffee", {"a": "b"}, "a@example.com")


def test_what_needs_connect_is_refused(world: Any) -> None:
    """Parameters that name other accounts, mandates or tokens aren't silently ignored."""
    for form in (
        "on_behalf_of=acct_2", "transfer_data[destination]=acct_2", "confirmation_token=ctoken_x", "mandate=mandate_x",
        "customer_account=acct_2", "application_fee_amount=10",
    ):  # fmt: skip
        assert world.post("/v1/payment_intents", f"{PAY}&{form}").status == 400
    assert world.post("/v1/customers", "source=tok_none").error["param"] == "source"
    assert len(world.box.ledger) == 0


def test_confirm_and_capture_check_their_amounts(world: Any) -> None:
    """Another amount to confirm, and a capture that isn't final, are refused."""
    held = world.post("/v1/payment_intents", f"{PAY}&capture_method=manual").body["id"]
    fresh = world.post("/v1/payment_intents", CREATE).body["id"]

    assert (
        world.post(f"/v1/payment_intents/{fresh}/confirm", "amount_to_confirm=1").error["param"] == "amount_to_confirm"
    )
    assert world.post(f"/v1/payment_intents/{held}/capture", "final_capture=false").error["param"] == "final_capture"
    assert world.post(f"/v1/payment_intents/{held}/confirm").error["code"] == "payment_intent_unexpected_state"


def test_a_customer_can_come_with_its_card(world: Any) -> None:
    """`payment_method` on create attaches it and may be the default; a declining one leaves no customer behind."""
    method = world.post("/v1/payment_methods", "type=card&card[token]=tok_visa").body["id"]
    made = world.post(
        "/v1/customers", f"payment_method={method}&invoice_settings[default_payment_method]={method}"
    ).body
    declined = world.post("/v1/customers", "payment_method=pm_card_chargeDeclined")
    foreign = world.post("/v1/customers", f"invoice_settings[default_payment_method]={method}")

    assert made["invoice_settings"]["default_payment_method"] == method
    assert world.get(f"/v1/payment_methods/{method}").body["customer"] == made["id"]
    assert (declined.status, foreign.status) == (402, 400)
    assert len(world.get("/v1/customers").body["data"]) == 1


def test_payment_methods_need_a_customer_to_change_or_leave(world: Any) -> None:
    """Updating or detaching a loose one is refused; attaching twice to one customer is nothing."""
    method = world.post("/v1/payment_methods", "type=card&card[token]=tok_visa").body["id"]
    path = f"/v1/payment_methods/{method}"
    refused = [world.post(path, "metadata[a]=b").status, world.post(f"{path}/detach").status]
    customer = world.post("/v1/customers").body["id"]
    world.post(f"{path}/attach", f"customer={customer}")
    again = world.post(f"{path}/attach", f"customer={customer}")
    changed = world.post(path, "card[exp_year]=2031&allow_redisplay=always&billing_details[email]=a@example.com").body

    assert refused == [400, 400]
    assert again.status == 200
    assert world.events().count("payment_method.attached") == 1
    assert (changed["card"]["exp_year"], changed["allow_redisplay"]) == (2031, "always")


def test_charges_take_a_customer_once(world: Any) -> None:
    """A charge without customer can be given one, not another."""
    intent = world.post("/v1/payment_intents", PAY).body
    ada, eve = (world.post("/v1/customers").body["id"] for _ in range(2))
    path = f"/v1/charges/{intent['latest_charge']}"

    given = world.post(path, f"customer={ada}&shipping[name]=A&shipping[address][city]=Ulm&fraud_details[user_report]=")
    other = world.post(path, f"customer={eve}")

    assert (given.body["customer"], given.body["shipping"]["name"], given.body["fraud_details"]) == (ada, "A", {})
    assert other.status == 400


def test_a_refund_may_name_both_if_they_belong_together(world: Any) -> None:
    """A charge of another payment is refused."""
    one, two = (world.post("/v1/payment_intents", PAY).body for _ in range(2))

    assert world.post("/v1/refunds", f"charge={one['latest_charge']}&payment_intent={two['id']}").status == 400
    assert world.post("/v1/refunds", f"charge={one['latest_charge']}&payment_intent={one['id']}").status == 200


def test_equal_runs_are_equal_to_the_byte(make_world: Any) -> None:
    """The same calls in two worlds of one seed get the same ids, secrets and signatures; another seed gets others."""

    def run(seed: int) -> list[bytes]:
        from brownout.core.plan import Plan  # noqa: PLC0415

        world = make_world(plan=Plan(seed=seed))
        paid = world.post("/v1/payment_intents", f"{PAY}&metadata[order_id]=o-1")
        refund = world.post("/v1/refunds", f"payment_intent={paid.body['id']}")
        world.advance(10)
        return [paid.raw, refund.raw, world.get("/v1/events").raw]

    assert run(1) == run(1) != run(2)
