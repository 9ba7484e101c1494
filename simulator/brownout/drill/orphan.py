"""Tells a process that sends a drill's load when nobody is left to judge it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

STARTED_BY: Final = "BROWNOUT_STARTED_BY"
"""Says in a child's environment which process started it."""


def orphaned() -> Callable[[], bool]:
    """Return what tells whether whoever started this process is gone.

    That may be so before anybody asks: until a child has imported Locust, a second goes by, in which its parent can be
    killed. The child's parent is somebody else by then, and so the environment has to say who it was.
    """
    parent = os.getppid()
    told = os.environ.get(STARTED_BY, "")
    early = told.isdecimal() and int(told) != parent and not _lives(int(told))
    return lambda: early or os.getppid() != parent


def _lives(process: int) -> bool:
    if not hasattr(os, "killpg"):  # on Windows, os.kill is another thing
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
