"""Webhooks misbehave in every way there is: the naive consumer's books go wrong, the correct one's never do.

Each is a drill on virtual time, judged from the ledger. World time runs 60 times as fast, so that the first rung of
Stripe's ladder is a second.
"""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from brownout import assembly, scenario
from brownout.drill.folder import Folder
from brownout.drill.progress import Silent
from brownout.drill.sim.conduct import Simulation
from brownout.faults import FAULTS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

PAID: Final = "event: payment_intent.succeeded"


class Adversary(NamedTuple):
    """One way to misbehave, and what becomes of the naive consumer's books."""

    fault: str
    breaks: frozenset[str]


ORPHANED: Final = frozenset({"payments.orphaned"})
"""What was paid is cancelled: nobody told the shop, or it wouldn't hear."""
COUNTED_TWICE: Final = frozenset({"money.error"})
"""The books have more than was paid."""

ADVERSARIES: Final = {
    "never-sent": Adversary("kind: webhook_drop, percentage: 20", ORPHANED),
    "first-tries-lost": Adversary("kind: webhook_drop, tries: 3, percentage: 20", ORPHANED),
    "late": Adversary("kind: webhook_delay, delay: 10m, percentage: 20", ORPHANED),
    "twice": Adversary("kind: webhook_duplicate, percentage: 20", COUNTED_TWICE),
    "again-later": Adversary("kind: webhook_duplicate, by: again, apart: 20s, percentage: 20", COUNTED_TWICE),
    "swapped": Adversary("kind: webhook_reorder, match: {event: payment_intent.created}, percentage: 20", ORPHANED),
    "burst": Adversary("kind: webhook_burst, for: 5m", ORPHANED),
    "before-the-answer": Adversary(f"kind: webhook_early, match: {{{PAID}}}", ORPHANED),
    "stale": Adversary("kind: webhook_signature, change: stale, percentage: 20", ORPHANED),
    "wrong-secret": Adversary("kind: webhook_signature, change: wrong_secret, percentage: 20", ORPHANED),
    "unsigned": Adversary("kind: webhook_signature, change: missing, percentage: 20", ORPHANED),
    "other-version": Adversary('kind: webhook_version, to: "2023-10-16", percentage: 20', ORPHANED),
    "content-type": Adversary("kind: webhook_body, change: content_type, percentage: 20", ORPHANED),
    "truncated": Adversary("kind: webhook_body, change: truncated, percentage: 20", ORPHANED),
    "garbled": Adversary("kind: webhook_body, change: garbled, percentage: 20", ORPHANED),
    "impatient": Adversary("kind: webhook_timeout, timeout: 20ms, tries: 1, percentage: 20", COUNTED_TWICE),
}

SCENARIO: Final = """
brownout: 1
title: A consumer and its adversary
seed: 5
identity: {stripe.payment_intents.create: body.metadata.order_id}
clock: {speed: 60}
providers: {stripe: {}}
%s
load: {journey: consumer, rate: 6/s, duration: 5s, users: 40}
arms: {naive: {client: naive_consumer, control: true}, correct: {client: correct_consumer}}
thresholds:
  payments.orphaned: ["count == 0"]
  payments.duplicated: ["count == 0"]
  payments.lost: ["count == 0"]
  money.error: ["value == 0"]
  goodput.rate: ["value >= 0.95"]
"""


def verdict(fault: str | None, folder: Path) -> dict[str, Any]:
    """Return what a simulation with that fault amounts to."""
    faults = "" if fault is None else f"faults: [{{name: adversary, {fault}}}]"
    registries = assembly.registries()
    plan = scenario.load(SCENARIO % faults, registries)
    simulation = Simulation(plan=plan, registries=registries, folder=Folder(folder), watch=Silent())
    return simulation.run(Event())


def missed(arm: dict[str, Any]) -> set[str]:
    """Return the metrics whose thresholds an arm missed."""
    return {one["metric"] for one in arm["thresholds"] if one["holds"] is False}


def test_both_do_well_while_webhooks_behave(tmp_path: Path) -> None:
    """So whatever is missed below is the adversary's doing."""
    arms = verdict(None, tmp_path)["arms"]

    assert {name: missed(arm) for name, arm in arms.items()} == {"naive": set(), "correct": set()}


@pytest.mark.parametrize("name", ADVERSARIES)
def test_each_adversary_breaks_the_naive_consumer_alone(name: str, tmp_path: Path) -> None:
    """In the ledger's eyes: a payment cancelled, or counted twice. The correct one's verdict is good, all of it."""
    adversary = ADVERSARIES[name]

    found = verdict(adversary.fault, tmp_path)

    naive, correct = found["arms"]["naive"], found["arms"]["correct"]
    assert naive["rules"][0]["fired"] > 0
    assert adversary.breaks <= missed(naive)
    assert missed(correct) == set()
    assert correct["status"] == "pass", correct["doubts"]


def test_no_adversary_is_left_out() -> None:
    """Every kind of fault that strikes deliveries is one of them."""
    kinds = {kind for kind, fault in FAULTS.items() if getattr(fault, "deliveries", False)}

    assert kinds == {one.fault.split(",")[0].removeprefix("kind: ") for one in ADVERSARIES.values()}
