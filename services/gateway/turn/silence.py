"""The turn of a message that needs no answer: nothing is read, planned or said, and the state stays."""

from gateway.domain.turn_types import Reply, TurnInput, TurnRecord, TurnResult
from turn.vocabulary import Intent

SOURCE = "none"
"""Nobody has read its message: it counts for no track's readings."""


def say_nothing(given: TurnInput) -> TurnResult:
    """The turn of a message that only acknowledges what is finished."""
    reply = Reply("", intent=Intent.CHITCHAT, slots=given.state.slots, track=given.track)
    record = TurnRecord(
        turn_id=given.turn_id,
        workspace=given.workspace.id,
        track=given.track,
        outcome="ok",
        intent=Intent.CHITCHAT,
        confidence=1.0,
        source=SOURCE,
    )
    return TurnResult(reply, given.state, record)
