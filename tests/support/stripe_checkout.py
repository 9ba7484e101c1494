"""A shop that sells by Checkout, and payers in front of its pages, without sockets."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from stripe_world import World

SUCCESS = "https://shop.example/ok?s={CHECKOUT_SESSION_ID}"
CANCEL = "https://shop.example/cart"
VISA = "4242424242424242"
DECLINED = "4000000000000002"
CHALLENGED = "4000000000003220"


def flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Return nested parameters as the SDKs send them.

    >>> flat({"a": [{"b": True}]})
    [('a[0][b]', 'true')]
    """
    if isinstance(value, dict):
        inside: Any = value.items()
    elif isinstance(value, list):
        inside = enumerate(value)
    else:
        return [(name, str(value).lower() if isinstance(value, bool) else str(value))]
    return [pair for key, one in inside for pair in flat(one, f"{name}[{key}]" if name else str(key))]


def line(amount: int = 2000, quantity: int = 1, name: str = "Tea", **more: Any) -> dict[str, Any]:
    """Return a line item with a price of its own."""
    price = {"currency": "usd", "unit_amount": amount, "product_data": {"name": name}}
    return {"price_data": price, "quantity": quantity, **more}


def selling(**more: Any) -> dict[str, Any]:
    """Return the parameters of a session that sells, with whatever `more` says; None leaves one out."""
    usual = {"mode": "payment", "success_url": SUCCESS, "cancel_url": CANCEL, "line_items": [line(quantity=2)]}
    return {name: one for name, one in (usual | more).items() if one is not None}


def saving(**more: Any) -> dict[str, Any]:
    """Return the parameters of a session that saves a card."""
    return {"mode": "setup", "success_url": SUCCESS, "currency": "usd", **more}


class Page(HTMLParser):
    """A page as its visitor has it: where it led, what it says, and its form's fields."""

    def __init__(self, sent: Any) -> None:
        super().__init__()
        self.status = sent.status
        self.location = dict(sent.headers).get("Location", "")
        self.html = sent.body.decode()
        self.alert = ""
        self.text = ""
        self.fields: dict[str, str] = {}
        self.labelled: set[str] = set()
        self.ids: list[str] = []
        self._alerted = False
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.ids.append(found["id"])
        if tag in ("input", "select") and found.get("type") != "hidden":
            self.fields[found["name"]] = found["id"]
        if tag == "label":
            self.labelled.add(found["for"])
        self._alerted = found.get("role") == "alert"

    def handle_endtag(self, tag: str) -> None:
        self._alerted = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._alerted:
            self.alert += data


def visit(world: World, url: str, form: dict[str, str] | None = None) -> Page:
    """Open an address of ours, or post a form to it."""
    parts = urlsplit(url)
    path = f"/stripe{parts.path}?{parts.query}" if parts.query else f"/stripe{parts.path}"
    if form is None:
        return Page(world.transport.send("GET", path, headers={}, body=b""))
    return Page(world.transport.send("POST", path, headers=dict(world.FORM), body=urlencode(form).encode()))


def create(world: World, params: dict[str, Any], **more: Any) -> Any:
    """Create a session, and return the answer."""
    return world.post("/v1/checkout/sessions", urlencode(flat(params)), **more)


def session(world: World, **more: Any) -> dict[str, Any]:
    """Return a new session that sells."""
    answer = create(world, selling(**more))
    assert answer.status == 200, answer.body
    return dict(answer.body)


def again(world: World, made: dict[str, Any]) -> dict[str, Any]:
    """Return a session as it is now."""
    return dict(world.get(f"/v1/checkout/sessions/{made['id']}").body)
