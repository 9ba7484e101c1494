"""What each of Stripe's dated changes does to answers and requests, one by one; what its pages say is the rule."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from brownout.core.versions import date_of
from brownout.providers.stripe.options import StripeOptions
from brownout.providers.stripe.versions import API_VERSION, CHANGES, VERSIONS

if TYPE_CHECKING:
    from brownout.core.operation import Call

PAGE = (Path(__file__).resolve().parents[3] / "docs/providers/stripe-versions.md").read_text(encoding="utf-8")
PAID = "amount=2000&currency=usd&payment_method=pm_card_visa&allowed_payment_method_types[]=card&confirm=true"
HELD = f"{PAID}&capture_method=manual"


class _Empty:
    """A call in whose account nothing is kept."""

    def table(self, _type: str) -> dict[str, Any]:
        return {}


NOWHERE = cast("Call", _Empty())
DISCOUNT = {"id": "di_1", "object": "discount", "source": {"coupon": {"id": "25OFF", "object": "coupon"}}}
CODE = {"id": "promo_1", "object": "promotion_code", "promotion": {"coupon": "25OFF", "type": "coupon"}}
SUBSCRIPTION = {
    "id": "sub_1",
    "object": "subscription",
    "items": {"object": "list", "data": [{"current_period_end": 2, "current_period_start": 1}]},
}
SESSION = {
    "id": "cs_1",
    "object": "checkout.session",
    "collected_information": {"shipping_details": {"name": "Ada"}},
    "ui_mode": "embedded_page",
}


def pinned(version: str) -> dict[str, str]:
    """Return the header that pins a request."""
    return {"Stripe-Version": version}


def day_before(version: str) -> str:
    """Return a version from before another, as far as their order goes."""
    return (date.fromisoformat(date_of(version)) - timedelta(days=1)).isoformat()


def older(version: str, value: dict[str, Any]) -> Any:
    """Return an object as a version has it."""
    rewrites = VERSIONS.older(version)
    return value if rewrites is None else rewrites(value, NOWHERE)


def test_a_payment_looks_as_its_version_has_it(world: Any) -> None:
    """2022, 2024 and 2025: the same payment, three shapes."""
    intent = world.post("/v1/payment_intents", PAID).body
    newest = set(intent)

    def more(version: str) -> set[str]:
        got = world.get(f"/v1/payment_intents/{intent['id']}", headers=pinned(version)).body
        return set(got) ^ newest

    assert more("2022-08-01") == {"charges", "invoice"}
    assert more("2022-11-15") == more("2024-06-20") == more("2025-02-24.acacia") == {"invoice"}
    assert more("2025-03-31.basil") == more("2026-03-25.dahlia") == set()


@pytest.mark.parametrize(
    ("version", "method"),
    [("2023-10-16", "automatic"), ("2024-04-10", "automatic_async"), (API_VERSION, "automatic_async")],
)
def test_capture_became_asynchronous(world: Any, version: str, method: str) -> None:
    """From 2024-04-10 on, unless it is said; before, the charge has its balance transaction at once."""
    made = world.post("/v1/payment_intents", PAID, headers=pinned(version)).body
    charge = world.get(f"/v1/charges/{made['latest_charge']}").body
    asked = world.post(
        "/v1/payment_intents", f"{PAID}&capture_method=automatic_async", headers=pinned("2023-10-16")
    ).body

    assert made["capture_method"] == method
    assert (charge["balance_transaction"] is None) is (method == "automatic_async")
    assert asked["capture_method"] == "automatic_async"


@pytest.mark.parametrize(
    ("version", "types"), [("2022-11-15", ["card"]), ("2024-06-20", ["card", "link", "amazon_pay"])]
)
def test_cards_were_the_default_of_setup_intents_too(world: Any, version: str, types: list[str]) -> None:
    """Before 2023-08-16; whoever says `automatic_payment_methods` gets them in any version."""
    plain = world.post("/v1/setup_intents", headers=pinned(version)).body
    said = world.post("/v1/setup_intents", "automatic_payment_methods[enabled]=true", headers=pinned(version)).body

    assert plain["payment_method_types"] == types
    assert said["automatic_payment_methods"]["enabled"] is True


def test_marketing_features_were_features(world: Any) -> None:
    """Before 2024-04-10, in answers, parameters and lists; the newest version refuses the older name."""
    old, new = pinned("2023-10-16"), pinned("2024-04-10")
    made = world.post("/v1/products", "name=Tea&features[0][name]=Hot", headers=old).body
    refused = world.post("/v1/products", "name=Tea&features[0][name]=Hot", headers=new)
    listed = world.get("/v1/products", headers=old).body["data"]
    found = world.get(f"/v1/products/{made['id']}", headers=new).body
    gone = world.send("DELETE", f"/v1/products/{made['id']}", headers=old).body

    assert made["features"] == [{"name": "Hot"}]
    assert "marketing_features" not in made
    assert listed == [made]
    assert found["marketing_features"] == [{"name": "Hot"}]
    assert (refused.status, refused.error["message"]) == (400, "Received unknown parameter: features")
    assert set(gone) == {"id", "object", "deleted"}


def test_a_price_said_how_usage_adds_up(world: Any) -> None:
    """`recurring.aggregate_usage` before basil; a price that doesn't recur has nothing of it."""
    product = world.post("/v1/products", "name=Tea").body["id"]
    form = f"product={product}&currency=usd&unit_amount=500"
    monthly = world.post("/v1/prices", f"{form}&recurring[interval]=month", headers=pinned("2024-06-20")).body
    once = world.post("/v1/prices", form, headers=pinned("2024-06-20")).body

    assert monthly["recurring"]["aggregate_usage"] is None
    assert once["recurring"] is None
    assert "aggregate_usage" not in world.get(f"/v1/prices/{monthly['id']}").body["recurring"]


def test_what_was_let_go_counted_as_refunded(world: Any) -> None:
    """Before basil: of a hold captured in part the rest, of one that was cancelled all; since, nothing."""
    part, whole, open_ = (world.post("/v1/payment_intents", HELD).body for _ in range(3))
    world.post(f"/v1/payment_intents/{part['id']}/capture", "amount_to_capture=1500")
    world.post(f"/v1/payment_intents/{whole['id']}/cancel")

    def refunded(intent: dict[str, Any], version: str) -> tuple[Any, ...]:
        for expand in ("", "expand[]=payment_intent"):
            got = world.get(f"/v1/charges/{intent['latest_charge']}", expand, headers=pinned(version)).body
        return got["amount_captured"], got["amount_refunded"], got["refunded"]

    assert refunded(part, "2024-06-20") == (1500, 500, False)
    assert refunded(whole, "2024-06-20") == (None, 2000, True)
    assert refunded(open_, "2024-06-20") == (0, 0, False)
    assert [refunded(one, "2025-03-31.basil") for one in (part, whole)] == [(1500, 0, False), (0, 0, False)]


def test_a_hold_that_ran_out_was_cancelled_automatically(world: Any) -> None:
    """`expired` is a word of basil; before, `automatic`. Another reason is the same in both."""
    forgotten, cancelled = (world.post("/v1/payment_intents", HELD).body["id"] for _ in range(2))
    world.post(f"/v1/payment_intents/{cancelled}/cancel", "cancellation_reason=duplicate")
    world.advance(7 * 86_400 + 1)

    def reasons(version: str) -> list[str]:
        return [
            world.get(f"/v1/payment_intents/{one}", headers=pinned(version)).body["cancellation_reason"]
            for one in (forgotten, cancelled)
        ]

    assert reasons("2025-02-24.acacia") == ["automatic", "duplicate"]
    assert reasons("2025-03-31.basil") == ["expired", "duplicate"]


def test_what_an_older_version_shows_anyway_may_be_expanded(world: Any) -> None:
    """`charges` and `invoice` where they are there; in versions that lack them, they can't be."""
    intent = world.post("/v1/payment_intents", PAID).body
    path = f"/v1/payment_intents/{intent['id']}"

    old = world.get(path, "expand[]=charges&expand[]=invoice&expand[]=customer", headers=pinned("2022-08-01"))
    page = world.get("/v1/payment_intents", "expand[]=data.charges", headers=pinned("2022-08-01"))
    acacia = world.get(path, "expand[]=invoice", headers=pinned("2025-02-24.acacia"))
    refused = [world.get(path, "expand[]=charges", headers=pinned("2024-06-20")), world.get(path, "expand[]=invoice")]

    assert [old.status, page.status, acacia.status] == [200, 200, 200]
    assert page.body["data"][0]["charges"]["total_count"] == 1
    assert [one.error["message"] for one in refused] == [
        f"This property cannot be expanded ({name})." for name in ("charges", "invoice")
    ]


@pytest.mark.parametrize(
    ("version", "value", "shown"),
    [
        ("2025-08-27.basil", DISCOUNT, {"coupon": {"id": "25OFF", "object": "coupon"}}),
        ("2025-09-30.clover", DISCOUNT, {"source": {"coupon": {"id": "25OFF", "object": "coupon"}}}),
        ("2025-08-27.basil", CODE, {"coupon": None}),
        ("2025-09-30.clover", CODE, {"promotion": {"coupon": "25OFF", "type": "coupon"}}),
        ("2025-02-24.acacia", SUBSCRIPTION, {"current_period_end": 2, "current_period_start": 1}),
        ("2025-02-24.acacia", SUBSCRIPTION | {"items": {"data": []}}, {"current_period_end": None}),
        ("2025-02-24.acacia", SESSION, {"shipping_details": {"name": "Ada"}, "ui_mode": "embedded"}),
        ("2025-02-24.acacia", SESSION | {"collected_information": None}, {"shipping_details": None}),
        ("2025-03-31.basil", SESSION, {"ui_mode": "embedded"}),
        ("2026-02-25.clover", SESSION | {"ui_mode": None}, {"ui_mode": None}),
        ("2026-03-25.dahlia", SESSION, {"ui_mode": "embedded_page"}),
    ],
)
def test_what_moved_stands_where_it_was(version: str, value: dict[str, Any], shown: dict[str, Any]) -> None:
    """Discounts, promotion codes, subscriptions and Checkout sessions; the object itself stays as it is."""
    before = dict(value)

    made = older(version, value)

    assert {name: made[name] for name in shown} == shown
    assert value == before


def test_fields_that_moved_are_not_where_they_are_now() -> None:
    """Nor are those that were not there yet."""
    assert "source" not in older("2025-08-27.basil", DISCOUNT)
    assert "promotion" not in older("2025-08-27.basil", CODE)
    assert "shipping_details" not in older("2025-03-31.basil", SESSION)


@pytest.mark.parametrize(
    ("version", "given", "read"),
    [
        ("2026-02-25.clover", "hosted", "hosted_page"),
        ("2025-03-31.basil", "custom", "elements"),
        ("2026-02-25.clover", "hosted_page", "hosted_page"),
        ("2026-03-25.dahlia", "hosted", "hosted"),
    ],
)
def test_ui_modes_are_asked_for_by_their_older_words(version: str, given: str, read: str) -> None:
    """Before dahlia; since, they are refused as any other word."""
    asked = VERSIONS.asked("stripe.checkout.sessions.create")

    assert asked({"ui_mode": given}, version, NOWHERE)["ui_mode"] == read


def test_source_types_are_asked_for_by_their_older_name(world: Any) -> None:
    """Before 2019-02-11."""
    form = "amount=2000&currency=usd&allowed_source_types[]=card"

    old, new = world.post("/v1/payment_intents", form, headers=pinned("2018-11-08")), world.post(
        "/v1/payment_intents", form
    )  # fmt: skip

    assert (old.status, old.body["allowed_source_types"]) == (200, ["card"])
    assert new.error["message"] == "Received unknown parameter: allowed_source_types"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/payment_intents",
        "/v1/payment_intents/{intent}",
        "/v1/payment_intents/{intent}/confirm",
        "/v1/setup_intents",
        "/v1/setup_intents/{setup}",
    ],
)
def test_endive_refuses_payment_method_types(make_world: Any, path: str) -> None:
    """From 2026-09-30.endive on; older pins, and the parameter's heirs, go on."""
    world = make_world()
    form = "amount=2000&currency=usd&payment_method=pm_card_visa"
    intent = world.post("/v1/payment_intents", f"{form}&allowed_payment_method_types[]=card").body["id"]
    setup = world.post("/v1/setup_intents").body["id"]
    where = path.format(intent=intent, setup=setup)
    sent = f"{form}&payment_method_types[]=card" if where == "/v1/payment_intents" else "payment_method_types[]=card"

    refused = world.post(where, sent)
    code, param = refused.error["code"], refused.error["param"]
    before = world.post(where, sent, headers=pinned("2026-08-26.dahlia"))

    assert (refused.status, code, param) == (
        400, "payment_method_types_no_longer_supported", "payment_method_types",
    )  # fmt: skip
    assert "no longer supported" in refused.error["message"]
    assert before.status == 200


def test_checkout_sessions_refuse_them_as_unknown() -> None:
    """Their page names no code."""
    asked = VERSIONS.asked("stripe.checkout.sessions.create")

    assert asked.retired({"payment_method_types": {}}, API_VERSION) == ("payment_method_types", "parameter_unknown")
    assert asked.retired({"payment_method_types": {}}, "2026-08-26.dahlia") is None
    assert asked.retired({"mode": "payment"}, API_VERSION) is None


def test_they_are_taken_where_that_is_asked_for(make_world: Any) -> None:
    """With `retired_parameters: accept`, so that code from before goes on working under a newer SDK."""
    world = make_world(StripeOptions(retired_parameters="accept"))

    assert world.post("/v1/payment_intents", PAID.replace("allowed_", "")).status == 200


def test_a_key_has_a_version_of_its_own(make_world: Any) -> None:
    """Before the account's, behind the request's own; another key of the same account has the account's."""
    versions = {"sk_test_shop": "2022-08-01", "rk_test_shop": "2024-06-20"}
    world = make_world(StripeOptions(api_version="2025-02-24.acacia", api_versions=versions))

    def seen(key: str, **more: str) -> str:
        headers = {"Authorization": f"Bearer {key}", **more}
        return str(world.get("/v1/balance", headers=headers).headers["Stripe-Version"])

    assert [seen(key) for key in ("sk_test_shop", "rk_test_shop", "sk_test_other")] == [
        "2022-08-01", "2024-06-20", "2025-02-24.acacia",
    ]  # fmt: skip
    assert seen("sk_test_shop", **pinned(API_VERSION)) == API_VERSION
    assert "charges" in world.post("/v1/payment_intents", PAID).body


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ({"sk_test_shop": "latest"}, r"^api_versions: 'latest' can't be a version"),
        (
            {"sk_live_0123456789": "2022-08-01"},
            r"^api_versions must name test keys, such as sk_test_shop, not 'sk_live_'…$",
        ),
    ],
)
def test_wrong_versions_of_keys_are_refused(versions: dict[str, str], words: str) -> None:
    """When the scenario is read, and no live key is repeated."""
    with pytest.raises(ValueError, match=words):
        StripeOptions(api_versions=versions)


def test_every_change_is_on_the_page() -> None:
    """Each with its version, its words and its source; and each comes from a page of Stripe's, or its repositories."""
    missing = [one.said for one in CHANGES if one.source not in PAGE or f"`{one.version}`" not in PAGE]

    assert missing == []
    assert all(one.source.startswith(("https://docs.stripe.com/", "https://github.com/stripe/")) for one in CHANGES)


def test_every_change_does_something() -> None:
    """None is there for its words alone, and none is in force before its own version."""
    assert all(one.undo or one.asks or one.retired for one in CHANGES)
    for one in CHANGES:
        undone = VERSIONS.older(day_before(one.version))
        assert not one.undo or (undone is not None and one in undone.changes)
        later = VERSIONS.older(one.version)
        assert later is None or one not in later.changes
