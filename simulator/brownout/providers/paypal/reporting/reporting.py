"""`paypal.transactions.list` and `paypal.balances.list`: what a merchant reconciles its own books with.

It tells of the past only: up to `report_delay` ago. (PayPal REST API specifications, Transaction Search v1, version
1.9; a live answer published in 2026; live errors of 2020 to 2026 from clients: firefly-III-paypal-importer issue 26,
source-paypal-transaction of Airbyte; developer.paypal.com, Transaction Search; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.providers.paypal.access import payee_of
from brownout.providers.paypal.amounts import Money
from brownout.providers.paypal.errors_v1 import refused
from brownout.providers.paypal.links import link
from brownout.providers.paypal.payments.movements import movements
from brownout.providers.paypal.reporting.report_query import Query, moment_of
from brownout.providers.paypal.reporting.report_rows import shown_movement
from brownout.providers.paypal.times import stamp
from brownout.providers.paypal.tokens import BALANCES_SCOPE, SEARCH_SCOPE

if TYPE_CHECKING:
    from brownout.core.operation import Call

MOST_ITEMS: Final = 10_000
"""How many transactions one search may find; beyond them it is refused, whatever the page."""
_PATH: Final = "/v1/reporting/transactions"
_BALANCES_PATH: Final = "/v1/reporting/balances"


def _refreshed(call: Call) -> float:
    """Return up to when the reports know what happened."""
    delay: float = call.world.options(call.provider).report_delay
    return call.moment.world - delay


def _list(call: Call) -> Answer:
    refreshed = _refreshed(call)
    query = Query.read(call)
    call.stateful = True  # what the reports know by now was a matter of time
    if query.start > refreshed:
        message = "Data for the given start date is not available."
        raise refused(call, 404, "INVALID_REQUEST", message)
    found = [one for one in movements(call, min(query.end, refreshed), query.start) if query.wants(one)]
    if len(found) > MOST_ITEMS:
        message = "Result set size is greater than the maximum limit. Change the filter criteria and try again."
        raise refused(call, 400, "RESULTSET_TOO_LARGE", message, total_items=len(found), maximum_items=MOST_ITEMS)
    pages = -(-len(found) // query.page_size)
    first = (query.page - 1) * query.page_size
    return Answer(200, {
        "transaction_details": [
            shown_movement(call, one, query.fields, balances=not query.filtered)
            for one in found[first : first + query.page_size]
        ],
        "account_number": payee_of(call.account),
        "start_date": stamp(query.start),
        "end_date": stamp(min(query.end, refreshed)),
        "last_refreshed_datetime": stamp(refreshed),
        "page": query.page,
        "total_items": len(found),
        "total_pages": pages,
        "links": _links(call, query, pages),
    })  # fmt: skip


def _links(call: Call, query: Query, pages: int) -> list[dict[str, str]]:
    """Return links to this page and to its neighbours."""
    rels = {"self": query.page}
    if query.page > 1:
        rels |= {"first": 1, "prev": query.page - 1}
    if query.page < pages:
        rels |= {"next": query.page + 1, "last": pages}
    given = {name: value for name, value in call.params.items() if name not in ("page", "page_size")}
    return [
        link(call, f"{_PATH}?{urlencode({**given, 'page_size': query.page_size, 'page': page})}", rel)
        for rel, page in rels.items()
    ]


def _balances(call: Call) -> Answer:
    """Return what the account has in each currency it ever had money in; PayPal holds nothing back here."""
    refreshed = _refreshed(call)
    asked = moment_of(call, "as_of_time")
    as_of = refreshed if asked is None else min(asked, refreshed)
    call.stateful = True
    wanted = call.params.get("currency_code")
    totals: dict[str, int] = {}
    for one in movements(call, as_of):
        if one.balance_minor is not None and wanted in (None, "ALL", one.currency):
            totals[one.currency] = one.balance_minor
    shown = [_balance(Money(minor, currency), primary=number == 0) for number, (currency, minor)
             in enumerate(totals.items())]  # fmt: skip
    return Answer(200, {
        "balances": shown,
        "account_id": payee_of(call.account),
        "as_of_time": stamp(as_of),
        "last_refresh_time": stamp(refreshed),
    })  # fmt: skip


def _balance(total: Money, *, primary: bool) -> dict[str, Any]:
    return {
        "currency": total.currency,
        "primary": primary,
        "total_balance": total.shown(),
        "available_balance": total.shown(),
        "withheld_balance": Money(0, total.currency).shown(),
    }


_INFO: Final = "transaction_details.transaction_info"
OPERATIONS: Final = (
    Operation(
        name="paypal.transactions.list", method="GET", path=_PATH, run=_list, scopes=frozenset({SEARCH_SCOPE}),
        money=(f"{_INFO}.transaction_amount.value", f"{_INFO}.fee_amount.value", f"{_INFO}.ending_balance.value"),
        dates=(f"{_INFO}.transaction_initiation_date", f"{_INFO}.transaction_updated_date", "last_refreshed_datetime"),
        enums=(f"{_INFO}.transaction_status",),
        listing=Listing(items="transaction_details", cursor="page", more="links"),
    ),
    Operation(
        name="paypal.balances.list", method="GET", path=_BALANCES_PATH, run=_balances,
        scopes=frozenset({BALANCES_SCOPE}), money=("balances.total_balance.value",), dates=("last_refresh_time",),
    ),
)  # fmt: skip
