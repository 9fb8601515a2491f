"""Finds the services and the staff of one workspace in a message.

Everything comes from the manifest: canonical names, aliases and what is not offered. Forgiven are
accents, plurals, diminutives ("cortecito"), forms of verbs ("cortarse" for "cortarme"), sounds
written alike ("keratina", "queratina") and small slips of the finger.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz.distance import DamerauLevenshtein

from extractor.lexicon import FIRST_NAMES, NOT_MISSPELT
from extractor.message import Mention
from extractor.phrases import BEFORE_NAMES, Phrase, key, phrases
from extractor.sounds import sound
from extractor.text import Token, View, fold
from extractor.word_lists import words
from workspace.model import Workspace

_DIMINUTIVE = re.compile(r"(?:ec|c|s|z|qu)?it[oa]s?$|inh[oa]s?$")
_OF = re.compile(r" (?:de|del|de la|de las|de los|da|das|do|dos|en la|en las|en los|para|de mis) ")
_ARTICLES = frozenset(("una", "unas", "uno", "unos", "un"))
_POSSESSED = frozenset(
    ["las", "mis", "de", "hacerme", "arreglarme", "pintarme", "tus", "sus", "con", "mi", "hacer", "y", "para"]
)
_AFTER_NOUN = words("after_noun")
"""Words that may follow a noun."""
_INSIDE_WORDS = frozenset(("", "-", "."))
"""Signs that names of services and staff have inside: "blow-dry", "Dra. Paredes"."""
_CACHE = 4000
MOST = 24
"""Services and staff of one message that are looked at."""
MAX_WORDS, MAX_WORD = 160, 24
"""Words of a message, and letters of a word, in which the catalogue is looked for."""


class Catalogue:
    """The services and staff of one workspace, compiled for looking up."""

    def __init__(self, workspace: Workspace) -> None:
        known = list(phrases(workspace))
        self._starts: dict[tuple[str, ...], list[Phrase]] = {}
        for phrase in sorted(known, key=lambda one: -len(one.keys)):
            self._starts.setdefault(phrase.keys[:2], []).append(phrase)
        self._words = {word for phrase in known for word in phrase.keys}
        self._plain = {word.replace("ñ", "n"): word for word in self._words}
        self._sounds: dict[str, str] = {}
        self._stems: dict[str, list[str]] = {}
        for word in sorted(self._words):
            if len(word) > 4:
                self._sounds.setdefault(sound(word), word)
            self._stems.setdefault(re.sub(r"[aeio]$", "", word), []).append(word)
        plain_words = {word for phrase in known if not phrase.derived for word in phrase.keys}
        self._long: dict[str, list[str]] = {}
        for word in sorted(word for word in plain_words if len(word) >= 5):
            self._long.setdefault(sound(word)[:1], []).append(word)
        self._staff = {word for phrase in known if phrase.slot == "staff_name" for word in phrase.keys}
        self._memory: dict[str, tuple[str, ...]] = {}

    def find(self, view: View, asked: str | None) -> list[Mention]:
        """Services and staff that a message mentions, in order."""
        tokens = [token for token in view.tokens if token.text not in _INSIDE_WORDS and view.visible(token)]
        tokens = tokens[: MAX_WORDS * 2 // 3] + tokens[max(MAX_WORDS * 2 // 3, len(tokens) - MAX_WORDS // 3) :]
        mentions = list(self._scan(tokens, asked))
        mentions = mentions[: MOST * 2 // 3] + mentions[max(MOST * 2 // 3, len(mentions) - MOST // 3) :]
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

    def _match(self, tokens: Sequence[Token], index: int, asked: str | None) -> Phrase | None:
        before = tokens[index - 1].text.split(" ")[-1] if index else ""
        word = tokens[index].text
        for first in self._lookup(word):
            if (
                first not in (key(word), word)
                and first in self._plain.values()
                and word in _ARTICLES
                and (before not in _POSSESSED or _an_article(tokens[index + 1 : index + 2]))
            ):
                continue
            for phrase in self._starting(first, tokens[index + 1 : index + 2]):
                if self._fits(phrase, tokens, index, before, asked):
                    return phrase
        return None

    def _starting(self, first: str, following: Sequence[Token]) -> Iterator[Phrase]:
        """Phrases that begin with a word and the word after it, longest first."""
        for token in following:
            for second in self._lookup(token.text):
                yield from self._starts.get((first, second), ())
        yield from self._starts.get((first,), ())

    def _fits(self, phrase: Phrase, tokens: Sequence[Token], index: int, before: str, asked: str | None) -> bool:
        if phrase.before is not None and before not in phrase.before and asked != phrase.slot:
            return False
        if before in phrase.never_after or index + len(phrase.keys) > len(tokens):
            return False
        if phrase.slot == "staff_name" and not self._named(phrase, tokens[index].text, before, asked):
            return False
        rest = zip(phrase.keys[1:], tokens[index + 1 :], strict=False)
        return all(wanted in self._lookup(token.text) for wanted, token in rest)

    @staticmethod
    def _named(phrase: Phrase, word: str, before: str, asked: str | None) -> bool:
        """Whether a word may stand for a name: a slip of the finger counts only where a name is expected."""
        if key(word) == phrase.keys[0] or sound(key(word)) == sound(phrase.keys[0]):
            return True
        return (asked == "staff_name" or before in BEFORE_NAMES) and fold(word) not in FIRST_NAMES

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
        if word.endswith("s") and word[:-1] in self._words:
            yield word[:-1]
            return
        if plain_key in self._plain and word not in ("una", "un", "uno", "unos"):
            yield self._plain[plain_key]
            return
        if len(word) < 4 or word.replace("ñ", "n") in NOT_MISSPELT:
            return
        yield from self._near(plain_key)

    def _near(self, word: str) -> Iterator[str]:
        alike = self._sounds.get(sound(word))
        if alike:
            yield alike
            return
        stem = _DIMINUTIVE.sub("", word)
        if stem != word and len(stem) >= 2:
            for form in (stem, re.sub(r"[aeio]$", "", stem), stem.replace("qu", "k"), re.sub(r"(?:ec|c|s)$", "", stem)):
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
        if len(word) == 4 and word not in FIRST_NAMES:
            yield from (known for known in self._long.get(sound(word)[:1], ()) if _vowel_short(word, known))
        if not 5 <= len(word) <= MAX_WORD or word in FIRST_NAMES:
            return
        scored = []
        for known in self._long.get(sound(word)[:1], ()):
            if abs(len(known) - len(word)) > 2:
                continue
            shorter = min(len(known), len(word))
            allowed = 2 if shorter >= 10 or (shorter >= 8 and sorted(word) == sorted(known)) else 1
            distance = DamerauLevenshtein.distance(word, known, score_cutoff=allowed)
            swapped = len(word) == len(known) and sorted(word) != sorted(known)
            if distance <= allowed and not (len(known) <= 5 and swapped):
                scored.append((distance, known))
        yield from (known for _, known in sorted(scored))


def _vowel_short(word: str, known: str) -> bool:
    """Whether a word is another without a vowel: "brba", "barb"."""
    if known[:-1] == word and known[-1] in "aeo":
        return True
    return any(known[at] in "aeiou" and known[:at] + known[at + 1 :] == word for at in range(1, len(known) - 1))


def _an_article(following: Sequence[Token]) -> bool:
    """Whether the word after "unas" makes it an article: "unas mechas", not "para las unas con Lu"."""
    return any(token.text[0].isalpha() and token.text.split(" ")[0] not in _AFTER_NOUN for token in following)


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
_IDIOM = re.compile(r"\b(?:a|(?:ech|d)[a-z]{1,4}(?: con)? una|mas a) (?P<it>mano)\b(?! alzada)")
"""Words that only look like something of the catalogue: "a mano", "me das una mano"."""
_NO_ROOTS = re.compile(r"\ba (?P<it>raiz) de\b|\b(?P<it2>raiz) (?:de [0-9]|cuadrada)")
"""Because of, or a number's: "a raíz de eso", "la raíz de 81"."""
_NOT_A_WISH = re.compile(r"\b(?:ademas del?|aparte del?|fuera del?|besides|alem d[eo]) $")


def _specific(mentions: list[Mention], line: str) -> list[Mention]:
    """Leaves out services that the customer only says were done elsewhere."""
    idioms = {idiom.start("it") for idiom in _IDIOM.finditer(line)}
    idioms |= {found.start("it") if found["it"] else found.start("it2") for found in _NO_ROOTS.finditer(line)}
    return [
        mention
        for mention in mentions
        if not (
            mention.slot == "service_type"
            and (
                mention.start in idioms
                or _DONE_ALREADY.search(line[max(0, mention.start - 40) : mention.start + 3])
                or _NOT_A_WISH.search(line[max(0, mention.start - 40) : mention.start])
            )
        )
    ]
