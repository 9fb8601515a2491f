"""How words sound, roughly, so that "barva" is "barba", "juebes" "jueves" and "dose" "doce"."""

import re
from functools import lru_cache

_SOUNDS = (
    ("qu", "k"), ("ge", "je"), ("gi", "ji"), ("ce", "se"), ("ci", "si"), ("ch", "\0"), ("c", "k"), ("\0", "ch"),
    ("v", "b"), ("z", "s"), ("ll", "y"), ("h", ""), ("x", "s"), ("ph", "f"), ("w", "u"), ("ps", "s"),
)  # fmt: skip
_NASAL = re.compile(r"n(?=[bp])")
_ENYE = re.compile(r"(?:n[iyh]|gn)(?=[aou])")
_VOWEL_Y = re.compile(r"y(?![aeiou])")
_TWICE = re.compile(r"(.)\1+")


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """The sound of a folded word: words that are spelt otherwise and said alike have the same."""
    word = _ENYE.sub("n", word.replace("ñ", "n"))
    for old, new in _SOUNDS:
        word = word.replace(old, new)
    word = _VOWEL_Y.sub("i", word)
    return _NASAL.sub("m", _TWICE.sub(r"\1", word))
