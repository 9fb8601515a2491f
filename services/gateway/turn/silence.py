"""The turn of a message that the bot does not answer: nothing is read, planned or said, and the state stays."""

from gateway.domain.turn_types import Reply, TurnInput, TurnRecord, TurnResult
from turn.vocabulary import HandoverReason, Intent

SOURCE = "none"
"""Nobody has read its message: it counts for no track's readings."""


def say_nothing(given: TurnInput, handover: HandoverReason | None = None) -> TurnResult:
    """The turn of a message that only acknowledges what is finished, or that is for the person who has the conversation
    (`handover`)."""
    reply = Reply("", intent=Intent.CHITCHAT, slots=given.state.slots, track=given.track)
    record = TurnRecord(
        turn_id=given.turn_id,
        workspace=given.workspace.id,
        track=given.track,
        outcome="ok",
        intent=Intent.CHITCHAT,
        confidence=1.0,
        source=SOURCE,
        handover=handover,
    )
    return TurnResult(reply, given.state, record)
