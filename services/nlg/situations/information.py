"""Answers about services, prices, staff, promotions and packages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nlg.situations.confirmation import ask_confirmation_again
from nlg.situations.conflicts import not_offered
from nlg.situations.hours import tell_hours
from nlg.situations.questions import ask_missing
from nlg.situations.situation import Situation, rows_of, text_of, texts_of
from nlg.writing.render import Draft, Say
from nlg.writing.words import join_names, spell_length
from turn.tools import BOOK, PACKAGES, PROMOTIONS, SERVICES
from turn.vocabulary import INFORMATION, TASKS, Intent, Stage, Topic
from workspace.model import Offerable

MAX_LINES = 3
"""Most lines that prices, durations and offers take."""
_TOPICS = (Topic.PROMOTIONS, Topic.PACKAGES, Topic.DURATION, Topic.STAFF)


@dataclass(frozen=True)
class Row:
    """A service as it is told."""

    name: str
    minutes: int
    price: str
    staff: tuple[str, ...]


def tell_information(situation: Situation) -> Draft | None:
    """The answer to a question, and in the middle of a task the question that is still open."""
    if not _asks(situation):
        return None
    told = _answer(situation)
    follow_up = ask_missing(situation) or ask_confirmation_again(situation)
    if follow_up is not None:
        return told.before(follow_up, line=True)
    if len(told.parts) > 1 or not situation.has_tool(BOOK):
        return told
    return replace(told, parts=(*told.parts, Say("hint_book", optional=True, line=True)), stage=Stage.DISPONIBILIDAD)


def _asks(situation: Situation) -> bool:
    """Whether the message asks about the business, by its intent or else by its topic."""
    turn = situation.turn
    return turn.intent in INFORMATION or (turn.intent not in TASKS and turn.topic in _TOPICS)


def _answer(situation: Situation) -> Draft:
    topic = situation.turn.topic
    seen = situation.latest(SERVICES)
    if topic is Topic.PROMOTIONS:
        return tell_offers(situation, PROMOTIONS, "promotions", situation.workspace.promotions, "no_promotions")
    if topic is Topic.PACKAGES:
        return tell_offers(situation, PACKAGES, "packages", situation.workspace.packages, "no_packages")
    if situation.turn.intent is Intent.INFO_HOURS:
        return tell_hours(situation)
    if topic is Topic.NOT_OFFERED or (seen is not None and seen.no_reason == "NOT_OFFERED"):
        return Draft(not_offered(situation).parts)
    rows = _rows(situation)
    if not rows:
        return not_offered(situation)
    one_does = _whether_one_does(situation, rows)
    if one_does is not None:
        return one_does
    if topic is Topic.STAFF:
        return _staff(situation, rows)
    if topic is Topic.DURATION:
        return Draft(
            _lines("duration_line", [{"service": row.name, "length": spell_length(row.minutes)} for row in rows])
        )
    return _prices(situation, rows) if situation.turn.intent is Intent.INFO_PRICES else _services(situation, rows)


def _rows(situation: Situation) -> tuple[Row, ...]:
    """The services that the tool told, or without the tool those of the manifest."""
    answer, workspace = situation.answer(SERVICES), situation.workspace
    if answer is None:
        return tuple(
            Row(one.name, one.minutes, situation.price(one.told()), tuple(filter(None, workspace.staff_for(one.name))))
            for one in workspace.services
        )
    return tuple(
        Row(
            name=text_of(row.get("name")),
            minutes=_whole(row.get("minutes")),
            price=situation.price(row),
            staff=texts_of(row.get("staff")),
        )
        for row in rows_of(answer.get("services"))
        if text_of(row.get("name"))
    )


def _prices(situation: Situation, rows: tuple[Row, ...]) -> Draft:
    priced = [row for row in rows if row.price]
    if not priced:
        return _services(situation, rows)
    lines = _lines("price_line", [{"service": row.name, "price": row.price} for row in priced])
    rest = join_names([row.name for row in priced[MAX_LINES:]], situation.phrases, 60)
    more = (Say("price_more", {"services": rest}, optional=True),) if rest else ()
    return Draft((*lines, *more))


def _services(situation: Situation, rows: tuple[Row, ...]) -> Draft:
    if len(rows) > 1 or not rows[0].price:
        names = join_names([row.name for row in rows], situation.phrases, 130)
        return Draft((Say("services_list", {"services": names}),))
    row = rows[0]
    names = join_names(row.staff, situation.phrases, 60, last="or")
    values = {"service": row.name, "price": row.price, "length": spell_length(row.minutes), "names": names}
    return Draft((Say("service_detail", values),))


def _whether_one_does(situation: Situation, rows: tuple[Row, ...]) -> Draft | None:
    """Yes or no to whether somebody does a service, when a message names both."""
    asked, turn = situation.turn.said.get("staff_name", ""), situation.turn
    about = [row for row in rows if len(rows) == 1 or row.name == turn.said.get("service_type")]
    names_both = asked and turn.said.get("service_type") and about and about[0].staff
    if not names_both or turn.intent is Intent.INFO_PRICES or turn.topic is Topic.DURATION:
        return None
    able, values = about[0].staff, {"staff": asked, "service": about[0].name}
    if asked in able:
        return Draft((Say("staff_does", values),))
    key = "staff_who_do" if len(able) > 1 else "staff_one_does"
    names = join_names(able, situation.phrases, 80, last="or")
    return Draft((Say("staff_does_not", values), Say(key, {"names": names})))


def _staff(situation: Situation, rows: tuple[Row, ...]) -> Draft:
    asked = situation.turn.said.get("staff_name", "")
    does = [row.name for row in rows if asked in row.staff]
    if asked and len(rows) > 1 and does:
        services = join_names(does, situation.phrases, 110)
        return Draft((Say("staff_services", {"staff": asked, "services": services}),))
    everyone = list(dict.fromkeys(name for row in rows for name in row.staff))
    if not everyone:
        return _services(situation, rows)
    if len(rows) == 1:
        names = join_names(everyone, situation.phrases, 100, last="or")
        return Draft((Say("staff_of_service", {"service": rows[0].name, "names": names}),))
    return Draft((Say("staff_list", {"names": join_names(everyone, situation.phrases, 100)}),))


def tell_offers(situation: Situation, tool: str, name: str, own: tuple[Offerable, ...], none: str) -> Draft:
    """Promotions or packages, a line each."""
    answer = situation.answer(tool)
    rows: tuple[Mapping[str, Any], ...]
    rows = tuple(one.model_dump() for one in own) if answer is None else rows_of(answer.get(name))
    values = [
        {
            "item": text_of(row.get("name")),
            "description": text_of(row.get("description")),
            "price": situation.money(row.get("price"), None),
        }
        for row in rows
        if text_of(row.get("name"))
    ]
    return Draft(_lines("offer_line", values) or (Say(none),))


def _lines(key: str, values: list[dict[str, str]]) -> tuple[Say, ...]:
    """At most three lines, of which all but the first may be dropped."""
    return tuple(Say(key, each, optional=n > 0, line=True) for n, each in enumerate(values[:MAX_LINES]))


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) and 0 <= value < 10_000 else 0
