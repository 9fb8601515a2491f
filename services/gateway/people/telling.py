"""What a person is told of a hand-over, in words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.handover import HandoverKind
from gateway.domain.message import phone_of
from gateway.people.packs import say, word
from turn.vocabulary import HandoverReason
from workspace.model import Workspace
from workspace.people import Person

MOST_QUOTED = 300
"""Longest text of a customer that is quoted, in characters."""
MOST_VARIABLE = 255
"""Longest variable of a template, in characters."""
_TOLD = {HandoverKind.REQUEST: "requests", HandoverKind.NOTICE: "notices"}
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


@dataclass(frozen=True)
class Said:
    """The newest message of a hand-over and whose it is."""

    number: int
    kind: HandoverKind
    address: str
    reason: HandoverReason
    text: str
    unsaid: str = ""


def listeners(workspace: Workspace, kind: HandoverKind | None) -> list[Person]:
    """Who is told of hand-overs of a kind, or without one of bookings."""
    what = _TOLD[kind] if kind else "bookings"
    return [person for person in workspace.people if what in person.tell]


def news(locale: str, address: str, reply: str) -> str:
    """What somebody is told of what a customer has booked, changed or cancelled: what the customer was told."""
    return say(locale, "news", customer=contact(address), text=one_line(reply, 2 * MOST_QUOTED))


def channels(person: Person) -> list[str]:
    """The ways to tell somebody, by the name of their field."""
    ways: Mapping[str, str] = {"whatsapp": person.whatsapp, "email": person.email, "callback": person.callback}
    return [name for name, where in ways.items() if where]


def locale_of(workspace: Workspace, person: Person) -> str:
    """The language of what somebody is told."""
    return person.locale or workspace.locale


def told(locale: str, said: Said, *, again: bool = False) -> str:
    """What somebody is told of a hand-over."""
    key = "notice" if said.kind is HandoverKind.NOTICE else "again" if again else "request"
    return say(locale, key, **_values(locale, said))


def relayed(locale: str, said: Said) -> str:
    """What who has a conversation is told of the customer's next message."""
    return say(
        locale, "relay_unsaid" if said.unsaid else "relay", **_values(locale, said), unsaid=one_line(said.unsaid)
    )


def as_json(workspace: Workspace, said: Said, handover_id: str, event: str, opened_at: float) -> dict[str, Any]:
    """What a callback is told."""
    return {
        "event": event,
        "workspace": workspace.id,
        "handover": {
            "id": handover_id,
            "number": said.number,
            "kind": said.kind.value,
            "reason": said.reason.value,
            "opened_at": opened_at,
        },
        "customer": said.address,
        "text": said.text,
        "unsaid": said.unsaid,
    }


def contact(address: str) -> str:
    """A customer's phone, or their address on another channel."""
    return phone_of(address) or one_line(address)


def age(locale: str, seconds: float) -> str:
    """How long ago something was."""
    for name, length in (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE)):
        if seconds >= length:
            return word(locale, "ages", name, n=int(seconds // length))
    return word(locale, "ages", "now")


def one_line(text: str, most: int = MOST_QUOTED) -> str:
    """A text as one line of so many characters at most, without anything that does not print."""
    line = "".join(char for char in " ".join(text.split()) if char.isprintable())
    return line if len(line) <= most else line[: most - 1] + "…"


def _values(locale: str, said: Said) -> dict[str, object]:
    return {
        "number": said.number,
        "customer": contact(said.address),
        "reason": word(locale, "reasons", said.reason.value),
        "text": one_line(said.text) or say(locale, "attachment"),
    }
