"""Makes the key and the certificates with which Brownout signs PayPal's webhooks: `python scripts/make_paypal_key.py`.

They are public and worth nothing: everybody who has Brownout has them. They are fixed, so that a delivery recorded once
verifies for ever. Running this again makes others; `CERT_ID` in `providers/paypal/webhooks/signing.py` has to follow.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DATA: Final = Path(__file__).parents[1] / "simulator" / "brownout" / "providers" / "paypal" / "webhooks" / "data"
SIGNER: Final = "messageverificationcerts.sandbox.paypal.com"
"""The common name that PayPal's own certificate has in the sandbox: some receivers compare it."""
FROM: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
UNTIL: Final = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)
"""Longer than any world's clock is likely to be set back or ahead."""


def named(common_name: str) -> x509.Name:
    """Return a name that says who really made it."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Brownout, for tests only"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def certificate(
    subject: str, key: rsa.RSAPrivateKey, issuer: str, issuer_key: rsa.RSAPrivateKey, *, authority: bool
) -> x509.Certificate:
    """Return a certificate of `key`, of an authority or of a signer."""
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=not authority, key_cert_sign=authority, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def main() -> None:
    """Write the signer's key, and its certificate followed by its authority's."""
    root = "Brownout's test authority for PayPal webhooks"
    root_key, key = (rsa.generate_private_key(public_exponent=65_537, key_size=2_048) for _ in range(2))
    leaf = certificate(SIGNER, key, root, root_key, authority=False)
    chain = (leaf, certificate(root, root_key, root, root_key, authority=True))
    fingerprint = leaf.fingerprint(hashes.SHA256()).hex()
    cert_id = f"CERT-{fingerprint[:8]}-{fingerprint[8:16]}-{fingerprint[16:24]}"

    DATA.mkdir(exist_ok=True)
    (DATA / "signing-key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (DATA / "signing-certificates.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in chain))
    sys.stdout.write(f"CERT_ID = {cert_id}\n")


if __name__ == "__main__":
    main()
