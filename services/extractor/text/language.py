"""Which language a message is in, when that is clear.

Words that two languages share say nothing, and neither do names, addresses and numbers, so that a short
answer ("no, otro día", "Ella Prado ella@…") never changes the language of a conversation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from extractor.packs import SHIPPED, Packs
from extractor.reading.message import Language
from extractor.text.language_words import load_words
from extractor.text.normalised import View
from extractor.text.word_lists import words

_SHARED = words("shared")
LEAST = 2
"""Fewest words by which a message is taken for another language than the usual one, unless one says so alone."""


@dataclass(frozen=True)
class _Signs:
    """What tells languages from each other in the messages of a business."""

    usual: Language
    """The language that a single word is enough for."""
    tells: Mapping[Language, frozenset[str]]
    """Words that say something for a language, in the order in which languages are looked at."""
    alone: frozenset[str]
    """Words that are of another language than the usual one enough to say so alone."""
    marks: Mapping[Language, frozenset[str]]
    """Letters of one language."""


def read(view: View, own: Language = "", packs: Packs = SHIPPED) -> Language:
    """The language of a message to a business whose own is `own`; empty when the message does not say. What is hidden
    has no language."""
    signs = _signs(own, packs)
    shown = [token for token in view.tokens[:120] if view.visible(token)]
    seen = [word for token in shown for word in token.text.split(" ") if word[:1].isalpha()]
    written = "".join(view.raw[token.start : token.end].lower() for token in shown)
    scores = {language: sum(word in tells for word in seen) for language, tells in signs.tells.items()}
    for language, marks in signs.marks.items():
        scores[language] += 2 * any(mark in written for mark in marks)
    first, second = sorted(scores, key=lambda language: -scores[language])[:2]
    if not scores[first] or scores[first] == scores[second]:
        return ""
    alone = scores[signs.usual] == 0 and any(word in signs.alone for word in seen)
    return first if first == signs.usual or scores[first] >= LEAST or alone else ""


@lru_cache(maxsize=32)
def _signs(own: Language, packs: Packs) -> _Signs:
    """The signs of every language. One that is not read everywhere is told by its words that no other shares, except
    where it is the business's own: there the others are told by what they do not share with it."""
    known = {language: load_words(language, packs) for language in packs.languages}
    everywhere = packs.everywhere
    home = known[own].tells if own in known and own not in everywhere else frozenset[str]()
    usual = frozenset[str]().union(*(known[language].tells for language in everywhere))
    tells = {
        language: words.tells - _SHARED - home if language in everywhere else words.tells - (usual | home)
        for language, words in known.items()
    }
    if home:
        tells[own] = home
    return _Signs(
        usual=own if home else everywhere[0],
        tells=tells,
        alone=frozenset[str]().union(*(known[language].alone for language in everywhere)),
        marks={language: words.marks for language, words in known.items() if words.marks},
    )
