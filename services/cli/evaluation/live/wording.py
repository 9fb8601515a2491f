"""How customers word things: which wording the seed chooses, stock phrases, and styles. Pure."""

import random
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
LEAST_WORDS = 5
"""Words of a message that something is put before."""
MOST_TYPOS = 2
"""Wrong words in a message."""
_GREETING = re.compile(r"(hola|buen|oi\b|ola\b|olá|boa|bom|hi\b|hello|hey|good|che\b|oye)", re.I)
_WORD = re.compile(r"[^\W\d_]{5,}")


@cache
def stock(variety: str) -> Mapping[str, Any]:
    """The stock phrases of a variety, those of its language where it has none of its own."""
    texts = yaml.safe_load(Path(__file__).with_name("stock.yaml").read_text(encoding="utf-8"))
    return {**texts.get(variety.partition("-")[0], {}), **texts.get(variety, {})}


def chosen(wordings: tuple[str, ...] | list[str], mark: str, used: int) -> str:
    """The wording that a mark (seed, task, what is said) chooses; the next one for each time that it was used."""
    start = random.Random(mark).randrange(len(wordings))  # noqa: S311 - has to be the same again
    return wordings[(start + used) % len(wordings)]


def filled(text: str, words: Mapping[str, str]) -> str:
    """A text with what stands for its placeholders; those of nothing known are left out."""
    return " ".join(_PLACEHOLDER.sub(lambda found: words.get(found[1], ""), text).split())


def spelt_day(day: date, variety: str) -> str:
    """A day as a customer writes it."""
    phrases = stock(variety)
    weekday = phrases["weekdays"][day.weekday()]
    return str(phrases["day_of"].format(weekday=weekday, day=day.day, month=day.month))


def styled(text: str, style: str, variety: str, mark: str) -> str:
    """A text in a customer's style."""
    dice = random.Random(mark)  # noqa: S311 - has to be the same again
    if style == "terse":
        return text.strip(" .!¡¿").rstrip("?").lower() if "@" not in text else text.strip()
    if style == "typos":
        return _with_typos(text, dice)
    if style in ("chatty", "polite"):
        phrases = stock(variety)
        before, after = dice.choice(phrases[f"{style}_before"]), dice.choice(phrases[f"{style}_after"])
        ends = dice.choice(("before", "after", "both"))
        if ends != "after" and len(text.split()) >= LEAST_WORDS and not _GREETING.match(text):
            text = before + text
        if ends != "before" and not text.endswith("?"):
            text = text.rstrip(" .") + after
    return text


def _with_typos(text: str, dice: random.Random) -> str:
    """In one or two of the long words in small letters two neighbouring letters change places, or one is missing. What
    has a digit, a capital or an @ stays."""
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if word == word.lower() and "@" not in word and _WORD.search(word)]
    for at in dice.sample(long, min(len(long), dice.randint(1, MOST_TYPOS))):
        words[at] = _WORD.sub(lambda found: _misspelt(found[0], dice), words[at], count=1)
    return " ".join(words)


def _misspelt(word: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(word) - 2)
    if dice.random() < 1 / 2:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :]
