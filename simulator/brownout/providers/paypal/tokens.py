"""`paypal.token`: what an application gets for its id and secret.

Asking again returns the same token, with what is left of its life, until that has passed. (Three sandbox answers
recorded in 2025, whose `expires_in` is 32400 less the age that `nonce` and `Date` tell; developer.paypal.com,
Authentication; error texts from issues of PayPal's own SDKs; read 2026-11-23.)
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from brownout.core.causes import LIVE, POST_FOR_BASIC
from brownout.core.errors import Refused
from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.core.tokens import TokenRules
from brownout.providers.paypal.access import TOKEN_PATH, app_of, draw_token, presented_client

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.core.tokens import Token
    from brownout.providers.paypal.options import PayPalOptions

OWN_RULES: Final = TokenRules(access_ttl_seconds=32_400.0)
_SERVICES: Final = "https://uri.paypal.com/services/"
PAY_SCOPE: Final = f"{_SERVICES}payments/payment/authcapture"
REFUND_SCOPE: Final = f"{_SERVICES}payments/refund"
WEBHOOKS_SCOPE: Final = f"{_SERVICES}applications/webhooks"
PAYOUTS_SCOPE: Final = "https://uri.paypal.com/payments/payouts"
VAULT_SCOPE: Final = f"{_SERVICES}vault/payment-tokens/readwrite"
VAULT_READ_SCOPE: Final = f"{_SERVICES}vault/payment-tokens/read"
DISPUTES_READ_SCOPE: Final = f"{_SERVICES}disputes/read-seller"
DISPUTES_SCOPE: Final = f"{_SERVICES}disputes/update-seller"
SUBSCRIPTIONS_SCOPE: Final = f"{_SERVICES}subscriptions"
SEARCH_SCOPE: Final = f"{_SERVICES}reporting/search/read"
BALANCES_SCOPE: Final = f"{_SERVICES}reporting/balances/read"
SCOPES: Final = (
    f"{_SERVICES}payments/futurepayments",
    f"{_SERVICES}invoicing",
    VAULT_READ_SCOPE,
    f"{_SERVICES}disputes/read-buyer",
    f"{_SERVICES}payments/realtimepayment",
    DISPUTES_SCOPE,
    "openid",
    DISPUTES_READ_SCOPE,
    PAY_SCOPE,
    REFUND_SCOPE,
    "https://api.paypal.com/v1/vault/credit-card",
    "https://api.paypal.com/v1/payments/.*",
    PAYOUTS_SCOPE,
    "https://api.paypal.com/v1/vault/credit-card/.*",
    SUBSCRIPTIONS_SCOPE,
    WEBHOOKS_SCOPE,
    VAULT_SCOPE,
    "Braintree:Vault",
    SEARCH_SCOPE,
    BALANCES_SCOPE,
)
"""What an application in the sandbox has by default, and with the feature Transaction Search switched on."""
_ALL: Final = frozenset(SCOPES)
_HEADERS: Final = {"Pragma": "no-cache", "X-Paypal-Token-Service": "IAAS"}


def _token(call: Call) -> Answer:
    client = _authenticated(call)
    grant = call.params.get("grant_type")
    if grant != "client_credentials":
        said = "unsupported grant_type" if grant else "Grant Type is NULL"
        raise _refused("unsupported_grant_type", said, "grant_unsupported")
    scopes = _scopes(call.params.get("scope"))
    held = call.table("access").get(_place(client, scopes))
    token = call.world.tokens.find(call.provider, held["text"]) if held is not None else None
    if held is None or token is None or not _reusable(call, token):
        token, held = _issue(call, client, scopes)
    else:
        call.stateful = True  # which call was first to ask was a matter of time
    return _answer(call, client, token, held["nonce"])


def _authenticated(call: Call) -> str:
    """Return the id of the client that asks.

    Raises:
        Refused: if it can't be one, or its secret isn't the one that the options name, or it was revoked.
    """
    client = presented_client(call.headers)
    if client is None:
        raise _unknown(POST_FOR_BASIC if "client_id" in call.params else None)
    options: PayPalOptions = call.world.options(call.provider)
    tokens = call.world.tokens
    if tokens.key_revoked(call.provider, client.id):
        raise _unknown(tokens.blame(call.provider, client.id, "token_revoked", 0.0))
    flaw: str | None = LIVE if client.id in options.live_clients else None
    flaw = flaw or call.secret_flaw(client.id, client.secret, options.clients.get(client.id))
    if flaw is not None:
        raise _unknown(flaw)
    return client.id


def _unknown(cause: str | None) -> Refused:
    return _refused("invalid_client", "Client Authentication failed", "client_unknown", 401, cause)


def _scopes(asked: str | None) -> frozenset[str]:
    """Return the scopes that are asked for, all of the application's if none are named."""
    if not asked or not asked.strip():
        return _ALL
    scopes = frozenset(asked.split())
    if not scopes <= _ALL:
        raise _refused("invalid_scope", "Requested scope is not one of this application's", "scope_invalid")
    return scopes


def _refused(code: str, description: str, error: str, status: int = 400, cause: str | None = None) -> Refused:
    body = {"error": code, "error_description": description}
    return Refused(Answer(status, body, headers=_HEADERS, error=error, cause=cause, stored=False))


def _place(client: str, scopes: frozenset[str]) -> str:
    return client if scopes is _ALL else f"{client} {' '.join(sorted(scopes))}"


def _reusable(call: Call, token: Token) -> bool:
    """Return whether the client gets this token again: it is whole, and no fault wants anything of a new one.

    One that would outlive what the present phase gives to a new token is given up too.
    """
    now = call.moment.world
    whole = token.reason(now, ahead=call.ahead_seconds) is None and token.whole
    rules = call.world.token_rules(call.provider, OWN_RULES)
    return whole and not call.imposed and token.left_seconds(now) <= rules.access_ttl_seconds


def _issue(call: Call, client: str, scopes: frozenset[str]) -> tuple[Token, dict[str, Any]]:
    rules = call.world.token_rules(call.provider, OWN_RULES)
    text = draw_token(call, client)
    token = call.issue("access", text, client_id=client, scopes=scopes, life_seconds=rules.access_ttl_seconds)
    issued = datetime.fromtimestamp(call.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    held = {"id": _place(client, scopes), "text": text, "nonce": issued + call.draw_text("nonce", 43)}
    call.table("access").put(held)
    return token, held


def _answer(call: Call, client: str, token: Token, nonce: str) -> Answer:
    """Return the answer in PayPal's order: what the client is told, which faults may have made untrue."""
    body: dict[str, Any] = {
        "scope": " ".join(scope for scope in SCOPES if scope in token.told_scopes),
        "access_token": token.text,
        "token_type": "Bearer",
        "app_id": app_of(client),
        "expires_in": call.world.clock.wire_seconds(token.left_seconds(call.moment.world)),
        "nonce": nonce,
    }
    if token.told_seconds is None:
        del body["expires_in"]
    return Answer(200, body, headers=_HEADERS)


OPERATIONS: Final = (
    Operation(name="paypal.token", method="POST", path=TOKEN_PATH, run=_token, effect="token", public=True),
)
