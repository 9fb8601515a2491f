"""E-mail addresses, typed or spoken."""

import re

from extractor.letters import initials, spelt
from extractor.letters import joined as undashed

_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._+-")
_DOMAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")
_SPOKEN_AT = re.compile(r"(?<![^\W_])(?:arroba|arrova|arobas?|\(at\)|\[at\]|at)(?![^\W_])|@")
_WORD = re.compile(r"[^\s,;:!?()<>\"]+|[,;:()]")
_SIGNS = {
    "punto": ".", "ponto": ".", "dot": ".", "pto": ".", "point": ".", ".": ".", ",": ".",
    "guion": "-", "guión": "-", "hyphen": "-", "dash": "-", "traco": "-", "hifen": "-", "-": "-", "menos": "-",
    "underscore": "_", "subrayado": "_", "_": "_", "underline": "_", "guionbajo": "_", "sublinhado": "_",
}  # fmt: skip
_LOW = frozenset(("bajo", "baja", "baixo"))
_MIDDLE = frozenset(("medio", "media", "comun"))
_FILLERS = frozenset(("todo", "junto", "junta", "minuscula", "minusculas", "en"))
_CUES = frozenset(("es", "mail", "email", "correo", "is", "e"))
_SEPARATORS = frozenset(".-_")
_STOPS = frozenset(
    [
        "es",
        "mail",
        "email",
        "correo",
        "e-mail",
        "gmail.com",
        "mi",
        "el",
        "la",
        "al",
        "a",
        "y",
        "com",
        "o",
        "electronico",
        "anota",
        "escribime",
        "mandame",
        "is",
        "my",
        "meu",
        "e",
        "seria",
        "direccion",
        "deletreo",
        "con",
        "soy",
        "te",
        "lo",
        "paso",
        "dejo",
        "este",
        "sale",
        "si",
        "claro",
        "dale",
        "para",
        "por",
        "tu",
        "su",
        "address",
        "ese",
        "mando",
    ]
)
_PROVIDERS = frozenset(
    [
        "gmail",
        "hotmail",
        "outlook",
        "yahoo",
        "live",
        "icloud",
        "proton",
        "protonmail",
        "fibertel",
        "msn",
        "uol",
        "bol",
        "terra",
    ]
)
_SORRY = (
    r"(?:no|nao|perdon|perdona|digo|mentira|mejor|sorry|quise decir|i mean|me equivoque|esper[ae]|era|es|ay|uy|ups)"
)
_AGAIN = re.compile(
    rf" ?[a-z0-9.]{{2,20}}(?: (?:punto|dot|ponto) [a-z]{{2,4}}){{0,2}}[ ,.;-]{{1,3}}(?:{_SORRY}[ ,.;]{{1,2}}){{1,3}}"
)
"""What stands between two at-signs of one address that is put right."""
_NOT_THAT = re.compile(r"([a-z0-9][a-z0-9._+-]{1,63}),? (?:y )?no [a-z0-9][a-z0-9._+-]{1,63} ?,? ?$")
_INSTEAD = re.compile(
    rf"[ ,.;-]{{1,3}}(?:{_SORRY}[ ,.;]{{1,2}}){{1,3}}((?:gmail|hotmail|yahoo|outlook|live|"
    rf"icloud)\.[a-z]{{2,3}}(?:\.[a-z]{{2}})?)(?![a-z])"
)
MAX_LOCAL, MAX_DOMAIN = 64, 120
"""Longest parts of an address that are read."""


def find(folded: str) -> tuple[str, int, int] | None:
    """The last address in a folded text, lower-case, with its span; or None."""
    found: tuple[str, int, int] | None = None
    before: tuple[str, int, int] | None = None
    for match in list(_SPOKEN_AT.finditer(folded))[:12]:
        candidate = _corrected(folded, before, match) or _chosen(folded, match)
        candidate = candidate or (_typed(folded, match.start()) if match[0] == "@" else None)
        candidate = candidate or _spoken(folded, match.start(), match.end(), match[0] == "at")
        if candidate:
            found = _other_domain(folded, candidate)
            local, _, domain = found[0].partition("@")
            found = f"{undashed(local)}@{domain}", found[1], found[2]
        local, start = _local(list(_WORD.finditer(folded, max(0, match.start() - 120), match.start())), match.start())
        before = (found[0].split("@")[0], found[1], match.end()) if candidate and found else (local, start, match.end())
    return found


def _corrected(text: str, before: tuple[str, int, int] | None, match: re.Match[str]) -> tuple[str, int, int] | None:
    """An address whose domain is said again: "caro arroba gmail, perdón, arroba hotmail punto com"."""
    if before is None or not before[0] or not _AGAIN.fullmatch(text[before[2] : match.start()]):
        return None
    domain, stop = _domain(list(_WORD.finditer(text, match.end(), min(len(text), match.end() + 80))), match.end())
    return (f"{before[0]}@{domain}", before[1], stop) if _valid(before[0], domain) else None


def _chosen(text: str, match: re.Match[str]) -> tuple[str, int, int] | None:
    """An address whose first part is put right: "ana.paz2, no ana.paz, arroba gmail.com"."""
    pair = _NOT_THAT.search(text[max(0, match.start() - 150) : match.start()])
    if pair is None:
        return None
    domain, stop = _domain(list(_WORD.finditer(text, match.end(), min(len(text), match.end() + 80))), match.end())
    start = max(0, match.start() - 150) + pair.start(1)
    return (f"{pair[1]}@{domain}", start, stop) if _valid(pair[1], domain) else None


def _other_domain(text: str, found: tuple[str, int, int]) -> tuple[str, int, int]:
    """The address with the domain that the customer names after it: "ana@gmail.com, no, hotmail.com"."""
    match = _INSTEAD.match(text[found[2] : found[2] + 80])
    if match is None or not _valid("a", match[1]):
        return found
    return found[0].split("@")[0] + "@" + match[1], found[1], found[2] + match.end()


def _typed(text: str, at: int) -> tuple[str, int, int] | None:
    start = at
    while start > 0 and at - start < MAX_LOCAL and text[start - 1] in _LOCAL:
        start -= 1
    end = at + 1
    while end < len(text) and end - at <= MAX_DOMAIN and text[end] in _DOMAIN:
        end += 1
    local, domain = text[start:at].strip("."), text[at + 1 : end].rstrip(".-")
    if text[at + 1 + len(domain) :].startswith(",com") and "." not in domain:
        domain, end = domain + ".com", at + 1 + len(domain) + 4
    if len(local) < 2 and start > 1 and text[start - 1] == " ":
        return None
    return (f"{local}@{domain}", start, end) if _valid(local, domain) else None


def _valid(local: str, domain: str) -> bool:
    labels = domain.split(".")
    return bool(
        local
        and not local.startswith((".", "-"))
        and ".." not in local
        and len(labels) > 1
        and all(label and not label.startswith("-") and not label.endswith("-") for label in labels)
        and len(labels[-1]) >= 2
        and labels[-1].isalpha()
    )


def _spoken(text: str, at: int, end: int, weak: bool) -> tuple[str, int, int] | None:
    """An address said in words: "juan guion bajo perez arroba gmail punto com"."""
    left = list(_WORD.finditer(text, max(0, at - 120), at))
    right = list(_WORD.finditer(text, end, min(len(text), end + 80)))
    domain, stop = _domain(right, end)
    local, start = _local(left, at)
    if weak and not (stop and domain.split(".")[0] in _PROVIDERS):
        return None
    return (f"{local}@{domain}", start, stop) if _valid(local, domain) else None


def _domain(words: list[re.Match[str]], end: int) -> tuple[str, int]:
    """Reads words after the at-sign while they make a domain."""
    built, stop, want_label = "", end, True
    for place, match in enumerate(words[:8]):
        word = match[0].strip("!?)")
        sign = _SIGNS.get(word)
        if want_label:
            label = word.rstrip(".")
            if not label or any(char not in _DOMAIN for char in label):
                break
            built, want_label, stop = built + label, False, match.end()
            if "." in label and word != label:
                break
        elif word == "," and (place + 1 >= len(words) or words[place + 1][0] not in ("com", "net", "org", "ar")):
            break
        elif sign == "." or (sign == "-" and "." not in built):
            built, want_label = built + sign, True
        elif word.startswith(".") and len(word) > 1 and all(char in _DOMAIN for char in word):
            built, stop = built + word, match.end()
        else:
            break
    return built.rstrip(".-"), stop


def _local(words: list[re.Match[str]], at: int) -> tuple[str, int]:
    """Reads words before the at-sign backwards while they make the name of an address."""
    in_letters = spelt(words)
    if in_letters:
        return in_letters
    pieces: list[str] = []
    start, apart, joined = at, 0, True
    cue = any(match[0].rstrip(":") in _CUES or match[0] == ":" for match in words[-9:])
    tail = [match[0] for match in words[-4:]]
    cue = cue or "junto" in tail or "junta" in tail
    for word, begin in reversed(_signed(words[-16:])):
        if word in _SEPARATORS:
            pieces.append(word)
            joined = True
        elif word in _FILLERS:
            if pieces:
                break
            continue
        elif not _belongs(word, bool(pieces), joined):
            break
        elif len(word) == 1 or word.isdigit() or joined or cue:
            apart += len(word) > 1 and not joined
            if apart > 3:
                break
            pieces.append(word)
            joined = len(word) == 1
        else:
            break
        start = begin
    return "".join(initials(pieces[::-1])).strip("."), start


def _signed(words: list[re.Match[str]]) -> list[tuple[str, int]]:
    """Words with the signs that they spell ("guion bajo" -> "_"), and where each begins."""
    found: list[tuple[str, int]] = []
    for match in words:
        word = match[0]
        after_dash = bool(found) and found[-1][0] == "-"
        if after_dash and word in _LOW:
            found[-1] = ("_", found[-1][1])
        elif word == "," and found and len(found[-1][0]) == 1:
            continue
        elif not (after_dash and word in _MIDDLE):
            found.append((_SIGNS.get(word, word) if word != "," else word, match.start()))
    return found


def _belongs(word: str, begun: bool, joined: bool) -> bool:
    """Whether a word may be part of an address."""
    if any(char not in _LOCAL for char in word):
        return False
    stops = word in _STOPS and (begun or word != "a")
    return not stops or (len(word) == 1 and joined)
