"""`paypal.plans.*`: what a subscription costs, and how often.

(PayPal REST API specifications, Subscriptions v1, version 1.9, request ids kept 72 hours; a sandbox of 2026: a plan of
an unknown product is a 404; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.providers.paypal.amounts import Money
from brownout.providers.paypal.billing.billing_words import ON
from brownout.providers.paypal.billing.catalog import SCOPES, TTL_SECONDS, again, find, page_of, patches
from brownout.providers.paypal.billing.plan_read import read_cycles, read_preferences, read_price, read_taxes
from brownout.providers.paypal.errors import refusal
from brownout.providers.paypal.links import link
from brownout.providers.paypal.reader import Place, Reader
from brownout.providers.paypal.times import stamp
from brownout.providers.paypal.webhooks.webhook_events import emit
from brownout.providers.paypal.wire import wants_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from brownout.core.operation import Call

PATH: Final = "/v1/billing/plans"
_STATUSES: Final = ("CREATED", "ACTIVE")
_PATCHED: Final = {"/name": 127, "/description": 127}


def _create(call: Call) -> Answer:
    reader, params = Reader(call, ON), call.params
    product_id = reader.text(params, "product_id", Place(), most=50, needed=True) or ""
    name = reader.text(params, "name", Place(), most=127, needed=True)
    description = reader.text(params, "description", Place(), most=127)
    status = params.get("status", "ACTIVE")
    if status not in _STATUSES:
        raise reader.refused("INVALID_PARAMETER_VALUE", "/status", status)
    cycles, preferences = read_cycles(reader, params, call.now), read_preferences(reader, params)
    taxes = read_taxes(reader, params)
    currency = cycles[-1]["currency"]
    if preferences["setup_fee_currency"] not in (None, currency):
        raise reader.refused("CURRENCY_MISMATCH", "/payment_preferences/setup_fee/currency_code")
    find(call, "product", product_id, field="/product_id", location="body")
    plan = call.create("plan", {
        "id": f"P-{call.draw_text('plan', 24).upper()}", "product_id": product_id, "name": name, "status": status,
        "description": description, "cycles": cycles, "preferences": preferences, "taxes": taxes,
        "currency": currency, "quantity_supported": params.get("quantity_supported") is True, "created": call.now,
        "updated": call.now,
    })  # fmt: skip
    shown = shown_plan(call, plan)
    emit(call, "BILLING.PLAN.CREATED", shown)
    return Answer(201, shown if wants_all(call) else _brief(shown))


def _brief(shown: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "product_id", "name", "status", "description", "usage_type", "create_time", "links")
    return {name: shown[name] for name in names if name in shown}


def shown_plan(call: Call, plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan for an answer in full."""
    path = f"{PATH}/{plan['id']}"
    names = ("id", "product_id", "name", "status", "description")
    out = {name: plan[name] for name in names if plan[name] is not None}
    out["billing_cycles"] = [shown_cycle(one) for one in plan["cycles"]]
    preferences = plan["preferences"]
    out["payment_preferences"] = {
        "auto_bill_outstanding": preferences["auto_bill_outstanding"],
        "setup_fee": Money(preferences["setup_fee_minor"], plan["currency"]).shown(),
        "setup_fee_failure_action": preferences["setup_fee_failure_action"],
        "payment_failure_threshold": preferences["payment_failure_threshold"],
    }
    if plan["taxes"] is not None:
        out["taxes"] = plan["taxes"]
    out["quantity_supported"] = plan["quantity_supported"]
    out |= {"create_time": stamp(plan["created"]), "update_time": stamp(plan["updated"])}
    verb = "deactivate" if plan["status"] == "ACTIVE" else "activate"
    links = [link(call, path, "self"), link(call, path, "edit", "PATCH")]
    links += [link(call, f"{path}/{verb}", verb, "POST")]
    return out | {"links": [*links, link(call, f"{path}/update-pricing-schemes", "edit", "POST")]}


def shown_cycle(cycle: Mapping[str, Any]) -> dict[str, Any]:
    """Return a billing cycle for an answer."""
    at = stamp(cycle["priced_at"])
    out: dict[str, Any] = {}
    if cycle["currency"] is not None:
        price = Money(cycle["price_minor"], cycle["currency"]).shown()
        times = {"create_time": at, "update_time": at}
        out["pricing_scheme"] = {"version": cycle["version"], "fixed_price": price} | times
    return out | {
        "frequency": {"interval_unit": cycle["unit"], "interval_count": cycle["count"]},
        "tenure_type": cycle["tenure_type"],
        "sequence": cycle["sequence"],
        "total_cycles": cycle["total"],
    }


def _retrieve(call: Call) -> Answer:
    return Answer(200, shown_plan(call, find(call, "plan", call.path["id"])))


def _list(call: Call) -> Answer:
    product, ids = call.params.get("product_id"), call.params.get("plan_ids")
    found = [
        one
        for one in call.table("plan").newest_first()
        if product in (None, one["product_id"]) and (ids is None or one["id"] in ids.split(","))
    ]
    shown, totals = page_of(call, found)
    plans = [shown_plan(call, one) for one in shown]
    listed = plans if wants_all(call) else [_brief(one) for one in plans]
    return Answer(200, totals | {"plans": listed, "links": [link(call, PATH, "self")]})


def _update(call: Call) -> Answer:
    plan = find(call, "plan", call.path["id"])
    changes = {path[1:]: value for path, value in patches(call, _PATCHED)}
    reader = Reader(call, ON)
    for name in changes:
        reader.text(changes, name, Place(), most=_PATCHED[f"/{name}"], needed=True)
    plan |= changes | {"updated": call.now}
    emit(call, "BILLING.PLAN.UPDATED", shown_plan(call, plan))
    return Answer(204, b"")


def _switch(verb: str, was: tuple[str, ...], becomes: str) -> Callable[[Call], Answer]:
    """Return the handler that switches a plan on or off."""
    said = f"Invalid plan status for {verb} action; plan status should be {' or '.join(was).lower()}."

    def handler(call: Call) -> Answer:
        plan = find(call, "plan", call.path["id"])
        if plan["status"] not in was:
            raise refusal(call, ON, "PLAN_STATUS_INVALID", description=said)
        plan.update(status=becomes, updated=call.now)
        emit(call, f"BILLING.PLAN.{verb.upper()}D", shown_plan(call, plan))
        return Answer(204, b"")

    return handler


def _prices(call: Call) -> Answer:
    """Change prices: subscriptions pay the new ones from their next cycle on."""
    plan, reader = find(call, "plan", call.path["id"]), Reader(call, ON)
    changes = []
    for number, one in enumerate(reader.array(call.params, "pricing_schemes", Place(), most=len(plan["cycles"]))):
        place = Place(f"/pricing_schemes/{number}")
        sequence = one.get("billing_cycle_sequence")
        cycle = next((each for each in plan["cycles"] if each["sequence"] == sequence), None)
        if cycle is None:
            raise reader.refused("INVALID_BILLING_CYCLE_SEQUENCE", f"{place.pointer}/billing_cycle_sequence", sequence)
        price = read_price(reader, one, place, free=False)
        if price is None or price.currency != plan["currency"]:
            raise reader.refused("CURRENCY_MISMATCH", f"{place.pointer}/pricing_scheme/fixed_price/currency_code")
        changes.append((cycle, price))
    if not changes:
        raise reader.refused("MISSING_REQUIRED_PARAMETER", "/pricing_schemes")
    for cycle, price in changes:
        cycle.update(price_minor=price.minor, currency=price.currency, priced_at=call.now)
        cycle["version"] += 1
    plan["updated"] = call.now
    emit(call, "BILLING.PLAN.PRICING-CHANGE.ACTIVATED", shown_plan(call, plan))
    return Answer(204, b"")


_MONEY: Final = ("billing_cycles.pricing_scheme.fixed_price.value",)
_DATES: Final = ("create_time", "update_time")
_ONE: Final = f"{PATH}/{{id}}"


def _write(name: str, method: str, path: str, run: Callable[[Call], Answer]) -> Operation:
    return Operation(
        name=f"paypal.plans.{name}", method=method, path=path, run=run, effect="write", object_type="plan",
        id_param="id", scopes=SCOPES,
    )  # fmt: skip


OPERATIONS: Final = (
    Operation(
        name="paypal.plans.create", method="POST", path=PATH, run=_create, effect="write", object_type="plan",
        scopes=SCOPES, idempotent=True, again=again, idempotency_ttl_seconds=TTL_SECONDS, money=_MONEY, dates=_DATES,
        enums=("status",),
    ),
    Operation(
        name="paypal.plans.list", method="GET", path=PATH, run=_list, scopes=SCOPES,
        listing=Listing(items="plans", cursor="page", more="links"), dates=("plans.create_time",),
        enums=("plans.status",),
    ),
    Operation(
        name="paypal.plans.retrieve", method="GET", path=_ONE, run=_retrieve, object_type="plan", id_param="id",
        scopes=SCOPES, money=_MONEY, dates=_DATES, enums=("status",),
    ),
    _write("update", "PATCH", _ONE, _update),
    _write("activate", "POST", f"{_ONE}/activate", _switch("activate", ("CREATED", "INACTIVE"), "ACTIVE")),
    _write("deactivate", "POST", f"{_ONE}/deactivate", _switch("deactivate", ("CREATED", "ACTIVE"), "INACTIVE")),
    _write("update-pricing-schemes", "POST", f"{_ONE}/update-pricing-schemes", _prices),
)  # fmt: skip
