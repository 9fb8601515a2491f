"""Phone numbers in E.164, read with the workspace's country and area code."""

import re

import phonenumbers

from extractor.numbers import WORDS
from workspace.model import PhoneRules

_RUN = re.compile(r"\+?\(?[0-9](?:[ ().-]{0,3}[0-9]){5,16}")
_NOT_PHONE = re.compile(r"(?:dni|documento|cuit|cuil|cbu|cvu|tarjeta|cpf|rut|\$|alias)[ :]*(?:es |n[ro°]* )?$")
_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[.-][0-9]{1,2}[.-](?:20)?[0-9]{2}")
_SAID = {word: number for word, number in WORDS.items() if number < 100 and word not in ("an", "couple", "par")} | {
    "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90, "sessenta": 60, "oitenta": 80, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90, "meia": 6,
}  # fmt: skip
"""What a number word adds to a phone that is said."""
_SAID_WORD = re.compile(r"[a-zñ]+|[0-9]+|[,.-]")
_TIMES = {"doble": 2, "doble de": 2, "triple": 3, "double": 2}
LEAST_SAID = 4
"""Fewest number words that make a phone."""
MOST_SAID = 40
"""Words among which one phone is looked for."""
_CORRECTED = re.compile(r"\b(?:(?<!si )no|perdon|digo|mejor|sino|correcto|ahora|nuevo|sorry|actually|nao)\b")
MAX_RUNS = 8
"""Runs of figures that are looked at in one message."""


def find(folded: str, rules: PhoneRules) -> tuple[str, int, int] | None:
    """The phone in a folded text, the last one where the customer corrects it, with its span; or None."""
    found = None
    for match in list(_RUN.finditer(folded))[:MAX_RUNS]:
        if _NOT_PHONE.search(folded[max(0, match.start() - 24) : match.start()]) or _DATE.fullmatch(match[0]):
            continue
        new = _split(match, rules)
        if new and (found is None or _CORRECTED.search(folded[found[2] : new[1]])):
            found = new
    if found:
        return found
    return _spoken(folded, rules)


def _spoken(folded: str, rules: PhoneRules) -> tuple[str, int, int] | None:
    """A phone said in words, one by one or in pairs: "once cincuenta y cinco cincuenta y cinco ochenta veinte"."""
    words = list(_SAID_WORD.finditer(folded))
    index = 0
    while index < len(words):
        digits, after = _said(words, index)
        said = sum(word[0] in _SAID for word in words[index:after])
        if said >= LEAST_SAID and 8 <= len(digits) <= 15:
            number = normalise(digits, rules)
            if number:
                return number, words[index].start(), words[after - 1].end()
        index = max(after, index + 1)
    return None


def _said(words: list[re.Match[str]], index: int) -> tuple[str, int]:
    """The figures that words from a place on say, and the place after the last of them."""
    digits, after, times = "", index, 1
    last = min(len(words), index + MOST_SAID)
    while index < last and len(digits) < 20:
        word = words[index][0]
        if word in _TIMES:
            times = _TIMES[word]
        elif word.isdigit() or word in _SAID:
            number = _SAID.get(word, 0)
            if number >= 30 and number % 10 == 0 and _and_unit(words, index):
                number, index = number + _SAID[words[index + 2][0]], index + 2
            digits += (word if word.isdigit() else str(number)) * times
            times, after = 1, index + 1
        elif word not in (",", ".", "-") or not digits:
            break
        index += 1
    return digits, after


def _and_unit(words: list[re.Match[str]], index: int) -> bool:
    """Whether "y cinco" follows a place."""
    following = [word[0] for word in words[index + 1 : index + 3]]
    return len(following) == 2 and following[0] in ("y", "e") and 1 <= _SAID.get(following[1], 0) <= 9


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
    elif area_code and len(digits) == 10 - len(area_code):
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
