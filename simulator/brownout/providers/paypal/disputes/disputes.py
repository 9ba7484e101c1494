"""`paypal.disputes.create`, `.list` and `.retrieve`.

In the sandbox a dispute is opened by a call, for the buyer. (PayPal REST API specifications, Disputes v1, version 1.10,
whose text names the create call; its body follows the dispute's own fields; sandbox lists of 2021; read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.providers.paypal.disputes.dispute_actions import await_seller, find, say
from brownout.providers.paypal.disputes.dispute_shape import PATH, brief, whole
from brownout.providers.paypal.disputes.dispute_words import INQUIRY, LIST_ERRORS, ON, REASONS, RESOLVED, STATES
from brownout.providers.paypal.errors import refusal
from brownout.providers.paypal.errors_v1 import refused
from brownout.providers.paypal.links import link
from brownout.providers.paypal.reader import Place, Reader
from brownout.providers.paypal.reporting.report_query import moment_of
from brownout.providers.paypal.tokens import DISPUTES_READ_SCOPE
from brownout.providers.paypal.webhooks.webhook_events import emit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from brownout.core.operation import Call
    from brownout.providers.paypal.amounts import Money

_NUMBER: Final = re.compile(r"[1-9][0-9]?")
_PAGE_SIZE: Final = 10
_MOST_PAGE_SIZE: Final = 50
_MOST_LETTERS: Final = 2000


def _create(call: Call) -> Answer:
    """Open a dispute about a capture, as its buyer would."""
    reader, params = Reader(call, ON), call.params
    about = reader.array(params, "disputed_transactions", Place(), most=1)
    at = Place("/disputed_transactions/0")
    capture_id = reader.text(about[0] if about else {}, "seller_transaction_id", at, most=255, needed=True) or ""
    reason = reader.text(params, "reason", Place(), most=255, needed=True) or ""
    if reason not in REASONS:
        raise reader.refused("INVALID_PARAMETER_VALUE", "/reason", reason)
    note = reader.text(params, "note", Place(), most=_MOST_LETTERS) or "I want my money back."
    capture = call.table("capture").get(capture_id)
    if capture is None or capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED"):
        raise refusal(call, ON, "INVALID_DISPUTED_TRANSACTION", field=f"{at.pointer}/seller_transaction_id")
    open_one = call.table("dispute_of").get(capture_id)
    if open_one is not None and _status(call, open_one["dispute"]) != RESOLVED:
        raise refusal(call, ON, "DISPUTE_ALREADY_OPEN")
    dispute = call.create("dispute", _new(call, capture, reason, _amount(reader, params, capture)))
    call.table("dispute_of").put({"id": capture_id, "dispute": dispute["id"]})
    say(dispute, "BUYER", call.now, note)
    await_seller(call, dispute)
    emit(call, "CUSTOMER.DISPUTE.CREATED", whole(call, dispute))
    return Answer(201, {"links": [link(call, f"{PATH}/{dispute['id']}", "self")]})


def _status(call: Call, dispute_id: str) -> str:
    dispute = call.table("dispute").get(dispute_id)
    return RESOLVED if dispute is None else str(dispute["status"])


def _amount(reader: Reader, params: Mapping[str, Any], capture: Mapping[str, Any]) -> int:
    """Return how much is disputed: what is asked for, else all that is left."""
    left = capture["amount_minor"] - capture["refunded_minor"]
    if params.get("dispute_amount") is None:
        return int(left)
    asked: Money = reader.money(params["dispute_amount"], Place("/dispute_amount", "/dispute_amount"))
    if asked.currency != capture["currency"] or asked.minor > left:
        raise reader.refused("INVALID_DISPUTE_AMOUNT", "/dispute_amount/value", asked.shown()["value"])
    return asked.minor


def _new(call: Call, capture: Mapping[str, Any], reason: str, minor: int) -> dict[str, Any]:
    return {
        "id": _free_id(call), "reason": reason, "status": "", "stage": INQUIRY, "amount_minor": minor,
        "currency": capture["currency"], "gross_minor": capture["amount_minor"], "capture": capture["id"],
        "invoice_id": capture["invoice_id"], "custom_id": capture["custom_id"], "due": None, "outcome": None,
        "decided": False, "appealed": False, "refunded_minor": 0, "offer": None, "messages": [], "evidences": [],
        "created": call.now, "updated": call.now,
    }  # fmt: skip


def _free_id(call: Call) -> str:
    """Return an id such as the sandbox's PP-D-35561 that no dispute has; drawn, since order is nobody's to know."""
    table = call.table("dispute")
    while True:
        made = f"PP-D-{int(call.draw_text('dispute', 8), 36) % 90_000_000 + 10_000_000}"
        if table.get(made) is None:
            return made


def _list(call: Call) -> Answer:
    error = LIST_ERRORS.get(call.params.get("disputed_transaction_id", ""))
    if error is not None:
        raise refused(call, *error)
    found = list(_wanted(call))
    size = _page_size(call)
    token = call.params.get("next_page_token")
    first = 0
    if token is not None:
        first = next((number for number, one in enumerate(found) if one["id"] == token), -1)
        if first < 0:
            raise refusal(call, ON, "INVALID_PARAMETER_VALUE", field="next_page_token", value=token, location="query")
    page = found[first : first + size]
    links = [link(call, PATH, "self"), link(call, PATH, "first")]
    if first + size < len(found):
        query = urlencode({**call.params, "next_page_token": found[first + size]["id"]})
        links.append(link(call, f"{PATH}?{query}", "next"))
    return Answer(200, {"items": [brief(call, one) for one in page], "links": links})


def _wanted(call: Call) -> Iterator[dict[str, Any]]:
    """Yield the disputes asked for, the newest first."""
    params = call.params
    state = params.get("dispute_state")
    after = moment_of(call, "update_time_after")
    before = moment_of(call, "update_time_before")
    begun = moment_of(call, "start_time")
    for one in call.table("dispute").newest_first():
        if params.get("disputed_transaction_id") not in (None, one["capture"]):
            continue
        if state is not None and STATES[one["status"]] not in state.split(","):
            continue
        if begun is not None and one["created"] < begun:
            continue
        if (after is not None and one["updated"] < after) or (before is not None and one["updated"] > before):
            continue
        yield one


def _page_size(call: Call) -> int:
    text = call.params.get("page_size", str(_PAGE_SIZE))
    if _NUMBER.fullmatch(text) is None or int(text) > _MOST_PAGE_SIZE:
        raise refusal(call, ON, "INVALID_PARAMETER_VALUE", field="page_size", value=text, location="query")
    return int(text)


def _retrieve(call: Call) -> Answer:
    return Answer(200, whole(call, find(call)))


_SCOPES: Final = frozenset({DISPUTES_READ_SCOPE})
OPERATIONS: Final = (
    Operation(
        name="paypal.disputes.create", method="POST", path=PATH, run=_create, effect="write", object_type="dispute",
        key_objects=("body.disputed_transactions.0.seller_transaction_id",), scopes=_SCOPES,
    ),
    Operation(
        name="paypal.disputes.list", method="GET", path=PATH, run=_list, scopes=_SCOPES,
        money=("items.dispute_amount.value",), dates=("items.create_time", "items.update_time"),
        enums=("items.status", "items.dispute_state"),
        listing=Listing(items="items", cursor="next_page_token", more="links"),
    ),
    Operation(
        name="paypal.disputes.retrieve", method="GET", path=f"{PATH}/{{id}}", run=_retrieve, object_type="dispute",
        id_param="id", scopes=_SCOPES, money=("dispute_amount.value",), dates=("create_time", "update_time"),
        enums=("status", "dispute_state", "dispute_life_cycle_stage"),
    ),
)  # fmt: skip
