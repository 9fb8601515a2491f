"""What a model that was trained for this task is told: short, without examples.

The fixed instructions, the business and the calendar come first and are the same for all messages of a
business on a day, so that an engine's prefix cache holds them; then one short turn. A message is told
in plain words, as the rest of the extractor reads it; what mixes letters, digits and signs (an e-mail,
an id) is told as written, in lower case.
"""

import re
from datetime import date, timedelta

from extractor.reading.message import MessageInContext
from extractor.slm.prompt import read_file
from extractor.text.normalised import fold, view
from turn.model import SLOT_NAMES
from workspace.model import Workspace

_ALIASES = 9
"""Other names that are told of each service."""
_SHORT_FORMS = 4
"""Other names that are told of each member of staff."""
_NEXT_DAYS = 14
"""Days that the calendar tells, today among them."""
_DAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
_CODE = re.compile(r"@|(?=\S*[0-9])(?=\S*[a-z])\S{6}")
"""What is told as written: an e-mail, or letters and digits mixed."""
_SPACED_SIGN = re.compile(r" ?([.,;:!?/()%$+\-&¿¡_\"]) ?")
_WORDLESS = "-"
"""Told for a message without any word, such as a lone emoji."""


def instructions() -> str:
    """The fixed part."""
    return str(read_file()["tuned"]["instructions"]).strip()


def version() -> str:
    """Its name and version."""
    return str(read_file()["tuned"]["version"])


def business_told(workspace: Workspace) -> str:
    """What a model must know of a business: services, staff, when it is open, how phones are read."""
    services = [_named(service.name, service.aliases[:_ALIASES]) for service in workspace.services]
    staff = [_named(member.name, member.aliases[:_SHORT_FORMS]) for member in workspace.staff]
    spans = [span for day in workspace.hours.values() for span in day]
    first, last = min(span.start for span in spans), max(span.end for span in spans)
    return "\n".join(
        [
            "servicios",
            *services,
            "equipo",
            *staff,
            f"abierto {first:%H:%M} a {last:%H:%M}",
            f"telefono {workspace.phone.country} {workspace.phone.area_code}".rstrip(),
        ]
    )


def calendar(today: date) -> str:
    """Today and the days after it, so that a model looks a day up instead of counting."""
    days = [today + timedelta(days) for days in range(_NEXT_DAYS)]
    told = [f"{_DAYS[day.weekday()]} {day.isoformat()}" for day in days]
    return "\n".join(["hoy " + told[0], "mañana " + told[1], *told[2:]])


def day_and_turn(message: MessageInContext, workspace: Workspace) -> str:
    """The calendar of the message's day, and the turn."""
    return f"{calendar(message.reference.astimezone(workspace.zone).date())}\n{turn_told(message)}"


def turn_told(message: MessageInContext) -> str:
    """The turn and the message. Of what is known only the names of the slots are told, no values."""
    known = ",".join(slot for slot in SLOT_NAMES if slot in message.known_slots)
    parts = [
        f"tarea {message.active_intent}" if message.active_intent else "",
        f"pregunta {message.asked_slot}" if message.asked_slot else "",
        f"sabido {known}" if known else "",
        f"mensaje {told(message.text)}",
    ]
    return "\n".join(part for part in parts if part)


def told(text: str) -> str:
    """A message in plain words, on one line: signs without blanks around them, codes as written."""
    seen = view(text)
    pieces: list[str] = []
    for chunk in re.finditer(r"\S+", seen.raw):
        as_written = fold(chunk[0])
        if _CODE.search(as_written):
            pieces.append(as_written)
            continue
        tokens = [token for token in seen.tokens if chunk.start() <= token.start < chunk.end()]
        pieces += [seen.line[token.at : token.at + len(token.text)] for token in tokens]
    return _SPACED_SIGN.sub(r"\1", " ".join(piece for piece in pieces if piece)) or _WORDLESS


def _named(name: str, aliases: tuple[str, ...]) -> str:
    words = dict.fromkeys([fold(name), *(fold(alias) for alias in aliases)])
    return f"{name}={','.join(words)}"
