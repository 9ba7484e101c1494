"""Stripe's dated versions: requests by header or account, webhooks by their endpoint, under the official SDK too."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import stripe

from brownout.providers.stripe.options import StripeOptions, WebhookOptions
from brownout.providers.stripe.versions import API_VERSION, CHANGES, VERSIONS

PAID = "amount=2000&currency=usd&payment_method=pm_card_visa&allowed_payment_method_types[]=card&confirm=true"
OLD = {"Stripe-Version": "2022-08-01"}
BEFORE_METHODS = {"Stripe-Version": "2018-11-08"}


def delivered(world: Any) -> list[dict[str, Any]]:
    """Return the bodies of all deliveries that are due, and settle them."""
    found = []
    world.advance(0)
    while (delivery := world.box.hooks.take()) is not None:
        attempt = world.box.hooks.prepare(delivery, world.box.clock.at(world.wall))
        world.box.hooks.settle(delivery, 200, None, world.box.clock.at(world.wall))
        found.append(orjson.loads(attempt.body))
    return found


def test_a_payment_intent_had_a_list_of_charges(world: Any) -> None:
    """Before 2022-11-15, newest first, each with its refunds; `latest_charge` is there as well."""
    declined = world.post("/v1/payment_intents", PAID.replace("pm_card_visa", "pm_card_chargeDeclined"), headers=OLD)
    intent = declined.error["payment_intent"]
    paid = world.post(
        f"/v1/payment_intents/{intent['id']}/confirm", "payment_method=pm_card_visa", headers=OLD
    ).body  # fmt: skip

    assert [one["status"] for one in intent["charges"]["data"]] == ["failed"]
    assert [one["status"] for one in paid["charges"]["data"]] == ["succeeded", "failed"]
    assert paid["charges"]["total_count"] == 2
    assert paid["charges"]["url"] == f"/v1/charges?payment_intent={paid['id']}"
    assert paid["charges"]["data"][0]["id"] == paid["latest_charge"]
    assert paid["charges"]["data"][0]["refunds"]["data"] == []
    assert paid["invoice"] is None
    assert list(paid)[:2] == ["id", "object"]
    assert list(paid)[2:] == sorted(list(paid)[2:])


def test_the_newest_version_has_none(world: Any) -> None:
    """And the object that is kept is that of the newest."""
    old = world.post("/v1/payment_intents", PAID, headers=OLD).body
    new = world.get(f"/v1/payment_intents/{old['id']}").body

    assert ("charges" in old, "charges" in new, "invoice" in new) == (True, False, False)
    assert set(old) - set(new) == {"charges", "invoice"}


def test_a_charge_had_its_refunds(world: Any) -> None:
    """In lists too; one that is expanded in today's version looks the same."""
    intent = world.post("/v1/payment_intents", PAID).body
    refund = world.post("/v1/refunds", f"payment_intent={intent['id']}&amount=500").body

    page = world.get("/v1/charges", headers=OLD).body["data"]
    today = world.get(f"/v1/charges/{intent['latest_charge']}", "expand[]=refunds").body

    assert [one["id"] for one in page[0]["refunds"]["data"]] == [refund["id"]]
    assert page[0]["refunds"] == today["refunds"]
    assert "refunds" not in world.get(f"/v1/charges/{intent['latest_charge']}").body


def test_a_customer_had_its_lists_before_2020_08_27(world: Any) -> None:
    """Empty here, for there is nothing to put in; a deleted one never had any."""
    made = world.post("/v1/customers", headers={"Stripe-Version": "2020-03-02"}).body
    same = world.post("/v1/customers", headers={"Stripe-Version": "2020-08-27"}).body
    gone = world.send("DELETE", f"/v1/customers/{made['id']}", headers={"Stripe-Version": "2020-03-02"}).body

    assert {name: made[name]["total_count"] for name in ("sources", "subscriptions", "tax_ids")} == {
        "sources": 0, "subscriptions": 0, "tax_ids": 0,
    }  # fmt: skip
    assert "sources" not in same
    assert set(gone) == {"id", "object", "deleted"}


def test_a_payment_intent_spoke_of_sources_before_2019_02_11(world: Any) -> None:
    """Statuses and names."""
    form = PAID.replace("pm_card_visa", "pm_card_authenticationRequired")
    made = world.post("/v1/payment_intents", "amount=2000&currency=usd", headers=BEFORE_METHODS).body
    asked = world.post("/v1/payment_intents", f"{form}&return_url=https://shop.example/", headers=BEFORE_METHODS).body

    assert (made["status"], made["allowed_source_types"]) == ("requires_source", ["card"])
    assert not {"payment_method_types", "next_action"} & set(made)
    assert asked["status"] == "requires_source_action"
    assert asked["next_source_action"]["type"] == "authorize_with_url"
    assert asked["next_source_action"]["authorize_with_url"]["return_url"] == "https://shop.example/"


@pytest.mark.parametrize(
    ("version", "automatic"), [("2022-11-15", False), ("2023-08-16", True), ("2026-10-28.endive", True)]
)
def test_cards_were_the_default(world: Any, version: str, automatic: bool) -> None:  # noqa: FBT001
    """From 2023-08-16 on the Dashboard's methods are, and a confirmation needs somewhere to return to."""
    form = "amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true"

    answered = world.post("/v1/payment_intents", form, headers={"Stripe-Version": version})

    assert answered.status == (400 if automatic else 200)
    if not automatic:
        assert (answered.body["automatic_payment_methods"], answered.body["payment_method_types"]) == (None, ["card"])


def test_the_accounts_version_holds_where_none_is_sent(make_world: Any) -> None:
    """And the answer says so; a header wins over it."""
    world = make_world(StripeOptions(api_version="2020-08-27"))

    plain, pinned = world.post("/v1/payment_intents", PAID), world.post(
        "/v1/payment_intents", PAID, headers={"Stripe-Version": API_VERSION}
    )  # fmt: skip

    assert (plain.headers["Stripe-Version"], "charges" in plain.body) == ("2020-08-27", True)
    assert (pinned.headers["Stripe-Version"], "charges" in pinned.body) == (API_VERSION, False)


def test_what_a_key_keeps_is_the_version_that_was_answered(world: Any) -> None:
    """A replay is byte for byte the first answer, whatever version is asked for then."""
    key = {"Idempotency-Key": "k"}

    first = world.post("/v1/payment_intents", PAID, headers=OLD | key)
    again = world.post("/v1/payment_intents", PAID, headers=key)

    assert again.raw == first.raw
    assert "charges" in again.body


def test_webhooks_are_pinned_apart_from_requests(make_world: Any) -> None:
    """By their endpoint: the account's version, an older one and the newest, of one and the same event."""
    world = make_world(
        StripeOptions(
            api_version="2020-08-27",
            webhooks=tuple(
                WebhookOptions(
                    url=f"http://127.0.0.1:{port}/", events=("payment_intent.succeeded",), api_version=version
                )
                for port, version in ((1, None), (2, "2018-11-08"), (3, API_VERSION))
            ),
        )
    )
    intent = world.post("/v1/payment_intents", PAID, headers={"Stripe-Version": API_VERSION}).body

    account, oldest, newest = delivered(world)

    assert "charges" not in intent
    assert [one["api_version"] for one in (account, oldest, newest)] == ["2020-08-27", "2018-11-08", API_VERSION]
    assert account["data"]["object"]["charges"]["data"][0]["id"] == intent["latest_charge"]
    assert "allowed_source_types" in oldest["data"]["object"]
    assert newest["data"]["object"] == intent
    assert world.get(f"/v1/events/{account['id']}", headers=OLD).body["data"] == account["data"]


def test_an_endpoint_of_the_api_has_its_own_version(world: Any) -> None:
    """The incident of a shop plugin: its requests pinned, its endpoint's `charge.refunded` without refunds."""
    for version in ("2020-08-27", API_VERSION):
        form = f"url=http://127.0.0.1:1/&enabled_events[]=charge.refunded&api_version={version}"
        assert world.post("/v1/webhook_endpoints", form).body["api_version"] == version
    intent = world.post("/v1/payment_intents", PAID, headers=OLD).body

    world.post("/v1/refunds", f"payment_intent={intent['id']}&amount=500", headers=OLD)

    old, new = delivered(world)
    assert old["data"]["object"]["refunds"]["data"][0]["amount"] == 500
    assert "refunds" not in new["data"]["object"]
    assert old["data"]["previous_attributes"]["amount_refunded"] == 0
    assert old["data"]["previous_attributes"] == new["data"]["previous_attributes"]


def test_an_endpoint_cant_have_a_version_that_there_isnt(world: Any) -> None:
    """Stripe's own words; so are a configured one and the account's refused when the scenario is read."""
    form = "url=http://127.0.0.1:1/&enabled_events[]=*&api_version=2020-08-27.acacia"

    refused = world.post("/v1/webhook_endpoints", form)

    assert (refused.status, refused.error["message"]) == (400, "Invalid Stripe API version: 2020-08-27.acacia")
    with pytest.raises(ValueError, match=r"^api_version can't be 'latest'"):
        StripeOptions(api_version="latest")
    with pytest.raises(ValueError, match=r"^api_version can't be '2026-13-01'"):
        WebhookOptions(url="http://127.0.0.1:1/", api_version="2026-13-01")


@pytest.mark.parametrize(
    ("version", "taken"),
    [
        ("2014-12-22", True),
        ("2024-06-20", True),
        ("2024-06-20.acacia", False),
        ("2024-09-30.acacia", True),
        ("2024-09-30", False),
        ("2025-03-31.basil", True),
        ("2025-03-31.nettle", False),
        ("2027-03-31.fennel", True),
        ("2026-10-28.preview", True),
        ("2026-10-28.endive; some_beta=v1", True),
        ("2026-02-30.clover", False),
        ("2026-10-28.endive\n", False),
    ],
)
def test_a_version_that_cant_be_one_is_refused(world: Any, version: str, taken: bool) -> None:  # noqa: FBT001
    """A date before Acacia has no word, one since has; an SDK newer than this simulator still works."""
    answered = world.get("/v1/balance", headers={"Stripe-Version": version})

    assert answered.status == (200 if taken else 400)
    if not taken:
        assert answered.error["message"] == f"Invalid Stripe API version: {version}"


def test_the_official_sdk_sees_the_version_that_it_is_pinned_to(world: Any) -> None:
    """stripe-python with `stripe_version`, for the client and for one call."""
    new = world.client()
    old = world.client(stripe_version="2022-08-01")

    made = new.v1.payment_intents.create(
        {"amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "allowed_payment_method_types": ["card"],
         "confirm": True}
    )  # fmt: skip
    found = old.v1.payment_intents.retrieve(made.id)
    once = new.v1.payment_intents.retrieve(made.id, options={"stripe_version": "2020-08-27"})

    with pytest.raises(AttributeError, match="charges"):
        _ = made.charges
    assert [type(one) for one in found.charges.data] == [stripe.Charge]
    assert found.charges.data[0].id == once.charges.data[0].id == made.latest_charge


def test_nothing_is_undone_for_those_who_pin_nothing(world: Any) -> None:
    """The newest version has nothing to undo, so its answers aren't looked at."""
    assert VERSIONS.older(API_VERSION) is None
    assert VERSIONS.older("2026-03-25.dahlia") is None
    assert [change.version for change in VERSIONS.changes] == sorted(change.version for change in CHANGES)
    assert all(change.said and change.source for change in CHANGES)
