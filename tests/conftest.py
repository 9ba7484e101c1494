"""For all tests: a property is about what holds, not about how fast a busy machine shows it."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
