"""Where an account stands: what it still has to tell, what is being verified, and what it may do by now.

What is due is a short list, the same for every capability and country, but that only the US asks for tax and social
security numbers; Stripe's own lists differ by country, capability and volume, and aren't published as data. A
verification takes five seconds of world time, and its outcome hangs on Stripe's test values: a date of birth of
1901-01-01 passes, 1902-01-01 at once, any other fails; so do an ID or tax number of 111111111 and an address of
`address_no_match`. A document of `file_identity_document_success` settles it all the same. (Stripe docs, Connect:
Testing, Required verification information, Account capabilities; read 2026-11-24. How long it takes isn't documented.)
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe import platforms
from brownout.providers.stripe.connect.blank import nobody_needs
from brownout.providers.stripe.events import emit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.operation import Call

VERIFIED_SECONDS: Final = 5.0
_BASE: Final = ("business_profile.mcc", "business_profile.url", "business_type", "external_account",
                "tos_acceptance.date", "tos_acceptance.ip")  # fmt: skip
_NAMED: Final = ("dob.day", "dob.month", "dob.year", "first_name", "last_name")
_REACHED: Final = ("address.city", "address.line1", "address.postal_code", "email", "phone")
_COMPANY: Final = ("address.city", "address.line1", "address.postal_code", "name", "phone", "tax_id")
_US_ONLY: Final = frozenset({"company.tax_id", "individual.ssn_last_4", "representative.ssn_last_4"})
_PASSING: Final = (1901, 1, 1)
_AT_ONCE: Final = (1902, 1, 1)
FAILING_NUMBER: Final = "111111111"
AT_ONCE_NUMBER: Final = "222222222"
_REASON: Final = (
    "The identity information you entered cannot be verified. Please correct any errors or upload a document that "
    "matches the identity fields (e.g., name and date of birth) that you entered."
)
_NO_PAYMENTS: Final = frozenset({"transfers", "tax_reporting_us_1099_k", "tax_reporting_us_1099_misc", "card_issuing"})


def standing(call: Call, account: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of an account beside its wire object; `call` acts for it."""
    table = call.table("account_standing")
    found = table.get(account["id"])
    if found is None:
        found = {"id": account["id"], "verified": False, "checking": 0, "failed": [], "rejected": None, "numbers": []}
        table.put(found)
    return found


def owner(call: Call, account: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """Return who answers for an account, as requirements name them, and the person, None if nobody does yet."""
    if account["business_type"] == "individual":
        return "individual", account.get("individual")
    persons = call.table("person").oldest_first()
    return "representative", next((one for one in persons if one["relationship"]["representative"]), None)


def due(call: Call, account: dict[str, Any]) -> list[str]:
    """Return what an account still has to tell, in alphabetical order."""
    if account["controller"]["type"] == "account":
        return []  # it was let in by Stripe, long ago
    return sorted(_due(call, account))


def _due(call: Call, account: dict[str, Any]) -> Iterator[str]:
    who, person = owner(call, account)
    wanted = [f"{who}.{one}" for one in _NAMED]
    if account["business_type"] is not None:
        wanted += [f"{who}.{one}" for one in (*_REACHED, "ssn_last_4")]
    if account["business_type"] not in (None, "individual"):
        wanted += [f"company.{one}" for one in _COMPANY]
    for name in (*_BASE, *wanted):
        if name in _US_ONLY and account["country"] != "US":
            continue
        if _lacks(account, who, person, name):
            yield name
    yield from standing(call, account)["failed"]


def _lacks(account: dict[str, Any], who: str, person: dict[str, Any] | None, name: str) -> bool:
    group, _, rest = name.partition(".")
    if name == "external_account":
        return not account["external_accounts"]["data"]
    if name == "business_profile.url" and account["business_profile"]["product_description"]:
        return False
    if group == who:
        if rest == "ssn_last_4":
            return person is None or not (person["ssn_last_4_provided"] or person["id_number_provided"])
        return not _at(person, rest)
    if name == "company.tax_id":
        return not account.get("company", {}).get("tax_id_provided")
    return not _at(account, name)


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def review(call: Call, account: dict[str, Any]) -> None:
    """Bring what an account has to tell and may do up to what is known of it; tell nobody. `call` acts for it."""
    known = standing(call, account)
    lacking = due(call, account)
    if lacking:
        known["checking"] += 1  # a verification under way is of what was known before
        waits = False
    else:
        waits = not known["verified"] and known["rejected"] is None
        if waits and _outcome(call, account) == "at once":
            _settle(call, account, passed=True)
            waits = False
        elif waits:
            known["checking"] += 1
            number, account_id = known["checking"], account["id"]
            call.later(VERIFIED_SECONDS, f"verification {number}", lambda later: _decide(later, account_id, number))
        account["details_submitted"] = True
    _enable(call, account, lacking, waits=waits)


def _enable(call: Call, account: dict[str, Any], lacking: list[str], *, waits: bool) -> None:
    known = standing(call, account)
    good = known["verified"] and not lacking and known["rejected"] is None
    status = "active" if good else "pending" if waits else "inactive"
    capabilities = account["capabilities"] = dict.fromkeys(account["capabilities"], status)
    account["charges_enabled"] = good and any(name not in _NO_PAYMENTS for name in capabilities)
    account["payouts_enabled"] = good and bool(capabilities)
    reason = None
    if known["rejected"] is not None:
        reason = f"rejected.{known['rejected']}"
    elif lacking:
        reason = "requirements.past_due"
    elif waits:
        reason = "requirements.pending_verification"
    who, person = owner(call, account)
    document = f"{who}.verification.document"
    errors = [
        {"code": "verification_failed_keyed_identity", "reason": _REASON, "requirement": one}
        for one in known["failed"]
    ]  # fmt: skip
    pending = [document] if waits else []
    account["requirements"] = nobody_needs() | {
        "currently_due": lacking,
        "disabled_reason": reason,
        "errors": errors,
        "eventually_due": list(lacking),
        "past_due": list(lacking),
        "pending_verification": pending,
    }
    if person is not None:
        own = [one.partition(".")[2] for one in lacking if one.startswith(f"{who}.")]
        person["requirements"] = person["requirements"] | {
            "currently_due": own,
            "errors": [{**one, "requirement": one["requirement"].partition(".")[2]} for one in errors],
            "eventually_due": list(own),
            "past_due": list(own),
            "pending_verification": [one.partition(".")[2] for one in pending],
        }
        state = "verified" if known["verified"] else "pending" if waits else "unverified"
        person["verification"] = person["verification"] | {"status": state}
    for row in call.table("capability").oldest_first():
        row["status"] = capabilities.get(row["id"], "unrequested")
        row["requirements"] = nobody_needs()
        if row["requested"]:
            row["requirements"] |= {name: account["requirements"][name] for name in row["requirements"]}
            row["requirements"]["disabled_reason"] = _capabilitys(reason)


def _capabilitys(reason: str | None) -> str | None:
    """Return why a capability is off, of the words that it has for that."""
    if reason is None:
        return None
    if reason.startswith("rejected."):
        return "rejected.other"
    return "pending.review" if reason == "requirements.pending_verification" else "requirements.fields_needed"


def corrected(call: Call, account: dict[str, Any]) -> None:
    """Forget that a verification failed, as what it was about has been told anew; `review` begins the next one."""
    standing(call, account)["failed"] = []


def _outcome(call: Call, account: dict[str, Any]) -> str:
    """Return how a verification ends: `passed`, `failed`, or passed `at once`."""
    who, person = owner(call, account)
    if person is None:
        return "failed"
    front = str(person["verification"]["document"]["front"] or "")
    if front:
        return "passed" if "success" in front else "failed"
    born = tuple(person["dob"][part] for part in ("year", "month", "day"))
    numbers = standing(call, account)["numbers"]
    addresses = [person["address"]["line1"]]
    if who != "individual" and "company" in account:
        addresses.append(account["company"]["address"]["line1"])
    if FAILING_NUMBER in numbers or "address_no_match" in addresses:
        return "failed"
    if born == _AT_ONCE or AT_ONCE_NUMBER in numbers:
        return "at once"
    return "passed" if born == _PASSING else "failed"


def _decide(call: Call, account_id: str, number: int) -> None:
    """End a verification, unless something has changed since it began."""
    account = call.table("own_account").get(account_id)
    if account is None or standing(call, account)["checking"] != number:
        return
    before = deepcopy(account)
    _settle(call, account, passed=_outcome(call, account) != "failed")
    _enable(call, account, due(call, account), waits=False)
    tell(call, account, before)


def _settle(call: Call, account: dict[str, Any], *, passed: bool) -> None:
    known = standing(call, account)
    known["verified"] = passed
    known["failed"] = [] if passed else [f"{owner(call, account)[0]}.verification.document"]


def tell(call: Call, account: dict[str, Any], before: dict[str, Any]) -> None:
    """Send the events of what is different about an account since it was as `before`."""
    previous = {name: old for name, old in before.items() if account.get(name) != old}
    if not previous:
        return
    for row in call.table("capability").oldest_first():
        was = before["capabilities"].get(row["id"], "unrequested")
        if row["status"] != was:
            emit(call, "capability.updated", row, previous={"status": was})
    if platforms.platforms_of(call.world, call.account):
        emit(call, "account.updated", account, previous=previous)
