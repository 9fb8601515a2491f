"""Which language a message is in, when that is clear.

Words that two languages share say nothing, and neither do names, addresses and numbers, so that a short
answer ("no, otro día", "Ella Prado ella@…") never changes the language of a conversation.
"""

from extractor.message import Language
from extractor.text import View
from extractor.word_lists import words

_SHARED = words("shared")
_ES, _PT, _EN = words("spanish") - _SHARED, words("portuguese") - _SHARED, words("english") - _SHARED
_ALONE = words("foreign_alone")
"""Words that are Portuguese or English enough to say so alone."""
_MARKS: tuple[tuple[Language, frozenset[str]], ...] = (("es", frozenset("ñ¿¡")), ("pt", frozenset("ãõçâê")))
LEAST = 2
"""Fewest words by which a message is taken for Portuguese or English, unless one says so alone."""


def read(view: View) -> Language:
    """ "es", "pt" or "en"; empty when the message does not say. What is hidden has no language."""
    shown = [token for token in view.tokens[:120] if view.visible(token)]
    seen = [word for token in shown for word in token.text.split(" ") if word[:1].isalpha()]
    written = "".join(view.raw[token.start : token.end].lower() for token in shown)
    scores: dict[Language, int] = {
        "es": sum(word in _ES for word in seen),
        "pt": sum(word in _PT for word in seen),
        "en": sum(word in _EN for word in seen),
    }
    for language, marks in _MARKS:
        scores[language] += 2 * any(mark in written for mark in marks)
    first, second = sorted(scores, key=lambda language: -scores[language])[:2]
    if not scores[first] or scores[first] == scores[second]:
        return ""
    if first != "es" and scores[first] < LEAST and not (scores["es"] == 0 and any(word in _ALONE for word in seen)):
        return ""
    return first
