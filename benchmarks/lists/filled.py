"""A world with many objects of one type, put where Stripe's operations keep them, and the ways to ask for some.

The test that counts how many objects a list looks at (tests/providers/stripe/test_list_cost.py) asks in the same ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from brownout.core.plan import Plan
from brownout.providers.stripe import STRIPE
from brownout.providers.stripe.generic.tables import tables
from brownout.testing import EngineTransport

if TYPE_CHECKING:
    from brownout.core.store import Table

KEY: Final = "sk_test_lists"
RARE: Final = 50
"""How many objects have the value that is asked for."""
PAY: Final = b"amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa&allowed_payment_method_types[0]=card"
FILTERS: Final[dict[str, dict[str, Any]]] = {
    "customer": {"email": "rare@example.com"},
    "payment_intent": {"customer": "cus_rare"},
    "charge": {"customer": "cus_rare", "payment_intent": "pi_rare", "transfer_group": "rare"},
    "refund": {"charge": "ch_rare", "payment_intent": "pi_rare"},
    "balance_transaction": {"source": "ch_rare", "type": "adjustment", "currency": "eur"},
    "event": {"type": "charge.failed"},
    "product": {"url": "https://rare.example", "active": False},
    "price": {"product": "prod_rare", "currency": "eur", "lookup_keys[0]": "rare"},
    "setup_intent": {"customer": "cus_rare", "payment_method": "pm_rare"},
    "setup_attempt": {"setup_intent": "seti_rare"},
    "dispute": {"charge": "ch_rare", "payment_intent": "pi_rare"},
    "radar.early_fraud_warning": {"charge": "ch_rare", "payment_intent": "pi_rare"},
    "payout": {"status": "failed", "destination": "ba_rare"},
    "transfer": {"destination": "acct_rare", "transfer_group": "rare"},
    "application_fee": {"charge": "ch_rare"},
    "topup": {"status": "canceled"},
    "checkout.session": {"customer": "cus_rare", "payment_intent": "pi_rare", "status": "expired"},
    "payment_link": {"active": False},
    "file": {"purpose": "identity_document"},
    "file_link": {"file": "file_rare"},
    "identity.verification_session": {"client_reference_id": "rare", "status": "canceled"},
    "identity.verification_report": {"type": "id_number", "client_reference_id": "rare"},
}
"""Parameters that name a field, by type of object, and the value that few have."""
NEEDED: Final[dict[str, dict[str, Any]]] = {
    "payment_method": {"customer": "cus_rare"},
    "setup_attempt": FILTERS["setup_attempt"],
    "radar.value_list_item": {"value_list": "rsl_rare"},
    "review": {"open": True},
}
"""What a list is never without, and what it shows alone."""
UNDATED: Final = frozenset({"payment_method", "webhook_endpoint"})
"""Lists that take no `created`."""
SEARCHED: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "customer": ("email:'RARE@example.com'", {"email": "rare@example.com"}),
    "payment_intent": ("metadata['order_id']:'rare' AND amount>100", {"metadata": {"order_id": "rare"}}),
    "charge": ("customer:'cus_rare'", {"customer": "cus_rare"}),
    "product": ("active:'false'", {"active": False}),
    "price": ("lookup_key:'rare'", {"lookup_key": "rare"}),
}
_FIELDS: Final = {"lookup_keys[0]": "lookup_key"}


def listable() -> dict[str, str]:
    """Return the path of each modelled list that stands by itself, by the type of its objects."""
    return {
        one.object_type: one.path
        for one in STRIPE.operations
        if one.listing is not None and "{" not in one.path and not one.path.endswith("/search") and one.object_type
    }


class Filled:
    """A world with `size` objects of a type; some have what `with_rare` says."""

    def __init__(self, object_type: str, size: int, with_rare: dict[str, Any]) -> None:
        """Make it."""
        self.transport = EngineTransport(Plan(seed=7))
        self.get("/v1/balance")
        now = int(self.transport.world.moment.world) - size
        template = self._template(object_type)
        self.table = self._table(object_type)
        for number in range(size):
            rare = with_rare if number % max(size // RARE, 1) == 0 else {}
            self.table.put({**template, "id": f"{object_type}_{number}", "created": now + number, **rare})
        self.size = size
        self.first = f"{object_type}_0"
        self.deep = f"{object_type}_{size * 9 // 10}"  # a tenth from the newest
        self.middle = f"{object_type}_{size // 2}"
        self.since = now + size // 2
        if object_type == "event":
            self._table("event_order").put({"id": "order", "ids": [], "types": {"charge.failed": True}, "evicted": 0})

    def _table(self, name: str) -> Table:
        world = self.transport.world
        account = next(iter(world.journal)).account
        return world.store.table(account, f"stripe.{name}")

    def _template(self, object_type: str) -> dict[str, Any]:
        """Return a real one where that is easy, else one with all its fields."""
        if object_type in ("payment_intent", "charge", "balance_transaction", "payment_method"):
            self.post("/v1/payment_intents", PAY)
            self.transport.advance(60)  # a charge is booked a moment later
        elif object_type == "customer":
            self.post("/v1/customers", b"name=Ada")
        else:
            usual = {"object": object_type, "livemode": False, "metadata": {}, "available_on": 0, "active": True}
            usual |= {"arrival_date": 0, "amount": 0}
            return {**dict.fromkeys(tables().objects.get(object_type, ())), **usual, "type": "usual", "status": "usual"}
        made = next(iter(self._table(object_type).newest_first()))
        self._table(object_type).remove(made["id"])
        return made

    def ask(self, path: str, query: str) -> bytes:
        """Return what a GET is answered whose query may name objects of this world, as those of `ways` do."""
        return self.get(path, query.format(deep=self.deep, middle=self.middle, since=self.since))

    def get(self, path: str, query: str = "") -> bytes:
        """Return what a GET is answered.

        Raises:
            RuntimeError: if it isn't 200.
        """
        return self._send("GET", f"/stripe{path}?{query}", b"")

    def post(self, path: str, form: bytes) -> bytes:
        """Return what a POST is answered."""
        return self._send("POST", f"/stripe{path}", form)

    def _send(self, method: str, url: str, body: bytes) -> bytes:
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/x-www-form-urlencoded"}
        sent = self.transport.send(method, url, headers=headers, body=body)
        if sent.status != 200:
            raise RuntimeError(f"{method} {url}: {sent.body.decode()}")
        return sent.body


def ways(object_type: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return the ways to ask for objects: what each is called, path, query, and what few objects have for it.

    A query may name the `{deep}` and `{middle}` object of the world, and the time `{since}` of the middle one.
    """
    path = listable()[object_type]
    needed = NEEDED.get(object_type, {})
    base = "&".join(["limit=100", *(f"{name}={value}" for name, value in needed.items() if name != "open")])
    found = [
        ("newest", path, base, needed),
        ("deep cursor", path, base + "&starting_after={deep}", needed),
        ("ending before", path, base + "&ending_before={middle}", needed),
    ]
    if object_type not in UNDATED:
        found.append(("created", path, base + "&created[lte]={since}", needed))
    for name, value in FILTERS.get(object_type, {}).items():
        told = str(value).lower() if isinstance(value, bool) else quote(str(value))
        has = {**needed, _FIELDS.get(name, name): value}
        found.append((name, path, f"{base}&{name}={told}", has))
        found.append((f"{name}, deep", path, f"{base}&{name}={told}&starting_after={{middle}}", has))
    if object_type in SEARCHED:
        query, has = SEARCHED[object_type]
        found.append(("search", f"{path}/search", f"limit=100&query={quote(query)}", has))
    if object_type == "charge":
        found.append(("expanded", path, base + "&expand[0]=data.balance_transaction&expand[1]=data.customer", {}))
    if object_type == "event":
        found.append(("type=charge.*", path, base + "&type=charge.*", {"type": "charge.failed"}))
    return found
