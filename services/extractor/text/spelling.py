"""How the words of a business's language are spelt out."""

from collections.abc import Callable
from functools import lru_cache, partial

from extractor.packs import SHIPPED, Packs
from extractor.text.language_words import LanguageWords, load_words
from extractor.text.normalised import fold, normal, shortened

_APOSTROPHES = str.maketrans("’´`", "'''")


@lru_cache(maxsize=32)
def speller(language: str, packs: Packs = SHIPPED) -> Callable[[str], str]:
    """The function that gives the plain form of a word as a business of that language has it written. The lists of
    misspellings (words.yaml) are of the languages that are read everywhere; any other one has its own short forms."""
    return normal if language in packs.everywhere else partial(_spelt, load_words(language, packs))


def _spelt(words: LanguageWords, word: str) -> str:
    head, mark, rest = fold(word.translate(_APOSTROPHES)).partition("'")
    if mark and rest and head in words.elided:
        return f"{head} {_spelt(words, rest)}"
    plain = (head + rest).replace(".", "").replace(" ", "")
    return words.short.get(plain) or words.short.get(shortened(plain)) or shortened(plain)
