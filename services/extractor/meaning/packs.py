"""The phrases of each language by which acts, subjects, people and references are known: packs/*.yaml, compiled once.

A pack has groups (`acts`, `subjects`, `cues`) of names, each with regular expressions over the normalised line, a list
of which any may match. `parts` are named pieces of them, written %NAME%; %SERVED% are the words of what is brought to
be worked on, %SERVES% those for who serves (words.yaml). Words of people and numbers are lists.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from extractor.packs import SHIPPED, Packs
from extractor.text.word_lists import any_of


@dataclass(frozen=True)
class PhrasePack:
    """What one language says in fixed phrases."""

    language: str
    acts: Mapping[str, re.Pattern[str]]
    subjects: Mapping[str, re.Pattern[str]]
    cues: Mapping[str, re.Pattern[str]]
    """Everything else that is looked for, by name."""
    relatives: frozenset[str]
    """Nouns for people who belong to the writer: "hija", "marido"."""
    together: frozenset[str]
    """Words in the name of a service that is one for several persons: "pareja"."""
    numbers: Mapping[str, int]
    """Number words, as they count people, hours or places."""
    ordinals: Mapping[str, int]
    """Words for places in a list; -1 is the last."""
    not_places: frozenset[str]
    """Words for places in a list of other languages that mean something else in this one: "segunda" is a Monday."""
    options: frozenset[str]
    """Words after which they are places all the same: "a segunda opção"."""
    units: Mapping[str, frozenset[str]]
    """Words for minute, hour, day and week."""
    alternatives: frozenset[str]
    """Words that join values of which one is wanted: "o"."""
    negations: frozenset[str]
    """Words right before a value that is not wanted: "no"."""
    corrections: frozenset[str]
    """Words after which a value replaces the one before: "no", "mejor"."""


@lru_cache(maxsize=16)
def load_phrases(language: str, packs: Packs = SHIPPED) -> PhrasePack:
    """A language's phrases. Raises KeyError for a language that has none."""
    document = packs.document("phrases", language)
    parts = {name: "(?:" + "|".join(_listed(value)) + ")" for name, value in document.get("parts", {}).items()}
    parts.setdefault("SERVED", any_of("served"))
    parts.setdefault("SERVES", any_of("who_serves"))
    return PhrasePack(
        language=language,
        acts=_compiled(document.get("acts", {}), parts),
        subjects=_compiled(document.get("subjects", {}), parts),
        cues=_compiled(document.get("cues", {}), parts),
        relatives=_words(" ".join(map(str, document.get("relatives", [])))),
        together=_words(document.get("together", "")),
        numbers=_by_word(document.get("numbers", {})),
        ordinals=_by_word(document.get("ordinals", {})),
        not_places=_words(document.get("not_places", "")),
        options=_words(document.get("options", "")),
        units={unit: _words(words) for unit, words in document.get("units", {}).items()},
        alternatives=_words(document.get("alternatives", "")),
        negations=_words(document.get("negations", "")),
        corrections=_words(document.get("corrections", "")),
    )


def _words(text: object) -> frozenset[str]:
    return frozenset(str(text).split())


def _by_word(lists: Mapping[int, Any]) -> dict[str, int]:
    """Word -> the number in whose list it stands."""
    return {str(word): number for number, words in lists.items() for word in str(words).split()}


def _listed(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _compiled(group: Mapping[str, Any], parts: Mapping[str, str]) -> dict[str, re.Pattern[str]]:
    return {name: re.compile("|".join(_filled(value, parts))) for name, value in group.items()}


def _filled(value: object, parts: Mapping[str, str]) -> Iterator[str]:
    for pattern in _listed(value):
        for name, part in parts.items():
            pattern = pattern.replace(f"%{name}%", part)
        start = "" if pattern.startswith(("^", "(?:^", "(?<")) else r"\b"
        yield rf"{start}(?:{pattern})(?![a-zñ])"
