"""What a running server says of itself, for commands that show it: calls of its admin API from blocking code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import orjson

from brownout.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = dict[str, Any]

_TIMEOUT_SECONDS: Final = 10.0
_SCOPES_SHOWN: Final = 3
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def ask(url: str, path: str, *, token: str | None = None, query: Mapping[str, str] | None = None) -> Any:
    """Return what the admin API of the sandbox at `url` answers to a GET.

    Raises:
        UsageError: if nobody answers there, it isn't Brownout, or it refuses.
    """
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, Request, build_opener

    if urlsplit(url).scheme not in ("http", "https"):
        raise UsageError(f"{url!r} is no address: write one such as http://127.0.0.1:8700, or …/~NAME for a sandbox")
    whole = f"{url.rstrip('/')}/_brownout{path}" + (f"?{urlencode(query)}" if query else "")
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    opener = build_opener(ProxyHandler({}))  # this machine is asked, whatever proxy is set for others
    try:
        with opener.open(Request(whole, headers=headers), timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked
            return orjson.loads(answer.read())
    except HTTPError as refused:
        with refused:
            raise UsageError(f"{url}: {_why(refused.read(), refused.code)}") from None
    except (OSError, HTTPException, ValueError) as problem:
        raise UsageError(f"no Brownout answers at {url}: {problem}; brownout serve starts one") from None


def _why(body: bytes, status: int) -> str:
    try:
        return str(orjson.loads(body)["brownout"]["error"])
    except (ValueError, KeyError, TypeError):
        return f"it answered {status}, and not as Brownout does"


def tokens(url: str, admin_token: str | None) -> list[Row]:
    """Return the tokens of a running server's sandbox as rows, client by client."""
    found = ask(url, "/tokens", token=admin_token)
    return [_row(client, token) for client in found["clients"] for token in client["tokens"]]


def _row(client: Mapping[str, Any], token: Mapping[str, Any]) -> Row:
    refreshes = client["refreshes"]
    return {
        "provider": token["provider"],
        "client": token["client"],
        "token": token["id"],
        "kind": token["kind"],
        "state": f"{token['state']} ({token['cause']})" if token["cause"] else token["state"],
        "issued": _at(token["issued"]),
        "left": span(token["left"]) if token["left"] is not None else "no end",
        "used": _at(token["used"]) or "never",
        **token["scopes"],
        "refreshes": f"{refreshes['good']} of {refreshes['tried']} good" if refreshes["tried"] else None,
    }


def _at(offset: float | None) -> str | None:
    return None if offset is None else f"{offset:.1f}s"


def span(seconds: float) -> str:
    """Return a length of time in its two largest units.

    >>> span(3725.5), span(59.9), span(0)
    ('1h2m', '59s', '0s')
    """
    left, parts = int(seconds), []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts[:2]) or "0s"


def short(row: Row) -> Row:
    """Return a row as a table shows it: more than a few scopes are only counted."""
    return {
        name: f"{len(value)} scopes" if isinstance(value, list) and len(value) > _SCOPES_SHOWN else value
        for name, value in row.items()
    }
