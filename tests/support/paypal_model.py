"""What PayPal's orders and payments do, said a second time and without their code: the reference for state machines.

Everything is one unit of euros under `approve: manual`. Each move returns the issue that PayPal answers with, None if
it is made; only a move that is made changes the model. Times are seconds since the start, amounts are in cents.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HOUR = 3600
DAY = 86_400
LIFE, HELD, HONORED, PENDING, REFUNDABLE = 3 * HOUR, 29 * DAY, 3 * DAY, 3 * DAY, 180 * DAY
ENDS = {"echeck": "COMPLETED", "echeck_bounces": "DECLINED"}


@dataclass
class Capture:
    """Money taken, or about to be."""

    status: str
    amount: int
    at: int
    ends: str = ""
    refunded: int = 0

    def refund(self, amount: int | None, now: int) -> str | None:
        """Give some of it back, or all that is left."""
        left = self.amount - self.refunded
        if self.status in ("PENDING", "DECLINED"):
            return {"PENDING": "PENDING_CAPTURE", "DECLINED": "REFUND_NOT_ALLOWED"}[self.status]
        if left == 0:
            return "CAPTURE_FULLY_REFUNDED"
        if now > self.at + REFUNDABLE:
            return "REFUND_TIME_LIMIT_EXCEEDED"
        if amount is not None and amount > left:
            return "REFUND_AMOUNT_EXCEEDED"
        self.refunded += left if amount is None else amount
        self.status = "REFUNDED" if self.refunded == self.amount else "PARTIALLY_REFUNDED"
        return None


@dataclass
class Hold:
    """Money held. Its reauthorizations share it."""

    order: Order
    status: str
    amount: int
    at: int
    first: int = 0
    taken: int = 0
    honored: int = 0
    lapsed: bool = False

    def __post_init__(self) -> None:
        self.first, self.honored = self.amount, self.at + HONORED

    def take(self, amount: int | None, now: int, *, final: bool) -> str | None:
        """Take some of it, or all that is left."""
        if self.status in ("VOIDED", "DENIED", "CAPTURED"):
            if self.lapsed:
                return "AUTHORIZATION_EXPIRED"
            return "AUTHORIZATION_ALREADY_CAPTURED" if self.status == "CAPTURED" else f"AUTHORIZATION_{self.status}"
        amount = self.amount - self.taken if amount is None else amount
        if (self.taken + amount) * 100 > self.amount * 115:
            return "MAX_CAPTURE_AMOUNT_EXCEEDED"
        self.taken += amount
        self.status = "CAPTURED" if final or self.taken >= self.amount else "PARTIALLY_CAPTURED"
        self.order.take(amount, now)
        return None

    def void(self) -> str | None:
        """Let it go."""
        if self.status in ("VOIDED", "DENIED", "CAPTURED"):
            return "PREVIOUSLY_CAPTURED" if self.status == "CAPTURED" else "PREVIOUSLY_VOIDED"
        self.status = "VOIDED"
        return None

    def renew(self, amount: int | None, now: int) -> str | None:
        """Authorize it once more."""
        if self.order.card:
            return "REAUTHORIZATION_NOT_SUPPORTED"
        if self.status != "CREATED":
            if self.lapsed:
                return "AUTHORIZATION_EXPIRED"
            return "AUTHORIZATION_VOIDED" if self.status == "VOIDED" else "AUTHORIZATION_ALREADY_CAPTURED"
        if now <= self.honored:
            return "REAUTHORIZATION_TOO_SOON"
        amount = self.amount if amount is None else amount
        if amount * 100 > self.first * 115:
            return "AUTHORIZATION_AMOUNT_EXCEEDED"
        self.amount, self.honored = amount, min(now + HONORED, self.at + HELD)
        return None

    def pass_time(self, now: int) -> None:
        """Let it go after 29 days."""
        if now >= self.at + HELD and self.status in ("CREATED", "PARTIALLY_CAPTURED"):
            self.status, self.lapsed = "VOIDED", True


@dataclass
class Order:
    """What a buyer is to agree to. `card` is empty, `good` or `bad`."""

    intent: str
    amount: int
    until: int
    status: str = "CREATED"
    card: str = ""
    completes: bool = False
    funding: str = "approve"
    holds: list[Hold] = field(default_factory=list)
    captures: list[Capture] = field(default_factory=list)

    def over(self, now: int) -> bool:
        """Say whether its time ran out."""
        return self.status != "COMPLETED" and now > self.until

    def shown(self, now: int) -> str:
        """Return the status that PayPal shows."""
        return "VOIDED" if self.over(now) else self.status

    def confirm(self, kind: str, now: int) -> str | None:
        """Name what to pay with: a card, PayPal's wallet, or a bank that lets the order complete."""
        if self.status == "COMPLETED":
            return "ORDER_ALREADY_CAPTURED" if self.intent == "CAPTURE" else "ORDER_ALREADY_AUTHORIZED"
        if self.over(now):
            return "ORDER_EXPIRED"
        if self.status == "APPROVED":
            return "PAYMENT_ALREADY_APPROVED"
        if kind == "ideal" and self.intent == "AUTHORIZE":
            return "UNSUPPORTED_INTENT_FOR_PAYMENT_SOURCE"
        self.card = kind if kind in ("good", "bad") else ""
        self.completes = kind == "ideal"
        if self.card:
            self.status, self.until = "APPROVED", now + LIFE
        else:
            self.status = "PAYER_ACTION_REQUIRED"
        return None

    def decide(self, decision: str, now: int) -> None:
        """Let the buyer press a button."""
        if decision == "cancel" or self.over(now) or self.status in ("APPROVED", "COMPLETED"):
            return
        self.status, self.until, self.funding = "APPROVED", now + LIFE, decision
        if self.completes:
            self.complete(now)

    def pay(self, verb: str, now: int) -> str | None:
        """Capture or authorize it."""
        if verb != self.intent:
            return "ACTION_DOES_NOT_MATCH_INTENT"
        if self.status == "COMPLETED":
            return "ORDER_ALREADY_CAPTURED" if verb == "CAPTURE" else "ORDER_ALREADY_AUTHORIZED"
        if self.over(now):
            return "ORDER_EXPIRED"
        if self.status != "APPROVED":
            return "ORDER_NOT_APPROVED"
        self.complete(now)
        return None

    def change(self, amount: int, now: int) -> str | None:
        """Patch its amount."""
        if self.status not in ("CREATED", "APPROVED"):
            return "ORDER_ALREADY_COMPLETED"
        if self.over(now):
            return "ORDER_EXPIRED"
        if self.status == "APPROVED" and amount > self.amount:
            return "AMOUNT_CHANGE_NOT_ALLOWED"
        self.amount = amount
        return None

    def complete(self, now: int) -> None:
        """Move or hold its money."""
        self.status = "COMPLETED"
        if self.intent == "CAPTURE":
            self.take(self.amount, now)
        else:
            self.holds.append(Hold(self, "DENIED" if self.card == "bad" else "CREATED", self.amount, now))

    def take(self, amount: int, now: int) -> None:
        """Make a capture."""
        status = "DECLINED" if self.card == "bad" else "PENDING" if self.funding in ENDS else "COMPLETED"
        self.captures.append(Capture(status, amount, now, ENDS.get(self.funding, "")))

    def pass_time(self, now: int) -> None:
        """End what ends by itself."""
        for hold in self.holds:
            hold.pass_time(now)
        for capture in self.captures:
            if capture.status == "PENDING" and now >= capture.at + PENDING:
                capture.status = capture.ends
