"""Abbreviations of chat Spanish, Portuguese and English, and words whose misspellings are understood.

Keys are folded (ñ kept).
"""

from extractor.text.lexicon import COMMON, FIRST_NAMES, SURNAMES
from extractor.text.numbers import WORDS
from extractor.text.sounds import sound
from extractor.text.word_lists import abbreviations, words

ABBREVIATIONS = abbreviations()
"""Short or sloppy form -> plain word or words."""

_MISSPELT = words("misspelt")
_REAL_WORDS = words("real_words")


def _edits(word: str) -> set[str]:
    """Every string one deletion, swap, replacement or insertion away that keeps the first letter."""
    letters = "abcdefghijklmnñopqrstuvwxyz"
    cuts = [(word[:i], word[i:]) for i in range(1, len(word) + 1)]
    found = {a + b[1:] for a, b in cuts if b} | {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    found |= {a + c + b[1:] for a, b in cuts if b for c in letters}
    return found | {a + c + b for a, b in cuts for c in letters}


def _typos() -> dict[str, str]:
    known = _MISSPELT | _REAL_WORDS | set(ABBREVIATIONS) | COMMON | FIRST_NAMES | set(WORDS)
    found: dict[str, str] = {}
    for word in sorted(_MISSPELT):
        for typo in _edits(word):
            if typo not in known:
                found.setdefault(typo, word)
    return found


TYPOS = _typos()
"""Misspelling -> word it stands for. Words that exist in their own right are never keys."""

_AFTER_HOUR = ("media", "cuarto", "meia", "quarto")
_NO_PART = frozenset({"medio", "meio", "mesa", "medida", *WORDS, *_AFTER_HOUR})
AFTER_HOUR = {typo: word for word in reversed(_AFTER_HOUR) for typo in sorted(_edits(word)) if typo not in _NO_PART}
"""What a word stands for straight after "las diez y" that is no word there: "meida", "mdia" is "media". Elsewhere some
are words of their own ("mea", "cuadro")."""

_HEARD = {sound(word): word for word in sorted(words("heard"))}
_KEPT = COMMON | FIRST_NAMES | SURNAMES | _REAL_WORDS | set(WORDS) | words("heard") | words("sounds_like")


def heard(word: str) -> str | None:
    """The plain word that a word is said like, or None: "dose" is "doce", "asen" is "hacen"."""
    return None if len(word) < 4 or word in _KEPT else _HEARD.get(sound(word))
