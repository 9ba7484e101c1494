"""What a person sees in a browser: the consent screen, the consents that were given, and what went wrong.

Plain HTML without scripts: it works in any browser, and reads nothing from anywhere else.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple

from brownout.core.exchange import Answer
from brownout.providers.oauth.errors import journal_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.core.tokens import Consent

HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
"""RFC 9700 §4.2.4 and §4.16: no referrer that could hold a code, no frame that could steal a click."""
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}"
    "label{display:block;padding:.4rem 0}button{font:inherit;padding:.5rem 1.2rem;margin:.8rem .6rem 0 0}"
    "td,th{text-align:left;padding:.3rem .8rem .3rem 0;vertical-align:top}small{opacity:.7}"
)


class Row(NamedTuple):
    """A scope on the consent screen, and whether it was granted before."""

    scope: str
    granted: bool


def consent_page(
    client: str, subject: str, rows: Sequence[Row], hidden: Mapping[str, str], *, action: str
) -> Answer:  # fmt: skip
    """Return the screen that asks `subject` what of it `client` may have."""
    fields = "".join(_hidden(name, value) for name, value in hidden.items())
    boxes = "".join(_box(row) for row in rows)
    body = (
        f"<h1>{escape(client)} asks for access</h1><p>Signed in as <b id=subject>{escape(subject)}</b>. "
        "Untick what it may not do.</p>"
        f'<form method=post action="{escape(action)}">{fields}{_hidden("granular", "1")}{boxes}'
        "<button name=decision value=approve>Allow</button><button name=decision value=deny>Deny</button></form>"
    )
    return _page(200, "Allow access?", body)


def consents_page(subject: str | None, consents: Iterable[Consent], *, action: str) -> Answer:
    """Return the list of what was allowed to whom, each scope with a button to take it back, and one for all."""
    rows = "".join(_consent(one, action) for one in consents)
    table = f"<table>{rows}</table>" if rows else "<p>No application has access.</p>"
    who = f" of {escape(subject)}" if subject is not None else ""
    return _page(200, "Applications with access", f"<h1>Applications with access to the data{who}</h1>{table}")


def error_page(code: str, description: str, *, status: int = 400, cause: str | None = None) -> Answer:
    """Return what the person at the browser is told when the client can't be."""
    body = f"<h1>This can't go on</h1><p><code id=error>{escape(code)}</code>: {escape(description)}</p>"
    return _page(status, "Error", body, error=journal_word(code), cause=cause)


def _box(row: Row) -> str:
    scope = escape(row.scope)
    note = " <small>(allowed before)</small>" if row.granted else ""
    return f'<label><input type=checkbox name=granted value="{scope}" checked> {scope}{note}</label>'


def _consent(one: Consent, action: str) -> str:
    since = datetime.fromtimestamp(one.since, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    whose = _hidden("client_id", one.client_id) + _hidden("subject", one.subject)
    buttons = "".join(
        f"<button name=scope value={_quoted(scope)}>Take back {escape(scope)}</button>" for scope in sorted(one.scopes)
    )
    return (
        f"<tr><td><b>{escape(one.client_id)}</b><br><small>{escape(one.subject)}, since {since}</small></td><td>"
        f'<form method=post action="{escape(action)}">{whose}{buttons}<button>Take back all</button></form></td></tr>'
    )


def _hidden(name: str, value: str) -> str:
    return f"<input type=hidden name={_quoted(name)} value={_quoted(value)}>"


def _quoted(text: str) -> str:
    return f'"{escape(text)}"'


def _page(status: int, title: str, body: str, *, error: str | None = None, cause: str | None = None) -> Answer:
    text = (
        f'<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>{body}</html>"
    )
    return Answer(status, text.encode("utf-8", "replace"), headers=HEADERS, error=error, cause=cause, stored=False)
