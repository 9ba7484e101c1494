"""What `serve` says of its interception: rows for people, lines for a shell, values for `--json`."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from brownout.core.errors import UsageError

if TYPE_CHECKING:
    from brownout.server.app import App
    from brownout.server.intercept.interception import Interception


def checked(options: dict[str, Any]) -> None:
    """Return if the options of interception go together.

    Raises:
        UsageError: if they don't.
    """
    for name, given in (("--ca-dir", options["ca_dir"]), ("--allow-host", options["allow_host"])):
        if given and not options["intercept"] and options["tls"] is None:
            raise UsageError(f"{name} is for interception: add --intercept, or --tls")
    url = options["public_url"]
    if url is not None and not _leads_somewhere(url):
        raise UsageError(f"--public-url {url}: write where clients reach this server, such as https://pay.example.test")


def _leads_somewhere(url: str) -> bool:
    """Return whether paths can be put behind `url`: it has a host, perhaps a port and a path, nothing else."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that don't close, a port that is none
        return False
    return whole and "@" not in parts.netloc and url.isprintable() and not any(sign in url for sign in "?# ")


def tls_port(text: str | None) -> int:
    """Return the port that `--tls` asks for, 0 for any.

    Raises:
        UsageError: if it is none.
    """
    if text is None:
        return 0
    if not (text.isascii() and text.isdecimal()) or int(text) > 65535:
        raise UsageError(f"--tls {text}: a port is a number from 0 to 65535; put the scenario before --tls")
    return int(text)


def environment(interception: Interception) -> dict[str, str]:
    """Return what programs need in their environment to be intercepted."""
    from brownout.server.intercept.environment import environment as made

    return made(interception, os.environ)


def values(app: App, interception: Interception) -> dict[str, Any]:
    """Return what `--json` says of it."""
    return {
        "proxy": interception.proxy_url,
        "tls": _tls(app, interception),
        "hosts": interception.hosts.real,
        "ca_file": str(interception.ca_file),
        "bundle_file": str(interception.bundle_file),
        "truststore_file": str(interception.truststore_file),
        "environment": environment(interception),
    }


def rows(app: App, interception: Interception) -> list[tuple[str, str]]:
    """Return what the table says of it."""
    owners = sorted(set(interception.hosts.real.values()))
    return [
        ("TLS", f"{_tls(app, interception)}   (by host name: real ones, and PROVIDER.ANYTHING)"),
        ("authority", str(interception.ca_file)),
        *(
            (f"{owner} as", " ".join(one for one, its in interception.hosts.real.items() if its == owner))
            for owner in owners
        ),
    ]


def shell(table: str, interception: Interception) -> str:
    """Return the table as comments, and a line for each variable: a POSIX shell can read it all."""
    exported = [f"export {name}={shlex.quote(value)}" for name, value in environment(interception).items()]
    return "\n".join([*(f"# {line}".rstrip() for line in table.splitlines()), *exported])


def _tls(app: App, interception: Interception) -> str:
    return f"https{app.url(interception.tls_port).removeprefix('http')}"
