"""The one question of a reply: what the planner's next step asks. Each has three wordings: asked first, asked again
with an example or a choice, and with another way out."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from nlg.situations.questions import tappable
from nlg.situations.situation import rows_of, text_of, texts_of
from nlg.situations.tasks.doubts import ask_doubt
from nlg.situations.tasks.offers import offer, take
from nlg.situations.tasks.request import one_date, one_hour, request_in_words
from nlg.situations.tasks.rules import too_late
from nlg.situations.tasks.trouble import refused_part
from nlg.situations.tasks.view import TaskSituation, appointment_of, just, one_day
from nlg.turn import Tone
from nlg.writing.own_words import own_question_key
from nlg.writing.render import Draft, Say, clean
from nlg.writing.words import join_names, spell_time
from turn import steps
from turn.meaning import ANY, SAME, Item, KnownAppointment
from turn.model import Action
from turn.tasks import BOOK, CANCEL, CHANGE, RESTORE, Placed, Proposal, Task
from turn.tools import BOOK_ALL, CANCEL_ALL, FREE_TIMES
from turn.tools import CHANGE as CHANGE_TOOL
from turn.tools import RESTORE as RESTORE_TOOL
from turn.vocabulary import ActKind, HandoverReason, Stage
from workspace.calendar import next_open_days

_ROUNDS = ("", "_again", "_out")
PASSED_ON_AT = 3
"""The time at which a request without the e-mail address that the business needs is passed on to a person."""
MOST_LISTED = 6
"""Most appointments that a message lists."""


def ask(situation: TaskSituation) -> Draft | None:
    """The question of the turn's next step; None when nothing is asked."""
    step = situation.turn.next_step
    key = steps.question_of(step)
    question = _own_question(key) if key else _STEPS.get(step)
    return question(situation, situation.front or Task(BOOK)) if question else None


def _suffixed(situation: TaskSituation, key: str) -> str:
    return f"{key}{_ROUNDS[situation.round - 1]}"


def _service(situation: TaskSituation, _task: Task) -> Draft:
    names = situation.workspace.service_names
    listed = join_names(names, situation.phrases, 100)
    if situation.round == 1:
        parts: tuple[Say, ...] = (Say("services_few", {"services": listed}, optional=True), Say("ask_service"))
    else:
        parts = (Say(_suffixed(situation, "ask_service"), {"services": listed}),)
    return Draft(parts, Stage.SELECCION_SERVICIO, quick_replies=tappable(names))


def _when(situation: TaskSituation, task: Task) -> Draft:
    if task.offers:
        return offer(situation, task)
    days, times = task.days, task.times
    day, hour = one_date(days), one_hour(days, times)
    service = _service_of(situation, task)
    values = {"service": clean(service, 40), "date": situation.spell(day), "time": spell_time(hour)}
    if situation.round > 1:
        key = _suffixed(situation, "ask_when")
        example = _example(situation)
        values = {**values, "date": values["date"] or example["date"], "time": values["time"] or example["time"]}
    elif refused := refused_part(situation):
        key = "ask_date_other" if refused == "day" else "ask_time_other"
    else:
        key = "ask_time" if day else "ask_day_at" if hour else "ask_when"
    return Draft((Say(key, values),), Stage.DISPONIBILIDAD)


def _data(key: str) -> Callable[[TaskSituation, Task], Draft]:
    def question(situation: TaskSituation, task: Task) -> Draft:
        both = key == "ask_name" and situation.round == 1 and situation.lacking == ("name", "email")
        asked = Say("ask_name_email" if both else _suffixed(situation, key), {"business": situation.workspace.name})
        room = _room(situation, task) if _is_news(situation) else ()
        if room and situation.round == 3:  # what was asked for has changed: nobody needs another way out
            asked = replace(asked, key=key)
        return Draft((*room, asked), Stage.CONFIRMACION, lists=len(task.chosen.items) if room and task.chosen else 0)

    return question


def _own_question(key: str) -> Callable[[TaskSituation, Task], Draft]:
    """A question of the business's own, as the manifest words it; asked again, with why and the choices before it."""

    def question(situation: TaskSituation, task: Task) -> Draft:
        asked = next((one for name in situation.workspace.service_names
                      for one in situation.workspace.rules(name).questions if one.key == key), None)  # fmt: skip
        if asked is None:
            return just("all_right")
        room = _room(situation, task) if _is_news(situation) else ()
        choices = {"choices": situation.all_of(asked.choices, "or")} if asked.choices else {}
        said: tuple[Say, ...] = (Say(own_question_key(key)),)
        if situation.round > 1:
            said = (Say(_suffixed(situation, "own_question"), choices), *said)
        return Draft((*room, *said), Stage.CONFIRMACION, quick_replies=tappable(asked.choices))

    return question


def _late(key: str) -> Callable[[TaskSituation, Task], Draft]:
    """What has become too late: how long before it was the last moment, and whom to ask."""

    def told(situation: TaskSituation, task: Task) -> Draft:
        own = next((one for one in map(situation.own_of, task.targets) if one), None) or next(iter(situation.own), None)
        return too_late(situation, key, own)

    return told


def _is_news(situation: TaskSituation) -> bool:
    """Whether the message says what or when: an answer that gives data alone was told it before."""
    meaning = situation.meaning
    chosen = any(ref.startswith("offer:") for ref in meaning.refers_to)
    yes = meaning.does(ActKind.CHOOSE)  # what a yes is to was told before it
    items = any(replace(item, who="") != Item() for item in meaning.items)
    return bool(meaning.days or meaning.times or items or meaning.people or chosen or yes)


def _room(situation: TaskSituation, task: Task) -> tuple[Say, ...]:
    """What is about to be booked, where its time is free."""
    visit = task.chosen or _found(situation, task) or (task.offers[0] if len(task.offers) == 1 else None)
    if task.kind != BOOK or not visit:
        return ()
    if len(visit.items) == 1:
        return (Say("room_for", situation.placed_values(visit.items[0]), optional=True),)
    alike = Counter(f"{clean(one.service, 30)} {one.time}" for one in visit.items)
    each = situation.all_of([f"{text} (× {count})" if count > 1 else text for text, count in alike.items()])
    if not one_day(visit.items):
        each = situation.all_of([situation.placed_values(one)["brief"] for one in visit.items])
        return (Say("room_for_each", {"what": each}, optional=True),)
    values = {"date": situation.spell(visit.day), "time": visit.time, "what": each}
    return (Say("room_for_all", values, optional=True),)


def _found(situation: TaskSituation, task: Task) -> Proposal | None:
    """The visit that this turn's look-up found for an hour that the customer named."""
    answer = situation.answer(FREE_TIMES)
    proposals = rows_of(answer.get("proposals")) if answer else ()
    if not proposals or not one_hour(task.days, task.times):
        return None
    items = [appointment_of(row) for row in rows_of(proposals[0].get("items"))]
    return Proposal(tuple(Placed(one.service, one.day, one.time, one.staff) for one in items)) if items else None


def _email_needed(situation: TaskSituation, _task: Task) -> Draft:
    """The third time the request goes to a person; it stays open for an address."""
    times = situation.front.times_asked if situation.front else 1
    values = {"business": situation.workspace.name}
    taps = (situation.phrases.fixed("talk_to_person"),)
    if times < PASSED_ON_AT:
        return Draft((Say(_suffixed(situation, "email_required"), values),), Stage.CONFIRMACION, quick_replies=taps)
    key = ("email_required_out", "email_required_still")[(times - PASSED_ON_AT) % 2]
    asked = HandoverReason.ASKED
    return Draft((Say(key, values),), Stage.CONFIRMACION, requires_human=True, handover_reason=asked)


def _staff(situation: TaskSituation, task: Task) -> Draft:
    names = situation.workspace.staff_for(_service_of(situation, task)) or situation.workspace.staff_names
    excluded = {name for item in task.items for name in item.not_staff}
    names = tuple(name for name in names if name not in excluded) or names
    listed = {"names": join_names(names, situation.phrases, 80, last="or")}
    if len(names) == 1:
        taps = (situation.phrases.fixed("yes"), situation.phrases.fixed("no"))
        return Draft((Say(_suffixed(situation, "ask_staff_one"), listed),), Stage.DISPONIBILIDAD, quick_replies=taps)
    return Draft((Say(_suffixed(situation, "ask_staff_of"), listed),), Stage.DISPONIBILIDAD,
                 quick_replies=tappable(names))  # fmt: skip


def _branch(situation: TaskSituation, task: Task) -> Draft:
    """At which branch, of those where what is wanted is done."""
    doers = [situation.workspace.member(name) for item in task.items
             for name in situation.workspace.staff_for(item.service)]  # fmt: skip
    there = {member.branch for member in doers if member}
    names = tuple(one.name for one in situation.workspace.branches if one.name in there)
    listed = {"names": situation.all_of(names, "or")}
    said = Say(_suffixed(situation, "ask_branch"), listed)
    return Draft((said,), Stage.DISPONIBILIDAD, quick_replies=tappable(names))


def _which(situation: TaskSituation, task: Task) -> Draft:
    shown = choices_of(situation, task)
    what = {CANCEL: "ask_booking_cancel", RESTORE: "ask_booking_restore"}.get(task.kind, "ask_booking_move")
    stage = Stage.CANCELACION if task.kind == CANCEL else Stage.DISPONIBILIDAD
    lines = situation.lines([replace(one, id="") for one in shown], numbers=True)
    key = what if situation.round == 1 else _suffixed(situation, "ask_booking")
    taps = tappable(tuple(str(number) for number in range(1, len(shown) + 1)))
    return Draft((Say(key), *lines), stage, quick_replies=taps, lists=len(lines))


def choices_of(situation: TaskSituation, task: Task) -> tuple[KnownAppointment, ...]:
    """The appointments among which the customer must choose."""
    named = tuple(one for one in map(situation.own_of, task.targets) if one)
    customer = situation.dialogue.customer
    every = customer.cancelled if customer and task.kind == RESTORE else situation.own
    return (named if len(named) > 1 else every)[:MOST_LISTED]


def _change_what(situation: TaskSituation, task: Task) -> Draft:
    own = next((one for one in map(situation.own_of, task.targets) if one), None)
    values = situation.placed_values(own) if own else {}
    if situation.round > 1:
        values = {**_example(situation), "what": values.get("what", "")}
    return Draft((Say(_suffixed(situation, "ask_change"), values),), Stage.DISPONIBILIDAD)


def _confirm(situation: TaskSituation, task: Task) -> Draft:
    waiting = situation.writes_waiting() or situation.turn.state.pending
    action = waiting[0] if waiting else Action("")
    ids = [*texts_of(action.args.get("booking_ids")), text_of(action.args.get("booking_id"))]
    own = [one for one in map(situation.own_of, [each for each in ids if each] or task.targets) if one]
    yes_no = (situation.phrases.fixed("yes"), situation.phrases.fixed("no"))
    cancels = action.tool == CANCEL_ALL or (not action.tool and task.kind == CANCEL)
    stage = Stage.CANCELACION if cancels else Stage.CONFIRMACION
    if cancels and len(own) > 1:
        lines = situation.lines([replace(one, id="") for one in own[:MOST_LISTED]])
        parts = (Say("confirm_cancel_several"), *lines, Say(_suffixed(situation, "confirm_yes"), line=True))
        return Draft(parts, stage, quick_replies=yes_no, lists=len(lines))
    if cancels:
        about = situation.placed_values(own[0]) if own else {"booking_id": next(filter(None, ids), "")[:12]}
        return Draft((Say(_suffixed(situation, "confirm_cancel"), about),), stage, quick_replies=yes_no)
    return _confirm_other(situation, task, action, own, yes_no)


def _confirm_other(
    situation: TaskSituation, task: Task, action: Action, own: list[KnownAppointment], yes_no: tuple[str, ...]
) -> Draft:
    """The yes to a booking, a change or to having an appointment back."""
    if action.tool == BOOK_ALL:
        rows = [appointment_of(row) for row in rows_of(action.args.get("items"))]
        request = "; ".join(situation.placed_values(one)["what"] for one in rows)
    elif action.tool == RESTORE_TOOL or task.kind == RESTORE:
        what = situation.placed_values(own[0])["what"] if own else ""
        return Draft((Say(_suffixed(situation, "confirm_restore"), {"what": what}),), Stage.CONFIRMACION,
                     quick_replies=yes_no)  # fmt: skip
    elif action.tool == CHANGE_TOOL and own:
        return _confirm_change(situation, action, own[0], yes_no)
    else:
        request = request_in_words(situation, task)
    key = "doubt_request" if request else "confirm_yes"
    return Draft((Say(_suffixed(situation, key), {"request": request}),), Stage.CONFIRMACION, quick_replies=yes_no)


def _confirm_change(situation: TaskSituation, action: Action, own: KnownAppointment, yes_no: tuple[str, ...]) -> Draft:
    """The yes to a change: what it is now, and what it is to become."""
    new = replace(
        own,
        service=text_of(action.args.get("service_type")) or own.service,
        day=text_of(action.args.get("preferred_date")) or own.day,
        time=text_of(action.args.get("preferred_time")) or own.time,
        staff=text_of(action.args.get("staff_name")) or own.staff,
    )
    values = {"old": situation.moment(own.day, own.time), "what": situation.placed_values(new)["what"]}
    return Draft((Say(_suffixed(situation, "confirm_change"), values),), Stage.CONFIRMACION, quick_replies=yes_no)


def _cannot(_situation: TaskSituation, _task: Task) -> Draft:
    said = Say("cannot_here")
    return Draft((said,), tone=Tone.NEUTRAL, requires_human=True, handover_reason=HandoverReason.ASKED)


def _service_of(situation: TaskSituation, task: Task) -> str:
    """The one service of a task, or of the appointment that it changes; empty for none or several."""
    names = list(dict.fromkeys(item.service for item in task.items if item.service not in ("", SAME, ANY)))
    if not names and task.kind == CHANGE:
        names = [one.service for one in map(situation.own_of, task.targets) if one]
    return names[0] if len(names) == 1 else ""


def _example(situation: TaskSituation) -> dict[str, str]:
    """A day that is open and an hour at which it is, as an example of an answer."""
    today = situation.turn.now.astimezone(situation.workspace.zone).date()
    days = next_open_days(situation.workspace, today, 2)
    day = days[-1] if days else today
    spans = situation.workspace.hours_on(day)
    return {"date": situation.spell_day(day), "time": f"{spans[0].start:%H:%M}" if spans else "10:00"}


_STEPS: dict[str, Callable[[TaskSituation, Task], Draft]] = {
    steps.SERVICE: _service,
    steps.CANNOT: _cannot,
    steps.WHEN: _when,
    steps.OFFER: offer,
    steps.TAKE: take,
    steps.NAME: _data("ask_name"),
    steps.EMAIL: _data("ask_email"),
    steps.EMAIL_NEEDED: _email_needed,
    steps.STAFF: _staff,
    steps.BRANCH: _branch,
    steps.WHICH: _which,
    steps.CHANGE_WHAT: _change_what,
    steps.CONFIRM: _confirm,
    steps.DOUBT: ask_doubt,
    steps.LATE_TO_CANCEL: _late("late_to_cancel"),
    steps.LATE_TO_MOVE: _late("late_to_move"),
}
