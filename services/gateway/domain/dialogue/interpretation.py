"""What a message means in a conversation of the second form: the message's acts go through the transition table, one
after the other. Pure."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.domain.dialogue.first_form import INTENT_OF_KIND, first_slots, from_first_form, with_first_form
from gateway.domain.dialogue.merging import has_values, known_items, offer_at
from gateway.domain.dialogue.outcomes import keeping_persons
from gateway.domain.dialogue.own_questions import OWN_ANSWER, is_own_answer, with_own_answer
from gateway.domain.dialogue.said import Next, Said
from gateway.domain.dialogue.transitions import NONE, TABLE, give_up
from gateway.domain.reducer import LOCALES
from gateway.domain.turn_types import Extraction, Heard
from turn import steps
from turn.constraints import is_date
from turn.meaning import ANY, NOTHING, Act, Item, Meaning
from turn.model import ConversationState, Slots
from turn.tasks import BOOK, REMEMBERED_HOURS, Dialogue, Task
from turn.tasks import CANCEL as CANCEL_TASK
from turn.tasks import CHANGE as CHANGE_TASK
from turn.tools import BOOK_ALL, CANCEL_ALL, CUSTOMER, FREE_TIMES
from turn.vocabulary import INFORMATION, TASKS, ActKind, Intent, PartOfDay, Polarity, Subject, Topic
from workspace.calendar import parse_date
from workspace.model import Workspace

TOOLS = (FREE_TIMES, BOOK_ALL, CANCEL_ALL, CUSTOMER)
"""Tools that a business needs for conversations of the second form; without those to change and to restore it does
neither."""
FRESH = timedelta(minutes=10)
"""How long what was looked up about the customer is good for, when no task is in front."""
_ANSWERS = frozenset({ActKind.CONFIRM, ActKind.DENY, ActKind.CHOOSE, ActKind.GIVE, ActKind.REFUSE, ActKind.DEFER})
_TASK_ACTS = frozenset({ActKind.BOOK, ActKind.AVAILABILITY, ActKind.CHANGE, ActKind.CANCEL, ActKind.UNDO})
_ABOUT_OWN = _TASK_ACTS | {ActKind.LATE, ActKind.ARRIVED}
_OWN_SUBJECTS = frozenset({Subject.OWN_APPOINTMENTS, Subject.PROOF})
_VALUE_ACTS = _TASK_ACTS | {ActKind.GIVE, ActKind.CHOOSE}
_CHOICES = frozenset({steps.OFFER, steps.TAKE, steps.WHEN})
_YES_NO = frozenset({steps.CONFIRM, steps.TAKE, steps.DOUBT, steps.OFFER, steps.STAFF})
_ACT_OF_TOPIC = {Topic.HUMAN: ActKind.PERSON, Topic.COMPLAINT: ActKind.COMPLAIN}
_COUNTS = frozenset(("dos", "tres", "duas", "dois", "três", "two", "three"))
"""Words that count the persons or services of a task, and are no second hour."""
_PUTS_OFF = re.compile(
    r"\b(?:dej[aáeé](?:lo|la|moslo)?|deixa|leave it|forget it)\b\W*(?:mejor\W+)?"
    r"(?:(?:para|pra|for|en)\W+)?(?:otro (?:d[ií]a|momento)|outr[oa] (?:dia|hora)|another (?:day|time))\W*$",
    re.I,
)
_BARE_DAY = re.compile(r"(?<![\d/.:-])\d{1,2}(?![\d/:-])")
_NAMED_DAY = re.compile(
    r"\b(?:ene|feb|fev|mar|abr|apr|may|mai|jun|jul|ago|aug|set|sep|oct|out|nov|dic|dez|dec|lun|mi[eé]|jue|vie|s[aá]b|"
    r"dom|seg|ter|qua|qui|sex|mon|tue|wed|thu|fri|sat|sun)[a-zñçáéíóúã]*\b",
    re.I,
)
"""Names of months and weekdays, which say themselves which day it is."""
_SERIES = ("weekly:", "every", "daily")
"""How constraints on days begin that want one appointment after another."""


def has_second_form(workspace: Workspace) -> bool:
    """Whether a business has all tools that conversations of the second form are about."""
    return all(workspace.tool(name) for name in TOOLS)


def wants_customer(state: ConversationState, extraction: Extraction, now: datetime) -> bool:
    """Whether a message is about the customer's own appointments or a booking, and nobody has looked of late."""
    dialogue, meaning = state.dialogue, extraction.meaning or NOTHING
    about = any(meaning.does(act) for act in _ABOUT_OWN) or bool(_OWN_SUBJECTS & {*meaning.subjects})
    if dialogue.customer is None and (
        state.active_intent in TASKS or (meaning.does(ActKind.GIVE) and has_values(meaning))
    ):
        return True  # a task goes on, or begins with values alone, and nobody has looked
    if not about and extraction.topic is not Topic.MY_APPOINTMENT and extraction.intent not in TASKS:
        return False
    if dialogue.customer is None:
        return True
    looked = dialogue.customer.looked_at
    return not dialogue.tasks and (not looked or now - datetime.fromisoformat(looked) > FRESH)


def interpret(state: ConversationState, extraction: Extraction, text: str, now: datetime) -> Heard:
    """The turn's intent and the state after the message, before anything is done about it."""
    dialogue = _remembered(from_first_form(state), extraction, now)
    meaning = _narrowed(_resolved(extraction.meaning or NOTHING, dialogue), dialogue.front, text)
    meaning = _completed(_agreed(_in_month(meaning, dialogue.front, text), dialogue.front), extraction, dialogue)
    answers = is_own_answer(dialogue, meaning, extraction, text, now.date())
    if answers:
        dialogue, meaning = with_own_answer(dialogue, text), OWN_ANSWER
    dialogue = _with_data(dialogue, meaning)
    vague = extraction.part_of_day is not PartOfDay.UNSPECIFIED and not extraction.slots.preferred_time
    vague = vague or _asks_for_a_day(text, dialogue.front)
    said = Said(
        meaning, extraction.more_services, now.astimezone(UTC).isoformat(), vague, not extraction.slots.service_type
    )
    leaves = _puts_off(dialogue, extraction, text) or _gives_up(dialogue, extraction, said)
    gives_up = "?" not in text and not answers and leaves
    result = give_up(dialogue, said) if gives_up else _through_table(dialogue, said)
    understood = answers or _understood(meaning, extraction)
    misses = 0 if understood else state.misses + 1
    notes = result.notes if understood else (*result.notes, steps.NOT_UNDERSTOOD)
    if any(text.startswith(_SERIES) for text in meaning.days):
        notes = (*notes, steps.SERIES)
    locale = state.locale if answers else _locale(state, extraction, meaning)
    after = with_first_form(replace(state, misses=misses, choices=(), locale=locale), result.dialogue)
    intent = _intent(result.dialogue, state.dialogue, meaning, extraction)
    return Heard(
        intent=intent,
        topic=extraction.topic,
        slots=first_slots(result.dialogue),
        said=extraction.slots,
        confirmed=result.confirmed and bool(state.pending),
        before=replace(after, pending=state.pending),
        state=replace(after, pending=state.pending),
        meaning=meaning,
        notes=tuple(dict.fromkeys(notes)),
    )


def _through_table(dialogue: Dialogue, said: Said) -> Next:
    """The acts in order. What a message says in values counts once, for the first act that takes values."""
    notes: list[str] = []
    confirmed, spent = False, False
    for act in _acts(said.meaning):
        column = dialogue.front_kind or NONE
        values = act in _VALUE_ACTS
        bare = replace(said, meaning=_without_values(said.meaning)) if spent and values else said
        if spent and act is ActKind.GIVE:
            continue
        result = TABLE[act][column](dialogue, bare)
        unchanged = result.dialogue.front == dialogue.front  # what comes after the yes may be about something else
        dialogue, confirmed = result.dialogue, result.confirmed or (confirmed and unchanged)
        notes += result.notes
        spent = spent or values or act in (ActKind.CONFIRM, ActKind.DENY)
    return Next(dialogue, tuple(notes), confirmed)


def _acts(meaning: Meaning) -> list[ActKind]:
    """The acts of a message, each once; a yes or no before the rest, as it answers what was asked."""
    acts = list(dict.fromkeys(ActKind(act.kind) for act in meaning.acts))
    if ActKind.GIVE in acts and set(acts) & (_TASK_ACTS | {ActKind.CHOOSE}):
        acts.remove(ActKind.GIVE)
    return acts


def _without_values(meaning: Meaning) -> Meaning:
    return replace(meaning, days=(), times=(), items=(), people=None, doubts=())


def _remembered(dialogue: Dialogue, extraction: Extraction, now: datetime) -> Dialogue:
    """The dialogue with what was looked up for this message, and without writes that are too old to be mended."""
    oldest = now - timedelta(hours=REMEMBERED_HOURS)
    done = tuple(one for one in dialogue.done if datetime.fromisoformat(one.at) > oldest)
    known = (dialogue.customer.appointments if dialogue.customer else ()) + tuple(
        one.after for one in done if one.after
    )
    customer = keeping_persons(extraction.customer, known) if extraction.customer else dialogue.customer
    return replace(dialogue, done=done, customer=customer)


def _resolved(meaning: Meaning, dialogue: Dialogue) -> Meaning:
    """A meaning in which "the same as last time" is what it was."""
    return replace(meaning, items=known_items(meaning.items, dialogue.customer))


def _narrowed(meaning: Meaning, front: Task | None, text: str) -> Meaning:
    """A meaning in which an answer that fits several offers is one of their days and hours."""
    meaning = _among_doubted(meaning, front)
    kept, days, times = [], meaning.days, meaning.times
    both = front is not None and (len(front.items) > 1 or front.people > 1)
    for doubt in meaning.doubts:
        unread = text[doubt.start : doubt.end].casefold().split()
        if both and (doubt.part, doubt.reason) == ("times", "unread") and unread[-1:] and unread[-1] in _COUNTS:
            continue  # "a las 10 las dos": no second hour
        numbers = [one[6:] for one in doubt.candidates if one.startswith("offer:") and one[6:].isdigit()]
        offers = [offer for number in numbers if front and (offer := offer_at(front, int(number)))]
        if not offers or len(numbers) != len(doubt.candidates):
            kept.append(doubt)
            continue
        days = days or ("|".join(dict.fromkeys(offer.day for offer in offers)),)
        hours = {offer.time for offer in offers}
        times = times or (tuple(hours) if len(hours) == 1 else ())
    return replace(meaning, days=days, times=times, doubts=tuple(kept))


def _among_doubted(meaning: Meaning, front: Task | None) -> Meaning:
    """A meaning in which what may be several services is the one of them between which the last reply asked."""
    asked = {value for doubt in front.doubts if doubt.part == "items" for value in doubt.candidates} if front else set()
    for doubt in meaning.doubts:
        between = [value for value in doubt.candidates if value in asked] if doubt.part == "items" else []
        if len(between) == 1:
            left = tuple(one for one in meaning.doubts if one is not doubt)
            return replace(meaning, items=(Item(between[0]), *meaning.items), doubts=left)
    return meaning


def _agreed(meaning: Meaning, front: Task | None) -> Meaning:
    """A meaning in which taking the only offer, of which nothing is named, is a yes to the question for one."""
    only = front is not None and front.asked == steps.TAKE and len(front.offers) == 1
    if not only or meaning.refers_to != ("offer:1",) or meaning.told_which:
        return meaning
    acts = tuple(
        replace(act, kind=ActKind.CONFIRM.value) if act.kind == ActKind.CHOOSE else act for act in meaning.acts
    )
    return replace(meaning, acts=acts, refers_to=())


def _in_month(meaning: Meaning, front: Task | None, text: str) -> Meaning:
    """A meaning in which a bare number, after a day that its month has not ("31 de abril"), is a day of that month."""
    doubted = (
        next((one for one in front.doubts if one.reason == "no_such_day" and one.candidates), None) if front else None
    )
    last = parse_date(doubted.candidates[0]) if doubted else None
    said = parse_date(meaning.days[0]) if len(meaning.days) == 1 else None
    if last is None or said is None or not _BARE_DAY.search(text) or _NAMED_DAY.search(text) or said.day > last.day:
        return meaning
    return replace(meaning, days=(last.replace(day=said.day).isoformat(),))


def _completed(meaning: Meaning, extraction: Extraction, dialogue: Dialogue) -> Meaning:
    """A meaning with what the first form of the reading has besides: a yes or no to an open question, the day and hour
    of an answer that came with a question, and a booking that a remark hides."""
    front = dialogue.front
    meaning = _with_topic(meaning, extraction)
    if front is None:
        meaning = _with_wish(_taken_back(_with_yes(meaning, extraction, dialogue), extraction, dialogue), extraction)
        return _with_moment(meaning, extraction)
    meaning = _among_offers(_with_service(_with_answer(meaning, extraction, front), extraction), front)
    meaning = _with_said_hour(meaning, extraction, front)
    slots = extraction.slots
    silent = not (meaning.days or meaning.times or meaning.doubts or meaning.refers_to)
    if silent and front.kind in (BOOK, CHANGE_TASK) and front.asked in _CHOICES and meaning.does(ActKind.ASK):
        days = (slots.preferred_date,) if slots.preferred_date and is_date(slots.preferred_date) else ()
        times = (slots.preferred_time,) if slots.preferred_time else ()
        meaning = replace(meaning, days=days, times=times)
    return _with_item(meaning, slots, front) if front.kind == BOOK else meaning


def _with_said_hour(meaning: Meaning, extraction: Extraction, front: Task) -> Meaning:
    """A meaning in which an hour that was said counts more than an offer that has another: "18h the first one"."""
    numbers = [ref[6:] for ref in meaning.refers_to if ref.startswith("offer:") and ref[6:].isdigit()]
    offer = offer_at(front, int(numbers[0])) if numbers else None
    said = extraction.slots.preferred_time
    if offer is None or not said or said == offer.time or meaning.times:
        return meaning
    return replace(meaning, refers_to=(), times=(said,))


def _with_item(meaning: Meaning, slots: Slots, front: Task) -> Meaning:
    """A meaning with the service or the member of staff that the first form hears in an answer, where they are news."""
    if meaning.items or meaning.subjects:
        return meaning
    instead = meaning.does(ActKind.DENY, ActKind.REFUSE)
    service, staff = (slots.service_type or "") if instead else "", slots.staff_name or ""
    known = {item.service for item in front.items}, {name for item in front.items for name in item.staff}
    service, staff = "" if service in known[0] else service, "" if staff in known[1] else staff
    return replace(meaning, items=(Item(service, (staff,) if staff else ()),)) if service or staff else meaning


def _taken_back(meaning: Meaning, extraction: Extraction, dialogue: Dialogue) -> Meaning:
    """A meaning in which "no, dejalo como está" after a change or a cancellation takes it back."""
    kinds = (CHANGE_TASK, CANCEL_TASK)
    leaves = extraction.topic is Topic.ABANDON and bool(dialogue.done) and dialogue.done[-1].kind in kinds
    if not leaves or not any(act.kind == ActKind.CANCEL and act.start == 0 for act in meaning.acts):
        return meaning  # "ya no quiero cambiarlo, cancelalo" says so further on
    acts = tuple(replace(act, kind=ActKind.UNDO.value) if act.kind == ActKind.CANCEL else act for act in meaning.acts)
    return replace(meaning, acts=acts)


def _with_answer(meaning: Meaning, extraction: Extraction, front: Task) -> Meaning:
    """A meaning with the yes or no that the first form hears in it, where one was asked for."""
    polarity = {Polarity.AFFIRM: ActKind.CONFIRM, Polarity.DENY: ActKind.DENY}.get(extraction.polarity)
    if polarity is None or front.asked not in _YES_NO or meaning.subjects:
        return meaning
    repeats = front.asked == steps.CONFIRM and front.kind == CANCEL_TASK and polarity is ActKind.CONFIRM
    named = {ref.partition(":")[2] for ref in meaning.refers_to if ":" in ref}
    if repeats and meaning.does(ActKind.CANCEL) and named <= {*front.targets}:
        return replace(meaning, acts=(Act(polarity.value, 0, 0),), items=())
    says = meaning.data or meaning.days or meaning.times or meaning.items
    if any(meaning.does(act) for act in (_ANSWERS | _TASK_ACTS) - {ActKind.GIVE}) or says:
        return meaning
    rest = tuple(act for act in _but_noise(meaning) if act.kind != ActKind.GIVE)
    return replace(meaning, acts=(Act(polarity.value, 0, 0), *rest))


def _with_topic(meaning: Meaning, extraction: Extraction) -> Meaning:
    """A meaning with the wish for a person, or the complaint, that the first form hears where nothing else is said."""
    act = _ACT_OF_TOPIC.get(extraction.topic)
    if act is None or _but_noise(meaning):
        return meaning
    return replace(meaning, acts=(Act(act.value, 0, 0),))


def _with_moment(meaning: Meaning, extraction: Extraction) -> Meaning:
    """A meaning with the day and hour that come with the question for a price."""
    slots = extraction.slots
    silent = not (meaning.days or meaning.times or meaning.doubts)
    if not silent or Subject.PRICE not in meaning.subjects or not slots.preferred_date:
        return meaning
    times = (slots.preferred_time,) if slots.preferred_time else ()
    return replace(meaning, days=(slots.preferred_date,) if is_date(slots.preferred_date) else (), times=times)


def _with_service(meaning: Meaning, extraction: Extraction) -> Meaning:
    """A meaning with the service that the first form reads beside a bare no: "no, corte no, brushing"."""
    service = extraction.slots.service_type
    bare = not (meaning.days or meaning.times or meaning.items or meaning.data or meaning.doubts)
    if not service or not bare or not (meaning.does(ActKind.DENY) or meaning.does(ActKind.REFUSE)):
        return meaning
    return replace(meaning, items=(Item(service),), refers_to=())


def _among_offers(meaning: Meaning, front: Task) -> Meaning:
    """A meaning in which "the first that you have" is the first of what was offered."""
    if (
        front.asked not in _CHOICES
        or not front.offers
        or meaning.times
        or set(meaning.days) not in ({"earliest"}, {ANY})
    ):
        return meaning
    return replace(meaning, days=(), refers_to=(ANY,))


def _with_yes(meaning: Meaning, extraction: Extraction, dialogue: Dialogue) -> Meaning:
    """A meaning with the yes to what was just done, or to the service whose price was just told."""
    told = bool(dialogue.done or dialogue.spoken_of)
    agrees = extraction.polarity is Polarity.AFFIRM and told and not _but_noise(meaning)
    return replace(meaning, acts=(Act(ActKind.CONFIRM.value, 0, 0),)) if agrees else meaning


def _with_wish(meaning: Meaning, extraction: Extraction) -> Meaning:
    """A meaning with the booking that the first form reads, where it has its service and day."""
    slots = extraction.slots
    wish = extraction.intent is Intent.BOOK and slots.service_type and slots.preferred_date
    if not wish or any(meaning.does(act) for act in _TASK_ACTS) or meaning.doubts:
        return meaning
    return replace(
        meaning,
        acts=(Act(ActKind.BOOK.value, 0, 0), *meaning.acts),
        days=meaning.days or (str(slots.preferred_date),),
        times=meaning.times or ((slots.preferred_time,) if slots.preferred_time else ()),
        items=meaning.items or (Item(str(slots.service_type)),),
    )


def _but_noise(meaning: Meaning) -> tuple[Act, ...]:
    return tuple(act for act in meaning.acts if act.kind not in (ActKind.OFFTOPIC, ActKind.SMALLTALK))


def _with_data(dialogue: Dialogue, meaning: Meaning) -> Dialogue:
    """The dialogue with the data that a message gives."""
    given = {datum.slot: datum.value for datum in meaning.data}
    return replace(
        dialogue,
        name=given.get("client_name", dialogue.name),
        email=given.get("client_email", dialogue.email),
        phone=given.get("client_phone", dialogue.phone),
    )


def _asks_for_a_day(text: str, front: Task | None) -> bool:
    """Whether a question names no number while times of several days are offered: "el martes?" tells no hour."""
    several = front is not None and len({each.day for each in front.offers}) > 1
    return several and text.rstrip().endswith("?") and not any(sign.isdigit() for sign in text)


def _puts_off(dialogue: Dialogue, extraction: Extraction, text: str) -> bool:
    """Whether a message leaves a booking for some other day, and asks for no other times: "no, dejá, otro día"."""
    leaves = extraction.topic is Topic.ABANDON and dialogue.front_kind == BOOK
    return leaves and _PUTS_OFF.search(text) is not None


def _gives_up(dialogue: Dialogue, extraction: Extraction, said: Said) -> bool:
    """Whether a message gives the task in front up by saying so, and says nothing else."""
    meaning = said.meaning
    wants = any(not day.startswith("!") for day in meaning.days) or meaning.times or meaning.items or meaning.people
    instead = dialogue.front_kind == CHANGE_TASK and meaning.does(ActKind.CANCEL)  # "ya no lo muevas, cancelalo"
    others = said.refers_to(steps.ANOTHER) or any(
        meaning.does(act) for act in (ActKind.CHANGE, ActKind.UNDO, ActKind.CONFIRM)
    )
    another = wants or instead or others
    return bool(dialogue.tasks) and extraction.topic is Topic.ABANDON and not another


def _locale(state: ConversationState, extraction: Extraction, meaning: Meaning) -> str:
    """The language from now on. An answer that is only a name, an address or a choice has no language."""
    bare = bool(state.asked_slot) and bool(meaning.data or meaning.refers_to) and not meaning.subjects
    words = meaning.days or meaning.times or any(meaning.does(act) for act in _TASK_ACTS | {ActKind.ASK})
    if bare and not words:
        return state.locale
    return LOCALES.get(extraction.language[:2].lower(), state.locale)


def _understood(meaning: Meaning, extraction: Extraction) -> bool:
    """Whether anything of a message was understood."""
    said = bool(meaning.acts) and not all(act.kind == ActKind.OFFTOPIC for act in meaning.acts)
    first = extraction.intent not in (Intent.OTHER, Intent.UNSPECIFIED) or extraction.topic is not Topic.UNSPECIFIED
    values = bool(meaning.days or meaning.times or meaning.items or meaning.data or meaning.doubts)
    return said or first or values or bool(extraction.slots) or extraction.part_of_day is not PartOfDay.UNSPECIFIED


def _intent(after: Dialogue, before: Dialogue, meaning: Meaning, extraction: Extraction) -> Intent:
    """The turn's intent: that of a question, of the task that goes on, or of the first form's reading."""
    if meaning.subjects and extraction.intent in INFORMATION:
        return extraction.intent
    front = after.front
    if front and (front != before.front or any(meaning.does(act) for act in _ANSWERS | _TASK_ACTS)):
        return INTENT_OF_KIND[front.kind]
    return Intent.OTHER if extraction.intent in TASKS or extraction.intent is Intent.UNSPECIFIED else extraction.intent
