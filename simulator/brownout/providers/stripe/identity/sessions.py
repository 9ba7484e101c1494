"""Verification sessions: from a page on which a person shows who they are to what was found.

requires_input, processing (`PROCESSING_SECONDS`), then verified, or requires_input again with `last_error`, a new
page and a new secret. (Stripe docs, How VerificationSessions work, Verification Sessions API, API reference:
VerificationSessions; stripe-python 16.1's types; read 2026-11-24. Processing takes less than a minute and redaction
up to four days, as documented: the exact times are ours. A flow of the Dashboard's is any id.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import LINKS, LISTS, Listed
from brownout.providers.stripe.identity import reports
from brownout.providers.stripe.identity.outcomes import OUTCOMES, VERIFIED, parts_of
from brownout.providers.stripe.identity.people import DOCUMENTS, usual
from brownout.providers.stripe.params import Shape, array, boolean, group, missing, one_of, payer_url, text
from brownout.providers.stripe.resource import METADATA, NOW, Action, Resource, fixed, param

if TYPE_CHECKING:
    from brownout.core.errors import Refused
    from brownout.core.operation import Call
    from brownout.providers.stripe.identity.people import Somebody

TYPE: Final = "identity.verification_session"
PATH: Final = "/identity/start"
PROCESSING_SECONDS: Final = 10.0
REDACTION_SECONDS: Final = 3_600.0
LINK_SECONDS: Final = 48 * 3_600.0
"""How long the address of a page is good; then the session has another one."""
PAGES: Final = "identity_page"
_TEXT: Final = text(unset=False)
_OPTIONS: Final = group(
    Shape(
        document=group(
            Shape(
                allowed_types=array(one_of(*DOCUMENTS)), require_id_number=boolean, require_live_capture=boolean,
                require_matching_selfie=boolean,
            )
        ),
    ),
    unset=False,
)  # fmt: skip
_DETAILS: Final = group(Shape(email=_TEXT, phone=_TEXT), unset=False)
_PERSON: Final = group(Shape(("account", "person"), account=_TEXT, person=_TEXT), unset=False)


def parts(session: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a session checks."""
    return parts_of(session["type"], session["options"])


def _prepare(call: Call, session: dict[str, Any], given: dict[str, Any]) -> None:
    """Check a new session, and give it its page."""
    if session["verification_flow"] is None and "type" not in given:
        raise missing(call, "type")
    if session["verification_flow"] is not None:
        if "type" in given:
            raise refusal(call, "You may only specify one of these parameters: type, verification_flow.", param="type")
        session["type"] = "verification_flow"
    if session["related_customer"] is not None:
        find(call, "customer", session["related_customer"], param="related_customer")
    session["options"] = _options(session["type"], given)
    session["provided_details"] = given.get("provided_details")
    call.table("identity_return").put({"id": session["id"], "url": given.get("return_url")})
    _open(call, session)


def _options(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    asked = (given.get("options") or {}).get("document")
    if kind == "id_number":
        return {"id_number": {}}
    return {"document": asked or {}} if kind == "document" else {}


def _open(call: Call, session: dict[str, Any]) -> None:
    """Give a session a page and a secret; in two days it gets others."""
    token = call.draw_text("identity page", 32)
    session["url"] = f"{call.base_url}{PATH}/test_{token}"
    session["client_secret"] = f"{session['id']}_secret_test_{call.draw_text('secret', 24)}"
    beside = call.table("identity_return").get(session["id"])
    if beside is not None:
        call.table(PAGES).remove(beside.get("page", ""))
        beside["page"] = f"test_{token}"
    call.table(PAGES).put({"id": f"test_{token}", "session": session["id"]})
    session_id, url = session["id"], session["url"]

    def renew(later: Call) -> None:
        found = later.table(TYPE).get(session_id)
        if found is not None and found["url"] == url:
            _open(later, found)

    call.later(LINK_SECONDS, "identity page", renew)


def _shut(session: dict[str, Any]) -> None:
    session |= {"client_secret": None, "url": None}


def submit(call: Call, session: dict[str, Any], outcome: str, who: Somebody) -> None:
    """Take what a person submitted; `outcome` is what its checks will find, or why there is nothing to check."""
    if outcome != VERIFIED and OUTCOMES[outcome].part is None:
        _fail(call, session, outcome)
        return
    _shut(session)
    session |= {"status": "processing", "last_error": None}
    emit(call, f"{TYPE}.processing", session)
    session_id = session["id"]
    call.later(PROCESSING_SECONDS, "verification", lambda later: _decide(later, session_id, outcome, who))


def _fail(call: Call, session: dict[str, Any], outcome: str) -> None:
    session |= {"status": "requires_input", "last_error": {"code": outcome, "reason": OUTCOMES[outcome].reason}}
    emit(call, f"{TYPE}.requires_input", session)


def _decide(call: Call, session_id: str, outcome: str, who: Somebody) -> None:
    session = call.table(TYPE).get(session_id)
    if session is None or session["status"] != "processing":
        return
    report = reports.make(call, session, parts(session), outcome, who)
    session["last_verification_report"] = report["id"]
    if outcome == VERIFIED:
        session |= {"status": "verified", "last_error": None}
        emit(call, f"{TYPE}.verified", session)
    else:
        _open(call, session)
        _fail(call, session, outcome)


def verified(call: Call, session: dict[str, Any]) -> dict[str, Any]:
    """Return a session (kept by nobody yet) whose person was verified, with a report that is kept."""
    who = usual(call, session["id"], DOCUMENTS)
    report = reports.make(call, session, parts(session), VERIFIED, who)
    return session | {"status": "verified", "last_verification_report": report["id"]}


def _change(call: Call, session: dict[str, Any], given: dict[str, Any]) -> None:
    if session["redaction"] is not None:
        raise refusal(call, "This VerificationSession has been redacted and can't be updated.", executed=True)
    if session["status"] != "requires_input":
        raise _not_now(call, session, "update")
    if session["type"] != "verification_flow" and ("type" in given or "options" in given):
        session["options"] = _options(session["type"], given)
    if "provided_details" in given:
        session["provided_details"] = given["provided_details"]


def _not_now(call: Call, session: dict[str, Any], verb: str) -> Refused:
    message = (
        f"You cannot {verb} this VerificationSession because it has a status of {session['status']}. Only a "
        "VerificationSession with one of the following statuses may be: requires_input."
    )
    return refusal(call, message, executed=True)


def _cancel(call: Call, session: dict[str, Any], given: dict[str, Any]) -> None:
    _shut(session)


def _redact(call: Call, session: dict[str, Any], given: dict[str, Any]) -> None:
    if session["redaction"] is not None:
        raise refusal(call, "This VerificationSession has already been redacted.", executed=True)
    session["redaction"] = {"status": "processing"}
    if session["status"] == "requires_input":
        _shut(session)
        session["status"] = "canceled"
        emit(call, f"{TYPE}.canceled", session)
    session_id = session["id"]
    call.later(REDACTION_SECONDS, "redaction", lambda later: _redacted(later, session_id))


def _redacted(call: Call, session_id: str) -> None:
    session = call.table(TYPE).get(session_id)
    if session is None:
        return
    reports.redact(call, session_id)
    details = session["provided_details"]
    session |= {
        "metadata": {},
        "provided_details": details and dict.fromkeys(details, reports.REDACTED),
        "redaction": {"status": "redacted"},
    }
    emit(call, f"{TYPE}.redacted", session)


SESSIONS: Final = Resource(
    object_type=TYPE,
    path="/v1/identity/verification_sessions",
    prefix="vs",
    noun="verificationsession",
    path_param="session",
    fields={
        "client_reference_id": param(_TEXT, updates=False),
        "client_secret": fixed(),
        "created": NOW,
        "last_error": fixed(),
        "last_verification_report": fixed(link=reports.TYPE),
        "livemode": fixed(value=False),
        "metadata": METADATA,
        "options": fixed(),
        "provided_details": fixed(),
        "redaction": fixed(),
        "related_customer": param(_TEXT, updates=False),
        "related_customer_account": param(_TEXT, updates=False),
        "related_person": param(_PERSON, updates=False),
        "status": fixed("requires_input", kind="enum"),
        "type": param(one_of("document", "id_number"), "document", kind="enum"),
        "url": fixed(),
        "verification_flow": param(_TEXT, updates=False),
    },
    filters={
        "client_reference_id": _TEXT, "related_customer": _TEXT, "related_customer_account": _TEXT,
        "status": one_of("canceled", "processing", "requires_input", "verified"),
    },
    create_too={"options": _OPTIONS, "provided_details": _DETAILS, "return_url": payer_url},
    update_too={"options": _OPTIONS, "provided_details": _DETAILS},
    events={"create": f"{TYPE}.created"},
    key=("body.client_reference_id", "body.metadata.user_id"),
    prepare=_prepare,
    change=_change,
    actions=(
        Action(
            "cancel", _cancel, since=("requires_input",), becomes="canceled", event=f"{TYPE}.canceled",
            refuse=lambda call, session: _not_now(call, session, "cancel"),
        ),
        Action("redact", _redact, since=("requires_input", "verified", "canceled")),
    ),
)  # fmt: skip
LISTS[f"{TYPE}.verified_outputs"] = Listed(f"{TYPE}.verified_outputs", reports.outputs)
LINKS[f"{TYPE}.verified_outputs"] = dict.fromkeys(("dob", "id_number"), "")
OPERATIONS: Final = SESSIONS.operations()
