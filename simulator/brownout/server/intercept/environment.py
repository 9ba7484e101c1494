"""What a program's environment holds so that its requests to real hosts come here, whatever language it is in.

Three things are needed, and each language has its own names for them: the proxy, trust in the run's authority, and a
hook for libraries that read neither. docs/languages.md says which of them each language and SDK uses.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HOOKS: Final = Path(__file__).with_name("hooks")
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
"""What is never proxied: the program's own servers."""


class Real(Protocol):
    """The providers' real hosts."""

    @property
    def real(self) -> Mapping[str, str]:
        """Providers by the names of their hosts."""


class Reachable(Protocol):
    """What the environment needs to know of an interception; files are absolute paths."""

    @property
    def proxy_url(self) -> str:
        """Where the proxy is: http://127.0.0.1:PORT."""

    @property
    def tls_port(self) -> int:
        """The loopback port that answers TLS for every host name by itself."""

    @property
    def ca_file(self) -> Path:
        """Our authority alone, PEM."""

    @property
    def bundle_file(self) -> Path:
        """The system's roots and our authority, PEM."""

    @property
    def truststore_file(self) -> Path:
        """The same for a JVM, PKCS #12, readable without a password."""

    @property
    def hosts(self) -> Real:
        """The hosts that are answered for."""

    @property
    def allowed(self) -> Iterable[str]:
        """Hosts that are let through to the world, as `--allow-host` takes them: `HOST`, `HOST:PORT`, `*.DOMAIN`."""


def environment(interception: Reachable, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the variables to set over those that the program inherits; what other tools put there is kept."""
    return {
        **_proxy(interception.proxy_url),
        **_trust(str(interception.ca_file), str(interception.bundle_file)),
        "BROWNOUT_TLS_PORT": str(interception.tls_port),
        "BROWNOUT_HOSTS": ",".join(sorted(interception.hosts.real)),
        "BROWNOUT_ALLOWED_HOSTS": ",".join(sorted(interception.allowed)),
        "PYTHONPATH": _joined(str(HOOKS / "python"), inherited.get("PYTHONPATH"), by=os.pathsep),
        "NODE_OPTIONS": _joined(inherited.get("NODE_OPTIONS"), _require(HOOKS / "node" / "preload.cjs"), by=" "),
        "JAVA_TOOL_OPTIONS": _joined(inherited.get("JAVA_TOOL_OPTIONS"), _jvm(interception), by=" "),
    }


def _proxy(url: str) -> dict[str, str]:
    """Return the proxy's variables in both spellings: curl reads http_proxy in small letters only.

    What was exempt from a proxy before isn't any more: a NO_PROXY of the machine's would let requests pass by us.
    """
    exempt = ",".join(LOOPBACK)
    values = {"HTTPS_PROXY": url, "HTTP_PROXY": url, "ALL_PROXY": url, "NO_PROXY": exempt}
    return {spelled: value for name, value in values.items() for spelled in (name, name.lower())}


def _trust(authority: str, bundle: str) -> dict[str, str]:
    """Return the variables that replace a program's roots (by the bundle), and those that add to them (ours alone)."""
    replacing = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), bundle)
    adding = dict.fromkeys(("NODE_EXTRA_CA_CERTS", "DENO_CERT", "BROWNOUT_CA"), authority)
    return {**replacing, **adding}


def _require(preload: Path) -> str:
    """Return Node's option; within its quotes a backslash escapes."""
    path = str(preload).replace("\\", "\\\\").replace('"', '\\"')
    return f'--require "{path}"'


def _jvm(interception: Reachable) -> str:
    """Return the properties that every JVM reads at its start; quoted, as paths may hold spaces."""
    proxy = urlsplit(interception.proxy_url)
    properties = {
        **{f"{scheme}.proxyHost": proxy.hostname for scheme in ("http", "https")},
        **{f"{scheme}.proxyPort": proxy.port for scheme in ("http", "https")},
        "http.nonProxyHosts": "localhost|127.*|[::1]",
        "javax.net.ssl.trustStore": interception.truststore_file,
        "javax.net.ssl.trustStoreType": "PKCS12",
    }
    return " ".join(_quoted(f"-D{name}={value}") for name, value in properties.items())


def _quoted(option: str) -> str:
    """Return an option as the JVM splits them; it knows both quotes, and no escapes, and joins what touches."""
    return "'" + option.replace("'", "'\"'\"'") + "'"


def _joined(*parts: str | None, by: str) -> str:
    """Join what is there; an empty part of a search path would mean the current folder."""
    return by.join(part for part in parts if part)
