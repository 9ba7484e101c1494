"""Connected accounts: their shapes in every state, what a header changes, and what it doesn't."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe
from stripe_sellers import SELLER, form
from stripe_types import shape_problems
from stripe_world import World

from brownout import scenario
from brownout.assembly import registries
from brownout.core.plan import Plan
from brownout.providers.stripe import StripeOptions, WebhookOptions
from brownout.providers.stripe.permissions import resource_of, resources

BANK = "external_account[object]=bank_account&external_account[country]=US&external_account[routing_number]=110000000"
URLS = "type=account_onboarding&refresh_url=https://s.example/r&return_url=https://s.example/b"


def seller(world: Any, *, key: str = "sk_test_shop", **changed: Any) -> dict[str, Any]:
    """Return a custom account that has told everything."""
    given = form({**SELLER, "external_account": "btok_us", **changed})
    return world.post("/v1/accounts", given, key=key).body  # type: ignore[no-any-return]


def visit(world: Any, url: str, **answer: str) -> Any:
    """Answer a page as a browser that doesn't follow on."""
    body = "&".join(f"{name}={value}" for name, value in answer.items()).encode()
    return world.transport.send("POST", f"/stripe{urlsplit(url).path}", headers=world.FORM, body=body)


# ---------------------------------------------------------------- shapes
def everything(world: Any) -> list[tuple[type, dict[str, Any]]]:
    """Return objects of every class, in all the states they can be in."""
    own = world.get("/v1/account").body
    express = world.post("/v1/accounts", "type=express&capabilities[transfers][requested]=true").body
    path = f"/v1/accounts/{express['id']}"
    link = world.post("/v1/account_links", f"account={express['id']}&{URLS}").body
    visit(world, link["url"], result="fail")
    waiting = world.get(path).body
    pending = world.get(f"{path}/capabilities/transfers").body
    world.advance(6)
    failed = world.get(path).body
    rejected = world.post(f"{path}/reject", "reason=fraud_other").body
    company = world.post(
        "/v1/accounts",
        "type=custom&country=DE&business_type=company&company[name]=Rides&company[address][city]=Ulm"
        "&settings[payouts][schedule][interval]=weekly&settings[payouts][schedule][weekly_anchor]=friday"
        "&settings[payouts][schedule][delay_days]=minimum&business_profile[annual_revenue][amount]=1"
        "&business_profile[annual_revenue][currency]=eur&business_profile[annual_revenue][fiscal_year_end]=2025-12-31",
    ).body
    controlled = world.post(
        "/v1/accounts", "controller[stripe_dashboard][type]=none&controller[fees][payer]=application"
    ).body
    person = world.post(
        f"/v1/accounts/{company['id']}/persons",
        "first_name=Ada&dob[day]=1&dob[month]=1&dob[year]=1901&relationship[owner]=true"
        "&relationship[percent_ownership]=12.5&full_name_aliases[]=A",
    ).body
    card = world.post(f"{path}/external_accounts", "external_account=tok_visa_debit").body
    bank = world.post(f"{path}/external_accounts", f"{BANK}&external_account[account_number]=000123456789").body
    session = world.post("/v1/account_sessions", f"account={express['id']}&components[payments][enabled]=true").body
    headers = {"Stripe-Account": express["id"]}
    events = world.get("/v1/events", "limit=100", headers=headers).body["data"]
    return [
        *((stripe.Account, one) for one in (own, express, waiting, failed, rejected, company, controlled)),
        *((stripe.Account, one) for one in world.get("/v1/accounts").body["data"]),
        *((stripe.Capability, one) for one in world.get(f"{path}/capabilities").body["data"]),
        (stripe.Capability, pending),
        (stripe.Person, person),
        (stripe.Person, failed["individual"]),
        (stripe.BankAccount, bank),
        (stripe.Card, card),
        (stripe.AccountLink, link),
        (stripe.AccountSession, session),
        (stripe.LoginLink, world.post(f"{path}/login_links").body),
        *((stripe.Event, one) for one in events),
    ]


def test_objects_have_what_the_sdk_declares_and_nothing_else(world: Any) -> None:
    """As test_shapes.py has it for the payment path."""
    objects = everything(world)

    assert [told for cls, value in objects for told in shape_problems(value, cls, cls.__name__)] == []
    assert {cls.__name__ for cls, _ in objects} == {
        "Account", "AccountLink", "AccountSession", "BankAccount", "Capability", "Card", "Event", "LoginLink", "Person",
    }  # fmt: skip


# ---------------------------------------------------------------- verification
@pytest.mark.parametrize(
    ("changed", "at_once", "later"),
    [
        ({}, True, True),
        ({"dob": {"day": 1, "month": 1, "year": 1901}}, False, True),
        ({"dob": {"day": 2, "month": 1, "year": 1901}}, False, False),
        ({"dob": {"day": 2, "month": 1, "year": 1901}, "id_number": "222222222"}, True, True),
        ({"id_number": "111111111"}, False, False),
        ({"id_number": "111111111", "verification": {"document": {"front": "file_identity_document_success"}}},
         False, True),
        ({"verification": {"document": {"front": "file_identity_document_failure"}}}, False, False),
        ({"address": {**SELLER["individual"]["address"], "line1": "address_no_match"}}, False, False),
    ],
)  # fmt: skip
def test_test_values_decide_a_verification(world: Any, changed: Any, *, at_once: bool, later: bool) -> None:
    """At once, five seconds later, or never, as Stripe's test values have it."""
    account = seller(world, individual={**SELLER["individual"], **changed})
    world.advance(6)
    after = world.get(f"/v1/accounts/{account['id']}").body

    assert (account["charges_enabled"], after["charges_enabled"]) == (at_once, later)
    assert after["individual"]["verification"]["status"] == ("verified" if later else "unverified")
    assert bool(after["requirements"]["errors"]) is not later


def test_what_is_told_anew_is_verified_anew(world: Any) -> None:
    """A verification under way is of what was known before: its outcome is no matter any more."""
    born = {"day": 1, "month": 1, "year": 1901}
    account = seller(world, individual={**SELLER["individual"], "dob": born, "id_number": "111111111"})
    path = f"/v1/accounts/{account['id']}"
    world.advance(3)

    world.post(path, "individual[id_number]=000000000")
    world.advance(3)
    early = world.get(path).body["charges_enabled"]
    world.advance(3)

    assert (early, world.get(path).body["charges_enabled"]) == (False, True)


def test_capabilities_are_requested_and_given_up(world: Any) -> None:
    """One alone is enough to be paid out; charges need one of payments."""
    account = seller(world, capabilities={"transfers": {"requested": True}})
    path = f"/v1/accounts/{account['id']}"
    before = account["charges_enabled"], account["payouts_enabled"]

    asked = world.post(f"{path}/capabilities/card_payments", "requested=true").body
    charges = world.get(path).body["charges_enabled"]
    world.post(path, "capabilities[card_payments][requested]=false")

    assert before == (False, True)
    assert (asked["status"], charges) == ("active", True)
    assert world.get(path).body["capabilities"] == {"transfers": "active"}
    assert world.get(f"{path}/capabilities/card_payments").body["status"] == "unrequested"
    assert world.get(f"{path}/capabilities/flying").error["message"] == "No such capability: 'flying'"
    refused = world.post(path, "capabilities[flying][requested]=true").error
    assert refused["message"] == "Received unknown parameter: capabilities[flying]"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("country=Germany", "Country 'Germany' is unknown."),
        ("business_type=company&individual[first_name]=A", "Parameter `individual` cannot be provided with a"),
        ("business_type=individual&company[name]=A", "Parameter `company` cannot be provided with a `business_type`"),
        ("external_account=btok_nobody", "No such token: 'btok_nobody'"),
        ("settings[payouts][schedule][interval]=hourly", "Invalid settings[payouts][schedule][interval]: must be one"),
        ("individual[dob][day]=1", "Missing required param: individual[dob]"),
    ],
)
def test_a_refused_account_isnt_made(world: Any, given: str, message: str) -> None:
    """Nothing has changed after it, and the message names the parameter."""
    world.get("/v1/account")
    before = world.state()

    refused = world.post("/v1/accounts", f"type=custom&{given}")

    assert refused.status == 400
    assert refused.error["message"].startswith(message)
    assert world.state() == before


# ---------------------------------------------------------------- the header
def test_a_header_that_names_nobody_else_changes_nothing() -> None:
    """Ids, draws and the journal are the same without a header and with the key's own account in it."""
    plain, named = World(), World()
    own = plain.get("/v1/account").body["id"]
    named.get("/v1/account")

    made = plain.post("/v1/customers", "name=A")
    same = named.post("/v1/customers", "name=A", headers={"Stripe-Account": own})

    assert made.body == same.body
    assert [one.account for one in plain.box.journal] == [one.account for one in named.box.journal] == [own] * 2


def test_asking_for_ones_own_account_moves_no_draw() -> None:
    """What an account is hangs on its id: the ids that calls draw afterwards are the same."""
    asked, silent = World(), World()
    asked.get("/v1/account")

    assert asked.post("/v1/customers").body["id"] == silent.post("/v1/customers").body["id"]
    assert asked.get("/v1/account").body == silent.get("/v1/account").body


def test_an_idempotency_key_is_of_the_account_acted_for(world: Any) -> None:
    """One key makes an object for each account, and repeats it there."""
    theirs = {"Stripe-Account": seller(world)["id"], "Idempotency-Key": "k"}
    ours = {"Idempotency-Key": "k"}

    made = [world.post("/v1/customers", "name=A", headers=one).body["id"] for one in (ours, theirs, ours, theirs)]

    assert made[:2] == made[2:]
    assert made[0] != made[1]


def test_one_platforms_accounts_are_not_anothers(world: Any) -> None:
    """Neither listed, nor named, nor opened."""
    account = seller(world)["id"]

    assert [one["id"] for one in world.get("/v1/accounts").body["data"]] == [account]
    assert world.get("/v1/accounts", key="sk_test_b").body["data"] == []
    assert world.get("/v1/balance", headers={"Stripe-Account": account}, key="sk_test_b").status == 403
    assert world.get("/v1/balance", headers={"Stripe-Account": account}, key="rk_test_shop").status == 200


def test_an_account_nobody_made_can_be_conjured() -> None:
    """By header or by path: one that is let in and connected; the journal says that it is conjured."""
    world = World(StripeOptions(unknown_objects="conjure"))
    headers = {"Stripe-Account": "acct_1PgafTB7WZ01zgkX"}

    made = world.post("/v1/customers", "name=A", headers=headers)
    named = world.get("/v1/accounts/acct_1PgafTB7WZ01zgkY").body

    assert made.status == 200
    assert world.get("/v1/customers").body["data"] == []
    assert (named["charges_enabled"], named["type"]) == (True, "express")
    assert {one["id"] for one in world.get("/v1/accounts").body["data"]} == {headers["Stripe-Account"], named["id"]}
    records = list(world.box.journal)
    assert [one.fidelity for one in records] == ["conjured", "conjured", "modelled", "conjured"]
    assert records[0].account == headers["Stripe-Account"]


def test_configured_endpoints_are_for_one_or_the_other() -> None:
    """`connect: true` hears of connected accounts and says whose event it is; the others of a key's own account."""
    hooks = tuple(WebhookOptions(url=f"http://127.0.0.1:1/{one}", connect=one) for one in (False, True))
    world = World(StripeOptions(webhooks=hooks))
    account = seller(world)["id"]
    world.post("/v1/customers", "name=Ours")
    world.post("/v1/customers", "name=Theirs", headers={"Stripe-Account": account})

    sent = [(one.endpoint.url, one.account) for one in world.box.hooks if one.event_type == "customer.created"]

    assert sent == [(hooks[0].url, world.get("/v1/account").body["id"]), (hooks[1].url, account)]


def test_the_pages_example_loads() -> None:
    """What docs/providers/stripe-connect.md shows can be copied."""
    page = Path(__file__).resolve().parents[3] / "docs" / "providers" / "stripe-connect.md"
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)

    options = scenario.load(example, registries()).providers["stripe"]

    assert [one.connect for one in options.webhooks] == [False, True]
    assert options.restricted_keys["rk_test_support"] == {"*": "read", "payouts": "none"}


# ---------------------------------------------------------------- restricted keys
def test_a_restricted_key_names_resources_that_there_are() -> None:
    """A mistake is told when the scenario is read, with what was probably meant."""
    with pytest.raises(ValueError, match="rk_test_a: unknown 'custmers'; did you mean 'customers'"):
        StripeOptions(restricted_keys={"rk_test_a": {"custmers": "read"}})
    with pytest.raises(ValueError, match="unknown 'zzzz'; name a resource as its path does"):
        StripeOptions(restricted_keys={"rk_test_a": {"zzzz": "read"}})
    with pytest.raises(
        ValueError, match="restricted_keys must name test keys, such as rk_test_reports, not 'sk_test_'"
    ):
        StripeOptions(restricted_keys={"sk_test_a": {"customers": "read"}})


def test_restricted_keys_are_accepted_where_credentials_are_closed() -> None:
    """As those under `keys` are."""
    options = StripeOptions(restricted_keys={"rk_test_a": {"*": "read"}})
    world = World(plan=Plan(credentials="closed", providers={"stripe": options}))

    assert world.get("/v1/customers", key="rk_test_a").status == 200
    assert world.get("/v1/customers", "expand[]=data.default_source", key="rk_test_a").status != 403
    assert world.post("/v1/customers", key="rk_test_a").status == 403
    assert world.get("/v1/customers", key="rk_test_b").status == 401


def test_a_refusal_for_want_of_permission_changes_nothing() -> None:
    """It isn't kept under an idempotency key either."""
    world = World(StripeOptions(restricted_keys={"rk_test_shop": {"customers": "read"}}))
    before = world.state()

    refused = world.post("/v1/customers", key="rk_test_shop", headers={"Idempotency-Key": "k"})

    assert world.state() == before
    assert list(world.box.journal)[-1].error == "permission"
    assert refused.error["type"] == "invalid_request_error"
    assert world.post("/v1/customers", headers={"Idempotency-Key": "k"}).status == 200


def test_every_operation_has_a_resource_or_is_a_page() -> None:
    """So that no call escapes a restricted key."""
    paths = [one.path for one in stripe_operations()]

    assert {one for one in paths if resource_of(one) is None and one.startswith("/v")} == set()
    assert {resource_of(one) for one in paths} - {None} <= resources()


def stripe_operations() -> Any:
    """Return all operations that are modelled."""
    return World().box.providers["stripe"].operations
