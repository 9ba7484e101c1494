"""The providers as the shop knows them: where they are, how they are asked, what their refusals mean."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlencode

from brownout_clients.protocols import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout_clients.protocols import ErrorClass, Response

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"


class Provider(NamedTuple):
    """One provider. `key_header` carries idempotency keys; with a `secret` it needs no token from `token_path`."""

    name: str
    key_header: str = ""
    token_path: str = ""
    secret: str = ""


STRIPE: Final = Provider("stripe", "Idempotency-Key", secret="sk_test_brownoutshop")
PAYPAL: Final = Provider("paypal", "PayPal-Request-Id", token_path="/v1/oauth2/token")
ONFIDO: Final = Provider("onfido", token_path="/v3.6/oauth/token")
OAUTH: Final = Provider("oauth", token_path="/token")
CLIENT_ID: Final = "brownoutshop"
CLIENT_SECRET: Final = "brownoutshop-secret"


class Call(NamedTuple):
    """One call. `key` names what it does, the same for each try; empty for calls that change nothing."""

    provider: Provider
    method: str
    path: str
    body: bytes = b""
    content_type: str = ""
    key: str = ""
    headers: Mapping[str, str] = {}

    @property
    def where(self) -> str:
        """The call in a few words."""
        return f"{self.method} {self.provider.name}{self.path.partition('?')[0]}"


def form(fields: Mapping[str, Any]) -> bytes:
    """Return a form's body."""
    return urlencode(fields).encode()


def as_json(value: Any) -> bytes:
    """Return JSON."""
    return json.dumps(value).encode()


def multipart(fields: Mapping[str, str], file: bytes, name: str) -> tuple[bytes, str]:
    """Return a multipart body with one picture, and its content type."""
    mark = "brownout-7d81c2"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{text}\r\n'.encode()
        for field, text in fields.items()
    ]
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'
    )
    return b"".join(
        [*parts, head.encode(), file, f"\r\n--{mark}--\r\n".encode()]
    ), f"multipart/form-data; boundary={mark}"


def token_call(provider: Provider) -> Call:
    """Return how a provider is asked for a token."""
    if provider is ONFIDO:
        fields = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return Call(provider, "POST", provider.token_path, form(fields), FORM)
    basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    return Call(
        provider, "POST", provider.token_path, form({"grant_type": "client_credentials"}), FORM,
        headers={"Authorization": f"Basic {basic}"},
    )  # fmt: skip


def failure(call: Call, response: Response) -> Failure | None:
    """Return what an answer says went wrong, None if nothing did."""
    status = response.status
    if status < 300:
        return None
    error, certain = _meaning(status)
    return Failure(
        error,
        f"{status} at {call.where}",
        certain=certain,
        status=status,
        retry_after=_seconds(response.headers.get("Retry-After")),
    )


def _meaning(status: int) -> tuple[ErrorClass, bool]:
    if status in (401, 403):
        return "auth", True
    if status == 429:
        return "throttle", True
    if status == 409:
        return "conflict", False  # its twin may still be at work
    if status in (402, 422):
        return "business", True
    return ("server", False) if status >= 500 else ("client_bug", True)


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdigit() else None
