"""The page behind a session's `url`: a person chooses how their verification ends and who they are; a test posts it.

(Stripe docs, Verify your users' identity documents: test mode has such a page, on which the outcome is chosen; read
2026-11-24. How it looks, and what it takes, is ours.)
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import did_you_mean
from brownout.core.operation import Operation
from brownout.providers.stripe.identity import people
from brownout.providers.stripe.identity.outcomes import OUTCOMES, VERIFIED, possible
from brownout.providers.stripe.identity.sessions import PAGES, PATH, TYPE, parts, submit
from brownout.providers.stripe.pages import html, of_any_account, sent_to

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call
    from brownout.providers.stripe.identity.people import Somebody

_FORM: Final = '<form method="post">\n{fields}<button>Submit</button>\n</form>\n'
_SELECT: Final = '<label>Outcome<select name="outcome">{options}</select></label>\n'
_OPTION: Final = '<option value="{value}">{label}</option>'
_INPUT: Final = '<label>{label}<input name="{name}" value="{value}" type="{kind}"></label>\n'
_ALERT: Final = '<p role="alert">{said}</p>\n'
_LABELS: Final = {"dob": "Date of birth", "line1": "Address", "id_number": "ID number", "expires": "Expires on"}
_TITLE: Final = "Verify your identity"


def _show(call: Call) -> Answer:
    session, answer = _session(call)
    return answer if session is None else _page(call, session)


def _submit(call: Call) -> Answer:
    session, answer = _session(call)
    if session is None:
        return answer
    outcomes = possible(parts(session))
    outcome = call.params.get("outcome", VERIFIED)
    if outcome not in outcomes:
        return _page(call, session, _not_possible(outcome, parts(session), outcomes))
    try:
        who = people.read(call.params, _usual(call, session))
    except people.WrongError as wrong:
        return _page(call, session, str(wrong))
    beside = call.table("identity_return").get(session["id"])

    submit(call, session, outcome, who)
    if beside is not None and beside["url"] is not None:
        return sent_to(beside["url"], {})
    return html("Thank you", f"{session['id']} is {session['status']}. You can close this window.")


def _not_possible(outcome: Any, checked: tuple[str, ...], outcomes: list[str]) -> str:
    if isinstance(outcome, str) and outcome in OUTCOMES:
        return f"outcome: this session checks {' and '.join(checked)} only, so it can't end in {outcome}."
    return f"outcome: {did_you_mean(str(outcome), outcomes)}"


def _session(call: Call) -> tuple[dict[str, Any] | None, Answer]:
    """Return the session of a visit, or else what to answer."""
    gone = html("This link is no longer valid", "Ask for another one.", status=404, error="resource_missing")
    page = of_any_account(call, PAGES, call.path["page"])
    session = call.table(TYPE).get(page["session"]) if page is not None else None
    if session is None:
        return None, gone
    if session["status"] != "requires_input":
        return None, html("Nothing to do", f"{session['id']} is {session['status']}.")
    return session, gone


def _usual(call: Call, session: dict[str, Any]) -> Somebody:
    allowed = (session["options"].get("document") or {}).get("allowed_types") or people.DOCUMENTS
    return people.usual(call, session["id"], tuple(allowed))


def _page(call: Call, session: dict[str, Any], wrong: str | None = None) -> Answer:
    """Return the form, with what was sent in it; `wrong` says what can't be."""
    options = "".join(
        _OPTION.format(value=one, label=one if one == VERIFIED else f"{one}: {escape(OUTCOMES[one].reason)}")
        for one in possible(parts(session))
    )
    fields = _SELECT.format(options=options)
    for name, usual in _usual(call, session).values.items():
        sent = call.params.get(name)
        value = sent if isinstance(sent, str) and sent else usual
        label = _LABELS.get(name, name.replace("_", " ").capitalize())
        kind = "date" if name in people.DATES else "text"
        fields += _INPUT.format(label=label, name=name, value=escape(value[: people.LETTERS_MOST]), kind=kind)
    alert = "" if wrong is None else _ALERT.format(said=escape(wrong))
    said = f"Choose how {session['id']} ends, and who you are."
    error = None if wrong is None else "wrong_form"
    return html(_TITLE, said, alert + _FORM.format(fields=fields), status=200 if wrong is None else 400, error=error)


OPERATIONS: Final = (
    Operation(name="stripe.identity.pages.show", method="GET", path=f"{PATH}/{{page}}", run=_show, public=True),
    Operation(
        name="stripe.identity.pages.submit", method="POST", path=f"{PATH}/{{page}}", run=_submit, effect="write",
        public=True,
    ),
)  # fmt: skip
