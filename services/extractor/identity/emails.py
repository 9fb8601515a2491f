"""E-mail addresses, typed, spelt or dictated."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from extractor.identity.datum import Datum, How
from extractor.identity.dictation import PROVIDERS, Piece, listed, pieces, table
from extractor.identity.doubts import doubted
from extractor.text.lexicon import COMMON, NOT_NAMES, PARTICLES

_MAYBE = re.compile(r"@|arr?o[bv]a|(?<![a-z])at(?![a-z])")
_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._+-")
_DOMAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")
_CUES, _STOPS, _SORRY = listed("cues"), listed("stops"), listed("sorry")
_NOT, _OR, _HOSTED = listed("not"), listed("or"), listed("hosted")
_LAST_PARTS, _COUNTRIES, _MISTYPED = listed("last_parts"), listed("countries"), listed("mistyped")
_WRONG_ENDS = table("mistyped_last")
_NAMES = frozenset(domain.split(".")[0] for domain in PROVIDERS.values())
_ALIKE = tuple(listed("alike"))
_APART = re.compile(r"(?<![a-z0-9])[a-z0-9](?:-[a-z0-9]){2,40}(?![a-z0-9-])")
MOST_ATS, MOST_PIECES, MOST_LOOSE = 12, 40, 3
"""At-signs of one message, pieces before one, and words without a sign between them, that are looked at."""
MAX_LOCAL, MAX_DOMAIN = 64, 120
"""Longest parts of an address."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What is before, or after, an at-sign."""

    text: str
    start: int
    """Where it begins, or for a domain ends."""
    reasons: frozenset[str] = frozenset()
    used: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class _Address:
    local: str
    domain: str
    start: int
    end: int
    at: int
    """Which piece its at-sign is."""
    after: int
    """The piece after its last."""
    reasons: frozenset[str] = field(default=frozenset())
    used: tuple[Piece, ...] = ()

    @property
    def valid(self) -> bool:
        return _valid(self.local, self.domain)


def find(folded: str, asked: bool = False) -> tuple[Datum, list[tuple[int, int]]] | None:
    """The address in a plain text, the last one where it is corrected, with the places of all; or None.

    `asked` says that the assistant has just asked for it.
    """
    if not asked and not _MAYBE.search(folded):
        return None
    read = pieces(folded)
    if asked and not any(piece.kind == "at" for piece in read):
        read = _with_at(read)
    found: list[_Address] = []
    previous: _Address | None = None
    for at in [place for place, piece in enumerate(read) if piece.kind == "at"][:MOST_ATS]:
        here = _address(read, at, asked)
        if not here.local and previous and _only_sorry(read[previous.after : at]):
            reasons = here.reasons | previous.reasons - {"completed"}
            here = replace(here, local=previous.local, start=previous.start, reasons=reasons)
            here = replace(here, used=previous.used + here.used)
        previous = here
        if here.valid:
            found.append(_put_right(read, here))
            previous = found[-1]
    return (_datum(folded, _meant(read, found)), [(one.start, one.end) for one in found]) if found else None


def _with_at(read: list[Piece]) -> list[Piece]:
    """Pieces with an at-sign where one was left out before a provider: "anagil gmail.com", "anagil en gmail"."""
    for place, piece in enumerate(read):
        if place and piece.kind == "word" and piece.text.split(".")[0] in PROVIDERS:
            before = place - 1 if place > 1 and read[place - 1].text in _HOSTED else place
            if read[before - 1].kind not in ("word", "number", "letter") or read[before - 1].text in NOT_NAMES:
                return read
            at = Piece("at", "", piece.start, piece.start, certain=False)
            return [*read[:before], at, *read[place:]]
    return read


def _datum(folded: str, address: _Address) -> Datum:
    how: How = "typed"
    if any(piece.said or piece.kind == "letter" for piece in address.used if piece.kind in ("letter", "number")):
        how = "spelt"
    elif any(piece.said for piece in address.used):
        how = "dictated"
    value = f"{address.local}@{address.domain}"
    reasons = address.reasons | ({"doubted"} if doubted(folded, address.start, address.end) else set())
    reason = next((one for one in ("doubted", "instructions", "completed", "two ways") if one in reasons), "")
    return Datum("client_email", value, address.start, address.end, how, not reason, reason)


def _meant(read: Sequence[Piece], found: Sequence[_Address]) -> _Address:
    """The address meant among several: the last, unless it is the one that is not."""
    last = found[-1]
    if len(found) > 1 and _either(read, found[-2], last):
        return replace(last, reasons=last.reasons | {"two ways"})
    before = [place for place, piece in enumerate(read) if piece.end <= last.start]
    if len(found) > 1 and before and read[before[-1]].text in _NOT:
        earlier = read[before[-2]] if len(before) > 1 else None
        if earlier and earlier.start >= found[-2].end and earlier.text not in _SORRY:
            return replace(found[-2], reasons=found[-2].reasons | {"two ways"})
    return last


def _either(read: Sequence[Piece], one: _Address, other: _Address) -> bool:
    """Whether two addresses are given, and not which."""
    between = {piece.text for piece in read if one.end <= piece.start < other.start}
    return bool(between & _OR) and not between & _SORRY


def _address(read: Sequence[Piece], at: int, asked: bool) -> _Address:
    """What stands around an at-sign, whether or not it makes an address."""
    local, (domain, after) = _local(read, at, asked), _domain(read, at)
    weak = read[at].text == "at"
    dotted = any(piece.kind == "sign" and piece.said for piece in domain.used) or domain.text in PROVIDERS.values()
    if weak and not dotted:
        return _Address("", "", read[at].start, read[at].end, at, at + 1)
    reasons, used = (
        local.reasons | domain.reasons | ({"completed"} if not read[at].certain else set()),
        (*local.used, read[at], *domain.used),
    )
    return _Address(local.text, domain.text, local.start, domain.start, at, after, reasons, used)


def _valid(local: str, domain: str) -> bool:
    labels = domain.split(".")
    return bool(
        local
        and len(local) <= MAX_LOCAL
        and len(domain) <= MAX_DOMAIN
        and not local.startswith((".", "-"))
        and ".." not in local
        and len(labels) > 1
        and all(label and not label.startswith("-") and not label.endswith("-") for label in labels)
        and len(labels[-1]) >= 2
        and labels[-1].isalpha()
    )


# What stands before the at-sign


def _local(read: Sequence[Piece], at: int, asked: bool) -> _Part:
    """Reads backwards from an at-sign while pieces make the name of an address."""
    taken: list[Piece] = []
    notes: list[Piece] = []
    loose: list[int] = []
    typed = at > 0 and read[at].text == "@" and not read[at].said and read[at - 1].end == read[at].start
    place = at - 1
    while place >= 0 and len(taken) < MOST_PIECES:
        piece = read[place]
        right = taken[-1] if taken else None
        if piece.kind in ("instruction", "check"):
            notes.append(piece)
        elif _ends(read, place, right, typed, bool(notes)):
            break
        elif piece.kind != "comma":
            if right and _loose(piece, right):
                loose.append(len(taken))
            if len(loose) > MOST_LOOSE:
                break
            taken.append(piece)
        place -= 1
    return _kept(read, place, taken, notes, loose, _Around(at, asked, typed))


@dataclass(frozen=True, slots=True)
class _Around:
    at: int
    asked: bool
    typed: bool
    """Whether the word before the at-sign is written together with it."""


def _ends(read: Sequence[Piece], place: int, right: Piece | None, typed: bool, noted: bool) -> bool:
    """Whether an address begins after a piece, given what of it is to the right."""
    piece, left = read[place], read[place - 1] if place else None
    if piece.kind == "comma":
        return bool(right and right.kind == "word" and not noted and left and left.kind == "word")
    if piece.kind == "sign" and piece.text == "-" and typed and left and not piece.said:
        return left.end < piece.start and piece.end < read[place + 1].start  # "Ana Gil - ana@gmail.com"
    if piece.kind != "word":
        return piece.kind in ("break", "at")
    if any(char not in _LOCAL for char in piece.text):
        return True
    if piece.text not in _STOPS:
        return False
    if right is None or piece.text in _CUES:
        return right is not None or not typed  # "su@gmail.com"
    inside = left is not None and left.kind == "word" and left.text not in _STOPS and not _ordinary(left)
    return not (right.kind == "sign" or (piece.text in PARTICLES and right.kind == "word" and inside))


def _loose(piece: Piece, right: Piece) -> bool:
    """Whether nothing but its place joins a piece to the one to its right."""
    if "sign" in (piece.kind, right.kind):
        return False
    if piece.kind == "word":
        return right.kind == "word" or (right.kind == "letter" and right.said)
    return right.kind == "word" and (piece.kind == "number" or len(piece.text) > 1)


def _kept(
    read: Sequence[Piece], place: int, taken: list[Piece], notes: list[Piece], loose: list[int], around: _Around
) -> _Part:
    """The part of what was taken that is the address, and what makes it less than sure."""
    reasons: set[str] = set()
    end = read[around.at].start
    if loose:
        boundary = read[place] if place >= 0 else None
        if boundary and boundary.kind == "comma" and place:
            boundary = read[place - 1]
        cued = boundary is not None and boundary.text in _CUES
        together = any(note.text == "joined" for note in notes)
        whole = (boundary is None or boundary.kind == "break") and not any(
            piece.text in COMMON - PARTICLES for piece in taken
        )
        name = _names_it(taken[: loose[0]], taken[loose[0] :])
        numbered = around.typed and taken[0].kind == "number" and len(taken) > 1
        if name or not (cued or together or whole) or (around.typed and not numbered and not cued and not together):
            cut = taken[loose[0]]
            initial = _initial(taken, loose)
            if not (name or initial or _ordinary(cut) or (around.typed and not around.asked)):
                reasons.add("two ways")
            taken = taken[: loose[0] + initial]
            notes = [note for note in notes if taken and note.start > taken[-1].start]
        elif (whole and not cued and not around.asked) or (around.typed and not together):
            reasons.add("two ways")
    if not taken:
        return _Part("", end)
    parts = sorted((*taken, *notes), key=lambda piece: piece.start)
    return _Part(_written(parts), taken[-1].start, frozenset(reasons | _unsure(taken, parts)), tuple(taken))


def _initial(taken: Sequence[Piece], loose: Sequence[int]) -> int:
    """How many pieces before a lone letter are of its address: the word that it is the initial after, "tomas q @"."""
    word = taken[loose[0]]
    lone = loose[0] == 1 and taken[0].kind == "letter" and len(taken[0].text) == 1
    return int(lone and word.kind == "word" and word.text not in _STOPS and not _ordinary(word))


def _unsure(taken: Sequence[Piece], parts: Sequence[Piece]) -> set[str]:
    """What makes the name of an address less than sure, by what it is made of."""
    reasons: set[str] = {"instructions"} if len(parts) > len(taken) else set()
    lone = len(taken) == 1 and taken[0].kind == "letter" and taken[0].said
    numbers = any(piece.kind == "number" and not piece.certain for piece in taken)
    if lone or numbers or any(_doubles(before, piece) for before, piece in pairwise(parts)):
        reasons.add("two ways")
    return reasons


def _ordinary(piece: Piece) -> bool:
    """Whether a piece is a word of any sentence, and hardly of an address."""
    return piece.text in COMMON and piece.text not in PARTICLES


def _names_it(near: Sequence[Piece], far: Sequence[Piece]) -> bool:
    """Whether the words before an address are the name that it is made of: "Ana Gil anagil arroba"."""
    address = "".join(piece.text for piece in near)
    return any(len(piece.text) > 2 and piece.text[:5] in address for piece in far if piece.kind == "word")


def _written(parts: Sequence[Piece]) -> str:
    """What pieces and instructions among them write together."""
    words: list[str] = []
    for place, piece in enumerate(parts):
        before = parts[place - 1] if place else None
        if piece.kind == "check" or (before and _doubles(before, piece)):
            words[-1:] = [_with_letters(words[-1], piece.text)] if words else []
        elif piece.kind != "instruction":
            words.append(piece.text)
    if any(piece.text == "no_dots" for piece in parts if piece.kind == "instruction"):
        words = [word.replace(".", "") for word in words]
    local = "".join(words).strip(".")
    return _APART.sub(lambda match: match[0].replace("-", ""), local)


def _doubles(before: Piece, piece: Piece) -> bool:
    """Whether a doubled letter is one of the word before it ("ana doble ene"), rather than two more."""
    return before.kind == "word" and piece.kind == "letter" and len(piece.text) > 1 and piece.text[0] in before.text


def _with_letters(word: str, letters: str) -> str:
    """A word that is written with a letter, or with two: "ana" with "nn" is "anna", "vidal" with "b" is "bidal"."""
    if not letters or letters in word:
        return word
    if len(letters) > 1:
        return word.replace(letters[0], letters) if word.count(letters[0]) == 1 else word
    for alike in _ALIKE:
        others = [char for char in word if char in alike]
        if letters in alike and len(others) == 1:
            return word.replace(others[0], letters)
    return letters + word if letters == "h" and word[0] in "aeiou" else word


# What stands after it


def _domain(read: Sequence[Piece], at: int) -> tuple[_Part, int]:
    """Reads forwards from an at-sign while pieces make a domain, and through instructions after it."""
    built, used, place = "", list[Piece](), at + 1
    while place < len(read) and place <= at + 12:
        piece, following = read[place], read[place + 1] if place + 1 < len(read) else None
        text = _next(built, piece, following)
        if text is None:
            break
        if text:
            built, used = built + text, [*used, piece]
        place += 1
    while used and used[-1].kind == "sign":
        used.pop()
    built = built.strip(".-")
    end = used[-1].end if used else read[at].end
    after = next((index for index in range(at + 1, len(read)) if read[index].start >= end), len(read))
    domain, guessed = _completed(built)
    reasons = {guessed} if guessed else set()
    while after < len(read) and (read[after].kind in ("instruction", "check", "comma") or read[after].text in "()"):
        if read[after].kind in ("instruction", "check"):
            reasons.add("instructions")
            end = read[after].end
        after += 1
    return _Part(domain, end, frozenset(reasons), tuple(used)), after


def _next(built: str, piece: Piece, following: Piece | None) -> str | None:
    """What a piece adds to a domain; None where the domain ends before it."""
    named, open_label = built in PROVIDERS, not built or built[-1] in ".-"
    if piece.kind in ("comma", "break"):
        last = following is not None and following.text.split(".")[0] in _LAST_PARTS - {"es", "me", "de"}
        if piece.text in (",", ".") and last and built and "." not in built:
            return "."
        pause = following is not None and following.kind == "sign" and following.said
        return "" if piece.kind == "comma" and built and pause else None
    if piece.kind == "sign":
        last = following is not None and following.kind in ("word", "letter")
        return piece.text if piece.text in ".-" and built and last and not open_label else None
    if piece.kind not in ("word", "letter", "number") or any(char not in _DOMAIN for char in piece.text):
        return None
    if open_label or piece.kind == "letter" or (piece.text.startswith(".") and "." not in built):
        return piece.text
    if "." not in built and piece.kind == "word":
        if piece.text in ("com", "com.ar", "com.br", "com.mx") and (named or len(built) > 2):
            return "." + piece.text
        glued = built + " " + piece.text in PROVIDERS
        signs = following is not None and following.kind == "sign" and not named and piece.text not in _STOPS
        return piece.text if glued or signs else None
    if built.endswith((".com", ".org", ".net")) and piece.text in _COUNTRIES:
        return "." + piece.text
    return None


def _completed(built: str) -> tuple[str, str]:
    """A domain as it is written in full, and what makes it less than sure."""
    name, _, last = built.partition(".")
    if name in _MISTYPED:
        return built, "two ways"
    provider = PROVIDERS.get(name)
    if provider is None:
        return built, ""
    if not last:
        return provider, "completed"
    known = name if name in _NAMES else provider.split(".")[0]
    return (f"{known}.{_WRONG_ENDS[last]}", "completed") if last in _WRONG_ENDS else (f"{known}.{last}", "")


# Corrections


def _only_sorry(between: Sequence[Piece]) -> bool:
    """Whether what stands between two at-signs says only that the first was wrong."""
    return all(piece.text in _SORRY or piece.kind in ("comma", "break") for piece in between)


def _put_right(read: Sequence[Piece], found: _Address) -> _Address:
    """The address with what the customer corrects in it: "ana2, no ana, arroba …"; "…, no, hotmail"."""
    place = next((index for index, piece in enumerate(read) if piece.start >= found.start), found.at)
    if place > 1 and read[place - 1].text in _NOT:
        chosen = next((at for at in range(place - 2, max(-1, place - 4), -1) if read[at].kind != "comma"), 0)
        word = read[chosen]
        marked = any(char.isdigit() or char in "._" for char in word.text + found.local)
        if (
            word.kind == "word"
            and marked
            and word.text not in _STOPS
            and not (chosen and read[chosen - 1].kind == "at")
        ):
            found = replace(found, local=word.text, start=word.start)
    after = found.after
    while after < len(read) and (read[after].text in _SORRY or read[after].kind in ("comma", "break")):
        after += 1
    skipped = [piece.text for piece in read[found.after : after]]
    if after == len(read) or not _SORRY.intersection(skipped):
        return found
    domain, _ = _completed(read[after].text)
    following = read[after + 1 : after + 2]
    if domain.split(".")[0] in _NAMES and not (following and following[0].kind == "at"):
        tail, last = _domain(read, after - 1)
        reasons = found.reasons - {"completed"} | tail.reasons
        return replace(found, domain=tail.text, end=tail.start, after=last, reasons=reasons)
    return found
