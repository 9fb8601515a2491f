"""What the gateway says by itself when NLG cannot: short, and only what the observations show. Pure."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gateway.reducer import missing_slots
from gateway.state import Intent, Observation, Stage, Status, Topic
from gateway.turn_types import Composed, Draft
from workspace.calendar import parse_date

_FILE = Path(__file__).with_name("builtin_texts.yaml")
_STAGES = {"cancel_appointment": Stage.CANCELACION}


@dataclass(frozen=True)
class Builtin:
    """A reply, and whether it asked for the yes that the pending writes wait for."""

    composed: Composed
    asked: bool = False


def fixed(name: str, locale: str, stage: Stage = Stage.ERROR) -> Composed:
    """A reply that depends on nothing but the language: unread, unplanned, apology, late, unknown, media."""
    return Composed(_texts(locale)[name], stage)


def compose(draft: Draft, locale: str, writes: frozenset[str]) -> Builtin:
    """The most useful thing that can truthfully be said about a turn."""
    texts = _texts(locale)
    done = [seen for seen in draft.observations if seen.tool in writes and seen.succeeded]
    if done:
        return Builtin(Composed(_done(texts, done[-1]), _STAGES.get(done[-1].tool, Stage.RESERVA_HECHA)))
    if any(seen.tool in writes and seen.status is Status.UNKNOWN for seen in draft.observations):
        return Builtin(Composed(texts["unknown"], Stage.ERROR))
    if draft.state.pending:
        return _confirmation(texts, draft)
    if draft.topic is Topic.MEDIA:
        return Builtin(Composed(texts["media"], draft.state.stage))
    missing = missing_slots(draft.plan, draft.observations)
    if missing and missing[0] in texts["ask"]:
        return Builtin(Composed(texts["ask"][missing[0]], Stage.DISPONIBILIDAD))
    if draft.intent is Intent.GREETING:
        return Builtin(Composed(texts["greeting"], Stage.INICIO))
    failed = any(seen.status is not Status.OK for seen in draft.observations)
    return Builtin(Composed(texts["failed" if failed else "apology"], Stage.ERROR))


def _confirmation(texts: dict[str, Any], draft: Draft) -> Builtin:
    """Asks for the yes, when what would change can be shown with what is at hand."""
    action = draft.state.pending[0]
    text, args = texts["confirm"].get(action.tool), action.args
    when = _when(texts, args.get("preferred_date"), args.get("preferred_time"))
    shown = {"booking_id": args.get("booking_id"), "when": when}
    enough = shown["booking_id"] and (when or "{when}" not in (text or ""))
    if text is None or len(draft.state.pending) > 1 or not enough:
        return Builtin(Composed(texts["apology"], Stage.ERROR))
    return Builtin(Composed(text.format(**shown), Stage.CONFIRMACION), asked=True)


def _done(texts: dict[str, Any], seen: Observation) -> str:
    output = seen.output or {}
    text = texts.get(seen.tool) or texts["done"]
    when = _when(texts, output.get("date"), output.get("time"))
    return str(text.format(when=when, booking_id=output.get("booking_id", "")))


def _when(texts: dict[str, Any], day: Any, time: Any) -> str:
    """ " el viernes 16/10 a las 15:00", or nothing without a date and a time."""
    parsed = parse_date(str(day))
    if parsed is None or not time:
        return ""
    spelt = texts["day"].format(weekday=texts["weekdays"][parsed.weekday()], day=parsed.day, month=parsed.month)
    return f" {texts['when'].format(day=spelt, time=time)}"


def _texts(locale: str) -> dict[str, Any]:
    languages = _load()
    return languages.get(locale[:2].lower(), languages["es"])


@cache
def _load() -> dict[str, dict[str, Any]]:
    texts: dict[str, dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return texts
