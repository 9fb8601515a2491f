"""Phrases to look up in a message, forgiving how they are written.

Forgiven are accents, plurals, diminutives, words of one family ("cortarme" for "corte"), small words
between, sounds written alike ("keratina", "queratina") and small slips of the finger.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from enum import IntEnum
from functools import cache, cached_property
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from rapidfuzz.distance import DamerauLevenshtein

from extractor.catalogue.inflection import EVERYWHERE, LEAST, Endings, Kind, bare, roots
from extractor.catalogue.naming import NEVER, Name, key
from extractor.text.lexicon import FIRST_NAMES, NOT_MISSPELT
from extractor.text.sounds import sound

MAX_WORD = 24
"""Letters of a word that is compared with others."""
_REMEMBERED = 250
_LONG = 5
V = TypeVar("V")


class Likeness(IntEnum):
    """How a word of a message is like the word that it stands for; the lower the better."""

    SAME = 0
    FORM = 1
    """Another form of it: "depilarme" for "depilación"."""
    NEAR = 2
    """Misspelt."""
    FINITE = 3
    """A form that may be something else altogether: "corto" for "corte"."""
    LOOSE = 4
    """One that is so only beside the other words of a phrase: "saca" of "sacar" in "sacar muelas"."""


class Said(NamedTuple):
    """A word of a message as the index sees it."""

    text: str
    """Normalised."""
    gap: int
    """What stands between it and the word before it: 0 nothing or small words, 1 a word like "y", 2 anything else."""


class Match(NamedTuple, Generic[V]):
    """A phrase found in a message."""

    words: tuple[str, ...]
    """Of the phrase."""
    value: V
    """What it stands for."""
    likeness: Likeness
    """That of the word that is least alike."""


class Index(Generic[V]):
    """Phrases, each with a value, and the words they are made of. Compiled as far as it is used."""

    def __init__(
        self,
        phrases: Iterable[tuple[Name, V]],
        *,
        misspelt_from: int = 4,
        inflected: bool = True,
        endings: Endings = EVERYWHERE,
    ) -> None:
        """A word of a message may be misspelt from so many letters on, and be another form of one, with another of the
        `endings`, where words are `inflected`."""
        self._phrases: dict[str, tuple[tuple[Name, V], ...]] = {}
        self._words: set[str] = set()
        for name, value in phrases:
            begin = " ".join(name.words[:2])
            self._phrases[begin] = (*self._phrases.get(begin, ()), (name, value))
            self._words.update(name.words)
        self._misspelt_from = misspelt_from
        self._inflected = inflected
        self._endings = endings
        self._memory: dict[str, tuple[tuple[str, Likeness], ...]] = {}

    def matches(self, said: Sequence[Said], at: int) -> Iterator[Match[V]]:
        """The phrases that begin at a word of a message."""
        following = self.lookup(said[at + 1].text) if at + 1 < len(said) else ()
        for first, likeness in self.lookup(said[at].text):
            if likeness is not Likeness.LOOSE:
                for name, value in self._phrases.get(first, ()):
                    yield Match(name.words, value, likeness)
            for second, _ in following:
                for name, value in self._phrases.get(f"{first} {second}", ()):
                    worst = self._fits(name, said, at)
                    if worst is not None:
                        yield Match(name.words, value, max(likeness, worst))

    def _fits(self, name: Name, said: Sequence[Said], at: int) -> Likeness | None:
        """How alike the words after the first are, at worst; None where they are others."""
        worst = Likeness.SAME
        for wanted in name.words[1:]:
            at += 1
            if at >= len(said) or said[at].gap > name.joins:
                return None
            likeness = next((how for word, how in self.lookup(said[at].text) if word == wanted), None)
            if likeness is None:
                return None
            worst = max(worst, likeness)
        return worst

    def lookup(self, word: str) -> tuple[tuple[str, Likeness], ...]:
        """The words of the phrases that a word of a message may stand for, best first."""
        found = self._memory.get(word)
        if found is None:
            best: dict[str, Likeness] = {}
            for known, likeness in self._guesses(word):
                best[known] = min(likeness, best.get(known, likeness))
            found = tuple(best.items())
            if len(self._memory) >= _REMEMBERED:
                self._memory.clear()
            self._memory[word] = found
        return found

    def values(self, word: str) -> Iterator[V]:
        """What a word alone stands for."""
        return (value for _, value in self._phrases.get(word, ()))

    def __contains__(self, word: str) -> bool:
        return word in self._words

    def _guesses(self, word: str) -> Iterator[tuple[str, Likeness]]:
        plain_key = key(word)
        exact = [form for form in dict.fromkeys((word, plain_key)) if form in self]
        yield from ((form, Likeness.SAME) for form in exact)
        if word in NEVER:
            return
        if not exact and (known := self._plain.get(plain_key)):
            yield known, Likeness.SAME
            return
        itself = word.replace("ñ", "n") in NOT_MISSPELT
        inflected = self._inflected and len(word) > LEAST and word not in FIRST_NAMES
        forms = list(self._forms(word, itself)) if inflected else []
        if not (exact or itself or len(word) < self._misspelt_from):
            for form in dict.fromkeys((plain_key, word, bare(word) if self._inflected else word)):
                near = self._heard(form) or (() if forms else self._slips(form, sound(form)))
                yield from ((known, Likeness.NEAR) for known in near)
        yield from forms

    def _forms(self, word: str, itself: bool) -> Iterator[tuple[str, Likeness]]:
        """Words of the same family. With `itself` the word is an ordinary one, which is no form of another that is
        spelt otherwise or shares little with it."""
        for form in dict.fromkeys((key(word), word)):
            for root, kind in roots(form, self._endings):
                short = len(root) <= LEAST
                for known, other in self._of_root(root):
                    whole = other is Kind.WHOLE and (kind is Kind.WHOLE or (short and kind is not Kind.SMALL))
                    if whole or known == form or sound(known) == sound(form):
                        continue
                    if itself and (short or known[:LEAST] != form[:LEAST]):
                        if known[:2] == form[:2]:
                            yield known, Likeness.LOOSE
                    elif kind is not Kind.FINITE and (kind, other) != (Kind.WHOLE, Kind.FINITE):
                        yield known, Likeness.FORM
                    else:
                        yield known, Likeness.LOOSE if short else Likeness.FINITE

    def _heard(self, word: str) -> tuple[str, ...]:
        """Words said like a word, of which one is long enough that they are not told apart by their letters."""
        return tuple(known for known in self._said_like(sound(word)) if max(len(word), len(known)) >= _LONG)

    def _slips(self, word: str, heard: str) -> Iterator[str]:
        """Words at a small distance that begin alike."""
        if len(word) == 4 and word not in FIRST_NAMES:
            yield from (known for known in self._long.get(heard[:1], ()) if _vowel_short(word, known))
        if not _LONG <= len(word) <= MAX_WORD or word in FIRST_NAMES:
            return
        scored = []
        for known in self._long.get(heard[:1], ()):
            if abs(len(known) - len(word)) > 2:
                continue
            shorter = min(len(known), len(word))
            allowed = 2 if shorter >= 10 or (shorter >= 8 and sorted(word) == sorted(known)) else 1
            distance = min(
                DamerauLevenshtein.distance(word, known, score_cutoff=allowed),
                *(DamerauLevenshtein.distance(heard, sounded, score_cutoff=allowed) for sounded in _sounds_of(known)),
            )
            swapped = len(word) == len(known) and sorted(word) != sorted(known)
            if distance <= allowed and not (len(known) <= _LONG and swapped):
                scored.append((distance, known))
        yield from (known for _, known in sorted(scored))

    @cached_property
    def _plain(self) -> dict[str, str]:
        """Words with ñ as who has no such key writes them."""
        return {word.replace("ñ", "n"): word for word in sorted(self._words) if "ñ" in word}

    def _of_root(self, root: str) -> list[tuple[str, Kind]]:
        """The words that have a root, each with what its ending is."""
        return sorted(found for found in self._kin.by_root.get(root, ()) if found[0] in self)

    def _said_like(self, heard: str) -> list[str]:
        """The words that have a sound."""
        return sorted(word for word in self._kin.by_sound.get(heard, ()) if word in self)

    @cached_property
    def _kin(self) -> "Kin":
        """The words of every index whose words have such endings, these among them."""
        kin = kin_of(self._endings)
        kin.add(self._words)
        return kin

    @cached_property
    def _long(self) -> dict[str, tuple[str, ...]]:
        """Words long enough to be told when they are misspelt, by the sound they begin with."""
        found: dict[str, tuple[str, ...]] = {}
        for word in sorted(self._words):
            if len(word) >= _LONG or word.endswith("z"):
                first = sound(word)[:1]
                found[first] = (*found.get(first, ()), word)
        return found


class Kin:
    """Words by their roots and sounds. One for all businesses of a language, most of whose words are the same."""

    def __init__(self, endings: Endings) -> None:
        self._endings = endings
        self.by_root: dict[str, tuple[tuple[str, Kind], ...]] = {}
        """Root -> the words that have it, each with what its ending is."""
        self.by_sound: dict[str, tuple[str, ...]] = {}
        """Sound -> the words of four letters or more that have it."""
        self._words: set[str] = set()
        self._adding = Lock()

    def add(self, words: Set[str]) -> None:
        """Takes words in. Safe to call from several threads."""
        with self._adding:
            for word in words - self._words:
                for root, kind in roots(word, self._endings):
                    if kind is not Kind.SMALL:
                        self.by_root[root] = (*self.by_root.get(root, ()), (word, kind))
                if len(word) >= 4:
                    self.by_sound[sound(word)] = (*self.by_sound.get(sound(word), ()), word)
            self._words |= words


@cache
def kin_of(endings: Endings) -> Kin:
    """The words of every index whose words have such endings."""
    return Kin(endings)


def _sounds_of(word: str) -> Iterator[str]:
    """The sounds of a word, and of its plural where that is spelt otherwise."""
    if len(word) >= _LONG:
        yield sound(word)
    if word.endswith("z"):
        yield sound(f"{word[:-1]}ces")


def _vowel_short(word: str, known: str) -> bool:
    """Whether a word is another without a vowel: "brba", "barb"."""
    if known[:-1] == word and known[-1] in "aeo":
        return True
    return any(known[at] in "aeiou" and known[:at] + known[at + 1 :] == word for at in range(1, len(known) - 1))
