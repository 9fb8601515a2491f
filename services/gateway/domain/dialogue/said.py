"""A message as the transitions see it, what becomes of a dialogue, and which appointments it is about.
Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from turn.meaning import KnownAppointment, Meaning
from turn.tasks import CANCEL, Dialogue, Written


@dataclass(frozen=True)
class Said:
    """A message, as the transitions see it."""

    meaning: Meaning
    added: tuple[str, ...] = ()
    """Services wanted besides those that are known."""
    now: str = ""
    """When it came, ISO 8601 in UTC."""
    is_vague: bool = False
    """Whether it names a part of the day only, and no hour."""
    names_none: bool = False
    """Whether it names no service, not even one that only says which appointment is meant."""

    @property
    def has_values(self) -> bool:
        """Whether it says what, when, with whom or for how many."""
        meaning = self.meaning
        return bool(meaning.days or meaning.times or meaning.items or meaning.people or meaning.not_services)

    @property
    def is_of_all(self) -> bool:
        """Whether its day or hour is for all that was written together."""
        meaning = self.meaning
        return self.names_none and not meaning.told_which and bool(meaning.days or meaning.times)

    @property
    def names_service(self) -> bool:
        """Whether it names a service."""
        return any(item.service for item in self.meaning.items)

    @property
    def appointments(self) -> tuple[str, ...]:
        """Ids of the customer's appointments that it refers to."""
        refs = (ref.partition(":") for ref in self.meaning.refers_to)
        ids = [id_ for kind, _, id_ in refs if kind in ("appointment", "done")]
        return tuple(dict.fromkeys(filter(None, ids or [self.datum("booking_id")])))

    @property
    def offer(self) -> int:
        """Number, from 1, of the offer that it takes; 0 for none."""
        numbers = [ref[6:] for ref in self.meaning.refers_to if ref.startswith("offer:")]
        return int(numbers[0]) if numbers and numbers[0].isdigit() else 0

    def datum(self, slot: str) -> str:
        """A datum that it gives; empty when it does not."""
        return next((given.value for given in self.meaning.data if given.slot == slot), "")

    def refers_to(self, *what: str) -> bool:
        """Whether it refers to "any", "another", "none", "all" or "both"."""
        return any(ref in what for ref in self.meaning.refers_to)


@dataclass(frozen=True)
class Next:
    """What becomes of a dialogue."""

    dialogue: Dialogue
    notes: tuple[str, ...] = ()
    """What the reply must know besides, of `turn.steps`."""
    confirmed: bool = False
    """Whether the write that waits may be done now."""


Transition = Callable[[Dialogue, Said], Next]


def owned(dialogue: Dialogue) -> tuple[KnownAppointment, ...]:
    """The customer's own appointments, as far as they were looked up."""
    return dialogue.customer.appointments if dialogue.customer else ()


def last_standing(dialogue: Dialogue) -> Written | None:
    """The last write whose appointment still stands."""
    last = dialogue.done[-1] if dialogue.done else None
    return last if last and last.after else None


def written_together(dialogue: Dialogue) -> tuple[str, ...]:
    """Ids of what the last write made, all of a group."""
    last = dialogue.done[-1]
    return tuple(one.id for one in dialogue.done if one.at == last.at and one.kind == last.kind and one.after)


def unknown_code(dialogue: Dialogue, said: Said) -> bool:
    """Whether a message names an appointment by a code that is none of the customer's own."""
    code = said.datum("booking_id")
    return bool(code) and dialogue.customer is not None and code not in {one.id for one in owned(dialogue)}


def only(dialogue: Dialogue) -> tuple[str, ...]:
    """The customer's only appointment; what was written last, where nobody knows what else there is."""
    written, own = last_standing(dialogue), owned(dialogue)
    if len(own) == 1:
        return (own[0].id,)
    return (written.id,) if written and not own else ()


def was_cancelled(dialogue: Dialogue) -> bool:
    """Whether a cancellation is what was written last."""
    return bool(dialogue.done) and dialogue.done[-1].kind == CANCEL


def all_of(dialogue: Dialogue, said: Said) -> tuple[str, ...]:
    """All of the customer's own, where a message is about them all."""
    return tuple(one.id for one in owned(dialogue)) if said.refers_to("all", "both") else ()


def of_service(dialogue: Dialogue, said: Said) -> tuple[str, ...]:
    """The customer's only appointment of a service that the message names."""
    names = {item.service for item in said.meaning.items if item.service}
    found = [one.id for one in owned(dialogue) if one.service in names]
    return tuple(found) if len(found) == 1 else ()
