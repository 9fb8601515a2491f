"""A wish, a question, an answer to what was asked, or just words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from extractor.meaning import acts as said_acts
from extractor.meaning.appointments import joins, just_written, same_day_as, says, with_shifts
from extractor.meaning.items import Named, Parted, Wanted, part
from extractor.meaning.parts import Parts, day_doubts, in_order
from extractor.meaning.roles import Seen
from extractor.meaning.said import Said, combined
from extractor.text.normalised import MASK
from turn.constraints import OPEN
from turn.meaning import ANY, SAME, Doubt, Meaning
from workspace.calendar import parse_date

_BARE = {"cancel": "cancel", "reschedule": "change", "book": "book", "chitchat": "smalltalk", "other": "offtopic"}
"""What a message does that says nothing but its intent."""
ONLY_REACH = 4
"""Characters between "solo" and the service that it is said of."""
_OF_24 = re.compile(r"\b0[0-9]")
"""How an hour of the 24-hour clock begins: "08:00" is of the morning."""
_TELLS = frozenset(("complain", "late", "arrived"))
"""Acts beside which words of a question are none without its sign."""


@dataclass(frozen=True)
class _Kind:
    """What sort of message one is."""

    subjects: Sequence[said_acts.Span]
    wants: bool
    refuses: bool
    defers: bool
    off_topic: bool

    @property
    def asks(self) -> bool:
        return bool(self.subjects)

    def is_about(self, subject: str) -> bool:
        return any(one.name == subject for one in self.subjects)


def asked_about(seen: Seen) -> list[said_acts.Span]:
    """What a message asks about, in order. Words of "as soon as possible" and the like ask nothing."""
    line = seen.line
    for one in seen.pieces:
        if one.text in OPEN:
            line = line[: one.mention.start] + MASK * (one.mention.end - one.mention.start) + line[one.mention.end :]
    found = said_acts.subjects(line, seen.packs, seen.intent, seen.topic)
    named = [one for one in found if one.name == "health" and one.end and _of_service(seen, one)]
    return [one for one in found if one not in named] if seen.intent == "book" else found


def _of_service(seen: Seen, span: said_acts.Span) -> bool:
    """Whether words are part of what names a service: "análisis de sangre" asks nothing about blood."""
    services = [one for one in seen.named if one.slot == "service_type" and one.value]
    return any(one.start <= span.start and span.end <= one.end for one in services)


def wished(parts: Parts) -> Meaning:
    """What a message says that is neither about appointments nor an answer to offers."""
    kind = _kind(parts)
    parts = replace(parts, said={name: one for name, one in parts.said.items() if not _within(one, kind.subjects)})
    speaks = kind.wants or kind.asks
    timed = kind.wants or kind.is_about("hours")
    pieces = in_order((*parts.roles.excluded, *parts.roles.wanted)) if timed else []
    parted = _parted(parts, kind, pieces) if speaks else Parted((), ())
    days, times = combined(parted.pieces, parts.joining)
    if kind.wants:
        days, times = with_shifts(parts, just_written(parts.seen), parts.roles.wanted, days, times)
        days = days or same_day_as(parts, just_written(parts.seen))
        days, times = parts.near.applied(days, times) if parts.near else (days, times)
    else:
        days = _each_day(parted.pieces) or tuple(_next_of(one) for one in days)
    unread = parts.unread_doubts(days, times, parted.pieces) if kind.wants else []
    both = _both(parts) if kind.wants else None
    unread = [one for one in unread if not both or not (both.start <= one.start < both.end)]
    halves = _of_either_half(parts, times) if kind.wants else []
    times = () if halves else times
    return Meaning(
        acts=parts.acts(_main(parts, kind) | parts.gives),
        days=tuple(one for one in days if one),
        times=times,
        items=parted.items,
        people=parts.company.people if speaks and not both else None,
        refers_to=("both",) if both else (),
        not_services=_taken_back(parts) if kind.wants and parts.seen.front else (),
        subjects=tuple(dict.fromkeys(one.name for one in kind.subjects)),
        data=parts.data,
        doubts=(*day_doubts(pieces), *parts.data_doubts, *unread, *halves, *_between_services(parts, kind)),
    )


def _both(parts: Parts) -> said_acts.Span | None:
    """Where both of what was spoken of are wanted, and no service is named: "agendame las dos"."""
    seen = parts.seen
    known = seen.front or seen.known.offers or seen.known.appointments
    return None if known or seen.intent != "book" or parts.roles.services else parts.cue("both_told")


def _of_either_half(parts: Parts, times: Sequence[str]) -> list[Doubt]:
    """The doubt whether the only hour is of the morning or of the evening, as the business is open at both and nothing
    was offered or said before of which it could be one."""
    seen = parts.seen
    found = [one for one in parts.roles.wanted if one.late]
    answers = seen.front and not any(one.is_day for one in parts.roles.wanted)  # to the question which of the two it is
    if answers or seen.known.offers or seen.known.appointments or len(found) != 1 or list(times) != [found[0].text]:
        return []
    (one,) = found
    if _OF_24.search(seen.line, one.mention.start, one.mention.end):
        return []
    return [Doubt("times", "conflict", one.mention.start, one.mention.end, (one.text, one.late))]


def _each_day(pieces: Sequence[Said]) -> tuple[str, ...]:
    """The days that a question of hours is about, where it names several and nothing else: "abren hoy? y mañana?"."""
    named = tuple(dict.fromkeys(one.text for one in pieces if one.is_day and parse_date(one.text)))
    return named if len(named) > 1 and all(one.is_day and parse_date(one.text) for one in pieces) else ()


def _next_of(text: str) -> str:
    """The first day of a choice of one weekday's, any other constraint as it is: hours of "algún domingo" are those of
    the next one."""
    each = [parse_date(one) for one in text.split("|")]
    known = [one for one in each if one]
    same = len(known) == len(each) > 1 and len({one.weekday() for one in known}) == 1
    return known[0].isoformat() if same else text


def _between_services(parts: Parts, kind: _Kind) -> list[Doubt]:
    """The doubt between services that a wish may mean."""
    candidates = parts.seen.candidates
    return [Doubt("items", "ambiguous", candidates=candidates)] if kind.wants and len(candidates) > 1 else []


def _kind(parts: Parts) -> _Kind:
    seen, roles = parts.seen, parts.roles
    own = any(says(seen.line, one.name) for one in seen.known.appointments)
    of_others = seen.somebody and not own and parts.cue("whose") is not None
    off_topic = bool(of_others or (not roles.services and not seen.front and parts.act("offtopic")))
    tells = bool(parts.said.keys() & _TELLS) and "?" not in seen.line
    subjects = [] if off_topic or tells else asked_about(seen)
    left = replace(parts, said={name: one for name, one in parts.said.items() if not _within(one, subjects)})
    refuses = _refuses(left)
    defers = not refuses and "defer" in left.said and not seen.data and not roles.services and "bye" not in left.said
    defers = defers and not _opens(left)
    wants = not refuses and not defers and not of_others and _wants(left, subjects)
    if refuses or defers:
        subjects = [one for one in subjects if one.end]  # what only the topic says is about the datum
    return _Kind(subjects, wants, refuses, defers, off_topic)


def _opens(parts: Parts) -> bool:
    """Whether "te cuento" begins what is told, and puts nothing off: "te cuento, el viernes a las 5"."""
    opening, defer = parts.cue("opening"), parts.said.get("defer")
    if opening is None or defer is None or opening.start > defer.end or defer.start > opening.end:
        return False
    return any(one.mention.start >= opening.end for one in parts.roles.wanted)


def _within(one: said_acts.Span, subjects: Sequence[said_acts.Span]) -> bool:
    """Whether a phrase is part of a question: "si llego tarde, pierdo el turno?" tells of no delay."""
    return any(subject.start < one.end and one.start < subject.end for subject in subjects)


def _parted(parts: Parts, kind: _Kind, pieces: Sequence[Said]) -> Parted:
    staff = parts.staff if kind.wants or kind.is_about("who") else ()
    not_staff = parts.roles.not_staff if kind.wants else ()
    return part(Wanted(_services(parts), staff, not_staff, tuple(pieces), parts.company), parts.joining)


def _taken_back(parts: Parts) -> tuple[str, ...]:
    """The services that are not wanted any more: named with a no, or all but the one that is named with "only"."""
    only, services = parts.cue("only"), parts.roles.services
    beside = only and any(
        0 <= one.start - only.end <= ONLY_REACH or (0 <= only.start - one.end <= 1) for one in services
    )
    refused = [one.value for one in parts.roles.refused_services if one.value not in {own.value for own in services}]
    return tuple(dict.fromkeys(([ANY] if beside else []) + refused))


def _services(parts: Parts) -> tuple[Named, ...]:
    same = parts.cue("same_visit") if not parts.roles.services and parts.seen.intent == "book" else None
    return (Named(SAME, same.start, same.end),) if same else parts.roles.services


def _wants(parts: Parts, subjects: Sequence[said_acts.Span]) -> bool:
    """Whether a message wishes something, or answers what was asked with a value."""
    seen, roles = parts.seen, parts.roles
    values = bool(
        roles.wanted or roles.excluded or roles.services or roles.staff or roles.not_staff or parts.staff_word
    ) or bool(seen.front and roles.refused_services)
    if joins(seen, parts.company):
        return True
    if seen.intent in ("chitchat", "greeting", "other") and not (seen.front and (values or parts.company.people)):
        return False
    if "late" in parts.said and "wish" not in parts.said:
        return False
    if "person" in parts.said and not values and ("wish" not in parts.said or "complain" in parts.said):
        return False
    if subjects and _answers_before(parts, subjects):
        return True
    if subjects and _told_before(parts, subjects):
        return True
    if subjects:
        wish, last = parts.said.get("wish"), max(one.end for one in subjects)
        after = wish is not None and wish.start >= last and any(one.start >= last for one in roles.services)
        return after or (seen.intent == "book" and wish is not None and bool(roles.wanted or roles.services))
    if seen.front:
        return values or parts.company.people is not None
    only_data = bool(seen.data) and not values and parts.company.people is None and "wish" not in parts.said
    return seen.intent in ("book", "reschedule", "cancel") and not (only_data and not parts.cue("same_visit"))


def _told_before(parts: Parts, subjects: Sequence[said_acts.Span]) -> bool:
    """Whether it is told what hurts, and times are asked for after it: "me duele una muela. ¿tienen algo hoy?"."""
    last = max(one.end for one in subjects)
    asked = parts.act("availability") or (parts.said.get("wish") if parts.roles.wanted else None)
    told = all(one.name == "health" and one.end and not parts.seen.line[: one.end].endswith("?") for one in subjects)
    return told and asked is not None and asked.start >= last


def _answers_before(parts: Parts, subjects: Sequence[said_acts.Span]) -> bool:
    """Whether a day or an hour answers before the question begins: "16:30 perfecto, ¿cuánto sale?"."""
    seen, first = parts.seen, min(one.start for one in subjects)
    said = [one for one in parts.roles.wanted if one.mention.end <= first and one.text]
    if not seen.front or not said or any(one.name in ("hours", "own_appointments", "policy") for one in subjects):
        return False
    between = seen.line[said[-1].mention.end : first]
    return any(sign in between for sign in ",.;!") or bool(said_acts.cue(between, seen.packs, "suits"))


def _refuses(parts: Parts) -> bool:
    """Whether asked data is not given: said so, or by a bare no."""
    seen = parts.seen
    with_name = seen.asked == "client_name" and "refuse" in parts.said  # the address was asked for with the name
    if any(one.slot == seen.asked for one in seen.data) and not with_name:
        return False
    if seen.data or "defer" in parts.said:
        return "refuse" in parts.said
    says_more = bool(parts.roles.wanted or parts.roles.services or parts.roles.staff or parts.roles.not_staff)
    no = parts.cue("answer_no") or parts.cue("lacks")
    bare = seen.asked.startswith("client_") and not says_more and no is not None
    return "refuse" in parts.said or bare


def _main(parts: Parts, kind: _Kind) -> dict[str, int]:
    """The acts of a wish, a question or an answer, and where each is said."""
    main: dict[str, int] = {}
    if kind.refuses:
        main["refuse"] = parts.said["refuse"].start if "refuse" in parts.said else 0
    elif kind.defers:
        main["defer"] = parts.said["defer"].start
    if kind.asks:
        main["ask"] = kind.subjects[0].start
    if kind.wants:
        main[_wish(parts)] = parts.start()
    main |= _to_read_back(parts, kind)
    if not main and kind.off_topic:
        main["offtopic"] = 0
    if not main and not parts.seen.data and not any(name in parts.said for name in said_acts.PHRASED):
        bare = _BARE.get(parts.seen.intent)
        bare = "person" if bare == "offtopic" and parts.seen.topic == "human" else bare
        main |= {"give" if bare == "book" and parts.seen.front else bare: 0} if bare else {}
    return main


def _wish(parts: Parts) -> str:
    """What a wish does: it answers for the task in front, or begins one."""
    asks = "?" in parts.seen.line and parts.act("availability") is not None
    if parts.seen.front:
        return "availability" if asks else "give"
    if parts.seen.intent != "book" and not joins(parts.seen, parts.company):
        return _BARE.get(parts.seen.intent, "book")
    return "availability" if parts.act("availability") else "book"


def _to_read_back(parts: Parts, kind: _Kind) -> dict[str, int]:
    """The answer to a read-back, where one was asked for: a no may bring another value."""
    seen, no = parts.seen, parts.cue("answer_no")
    if seen.asked != "confirm" or (kind.wants and not no):
        return {}
    if no or seen.polarity == "deny":
        return {"deny": 0}
    yes = parts.cue("answer_yes") or "confirm" in parts.said or seen.polarity == "affirm"
    return {"confirm": 0} if yes and not seen.pieces and (parts.cue("answer_yes") or not kind.asks) else {}
