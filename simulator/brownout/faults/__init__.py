"""What goes wrong: one file a fault, one line each in `FAULTS`. See docs/adding-a-fault.md."""

from brownout.core.fault import Fault
from brownout.faults.abort import Abort
from brownout.faults.certificate import Certificate
from brownout.faults.drift import Drift
from brownout.faults.latency import Latency
from brownout.faults.scope import Scope
from brownout.faults.token import Token

FAULTS: dict[str, type[Fault]] = {
    "abort": Abort,
    "certificate": Certificate,
    "drift": Drift,
    "latency": Latency,
    "scope": Scope,
    "token": Token,
}
