"""E-mail addresses, typed or spoken."""

import re

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
MAX_LOCAL, MAX_DOMAIN = 64, 120
"""Longest parts of an address that are read."""


def find(folded: str) -> tuple[str, int, int] | None:
    """The last address in a folded text, lower-case, with its span; or None."""
    found: tuple[str, int, int] | None = None
    for match in list(_SPOKEN_AT.finditer(folded))[:12]:
        candidate = _typed(folded, match.start()) if match[0] == "@" else None
        candidate = candidate or _spoken(folded, match.start(), match.end(), match[0] == "at")
        if candidate:
            found = candidate
    return found


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
    pieces: list[str] = []
    start, apart, joined = at, 0, True
    cue = any(match[0].rstrip(":") in _CUES or match[0] == ":" for match in words[-9:])
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
    return "".join(reversed(pieces)).strip("."), start


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
