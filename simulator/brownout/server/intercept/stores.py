"""Certificates of others and other forms of ours: the system's roots, Java's truststore, DER."""

from __future__ import annotations

import contextlib
import ssl
import warnings
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from brownout.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_BUNDLES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # macOS, BSD
)


@cache
def system_roots() -> tuple[bytes, ...]:
    """Return the certificates that this machine trusts, each as PEM; none if they can't be found."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with contextlib.suppress(ssl.SSLError, OSError):
        context.load_default_certs()
    if not context.get_ca_certs(binary_form=True):
        for bundle in _BUNDLES:
            with contextlib.suppress(ssl.SSLError, OSError):
                context.load_verify_locations(bundle)
                break
    return tuple(ssl.DER_cert_to_PEM_cert(der).encode() for der in context.get_ca_certs(binary_form=True))


def truststore(pems: Iterable[bytes]) -> bytes:
    """Return a PKCS #12 truststore as Java reads it, without a password, holding what of `pems` can be read."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: PLC0415
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

    entries = []
    for number, pem in enumerate(pems):
        with contextlib.suppress(ValueError), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some roots that systems ship have odd serial numbers
            certificate = load_pem_x509_certificate(pem)
            entries.append(pkcs12.PKCS12Certificate(certificate, f"ca-{number}".encode()))
    return pkcs12.serialize_java_truststore(entries, serialization.NoEncryption())


def der(pem: bytes) -> bytes:
    """Return a certificate as DER."""
    return ssl.PEM_cert_to_DER_cert(pem.decode())


def fingerprint(pem: bytes) -> str:
    """Return the SHA-256 of a certificate, as `openssl x509 -fingerprint` shows it."""
    import hashlib  # noqa: PLC0415

    digest = hashlib.sha256(der(pem)).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def check_pair(folder: Path, pem: bytes, key: bytes, now: float) -> None:
    """Return if a certificate and a key are those of one authority that is still good at unix time `now`.

    Raises:
        UsageError: if they aren't.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - an extra
    from cryptography.x509 import BasicConstraints, ExtensionNotFound, load_pem_x509_certificate  # noqa: PLC0415

    try:
        certificate, private = load_pem_x509_certificate(pem), load_pem_private_key(key, password=None)
        is_ca = certificate.extensions.get_extension_for_class(BasicConstraints).value.ca
    except (ValueError, TypeError, ExtensionNotFound) as problem:
        raise UsageError(f"{folder} holds no authority that can be read: {problem}") from problem
    if certificate.public_key() != private.public_key() or not is_ca:
        raise UsageError(f"{folder}: ca.pem and ca.key aren't those of one authority; name an empty folder")
    if certificate.not_valid_after_utc < datetime.fromtimestamp(now, UTC):
        raise UsageError(f"{folder}: the authority has expired; name an empty folder")
