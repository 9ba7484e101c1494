"""A rendered report, taken apart, and verdicts that are hard to show."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import orjson

from brownout.reports.html import HtmlReport

HOSTILE = "</script><script>hacked=1</script><img src=x onerror='hacked=2'>%{x}\x00\u202e\"&amp;"
ADDITIONS = ("phases", "errors", "steady_state", "timeline", "service", "limits")


class Page(HTMLParser):
    """A rendered page, taken apart."""

    def __init__(self, verdict: dict[str, Any]) -> None:
        super().__init__(convert_charrefs=True)
        self.html = HtmlReport().render(verdict)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("script", "style"):
            if self._open[-1] == "script":
                self.scripts.append(data)
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        """What a reader sees, with plain spaces."""
        return re.sub(r"\s+", " ", "".join(self.words))

    @property
    def charts(self) -> dict[str, Any]:
        """What page.js draws; none if there are no charts."""
        return orjson.loads(self.scripts[0])["charts"] if self.scripts else {}

    def every(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each such element."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def ids(self) -> list[str]:
        """Every id on the page."""
        return [attributes["id"] or "" for _, attributes in self.tags if "id" in attributes]


def old(verdict: dict[str, Any]) -> dict[str, Any]:
    """Return a verdict as versions before phases wrote it."""
    arms = {
        name: {key: value for key, value in arm.items() if key not in ADDITIONS}
        for name, arm in verdict["arms"].items()
    }
    return {**{key: value for key, value in verdict.items() if key not in ("phases", "load", "repeat")}, "arms": arms}


def everywhere(value: Any, text: str) -> Any:
    """Return a verdict that says `text` wherever somebody else could have put words."""
    if isinstance(value, dict):
        fixed = ("status", "kind", "currency", "holds")
        return {key: one if key in fixed else everywhere(one, text) for key, one in value.items()}
    if isinstance(value, list):
        return [everywhere(one, text) for one in value]
    return f"{text} {value}" if isinstance(value, str) else value
