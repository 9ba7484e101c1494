"""Payment Links: an address to share, each visit to which opens a session of its own.

The address takes the documented parameters `client_reference_id`, `prefilled_email` and `locked_prefilled_email`;
others are passed over. (Stripe docs, API reference: Payment Links; Payment Links: URL parameters; read 2026-11-24.
What a visitor sees once `restrictions` are met is not documented word for word; here it is what an inactive link says.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.operation import Operation
from brownout.providers.stripe.amounts import currency
from brownout.providers.stripe.checkout import lines, looks, options, shipping_rates
from brownout.providers.stripe.checkout.fields import made, no_invoice
from brownout.providers.stripe.checkout.sessions import opened, page_of
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.expand import LINKS
from brownout.providers.stripe.pages import SHOWN_LETTERS, of_any_account, sent_to
from brownout.providers.stripe.params import (
    Shape,
    array,
    boolean,
    group,
    integer,
    merged,
    missing,
    one_of,
    opaque,
    payer_url,
    text,
)
from brownout.providers.stripe.resource import METADATA, NEVER, Resource, fixed, param

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call
    from brownout.providers.stripe.params import Reader

PATH: Final = "/b/{link}"
_OURS: Final = "https://stripe.com"
"""Where sessions of links say that they go to, unless the link redirects (recorded sessions of links)."""
_DEACTIVATED: Final = "This link is no longer active. Reach out to whoever gave it to you."
_INTENT: Final = group(Shape(**options.INTENT_DATA), unset=False)
_MADE_WITH: Final = ("application_fee_amount", "on_behalf_of", "transfer_data")
_COPIED: Final = (
    "allow_promotion_codes", "billing_address_collection", "consent_collection", "custom_text",
    "customer_creation", "name_collection", "phone_number_collection", "shipping_address_collection",
    "shipping_options", "submit_type", "tax_id_collection",
)  # fmt: skip
_MOST_REFERENCE: Final = 200


def _after(call: Call, name: str, value: Any) -> dict[str, Any]:
    """Read what happens once it is paid: a page of thanks, or the shop's own."""
    found = group(
        Shape(
            ("type",),
            hosted_confirmation=group(Shape(custom_message=text(most=500)), unset=False),
            redirect=group(Shape(("url",), url=payer_url), unset=False),
            type=one_of("hosted_confirmation", "redirect"),
        ),
        unset=False,
    )(call, name, value)  # fmt: skip
    if found["type"] == "redirect":
        if "redirect" not in found:
            raise refusal(call, f"Missing required param: {name}[redirect].", code="parameter_missing", param=name)
        return {"hosted_confirmation": None, "redirect": found["redirect"], "type": "redirect"}
    return {**_thanks(), "hosted_confirmation": {"custom_message": None, **found.get("hosted_confirmation", {})}}


def _custom_fields(call: Call, name: str, value: Any) -> list[dict[str, Any]]:
    """Read the shop's own questions, to which a link has no answers yet."""
    found = options.custom_fields(call, name, value)
    return [
        {**one, one["type"]: {key: inside for key, inside in one[one["type"]].items() if key != "value"}}
        for one in found
    ]


def _thanks() -> dict[str, Any]:
    return {"hosted_confirmation": {"custom_message": None}, "redirect": None, "type": "hosted_confirmation"}


def _restrictions(call: Call, name: str, value: Any) -> dict[str, Any] | None:
    """Read how many may pay."""
    completed = group(Shape(("limit",), limit=integer(least=1)), unset=False)
    found = group(Shape(("completed_sessions",), completed_sessions=completed))(call, name, value)
    return None if found is None else {"completed_sessions": {"count": 0, **found["completed_sessions"]}}


def _prepare(call: Call, link: dict[str, Any], given: dict[str, Any]) -> None:
    if "line_items" not in given:
        raise missing(call, "line_items")
    if not given["line_items"]:
        raise refusal(call, "You must provide at least one line item.", code="parameter_missing", param="line_items")
    code = lines.refuse(call, given["line_items"], most=lines.MOST_OF_LINK, currency=given.get("currency"))
    shipping_rates.refuse(call, given.get("shipping_options", []), code)
    options.refuse_sharing(call, lines.total(given["line_items"], call), given)
    link["currency"] = code
    link["payment_intent_data"] = _shown(call, given.get("payment_intent_data"))
    link["transfer_data"] = _transfer(given.get("transfer_data"))
    link["shipping_options"] = shipping_rates.make(call, given.get("shipping_options", []))
    link["url"] = f"{call.base_url}/b/test_{call.draw_text('link', 18)}"


def _shown(call: Call, sent: dict[str, Any] | None) -> dict[str, Any] | None:
    if sent is None:
        return None
    names = [name for name in options.INTENT_DATA if name != "metadata"]
    return {**{name: sent.get(name) for name in names}, "metadata": merged(call, {}, sent.get("metadata"))}


def _transfer(given: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if given is None else {"amount": given.get("amount"), "destination": given["destination"]}


def _done(call: Call, link: dict[str, Any], given: dict[str, Any]) -> None:
    data = dict(given.get("payment_intent_data") or {})
    data |= {name: call.params[name] for name in _MADE_WITH if given.get(name)}
    items = lines.make(call, given["line_items"])
    call.table("checkout").put({"id": link["id"], "lines": items, "data": data})
    call.table("payment_link_code").put({"id": link["url"].rpartition("/")[2], "link": link["id"]})


def _change(call: Call, changed: dict[str, Any], given: dict[str, Any]) -> None:
    own = {item["id"]: item for item in lines.of(call, lines.ids_of(call, changed))}
    for place, line in enumerate(given.get("line_items", [])):
        if line["id"] not in own:
            message = f"No such line item: '{line['id']}'"
            raise refusal(call, message, code="resource_missing", param=f"line_items[{place}][id]")
    beside = call.table("checkout").get(changed["id"])
    if given.get("payment_intent_data") and beside is not None:
        sent = {**beside["data"], **given["payment_intent_data"]}
        beside["data"] = sent
        changed["payment_intent_data"] = _shown(call, sent)
    if changed["restrictions"] is not None and "restrictions" in given:
        before = call.table("payment_link").get(changed["id"])
        count = ((before or {}).get("restrictions") or {}).get("completed_sessions", {}).get("count", 0)
        limit = changed["restrictions"]["completed_sessions"]["limit"]
        changed["restrictions"] = {"completed_sessions": {"count": count, "limit": limit}}
    for line in given.get("line_items", []):
        if "quantity" in line:
            lines.count(own[line["id"]], line["quantity"])
        if "adjustable_quantity" in line:
            own[line["id"]]["adjustable_quantity"] = line["adjustable_quantity"]


def both(reader: Reader, default: str | None = None) -> Any:
    """Return a field that creating and updating set."""
    return param(reader, default)


_LINE_CHANGED: Final = array(
    group(
        Shape(("id",), **{name: lines.LINE_FIELDS[name] for name in ("adjustable_quantity", "id", "quantity")}),
        unset=False,
    )
)
_CREATE_TOO: Final[dict[str, Reader]] = {
    "application_fee_percent": options.nothing("subscriptions"),
    "automatic_tax": options.automatic_tax,
    "invoice_creation": options.never("invoices"),
    "managed_payments": options.never("Managed Payments"),
    "optional_items": options.nothing("optional items"),
    "payment_intent_data": options.as_sent(_INTENT),
    "payment_method_options": opaque,
    "shipping_options": shipping_rates.OPTIONS,
    "subscription_data": options.nothing("subscriptions"),
    "transfer_data": options.SESSION_INTENT_DATA["transfer_data"],
}
LINKS_OF: Final = Resource(
    object_type="payment_link",
    path="/v1/payment_links",
    prefix="plink",
    noun="payment link",
    path_param="payment_link",
    fields={
        "active": param(boolean, creates=False, default=True),
        "after_completion": made(_thanks, _after)._replace(update=_after),
        "allow_promotion_codes": param(boolean, default=False),
        "application": NEVER,
        "application_fee_amount": both(integer(least=0, unset=True)),
        "application_fee_percent": fixed(),
        "automatic_tax": made(lambda: {"enabled": False, "liability": None}),
        "billing_address_collection": both(options.ASKED["billing_address_collection"], "auto"),
        "consent_collection": both(options.ASKED["consent_collection"]),
        "currency": param(currency, updates=False),
        "custom_fields": made(list, _custom_fields)._replace(update=_custom_fields),
        "custom_text": made(lambda: dict.fromkeys(options.CUSTOM_TEXT), options.ASKED["custom_text"])._replace(
            update=options.ASKED["custom_text"]
        ),
        "customer_creation": both(one_of("always", "if_required"), "if_required"),
        "inactive_message": both(text(most=500)),
        "invoice_creation": made(no_invoice),
        "livemode": fixed(value=False),
        "managed_payments": made(lambda: {"enabled": False}),
        "metadata": METADATA,
        "name_collection": both(options.ASKED["name_collection"]),
        "on_behalf_of": param(text(), link=""),
        "optional_items": fixed(),
        "payment_intent_data": fixed(),
        "payment_method_collection": both(one_of("always", "if_required"), "always"),
        "payment_method_options": fixed(),
        "payment_method_types": both(options.TYPES),
        "phone_number_collection": made(
            lambda: {"enabled": False}, options.ASKED["phone_number_collection"]
        )._replace(update=options.ASKED["phone_number_collection"]),
        "restrictions": both(_restrictions),
        "shipping_address_collection": both(options.ASKED["shipping_address_collection"]),
        "shipping_options": made(list),
        "submit_type": both(options.SUBMIT, "auto"),
        "subscription_data": fixed(),
        "tax_id_collection": made(
            lambda: {"enabled": False, "required": "never"}, options.ASKED["tax_id_collection"]
        )._replace(update=options.ASKED["tax_id_collection"]),
        "transfer_data": fixed(),
        "url": fixed(),
    },
    filters={"active": boolean},
    create_too={"line_items": lines.LINES, **_CREATE_TOO},
    update_too={"line_items": _LINE_CHANGED, "payment_intent_data": options.as_sent(_INTENT)},
    events={"create": "payment_link.created", "update": "payment_link.updated"},
    key=("body.metadata.order_id",),
    prepare=_prepare,
    change=_change,
    done=_done,
)  # fmt: skip
LINKS["payment_link"]["line_items"] = "[]"


def _visit(call: Call) -> Answer:
    link = _find(call)
    if link is None:
        said = f"Nobody made {call.path['link'][:SHOWN_LETTERS]!r} here."
        return looks.notice("No such payment link", said, status=404, error="resource_missing")
    if not _open(link):
        said = link["inactive_message"] or _DEACTIVATED
        return looks.notice("The link has been deactivated", said, status=410, error="link_inactive")
    beside = call.table("checkout").get(link["id"]) or {"lines": [], "data": {}}
    items = lines.copied(call, beside["lines"])
    session = opened(
        call, _session_of(call, link, items), items, after=link["after_completion"], data=beside["data"],
        email=_said(call, "prefilled_email"), key=call.key or link["metadata"].get("order_id"),
    )  # fmt: skip
    return sent_to(page_of(call, session), {})


def _find(call: Call) -> dict[str, Any] | None:
    code = of_any_account(call, "payment_link_code", call.path["link"])
    return call.table("payment_link").get(code["link"]) if code is not None else None


def _open(link: dict[str, Any]) -> bool:
    limit = (link["restrictions"] or {}).get("completed_sessions")
    return link["active"] and (limit is None or limit["count"] < limit["limit"])


def _said(call: Call, name: str) -> str | None:
    found = call.params.get(name)
    return found[:_MOST_REFERENCE] if isinstance(found, str) and found else None


def _session_of(call: Call, link: dict[str, Any], items: list[str]) -> dict[str, Any]:
    """Return what a session takes over from its link."""
    due = sum(item["amount_subtotal"] for item in lines.of(call, items))
    shipping = link["shipping_options"][0] if link["shipping_options"] else None
    cost = shipping["shipping_amount"] if shipping is not None else 0
    email = _said(call, "locked_prefilled_email")
    details = dict.fromkeys(("address", "business_name", "individual_name", "name", "phone", "tax_ids"))
    return {
        **{name: link[name] for name in _COPIED},
        "custom_fields": [{**one, one["type"]: {**one[one["type"]], "value": None}} for one in link["custom_fields"]],
        "amount_subtotal": due,
        "amount_total": due + cost,
        "client_reference_id": _said(call, "client_reference_id"),
        "currency": link["currency"],
        "customer_details": {**details, "email": email, "tax_exempt": "none"} if email else None,
        "customer_email": email,
        "metadata": dict(link["metadata"]),
        "mode": "payment",
        "payment_link": link["id"],
        "shipping_cost": {
            "amount_subtotal": cost, "amount_tax": 0, "amount_total": cost, "shipping_rate": shipping["shipping_rate"]
        } if shipping is not None else None,
        "success_url": (link["after_completion"]["redirect"] or {"url": _OURS})["url"],
        "total_details": {"amount_discount": 0, "amount_shipping": cost, "amount_tax": 0},
    }  # fmt: skip


OPERATIONS: Final = (
    *LINKS_OF.operations(),
    lines.listing("payment_link", "payment_link"),
    Operation(
        name="stripe.payment_links.visit", method="GET", path=PATH, run=_visit, effect="write", public=True,
        id_param="link", key=("body.client_reference_id",),
    ),
)  # fmt: skip
