"""Stripe's options that hold tables: what is wrong in one is told at its own line."""

from __future__ import annotations

import pytest

from brownout import assembly
from brownout.core.errors import ScenarioError
from brownout.scenario import load


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("declines: {do_not_honour: 0.05}", "declines: unknown 'do_not_honour'; did you mean 'do_not_honor'?"),
        ("declines: {do_not_honor: 0.6, lost_card: 0.6}", "declines: each is a share of the payments, from 0 to 1"),
        ("declines: {do_not_honor: -1}", "declines: each is a share of the payments, from 0 to 1"),
        ("api_versions: {sk_test_shop: 2025-03-31.basill}", "api_versions: '2025-03-31.basill' can't be a version"),
        ("restricted_keys: {rk_test_a: {costumers: read}}", "restricted_keys: rk_test_a: unknown 'costumers'"),
        ("payout_days: 0", "payout_days: payout_days must be 1 to 90, not 0"),
    ],
)
def test_a_mistake_in_an_option_is_told_at_its_line(option: str, says: str) -> None:
    """The option's own line and key, and neither of them twice."""
    with pytest.raises(ScenarioError) as caught:
        load(f"brownout: 1\nproviders:\n  stripe:\n    settlement_days: 2\n    {option}\n", assembly.registries())

    (mistake,) = caught.value.mistakes
    assert mistake.line == 5
    assert f"providers.stripe.{says}" in str(caught.value)
