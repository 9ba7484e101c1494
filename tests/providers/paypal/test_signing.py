"""Signatures: what a receiver can check by hand, and what the verify endpoint says of it."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from paypal_hooks import attempts, listen, question, verified

from brownout.providers.paypal.webhooks.signing import CERT_ID

if TYPE_CHECKING:
    from paypal_world import World

    from brownout.core.hooks import Attempt

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "providers" / "paypal.md").read_text(encoding="utf-8")
VERIFY = "/v1/notifications/verify-webhook-signature"


def certificates(world: World, name: str = CERT_ID) -> bytes:
    """Return what the certificate endpoint says; it needs no token."""
    return world.transport.send("GET", f"/paypal/v1/notifications/certs/{name}", headers={}, body=b"").body


@pytest.fixture
def sent(world: World) -> tuple[str, Attempt]:
    """A webhook's id, and a delivery to it."""
    webhook_id = listen(world, "PAYMENT.CAPTURE.COMPLETED")
    world.paid()
    (one,) = attempts(world)
    return webhook_id, one


def test_a_delivery_verifies_by_hand(world: World, sent: tuple[str, Attempt]) -> None:
    """With the certificate that it names; not for another webhook, nor with another body."""
    webhook_id, one = sent
    pem = certificates(world)

    assert one.headers["PAYPAL-CERT-URL"] == f"https://api.sandbox.paypal.com/v1/notifications/certs/{CERT_ID}"
    assert one.headers["PAYPAL-TRANSMISSION-TIME"] == "2026-01-01T00:00:00Z"
    assert len(one.headers["PAYPAL-TRANSMISSION-ID"]) == 36
    assert verified(one.body, one.headers, webhook_id, pem)
    assert not verified(one.body, one.headers, "X", pem)
    assert not verified(one.body + b" ", one.headers, webhook_id, pem)


def test_a_delivery_verifies_through_the_endpoint(world: World, sent: tuple[str, Attempt]) -> None:
    """The event as it was parsed, whatever the space between its parts was."""
    webhook_id, one = sent

    answer = world.post(VERIFY, question(one.body, one.headers, webhook_id))

    assert (answer.status, answer.body) == (200, {"verification_status": "SUCCESS"})


WRONG: list[dict[str, Any]] = [
    {"auth_algo": "SHA1withRSA"},
    {"cert_url": "https://evil.test/cert.pem"},
    {"cert_url": "http://[x"},
    {"transmission_id": "other"},
    {"transmission_sig": "AAAA"},
    {"transmission_sig": "not base64"},
    {"transmission_sig": "é"},
    {"transmission_time": "2026-01-01T00:00:01Z"},
    {"webhook_id": "WEBHOOK_ID"},
    {"webhook_event": {}},
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: "-".join(f"{key}={str(one[key])[:20]}" for key in one))
def test_the_endpoint_tells_a_forgery(world: World, sent: tuple[str, Attempt], wrong: dict[str, Any]) -> None:
    """By whatever part of it is wrong."""
    webhook_id, one = sent

    answer = world.post(VERIFY, question(one.body, one.headers, webhook_id) | wrong)

    assert (answer.status, answer.body) == (200, {"verification_status": "FAILURE"})


def test_the_pages_own_verifier_works(world: World, sent: tuple[str, Attempt], monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes what is real, and raises at what isn't."""
    webhook_id, one = sent
    (program,) = [
        block for block in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) if "def check" in block
    ]
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102 - our own page
    monkeypatch.setitem(names, "urlopen", lambda url: BytesIO(certificates(world, url.rpartition("/")[2])))

    names["check"](one.body, one.headers, webhook_id)

    with pytest.raises(InvalidSignature):
        names["check"](one.body, one.headers, "X")


def test_anothers_delivery_fails(world: World, sent: tuple[str, Attempt]) -> None:
    """A webhook of another application isn't this one's, and a deleted one is nobody's."""
    webhook_id, one = sent
    asked = question(one.body, one.headers, webhook_id)
    world.send("DELETE", f"/v1/notifications/webhooks/{webhook_id}")

    assert world.post(VERIFY, asked).body == {"verification_status": "FAILURE"}


@pytest.mark.parametrize("kind", ["webhook_id", "url"])
def test_a_mock_event_fails_at_the_endpoint(world: World, kind: str) -> None:
    """As PayPal's guide says: by its own id, and by the one that signed it."""
    webhook_id = listen(world)
    target = {"webhook_id": webhook_id, "url": "https://tried.test"}[kind]
    world.post("/v1/notifications/simulate-event", {kind: target, "event_type": "PAYMENT.CAPTURE.COMPLETED"})
    (one,) = attempts(world)

    for signer in (webhook_id, "WEBHOOK_ID"):
        answer = world.post(VERIFY, question(one.body, one.headers, signer))
        assert answer.body == {"verification_status": "FAILURE"}


@pytest.mark.parametrize("name", [*question(b"{}", dict.fromkeys(
    [f"PAYPAL-{one}" for one in ("AUTH-ALGO", "CERT-URL", "TRANSMISSION-ID", "TRANSMISSION-SIG", "TRANSMISSION-TIME")],
    "x"), "x")])  # fmt: skip
@pytest.mark.parametrize("value", [None, 7, "", "x" * 501])
def test_a_question_that_cant_be_read_is_refused(
    world: World, sent: tuple[str, Attempt], name: str, value: object
) -> None:
    """With the field that is missing or wrong."""
    webhook_id, one = sent

    refused = world.post(VERIFY, question(one.body, one.headers, webhook_id) | {name: value})

    assert (refused.status, [found["field"] for found in refused.body["details"]]) == (400, [name])


def test_the_certificate_is_the_one_that_its_id_names(world: World) -> None:
    """It holds long, says that it is for tests, and comes with its authority's."""
    leaf, authority = x509.load_pem_x509_certificates(certificates(world))

    found = leaf.fingerprint(SHA256()).hex()
    assert f"CERT-{found[:8]}-{found[8:16]}-{found[16:24]}" == CERT_ID
    assert leaf.not_valid_after_utc.replace(tzinfo=None) >= dt.datetime(2200, 1, 1)  # noqa: DTZ001
    assert "for tests only" in leaf.subject.rfc4514_string()
    leaf.verify_directly_issued_by(authority)


def test_another_certificate_isnt_there(world: World) -> None:
    """404, in the words of this API."""
    assert b"INVALID_RESOURCE_ID" in certificates(world, "CERT-1")


def test_a_server_that_signs_nothing_doesnt_load_what_signs() -> None:
    """It takes a part of the time in which a server has to be ready; where webhooks are configured it is there."""
    program = """
import sys
from brownout.core.plan import Plan
from brownout.providers.paypal import (PayPalOptions, WebhookOptions)
from brownout.testing import EngineTransport

WORDS = "cryptography.hazmat.primitives.serialization"
EngineTransport(Plan()).world
before = WORDS in sys.modules
EngineTransport(Plan(providers={"paypal": PayPalOptions(webhooks=(WebhookOptions(url="http://127.0.0.1:1/"),))})).world
print(before, WORDS in sys.modules)
"""

    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout

    assert said.split() == ["False", "True"]
