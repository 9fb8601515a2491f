"""The phrases under which the services and staff of a manifest are known."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extractor.text import fold
from workspace.model import Workspace

_WORD = re.compile(r"[^\W\d_]+")
_VERB = re.compile(r"^(\w{2,}[^aeiou])([aei])r(?:me)?$")
_ACCENTED = re.compile("[áéíóú]")
"""No infinitive has an accent: "láser" is none."""
BEFORE_NAMES = frozenset(
    ("con", "de", "a", "la", "el", "y", "o", "para", "tipo", "seria", "señora", "señor", "com", "with", "do")
)
"""Words after which a short name, or a misspelt one, may come."""
_SHORT_OF_NOUN = frozenset(
    ("pelo", "cabello", "cabelo", "muy", "re", "mas", "bien", "tan", "medio", "lo", "es", "hair", "tengo")
)
PEOPLE = (
    "mujer",
    "hombre",
    "nene",
    "nena",
    "chico",
    "chica",
    "niño",
    "niña",
    "varon",
    "caballero",
    "bebe",
    "rulo",
    "pelo",
)
"""Whom or what one does it to, in the catalogue's form: "corta mujeres"."""
NOTHING = ""
"""Value of a mention of something that the workspace does not offer."""


@dataclass(frozen=True)
class Phrase:
    """Words that stand for a service or a member of staff."""

    keys: tuple[str, ...]
    value: str
    slot: str
    before: frozenset[str] | None = None
    """Words of which one must come before; None when any may."""
    never_after: frozenset[str] = frozenset()
    """Words that must not come before."""
    derived: bool = False
    """Whether it was made from an alias, so that misspellings of it do not count."""


def key(word: str) -> str:
    """The form under which a word is looked up: folded, singular; ñ is kept."""
    word = fold(word)
    if len(word) > 5 and word.endswith("ces"):
        return word[:-3] + "z"
    if len(word) > 4 and word.endswith("es") and word[-3] in "rlndzj":
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def phrases(workspace: Workspace) -> Iterator[Phrase]:
    """Every phrase that a manifest gives, with the forms made from it."""
    for service in workspace.services:
        for alias in (service.name, *service.aliases):
            yield from _forms(alias, service.name)
    for word in workspace.not_offered:
        yield from _forms(word, NOTHING)
    for member in workspace.staff:
        for alias in (member.name, *member.aliases):
            keys = _keys(alias)
            before = BEFORE_NAMES if len("".join(keys)) <= 3 else None
            yield Phrase(keys, member.name, "staff_name", before)


def _forms(alias: str, value: str) -> Iterator[Phrase]:
    """An alias and, where it is a verb like "cortarme" or "bañar", the forms that customers use."""
    keys = _keys(alias)
    yield Phrase(keys, value, "service_type")
    match = _VERB.match(keys[0]) if len(keys) == 1 and not _ACCENTED.search(alias) else None
    if match is None:
        return
    stem, vowel = match[1], match[2]
    infinitive = f"{stem}{vowel}r"
    joined = [
        infinitive + end for end in ("", "me", "se", "te", "le", "lo", "la", "no", "melo", "mela", "telo", "nos", "les")
    ]
    joined += [stem + end for end in (("ame", "ate", "arias", "arian") if vowel == "a" else ("eme", "ime", "ite"))]
    for form in joined:
        yield Phrase((key(form),), value, "service_type", derived=True)
    for end in ("a", "an") if vowel == "a" else ("e", "en"):
        for person in PEOPLE:
            yield Phrase((key(stem + end), person), value, "service_type", derived=True)
    yield Phrase((f"{stem}o",), value, "service_type", never_after=_SHORT_OF_NOUN, derived=True)
    ends = ("a", "an", "en", "e", "amos", "aron", "ara") if vowel == "a" else ("e", "en", "an", "a", "imos", "ieron")
    for end in ends:
        for before in ("me", "le", "se", "nos", "te", "lo"):
            yield Phrase((before, key(stem + end)), value, "service_type", derived=True)


def _keys(alias: str) -> tuple[str, ...]:
    return tuple(key(word) for word in _WORD.findall(fold(alias)))
