"""What a third party builds on: the Protocols, and the values they pass. Public.

A package adds a provider or a fault through the entry points `brownout.providers` and `brownout.faults`; what it
registers carries `api = 1`. See docs/adding-a-fault.md and docs/adding-a-provider.md.
"""

from brownout.core.edits import ABSENT, Edit, parse_path
from brownout.core.effects import (
    Alter,
    Certify,
    Delay,
    Deliver,
    Delivery,
    DropScopes,
    FaultEffect,
    Hang,
    Refuse,
    Reply,
    Reset,
    RevokeToken,
    Reword,
    ShortenLife,
    WithholdScopes,
)
from brownout.core.errors import OptionError, Refused
from brownout.core.exchange import Answer, Credential, Exchange, Request
from brownout.core.fault import Draw, Fault, Target
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
    "Call",
    "Certify",
    "Credential",
    "Delay",
    "Deliver",
    "Delivery",
    "Draw",
    "DropScopes",
    "Edit",
    "Endpoint",
    "Exchange",
    "Fault",
    "FaultEffect",
    "Hang",
    "Listing",
    "Operation",
    "OptionError",
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
    "SdkLine",
    "Seconds",
    "ShortenLife",
    "Standing",
    "Store",
    "Table",
    "Target",
    "Token",
    "TokenRules",
    "WithholdScopes",
    "parse_path",
]
