"""What a version may be called."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from brownout.core.versions import date_of

if TYPE_CHECKING:
    from collections.abc import Mapping

API_VERSION: Final = "2026-10-28.endive"
"""The version that stripe-python 16.1 and stripe-node 23.1 pin, and whose shapes are kept here."""
_TEST_KEYS: Final = ("sk_test_", "rk_test_", "pk_test_")
_NAMED_FROM: Final = "2024-09-30"
"""The first version with a word after its date (acacia); none before has one."""
_WORDS: Final = frozenset({"acacia", "basil", "clover", "dahlia", "endive", "preview"})
_VERSION: Final = re.compile(r"(20[1-9]\d-\d\d-\d\d)(?:\.([a-z]+))?(?:; ?[a-z0-9_=; ]+)?")


def check_pins(versions: Mapping[str, str]) -> None:
    """Check the versions that single keys are pinned to.

    Raises:
        ValueError: if a key is no test key, of which no more is repeated than how it begins, or a version can't be one.
    """
    for key, version in versions.items():
        if not key.startswith(_TEST_KEYS):
            raise ValueError(f"api_versions must name test keys, such as sk_test_shop, not {key[:8]!r}…")
        if not is_version(version):
            raise ValueError(f"api_versions: {version!r} can't be a version; name one of Stripe's, such as 2022-08-01")


def is_version(text: str) -> bool:
    """Return whether a text could name a version; one that is newer than ours is taken as well.

    >>> [is_version(one) for one in ("2020-08-27", "2026-10-28.endive", "2026-10-28", "2020-08-27.acacia", "latest")]
    [True, True, False, False, False]
    """
    found = _VERSION.fullmatch(text)
    if found is None:
        return False
    try:
        date.fromisoformat(found[1])
    except ValueError:
        return False
    if found[1] < _NAMED_FROM:
        return found[2] is None
    return found[2] in _WORDS or (found[2] is not None and found[1] > date_of(API_VERSION))
