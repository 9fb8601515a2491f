"""Normalises a message into one line of plain words, keeping where each came from.

Accents fold away (ñ stays: "unas" is not "uñas"), digits part from letters ("15hs" -> "15 hs"),
elongations and abbreviations become the plain word, and signs that mean nothing here disappear.
Words are separated by one space, so that grammars can be short and their running time linear.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from functools import lru_cache

from extractor.text.numbers import WORDS
from extractor.text.parting import LEAST, parts
from extractor.text.vocabulary import ABBREVIATIONS, AFTER_HOUR, TYPOS, heard
from extractor.text.word_lists import words

HEAD, TAIL = 900, 300
"""Characters that are read at the beginning and at the end of a message longer than both."""
MASK = "\u00a4"
"""Stands in a line for characters that were understood already."""

_TOKEN = re.compile(
    r"(?<![^\W\d_])[aApP]\. ?[mM](?:\.|\b)|[^\W\d_]+(?:['’´`][^\W\d_]+)?|[0-9]+|[.,;:!?/()@%$+\-&\n¿¡…–—_\"]"
)
_LONG = re.compile(r"([^\W\d_])\1{2,}")
_DOUBLE_END = re.compile(r"([aiousyn])\1$")
_KEPT_DOUBLES = words("kept_doubles")
_ORDINAL_SIGNS = {ord("º"): None, ord("ª"): None, ord("°"): None}
_GLUE = frozenset(".:/-,")


class _Fold(dict[int, str]):
    """Folding table for str.translate, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in "ñÑ":
            folded = "ñ"
        else:
            plain = unicodedata.normalize("NFKD", char)[0].lower()
            folded = plain if len(plain) == 1 else char
        if len(self) < 5000:
            self[code] = folded
        return folded


_FOLD = _Fold()


def fold(text: str) -> str:
    """Lower case without accents, character for character; ñ is kept."""
    return text.translate(_FOLD)


def plain(text: str) -> str:
    """Like fold, and ñ becomes n."""
    return fold(text).replace("ñ", "n")


def clean(text: str) -> str:
    """Text in one normal form, without control and invisible characters, cut to what is read."""
    text = text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
    text = unicodedata.normalize("NFKC", text.translate(_ORDINAL_SIGNS))
    text = cut(text)
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_VISIBLE)


def cut(text: str) -> str:
    """The beginning and the end of a text that is longer than both."""
    return text if len(text) <= HEAD + TAIL else text[:HEAD] + "\n" + text[-TAIL:]


def split(text: str) -> list[str]:
    """The words, numbers and signs of what is read of a text, as written."""
    return _TOKEN.findall(clean(text))


def _visible(char: str) -> str:
    if char in "\n\r\t\u2028\u2029":
        return "\n" if char != "\t" else " "
    kind = unicodedata.category(char)
    if kind == "Cf" or kind == "Mn" or kind == "Me":
        return ""
    return " " if kind in ("Cc", "Cs", "Co", "Cn") else char


class _Visible(dict[int, str]):
    """Table for str.translate that leaves out what cannot be seen, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        shown = _visible(chr(code))
        if len(self) < 5000:
            self[code] = shown
        return shown


_VISIBLE = _Visible()


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or sign."""

    start: int
    """Where it begins in the cleaned text."""
    end: int
    """Where it ends there."""
    text: str
    """Its normalised form; may be two words ("pal" -> "para el")."""
    at: int
    """Where it begins in the line."""
    index: int
    """Which word of the message it is."""


@dataclass(frozen=True)
class View:
    """A message as one normalised line."""

    raw: str
    """The cleaned text, case and accents as written."""
    line: str
    """The normalised words, with a space before and after each."""
    tokens: tuple[Token, ...]
    """The words, in order."""

    def mask(self, spans: list[tuple[int, int]]) -> "View":
        """The same view with spans of the line blanked out."""
        return View(self.raw, blanked(self.line, spans), self.tokens) if spans else self

    def hide(self, spans: list[tuple[int, int]]) -> "View":
        """The same view with spans of the cleaned text blanked out."""
        inside = []
        for start, end in spans:
            touched = [token for token in self.tokens if token.start < end and start < token.end]
            if touched:
                inside.append((touched[0].at, touched[-1].at + len(touched[-1].text)))
        return self.mask(inside)

    def visible(self, token: Token) -> bool:
        """Whether a token is not blanked out."""
        return not self.line.startswith(MASK, token.at)


def blanked(line: str, spans: Iterable[tuple[int, int]]) -> str:
    """A line with spans of it blanked out, as long as before."""
    chars = list(line)
    for start, end in spans:
        chars[start:end] = MASK * (end - start)
    return "".join(chars)


def without(line: str, unwanted: Set[str]) -> str:
    """A line with every occurrence of some words blanked out."""
    return " ".join(MASK * len(word) if word in unwanted else word for word in line.split(" ")) if unwanted else line


_DAYS = "lunes|martes|miercoles|jueves|viernes|sabado|domingo|mañana|manana|hoy"
_GLUED = (
    re.compile(rf"(para|de|con|el|al|del|este|por|pasado|hola|un|quiero|necesito|turno|proximo)(el|la|un)?({_DAYS})"),
    re.compile(r"(un|quiero|necesito|hola|dame)(un|una)?(turno|turnito|cita)"),
    re.compile(r"(turno|turnito|cita|hora)()(para|pa|de|con|el)"),
)
"""Words that are often written without the space between."""


def parted(word: str) -> str:
    """A word that is two or three written as one ("elviernes"), parted; any other as it is."""
    for pattern in _GLUED:
        match = pattern.fullmatch(word)
        if match:
            return " ".join(normal(part) for part in match.groups() if part)
    return word


def shortened(word: str) -> str:
    """A word without drawn-out letters: "siii" is "si"."""
    return _LONG.sub(r"\1", word)


@lru_cache(maxsize=8192)
def normal(word: str) -> str:
    """The plain form of one word: folded, shortened, spelt out."""
    word = fold(word)
    for mark in "'’´`. ":
        word = word.replace(mark, "")
    if word in ABBREVIATIONS:
        return ABBREVIATIONS[word]
    short = shortened(word)
    if short not in _KEPT_DOUBLES and len(short) > 2:
        short = _DOUBLE_END.sub(r"\1", short)
    known = ABBREVIATIONS.get(short) or TYPOS.get(short) or heard(short)
    if known is None and (pieces := parts(short)):
        return " ".join(normal(piece) for piece in pieces)
    return known or parted(short)


def view(text: str, spell: Callable[[str], str] = normal) -> View:
    """Reads a text into its normalised line; `spell` gives the plain form, of a word or several, of a written one."""
    raw = clean(text)
    tokens: list[Token] = []
    pieces = [" "]
    at = 1
    matches = list(_TOKEN.finditer(raw))
    for index, match in enumerate(matches):
        word = match[0]
        form = _sign(word) if not word[0].isalpha() else fold(word) if _of_compound(matches, index) else spell(word)
        if form in AFTER_HOUR and spell is normal and _after_hour(tokens):
            form = AFTER_HOUR[form]
        if tokens and not _glued(matches, index):
            pieces.append(" ")
            at += 1
        apart = len(word) >= LEAST or spell is not normal
        for word_form in form.split(" ") if apart else (form,):
            tokens.append(Token(match.start(), match.end(), word_form, at, len(tokens)))
            at += len(word_form) + 1
        pieces.append(form)
        at -= 1
    pieces.append(" ")
    return View(raw, "".join(pieces), tuple(tokens))


def _sign(word: str) -> str:
    return {"\n": ";", "…": ".", "–": "-", "—": "-", "¿": "¿", "¡": "¡"}.get(word, word)


_AND_PART = frozenset({"y", "i", "e", "menos"})
_HOURS = frozenset({"una", "uma", "duas", *(word for word, value in WORDS.items() if 0 < value < 25)})


def _after_hour(tokens: list[Token]) -> bool:
    """Whether the next word says a part of an hour: "a las diez y", "las 4 menos", "às dez e"."""
    if len(tokens) < 2 or tokens[-1].text not in _AND_PART:
        return False
    hour = tokens[-2].text
    return hour in _HOURS or (hour.isascii() and hour.isdigit() and len(hour) <= 2)


def _of_compound(matches: list[re.Match[str]], index: int) -> bool:
    """Whether a letter is joined to a word by a hyphen, and so is short for nothing: "x-ray", "t-shirt"."""
    here, following = matches[index], matches[index + 1 : index + 3]
    return (
        len(here[0]) == 1
        and len(following) > 1
        and following[0][0] == "-"
        and here.end() == following[0].start()
        and following[0].end() == following[1].start()
        and following[1][0][0].isalpha()
    )


def _glued(matches: list[re.Match[str]], index: int) -> bool:
    """Whether a sign holds two numbers together, as in 16.30, 19/3 or 2026-03-11."""
    here, before = matches[index], matches[index - 1]
    if before.end() != here.start():
        return False
    if here[0] in _GLUE and index + 1 < len(matches):
        after = matches[index + 1]
        return _number(before) and _number(after) and here.end() == after.start()
    if before[0] in _GLUE and index >= 2:
        earlier = matches[index - 2]
        return _number(here) and _number(earlier) and earlier.end() == before.start()
    return False


def _number(match: re.Match[str]) -> bool:
    return "0" <= match[0][0] <= "9"
