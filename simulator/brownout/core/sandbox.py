"""A sandbox is a world: its own clock, seed, plan, objects, keys, limits, ledger and journal."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any

from brownout.core.announce import changelog, heralds
from brownout.core.chance import Chance
from brownout.core.hooks import Hooks
from brownout.core.idempotency import Keys
from brownout.core.identity import Identities
from brownout.core.journal import RECORDS_KEPT, Journal
from brownout.core.ledger import Ledger
from brownout.core.limits import Limits
from brownout.core.live import Aside, Live, first_end, goes_by
from brownout.core.moment import Clock, Moment
from brownout.core.rules import Rules
from brownout.core.timers import Timers
from brownout.core.tokens import Authority, TokenRules

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from brownout.core.journal import Tape
    from brownout.core.limits import Limit
    from brownout.core.operation import Operation
    from brownout.core.plan import Phase, Plan
    from brownout.core.provider import Provider
    from brownout.core.rules import CompiledRule, Rule
    from brownout.core.store import Store, Table


class Sandbox:
    """One world. Nothing in it is shared with another.

    `claims` are what clients say happened, as they posted it; the verdict joins them with the ledger. `tape` is told of
    everything that is written down. `on_end` are called when all that is about to be forgotten: the world begins
    again, or goes.
    """

    def __init__(
        self,
        name: str,
        *,
        plan: Plan,
        providers: Mapping[str, Provider],
        store: Store,
        wall: float,
        records_kept: int = RECORDS_KEPT,
    ) -> None:
        """Make the world of `plan`, beginning at wall time `wall`."""
        self.name = name
        self.providers = providers
        self.store = store
        self.records_kept = records_kept
        self.epoch = 0  # how often it began again: an exchange of an earlier epoch may not touch this one
        self.dropped = False
        self.tape: Tape | None = None
        self.on_end: list[Callable[[Sandbox], None]] = []
        self._begin(plan, wall)

    def _begin(self, plan: Plan, wall: float) -> None:
        clock = plan.clock
        self.plan = plan
        self.clock = Clock(wall=wall, start=clock.start, speed=clock.speed, frozen=clock.frozen)
        self.moment = self.clock.at(wall)
        self.id_chance = Chance(plan.seed, "id")
        self.tables: dict[tuple[str, str, str], Table] = {}  # the store's, found once
        self.timers = Timers()
        self.hooks = Hooks(self)
        self.ledger = Ledger(self.tape)
        self.keys = Keys()
        self.identities = Identities()
        self.tokens = Authority()
        self.journal = Journal(self.records_kept, self.tape)
        self.claims: list[dict[str, Any]] = []
        self.live_rules: dict[str, Live] = {}
        self._apply_plan()
        if self.tape is not None:
            self.tape.begins(plan)
        for provider in self.providers.values():
            provider.seed(self)

    def _apply_plan(self) -> None:
        self.limits = Limits()
        self._live_ends_at = inf
        self._aside = Aside()
        rules = [one for rule in self.plan.rules for one in (rule, *heralds(rule, self.plan.begins_at(rule.phase)))]
        self._order = {rule.name: place for place, rule in enumerate(rules)}  # of the scenario; live ones come after
        self.rules = Rules(rules, self.plan.seed, begins_at=self._begins_at)
        self.fired: dict[str, int] = {}
        self._limits_of: dict[tuple[str, str | None], tuple[tuple[Limit, ...], tuple[Limit, ...]]] = {}
        self._phases = {phase.name: phase for phase in self.plan.phases}
        self._defaults: dict[str, Any] = {}  # of providers that the plan says nothing of; making one costs
        self._token_rules: dict[tuple[str, str | None], TokenRules] = {}
        self.phase: str | None = None
        self._plan_began_at = self.moment.world

    def reset(self, wall: float, plan: Plan | None = None) -> None:
        """Start over: objects, money, keys, counters, clock. With `plan`, as another scenario."""
        self.end()
        self.epoch += 1
        self.store.clear()
        self._begin(plan or self.plan, wall)

    def end(self) -> None:
        """Tell those who want to know that everything is about to be forgotten."""
        for tell in self.on_end:
            tell(self)

    def record_to(self, tape: Tape) -> None:
        """Tell `tape` of everything that is written down from now on, and of the money that has moved so far."""
        self.tape = self.journal.tape = self.ledger.tape = tape
        tape.begins(self.plan)
        for entry in self.ledger:
            tape.posted(entry)
        tape.played()

    def use(self, plan: Plan, wall: float) -> None:
        """Go on under another scenario: objects, tokens, money and clock stay; counters and limits start afresh.

        Its phases begin at wall time `wall`, once everything due by then was played under the one before.
        """
        self.arrive(wall)
        self.plan = plan
        self.live_rules.clear()
        self._apply_plan()
        if self.tape is not None:
            self.tape.changes(plan)

    def put_rule(self, rule: Rule, wall: float | None = None) -> None:
        """Add a rule, or replace the one of its name, as `put_rules` does."""
        self.put_rules(rule.name, (rule,), wall)

    def put_rules(self, name: str, rules: Iterable[Rule], wall: float | None = None) -> None:
        """Add a rule, or several that share the draw `name`; no other rule loses its counters.

        What had their names, or shared that draw, is replaced. Their windows and their time to live begin at wall time
        `wall`, by default with the last thing that happened.
        """
        moment = self.moment if wall is None else self.arrive(wall)
        began_at = self.elapsed(moment)
        new = {one.name: one for rule in rules for one in (rule, *heralds(rule, began_at, began_at))}
        now = {one.rule.name: one for one in self.rules.compiled}
        gone = [each for each, one in now.items() if each in new or goes_by(one.rule, name)]
        own = {each: (now[each], self.fired.get(each, 0)) for each in gone if each not in self.live_rules}
        self._aside.put(name, new, gone, own)
        for each in (*gone, *new):
            self.live_rules.pop(each, None)
            self.fired.pop(each, None)  # a new rule begins at none, as its own counters do
        for rule in new.values():
            ends_at = inf if rule.ttl_seconds is None else moment.wall + rule.ttl_seconds
            self.live_rules[rule.name] = Live(rule, began_at, ends_at)
        left = {each: one.rule for each, one in now.items() if each in new or each not in gone}
        self._recompile({**left, **new}, without=new)

    def drop_rule(self, name: str) -> bool:
        """Take a rule out, or all that share a draw of that name, the scenario's own too; return whether there was one.

        One that a live rule stood in for doesn't come back.
        """
        gone = {one.rule.name for one in self.rules.compiled if goes_by(one.rule, name)}
        for each in gone:
            self.live_rules.pop(each, None)
        if gone:
            self._aside.drop(name, gone)
            rules = {one.rule.name: one.rule for one in self.rules.compiled if one.rule.name not in gone}
            self._recompile(rules, without=gone)
        return bool(gone)

    def _expire(self, wall: float) -> None:
        """Take out the rules whose time to live is over; what each stood in for comes back, its counters too."""
        over = {name for name, live in self.live_rules.items() if live.ends_at <= wall}
        back = self._aside.expire(over)
        for name in over:
            del self.live_rules[name]
        for name, (_, applied) in back.items():
            self.fired[name] = applied
        rules = {one.rule.name: one.rule for one in self.rules.compiled if one.rule.name not in over}
        rules |= {name: one.rule for name, (one, _) in back.items()}
        self._recompile(rules, without=over, back={name: one for name, (one, _) in back.items()})

    def _recompile(
        self, rules: Mapping[str, Rule], *, without: Container[str], back: Mapping[str, CompiledRule] | None = None
    ) -> None:
        """Compile the rules afresh, but go on with the counters of all but those in `without`."""
        kept = {one.rule.name: one for one in self.rules.compiled if one.rule.name not in without}
        ordered = sorted(rules.values(), key=lambda rule: self._order.get(rule.name, len(self._order)))
        self.rules = Rules(ordered, self.plan.seed, {**kept, **(back or {})}, self._begins_at)
        self._live_ends_at = first_end(self.live_rules)

    def _begins_at(self, rule: Rule) -> float:
        """Return how many seconds after the scenario a rule's windows begin to count."""
        live = self.live_rules.get(rule.name)
        return live.began_at if live is not None else self.plan.begins_at(rule.phase)

    def arrive(self, wall: float) -> Moment:
        """Return the moment that `wall` is, having played everything due by then."""
        if wall >= self._live_ends_at:
            self._expire(wall)
        self.moment = moment = self.clock.at(wall)
        due = self.timers.next_due
        if due is not None and due <= moment.world:
            self._play(moment)
            if self.tape is not None:
                self.tape.played()
        if self._phases:
            self.phase = self.phase_at(moment)
        return moment

    def _play(self, moment: Moment) -> None:
        """Play what is due, each in the phase that it falls into: a jump may lead over several."""
        if not self._phases:
            self.timers.play(moment.world)
            return
        while (due := self.timers.next_due) is not None and due <= moment.world:
            self.phase = self.phase_at(moment._replace(world=due))
            self.timers.play(due)

    def phase_at(self, moment: Moment, due_seconds: float | None = None) -> str | None:
        """Return the phase in force at `moment`, or that of an operation that was due so long after the beginning.

        Operations that are due after the last phase belong to it: a drill's clock doesn't end on the second.
        """
        plan = self.plan
        if not plan.phases:
            return None
        if due_seconds is not None:
            return plan.phase_at(due_seconds) or plan.phases[-1].name
        return plan.phase_at(self.elapsed(moment))

    def elapsed(self, moment: Moment) -> float:
        """Return for how many world seconds the scenario has been in force at `moment`."""
        return moment.world - self._plan_began_at

    @property
    def began_at(self) -> float:
        """World time at which the scenario came into force."""
        return self._plan_began_at

    def changelog(self, moment: Moment) -> list[dict[str, Any]]:
        """Return the changes that clients have been told of by `moment`; see `core.announce`."""
        rules = ((one.rule, self._begins_at(one.rule)) for one in self.rules.compiled)
        return changelog(rules, elapsed=self.elapsed(moment), began_at=self._plan_began_at)

    def limits_of(self, operation: Operation, phase: str | None = None) -> tuple[tuple[Limit, ...], tuple[Limit, ...]]:
        """Return the limits an operation can meet: those before authorisation, and the others."""
        slot = operation.name, phase
        found = self._limits_of.get(slot)
        if found is None:
            replaced = {limit.name for limit in self.plan.limits if limit.phase is not None and limit.phase == phase}
            fitting = [
                limit
                for limit in self.plan.limits
                if (limit.phase == phase or (limit.phase is None and limit.name not in replaced))
                and limit.match.static(operation)
            ]
            early = tuple(limit for limit in fitting if limit.early)
            found = early, tuple(limit for limit in fitting if not limit.early)
            self._limits_of[slot] = found
        return found

    @property
    def _present(self) -> Phase | None:
        """The phase in force. An exchange may outlive the scenario that it came in under: then it has none."""
        return self._phases.get(self.phase) if self.phase is not None else None

    def options(self, provider: str) -> Any:
        """Return the provider's options in the present phase: the scenario's, else the defaults."""
        given = None
        if self.phase is not None and (phase := self._present) is not None:
            given = phase.providers.get(provider)
        if given is None:
            given = self.plan.providers.get(provider)
        if given is None:
            given = self._defaults.get(provider)
        if given is None:
            given = self._defaults[provider] = self.providers[provider].options_type()
        return given

    def token_rules(self, provider: str, own: TokenRules) -> TokenRules:
        """Return how the provider's tokens live in the present phase: its `own` rules under the scenario's `oauth`."""
        slot = provider, self.phase
        found = self._token_rules.get(slot)
        if found is None:
            over = phase.oauth if (phase := self._present) is not None else {}
            found = self._token_rules[slot] = replace(own, **{**self.plan.oauth, **over})
        return found

    def count_fired(self, rule: str) -> None:
        """Count one application of `rule`."""
        self.fired[rule] = self.fired.get(rule, 0) + 1
