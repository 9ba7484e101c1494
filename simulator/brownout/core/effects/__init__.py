"""What the engine asks its shell to do, and what faults ask of the engine. Values, nothing more; each says itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from brownout.core.effects.deliveries import (
    TOUCHES,
    BodyFlaw,
    ComeFirst,
    DeliveryEffect,
    HoldBack,
    HurryUp,
    Lose,
    Mangle,
    Missign,
    Repeat,
    Reverse,
    SendIn,
    SignatureFlaw,
    Touch,
)
from brownout.core.effects.tokens import (
    TOKEN_EFFECTS,
    Act,
    DemandUser,
    Doubt,
    DropScopes,
    EndConsent,
    EndRefresh,
    ExpireToken,
    Mistake,
    RevokeToken,
    RotateSecret,
    ShortenLife,
    SkewClock,
    Spoil,
    TakeFor,
    TellLife,
    Term,
    TokenEffect,
    WithholdScopes,
)
from brownout.core.effects.wire import (
    Await,
    Certify,
    ComeBack,
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
    Shut,
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


@dataclass(frozen=True, slots=True)
class AnswerIn:
    """Let the provider answer in another version of its API than it was asked for."""

    version: str

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"answer in version {self.version}"


Effect: TypeAlias = Delay | Await | Reply | Reset | Hang
"""What the engine yields to its shell."""

End: TypeAlias = Refuse | Reset | Hang
"""What ends an exchange otherwise than its provider would."""

FaultEffect: TypeAlias = (
    Delay | End | TokenEffect | Alter | AnswerIn | Reword | Deliver | Certify | Shut | DeliveryEffect
)
"""What a fault may return."""

__all__ = [
    "TOKEN_EFFECTS",
    "TOUCHES",
    "Act",
    "Alter",
    "AnswerIn",
    "Await",
    "BodyFlaw",
    "Certify",
    "ComeBack",
    "ComeFirst",
    "Delay",
    "Deliver",
    "Delivery",
    "DeliveryEffect",
    "DemandUser",
    "Doubt",
    "DropScopes",
    "Effect",
    "End",
    "EndConsent",
    "EndRefresh",
    "Ending",
    "ExpireToken",
    "FaultEffect",
    "Flaw",
    "Hang",
    "HoldBack",
    "HurryUp",
    "Lose",
    "Mangle",
    "Missign",
    "Mistake",
    "Outcome",
    "Refuse",
    "Repeat",
    "Reply",
    "Reset",
    "Reverse",
    "RevokeToken",
    "Reword",
    "RotateSecret",
    "SendIn",
    "ShortenLife",
    "Shut",
    "SignatureFlaw",
    "SkewClock",
    "Spoil",
    "TakeFor",
    "TellLife",
    "Term",
    "TokenEffect",
    "Touch",
    "WithholdScopes",
]
