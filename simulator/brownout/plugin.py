"""What a third party builds on: the Protocols, and the values they pass. Public.

A package adds a provider or a fault through the entry points `brownout.providers` and `brownout.faults`; what it
registers carries `api = 1`. See docs/adding-a-fault.md and docs/adding-a-provider.md.
"""

from brownout.core.edits import ABSENT, Edit, parse_path
from brownout.core.effects import (
    Alter,
    AnswerIn,
    Certify,
    ComeBack,
    Delay,
    Deliver,
    Delivery,
    DemandUser,
    DropScopes,
    EndConsent,
    EndRefresh,
    ExpireToken,
    FaultEffect,
    Hang,
    Refuse,
    Reply,
    Reset,
    RevokeToken,
    Reword,
    RotateSecret,
    ShortenLife,
    Shut,
    SkewClock,
    Spoil,
    TakeFor,
    TellLife,
    WithholdScopes,
)
from brownout.core.errors import OptionError, Refused
from brownout.core.exchange import Answer, Credential, Exchange, Request
from brownout.core.fault import Draw, Fault, Target
from brownout.core.limits import Documented, Limit, Penalty
from brownout.core.match import Match
from brownout.core.operation import Call, Listing, Operation
from brownout.core.provider import Endpoint, Problem, Provider, Reason, SdkLine
from brownout.core.report import Report
from brownout.core.store import Store, Table
from brownout.core.tokens import Standing, Token, TokenRules
from brownout.core.units import PerSecond, Seconds

__all__ = [
    "ABSENT",
    "Alter",
    "Answer",
    "AnswerIn",
    "Call",
    "Certify",
    "ComeBack",
    "Credential",
    "Delay",
    "Deliver",
    "Delivery",
    "DemandUser",
    "Documented",
    "Draw",
    "DropScopes",
    "Edit",
    "EndConsent",
    "EndRefresh",
    "Endpoint",
    "Exchange",
    "ExpireToken",
    "Fault",
    "FaultEffect",
    "Hang",
    "Limit",
    "Listing",
    "Match",
    "Operation",
    "OptionError",
    "Penalty",
    "PerSecond",
    "Problem",
    "Provider",
    "Reason",
    "Refuse",
    "Refused",
    "Reply",
    "Report",
    "Request",
    "Reset",
    "RevokeToken",
    "Reword",
    "RotateSecret",
    "SdkLine",
    "Seconds",
    "ShortenLife",
    "Shut",
    "SkewClock",
    "Spoil",
    "Standing",
    "Store",
    "Table",
    "TakeFor",
    "Target",
    "TellLife",
    "Token",
    "TokenRules",
    "WithholdScopes",
    "parse_path",
]
