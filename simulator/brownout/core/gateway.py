"""The gateway in front of a provider: the pages it answers with when no provider code ran.

Worded after the stock error pages of nginx (ngx_http_special_response.c), which most providers' edges resemble.
"""

from __future__ import annotations

from http import HTTPStatus

from brownout.core.effects import Reply

_OWN_PHRASES = {502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out",
                413: "Request Entity Too Large", 414: "Request-URI Too Large",
                431: "Request Header Or Cookie Too Large"}  # fmt: skip

_HEADERS_TOO_LARGE = "400 Request Header Or Cookie Too Large"


def page(status: int) -> Reply:
    """Return the HTML page of `status`, without any header a provider's own code would add."""
    try:
        phrase = _OWN_PHRASES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown Error"
    return _page(status, f"{status} {phrase}")


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


def _page(status: int, title: str) -> Reply:
    body = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return Reply(status, {"Content-Type": "text/html", "Server": "nginx"}, body.encode())
