"""Who asks: applications at the token endpoint, and bearer tokens, whose text tells whose they are.

A token is `A21AA`, thirteen characters fixed by the client's id, and 79 drawn ones: so its account is known before
anybody has verified it, and limits and faults at the edge go by it.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from brownout.core.chance import Chance
from brownout.core.exchange import Answer, Credential
from brownout.providers.paypal.errors import ANYWHERE, envelope
from brownout.providers.paypal.options import is_client_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.exchange import Exchange, Request
    from brownout.core.operation import Call
    from brownout.core.sandbox import Sandbox

_FAMILIES: Final = {
    "/v2/payments/": "payments",
    "/v3/vault/": "payment-tokens/v3",
    "/v1/billing/": "subscriptions/v1",
    "/v1/catalogs/": "catalog-products/v1",
    "/v1/customer/disputes": "customer-disputes/v1",
    "/v1/payments/payouts": "payments.payouts-batch/v1",
    "/v1/reporting/": "transaction-search/v1",
}
"""Beginning of a path to where its errors are documented."""
TOKEN_PATH: Final = "/v1/oauth2/token"  # noqa: S105 - a path
PREFIX: Final = "A21AA"
LETTERS: Final = 97
_STEM: Final = slice(len(PREFIX), len(PREFIX) + 13)
_MERCHANTS: Final = Chance(0, "paypal", "merchant")
_APPS: Final = Chance(0, "paypal", "app")
_PAYERS: Final = Chance(0, "paypal", "payer")


class Client(NamedTuple):
    """An application as Basic presents it: nothing is verified."""

    id: str
    secret: str


@lru_cache(maxsize=4096)
def merchant_of(client_id: str) -> str:
    """Return the merchant id of a client's account: the same for the same client, in every world."""
    return _MERCHANTS.text(client_id.encode("utf-8", "surrogatepass"), 13).upper()


@lru_cache(maxsize=4096)
def payee_of(account: str) -> str:
    """Return the merchant id to show for an account: its own name, unless a scenario's `accounts` gave it another."""
    own = len(account) == 13 and account.isascii() and account.isalnum() and account.isupper()
    return account if own else merchant_of(account)


@lru_cache(maxsize=4096)
def app_of(client_id: str) -> str:
    """Return the id of a client's REST application."""
    return "APP-" + _APPS.text(client_id.encode(), 17).upper()


@lru_cache(maxsize=4096)
def payer_of(account: str) -> str:
    """Return the id of the sandbox buyer who pays this account."""
    return _PAYERS.text(account.encode("utf-8", "surrogatepass"), 13).upper()


def draw_token(call: Call, client_id: str) -> str:
    """Return the text of a new token."""
    drawn = call.draw_text("token", 64) + call.draw_text("token", LETTERS - _STEM.stop - 64)
    return f"{PREFIX}{merchant_of(client_id)}{drawn}"


def presented_client(headers: Mapping[str, str]) -> Client | None:
    """Return the client that Basic names, None if it names none."""
    scheme, _, value = headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = b64decode(value.strip(), validate=True).decode().partition(":")
    except (Base64Error, UnicodeDecodeError, ValueError):
        return None
    return Client(name, secret) if colon and is_client_id(name) else None


def credential(request: Request) -> Credential | None:
    """Return the client at the token endpoint, anywhere else a bearer token that could be one of PayPal's."""
    if request.path == TOKEN_PATH:
        client = presented_client(request.headers)
        return Credential("client", client.id, merchant_of(client.id), client=client.id) if client is not None else None
    text = _bearer(request.headers)
    if text is None or not text.startswith(PREFIX) or len(text) != LETTERS:
        return None
    stem = text[_STEM]
    return Credential("bearer", text, stem) if stem.isascii() and stem.isalnum() else None


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, text = headers.get("Authorization", "").strip().partition(" ")
    return text.strip() or None if scheme.lower() == "bearer" else None


def authorise(exchange: Exchange, world: Sandbox) -> Answer | None:
    """Return the refusal of a token that isn't good for this operation, None if it is.

    A missing one is refused in the REST envelope, a dead one in OAuth's, as PayPal does.
    """
    text = _bearer(exchange.request.headers)
    if text is None:
        return Answer(401, envelope(401, exchange.request_id), error="token_missing", stored=False)
    needed = exchange.operation.scopes
    reason = world.tokens.examine("paypal", text, world.moment.world, needed=needed).reason
    if reason is None:
        return None
    if reason == "scope_missing":
        return denied(exchange, error=reason)
    return dead(error=reason)


def dead(*, error: str) -> Answer:
    """Return the refusal of a token that is unknown, expired or revoked: PayPal doesn't say which."""
    body = {"error": "invalid_token", "error_description": "Access Token not found in cache"}
    return Answer(401, body, error=error, stored=False)


def denied(exchange: Exchange, *, error: str) -> Answer:
    """Return the refusal of a token without the scope that the operation needs."""
    issue = "PERMISSION_DENIED"
    body = envelope(
        403, exchange.request_id, family=family_of(exchange.request.path), issue=issue,
        description=ANYWHERE[403][issue],
    )  # fmt: skip
    return Answer(403, body, error=error, stored=False)


def family_of(path: str) -> str:
    """Return under which API's errors a path is documented."""
    return next((family for prefix, family in _FAMILIES.items() if path.startswith(prefix)), "orders")
