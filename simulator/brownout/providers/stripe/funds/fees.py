"""Application fees: what a platform takes of a connected account's payments, and gives back.

They move at once from the connected account to the platform, in whose books they are an object of their own. (Stripe
docs, API reference: Application fees, Application fee refunds; Connect: Collect application fees; read 2026-11-24. How
a fee's refund shows in the connected account isn't documented: here as an adjustment.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.chance import Chance
from brownout.core.money import say
from brownout.core.operation import Operation
from brownout.providers.stripe.books import fee_detail, usable_on, write
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.funds.nested import Nested, grown
from brownout.providers.stripe.params import EXPAND, Shape, boolean, check, integer, text
from brownout.providers.stripe.resource import METADATA, NOW, Resource, fixed, made, param

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call

_APPLICATIONS: Final = Chance(0, "stripe", "application")


def application_of(platform: str) -> str:
    """Return the id of a platform's application: the same for the same platform, in every world."""
    return "ca_" + _APPLICATIONS.text(platform.encode(), 32)


def detail(platform: str, amount: int, currency: str) -> dict[str, Any]:
    """Return how a connected account's balance transaction lists a fee of its platform's."""
    return fee_detail(
        amount, currency, f"{platform} application fee", type="application_fee", application=application_of(platform)
    )


def collect(
    call: Call, charge: dict[str, Any], *, platform: str, amount: int, available_on: int, original: str | None = None
) -> dict[str, Any]:
    """Take a fee on a charge of the calling account for its platform, and return it.

    The account's own balance transaction must have `detail` in it. `original` is the platform's charge, where this one
    is the payment at the other end of its transfer.
    """
    theirs = call.within(platform)
    fee = FEES.build(theirs, {})
    fee |= {
        "account": call.account,
        "amount": amount,
        "application": application_of(platform),
        "charge": charge["id"],
        "currency": charge["currency"],
        "fee_source": {"charge": charge["id"], "type": "charge"},
        "originating_transaction": original,
    }
    fee["refunds"] = {**fee["refunds"], "url": f"/v1/application_fees/{fee['id']}/refunds"}
    fee["balance_transaction"] = write(
        theirs, fee["id"], type="application_fee", amount=amount, currency=charge["currency"],
        description="Application fee", available_on=available_on,
    )  # fmt: skip
    _move(call, theirs, fee["id"], amount, charge["currency"])
    charge |= {"application_fee": fee["id"], "application_fee_amount": amount}
    FEES.keep(theirs, fee, {})
    return fee


def _move(giver: Call, taker: Call, what: str, amount: int, currency: str) -> None:
    for call, kind in ((giver, "send"), (taker, "receive")):
        call.post(kind, payment=what, object_id=what, amount_minor=amount, currency=currency)  # type: ignore[arg-type]


def give_back(call: Call, fee: dict[str, Any], amount: int, refund: dict[str, Any]) -> None:
    """Book a new refund of a fee of the calling platform's."""
    theirs = call.within(fee["account"])
    usable_at = usable_on(call, fee)
    refund |= {"amount": amount, "currency": fee["currency"], "fee": fee["id"]}
    refund["balance_transaction"] = write(
        call, refund["id"], type="application_fee_refund", amount=-amount, currency=fee["currency"],
        description="Application fee refund", available_on=usable_at,
    )  # fmt: skip
    write(
        theirs, refund["id"], type="adjustment", amount=amount, currency=fee["currency"], category="fee",
        description=f"Application fee refund for {fee['charge']}", available_on=usable_at,
    )  # fmt: skip
    _move(call, theirs, refund["id"], amount, fee["currency"])
    fee["amount_refunded"] += amount
    fee["refunded"] = fee["amount_refunded"] == fee["amount"]
    fee["refunds"] = grown(fee["refunds"], refund)


def give_share_back(call: Call, fee_id: str, part: int, whole: int) -> None:
    """Give back of a fee of the calling platform's what `part` is of `whole`, or what is left of it."""
    fee = find(call, "application_fee", fee_id)
    rest = fee["amount"] - fee["amount_refunded"]
    amount = min(rest, fee["amount"] * part // whole)
    if amount > 0:
        refund = REFUNDS.build(call, {})
        give_back(call, fee, amount, refund)
        REFUNDS.keep(call, refund, {})


def _prepare(call: Call, refund: dict[str, Any], given: dict[str, Any]) -> None:
    fee = REFUNDS.parent_of(call)
    give_back(call, fee, _amount(call, fee, given.get("amount")), refund)


def _amount(call: Call, fee: dict[str, Any], wanted: int | None) -> int:
    rest: int = fee["amount"] - fee["amount_refunded"]
    if rest == 0 and wanted is None:
        message = f"Application fee {fee['id']} has already been refunded."
        raise refusal(call, message, code="charge_already_refunded", executed=True)
    if wanted is not None and wanted > rest:
        told = (
            f"({say(wanted, fee['currency'])}) is greater than unrefunded amount on fee ({say(rest, fee['currency'])})"
        )
        raise refusal(call, f"Refund amount {told}", param="amount", executed=True)
    return rest if wanted is None else wanted


def _done(call: Call, refund: dict[str, Any], given: dict[str, Any]) -> None:
    emit(call, "application_fee.refunded", find(call, "application_fee", refund["fee"]))


def _refund_whole(call: Call) -> Answer:
    """Handle the older `POST /v1/application_fees/{id}/refund`, which answers the fee."""
    given = check(call, _OLDER)
    tree = tree_of(call, given, "application_fee")
    fee = find(call, "application_fee", call.path["id"])
    amount = _amount(call, fee, given.get("amount"))
    refund = REFUNDS.build(call, {})
    give_back(call, fee, amount, refund)
    REFUNDS.keep(call, refund, {})
    return shown(call, fee, tree)


_OLDER: Final = Shape(amount=integer(least=1), directive=text(), expand=EXPAND, refund_application_fee=boolean)

FEES: Final = Resource(
    object_type="application_fee",
    path="/v1/application_fees",
    prefix="fee",
    path_param="id",
    fields={
        "account": fixed(link="account"),
        "amount": fixed(0, kind="money"),
        "amount_refunded": fixed(0, kind="money"),
        "application": fixed(),
        "balance_transaction": fixed(link="balance_transaction"),
        "charge": fixed(link="charge"),
        "created": NOW,
        "currency": fixed("usd"),
        "fee_source": fixed(),
        "livemode": fixed(value=False),
        "originating_transaction": fixed(link="charge"),
        "refunded": fixed(value=False),
        "refunds": made(lambda _call: {"object": "list", "data": [], "has_more": False, "url": ""}),
    },
    verbs=("retrieve", "list"),
    filters={"charge": text(unset=False)},
    events={"create": "application_fee.created"},
)
REFUNDS: Final = Nested(
    object_type="fee_refund",
    path="/v1/application_fees/{fee}/refunds",
    prefix="fr",
    path_param="id",
    parent="fee",
    parent_type="application_fee",
    fields={
        "amount": param(integer(least=1), 0, updates=False, kind="money"),
        "balance_transaction": fixed(link="balance_transaction"),
        "created": NOW,
        "currency": fixed("usd"),
        "fee": fixed(link="application_fee"),
        "metadata": METADATA,
    },
    events={"update": "application_fee.refund.updated"},
    prepare=_prepare,
    done=_done,
)
OPERATIONS: Final = (
    *FEES.operations(),
    *REFUNDS.operations(),
    Operation(
        name="stripe.application_fees.refund", method="POST", path="/v1/application_fees/{id}/refund",
        run=_refund_whole, effect="write", object_type="application_fee", id_param="id", idempotent=True,
        money=("amount", "amount_refunded"), dates=("created",),
    ),
)  # fmt: skip
