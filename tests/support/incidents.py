"""The library's incidents: where they are, what their descriptions say, and small clients that meet them.

A description has four paragraphs, each beginning with its word: what happened, what a naive client does, what a careful
one does, and where that is from. They are what docs/incidents.md is made of.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import requests
import yaml

from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.testing import Sandbox

FOLDER: Final = Path(__file__).parents[2] / "scenarios" / "incidents"
FILES: Final = {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}
WORDS: Final = ("Happened", "Naive", "Careful", "Source")
CLIENT: Final = ("shop", "secret")


def parts(name: str) -> dict[str, str]:
    """Return the paragraphs of an incident's description by their words, each as one line."""
    text = str(yaml.safe_load(FILES[name].read_text(encoding="utf-8"))["description"])
    found = re.split(rf"^({'|'.join(WORDS)}): ", text, flags=re.MULTILINE)[1:]
    return {word: " ".join(said.split()) for word, said in zip(found[::2], found[1::2], strict=True)}


class Bank:
    """What every client here does alike: ask for tokens and for resources, without any opinion about the answers."""

    def __init__(self, box: Sandbox) -> None:
        self.url = box.url_of("oauth")
        self._http = requests.Session()
        self._http.trust_env = False

    def grant(self, client: str = "shop", **form: str) -> requests.Response:
        """Ask for a token; by default with the client's own credentials."""
        form = form or {"grant_type": "client_credentials"}
        return self._http.post(f"{self.url}/token", auth=(client, "secret"), data=form, timeout=10)

    def connect(self, client: str = "shop") -> dict[str, Any]:
        """Return tokens: what a user who has just authorised leaves with."""
        return dict(self.grant(client).json())

    def refresh(self, token: str, client: str = "shop") -> requests.Response:
        """Ask for new tokens."""
        return self.grant(client, grant_type="refresh_token", refresh_token=token)

    def get(self, path: str, access: str) -> requests.Response:
        """Read what the token opens; `path` may be a whole URL, as links are."""
        url = path if path.startswith("http") else f"{self.url}/{path.lstrip('/')}"
        return self._http.get(url, headers={"Authorization": f"Bearer {access}"}, timeout=10)

    def active(self, token: str) -> bool:
        """Ask whether a token is alive."""
        return bool(
            self._http.post(f"{self.url}/introspect", auth=CLIENT, data={"token": token}, timeout=10).json()["active"]
        )


def applied(box: Sandbox) -> int:
    """Return how often the incident's faults were applied."""
    return sum(one["fired"] for one in box.faults())


@contextmanager
def meeting(name: str, **changed: str) -> Iterator[Sandbox]:
    """Run an incident on a clock that stands still; each of `changed` is a text of its file and what stands for it.

    >>> with meeting("refresh-lost-504") as box:
    ...     box.faults()[0]["name"]
    'refresh-lost-504'
    """
    text = FILES[name].read_text(encoding="utf-8")
    for key, value in changed.items():
        text, count = re.subn(rf"\b{key}: \w+", f"{key}: {value}", text)
        assert count, f"{name} has no {key}"
    with Simulator(text if changed else FILES[name]) as box:
        box.clock.freeze()
        yield box
