"""Brownout in your tests, in process. Public.

    from brownout.testing import Simulator

    with Simulator() as sandbox:                      # own thread; `async with` uses the caller's loop
        client = stripe.StripeClient("sk_test_x", base_addresses=sandbox.stripe_bases)
        with sandbox.fault("abort", operation="stripe.payment_intents.create", target="response", connection="reset"):
            ...
        assert sandbox.ledger().duplicated == []

Under pytest the fixture `brownout` is a sandbox of its own for each test, on one server a session.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brownout.people import person
    from brownout.testing.sandbox import AsyncSandbox, Exchange, LedgerView, Sandbox
    from brownout.testing.simulator import Simulator
    from brownout.testing.transport import EngineTransport, Flight, Sent

__all__ = [
    "AsyncSandbox",
    "EngineTransport",
    "Exchange",
    "Flight",
    "LedgerView",
    "Sandbox",
    "Sent",
    "Simulator",
    "person",
]

_PLACES = {
    "AsyncSandbox": "sandbox",
    "EngineTransport": "transport",
    "Exchange": "sandbox",
    "Flight": "transport",
    "LedgerView": "sandbox",
    "Sandbox": "sandbox",
    "Sent": "transport",
    "Simulator": "simulator",
    "person": ".people",  # one package up
}


def __getattr__(name: str) -> Any:
    """Import on first use: pytest loads the plugin beside this in every project, used or not."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_PLACES[name]}", __name__), name)
