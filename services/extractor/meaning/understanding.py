"""Puts a message's parts together into what it means."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from extractor.meaning import acts as said_acts
from extractor.meaning.appointments import (
    asks_rules,
    can_undo,
    cancelled,
    cancels,
    changed,
    changes,
    told_which,
    undone,
)
from extractor.meaning.beside import beside
from extractor.meaning.offers import answered
from extractor.meaning.parts import Parts, or_anybody
from extractor.meaning.people import Company, Person, find_people, told_by_hours
from extractor.meaning.references import Place, Shift, numbered, ordinals, shifts
from extractor.meaning.roles import Seen, mentions_of, roles_of
from extractor.meaning.wishes import wished
from extractor.reading.message import Mention
from extractor.selection.corrections import contrasted
from extractor.text.normalised import MASK, fold
from turn.meaning import NOTHING_KNOWN, WRITER, Act, Doubt, Meaning

PART_OF_SLOT = {"preferred_date": "days", "preferred_time": "times", "service_type": "items", "staff_name": "staff"}
"""The part of a meaning that a slot's values are."""
FAREWELL_REACH = 6
"""Characters after a goodbye in which a day belongs to it: "nos vemos el viernes"."""
_SAID = (*said_acts.PHRASED, "stop", "refuse", "defer", "undo", "confirm", "wish")


def understand(seen: Seen) -> Meaning:
    """What a message means. A value of which the words do not say whether it or the one after it is wanted, "con Ana no
    con Eva", is neither: the customer is asked."""
    seen, doubts = _either(seen)
    meaning = _understood(seen)
    return replace(meaning, doubts=(*doubts, *meaning.doubts)) if doubts else meaning


def _either(seen: Seen) -> tuple[Seen, list[Doubt]]:
    """The message without the values between which a bare "no" leaves the choice, and the doubts that they are."""
    mentions = mentions_of(seen)
    plain = {id(one.mention) for one in seen.pieces if one.is_single}
    doubts, gone, line = list[Doubt](), set[int](), seen.line
    for index, sure in (*contrasted(mentions, seen.line), *_of_two(seen, mentions)):
        pair = mentions[index : index + 2]
        if sure or not all(one.slot in ("service_type", "staff_name") or id(one) in plain for one in pair):
            continue
        values = tuple(one.value for one in pair)
        doubts.append(Doubt(PART_OF_SLOT[pair[0].slot], "conflict", pair[0].start, pair[1].end, values))
        gone |= {id(one) for one in pair}
        start, end = pair[0].start, pair[1].end
        line = line[:start] + MASK * (end - start) + line[end:]  # their words say nothing else, either
    pieces = tuple(one for one in seen.pieces if id(one.mention) not in gone)
    named = tuple(one for one in seen.named if id(one) not in gone)
    return replace(seen, line=line, pieces=pieces, named=named), doubts


def _of_two(seen: Seen, mentions: Sequence[Mention]) -> list[tuple[int, bool]]:
    """Of two services of which one or the other is wanted the place of the first: "brushing o color el viernes"."""
    if seen.intent != "book" or any(
        one.end for one in said_acts.subjects(seen.line, seen.packs, seen.intent, seen.topic)
    ):
        return []
    alternatives = frozenset[str]().union(*(pack.alternatives for pack in seen.packs))
    found = []
    for index, (one, after) in enumerate(pairwise(mentions)):
        between = seen.line[one.end : after.start].replace(",", " ").split()
        either = bool(between) and between[0] in alternatives and len(between) <= 2
        if (
            one.slot == after.slot == "service_type"
            and one.value
            and after.value
            and one.value != after.value
            and either
        ):
            found.append((index, False))
    return found


def _understood(seen: Seen) -> Meaning:
    known = seen.known
    said = said_acts.phrases(seen.line, seen.packs, _SAID)
    if "stop" in said and not seen.data:
        return Meaning(acts=(Act("stop", said["stop"].start, said["stop"].end),))
    if "bye" in said and seen.named and any(_overlap(said["bye"], one.mention) for one in seen.pieces):
        said = {name: one for name, one in said.items() if name != "bye"}  # "brushing hasta el sábado"
    said = _restoring(seen, _not_late(seen, said))
    moved = tuple(shifts(seen.line, seen.packs)) if known.appointments or known.offers or known.done else ()
    places = tuple(_places(seen))
    seen = _settled(seen, said, moved, places)
    seen = _of_own(seen)
    rules = asks_rules(seen)
    later = _wish_after(seen, said) if not rules and not seen.front and cancels(seen) else 0
    if later:
        return _both(_until(seen, later), _from(seen, later))
    persons = (*seen.persons, *_with_own_name(seen))
    company = find_people(_hidden(seen, seen.named), _hidden(seen, ()), persons, seen.packs)
    company = Company() if _for_several(seen) else company
    seen, company = _kin_by_name(seen, company)
    if seen.front and not company.count and said_acts.cue(seen.line, seen.packs, "comes_alone"):
        company = replace(company, alone=True)
    if seen.front and sum(not one.is_day for one in seen.pieces) > 1:
        company = replace(company, apart=told_by_hours(_hidden(seen, seen.named), company, seen.packs))
    seen, near = beside(_with_company(_counted(seen, company), company))
    undoing = "undo" in said and can_undo(seen) and not _gives_up_instead(seen, said)
    changing = not (undoing or rules or near) and "late" not in said and changes(seen, moved, company)
    cancelling = not (undoing or rules or near or changing) and cancels(seen)
    seen = replace(seen, unread=_unexplained(seen, company, moved, places))
    parts = Parts(seen, said, roles_of(seen, changing, cancelling), company, places, moved, near)
    if seen.asked == "booking_id" and len(known.appointments) > 1 and not (undoing or changing or cancelling):
        which = told_which(replace(parts, roles=roles_of(seen, False, True)))
        if which:
            return which
    if undoing:
        return Meaning(acts=parts.acts({"undo": said["undo"].start}), refers_to=undone(seen, said))
    if changing or cancelling:
        return changed(parts) if changing else cancelled(parts)
    answer = answered(parts) if (known.offers or seen.read_back) and not company.apart else None
    return answer or _beside_written(parts, wished(parts))


def _beside_written(parts: Parts, meaning: Meaning) -> Meaning:
    """A wish for an earlier or a later time than that of the appointment just written: "no tenés algo antes?"."""
    known, earlier = parts.seen.known, parts.cue("earlier")
    written = known.done[-1].id if known.done and known.done[-1].kind != "cancel" else ""
    own = next((one for one in known.appointments if one.id == written), None)
    asks = meaning.does("availability") and not (parts.seen.front or meaning.items)
    if own is None or not asks or not (earlier or parts.cue("later")) or set(meaning.times) - {"morning"}:
        return meaning
    return replace(meaning, days=meaning.days or (own.day,), times=(f"{'<' if earlier else '>'}{own.time}",))


def _for_several(seen: Seen) -> bool:
    """Whether what is named is one service for several persons: "terapia de pareja"."""
    words = frozenset[str]().union(*(pack.together for pack in seen.packs))
    services = [one.value for one in seen.named if one.slot == "service_type" and one.value]
    return bool(services) and all(words & set(fold(name).split()) for name in services)


def _kin_by_name(seen: Seen, company: Company) -> tuple[Seen, Company]:
    """The message in which a name said right after who of the customer's somebody is, is that person's, where something
    is for the writer, too: "para mi hijo Leo y para mí"."""
    if all(one.who != WRITER for one in company.persons):
        return seen, company
    others = [one for one in company.persons if one.who != WRITER]
    if seen.other and len(others) == 1 and not others[0].named:
        named = replace(others[0], who=seen.other, named=True)
        return seen, replace(company, persons=tuple(named if one is others[0] else one for one in company.persons))
    for datum in seen.data:
        near = [one for one in company.persons if one.who != WRITER and 0 <= datum.start - one.end <= 2]
        if datum.slot == "client_name" and datum.value and near and not near[0].named:
            named = replace(near[0], who=datum.value, end=datum.end, named=True)
            persons = tuple(named if one is near[0] else one for one in company.persons)
            left = tuple(one for one in seen.data if one is not datum)
            return replace(seen, data=left), replace(company, persons=persons)
    return seen, company


def _gives_up_instead(seen: Seen, said: Mapping[str, said_acts.Span]) -> bool:
    """Whether what was moved is to be cancelled, not to be put back: "ya no quiero cambiarlo, cancelalo"."""
    gives_up = said_acts.phrases(seen.line, seen.packs, ("cancel_words",)).get("cancel_words")
    moved = bool(seen.known.done) and seen.known.done[-1].kind != "cancel"
    return moved and gives_up is not None and gives_up.start >= said["undo"].end


def _overlap(span: said_acts.Span, mention: Mention) -> bool:
    return span.start < mention.end and mention.start < span.end


def _wish_after(seen: Seen, said: Mapping[str, said_acts.Span]) -> int:
    """Where a wish begins after a cancellation in the same message: "cancelá el de uñas y sacame corte el viernes"."""
    gives_up = said_acts.phrases(seen.line, seen.packs, ("cancel_words",)).get("cancel_words")
    wish = said.get("wish")
    if gives_up is None or wish is None or wish.start <= gives_up.end:
        return 0
    after = any(one.slot == "service_type" and one.value and one.start >= wish.end for one in seen.named)
    return wish.start if after else 0


def _until(seen: Seen, at: int) -> Seen:
    """The message up to a place."""
    return replace(
        seen,
        line=f"{seen.line[:at].rstrip()} ",
        pieces=tuple(one for one in seen.pieces if one.mention.end <= at),
        named=tuple(one for one in seen.named if one.end <= at),
        data=(),
        unread=(),
    )


def _from(seen: Seen, at: int) -> Seen:
    """The message from a place on, as a wish; places are those of the whole."""
    return replace(
        seen,
        line=" " * at + seen.line[at:],
        pieces=tuple(one for one in seen.pieces if one.mention.start >= at),
        named=tuple(one for one in seen.named if one.start >= at),
        intent="book",
        known=NOTHING_KNOWN,
    )


def _both(first: Seen, second: Seen) -> Meaning:
    """A message of two parts."""
    one, other = understand(first), understand(second)
    return replace(
        other,
        acts=(*one.acts, *other.acts),
        refers_to=(*one.refers_to, *other.refers_to),
        doubts=(*one.doubts, *other.doubts),
    )


def _of_own(seen: Seen) -> Seen:
    """The message as a question about the customer's own appointment, where it only asks when that is: "¿mi turno era a
    las 10 o 10 y media?"."""
    asks = bool(seen.known.appointments) and not seen.front and said_acts.cue(seen.line, seen.packs, "asks_own")
    if not asks or said_acts.phrases(seen.line, seen.packs, ("change_words", "cancel_words")):
        return seen
    return replace(seen, intent="other", topic="my_appointment", pieces=())


def _settled(seen: Seen, said: Mapping[str, said_acts.Span], moved: Sequence[Shift], places: Sequence[Place]) -> Seen:
    """The message without days and hours that are part of a relative one, of a place in a list, or of a goodbye; and
    as a booking where "con quien sea" made it a question of who."""
    spans = [(one.start, one.end) for one in moved] + [(one.start, one.end) for one in places]
    if "bye" in said and not seen.named:
        spans.append((said["bye"].start, said["bye"].end + FAREWELL_REACH))
    again = said_acts.cue(seen.line, seen.packs, "same_visit")
    spans += [(again.start, again.end)] if again else []  # "same as last time" asks for no last time
    together = said_acts.cue(seen.line, seen.packs, "together")
    spans += [one for one in [or_anybody(seen)] if one]
    anybody = said_acts.cue(seen.line, seen.packs, "any_staff") if seen.asked == "staff_name" else None
    spans += [(anybody.start, anybody.end)] if anybody else []  # "con cualquiera" is no day when somebody was asked for
    spans += [(together.start, together.end)] if together else []  # "as duas no mesmo horário" is no hour
    left = [
        one
        for one in seen.pieces
        if not any(one.mention.start < end and start < one.mention.end for start, end in spans)
    ]
    seen = replace(seen, pieces=tuple(left))
    owns = seen.known.appointments or seen.known.done
    if seen.intent == "reschedule" and not (owns or seen.front) and said_acts.cue(seen.line, seen.packs, "takes"):
        return replace(seen, intent="book", topic=None)  # "me quedo con el del viernes", of what was offered before
    asks_who = seen.intent == "info_services" and seen.topic == "staff" and "?" not in seen.line
    if asks_who and said_acts.cue(seen.line, seen.packs, "any_staff"):
        return replace(seen, intent="book", topic=None)
    return seen


def _with_own_name(seen: Seen) -> list[Person]:
    """The writer and somebody of theirs, where the message gives the customer's name before: "Ana Paz y mi hija"."""
    ends = [one.end for one in seen.data if one.slot == "client_name"]
    cues = [(pack, pack.cues["and_mine"]) for pack in seen.packs if "and_mine" in pack.cues]
    return [
        person
        for end in ends
        for pack, cue in cues
        if (match := cue.match(seen.line[end:])) and match["who"] in pack.relatives
        for person in (Person(WRITER, end, end), Person(match["who"], end + match.start("who"), end + match.end("who")))
    ]


def _with_company(seen: Seen, company: Company) -> Seen:
    """The message as a booking where it names a service, and asks nothing and counts persons or wants it besides
    ("somos 3, corte"; "sumale barba"), says that somebody else is to have it, or nothing that could be changed."""
    served = any(one.slot == "service_type" and one.value for one in seen.named)
    if served and company.people is not None and said_acts.cue(seen.line, seen.packs, "not_for"):
        return replace(seen, intent="book", topic=None)
    unlike = seen.intent == "other" or (seen.intent == "cancel" and not _could_change(seen))
    unlike = unlike or seen.intent == "info_services"  # "root canal"
    if served and unlike and not seen.topic and not seen.front and _only_names(seen):
        return replace(seen, intent="book")  # "vacunar dos perros y un gato"
    if served and seen.intent == "reschedule" and not _could_change(seen):
        return replace(seen, intent="book", topic=None)
    besides = company.people is not None or said_acts.cue(seen.line, seen.packs, "additional")
    tells = "?" not in seen.line and besides
    if not tells or not seen.intent.startswith("info") or not any(one.slot == "service_type" for one in seen.named):
        return seen
    asks = any(one.end for one in said_acts.subjects(seen.line, seen.packs, seen.intent, seen.topic))
    return seen if asks else replace(seen, intent="book", topic=None)


def _only_names(seen: Seen) -> bool:
    """Whether a message that names a service neither asks nor does anything else."""
    others = (*said_acts.PHRASED, "offtopic", "cancel_words", "change_words", "stop", "refuse", "defer", "undo")
    done = said_acts.phrases(seen.line, seen.packs, tuple(one for one in others if one != "greet"))
    asks = "?" in seen.line or any(one.end for one in said_acts.subjects(seen.line, seen.packs, "book", None))
    asks = asks or said_acts.cue(seen.line, seen.packs, "indirect_question") is not None
    return not asks and not done and not said_acts.cue(seen.line, seen.packs, "past_verb")


def _could_change(seen: Seen) -> bool:
    """Whether something may be changed: it is said in words, under way, or something is written."""
    written = seen.front or seen.known.appointments or seen.known.done
    return bool(written or said_acts.phrases(seen.line, seen.packs, ("change_words",)))


def _unexplained(
    seen: Seen, company: Company, moved: Sequence[Shift], places: Sequence[Place]
) -> tuple[tuple[int, int], ...]:
    """Unread words that neither count people, nor are an amount of time or a place in a list."""
    spans = [company.counted, *((one.start, one.end) for one in company.persons)]
    spans += [(one.start, one.end) for one in moved] + [(one.start, one.end) for one in places]
    left = [one for one in seen.unread if not _counts(seen, *one, company)]
    return tuple(one for one in left if not any(start < one[1] and one[0] < end for start, end in spans))


def _counted(seen: Seen, company: Company) -> Seen:
    """The message without an hour whose number says again how many persons there are, where it has another one: "somos
    duas … as duas amanhã às 11"."""
    hours = [one for one in seen.pieces if not one.is_day]
    if not company.count or len(hours) != 2:
        return seen
    between = seen.line[hours[0].mention.end : hours[1].mention.start].split()
    joined = any(word in pack.alternatives | pack.corrections for word in between for pack in seen.packs)
    start, end = _last_word(seen, hours[0].mention)
    again = not joined and seen.line[start:end].isalpha() and _counts(seen, start, end, company)
    return replace(seen, pieces=tuple(one for one in seen.pieces if one is not hours[0])) if again else seen


def _last_word(seen: Seen, mention: Mention) -> tuple[int, int]:
    word = seen.line[mention.start : mention.end].rstrip().rsplit(" ", 1)[-1]
    return mention.end - len(word), mention.end


def _counts(seen: Seen, start: int, end: int, company: Company) -> bool:
    """Whether a number says again how many persons there are: "somos dos … queremos corte las dos"."""
    word = seen.line[start:end]
    number = int(word) if word.isdigit() else next((one.numbers[word] for one in seen.packs if word in one.numbers), 0)
    return number > 1 and company.people is not None and number == company.people.count


def _restoring(seen: Seen, said: dict[str, said_acts.Span]) -> dict[str, said_acts.Span]:
    """The acts with that of undoing where what was just cancelled is wanted after all: "sí voy, dejame el turno"."""
    cancelled = bool(seen.known.done) and seen.known.done[-1].kind == "cancel" and not seen.front
    served = any(one.slot == "service_type" for one in seen.named)
    restores = said_acts.cue(seen.line, seen.packs, "restores")
    if not cancelled or served or "?" in seen.line or restores is None:
        return said
    return {"undo": restores} | said


def _not_late(seen: Seen, said: Mapping[str, said_acts.Span]) -> dict[str, said_acts.Span]:
    """The acts without a delay where the customer cannot come at an hour, and wants another: "18:30 mejor? no llego a
    las 6"."""
    late = said.get("late")
    before = seen.line[: late.start].split()[-1:] if late else []
    denied = any(word in pack.negations for word in before for pack in seen.packs)
    other = late and any(not one.is_day and one.text and not _overlap(late, one.mention) for one in seen.pieces)
    return {name: one for name, one in said.items() if name != "late" or not (denied and other)}


def _hidden(seen: Seen, named: Sequence[Mention]) -> str:
    """The line with days and hours, and some names of the business, blanked out, so that their words count nobody."""
    chars = list(seen.line)
    for one in (*(piece.mention for piece in seen.pieces), *named):
        chars[one.start : one.end] = MASK * (one.end - one.start)
    return "".join(chars)


def _places(seen: Seen) -> list[Place]:
    """Places in the list of offers or appointments that are named."""
    most = len(seen.known.offers) or len(seen.known.appointments)
    if not most:
        return []
    found = [one for one in ordinals(seen.line, seen.packs) if one.number <= most]
    middle = said_acts.cue(seen.line, seen.packs, "middle")
    if middle and most % 2:
        return [Place(most // 2 + 1, middle.start, middle.end)]
    if len(found) > 1:
        between = seen.line[found[0].end : found[1].start].split()
        corrected = any(word in pack.corrections for word in between for pack in seen.packs)
        found = [found[1]] if corrected else found
    if found or not seen.known.offers:
        return found
    days = {offer.day[8:].lstrip("0") for offer in seen.known.offers}
    return [one for one in numbered(seen.line, most) if str(one.number) not in days]
