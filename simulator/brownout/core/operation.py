"""What an operation says of itself, and what its handler may do.

An operation declares everything that faults, limits, idempotency and reports need to know, so that none of them
knows a provider. Its handler runs at one moment, start to end, and returns a structure; serialising comes later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from brownout.core import causes
from brownout.core.chance import pack, pseudonym
from brownout.core.effects.tokens import RotateSecret
from brownout.core.tokens import Token
from brownout.core.tokens.doubts import mistaken

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from brownout.core.exchange import Answer, Credential
    from brownout.core.idempotency import Stored
    from brownout.core.ledger import Kind
    from brownout.core.moment import Moment
    from brownout.core.sandbox import Sandbox
    from brownout.core.store import Table
    from brownout.core.tokens import Imposed
    from brownout.core.tokens import Kind as TokenKind
    from brownout.core.tokens.clients import Client
    from brownout.core.tokens.doubts import Doubted
    from brownout.core.versions import Versions

_SECRET_LETTERS: Final = 40

Handler: TypeAlias = "Callable[[Call], Answer]"
Again: TypeAlias = "Callable[[Call, Stored], Answer]"
Fidelity: TypeAlias = Literal["modelled", "generic", "conjured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Where a list answer keeps its parts: dotted paths into the body, and the cursor's parameter."""

    items: str
    cursor: str
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of a provider's API.

    `name` is `provider.resource.verb`; `path` has placeholders in braces, of which a last `{name*}` takes all that is
    left. `key` lists where the default logical
    key may be found, best first (`body.metadata.order_id`, `header.X-Order`), `key_objects` where else an object's id
    stands (`body.charge`); the id in the path comes after them. `public` operations need no credential; `scopes` are
    those that a token needs, all of them. `money`, `dates` and `enums` are dotted paths into the answer's body;
    `versions` are those of the API that it can answer in.

    `again` words what a repeat under the same idempotency key is answered, given what was stored; it may change
    nothing. Without it the stored answer is sent, byte for byte. `idempotency_ttl_seconds` None means the provider's.
    `key_binds_params` says whether a key stands for the parameters that it first came with, so that others under the
    same key are refused; without it they are passed over, and answered as a repeat is. `fidelity` is how its answers
    come about: `modelled` after its provider's own, `generic` from a schema alone, `conjured` from nothing but a name.
    """

    name: str
    method: str
    path: str
    run: Handler
    effect: Literal["read", "write", "token", "handshake", "delivery"] = "read"
    object_type: str = ""
    id_param: str | None = None
    key: tuple[str, ...] = ()
    key_objects: tuple[str, ...] = ()
    idempotent: bool = False
    idempotency_ttl_seconds: float | None = None
    again: Again | None = None
    key_binds_params: bool = True
    public: bool = False
    scopes: frozenset[str] = frozenset()
    cost: int = 1
    listing: Listing | None = None
    money: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    enums: tuple[str, ...] = ()
    versions: Versions | None = None
    fidelity: Fidelity = "modelled"

    @property
    def provider(self) -> str:
        """The part of the name before the first dot."""
        return self.name.partition(".")[0]


class Call:
    """What a handler works with: parameters in, effects out. Also handed to actions on timers.

    Everything drawn here is fixed by the identity of the call that caused it; `now` is world time in whole unix
    seconds, as providers stamp objects.
    """

    __slots__ = ("_drawn", "_packed", "_terms", "account", "ahead_by", "ahead_seconds", "base_url", "cause", "conjured",
                 "doubts", "effects", "headers", "idempotency_key", "issued", "key", "moment", "objects", "params",
                 "path", "provider", "request_id", "stateful", "version", "world")  # fmt: skip

    def __init__(
        self,
        world: Sandbox,
        *,
        provider: str,
        account: str,
        packed: bytes,
        moment: Moment,
        params: Mapping[str, Any] | None = None,
        path: Mapping[str, str] | None = None,
        key: str | None = None,
        request_id: str | None = None,
        idempotency_key: str | None = None,
        terms: Sequence[Imposed] = (),
        base_url: str = "",
        headers: Mapping[str, str] | None = None,
        doubts: Sequence[Doubted] = (),
        ahead_seconds: float = 0.0,
        ahead_by: str | None = None,
        version: str | None = None,
    ) -> None:
        """Bind the call to its world, account and moment; `packed` is the identity that draws hang on.

        `terms` are what faults want of the tokens that it issues, `doubts` what they want to be thought of its client.
        `ahead_seconds` is how far the provider's clock is wrong, in world time, and `ahead_by` whose doing that is.

        `key` is the business key (None unless the client named one); `request_id` and `idempotency_key` are None
        when no API call caused this. `base_url` is where the client reached the provider, for absolute links;
        `headers` are the request's, looked up in any case; `version` is that of the API to answer in, None if nobody
        said.
        """
        self.world = world
        self.provider = provider
        self.account = account
        self.moment = moment
        self.params = params or {}
        self.path = path or {}
        self.key = key
        self.request_id = request_id
        self.idempotency_key = idempotency_key
        self.base_url = base_url
        self.headers: Mapping[str, str] = headers if headers is not None else {}
        self.version = version
        self.effects: list[str] = []  # ledger entries made
        self.objects: list[str] = []  # ids created
        self.cause: str | None = None  # what made a token bad that the client presented
        self.issued: Token | None = None  # the access token, where it issued one
        self.stateful = False  # the answer depended on time or on other calls (D2)
        self.conjured = False  # it rests on an object that nobody created
        self._packed = packed
        self._drawn = 0
        self._terms = terms
        self.doubts = doubts
        self.ahead_seconds = ahead_seconds
        self.ahead_by = ahead_by

    @property
    def now(self) -> int:
        """World time in whole unix seconds."""
        return int(self.moment.world)

    @property
    def imposed(self) -> bool:
        """Whether faults want something of the tokens that this call issues: then an old one won't do."""
        return bool(self._terms)

    def draw_text(self, label: str, length: int) -> str:
        """Return `length` letters and digits, fixed by the causing call; each draw of a call differs."""
        self._drawn += 1
        return self.world.id_chance.text(b"%b|%b|%d" % (self._packed, label.encode(), self._drawn), length)

    def draw_uuid(self, label: str) -> str:
        """Return a UUID, fixed by the causing call; each draw of a call differs."""
        self._drawn += 1
        return self.world.id_chance.uuid(b"%b|%b|%d" % (self._packed, label.encode(), self._drawn))

    def pass_over(self) -> None:
        """Leave out a draw, so that those that follow are what they would have been after it."""
        self._drawn += 1

    def table(self, object_type: str) -> Table:
        """Return this account's objects of one type."""
        slot = self.provider, self.account, object_type
        table = self.world.tables.get(slot)
        if table is None:
            table = self.world.tables[slot] = self.world.store.table(self.account, f"{self.provider}.{object_type}")
        return table

    def create(self, object_type: str, value: dict[str, Any]) -> dict[str, Any]:
        """Keep a new object (its `id` is in it), note it for the journal, and return it."""
        self.table(object_type).put(value)
        if value["id"] not in self.objects:
            self.objects.append(value["id"])
        return value

    def post(
        self,
        kind: Kind,
        *,
        payment: str,
        object_id: str,
        amount_minor: int,
        currency: str,
        fee_minor: int = 0,
        key: str | None = None,
    ) -> None:
        """Write money moved (or held) into the ledger; `key` is the payment's business key."""
        entry = self.world.ledger.post(
            kind,
            at=self.moment.world - self.world.clock.started_at,
            provider=self.provider,
            account=self.account,
            payment=payment,
            object_id=object_id,
            amount_minor=amount_minor,
            currency=currency,
            fee_minor=fee_minor,
            key=key,
        )
        self.effects.append(entry.id)

    def issue(
        self, kind: TokenKind, text: str, *, client_id: str, scopes: frozenset[str], life_seconds: float | None,
        family: str | None = None, asked: frozenset[str] | None = None, subject: str | None = None,
        grant_at: float | None = None, write: Callable[[Token], str] | None = None,
    ) -> Token:  # fmt: skip
        """Issue a token, under what faults want of it; answer with its `told_seconds` and `told_scopes`.

        `family` is the grant that it descends from, which began at `grant_at`: without one, the token begins a family
        of its own. `asked` are the scopes that its client wanted, None for just those that it gets. `subject` is whose
        data it opens. `write` gives its text, if that says what it is worth.
        """
        token = Token(
            text,
            kind=kind,
            provider=self.provider,
            account=self.account,
            client_id=client_id,
            scopes=scopes,
            issued_at=self.moment.world,
            life_seconds=life_seconds,
            family=family or pseudonym(text),
            subject=subject,
            grant_at=grant_at,
        )
        token.unjumped_at -= self.world.clock.jumped_seconds
        if asked is not None:
            token.asked_scopes = asked
        issued = self.world.tokens.issue(token, self._terms, write)
        if self.issued is None or kind == "access":
            self.issued = issued
        if self.ahead_seconds:
            issued.stamp(self.ahead_seconds, self.ahead_by or "")
        return issued

    def secret_flaw(self, client_id: str, given: str, configured: str | None) -> str | None:
        """Return what is wrong with a client's secret, None if it is good: what a refusal tells in `Answer.cause`.

        `configured` is the secret that the options name, None if they name no such client: then any will do, unless
        the scenario's credentials are closed. Whoever was given another secret since must use that one.
        """
        client = self.world.tokens.clients.know(self.provider, client_id, self.account)
        flaw = self._flaw(client, given, configured)
        for one in self.doubts if flaw is None else ():
            if isinstance(one.effect, RotateSecret) and self._rotate(client, given, one.effect, one.rule):
                one.changed = True
                flaw = self._flaw(client, given, configured)
        return flaw or self.mistaken()

    def _flaw(self, client: Client, given: str, configured: str | None) -> str | None:
        strangers = self.world.plan.credentials == "open"
        found = self.world.tokens.clients.flaw(
            client, given, configured=configured, strangers=strangers, now=self.moment.world
        )
        return causes.by_rule(found, client.rotated_by) if found == causes.OLD_SECRET else found

    def _rotate(self, client: Client, given: str, effect: RotateSecret, rule: str) -> bool:
        """Give a client that came with its present secret another one; return whether there was one to give."""
        if given == effect.secret or client.secret not in (None, given):
            return False
        drawn = pack("secret", self.provider, client.id, client.rotations)
        secret = effect.secret or self.world.id_chance.text(drawn, _SECRET_LETTERS)
        self.world.tokens.clients.rotate(
            client, secret, self.moment.world, configured=given, grace_seconds=effect.grace_seconds, rule=rule
        )
        self.stateful = True
        return True

    def mistaken(self) -> str | None:
        """Return what a client that proved who it is must be taken for all the same, as a cause; None for itself."""
        if not self.doubts:
            return None
        return mistaken(self.doubts, basic=self.headers.get("Authorization", "")[:6].lower() == "basic ")

    @property
    def wall(self) -> float:
        """The wall time that the provider writes into what it answers, and compares others' with: by its own clock."""
        if not self.ahead_seconds:
            return self.moment.wall
        return self.moment.wall + self.world.clock.pace(self.ahead_seconds)

    def wall_for(self, client_id: str) -> float:
        """Return the wall time that a client's own times are compared with, ahead of the real one by its skew."""
        skew = self.world.tokens.clients.skew_seconds(self.provider, client_id)
        return self.wall + self.world.clock.pace(skew)

    def blame(self, token: Token) -> None:
        """Note for the journal that the call was refused for a token that is dead by now, and what made it so."""
        now = self.moment.world
        reason = token.reason(now, ahead=self.ahead_seconds)
        if reason is not None:
            unjumped = now - self.world.clock.jumped_seconds
            self.cause = self.world.tokens.blame(self.provider, token.text, reason, unjumped)
            if token.reason(now) != reason:
                self.cause = self.ahead_by
            self.stateful = True

    def within(self, account: str) -> Call:
        """Return a call of the same cause that acts for another account of this provider.

        What it creates and books is noted with this call's. What it draws hangs on this call's identity and that
        account, so that the two never draw alike.
        """
        other = Call(
            self.world,
            provider=self.provider,
            account=account,
            packed=b"%b@%b" % (self._packed, account.encode()),
            moment=self.moment,
            params=self.params,
            path=self.path,
            key=self.key,
            request_id=self.request_id,
            idempotency_key=self.idempotency_key,
            base_url=self.base_url,
            headers=self.headers,
            version=self.version,
        )
        other.effects, other.objects = self.effects, self.objects
        return other

    def emit(self, event: Mapping[str, Any], to: Container[str] | None = None) -> int:
        """Send `event` (the provider's own, already stored) to the webhooks that want it; return how many do.

        `to` holds the ids of the only endpoints that may get it, None for any.
        """
        return self.world.hooks.emit(self.provider, self.account, event, self.moment, to)

    def later(self, seconds: float, label: str, action: Callable[[Call], None]) -> None:
        """Run `action` after `seconds` of world time, with a `Call` of its own that draws on this identity."""
        packed = b"%b>%b" % (self._packed, label.encode())

        def due(at: float) -> None:
            action(
                Call(
                    self.world,
                    provider=self.provider,
                    account=self.account,
                    packed=packed,
                    moment=self.world.moment._replace(world=at),
                    key=self.key,
                    base_url=self.base_url,
                )
            )

        self.world.timers.at(self.moment.world + seconds, due)


def credential_account(credential: Credential | None) -> str:
    """Return whose data a credential opens; `anonymous` without one."""
    return credential.account if credential is not None else "anonymous"
