"""Histories for the pictures of docs/metrics.md: what came in, what the ledger has and what the client claims.

A tale is told in seconds since the load began. What it returns is what `brownout.verdict` judges and what is drawn, so
a picture shows the very history whose value stands under it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from brownout.core.ledger import Ledger
from brownout.verdict import ArmRun, Head
from brownout.verdict.phases import PlannedPhase
from brownout.verdict.rules import PlannedRule

BEGAN = 1_700_000_000.0
"""The wall time of what is due at 0."""
TAKES = 0.2
"""How long an answer takes, so that one can see it."""
AMOUNT = 2000

Try: TypeAlias = tuple[float, str] | tuple[float, str, dict[str, Any]]
"""When a request came, how it was answered (a key of `ANSWERS`), and what else the journal says of it."""

_FAULT: dict[str, Any] = {"rule": "fault", "kind": "abort", "target": "response", "state": "applied", "effects": []}
_BURST: dict[str, Any] = {"status": 429, "limit": "burst"}
_TOKEN: dict[str, Any] = {"status": 401, "error": "token_expired", "stage": "authorise"}
ANSWERS: dict[str, dict[str, Any]] = {
    "good": {},
    "503": {"status": 503, "fired": [_FAULT]},
    "500": {"status": 500},
    "lost": {"status": 0, "answered": "reset", "fired": [_FAULT]},
    "drift": {"fired": [{**_FAULT, "kind": "drift"}]},
    "slow": {"fired": [{**_FAULT, "kind": "latency"}]},
    "429": _BURST,
    "402": {"status": 402},
    "401": _TOKEN,
    "403": {**_TOKEN, "status": 403, "error": "scope_missing"},
}


class Tale:
    """An arm's run, told one order at a time."""

    def __init__(self, *, storm: tuple[float, float, float] | None = None, **head: Any) -> None:
        """Begin; `storm` is how long the calm lasts, the trouble, and the time after it."""
        if storm is not None:
            named = zip(("calm", "storm", "after"), storm, strict=True)
            head["phases"] = tuple(PlannedPhase(name=name, duration_seconds=each) for name, each in named)
            head["rules"] = (PlannedRule(name="fault", kind="abort", target="response", phase="storm"),)
        self.head = Head(
            arm="client", client="client", scenario="picture", title="Picture", seed=7, load_began_at=BEGAN, **head
        )
        self._ledger = Ledger()
        self._records: list[dict[str, Any]] = []
        self._claims: list[dict[str, Any]] = []

    def order(
        self, key: str, *tries: Try, due: float | None = None, paid: tuple[float, ...] | None = None,
        says: str | None = "ok", at: float | None = None, back: tuple[float, ...] = (), back_minor: int = AMOUNT,
        **claim: Any,
    ) -> Tale:  # fmt: skip
        """Add an order: its requests, when it was paid and given `back`, and what is claimed `at` the end of it.

        It is paid once, with its first good answer, unless `paid` says when. `says` None is no claim at all.
        """
        for each in tries:
            self.call(key, each[0], each[1], **(each[2] if len(each) > 2 else {}))
        good = [one[0] + TAKES / 2 for one in tries if one[1] in ("good", "drift", "slow")]
        payment = f"pi_{len(self._ledger)}"
        for number, when in enumerate(good[:1] if paid is None else paid):
            for kind in ("authorize", "capture"):
                self.post(kind, when, key, f"{payment}_{number}")
        for when in back:
            self.post("refund", when, key, f"{payment}_0", back_minor)
        due = tries[0][0] if due is None else due
        if says is not None:
            last = tries[-1]
            end = last[0] + (last[2].get("takes", TAKES) if len(last) > 2 else TAKES) if at is None else at
            times = {"scheduled_at": BEGAN + due, "started_at": BEGAN + tries[0][0], "at": BEGAN + end}
            self._claims.append(
                {"key": key, "outcome": says, "amount_minor": AMOUNT, "currency": "usd", "due": due, **times, **claim}
            )
        return self

    def call(
        self, key: str, at: float, answer: str = "good", *, takes: float = TAKES, says: float | None = None,
        idempotency: str | None = None, token: str | None = None, **more: Any,
    ) -> Tale:  # fmt: skip
        """Add a request; its answer `says` after how many seconds to come back."""
        observed: dict[str, Any] = {"wall_at": BEGAN + at, "ended_at": BEGAN + at + takes, **more.pop("observed", {})}
        observed |= {} if token is None else {"token": token}
        observed |= {} if idempotency is None else {"idempotency_key": idempotency}
        decided = {
            "id": f"ex_{len(self._records)}", "offset": at, "client": "shop", "account": "acct",
            "operation": "stripe.payment_intents.create", "key": key, "key_source": "operation", "occurrence": 1,
            "repeatability": "D0", "method": "POST", "path": "/v1/payment_intents", "stage": "operation",
            "status": 200, "answered": "reply", "fired": [], "effects": [], "objects": [], "does": "write",
            "told": None if says is None else {"by": "Retry-After", "seconds": says},
            **ANSWERS[answer], **more,
        }  # fmt: skip
        self._records.append({"decided": decided, "observed": observed})
        return self

    def token(
        self, at: float, issued: str | None, *, life: float = 5.0, of: str = "token", takes: float = TAKES,
        status: int | None = None, kind: str = "client_credentials",
    ) -> Tale:  # fmt: skip
        """Add a call for tokens; without `issued` it is refused, or fails with `status`."""
        grant: dict[str, Any] = {"type": kind, "of": of}
        if issued is not None:
            grant |= {"issued": issued, "life_seconds": life}
        refused = {} if issued is not None else {"status": status or 400, "error": None if status else "grant_dead"}
        about = {"operation": "stripe.token", "does": "token", "observed": {"grant": grant}}
        return self.call(of, at, takes=takes, **about, **refused)

    def post(self, kind: Any, at: float, key: str, payment: str, amount: int = AMOUNT) -> Tale:
        """Let the ledger have an entry."""
        about = {"provider": "stripe", "account": "acct", "payment": payment, "currency": "usd", "key": key}
        self._ledger.post(kind, at=at, object_id=payment, amount_minor=amount, **about)
        return self

    def run(self) -> ArmRun:
        """Return what the verdict gets to see."""
        return ArmRun(head=self.head, records=self._records, entries=list(self._ledger), claims=self._claims)
