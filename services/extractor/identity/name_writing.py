"""How a customer's name is written: its own capitals, or those it should have."""

import re
from collections.abc import Sequence

from extractor.text.lexicon import PARTICLES


def title(words: Sequence[str]) -> str:
    """A name with capitals: "juan de la fuente" -> "Juan de la Fuente"."""
    return " ".join(_capital(word, index) for index, word in enumerate(words))[:80]


def _capital(word: str, index: int) -> str:
    if index and word.lower() in PARTICLES and word.lower() not in ("san", "santa", "mc", "mac"):
        return word.lower()
    if not word.islower() and not word.isupper() and word[0].isupper():
        return word
    if word.isupper() and len(word) == 1:
        return word
    parts = re.split(r"(['’-])", word.lower())
    return "".join(part[:1].upper() + part[1:] for part in parts)
