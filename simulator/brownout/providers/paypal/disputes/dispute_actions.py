"""What is done about a dispute: messages, offers, evidence, escalation, and how it ends.

Each is allowed only while its link is shown. A repeated `PayPal-Request-Id` isn't answered from memory: the call runs
again, and meets the new state. (A sandbox of 2026, for both; PayPal REST API specifications, Disputes v1, version 1.10;
read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.paypal.disputes.dispute_shape import PATH, allowed, whole
from brownout.providers.paypal.disputes.dispute_words import BUYER, CHARGEBACK, OFFERS, ON, RESOLVED, REVIEW, SELLER
from brownout.providers.paypal.errors import refusal
from brownout.providers.paypal.ids import free_id
from brownout.providers.paypal.links import link
from brownout.providers.paypal.payments.captures import post_payment
from brownout.providers.paypal.reader import Place, Reader
from brownout.providers.paypal.tokens import DISPUTES_SCOPE
from brownout.providers.paypal.webhooks.webhook_events import emit

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.operation import Call

RESPOND_SECONDS: Final = 20 * 86_400
_MOST_LETTERS: Final = 2000
_MOST_KEPT: Final = 100


def find(call: Call) -> dict[str, Any]:
    """Return the dispute whose id is in the path.

    Raises:
        Refused: if the account has none of that id.
    """
    dispute = call.table("dispute").get(call.path["id"])
    if dispute is None:
        raise refusal(call, ON, "INVALID_RESOURCE_ID", field="id", value=call.path["id"], location="path")
    return dispute


def say(dispute: dict[str, Any], by: str, at: float, text: str) -> None:
    """Note a message; the oldest of too many goes."""
    dispute["messages"] = [*dispute["messages"], (by, at, text)][-_MOST_KEPT:]


def await_seller(call: Call, dispute: dict[str, Any]) -> None:
    """Let the seller have 20 days to answer; silence is decided for the buyer."""
    dispute.update(status=SELLER, due=call.now + RESPOND_SECONDS)
    due = dispute["due"]

    def overdue(later: Call) -> None:
        if dispute["status"] == SELLER and dispute["due"] == due:
            resolve(later, dispute, for_buyer=True, decided=True)
            dispute["updated"] = later.now
            emit(later, "CUSTOMER.DISPUTE.RESOLVED", whole(later, dispute))

    call.later(RESPOND_SECONDS, f"dispute {dispute['id']} overdue {due}", overdue)


def resolve(call: Call, dispute: dict[str, Any], *, for_buyer: bool, decided: bool) -> None:
    """End a dispute; for the buyer, what is disputed is given back, once, and as far as it is still there.

    `decided` says that PayPal did it, not the seller.
    """
    outcome = "RESOLVED_BUYER_FAVOUR" if for_buyer else "RESOLVED_SELLER_FAVOUR"
    dispute.update(status=RESOLVED, due=None, outcome=outcome, decided=decided)
    capture = call.table("capture").get(dispute["capture"])
    if not for_buyer or capture is None:
        return
    owed = dispute["amount_minor"] - dispute["refunded_minor"]  # nothing where an appeal is lost as well
    amount = min(owed, capture["amount_minor"] - capture["refunded_minor"])
    dispute["refunded_minor"] += amount
    if not amount:
        return
    capture["refunded_minor"] += amount
    is_whole = capture["refunded_minor"] == capture["amount_minor"]
    capture.update(status="REFUNDED" if is_whole else "PARTIALLY_REFUNDED", updated=call.now)
    reversal = call.create("reversal", {
        "id": free_id(call, "reversal"),
        "order": capture["order"],
        "currency": capture["currency"],
        "up": f"/v2/payments/captures/{capture['id']}",
        "key": capture["key"],
        "dispute": dispute["id"],
        "created": call.now,
        "updated": call.now,
    })  # fmt: skip
    post_payment(call, "refund", reversal, amount)


def _message(call: Call, reader: Reader, dispute: dict[str, Any]) -> None:
    text = reader.text(call.params, "message", Place(), most=_MOST_LETTERS, needed=True) or ""
    say(dispute, "SELLER", call.now, text)


def _offer(call: Call, reader: Reader, dispute: dict[str, Any]) -> None:
    note = reader.text(call.params, "note", Place(), most=_MOST_LETTERS, needed=True) or ""
    kind = call.params.get("offer_type")
    if kind not in OFFERS:
        raise reader.refused("INVALID_OFFER_TYPE", "/offer_type", kind)
    offer: dict[str, Any] = {"offer_type": kind}
    if call.params.get("offer_amount") is not None:
        place = Place("/offer_amount", "/offer_amount")
        offer["seller_offered_amount"] = reader.money(call.params["offer_amount"], place).shown()
    say(dispute, "SELLER", call.now, note)
    dispute.update(offer=offer, status=BUYER, due=None)


def _accept(call: Call, reader: Reader, dispute: dict[str, Any]) -> None:
    reader.text(call.params, "note", Place(), most=_MOST_LETTERS)
    resolve(call, dispute, for_buyer=True, decided=False)


def _escalate(call: Call, reader: Reader, dispute: dict[str, Any]) -> None:
    note = reader.text(call.params, "note", Place(), most=_MOST_LETTERS, needed=True) or ""
    say(dispute, "SELLER", call.now, note)
    dispute.update(stage=CHARGEBACK, status=REVIEW, due=None)


def _evidence(call: Call, reader: Reader, dispute: dict[str, Any]) -> None:
    """Keep what kinds of evidence there are: PayPal looks at it next."""
    given = reader.array(call.params, "evidences", Place(), most=_MOST_KEPT)
    if not given:
        raise reader.refused("MISSING_REQUIRED_PARAMETER", "/evidences")
    kinds = [
        reader.text(one, "evidence_type", Place(f"/evidences/{number}"), most=255, needed=True)
        for number, one in enumerate(given)
    ]
    kept = [{"evidence_type": kind, "source": "SUBMITTED_BY_SELLER"} for kind in kinds]
    dispute["evidences"] = [*dispute["evidences"], *kept][-_MOST_KEPT:]
    dispute.update(status=REVIEW, due=None)


def _appeal(call: Call, reader: Reader, dispute: dict[str, Any]) -> None:
    _evidence(call, reader, dispute)
    dispute.update(appealed=True, outcome=None, stage=CHARGEBACK)


def _adjudicate(call: Call, reader: Reader, dispute: dict[str, Any]) -> None:
    outcome = call.params.get("adjudication_outcome")
    if outcome not in ("BUYER_FAVOR", "SELLER_FAVOR"):
        raise reader.refused("INVALID_PARAMETER_VALUE", "/adjudication_outcome", outcome)
    resolve(call, dispute, for_buyer=outcome == "BUYER_FAVOR", decided=True)


def _require(call: Call, reader: Reader, dispute: dict[str, Any]) -> None:
    whose = call.params.get("action")
    if whose not in ("SELLER_EVIDENCE", "BUYER_EVIDENCE"):
        raise reader.refused("INVALID_PARAMETER_VALUE", "/action", whose)
    if whose == "SELLER_EVIDENCE":
        await_seller(call, dispute)
    else:
        dispute.update(status=BUYER, due=None)


_ACTIONS: Final[dict[str, Callable[[Call, Reader, dict[str, Any]], None]]] = {
    "send-message": _message,
    "make-offer": _offer,
    "accept-claim": _accept,
    "escalate": _escalate,
    "provide-evidence": _evidence,
    "appeal": _appeal,
    "adjudicate": _adjudicate,
    "require-evidence": _require,
}


def _handler(action: str) -> Callable[[Call], Answer]:
    act = _ACTIONS[action]

    def handler(call: Call) -> Answer:
        dispute = find(call)
        if action not in allowed(dispute):
            raise refusal(call, ON, "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE")
        act(call, Reader(call, ON), dispute)
        dispute["updated"] = call.now
        ended = dispute["status"] == RESOLVED
        emit(call, f"CUSTOMER.DISPUTE.{'RESOLVED' if ended else 'UPDATED'}", whole(call, dispute))
        return Answer(200, {"links": [link(call, f"{PATH}/{dispute['id']}", "self")]})

    return handler


OPERATIONS: Final = tuple(
    Operation(
        name=f"paypal.disputes.{action}", method="POST", path=f"{PATH}/{{id}}/{action}", run=_handler(action),
        effect="write", object_type="dispute", id_param="id", scopes=frozenset({DISPUTES_SCOPE}),
    )
    for action in _ACTIONS
)  # fmt: skip
