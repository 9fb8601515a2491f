"""What a message may be about besides what was asked, as the extractor is told. Pure."""

from dataclasses import replace

from turn.meaning import MOST_KNOWN, WRITER, Done, Known, KnownAppointment, OfferedTime
from turn.tasks import CANCEL, CHANGE, RESTORE, Dialogue

_ACTS = {CHANGE: "change", CANCEL: "cancel", RESTORE: "change"}


def known_of(dialogue: Dialogue) -> Known:
    """The offers of the front task, the customer's own appointments as far as they were looked up, and what was
    written of late."""
    front = dialogue.front
    offers = front.offers if front else ()
    return Known(
        offers=tuple(
            OfferedTime(
                offer.day, offer.time, offer.items[0].staff if len(offer.items) == 1 else "", offer.items[0].service
            )
            for offer in offers[:MOST_KNOWN]
        ),
        appointments=_own(dialogue)[:MOST_KNOWN],
        done=tuple(
            Done(
                _ACTS.get(each.kind, "book"),
                each.id,
                each.before.day if each.before else "",
                each.before.time if each.before else "",
            )
            for each in dialogue.done[-MOST_KNOWN:]
        ),
    )


def _own(dialogue: Dialogue) -> tuple[KnownAppointment, ...]:
    """The customer's appointments. Where they are for several persons, those in the customer's own name are theirs."""
    customer = dialogue.customer
    owned = customer.appointments if customer else ()
    name = (dialogue.name or (customer.name if customer else "")).casefold()
    if len({one.name.casefold() for one in owned}) < 2 or not name:
        return owned
    return tuple(
        replace(one, person=WRITER) if not one.person and one.name.casefold() == name else one for one in owned
    )
