"""Turns a message into the tokens that the intent model reads.

Case, accents, elongations and common abbreviations are folded away, and what is particular to one
business or one customer (services, staff, dates, times, e-mails, phones, ids) becomes a token such as
`zsvc` or `zday`. Every step is linear in the length of the text.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

MAX_CHARS = 4096
"""Characters of a message that are read; the rest is cut."""

_ABBREVIATIONS = {
    "q": "que", "k": "que", "qe": "que", "ke": "que", "xq": "porque", "pq": "porque", "porq": "porque", "x": "por",
    "tmb": "tambien", "tb": "tambien", "tbn": "tambien", "pf": "porfavor", "porfa": "porfavor", "porfi": "porfavor",
    "porfis": "porfavor", "xfa": "porfavor", "xfavor": "porfavor", "plis": "porfavor", "pls": "porfavor",
    "please": "porfavor", "dsp": "despues", "dps": "despues", "desp": "despues", "d": "de", "m": "me", "p": "para",
    "pa": "para", "pra": "para", "cdo": "cuando", "cto": "cuanto", "kuanto": "cuanto", "qto": "quanto",
    "kiero": "quiero", "qiero": "quiero", "nesesito": "necesito", "bn": "bien", "vcs": "voces", "tas": "estas",
    "toy": "estoy", "ola": "hola", "mnn": "manana", "lun": "lunes", "mie": "miercoles", "jue": "jueves",
    "vie": "viernes", "sab": "sabado", "dom": "domingo",
}  # fmt: skip
_MONTHS = "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre"
_NUMBER = (
    r"(?:\d{1,2}|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|one|two|three|four|five|six|seven"
    r"|eight|nine|ten|eleven|twelve|duas|quatro|sete|oito|nove|dez)"
)
_AND_SOME = r"(?:(?:y|e) (?:media|cuarto|meia|pico)|menos cuarto|en punto)"
_DAYS = (
    r"pasado manana|depois de amanha|manana|amanha|hoy|hoje|today|tomorrow|"
    r"lunes|martes|miercoles|jueves|viernes|sabado|domingo|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|segunda(?:-feira)?|terca(?:-feira)?|quarta(?:-feira)?|quinta(?:-feira)?|sexta(?:-feira)?"
)
_STEPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), token)
    for pattern, token in (
        (r"https?://[^\s]{1,400}|\bwww\.[^\s]{1,400}", " zurl "),
        (r"(?:\b[a-z0-9] ){3,20}@ ?\w{1,30}(?:\.\w{1,10}){1,3}", " zemail "),
        (r"[^\s@,;:]{1,64}@[^\s@,;]{1,64}", " zemail "),
        (r"\b[\w.\-]{1,40} arroba \w{1,20}(?: (?:punto|\.) \w{1,8}){0,3}", " zemail "),
        (r"\bpb ?[-–]? ?[a-z0-9]{6}\b", " zid "),
        (r"\b\d{1,2}[:.]\d{2} ?(?:hs?|horas?|am|pm)?\b", " ztime "),
        (r"\b\d{1,4} ?(?:hs|h|horas|am|pm|a\.m\.|p\.m\.)(?!\w)", " ztime "),
        (r"\b\d{1,2}h\d{2}\b", " ztime "),
        (rf"\b(las?|as|at|around|tipo|sobre) {_NUMBER}(?: {_AND_SOME})?\b", r" \1 ztime "),
        (rf"\b{_NUMBER} {_AND_SOME}\b", " ztime "),
        (rf"\b(?:half|quarter) (?:past|to) {_NUMBER}\b", " ztime "),
        (r"\b(?:al )?(?:mediodia|medio dia|meio-dia|meio dia|noon|midday)\b", " ztime "),
        (rf"\b(?:\d{{1,2}}|primero|1ro) de (?:{_MONTHS})\b", " zdate "),
        (r"\b\d{1,2}[/\-]\d{1,2}(?:[/\-]\d{2,4})?(?![\d\-])", " zdate "),
        (r"\b(?:a|de|por|en|da|pela|esta) (?:la |a )?(?:manana|tarde|tardecita|noche|manha|noite|siesta)\b", " zpart "),
        (r"\b(?:morning|afternoon|evening)\b(?<!good morning)(?<!good afternoon)(?<!good evening)", " zpart "),
        (rf"\b(?:{_DAYS})(?: \d{{1,2}})?\b", " zday "),
        (r"\b(?:sabados|domingos|mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays)\b", " zdays "),
        (r"\b(?=[a-z]{0,5}\d)(?=\d{0,5}[a-z])[a-z0-9]{6}\b", " zcode "),
    )
)  # fmt: skip
_PHONE = re.compile(r"(?<![\w/])\+?\(?\d[\d \-().]{6,18}\d(?!\w)")
_MARKS = re.compile("[\u0300-\u036f\u200b-\u200f\u2060\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")
_SIGN_RUN = re.compile(r"([^\w\s])\1+")
_LONG_RUN = re.compile(r"([^\W\d])\1{2,}")
_END_RUN = re.compile(r"([asoiehyun])\1+\b")
_TOKEN = re.compile(r"[^\W_]+|[?]|[^\w\s.,;:!¡¿()\"'`´\-_]")
_NUMERAL = re.compile(r"^\d+$")


def fold(text: str) -> str:
    """The text in lower case, without accents, elongations or runs of spaces, cut to MAX_CHARS."""
    flat = unicodedata.normalize("NFKD", text[:MAX_CHARS]).lower()
    flat = _MARKS.sub("", flat)[: 2 * MAX_CHARS]
    flat = _SIGN_RUN.sub(r"\1", flat)
    return _END_RUN.sub(r"\1", _LONG_RUN.sub(r"\1", " ".join(flat.split()))).replace("por favor", "porfavor")


def tokens_of(text: str, lexicon: "Lexicon") -> list[str]:
    """What the model reads of a message."""
    flat = fold(text)
    flat = _PHONE.sub(_phone_or_same, flat)
    for pattern, token in _STEPS:
        flat = pattern.sub(token, flat)
    words = [_ABBREVIATIONS.get(word, word) for word in _TOKEN.findall(flat)]
    return lexicon.mark([_spelt(word) for word in words])


def _spelt(word: str) -> str:
    """Numerals as tokens, abbreviated weekdays as days; anything else as it is."""
    if _NUMERAL.match(word):
        return "znum" if len(word) <= 2 else "zbig"
    return "zday" if word in ("lunes", "miercoles", "jueves", "viernes", "sabado", "domingo", "manana") else word[:40]


def _phone_or_same(match: re.Match[str]) -> str:
    digits = sum(char.isdigit() for char in match[0])
    return " zphone " if digits >= 8 else match[0]


class Lexicon:
    """The names of one business: phrases that become `zsvc`, `znosvc` and `zstaff`."""

    def __init__(
        self, services: Iterable[str] = (), not_offered: Iterable[str] = (), staff: Iterable[str] = ()
    ) -> None:
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._stems: dict[str, str] = {}
        for tag, phrases in (("znosvc", not_offered), ("zsvc", services), ("zstaff", staff)):
            for phrase in phrases:
                self._add(_entry(phrase, tag))
        for candidates in self._phrases.values():
            candidates.sort(key=lambda entry: -len(entry[0]))

    def _add(self, entry: tuple[tuple[str, ...], str]) -> None:
        words, tag = entry
        if not words:
            return
        self._phrases.setdefault(words[0], []).append(entry)
        if len(words) == 1 and len(words[0]) >= 4 and tag != "zstaff":
            self._stems[_stem(words[0])] = tag

    def mark(self, words: list[str]) -> list[str]:
        """The words with every known phrase replaced by its token, longest phrase first."""
        if not self._phrases:
            return words
        out, at = [], 0
        while at < len(words):
            length, tag = self._match(words, at)
            out.append(tag)
            at += length
        return out

    def _match(self, words: list[str], at: int) -> tuple[int, str]:
        for phrase, tag in self._phrases.get(words[at], ()):
            if tuple(words[at : at + len(phrase)]) == phrase:
                return len(phrase), tag
        word = words[at]
        return 1, self._stems.get(_stem(word), word) if len(word) >= 4 else word


@lru_cache(maxsize=4096)
def _entry(phrase: str, tag: str) -> tuple[tuple[str, ...], str]:
    """The words of a phrase with its token; kept, as many businesses have the same."""
    return tuple(_TOKEN.findall(fold(phrase))), tag


_SUFFIX = re.compile(r"(?:[aeo]?c?it[ao]s?|[aeo]?s|[aeo])$")


def _stem(word: str) -> str:
    """The word without plural, diminutive and final vowel; the word itself where too little is left."""
    stem = _SUFFIX.sub("", word)
    return stem if len(stem) >= 3 else word


NO_LEXICON = Lexicon()
"""Knows no business."""
