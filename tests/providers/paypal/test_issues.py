"""Every issue that PayPal documents can be had, and the page that lists them is true."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from brownout.providers.paypal import PAYPAL
from brownout.providers.paypal.errors import ON

if TYPE_CHECKING:
    from paypal_world import World

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "providers" / "paypal-issues.md"
MOCKED = [operation for operation in PAYPAL.operations if operation.name in ON]
DOCUMENTED = 221  # those of the two specifications, and a few newer ones


def test_the_page_lists_what_the_code_knows() -> None:
    """Written by `scripts/paypal_issues.py`."""
    script = runpy.run_path(str(ROOT / "scripts" / "paypal_issues.py"))

    assert PAGE.read_text() == script["page"]()


def test_none_of_the_documented_issues_is_missing() -> None:
    """Counted, so that one that gets lost is noticed."""
    assert len({issue for issues in ON.values() for issue in issues.words}) >= DOCUMENTED


@pytest.mark.parametrize("operation", MOCKED, ids=lambda one: one.name)
def test_each_issue_of_an_operation_can_be_forced(world: World, operation: Any) -> None:
    """By PayPal's own trigger: status, words and link as documented; nothing is changed."""
    assert world.bearer
    before = world.state()
    path = operation.path.replace("{id}", "X").replace("{tracker_id}", "Y")
    on = ON[operation.name]
    for issue, (status, said) in on.words.items():
        mock = orjson.dumps({"mock_application_codes": issue}).decode()
        answered = world.send(operation.method, path, PayPal_Mock_Response=mock)
        assert (answered.status, answered.issue) == (status, issue)
        assert answered.body["details"][0]["description"] == said
        assert answered.links["information_link"].endswith(f"/{on.family}/v2/errors/#{issue}")

    assert world.state() == before
