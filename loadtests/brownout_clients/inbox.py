"""Where webhooks arrive under Locust, and the shop's front door, which isn't always open.

What arrives is posted by the server over the loopback; under `brownout sim` something else delivers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.core.chance import uniform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from brownout_clients.protocols import Clock
    from brownout_clients.protocols import Inbox as Opens

    Hear = Callable[[Mapping[str, str], bytes], int]

SHUT_SHARE: Final = 0.1
"""Of how many orders the news comes while the door is shut, as it is for as long as a shop is being deployed."""
SHUT_SECONDS: Final = 30.0
"""For how long: what comes again after that is let in."""
UNAVAILABLE: Final = 503
_BROKE: Final = 500
_ORDER: Final = re.compile(rb'"order_id"\s*:\s*"([^"]{1,200})"')
_BYTES_MOST: Final = 1_000_000


class Door:
    """An inbox behind a door: the news of one order in ten is answered 503. The seed says which, for all arms alike."""

    def __init__(self, inbox: Opens, clock: Clock, seed: int) -> None:
        self._inbox = inbox
        self._clock = clock
        self._seed = seed
        self._shut_at: dict[str, float] = {}

    def open(self, name: str, hear: Hear) -> str:
        """Hand what is let in to `hear`, and return the URL."""

        def answer(headers: Mapping[str, str], body: bytes) -> int:
            return UNAVAILABLE if self.shut(body) else hear(headers, body)

        return self._inbox.open(name, answer)

    def shut(self, body: bytes) -> bool:
        """Return whether the door is shut to what `body` tells."""
        named = _ORDER.search(body)
        order = named[1].decode("utf-8", "replace") if named else ""
        if not order or uniform(self._seed, "drill", "door", order) >= SHUT_SHARE:
            return False
        return self._clock.now() < self._shut_at.setdefault(order, self._clock.now()) + SHUT_SECONDS


class LoopbackInbox:
    """Listens on a free port of the loopback from the first `open` on."""

    def __init__(self) -> None:
        self._hear: dict[str, Hear] = {}
        self._server: Any = None

    def open(self, name: str, hear: Hear) -> str:
        """Hand what is posted to `/name` to `hear`, and return its URL."""
        if self._server is None:
            from gevent.pywsgi import WSGIServer  # noqa: PLC0415 - a simulation does without gevent

            self._server = WSGIServer(("127.0.0.1", 0), self._serve, log=None, error_log=None)
            self._server.start()
        self._hear[f"/{name}"] = hear
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.stop()

    def _serve(
        self, environ: Mapping[str, Any], start: Callable[[str, list[tuple[str, str]]], object]
    ) -> Iterable[bytes]:
        hear = self._hear.get(environ["PATH_INFO"])
        body = environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), _BYTES_MOST))
        start(f"{404 if hear is None else _heard(hear, environ, body)} .", [("Content-Length", "0")])
        return [b""]


class _Headers(dict[str, str]):
    """Headers by their names in any case."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


def _heard(hear: Hear, environ: Mapping[str, Any], body: bytes) -> int:
    headers = _Headers(
        (key.removeprefix("HTTP_").replace("_", "-").lower(), value)
        for key, value in environ.items()
        if key.startswith("HTTP_") or key == "CONTENT_TYPE"
    )
    try:
        return hear(headers, body)
    except Exception:  # whatever somebody's receiver raises, a web server answers 500
        return _BROKE
