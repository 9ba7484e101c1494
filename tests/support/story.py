"""Histories to be judged, planted without a server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from brownout.core.ledger import Ledger
from brownout.verdict import ArmRun, Head
from brownout.verdict.phases import PlannedPhase, phase_at
from brownout.verdict.rules import PlannedRule

BEGAN = 1_700_000_000.0
"""The wall time of what is due at 0."""


class Story:
    """An arm's run, told one order at a time. By default nothing is wrong with it."""

    def __init__(self, arm: str = "keyed", **head: Any) -> None:
        """Begin; `head` replaces what the journal's first line says."""
        head.setdefault("thresholds", {"payments.duplicated": ("count == 0",), "payments.lost": ("count == 0",)})
        self.head = Head(arm=arm, client=arm, scenario="lost-answer", title="Lost", seed=7, **head)
        self.ledger = Ledger()
        self.records: list[dict[str, Any]] = []
        self.claims: list[dict[str, Any]] | None = []

    def call(
        self, key: str, *, source: str = "operation", observed: dict[str, Any] | None = None, **decided: Any
    ) -> Story:
        """Add one request; the rules in `fired`, names or whole records, were applied to it."""
        occurrence = 1 + sum(one["decided"]["key"] == key for one in self.records)
        fired = [
            rule
            if isinstance(rule, dict)
            else {"rule": rule, "kind": "abort", "target": "response", "state": "applied", "effects": ["reset"]}
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
                "observed": observed or {},
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
        """Let the ledger have a refund of the key's newest payment."""
        payment = [entry for entry in self.ledger if entry.key == key][-1].payment
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

    def order(
        self,
        key: str,
        outcome: str = "ok",
        *,
        charges: int = 1,
        late: float = 0.0,
        due: float | None = None,
        claim: dict[str, Any] | None = None,
        **call: Any,
    ) -> Story:
        """Add an order from its requests to its claim; with `due`, in the phase that it falls into."""
        claim = dict(claim or {})
        if due is not None:
            at = BEGAN + due + late
            call = {"phase": phase_at(self.head.phases, due), "observed": {"wall_at": at}, "does": "write", **call}
            times = {"scheduled_at": BEGAN + due, "started_at": at, "at": at + 0.01}
            claim = {"due": due, **times, **claim}
        for _ in range(max(1, charges)):
            self.call(key, **call)
        for _ in range(charges):
            self.charge(key)
        return self.claim(key, outcome, late=late, **claim)

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


PHASES = tuple(PlannedPhase(name=name, duration_seconds=10.0) for name in ("baseline", "storm", "recovery"))
LOAD = {"journey": "checkout", "rate_per_second": 1.0, "duration_seconds": 30.0, "users": 5}


def phased(
    arm: str = "keyed", *, rate: float = 1.0, but: dict[int, dict[str, Any] | None] | None = None, **head: Any
) -> Story:
    """Return a run of three phases of 10 s each, `rate` orders a second; `but` says which of them are told otherwise.

    An order that is told as None was never sent.
    """
    head = {"phases": PHASES, "load": LOAD | {"rate_per_second": rate}, "load_began_at": BEGAN, **head}
    head.setdefault("orders_planned", int(30 * rate))
    told = Story(arm, **head)
    for number in range(int(30 * rate)):
        how = (but or {}).get(number, {})
        if how is not None:
            told.order(f"order-{number:04d}", **{"due": number / rate, **how})
    return told


def rule(name: str = "lost-answer", **more: Any) -> PlannedRule:
    """Return a planned rule that nothing but its name is special about."""
    return PlannedRule(name=name, kind="abort", target="response", **more)
