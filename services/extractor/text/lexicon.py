"""Words that are never a person's name, and first names that are, in plain letters."""

from extractor.text.word_lists import words

COMMON = words("common")
"""Words that are no part of a person's name when written in lower case or after "soy"."""
NOT_NAMES = COMMON | words("said")
"""Those, and what customers write of other things: verbs, goods, places. Misspellings are not corrected to them."""
NOT_MISSPELT = NOT_NAMES | words("ordinary")
"""Words that stand for themselves, however near they are to the name of a service."""
FIRST_NAMES = words("first_names")
"""First names common where we are; a lower-case word among these may begin a name."""
SURNAMES = words("surnames")
"""Common words that are also surnames; they end a name when written with a capital."""
PARTICLES = frozenset(
    (
        "de",
        "del",
        "la",
        "las",
        "los",
        "da",
        "das",
        "do",
        "dos",
        "di",
        "van",
        "von",
        "der",
        "y",
        "e",
        "san",
        "santa",
        "mc",
        "mac",
    )
)
"""Small words inside names; kept in lower case."""
