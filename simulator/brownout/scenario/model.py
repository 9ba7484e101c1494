"""The shape of a scenario: one class a section, one attribute a key. The text under an attribute is its description.

Ranges and words are checked here; whether a name is known, and whether parts fit together, in `build`. What a fault
or a provider takes beyond this is its own dataclass.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from brownout.core.executors import Executor
from brownout.core.fault import Target
from brownout.core.plan import Load
from brownout.core.units import PerSecond, Seconds
from brownout.scenario.values import Client, Cohort, Command, Name, Numbers, Percent, Place, Start, Texts

VERSION = 1
"""The version of this format. A newer one is refused."""
_LOAD: Final = Load()


class Section(BaseModel):
    """A mapping whose keys are all known and whose values are of the exact type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


class Head(Section):
    """The keys of a scenario that aren't sections."""

    brownout: Literal[1]
    """The version of this format: 1."""
    title: str = ""
    """One line that says what goes wrong."""
    description: str = ""
    """As much text as the reader needs."""
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] = 0
    """Every draw hangs on it: same seed, same faults."""
    client_from: Place | None = None
    """Where a request says which client sends it; by default the client is the account of its credential."""
    credentials: Literal["open", "closed"] = "open"
    """`open` takes any well-formed test credential, `closed` only those that the provider's options name."""
    fault_header: bool = False
    """A request may ask for a fault of its own, in the header Brownout-Fault."""


class ClockSection(Section):
    """How the world's clock begins."""

    start: Start | None = None
    """World time at the beginning, with its zone; by default now."""
    speed: Annotated[float, Field(gt=0, le=1_000_000)] = 1.0
    """World seconds a wall second."""
    frozen: bool = False
    """World time stands still until it is advanced."""


class MatchSection(Section):
    """Whom a rule is about: all keys given must fit, several texts of a key mean any of them, texts are globs."""

    provider: Texts = ()
    """Names of providers."""
    operation: Texts = ()
    """Names of operations, such as stripe.payment_intents.*"""
    method: Texts = ()
    """HTTP methods."""
    path: Texts = ()
    """Paths as the provider has them, such as /v1/refunds"""
    account: Texts = ()
    """Whose data is asked for."""
    client: Texts = ()
    """Who asks."""
    key: Texts = ()
    """The logical key, such as an order's id."""
    grant: Texts = ()
    """The grant type of a call for tokens, such as refresh_token; fits no other call."""
    event: Texts = ()
    """The type of a webhook's event, such as payment_intent.*; fits webhook deliveries alone."""
    endpoint: Texts = ()
    """The id or URL of the endpoint that a webhook goes to; fits webhook deliveries alone."""
    occurrence: Numbers = ()
    """The how-manieth call of that key it is: 1 is the first try."""
    cohort: Cohort | None = None
    """A share of the clients in percent, always the same ones; or {share: 3%, by: body.customer} of something else."""
    header: dict[str, Texts] = Field(default_factory=dict)
    """Request headers, in any case."""
    body: dict[str, Texts] = Field(default_factory=dict)
    """Dotted paths into the request's parameters."""


class _Timed(Section):
    """What a fault and a choice of faults have in common."""

    name: Name | None = None
    """Unique; draws hang on it, and reports name it. By default the kind with a number, which moves when faults do."""
    target: Target | None = None
    """Where it strikes: before authentication (edge), before the effect (request) or after it (response)."""
    at: Seconds | None = None
    """Not before so much world time of its phase, or of the scenario, has passed."""
    repeat: Seconds | None = None
    """The window comes again each so much; needs for."""
    ramp: Seconds | None = None
    """Over the first part of its window, the percentage grows evenly from 0 to what it is."""


_FOR: Final[Any] = {"for": (Seconds | None, Field(default=None, description="For how long, in world time."))}
"""A word of Python, so it can't be an attribute's name in a class."""


class _Fault(_Timed):
    """What every fault has, whatever its kind."""

    percentage: Percent | None = None
    """Fires on this share of the matching calls."""
    nth: Numbers = ()
    """Fires on these matching calls of each client, from 1."""
    every: Annotated[int, Field(ge=1)] | None = None
    """Fires on each nth matching call of each client."""
    first: Annotated[int, Field(ge=1)] | None = None
    """Fires on the first n matching calls of each client."""
    max: Annotated[int, Field(ge=1)] | None = None
    """Fires so many times at most, over all clients."""


FaultSection = create_model("FaultSection", __base__=_Fault, **_FOR)
ChoiceSection = create_model(
    "ChoiceSection", __base__=_Timed, __doc__="A choice of faults: at most one of them strikes a call.", **_FOR
)


class OAuthSection(Section):
    """How tokens live, whichever provider issues them. A key left out leaves the provider's own rule."""

    access_ttl: Seconds | None = None
    """How long access tokens live."""
    refresh_ttl: Seconds | None = None
    """How long refresh tokens live, from when they were issued."""
    refresh_idle_ttl: Seconds | None = None
    """How long refresh tokens live, from when they were last used."""
    refresh_absolute_ttl: Seconds | None = None
    """How long refresh tokens live, from when their grant began, however often they are renewed."""
    rotation: bool | None = None
    """Each refresh returns a new refresh token and spends the old one."""
    reuse_grace: Seconds | None = None
    """For how long a spent refresh token is still honoured."""
    grace_returns: Literal["new", "same", "old"] | None = None
    """Which refresh token such a use returns: a new one, the same as the first use did, or the old one itself."""
    on_reuse: Literal["reject", "revoke_family"] | None = None
    """What a spent refresh token does after that: fail alone (reject), or take all its family with it."""


class PhaseSection(Section):
    """A stretch of the scenario; what it says of faults, limits, oauth and providers holds in it alone."""

    name: Name
    """Unique; thresholds select it and reports name it."""
    duration: Seconds
    """For how long."""


class StageSection(Section):
    """A stretch of a load that ramps."""

    duration: Seconds
    """How long the rate takes to get there; 0 jumps."""
    rate: PerSecond
    """The rate at its end."""


class _Load(Section):
    executor: Executor = "constant_arrival_rate"
    """How operations are planned: open, whether or not earlier ones are done, or closed (users)."""
    journey: Name = "checkout"
    """What one operation does."""
    rate: PerSecond = 15.0
    """constant_arrival_rate, poisson: operations begun per time; bursts: the same, within a burst."""
    start_rate: PerSecond | None = None
    """ramping_arrival_rate: the rate at the beginning; by default 0/s."""
    stages: tuple[StageSection, ...] | None = None
    """ramping_arrival_rate: the rate moves evenly to that of each stage in turn."""
    repeat: Seconds | None = None
    """bursts: a burst comes each so much, the first at once."""
    size: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """bursts: so many operations at once."""
    think: Seconds | None = None
    """users: how long a user waits after each operation."""
    duration: Seconds = _LOAD.duration_seconds
    """For how long. With phases it is theirs in all, with stages theirs, and left out here."""
    users: Annotated[int, Field(ge=1, le=100_000)] = _LOAD.users
    """How many take turns; with the executor of that name, each goes on by itself."""


_HOW_LONG: Final[Any] = {
    "for": (Seconds | None, Field(default=None, description="bursts: how long each goes on, at rate."))
}
LoadSection = create_model("LoadSection", __base__=_Load, __doc__="What a drill sends.", **_HOW_LONG)


class ArmSection(Section):
    """One client of a drill; all arms meet the same seed and the same arrivals."""

    client: Client | None = None
    """Which client strategy: the name of one of ours, or module:Class for one of your own."""
    locustfile: Annotated[str, Field(min_length=1)] | None = None
    """Your own locustfile, which sends what it sees fit; its path from this file."""
    command: Command | None = None
    """Your own program, which reads orders from its standard input and writes claims to its output."""
    control: bool = False
    """It is there to show the failure: its findings don't decide the drill's verdict."""
