"""OAuth of Connect: the owner of an account lets a platform in, and a key for it is handed over.

`GET /oauth/authorize` (or `/express/oauth/authorize`) is a page; a person presses a button, a test posts
`result=approve` or `deny` to the same address, and may name the `account` to connect: an ordinary test account is made
otherwise. The code that comes back buys a key (`sk_test_51…`, which opens that account) once, within five minutes.
Whose an application (`ca_…`) is, shows when its first code is bought. (Stripe docs, Connect: OAuth reference; words of
refusals in public logs: stripe-java issue 251, stripe-node pull request 602, stripe-php issue 1111,
omniauth-stripe-connect issue 52; read 2026-11-24. The words of the others aren't documented: they are ours.)
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from brownout.core.errors import Refused
from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.stripe import keys, platforms
from brownout.providers.stripe.connect.accounts import new_account_id
from brownout.providers.stripe.connect.whose import own
from brownout.providers.stripe.deliveries import of_platform
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.options import has_host
from brownout.providers.stripe.pages import SHOWN_LETTERS, html, sent_to

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.core.store import Table

CODE_SECONDS: Final = 300
_EVERYBODYS: Final = "*"
_CLIENT: Final = re.compile(r"ca_[A-Za-z0-9_]{1,100}")
_ACCOUNT: Final = re.compile(r"acct_1[A-Za-z0-9]{15}")
_SCOPES: Final = ("read_only", "read_write")
_BUTTONS: Final = (
    '<form method="post" action="{action}">\n'
    '<button name="result" value="approve">Connect a test account</button>\n'
    '<button name="result" value="deny">Deny</button></form>\n'
)


def _table(call: Call, name: str) -> Table:
    """Return a table that belongs to no account."""
    return call.world.store.table(_EVERYBODYS, f"stripe.{name}")


def _refused(error: str, description: str) -> Refused:
    """Return a refusal in the form of RFC 6749, which Stripe has for these endpoints."""
    status = 401 if error == "invalid_client" else 400
    body = {"error": error, "error_description": description}
    return Refused(Answer(status, body, error=error, stored=False))


def _text(call: Call, name: str) -> str | None:
    given = call.params.get(name)
    return given if isinstance(given, str) and given else None


# ---------------------------------------------------------------- the page


def _asked(call: Call) -> Answer | None:
    """Return how a visit ends at once, because of what it asks for; None if it may be answered."""
    client, back = _text(call, "client_id"), _text(call, "redirect_uri")
    if client is None or _CLIENT.fullmatch(client) is None:
        said = "No application matches the supplied client identifier: it has to begin with ca_."
        return html("Not connected", said, status=400, error="invalid_client")
    if back is not None and not (back.startswith(("http://", "https://")) and has_host(back)):
        said = f"Invalid redirect URI: {back[:SHOWN_LETTERS]!r}. It has to begin with http:// or https://."
        return html("Not connected", said, status=400, error="invalid_redirect_uri")
    kind, scope = _text(call, "response_type"), _text(call, "scope")
    if kind != "code":
        error = "invalid_request" if kind is None else "unsupported_response_type"
        return _back(call, {"error": error, "error_description": "response_type must be 'code'"})
    if scope is not None and scope not in _SCOPES:
        return _back(call, {"error": "invalid_scope", "error_description": f"Invalid scope provided: {scope}"})
    return None


def _back(call: Call, query: dict[str, str]) -> Answer:
    """Send the visitor back to the platform, or show what it would have been told."""
    state, back = _text(call, "state"), _text(call, "redirect_uri")
    told = query | ({"state": state} if state is not None else {})
    if back is None:
        status = 400 if "error" in query else 200
        said = "The platform named no redirect_uri to be told at: " + urlencode(told)
        return html("Back to the platform", said, status=status, error=query.get("error"))
    return sent_to(back, told)


def _show(call: Call) -> Answer:
    wrong = _asked(call)
    if wrong is not None:
        return wrong
    known = {name: one for name, one in call.params.items() if isinstance(one, str)}
    action = escape(f"{call.base_url}/oauth/authorize?{urlencode(known)}")
    scope = (_text(call, "scope") or _SCOPES[0]).replace("_", " ")
    said = f"{call.params['client_id']} wants to act for an account of yours ({scope})."
    return html("Connect with Stripe", said, _BUTTONS.format(action=action))


def _answer(call: Call) -> Answer:
    wrong = _asked(call)
    if wrong is not None:
        return wrong
    result, account = call.params.get("result"), _text(call, "account")
    if result == "deny":
        return _back(call, {"error": "access_denied", "error_description": "The user denied your request"})
    if result != "approve":
        return html("No such result", "Say approve or deny.", status=400, error="no_such_result")
    if account is not None and _ACCOUNT.fullmatch(account) is None:
        return html("No such account", "An account's id is acct_1 and 15 letters.", status=400, error="no_such_account")
    code, scope = f"ac_{call.draw_text('code', 32)}", _text(call, "scope") or _SCOPES[0]
    _table(call, "oauth_code").put({
        "id": code, "account": account or new_account_id(call), "client": call.params["client_id"],
        "expires_at": call.now + CODE_SECONDS, "keys": [], "scope": scope, "used": False,
    })  # fmt: skip
    return _back(call, {"scope": scope, "code": code})


# ---------------------------------------------------------------- tokens


def _platform(call: Call) -> str:
    """Return the account of the key that a call is made with, in its header or as `client_secret`."""
    secret = _text(call, "client_secret")
    presented = keys.credential(call.headers if secret is None else {"Authorization": f"Bearer {secret}"})
    if presented is None or presented.kind == "publishable" or keys.is_bad(presented, call.world):
        shown = keys.masked(presented.secret) if presented is not None and presented.secret else "none"
        raise _refused("invalid_client", f"No such API key: {shown}")
    return call.world.plan.accounts.get(presented.account, presented.account)


def _owns(call: Call, platform: str, client: str) -> bool:
    """Return whether an application is the platform's; nobody's becomes that of whoever uses it first."""
    row = _table(call, "oauth_client").get(client)
    if row is None:
        _table(call, "oauth_client").put({"id": client, "account": platform})
        return True
    return bool(row["account"] == platform)


def _token(call: Call) -> Answer:
    platform, kind = _platform(call), _text(call, "grant_type")
    if kind is None:
        raise _refused("invalid_request", "No grant type specified")
    if kind == "authorization_code":
        return _buy(call, platform)
    if kind == "refresh_token":
        return _refresh(call, platform)
    raise _refused("unsupported_grant_type", f"Unsupported grant type: {kind}")


def _buy(call: Call, platform: str) -> Answer:
    """Hand over a key for a code, which connects the account."""
    given = _text(call, "code")
    if given is None:
        raise _refused("invalid_request", "No authorization code provided")
    code = _table(call, "oauth_code").get(given)
    if code is None:
        raise _refused("invalid_grant", f"Authorization code does not exist: {given}")
    if not _owns(call, platform, code["client"]):
        raise _refused("invalid_grant", "Authorization code provided does not belong to you")
    if code["used"]:
        for one in code["keys"]:
            platforms.revoke_key(call.world, code["account"], one)
        message = "This authorization code has already been used. All tokens issued with this code have been revoked."
        raise _refused("invalid_grant", message)
    if code["expires_at"] <= call.now:
        raise _refused("invalid_grant", f"Authorization code expired: {given}")
    code["used"] = True
    inner = call.within(code["account"])
    account = own(inner)
    platforms.connect(call.world, platform, account["id"], by="oauth", scope=code["scope"])
    call.within(platform).table("account").put(account)
    emit(inner, "account.application.authorized", _application(code["client"]), to=of_platform(call.world, platform))
    refresh = f"rt_{call.draw_text('refresh', 28)}"
    _table(call, "oauth_refresh").put({"id": refresh, "platform": platform, "code": code})
    return _handed(call, platform, code, refresh, code["scope"])


def _refresh(call: Call, platform: str) -> Answer:
    """Hand over another key, for no more than the first was for."""
    given, scope = _text(call, "refresh_token"), _text(call, "scope")
    if given is None:
        raise _refused("invalid_request", "No refresh token provided")
    row = _table(call, "oauth_refresh").get(given)
    if row is None or not platforms.connected(call.world, row["platform"], row["code"]["account"]):
        raise _refused("invalid_grant", f"Refresh token does not exist: {given}")
    if row["platform"] != platform:
        raise _refused("invalid_grant", "Refresh token provided does not belong to you")
    most = row["code"]["scope"]
    if scope is not None and (scope not in _SCOPES or _SCOPES.index(scope) > _SCOPES.index(most)):
        raise _refused("invalid_scope", f"The requested scope {scope} exceeds {most}, which the account granted")
    return _handed(call, platform, row["code"], given, scope or most)


def _handed(call: Call, platform: str, code: dict[str, Any], refresh: str, scope: str) -> Answer:
    account = code["account"]
    letters = f"test_51{account.removeprefix('acct_1')}{call.draw_text('key', 32)}"
    key = f"sk_{letters}"
    platforms.give_key(call.world, platform, account, key, scope=scope)
    platforms.give_key(call.world, platform, account, f"pk_{letters}", scope=scope)
    code["keys"] += [key, f"pk_{letters}"]
    return Answer(200, {
        "access_token": key,
        "livemode": False,
        "refresh_token": refresh,
        "scope": scope,
        "stripe_publishable_key": f"pk_{letters}",
        "stripe_user_id": account,
        "token_type": "bearer",
    })  # fmt: skip


def _application(client: str) -> dict[str, Any]:
    return {"id": client, "object": "application", "name": "Test application"}


def _deauthorize(call: Call) -> Answer:
    platform, client, account = _platform(call), _text(call, "client_id"), _text(call, "stripe_user_id")
    if client is None or account is None:
        lacking = "client_id" if client is None else "stripe_user_id"
        raise _refused("invalid_request", f"No {lacking} provided")
    if _CLIENT.fullmatch(client) is None or not _owns(call, platform, client):
        raise _refused("invalid_client", f"No such application: '{client}'")
    if not platforms.connected(call.world, platform, account):
        message = f"This application is not connected to stripe account {account}, or that account does not exist."
        raise _refused("invalid_client", message)
    heard = of_platform(call.world, platform)
    platforms.disconnect(call.world, platform, account)
    call.within(platform).table("account").remove(account)
    emit(call.within(account), "account.application.deauthorized", _application(client), to=heard)
    return Answer(200, {"stripe_user_id": account})


_KEYS: Final = ("body.client_id",)
OPERATIONS: Final = (
    *(
        Operation(
            name=f"stripe.{name}.{verb}", method=method, path=path, run=run, public=True, key_objects=_KEYS,
            effect="write" if method == "POST" else "read",
        )
        for name, path in (("oauth", "/oauth/authorize"), ("oauth_express", "/express/oauth/authorize"))
        for verb, method, run in (("authorize", "GET", _show), ("answer", "POST", _answer))
    ),
    Operation(
        name="stripe.oauth.token", method="POST", path="/oauth/token", run=_token, effect="write", public=True,
    ),
    Operation(
        name="stripe.oauth.deauthorize", method="POST", path="/oauth/deauthorize", run=_deauthorize, effect="write",
        public=True, key_objects=("body.stripe_user_id",),
    ),
)  # fmt: skip
