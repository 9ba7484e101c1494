"""What most of Stripe's resources have in common, said once: a resource is a table of fields, actions and events.

`Resource.operations` makes its create, retrieve, update, delete and list, and one operation for each action. What is
particular about a resource goes into its hooks, which check before anything changes and act once it has. (Stripe docs,
API reference: Errors, Pagination, Expanding responses, Metadata; what recorded test-mode answers have in common; read
2026-11-23.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.stripe import errors, expand
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.ids import alone, plain
from brownout.providers.stripe.lists import LISTING, list_shape, page
from brownout.providers.stripe.params import EXPAND, Shape, check, merged, metadata, moments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from brownout.core.operation import Call
    from brownout.core.store import Where
    from brownout.providers.stripe.params import Reader

Kind: TypeAlias = Literal["", "money", "date", "enum"]
Value: TypeAlias = dict[str, Any]
Plain: TypeAlias = str | float | bool | None
"""What may stand in many objects at once, as nobody can change it."""


class Field(NamedTuple):
    """A field of an object.

    `make` gives it its value in a new one; `create` and `update` read the parameter of its name. Without a reader, that
    verb takes no such parameter. `link` is the type of the object that its id names, for `expand`, None if it names
    none; `kind` what faults and reports want to know of it.
    """

    make: Callable[[Call], Any]
    create: Reader | None = None
    update: Reader | None = None
    required: bool = False
    kind: Kind = ""
    link: str | None = None


def fixed(value: Plain = None, *, kind: Kind = "", link: str | None = None) -> Field:
    """Return a field that no parameter sets; actions may change it."""
    return Field(lambda _call: value, kind=kind, link=link)


def made(
    make: Callable[[Call], Any], reader: Reader | None = None, *, kind: Kind = "", link: str | None = None
) -> Field:
    """Return a field whose first value is made anew for each object: what isn't a plain value, or is drawn."""
    return Field(make, reader, reader, kind=kind, link=link)


def param(
    reader: Reader,
    default: Plain = None,
    *,
    required: bool = False,
    creates: bool = True,
    updates: bool = True,
    kind: Kind = "",
    link: str | None = None,
) -> Field:
    """Return a field that the parameter of its name sets, when it is made (`creates`) or later (`updates`)."""
    return Field(
        lambda _call: default, reader if creates else None, reader if updates else None, required, kind=kind, link=link
    )


METADATA: Final = Field(lambda _call: {}, metadata, metadata)
NOW: Final = Field(lambda call: call.now, kind="date")
NEVER: Final = fixed(link=expand.NEVER_SET)
"""A documented link to something that nothing here makes: always null."""


class Action(NamedTuple):
    """`POST {path}/{id}/{name}`. `run` takes the call, the object and the parameters, and changes the object.

    `since` are the statuses in which it can be done, any without them; `refuse` words the refusal in another. It
    `becomes` another status and tells of `event`, if those are given. An answer that `run` returns is sent instead of
    the object.
    """

    name: str
    run: Callable[[Call, Value, Value], Answer | None] = lambda _call, _value, _given: None
    shape: Shape = Shape(expand=EXPAND)
    since: tuple[str, ...] = ()
    refuse: Callable[[Call, Value], Exception] | None = None
    becomes: str | None = None
    event: str | None = None


def _nothing(call: Call, value: Value, given: Value) -> None:
    """Neither check nor change anything."""


def _stays(call: Call, value: Value) -> None:
    """Leave everything else as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One of Stripe's resources.

    `prefix` begins its ids, and `letters` is how many follow where that isn't as usual. `noun` is what a missing one
    is called, `path_param` what `param` says then. `filters` are parameters of its list that compare the field of
    their name; `list_too`, `create_too` and their like are parameters that have no field of their name, and `listed` a
    test on an object and the list's parameters, `among` what the parameters say that a table finds by itself. `enums`
    are the paths of words inside its groups, beside the fields of that kind. `events` says which event tells of a verb.

    `prepare` is asked before a new object is kept, and `change` before an update (with the object as it will be): both
    may still refuse, and finish the value. `done` is called once a new object is kept, and may answer in its place.
    `look` finds what is retrieved, where that isn't just what is kept. `leave` is called before one is deleted: it may
    refuse, and takes along what hangs on it.
    """

    object_type: str
    path: str
    prefix: str
    fields: Mapping[str, Field]
    letters: int | None = None
    noun: str = ""
    path_param: str = ""
    verbs: tuple[str, ...] = ("create", "retrieve", "update", "list")
    filters: Mapping[str, Reader] = field(default_factory=dict)
    list_too: Mapping[str, Reader] = field(default_factory=dict)
    listed: Callable[[Value, Value], bool] | None = None
    among: Callable[[Value], Where] | None = None
    create_too: Mapping[str, Reader] = field(default_factory=dict)
    retrieve_too: Mapping[str, Reader] = field(default_factory=dict)
    update_too: Mapping[str, Reader] = field(default_factory=dict)
    enums: tuple[str, ...] = ()
    events: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    prepare: Callable[[Call, Value, Value], None] = _nothing
    change: Callable[[Call, Value, Value], None] = _nothing
    done: Callable[[Call, Value, Value], Answer | None] = _nothing
    look: Callable[[Call, str], Value] | None = None
    leave: Callable[[Call, Value], None] = _stays
    _shapes: dict[str, Shape] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Compile the tables that calls are checked by, and tell `expand` and `errors` of the resource."""
        creating = {name: one.create for name, one in self.fields.items() if one.create is not None}
        updating = {name: one.update for name, one in self.fields.items() if one.update is not None}
        required = tuple(name for name, one in self.fields.items() if one.required)
        self._shapes.update(
            create=Shape(required, expand=EXPAND, **creating, **self.create_too),
            retrieve=Shape(expand=EXPAND, **self.retrieve_too),
            update=Shape(expand=EXPAND, **updating, **self.update_too),
            list=list_shape(created=moments, **self.filters, **self.list_too),
        )
        expand.LINKS[self.object_type] = {name: one.link for name, one in self.fields.items() if one.link is not None}
        if self.noun:
            errors.NOUNS[self.object_type] = self.noun
        if self.path_param:
            errors.PATH_PARAMS[self.object_type] = self.path_param

    @property
    def id_param(self) -> str:
        """What its id is called in a path."""
        return self.object_type.rpartition(".")[2]

    def build(self, call: Call, given: Value) -> Value:
        """Return a new object with what is given in it; nobody has kept it yet."""
        table = call.table(self.object_type)
        made_id = (
            alone(call, self.prefix, table) if self.letters is None else plain(call, self.prefix, table, self.letters)
        )
        value = {
            "id": made_id,
            "object": self.object_type,
            **{name: one.make(call) for name, one in self.fields.items()},
        }
        self._put(call, value, given)
        return value

    def _put(self, call: Call, value: Value, given: Value) -> None:
        for name, one in given.items():
            if name == "metadata":
                value["metadata"] = merged(call, value["metadata"], one)
            elif (field := self.fields.get(name)) is not None and (field.create or field.update):
                value[name] = one

    def keep(self, call: Call, value: Value, given: Value) -> Answer | None:
        """Keep a new object, and tell of it; return what `done` wants to be answered."""
        call.create(self.object_type, value)
        if "create" in self.events:
            emit(call, self.events["create"], value)
        return self.done(call, value, given)

    def update(self, call: Call, value: Value, changed: Value) -> None:
        """Make `value` what `changed` is, and tell of what is different."""
        previous = {name: value.get(name) for name, new in changed.items() if value.get(name) != new}
        value.update(changed)
        if previous and "update" in self.events:
            emit(call, self.events["update"], value, previous=previous)

    # ---------------------------------------------------------------- operations

    def operations(self) -> tuple[Operation, ...]:
        """Return its operations, by its verbs, then its actions."""
        plain = {"create": self._create, "retrieve": self._retrieve, "update": self._update, "delete": self._delete}
        found = [self._operation(verb, plain[verb]) for verb in self.verbs if verb != "list"]
        found += [self._operation(one.name, partial(self._act, one), action=True) for one in self.actions]
        return (*found, *([self._listing()] if "list" in self.verbs else ()))

    def _operation(self, verb: str, run: Callable[[Call], Answer], *, action: bool = False) -> Operation:
        reads, creates = verb == "retrieve", verb == "create"
        own = self.path if creates else f"{self.path}/{{{self.id_param}}}"
        return Operation(
            name=f"stripe.{self.path.removeprefix('/v1/').replace('/', '.')}.{verb}",
            method="GET" if reads else "DELETE" if verb == "delete" else "POST",
            path=f"{own}/{verb}" if action else own,
            run=run,
            effect="read" if reads else "write",
            object_type=self.object_type,
            id_param=None if creates else self.id_param,
            key=self.key if creates else (),
            idempotent=not reads and verb != "delete",
            **self.kinds() if verb != "delete" else {},
        )

    def _listing(self) -> Operation:
        return Operation(
            name=f"stripe.{self.path.removeprefix('/v1/').replace('/', '.')}.list",
            method="GET",
            path=self.path,
            run=self._list,
            object_type=self.object_type,
            listing=LISTING,
            **self.kinds("data."),
        )

    def kinds(self, prefix: str = "") -> dict[str, Any]:
        """Return what an operation declares of the fields of such an object, which stands below `prefix`."""
        inside = {"money": (), "date": (), "enum": self.enums}
        return {
            plural: tuple(prefix + name for name in (*self._of_kind(kind), *inside[kind]))
            for kind, plural in (("money", "money"), ("date", "dates"), ("enum", "enums"))
        }

    def _of_kind(self, kind: str) -> list[str]:
        return [name for name, one in self.fields.items() if one.kind == kind]

    def _create(self, call: Call) -> Answer:
        given = check(call, self._shapes["create"])
        tree = tree_of(call, given, self.object_type)
        value = self.build(call, given)
        self.prepare(call, value, given)

        return self.keep(call, value, given) or shown(call, value, tree)

    def _retrieve(self, call: Call) -> Answer:
        given = check(call, self._shapes["retrieve"])
        tree = tree_of(call, given, self.object_type)
        object_id = call.path[self.id_param]
        value = self.look(call, object_id) if self.look is not None else find(call, self.object_type, object_id)
        return shown(call, value, None if value.get("deleted") else tree)  # a stub has nothing to expand

    def _update(self, call: Call) -> Answer:
        given = check(call, self._shapes["update"])
        tree = tree_of(call, given, self.object_type)
        value = find(call, self.object_type, call.path[self.id_param])
        changed = dict(value)
        self._put(call, changed, given)
        self.change(call, changed, given)

        self.update(call, value, changed)
        return shown(call, value, tree)

    def _delete(self, call: Call) -> Answer:
        check(call, Shape())
        value = find(call, self.object_type, call.path[self.id_param])
        self.leave(call, value)

        call.table(self.object_type).remove(value["id"])
        if "delete" in self.events:
            emit(call, self.events["delete"], value)
        return Answer(200, {"id": value["id"], "object": self.object_type, "deleted": True})

    def _act(self, action: Action, call: Call) -> Answer:
        given = check(call, action.shape)
        tree = tree_of(call, given, self.object_type)
        value = find(call, self.object_type, call.path[self.id_param])
        if action.since and value["status"] not in action.since:
            raise action.refuse(call, value) if action.refuse is not None else self._not_now(call, action, value)
        answer = action.run(call, value, given)
        if action.becomes is not None:
            value["status"] = action.becomes
        if action.event is not None:
            emit(call, action.event, value)
        return answer or shown(call, value, tree)

    def _not_now(self, call: Call, action: Action, value: Value) -> Exception:
        message = (
            f"You cannot {action.name} this {self.object_type} because it has a status of {value['status']}. Only one "
            f"with one of the following statuses may be: {', '.join(action.since)}."
        )
        return refusal(call, message, executed=True)

    def _list(self, call: Call) -> Answer:
        return page(
            call, self._shapes["list"], self.object_type, self.path, equal=tuple(self.filters), keep=self.listed,
            among=self.among,
        )  # fmt: skip
