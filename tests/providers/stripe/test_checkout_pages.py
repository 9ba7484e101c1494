"""The page of a session: what it asks, what it says of mistakes, and that nobody's text becomes markup."""

from __future__ import annotations

from typing import Any

import pytest
from stripe_checkout import VISA, again, line, saving, session, visit
from stripe_checkout import create as make

from brownout.records.redaction import redact

EVIL = '"><script>alert(1)</script>'


def test_every_field_has_its_label_and_its_own_id(world: Any) -> None:
    """A screen reader finds each input by name, on the barest and on the fullest page."""
    full = session(
        world,
        billing_address_collection="required",
        phone_number_collection={"enabled": True},
        shipping_address_collection={"allowed_countries": ["DE"]},
        name_collection={"business": {"enabled": True}, "individual": {"enabled": True}},
        consent_collection={"terms_of_service": "required", "promotions": "auto"},
        custom_fields=[{"key": "year", "label": {"type": "custom", "custom": "Year"}, "type": "numeric"}],
        line_items=[line(adjustable_quantity={"enabled": True})],
        allow_promotion_codes=True,
    )
    for made in (full, session(world), make(world, saving()).body):
        page = visit(world, made["url"])

        assert page.status == 200
        assert set(page.fields.values()) == page.labelled
        assert len(set(page.ids)) == len(page.ids)
        assert {"card", "expiry", "cvc", "name", "email", "country"} <= set(page.fields)
    assert {"quantity[0]", "shipping[city]", "custom[year]", "terms", "promotions", "line1", "promotion_code"} <= set(
        visit(world, full["url"]).fields
    )


def test_the_page_shows_what_is_bought(world: Any) -> None:
    """Names, quantities, prices, the total, the way back and that it is a test."""
    made = session(world, line_items=[line(1250, 2, "Green tea"), line(99, 1, "Milk")])
    page = visit(world, made["url"])

    for told in ("Green tea", "Qty 2, $12.50 each", "$25.00", "$0.99", "$25.99", "Pay $25.99", "TEST MODE"):
        assert told in page.text
    assert 'href="https://shop.example/cart"' in page.html


def test_hostile_text_stays_text(world: Any) -> None:
    """What a shop or a payer writes is escaped wherever it is shown."""
    made = session(
        world,
        line_items=[line(name=EVIL, adjustable_quantity={"enabled": True})],
        branding_settings={"display_name": EVIL},
        cancel_url=f"https://shop.example/{EVIL.replace(' ', '')}",
        custom_text={"submit": {"message": EVIL}},
        custom_fields=[
            {"key": EVIL, "label": {"type": "custom", "custom": EVIL[:50]}, "type": "dropdown",
             "dropdown": {"options": [{"label": EVIL, "value": EVIL}]}},
        ],
        consent_collection={"terms_of_service": "required"},
    )  # fmt: skip
    pages = [
        visit(world, made["url"]),
        visit(world, made["url"], {"name": EVIL, "email": EVIL, "card": EVIL, "country": EVIL, "postal_code": EVIL}),
        visit(world, '/c/pay/"><script>'),
        visit(world, '/b/"><script>'),
    ]

    for page in pages:
        assert "<script" not in page.html
        assert "&lt;script" in page.html


@pytest.mark.parametrize(
    ("form", "field", "told"),
    [
        ({"card": ""}, "card", "Your card number is incomplete."),
        ({"card": VISA, "expiry": "1"}, "expiry", "Your card's expiration date is incomplete."),
        ({"card": VISA, "cvc": ""}, "cvc", "Your card's security code is incomplete."),
        ({"card": VISA, "email": "nobody"}, "email", "Your email is invalid."),
        ({"card": VISA, "name": " "}, "name", "This field is required."),
        ({"card": VISA, "promotion_code": "HALF"}, "promotion_code", "This code is invalid."),
        ({"card": VISA, "quantity[0]": "100"}, "quantity[0]", "Between 0 and 99."),
        ({"card": VISA, "quantity[0]": "-1"}, "quantity[0]", "Between 0 and 99."),
        ({"card": VISA, "shipping[country]": "US"}, "shipping[country]", "We ship to DE only."),
        ({"card": VISA, "shipping[city]": ""}, "shipping[city]", "This field is required."),
        ({"card": VISA, "custom[year]": "abcd"}, "custom[year]", "Only digits."),
        ({"card": VISA, "custom[year]": "1"}, "custom[year]", "At least 4 characters."),
        ({"card": VISA, "custom[size]": "xl"}, "custom[size]", "Choose one of the options."),
        ({"card": VISA, "terms": "no"}, "terms", "You must agree to the terms of service."),
        ({"card": VISA, "shipping_option": "7"}, "shipping_option", "Choose one of the shipping options."),
    ],
)
def test_a_mistake_is_told_at_its_field(world: Any, form: dict[str, str], field: str, told: str) -> None:
    """A 400 with an alert, the message beside the field, and nothing charged; the card is never written back."""
    made = session(
        world,
        line_items=[line(adjustable_quantity={"enabled": True})],
        shipping_address_collection={"allowed_countries": ["DE"]},
        custom_fields=[
            {"key": "year", "label": {"type": "custom", "custom": "Year"}, "type": "numeric",
             "numeric": {"minimum_length": 4}},
            {"key": "size", "label": {"type": "custom", "custom": "Size"}, "type": "dropdown",
             "dropdown": {"options": [{"label": "S", "value": "s"}]}},
        ],
        consent_collection={"terms_of_service": "required"},
        shipping_options=[
            {"shipping_rate_data": {"display_name": "Slow", "fixed_amount": {"amount": 1, "currency": "usd"}}}
        ],
        allow_promotion_codes=True,
    )  # fmt: skip

    page = visit(world, made["url"], {"terms": "accepted"} | form)

    assert (page.status, told in page.text) == (400, True)
    assert page.alert
    assert f'id="{field}-wrong"' in page.html
    assert VISA not in page.html
    assert len(world.box.ledger) == 0
    assert again(world, made)["payment_intent"] is None


@pytest.mark.parametrize(
    ("card", "status", "told"),
    [
        ("4000000000009995", 402, "Your card has insufficient funds."),
        ("4242424242424241", 402, "Your card number is incorrect."),
        ("4012888888881881", 402, "Your request was in test mode, but used a non test (live) card."),
        ("4242 4242 4242 4242", 303, ""),
    ],
)
@pytest.mark.parametrize("make_params", ["payment", "setup"])
def test_what_the_bank_or_stripe_says_is_on_the_page(
    world: Any, card: str, status: int, told: str, make_params: str
) -> None:
    """A declined or impossible card is told in the same words as to a server, and the session stays open."""
    made = session(world) if make_params == "payment" else make(world, saving()).body

    page = visit(world, made["url"], {"card": card, "expiry": "12/30", "cvc": "123"})

    assert (page.status, told in page.alert) == (status, True)
    assert again(world, made)["status"] == ("complete" if status == 303 else "open")


def test_pages_of_sessions_that_are_over(world: Any) -> None:
    """A complete session says so with the way back; one that nobody made is a 404."""
    made = session(world)
    visit(world, made["url"], {"card": VISA})
    done = visit(world, made["url"])
    missing = visit(world, "/c/pay/cs_test_x")

    assert (done.status, "You're all done here" in done.text) == (200, True)
    assert f'href="https://shop.example/ok?s={made["id"]}"' in done.html
    assert (missing.status, "No such checkout session" in missing.text) == (404, True)


def test_a_page_without_a_way_on_stays_where_it_is(world: Any) -> None:
    """An embedded session that never redirects thanks its payer on the page."""
    params = {
        "mode": "payment", "ui_mode": "embedded_page", "redirect_on_completion": "never", "line_items": [line()],
    }  # fmt: skip
    made = make(world, params).body
    assert made["url"] is None
    assert made["client_secret"].startswith(made["id"])

    sent = visit(world, f"/c/pay/{made['id']}", {"card": VISA})

    assert (sent.status, sent.location.endswith(f"/c/pay/{made['id']}")) == (303, True)
    assert "Thanks for your payment" in visit(world, sent.location).text


def test_only_the_documented_placeholder_is_replaced(world: Any) -> None:
    """An encoded `{CHECKOUT_SESSION_ID}` stays as it is, as at Stripe; other letters reach the header encoded."""
    made = session(world, success_url="https://shop.example/ö?a=%7BCHECKOUT_SESSION_ID%7D&b={CHECKOUT_SESSION_ID}")

    sent = visit(world, made["url"], {"card": VISA})

    assert sent.location == f"https://shop.example/%C3%B6?a=%7BCHECKOUT_SESSION_ID%7D&b={made['id']}"


def test_nobody_is_charged_another_total_than_was_shown(world: Any) -> None:
    """A browser sends the total that it showed: if quantities changed that, the payer sees the new one first."""
    made = session(world, line_items=[line(1000, adjustable_quantity={"enabled": True})])
    form = {"card": VISA, "quantity[0]": "3"}

    told = visit(world, made["url"], {**form, "total": "1000"})
    paid = visit(world, made["url"], {**form, "total": "3000"})

    assert (told.status, told.alert) == (409, "The total is now $30.00. Nothing was charged yet.")
    assert 'name="total" value="3000"' in told.html
    assert (paid.status, again(world, made)["amount_total"]) == (303, 3000)


def test_a_card_is_taken_out_of_what_is_shown_of_traffic() -> None:
    """Neither number, date nor code of a posted form is in a record."""
    shown = redact(b"card=4242424242424242&expiry=12%2F34&cvc=123&total=1999")

    assert shown == "card=***&expiry=***&cvc=***&total=1999"


@pytest.mark.parametrize("number", ["9" * 5000, "²", "-1", "1e3", "٣"])
def test_a_number_that_is_none_is_told_at_its_place(world: Any, number: str) -> None:
    """Too many digits, a sign, an exponent, another script's digits: a mistake in the form, for both numbers of it."""
    rate = {"display_name": "Post", "type": "fixed_amount", "fixed_amount": {"amount": 500, "currency": "usd"}}
    more: Any = {"shipping_options": [{"shipping_rate_data": rate}]}
    made = session(world, line_items=[line(1000, adjustable_quantity={"enabled": True})], **more)

    for name in ("quantity[0]", "shipping_option"):
        told = visit(world, made["url"], {"card": VISA, name: number})
        assert (told.status, told.alert is not None) == (400, True)
    assert again(world, made)["status"] == "open"
