"""Phone numbers in E.164, typed or said, read with the workspace's country and area code."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import phonenumbers

from extractor.identity.datum import Datum, How
from extractor.identity.dictation import FIGURES, NUMBER_WORDS, doubled_figure, listed, spoken_number
from extractor.identity.doubts import doubted
from workspace.model import PhoneRules

_RUN = re.compile(r"\+?\(?[0-9](?:[ ().-]{0,3}[0-9]){5,16}")
_NOT_PHONE = re.compile(r"(?:dni|documento|cuit|cuil|cbu|cvu|tarjeta|cpf|rut|\$|alias)[ :]*(?:es |n[ro°]* )?$")
_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[.-][0-9]{1,2}[.-](?:20)?[0-9]{2}")
_TOKEN = re.compile(r"[a-z]+|[0-9]+|\S")
_PAUSES = frozenset(",.-()")
_CLOCK = re.compile(r"[0-9]{1,2}[:/.][0-9]{2}")
_CUES, _GAPS, _OR, _OF_HOURS = listed("phone_cues"), listed("phone_gaps"), listed("or"), listed("before_hours")
LEAST_SAID = 4
"""Fewest number words that make a phone."""
MOST_SAID = 40
"""Words among which one phone is looked for."""
MOST_WAYS = 3
"""Numbers of one phone that may be read in two ways, as "treinta cuatro" is 34 or 30 and 4."""
FEWEST_DIGITS, LEAST_ASKED = 4, 5
"""Digits that are a phone cut short: after "mi teléfono es", and where it was asked for."""
_CORRECTED = re.compile(r"\b(?:(?<!si )no|perdon|digo|mejor|sino|correcto|ahora|nuevo|sorry|actually|nao)\b")
MAX_RUNS = 8
"""Runs of figures that are looked at in one message."""
Span = tuple[int, int]


def find(folded: str, rules: PhoneRules, asked: bool = False) -> tuple[Datum, list[Span]] | None:
    """The phone in a plain text, the last one where it is corrected, with the places of all; or None.

    Its value is empty where digits were given for one that are too few or too many. `asked` says that the assistant
    has just asked for it.
    """
    found = sorted([*_typed(folded, rules), *_said(folded, rules)], key=lambda one: one.start)[:MAX_RUNS]
    if not found:
        short = _unusable(folded, asked)
        return (short, [(short.start, short.end)]) if short else None
    chosen, either = found[0], False
    for before, after in pairwise(found):
        between = folded[before.end : after.start]
        if _CORRECTED.search(between):
            chosen, either = after, False
        elif after.value != chosen.value and _OR.intersection(between.split()):
            either = True
    reason = "doubted" if doubted(folded, chosen.start, chosen.end) else "two ways" if either else chosen.reason
    datum = Datum("client_phone", chosen.value, chosen.start, chosen.end, chosen.how, not reason, reason)
    return datum, [(one.start, one.end) for one in found]


def _typed(folded: str, rules: PhoneRules) -> Iterator[Datum]:
    """The phones in figures."""
    for match in list(_RUN.finditer(folded))[:MAX_RUNS]:
        if not (_NOT_PHONE.search(folded[max(0, match.start() - 24) : match.start()]) or _DATE.fullmatch(match[0])):
            new = _split(match, rules)
            if new:
                yield Datum("client_phone", *new, "typed", sure=True)


def _said(folded: str, rules: PhoneRules) -> Iterator[Datum]:
    """The phones in words, one by one or in groups: "once cincuenta y cinco cincuenta y cinco ochenta veinte"."""
    for run in _runs(folded):
        if run.said >= LEAST_SAID:
            read = [normalise(way, rules) for way in run.ways if 8 <= len(way) <= 15]
            numbers = list(dict.fromkeys(number for number in read if number))
            if numbers:
                reason = "two ways" if len(numbers) > 1 else ""
                yield Datum("client_phone", numbers[0], run.start, run.end, "spelt", not reason, reason)


@dataclass(frozen=True, slots=True)
class _Run:
    """Figures and numbers in words that follow one another."""

    ways: Sequence[str]
    """The figures that they say, in every way."""
    said: int
    """How many words are numbers."""
    start: int
    end: int
    before: Sequence[str]
    """The words before them."""
    others: frozenset[str]
    """All other words of the text."""


def _runs(folded: str) -> Iterator[_Run]:
    tokens = list(_TOKEN.finditer(folded))
    words = [token[0] for token in tokens]
    places = (place for place, word in enumerate(words) if word.isdigit() or word in NUMBER_WORDS)
    after = 0
    for index in places:
        if index >= after:
            ways, said, after = _figures(words, index)
            if after > index:
                others = frozenset(words[:index]) | frozenset(words[after:])
                start, end = tokens[index].start(), tokens[after - 1].end()
                yield _Run(ways, said, start, end, words[max(0, index - 6) : index], others)


def _figures(words: Sequence[str], index: int) -> tuple[list[str], int, int]:
    """The figures that words from a place on say, in every way; how many are words; the place after the last."""
    groups: list[tuple[str, ...]] = []
    after, said, doubts = index, 0, 0
    last = min(len(words), index + MOST_SAID)
    while index < last:
        word = words[index]
        number = spoken_number(words, index)
        twice = doubled_figure(words, index)
        if word.isdigit():
            groups, index = [*groups, (word,)], index + 1
        elif twice:
            groups, index, said = [*groups, (twice,)], index + 2, said + 1
        elif number and not (number[2] or doubts == MOST_WAYS):
            tens = str(int(number[0]) // 10 * 10)
            groups, doubts = [*groups, (number[0], tens + number[0][-1])], doubts + 1
            index, said = number[1], said + 2
        elif number:
            said += number[1] - index if int(number[0]) < 100 else 1
            groups, index = [*groups, (number[0],)], number[1]
        elif groups and word in FIGURES:
            groups, index, said = [*groups, (FIGURES[word],)], index + 1, said + 1
        elif groups and word in _PAUSES:
            index += 1
            continue
        else:
            break
        after = index
    return ["".join(way) for way in product(*groups)], said, after


def _unusable(folded: str, asked: bool) -> Datum | None:
    """Digits given for a phone that are too few, or too many, to be one."""
    for run in list(_runs(folded))[:MAX_RUNS]:
        other = _NOT_PHONE.search(folded[max(0, run.start - 24) : run.start])
        if other or _CLOCK.search(folded[run.start : run.end + 3]):
            continue
        digits = len(run.ways[0])
        alone = asked and len(run.others) <= 4 and not _OF_HOURS.intersection(run.others)
        if (digits >= FEWEST_DIGITS and _cued(run.before)) or (digits >= LEAST_ASKED and alone):
            how: How = "spelt" if run.said else "typed"
            return Datum("client_phone", "", run.start, run.end, how, False, "too short" if digits < 11 else "too long")
    return None


def _cued(before: Sequence[str]) -> bool:
    """Whether what stands before a number says that it is a phone."""
    for word in reversed(before):
        if word in _CUES:
            return True
        if word not in _GAPS and word != ":":
            return False
    return False


def _split(match: re.Match[str], rules: PhoneRules) -> tuple[str, int, int] | None:
    """The number in a run of figures, leaving out groups before or after it that are something else."""
    number = normalise(match[0], rules)
    if number:
        return number, match.start(), match.end()
    groups = list(re.finditer(r"[+(]*[0-9]+\)?", match[0]))
    for drop_head, drop_tail in ((1, 0), (0, 1), (1, 1), (2, 0), (0, 2)):
        kept = groups[drop_head : len(groups) - drop_tail or None]
        if not kept:
            continue
        start, end = kept[0].start(), kept[-1].end()
        number = normalise(match[0][start:end], rules)
        if number:
            return number, match.start() + start, match.start() + end
    return None


def normalise(text: str, rules: PhoneRules) -> str | None:
    """A phone as written -> E.164, or None when it cannot be one."""
    digits = re.sub(r"[^0-9]", "", text)
    if text.lstrip(" (").startswith("+") or digits.startswith("00"):
        digits = digits.removeprefix("00")
        if digits.startswith("54"):
            return _argentine(digits, rules) or _parsed("+" + digits, None)
        return _parsed("+" + digits, None)
    if len(digits) < 7:
        return None
    if rules.country == "AR":
        local = _argentine(digits, rules)
        return local or (_parsed("+" + digits, None) if len(digits) >= 11 and not digits.startswith("0") else None)
    national = rules.area_code + digits if rules.area_code and len(digits) <= 8 else digits
    return _parsed(national, rules.country) or (_parsed("+" + digits, None) if len(digits) >= 11 else None)


def _argentine(digits: str, rules: PhoneRules) -> str | None:
    """Argentine numbers: the trunk 0 and the mobile 15 go, area code and mobile 9 come."""
    if digits.startswith("54") and len(digits) >= 12:
        digits = digits[2:].removeprefix("9")
    elif digits.startswith("9") and len(digits) == 11:
        digits = digits[1:]
    digits = digits.removeprefix("0")
    if len(digits) == 12:
        for area in (2, 3, 4):
            if digits[area : area + 2] == "15":
                digits = digits[:area] + digits[area + 2 :]
                break
    area_code = rules.area_code if rules.country == "AR" else ""
    if digits.startswith("15") and len(digits) == 12 - len(area_code) and area_code:
        digits = area_code + digits[2:]
    elif area_code and len(digits) == 10 - len(area_code) and not digits.startswith(area_code):
        digits = area_code + digits
    if len(digits) != 10 or digits.startswith(("0", "15")):
        return None
    return _parsed("+549" + digits, None, strict=False)


def _parsed(text: str, country: str | None, strict: bool = True) -> str | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    good = phonenumbers.is_valid_number(number) if strict else phonenumbers.is_possible_number(number)
    if not good and strict and text.startswith("+"):
        good = phonenumbers.is_possible_number(number) and len(text) >= 11
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if good else None
