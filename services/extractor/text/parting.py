"""Parts a message written without spaces: "holaquierounturno" is "hola quiero un turno"."""

from extractor.text.language_words import load_words
from extractor.text.lexicon import NOT_NAMES
from extractor.text.numbers import WORDS
from extractor.text.vocabulary import ABBREVIATIONS
from extractor.text.word_lists import words

LEAST, MOST = 14, 90
"""Letters of a word that may be several: shorter ones are left, and longer ones are noise."""
_LONGEST = 16
_SMALL = frozenset((
    "a", "al", "de", "del", "el", "en", "es", "la", "las", "le", "lo", "los", "me", "mi", "mis", "no", "o",
    "para", "por", "que", "se", "si", "su", "tal", "te", "tu", "un", "una", "y", "con", "hoy",
))  # fmt: skip
_KNOWN = (
    frozenset(
        word
        for word in NOT_NAMES
        | load_words("es").tells
        | words("heard")
        | words("misspelt")
        | set(WORDS)
        | set(ABBREVIATIONS.values())
        if len(word) >= 4 and " " not in word
    )
    | _SMALL
)


def parts(word: str) -> list[str] | None:
    """The fewest known words that a folded word is made of, or None when it is not made of such."""
    if not LEAST <= len(word) <= MOST or word in _KNOWN or word.endswith("mente"):
        return None
    best: list[tuple[int, int]] = [(0, 0)] + [(999, 0)] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - _LONGEST), end):
            cost = best[start][0] + 1
            if cost < best[end][0] and word[start:end] in _KNOWN:
                best[end] = (cost, start)
    count = best[-1][0]
    if count < 3 or count * 3 > len(word):
        return None
    found: list[str] = []
    end = len(word)
    while end:
        found.append(word[best[end][1] : end])
        end = best[end][1]
    return found[::-1]
