"""Addresses that webhooks go to."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_url(url: str) -> bool:
    """Return whether it is a web address with a host, and a port that there can be.

    >>> is_url("http://127.0.0.1:8080/hook"), is_url("https://"), is_url("ftp://x")
    (True, False, False)
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0
