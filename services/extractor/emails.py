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
_IGNORED = frozenset(["todo", "junto", "minuscula", "minusculas", "minúscula", "minúsculas", "en", "el", "la"])
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
        "electrónico",
        "anota",
        "anotá",
        "escribime",
        "mandame",
        "is",
        "my",
        "meu",
        "é",
        "e",
        "seria",
        "sería",
        "direccion",
        "deletreo",
        "con",
        "soy",
        "te",
        "lo",
        "paso",
        "dejo",
        "este",
        "con",
        "sale",
        "si",
        "sí",
        "claro",
        "dale",
        "para",
        "por",
        "tu",
        "su",
        "address",
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
    for match in words[:8]:
        word = match[0].strip("!?)")
        sign = _SIGNS.get(word)
        if want_label:
            label = word.rstrip(".")
            if not label or any(char not in _DOMAIN for char in label):
                break
            built, want_label, stop = built + label, False, match.end()
            if "." in label and word != label:
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
    start, plain_words, low, joined = at, 0, False, True
    cue = any(
        match[0].strip(":") in ("es", "mail", "email", "correo", "is", "é") or match[0] == ":" for match in words[-9:]
    )
    for place in range(len(words) - 1, max(-1, len(words) - 17), -1):
        match = words[place]
        word = match[0]
        sign = _SIGNS.get(word) if word != "," else None
        if word in _LOW:
            low = True
        elif word in _MIDDLE and place and _SIGNS.get(words[place - 1][0]) == "-":
            continue
        elif word in ("junto", "junta", "minuscula", "minusculas", "todo") and pieces:
            break
        elif sign:
            pieces.append("_" if low else sign)
            low, joined = False, True
        elif word in _IGNORED and not pieces:
            continue
        elif any(char not in _LOCAL for char in word) or (word in _STOPS and (pieces or word != "a")):
            if not (len(word) == 1 and word in _LOCAL and joined):
                break
            pieces.append(word)
        elif len(word) <= 1 or word.isdigit() or joined or cue:
            plain_words += len(word) > 1 and not joined
            if plain_words > 3:
                break
            pieces.append(word)
            joined = len(word) == 1
        else:
            break
        start = match.start()
    return "".join(reversed(pieces)).strip("."), start
