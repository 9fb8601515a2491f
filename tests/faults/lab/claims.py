"""What a reply claims to have happened. Pure, and independent of the templates that wrote it."""

import re
from enum import StrEnum

BOOKING_ID = re.compile(r"\bPB-[A-Z0-9]{6}\b")
DAY = re.compile(r"\b(\d{1,2})/(\d{1,2})\b")
TIME = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b")


class Claim(StrEnum):
    """The kinds of claim that matter."""

    BOOKED = "booked"
    MOVED = "moved"
    """Its day, hour, service, person, name or e-mail was changed."""
    CANCELLED = "cancelled"
    RESTORED = "restored"
    """What was cancelled is booked again."""
    NOTHING_DONE = "nothing done"
    UNSURE = "not sure yet"


_WORDS = {
    Claim.UNSURE: re.compile(r"no sé si|no pude confirmar", re.I),
    Claim.NOTHING_DONE: re.compile(r"no hice ningún cambio|no pude hacerlo", re.I),
    Claim.RESTORED: re.compile(r"vuelve a estar reservad|otra vez reservad|recuperé", re.I),
    Claim.MOVED: re.compile(
        r"qued(ó|o|a) cambiad|qued(ó|o) para|cambié|reprogram(é|ad)|moví|\bte (lo )?pas(é|o a)\b|dejé como estaba"
        r"|ahora es (con )?\w|te atiende \w+ en lugar|qued(ó|o) a nombre|e-mail qued(ó|o)"
        r"|pasé todo|dejé todo como estaba",
        re.I,
    ),
    Claim.CANCELLED: re.compile(r"qued(ó|o|a|aron) cancelad|(?<!no )cancelé|está cancelad|fue cancelad", re.I),
    Claim.BOOKED: re.compile(r"qued(ó|o|a|aste|aron) (reservad|agendad|confirmad)|reservé|agendé|te anoté", re.I),
}


def claim_of(reply: str) -> Claim | None:
    """What a reply claims; None when it claims nothing. A question claims nothing."""
    told = " ".join(sentence for sentence in _sentences(reply) if not sentence.endswith("?"))
    return next((claim for claim, words in _WORDS.items() if words.search(told)), None)


def told_as(claim: Claim, reply: str) -> str:
    """The part of a reply that tells of a claim: of a change its own sentences, as another may have met a no."""
    return " ".join(one for one in _sentences(reply) if claim is not Claim.MOVED or claim_of(one) is claim)


def _sentences(reply: str) -> list[str]:
    return re.split(r"(?<=[.?!])\s+", reply)


def ids_in(reply: str) -> list[str]:
    """The booking ids in a reply."""
    return BOOKING_ID.findall(reply)


def times_in(reply: str) -> list[str]:
    """The times in a reply, as HH:MM."""
    return [f"{int(hour):02}:{minute}" for hour, minute in TIME.findall(reply)]


def days_in(reply: str) -> list[tuple[int, int]]:
    """The days in a reply, as (day, month)."""
    return [(int(day), int(month)) for day, month in DAY.findall(reply)]
