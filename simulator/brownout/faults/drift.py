"""`drift`: an answer's shape isn't what it was yesterday."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from brownout.core.announce import Announcement
from brownout.core.drifts.changes import PATHLESS, check, edit_of, own_url, reword_of, said_of
from brownout.core.drifts.grades import Grade
from brownout.core.drifts.grades import grade as grade_of
from brownout.core.edits import Edit, declared_path, parse_path
from brownout.core.effects import Alter, Reword

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation

Change: TypeAlias = (
    Literal[
        "remove", "rename", "retype", "null", "enum", "wrap", "extra", "nest", "flatten", "date", "money", "decimals",
        "casing", "omit_null", "empty", "set", "loop", "reorder", "duplicate", "drop", "empty_body", "status",
    ] | None
)  # fmt: skip
"""None is `null` as YAML reads it without quotes."""


@dataclass(frozen=True, kw_only=True)  # without slots: its edits are made once and kept
class Drift:
    """Change what stands at `path` in an answer, as a provider's next version might.

    Each change has a grade, which the journal and the changelog tell. *Breaking*: what reads the value fails.

    - `remove` takes the field out, `null` leaves nothing of its value, `rename` gives it the key `to`.
    - `retype` makes its value another type (`to`: string, number, float, boolean, object, list); `wrap` a list of it.
    - `enum` puts a word that nobody knows (`to`).
    - `nest` moves it into an object (`to`); `flatten` puts an object's fields in its place (with the prefix `to`).
    - `casing` writes all keys in another convention (`to`: camel, snake, pascal).
    - `date` writes a date otherwise: `to` unix, iso8601, rfc2822, date; unix_ms and local (without a zone) are silent,
      and an offset such as +02:00 is harmless, for it is the same moment.
    - `loop` makes the next page's link lead to this page.
    - `empty_body` sends no body, `status` the status `to` (only where it `was` that, if given): silent where an error
      becomes a success, harmless where a success stays one.

    *Silent*: nothing fails, and what is read is wrong.

    - `money` writes amounts in the other unit (`to`: minor, major, decimal), `decimals` with so many decimals (`to`).
    - `empty` puts an empty text, list or object, `set` the value `to`.
    - `reorder` turns a list round, `duplicate` and `drop` repeat and leave out items (`to`: first, last, all).

    *Harmless*: a tolerant reader notices nothing.

    - `extra` adds a field with the value `to`, `omit_null` leaves out fields that are null.
    - `retype` to float: 1000 becomes 1000.0.

    Without `path`, `money` and `decimals` are about all amounts that the operation declares, `date` about its dates,
    `enum` its words, `reorder`, `duplicate` and `drop` the items of its list, `loop` its next page; `casing`,
    `omit_null`, `empty_body` and `status` about the whole answer. Only what is sent changes: the object stays as it
    is, and so does what is kept under an idempotency key. An answer in which there is nothing to change passes.

    `announced` tells clients in advance, with `Deprecation`, `Sunset` and `Link`; see `deprecation`. It takes `lead`,
    `sunset`, `link`, `headers`, and `deprecation` where that isn't the moment at which the drift sets in.

    Raises:
        ValueError: if `path` isn't one or is missing, or `to` is none that the change takes.

    Example:
        # Amounts come in dollars instead of cents; nothing fails, and all is a hundredth.
        - {name: dollars, kind: drift, match: {operation: stripe.payment_intents.*}, change: money}
        # The status has a word that no client knows.
        - {name: new-status, kind: drift, match: {operation: stripe.refunds.create}, change: enum, path: $.status}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "drift"
    default_target: ClassVar[Target | None] = "response"

    change: Change
    path: str | None = None
    to: Any = None
    was: int | None = None
    announced: Announcement | None = None

    def __post_init__(self) -> None:
        """Check path and value; what is made of them is made here, not at the first request."""
        last = parse_path(self.path)[-1] if self.path is not None else None
        check(self._change, self.path, last, self.to, self.was)
        if self.path is not None or PATHLESS[self._change] is None:
            _ = self._effects

    @property
    def _change(self) -> str:
        return self.change or "null"

    @property
    def said(self) -> str:
        """What it does, in words."""
        return said_of(self._change, self.path, self.to, self.was)

    @property
    def grade(self) -> Grade:
        """How bad that is for clients."""
        return grade_of(self._change, self.to, self.was)

    @cached_property
    def edit(self) -> Edit:
        """What becomes of the answer's body, where that is the same for all operations."""
        path = parse_path(self.path) if self.path is not None else ()
        return edit_of(self._change, path, self.to, said=self._said(self.path))

    @cached_property
    def _effects(self) -> tuple[Alter | Reword, ...]:
        if self.change in ("empty_body", "status"):
            return (reword_of(self.change, self.to, self.was, said=self._said(self.path)),)
        return () if self.change == "loop" else (Alter(self.edit),)

    @cached_property
    def _of_operation(self) -> dict[str, tuple[Alter, ...]]:
        """The edits of what operations declare, by operation; filled as they are met."""
        return {}

    def targets(self) -> tuple[Target, ...]:
        """Return the response: there is no answer before."""
        return ("response",)

    def suits(self, operation: Operation) -> bool:
        """Return whether the operation declares what a drift without a path is about; with one, every answer can."""
        if self.path is not None:
            return True
        declared = PATHLESS[self._change]
        return declared is None or any(declared(operation))

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[Alter | Reword]:
        """Return the changes."""
        if self.change == "loop":
            return self._alters(exchange.operation, own_url(exchange.request))
        if self.path is not None or PATHLESS[self._change] is None:
            return self._effects
        made = self._of_operation.get(exchange.operation.name)
        if made is None:
            made = self._of_operation[exchange.operation.name] = self._alters(exchange.operation, self.to)
        return made

    def _alters(self, operation: Operation, to: Any) -> tuple[Alter, ...]:
        """Return the edits at the path, or at each that the operation declares."""
        declared = PATHLESS.get(self._change)
        if self.path is not None or declared is None:
            paths = {self.path or "": parse_path(self.path or "")}
        else:
            paths = {f"$.{dotted}": declared_path(dotted) for dotted in declared(operation) if dotted}
        return tuple(
            Alter(edit_of(self._change, path, to, said=self._said(shown), through=self.path is None))
            for shown, path in paths.items()
        )

    def _said(self, path: str | None) -> str:
        return f"{said_of(self._change, path, self.to, self.was)} ({self.grade})"
