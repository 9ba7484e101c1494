"""What goes wrong: one file a fault, one line each in `FAULTS`. See docs/adding-a-fault.md."""

from brownout.core.fault import Fault
from brownout.faults.abort import Abort
from brownout.faults.latency import Latency

FAULTS: dict[str, type[Fault]] = {
    "abort": Abort,
    "latency": Latency,
}
