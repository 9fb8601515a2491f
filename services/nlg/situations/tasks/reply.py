"""The whole reply of a turn of the second form: what was done, what could not be, answers, what the message
did besides, and the one question."""

from dataclasses import replace

from nlg.situations.information import tell_information
from nlg.situations.situation import Situation
from nlg.situations.small_talk import tell_small_talk
from nlg.situations.tasks import notes
from nlg.situations.tasks.answers import tell_answers, tell_own
from nlg.situations.tasks.asking import ask
from nlg.situations.tasks.done import tell_done
from nlg.situations.tasks.trouble import is_limit, tell_broken, tell_no
from nlg.situations.tasks.view import TaskSituation, just
from nlg.turn import ReplyTurn, Tone
from nlg.writing.render import Draft
from turn.steps import QUIET
from turn.tools import BOOK_ALL, CANCEL_ALL, CHANGE, CHANGE_ALL, FREE_TIMES, RESTORE
from turn.vocabulary import HandoverReason, Stage, Topic
from workspace.model import Workspace

_OF_THE_FORM = (FREE_TIMES, BOOK_ALL, CHANGE, CHANGE_ALL, CANCEL_ALL, RESTORE)


_WEIGHT = (
    HandoverReason.HEALTH,
    HandoverReason.COMPLAINT,
    HandoverReason.FAILED,
    HandoverReason.ASKED,
    HandoverReason.UNKNOWN_QUESTION,
    HandoverReason.NOT_UNDERSTOOD,
    HandoverReason.OTHER,
    HandoverReason.LATE,
    HandoverReason.ARRIVED,
)
"""Reasons why a person is told, the one to be given first; those that nobody must answer last."""


def is_of_second_form(turn: ReplyTurn, workspace: Workspace) -> bool:
    """Whether a turn was read and planned in the second form: a business without its tools answers as in the first."""
    return turn.meaning is not None and any(workspace.tool(name) for name in _OF_THE_FORM)


def tell_turn(situation: Situation) -> Draft:
    """The reply to a turn of the second form."""
    return _tell(TaskSituation(situation.turn, situation.workspace, situation.phrases))


def _tell(situation: TaskSituation) -> Draft:
    done = tell_done(situation)
    broken = tell_broken(situation, bool(done))
    if broken is not None:
        return together([*done, broken])
    refused = tell_no(situation)
    question = None if _rests(situation) else ask(situation)
    answers = [] if situation.turn.topic is Topic.MEDIA else tell_answers(situation)
    main = [*done, *([refused] if refused else []), *answers]
    first = notes.tell_notes(situation, notes.FIRST, bool(main or question))
    last = notes.tell_notes(situation, notes.LAST, bool(main or question or first))
    media = [just("media")] if situation.turn.topic is Topic.MEDIA else []
    told = [*media, *first, *main, *last]
    if not told and question is None:
        return _of_the_first_form(situation)
    return _with_question(together(told), question) if told else question or just("all_right")


def _of_the_first_form(situation: TaskSituation) -> Draft:
    """What the rules of the first form say of a message of which nothing else is told."""
    if situation.turn.topic is Topic.MY_APPOINTMENT:
        return tell_own(situation)
    draft = tell_information(situation) or tell_small_talk(situation)
    unnamed = draft.requires_human and draft.handover_reason is None
    return replace(draft, handover_reason=HandoverReason.OTHER) if unnamed else draft


def _rests(situation: TaskSituation) -> bool:
    """Whether nothing is asked in the same breath."""
    return is_limit(situation) or any(note in situation.turn.notes for note in QUIET)


def together(drafts: list[Draft]) -> Draft:
    """Several drafts as one: the last stage that is not the first one's counts, and any person who is to be told."""
    stages = [draft.stage for draft in drafts if draft.stage is not Stage.INICIO]
    tones = [draft.tone for draft in drafts if draft.tone is not Tone.FRIENDLY]
    taps = [draft.quick_replies for draft in drafts if draft.quick_replies]
    reasons = [draft.handover_reason for draft in drafts if draft.handover_reason]
    return Draft(
        tuple(part for draft in drafts for part in draft.parts),
        stages[-1] if stages else Stage.INICIO,
        tones[0] if tones else Tone.FRIENDLY,
        taps[-1] if taps else (),
        requires_human=any(draft.requires_human for draft in drafts),
        handover_reason=min(reasons, key=_WEIGHT.index, default=None),
        offers=next((draft.offers for draft in reversed(drafts) if draft.offers), ()),
        lists=max((draft.lists for draft in drafts), default=0),
    )


def _with_question(told: Draft, question: Draft | None) -> Draft:
    """What is told, and the question: on a line of its own after a list."""
    if question is None:
        return told
    listed = any(part.line for part in told.parts) or told.lists > 1
    return told.before(question, line=listed)
