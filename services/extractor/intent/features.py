"""Hashed features of a message and its context, for the intent model.

Words (one and two), characters (two to five, inside word bounds), the shape of the message, the slot
just asked for and the task under way, and the words crossed with the context. Deterministic: the hash
is CRC-32, the same on every machine.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from zlib import crc32

from extractor.intent.intent_text import NO_LEXICON, Lexicon, tokens_of

BITS = 16
"""The feature space has 2 ** BITS places."""
SIZE = 1 << BITS
_MASK = SIZE - 1

_FILLERS = frozenset(
    {
        "hola", "buenas", "buenos", "buen", "dia", "dias", "tardes", "noches", "che", "porfavor", "gracias",
        "holis", "hey", "hi", "hello", "good", "oi", "ola", "bom", "boa", "tarde", "noite", "bien", "tal", "si",
        "bueno", "dale", "ok", "disculpa", "disculpe", "perdon", "mira", "oye", "ey", "zemoji",
    }
)  # fmt: skip
_QUESTIONS = frozenset(
    {
        "que", "cual", "cuales", "cuanto", "cuantos", "cuanta", "cuantas", "cuando", "como", "donde", "adonde",
        "quien", "quienes", "what", "which", "how", "when", "where", "who", "whats", "quanto", "quanta",
        "quando", "onde", "quem", "qual", "quais",
    }
)  # fmt: skip
_FLOWS = frozenset({"book", "cancel", "reschedule"})

Features = tuple[list[int], list[float]]
"""Places in the feature space, and their values; places may repeat and then add up."""


def featurise(text: str, asked_slot: str = "", active_intent: str = "", lexicon: Lexicon = NO_LEXICON) -> Features:
    """The features of one message."""
    words = tokens_of(text, lexicon)
    groups = (
        (1.0, list(_word_features(words))),
        (1.0, [place for word in words for place in _char_features(word)]),
        (0.7, list(_shape_features(words))),
        (1.0, list(_context_features(words, asked_slot or "none", active_intent or "none"))),
        (1.0, list(_crossed_features(words, asked_slot or "none", active_intent or "none"))),
    )
    places: list[int] = []
    values: list[float] = []
    for weight, group in groups:
        if group:
            places += group
            values += [weight / math.sqrt(len(group))] * len(group)
    return places, values


def place_of(name: str) -> int:
    """Where a named feature lives."""
    return crc32(name.encode("utf-8", "surrogatepass")) & _MASK


def _word_features(words: list[str]) -> Iterator[int]:
    previous = "^"
    for word in words:
        yield place_of(f"w {word}")
        yield place_of(f"b {previous} {word}")
        previous = word
    yield place_of(f"b {previous} $")


@lru_cache(maxsize=8192)
def _char_features(word: str) -> tuple[int, ...]:
    """Character n-grams of one word; tokens that stand for something have none."""
    if word.startswith("z") and word[1:] in _STANDINS:
        return ()
    bounded = f"<{word}>"
    return tuple(
        place_of(f"c {bounded[at : at + size]}")
        for size in range(2, 6)
        for at in range(max(1, len(bounded) - size + 1))
        if at + size <= len(bounded)
    )


_STANDINS = frozenset(
    {
        "url", "email", "id", "time", "date", "part", "day", "days", "code", "phone", "num", "big", "svc",
        "nosvc", "staff", "emoji",
    }
)  # fmt: skip


def _core(words: list[str]) -> list[str]:
    """The words without greetings and politeness."""
    return [word for word in words if word not in _FILLERS]


def _shape_features(words: list[str]) -> Iterator[int]:
    core = _core(words)
    yield place_of(f"s length {min(len(words), 3) if len(words) < 4 else 4 + min(len(words) // 4, 5)}")
    yield place_of(f"s core {min(len(core), 4)}")
    yield place_of(f"s asks {'?' in words} {bool(core) and core[0] in _QUESTIONS}")
    if core:
        yield place_of(f"s first {' '.join(core[:2])}")
        yield place_of(f"s first3 {' '.join(core[:3])}")
    if len(core) <= 5:
        yield place_of(f"s whole {' '.join(core)}")
    seen = sorted({word for word in words if word[0] == "z" and word[1:] in _STANDINS})
    yield place_of(f"s seen {' '.join(seen)}")
    yield place_of(f"s only {bool(seen) and all(word in seen for word in core)}")


def _context_features(words: list[str], asked: str, active: str) -> Iterator[int]:
    core = _core(words)
    flow = active in _FLOWS
    yield place_of(f"x active {active}")
    yield place_of(f"x asked {asked}")
    yield place_of(f"x both {active} {asked}")
    yield place_of(f"x length {active} {min(len(core), 5)}")
    yield place_of(f"x asks {active} {'?' in words} {bool(core) and core[0] in _QUESTIONS}")
    yield place_of(f"x asked-length {flow} {asked} {min(len(core), 5)}")
    if len(core) <= 4:
        yield place_of(f"x whole {flow} {' '.join(core)}")


def _crossed_features(words: list[str], asked: str, active: str) -> Iterator[int]:
    flow = active in _FLOWS
    previous = "^"
    for word in words:
        yield place_of(f"a {active} {word}")
        yield place_of(f"f {flow} {previous} {word}")
        if asked != "none":
            yield place_of(f"q {asked} {word}")
        previous = word
