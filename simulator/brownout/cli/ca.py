"""`brownout ca`: the certificate authority of `serve --tls --ca-dir`, made and written as programs take it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from brownout.core.errors import UsageError

if TYPE_CHECKING:
    from brownout.server.intercept.authority import Authority

_BINARY: Final = ("der", "p12")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--format", "form", type=click.Choice(["pem", "der", "bundle", "p12"]),
              help="Write it to stdout: alone (pem, der), or with the system's roots (bundle, p12).")  # fmt: skip
def command(folder: Path, form: str | None) -> None:
    """Make a certificate authority in FOLDER, or show the one that is there.

    `brownout serve --tls --ca-dir FOLDER` then issues its certificates by it, so that images and machines can be told
    once to trust it. FOLDER also holds its key: whoever has that can pretend to be any host to all who trust it, so
    trust it only where tests run, and keep it out of version control.

    \b
    Examples:
      brownout ca ./ca
      brownout ca ./ca --format pem >> /etc/ssl/certs/ca-certificates.crt
      brownout ca ./ca --format p12 > truststore.p12
    """
    from brownout.server.intercept.authority import Authority
    from brownout.server.system import Wall

    wall = Wall()
    authority = Authority(folder, wall())
    if form is None:
        click.echo(_told(authority))
        return
    if form in _BINARY and sys.stdout is not None and sys.stdout.isatty():
        raise UsageError(f"--format {form} is binary: send it to a file, such as > ca.{form}")
    click.echo(_written(authority, form), nl=False)  # to nowhere, if there is no stdout


def _written(authority: Authority, form: str) -> bytes:
    from brownout.server.intercept import stores

    match form:
        case "der":
            return stores.der(authority.ca_pem)
        case "bundle":
            return authority.bundle_file.read_bytes()
        case "p12":
            return authority.truststore_file.read_bytes()
        case _:
            return authority.ca_pem


def _told(authority: Authority) -> str:
    from brownout.server.intercept import stores

    ca, bundle = authority.ca_file, authority.bundle_file
    rows = [
        ("authority", str(ca)),
        ("SHA-256", stores.fingerprint(authority.ca_pem)),
        ("key", f"{authority.folder / 'ca.key'}   (secret)"),
    ]
    uses = [
        ("curl, Ruby, Go, PHP", f"SSL_CERT_FILE={bundle} CURL_CA_BUNDLE={bundle}"),
        ("Python's requests", f"REQUESTS_CA_BUNDLE={bundle}"),
        ("Node", f"NODE_EXTRA_CA_CERTS={ca}"),
        ("Java", f"-Djavax.net.ssl.trustStore={authority.truststore_file} -Djavax.net.ssl.trustStoreType=PKCS12"),
        ("Debian, Alpine", f"cp {ca} /usr/local/share/ca-certificates/brownout.crt && update-ca-certificates"),
    ]
    lines = [f"  {label:<10} {value}" for label, value in rows]
    lines += ["", "Programs trust it by"]
    lines += [f"  {label:<20} {value}" for label, value in uses]
    lines += ["", f"Serve by it: brownout serve --tls --ca-dir {authority.folder}"]
    return "\n".join(lines)
