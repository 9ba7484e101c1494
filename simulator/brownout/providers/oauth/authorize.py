"""`oauth.authorize` and `oauth.authorize.decide`: a client asks for somebody's consent, and they give it or don't.

What is wrong with the client or its redirect_uri is shown to whoever sits at the browser; everything else is told the
client, where it is led back to. (RFC 6749 §4.1.1, §4.1.2, §3.1.2; RFC 7636 §4.3, §4.4.1; RFC 9207 §2; RFC 9700 §2.1.1,
§4.12; OpenID Connect Core §3.1.2.1; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

from brownout.core import causes
from brownout.core.errors import Refused
from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.core.tokens import Challenge, Code
from brownout.core.tokens.pkce import VERIFIER
from brownout.providers.oauth.credentials import draw
from brownout.providers.oauth.errors import journal_word, shown
from brownout.providers.oauth.forms import GRANTED
from brownout.providers.oauth.options import is_client_id
from brownout.providers.oauth.pages import Row, consent_page, error_page
from brownout.providers.oauth.registrations import is_redirect_uri

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.providers.oauth.options import OAuthOptions

_TEXT_MOST: Final = 2_048
_SUBJECT_MOST: Final = 255
_HANDED_ON: Final = ("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
                     "code_challenge_method", "login_hint", "include_granted_scopes")  # fmt: skip
"""What the page sends back with the decision, so that nothing has to be remembered meanwhile."""


class Asked(NamedTuple):
    """A request for consent that can be decided on. `sent_uri` is its redirect_uri as sent, None if it was left out."""

    client: str
    uri: str
    sent_uri: str | None
    state: str | None
    scopes: frozenset[str]
    challenge: Challenge | None
    nonce: str | None
    subject: str
    prompt: str | None
    all_granted: bool


def _authorize(call: Call) -> Answer:
    asked = _asked(call)
    options: OAuthOptions = call.world.options(call.provider)
    before = call.world.tokens.consents.scopes(call.provider, asked.client, asked.subject)
    if options.consent == "auto" or (asked.scopes <= before and asked.prompt != "consent"):
        call.stateful = call.stateful or options.consent == "page"
        return _approve(call, asked, asked.scopes, 302)
    if asked.prompt == "none":
        raise _led_back(call, asked.uri, asked.state, "consent_required", "Nobody has consented to this yet.")
    rows = [Row(scope, granted=scope in before) for scope in sorted(asked.scopes)]
    hidden = {name: call.params[name] for name in _HANDED_ON if name in call.params}
    return consent_page(asked.client, asked.subject, rows, hidden, action=f"{call.base_url}/authorize/decision")


def _decide(call: Call) -> Answer:
    asked = _asked(call)
    decision = call.params.get("decision")
    if decision == "deny":
        raise _led_back(call, asked.uri, asked.state, "access_denied", "The request was denied.", 303)
    if decision != "approve":
        raise _shown("invalid_request", "decision must be approve or deny.")
    ticked = frozenset(call.params.get(GRANTED, ()))
    if not ticked and "granular" not in call.params:
        ticked = asked.scopes  # a program that approves in one call, rather than a page with every box left empty
    if not ticked <= asked.scopes:
        raise _shown("invalid_request", "granted names a scope that was not asked for.")
    if not ticked:
        raise _led_back(call, asked.uri, asked.state, "access_denied", "No scope was granted.", 303)
    return _approve(call, asked, ticked, 303)


def _approve(call: Call, asked: Asked, scopes: frozenset[str], status: int) -> Answer:
    """Remember the consent and lead back with a code."""
    now, tokens = call.moment.world, call.world.tokens
    options: OAuthOptions = call.world.options(call.provider)
    whole = tokens.consents.give(call.provider, asked.client, asked.subject, scopes, now)
    tokens.unblock(call.provider, asked.client, asked.subject)
    text = draw(call, "code", asked.client)
    tokens.codes.keep(
        Code(
            text=text,
            provider=call.provider,
            client_id=asked.client,
            subject=asked.subject,
            scopes=whole.scopes if asked.all_granted else scopes,
            asked=asked.scopes,
            redirect_uri=asked.sent_uri,
            challenge=asked.challenge,
            nonce=asked.nonce,
            family=call.draw_text("grant", 12),
            grant_at=now,
            expires_at=now + options.code_ttl,
        )
    )
    return _back(asked.uri, {"code": text, "state": asked.state, "iss": call.base_url}, status)


# ---------------------------------------------------------------- what is asked


def _asked(call: Call) -> Asked:
    """Return what is asked for.

    Raises:
        Refused: with a page if it can't be known where to lead back to, else with a redirect.
    """
    client, uri = _destination(call)
    params, state = call.params, call.params.get("state")
    wanted = params.get("response_type")
    if wanted is None:
        raise _led_back(call, uri, state, "invalid_request", "response_type is missing.")
    if wanted != "code":
        raise _led_back(call, uri, state, "unsupported_response_type", "response_type must be code.")
    options: OAuthOptions = call.world.options(call.provider)
    grants = options.registration(client).grants
    if grants and "authorization_code" not in grants:
        raise _led_back(call, uri, state, "unauthorized_client", "The client may not ask for codes.")
    subject = params.get("login_hint", options.subject)
    if len(subject) > _SUBJECT_MOST or not subject.isprintable():
        raise _led_back(call, uri, state, "invalid_request", "login_hint must be printable and not above 255 letters.")
    if len(params.get("nonce", "")) > _TEXT_MOST:
        raise _led_back(call, uri, state, "invalid_request", "nonce is too long.")
    return Asked(
        client=client,
        uri=uri,
        sent_uri=params.get("redirect_uri"),
        state=state,
        scopes=_scopes(call, client, uri, state, options),
        challenge=_challenge(call, client, uri, state, options),
        nonce=params.get("nonce"),
        subject=subject,
        prompt=params.get("prompt"),
        all_granted=params.get("include_granted_scopes") == "true",
    )


def _destination(call: Call) -> tuple[str, str]:
    """Return the client and where to lead back to, once both are beyond doubt (RFC 6749 §4.1.2.1)."""
    options: OAuthOptions = call.world.options(call.provider)
    client = call.params.get("client_id")
    if client is None:
        raise _shown("invalid_request", "client_id is missing.")
    if not is_client_id(client):
        raise _shown("invalid_request", "client_id can not be the id of a client.")
    if client in options.live_clients:
        raise _shown("invalid_client", "There is no client of this id.", causes.LIVE)
    if call.world.plan.credentials == "closed" and not options.knows(client):
        raise _shown("invalid_client", "There is no client of this id.", "unknown client")
    registration = options.registration(client)
    uri = call.params.get("redirect_uri")
    if uri is None:
        if len(registration.redirect_uris) != 1:
            raise _shown("invalid_request", "redirect_uri is missing.", causes.WRONG_REDIRECT)
        return client, registration.redirect_uris[0]
    if len(uri) > _TEXT_MOST or not is_redirect_uri(uri) or not registration.leads_to(uri):
        message = "redirect_uri is not, letter by letter, one that the client registered."
        raise _shown("invalid_request", message, causes.WRONG_REDIRECT)
    return client, uri


def _scopes(call: Call, client: str, uri: str, state: str | None, options: OAuthOptions) -> frozenset[str]:
    most = options.scopes_of(client)
    text = call.params.get("scope")
    scopes = most if text is None else frozenset(text.split(" ")) - {""}
    beyond = sorted(scopes - most)
    if beyond or not scopes:
        said = f"{shown(beyond[0])} is not a scope that the client may have." if beyond else "scope names nothing."
        raise _led_back(call, uri, state, "invalid_scope", said)
    return scopes


def _challenge(call: Call, client: str, uri: str, state: str | None, options: OAuthOptions) -> Challenge | None:
    """Return the code challenge; a method that isn't said is plain (RFC 7636 §4.3)."""
    text, method = call.params.get("code_challenge"), call.params.get("code_challenge_method", "plain")
    if text is None:
        if options.registration(client).auth == "none" or options.pkce == "all":
            raise _led_back(call, uri, state, "invalid_request", "code challenge required")
        return None
    if method not in ("S256", "plain") or (method == "plain" and not options.pkce_plain):
        said = "transform algorithm not supported: code_challenge_method must be S256"
        raise _led_back(call, uri, state, "invalid_request", said)
    if not VERIFIER.fullmatch(text):
        said = "code_challenge must be 43 to 128 unreserved characters."
        raise _led_back(call, uri, state, "invalid_request", said)
    return Challenge(text, "S256" if method == "S256" else "plain")


# ---------------------------------------------------------------- ways back


def _led_back(call: Call, uri: str, state: str | None, code: str, description: str, status: int = 0) -> Refused:
    """Return a refusal that the client is told, by a redirect (RFC 6749 §4.1.2.1)."""
    told = {"error": code, "error_description": description, "state": state, "iss": call.base_url}
    return Refused(_back(uri, told, status or (302 if "decision" not in call.params else 303), journal_word(code)))


def _back(uri: str, params: dict[str, str | None], status: int, error: str | None = None) -> Answer:
    """Return a redirect to the client: 303 after a POST, so that no browser posts its form there (RFC 9700 §4.12)."""
    parts = urlsplit(uri)
    given = urlencode({name: value for name, value in params.items() if value is not None})
    where = urlunsplit(parts._replace(query=f"{parts.query}&{given}" if parts.query else given))
    headers = {"Location": where, "Content-Type": "text/html; charset=utf-8", "Referrer-Policy": "no-referrer"}
    return Answer(status, b"", headers=headers, error=error, stored=False)


def _shown(code: str, description: str, cause: str | None = None) -> Refused:
    """Return a refusal that only the person at the browser sees: nobody knows yet who could be told."""
    return Refused(error_page(code, description, cause=cause))


OPERATIONS: Final = (
    Operation(name="oauth.authorize", method="GET", path="/authorize", run=_authorize, public=True),
    Operation(
        name="oauth.authorize.decide",
        method="POST",
        path="/authorize/decision",
        run=_decide,
        effect="write",
        public=True,
    ),
)
