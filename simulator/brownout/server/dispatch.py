"""From a request line to (sandbox, provider, path): prefixes, listeners, headers, unprefixed paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from brownout.core.errors import did_you_mean
from brownout.core.exchange import Request
from brownout.server.worlds import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.provider import Provider
    from brownout.server.worlds import Worlds

ADMIN = "_brownout"


class Listener(NamedTuple):
    """What a port stands for: any provider and sandbox, or one provider (and sandbox) of its own.

    `origin` is what clients call it, scheme, host and port, if that isn't HTTP and the Host header. A provider with an
    origin is one that stands in for a real host: the admin API isn't there.
    """

    provider: str | None = None
    sandbox: str | None = None
    origin: str | None = None


class Target(NamedTuple):
    """Where a request goes. `provider` is None for the admin API; the sandbox may not exist yet."""

    sandbox: str
    provider: Provider | None
    path: str
    client_label: str | None


class NobodysError(Exception):
    """No provider owns the path; the message says what was looked for and which paths there are."""


def dispatch(worlds: Worlds, listener: Listener, method: str, path: str, headers: Mapping[str, str]) -> Target:
    """Return where a request goes; no sandbox is made for one that leads nowhere.

    Raises:
        NobodysError: if an unprefixed path belongs to no provider, or to several.
    """
    name, label = listener.sandbox, None
    if path.startswith("/~"):
        named, slash, rest = path[2:].partition("/")
        name, _, labelled = named.partition("@")
        label = labelled or None
        path = "/" + rest if slash else "/"
    elif name is None:
        name = headers.get("Brownout-Sandbox")
    sandbox = name if name is not None else DEFAULT
    providers = worlds.registries.providers
    end = path.find("/", 1)
    first = path[1:end] if end > 0 else path[1:]
    if first == ADMIN and (listener.provider is None or listener.origin is None):
        return Target(sandbox, None, path[len(ADMIN) + 1 :] or "/", label)
    if listener.provider is not None:
        return Target(sandbox, providers[listener.provider], path, label)
    provider = providers.get(first)
    if provider is not None:
        return Target(sandbox, provider, path[end:] if end > 0 else "/", label)
    return Target(sandbox, _owner(worlds, method, path, headers), path, label)


def _owner(worlds: Worlds, method: str, path: str, headers: Mapping[str, str]) -> Provider:
    """Return whose an unprefixed path is: who has exactly it, else whose paths begin so; ties by the credential."""
    providers = worlds.registries.providers
    first = path.split("/")[1]
    owners = worlds.engine.owners(method, path) or [name for name, one in providers.items() if first in one.roots]
    if len(owners) > 1:
        request = Request(method, path, headers=headers)
        owners = [name for name in owners if providers[name].credential(request) is not None] or owners
    if len(owners) == 1:
        return providers[owners[0]]
    if owners:
        raise NobodysError(
            f"{method} {path} belongs to {' and '.join(owners)}: say which with a prefix, such as /{owners[0]}{path}"
        )
    known = ", ".join(f"/{name}/" for name in sorted(providers))
    hint = f" (/{first}/: {did_you_mean(first, providers)})" if first else ""
    raise NobodysError(f"no provider has {method} {path}{hint}; paths begin with {known} or /{ADMIN}/")


def path_and_query(target: str) -> tuple[str, str]:
    """Return a request target's decoded path, which begins with `/`, and its raw query."""
    raw, _, query = target.partition("?")
    if not raw.startswith("/"):  # absolute form, as a proxy's client sends it; `*` of OPTIONS; host of CONNECT
        rest = raw.partition("://")[2]
        raw = "/" + (rest.partition("/")[2] if rest else raw)
    if not (raw.isascii() and query.isascii()):
        raw, query = (text.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for text in (raw, query))
    return (unquote(raw) if "%" in raw else raw), query
