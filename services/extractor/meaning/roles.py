"""What was found in a message, and what each of its values is said for: wanted, excluded, or of an appointment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from extractor.identity.datum import Datum
from extractor.meaning import acts as said_acts
from extractor.meaning.items import Named
from extractor.meaning.packs import PhrasePack
from extractor.meaning.people import Person
from extractor.meaning.references import shifts
from extractor.meaning.said import Said
from extractor.reading.message import Mention
from extractor.selection import choice
from extractor.selection.corrections import refused, rejected
from extractor.when.events import elsewhere
from turn.constraints import OPEN
from turn.meaning import ANY, Known, OfferedTime

LEAD = 4
"""Letters of a word at the beginning of a day or an hour that may say what it is: "di giovedì", "delle 3"."""


@dataclass(frozen=True)
class Seen:
    """Everything found in a message before it is put together."""

    line: str
    """The normalised line, data masked."""
    pieces: tuple[Said, ...]
    """Its days and hours."""
    named: tuple[Mention, ...]
    """Services and staff of the business."""
    persons: tuple[Person, ...]
    """Persons named as those for whom something is wanted."""
    data: tuple[Datum, ...]
    """Data of the customer, those that cannot be used among them."""
    data_at: int
    """Where the first datum stands in the line."""
    unread: tuple[tuple[int, int], ...]
    """Numbers and words of time that nothing explained."""
    candidates: tuple[str, ...]
    """Services of which the message means one, where it does not say which."""
    chosen: Mapping[str, str]
    """The slots of the first form: which of several days or hours it takes."""
    intent: str
    """One of the nine."""
    topic: str | None
    polarity: str | None
    asked: str
    """The slot asked for, or "confirm"; empty for none."""
    front: str
    """book, change or cancel; empty for none."""
    known: Known
    packs: tuple[PhrasePack, ...]
    minutes: Mapping[str, int] = field(default_factory=dict)
    """How long the services of the business last."""
    read_back: OfferedTime | None = None
    """The day and hour that a read-back waits for the yes to."""
    somebody: bool = False
    """Whether it names somebody by first and family name who is neither the customer nor of the business."""
    own: frozenset[str] = frozenset()
    """Words that elsewhere name an event of the customer's and here something of the business."""
    doubted: tuple[tuple[int, int], ...] = ()
    """Days and hours that may tell of something past."""
    other: str = ""
    """A name told together with the customer's: "somos Ana Paz y Leo Gil"."""


@dataclass(frozen=True)
class Roles:
    """What the values of a message are said for."""

    wanted: tuple[Said, ...]
    excluded: tuple[Said, ...]
    identifying: tuple[Said, ...]
    """Of an appointment that exists."""
    services: tuple[Named, ...]
    refused_services: tuple[Named, ...]
    staff: tuple[Named, ...]
    not_staff: tuple[Named, ...]
    old_staff: tuple[Named, ...]
    """Of an appointment that exists."""


def roles_of(seen: Seen, changing: bool, cancelling: bool) -> Roles:
    """What the values of a message are said for, where it changes or cancels something or does neither."""
    mentions = mentions_of(seen)
    by_phrase = _by_phrase(seen, mentions, ("refused_before", "refused_after"))
    out, denied = rejected(mentions, seen.line) | by_phrase, refused(mentions, seen.line) | by_phrase
    timed = _timed(seen, mentions, out, denied, changing=changing, cancelling=cancelling)
    services = [(index, one) for index, one in enumerate(mentions) if one.slot == "service_type" and one.value]
    staff, not_staff, old_staff = list[Named](), list[Named](), list[Named]()
    for index, one in enumerate(mentions):
        if one.slot != "staff_name" or not one.value:
            continue
        if index in out:
            (not_staff if index in denied else old_staff).append(_named(one))
        else:
            old = (changing or cancelling) and identifies(seen, one)
            (old_staff if old else staff).append(_named(one))
    return Roles(
        *timed,
        services=tuple(_named(one) for index, one in services if index not in out),
        refused_services=tuple(_named(one) for index, one in services if index in out),
        staff=tuple(staff),
        not_staff=tuple(not_staff),
        old_staff=tuple(old_staff),
    )


def mentions_of(seen: Seen) -> list[Mention]:
    """Everything that a message names, in order."""
    return sorted(chain((one.mention for one in seen.pieces), seen.named), key=lambda one: one.start)


Timed = tuple[tuple[Said, ...], tuple[Said, ...], tuple[Said, ...]]
"""Days and hours: wanted, excluded, identifying."""


def _timed(
    seen: Seen, mentions: Sequence[Mention], out: set[int], denied: set[int], *, changing: bool, cancelling: bool
) -> Timed:
    by_id = {id(one.mention): one for one in seen.pieces}
    places = [index for index, one in enumerate(mentions) if id(one) in by_id]
    old = choice.existing(mentions, seen.line) | _by_phrase(seen, mentions, ("of_appointment",))
    other = elsewhere(mentions, seen.line, seen.own)
    if "?" in seen.line:
        other = {index: certain for index, certain in other.items() if not _asked_about(seen, mentions[index])}
    moved = shifts(seen.line, seen.packs) if other else ()
    free_from = _by_phrase(seen, mentions, ("free_from",)) if other and not moved else set()
    wished = {mentions[index].slot for index in places if index not in out and index not in other}
    that_day = said_acts.cue(seen.line, seen.packs, "same_day")
    wanted, excluded, identifying, leaving = list[Said](), list[Said](), list[Said](), list[Said]()
    for index in places:
        piece = by_id[id(mentions[index])]
        if piece.is_day and piece.text == ANY and index + 1 in out and mentions[index + 1].slot == "staff_name":
            continue  # "con cualquiera menos Sofi" is about staff
        if index in other and not _meant(piece, that_day) and (other[index] or mentions[index].slot in wished):
            leaving += [piece] if index in free_from and piece.hour is not None and piece.text else []
            continue
        if cancelling or (changing and index in old):
            identifying.append(piece)
        elif index in out and not piece.text.startswith("!"):
            excluded += _without(piece) if index in denied else []
        elif index in old and seen.intent not in ("book", "info_hours"):
            identifying.append(piece)
        else:
            wanted.append(piece)
    if leaving and not cancelling and all(one.is_day for one in wanted):
        wanted.append(_from_then(leaving[0]))
    return tuple(wanted), tuple(excluded), tuple(identifying)


def _asked_about(seen: Seen, mention: Mention) -> bool:
    """Whether an hour is part of a question about hours: "chego às 18:30, dá tempo?"."""
    found = [pack.subjects["hours"].search(seen.line) for pack in seen.packs if "hours" in pack.subjects]
    return any(one.start() < mention.end and mention.start < one.end() for one in found if one)


def _without(piece: Said) -> list[Said]:
    """A denied value: one day or hour, or any but those of a span or of a part of the day."""
    if piece.is_single and piece.text:
        return [piece]
    if not piece.text or piece.text[0] in "<>" or piece.text in OPEN or ":" in piece.text:
        return []
    return [replace(piece, mention=replace(piece.mention, value=f"!{one}")) for one in piece.text.split("|")]


def _from_then(piece: Said) -> Said:
    """The hours from that at which the customer is free: "salgo a las 6" says from when on."""
    return replace(piece, mention=replace(piece.mention, value=f">={piece.text}"), hour=None)


def _meant(piece: Said, that_day: said_acts.Span | None) -> bool:
    """Whether the day of an event is the wanted one: "el sábado me caso, quiero un peinado ese día"."""
    return piece.is_day and that_day is not None and that_day.start > piece.mention.start


def _by_phrase(seen: Seen, mentions: Sequence[Mention], names: Sequence[str]) -> set[int]:
    """Places of the values beside which a pack's phrase of such a name says what they are: `…_after` after them, any
    other before them."""
    cues = [(name, pack.cues[name]) for pack in seen.packs for name in names if name in pack.cues]
    return {
        index
        for index, one in enumerate(mentions)
        for name, cue in cues
        if (cue.match(seen.line[one.end :]) if name.endswith("_after") else cue.search(_until(seen, one)))
    }


def _until(seen: Seen, mention: Mention) -> str:
    """The words before a value, those with which it begins that name nothing among them."""
    lead = seen.line[mention.start : mention.end].split(" ")[0]
    return seen.line[max(0, mention.start - 60) : mention.start] + (f"{lead} " if len(lead) <= LEAD else "")


def _named(mention: Mention) -> Named:
    return Named(mention.value, mention.start, mention.end)


def identifies(seen: Seen, mention: Mention) -> bool:
    """Whether words before a value, or its own first ones, say that it is that of an appointment: "el de María"."""
    return points(seen, mention, "identifies")


def points(seen: Seen, mention: Mention, cue: str) -> bool:
    """Whether words before a value, or its own first ones, are such a cue."""
    before = seen.line[max(0, mention.start - 40) : mention.start]
    words = seen.line[mention.start : mention.end].split(" ")[:3]
    leads = [" ".join(words[:count]) for count in range(len(words) + 1)]
    texts = [f"{before}{lead} ".replace("  ", " ") for lead in leads if not lead or lead.isalpha() or " " in lead]
    return any(pack.cues[cue].search(text) is not None for pack in seen.packs if cue in pack.cues for text in texts)
