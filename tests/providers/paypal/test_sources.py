"""Payment sources: each of PayPal's, from the order that names it to the money."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from paypal_world import CARD, FULL, World, order, usd

from brownout.core.invariants import money_conserved
from brownout.providers.paypal.orders.source_kinds import BANKS, KINDS
from brownout.records.redaction import redact

ORDERS = "/v2/checkout/orders"
NAME = {"name": "Jane Roe"}
COUNTRY = {name: min(bank.countries) for name, bank in BANKS.items()}
CURRENCY = {name: min(bank.currencies) for name, bank in BANKS.items()}
APPLE = {
    "id": "D-1",
    "decrypted_token": {
        "transaction_amount": usd("100.00"),
        "tokenized_card": {"number": CARD["number"], "expiry": "2030-01"},
        "payment_data_type": "3DSECURE",
        "payment_data": {"cryptogram": "c"},
    },
}
GOOGLE = {
    **NAME,
    "decrypted_token": {
        "payment_method": "CARD",
        "authentication_method": "CRYPTOGRAM_3DS",
        "cryptogram": "c",
        "message_expiration": "1893456000000",
        "card": {"number": CARD["number"], "expiry": "2030-01"},
    },
}
AT_ONCE: dict[str, Any] = {
    "card": CARD,
    "token": {"id": "B-1", "type": "BILLING_AGREEMENT"},
    "paypal": {"vault_id": "v-1"},
    "venmo": {"vault_id": "v-1"},
    "apple_pay": APPLE,
    "google_pay": GOOGLE,
}
"""What pays in the call that creates the order, and what of the sources it is."""


def at_bank(kind: str, **more: Any) -> dict[str, Any]:
    """Return what a bank's method needs."""
    email = {"email": "jane@example.com"} if kind == "p24" else {}
    return {kind: {**NAME, "country_code": COUNTRY[kind], **email, **more}}


def test_a_saved_card_pays_and_declines_as_it_would_itself(world: World) -> None:
    """By the id of its payment token; any other id stands for a good card."""

    def saved(name: str) -> str:
        source = {"card": {**CARD, "name": name}}
        return str(world.post("/v3/vault/payment-tokens", {"payment_source": source}).body["id"])

    good, bad = saved("Jane Roe"), saved("CCREJECT-IF")
    paid, declined, unknown, phone = (
        world.create(key=f"k{number}", payment_source=source)
        for number, source in enumerate((
            {"card": {"vault_id": good}}, {"card": {"vault_id": bad}}, {"card": {"vault_id": "v-1"}},
            {"apple_pay": {"vault_id": "v-1"}},
        ))
    )  # fmt: skip

    assert paid.body["payment_source"]["card"]["name"] == "Jane Roe"
    assert (paid.capture["status"], declined.capture["status"]) == ("COMPLETED", "DECLINED")
    assert (unknown.capture["status"], phone.capture["status"]) == ("COMPLETED", "COMPLETED")
    for kind in ("paypal", "venmo"):
        refused = world.create(key=kind, payment_source={kind: {"vault_id": good}})
        assert refused.issue == "MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE"


def test_every_source_has_its_test() -> None:
    """A new one is noticed here."""
    assert set(AT_ONCE) | set(BANKS) == set(KINDS)


@pytest.mark.parametrize("kind", AT_ONCE)
def test_what_needs_no_approval_pays_at_once(world: World, kind: str) -> None:
    """201 COMPLETED with the capture inside; it needs a request id."""
    bare = world.create(payment_source={kind: AT_ONCE[kind]})
    paid = world.create(key="k", payment_source={kind: AT_ONCE[kind]})

    assert bare.issue == "PAYPAL_REQUEST_ID_REQUIRED"
    assert (paid.status, paid.body["status"]) == (201, "COMPLETED")
    assert paid.capture["status"] == "COMPLETED"
    assert list(paid.body["payment_source"]) == ["paypal" if kind == "token" else kind]
    assert [one.kind for one in world.box.ledger] == ["authorize", "capture"]


@pytest.mark.parametrize("kind", BANKS)
@pytest.mark.parametrize("instructed", ["ORDER_COMPLETE_ON_PAYMENT_APPROVAL", "NO_INSTRUCTION", None])
def test_a_banks_method_waits_for_its_buyer(world: World, kind: str, instructed: str | None) -> None:
    """The link leads to the bank's page; the order then completes by itself, if it was told to."""
    instruction = {} if instructed is None else {"processing_instruction": instructed}
    completes = instructed == "ORDER_COMPLETE_ON_PAYMENT_APPROVAL"
    source = at_bank(kind, experience_context={"return_url": "https://shop.example/back"})
    made = world.create("10.00", currency=CURRENCY[kind], payment_source=source, **instruction)
    page = world.get(made.links["payer-action"], Authorization="")
    after = world.get(f"{ORDERS}/{made.body['id']}").body

    assert (made.status, made.body["status"]) == (200, "PAYER_ACTION_REQUIRED")
    assert f"/payment/{kind}?token=" in made.links["payer-action"]
    assert page.headers["Location"].startswith("https://shop.example/back?token=")
    assert after["status"] == ("COMPLETED" if completes else "APPROVED")
    assert ("captures" in after["purchase_units"][0].get("payments", {})) == completes
    assert after["payer"]["name"] == {"given_name": "Jane", "surname": "Roe"}
    assert after["payment_source"][kind]["country_code"] == COUNTRY[kind]
    again = world.capture(made.body["id"])
    assert (again.issue == "ORDER_ALREADY_CAPTURED") if completes else (again.status == 201)
    assert [one.kind for one in world.box.ledger] == ["authorize", "capture"]


@pytest.mark.parametrize(
    ("source", "more", "issue"),
    [
        ({"ideal": {"name": "Jane Roe"}}, {}, "MISSING_REQUIRED_PARAMETER"),
        ({"ideal": {"name": "J", "country_code": "NL"}}, {}, "INVALID_STRING_LENGTH"),
        ({"ideal": {**NAME, "country_code": "nl"}}, {}, "INVALID_PARAMETER_SYNTAX"),
        (at_bank("ideal", country_code="DE"), {}, "COUNTRY_NOT_SUPPORTED_BY_PAYMENT_SOURCE"),
        (at_bank("ideal"), {"currency": "USD"}, "CURRENCY_NOT_SUPPORTED_FOR_COUNTRY"),
        (at_bank("ideal"), {"intent": "AUTHORIZE"}, "UNSUPPORTED_INTENT_FOR_PAYMENT_SOURCE"),
        ({"p24": {**NAME, "country_code": "PL"}}, {}, "MISSING_REQUIRED_PARAMETER"),
        (at_bank("blik", one_click={"consumer_reference": "c-1"}), {"currency": "PLN"},
         "BLIK_ONE_CLICK_MISSING_REQUIRED_PARAMETER"),
        (at_bank("blik", level_0={"auth_code": "12345x"}), {"currency": "PLN"}, "INVALID_PARAMETER_SYNTAX"),
        ({"token": {"id": "B-1", "type": "CASH"}}, {}, "INVALID_PARAMETER_VALUE"),
        ({"token": {"type": "BILLING_AGREEMENT"}}, {}, "MISSING_REQUIRED_PARAMETER"),
        ({"card": {"vault_id": "no spaces"}}, {}, "INVALID_PARAMETER_SYNTAX"),
        ({"card": {**CARD, "security_code": "1234"}}, {}, "INVALID_SECURITY_CODE_LENGTH"),
        ({"card": {**CARD, "attributes": {"verification": {"method": "ASK"}}}}, {}, "INVALID_PARAMETER_VALUE"),
        ({"apple_pay": APPLE}, {"currency": "EUR"}, "APPLE_PAY_AMOUNT_MISMATCH"),
        ({"apple_pay": {"decrypted_token": {"payment_data_type": "3DSECURE"}}}, {}, "CRYPTOGRAM_REQUIRED"),
        ({"apple_pay": {"decrypted_token": {"payment_data_type": "EMV"}}}, {}, "EMV_DATA_REQUIRED"),
        ({"apple_pay": {"decrypted_token": {"payment_data_type": "MAGIC"}}}, {}, "INVALID_PARAMETER_VALUE"),
        ({"apple_pay": {"decrypted_token": {}}}, {}, "MISSING_REQUIRED_PARAMETER"),
        ({"google_pay": {"decrypted_token": {"message_expiration": "1577836800000"}}}, {}, "TOKEN_EXPIRED"),
        ({"google_pay": {"decrypted_token": {"authentication_method": "PIN"}}}, {}, "INVALID_PARAMETER_VALUE"),
        ({"google_pay": {"decrypted_token": {"authentication_method": "CRYPTOGRAM_3DS"}}}, {}, "CRYPTOGRAM_REQUIRED"),
        ({"card": CARD}, {"processing_instruction": "ORDER_COMPLETE_ON_PAYMENT_APPROVAL"},
         "UNSUPPORTED_PROCESSING_INSTRUCTION"),
        ({"card": CARD}, {"processing_instruction": "SOON"}, "INVALID_PARAMETER_VALUE"),
    ],
)  # fmt: skip
def test_a_source_that_doesnt_go_with_the_order_is_refused(
    world: World, source: dict[str, Any], more: dict[str, Any], issue: str
) -> None:
    """And nothing is made."""
    assert world.bearer
    before = world.state()
    refused = world.create(
        key="k", payment_source=source, **{"currency": "EUR" if "ideal" in source else "USD", **more}
    )

    assert refused.issue == issue
    assert world.state() == before


def test_a_wallet_without_a_card_waits_for_the_pages_script(world: World) -> None:
    """It is confirmed later, with the card that the telephone hands over."""
    made = world.create(payment_source={"google_pay": {}})
    confirmed = world.post(
        f"{ORDERS}/{made.body['id']}/confirm-payment-source", {"payment_source": {"google_pay": GOOGLE}}
    )

    assert (made.status, made.body["status"]) == (200, "PAYER_ACTION_REQUIRED")
    assert (confirmed.status, confirmed.body["status"]) == (200, "APPROVED")
    assert world.capture(made.body["id"]).body["payment_source"]["google_pay"]["card"]["last_digits"] == "0004"


def test_nothing_of_a_telephones_card_is_shown() -> None:
    """Numbers, cryptograms and one-time codes are hidden in records."""
    blik = {"blik": {"level_0": {"auth_code": "123456"}}}
    emv = {"emv_data": "e-secret", "cryptogram": "c-secret", "number": CARD["number"]}
    shown = redact(orjson.dumps({**blik, "apple_pay": {"decrypted_token": {"payment_data": emv}}}))

    assert [word for word in ("123456", "e-secret", "c-secret", CARD["number"]) if word in shown] == []


def test_a_google_pay_card_can_be_sent_as_it_is(world: World) -> None:
    """And asks for 3D Secure like any other."""
    asked = {"card": {**CARD, "number": "4868719196829038"}, "attributes": {"verification": {"method": "SCA_ALWAYS"}}}
    paid = world.create(key="k", payment_source={"google_pay": asked}).body["payment_source"]["google_pay"]["card"]

    assert paid["authentication_result"]["liability_shift"] == "POSSIBLE"


def secure(number: str, method: str = "SCA_WHEN_REQUIRED") -> dict[str, Any]:
    """Return a card that is to be authenticated."""
    return {"card": {**CARD, "number": number, "attributes": {"verification": {"method": method}}}}


@pytest.mark.parametrize(
    ("number", "liability", "status"),
    [("4868719196829038", "POSSIBLE", "Y"), ("4868719158130060", "NO", "N"), ("4868719081564153", "NO", "R")],
)
def test_frictionless_3d_secure_is_shown(world: World, number: str, liability: str, status: str) -> None:
    """The money moves either way: whoever reads the answer decides what to do about it."""
    paid = world.create(key="k", payment_source=secure(number))
    result = paid.body["payment_source"]["card"]["authentication_result"]

    assert paid.body["status"] == "COMPLETED"
    assert result == {
        "liability_shift": liability,
        "three_d_secure": {"enrollment_status": "Y", "authentication_status": status},
    }


@pytest.mark.parametrize(
    ("number", "method", "liability"),
    [
        ("4868719460707704", "SCA_WHEN_REQUIRED", "POSSIBLE"),
        ("4868719796782421", "3D_SECURE", "NO"),
        ("4868719115514992", "SCA_ALWAYS", "UNKNOWN"),
        (CARD["number"], "SCA_ALWAYS", "POSSIBLE"),
    ],
)
def test_3d_secure_asks_the_buyer_first(world: World, number: str, method: str, liability: str) -> None:
    """No money until they were asked; then the merchant captures, having seen how it ended."""
    made = world.create(key="k", payment_source=secure(number, method))
    nothing = list(world.box.ledger)
    world.get(made.links["payer-action"], Authorization="")
    asked = world.get(f"{ORDERS}/{made.body['id']}").body
    taken = world.capture(made.body["id"])

    assert (made.status, made.body["status"]) == (200, "PAYER_ACTION_REQUIRED")
    assert "/webapps/helios?" in made.links["payer-action"]
    assert nothing == []
    assert asked["status"] == "APPROVED"
    assert asked["payment_source"]["card"]["authentication_result"]["liability_shift"] == liability
    assert (taken.status, taken.capture["processor_response"]["response_code"]) == (201, "0000")
    assert money_conserved(world.box.ledger) == []


def test_a_card_named_at_capture_cant_ask_anybody(world: World) -> None:
    """422 PAYER_ACTION_REQUIRED, and the order is as it was."""
    made = world.create().body["id"]
    before = world.state()
    refused = world.capture(made, {"payment_source": secure("4868719460707704")})

    assert refused.issue == "PAYER_ACTION_REQUIRED"
    assert world.state() == before


def test_no_method_no_3d_secure(world: World) -> None:
    """A test card pays like any other, unless it is to be authenticated."""
    for card in ({**CARD, "number": "4868719460707704"}, secure("4868719460707704", "AVS_CVV")["card"]):
        paid = world.create(key=f"k{len(card)}", payment_source={"card": card})
        assert (paid.body["status"], "authentication_result" in paid.body["payment_source"]["card"]) == (
            "COMPLETED", False,
        )  # fmt: skip


# ---------------------------------------------------------------- confirm-payment-source


def confirm(world: World, order_id: str, source: Any, **more: Any) -> Any:
    """Name what to pay an order with."""
    path = f"{ORDERS}/{order_id}/confirm-payment-source"
    return world.post(path, {"payment_source": source, **more} if source is not None else {}, **FULL)


def test_a_confirmed_card_is_approved(world: World) -> None:
    """200 APPROVED, and a capture that names nothing takes it from the card."""
    made = world.create(intent="AUTHORIZE").body["id"]
    confirmed = confirm(world, made, {"card": CARD})
    held = world.post(f"{ORDERS}/{made}/authorize", **FULL)

    assert (confirmed.status, confirmed.body["status"]) == (200, "APPROVED")
    assert confirmed.body["payment_source"]["card"]["last_digits"] == "0004"
    assert held.authorization["processor_response"]["response_code"] == "0000"


def test_a_confirmed_wallet_sends_the_buyer_away(world: World) -> None:
    """And keeps where they come back to."""
    made = world.create().body["id"]
    context = {"return_url": "https://shop.example/b", "cancel_url": "https://shop.example/c"}
    confirmed = confirm(world, made, {"venmo": {"experience_context": context}})
    page = world.get(confirmed.links["payer-action"], Authorization="")
    paid = world.capture(made).body["payment_source"]["venmo"]

    assert confirmed.body["status"] == "PAYER_ACTION_REQUIRED"
    assert page.headers["Location"].startswith("https://shop.example/b?token=")
    assert paid["user_name"] == "john-doe"


def test_another_source_takes_the_place_of_the_first(world: World) -> None:
    """Until somebody approves one."""
    made = world.create("10.00", currency="EUR", payment_source=at_bank("ideal")).body["id"]
    confirmed = confirm(world, made, at_bank("bancontact"), processing_instruction="ORDER_COMPLETE_ON_PAYMENT_APPROVAL")

    assert list(confirmed.body["payment_source"]) == ["bancontact"]
    assert confirmed.body["processing_instruction"] == "ORDER_COMPLETE_ON_PAYMENT_APPROVAL"


def test_what_cant_be_confirmed_is_refused(world: World) -> None:
    """Paid, approved, nothing named, two named; nothing is changed."""
    paid, approved, held, fresh = (
        world.create(intent=intent).body["id"] for intent in ("CAPTURE", "CAPTURE", "AUTHORIZE", "CAPTURE")
    )
    world.capture(paid)
    world.post(f"{ORDERS}/{held}/authorize")
    confirm(world, approved, {"card": CARD})
    before = world.state()
    issues = [
        confirm(world, order_id, source).issue
        for order_id, source in (
            (paid, {"card": CARD}), (held, {"card": CARD}), (approved, {"card": CARD}), (fresh, None), (fresh, {}),
            (fresh, {"card": CARD, "paypal": {}}), ("NONE", {"card": CARD}),
        )
    ]  # fmt: skip

    assert issues == [
        "ORDER_ALREADY_CAPTURED", "ORDER_ALREADY_AUTHORIZED", "PAYMENT_ALREADY_APPROVED", "MISSING_REQUIRED_PARAMETER",
        "NO_PAYMENT_SOURCE_PROVIDED", "ONLY_ONE_PAYMENT_SOURCE_ALLOWED", "INVALID_RESOURCE_ID",
    ]  # fmt: skip
    assert world.state() == before


def test_a_repeated_confirmation_tells_the_orders_state(world: World) -> None:
    """200 both times."""
    made = world.create().body["id"]
    path = f"{ORDERS}/{made}/confirm-payment-source"
    sent = [world.post(path, {"payment_source": {"card": CARD}}, PayPal_Request_Id="k") for _ in range(2)]

    assert [one.status for one in sent] == [200, 200]
    assert sent[0].body == sent[1].body


# ---------------------------------------------------------------- what goes with a unit

OPTION = {"id": "s", "label": "Post", "type": "SHIPPING", "amount": usd("2.00"), "selected": True}
PRICED = usd("12.00") | {"breakdown": {"item_total": usd("10.00"), "shipping": usd("2.00")}}


def test_shipping_options_and_fees_are_shown_as_sent(world: World) -> None:
    """One option selected, at the breakdown's price."""
    unit = {
        "amount": PRICED,
        "shipping": {"type": "SHIPPING", "address": {"country_code": "US"}, "options": [OPTION]},
        "payment_instruction": {"disbursement_mode": "INSTANT", "platform_fees": [{"amount": usd("1.00")}]},
        "supplementary_data": {"card": {"level_2": {"invoice_id": "i"}}},
    }
    shown = world.post(ORDERS, order(unit=unit), **FULL).body["purchase_units"][0]

    assert {name: shown[name] for name in unit} == unit


@pytest.mark.parametrize(
    ("unit", "issue"),
    [
        ({"shipping": {"options": [OPTION | {"selected": False}]}}, "SHIPPING_OPTION_NOT_SELECTED"),
        ({"shipping": {"options": [OPTION, OPTION]}}, "MULTIPLE_SHIPPING_OPTION_SELECTED"),
        ({"amount": PRICED, "shipping": {"options": [OPTION | {"amount": usd("3.00")}]}},
         "PREFERRED_SHIPPING_OPTION_AMOUNT_MISMATCH"),
        ({"shipping": {"type": "PICKUP_IN_PERSON"}}, "MISSING_PICKUP_ADDRESS"),
        ({"shipping": {"type": "BY_BIRD"}}, "INVALID_PARAMETER_VALUE"),
        ({"shipping": {"address": {}}}, "MISSING_REQUIRED_PARAMETER"),
        ({"payment_instruction": {"disbursement_mode": "NEVER"}}, "INVALID_PARAMETER_VALUE"),
        ({"payment_instruction": {"platform_fees": [{"amount": usd("100.01")}]}}, "INVALID_PLATFORM_FEES_AMOUNT"),
        ({"items": [{"name": "a", "quantity": "1", "unit_amount": usd("50.00"), "category": category}
                    for category in ("DONATION", "PHYSICAL_GOODS")],
          "amount": usd("100.00") | {"breakdown": {"item_total": usd("100.00")}}}, "MULTIPLE_ITEM_CATEGORIES"),
        ({"items": [{"name": "a", "quantity": "1", "unit_amount": usd("100.00"), "category": "TEA"}],
          "amount": usd("100.00") | {"breakdown": {"item_total": usd("100.00")}}}, "INVALID_PARAMETER_VALUE"),
    ],
)  # fmt: skip
def test_what_doesnt_go_with_a_unit_is_refused(world: World, unit: dict[str, Any], issue: str) -> None:
    """Nothing is made."""
    assert world.post(ORDERS, order(unit=unit)).issue == issue
    assert b'"order"' not in world.state()


def test_units_that_dont_go_together_are_refused(world: World) -> None:
    """Two ways of shipping, donations in two units."""
    shipped = [
        {"reference_id": kind, "amount": usd("1.00"), "shipping": {"type": kind, "address": {"country_code": "US"}}}
        for kind in ("SHIPPING", "PICKUP_IN_PERSON")
    ]
    given = {"name": "a", "quantity": "1", "unit_amount": usd("1.00"), "category": "DONATION"}
    amount = usd("1.00") | {"breakdown": {"item_total": usd("1.00")}}
    donated = [{"reference_id": name, "amount": amount, "items": [given]} for name in "ab"]

    issues = [world.post(ORDERS, {"intent": "CAPTURE", "purchase_units": units}).issue for units in (shipped, donated)]
    assert issues == ["MULTIPLE_SHIPPING_TYPE_NOT_SUPPORTED", "DONATION_ITEMS_NOT_SUPPORTED"]
