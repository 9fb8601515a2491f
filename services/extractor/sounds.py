"""How words sound, roughly, so that "barva" is "barba", "juebes" "jueves" and "dose" "doce"."""

import re

_SOUNDS = (
    ("qu", "k"), ("ce", "se"), ("ci", "si"), ("ch", "\0"), ("c", "k"), ("\0", "ch"), ("v", "b"), ("z", "s"),
    ("ll", "y"), ("h", ""), ("x", "s"), ("ph", "f"), ("w", "u"),
)  # fmt: skip
_NASAL = re.compile(r"n(?=[bp])")
_ENYE = re.compile(r"(?:n[iyh]|gn)(?=[aou])")
_TWICE = re.compile(r"(.)\1+")


def sound(word: str) -> str:
    """The sound of a folded word: words that are spelt otherwise and said alike have the same."""
    word = _ENYE.sub("n", word.replace("ñ", "n"))
    for old, new in _SOUNDS:
        word = word.replace(old, new)
    return _NASAL.sub("m", _TWICE.sub(r"\1", re.sub(r"y$", "i", word)))
