"""Words of one family: "alinear" and "alineación", "vacunar" and "vacuna", "teeth" and "tooth".

What ends a word, by language, is data (text/languages), and so is what changes in it (inflection.yaml); a root is a
word without its ending, as it sounds.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from extractor.packs import SHIPPED, Packs
from extractor.text.language_words import load_words
from extractor.text.sounds import sound

_DATA: dict[str, Any] = yaml.load(
    Path(__file__).with_name("inflection.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
)
LEAST = 3
"""Letters that a root has at least."""


class Kind(IntEnum):
    """What an ending makes of a root; the lower, the surer it is that a thing is named."""

    WHOLE = 0
    """No ending was taken off."""
    NAMED = 1
    """A noun, an infinitive, or a verb as one asks for something: "depilarme", "cortan"."""
    SMALL = 2
    """A diminutive."""
    FINITE = 3
    """A form that is a verb or an adjective as well: "corto", "corta"."""


class Root(NamedTuple):
    """A word without its ending."""

    text: str
    """As it sounds."""
    kind: Kind
    """What the ending was."""


_KINDS = {"noun": Kind.NAMED, "small": Kind.SMALL, "infinitive": Kind.NAMED, "asked": Kind.NAMED, "finite": Kind.FINITE}


@dataclass(frozen=True, eq=False)
class Endings:
    """What ends the words of some languages."""

    kinds: Mapping[str, Kind]
    """Ending -> what it makes of a root, the surest where it may make several things."""
    small: frozenset[str]
    """Those of diminutives."""
    longest: int
    """Letters of the longest."""


@lru_cache(maxsize=32)
def endings_of(languages: tuple[str, ...], packs: Packs = SHIPPED) -> Endings:
    """What ends the words of some languages."""
    kinds: dict[str, Kind] = {}
    for name, ending in _listed(load_words(language, packs).endings for language in languages):
        kinds[ending] = min(kinds.get(ending, Kind.FINITE), _KINDS[name])
    small = (load_words(language, packs).endings.get("small", "").split() for language in languages)
    return Endings(kinds, frozenset(ending for endings in small for ending in endings), max(map(len, kinds)))


def _listed(lists: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """Each ending with the name of its list."""
    return ((name, ending) for kinds in lists for name, endings in kinds.items() for ending in endings.split())


EVERYWHERE = endings_of(SHIPPED.everywhere, SHIPPED)
"""What ends the words of the languages that every business's messages are read in."""
_FAMILIES = {word: head for head, words in _DATA["families"].items() for word in (str(head), *str(words).split())}
_CLITIC = re.compile(r"[aei]r[a-z]+")
"""An infinitive with pronouns behind it."""
_CHANGE = re.compile(rf"({'|'.join(_DATA['changes'])})(?=[^aeiou]{{1,2}}$)")


_PRONOUN = re.compile(rf"(?<=\w{{5}})(?:{'|'.join(_DATA['pronouns'].split())})$")


def bare(word: str) -> str:
    """A word without a pronoun behind it: "cortrme" is a misspelt "cortar" with one."""
    return _PRONOUN.sub("", word)


@lru_cache(maxsize=8192)
def roots(word: str, endings: Endings = EVERYWHERE) -> tuple[Root, ...]:
    """The roots that a folded word may have, itself first. Linear in its length."""
    found: dict[str, Kind] = {}
    for text, kind in _roots(word, endings):
        found[text] = min(kind, found.get(text, kind))
    return tuple(Root(text, kind) for text, kind in found.items())


def _roots(word: str, endings: Endings) -> Iterator[tuple[str, Kind]]:
    head = _FAMILIES.get(word)
    yield sound(head or word), Kind.NAMED if head and head != word else Kind.WHOLE
    for length in range(1, min(endings.longest, len(word) - 2) + 1):
        ending = word[-length:]
        kind = endings.kinds.get(ending)
        if kind is None:
            continue
        stem = word[:-length]
        if ending in endings.small:
            yield sound(stem + ending.replace("it", "", 1).replace("inh", "", 1)), kind
        if len(stem) < LEAST:
            continue
        if _CLITIC.fullmatch(ending):
            yield sound(stem + ending[:2]), kind
        root = _sounded(stem, ending[0])
        yield root, kind
        changed = _CHANGE.sub(lambda found: str(_DATA["changes"][found[1]]), root)
        if changed != root:
            yield changed, kind


def _sounded(stem: str, following: str) -> str:
    """A stem as it sounds before its ending: "diagnostiqu-en" as "diagnostic-o", "alic-e" as "aliz-ar"."""
    if following in "ei" and stem.endswith("gu"):
        return sound(stem[:-1])
    return sound(stem + following)[:-1] if following in "aeiou" else sound(stem)
