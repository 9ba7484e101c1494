"""Everything that is known of one arm, joined once: its operations and attempts, as a whole and by phase."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from brownout.core.invariants import Violation, money_conserved
from brownout.verdict import claims as claims_
from brownout.verdict.attempts import Attempt, attempts
from brownout.verdict.moments import Moments
from brownout.verdict.operations import Charges, Operation, charges
from brownout.verdict.phases import phase_at, planned
from brownout.verdict.steps import Step, steps
from brownout.verdict.tokens import TokenEvents, token_events
from brownout.verdict.trouble import Trouble, trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from brownout.core.ledger import Entry
    from brownout.verdict.arm import ArmRun, Head
    from brownout.verdict.claims import Claim, Claims
    from brownout.verdict.phases import PlannedPhase

_NOTHING: Final = Charges(standing=())
_NO_EVENTS: Final = TokenEvents()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A whole arm or one of its phases (`phase`).

    `planned` counts its operations, those that were never sent included (`unsent`); `seconds` is how long operations
    began, None where nobody says. `claimed` says whether the client made claims, `whole` whether the journal is, `open`
    whether operations were due whatever became of earlier ones. `steps` are of the phase of the attempt that failed,
    and `tokens` what happened to credentials. `began_at` is the wall time of what was due at 0, `span` from when to
    when it went on by the wall, None where nobody knows; `trouble` is the whole arm's.
    """

    phase: str | None
    operations: Sequence[Operation]
    attempts: Sequence[Attempt]
    unsent: int
    seconds: float | None
    violations: int
    claimed: bool
    whole: bool
    open: bool = True
    seed: int = 0
    began_at: float | None = None
    span: tuple[float, float] | None = None
    trouble: Trouble | None = None
    steps: Sequence[Step] = ()
    tokens: TokenEvents = _NO_EVENTS

    @property
    def planned(self) -> int:
        """How many operations there should have been."""
        return len(self.operations) + self.unsent


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One arm, joined. `operations` are sorted by key, `attempts` in the journal's order.

    `began_at` is the wall time of what was due at 0, None where nothing tells. `unplaced` are operations that belong
    to no phase as far as anybody knows.
    """

    head: Head
    claims: Claims
    operations: Sequence[Operation]
    attempts: Sequence[Attempt]
    violations: Sequence[Violation]
    whole: Scope
    phases: Mapping[str, Scope]
    began_at: float | None

    @property
    def unplaced(self) -> int:
        """How many operations are in no phase, although there are phases."""
        return sum(one.phase is None for one in self.operations) if self.phases else 0

    def scope(self, phase: str | None) -> Scope | None:
        """Return the whole arm, or its phase; None if it has no such phase."""
        return self.whole if phase is None else self.phases.get(phase)


def history(run: ArmRun, *, until: float | None = None) -> History:
    """Return what is known of an arm; with `until`, of so many seconds of its load."""
    read = claims_.read(run.claims)
    tried = list(attempts(run.records))
    began_at = _began_at(run.head, read)
    found = _operations(run, read, tried, began_at)
    violations = money_conserved(run.entries)
    missing = _missing(run.head, len(found), claimed=bool(read.by_key))
    whole = Scope(
        phase=None,
        operations=found,
        attempts=tried,
        unsent=missing,
        seconds=_short(run.head.duration_seconds, until),
        violations=len(violations),
        claimed=bool(read.by_key),
        whole=not run.head.evicted,
        open=run.head.open,
        seed=run.head.seed,
        began_at=began_at,
        span=_span(tried),
        trouble=None if run.head.evicted else trouble(run.head, tried, began_at, _until(found, began_at)),
        steps=steps(tried),
        tokens=token_events(tried),
    )
    return History(
        head=run.head,
        claims=read,
        operations=found,
        attempts=tried,
        violations=violations,
        whole=whole,
        phases=_by_phase(run, whole, violations, until),
        began_at=began_at,
    )


def _short(seconds: float | None, until: float | None) -> float | None:
    """Return how long something was on of which only so much is there."""
    return seconds if seconds is None or until is None else max(0.0, min(seconds, until))


def _began_at(head: Head, read: Claims) -> float | None:
    """Return the wall time of what was due at 0, from the head, else from the claims that say it both ways."""
    if head.load_began_at is not None:
        return head.load_began_at
    return min(
        (
            one.scheduled_at - one.due
            for one in read.by_key.values()
            if not (one.due is None or one.scheduled_at is None)
        ),
        default=None,
    )


def _span(tried: Sequence[Attempt]) -> tuple[float, float] | None:
    """Return when the first request came and when the last one had been answered."""
    known = [(one.at, one.at if one.ended_at is None else one.ended_at) for one in tried if one.at is not None]
    return (min(at for at, _ in known), max(left for _, left in known)) if known else None


def _until(found: Sequence[Operation], began_at: float | None) -> float:
    """Return until when operations were due, in seconds since the load began."""
    return max((due for one in found if (due := one.due_seconds(began_at)) is not None), default=0.0)


def _missing(head: Head, known: int, *, claimed: bool) -> int:
    """Return how many planned operations nobody heard of. Without claims, nobody can tell."""
    return 0 if head.orders_planned is None or not claimed else max(0, head.orders_planned - known)


def _operations(run: ArmRun, read: Claims, tried: Sequence[Attempt], began_at: float | None) -> list[Operation]:
    """Return the operations of an arm by key: those the client claims, those the ledger has, those the journal names.

    The journal's own are counted only where nothing was claimed: with claims, a key that merely names a request (a
    customer's address, say) must not pass for an operation that nobody resolved.
    """
    paid = charges(run.entries)
    by_key: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in tried:
        if attempt.key is not None:
            by_key[attempt.key].append(attempt)
    committed, objects = _committed(run.entries, tried)
    keys = {*read.by_key, *paid}
    if not read.by_key:
        keys |= by_key.keys()
    found = []
    for key in sorted(keys):
        claim = read.by_key.get(key)
        charged = paid.get(key, _NOTHING).as_known_by(claim)
        found.append(
            Operation(
                key=key,
                effects=charged.standing,
                healed_minor=charged.healed_minor,
                claim=claim,
                attempts=by_key.get(key, ()),
                phase=_phase(run.head, claim, by_key.get(key, ()), began_at),
                committed_at=committed.get(charged.standing[0].id) if charged.standing else None,
                object_known=claim is None or not claim.object or objects.get(claim.object) == key,
            )
        )
    return found


def _committed(
    entries: Sequence[Entry], tried: Sequence[Attempt]
) -> tuple[Mapping[str, float | None], Mapping[str, str]]:  # fmt: skip
    """Return when each payment first took money, by the wall; and which key each object of the ledger is of."""
    moments = Moments(tried)
    committed: dict[str, float | None] = {}
    objects: dict[str, str] = {}
    for entry in entries:
        if entry.kind == "capture" and entry.payment not in committed:
            committed[entry.payment] = moments.wall(entry.at)
        if entry.key is not None:
            objects[entry.payment] = objects[entry.object_id] = entry.key
    return committed, objects


def _phase(head: Head, claim: Claim | None, tried: Sequence[Attempt], began_at: float | None) -> str | None:
    """Return the phase of an operation: by its scheduled start, else that of its first request."""
    due = None if claim is None else claim.due
    if due is None and claim is not None and claim.scheduled_at is not None and began_at is not None:
        due = max(0.0, claim.scheduled_at - began_at)
    if due is not None:
        return phase_at(head.phases, due)
    return _phase_of(head, tried[0]) if tried and head.phases else None


def _phase_of(head: Head, attempt: Attempt) -> str:
    """Return the phase that the engine decided an attempt in: after the last one it says none."""
    known = {phase.name for phase in head.phases}
    return attempt.phase if attempt.phase in known and attempt.phase is not None else head.phases[-1].name


def _by_phase(
    run: ArmRun, whole: Scope, violations: Sequence[Violation], until: float | None
) -> dict[str, Scope]:  # fmt: skip
    phases = run.head.phases
    if not phases:
        return {}
    operations: dict[str | None, list[Operation]] = defaultdict(list)
    tried: dict[str, list[Attempt]] = defaultdict(list)
    for operation in whole.operations:
        operations[operation.phase].append(operation)
    for attempt in whole.attempts:
        tried[_phase_of(run.head, attempt)].append(attempt)
    taken: dict[str, list[Step]] = defaultdict(list)
    for step in whole.steps:
        taken[_phase_of(run.head, step.before)].append(step)
    broken = _broken(run, whole.operations, violations)
    unsent = _unsent(run.head, whole.unsent, [len(operations[phase.name]) for phase in phases])
    ends = list(accumulate(phase.duration_seconds for phase in phases))
    begins = dict(zip((phase.name for phase in phases), [0.0, *ends], strict=False))
    spans = dict(zip((phase.name for phase in phases), _spans(whole, phases), strict=True))
    return {
        phase.name: Scope(
            phase=phase.name,
            operations=operations[phase.name],
            attempts=tried[phase.name],
            unsent=missing,
            seconds=_short(phase.duration_seconds, None if until is None else until - begins[phase.name]),
            violations=broken.count(phase.name),
            claimed=whole.claimed,
            whole=whole.whole,
            open=whole.open,
            steps=taken[phase.name],
            seed=whole.seed,
            began_at=whole.began_at,
            span=spans[phase.name],
            trouble=whole.trouble,
            tokens=replace(
                whole.tokens.among(lambda one, name=phase.name: _phase_of(run.head, one) == name),  # type: ignore[misc]
                holdings=whole.tokens.holdings,
            ),
        )
        for phase, missing in zip(phases, unsent, strict=True)
    }


def _spans(whole: Scope, phases: Sequence[PlannedPhase]) -> Iterator[tuple[float, float] | None]:
    """Yield from when to when each phase went on by the wall; the last one until all was answered."""
    begins = whole.began_at
    for phase in phases:
        if begins is None or whole.span is None:
            yield None
            continue
        ends = begins + phase.duration_seconds
        yield begins, max(ends, whole.span[1]) if phase is phases[-1] else ends
        begins = ends


def _unsent(head: Head, missing: int, sent: Sequence[int]) -> list[int]:
    """Return how the operations that nobody heard of spread: to the phases that had fewer than were planned."""
    shares = []
    for expected, there in zip(planned(head.phases, head.rate_per_second), sent, strict=True):
        share = 0 if expected is None else min(missing, max(0, expected - there))
        shares.append(share)
        missing -= share
    shares[-1] += missing
    return shares


def _broken(run: ArmRun, operations: Sequence[Operation], violations: Sequence[Violation]) -> list[str | None]:
    """Return the phases of the operations whose money broke a rule."""
    if not violations:
        return []
    phases = {operation.key: operation.phase for operation in operations}
    keys = {subject: entry.key for entry in run.entries for subject in (entry.id, entry.payment)}
    return [phases.get(keys.get(one.subject) or "") for one in violations]
