"""Products and their prices through stripe-python."""

from __future__ import annotations

from decimal import Decimal

import pytest
import stripe

pytestmark = pytest.mark.sdk


def test_a_product_lives_and_goes(client: stripe.StripeClient) -> None:
    """It is made, found, changed, listed and deleted, and each step but the reads is told of."""
    made = client.v1.products.create(
        {"name": "Tea", "images": ["https://shop.example/tea.png"], "metadata": {"a": "1"}}
    )
    changed = client.v1.products.update(made.id, {"name": "Green tea", "active": False, "metadata": {"b": "2"}})
    listed = client.v1.products.list({"active": False})
    gone = client.v1.products.delete(made.id)

    assert made.id.startswith("prod_")
    assert (made.active, made.images, made.default_price) == (True, ["https://shop.example/tea.png"], None)
    assert (changed.name, changed.to_dict()["metadata"]) == ("Green tea", {"a": "1", "b": "2"})
    assert [one.id for one in listed.data] == [made.id]
    assert gone.deleted is True
    told = [one.type for one in client.v1.events.list().data]
    assert told == ["product.deleted", "product.updated", "product.created"]
    with pytest.raises(stripe.InvalidRequestError, match=f"No such product: '{made.id}'") as caught:
        client.v1.products.retrieve(made.id)
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (404, "resource_missing", "id")


def test_a_price_names_its_product(client: stripe.StripeClient) -> None:
    """A price of a product, or with one made along; expanded, and found by its lookup key."""
    product = client.v1.products.create({"name": "Tea"})
    once = client.v1.prices.create({"currency": "EUR", "unit_amount": 450, "product": product.id, "lookup_key": "tea"})
    monthly = client.v1.prices.create(
        {
            "currency": "usd",
            "unit_amount": 1200,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Tea club"},
        }
    )

    found = client.v1.prices.list({"lookup_keys": ["tea"], "expand": ["data.product"]}).data

    assert (once.currency, once.type, once.unit_amount_decimal) == ("eur", "one_time", Decimal(450))
    assert monthly.recurring is not None
    assert (monthly.type, monthly.recurring.interval_count, monthly.recurring.usage_type) == (
        "recurring",
        1,
        "licensed",
    )
    assert [one.id for one in found] == [once.id]
    assert isinstance(found[0].product, stripe.Product)
    assert found[0].product.name == "Tea"


@pytest.mark.parametrize(
    ("given", "code", "named"),
    [
        ({"unit_amount": 1, "product": "prod_x"}, "parameter_missing", "currency"),
        ({"currency": "usd", "product": "prod_x"}, "parameter_missing", "unit_amount"),
        ({"currency": "usd", "unit_amount": 1}, "parameter_missing", "product"),
        ({"currency": "usd", "unit_amount": 1, "product": "prod_x"}, "resource_missing", "product"),
        ({"currency": "usd", "unit_amount": -1, "product": "prod_x"}, "parameter_invalid_integer", "unit_amount"),
        ({"currency": "usd", "unit_amount": 1, "wat": "x"}, "parameter_unknown", "wat"),
    ],
)
def test_a_wrong_price_is_refused(client: stripe.StripeClient, given: dict[str, object], code: str, named: str) -> None:
    """Each refusal names its parameter and code, and nothing is left behind."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.prices.create(given)  # type: ignore[arg-type]

    assert (caught.value.code, caught.value.param) == (code, named)
    assert client.v1.prices.list().data == []
    assert client.v1.products.list().data == []


def test_a_default_price_must_be_the_products_own(client: stripe.StripeClient) -> None:
    """A price of another product is refused, its own is taken and can be expanded."""
    tea, milk = (client.v1.products.create({"name": name}) for name in ("Tea", "Milk"))
    price = client.v1.prices.create({"currency": "usd", "unit_amount": 100, "product": tea.id})

    with pytest.raises(stripe.InvalidRequestError, match="does not belong to this product"):
        client.v1.products.update(milk.id, {"default_price": price.id})
    after = client.v1.products.update(tea.id, {"default_price": price.id, "expand": ["default_price"]})

    assert isinstance(after.default_price, stripe.Price)
