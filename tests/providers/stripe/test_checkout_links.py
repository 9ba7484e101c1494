"""Payment Links: each visit opens a session, until the link is switched off or has been paid often enough."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
import stripe
from stripe_checkout import VISA, flat, line, visit
from stripe_types import shape_problems

from brownout.providers.stripe import StripeOptions


def create(world: Any, **more: Any) -> Any:
    """Create a link, and return the answer."""
    return world.post("/v1/payment_links", urlencode(flat({"line_items": [line(quantity=2)], **more})))


def pay(world: Any, url: str, **form: str) -> dict[str, Any]:
    """Visit a link, pay, and return the session."""
    page = visit(world, url).location
    assert visit(world, page, {"card": VISA, **form}).status == 303
    return dict(world.get("/v1/checkout/sessions", "limit=1").body["data"][0])


def test_every_link_has_what_the_sdk_declares(world: Any) -> None:
    """Bare and rich, before and after it is changed; the sessions that it opens too."""
    bare = create(world).body
    rich = create(
        world,
        after_completion={"type": "redirect", "redirect": {"url": "https://shop.example/thanks"}},
        allow_promotion_codes=True,
        consent_collection={"promotions": "auto"},
        custom_fields=[{"key": "a", "label": {"type": "custom", "custom": "A"}, "type": "text"}],
        custom_text={"submit": {"message": "m"}},
        customer_creation="always",
        inactive_message="Sold out",
        metadata={"order_id": "order-1"},
        name_collection={"individual": {"enabled": True}},
        payment_intent_data={"description": "d", "metadata": {"a": "b"}},
        phone_number_collection={"enabled": True},
        restrictions={"completed_sessions": {"limit": 3}},
        shipping_address_collection={"allowed_countries": ["US"]},
        shipping_options=[
            {"shipping_rate_data": {"display_name": "Slow", "fixed_amount": {"amount": 100, "currency": "usd"}}}
        ],
        submit_type="donate",
        tax_id_collection={"enabled": True},
    ).body
    session = pay(world, rich["url"])
    changed = world.post(
        f"/v1/payment_links/{bare['id']}",
        "active=false&metadata[a]=1&after_completion[type]=hosted_confirmation"
        "&after_completion[hosted_confirmation][custom_message]=Hi&restrictions[completed_sessions][limit]=2"
        "&custom_fields=&payment_intent_data[description]=e",
    ).body
    links = [bare, rich, changed, world.get(f"/v1/payment_links/{rich['id']}").body]

    assert [told for one in links for told in shape_problems(one, stripe.PaymentLink, "PaymentLink")] == []
    assert shape_problems(session, stripe.checkout.Session, "Session") == []
    assert (session["amount_total"], session["payment_link"], session["success_url"]) == (
        4100, rich["id"], "https://shop.example/thanks",
    )  # fmt: skip
    assert session["metadata"] == {"order_id": "order-1"}
    assert links[-1]["restrictions"] == {"completed_sessions": {"count": 1, "limit": 3}}
    assert world.events()[-1] == "payment_link.updated"


def test_each_visit_opens_a_session_of_its_own(world: Any) -> None:
    """Two visitors have two sessions, which are the link's; what one buys is nothing to the other."""
    link = create(world, line_items=[line(adjustable_quantity={"enabled": True})]).body
    first, second = (visit(world, link["url"]).location for _ in range(2))
    visit(world, first, {"card": VISA, "quantity[0]": "3"})
    sessions = world.get("/v1/checkout/sessions", f"payment_link={link['id']}").body["data"]
    items = world.get(f"/v1/payment_links/{link['id']}/line_items").body["data"]

    assert first != second
    assert [(one["status"], one["amount_total"]) for one in sessions] == [("open", 2000), ("complete", 6000)]
    assert [one["quantity"] for one in items] == [1]


def test_what_happens_afterwards(world: Any) -> None:
    """A link thanks its payer on our page, in its own words, or redirects with the session's id."""
    words = {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": "See you soon"}}
    thanks = create(world, after_completion=words).body
    away = create(
        world, after_completion={"type": "redirect", "redirect": {"url": "https://s.x/{CHECKOUT_SESSION_ID}"}}
    )
    page = visit(world, thanks["url"]).location
    stays = visit(world, visit(world, page, {"card": VISA}).location)
    page = visit(world, away.body["url"]).location
    leaves = visit(world, page, {"card": VISA}).location

    assert "See you soon" in stays.text
    assert leaves == f"https://s.x/{page.rpartition('/')[2]}"


def test_a_link_that_is_off_says_so(world: Any) -> None:
    """Inactive, or paid as often as it may be; a session that is open by then can still be paid."""
    link = create(world, restrictions={"completed_sessions": {"limit": 1}}, inactive_message="Sold out").body
    waiting = visit(world, link["url"]).location
    pay(world, link["url"])
    over = visit(world, link["url"])
    off = create(world).body
    world.post(f"/v1/payment_links/{off['id']}", "active=false")
    inactive = visit(world, off["url"])
    world.post(f"/v1/payment_links/{off['id']}", "active=true")

    assert (over.status, "Sold out" in over.text) == (410, True)
    assert (inactive.status, "no longer active" in inactive.text) == (410, True)
    assert visit(world, off["url"]).status == 303
    assert visit(world, waiting, {"card": VISA}).status == 303
    assert visit(world, "/b/test_nobody").status == 404


@pytest.mark.parametrize(
    ("query", "metadata", "key"),
    [
        ("?client_reference_id=cart-9", {"order_id": "order-1"}, "cart-9"),
        ("", {"order_id": "order-1"}, "order-1"),
        ("", {}, None),
    ],
)
def test_whose_order_it_was(world: Any, query: str, metadata: dict[str, str], key: str | None) -> None:
    """The visitor's reference is the payment's business key, else the link's order id."""
    link = create(world, metadata=metadata).body if metadata else create(world).body

    session = pay(world, link["url"] + query)

    assert session["client_reference_id"] == ("cart-9" if query else None)
    assert {one.key for one in world.box.ledger} == {key}


def test_an_address_can_fill_in_the_email(world: Any) -> None:
    """Filled in to be changed, or locked."""
    link = create(world).body
    filled = visit(world, visit(world, f"{link['url']}?prefilled_email=ada@example.com").location)
    locked = visit(world, f"{link['url']}?locked_prefilled_email=ada@example.com").location
    visit(world, locked, {"card": VISA, "email": "eve@example.com"})
    paid = world.get("/v1/checkout/sessions", "status=complete").body["data"][0]

    assert 'value="ada@example.com"' in filled.html
    assert "email" not in visit(world, visit(world, f"{link['url']}?locked_prefilled_email=a@b.c").location).fields
    assert (paid["customer_email"], paid["customer_details"]["email"]) == ("ada@example.com", "ada@example.com")


@pytest.mark.parametrize(
    ("more", "message", "param"),
    [
        ({"line_items": ""}, "You must provide at least one line item.", "line_items"),
        ({"line_items": [line()] * 21}, "only specify up to 20 line items", "line_items"),
        ({"after_completion": {"type": "redirect"}}, "Missing required param: after_completion[redirect].",
         "after_completion"),
        ({"after_completion": {"type": "redirect", "redirect": {"url": "data://x"}}}, "Not a valid URL",
         "after_completion[redirect][url]"),
        ({"after_completion": {"type": "redirect", "redirect": {"url": "data:text/html,x"}}}, "Not a valid URL",
         "after_completion[redirect][url]"),
        ({"subscription_data": {"trial_period_days": 3}}, "it doesn't model subscriptions", "subscription_data"),
        ({"restrictions": {"completed_sessions": {"limit": 0}}}, "greater than or equal to 1",
         "restrictions[completed_sessions][limit]"),
    ],
)  # fmt: skip
def test_what_a_link_refuses(world: Any, more: dict[str, Any], message: str, param: str) -> None:
    """Refused with the parameter's name, and nothing is changed."""
    before = world.state()

    answer = create(world, **more)

    assert (answer.status, answer.error.get("param")) == (400, param)
    assert message in answer.error["message"]
    assert world.state() == before


def test_a_link_is_changed_by_its_line_items(world: Any) -> None:
    """Quantities by the line item's id; another's id is refused; a missing link is told."""
    link = create(world).body
    item = world.get(f"/v1/payment_links/{link['id']}", "expand[]=line_items").body["line_items"]["data"][0]
    path = f"/v1/payment_links/{link['id']}"
    changed = world.post(path, f"line_items[0][id]={item['id']}&line_items[0][quantity]=5")
    wrong = world.post(path, "line_items[0][id]=li_x")

    assert (changed.status, pay(world, link["url"])["amount_total"]) == (200, 10_000)
    assert wrong.error["message"] == "No such line item: 'li_x'"
    assert [one["id"] for one in world.get("/v1/payment_links", "active=true").body["data"]] == [link["id"]]
    assert world.get("/v1/payment_links/plink_x").error["message"] == "No such payment link: 'plink_x'"


def test_a_link_that_nobody_made_can_be_conjured(make_world: Any) -> None:
    """With `unknown_objects: conjure` a production id stands for a link that sells something, and so it does."""
    world = make_world(options=StripeOptions(unknown_objects="conjure"))
    link = world.get("/v1/payment_links/plink_1Pgc78B7WZ01zgkWC75kX0jg").body
    renamed = world.post(f"/v1/payment_links/{link['id']}", "metadata[a]=b").body

    assert shape_problems(link, stripe.PaymentLink, "PaymentLink") == []
    assert renamed["metadata"] == {"a": "b"}
    assert pay(world, link["url"])["payment_status"] == "paid"
