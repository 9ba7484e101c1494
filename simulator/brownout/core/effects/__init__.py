"""What the engine asks its shell to do, and what faults ask of the engine. Values, nothing more; each says itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from brownout.core.effects.tokens import Act, DropScopes, RevokeToken, ShortenLife, Term, TokenEffect, WithholdScopes
from brownout.core.effects.wire import (
    Certify,
    Delay,
    Deliver,
    Delivery,
    Ending,
    Flaw,
    Hang,
    Outcome,
    Refuse,
    Reply,
    Reset,
    Reword,
)

if TYPE_CHECKING:
    from brownout.core.edits import Edit


@dataclass(frozen=True, slots=True)
class Alter:
    """Change the answer's body before it is sent; what the provider keeps stays as it was."""

    edit: Edit

    @property
    def said(self) -> str:
        """What it does, in words."""
        return self.edit.said


Effect: TypeAlias = Delay | Reply | Reset | Hang
"""What the engine yields to its shell."""

End: TypeAlias = Refuse | Reset | Hang
"""What ends an exchange otherwise than its provider would."""

FaultEffect: TypeAlias = Delay | End | TokenEffect | Alter | Reword | Deliver | Certify
"""What a fault may return."""

__all__ = [
    "Act",
    "Alter",
    "Certify",
    "Delay",
    "Deliver",
    "Delivery",
    "DropScopes",
    "Effect",
    "End",
    "Ending",
    "FaultEffect",
    "Flaw",
    "Hang",
    "Outcome",
    "Refuse",
    "Reply",
    "Reset",
    "RevokeToken",
    "Reword",
    "ShortenLife",
    "Term",
    "TokenEffect",
    "WithholdScopes",
]
