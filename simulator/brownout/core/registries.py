"""What there is to choose from: providers, faults, stores by name. Joined by `brownout.assembly`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from brownout.core.deliveries import delivery_of
from brownout.core.doors import connect_of
from brownout.core.handshake import operation_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.core.fault import Fault
    from brownout.core.limits import Documented
    from brownout.core.operation import Operation
    from brownout.core.provider import Provider
    from brownout.core.rules import Rule
    from brownout.core.store import Store


def beyond_of(provider: Provider) -> Sequence[Operation]:
    """Return the operations that a provider knows of but doesn't model; one needn't know of any."""
    found: Sequence[Operation] = getattr(provider, "operations_beyond", tuple)()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Registries:
    """All registries. A third party's entries come through entry points and look no different."""

    providers: Mapping[str, Provider]
    faults: Mapping[str, type[Fault]]
    stores: Mapping[str, type[Store]] = field(default_factory=dict)

    def operations(self) -> dict[str, Operation]:
        """Return every operation by name, in alphabetical order."""
        found = {one.name: one for provider in self.providers.values() for one in provider.operations}
        return dict(sorted(found.items()))

    def beyond(self) -> dict[str, Operation]:
        """Return the operations that providers know of but don't model, by name. They are looked up when asked for."""
        return {one.name: one for _, provider in sorted(self.providers.items()) for one in beyond_of(provider)}

    def met_by(self, rules: Iterable[Rule]) -> list[Operation]:
        """Return the operations that requests may run as; those not modelled only if a rule is about nothing else."""
        known = [*self.operations().values(), *(provider.unknown for provider in self.providers.values())]
        known += self.deliveries().values()
        if all(any(map(rule.concerns, known)) for rule in rules):
            return known
        return [*known, *self.beyond().values()]

    def limits(self) -> dict[str, Documented]:
        """Return the sets of limits that providers document, by name: `PROVIDER.SET`. One may have none."""
        return {
            f"{name}.{given}": documented
            for name, provider in sorted(self.providers.items())
            for given, documented in getattr(provider, "documented_limits", {}).items()
        }

    def handshakes(self) -> dict[str, Operation]:
        """Return what TLS handshakes and connections run as, by name: no calls, but faults can strike them."""
        return {one.name: one for of in (operation_of, connect_of) for one in map(of, self.providers)}

    def deliveries(self) -> dict[str, Operation]:
        """Return what deliveries of webhooks run as, by name; a provider may have none."""
        found = (
            delivery_of(name) for name, one in self.providers.items() if getattr(one, "webhook_ladder_seconds", ())
        )
        return {one.name: one for one in found}

    def beside(self) -> dict[str, Operation]:
        """Return all that is no call, but that faults can strike, by name."""
        return {**self.handshakes(), **self.deliveries()}
