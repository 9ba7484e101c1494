"""For all tests: a property is about what holds, not about how fast a busy machine shows it.

Programs that tests start meet signals as in a terminal, even where the tests themselves run under `nohup` or in the
background of a script: a signal that is ignored stays so in children, and a test that sends it would wait for good.
"""

from __future__ import annotations

import signal

from hypothesis import settings

for _name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"):
    if (_number := getattr(signal, _name, None)) is not None and signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _name == "SIGINT" else signal.SIG_DFL)

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
