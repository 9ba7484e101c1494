"""Pages for the payer's browser: small, without scripts, readable for a person and for a test."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from brownout.core.exchange import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call

HTML: Final = {"Content-Type": "text/html; charset=utf-8"}
SHOWN_LETTERS: Final = 64
"""So much of somebody's text is repeated on a page."""
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem}}
label{{display:block;margin:.8rem 0}}input,select{{font:inherit;width:100%;box-sizing:border-box;padding:.4rem}}
button{{font:inherit;padding:.5rem 1rem;margin:.3rem .3rem .3rem 0}}[role=alert]{{color:#a00}}</style>
</head><body><h1>{title}</h1>
<p>{said}</p>
{inside}</body></html>
"""


def html(
    title: str, said: str, inside: str = "", *, status: int = 200, error: str | None = None, stored: bool = False
) -> Answer:
    """Return a page; `inside` is HTML, everything else is escaped."""
    body = _PAGE.format(title=escape(title), said=escape(said), inside=inside).encode("utf-8", "replace")
    return Answer(status, body, headers=HTML, error=error, stored=stored)


def sent_to(url: str, query: Mapping[str, str]) -> Answer:
    """Return the redirect to somebody's URL, with `query` added to its own."""
    parts = urlsplit(url)
    both = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *query.items()])
    return Answer(303, b"", headers={**HTML, "Location": parts._replace(query=both).geturl()}, stored=False)


def of_any_account(call: Call, object_type: str, object_id: str) -> dict[str, Any] | None:
    """Return an object of any account, and let the call be that account's: a payer has no key."""
    for (provider, account, kind), table in call.world.tables.items():
        if provider == call.provider and kind == object_type and (found := table.get(object_id)) is not None:
            call.account = account
            return found
    return None
