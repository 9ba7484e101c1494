"""The gateway in front of a provider: the pages it answers with when no provider code ran.

nginx's are worded after its stock error pages (ngx_http_special_response.c), which most providers' edges resemble, and
so are those of AWS's load balancer; Envoy's lines are its own. Cloudflare's pages are worded here, under its statuses
(developers.cloudflare.com, "Cloudflare 5xx errors", read 2026-11-22).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, Literal, TypeAlias

from brownout.core.effects import Reply

Server: TypeAlias = Literal["nginx", "cloudflare", "elb", "envoy"]
"""Whose page it is."""

_OWN_PHRASES = {502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out",
                413: "Request Entity Too Large", 414: "Request-URI Too Large",
                431: "Request Header Or Cookie Too Large"}  # fmt: skip
_HEADERS_TOO_LARGE = "400 Request Header Or Cookie Too Large"
_CLOUDFLARE: Final = {
    502: "Bad gateway",
    503: "Service temporarily unavailable",
    504: "Gateway time-out",
    520: "Web server returned an unknown error",
    521: "Web server is down",
    522: "Connection timed out",
    523: "Origin is unreachable",
    524: "A timeout occurred",
}
_ENVOY: Final = {
    502: "upstream connect error or disconnect/reset before headers. reset reason: protocol error",
    503: "no healthy upstream",
    504: "upstream request timeout",
}


def page(status: int, server: Server = "nginx", *, ray: str = "0000000000000000") -> Reply:
    """Return the page of `status`, without any header a provider's own code would add.

    `ray` is Cloudflare's id of the request.
    """
    match server:
        case "cloudflare":
            return _cloudflare(status, ray)
        case "envoy":
            body = _ENVOY.get(status, _phrase(status)).encode()
            return Reply(status, {"Content-Type": "text/plain", "Server": "envoy"}, body)
        case "elb":
            return _page(status, f"{status} {_phrase(status)}", server="awselb/2.0", signed="")
        case _:
            return _page(status, f"{status} {_phrase(status)}")


def refusal(status: int, detail: str) -> Reply:
    """Return the page for a request that never reached a provider; `detail` is what the HTTP parser says of it.

    nginx answers a line that is too long with 414, and headers that are too large or too many with 400 and a title
    of their own.
    """
    if "more than" in detail:
        return page(414) if "(b'/" in detail or "b'GET" in detail else _page(400, _HEADERS_TOO_LARGE)
    if "many headers" in detail:
        return _page(400, _HEADERS_TOO_LARGE)
    return page(status)


def _phrase(status: int) -> str:
    try:
        return _OWN_PHRASES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Error"


def _page(status: int, title: str, *, server: str = "nginx", signed: str = "<hr><center>nginx</center>\r\n") -> Reply:
    body = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n{signed}</body>\r\n</html>\r\n"
    )
    return Reply(status, {"Content-Type": "text/html", "Server": server}, body.encode())


def _cloudflare(status: int, ray: str) -> Reply:
    title = _CLOUDFLARE.get(status, _phrase(status))
    body = (
        f'<!DOCTYPE html>\n<html lang="en-US">\n<head><title>{status}: {title}</title>\n'
        '<meta name="robots" content="noindex, nofollow"></head>\n<body>\n'
        f"<h1>{title} <span>Error code {status}</span></h1>\n"
        "<p>The web server that was asked for reported an error, so this page can't be shown.</p>\n"
        f"<p>Ray ID: <strong>{ray}</strong></p>\n</body>\n</html>\n"
    )
    headers = {
        "Content-Type": "text/html; charset=UTF-8",
        "Cache-Control": "private, no-store",
        "Server": "cloudflare",
        "CF-RAY": f"{ray}-FRA",
    }
    return Reply(status, headers, body.encode())
