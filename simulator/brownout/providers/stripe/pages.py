"""Pages for the payer's browser: small, without scripts, readable for a person and for a test."""

from __future__ import annotations

from html import escape
from string import printable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from brownout.core.exchange import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call

HTML: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
SHOWN_LETTERS: Final = 64
"""So much of somebody's text is repeated on a page."""
_STYLE: Final = """
:root{color-scheme:light;--ink:#1a1f36;--soft:#697386;--line:#d5dbe1;--blue:#0a5bb8;--red:#b3093c}
*{box-sizing:border-box}body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:#f6f9fc;
overflow-wrap:anywhere}
main{display:grid;grid-template-columns:minmax(0,1fr);gap:2rem;max-width:62rem;margin:0 auto;padding:2rem 1rem}
@media(min-width:50rem){main{grid-template-columns:repeat(2,minmax(0,1fr));gap:4rem;padding-top:4rem}}
.narrow{display:block;max-width:34rem}h1{font-size:1rem;font-weight:600;margin:0 0 .5rem}.narrow h1{font-size:1.5rem}
h2{font-size:1.05rem;margin:1.5rem 0 .5rem}.total{font-size:2.2rem;font-weight:700;margin:.2rem 0 1.2rem}
.test{background:#ffde92;color:#4d3200;border-radius:4px;padding:.1rem .4rem;font-size:.75rem;font-weight:700}
table{width:100%;border-collapse:collapse}td,th{padding:.5rem 0;text-align:left;vertical-align:top;font-weight:400}
td:last-child{text-align:right;white-space:nowrap}tr+tr>*{border-top:1px solid var(--line)}
tfoot{border-top:1px solid #8792a2}tfoot tr:last-child>*{font-weight:700}
small,.hint{color:var(--soft);font-size:.875rem}
form{background:#fff;border:1px solid var(--line);border-radius:8px;padding:1.5rem}
fieldset{border:0;margin:0 0 1.5rem;padding:0;min-width:0}legend{font-weight:600;padding:0}
label{display:block;margin:.7rem 0 .2rem;font-size:.9rem}
input,select{font:inherit;width:100%;padding:.55rem .7rem;border:1px solid #8792a2;border-radius:6px;background:#fff;
color:inherit}input[type=checkbox],input[type=radio]{width:auto;margin-right:.5rem}
input:focus,select:focus,button:focus,a:focus{outline:3px solid #7fb2ea;outline-offset:1px}
[aria-invalid=true]{border-color:var(--red)}.wrong{color:var(--red);font-size:.875rem;margin:.2rem 0 0}
[role=alert]{border-left:4px solid var(--red);background:#fff0f3;color:#7d0629;padding:.7rem 1rem;margin:0 0 1rem}
.pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:.8rem}
button{font:inherit;font-weight:600;width:100%;margin-top:1rem;padding:.75rem;border:0;border-radius:6px;
color:#fff;background:var(--blue);cursor:pointer}
button~button{background:#fff;color:var(--blue);box-shadow:inset 0 0 0 1px var(--blue)}a{color:var(--blue)}
"""
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<style>{style}</style></head><body><main{narrow}>
{inside}</main></body></html>
"""
TEST_MODE: Final = '<p><span class="test">TEST MODE</span></p>\n'
_SAID: Final = """<section>{test}<h1>{title}</h1>
<p>{said}</p>
{inside}<p class="hint">This is Brownout, a simulator. Nobody pays here, and nobody is checked.</p></section>
"""


def page(
    title: str, inside: str, *, status: int = 200, error: str | None = None, narrow: bool = False, stored: bool = False
) -> Answer:  # fmt: skip
    """Return a page; `inside` is HTML, the title isn't."""
    text = _PAGE.format(title=escape(title), style=_STYLE, narrow=' class="narrow"' if narrow else "", inside=inside)
    return Answer(status, text.encode("utf-8", "replace"), headers=HTML, error=error, stored=stored)


def html(
    title: str, said: str, inside: str = "", *, status: int = 200, error: str | None = None, stored: bool = False
) -> Answer:
    """Return a page that says one thing; `inside` is HTML, everything else is escaped."""
    body = _SAID.format(test=TEST_MODE, title=escape(title), said=escape(said), inside=inside)
    return page(title, body, status=status, error=error, narrow=True, stored=stored)


def buttons(action: str, results: Mapping[str, str], above: str = "") -> str:
    """Return a form, posted to `action`, with a button for each result and what it says; `above` is HTML."""
    each = "".join(f'<button name="result" value="{one}">{escape(said)}</button>\n' for one, said in results.items())
    return f'{above}<form method="post" action="{escape(action)}">\n{each}</form>\n'


def pressed(call: Call, results: Mapping[str, str]) -> str | None:
    """Return the result whose button was pressed, None if it is none of them."""
    result = call.params.get("result")
    return result if isinstance(result, str) and result in results else None


def no_such_result(results: Mapping[str, str]) -> Answer:
    """Return the page that says which results there are."""
    return html("No such result", f"Say one of {', '.join(results)}.", status=400, error="no_such_result")


def sent_to(url: str, query: Mapping[str, str]) -> Answer:
    """Return the redirect to somebody's URL, with `query` added to its own, whatever letters it has."""
    address, hash_mark, fragment = url.partition("#")
    if query:
        address += ("&" if "?" in address else "?") + urlencode(query)
    location = quote(f"{address}{hash_mark}{fragment}", safe=printable.strip())
    return Answer(303, b"", headers={"Content-Type": HTML["Content-Type"], "Location": location}, stored=False)


def of_any_account(call: Call, object_type: str, object_id: str) -> dict[str, Any] | None:
    """Return an object of any account, and let the call be that account's: a payer has no key."""
    for (provider, account, kind), table in call.world.tables.items():
        if provider == call.provider and kind == object_type and (found := table.get(object_id)) is not None:
            call.account = account
            return found
    return None
