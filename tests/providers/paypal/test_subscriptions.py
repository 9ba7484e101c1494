"""Products, plans and subscriptions: what is charged when, and what stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paypal_world import CARD, FULL, World, usd

from brownout.core.invariants import duplicated, money_conserved
from brownout.providers.paypal.billing import billing, catalog, plans, subscription_actions, subscriptions
from brownout.providers.paypal.options import PayPalOptions

if TYPE_CHECKING:
    from paypal_world import Answered

PRODUCTS, PLANS, SUBSCRIPTIONS = "/v1/catalogs/products", "/v1/billing/plans", "/v1/billing/subscriptions"
DAY = 86_400
BAD = {**CARD, "name": "CCREJECT-IF", "expiry": "2099-01"}
REASON = {"reason": "Enough"}


def cycle(value: str | None = "10.00", unit: str = "MONTH", *, sequence: int = 1, **more: Any) -> dict[str, Any]:
    """Return a billing cycle."""
    price = {} if value is None else {"pricing_scheme": {"fixed_price": usd(value)}}
    frequency = {"interval_unit": unit, "interval_count": more.pop("count", 1)}
    return {"tenure_type": "REGULAR", "sequence": sequence, "total_cycles": 0, "frequency": frequency, **price, **more}


def fresh(world: World) -> dict[str, str]:
    """Return a header with a token that is new."""
    return {"Authorization": "Bearer " + world.token().body["access_token"]}


def product(world: World) -> str:
    """Make a product, and return its id."""
    made: str = world.post(PRODUCTS, {"name": "Tea", "type": "SERVICE"}).body["id"]
    return made


def plan(world: World, *cycles: Any, **more: Any) -> str:
    """Make a plan, and return its id."""
    body = {"product_id": product(world), "name": "Tea a month", "billing_cycles": list(cycles) or [cycle()], **more}
    answered = world.post(PLANS, body)
    assert answered.status == 201, answered.raw
    made: str = answered.body["id"]
    return made


def subscribe(world: World, plan_id: str, card: Any = None, **more: Any) -> str:
    """Subscribe with a card, so that nobody has to approve; return the id."""
    source = {"subscriber": {"payment_source": {"card": card or {**CARD, "expiry": "2099-01"}}}}
    answered = world.post(SUBSCRIPTIONS, {"plan_id": plan_id, **source, **more})
    assert answered.status == 201, answered.raw
    made: str = answered.body["id"]
    return made


def show(world: World, subscription: str) -> dict[str, Any]:
    """Return a subscription."""
    shown: dict[str, Any] = world.get(f"{SUBSCRIPTIONS}/{subscription}", **fresh(world)).body
    return shown


def act(world: World, subscription: str, verb: str, body: Any = REASON) -> Answered:
    """Do something about a subscription."""
    return world.post(f"{SUBSCRIPTIONS}/{subscription}/{verb}", body, **fresh(world))


def taken(world: World) -> list[int]:
    """Return what was charged, in order."""
    return [one.amount_minor for one in world.box.ledger if one.kind == "capture"]


def test_a_subscription_is_charged_every_month(world: World) -> None:
    """At once, and on the same day of each month, in the ledger under its custom id."""
    made = subscribe(world, plan(world), custom_id="c-1")
    counts = []
    for _ in range(3):
        counts.append((len(taken(world)), show(world, made)["billing_info"]["next_billing_time"]))
        world.advance(31 * DAY)

    assert counts == [(1, "2026-02-01T00:00:00Z"), (2, "2026-03-01T00:00:00Z"), (3, "2026-04-01T00:00:00Z")]
    assert [one.key for one in world.box.ledger if one.kind == "capture"][:3] == ["c-1/1", "c-1/2", "c-1/3"]
    assert money_conserved(world.box.ledger) == []


def test_one_long_jump_charges_the_same(world: World) -> None:
    """A year at once is twelve months."""
    subscribe(world, plan(world))
    world.advance(360 * DAY)

    assert len(taken(world)) == 12


def test_trials_come_first_and_the_last_cycle_ends_it(world: World) -> None:
    """Each period has the length of the cycle that it belongs to."""
    trial = cycle(None, "WEEK", tenure_type="TRIAL", total_cycles=1)
    cheap = cycle("3.00", "DAY", sequence=2, tenure_type="TRIAL", total_cycles=2)
    made = subscribe(world, plan(world, trial, cheap, cycle("10.00", "MONTH", sequence=3, total_cycles=2)))
    seen = []
    for days in (0, 6, 1, 1, 1, 40):
        world.advance(days * DAY)
        seen.append(list(taken(world)))

    assert seen == [[], [], [300], [300, 300], [300, 300, 1000], [300, 300, 1000, 1000]]
    assert show(world, made)["status"] == "EXPIRED"
    assert [one["cycles_completed"] for one in show(world, made)["billing_info"]["cycle_executions"]] == [1, 2, 2]


def test_setup_fee_quantity_and_tax(world: World) -> None:
    """10 % on top of two at 10.00; the fee is charged once."""
    preferences = {"setup_fee": usd("5.00")}
    taxes = {"percentage": "10", "inclusive": False}
    made = plan(world, payment_preferences=preferences, taxes=taxes, quantity_supported=True)
    subscribe(world, made, quantity="2")

    assert taken(world) == [500, 2200]


def test_a_buyer_has_to_approve(make_world: Any) -> None:
    """The approve link activates and leads back; until then nothing is charged."""
    world: World = make_world(PayPalOptions(approve="manual"))
    context = {"return_url": "https://shop.test/ok", "cancel_url": "https://shop.test/no"}
    body = {"plan_id": plan(world), "application_context": context}
    created = world.post(SUBSCRIPTIONS, body)
    world.advance(DAY)
    before = show(world, created.body["id"])
    declined = world.get(created.links["approve"] + "&action=cancel")
    page = world.get(created.links["approve"])
    after = show(world, created.body["id"])

    assert (created.status, created.body["status"]) == (201, "APPROVAL_PENDING")
    assert (before["status"], after["status"]) == ("APPROVAL_PENDING", "ACTIVE")
    assert declined.headers["Location"].startswith("https://shop.test/no?subscription_id=")
    assert page.headers["Location"].startswith("https://shop.test/ok?subscription_id=")
    assert after["subscriber"]["payer_id"]
    assert taken(world) == [1000]
    assert world.get(created.links["approve"]).status == 302
    assert world.get("/webapps/billing/subscriptions?ba_token=x").status == 404


def test_by_default_the_buyer_agrees_a_second_later(world: World) -> None:
    """As `approve: auto` says."""
    made = world.post(SUBSCRIPTIONS, {"plan_id": plan(world)}).body["id"]
    world.advance(1)

    assert show(world, made)["status"] == "ACTIVE"


def test_a_later_start(world: World) -> None:
    """Active at once, charged from then on."""
    made = subscribe(world, plan(world), start_time="2026-01-11T00:00:00Z")
    world.advance(9 * DAY)
    early = taken(world)
    world.advance(2 * DAY)

    assert (early, taken(world)) == ([], [1000])
    assert show(world, made)["billing_info"]["next_billing_time"] == "2026-02-11T00:00:00Z"


def test_failed_payments_are_owed_and_suspend_it(world: World) -> None:
    """The second one reaches the threshold; the balance can be captured then."""
    made = subscribe(world, plan(world, payment_preferences={"payment_failure_threshold": 2}), BAD)
    first = show(world, made)
    world.advance(31 * DAY)
    second = show(world, made)
    owed = {"note": "Owed", "capture_type": "OUTSTANDING_BALANCE", "amount": usd("5.00")}
    capture = act(world, made, "capture", owed)

    assert (first["status"], first["billing_info"]["failed_payments_count"]) == ("ACTIVE", 1)
    assert second["status"] == "SUSPENDED"
    assert second["billing_info"]["outstanding_balance"] == usd("20.00")
    assert (capture.status, capture.body["status"]) == (200, "COMPLETED")
    assert show(world, made)["billing_info"]["outstanding_balance"] == usd("15.00")
    assert taken(world) == [500]
    assert act(world, made, "capture", owed | {"amount": usd("15.01")}).issue == (
        "AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE"
    )


def test_a_failed_setup_fee_cancels(world: World) -> None:
    """Unless the plan goes on."""
    stop, go = ({"setup_fee": usd("5.00"), "setup_fee_failure_action": action} for action in ("CANCEL", "CONTINUE"))

    assert show(world, subscribe(world, plan(world, payment_preferences=stop), BAD))["status"] == "CANCELLED"
    assert show(world, subscribe(world, plan(world, payment_preferences=go), BAD))["status"] == "ACTIVE"


def test_suspend_activate_cancel(world: World) -> None:
    """Nothing is charged while it rests, and nothing for that time afterwards."""
    made = subscribe(world, plan(world, cycle("1.00", "DAY")))
    assert act(world, made, "suspend").status == 204
    world.advance(10 * DAY + 1)
    rested = taken(world)
    assert act(world, made, "activate", {}).status == 204
    world.advance(DAY)
    resumed = taken(world)
    assert act(world, made, "cancel").status == 204
    world.advance(10 * DAY)

    assert (rested, resumed, taken(world)) == ([100], [100, 100], [100, 100])
    assert show(world, made)["status_change_note"] == "Enough"


@pytest.mark.parametrize(
    ("verb", "body", "status", "issue"),
    [
        ("activate", {}, 422, "SUBSCRIPTION_STATUS_INVALID"),
        ("suspend", {}, 400, "MISSING_REQUIRED_PARAMETER"),
        ("cancel", {}, 400, "MISSING_REQUIRED_PARAMETER"),
        ("capture", {"note": "x", "capture_type": "ALL", "amount": usd("1.00")}, 400, "INVALID_PARAMETER_VALUE"),
        ("capture", {"note": "x", "capture_type": "OUTSTANDING_BALANCE", "amount": usd("1.00")}, 422,
         "ZERO_OUTSTANDING_BALANCE"),
        ("capture", {"note": "x", "capture_type": "OUTSTANDING_BALANCE", "amount": usd("1.00", "EUR")}, 422,
         "CURRENCY_MISMATCH"),
        ("revise", {"plan_id": "P-NONE"}, 404, "INVALID_RESOURCE_ID"),
        ("revise", {"quantity": "0"}, 400, "INVALID_PARAMETER_SYNTAX"),
    ],
)  # fmt: skip
def test_refused_actions_change_nothing(world: World, verb: str, body: Any, status: int, issue: str) -> None:
    """With the words that clients look for."""
    made = subscribe(world, plan(world))
    before = world.state()
    refused = act(world, made, verb, body)

    assert (refused.status, refused.issue) == (status, issue)
    assert world.state() == before
    assert act(world, "I-NOBODY", verb, REASON).status == 404


def test_a_refused_status_is_told_in_words() -> None:
    """As a client's tests quote it."""
    world = World()
    made = subscribe(world, plan(world))
    act(world, made, "cancel")
    refused = act(world, made, "suspend")

    assert refused.body["details"][0]["description"] == (
        "Invalid subscription status for suspend action; subscription status should be active."
    )
    assert act(world, made, "revise", {}).issue == "SUBSCRIPTION_STATUS_INVALID"
    assert act(world, made, "capture", {
        "note": "x", "capture_type": "OUTSTANDING_BALANCE", "amount": usd("1.00"),
    }).issue == "SUBSCRIPTION_STATUS_INVALID"  # fmt: skip
    patch = [{"op": "replace", "path": "/custom_id", "value": "c"}]
    assert world.send("PATCH", f"{SUBSCRIPTIONS}/{made}", patch, **fresh(world)).issue == "SUBSCRIPTION_STATUS_INVALID"


def test_a_revised_plan_is_charged_from_the_next_cycle(world: World) -> None:
    """And a changed price too."""
    made = subscribe(world, plan(world))
    dear = plan(world, cycle("20.00"))
    revised = act(world, made, "revise", {"plan_id": dear})
    world.advance(31 * DAY)
    scheme = {"billing_cycle_sequence": 1, "pricing_scheme": {"fixed_price": usd("25.00")}}
    changed = world.post(f"{PLANS}/{dear}/update-pricing-schemes", {"pricing_schemes": [scheme]}, **fresh(world))
    world.advance(28 * DAY)

    assert (revised.status, revised.body["plan_id"], changed.status) == (200, dear, 204)
    assert taken(world) == [1000, 2000, 2500]


def test_transactions_and_reports_show_the_payments(world: World) -> None:
    """Within a window; the report has them as subscription payments."""
    made = subscribe(world, plan(world, cycle("10.00", "DAY")), custom_id="c-1")
    world.advance(2 * DAY)
    window = "start_time=2026-01-01T00:00:00Z&end_time=2026-01-02T00:00:00Z"
    listed = world.get(f"{SUBSCRIPTIONS}/{made}/transactions?{window}", **fresh(world)).body["transactions"]
    query = "start_date=2026-01-01T00:00:00Z&end_date=2026-01-31T00:00:00Z"
    found = world.get(f"/v1/reporting/transactions?{query}", **fresh(world)).body["transaction_details"]

    assert [one["amount_with_breakdown"]["net_amount"] for one in listed] == [usd("9.16")] * 2
    assert [one["transaction_info"]["transaction_event_code"] for one in found] == ["T0002"] * 3
    assert found[0]["transaction_info"]["paypal_reference_id"] == made
    assert world.get(f"{SUBSCRIPTIONS}/{made}/transactions", **fresh(world)).issue == "MISSING_REQUIRED_PARAMETER"


def test_subscribing_twice_is_seen_in_the_ledger(world: World) -> None:
    """A retry without a request id; with one there is one subscription."""
    made = plan(world)
    body = {"plan_id": made, "custom_id": "c-1", "subscriber": {"payment_source": {"card": CARD}}}
    repeats = [world.post(SUBSCRIPTIONS, body, PayPal_Request_Id="k-1") for _ in range(2)]
    assert duplicated(world.box.ledger) == []
    world.post(SUBSCRIPTIONS, body)

    assert [one.status for one in repeats] == [201, 200]
    assert repeats[0].body["id"] == repeats[1].body["id"]
    assert [one.key for one in duplicated(world.box.ledger)] == ["c-1/1"]


def test_patching_a_subscription(world: World) -> None:
    """Its custom id, shipping, and a smaller balance; nothing else."""
    made = subscribe(world, plan(world), BAD)
    patches = [
        {"op": "replace", "path": "/custom_id", "value": "c-2"},
        {"op": "add", "path": "/shipping_amount", "value": usd("1.00")},
        {"op": "replace", "path": "/billing_info/outstanding_balance", "value": usd("4.00")},
    ]
    path = f"{SUBSCRIPTIONS}/{made}"
    assert world.send("PATCH", path, patches).status == 204
    before = world.state()
    for patch, issue in (
        ({"op": "replace", "path": "/status", "value": "X"}, "UNSUPPORTED_PATCH_OPERATION"),
        ({"op": "remove", "path": "/custom_id"}, "INVALID_PARAMETER_VALUE"),
        ({"op": "replace", "path": "/billing_info/outstanding_balance", "value": usd("5.00")},
         "INVALID_PARAMETER_VALUE"),
        ({"op": "replace", "path": "/billing_info/outstanding_balance", "value": usd("1.00", "EUR")},
         "CURRENCY_MISMATCH"),
    ):  # fmt: skip
        assert world.send("PATCH", path, [patch]).issue == issue

    assert world.state() == before
    shown = show(world, made)
    assert (shown["custom_id"], shown["shipping_amount"]) == ("c-2", usd("1.00"))
    assert shown["billing_info"]["outstanding_balance"] == usd("4.00")


def test_plans_are_listed_patched_and_switched(world: World) -> None:
    """An inactive one can't be subscribed to."""
    made = plan(world, status="CREATED")
    path = f"{PLANS}/{made}"
    patched = world.send("PATCH", path, [{"op": "replace", "path": "/description", "value": "Good tea"}])
    states = []
    for verb in ("activate", "activate", "deactivate", "deactivate"):
        answered = world.post(f"{path}/{verb}")
        states.append((answered.status, world.get(path).body["status"]))

    assert patched.status == 204
    assert states == [(204, "ACTIVE"), (422, "ACTIVE"), (204, "INACTIVE"), (422, "INACTIVE")]
    assert world.get(path).body["description"] == "Good tea"
    assert world.post(SUBSCRIPTIONS, {"plan_id": made}).issue == "PLAN_STATUS_INVALID"
    listed = world.get(f"{PLANS}?plan_ids={made}&total_required=true").body
    assert (listed["total_items"], [one["id"] for one in listed["plans"]]) == (1, [made])
    assert "billing_cycles" not in listed["plans"][0]
    assert world.get(f"{PLANS}?product_id=none").body["plans"] == []
    assert world.get(f"{PLANS}?page=0").issue == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    ("change", "issue"),
    [
        ({"product_id": "PROD-NONE"}, "INVALID_RESOURCE_ID"),
        ({"name": None}, "MISSING_REQUIRED_PARAMETER"),
        ({"status": "BUSY"}, "INVALID_PARAMETER_VALUE"),
        ({"billing_cycles": None}, "MISSING_REQUIRED_PARAMETER"),
        ({"billing_cycles": [cycle(None)]}, "MISSING_REQUIRED_PARAMETER"),
        ({"billing_cycles": [cycle(unit="HOUR")]}, "INVALID_PARAMETER_VALUE"),
        ({"billing_cycles": [cycle() | {"frequency": {"interval_unit": ["DAY"]}}]}, "INVALID_PARAMETER_VALUE"),
        ({"billing_cycles": [cycle(count=13)]}, "INVALID_PARAMETER_VALUE"),
        ({"billing_cycles": [cycle(tenure_type="FREE")]}, "INVALID_PARAMETER_VALUE"),
        ({"billing_cycles": [cycle(sequence=True)]}, "INVALID_PARAMETER_VALUE"),
        ({"billing_cycles": [cycle(total_cycles=1000)]}, "INVALID_PARAMETER_VALUE"),
        ({"billing_cycles": [cycle(sequence=2)]}, "INVALID_BILLING_CYCLE_SEQUENCE"),
        ({"billing_cycles": [cycle(), cycle(sequence=2)]}, "INVALID_BILLING_CYCLE_SEQUENCE"),
        ({"billing_cycles": [cycle("0")]}, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ({"payment_preferences": {"setup_fee": usd("1.00", "EUR")}}, "CURRENCY_MISMATCH"),
        ({"payment_preferences": {"payment_failure_threshold": -1}}, "INVALID_PARAMETER_VALUE"),
        ({"payment_preferences": {"auto_bill_outstanding": "yes"}}, "INVALID_PARAMETER_SYNTAX"),
        ({"payment_preferences": {"setup_fee_failure_action": "CRY"}}, "INVALID_PARAMETER_VALUE"),
        ({"taxes": {"percentage": "ten"}}, "INVALID_PARAMETER_SYNTAX"),
    ],
)
def test_what_is_no_plan(world: World, change: dict[str, Any], issue: str) -> None:
    """Refused, and nothing is made."""
    body = {"product_id": product(world), "name": "Tea", "billing_cycles": [cycle()]} | change
    before = world.state()

    assert world.post(PLANS, body).issue == issue
    assert world.state() == before


@pytest.mark.parametrize(
    ("schemes", "issue"),
    [
        ([], "INVALID_ARRAY_MIN_ITEMS"),
        (None, "MISSING_REQUIRED_PARAMETER"),
        ([{"billing_cycle_sequence": 2, "pricing_scheme": {"fixed_price": usd("1.00")}}],
         "INVALID_BILLING_CYCLE_SEQUENCE"),
        ([{"billing_cycle_sequence": 1, "pricing_scheme": {"fixed_price": usd("1.00", "EUR")}}], "CURRENCY_MISMATCH"),
    ],
)  # fmt: skip
def test_what_is_no_price(world: World, schemes: Any, issue: str) -> None:
    """Refused, and the price stays."""
    path = f"{PLANS}/{plan(world)}"
    before = world.state()

    assert world.post(f"{path}/update-pricing-schemes", {"pricing_schemes": schemes}).issue == issue
    assert world.state() == before


def test_products(world: World) -> None:
    """Made, read, listed, patched; an id of one's own only once."""
    body = {"id": "PROD-TEA-1", "name": "Tea", "description": "Green"}
    made = world.post(PRODUCTS, body, **FULL)
    patch = [{"op": "replace", "path": "/description", "value": "Black"}]

    assert (made.status, made.body["type"]) == (201, "PHYSICAL")
    assert world.post(PRODUCTS, body).issue == "DUPLICATE_RESOURCE_IDENTIFIER"
    assert world.post(PRODUCTS, {"name": "x", "type": "GAS"}).issue == "INVALID_PARAMETER_VALUE"
    assert world.send("PATCH", f"{PRODUCTS}/PROD-TEA-1", patch).status == 204
    assert world.get(f"{PRODUCTS}/PROD-TEA-1").body["description"] == "Black"
    assert [one["id"] for one in world.get(PRODUCTS).body["products"]] == ["PROD-TEA-1"]
    assert world.get(f"{PRODUCTS}/NONE").status == 404
    repeats = [world.post(PRODUCTS, {"name": "Tea"}, PayPal_Request_Id="k-1") for _ in range(2)]
    assert [one.status for one in repeats] == [201, 200]


@pytest.mark.parametrize(
    ("change", "issue"),
    [
        ({"plan_id": "P-NONE"}, "INVALID_RESOURCE_ID"),
        ({"plan_id": None}, "MISSING_REQUIRED_PARAMETER"),
        ({"start_time": "tomorrow"}, "INVALID_PARAMETER_SYNTAX"),
        ({"start_time": 5}, "INVALID_PARAMETER_SYNTAX"),
        ({"start_time": "2025-01-01T00:00:00Z"}, "INVALID_PARAMETER_VALUE"),
        ({"quantity": "many"}, "INVALID_PARAMETER_SYNTAX"),
        ({"application_context": {"return_url": "https://a\nb"}}, "INVALID_PARAMETER_SYNTAX"),
        ({"subscriber": {"payment_source": {"card": {"number": "1"}}}}, "INVALID_STRING_LENGTH"),
    ],
)
def test_what_is_no_subscription(world: World, change: dict[str, Any], issue: str) -> None:
    """Refused, and nothing is made."""
    body = {"plan_id": plan(world)} | change
    before = world.state()

    assert world.post(SUBSCRIPTIONS, body).issue == issue
    assert world.state() == before


def test_a_long_rest_skips_cycles_and_short_months_stay_short(world: World) -> None:
    """From the 31st: February's last day, then the 31st again."""
    world.advance(30 * DAY)
    made = world.post(PRODUCTS, {"name": "Tea"}, **fresh(world)).body["id"]
    body = {"product_id": made, "name": "Tea", "billing_cycles": [cycle()]}
    plan_id = world.post(PLANS, body, **fresh(world)).body["id"]
    source = {"subscriber": {"payment_source": {"card": {**CARD, "expiry": "2099-01"}}}}
    subscription = world.post(SUBSCRIPTIONS, {"plan_id": plan_id, **source}, **fresh(world)).body["id"]
    days = []
    for _ in range(3):
        days.append(show(world, subscription)["billing_info"]["next_billing_time"][:10])
        world.advance(31 * DAY)

    assert days == ["2026-02-28", "2026-03-31", "2026-04-30"]


def test_a_page_without_a_way_back(make_world: Any) -> None:
    """Without a return address the page says what happened."""
    world: World = make_world(PayPalOptions(approve="manual"))
    link = world.post(SUBSCRIPTIONS, {"plan_id": plan(world)}).links["approve"]

    assert b"active" in world.get(link).raw


def test_a_revised_plan_keeps_its_currency(world: World) -> None:
    """Another one is refused."""
    made = subscribe(world, plan(world))
    euro = cycle() | {"pricing_scheme": {"fixed_price": usd("9.00", "EUR")}}

    assert act(world, made, "revise", {"plan_id": plan(world, euro)}).issue == "CURRENCY_MISMATCH"


def test_lists_of_subscriptions(world: World) -> None:
    """By plan and status."""
    one, other = plan(world), plan(world)
    made = [subscribe(world, one), subscribe(world, other)]
    act(world, made[0], "cancel")
    for query, found in ((f"plan_ids={one}", made[:1]), ("statuses=ACTIVE", made[1:]), ("page_size=1", made[1:])):
        listed = world.get(f"{SUBSCRIPTIONS}?{query}").body["subscriptions"]
        assert [each["id"] for each in listed] == found


def test_webhooks_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of everything that happens to products, plans and subscriptions, in order."""
    told: list[str] = []
    for module in (billing, catalog, plans, subscription_actions, subscriptions):
        monkeypatch.setattr(module, "emit", lambda _call, kind, _resource: told.append(kind))
    made = subscribe(world, plan(world))
    act(world, made, "suspend")
    act(world, made, "activate", {})
    act(world, made, "cancel")

    assert told == [
        "CATALOG.PRODUCT.CREATED", "BILLING.PLAN.CREATED", "BILLING.SUBSCRIPTION.CREATED",
        "BILLING.SUBSCRIPTION.ACTIVATED", "PAYMENT.SALE.COMPLETED", "BILLING.SUBSCRIPTION.SUSPENDED",
        "BILLING.SUBSCRIPTION.ACTIVATED", "BILLING.SUBSCRIPTION.CANCELLED",
    ]  # fmt: skip


NEXT = {
    ("ACTIVE", "suspend"): "SUSPENDED", ("ACTIVE", "cancel"): "CANCELLED", ("SUSPENDED", "activate"): "ACTIVE",
    ("SUSPENDED", "cancel"): "CANCELLED",
}  # fmt: skip


@pytest.mark.slow
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(["suspend", "activate", "cancel", "wait", "revise"]), max_size=10))
def test_any_calls_in_any_order(steps: list[str]) -> None:
    """Against the table of states: what isn't in it is a 422 and changes nothing; only active ones are charged."""
    world = World()
    made, state = subscribe(world, plan(world, cycle("1.00", "DAY"))), "ACTIVE"
    for step in steps:
        before, charged = world.state(), len(taken(world))
        if step == "wait":
            world.advance(2 * DAY)
            assert len(taken(world)) - charged == (2 if state == "ACTIVE" else 0)
            continue
        bearer = fresh(world)
        before = world.state()
        answered = world.post(f"{SUBSCRIPTIONS}/{made}/{step}", REASON, **bearer)
        if step == "revise":
            assert answered.status == (200 if state in ("ACTIVE", "SUSPENDED") else 422)
        else:
            assert answered.status == (204 if (state, step) in NEXT else 422)
            state = NEXT.get((state, step), state)
        if answered.status == 422:
            assert world.state() == before
        assert show(world, made)["status"] == state
        assert money_conserved(world.box.ledger) == []


def test_a_setup_fee_that_suspends_charges_nothing_else(world: World) -> None:
    """The first cycle waits until the subscription is active again."""
    preferences = {"setup_fee": usd("5.00"), "setup_fee_failure_action": "CONTINUE", "payment_failure_threshold": 1}
    made = subscribe(world, plan(world, cycle(), payment_preferences=preferences), BAD)
    shown = world.get(f"{SUBSCRIPTIONS}/{made}").body
    world.advance(40 * DAY)
    activated = world.post(f"{SUBSCRIPTIONS}/{made}/activate", {}, **fresh(world))
    later = world.get(f"{SUBSCRIPTIONS}/{made}", **fresh(world)).body

    assert shown["status"] == "SUSPENDED"
    assert (shown["billing_info"]["outstanding_balance"], shown["billing_info"]["failed_payments_count"]) == (
        usd("5.00"), 1,
    )  # fmt: skip
    assert (activated.status, later["billing_info"]["next_billing_time"]) == (204, "2026-03-01T00:00:00Z")


def test_no_charge_is_beyond_what_json_can_hold(world: World) -> None:
    """The ledger can be read, whatever a plan costs and how many are wanted."""
    dear = world.post(PLANS, {"product_id": product(world), "name": "Gold", "billing_cycles": [cycle("1000000000.01")]})
    most = plan(world, cycle("1000000000.00"), taxes={"percentage": "999.9999", "inclusive": False})
    subscribe(world, most, quantity="999999")

    assert (dear.status, dear.issue) == (400, "INVALID_PARAMETER_VALUE")
    assert max(one.amount_minor for one in world.box.ledger) < 2**63
