"""Names in Latin letters, as a passport's machine-readable line would spell them.

What belongs here: one table a script and how it is applied. Names whose reading can't be told from their writing
(Chinese, Japanese, Arabic) come with it, from Faker or from people/*.toml.
"""

# Greek and Cyrillic letters that look like Latin ones are what this file is about.
# ruff: noqa: RUF001, RUF002, RUF003

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

# Letters that have no decomposition into a Latin letter and an accent.
_PLAIN = str.maketrans(
    {"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "đ": "d", "’": "'"}
)

# Resolution 55 of the Cabinet of Ministers of Ukraine, 2010; some letters are written otherwise at a word's start.
_UKRAINIAN = {
    "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "y",
    "і": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "є": "ie", "ї": "i",
    "й": "i", "ю": "iu", "я": "ia",
}  # fmt: skip
_UKRAINIAN_START = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}

# ELOT 743, as Greek passports use it. Pairs come before single letters.
_GREEK_PAIRS = {"ου": "ou", "γγ": "ng", "γξ": "nx", "γχ": "nch"}
_GREEK = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k",
    "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t",
    "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps", "ω": "o",
}  # fmt: skip
_GREEK_VOICED = frozenset("αβγδεζηλιμνορωυ")


def fold(text: str, own: dict[str, str]) -> str:
    """Return a name written in Latin letters without its accents; `own` is what its language writes for some."""
    for letter, spelt in own.items():
        text = text.replace(letter, spelt)
    decomposed = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def ukrainian(text: str) -> str:
    """Return a Ukrainian name in Latin letters.

    >>> ukrainian("Згурський"), ukrainian("Яна"), ukrainian("В’ячеслав")
    ('Zghurskyi', 'Yana', 'Viacheslav')
    """
    return re.sub(r"[\w’'ʼ]+", lambda word: _ukrainian_word(word[0]), text)


def _ukrainian_word(word: str) -> str:
    lower = re.sub(r"[’'ʼь]", "", word.lower())
    spelt = [_UKRAINIAN_START.get(lower[0], _UKRAINIAN[lower[0]])]
    spelt += ["gh" if pair == "зг" else _UKRAINIAN[pair[1]] for pair in map("".join, pairwise(lower))]
    return "".join(spelt).capitalize()


def greek(text: str) -> str:
    """Return a Greek name in Latin letters.

    >>> greek("Παπαδοπούλου"), greek("Ευάγγελος"), greek("Μπάμπης"), greek("Μαΐου")
    ('Papadopoulou', 'Evangelos', 'Bampis', 'Maiou')
    """
    return re.sub(r"\w+", lambda word: _greek_word(word[0]), unicodedata.normalize("NFC", text))


def _greek_word(word: str) -> str:
    # "Αύ" and "αυ" are one sound, "αϋ" is two: the accent goes, and a diaeresis keeps its vowel apart.
    bare = "".join(
        char
        for char in unicodedata.normalize("NFD", word.lower())
        if char == "\u0308" or not unicodedata.combining(char)
    )
    spelt: list[str] = []
    place = 0
    while place < len(bare):
        written, step = _greek_sound(bare, place)
        spelt.append(written)
        place += step
    return "".join(spelt).capitalize()


def _greek_sound(bare: str, place: int) -> tuple[str, int]:
    pair, after = bare[place : place + 2], bare[place + 2 : place + 3]
    if bare[place] == "\u0308":
        return "", 1
    if pair in {"αυ", "ευ", "ηυ"} and after != "\u0308":
        return _GREEK[pair[0]] + ("v" if after in _GREEK_VOICED and after else "f"), 2
    if pair == "μπ":
        return ("b" if place == 0 or place + 2 == len(bare) else "mp"), 2
    if pair in _GREEK_PAIRS and after != "\u0308":
        return _GREEK_PAIRS[pair], 2
    return _GREEK[bare[place]], 1
