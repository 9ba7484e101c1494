"""Joins all registries: ours, and those that third parties add through entry points. Nothing else does."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from brownout.core.errors import UsageError
from brownout.core.registries import Registries
from brownout.faults import FAULTS
from brownout.providers import PROVIDERS
from brownout.stores import STORES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.report import Report

API = 1
"""The version of the Protocols in `brownout.plugin`; a plugin says which one it was written for."""


def registries() -> Registries:
    """Return everything there is to choose from.

    Raises:
        UsageError: if a plugin was written for another version, or takes a name that is taken.
    """
    return Registries(
        providers=_joined("brownout.providers", PROVIDERS),
        faults=_joined("brownout.faults", FAULTS),
        stores=STORES,
    )


def reports() -> Mapping[str, Report]:
    """Return the ways to show a verdict; apart from the rest, since only a verdict needs them."""
    from brownout.reports import REPORTS  # noqa: PLC0415 - brings rich along, which `serve` does without

    return REPORTS


def _joined(group: str, ours: Mapping[str, Any]) -> dict[str, Any]:
    joined = dict(ours)
    for entry in entry_points(group=group):
        plugin = entry.load()
        if getattr(plugin, "api", None) != API:
            raise UsageError(f"plugin {entry.name!r} ({entry.value}) has api {getattr(plugin, 'api', None)}, not {API}")
        if entry.name in joined:
            raise UsageError(f"plugin {entry.name!r} ({entry.value}) takes a name of {group} that is taken")
        joined[entry.name] = plugin
    return joined
