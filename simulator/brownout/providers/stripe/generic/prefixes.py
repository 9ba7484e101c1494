"""How ids begin, by type of object: as Stripe's API reference shows them in its examples.

A type that stands nowhere here begins as its last word does. (Stripe docs, API reference: the example object of each
resource; read 2026-11-23.)
"""

from __future__ import annotations

from typing import Final

PREFIXES: Final = {
    "account": "acct", "apple_pay_domain": "apwc", "application": "ca", "application_fee": "fee",
    "apps.install": "appinst", "apps.secret": "appsecret", "balance_transaction": "txn", "bank_account": "ba",
    "billing.alert": "alrt", "billing.credit_balance_transaction": "cbtxn", "billing.credit_grant": "credgr",
    "billing.meter": "mtr", "billing.meter_event_summary": "mtrusg", "billing_portal.configuration": "bpc",
    "billing_portal.session": "bps", "card": "card", "charge": "ch", "checkout.session": "cs_test",
    "climate.order": "climorder", "climate.product": "climsku", "climate.supplier": "climsup",
    "confirmation_token": "ctoken", "credit_note": "cn", "credit_note_line_item": "cnli", "customer": "cus",
    "customer_balance_transaction": "cbtxn", "customer_cash_balance_transaction": "ccsbtxn", "discount": "di",
    "dispute": "du", "entitlements.active_entitlement": "ent_test", "entitlements.feature": "feat_test",
    "ephemeral_key": "ephkey", "event": "evt", "exchange_rate": "rate", "fee_refund": "fr", "file": "file",
    "file_link": "link", "financial_connections.account": "fca", "financial_connections.account_owner": "fcaown",
    "financial_connections.session": "fcsess", "financial_connections.transaction": "fctxn",
    "forwarding.request": "fwdreq", "identity.verification_report": "vr", "identity.verification_session": "vs",
    "invoice": "in", "invoice_payment": "inpay", "invoice_rendering_template": "inrtem", "invoiceitem": "ii",
    "issuing.authorization": "iauth", "issuing.card": "ic", "issuing.cardholder": "ich", "issuing.dispute": "idp",
    "issuing.personalization_design": "ipcd", "issuing.physical_bundle": "ics", "issuing.settlement": "ise",
    "issuing.token": "intok", "issuing.transaction": "ipi", "item": "li", "line_item": "il", "mandate": "mandate",
    "payment_intent": "pi", "payment_link": "plink", "payment_method": "pm", "payment_method_configuration": "pmc",
    "payment_method_domain": "pmd", "payout": "po", "person": "person", "plan": "plan", "price": "price",
    "product": "prod", "product_feature": "prodft", "promotion_code": "promo", "quote": "qt",
    "radar.early_fraud_warning": "issfr", "radar.value_list": "rsl", "radar.value_list_item": "rsli", "refund": "re",
    "reporting.report_run": "frr", "review": "prv", "scheduled_query_run": "sqr", "setup_attempt": "setatt",
    "setup_intent": "seti", "shipping_rate": "shr", "sigma.sigma_api_query": "qry", "source": "src",
    "source_transaction": "srctxn", "subscription": "sub", "subscription_item": "si",
    "subscription_schedule": "sub_sched", "tax.calculation": "taxcalc", "tax.calculation_line_item": "tax_li",
    "tax.registration": "taxreg", "tax.transaction": "tax", "tax.transaction_line_item": "tax_li",
    "tax_code": "txcd", "tax_id": "txi", "tax_rate": "txr", "terminal.configuration": "tmc",
    "terminal.location": "tml", "terminal.reader": "tmr", "test_helpers.test_clock": "clock", "token": "tok",
    "topup": "tu", "transfer": "tr", "transfer_reversal": "trr", "treasury.credit_reversal": "credrev",
    "treasury.debit_reversal": "debrev", "treasury.financial_account": "fa", "treasury.inbound_transfer": "ibt",
    "treasury.outbound_payment": "obp", "treasury.outbound_transfer": "obt", "treasury.received_credit": "rc",
    "treasury.received_debit": "rd", "treasury.transaction": "trxn", "treasury.transaction_entry": "trxne",
    "v2.core.account": "acct", "v2.core.account_person": "person", "v2.core.event": "evt_test",
    "v2.core.event_destination": "ed_test", "webhook_endpoint": "we",
}  # fmt: skip
CHOSEN: Final = frozenset({"coupon", "country_spec", "capability", "reporting.report_type"})
"""Types whose ids are words of somebody's choosing: no prefix tells them."""


def prefix_of(object_type: str) -> str:
    """Return what ids of a type begin with, without the underscore.

    >>> prefix_of("tax_rate"), prefix_of("v2.money_management.payout_method")
    ('txr', 'payout_method')
    """
    return PREFIXES.get(object_type) or object_type.rpartition(".")[2]
