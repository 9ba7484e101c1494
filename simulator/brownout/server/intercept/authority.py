"""The certificate authority: one a run in a private folder, or one that a folder keeps. Made by `trustme`."""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Final

from brownout.core.errors import UsageError
from brownout.server.intercept import stores

if TYPE_CHECKING:
    from trustme import CA

    from brownout.core.effects import Flaw

CONTEXTS_KEPT: Final = 256
"""How many hosts' certificates are kept ready; clients choose the names, so the one longest unused goes first."""
_TITLE: Final = "Brownout (only for tests)"
_WRONG_NAME: Final = "another-host.brownout.invalid"
_HERE: Final = ("localhost", "127.0.0.1", "::1")
_LIFE: Final = timedelta(days=397)  # what browsers and Apple's platforms take at most
_MARGIN: Final = timedelta(days=2)


def ready() -> None:
    """Return if what makes certificates is installed.

    Raises:
        UsageError: with the line to type.
    """
    missing = [name for name in ("trustme", "cryptography") if find_spec(name) is None]
    if missing:
        raise UsageError(f"interception needs {' and '.join(missing)}: pip install 'brownout[intercept]'")


class Authority:
    """Issues certificates for hosts, good ones and flawed ones, as contexts ready to serve with.

    `folder` holds `ca.pem` (ours alone), `bundle.pem` (the system's and ours) and `truststore.p12` (the same, for
    Java).
    """

    def __init__(self, folder: Path | None, now: float) -> None:
        """Take the authority that `folder` keeps, or make one there; without a folder, one that `close` forgets.

        `now` is unix seconds.

        Raises:
            UsageError: if the folder holds something else, or can't be used.
        """
        ready()
        self._temporary = folder is None
        self.folder = Path(tempfile.mkdtemp(prefix="brownout-ca-")) if folder is None else folder.absolute()
        self._ca = _made() if folder is None else _kept(self.folder, now)
        self._stranger: CA | None = None
        self._contexts: OrderedDict[tuple[str, Flaw | None], ssl.SSLContext] = OrderedDict()
        self.ca_file = self.folder / "ca.pem"
        self.bundle_file = self.folder / "bundle.pem"
        self.truststore_file = self.folder / "truststore.p12"
        self.ca_pem = self._ca.cert_pem.bytes()
        self._write()

    def _write(self) -> None:
        system = stores.system_roots()
        for file, content in (
            (self.ca_file, self.ca_pem),
            (self.bundle_file, b"".join((*system, self.ca_pem))),
            (self.truststore_file, stores.truststore((*system, self.ca_pem))),
        ):
            _replace(file, content)

    def context(self, host: str | None, flaw: Flaw | None, now: float) -> ssl.SSLContext:
        """Return the context that serves `host` (None: this machine itself) with a certificate that has `flaw`.

        `now` is unix seconds: certificates are issued around it. A name that no certificate can hold gets that of None.
        """
        slot = host or "", flaw
        found = self._contexts.get(slot)
        if found is not None:
            self._contexts.move_to_end(slot)
            return found
        try:
            context = self._contexts[slot] = self._issue(host, flaw, datetime.fromtimestamp(now, UTC))
        except UnicodeError:  # IDNA's rules go beyond those of the DNS
            return self.context(None, flaw, now)
        if len(self._contexts) > CONTEXTS_KEPT:
            self._contexts.popitem(last=False)
        return context

    def _issue(self, host: str | None, flaw: Flaw | None, now: datetime) -> ssl.SSLContext:
        names = _HERE if host is None else (host,)
        begin, end = now - _MARGIN, now + _LIFE
        issuer = self._ca
        if flaw == "expired":
            begin, end = now - _LIFE, now - _MARGIN
        elif flaw == "wrong_name":
            names = (_WRONG_NAME,)
        elif flaw == "unknown_authority":
            issuer = self._stranger = self._stranger or _made()
        leaf = issuer.issue_cert(*names, organization_name=_TITLE, not_before=begin, not_after=end)
        context = bare_context()
        leaf.configure_cert(context)
        return context

    def close(self) -> None:
        """Remove the folder if nobody asked for it to be kept."""
        if self._temporary:
            rmtree(self.folder, ignore_errors=True)


def bare_context() -> ssl.SSLContext:
    """Return a server's context without a certificate: HTTP/1.1 only, and no resumption.

    A client that resumes a session sees no certificate, so one with a flaw would pass unseen.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    return context


def _made() -> CA:
    from trustme import CA  # noqa: PLC0415 - an extra

    return CA(organization_name=_TITLE, organization_unit_name="Brownout test authority")


def _kept(folder: Path, now: float) -> CA:
    from trustme import CA  # noqa: PLC0415 - an extra

    certificate, key = folder / "ca.pem", folder / "ca.key"
    try:
        folder.mkdir(parents=True, exist_ok=True)  # others may read what is in it, but not the key
        if not key.exists() and not certificate.exists():
            ca = _made()
            _replace(key, ca.private_key_pem.bytes(), mode=0o600)
            _replace(certificate, ca.cert_pem.bytes())
            return ca
        if not key.exists() or not certificate.exists():
            missing = key if certificate.exists() else certificate
            raise UsageError(f"{folder} holds half an authority: {missing.name} is missing; name an empty folder")
        pem, secret = certificate.read_bytes(), key.read_bytes()
    except OSError as problem:
        raise UsageError(f"can't keep an authority in {folder}: {problem.strerror or problem}") from problem
    stores.check_pair(folder, pem, secret, now)
    return CA.from_pem(pem, secret)


def _replace(file: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all."""
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
            Path(name).chmod(mode)
            Path(name).replace(file)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as problem:
        raise UsageError(f"can't write {file}: {problem.strerror or problem}") from problem
