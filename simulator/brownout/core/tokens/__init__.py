"""The authority of a sandbox: which tokens were issued, to whom, for what and until when.

Providers word requests and answers; what a token is worth is decided here. A token's *real* life and scopes may differ
from what its answer told the client: that difference is what faults make. Times are world time.
"""

from brownout.core.tokens.authority import TOKENS_KEPT, Authority, Spending, Standing
from brownout.core.tokens.codes import Code
from brownout.core.tokens.consents import Consent
from brownout.core.tokens.pkce import Challenge
from brownout.core.tokens.rules import TokenRules
from brownout.core.tokens.terms import Imposed
from brownout.core.tokens.token import Kind, Reason, Token

__all__ = [
    "TOKENS_KEPT",
    "Authority",
    "Challenge",
    "Code",
    "Consent",
    "Imposed",
    "Kind",
    "Reason",
    "Spending",
    "Standing",
    "Token",
    "TokenRules",
]
