"""Brownout: a fintech provider that fails on purpose.

Public: this package's version, `brownout.testing` and `brownout.plugin`. Everything else is private.
"""

__version__ = "0.1.0"
