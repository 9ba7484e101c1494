"""Everything Brownout raises. A simulated failure is a value (`Answer`, an effect), never one of these.

    BrownoutError
    ├── UsageError            what the caller asked for can't be done; says what can
    │   ├── ScenarioError     a scenario is wrong: one or more `Mistake`s, each with file, line, key, suggestion
    │   └── SandboxError      a sandbox name is malformed, unknown or one too many
    └── InternalError         our own bug: an invariant of the simulator itself broke

`OptionError` is a `ValueError`: options that check themselves raise it, and it becomes a `Mistake` with its line.

`Refused` stands apart: it is how a provider's handler says "no" from deep inside parameter checking, and
carries the `Answer` to give. It never leaves the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.core.exchange import Answer


class BrownoutError(Exception):
    """Base of every error that Brownout raises on purpose."""


class UsageError(BrownoutError):
    """What was asked for can't be done; the message says what was found and what is allowed."""


class SandboxError(UsageError):
    """A sandbox name is malformed, unknown under `--strict-sandboxes`, or one more than the server keeps."""


class InternalError(BrownoutError):
    """Our own bug. Never caused by a client, a scenario or a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing wrong with a scenario: where, what, and what was probably meant."""

    message: str
    key: str = ""
    line: int | None = None
    file: str = "scenario"

    def __str__(self) -> str:
        """Return `file:line: key: message`, leaving out what isn't known."""
        place = f"{self.file}:{self.line}" if self.line is not None else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class ScenarioError(UsageError):
    """A scenario can't be used. `mistakes` lists everything found, not only the first."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        """Keep `mistakes` and use their lines as the message."""
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class OptionError(ValueError):
    """An option of a fault or a provider is wrong; `path` leads to it from the value that refuses.

    For what lies deeper than one key: elsewhere a plain `ValueError` that begins with the key's name does as well.

    >>> str(OptionError("must be text", "fixtures", "/api/me", "scopes", 0))
    'fixtures./api/me.scopes.0: must be text'
    """

    def __init__(self, message: str, *path: str | int) -> None:
        """Say what is wrong, and where."""
        self.message = message
        self.path = path
        super().__init__(f"{'.'.join(map(str, path))}: {message}")


class Refused(Exception):
    """Raised by a handler before it changed anything; the engine answers with `answer`.

    An exception, although a simulated failure is otherwise a value: parameter rules sit several calls deep,
    and passing a refusal up by hand through each of them hid the rules themselves.
    """

    def __init__(self, answer: Answer) -> None:
        """Keep the answer to give."""
        self.answer = answer
        super().__init__(answer.status)


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Return the suggestion to append to a message about an unknown word.

    >>> did_you_mean("latncy", ["latency", "abort"])
    "unknown 'latncy'; did you mean 'latency'?"
    >>> did_you_mean("zzz", ["latency", "abort"])
    "unknown 'zzz'; known: abort, latency"
    """
    names = sorted(known)
    close = get_close_matches(found, names, n=1, cutoff=0.6)
    if close:
        return f"unknown {found!r}; did you mean {close[0]!r}?"
    return f"unknown {found!r}; known: {', '.join(names) or 'none'}"
