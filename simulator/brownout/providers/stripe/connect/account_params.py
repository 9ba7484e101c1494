"""The parameters of accounts and persons.

(Stripe docs, API reference: Create an account, Create a person; stripe-python 16.1's params; read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.amounts import currency
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.generic.tables import tables
from brownout.providers.stripe.params import (
    ADDRESS,
    EXPAND,
    Shape,
    array,
    boolean,
    group,
    integer,
    metadata,
    one_of,
    opaque,
    text,
)

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.providers.stripe.params import Reader

_TEXT: Final = text()
_SOME: Final = text(unset=False)
_DECLARATION: Final = group(Shape(date=integer(), ip=_TEXT, user_agent=_TEXT))
_DOCUMENT: Final = group(Shape(back=_TEXT, front=_TEXT))
_DOB: Final = group(Shape(("day", "month", "year"), day=integer(), month=integer(), year=integer()))
_OTHER_ADDRESS: Final = opaque
_RELATION: Final = {
    **dict.fromkeys(("authorizer", "director", "executive", "legal_guardian", "owner", "representative"), boolean),
}


def _percent(call: Call, name: str, value: Any) -> float | None:
    """Read a share of a company."""
    if value == "":
        return None
    try:
        share = float(value)
    except (TypeError, ValueError):
        raise refusal(call, f"Invalid decimal: {value}", param=name) from None
    if not 0 <= share <= 100:
        raise refusal(call, "Must be between 0 and 100.", param=name)
    return share


PERSON: Final[dict[str, Reader]] = {
    "address": ADDRESS,
    "dob": _DOB,
    "email": text(most=512),
    "first_name": _TEXT,
    "full_name_aliases": array(_SOME),
    "gender": _TEXT,
    "id_number": _TEXT,
    "id_number_secondary": _TEXT,
    "last_name": _TEXT,
    "maiden_name": _TEXT,
    "metadata": metadata,
    "phone": _TEXT,
    "political_exposure": one_of("existing", "none"),
    "registered_address": ADDRESS,
    "relationship": group(Shape(percent_ownership=_percent, title=_TEXT, **_RELATION)),
    "ssn_last_4": _TEXT,
    "verification": group(Shape(additional_document=_DOCUMENT, document=_DOCUMENT)),
}
"""What may be said of a person, and of an account's `individual`. Names in Japanese script aren't modelled."""
PERSON_TOO: Final[dict[str, Reader]] = {
    "additional_tos_acceptances": group(Shape(account=_DECLARATION)),
    "documents": opaque,
    "expand": EXPAND,
    "nationality": _TEXT,
    "person_token": _SOME,
}
RELATIONSHIP: Final = group(Shape(**_RELATION), unset=False)
"""The filter of a list of persons."""
_COMPANY: Final = group(
    Shape(
        address=ADDRESS, directors_provided=boolean, executives_provided=boolean, export_license_id=_TEXT,
        export_purpose_code=_TEXT, name=_TEXT, owners_provided=boolean, ownership_declaration=_DECLARATION,
        phone=_TEXT, registration_number=_TEXT, structure=_TEXT, tax_id=_TEXT, tax_id_registrar=_TEXT, vat_id=_TEXT,
        verification=group(Shape(document=_DOCUMENT)),
    ),
    unset=False,
)  # fmt: skip
_PROFILE: Final = group(
    Shape(
        annual_revenue=group(Shape(("amount", "currency", "fiscal_year_end"), amount=integer(), currency=currency,
                                   fiscal_year_end=_SOME)),
        estimated_worker_count=integer(), mcc=_TEXT, minority_owned_business_designation=array(_SOME),
        monthly_estimated_revenue=group(Shape(("amount", "currency"), amount=integer(), currency=currency)),
        name=_TEXT, product_description=text(most=40_000), support_address=ADDRESS, support_email=_TEXT,
        support_phone=_TEXT, support_url=_TEXT, url=_TEXT,
    ),
    unset=False,
)  # fmt: skip
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY: Final = one_of(*_DAYS)


def _delay(call: Call, name: str, value: Any) -> int:
    """Read how many days a payout waits: a number, or `minimum`, which is two in the US."""
    return 2 if value == "minimum" else int(integer(least=0)(call, name, value))


_SCHEDULE: Final = group(
    Shape(
        delay_days=_delay, interval=one_of("manual", "daily", "weekly", "monthly"), monthly_anchor=integer(least=1),
        monthly_payout_days=array(integer(least=1)), weekly_anchor=_WEEKDAY, weekly_payout_days=array(_WEEKDAY),
    ),
    unset=False,
)  # fmt: skip
_STATEMENT: Final = {
    f"statement_descriptor{one}{script}": text(most=22) for one in ("", "_prefix") for script in ("", "_kana", "_kanji")
}
_SETTINGS: Final = group(
    Shape(
        bacs_debit_payments=group(Shape(display_name=_TEXT)),
        branding=group(Shape(icon=_TEXT, logo=_TEXT, primary_color=_TEXT, secondary_color=_TEXT)),
        card_issuing=group(Shape(tos_acceptance=_DECLARATION)),
        card_payments=group(
            Shape(
                decline_on=group(Shape(avs_failure=boolean, cvc_failure=boolean)),
                **{name: one for name, one in _STATEMENT.items() if "_prefix" in name},
            )
        ),
        invoices=group(Shape(hosted_payment_method_save=one_of("always", "never", "offer"))),
        payments=group(Shape(**{name: one for name, one in _STATEMENT.items() if "_prefix" not in name})),
        payouts=group(
            Shape(debit_negative_balances=boolean, schedule=_SCHEDULE, statement_descriptor=text(most=22)), unset=False
        ),
    ),
    unset=False,
)
_REQUESTED: Final = group(Shape(requested=boolean), unset=False)


def capability_names() -> frozenset[str]:
    """Return the names of all capabilities that the SDK knows."""
    kind = tables().objects["account"]["capabilities"].kind
    return frozenset(tables().shapes[kind]) if isinstance(kind, int) else frozenset()


def _capabilities(call: Call, name: str, value: Any) -> dict[str, bool]:
    """Read which capabilities are requested, and which no longer."""
    if not isinstance(value, dict):
        raise refusal(call, "Invalid object", param=name)
    known = capability_names()
    for one in value:
        if one not in known:
            full = f"{name}[{one}]"
            raise refusal(call, f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
    return {
        one: (_REQUESTED(call, f"{name}[{one}]", given) or {}).get("requested", False) for one, given in value.items()
    }


_ACCOUNT: Final[dict[str, Reader]] = {
    "business_profile": _PROFILE,
    "business_type": one_of("company", "government_entity", "individual", "non_profit", unset=True),
    "capabilities": _capabilities,
    "company": _COMPANY,
    "default_currency": currency,
    "documents": opaque,
    "email": text(most=512),
    "expand": EXPAND,
    "external_account": opaque,
    "individual": group(Shape(**PERSON), unset=False),
    "metadata": metadata,
    "settings": _SETTINGS,
    "tos_acceptance": group(Shape(date=integer(), ip=_TEXT, service_agreement=_TEXT, user_agent=_TEXT), unset=False),
}
_CONTROLLER: Final = group(
    Shape(
        fees=group(Shape(payer=one_of("account", "application")), unset=False),
        losses=group(Shape(payments=one_of("application", "stripe")), unset=False),
        requirement_collection=one_of("application", "stripe"),
        stripe_dashboard=group(Shape(type=one_of("express", "full", "none")), unset=False),
    ),
    unset=False,
)


def _country(call: Call, name: str, value: Any) -> str:
    """Read two capital letters."""
    given = _SOME(call, name, value)
    if len(given) != 2 or not given.isascii() or not given.isalpha():
        raise refusal(call, f"Country '{given}' is unknown. Try using a 2-character alphanumeric country code instead, "
                      "such as 'US', 'EG', or 'GB'. A full list of country codes is available at "
                      "https://stripe.com/docs/connect/custom-accounts#create-account",
                      code="country_code_invalid", param=name)  # fmt: skip
    return str(given).upper()


CREATE: Final = Shape(
    controller=_CONTROLLER, country=_country, type=one_of("custom", "express", "standard"), **_ACCOUNT
)
UPDATE: Final = Shape(**_ACCOUNT)
