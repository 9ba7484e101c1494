"""A realistic `verdict.json` without a drill: two clients, six phases, 40 seconds, 400 orders.

Each order's fate is drawn from how its client does in its phase; every figure of the verdict is then counted from those
fates, so that charts, tables and findings agree as they do in a real one.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from brownout.core.chance import Chance

PHASES: Final = (("baseline", 8), ("token-expiry", 6), ("scope-dropped", 6), ("drift-overnight", 6),
                 ("undocumented-burst", 6), ("recovery", 8))  # fmt: skip
FAULTS: Final = (
    # name, kind, target, phase, percentage, class it causes
    ("token-revoked", "token", "edge", "token-expiry", 60, "auth"),
    ("payments-scope-lost", "scope", "edge", "scope-dropped", 50, "auth"),
    ("status-renamed", "drift", "response", "drift-overnight", 40, "contract"),
    ("answer-lost", "abort", "response", None, 6, "transport"),
    ("gateway-504", "abort", "edge", "undocumented-burst", 5, "server"),
)
_TROUBLE: Final = {
    "token-expiry": ("auth", 0.72),
    "scope-dropped": ("auth", 0.55),
    "drift-overnight": ("contract", 0.4),
    "undocumented-burst": ("throttle", 0.48),
}
"""What goes wrong in a phase, and how often where a client does nothing about it."""
_COPES: Final = {"naive": 0.0, "resilient": 0.96}
RATE: Final = 10
_LAG: Final = {
    "measured": 400,
    "p50_seconds": 0.0007,
    "p95_seconds": 0.0013,
    "p99_seconds": 0.0018,
    "max_seconds": 0.0082,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """How one order ended."""

    key: str
    due: float
    phase: str
    amount_minor: int
    currency: str
    trouble: str | None
    error: str | None
    charges: int
    latency_seconds: float
    attempts: int

    @property
    def good(self) -> bool:
        """Whether the client has it right and the money moved once."""
        return self.error is None and self.charges == 1


def sample(*arms: str, **more: Any) -> dict[str, Any]:
    """Return a verdict over `arms` (naive and resilient if none is named); `more` replaces what its top says."""
    names = arms or ("naive", "resilient")
    shown = {name: _arm(name, number) for number, name in enumerate(names)}
    broken = [check["message"] for arm in shown.values() for check in arm["thresholds"] if check["holds"] is False]
    deciding = [name for name in names if not shown[name]["control"]]
    verdict = {
        "brownout_verdict": 1,
        "status": "pass",
        "reasons": [f"every threshold holds for {', '.join(deciding) or names[0]}"]
        + [f"{one}; a control arm is there to show that" for one in broken[:3]],
        "interrupted": False,
        "scenario": {
            "name": "everything-together",
            "title": "Tokens expire, a scope is dropped, answers drift and an undocumented burst limit bites",
            "digest": "f0aae47be0a3394c3313990c61e852cc42c4ad3a43b62eff23108dcb064facf0",
        },
        "seed": 20261122,
        "versions": {"brownout": "0.1.0", "python": "3.12.7", "locust": "2.47.0", "stripe": "16.1.0"},
        "notes": ["naive: rule 'gateway-504' matched few of its requests"],
        "phases": [{"name": name, "duration_seconds": float(length)} for name, length in PHASES],
        "load": {"journey": "checkout", "rate_per_second": float(RATE), "duration_seconds": 40.0, "users": 50},
        "repeat": "brownout drill everything-together --seed 20261122",
        "again": "brownout drill everything-together --seed 20261122",
        "folder": "brownout-report/everything-together",
        "arms": shown,
    }
    return {**verdict, **more}


def _fates(arm: str) -> list[Fate]:
    chance, fates, begins = Chance(7, "sample", arm), [], 0.0
    copes = _COPES.get(arm, 0.5)
    for phase, length in PHASES:
        for number in range(length * RATE):
            index = int(begins * RATE) + number
            fates.append(_fate(chance, f"order-{index:04d}", begins + number / RATE, phase, copes))
        begins += length
    return fates


def _fate(chance: Chance, key: str, due: float, phase: str, copes: float) -> Fate:
    def draw(what: str) -> float:
        return chance.uniform(f"{what} {key}".encode())

    trouble, how_often = _TROUBLE.get(phase, ("transport", 0.05))
    hit = draw("hit") < how_often
    saved = draw("saved") < copes
    twice = copes < 0.9 and not saved and draw("lost") < 0.05
    error = trouble if hit and not saved else None
    if error == "transport":
        error = "unresolved"
    wait = 0.9 + 1.4 * draw("wait") if hit and saved else 0.0
    return Fate(
        key=key,
        due=due,
        phase=phase,
        amount_minor=499 + int(draw("amount") * 12_000),
        currency="eur" if draw("currency") < 0.25 else "usd",
        trouble=trouble if hit else None,
        error=error,
        charges=2 if twice and error is None else int(error is None or (error == "contract" and draw("charged") < 0.7)),
        latency_seconds=round(0.035 + 0.09 * draw("latency") ** 3 + wait, 4),
        attempts=2 + (hit and saved) * (1 + int(2 * draw("tries"))) + twice,
    )


def _arm(name: str, number: int) -> dict[str, Any]:
    fates = _fates(name)
    control = name == "naive"
    metrics = _metrics(fates)
    thresholds = [
        _check(name, metric, aggregation, line, metrics[metric][aggregation], bound)
        for metric, aggregation, line, bound in (
            ("payments.duplicated", "count", "count == 0", 0),
            ("payments.lost", "count", "count == 0", 0),
            ("auth.failed", "rate", "rate < 0.02", 0.02),
            ("retry.amplification", "value", "value < 1.8", 1.8),
            ("op.latency", "p(95)", "p(95) < 3s", 3.0),
        )
    ]
    return {
        "status": "fail" if any(one["holds"] is False for one in thresholds) else "pass",
        "client": name,
        "control": control,
        "decides": not control,
        "metrics": metrics,
        "money": {
            currency: _money([one for one in fates if one.currency == currency], refunded=31_800 + 700 * number)
            for currency in ("usd", "eur")
        },
        "orders": {"planned": len(fates), "claimed": len(fates)},
        "rules": [_rule(fates, *fault[:5], cause=fault[5]) for fault in FAULTS],
        "limits": _limits(fates),
        "lag": dict(_LAG),
        "latency": _latency(fates),
        "service": _latency(fates),
        "exchanges": sum(one.attempts for one in fates),
        "exchanges_evicted": 0,
        "thresholds": thresholds,
        "doubts": [],
        "findings": _findings(name, fates),
        "errors": {
            "operations": dict(Counter(one.error for one in fates if one.error)),
            "attempts": dict(Counter(one.trouble for one in fates if one.trouble)),
        },
        "steady_state": [_steady(name, phase, fates) for phase in ("baseline", "recovery")],
        "phases": [_phase(fates, phase, length) for phase, length in PHASES],
        "timeline": _timeline(fates),
    }  # fmt: skip


def _money(fates: list[Fate], *, refunded: int) -> dict[str, int]:
    captured = sum(one.amount_minor * one.charges for one in fates)
    claimed = sum(one.amount_minor for one in fates if one.error is None)
    return {
        "captured_minor": captured,
        "refunded_minor": refunded,
        "captures": sum(one.charges for one in fates),
        "expected_minor": claimed - refunded,
        "error_minor": captured - claimed,
    }


def _limits(fates: list[Fate]) -> list[dict[str, Any]]:
    refused = sum(one.trouble == "throttle" for one in fates)
    return [
        {"name": "burst", "phase": "undocumented-burst", "refused": refused},
        {"name": "stripe-test-mode", "phase": None, "refused": 0},
    ]


def _steady(arm: str, phase: str, fates: list[Fate]) -> dict[str, Any]:
    inside = [one for one in fates if one.phase == phase]
    value = sum(one.good for one in inside) / len(inside)
    return {
        "arm": arm,
        "phase": phase,
        "metric": "goodput.rate",
        "assertion": "value >= 0.8",
        "value": value,
        "interval": None,
        "holds": value >= 0.8,
        "message": f"{arm}: goodput.rate{{phase:{phase}}} is {value:.4g}, as the steady state is value >= 0.8",
    }


def _phase(fates: list[Fate], phase: str, length: int) -> dict[str, Any]:
    inside = [one for one in fates if one.phase == phase]
    return {
        "name": phase,
        "duration_seconds": float(length),
        "metrics": _metrics(inside),
        "errors": dict(Counter(one.error for one in inside if one.error)),
        "attempt_errors": dict(Counter(one.trouble for one in inside if one.trouble)),
        "unsent": 0,
        "latency": _latency(inside),
        "operations": len(inside),
    }


def _metrics(fates: list[Fate]) -> dict[str, dict[str, float | None]]:
    total, good = len(fates), sum(one.good for one in fates)
    auth, failed = sum(one.error == "auth" for one in fates), sum(one.error is not None for one in fates)
    unknown = sum(one.error == "unresolved" for one in fates)
    orphaned = sum(one.error is not None and one.error != "unresolved" and one.charges > 0 for one in fates)
    hit = [one for one in fates if one.trouble]
    return {
        "operations": {"count": total},
        "operations.ok": {"count": total - failed, "rate": (total - failed) / total},
        "operations.good": {"count": good, "rate": good / total},
        "operations.failed": {"count": failed - unknown, "rate": (failed - unknown) / total},
        "payments.duplicated": {"count": sum(one.charges > 1 for one in fates)},
        "payments.lost": {"count": 0},
        "payments.orphaned": {"count": orphaned},
        "payments.unresolved": {"count": unknown},
        "money.error": {"value": None},
        "ledger.violations": {"count": 0},
        "retry.amplification": {"value": sum(one.attempts for one in fates) / (2 * total)},
        "goodput.rate": {"value": good / total},
        "auth.failed": {"count": auth, "rate": auth / total},
        "errors": {"count": failed, "rate": failed / total},
        "throttled": {"count": sum(one.trouble == "throttle" for one in fates), "rate": 0.07},
        "recovery.ratio": {"value": sum(one.good for one in hit) / len(hit) if hit else None},
        "collateral": {"value": 0.0},
        "op.latency": {"p(95)": _latency(fates)["p95_seconds"]},
    }


def _check(arm: str, metric: str, aggregation: str, line: str, value: float | None, bound: float) -> dict[str, Any]:
    holds = None if value is None else (value == bound if aggregation == "count" else value < bound)
    said = f"{arm}: {metric} is {value:g}, {'as' if holds else 'but'} a threshold asks for {line}"
    interval = None if aggregation != "rate" or value is None else [max(0.0, value - 0.006), value + 0.014]
    return {"arm": arm, "metric": metric, "phase": None, "assertion": line, "value": value, "interval": interval,
            "holds": holds, "message": said}  # fmt: skip


def _rule(
    fates: list[Fate], name: str, kind: str, target: str, phase: str | None, percentage: int, *, cause: str
) -> dict[str, Any]:
    matched = sum(one.attempts for one in fates if phase in (None, one.phase))
    return {"name": name, "kind": kind, "target": target, "how_often": f"percentage: {percentage}", "matched": matched,
            "expected": round(matched * percentage / 100, 2), "phase": phase,
            "fired": sum(one.trouble == cause and phase in (None, one.phase) for one in fates),
            "idle": 3 * (kind == "drift")}  # fmt: skip


def _findings(arm: str, fates: list[Fate]) -> list[dict[str, Any]]:
    found = []
    for kind, said, wanted in (
        ("duplicated", "charged {} twice: {} too much", lambda one: one.charges > 1),
        ("orphaned", "says {} failed, but {} was charged", lambda one: one.error == "contract" and one.charges),
        ("unresolved", "never learned how {} ended: nothing was charged", lambda one: one.error == "unresolved"),
    ):
        for one in filter(wanted, fates):
            amount = f"{one.currency.upper()} {one.amount_minor / 100:.2f}"
            found.append({"kind": kind, "arm": arm, "key": one.key, "phase": one.phase,
                          "message": f"{arm} {said.format(one.key, amount)}",
                          "amount_minor": one.amount_minor, "currency": one.currency,
                          "payments": [f"pi_{one.key}_{each}" for each in range(one.charges)],
                          "exchanges": [f"ex_{one.key}_{each}" for each in range(one.attempts)]})  # fmt: skip
    for error in ("auth", "contract", "throttle"):
        ended = [one for one in fates if one.error == error]
        if ended:
            found.append({"kind": "failed", "arm": arm, "key": ended[0].key, "error": error, "count": len(ended),
                          "message": f"{arm} failed {len(ended)} operations with {error}; the first was {ended[0].key}",
                          "phase": ended[0].phase, "amount_minor": ended[0].amount_minor, "currency": ended[0].currency,
                          "payments": [], "exchanges": [f"ex_{ended[0].key}_0"]})  # fmt: skip
    return found


def _latency(fates: list[Fate]) -> dict[str, Any]:
    lengths = [one.latency_seconds for one in fates]
    shares = {"p50_seconds": 0.5, "p95_seconds": 0.95, "p99_seconds": 0.99, "max_seconds": 1.0}
    return {"measured": len(fates), **{name: _quantile(lengths, share) for name, share in shares.items()}}


def _quantile(lengths: list[float], share: float) -> float | None:
    return sorted(lengths)[max(0, math.ceil(share * len(lengths)) - 1)] if lengths else None


def _timeline(fates: list[Fate]) -> dict[str, Any]:
    inside = [[one for one in fates if at <= one.due + 1e-9 < at + 1] for at in range(40)]
    classes = sorted({one.error for one in fates if one.error})
    troubles = sorted({one.trouble for one in fates if one.trouble})
    return {
        "bucket_seconds": 1.0,
        "at": [float(at) for at in range(40)],
        "scheduled": [len(each) for each in inside],
        "good": [sum(one.good or one.error is None for one in each) for each in inside],
        "failed": {name: [sum(one.error == name for one in each) for each in inside] for name in classes},
        "latency_p50_seconds": [_quantile([one.latency_seconds for one in each], 0.5) for each in inside],
        "latency_p95_seconds": [_quantile([one.latency_seconds for one in each], 0.95) for each in inside],
        "requests": [sum(one.attempts for one in each) for each in inside],
        "retries": [sum(one.attempts - 2 for one in each) for each in inside],
        "token_requests": [int(at == 0 or any(one.trouble == "auth" and not one.error for one in each)) * 2
                           for at, each in enumerate(inside)],
        "errors": {name: [sum(one.trouble == name for one in each) for each in inside] for name in troubles},
        "faults": {name: [sum(one.trouble == cause and phase in (None, one.phase) for one in each) for each in inside]
                   for name, _, _, phase, _, cause in FAULTS},
    }  # fmt: skip
