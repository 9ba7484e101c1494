"""API keys: reading them, whose account they open, and refusing those that aren't good here.

Any well-formed test key is accepted, unless the scenario closes the list or a fault revoked it. Live-looking keys
never are, and no answer repeats one. A platform's key may act for accounts that are connected to its own. (Stripe docs,
API keys, API reference: Authentication, Connected accounts; recorded test-mode answers, that of an expired key in
stripe-cli pull request 792; the words of a missing permission in st-paywall issue 36 and others; read 2026-11-24.)
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from brownout.core.causes import LIVE
from brownout.core.chance import Chance
from brownout.core.exchange import Answer, Credential
from brownout.providers.stripe import permissions, platforms
from brownout.providers.stripe.errors import INVALID, envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.exchange import Exchange
    from brownout.core.sandbox import Sandbox
    from brownout.providers.stripe.options import StripeOptions

_TEST_KEY: Final = re.compile(r"(sk|rk|pk)_test_([A-Za-z0-9_]{1,250})")
_LIVE_KEY: Final = re.compile(r"(sk|rk|pk|ek)_live_")
_ACCOUNT: Final = re.compile(r"acct_[A-Za-z0-9]{6,}")
_OWN_ACCOUNT: Final = re.compile(r"51([A-Za-z0-9]{15})[A-Za-z0-9]")
_KINDS: Final = {"sk": "secret", "rk": "restricted", "pk": "publishable"}
_ACCOUNTS: Final = Chance(0, "stripe", "account")

PUBLISHABLE_OPERATIONS: Final = frozenset(
    {"stripe.files.create", "stripe.payment_methods.create", "stripe.tokens.create"}
)
"""What a publishable key may call on its own."""
PUBLISHABLE_WITH_SECRET: Final = frozenset({"stripe.payment_intents.retrieve", "stripe.payment_intents.confirm"})
"""What it may call together with the object's `client_secret`."""

_NO_KEY: Final = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth "
    "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or "
    "we can help at https://support.stripe.com/."
)
_NEVER_LIVE: Final = (
    "This is Brownout, a simulator of Stripe, not Stripe. Your request carried an API key that looks live; it was "
    "neither used nor kept, but no live key belongs here. Use any test key, such as sk_test_brownout, and consider "
    "rolling the live one."
)
_PUBLISHABLE: Final = (
    "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your "
    "API keys at https://dashboard.stripe.com/account/apikeys."
)


def credential(headers: Mapping[str, str]) -> Credential | None:
    """Return the key as presented, by `Bearer` or as the user name of `Basic`; None without one."""
    header = headers.get("Authorization")
    if header is None:
        return None
    scheme, _, value = header.strip().partition(" ")
    value = value.strip()
    if scheme.lower() == "basic":
        value = _user(value)
    elif scheme.lower() != "bearer":
        return None
    if not value:
        return None
    if _LIVE_KEY.match(value) is not None:  # before anything could remember it
        return Credential("live", "", "acct_live")
    kind, account = _known(value)
    return Credential(kind, value, account)


def _user(value: str) -> str:
    try:
        return b64decode(value, validate=True).decode().partition(":")[0]
    except (Base64Error, UnicodeDecodeError):
        return ""


@lru_cache(maxsize=4096)
def _known(key: str) -> tuple[str, str]:
    """Return a key's kind and the account it opens.

    >>> _known("sk_test_51ABCDEFGHIJKLMNOxyz")
    ('secret', 'acct_1ABCDEFGHIJKLMNO')
    >>> _known("sk_test_shop")[1] == _known("pk_test_shop")[1]
    True
    """
    found = _TEST_KEY.fullmatch(key)
    if found is None:
        return "malformed", account_of(key)
    return _KINDS[found[1]], account_of(found[2])


def account_of(stem: str) -> str:
    """Return the account of every key with this stem: real keys carry theirs, others have one drawn."""
    own = _OWN_ACCOUNT.match(stem)
    return f"acct_1{own[1] if own is not None else _ACCOUNTS.text(stem.encode(), 15)}"


def masked(key: str) -> str:
    """Return a key as error messages show it: its prefix and last four characters.

    >>> masked("sk_test_abcdefgh1234"), masked("nonsense")
    ('sk_test_********1234', '****ense')
    """
    found = _TEST_KEY.fullmatch(key)
    start = found.start(2) if found is not None else 0
    hidden = len(key) - start - 4
    return f"{key[:start]}{'*' * hidden}{key[-4:]}" if hidden > 0 else f"{key[:start]}****"


def authorise(exchange: Exchange, world: Sandbox) -> Answer | None:
    """Return the refusal of a key that isn't good for this call, None if it is."""
    presented = exchange.credential
    if presented is None:
        return _unauthorised(_NO_KEY)
    if presented.kind == "live":
        return _unauthorised(_NEVER_LIVE, error="live_key", cause=LIVE)
    if presented.kind == "malformed" or shut_out(presented, world) or world.tokens.key_denied:
        return _unauthorised(f"Invalid API Key provided: {masked(presented.secret)}")
    if world.tokens.key_revoked("stripe", presented.secret):
        message = f"Expired API Key provided: {masked(presented.secret)}"
        return _unauthorised(message, code="api_key_expired", error="token_revoked")
    if presented.kind == "publishable" and not _public(exchange):
        return _unauthorised(_PUBLISHABLE, code="secret_key_required")
    return _other_account(exchange, presented, world) or _not_permitted(exchange, presented, world)


def is_bad(presented: Credential, world: Sandbox) -> bool:
    """Return whether a key opens nothing at all: for endpoints that word their refusal themselves."""
    denied = presented.kind in ("live", "malformed") or shut_out(presented, world) or world.tokens.key_denied
    return denied or world.tokens.key_revoked("stripe", presented.secret)


def shut_out(presented: Credential, world: Sandbox) -> bool:
    """Return whether only listed keys are good, and this isn't one."""
    if world.plan.credentials == "open":
        return False
    options: StripeOptions = world.options("stripe")
    known = presented.secret in options.keys or presented.secret in options.restricted_keys
    return not known and platforms.given_key(world, presented.account, presented.secret) is None


def _public(exchange: Exchange) -> bool:
    name = exchange.operation.name
    return name in PUBLISHABLE_OPERATIONS or (name in PUBLISHABLE_WITH_SECRET and "client_secret" in exchange.params)


def _wanted(exchange: Exchange) -> str | None:
    """Return the account that a request says it acts for, None if it names none.

    The last part of a `Stripe-Context` names it: what stands before are the accounts on the way there.
    """
    headers = exchange.request.headers
    named = headers.get("Stripe-Account") or headers.get("Stripe-Context")
    return named.rpartition("/")[2] or None if named else None


def acting(exchange: Exchange, world: Sandbox) -> str:
    """Return the account that a call acts for: the one it names, if that is connected to its key's own; else its own.

    A name that isn't is for `authorise` to refuse. Where ids that nobody made are conjured, accounts are too.
    """
    wanted = _wanted(exchange)
    if wanted is None or wanted == exchange.account or exchange.credential is None:
        return exchange.account
    options: StripeOptions = world.options("stripe")
    conjured = options.unknown_objects == "conjure" and _ACCOUNT.fullmatch(wanted) is not None
    return wanted if conjured or platforms.connected(world, exchange.account, wanted) else exchange.account


def no_access_message(key: str, wanted: str) -> str:
    """Return the words for an account that isn't connected to a key's own."""
    return (
        f"The provided key '{masked(key)}' does not have access to account '{wanted}' (or that account does not "
        f"exist). Application access may have been revoked."
    )


def _other_account(exchange: Exchange, presented: Credential, world: Sandbox) -> Answer | None:
    """Refuse an account that isn't connected to the key's own, and a key of an account that was disconnected since."""
    wanted = _wanted(exchange)
    given = platforms.given_key(world, presented.account, presented.secret)
    if given is not None and given["revoked"]:
        wanted = presented.account
    elif wanted is None or wanted in (exchange.account, presented.account):
        return None
    message = no_access_message(presented.secret, wanted)
    return Answer(403, envelope(INVALID, message, code="account_invalid"), error="account_invalid", stored=False)


def _not_permitted(exchange: Exchange, presented: Credential, world: Sandbox) -> Answer | None:
    """Refuse what a restricted key wasn't given permission for."""
    options: StripeOptions = world.options("stripe")
    table = options.restricted_keys.get(presented.secret) if options.restricted_keys else None
    given = platforms.given_key(world, presented.account, presented.secret)
    if given is not None and given["scope"] == "read_only":
        table = {permissions.ALL_OTHERS: "read"}
    if table is None:
        return None
    operation = exchange.operation
    lacking = permissions.lacking(table, operation.path, reads=operation.effect == "read")
    if lacking is None:
        return None
    message = (
        f"The provided key '{masked(presented.secret)}' does not have the required permissions for this endpoint on "
        f"account '{exchange.account}'. Having the '{lacking}' permission would allow this request to continue."
    )
    return Answer(403, envelope(INVALID, message), error="permission", stored=False)


def _unauthorised(
    message: str, *, code: str | None = None, error: str | None = None, cause: str | None = None
) -> Answer:
    body = envelope(INVALID, message, code=code)
    return Answer(401, body, error=error or code or "unauthorised", cause=cause, stored=False)
