"""What follows from what a turn has written: reminders, and news for people of the business. Pure."""

from gateway.domain.turn_types import TurnInput, TurnResult
from gateway.turn.runner import writes_of
from turn.vocabulary import Stage

_DONE = frozenset({Stage.RESERVA_HECHA, Stage.CANCELACION, Stage.DONE})
"""Where a conversation stands after what was asked for was done."""


def reminds_of(given: TurnInput, result: TurnResult) -> bool:
    """Whether a turn may have changed what its customer is to be reminded of."""
    return given.workspace.reminders is not None and _wrote(given, result)


def is_news(given: TurnInput, result: TurnResult) -> bool:
    """Whether a turn has booked, changed or cancelled something that people of the business want to be told of."""
    listen = any("bookings" in person.tell for person in given.workspace.people)
    return listen and _wrote(given, result) and result.state.stage in _DONE


def _wrote(given: TurnInput, result: TurnResult) -> bool:
    return not writes_of(given.workspace).isdisjoint(result.record.actions)
