"""Composes the reply to a turn: the rules of `situations` are tried in order, and the first that applies writes it."""

from nlg.situations.confirmation import ask_confirmation
from nlg.situations.conflicts import not_offered, tell_conflict
from nlg.situations.information import tell_information
from nlg.situations.outcomes import tell_limit, tell_read_trouble, tell_write, tell_write_trouble
from nlg.situations.questions import ask_missing, one_by_one
from nlg.situations.situation import Situation
from nlg.situations.small_talk import tell_appointments, tell_choice, tell_dead_end, tell_small_talk
from nlg.turn import ComposedReply, ReplyTurn
from nlg.writing.phrases import Phrases
from nlg.writing.render import Draft, write
from turn.vocabulary import TASKS, Intent, Topic
from workspace.model import Workspace


def compose(turn: ReplyTurn, workspace: Workspace, phrases: Phrases) -> ComposedReply:
    """The reply to a turn. Pure: equal turns give equal replies."""
    situation = Situation(turn, workspace, phrases)
    draft = choose(situation)
    return ComposedReply(
        message=write((*one_by_one(situation), *draft.parts), phrases),
        tone=draft.tone,
        next_state=draft.stage,
        quick_replies=draft.quick_replies,
        requires_human=draft.requires_human,
        handover_reason=draft.handover_reason,
        offers=draft.offers,
    )


def choose(situation: Situation) -> Draft:
    """The draft of the first rule that applies, most important first."""
    for rule in _RULES:
        draft = rule(situation)
        if draft is not None:
            return draft
    return tell_small_talk(situation)


def _abandoned(situation: Situation) -> Draft | None:
    return tell_small_talk(situation) if situation.turn.topic is Topic.ABANDON else None


def _ask_on(situation: Situation) -> Draft | None:
    """The next question of a task."""
    if situation.turn.intent not in TASKS:
        return None
    return ask_missing(situation)


def _not_offered(situation: Situation) -> Draft | None:
    """A service that is not done here, asked for outside a booking."""
    talking = situation.turn.intent in (Intent.OTHER, Intent.CHITCHAT, Intent.GREETING)
    return not_offered(situation) if talking and situation.turn.topic is Topic.NOT_OFFERED else None


def _task_conflict(situation: Situation) -> Draft | None:
    return tell_conflict(situation) if situation.turn.intent in TASKS else None


_RULES = (
    tell_write_trouble,
    tell_write,
    tell_limit,
    tell_read_trouble,
    ask_confirmation,
    tell_choice,
    _abandoned,
    _task_conflict,
    tell_information,
    _ask_on,
    tell_appointments,
    tell_dead_end,
    _not_offered,
)
