"""Numbers in words and figures, Spanish, Portuguese and English."""

_ES = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciseis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidos",
    "veintitres",
    "veinticuatro",
    "veinticinco",
    "veintiseis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
    "treinta",
]
_PT = [
    "zero",
    "um",
    "dois",
    "tres",
    "quatro",
    "cinco",
    "seis",
    "sete",
    "oito",
    "nove",
    "dez",
    "onze",
    "doze",
    "treze",
    "quatorze",
    "quinze",
    "dezesseis",
    "dezessete",
    "dezoito",
    "dezenove",
    "vinte",
]
_EN = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]

WORDS: dict[str, int] = {word: value for words in (_EN, _PT, _ES) for value, word in enumerate(words)}
WORDS |= {
    "una": 1, "un": 1, "uma": 1, "duas": 2, "catorze": 14, "meia": 30, "thirty": 30, "trinta": 30, "forty": 40,
    "cuarenta": 40, "quarenta": 40, "cincuenta": 50, "cinquenta": 50, "fifty": 50, "an": 1, "couple": 2, "par": 2,
}  # fmt: skip
for _tens, _base in (("treinta", 30), ("cuarenta", 40), ("cincuenta", 50)):
    WORDS |= {f"{_tens} y {unit}": _base + value for value, unit in enumerate(_ES[1:10], 1)}
for _tens, _base in (("vinte", 20), ("trinta", 30), ("quarenta", 40), ("cinquenta", 50)):
    WORDS |= {f"{_tens} e {unit}": _base + value for value, unit in enumerate(_PT[1:10], 1)}
for _tens, _base in (("twenty", 20), ("thirty", 30), ("forty", 40), ("fifty", 50)):
    WORDS |= {f"{_tens} {unit}": _base + value for value, unit in enumerate(_EN[1:10], 1)}
WORDS |= {f"veinti {unit}": 20 + value for value, unit in enumerate(_ES[1:10], 1)}
WORDS |= {f"diez y {unit}": 10 + value for value, unit in enumerate(_ES[6:10], 6)}

ORDINALS = {
    "primero": 1, "primer": 1, "primeiro": 1, "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5,
    "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13,
    "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19,
    "twentieth": 20, "twenty first": 21, "twenty second": 22, "twenty third": 23, "twenty fourth": 24,
    "twenty fifth": 25, "twenty sixth": 26, "twenty seventh": 27, "twenty eighth": 28, "twenty ninth": 29,
    "thirtieth": 30, "thirty first": 31,
}  # fmt: skip


def _pattern(words: dict[str, int], low: int, high: int, skip: frozenset[str] = frozenset()) -> str:
    chosen = sorted((word for word, n in words.items() if low <= n <= high and word not in skip), key=len, reverse=True)
    return "|".join(chosen)


HOUR = rf"(?:(?:[01]?[0-9]|2[0-4])(?![0-9])|(?:{_pattern(WORDS, 0, 24, frozenset({'un', 'an', 'couple', 'par'}))})\b)"
"""An hour in figures or words."""
MINUTE = rf"(?:[0-5]?[0-9](?![0-9])|(?:{_pattern(WORDS, 1, 59, frozenset({'meia', 'an', 'couple', 'par'}))})\b)"
"""A minute in figures or words."""
DAY = (
    rf"(?:(?:0?[1-9]|[12][0-9]|3[01])(?![0-9])(?: (?:ro|st|nd|rd|th|ero)\b)?"
    rf"|(?:{_pattern(ORDINALS, 1, 31)}|{_pattern(WORDS, 1, 31, frozenset({'an', 'couple', 'par', 'meia'}))})\b)"
)
"""A day of the month in figures or words."""
COUNT = rf"(?:[1-9][0-9]?(?![0-9])|(?:{_pattern(WORDS, 1, 59, frozenset({'meia'}))})\b)"
"""A number of days or weeks."""


def value(text: str) -> int | None:
    """The number that a matched text stands for."""
    text = text.strip()
    head = text.split(" ")[0]
    if head.isdigit():
        return int(head)
    found = WORDS.get(text)
    return ORDINALS.get(text) if found is None else found
