"""What the words of a dictated address or number write: signs, letters, numbers and instructions.

The words are data (dictation.yaml). `pieces` reads a plain text once, into pieces of which each is what a few words
write; whoever reads an address puts them together.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import yaml

_FILE = Path(__file__).with_name("dictation.yaml")
_DATA: dict[str, Any] = yaml.load(_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)

Kind = Literal["at", "sign", "letter", "number", "word", "instruction", "check", "comma", "break"]
Match = re.Match[str]


@dataclass(frozen=True, slots=True)
class Piece:
    """What one word, or a few, write in an address or a number."""

    kind: Kind
    """What they are; a check tells a letter of the word before it ("con be larga")."""
    text: str
    """What they write: for a check its letters, for an instruction its name."""
    start: int
    """Where they begin in the text."""
    end: int
    """Where they end."""
    said: bool = False
    """Whether they are words for what they write, and not itself."""
    certain: bool = True
    """Whether they can be nothing else: of letters, no other word; of numbers, no other number."""


def _spoken(name: str) -> Iterator[tuple[str, str]]:
    """Phrase and what it writes, of a table."""
    for value, phrases in _DATA[name].items():
        yield from ((phrase, str(value)) for phrase in phrases)


def listed(name: str) -> frozenset[str]:
    """The words of a list."""
    value = _DATA[name]
    return frozenset(value.split() if isinstance(value, str) else value)


def phrases(name: str) -> tuple[str, ...]:
    """The phrases of a list."""
    return tuple(_DATA[name])


def table(name: str) -> dict[str, str]:
    """A table as it stands."""
    return {str(key): str(value) for key, value in _DATA[name].items()}


PROVIDERS: Mapping[str, str] = dict(_spoken("providers"))
"""A provider's name as said or mistyped -> its domain."""
_LETTERS = dict(_spoken("letters"))
_NUMBERS = {word: int(value) for word, value in _spoken("numbers")}
_PLAINLY = listed("plainly_letters")
_TWICE: Mapping[str, int] = _DATA["doubled"]
_SEVERAL: Mapping[str, int] = _DATA["several"]
_AND, _SIDE_BY_SIDE = listed("and"), listed("side_by_side")
_SURNAMES = listed("surnames_after_dos")
_POINTS = frozenset(phrase for phrase, sign in _spoken("signs") if sign == ".") | {"."}
_SMALL = frozenset("aeouy")
"""Letters that are words themselves."""
_MARKS: dict[str, Kind] = {",": "comma"}


NUMBER_WORDS = frozenset(_NUMBERS) | frozenset(_TWICE)
"""Words with which a number may begin."""
FIGURES: Mapping[str, str] = table("figures")
"""Words that are a figure among others of a phone."""


def _phrases() -> dict[str, list[tuple[tuple[str, ...], Kind, str]]]:
    """First word -> the phrases that begin with it, longest first."""
    found: dict[str, list[tuple[tuple[str, ...], Kind, str]]] = {}
    named: list[tuple[str, Kind, str]] = [(phrase, "at", "@") for phrase in _DATA["at"]]
    named += [(phrase, "at", "at") for phrase in _DATA["weak_at"]]
    named += [(phrase, "sign", sign) for phrase, sign in _spoken("signs")]
    named += [(phrase, "instruction", name) for phrase, name in _spoken("instructions")]
    named += [(phrase, "letter", letter) for phrase, letter in _LETTERS.items() if " " in phrase]
    for phrase, kind, text in sorted(named, key=lambda one: -len(one[0].split())):
        words = tuple(phrase.split())
        found.setdefault(words[0], []).append((words, kind, text))
    return found


_PHRASES = _phrases()
_WITH = sorted((tuple(phrase.split()) for name in ("with", "without") for phrase in _DATA[name]), key=len, reverse=True)
_WITH_STARTS = frozenset(words[0] for words in _WITH)
_EXAMPLE = sorted((tuple(phrase.split()) for phrase in _DATA["example"]), key=len, reverse=True)
_EXAMPLE_STARTS = frozenset(words[0] for words in _EXAMPLE)
_TOKEN = re.compile(r"[a-z0-9_+-](?:[a-z0-9._+-]*[a-z0-9_+-])?|['’´`][a-z]*|\S")


def pieces(text: str) -> list[Piece]:
    """A plain text as pieces, in order."""
    tokens = list(_TOKEN.finditer(text))
    words = [token[0] for token in tokens]
    found: list[Piece] = []
    index = 0
    while index < len(words):
        piece, after = _piece(tokens, words, index)
        found.append(piece)
        index = after
    return _letters_settled(found, text)


def _piece(tokens: Sequence[Match], words: Sequence[str], index: int) -> tuple[Piece, int]:
    start, word = tokens[index].start(), words[index]
    if word == "@":
        return Piece("at", word, start, start + 1), index + 1
    if len(word) == 1 and not word.isalnum() and word not in _PHRASES:
        return _plain(tokens, index), index + 1
    if len(word) > 1 and word[0].isalnum() and _written_together(tokens, index):
        return _plain(tokens, index), index + 1
    for phrase, kind, text in _PHRASES.get(word, ()):
        after = index + len(phrase)
        if tuple(words[index:after]) == phrase:
            if kind == "letter":
                break
            return Piece(kind, text, start, tokens[after - 1].end(), said=True), after
    read = _check(words, index) or _letter(words, index)
    if read:
        kind, text, after, certain = read
        return Piece(kind, text, start, tokens[after - 1].end(), said=True, certain=certain), after
    number = spoken_number(words, index)
    if number:
        text, after, certain = number
        return Piece("number", text, start, tokens[after - 1].end(), said=True, certain=certain), after
    return _plain(tokens, index), index + 1


def _written_together(tokens: Sequence[Match], index: int) -> bool:
    """Whether a word is typed beside an at-sign, without a space, and so is what it writes: "tres@gmail.com"."""
    before, after = tokens[index - 1] if index else None, tokens[index + 1] if index + 1 < len(tokens) else None
    return bool(
        (before and before[0] == "@" and before.end() == tokens[index].start())
        or (after and after[0] == "@" and after.start() == tokens[index].end())
    )


def _plain(tokens: Sequence[Match], index: int) -> Piece:
    """A token that is what it writes."""
    token = tokens[index]
    word = token[0]
    kind: Kind = "word"
    if word.isdigit():
        kind = "number"
    elif word in ("-", "_", "+"):
        kind = "sign"
    elif word == ".":
        glued = index > 0 and tokens[index - 1].end() == token.start()
        last = index + 1 == len(tokens)
        kind = "break" if glued or last else "sign"
    elif not word[0].isalnum() and (len(word) == 1 or word[0] not in "_+-"):
        kind = _MARKS.get(word, "break")
    return Piece(kind, word, token.start(), token.end())


def _named(words: Sequence[str], index: int) -> tuple[str, int, bool] | None:
    """A letter by its name or itself, the place after it, and whether it can be nothing else."""
    for phrase, kind, text in _PHRASES.get(words[index], ()):
        if kind == "letter" and tuple(words[index : index + len(phrase)]) == phrase:
            return text, index + len(phrase), True
    word = words[index]
    if word in _LETTERS and len(word) > 1:
        return _LETTERS[word], index + 1, word in _PLAINLY
    return (word, index + 1, False) if len(word) == 1 and word.isalpha() else None


def _letter(words: Sequence[str], index: int) -> tuple[Kind, str, int, bool] | None:
    """A letter, doubled or with an example: "doble ene", "a de ana"."""
    named = _named(words, index)
    if named is None:
        return _many(words, index) if index + 1 < len(words) else None
    letter, after, certain = named
    if words[after : after + 1] and words[after] in _TWICE and (len(words) == after + 1 or not _many(words, after)):
        return "letter", letter * _TWICE[words[after]], after + 1, True
    for phrase in _EXAMPLE if after < len(words) and words[after] in _EXAMPLE_STARTS else ():
        end = after + len(phrase)
        if tuple(words[after:end]) == phrase and end < len(words) and len(words[end]) > 2 and words[end][0] == letter:
            return "letter", letter, end + 1, True
    return "letter", letter, after, certain


def _many(words: Sequence[str], index: int) -> tuple[Kind, str, int, bool] | None:
    """What is doubled: a letter after "doble", letters after "dos", a figure after "doble"."""
    twice, word = _TWICE.get(words[index]), words[index + 1]
    times = twice or _SEVERAL.get(words[index], 0)
    if not times:
        return None
    for name in (word.removesuffix(ending) for ending in _DATA["plural_endings"] if word.endswith(ending)):
        if name in _LETTERS and (len(name) > 1 or twice):
            return "letter", _LETTERS[name] * times, index + 2, True
    named = _named(words, index + 1) if twice else None
    if named:
        return "letter", named[0] * times, named[1], True
    figure = doubled_figure(words, index)
    return ("number", figure, index + 2, True) if figure else None


def doubled_figure(words: Sequence[str], index: int) -> str:
    """What "doble cero" writes, or nothing."""
    times = _TWICE.get(words[index])
    if not times or index + 1 == len(words):
        return ""
    word = words[index + 1]
    figure = word if word.isdigit() else str(_NUMBERS.get(word, ""))
    return figure * times if len(figure) == 1 else ""


def _check(words: Sequence[str], index: int) -> tuple[Kind, str, int, bool] | None:
    """How a word before is written: "con be larga", "con dos eles", "sin hache"."""
    before = words[index - 1] if index else ""
    if words[index] not in _WITH_STARTS or before in _POINTS or before in PROVIDERS:
        return None
    for phrase in _WITH:
        after = index + len(phrase)
        if tuple(words[index:after]) == phrase and after < len(words):
            read = _letter(words, after)
            if read and read[0] == "letter" and (read[3] or read[1] not in _SMALL):
                without = phrase[0] in _DATA["without"]
                return "check", "" if without else read[1], read[2], read[3]
    return None


def spoken_number(words: Sequence[str], index: int) -> tuple[str, int, bool] | None:
    """The figures of a number in words, the place after it, and whether it can be no other number.

    "ochenta y cuatro" is 84, "dos mil diez" 2010; "ochenta cuatro" may be 84 or 80 and 4.
    """
    value = _NUMBERS.get(words[index])
    following = words[index + 1 : index + 2]
    if value is None or (value == 2 and following and following[0] in _SURNAMES):
        return None
    thousands = 0
    if value == 1000:
        thousands, index = 1000, index + 1
    elif value < 10 and following and _NUMBERS.get(following[0]) == 1000:
        thousands, index = 1000 * value, index + 2
    if not thousands:
        number, after, certain = _below_thousand(words, index)
        return str(number), after, certain
    rest = index + (index + 1 < len(words) and words[index] in _AND)
    if rest < len(words) and _NUMBERS.get(words[rest], 1000) < 1000:
        number, after, certain = _below_thousand(words, rest)
        return str(thousands + number), after, certain
    return str(thousands), index, True


def _below_thousand(words: Sequence[str], index: int) -> tuple[int, int, bool]:
    value, after = _NUMBERS[words[index]], index + 1
    if value >= 100:
        rest = after + (after + 1 < len(words) and words[after] in _AND)
        if rest < len(words) and _NUMBERS.get(words[rest], 100) < 100:
            number, after, certain = _below_thousand(words, rest)
            return value + number, after, certain
        return value, after, True
    if value >= 20 and value % 10 == 0 and after < len(words):
        unit = after + (after + 1 < len(words) and words[after] in _AND)
        number = _NUMBERS.get(words[unit], 0)
        if 0 < number < 10:
            return value + number, unit + 1, unit > after or words[index] in _SIDE_BY_SIDE
    return value, after, True


def _letters_settled(found: list[Piece], text: str) -> list[Piece]:
    """Letters that may be other words are letters only among letters: "te o eme i", not "te paso"."""
    settled = list(found)
    index = 0
    while index < len(found):
        run = index
        while run < len(found) and (found[run].kind == "letter" or (run > index and found[run].kind == "comma")):
            run += 1
        if run > index:
            _settle(settled, index, run, text)
        index = max(run, index + 1)
    return settled


def _settle(found: list[Piece], first: int, after: int, text: str) -> None:
    """Decides whether a run of letters is one, and turns what is not back into words."""
    letters = [place for place in range(first, after) if found[place].kind == "letter"]
    named = any(found[place].certain for place in letters)
    singles = all(found[place].end - found[place].start == 1 for place in letters)
    if len(letters) > 1 and (named or singles):
        return
    for place in letters:
        piece = found[place]
        beside = [found[near].kind for near in (place - 1, place + 1) if 0 <= near < len(found)]
        single = piece.end - piece.start == 1
        joined = any(kind in ("sign", "at", "number") for kind in beside)
        if (single and joined) or (piece.certain and (joined or piece.end - piece.start > 5)):
            continue
        if not (single and piece.text not in _SMALL):
            found[place] = replace(piece, kind="word", text=text[piece.start : piece.end], said=False)
