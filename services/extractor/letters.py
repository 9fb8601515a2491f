"""Words spelt letter by letter, as one says an e-mail address: "jota a ese" is "jas", "v-e-r-o" is "vero"."""

import re
from collections.abc import Sequence

from extractor.numbers import WORDS

_NAMES = {
    "a": "a", "be": "b", "ce": "c", "se": "c", "de": "d", "e": "e", "efe": "f", "ge": "g", "hache": "h", "ache": "h",
    "i": "i", "jota": "j", "ka": "k", "ca": "k", "ele": "l", "eme": "m", "ene": "n", "o": "o", "pe": "p", "cu": "q",
    "erre": "r", "ere": "r", "ese": "s", "esse": "s", "te": "t", "u": "u", "uve": "v", "ve": "v", "equis": "x",
    "ye": "y", "zeta": "z", "ze": "z", "agá": "h", "aga": "h", "ipsilon": "y", "doblevé": "w", "dobleve": "w",
}  # fmt: skip
_PAIRS = {
    ("doble", "ve"): "w", ("doble", "v"): "w", ("doble", "u"): "w", ("ve", "corta"): "v", ("v", "corta"): "v",
    ("ve", "chica"): "v", ("be", "larga"): "b", ("b", "larga"): "b", ("be", "grande"): "b", ("i", "griega"): "y",
    ("y", "griega"): "y", ("i", "latina"): "i", ("guion", "bajo"): "_", ("guion", "medio"): "-",
}  # fmt: skip
_SIGNS = {"punto": ".", "ponto": ".", "dot": ".", "guion": "-", "guionbajo": "_", "underscore": "_", "_": "_", "-": "-"}
_SURE = frozenset(
    (
        "jota", "ka", "efe", "hache", "ele", "eme", "ene", "erre", "ere", "equis", "zeta", "uve", "be", "ge", "pe",
        "cu", "ce",
    )
)  # fmt: skip
"""Names of letters that are hardly ever other words."""
_SKIPPED = frozenset((",", "todo", "junto", "junta", "minuscula", "minusculas", "en"))
_APART = re.compile(r"(?<![a-z0-9])[a-z0-9](?:-[a-z0-9]){2,40}(?![a-z0-9-])")
MOST = 40
"""Words before the at-sign that are looked at."""


def spelt(words: Sequence[re.Match[str]]) -> tuple[str, int] | None:
    """What the words at the end spell and where that begins, or None where they are no letters."""
    pieces: list[str] = []
    names = letters = 0
    start = place = len(words[-MOST:])
    tail = words[-MOST:]
    while place > 0:
        word = tail[place - 1][0].strip(".")
        pair = _PAIRS.get((tail[place - 2][0], word)) if place > 1 else None
        piece = pair or _NAMES.get(word) or _SIGNS.get(word) or _figure(word)
        if piece is None and word not in _SKIPPED and word:
            break
        place -= 2 if pair else 1
        if piece is not None:
            pieces.append(piece)
            names += pair is not None or word in _SURE
            letters += piece.isalnum()
            start = place
    if not names or letters < 2:
        return None
    return "".join(reversed(pieces)).strip(".-"), tail[start].start()


def _figure(word: str) -> str | None:
    """A single letter, a number in figures or in words."""
    if (len(word) == 1 and word.isalnum()) or word.isdigit():
        return word
    number = WORDS.get(word)
    return str(number) if number is not None and word != "couple" else None


def joined(local: str) -> str:
    """A part of an address without the dashes between its single letters."""
    return _APART.sub(lambda match: match[0].replace("-", ""), local)


def initials(pieces: Sequence[str]) -> list[str]:
    """Pieces of an address where the name of a letter beside a sign is that letter: "jota punto paz"."""
    near = [("", *pieces)[index] + (*pieces, "")[index + 1] for index in range(len(pieces))]
    return [
        _NAMES[piece] if piece in _SURE and any(sign in beside for sign in "._-") else piece
        for piece, beside in zip(pieces, near, strict=True)
    ]
