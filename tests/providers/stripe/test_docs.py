"""docs/providers/stripe.md is true: its example loads, and it names every option and resource."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from brownout import scenario
from brownout.assembly import registries
from brownout.providers.stripe import STRIPE, StripeOptions

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "providers" / "stripe.md").read_text(encoding="utf-8")


def test_every_example_loads() -> None:
    """What the page shows can be copied."""
    examples = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

    assert [scenario.load(text, registries()).providers["stripe"].settlement_days for text in examples] == [2, 7, 7, 7]


def test_every_option_and_resource_is_on_the_page() -> None:
    """Nothing is undocumented."""
    resources = {operation.name.removeprefix("stripe.").rpartition(".")[0] for operation in STRIPE.operations}
    names = {field.name for field in fields(StripeOptions)} | resources

    assert [name for name in sorted(names) if f"`{name}`" not in PAGE] == []
