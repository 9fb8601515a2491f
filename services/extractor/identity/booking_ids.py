"""Ids of appointments: PB- and six letters or figures, in any case and spacing."""

import re

_PREFIXED = re.compile(
    r"(?<![a-z0-9])(?:p\.?b|p ?\.? b(?![a-z0-9])) ?\.? ?(?:[-_:.#]|guion|"
    r"dash)? ?((?:[a-z0-9][ .-]?){5}[a-z0-9])(?![a-z0-9])"
)
_ALONE = re.compile(
    r"(?<![a-z0-9@.-])([a-z0-9]{6}|[a-z0-9]{3}[ -][a-z0-9]{3}|(?:[a-z0-9]{2}[ -]){2}[a-z0-9]{2}|"
    r"(?:[a-z0-9] ){5}[a-z0-9])(?![a-z0-9@])"
)
_CUED = re.compile(r"\b(?:codigo|reserva|id|numero de reserva|numero de turno|code|booking)(?: (?:es|is|:))?:? ?$")


def find(folded: str, raw: str, asked: bool) -> tuple[str, int, int] | None:
    """The last id in a folded text, in its canonical form, with its span; or None.

    `asked` says that the assistant has just asked for it, so that the six characters alone are one.
    """
    found = None
    for match in _PREFIXED.finditer(folded):
        body = re.sub(r"[^a-z0-9]", "", match[1])
        glued = "-" in match[0][: match[0].find(match[1][0], 2)] or raw[match.start() : match.end()].isupper()
        if len(body) == 6 and (glued or any(char.isdigit() for char in body)) and _compact(match[1], body):
            found = (f"PB-{body.upper()}", match.start(), match.end())
    return found or _alone(folded, raw, asked)


def _compact(text: str, body: str) -> bool:
    """Whether the six characters are written together or spelt evenly, not words in a row."""
    pieces = [piece for piece in re.split(r"[ .-]", text) if piece]
    return len(pieces) == 1 or len({len(piece) for piece in pieces}) == 1 or any(char.isdigit() for char in body)


def _alone(folded: str, raw: str, asked: bool) -> tuple[str, int, int] | None:
    for match in _ALONE.finditer(folded):
        body = re.sub(r"[^a-z0-9]", "", match[1])
        figures = sum(char.isdigit() for char in body)
        mixed = 0 < figures < 6
        capitals = raw[match.start() : match.end()].isupper()
        if (asked and (mixed or figures == 6 or capitals)) or (
            mixed and _CUED.search(folded[max(0, match.start() - 40) : match.start()])
        ):
            return f"PB-{body.upper()}", match.start(), match.end()
    return None
