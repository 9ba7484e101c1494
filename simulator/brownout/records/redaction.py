"""Takes secrets and people out of what is shown: exports, logs, reports, the admin API. Same input, same pseudonym."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_plus

import orjson

from brownout.core.chance import pseudonym

_SECRETS: Final = frozenset({
    "secret", "number", "cvc", "security_code", "password", "token", "cryptogram", "emv_data", "auth_code",
})  # fmt: skip
_FORM_SECRETS: Final = frozenset({"assertion", "card", "client_assertion", "code", "code_verifier", "expiry"})
"""What is secret in a form, and in JSON is something else: `code` names errors there."""
_PERSONAL: Final = frozenset({
    "email", "name", "phone", "line1", "line2", "line3", "receipt_email", "dob", "ssn", "postal_code", "username",
    "email_address", "given_name", "surname", "full_name", "address_line_1", "address_line_2", "national_number",
    "first_name", "last_name", "phone_number", "id_number", "street", "sub_street", "postcode", "building_name",
    "building_number", "flat_number", "receiver", "payer_email", "alternate_full_name",
})  # fmt: skip
_JSON_PAIR: Final = re.compile(
    rf'"({"|".join(sorted(_SECRETS | _PERSONAL))}|\w+_secret|\w+_token)"\s*:\s*("(?:[^"\\]|\\.)*"?|[^,}}\]\[{{\s]+)'
)
_ID_NUMBERS: Final = re.compile(r'"id_numbers"\s*:\s*\[[^\]]+(\]|$)')
_UPLOAD: Final = re.compile(r"(\bfilename=[^\r\n]*(?:\r?\n[^\r\n]+)*\r?\n\r?\n).*?(?=\r?\n--|\Z)", re.DOTALL)
_CLIENT_SECRET: Final = re.compile(r"_secret_\w+")
_LIVE_KEY: Final = re.compile(r"\b(sk|rk|pk|ek)_live_\w+")


def redact(body: bytes, key: str | None = None) -> str:
    """Return a body as text without its secrets; personal data are replaced by pseudonyms, the same for the same.

    `key` is the idempotency key of the request, which some answers repeat.

    >>> redact(b"card%5bnumber%5D=4242424242424242&amount=5")
    'card%5bnumber%5D=***&amount=5'
    >>> redact(b"grant_type=authorization_code&code=ac_x&code_verifier=v"), redact(b'{"code":"card_declined"}')
    ('grant_type=authorization_code&code=***&code_verifier=***', '{"code":"card_declined"}')
    """
    text = body.decode("utf-8", "replace")
    if key:
        text = text.replace(key, f"~{pseudonym(key)}")
    if text.lstrip().startswith(("{", "[")):
        # By pattern, not by parsing: what is kept may be cut anywhere.
        text = _ID_NUMBERS.sub('"id_numbers":["***"]', text)
        text = _JSON_PAIR.sub(lambda pair: f'"{pair[1]}":{_shown(pair[1], pair[2])}', text)
    elif text.startswith("--"):
        text = _UPLOAD.sub(r"\1***", text)  # a picture of somebody, or of their passport
    else:
        text = "&".join(_shown_pair(pair) for pair in text.split("&"))
    return _LIVE_KEY.sub(r"\1_live_***", _CLIENT_SECRET.sub("_secret_***", text))


def _shown_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    field = unquote_plus(name).rstrip("]").rpartition("[")[2]
    if not equals or not value or not _is_private(field):
        return pair
    return f"{name}={_stand_in(field, unquote_plus(value))}"


def _shown(field: str, value: str) -> str:
    return value if value in ("null", '""') else f'"{_stand_in(field, _plain(value))}"'


def _plain(value: str) -> str:
    """Return what a JSON value says, also where its end is cut off."""
    try:
        return str(orjson.loads(value))
    except orjson.JSONDecodeError:
        return value.strip('"')


def _stand_in(field: str, value: str) -> str:
    return f"~{pseudonym(value)}" if field in _PERSONAL else "***"


def _is_private(name: str) -> bool:
    return name in _SECRETS or name in _FORM_SECRETS or name in _PERSONAL or name.endswith(("_secret", "_token"))
