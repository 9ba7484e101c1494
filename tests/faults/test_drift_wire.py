"""Drifts over a socket, under plain clients: bytes, statuses, pages, snapshots, and what the journal says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.testing import Sandbox

STRIPE = {"Authorization": "Bearer sk_test_shop"}
CREATE = "stripe.payment_intents.create"


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """A client that keeps its connection."""
    with httpx.Client(trust_env=False) as client:
        yield client


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A server in which time stands still."""
    with Simulator("brownout: 1\nclock: {start: 2026-01-01T00:00:00Z, frozen: true}\n") as running:
        yield running


def pay(http: httpx.Client, box: Sandbox, **headers: str) -> httpx.Response:
    """Pay 20 dollars by card."""
    form = {"amount": "2000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
    form["allowed_payment_method_types[]"] = "card"
    return http.post(f"{box.url_of('stripe')}/v1/payment_intents", data=form, headers={**STRIPE, **headers})


def paypal(http: httpx.Client, box: Sandbox) -> dict[str, str]:
    """Return what authenticates a PayPal client."""
    url = f"{box.url_of('paypal')}/v1/oauth2/token"
    token = http.post(url, data={"grant_type": "client_credentials"}, auth=("shop", "secret")).json()
    return {"Authorization": f"Bearer {token['access_token']}"}


def states(box: Sandbox) -> list[str]:
    """Return what became of the rules that fired, in order."""
    return [one["state"] for exchange in box.exchanges() for one in exchange.decided["fired"]]


@pytest.mark.parametrize(
    ("options", "status", "body"),
    [
        ({"change": "empty_body"}, 200, b""),
        ({"change": "status", "to": 204}, 204, b""),
        ({"change": "status", "to": 201}, 201, None),
        ({"change": "status", "to": 404}, 404, None),
    ],
    ids=str,
)
def test_the_answer_as_a_whole(
    http: httpx.Client, box: Sandbox, options: dict[str, Any], status: int, body: bytes | None
) -> None:
    """The connection is good afterwards, the payment stands, and a repeat under its key is the original."""
    key = {"Idempotency-Key": "k"}
    with box.fault("drift", operation=CREATE, first=1, **options) as fault:
        struck, again = pay(http, box, **key), pay(http, box, **key)

    assert struck.status_code == status
    assert struck.content == (again.content if body is None else body)
    assert (again.status_code, again.json()["amount"]) == (200, 2000)
    assert (fault.fired, states(box), box.ledger().captured()) == (1, ["applied"], 2000)


def test_a_drift_that_finds_nothing_passes(http: httpx.Client, box: Sandbox) -> None:
    """Byte for byte, and it doesn't count as fired."""
    plain = pay(http, box, **{"Idempotency-Key": "k"})
    options = [
        {"change": "nest", "path": "$.absent"},
        {"change": "date", "path": "$.status"},
        {"change": "reorder", "path": "$.amount"},
        {"change": "status", "to": 200, "was": 404},
        {"change": "flatten", "path": "$.amount"},
    ]
    for number, one in enumerate(options):
        box.fault("drift", name=f"d{number}", operation=CREATE, **one)

    again = pay(http, box, **{"Idempotency-Key": "k"})

    assert again.content == plain.content
    assert states(box) == ["passed"] * len(options)


def test_what_a_key_keeps_never_drifted(http: httpx.Client, box: Sandbox) -> None:
    """Whatever a drift without a path did to the first answer."""
    for change in ("casing", "omit_null", "money", "date", "enum"):
        key = {"Idempotency-Key": change}
        with box.fault("drift", operation=CREATE, change=change, first=1):
            drifted, again = pay(http, box, **key), pay(http, box, **key)

        assert drifted.content != again.content
        assert (again.json()["amount"], again.json()["status"]) == (2000, "succeeded")
    assert states(box) == ["applied"] * 5


def test_a_next_page_that_is_this_page_never_ends(http: httpx.Client, box: Sandbox) -> None:
    """A client that follows links reads the first page until it gives up (tpp-issues 122)."""
    headers = paypal(http, box)
    url = f"{box.url_of('paypal')}/v1/customer/disputes?page_size=2"
    seen = []

    with box.fault("drift", operation="paypal.disputes.list", change="loop"):
        while len(seen) < 5:
            page = http.get(url, headers=headers).json()
            seen.append(url)
            url = next(one["href"] for one in page["links"] if one["rel"] == "next")

    assert seen == [seen[0]] * 5
    assert states(box) == ["applied"] * 5


def test_dates_change_into_numbers(http: httpx.Client, box: Sandbox) -> None:
    """PayPal writes ISO 8601; all that the operation declares become seconds, the rest stays."""
    headers = paypal(http, box)
    unit = {"amount": {"currency_code": "USD", "value": "10.00"}}
    url = f"{box.url_of('paypal')}/v2/checkout/orders"
    body = {"intent": "CAPTURE", "purchase_units": [unit]}
    made = http.post(url, json=body, headers={**headers, "Prefer": "return=representation"}).json()

    with box.fault("drift", operation="paypal.orders.retrieve", change="date"):
        found = http.get(f"{url}/{made['id']}", headers=headers).json()

    assert (made["create_time"], found["create_time"]) == ("2026-01-01T00:00:00Z", 1767225600)
    assert {**found, "create_time": made["create_time"]} == made


def test_a_snapshot_inside_an_event_drifts(http: httpx.Client, box: Sandbox) -> None:
    """Though it is kept encoded; the event that is kept stays."""
    pay(http, box)
    url = f"{box.url_of('stripe')}/v1/events?type=payment_intent.succeeded"

    with box.fault("drift", operation="stripe.events.list", path="$.data[*].data.object.status", change="enum"):
        drifted = http.get(url, headers=STRIPE).json()
    plain = http.get(url, headers=STRIPE).json()

    assert drifted["data"][0]["data"]["object"]["status"] == "succeeded_v2"
    assert plain["data"][0]["data"]["object"]["status"] == "succeeded"


def test_the_journal_explains_how_bad_it_was(http: httpx.Client, box: Sandbox) -> None:
    """In the words of the record, with the place."""
    with box.fault("drift", name="dollars", operation=CREATE, change="money", to="major"):
        pay(http, box)

    told = next(iter(box.exchanges())).explain()

    assert "write $.amount in another unit: major (silent)" in told
