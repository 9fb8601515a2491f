"""Offers: visits that can be booked as they are, of one day or several, for one service or several."""

from nlg.situations.questions import MAX_QUICK_CHARS, tappable
from nlg.situations.tasks.request import proposal_in_words
from nlg.situations.tasks.trouble import refused_day
from nlg.situations.tasks.view import TaskSituation, one_day
from nlg.writing.render import Draft, Say, clean
from turn import steps
from turn.constraints import exact_day
from turn.meaning import KnownAppointment
from turn.model import Offer
from turn.tasks import BOOK, CHANGE, Placed, Proposal, Task
from turn.vocabulary import Stage

_ROUNDS = ("", "_again", "_out")


def offer(situation: TaskSituation, task: Task) -> Draft:
    """Which of the offers?"""
    if not task.offers:
        return Draft((Say(f"ask_other_time{_ROUNDS[situation.round - 1]}"),), Stage.DISPONIBILIDAD)
    near = _not_as_wanted(situation)
    told = _one(situation, task.offers[0], near) if len(task.offers) == 1 else _several(situation, task.offers, near)
    question = Say(_question(situation, task), line=any(part.line for part in told))
    return Draft(
        (*told, question),
        Stage.DISPONIBILIDAD,
        quick_replies=_taps(situation, task.offers),
        offers=tuple(Offer(each.day, each.time) for each in task.offers),
        lists=_listed(told),
    )


def _question(situation: TaskSituation, task: Task) -> str:
    """The key of the question: where no day was said, it is asked for."""
    suffix = _ROUNDS[situation.round - 1]
    if situation.turn.next_step == steps.WHEN:
        return f"ask_when_offers{suffix}"
    if len(task.offers) == 1:
        return f"ask_offer_one{suffix}"
    return f"ask_offer{suffix}" if suffix or exact_day(task.days) else "ask_offer_open"


def take(situation: TaskSituation, task: Task) -> Draft:
    """Shall the only offer be booked, or an appointment be moved there?"""
    proposal = task.chosen or (task.offers[0] if task.offers else None)
    yes_no = (situation.phrases.fixed("yes"), situation.phrases.fixed("no"))
    if proposal is None:
        return offer(situation, task)
    suffix = _ROUNDS[situation.round - 1]
    offers = (Offer(proposal.day, proposal.time),)
    if len(proposal.items) > 1:
        day = one_day(proposal.items)
        head = Say("room_several", {"date": situation.spell(day)})
        lines = situation.lines(proposal.items, one_day=bool(day))
        parts = (head, *lines, Say(f"ask_take_several{suffix}", line=True), *_data_too(situation, task))
        return Draft(parts, Stage.CONFIRMACION, quick_replies=yes_no, offers=offers, lists=len(proposal.items))
    values = situation.placed_values(proposal.items[0])
    if task.kind == CHANGE:
        own = next((one for one in map(situation.own_of, task.targets) if one), None)
        return Draft(
            (Say(f"ask_move{suffix}", _move_values(situation, proposal.items[0], own)),),
            Stage.CONFIRMACION,
            quick_replies=yes_no,
            offers=offers,
        )
    parts = (Say(f"ask_take{suffix}", values), *_data_too(situation, task))
    return Draft(parts, Stage.CONFIRMACION, quick_replies=yes_no, offers=offers)


def _data_too(situation: TaskSituation, task: Task) -> tuple[Say, ...]:
    """What is to come with the yes, so that it need not be asked for in a message of its own."""
    lacking = situation.lacking if task.kind == BOOK else ()
    return (Say(f"and_{'_'.join(lacking)}", optional=True),) if lacking else ()


def _move_values(situation: TaskSituation, to: Placed, own: KnownAppointment | None) -> dict[str, str]:
    values = {"date": situation.spell(to.day), "time": to.time, "staff": to.staff, "service": clean(to.service, 40)}
    return {**values, "old": situation.moment(own.day, own.time)} if own else values


def _not_as_wanted(situation: TaskSituation) -> bool:
    """Whether the offers are not what was asked for."""
    return any(seen.no_reason for seen in situation.turn.observations)


def _one(situation: TaskSituation, proposal: Proposal, near: bool) -> tuple[Say, ...]:
    if len(proposal.items) == 1:
        return (Say("nearest_one" if near else "offer_one", situation.placed_values(proposal.items[0])),)
    day = one_day(proposal.items)
    head = Say("room_several", {"date": situation.spell(day)})
    return (head, *situation.lines(proposal.items, one_day=bool(day)))


def _several(situation: TaskSituation, offers: tuple[Proposal, ...], near: bool) -> tuple[Say, ...]:
    together = _together(situation, offers, near)
    if together:
        return (together,)
    if any(len(each.items) > 1 for each in offers):
        lines = tuple(_numbered(situation, number, each) for number, each in enumerate(offers, start=1))
        return (Say("nearest_lines"), *lines) if near else lines
    singles = [each.items[0] for each in offers]
    services, staff = {one.service for one in singles}, {one.staff for one in singles}
    service = next(iter(services)) if len(services) == 1 else ""
    values = {"service": clean(service, 40), "staff": next(iter(staff)) if len(staff) == 1 else ""}
    by_day = _hours_by_day([(one.day, one.time) for one in singles])
    if len(by_day) == 1:
        day, times = next(iter(by_day.items()))
        on_day = {**values, "date": situation.spell(day), "times": situation.all_of(times, last="or")}
        if near and refused_day(situation) == day:
            on_day.pop("date")
        return (Say("free_times" if near else "offer_day", on_day),)
    return (Say("nearest_days" if near else "offer_days", {**values, **_days_in_words(situation, by_day)}),)


def _together(situation: TaskSituation, offers: tuple[Proposal, ...], near: bool) -> Say | None:
    """Visits of the same services in the same order, by the hour at which each begins."""
    sequences = {tuple(one.service for one in each.items) for each in offers}
    if len(sequences) > 1 or len(offers[0].items) < 2 or any(not one_day(each.items) for each in offers):
        return None
    services = situation.all_of(list(dict.fromkeys(clean(one.service, 40) for one in offers[0].items)))
    days = _days_in_words(situation, _hours_by_day([(each.day, each.time) for each in offers]))
    return Say("nearest_days" if near else "offer_visits", {"service": services, **days})


def _hours_by_day(moments: list[tuple[str, str]]) -> dict[str, list[str]]:
    by_day: dict[str, list[str]] = {}
    for day, time in moments:
        by_day.setdefault(day, []).append(time)
    return by_day


def _days_in_words(situation: TaskSituation, by_day: dict[str, list[str]]) -> dict[str, str]:
    """Days with their hours: in whole words, and as short as can be."""
    whole = [
        situation.words("day_times", date=situation.spell(day), times=situation.all_of(times, last="or"))
        for day, times in by_day.items()
    ]
    short = [f"{situation.spell_short(day)} {', '.join(times)}" for day, times in by_day.items()]
    return {"days": "; ".join(whole), "short": "; ".join(short)}


def _numbered(situation: TaskSituation, number: int, proposal: Proposal) -> Say:
    values = {
        "number": str(number),
        "date": situation.spell(proposal.day),
        "what": proposal_in_words(situation, proposal.items),
        "times": situation.all_of([one.time for one in proposal.items]),
    }
    return Say("offer_line_numbered", values, line=True)


def _listed(told: tuple[Say, ...]) -> int:
    """How many appointments are listed; times of one service are no list."""
    lines = sum(part.line for part in told)
    return lines if lines > 1 else 0


def _taps(situation: TaskSituation, offers: tuple[Proposal, ...]) -> tuple[str, ...]:
    """Hours where all are of one day, else day and hour."""
    if len(offers) == 1:
        return situation.phrases.fixed("yes"), situation.phrases.fixed("no")
    same_day = len({each.day for each in offers}) == 1
    texts = [each.time if same_day else situation.moment(each.day, each.time) for each in offers]
    return tappable(tuple(text for text in texts if len(text) <= MAX_QUICK_CHARS))
