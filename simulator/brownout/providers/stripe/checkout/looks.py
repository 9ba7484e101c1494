"""How a session's page looks: HTML without scripts, each field with its label, everything of somebody's escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from brownout.core.money import say
from brownout.providers.stripe.pages import TEST_MODE, html

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.core.exchange import Answer

_HINT: Final = '<p class="hint">This is Brownout, a simulator. Use a test card, such as 4242 4242 4242 4242.</p>\n'
COUNTRIES: Final = {
    "US": "United States", "AU": "Australia", "AT": "Austria", "BE": "Belgium", "BR": "Brazil", "BG": "Bulgaria",
    "CA": "Canada", "CN": "China", "HR": "Croatia", "CY": "Cyprus", "CZ": "Czech Republic", "DK": "Denmark",
    "EE": "Estonia", "FI": "Finland", "FR": "France", "DE": "Germany", "GI": "Gibraltar", "GR": "Greece",
    "HK": "Hong Kong", "HU": "Hungary", "IN": "India", "IE": "Ireland", "IT": "Italy", "JP": "Japan", "LV": "Latvia",
    "LI": "Liechtenstein", "LT": "Lithuania", "LU": "Luxembourg", "MY": "Malaysia", "MT": "Malta", "MX": "Mexico",
    "NL": "Netherlands", "NZ": "New Zealand", "NO": "Norway", "PL": "Poland", "PT": "Portugal", "RO": "Romania",
    "SG": "Singapore", "SK": "Slovakia", "SI": "Slovenia", "ES": "Spain", "SE": "Sweden", "CH": "Switzerland",
    "TH": "Thailand", "AE": "United Arab Emirates", "GB": "United Kingdom",
}  # fmt: skip
"""Countries to choose from; a form that is posted without a browser may name any."""


def notice(
    title: str, said: str, *, back: tuple[str, str] | None = None, status: int = 200, error: str | None = None
) -> Answer:  # fmt: skip
    """Return a page that says one thing; `back` is an address to go on to, and what the link says."""
    link = f'<p><a href="{escape(back[0])}">{escape(back[1])}</a></p>' if back is not None else ""
    return html(title, said, link, status=status, error=error)


def alert(said: str) -> str:
    """Return what a screen reader says at once."""
    return f'<p role="alert">{escape(said)}</p>\n'


def field(
    name: str, label: str, value: str = "", *, wrong: Mapping[str, str], needed: bool = True, **attributes: str
) -> str:
    """Return a labelled input, with what is wrong with it."""
    more = "".join(f' {key.replace("_", "-")}="{escape(one)}"' for key, one in attributes.items())
    return (
        f"{_label(name, label, needed=needed)}"
        f'<input id="{escape(name)}" name="{escape(name)}" value="{escape(value)}"{_state(name, wrong, needed=needed)}'
        f"{more}>{_wrong(name, wrong)}\n"
    )


def choice(
    name: str, label: str, options: Iterable[tuple[str, str]], value: str, *, wrong: Mapping[str, str],
    needed: bool = True, autocomplete: str = "off",
) -> str:  # fmt: skip
    """Return a labelled select of (value, text), with what is wrong with it."""
    inside = "".join(
        f'<option value="{escape(key)}"{" selected" if key == value else ""}>{escape(text)}</option>'
        for key, text in options
    )
    return (
        f"{_label(name, label, needed=needed)}"
        f'<select id="{escape(name)}" name="{escape(name)}" autocomplete="{autocomplete}"'
        f"{_state(name, wrong, needed=needed)}>{inside}</select>{_wrong(name, wrong)}\n"
    )


def kept(name: str, value: str) -> str:
    """Return a field that nobody sees."""
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">\n'


def tick(
    name: str, value: str, label: str, *, wrong: Mapping[str, str], kind: str = "checkbox", on: bool = False,
    needed: bool = False,
) -> str:  # fmt: skip
    """Return a labelled box to tick, or one of several radio buttons."""
    own = f"{name}-{value}"
    return (
        f'<label for="{escape(own)}"><input type="{kind}" id="{escape(own)}" name="{escape(name)}" '
        f'value="{escape(value)}"{" checked" if on else ""}{_state(name, wrong, needed=needed)}>{escape(label)}</label>'
        f"{_wrong(name, wrong)}\n"
    )


def _label(name: str, label: str, *, needed: bool) -> str:
    told = "" if needed else ' <span class="hint">(optional)</span>'
    return f'<label for="{escape(name)}">{escape(label)}{told}</label>'


def _state(name: str, wrong: Mapping[str, str], *, needed: bool) -> str:
    bad = f' aria-invalid="true" aria-describedby="{escape(name)}-wrong"' if name in wrong else ""
    return (" required" if needed else "") + bad


def _wrong(name: str, wrong: Mapping[str, str]) -> str:
    return f'<p class="wrong" id="{escape(name)}-wrong">{escape(wrong[name])}</p>' if name in wrong else ""


def summary(session: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> str:
    """Return what is bought and what it costs, or what a card is saved for."""
    shop = escape(session["branding_settings"]["display_name"])
    back = session["cancel_url"]
    link = f'<p><a href="{escape(back)}" rel="prev">Cancel and go back</a></p>\n' if back else ""
    if session["mode"] == "setup":
        return f"<section>{link}{TEST_MODE}<h1>Save payment details for {shop}</h1>\n{_HINT}</section>\n"
    code = session["currency"]
    rows = "".join(_row(item, code) for item in items)
    details = session["total_details"]
    foot = ""
    if session["shipping_options"]:
        subtotal, shipping = session["amount_subtotal"], details["amount_shipping"]
        foot = f"{_line('Subtotal', say(subtotal, code))}{_line('Shipping', say(shipping, code))}"
    due = say(session["amount_total"], code)
    return (
        f'<section>{link}{TEST_MODE}<h1>Pay {shop}</h1>\n<p class="total" id="total">{escape(due)}</p>\n'
        f"<table><tbody>{rows}</tbody><tfoot>{foot}{_line('Total due', due)}</tfoot></table>\n{_HINT}</section>\n"
    )


def _row(item: Mapping[str, Any], code: str) -> str:
    quantity, each = item["quantity"], item["price"].get("unit_amount")
    told = f"<br><small>Qty {quantity}" + (f", {escape(say(each, code))} each" if each is not None else "") + "</small>"
    return _line_of(f"{escape(item['description'] or '')}{told if quantity != 1 else ''}", item["amount_total"], code)


def _line_of(told: str, amount: int, code: str) -> str:
    return f'<tr><th scope="row">{told}</th><td>{escape(say(amount, code))}</td></tr>\n'


def _line(told: str, amount: str) -> str:
    return f'<tr><th scope="row">{told}</th><td>{escape(amount)}</td></tr>\n'
