"""How many files a process may have open: each simulated user holds a connection, at both ends."""

from __future__ import annotations

from typing import Final

from brownout.core.errors import UsageError

SPARE: Final = 200
"""What a process opens besides its users' connections."""


def raise_open_files(users: int) -> None:
    """Raise this process's own limit of open files as far as it may, so that `users` connections fit.

    Raises:
        UsageError: if it may not be raised far enough; says how to.
    """
    try:
        import resource  # Windows has neither the module nor the limit
    except ImportError:
        return
    needed = users + SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    endless = resource.RLIM_INFINITY
    if soft != endless and soft < needed:
        most = needed if hard == endless else hard
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (OSError, ValueError):  # macOS has a limit of its own below "unlimited"
            most = soft
        soft = most
    if soft != endless and soft < needed:
        raise UsageError(
            f"{users:,} users need {needed:,} open files, and this machine allows a process {soft:,}: "
            f"raise the hard limit (ulimit -Hn {needed}), or ask for fewer users"
        )
