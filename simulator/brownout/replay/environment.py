"""What a program finds in its environment: where the world is, and credentials that are good in it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from brownout.core.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.core.provider import Variable

URL: Final = "BROWNOUT_URL"
SANDBOX: Final = "BROWNOUT_SANDBOX"
SEED: Final = "BROWNOUT_SEED"
LOOPBACK: Final = ("127.0.0.1", "localhost")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACES: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")


def own_url(provider: str) -> str:
    """Return the name of the variable that says where a provider's own port is.

    >>> own_url("stripe")
    'BROWNOUT_STRIPE_URL'
    """
    return f"BROWNOUT_{provider.upper().replace('-', '_')}_URL"


def surroundings(
    inherited: Mapping[str, str],
    *,
    url: str,
    sandbox: str,
    seed: int,
    providers: Mapping[str, str],
    variables: Iterable[Variable],
    leads: bool,
    templates: Sequence[tuple[str, str]] = (),
) -> dict[str, str]:
    """Return the environment of a program.

    `providers` has the URLs of their own ports by name. Variables that say where an API is are set only if `leads`.
    `templates` are (name, value) pairs of the user's own, see `filled`; they go before everything else.

    Raises:
        UsageError: if a template names what there isn't.
    """
    told = dict(inherited)
    told |= {one.name: one.value for one in variables if leads or not one.leads}
    told |= {URL: url, SANDBOX: sandbox, SEED: str(seed)}
    told |= {own_url(name): address for name, address in providers.items()}
    known = {**providers, "url": url, "sandbox": sandbox, "seed": str(seed)}
    told |= {name: filled(name, template, known) for name, template in templates}
    return _past_proxies(told)


def pair(text: str) -> tuple[str, str]:
    """Return name and template of `--env NAME=TEMPLATE`.

    Raises:
        UsageError: if it isn't of that form.
    """
    name, equals, template = text.partition("=")
    if not equals or not _NAME.fullmatch(name):
        raise UsageError(f"--env {text}: write NAME=TEMPLATE, such as PAYMENTS_URL={{stripe}}/v1")
    return name, template


def filled(name: str, template: str, known: Mapping[str, str]) -> str:
    """Return `template` with `{stripe}` and the like replaced; `{{` and `}}` stand for a brace.

    Raises:
        UsageError: if a name in braces isn't known.

    >>> filled("X", "{stripe}/v1?a={{}}", {"stripe": "http://127.0.0.1:1"})
    'http://127.0.0.1:1/v1?a={}'
    """

    def one(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0][0]
        if found[1] not in known:
            raise UsageError(f"--env {name}: {did_you_mean(found[1], known)} (write {{{{ and }}}} for braces)")
        return known[found[1]]

    return _BRACES.sub(one, template)


def _past_proxies(told: dict[str, str]) -> dict[str, str]:
    """Keep a proxy of the machine from getting between the program and the loopback."""
    if any(name.lower() in ("http_proxy", "https_proxy", "all_proxy") for name in told):
        for name in ("NO_PROXY", "no_proxy"):
            there = [one for one in told.get(name, "").split(",") if one]
            told[name] = ",".join([*there, *(one for one in LOOPBACK if one not in there)])
    return told


def inherited() -> dict[str, str]:
    """Return our own environment."""
    return dict(os.environ)
