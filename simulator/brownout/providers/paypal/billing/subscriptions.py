"""`paypal.subscriptions.create`, `.retrieve`, `.list`, `.update`, `.revise` and the page on which a buyer subscribes.

(PayPal REST API specifications, Subscriptions v1, version 1.9, request ids kept 72 hours; read 2026-11-23. A
revised plan is in force at once: PayPal asks the buyer first.)
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.providers.paypal.billing.billing import begin
from brownout.providers.paypal.billing.billing_words import ON
from brownout.providers.paypal.billing.catalog import SCOPES, TTL_SECONDS, find, page_of, patches
from brownout.providers.paypal.billing.subscription_shape import APPROVE_PATH, PATH, brief, links_of, shown_subscription
from brownout.providers.paypal.cards import DECLINES, read_card
from brownout.providers.paypal.errors import refusal
from brownout.providers.paypal.links import led_to, link
from brownout.providers.paypal.reader import Place, Reader
from brownout.providers.paypal.reporting.report_query import read_moment
from brownout.providers.paypal.vault.vault_shape import MOST_URL_LETTERS, URL
from brownout.providers.paypal.webhooks.webhook_events import emit
from brownout.providers.paypal.wire import wants_all

if TYPE_CHECKING:
    from brownout.core.idempotency import Stored
    from brownout.core.operation import Call

_QUANTITY: Final = re.compile(r"[1-9][0-9]{0,5}")
_AGREES_SECONDS: Final = 1.0
_HTML: Final = {"Content-Type": "text/html; charset=utf-8"}
_SHOWN_LETTERS: Final = 64


def _create(call: Call) -> Answer:
    reader, params = Reader(call, ON), call.params
    plan_id = reader.text(params, "plan_id", Place(), most=50, needed=True) or ""
    quantity = reader.text(params, "quantity", Place(), most=32, pattern=_QUANTITY) or "1"
    custom = reader.text(params, "custom_id", Place(), most=127)
    start = _start(call, reader)
    subscriber = reader.mapping(params, "subscriber", Place()) or {}
    source = reader.mapping(subscriber, "payment_source", Place("/subscriber")) or {}
    given = reader.mapping(source, "card", Place("/subscriber/payment_source"))
    card = None if given is None else read_card(reader, given, Place("/subscriber/payment_source/card"), call.now)
    context = reader.mapping(params, "application_context", Place()) or {}
    urls = {name: reader.text(context, name, Place("/application_context"), most=MOST_URL_LETTERS, pattern=URL)
            for name in ("return_url", "cancel_url")}  # fmt: skip
    shipping = params.get("shipping_amount")
    shipped = None if shipping is None else reader.money(shipping, Place("/shipping_amount"), least=0).shown()
    plan = find(call, "plan", plan_id, field="/plan_id", location="body")
    if plan["status"] != "ACTIVE":
        raise refusal(call, ON, "PLAN_STATUS_INVALID", field="/plan_id", value=plan_id)
    subscription = call.create("subscription", {
        "id": f"I-{call.draw_text('subscription', 12).upper()}", "ba_token": f"BA-{call.draw_text('ba', 17).upper()}",
        "plan_id": plan_id, "plan": plan, "quantity": quantity, "custom_id": custom, "start": start, "card": card,
        "declines": (card or {}).get("name") in DECLINES, "shipping_amount": shipped,
        "subscriber": {name: subscriber[name] for name in ("name", "email_address", "shipping_address")
                       if subscriber.get(name) is not None},
        **urls, "status": "APPROVAL_PENDING", "status_at": call.now, "note": None, "created": call.now,
        "updated": call.now, "completed": {}, "charges": 0, "outstanding_minor": 0, "failed": 0, "last_paid": None,
        "last_failed": None, "next": None, "anchor": start, "beat": None, "beats": 0, "timer": 0, "sales": [],
    })  # fmt: skip
    emit(call, "BILLING.SUBSCRIPTION.CREATED", shown_subscription(call, subscription))
    if card is not None:
        begin(call, subscription)
    elif call.world.options(call.provider).approve == "auto":
        call.later(_AGREES_SECONDS, "agrees", lambda later: _agree(later, subscription))
    shown = shown_subscription if wants_all(call) else brief
    return Answer(201, shown(call, subscription))


def _start(call: Call, reader: Reader) -> int:
    text = call.params.get("start_time")
    if text is None:
        return call.now
    at = read_moment(text) if isinstance(text, str) else None
    if at is None:
        raise reader.refused("INVALID_PARAMETER_SYNTAX", "/start_time", text)
    if at < call.now:
        raise reader.refused("INVALID_PARAMETER_VALUE", "/start_time", text)
    return int(at)


def _agree(call: Call, subscription: dict[str, Any]) -> None:
    """Let the sandbox's buyer subscribe, if nobody has."""
    if subscription["status"] == "APPROVAL_PENDING":
        begin(call, subscription)


def _approve(call: Call) -> Answer:
    token = call.params.get("ba_token", "")
    found = _pending(call, token)
    if found is None:
        said = f"No subscription has the token {token[:_SHOWN_LETTERS]!r} here. Take the link from the subscription."
        return _page("No such subscription", said, 404)
    account, subscription = found
    cancelled = call.params.get("action") == "cancel"
    if not cancelled:
        call.account = account  # the buyer acts on the seller's books
        _agree(call, subscription)
    url = subscription["cancel_url" if cancelled else "return_url"]
    if url is None:
        return _page("Done", f"The subscription is {subscription['status'].lower()}. You can close this window.", 200)
    query = {"subscription_id": subscription["id"], "ba_token": token, "token": token[3:]}
    return Answer(302, b"", headers={**_HTML, "Location": led_to(url, query)})


def _pending(call: Call, token: str) -> tuple[str, dict[str, Any]] | None:
    for (provider, account, object_type), table in call.world.tables.items():
        if provider == call.provider and object_type == "subscription":
            for one in table.newest_first():
                if one["ba_token"] == token:
                    return account, one
    return None


def _page(title: str, said: str, status: int) -> Answer:
    head = f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
    body = f"{head}\n<body><h1>{escape(title)}</h1><p>{escape(said)}</p></body></html>\n".encode("utf-8", "replace")
    return Answer(status, body, headers=_HTML, error="INVALID_RESOURCE_ID" if status == 404 else None, stored=False)


def _retrieve(call: Call) -> Answer:
    return Answer(200, shown_subscription(call, find(call, "subscription", call.path["id"])))


def _list(call: Call) -> Answer:
    plans, statuses = call.params.get("plan_ids"), call.params.get("statuses")
    found = [
        one
        for one in call.table("subscription").newest_first()
        if (plans is None or one["plan_id"] in plans.split(","))
        and (statuses is None or one["status"] in statuses.split(","))
    ]
    shown, _ = page_of(call, found)
    return Answer(200, {
        "subscriptions": [shown_subscription(call, one) for one in shown], "links": [link(call, PATH, "self")],
    })  # fmt: skip


def _update(call: Call) -> Answer:
    subscription, reader = find(call, "subscription", call.path["id"]), Reader(call, ON)
    changes: dict[str, Any] = {}
    for path, value in patches(call, ("/custom_id", "/shipping_amount", "/billing_info/outstanding_balance")):
        if path == "/custom_id":
            changes["custom_id"] = reader.text({"custom_id": value}, "custom_id", Place(), most=127, needed=True)
        elif path == "/shipping_amount":
            changes["shipping_amount"] = reader.money(value, Place(path, path), least=0).shown()
        else:
            changes["outstanding_minor"] = _less(call, reader, subscription, value, path)
    if subscription["status"] in ("CANCELLED", "EXPIRED"):
        raise refusal(call, ON, "SUBSCRIPTION_STATUS_INVALID")
    subscription |= changes | {"updated": call.now}
    emit(call, "BILLING.SUBSCRIPTION.UPDATED", shown_subscription(call, subscription))
    return Answer(204, b"")


def _less(call: Call, reader: Reader, subscription: dict[str, Any], value: Any, path: str) -> int:
    """Return an outstanding balance that a seller may set: it can only be made smaller."""
    asked = reader.money(value, Place(path, path), least=0)
    if asked.currency != subscription["plan"]["currency"]:
        raise refusal(call, ON, "CURRENCY_MISMATCH", field=path)
    if asked.minor > subscription["outstanding_minor"]:
        raise refusal(call, ON, "INVALID_PARAMETER_VALUE", field=path, value=asked.shown()["value"])
    return asked.minor


def _revise(call: Call) -> Answer:
    subscription, reader = find(call, "subscription", call.path["id"]), Reader(call, ON)
    plan_id = reader.text(call.params, "plan_id", Place(), most=50) or subscription["plan_id"]
    quantity = reader.text(call.params, "quantity", Place(), most=32, pattern=_QUANTITY) or subscription["quantity"]
    plan = find(call, "plan", plan_id, field="/plan_id", location="body")
    if subscription["status"] not in ("ACTIVE", "SUSPENDED"):
        raise refusal(call, ON, "SUBSCRIPTION_STATUS_INVALID")
    if plan["currency"] != subscription["plan"]["currency"]:
        raise refusal(call, ON, "CURRENCY_MISMATCH", field="/plan_id", value=plan_id)
    if plan_id != subscription["plan_id"]:
        subscription.update(plan_id=plan_id, plan=plan, completed={})
    subscription.update(quantity=quantity, updated=call.now)
    emit(call, "BILLING.SUBSCRIPTION.UPDATED", shown_subscription(call, subscription))
    out = {"plan_id": plan_id, "quantity": quantity, "plan_overridden": False}
    return Answer(200, out | {"links": links_of(call, subscription)})


def _again(call: Call, stored: Stored) -> Answer:
    """Answer a repeated request id with the subscription as it is by now."""
    subscription = call.table("subscription").get(orjson.loads(stored.body)["id"])
    if subscription is None:
        return Answer(200, stored.body)
    return Answer(200, (shown_subscription if wants_all(call) else brief)(call, subscription))


_DATES: Final = ("create_time", "update_time", "start_time", "billing_info.next_billing_time")
OPERATIONS: Final = (
    Operation(
        name="paypal.subscriptions.create", method="POST", path=PATH, run=_create, effect="write",
        object_type="subscription", key=("body.custom_id",), scopes=SCOPES, idempotent=True, again=_again,
        idempotency_ttl_seconds=TTL_SECONDS, dates=_DATES, enums=("status",),
    ),
    Operation(
        name="paypal.subscriptions.approve", method="GET", path=APPROVE_PATH, run=_approve, effect="write",
        object_type="subscription", key_objects=("body.ba_token",), public=True,
    ),
    Operation(
        name="paypal.subscriptions.list", method="GET", path=PATH, run=_list, scopes=SCOPES,
        listing=Listing(items="subscriptions", cursor="page", more="links"), enums=("subscriptions.status",),
    ),
    Operation(
        name="paypal.subscriptions.retrieve", method="GET", path=f"{PATH}/{{id}}", run=_retrieve,
        object_type="subscription", id_param="id", scopes=SCOPES, dates=_DATES, enums=("status",),
        money=("billing_info.outstanding_balance.value", "billing_info.last_payment.amount.value"),
    ),
    Operation(
        name="paypal.subscriptions.update", method="PATCH", path=f"{PATH}/{{id}}", run=_update, effect="write",
        object_type="subscription", id_param="id", scopes=SCOPES,
    ),
    Operation(
        name="paypal.subscriptions.revise", method="POST", path=f"{PATH}/{{id}}/revise", run=_revise, effect="write",
        object_type="subscription", id_param="id", scopes=SCOPES,
    ),
)  # fmt: skip
