"""Finds the services and the staff of one workspace in a message.

Everything comes from the manifest: canonical names, aliases and what is not offered. Forgiven are
accents, plurals, diminutives ("cortecito"), forms of verbs ("cortarse" for "cortarme"), sounds
written alike ("keratina", "queratina") and small slips of the finger.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import DamerauLevenshtein

from extractor.lexicon import COMMON, FIRST_NAMES
from extractor.message import Mention
from extractor.text import Token, View, fold
from workspace.model import Workspace

_WORD = re.compile(r"[^\W\d_]+")
_DIMINUTIVE = re.compile(r"(?:ec|c|s|z|qu)?it[oa]s?$|inh[oa]s?$")
_VERB = re.compile(r"^(\w{2,}[^aeiou])([aei])rme$")
_SOUNDS = (("qu", "k"), ("ce", "se"), ("ci", "si"), ("ch", "\0"), ("c", "k"), ("\0", "ch"), ("v", "b"), ("z", "s"),
           ("ll", "y"), ("h", ""), ("x", "s"), ("ph", "f"), ("w", "u"))  # fmt: skip
_OF = re.compile(r" (?:de|del|de la|de las|de los|da|das|do|dos|en la|en las|en los|para|de mis) ")
_SHORT_NAME_BEFORE = frozenset(
    [
        "con",
        "de",
        "a",
        "la",
        "el",
        "y",
        "o",
        "para",
        "tipo",
        "seria",
        "señora",
        "señor",
        "com",
        "with",
        "do",
        "da",
        "prefiero",
        "quiero",
    ]
)
_ARTICLES = frozenset(("una", "unas", "uno", "unos", "un"))
_POSSESSED = frozenset(
    ["las", "mis", "de", "hacerme", "arreglarme", "pintarme", "tus", "sus", "con", "mi", "hacer", "y", "para"]
)
_SHORT_OF_NOUN = frozenset(
    ["pelo", "cabello", "cabelo", "muy", "re", "mas", "bien", "tan", "medio", "lo", "es", "hair", "tengo"]
)
_CACHE = 4000
NOTHING = ""
"""Value of a mention of something that the workspace does not offer."""


@dataclass(frozen=True)
class _Phrase:
    keys: tuple[str, ...]
    value: str
    slot: str
    before: frozenset[str] | None = None
    """Words of which one must come before; None when any may."""
    never_after: frozenset[str] = frozenset()
    """Words that must not come before."""
    derived: bool = False
    """Whether it was made from an alias, so that misspellings of it do not count."""


def key(word: str) -> str:
    """The form under which a word is looked up: folded, singular; ñ is kept."""
    word = fold(word)
    if len(word) > 4 and word.endswith("es") and word[-3] in "rlndzj":
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def sound(word: str) -> str:
    """How a word sounds, roughly, so that "barva" is "barba"."""
    word = word.replace("ñ", "n")
    for old, new in _SOUNDS:
        word = word.replace(old, new)
    return re.sub(r"(.)\1+", r"\1", re.sub(r"y$", "i", word))


class Catalogue:
    """The services and staff of one workspace, compiled for looking up."""

    def __init__(self, workspace: Workspace) -> None:
        phrases = list(_phrases(workspace))
        self._starts: dict[str, list[_Phrase]] = {}
        for phrase in sorted(phrases, key=lambda one: -len(one.keys)):
            self._starts.setdefault(phrase.keys[0], []).append(phrase)
        self._words = {word for phrase in phrases for word in phrase.keys}
        self._plain = {word.replace("ñ", "n"): word for word in self._words}
        self._sounds: dict[str, str] = {}
        self._stems: dict[str, list[str]] = {}
        for word in sorted(self._words):
            if len(word) > 4:
                self._sounds.setdefault(sound(word), word)
            self._stems.setdefault(re.sub(r"[aeio]$", "", word), []).append(word)
        plain_words = {word for phrase in phrases if not phrase.derived for word in phrase.keys}
        self._long = sorted(word for word in plain_words if len(word) >= 5)
        self._staff = {word for phrase in phrases if phrase.slot == "staff_name" for word in phrase.keys}
        self._memory: dict[str, tuple[str, ...]] = {}

    def find(self, view: View, asked: str | None) -> list[Mention]:
        """Services and staff that a message mentions, in order."""
        tokens = [token for token in view.tokens if token.text and view.visible(token)]
        mentions = list(self._scan(tokens, asked))
        return _specific(_related(mentions, view.line), view.line)

    def knows(self, word: str) -> bool:
        """Whether a word, exactly or nearly, belongs to the catalogue."""
        return bool(self._lookup(word))

    def is_staff(self, word: str) -> bool:
        """Whether a word is (part of) a staff member's name."""
        return any(found in self._staff for found in self._lookup(word))

    def _scan(self, tokens: Sequence[Token], asked: str | None) -> Iterator[Mention]:
        index = 0
        while index < len(tokens):
            phrase = self._match(tokens, index, asked)
            if phrase is None:
                index += 1
                continue
            last = tokens[index + len(phrase.keys) - 1]
            yield Mention(phrase.slot, phrase.value, tokens[index].at, last.at + len(last.text))
            index += len(phrase.keys)

    def _match(self, tokens: Sequence[Token], index: int, asked: str | None) -> _Phrase | None:
        before = tokens[index - 1].text.split(" ")[-1] if index else ""
        word = tokens[index].text
        for first in self._lookup(word):
            if (
                first not in (key(word), word)
                and first in self._plain.values()
                and word in _ARTICLES
                and before not in _POSSESSED
            ):
                continue
            for phrase in self._starts.get(first, ()):
                if self._fits(phrase, tokens, index, before, asked):
                    return phrase
        return None

    def _fits(self, phrase: _Phrase, tokens: Sequence[Token], index: int, before: str, asked: str | None) -> bool:
        if phrase.before is not None and before not in phrase.before and asked != phrase.slot:
            return False
        if before in phrase.never_after or index + len(phrase.keys) > len(tokens):
            return False
        if phrase.slot == "staff_name" and not self._named(phrase, tokens[index].text, before, asked):
            return False
        rest = zip(phrase.keys[1:], tokens[index + 1 :], strict=False)
        return all(wanted in self._lookup(token.text) for wanted, token in rest)

    @staticmethod
    def _named(phrase: _Phrase, word: str, before: str, asked: str | None) -> bool:
        """Whether a word may stand for a name: a slip of the finger counts only where a name is expected."""
        if key(word) == phrase.keys[0] or sound(key(word)) == sound(phrase.keys[0]):
            return True
        return (asked == "staff_name" or before in _SHORT_NAME_BEFORE) and fold(word) not in FIRST_NAMES

    def _lookup(self, word: str) -> tuple[str, ...]:
        found = self._memory.get(word)
        if found is None:
            found = tuple(dict.fromkeys(self._guesses(word)))
            if len(self._memory) < _CACHE:
                self._memory[word] = found
        return found

    def _guesses(self, word: str) -> Iterator[str]:
        """Words of the catalogue that a word of a message may stand for, best first."""
        if not word[0].isalpha():
            return
        plain_key = key(word)
        if plain_key in self._words or word in self._words:
            yield from (form for form in (word, plain_key) if form in self._words)
            return
        if plain_key in self._plain and word not in ("una", "un", "uno", "unos"):
            yield self._plain[plain_key]
            return
        if len(word) < 4 or word.replace("ñ", "n") in COMMON:
            return
        yield from self._near(plain_key)

    def _near(self, word: str) -> Iterator[str]:
        alike = self._sounds.get(sound(word))
        if alike:
            yield alike
            return
        stem = _DIMINUTIVE.sub("", word)
        if stem != word and len(stem) >= 2:
            for form in (stem, stem.replace("qu", "k"), re.sub(r"(?:ec|c|s)$", "", stem)):
                if form in self._stems:
                    yield from self._stems[form]
                    return
            whole = re.sub(r"it(?=[oa]s?$)", "", word)
            if key(whole) in self._words:
                yield key(whole)
                return
        yield from self._slips(word)

    def _slips(self, word: str) -> Iterator[str]:
        """Words at a small distance that begin alike."""
        if len(word) < 5 or word in FIRST_NAMES:
            return
        heard = sound(word)
        scored = []
        for known in self._long:
            if abs(len(known) - len(word)) > 2 or sound(known)[:1] != heard[:1]:
                continue
            allowed = 2 if min(len(known), len(word)) >= 8 else 1
            distance = DamerauLevenshtein.distance(word, known, score_cutoff=allowed)
            swapped = len(word) == len(known) and sorted(word) != sorted(known)
            if distance <= allowed and not (len(known) <= 5 and swapped):
                scored.append((distance, known))
        yield from (known for _, known in sorted(scored))


def _phrases(workspace: Workspace) -> Iterator[_Phrase]:
    for service in workspace.services:
        for alias in (service.name, *service.aliases):
            yield from _forms(alias, service.name)
    for word in workspace.not_offered:
        yield from _forms(word, NOTHING)
    for member in workspace.staff:
        for alias in (member.name, *member.aliases):
            keys = _keys(alias)
            before = _SHORT_NAME_BEFORE if len("".join(keys)) <= 3 else None
            yield _Phrase(keys, member.name, "staff_name", before)


def _forms(alias: str, value: str) -> Iterator[_Phrase]:
    """An alias and, where it is a verb like "cortarme", the forms that customers use."""
    keys = _keys(alias)
    yield _Phrase(keys, value, "service_type")
    match = _VERB.match(keys[0]) if len(keys) == 1 else None
    if match is None:
        return
    stem, vowel = match[1], match[2]
    infinitive = f"{stem}{vowel}r"
    joined = [
        infinitive + end for end in ("", "se", "te", "le", "lo", "la", "no", "melo", "mela", "telo", "nos", "les")
    ]
    joined += [stem + end for end in (("ame", "ate", "arias", "arian") if vowel == "a" else ("eme", "ime", "ite"))]
    for form in joined:
        yield _Phrase((key(form),), value, "service_type", derived=True)
    yield _Phrase((f"{stem}o",), value, "service_type", never_after=_SHORT_OF_NOUN, derived=True)
    ends = ("a", "an", "en", "e", "amos", "aron", "ara") if vowel == "a" else ("e", "en", "an", "a", "imos", "ieron")
    for end in ends:
        for before in ("me", "le", "se", "nos", "te", "lo"):
            yield _Phrase((before, key(stem + end)), value, "service_type", derived=True)


def _keys(alias: str) -> tuple[str, ...]:
    return tuple(key(word) for word in _WORD.findall(fold(alias)))


def _related(mentions: Iterable[Mention], line: str) -> list[Mention]:
    """Leaves out the first half of "corte de barba" or "tinte de cejas": the second says what it is."""
    kept: list[Mention] = []
    for mention in mentions:
        last = kept[-1] if kept else None
        if last and last.slot == mention.slot == "service_type" and _OF.fullmatch(line[last.end : mention.start]):
            kept[-1] = Mention(mention.slot, mention.value, last.start, mention.end)
        else:
            kept.append(mention)
    return kept


_DONE_ALREADY = re.compile(
    r"\bya me (?:lo |la |los |las )?(?:hice |hicieron |hic[a-z]+ )?(?:el |la |las |los |un |una )?$"
)
_NOT_A_WISH = re.compile(r"\b(?:ademas del?|aparte del?|fuera del?|besides|alem d[eo]) $")


def _specific(mentions: list[Mention], line: str) -> list[Mention]:
    """Leaves out services that the customer only says were done elsewhere."""
    return [
        mention
        for mention in mentions
        if not (
            mention.slot == "service_type"
            and (_DONE_ALREADY.search(line[: mention.start + 3]) or _NOT_A_WISH.search(line[: mention.start]))
        )
    ]
