"""Histories to be judged, planted without a server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from brownout.core.ledger import Ledger
from brownout.verdict import ArmRun, Head
from brownout.verdict.rules import PlannedRule


class Story:
    """An arm's run, told one order at a time. By default nothing is wrong with it."""

    def __init__(self, arm: str = "keyed", **head: Any) -> None:
        """Begin; `head` replaces what the journal's first line says."""
        head.setdefault("thresholds", {"payments.duplicated": ("count == 0",), "payments.lost": ("count == 0",)})
        self.head = Head(arm=arm, client=arm, scenario="lost-answer", title="Lost", seed=7, **head)
        self.ledger = Ledger()
        self.records: list[dict[str, Any]] = []
        self.claims: list[dict[str, Any]] | None = []

    def call(self, key: str, *, source: str = "operation", **decided: Any) -> Story:
        """Add one request; the rules in `fired` were applied to it."""
        occurrence = 1 + sum(one["decided"]["key"] == key for one in self.records)
        fired = [
            {"rule": rule, "kind": "abort", "target": "response", "state": "applied", "effects": ["reset"]}
            for rule in decided.pop("fired", ())
        ]
        self.records.append(
            {
                "decided": {
                    "id": f"ex_{len(self.records)}",
                    "offset": float(len(self.records)),
                    "client": "acct",
                    "account": "acct",
                    "operation": "stripe.payment_intents.create",
                    "key": key,
                    "key_source": source,
                    "occurrence": occurrence,
                    "repeatability": "D0",
                    "method": "POST",
                    "path": "/v1/payment_intents",
                    "stage": "operation",
                    "status": 200,
                    "answered": "reply",
                    "fired": fired,
                    "effects": [],
                    "objects": [],
                    **decided,
                },
                "observed": {},
            }
        )
        return self

    def charge(self, key: str, amount: int = 2499, *, currency: str = "usd") -> Story:
        """Let the ledger have a payment for `key`."""
        payment = f"pi_{len(self.ledger)}"
        for kind in ("authorize", "capture"):
            self._post(kind, key, payment, amount, currency)
        return self

    def refund(self, key: str, amount: int = 2499) -> Story:
        """Let the ledger have a refund of the newest payment."""
        payment = list(self.ledger)[-1].payment
        self._post("refund", key, payment, amount, "usd")
        return self

    def _post(self, kind: Any, key: str, payment: str, amount: int, currency: str) -> None:
        self.ledger.post(
            kind,
            at=float(len(self.ledger)),
            provider="stripe",
            account="acct",
            payment=payment,
            object_id=f"ch_{len(self.ledger)}",
            amount_minor=amount,
            currency=currency,
            key=key,
        )

    def claim(
        self, key: str, outcome: str = "ok", amount: int | None = 2499, *, late: float = 0.0, **more: Any
    ) -> Story:
        """Let the client say how `key` ended; it began `late` seconds after its time."""
        self.claims = self.claims if self.claims is not None else []
        due = float(len(self.claims))
        times = {"scheduled_at": due, "started_at": due + late, "at": due + late + 0.01}
        self.claims.append({"key": key, "outcome": outcome, "amount_minor": amount, "currency": "usd", **times, **more})
        return self

    def order(self, key: str, outcome: str = "ok", *, charges: int = 1, late: float = 0.0, **call: Any) -> Story:
        """Add an order from its requests to its claim."""
        for _ in range(max(1, charges)):
            self.call(key, **call)
        for _ in range(charges):
            self.charge(key)
        return self.claim(key, outcome, late=late)

    def orders(self, number: int, **how: Any) -> Story:
        """Add so many orders that differ in nothing but their keys."""
        for each in range(number):
            self.order(f"order-{each:04d}", **how)
        return self

    def run(self, **head: Any) -> ArmRun:
        """Return what the verdict gets to see."""
        return ArmRun(
            head=replace(self.head, **head), records=self.records, entries=list(self.ledger), claims=self.claims
        )


def rule(name: str = "lost-answer", **more: Any) -> PlannedRule:
    """Return a planned rule that nothing but its name is special about."""
    return PlannedRule(name=name, kind="abort", target="response", **more)
