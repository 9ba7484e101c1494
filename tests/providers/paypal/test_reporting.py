"""Transaction search and balances: what a merchant reconciles with, against the ledger."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
from paypal_world import CARD, FULL, World, usd

from brownout.providers.paypal.options import PayPalOptions
from brownout.providers.paypal.reporting import reporting

if TYPE_CHECKING:
    from paypal_world import Answered

HOUR = 3600
DAY = 86_400
WINDOW = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-01-31T23:59:59Z"}


def search(world: World, bearer: dict[str, str] | None = None, **query: Any) -> Answered:
    """Search all of January, unless `query` says otherwise."""
    return world.get(f"/v1/reporting/transactions?{urlencode({**WINDOW, **query})}", **(bearer or {}))


def rows(answered: Answered) -> list[dict[str, Any]]:
    """Return what was found."""
    return [one["transaction_info"] for one in answered.body["transaction_details"]]


def fresh(world: World) -> dict[str, str]:
    """Return a header with a token that is new: an old one has died by now."""
    return {"Authorization": "Bearer " + world.token().body["access_token"]}


def minor(value: str) -> int:
    """Return dollars as cents."""
    return round(float(value) * 100)


def test_a_capture_and_its_refund_are_two_transactions(world: World) -> None:
    """Signed, with the fee, both balances, and what they refer to; oldest first."""
    capture = world.paid("100.00", unit={"invoice_id": "i-1", "custom_id": "c-1"})["id"]
    world.advance(HOUR)
    refund = world.refund(capture, "30.00").body["id"]
    found = rows(search(world))

    assert [(one["transaction_id"], one["transaction_event_code"]) for one in found] == [
        (capture, "T0006"),
        (refund, "T1107"),
    ]
    assert found[0] == {
        "paypal_account_id": found[0]["paypal_account_id"],
        "transaction_id": capture,
        "transaction_event_code": "T0006",
        "transaction_initiation_date": "2026-01-01T00:00:00Z",
        "transaction_updated_date": "2026-01-01T01:00:00Z",
        "transaction_amount": usd("100.00"),
        "fee_amount": usd("-3.98"),
        "transaction_status": "S",
        "ending_balance": usd("96.02"),
        "available_balance": usd("96.02"),
        "invoice_id": "i-1",
        "custom_field": "c-1",
        "protection_eligibility": "01",
        "instrument_type": "PayPal",
        "instrument_sub_type": "PayPal Wallet",
    }
    assert found[1]["transaction_amount"] == usd("-30.00")
    assert found[1]["ending_balance"] == usd("66.02")
    assert (found[1]["paypal_reference_id"], found[1]["paypal_reference_id_type"]) == (capture, "TXN")


def test_the_rows_add_up_to_the_ledger(world: World) -> None:
    """Gross and fees of every payment, and the last balance, are the merchant's book."""
    for value in ("10.00", "20.00", "86.99"):
        capture = world.paid(value)["id"]
        world.refund(capture, "5.00")
    found = rows(search(world))
    net = sum(minor(one["transaction_amount"]["value"]) for one in found)
    net += sum(minor(one["fee_amount"]["value"]) for one in found if "fee_amount" in one)
    merchant = sum(dict(entry.legs).get("merchant", 0) for entry in world.box.ledger)

    assert net == merchant == minor(found[-1]["ending_balance"]["value"])


def test_a_fully_refunded_payment_is_reversed(world: World) -> None:
    """Status V; the refund itself is successful."""
    world.refund(world.paid()["id"])

    assert [one["transaction_status"] for one in rows(search(world))] == ["V", "S"]
    assert [one["transaction_event_code"] for one in rows(search(world, transaction_status="V"))] == ["T0006"]


def test_a_declined_card_leaves_no_transaction(world: World) -> None:
    """No money moved."""
    made = world.create().body["id"]
    world.capture(made, {"payment_source": {"card": {**CARD, "name": "CCREJECT-IF"}}})

    assert search(world).body["total_items"] == 0


def test_authorizations_move_no_money(world: World) -> None:
    """They are shown only to who asks for all records, without a balance."""
    made = world.create(intent="AUTHORIZE").body["id"]
    held = world.post(f"/v2/checkout/orders/{made}/authorize", **FULL).authorization["id"]
    found = rows(search(world, balance_affecting_records_only="N"))

    assert rows(search(world)) == []
    assert [(one["transaction_id"], one["transaction_event_code"], one["transaction_status"]) for one in found] == [
        (held, "T1300", "P")
    ]
    assert "ending_balance" not in found[0]


def test_captures_of_authorizations_and_cards(world: World) -> None:
    """The one refers to its authorization; the other's buyer has no account, and is found as a card."""
    made = world.create(intent="AUTHORIZE").body["id"]
    held = world.post(f"/v2/checkout/orders/{made}/authorize", **FULL).authorization["id"]
    world.post(f"/v2/payments/authorizations/{held}/capture", {})
    world.post(f"/v2/payments/authorizations/{held}/void")
    card = {**CARD, "expiry": "2099-01"}
    world.create(key="k-1", payment_source={"card": card})
    found = search(world, fields="all").body["transaction_details"]
    cards = rows(search(world, payment_instrument_type="CREDITCARD"))

    assert found[0]["transaction_info"]["paypal_reference_id"] == held
    assert "paypal_account_id" not in found[1]["transaction_info"]
    assert found[1]["payer_info"] == {"address_status": "N", "payer_name": {}}
    assert [one["transaction_id"] for one in cards] == [found[1]["transaction_info"]["transaction_id"]]


def test_pages(world: World) -> None:
    """A size and a number from 1; every transaction is on exactly one of them; links lead on."""
    made = [world.paid("10.00")["id"] for _ in range(5)]
    seen: list[str] = []
    path = f"/v1/reporting/transactions?{urlencode({**WINDOW, 'page_size': 2})}"
    while path:
        page = world.get(path)
        seen += [one["transaction_id"] for one in rows(page)]
        assert (page.body["total_items"], page.body["total_pages"]) == (5, 3)
        path = page.links.get("next", "")

    assert seen == made
    assert sorted(page.links) == ["first", "prev", "self"]
    assert search(world, page=9).body["transaction_details"] == []


def test_the_window_includes_both_ends_and_nothing_else(world: World) -> None:
    """To the second, whatever the offset."""
    made = []
    for _ in range(3):
        made.append(world.paid("10.00")["id"])
        world.advance(HOUR)
    found = search(world, start_date="2025-12-31T18:00:00-07:00", end_date="2026-01-01T02:00:00Z")

    assert [one["transaction_id"] for one in rows(found)] == made[1:]
    assert found.body["start_date"] == "2026-01-01T01:00:00Z"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"transaction_type": "T1107"}, 1),
        ({"transaction_currency": "EUR"}, 1),
        ({"transaction_currency": "USD"}, 2),
        ({"transaction_amount": "[1000 TO 1999]"}, 1),
        ({"transaction_amount": "2000 TO 9999"}, 1),
        ({"payment_instrument_type": "CREDITCARD"}, 0),
        ({"store_id": "s1"}, 0),
    ],
)
def test_filters(world: World, query: dict[str, str], count: int) -> None:
    """Each leaves some out, and then no balance is shown."""
    world.refund(world.paid("10.00")["id"], "5.00")
    world.paid("20.00", currency="EUR")
    found = rows(search(world, **query))

    assert len(found) == count
    assert not any("ending_balance" in one for one in found)


def test_one_transaction_by_its_id(world: World) -> None:
    """The usual question after a lost answer: did it happen?"""
    wanted, _ = world.paid("10.00")["id"], world.paid("20.00")["id"]

    assert [one["transaction_id"] for one in rows(search(world, transaction_id=wanted))] == [wanted]
    assert search(world, transaction_id="0" * 17).body["total_items"] == 0


def test_sections_are_shown_as_asked_for(world: World) -> None:
    """`all` shows each, empty ones too; transaction_info is the default."""
    world.paid()
    whole = search(world, fields="all").body["transaction_details"][0]

    assert list(search(world).body["transaction_details"][0]) == ["transaction_info"]
    assert list(search(world, fields="payer_info, cart_info").body["transaction_details"][0]) == [
        "payer_info", "cart_info",
    ]  # fmt: skip
    assert whole["payer_info"]["payer_name"]["surname"] == "Doe"
    assert whole["store_info"] == {}


def test_reports_come_late(make_world: Any) -> None:
    """With `report_delay` nothing is known of the last hours, and a later start is refused outright."""
    world = make_world(PayPalOptions(report_delay=3 * HOUR))
    world.advance(3 * HOUR)
    made = world.paid()["id"]
    early = search(world)
    too_late = search(world, start_date="2026-01-01T01:00:00Z")
    world.advance(3 * HOUR)
    later = search(world)

    assert early.body["total_items"] == 0
    assert early.body["last_refreshed_datetime"] == early.body["end_date"] == "2026-01-01T00:00:00Z"
    assert (too_late.status, too_late.body["name"]) == (404, "INVALID_REQUEST")
    assert too_late.body["message"] == "Data for the given start date is not available."
    assert [one["transaction_id"] for one in rows(later)] == [made]


@pytest.mark.parametrize(
    ("query", "field", "issue"),
    [
        ({"end_date": "2026-02-02T00:00:00Z"}, "end_date", "Date range is greater than 31 days"),
        ({"end_date": "2025-12-31T00:00:00Z"}, "end_date", "End date is before the start date"),
        ({"start_date": "2022-12-01T00:00:00Z", "end_date": "2022-12-02T00:00:00Z"}, "start_date",
         "Start date is more than 3 years ago"),
        ({"start_date": "2026-01-01"}, "start_date", "Invalid date passed"),
        ({"start_date": "2026-01-01T00:00Z"}, "start_date", "Invalid date passed"),
        ({"start_date": "2026-02-30T00:00:00Z"}, "start_date", "Invalid date passed"),
        ({"start_date": "0000-01-01T00:00:00Z"}, "start_date", "Invalid date passed"),
        ({"page": "0"}, "page", "Must be a number from 1 to 2147483647"),
        ({"page": "²"}, "page", "Must be a number from 1 to 2147483647"),
        ({"page_size": "501"}, "page_size", "Must be a number from 1 to 500"),
        ({"transaction_status": "X"}, "transaction_status", "Must be D, P, S or V"),
        ({"transaction_id": "short"}, "transaction_id", "Must have 17 to 19 characters"),
        ({"transaction_amount": "5..10"}, "transaction_amount", "Must be a range such as [500 TO 1005]"),
        ({"balance_affecting_records_only": "yes"}, "balance_affecting_records_only", "Must be Y or N"),
    ],
)  # fmt: skip
def test_what_cant_be_searched_for_is_refused(world: World, query: dict[str, str], field: str, issue: str) -> None:
    """400 in the older envelope; the live API's words where they are known."""
    refused = search(world, **query)

    assert (refused.status, refused.body["name"]) == (400, "INVALID_REQUEST")
    assert refused.body["details"] == [{"field": field, "value": query[field], "location": "query", "issue": issue}]
    assert refused.body["debug_id"] == refused.headers["Paypal-Debug-Id"]


def test_both_dates_are_needed(world: World) -> None:
    """The field is named."""
    only = world.get(f"/v1/reporting/transactions?start_date={quote(WINDOW['start_date'])}")

    assert only.body["details"][0]["field"] == "end_date"
    assert world.get("/v1/reporting/transactions").body["details"][0]["field"] == "start_date"


def test_an_offset_whose_plus_isnt_escaped_is_refused(world: World) -> None:
    """A plus in a query is a space: clients that forget it see it fail here too."""
    refused = world.get("/v1/reporting/transactions?start_date=2026-01-01T00:00:00+00:00&end_date=2026-01-02T00:00:00Z")

    assert refused.body["details"][0]["issue"] == "Invalid date passed"


def test_too_many_results(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the page, the search is refused; a narrower one isn't."""
    monkeypatch.setattr(reporting, "MOST_ITEMS", 2)
    for _ in range(3):
        world.paid("10.00")
        world.advance(HOUR)
    refused = search(world, page_size=1)

    assert (refused.status, refused.body["name"]) == (400, "RESULTSET_TOO_LARGE")
    assert (refused.body["total_items"], refused.body["maximum_items"]) == (3, 2)
    assert search(world, start_date="2026-01-01T01:00:00Z").status == 200


def test_accounts_dont_see_each_other(world: World) -> None:
    """Only one's own money."""
    world.paid()
    other = world.token(headers=_other()).body["access_token"]

    assert search(world, {"Authorization": f"Bearer {other}"}).body["total_items"] == 0


def _other() -> dict[str, str]:
    from paypal_world import basic  # noqa: PLC0415 - only here

    return basic("another-shop")


def test_the_scope_is_needed(world: World) -> None:
    """Searching and balances have scopes of their own."""
    narrow = world.token("grant_type=client_credentials&scope=openid").body["access_token"]

    refused = search(world, {"Authorization": f"Bearer {narrow}"})

    assert (refused.status, refused.issue) == (403, "PERMISSION_DENIED")


def test_balances(world: World) -> None:
    """What is left in each currency, now or at a time; one currency if named."""
    world.paid("100.00")
    world.advance(HOUR)
    world.paid("10.00", currency="EUR")
    now = world.get("/v1/reporting/balances").body
    then = world.get("/v1/reporting/balances?as_of_time=2026-01-01T00:30:00Z").body
    euro = world.get("/v1/reporting/balances?currency_code=EUR").body

    assert [one["total_balance"] for one in now["balances"]] == [usd("96.02"), usd("9.16", "EUR")]
    assert [one["currency"] for one in then["balances"]] == ["USD"]
    assert then["as_of_time"] == "2026-01-01T00:30:00Z"
    assert [one["currency"] for one in euro["balances"]] == ["EUR"]
    assert world.get("/v1/reporting/balances?as_of_time=now").body["details"][0]["field"] == "as_of_time"


def test_a_missed_payment_is_found_by_reconciling(world: World) -> None:
    """The story it is for: an answer is lost, the shop's books miss a payment, and the search names it."""
    booked = {world.paid("10.00", unit={"invoice_id": "o-1"})["id"]: "o-1"}
    lost = world.paid("20.00", unit={"invoice_id": "o-2"})["id"]  # nobody wrote this answer down
    told = {one["transaction_id"]: one["invoice_id"] for one in rows(search(world))}

    assert {name: told[name] for name in told.keys() - booked.keys()} == {lost: "o-2"}
    assert Counter(told.values()) == {"o-1": 1, "o-2": 1}
