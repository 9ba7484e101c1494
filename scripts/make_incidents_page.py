"""Writes docs/incidents.md from the incidents of the library, and from the tests that show each of them.

python scripts/make_incidents_page.py
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "incidents.md"
FOLDER = ROOT / "scenarios" / "incidents"
TESTS = ROOT / "tests" / "incidents"
WORDS = "Happened|Naive|Careful|Source"
HEAD = """# Incidents

Failures that really happened, each as a scenario: with its source, and with a test in which a naive client fails as
it was reported. One line takes one into a scenario of your own, at the top or in a phase:

```yaml
brownout: 1
use: refresh-lost-504
```

and by itself it is started like any other: `brownout serve refresh-lost-504`, or `brownout run refresh-lost-504 --
COMMAND`. The providers are those that Brownout emulates: what a bank did to its clients, here
[the generic OAuth provider](providers/oauth.md) does, with fixtures for its resources. Written by
`scripts/make_incidents_page.py` from [scenarios/incidents](../scenarios/incidents).

| incident | what goes wrong | shown by |
|---|---|---|
"""


def parts(path: Path) -> dict[str, str]:
    """Return the paragraphs of an incident's description by their words, and its title, each as one line."""
    whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = re.split(rf"^({WORDS}): ", whole["description"], flags=re.MULTILINE)[1:]
    said = {word: " ".join(text.split()) for word, text in zip(found[::2], found[1::2], strict=True)}
    return said | {"Title": whole["title"]}


def tests() -> dict[str, str]:
    """Return in which test file each incident is shown: by the function that is named after it."""
    names = {path.stem.replace("-", "_"): path.stem for path in FOLDER.glob("*.yaml")}
    found = {}
    for file in sorted(TESTS.glob("test_*.py")):
        for function in re.findall(r"^def test_(\w+)\(", file.read_text(encoding="utf-8"), flags=re.MULTILINE):
            if function in names:
                found[names[function]] = file.name
    return found


def page() -> str:
    """Return the page."""
    shown = tests()
    rows, stories = [], []
    for path in sorted(FOLDER.glob("*.yaml")):
        name, said = path.stem, parts(path)
        test = shown.get(name)
        where = f"[{test}](../tests/incidents/{test})" if test else "nothing yet"
        rows.append(f"| [`{name}`](#{name}) | {said['Title']} | {where} |")
        source, _, read = said["Source"].partition(" ")
        stories += [
            f"\n## {name}\n",
            f"{said['Happened'][0].upper()}{said['Happened'][1:]}\n",
            f"- **A naive client** {_continued(said['Naive'])}",
            f"- **A careful client** {_continued(said['Careful'])}",
            f"- Source: <{source}> {read}",
        ]
    return HEAD + "\n".join([*rows, *stories]) + "\n"


def _continued(text: str) -> str:
    """Return a sentence without its capital letter, to go on with."""
    return text[0].lower() + text[1:]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
