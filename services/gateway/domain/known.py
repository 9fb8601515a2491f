"""What a message may be about besides what was asked, as the extractor is told. Pure."""

from turn.meaning import MOST_KNOWN, Done, Known, OfferedTime
from turn.tasks import CANCEL, CHANGE, RESTORE, Dialogue

_ACTS = {CHANGE: "change", CANCEL: "cancel", RESTORE: "change"}


def known_of(dialogue: Dialogue) -> Known:
    """The offers of the front task, the customer's own appointments as far as they were looked up, and what was
    written of late."""
    front, customer = dialogue.front, dialogue.customer
    offers = front.offers if front else ()
    return Known(
        offers=tuple(
            OfferedTime(
                offer.day, offer.time, offer.items[0].staff if len(offer.items) == 1 else "", offer.items[0].service
            )
            for offer in offers[:MOST_KNOWN]
        ),
        appointments=customer.appointments[:MOST_KNOWN] if customer else (),
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
