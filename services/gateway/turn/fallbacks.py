"""What is answered when something fails, in one table, and the texts that the gateway has of its own: short, and only
what the observations show. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gateway.domain.reducer import missing_slots
from gateway.domain.turn_types import Composed, ReplyFacts
from turn import steps
from turn.model import Observation
from turn.tasks import Proposal
from turn.tools import BOOK, BOOK_ALL, CANCEL, CANCEL_ALL, CHANGE, CHANGE_ALL, RESCHEDULE
from turn.vocabulary import Intent, Stage, Status, Topic
from workspace.calendar import parse_date

_FILE = Path(__file__).with_name("fixed_replies.yaml")
_STAGES = {CANCEL: Stage.CANCELACION, CANCEL_ALL: Stage.CANCELACION}
_SAME = {BOOK_ALL: BOOK, CHANGE: RESCHEDULE, CHANGE_ALL: RESCHEDULE, CANCEL_ALL: CANCEL}
"""Tools of which one appointment is told in the words of another tool."""
_WITH_VOS = ("es-AR", "es-UY")
"""Locales whose Spanish has vos."""
_CHOICES = (steps.OFFER, steps.TAKE, steps.WHEN)


class Failure(StrEnum):
    """What can fail about a message."""

    EXTRACT = "extract"
    """Nobody could read it."""
    TOO_LONG = "too long"
    """It is more work to read than a message may be."""
    PLAN = "plan"
    """Nobody could plan, and nothing has been run."""
    EXECUTE = "execute"
    """The broker gave no answer: a write may have happened."""
    COMPOSE = "compose"
    """NLG gave no reply."""
    NOT_BEGUN = "not begun"
    """Its turn did not come in time."""
    NO_WORKSPACE = "no workspace"
    """The business was taken out of service meanwhile."""
    LATE = "late"
    """The turn was cut off by its deadline, or whoever waits for the reply can wait no longer."""
    NO_HANDOVER = "no hand-over"
    """What the reply says that a person is told could not be stored."""
    UNFORESEEN = "unforeseen"
    """The turn broke off in a way that nobody foresaw."""


@dataclass(frozen=True)
class Rung:
    """What is done about a failure."""

    says: str
    """The fixed reply; empty where the answer depends on what was done: NLG's, of an observation that is failed or
    unknown, or `compose`'s below."""
    outcome: str
    """The turn's: ok, degraded, timeout or failed."""
    other_track: bool = False
    """Whether on the slm track the legacy one's stage is asked first, and this is said when that fails too."""
    if_decided: str = ""
    """The fixed reply instead when the turn has decided something, now or in a process that died: that may have been
    done."""


LADDER: Mapping[Failure, Rung] = {
    Failure.EXTRACT: Rung("unread", "degraded", other_track=True),
    Failure.TOO_LONG: Rung("too_long", "ok"),
    Failure.PLAN: Rung("unplanned", "degraded", other_track=True),
    Failure.EXECUTE: Rung("", "degraded"),
    Failure.COMPOSE: Rung("", "degraded"),
    Failure.NOT_BEGUN: Rung("apology", "timeout", if_decided="unknown"),
    Failure.NO_WORKSPACE: Rung("apology", "failed", if_decided="unknown"),
    Failure.LATE: Rung("late", "timeout"),
    Failure.NO_HANDOVER: Rung("no_person", "degraded", if_decided="unknown"),
    Failure.UNFORESEEN: Rung("unknown", "failed"),
}
"""Every failure's answer."""


@dataclass(frozen=True)
class OwnReply:
    """A reply without NLG, and whether it asked what the state waits for."""

    composed: Composed
    asked: bool = False


def fixed(failure: Failure, locale: str, decided: bool = False, stage: Stage = Stage.ERROR) -> Composed:
    """The ladder's reply, for failures that have a fixed one. `decided`: whether the turn has decided something
    that may have been done."""
    rung = LADDER[failure]
    return Composed(texts_in(locale)[(decided and rung.if_decided) or rung.says], stage)


def compose(facts: ReplyFacts, locale: str, writes: frozenset[str]) -> OwnReply:
    """The most useful thing that can truthfully be said about a turn."""
    texts = texts_in(locale)
    done = [seen for seen in facts.observations if seen.tool in writes and seen.said_yes]
    if done:
        return OwnReply(Composed(_done(texts, done[-1]), _STAGES.get(done[-1].tool, Stage.RESERVA_HECHA)))
    if any(seen.tool in writes and seen.status is Status.UNKNOWN for seen in facts.observations):
        return OwnReply(Composed(texts["unknown"], Stage.ERROR))
    if facts.state.pending:
        return _confirmation(texts, facts)
    if facts.topic is Topic.MEDIA:
        return OwnReply(Composed(texts["media"], facts.state.stage))
    missing = missing_slots(facts.plan, facts.observations)
    if missing and missing[0] in texts["ask"]:
        return OwnReply(Composed(texts["ask"][missing[0]], Stage.DISPONIBILIDAD))
    question = _question(texts, facts)
    if question:
        return OwnReply(Composed(question, Stage.DISPONIBILIDAD), asked=True)
    if facts.intent is Intent.GREETING:
        return OwnReply(Composed(texts["greeting"], Stage.INICIO))
    failed = any(seen.status is not Status.OK for seen in facts.observations)
    return OwnReply(Composed(texts["failed" if failed else "apology"], Stage.ERROR))


def _question(texts: dict[str, Any], facts: ReplyFacts) -> str:
    """What the front task asks: which of its offers, or a slot; empty where the gateway has no words for it."""
    front = facts.state.dialogue.front
    if front is None or not facts.plan.next_step:
        return ""
    if front.asked in _CHOICES and front.offers:
        return _offered(texts, front.offers)
    return str(texts["ask"].get(facts.state.asked_slot, ""))


def _offered(texts: dict[str, Any], offers: tuple[Proposal, ...]) -> str:
    whens = [_when(texts, offer.day, offer.time) for offer in offers]
    if len(whens) == 1:
        return str(texts["offer"].format(when=whens[0]))
    return str(texts["offers"].format(rows="; ".join(when.strip() for when in whens)))


def _confirmation(texts: dict[str, Any], facts: ReplyFacts) -> OwnReply:
    """Asks for the yes, when what would change can be shown with what is at hand."""
    action = facts.state.pending[0]
    text, args = texts["confirm"].get(action.tool), action.args
    when = _when(texts, args.get("preferred_date"), args.get("preferred_time"))
    ids = args.get("booking_ids") or [args.get("booking_id")]
    shown = {"booking_id": ", ".join(map(str, ids)), "when": when}
    enough = all(ids) and (when or "{when}" not in (text or ""))
    if text is None or len(facts.state.pending) > 1 or not enough:
        return OwnReply(Composed(texts["apology"], Stage.ERROR))
    return OwnReply(Composed(text.format(**shown), Stage.CONFIRMACION), asked=True)


def _done(texts: dict[str, Any], seen: Observation) -> str:
    """What a write did: of one appointment, or of several in a list."""
    output = seen.output or {}
    rows = [row for row in output.get("appointments") or () if isinstance(row, Mapping)]
    rows = [{**row, **(row["after"] if isinstance(row.get("after"), Mapping) else {})} for row in rows]
    if len(rows) > 1 and seen.tool in texts["several"]:
        told = (f"{_when(texts, row.get('date'), row.get('time'))} ({row.get('booking_id', '')})" for row in rows)
        return str(texts["several"][seen.tool].format(rows="; ".join(one.strip() for one in told)))
    row = {**output, **(rows[0] if rows else output.get("after") or {})}
    text = texts.get(_SAME.get(seen.tool, seen.tool)) or texts["done"]
    when = _when(texts, row.get("date"), row.get("time"))
    return str(text.format(when=when, booking_id=row.get("booking_id", "")))


def _when(texts: dict[str, Any], day: Any, time: Any) -> str:
    """ " el viernes 16/10 a las 15:00", or nothing without a date and a time."""
    parsed = parse_date(str(day))
    if parsed is None or not time:
        return ""
    spelt = texts["day"].format(weekday=texts["weekdays"][parsed.weekday()], day=parsed.day, month=parsed.month)
    return f" {texts['when'].format(day=spelt, time=time)}"


def texts_in(locale: str) -> dict[str, Any]:
    """The gateway's own texts in a locale."""
    languages, language = _load(), locale[:2].lower()
    if language not in languages or language == "es":
        return languages["es"] if locale in _WITH_VOS else {**languages["es"], **languages["es-tu"]}
    return languages[language]


@cache
def _load() -> dict[str, dict[str, Any]]:
    texts: dict[str, dict[str, Any]] = yaml.load(_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return texts
