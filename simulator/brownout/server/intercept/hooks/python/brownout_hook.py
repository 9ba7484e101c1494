"""Leads a Python program's HTTPS requests to Brownout and lets it trust the answers; it runs inside that program.

Three things that no variable does. Programs that bring their own roots (stripe-python does) trust our authority beside
them. Programs that don't read HTTPS_PROXY (aiohttp, urllib3, http.client) are led to the TLS port where they look up a
name. And those that read it (requests, httpx) reach the providers without it, as they do in earnest: behind a proxy
urllib3 takes a lost answer for the proxy's failure, and sends a POST again that it otherwise never would.

It acts on a module when the program imports it: one that speaks no TLS pays nothing, and gevent may still patch first.
Standard library only, Python 3.7 and newer.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # importing typing would cost each start of Python half of what it costs without
if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from typing import Any

WEB = (443, 80, "443", "80", "https", "http", b"443", b"80", b"https", b"http")
HERE = ("", "localhost", "0.0.0.0", "::", "::1")  # noqa: S104 - compared with, not bound to
MARK = "_brownout_hook"


def install() -> None:
    """Watch for the modules to act on, and act on those that are there already; nothing outside of an interception."""
    port, authority = os.environ.get("BROWNOUT_TLS_PORT"), os.environ.get("BROWNOUT_CA")
    if not port or not authority or any(hasattr(finder, MARK) for finder in sys.meta_path):
        return
    hosts, allowed = (os.environ.get(name, "") for name in ("BROWNOUT_HOSTS", "BROWNOUT_ALLOWED_HOSTS"))
    guide = Guide(int(port), authority, hosts, allowed)
    acts: dict[str, Callable[[Any], None]] = {
        "socket": guide.lead_lookups,
        "ssl": guide.trust,
        "urllib.request": guide.pass_by_the_proxy,
        "uvloop": guide.lead_uvloop,
        "aiohttp.resolver": guide.lead_aiohttp,
        "anyio._core._sockets": guide.lead_anyio,
    }
    sys.meta_path.insert(0, Watcher(acts))
    for name, act in acts.items():
        if name in sys.modules:
            quietly(act, sys.modules[name])


def quietly(act: Callable[..., Any], *args: Any) -> None:
    """Act; if that fails (an interpreter we can't patch, an authority that is gone) the program goes on as it was."""
    try:  # noqa: SIM105 - contextlib takes time to import
        act(*args)
    except Exception:  # noqa: BLE001, S110 - whatever it is, it isn't the program's
        pass


class Watcher:
    """A finder that finds nothing by itself: it has the others find a module, and acts on it once it is loaded."""

    def __init__(self, acts: dict[str, Callable[[Any], None]]) -> None:
        self._acts = acts
        setattr(self, MARK, True)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the others' spec of a module that we act on, else None."""
        act = self._acts.get(name)
        if act is None:
            return None
        others = (getattr(finder, "find_spec", None) for finder in sys.meta_path if finder is not self)
        found = next(filter(None, (find(name, path, target) for find in others if find)), None)
        loader: Any = found and found.loader
        if hasattr(loader, "exec_module"):
            load = loader.exec_module

            def exec_module(module: Any) -> None:
                load(module)
                quietly(act, module)

            loader.exec_module = exec_module
        return found


class Guide:
    """Where to lead, and whom to trust.

    `hosts` are the providers', `allowed` those to leave alone (`HOST`, `HOST:PORT`, `*.DOMAIN`); both by commas.
    """

    def __init__(self, port: int, authority: str, hosts: str, allowed: str) -> None:
        self._port = port
        self._authority = authority
        self._hosts = hosts
        self._allowed = frozenset(allowed.lower().split(","))

    def led(self, host: Any, port: Any) -> bool:
        """Say whether a connection to there is for us: a port of the web's, a host neither this one nor allowed."""
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if port not in WEB or not isinstance(name, str):
            return False
        name = name.lower().rstrip(".")
        if name in HERE or name.startswith("127.") or name.endswith(".localhost"):
            return False
        domains = (f"*{name[at:]}" for at, sign in enumerate(name) if sign == ".")
        return self._allowed.isdisjoint((name, f"{name}:{port}", *domains))

    def lead_lookups(self, socket: Any) -> None:
        """Answer look-ups with the TLS port. In the C module, as gevent asks that one, and others hold its names."""
        native = sys.modules["_socket"]
        look_up: Any = native.getaddrinfo
        if hasattr(look_up, MARK):
            return
        untouched = socket.AI_PASSIVE | socket.AI_NUMERICHOST

        def getaddrinfo(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:
            if type != socket.SOCK_DGRAM and not flags & untouched and self.led(host, port):
                host, port, flags = "127.0.0.1", self._port, 0  # AI_ADDRCONFIG knows no address on a machine offline
            return look_up(host, port, family, type, proto, flags)

        setattr(getaddrinfo, MARK, True)
        native.getaddrinfo = getaddrinfo  # type: ignore[attr-defined]

    def trust(self, ssl: Any) -> None:
        """Load our authority whenever a client's roots are loaded, from wherever they come."""
        context = ssl.SSLContext
        load = context.load_verify_locations
        if hasattr(load, MARK):
            return

        def trusting(method: Callable[..., Any]) -> Callable[..., Any]:
            def with_ours(one: Any, *args: Any, **options: Any) -> Any:
                answer = method(one, *args, **options)
                if one.protocol != ssl.PROTOCOL_TLS_SERVER:
                    quietly(load, one, self._authority)
                return answer

            setattr(with_ours, MARK, True)
            return with_ours

        for name in ("load_verify_locations", "load_default_certs", "set_default_verify_paths"):
            setattr(context, name, trusting(getattr(context, name)))

    def pass_by_the_proxy(self, request: Any) -> None:
        """Have the standard library say that the providers' hosts need no proxy: everybody asks it."""
        exempt = frozenset(self._hosts.split(","))

        def passing(asked: Callable[..., Any]) -> Callable[..., Any]:
            def proxy_bypass(host: str, *args: Any, **options: Any) -> Any:
                return host.partition(":")[0].lower() in exempt or asked(host, *args, **options)

            setattr(proxy_bypass, MARK, True)
            return proxy_bypass

        def telling(asked: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
            def getproxies(*args: Any, **options: Any) -> dict[str, str]:
                found = asked(*args, **options)
                return {**found, "no": ",".join(filter(None, (found.get("no"), self._hosts)))} if found else found

            return getproxies

        if not hasattr(request.proxy_bypass, MARK):
            for name in ("proxy_bypass", "proxy_bypass_environment"):
                setattr(request, name, passing(getattr(request, name)))
            for name in ("getproxies", "getproxies_environment"):
                setattr(request, name, telling(getattr(request, name)))

    def lead_uvloop(self, uvloop: Any) -> None:
        """Lead uvloop's own look-ups, which are libuv's."""
        loop = uvloop.Loop
        look_up, connect = loop.getaddrinfo, loop.create_connection
        if hasattr(look_up, MARK):
            return

        async def getaddrinfo(one: Any, host: Any, port: Any, **options: Any) -> Any:
            if self.led(host, port):
                host, port, options = "127.0.0.1", self._port, {**options, "flags": 0}
            return await look_up(one, host, port, **options)

        async def create_connection(one: Any, factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
            if self.led(host, port):
                if options.get("ssl") and options.get("server_hostname") is None:
                    options["server_hostname"] = host
                host, port = "127.0.0.1", self._port
            return await connect(one, factory, host, port, **options)

        setattr(getaddrinfo, MARK, True)
        loop.getaddrinfo, loop.create_connection = getaddrinfo, create_connection

    def lead_aiohttp(self, resolver: Any) -> None:
        """Have aiohttp ask the system, as it does unless aiodns is installed."""
        resolver.DefaultResolver = resolver.ThreadedResolver

    def lead_anyio(self, sockets: Any) -> None:
        """Lead anyio's connections (httpx's and httpcore's are): of a look-up's answer it takes the address alone."""
        connect = sockets.connect_tcp
        if hasattr(connect, MARK):
            return

        async def connect_tcp(remote_host: Any, remote_port: Any, **options: Any) -> Any:
            if self.led(remote_host, remote_port):
                if (options.get("tls") or options.get("ssl_context")) and options.get("tls_hostname") is None:
                    options["tls_hostname"] = remote_host
                remote_host, remote_port = "127.0.0.1", self._port
            return await connect(remote_host, remote_port, **options)

        setattr(connect_tcp, MARK, True)
        sockets.connect_tcp = connect_tcp
