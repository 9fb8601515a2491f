"""The words of each language: which tell it from others, how it writes them, and what ends them (languages/*.yaml)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from extractor.packs import SHIPPED, Packs


@dataclass(frozen=True)
class LanguageWords:
    """What a language's file says."""

    tells: frozenset[str]
    """Words that messages in it have and others mostly have not; folded, as all others."""
    alone: frozenset[str]
    """Words that are of it enough to say so alone."""
    marks: frozenset[str]
    """Letters that only it has."""
    said: frozenset[str]
    """Further ordinary words, which are part of nobody's name."""
    short: Mapping[str, str]
    """Short or sloppy form -> plain word or words."""
    elided: frozenset[str]
    """What stands before an apostrophe and is a word of its own: "l", "dell"."""
    surely: tuple[str, ...]
    """After these phrases a customer's name comes: "mi chiamo"."""
    softly: tuple[str, ...]
    """After these one may come: "sono"."""
    endings: Mapping[str, str]
    """What ends a word, by what it makes of the root (catalogue/inflection.py)."""


@lru_cache(maxsize=32)
def load_words(language: str, packs: Packs = SHIPPED) -> LanguageWords:
    """A language's words. Raises KeyError for a language that has none."""
    document = packs.document("words", language)
    introduces: Mapping[str, Any] = document.get("introduces", {})
    return LanguageWords(
        tells=_words(document.get("tells", "")),
        alone=_words(document.get("alone", "")),
        marks=frozenset(str(document.get("marks", ""))),
        said=_words(document.get("said", "")),
        short={short: word for word, shorts in document.get("short", {}).items() for short in str(shorts).split()},
        elided=_words(document.get("elided", "")),
        surely=_phrases(introduces.get("surely", "")),
        softly=_phrases(introduces.get("softly", "")),
        endings={str(kind): str(endings) for kind, endings in document.get("endings", {}).items()},
    )


def _words(text: object) -> frozenset[str]:
    return frozenset(str(text).split())


def _phrases(text: object) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in str(text).split("|") if phrase.strip())
