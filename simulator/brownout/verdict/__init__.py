"""From what really happened and what the client claims to a verdict. Pure: no I/O, no clock, no chance.

The same files always have the same verdict, whether it is reached at the end of a drill or from a folder years later.
"""

from brownout.verdict.arm import ArmRun, Head
from brownout.verdict.judge import VERSION, judge

__all__ = ["VERSION", "ArmRun", "Head", "judge"]
