"""How much work a message is to read, told from its words alone, and how much one message may be.

Every grammar reads the line once, and looks closer where a word begins; a number is looked at by those of dates,
hours and phones besides, and a word that was not met before in the message is compared with all that it may mean. So
what there is in a line says what reading it costs, before it is read.
"""

from collections import Counter
from dataclasses import dataclass

from extractor.text.normalised import normal, split
from extractor.text.numbers import WORDS

PER_WORD, PER_NUMBER, PER_CANDIDATE = 6, 4, 3
"""What a word, a number and a different word cost, where a character costs 1: fitted, from above, to the CPU time of
the texts of a search (tests/reading_cost.py)."""
MOST = 3_400
"""Work that one message may be. A usual one is under 500; of a story, a price list or a voice note as long as you
like it is at most 3,350, as no more than 1,200 characters are read; the dearest text that can be made would be
8,400."""


@dataclass(frozen=True)
class Work:
    """What there is to read in a message."""

    characters: int
    """Of the normalised line."""
    words: int
    """Of letters, and underscores, at which a word may begin too."""
    numbers: int
    """In figures or in words."""
    candidates: int
    """Different words: each is looked up once."""

    @property
    def units(self) -> int:
        """All together."""
        return self.characters + PER_WORD * self.words + PER_NUMBER * self.numbers + PER_CANDIDATE * self.candidates

    @property
    def too_much(self) -> bool:
        """Whether it is more than one message may be."""
        return self.units > MOST


def work_of(text: str) -> Work:
    """What reading a text takes. Its own cost is a small part of that."""
    characters = words = numbers = candidates = 0
    for word, count in Counter(split(text)).items():
        lettered = word[0].isalpha()
        form = normal(word) if lettered else word
        characters += count * (len(form) + 1)
        words += count * (lettered or word == "_")
        candidates += lettered
        numbers += count * (word[0].isdigit() or form in WORDS)
    return Work(characters, words, numbers, candidates)
