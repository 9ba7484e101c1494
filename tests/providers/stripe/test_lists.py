"""Pages, filters and expansion."""

from __future__ import annotations

from typing import Any

import pytest

NO_REDIRECT = "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never"
PAY = f"amount=2000&currency=usd&confirm=true&{NO_REDIRECT}&payment_method=pm_card_visa"


@pytest.fixture
def ids(world: Any) -> list[str]:
    """Return five customers, oldest first, ten seconds apart."""
    made = []
    for number in range(5):
        made.append(world.post("/v1/customers", f"name=c{number}&email=e{number % 2}@example.com").body["id"])
        world.advance(10)
    return made


def shown(world: Any, query: str) -> tuple[list[str], bool]:
    """Return the ids of one page, and whether there is more."""
    body = world.get("/v1/customers", query).body
    assert (body["object"], body["url"]) == ("list", "/v1/customers")
    assert "total_count" not in body
    return [one["id"] for one in body["data"]], body["has_more"]


def test_pages_go_from_the_newest_by_cursor(world: Any, ids: list[str]) -> None:
    """`starting_after` goes on to older ones, `ending_before` back to newer ones, both excluding the cursor."""
    newest = ids[::-1]

    assert shown(world, "") == (newest, False)
    assert shown(world, "limit=2") == (newest[:2], True)
    assert shown(world, f"limit=2&starting_after={newest[1]}") == (newest[2:4], True)
    assert shown(world, f"limit=2&starting_after={newest[3]}") == (newest[4:], False)
    assert shown(world, f"limit=2&ending_before={newest[4]}") == (newest[2:4], True)
    assert shown(world, f"limit=9&ending_before={newest[1]}") == (newest[:1], False)


@pytest.mark.parametrize(("limit", "number"), [("0", 1), ("-5", 1), ("101", 5), ("3", 3)])
def test_the_limit_is_clamped(world: Any, ids: list[str], limit: str, number: int) -> None:
    """Out of range is brought into 1 to 100, not refused."""
    assert len(shown(world, f"limit={limit}")[0]) == number


def test_a_hundred_is_the_most(world: Any) -> None:
    """Of 105 objects a page holds 100; without a limit, ten."""
    for _ in range(105):
        world.post("/v1/customers")

    assert [len(shown(world, query)[0]) for query in ("limit=1000", "")] == [100, 10]


def test_filters_hold_across_pages(world: Any, ids: list[str]) -> None:
    """Equality and time filters; a cursor needn't fit the filter."""
    newest = ids[::-1]
    third = world.get(f"/v1/customers/{ids[2]}").body["created"]

    assert shown(world, "email=e1@example.com") == ([ids[3], ids[1]], False)
    assert shown(world, f"email=e1@example.com&starting_after={ids[2]}") == ([ids[1]], False)
    assert shown(world, f"created={third}") == ([ids[2]], False)
    assert shown(world, f"created[gte]={third}")[0] == newest[:3]
    assert shown(world, f"created[gt]={third}&created[lt]={third + 20}")[0] == [ids[3]]
    assert shown(world, f"created%5Blte%5D={third}")[0] == newest[2:]


def test_a_deleted_cursor_is_refused(world: Any, ids: list[str]) -> None:
    """It no longer names a place in the list."""
    world.send("DELETE", f"/v1/customers/{ids[2]}")

    assert world.get("/v1/customers", f"starting_after={ids[2]}").error["param"] == "starting_after"
    assert shown(world, f"starting_after={ids[3]}")[0] == [ids[1], ids[0]]


def test_refunds_are_paged_through_their_payment(world: Any) -> None:
    """Filters by charge and payment, cursors within and beyond them, and the charge's own list."""
    one, two = (world.post("/v1/payment_intents", PAY).body for _ in range(2))
    mine = [world.post("/v1/refunds", f"charge={one['latest_charge']}&amount={n}").body["id"] for n in (1, 2, 3)]
    other = world.post("/v1/refunds", f"payment_intent={two['id']}&amount=1").body["id"]
    own = f"/v1/charges/{one['latest_charge']}/refunds"

    def found(query: str, path: str = "/v1/refunds") -> list[str]:
        return [row["id"] for row in world.get(path, query).body["data"]]

    assert found(f"payment_intent={one['id']}") == mine[::-1]
    assert found(f"charge={one['latest_charge']}&starting_after={mine[1]}") == mine[:1]
    assert found(f"charge={one['latest_charge']}&ending_before={mine[1]}") == mine[2:]
    assert found(f"charge={one['latest_charge']}&starting_after={other}") == mine[::-1]
    assert found("payment_intent=pi_none") == found("charge=ch_none") == []
    assert found("") == [other, *mine[::-1]]
    assert found("limit=1", own) == mine[2:]
    assert world.get(f"{own}/{mine[0]}").body["id"] == mine[0]
    assert world.get(f"{own}/{other}").error["message"] == f"No such refund: '{other}'"


def test_balance_transactions_are_filtered(world: Any) -> None:
    """By type, source and currency; a payout that there isn't is refused."""
    intent = world.post("/v1/payment_intents", f"{PAY}&capture_method=automatic").body
    world.post("/v1/refunds", f"payment_intent={intent['id']}")

    def found(query: str) -> list[str]:
        return [row["type"] for row in world.get("/v1/balance_transactions", query).body["data"]]

    assert found("") == ["refund", "charge"]
    assert found("type=charge") == ["charge"]
    assert found(f"source={intent['latest_charge']}") == ["charge"]
    assert found("currency=eur") == []
    assert world.get("/v1/balance_transactions", "payout=po_x").error["param"] == "payout"


def test_ids_are_expanded_to_objects(world: Any) -> None:
    """Up to four levels, several paths sharing a start, in lists below `data`, in create answers too."""
    customer = world.post("/v1/customers", "name=Ada").body["id"]
    paths = ("customer", "latest_charge.balance_transaction.source.customer", "latest_charge.refunds", "review")
    intent = world.post(
        "/v1/payment_intents",
        f"{PAY}&capture_method=automatic&customer={customer}&"
        + "&".join(f"expand[{n}]={p}" for n, p in enumerate(paths)),
    ).body
    listed = world.get("/v1/charges", "expand[]=data.payment_intent.payment_method").body["data"][0]

    charge = intent["latest_charge"]
    assert intent["customer"]["name"] == "Ada"
    assert charge["balance_transaction"]["source"]["customer"]["id"] == customer
    assert charge["refunds"] == {
        "object": "list", "data": [], "has_more": False, "total_count": 0, "url": f"/v1/charges/{charge['id']}/refunds",
    }  # fmt: skip
    assert intent["review"] is None
    assert listed["payment_intent"]["payment_method"]["object"] == "payment_method"
    assert isinstance(world.get(f"/v1/payment_intents/{intent['id']}").body["customer"], str)
    assert "refunds" not in world.get(f"/v1/charges/{charge['id']}").body


def test_a_customers_lists_and_default_are_expanded(world: Any) -> None:
    """`sources`, `subscriptions` and `tax_ids` are empty here; a default payment method inside a group expands."""
    customer = world.post("/v1/customers").body["id"]
    method = world.post("/v1/payment_methods/pm_card_visa/attach", f"customer={customer}").body["id"]
    world.post(f"/v1/customers/{customer}", f"invoice_settings[default_payment_method]={method}")

    body = world.get(
        f"/v1/customers/{customer}", "expand[]=invoice_settings.default_payment_method&expand[]=subscriptions"
    ).body

    assert body["invoice_settings"]["default_payment_method"]["id"] == method
    assert body["subscriptions"]["data"] == []
    paid = world.post("/v1/payment_intents", f"amount=900&currency=usd&confirm=true&{NO_REDIRECT}&customer={customer}")
    assert paid.body["payment_method"] == method
    world.post(f"/v1/payment_methods/{method}/detach")
    assert world.get(f"/v1/customers/{customer}").body["invoice_settings"]["default_payment_method"] is None


def test_a_deleted_customer_expands_to_its_stub(world: Any) -> None:
    """What was paid keeps its reference."""
    customer = world.post("/v1/customers").body["id"]
    intent = world.post("/v1/payment_intents", f"{PAY}&customer={customer}").body["id"]
    world.send("DELETE", f"/v1/customers/{customer}")

    body = world.get(f"/v1/payment_intents/{intent}", "expand[]=customer").body

    assert body["customer"] == {"id": customer, "object": "customer", "deleted": True}


@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        ("/v1/charges", "expand[]=customer",
         "This property cannot be expanded (customer). You may want to try expanding 'data.customer' instead."),
        ("/v1/charges", "expand[]=data", "This property cannot be expanded (data)."),
        ("/v1/charges", "expand[]=data.amount", "This property cannot be expanded (data.amount)."),
        ("/v1/charges", "expand[]=data.payment_intent.latest_charge.payment_intent.latest_charge.customer",
         ("You cannot expand more than 4 levels of a property. Property: "
         "data.payment_intent.latest_charge.payment_intent.latest_charge.customer")),
        ("/v1/balance", "expand[]=available", "This property cannot be expanded (available)."),
    ],
)  # fmt: skip
def test_what_cant_be_expanded_is_refused(world: Any, path: str, query: str, message: str) -> None:
    """Even where there is nothing to show."""
    answered = world.get(path, query)

    assert (answered.status, answered.error["message"]) == (400, message)


def test_a_bad_expansion_stops_a_payment_before_it_begins(world: Any) -> None:
    """The path is checked before anything changes."""
    before = world.state()

    assert world.post("/v1/payment_intents", f"{PAY}&expand[]=nope").status == 400
    assert world.state() == before
