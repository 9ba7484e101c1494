"""The admin API of a Brownout that runs elsewhere, called from blocking code; under Locust, from green threads."""

from __future__ import annotations

from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import orjson

from brownout import __version__
from brownout.core.errors import UsageError, did_you_mean
from brownout.server.worlds import DEFAULT, NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_SECONDS: Final = 10.0
_UNAUTHORIZED: Final = 401
_CONFLICT: Final = 409


class Unreachable(UsageError):
    """Nobody answers, or not as Brownout does."""


class Taken(UsageError):
    """Somebody else holds the sandbox, or our lease on it has lapsed."""


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow none: what we change must change where we were told to."""


class Api:
    """The admin API of one sandbox. `url` is the server's, `name` the sandbox's.

    Raises:
        UsageError: if `attach` is no address, or names another sandbox than `sandbox`.
    """

    def __init__(self, attach: str, sandbox: str | None = None, token: str | None = None) -> None:
        self.url, self.name = _place(attach, sandbox)
        self.token = token
        self._opener = build_opener(
            ProxyHandler({}), _NoRedirect()
        )  # the server is asked itself, whatever proxy is set

    @property
    def sandbox_url(self) -> str:
        """The server with the sandbox's own path."""
        return f"{self.url}/~{self.name}"

    def get(self, path: str, **query: str | int) -> Any:
        """Return what a GET answers.

        Raises:
            UsageError: if nobody answers there, it isn't Brownout, or it refuses.
        """
        return self._json(self.send("GET", path, query=query))

    def put(self, path: str, value: Any, **query: str) -> Any:
        """Return what a PUT of a JSON value, or of bytes as they are, answers. Raises as `get` does."""
        return self._json(
            self.send("PUT", path, body=value if isinstance(value, bytes) else orjson.dumps(value), query=query)
        )

    def delete(self, path: str, **query: str) -> Any:
        """Return what a DELETE answers. Raises as `get` does."""
        return self._json(self.send("DELETE", path, query=query))

    def lines(self, path: str, **query: int) -> list[bytes]:
        """Return the lines that a GET answers. Raises as `get` does."""
        return self.send("GET", path, query=query).splitlines(keepends=True)

    def check(self) -> None:
        """Return if a drill can attach here.

        Raises:
            UsageError: saying why it can't.
        """
        health = self._json(self.send("GET", "/health", sandbox=False))
        if not isinstance(health, dict) or not {"version", "instance"} <= health.keys():
            raise Unreachable(f"{self.url}: what answers there isn't Brownout")
        if health["version"] != __version__:
            raise UsageError(
                f"{self.url} runs Brownout {health['version']} and this is {__version__}: use one version on both sides"
            )
        names = [one["name"] for one in self._json(self.send("GET", "/sandboxes", sandbox=False))["sandboxes"]]
        if self.name not in names:
            raise UsageError(
                f"--sandbox: {did_you_mean(self.name, names)}\nThe service makes its sandbox with its first call, "
                f"or you do: curl -X PUT {self.url}/_brownout/sandboxes/{self.name}"
            )
        clock = self.get("/clock")
        if clock["frozen"] or clock["speed"] != 1:
            how = "stands still" if clock["frozen"] else f"runs at {clock['speed']:g} times the wall's"
            raise UsageError(
                f"the clock of sandbox {self.name!r} {how}: a drill that attaches needs the wall's own speed; "
                f"""curl -X POST {self.sandbox_url}/_brownout/clock -d '{{"freeze": false, "speed": 1}}'"""
            )

    def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        query: Mapping[str, str | int] | None = None,
        sandbox: bool = True,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> bytes:
        """Return the body of an answer. Raises as `get` does."""
        base = self.sandbox_url if sandbox else self.url
        whole = f"{base}/_brownout{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        request = Request(whole, data=body, headers=headers, method=method)  # noqa: S310 - http or https, see _place
        try:
            with self._opener.open(request, timeout=timeout_seconds) as answer:
                found: bytes = answer.read()
                return found
        except HTTPError as refused:
            with refused:
                raise self._refusal(refused) from None
        except (OSError, HTTPException) as problem:
            why = getattr(problem, "reason", problem)
            raise Unreachable(f"no Brownout answers at {self.url}: {why}; brownout serve starts one") from None

    def _refusal(self, refused: HTTPError) -> UsageError:
        """Return what an answer of 3xx, 4xx or 5xx means."""
        where = refused.headers.get("Location")
        if where is not None:
            return Unreachable(f"{self.url} redirects to {where}: give the address of the server itself")
        try:
            why = str(orjson.loads(refused.read())["brownout"]["error"])
        except (OSError, HTTPException, ValueError, KeyError, TypeError):
            return Unreachable(f"{self.url}: what answers there isn't Brownout: it said {refused.code}")
        if refused.code == _CONFLICT:
            return Taken(why)
        if refused.code == _UNAUTHORIZED:
            why += "; here it is --admin-token, or BROWNOUT_ADMIN_TOKEN"
        return UsageError(f"{self.url}: {why}")

    def _json(self, body: bytes) -> Any:
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Unreachable(f"{self.url}: what answers there isn't Brownout: its answer isn't JSON") from None


def _place(attach: str, sandbox: str | None) -> tuple[str, str]:
    """Return a server's address and the name of a sandbox.

    >>> _place("http://127.0.0.1:8700/~load", None), _place("http://127.0.0.1:8700/", None)
    (('http://127.0.0.1:8700', 'load'), ('http://127.0.0.1:8700', 'default'))
    """
    try:
        parts = urlsplit(attach)
        known = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        known, parts = None, urlsplit("")
    path = parts.path.rstrip("/")
    if (
        not known
        or parts.query
        or parts.fragment
        or not (path == "" or (path.startswith("/~") and "/" not in path[1:]))
    ):
        raise UsageError(
            f"--attach: {attach!r} is no address of a Brownout: write one such as http://127.0.0.1:8700, or …/~NAME"
        )
    named = path[2:].partition("@")[0] or None
    if named is not None and sandbox is not None and named != sandbox:
        raise UsageError(f"--attach names sandbox {named!r}, and --sandbox {sandbox!r}: give one of them")
    name = named or sandbox or DEFAULT
    if NAME.fullmatch(name) is None:
        raise UsageError(f"--sandbox: {name!r} can't be a sandbox: its name has a-z, 0-9, _ and -, 63 at most")
    return f"{parts.scheme}://{parts.netloc}", name
