"""What isn't modelled: refused by name, or answered from Stripe's schema alone."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from stripe_world import World

from brownout import scenario
from brownout.assembly import registries
from brownout.core.errors import ScenarioError
from brownout.providers.stripe import StripeOptions

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def generic() -> Any:
    """A world that answers what isn't modelled."""
    return World(StripeOptions(generic=True))


def last(world: Any) -> dict[str, Any]:
    """Return the decided part of the newest record."""
    return list(world.box.journal)[-1].decided()  # type: ignore[no-any-return]


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/v1/treasury/outbound_transfers", "stripe.treasury.outbound_transfers.create"),
        ("GET", "/v1/treasury/outbound_transfers/obt_1", "stripe.treasury.outbound_transfers.retrieve"),
        ("DELETE", "/v1/coupons/X", "stripe.coupons.delete"),
        ("POST", "/v2/core/accounts", "stripe.v2.core.accounts.create"),
    ],
)
def test_what_stripe_has_and_brownout_doesnt_is_refused_by_name(world: Any, method: str, path: str, name: str) -> None:
    """The message says so and what to do; it isn't tried again, and nothing is kept under the idempotency key."""
    before = world.state()
    answered = world.send(method, path, headers={"Idempotency-Key": "k"})

    assert answered.status == 400
    assert answered.error["type"] == "invalid_request_error"
    assert (
        f"it doesn't model {method} {path.replace('obt_1', '{outbound_transfer}').replace('/X', '/{coupon}')} ({name})"
        in (answered.error["message"])
    )
    assert "generic: true" in answered.error["message"]
    assert answered.headers["Stripe-Should-Retry"] == "false"
    decided = last(world)
    assert (decided["operation"], decided["error"], decided["fidelity"]) == (name, "not_modelled", "generic")
    assert world.state() == before


def test_a_url_that_stripe_doesnt_have_is_its_own_404(generic: Any) -> None:
    """Whether the schema is asked or not."""
    for path in ("/v1/tax_rate", "/v1/treasury/outbound_transfers/obt_1/explode", "/v3/topups"):
        answered = generic.post(path)

        assert (answered.status, last(generic)["error"]) == (404, "unknown_url")
        assert answered.error["message"].startswith("Unrecognized request URL")


def test_without_a_key_it_is_401_first(world: Any) -> None:
    """Who may not call learns nothing else."""
    assert world.post("/v1/treasury/outbound_transfers", key=None).status == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/quotes/qt_1/pdf"), ("DELETE", "/v1/customers/cus_1/discount")],
)
def test_what_no_schema_describes_is_refused_even_so(generic: Any, method: str, path: str) -> None:
    """PDFs are, also where the scenario asks for generic answers; the message doesn't advise that again."""
    answered = generic.send(method, path)

    assert (answered.status, last(generic)["error"]) == (400, "not_modelled")
    assert "no schema describes" in answered.error["message"]


# ---------------------------------------------------------------- one resource


def test_create_retrieve_update_list_and_delete_hold_together(generic: Any) -> None:
    """What fits a field is in it, the rest is taken and forgotten; another account sees nothing of it."""
    made = generic.post("/v1/coupons", "percent_off=25.5&duration=once&id=25OFF&bogus=1&metadata[a]=b").body
    found = generic.get("/v1/coupons/25OFF").body
    changed = generic.post("/v1/coupons/25OFF", "name=Spring&metadata[c]=d&metadata[a]=").body
    listed = generic.get("/v1/coupons").body
    elsewhere = generic.get("/v1/coupons/25OFF", key="sk_test_other")
    gone = generic.send("DELETE", "/v1/coupons/25OFF").body
    after = generic.get("/v1/coupons/25OFF")

    assert (made["id"], made["object"], made["percent_off"], made["duration"]) == ("25OFF", "coupon", 25.5, "once")
    assert "bogus" not in made
    assert found == made
    assert (changed["name"], changed["metadata"]) == ("Spring", {"c": "d"})
    assert listed == {"object": "list", "data": [changed], "has_more": False, "url": "/v1/coupons"}
    assert gone == {"id": "25OFF", "object": "coupon", "deleted": True}
    for answered in (elsewhere, after):
        assert (answered.status, answered.error["code"]) == (404, "resource_missing")
        assert answered.error["message"] == "No such coupon: '25OFF'"
    assert generic.events() == ["coupon.created", "coupon.updated", "coupon.deleted"]
    assert {one.decided()["fidelity"] for one in list(generic.box.journal)[:-1]} == {"generic"}


def test_an_id_can_be_chosen_once(generic: Any) -> None:
    """A second object of that id is refused, and the first one stays."""
    generic.post("/v1/coupons", "id=A&percent_off=1")
    again = generic.post("/v1/coupons", "id=A&percent_off=2")

    assert (again.status, again.error["code"]) == (400, "resource_already_exists")
    assert generic.get("/v1/coupons/A").body["percent_off"] == 1


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ("amount=12", "amount", 12),
        ("amount=x", "amount", 0),
        ("amount[a]=1", "amount", 0),
        ("currency=EUR", "currency", "eur"),
        ("currency=", "currency", "usd"),
        ("description=", "description", None),
        ("description[a]=b", "description", None),
        ("status=nonsense", "status", "processing"),
        ("tracking_details[type]=ach&tracking_details[ach][trace_id]=1", "tracking_details",
         {"ach": {"trace_id": "1"}, "type": "ach", "us_domestic_wire": None}),
        ("tracking_details=x", "tracking_details", None),
        ("object=charge", "object", "treasury.outbound_transfer"),
    ],
)  # fmt: skip
def test_a_parameter_is_kept_if_it_fits_its_field(generic: Any, given: str, field: str, value: Any) -> None:
    """Texts, numbers, words and groups; what doesn't fit leaves the field as it would have been."""
    assert generic.post("/v1/treasury/outbound_transfers", given).body[field] == value


def test_lists_page_by_cursors_and_filter_by_fields(generic: Any) -> None:
    """As modelled ones do: newest first, `limit` clamped, an unknown cursor refused."""
    ids = [generic.post("/v1/tax_rates", f"percentage={n}&inclusive={n % 2 == 0}".lower()).body["id"] for n in range(5)]
    first = generic.get("/v1/tax_rates", "limit=2").body
    rest = generic.get("/v1/tax_rates", f"limit=10&starting_after={first['data'][-1]['id']}").body
    even = generic.get("/v1/tax_rates", "inclusive=true").body
    none = generic.get("/v1/tax_rates", "created[gt]=9999999999").body

    assert [one["id"] for one in first["data"] + rest["data"]] == ids[::-1]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert [one["id"] for one in even["data"]] == [ids[4], ids[2], ids[0]]
    assert none["data"] == []
    assert generic.get("/v1/tax_rates", "starting_after=txr_no").error["message"] == "No such tax_rate: 'txr_no'"


def test_what_belongs_to_another_object_is_found_below_it_alone(generic: Any) -> None:
    """Lists are of one parent; one that isn't there is refused, and so is another's child."""
    one, other = (generic.post("/v1/customers").body["id"] for _ in range(2))
    tax_id = generic.post(f"/v1/customers/{one}/tax_ids", "type=eu_vat&value=DE1").body

    assert [each["id"] for each in generic.get(f"/v1/customers/{one}/tax_ids").body["data"]] == [tax_id["id"]]
    assert generic.get(f"/v1/customers/{other}/tax_ids").body["data"] == []
    assert generic.get(f"/v1/customers/{other}/tax_ids/{tax_id['id']}").status == 404
    assert generic.get("/v1/customers/cus_none/tax_ids").error["message"] == "No such customer: 'cus_none'"


def test_a_modelled_parent_must_be_there(generic: Any) -> None:
    """A tax id of a customer who isn't, is refused; one of a customer who is, belongs to it."""
    customer = generic.post("/v1/customers").body["id"]
    made = generic.post(f"/v1/customers/{customer}/tax_ids", "type=eu_vat&value=DE1").body

    assert made["customer"] == customer
    assert generic.post("/v1/customers/cus_none/tax_ids", "type=eu_vat&value=DE1").status == 404
    assert "customer.tax_id.created" in generic.events()


@pytest.mark.parametrize(
    ("resource", "action", "status"),
    [
        ("treasury/outbound_transfers", "cancel", "canceled"),
        ("issuing/disputes", "submit", "submitted"),
        ("billing/meters", "deactivate", "inactive"),
        ("treasury/financial_accounts", "close", "closed"),
        ("terminal/readers", "cancel_action", "online"),
    ],
)
def test_an_action_changes_the_status_that_is_named_after_it(
    generic: Any, resource: str, action: str, status: str
) -> None:
    """And nothing where none is: cancelling what a reader does, doesn't cancel the reader."""
    made = generic.post(f"/v1/{resource}").body
    done = generic.post(f"/v1/{resource}/{made['id']}/{action}").body

    assert done["id"] == made["id"]
    assert done["status"] == status


def test_an_action_tells_by_its_status_where_stripe_does(generic: Any) -> None:
    """`treasury.outbound_transfer.canceled` is an event of its own."""
    made = generic.post("/v1/treasury/outbound_transfers").body
    generic.post(f"/v1/treasury/outbound_transfers/{made['id']}/cancel")

    assert generic.events() == ["treasury.outbound_transfer.created", "treasury.outbound_transfer.canceled"]


def test_what_there_is_only_one_of_keeps_its_changes(generic: Any) -> None:
    """Settings are there from the start; the account that calls is itself."""
    generic.post("/v1/tax/settings", "defaults[tax_behavior]=inclusive")
    own = generic.get("/v1/account").body

    assert generic.get("/v1/tax/settings").body["defaults"]["tax_behavior"] == "inclusive"
    assert own["id"] == list(generic.box.journal)[-1].account
    assert generic.get(f"/v1/accounts/{own['id']}").body == own


def test_previews_keep_nothing_and_finding_needs_all_that_is_given(generic: Any) -> None:
    """A preview isn't listed afterwards; a secret is found by its name, and deleted by it."""
    generic.get("/v1/credit_notes/preview", "memo=Hello")
    made = generic.post("/v1/apps/secrets", "name=a&payload=p&scope[type]=account").body

    assert generic.get("/v1/credit_notes").body["data"] == []
    assert generic.get("/v1/apps/secrets/find", "name=a&scope[type]=account").body == made
    assert generic.get("/v1/apps/secrets/find", "name=b&scope[type]=account").status == 404
    assert generic.post("/v1/apps/secrets/delete", "name=a&scope[type]=account").body["deleted"] is True
    assert generic.get("/v1/apps/secrets").body["data"] == []


def test_expand_follows_links(generic: Any) -> None:
    """To modelled objects too; a field that is no link can't be expanded."""
    customer = generic.post("/v1/customers", "name=Ada").body
    made = generic.post("/v1/tax_ids", f"type=eu_vat&value=DE1&customer={customer['id']}").body
    found = generic.get(f"/v1/tax_ids/{made['id']}", "expand[]=customer").body
    listed = generic.get("/v1/tax_ids", "expand[]=data.customer").body

    assert found["customer"] == customer
    assert listed["data"][0]["customer"] == customer
    assert generic.get(f"/v1/tax_ids/{made['id']}", "expand[]=value").error["message"] == (
        "This property cannot be expanded (value)."
    )


def test_a_source_of_a_customer_is_what_it_was_made_from(generic: Any) -> None:
    """A list of several types holds them all, and each is found by its id."""
    customer = generic.post("/v1/customers").body["id"]
    made = [
        generic.post(f"/v1/customers/{customer}/sources", f"source={one}").body
        for one in ("tok_visa", "btok_us_verified", "btok_us")
    ]
    listed = generic.get(f"/v1/customers/{customer}/sources", "limit=2").body
    rest = generic.get(f"/v1/customers/{customer}/sources", f"starting_after={listed['data'][-1]['id']}").body

    assert [one["object"] for one in made] == ["card", "bank_account", "bank_account"]
    assert listed["has_more"] is True
    assert {one["id"] for one in listed["data"] + rest["data"]} == {one["id"] for one in made}
    assert generic.get(f"/v1/customers/{customer}/sources/{made[1]['id']}").body == made[1]


def test_a_repeat_under_an_idempotency_key_is_the_first_answer(generic: Any) -> None:
    """The engine's rules hold for generic operations as for others."""
    key = {"Idempotency-Key": "k"}
    first, again = (generic.post("/v1/treasury/outbound_transfers", "amount=1", headers=key) for _ in range(2))

    assert again.raw == first.raw
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(generic.get("/v1/treasury/outbound_transfers").body["data"]) == 1


def test_the_same_seed_gives_the_same_answers() -> None:
    """Ids and all."""
    path = "/v1/treasury/outbound_transfers"
    first, second = (World(StripeOptions(generic=True)).post(path, "amount=1").raw for _ in range(2))

    assert first == second


SCENARIO = """
brownout: 1
identity: {stripe.tax_rates.create: body.display_name}
providers: {stripe: {generic: true}}
faults:
  - {name: down, kind: abort, match: {operation: stripe.treasury.outbound_transfers.*}, first: 1, status: 503}
"""


def test_scenarios_know_generic_operations_by_name() -> None:
    """A rule strikes them, an identity is read from them; a name that Stripe doesn't have is a mistake with a hint."""
    world = World(plan=scenario.load(SCENARIO, registries()))

    assert [world.post("/v1/treasury/outbound_transfers").status for _ in range(2)] == [503, 200]
    assert world.post("/v1/tax_rates", "display_name=VAT").status == 200
    assert (last(world)["key"], last(world)["key_source"]) == ("VAT", "scenario")
    right, wrong = (f"stripe.treasury.outbound_{one}.create" for one in ("transfers", "transfer"))
    with pytest.raises(ScenarioError, match=f"unknown '{wrong}'; did you mean '{right}'"):
        scenario.load(SCENARIO.replace("stripe.treasury.outbound_transfers.*", wrong), registries())


# ---------------------------------------------------------------- v2


def test_v2_takes_json_and_pages_by_url(generic: Any) -> None:
    """Times are texts, metadata merges, null deletes; the next page has a URL; what is missing is worded as v2 does."""
    made = [
        generic.post(
            "/v2/core/accounts", orjson.dumps({"display_name": f"{n}", "metadata": {"a": "1"}}), headers=JSON
        ).body
        for n in range(3)
    ]
    changed = generic.post(
        f"/v2/core/accounts/{made[0]['id']}", orjson.dumps({"metadata": {"a": None, "b": "2"}}), headers=JSON
    ).body
    first = generic.get("/v2/core/accounts", "limit=2").body
    second = generic.get(*first["next_page_url"].split("?")).body
    missing = generic.get("/v2/core/accounts/acct_none")

    assert made[0]["created"] == "2026-01-01T00:00:00.000Z"
    assert changed["metadata"] == {"b": "2"}
    assert [one["display_name"] for one in first["data"] + second["data"]] == ["2", "1", "0"]
    assert second["next_page_url"] is None
    assert (missing.status, missing.error["code"]) == (404, "not_found")


@pytest.mark.parametrize("body", [b"{", b"[1]"])
def test_v2_refuses_what_it_cant_read(generic: Any, body: bytes) -> None:
    """Neither half a body nor one that is no object makes anything."""
    assert generic.post("/v2/core/accounts", body, headers=JSON).status == 400
    assert generic.get("/v2/core/accounts").body["data"] == []
