"""How a delivery is signed, how that is verified, and where the certificate is.

`id|time|webhook id|crc32 of the body` is signed with RSA and SHA-256; a header says where the certificate is. The key
is a fixed one that everybody has: it proves nothing but that a receiver verifies. (developer.paypal.com, Integrate
webhooks, Webhooks simulator and Webhooks Management v1; headers of sandbox deliveries published with clients of the
API; read 2026-11-23.)
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from zlib import crc32

import orjson

from brownout.core.chance import Chance
from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.paypal.tokens import WEBHOOKS_SCOPE
from brownout.providers.paypal.webhooks.webhook_errors import invalid, not_found
from brownout.providers.paypal.webhooks.webhooks import endpoints

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from brownout.core.operation import Call
    from brownout.core.provider import Endpoint

CERT_ID: Final = "CERT-c3fc0478-e123aea6-76f29940"
"""Of the certificate in the package's data: the start of its fingerprint."""
MOCK_WEBHOOK_ID: Final = "WEBHOOK_ID"
"""What stands for the webhook's id where the simulator's events are signed."""
_CERT_PATH: Final = f"/v1/notifications/certs/{CERT_ID}"
_EVENTS_PATH: Final = "/v1/notifications/webhooks-events/"
_ALGORITHM: Final = "SHA256withRSA"
_TRANSMISSIONS: Final = Chance(0, "paypal", "transmission")
_USER_AGENT: Final = "PayPal/AUHR-214.0 (Brownout)"


def headers(body: bytes, endpoint: Endpoint, wire_at: float) -> dict[str, str]:
    """Return the headers of a delivery that is posted at wall time `wire_at`.

    The transmission's id is the same in each try. The certificate is where the event's own link leads.
    """
    base_url, _, event = orjson.loads(body)["links"][0]["href"].rpartition(_EVENTS_PATH)
    webhook_id = endpoint.secrets[0]
    transmission = _TRANSMISSIONS.uuid(f"{event}|{endpoint.id}".encode())
    time = datetime.fromtimestamp(int(wire_at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "Content-Type": "application/json",
        "User-Agent": _USER_AGENT,
        "PAYPAL-AUTH-VERSION": "v2",
        "PAYPAL-AUTH-ALGO": _ALGORITHM,
        "PAYPAL-CERT-URL": f"{base_url}{_CERT_PATH}",
        "PAYPAL-TRANSMISSION-ID": transmission,
        "PAYPAL-TRANSMISSION-TIME": time,
        "PAYPAL-TRANSMISSION-SIG": sign(signed_text(transmission, time, webhook_id, body)),
    }


def signed_text(transmission_id: str, time: str, webhook_id: str, body: bytes) -> bytes:
    """Return what is signed: the body is in it by its checksum, in decimal.

    >>> signed_text("a", "b", "c", b"{}")
    b'a|b|c|2745614147'
    """
    return f"{transmission_id}|{time}|{webhook_id}|{crc32(body)}".encode("utf-8", "surrogatepass")


# What is slow to import is imported where it is used (cryptography: 0.1 s): most servers sign nothing.
@cache
def _key() -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    key = load_pem_private_key(_data("signing-key.pem"), password=None)
    assert isinstance(key, RSAPrivateKey)  # noqa: S101 - our own file
    return key


@cache
def _data(name: str) -> bytes:
    from importlib.resources import files  # noqa: PLC0415

    return files(__package__).joinpath("data", name).read_bytes()


def get_ready() -> None:
    """Load what the first signature would have to wait for."""
    sign(b"")


def sign(text: bytes) -> str:
    """Return the signature of `text`, in base64."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    return b64encode(_key().sign(text, PKCS1v15(), SHA256())).decode()


def verifies(text: bytes, signature: str) -> bool:
    """Return whether `signature`, in base64, is ours of `text`."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    try:
        given = b64decode(signature, validate=True)
        _key().public_key().verify(given, text, PKCS1v15(), SHA256())
    except (InvalidSignature, Base64Error, ValueError):
        return False
    return True


# ---------------------------------------------------------------- the endpoints
_TEXTS: Final = {"auth_algo": 100, "cert_url": 500, "transmission_id": 50, "transmission_sig": 500,
                 "transmission_time": 100, "webhook_id": 50}  # fmt: skip


def _verify(call: Call) -> Answer:
    """Say whether a delivery came from here. The event is taken as it was sent, but for the space between its parts."""
    given = _read(call)
    webhook_id = given["webhook_id"]
    known = any(one.id == webhook_id for one in endpoints(call.world, call.account))
    body = orjson.dumps(call.params["webhook_event"])
    text = signed_text(given["transmission_id"], given["transmission_time"], webhook_id, body)
    good = (
        known
        and given["auth_algo"] == _ALGORITHM
        and _is_ours(given["cert_url"])
        and verifies(text, given["transmission_sig"])
    )
    return Answer(200, {"verification_status": "SUCCESS" if good else "FAILURE"})


def _read(call: Call) -> dict[str, str]:
    """Return the texts of a question.

    Raises:
        Refused: if one is missing, too long, or none, or there is no event.
    """
    issues = []
    for name, most in _TEXTS.items():
        value = call.params.get(name)
        if value is None:
            issues.append((name, "Required field is missing"))
        elif not isinstance(value, str) or not 0 < len(value) <= most:
            issues.append((name, "Not a valid value"))
    if not isinstance(call.params.get("webhook_event"), dict):
        issues.append(("webhook_event", "Required field is missing"))
    if issues:
        raise invalid(call, *issues)
    return {name: call.params[name] for name in _TEXTS}


def _is_ours(url: str) -> bool:
    try:
        return urlsplit(url).path.endswith(_CERT_PATH)
    except ValueError:
        return False


def _certificate(call: Call) -> Answer:
    if call.path["id"] != CERT_ID:
        raise not_found(call)
    return Answer(200, _data("signing-certificates.pem"), headers={"Content-Type": "text/plain; charset=utf-8"})


_VERIFY: Final[dict[str, Any]] = {"scopes": frozenset({WEBHOOKS_SCOPE}), "enums": ("verification_status",)}
OPERATIONS: Final = (
    Operation(
        name="paypal.webhook_signatures.verify", method="POST", path="/v1/notifications/verify-webhook-signature",
        run=_verify, key_objects=("body.webhook_event.id",), **_VERIFY,
    ),
    Operation(
        name="paypal.webhook_certs.retrieve", method="GET", path="/v1/notifications/certs/{id}", run=_certificate,
        public=True,
    ),
)  # fmt: skip
