"""Onboarding, refunds and synchronisations against providers that are made up answer by answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from brownout_clients.journeys import JOURNEYS, Belief, claim
from brownout_clients.naive import Naive
from brownout_clients.protocols import Failure, Order, Payment, Response, Statement, Surroundings
from brownout_clients.resilient import REREADS_MOST, Resilient
from made_up_shop import INTENT, PAYPAL, STRIPE, TOKEN, Clock, Provider, no, ok, shop

from brownout.drill.arrivals import arrival

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PERSON = {"first_name": "A", "last_name": "B", "email": "a@example.com", "date_of_birth": "1990-01-01",
          "country": "USA", "document": "passport"}  # fmt: skip
APPLICANT = Order(order="order-1", due_seconds=0, amount_minor=0, currency="usd", provider="onfido", person=PERSON)
JOB = Order(order="order-1", due_seconds=0, amount_minor=0, currency="usd", provider="oauth")
LOOKED_UP = INTENT | {"metadata": {"order_id": "order-1"}}


# ---------------------------------------------------------------- onboarding


def _onfido(check: Mapping[str, Any]) -> tuple[Response, ...]:
    return ok(TOKEN), ok({"id": "a"}), ok({"id": "d"}), ok({"id": "p"}), ok({"id": "c"}), ok({"id": "c", **check})


def test_who_is_rejected_is_kept_out_for_certain() -> None:
    """The resilient client reads the result; the naive one takes a check that is complete for one that is passed."""
    rejected = {"status": "complete", "result": "consider"}
    resilient, _, clock = shop(Resilient, *_onfido(rejected))
    naive, _, other = shop(Naive, *_onfido(rejected))

    kept_out = JOURNEYS["onboarding"](resilient, APPLICANT, clock)

    assert (kept_out.outcome, kept_out.error) == ("fail", "business")
    assert JOURNEYS["onboarding"](naive, APPLICANT, other).outcome == "ok"


def test_onboarding_claims_that_nothing_was_paid() -> None:
    """An operation without money says so, whatever became of it."""
    client, _, clock = shop(Resilient, *_onfido({"status": "complete", "result": "clear"}))

    said = claim(APPLICANT, JOURNEYS["onboarding"](client, APPLICANT, clock))

    assert (said["outcome"], said["amount_minor"], said["provider"]) == ("ok", 0, "onfido")


def test_journeys_have_orders_of_their_own() -> None:
    """Some people are rejected where nothing else is asked, most orders are refunded where that is the point."""
    people = [arrival(7, number, 0.0, journey="onboarding") for number in range(500)]
    refunds = [arrival(7, number, 0.0, journey="refunds") for number in range(500)]
    payments = [arrival(7, number, 0.0, journey="payment") for number in range(500)]

    assert 70 < sum(one.person["last_name"] == "Consider" for one in people) < 130
    assert {(one.amount_minor, one.refund_minor, one.provider) for one in people} == {(0, 0, "onfido")}
    assert 370 < sum(one.refund_minor > 0 for one in refunds) < 430
    assert [one.amount_minor for one in refunds] == [one.amount_minor for one in payments]
    assert not any(one.person["last_name"] == "Consider" for one in payments)


# ---------------------------------------------------------------- refunds

REFUNDED = replace(STRIPE, refund_minor=500)


def _listed(**refund: Any) -> tuple[Response, Response]:
    intents = {"data": [LOOKED_UP], "has_more": False}
    given = {"id": "re_1", "status": "succeeded", "payment_intent": "pi_1", "amount": 500} | refund
    return ok(intents), ok({"data": [given], "has_more": False})


def _audited(order: Order, belief: Belief, *answers: Response) -> list[Belief]:
    client, _, _ = shop(Resilient, *answers)
    return [mended for _, mended in JOURNEYS["refunds"].settle(client, [(order, belief)])]


def test_books_are_mended_from_the_providers_lists() -> None:
    """A refund of which nobody heard is found in Stripe's list and believed; a belief that is right is left alone."""
    unheard = Belief("ok", Payment("pi_1", 1999, "pi_1"), 0, "transport")

    assert [one.refunded_minor for one in _audited(REFUNDED, unheard, *_listed())] == [500]
    assert _audited(REFUNDED, unheard._replace(refunded_minor=500), *_listed()) == []
    assert [one.outcome for one in _audited(REFUNDED, Belief("unknown"), *_listed())] == ["ok"]


@pytest.mark.parametrize("odd", [{"amount": "5.00"}, {"amount": None}, {"payment_intent": None}])
def test_a_refund_that_cannot_be_read_mends_nothing(odd: dict[str, Any]) -> None:
    """Whose or how much it is, isn't guessed."""
    unheard = Belief("ok", Payment("pi_1", 1999, "pi_1"))

    assert _audited(REFUNDED, unheard, *_listed(**odd)) == []


def test_a_refund_that_failed_gave_nothing_back() -> None:
    """It is in the list all the same."""
    believed = Belief("ok", Payment("pi_1", 1999, "pi_1"), 500)

    assert [one.refunded_minor for one in _audited(REFUNDED, believed, *_listed(status="failed"))] == [0]


def _paypal(rows: list[Any], pages: int) -> Callable[..., Response]:
    """Answer as PayPal's reports do, one row a page."""

    def answer(_: int, method: str, url: str, headers: Mapping[str, str]) -> Response:
        if url.endswith("/token"):
            return ok(TOKEN)
        if url.endswith("/balances"):
            return ok({"last_refresh_time": "2026-11-23T12:00:00Z"})
        number = int(url.rpartition("=")[2])
        return ok({"transaction_details": rows[number - 1 : number], "total_pages": pages})

    return answer


def _row(code: str, name: str, value: str) -> dict[str, Any]:
    about = {"transaction_id": f"{code}-{name}", "transaction_event_code": code, "invoice_id": name}
    return {"transaction_info": {**about, "transaction_amount": {"value": value}}}


def test_paypals_transactions_are_read_page_by_page() -> None:
    """Two refunds of one order add up; what isn't in the reports yet is left as it is."""
    rows = [_row("T0006", "order-2", "19.99"), _row("T1107", "order-2", "-5.00"), _row("T1107", "order-2", "-2.50")]
    provider = Provider(_paypal(rows, 3))
    client = Resilient(Surroundings("http://b", provider, Clock(), 7, {}))
    late = replace(PAYPAL, order="order-9")

    found = client.audit([PAYPAL, late])

    assert found == {"order-2": Statement(Payment("T0006-order-2", 1999, "T0006-order-2"), 750)}
    assert "start_date=2026-10-24T12:00:00Z&end_date=2026-11-23T13:00:00Z" in provider.sent[-1][0]


def test_what_one_provider_does_not_say_the_other_may() -> None:
    """Stripe's books are closed for good, PayPal's are read."""
    paypal = _paypal([_row("T0006", "order-2", "19.99")], 1)
    provider = Provider(lambda number, method, url, headers: no(400) if "stripe" in url
                        else paypal(number, method, url, headers))  # fmt: skip
    client = Resilient(Surroundings("http://b", provider, Clock(), 7, {}))

    assert list(client.audit([STRIPE, PAYPAL])) == ["order-2"]


def test_naive_never_compares_its_books() -> None:
    """It looks at the newest payments, and changes no mind."""
    client, provider, _ = shop(Naive, ok({"data": [LOOKED_UP], "has_more": True}))

    assert JOURNEYS["refunds"].settle(client, [(STRIPE, Belief("fail"))]) == []
    assert len(provider.sent) == 1


# ---------------------------------------------------------------- sync


def _page(*ids: str, **after: Any) -> Response:
    return ok({"data": [{"id": one} for one in ids], **after})


def test_a_page_that_fails_is_read_again_and_no_other() -> None:
    """The resilient client goes on where it was."""
    pages = _page("a", "b", next="/api/records/2"), no(503), _page("c", next=None)
    client, provider, clock = shop(Resilient, ok(TOKEN), *pages)

    belief = JOURNEYS["sync"](client, JOB, clock)

    assert (belief.outcome, belief.records, belief.amount_minor) == ("ok", 3, 0)
    paths = [line.partition("/oauth")[2] for line, _, _ in provider.sent]
    assert paths == ["/token", "/api/records", "/api/records/2", "/api/records/2"]


def test_naive_begins_again_at_the_first_page() -> None:
    """Its job failed, and is run once more."""
    failed = _page("a", next="/api/records/2"), no(503)
    client, provider, clock = shop(Naive, ok(TOKEN), *failed, _page("a", next="/api/records/2"), _page("b", next=None))

    assert JOURNEYS["sync"](client, JOB, clock).records == 2
    assert [line for line, _, _ in provider.sent].count("GET /oauth/api/records") == 2


def test_a_page_that_does_not_say_how_it_goes_on_is_not_the_last() -> None:
    """The naive client takes a part for the whole; the resilient one reads that page again, and then gives up."""
    silent, naive_first = _page("a"), shop(Naive, ok(TOKEN), _page("a"))
    again = shop(Resilient, ok(TOKEN), silent, _page("a", next="/api/records/2"), _page("b", next=None))
    never = shop(Resilient, ok(TOKEN), *[silent] * (2 * REREADS_MOST))

    assert JOURNEYS["sync"](naive_first[0], JOB, naive_first[2]).records == 1
    assert JOURNEYS["sync"](again[0], JOB, again[2]).records == 2
    assert JOURNEYS["sync"](never[0], JOB, never[2]).error == "contract"


def test_pages_that_lead_in_a_circle_come_to_an_end() -> None:
    """Nobody reads for ever."""
    provider = Provider(lambda *sent: ok(TOKEN) if sent[2].endswith("/token") else _page("a", next="/api/records"))
    client = Resilient(Surroundings("http://b", provider, Clock(), 7, {}))

    with pytest.raises(Failure, match="the pages have no end"):
        client.records(JOB)
