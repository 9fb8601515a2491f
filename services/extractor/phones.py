"""Phone numbers in E.164, read with the workspace's country and area code."""

import re

import phonenumbers

from workspace.model import PhoneRules

_RUN = re.compile(r"\+?\(?[0-9](?:[ ().-]{0,3}[0-9]){5,16}")
_NOT_PHONE = re.compile(r"(?:dni|documento|cuit|cuil|cbu|cvu|tarjeta|cpf|rut|\$|alias)[ :]*(?:es |n[ro°]* )?$")
_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[.-][0-9]{1,2}[.-](?:20)?[0-9]{2}")
_SPOKEN = {
    "cero": "0", "uno": "1", "una": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6",
    "siete": "7",
    "ocho": "8", "nueve": "9", "zero": "0", "um": "1", "dois": "2", "quatro": "4", "sete": "7", "oito": "8",
    "nove": "9",
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9",
}  # fmt: skip
_SPOKEN_RUN = re.compile(rf"\b(?:(?:{'|'.join(_SPOKEN)}|[0-9]+)[ ,.-]{{1,2}}){{7,14}}(?:{'|'.join(_SPOKEN)})\b")
_CORRECTED = re.compile(r"\b(?:no|perdon|digo|mejor|sino|correcto|ahora|nuevo|sorry|actually|nao)\b")
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
    spoken = _SPOKEN_RUN.search(folded)
    if spoken:
        digits = "".join(_SPOKEN.get(word, word) for word in re.findall(r"[a-z]+|[0-9]+", spoken[0]))
        number = normalise(digits, rules)
        return (number, spoken.start(), spoken.end()) if number else None
    return None


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
