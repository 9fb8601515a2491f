"""A message with everything known about it, for whatever puts its meaning together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from extractor.meaning import acts as said_acts
from extractor.meaning.beside import Beside
from extractor.meaning.items import Named
from extractor.meaning.people import Company
from extractor.meaning.references import Place, Pointed, Shift
from extractor.meaning.roles import Roles, Seen
from extractor.meaning.said import Joining, Said, contradictory, unused
from turn.meaning import ANY, SAME, Act, Doubt, GivenDatum


@dataclass(frozen=True)
class Parts:
    """What was found in a message, with what each part is said for."""

    seen: Seen
    said: Mapping[str, said_acts.Span]
    """The acts that are said in fixed phrases."""
    roles: Roles
    company: Company
    places: tuple[Place, ...] = ()
    """Places in a list of offers or appointments."""
    shifts: tuple[Shift, ...] = ()
    """Days and hours relative to others."""
    near: Beside | None = None
    """What is said of day and hour by an appointment that the wish is beside."""

    def cue(self, name: str) -> said_acts.Span | None:
        """The first place of a cue."""
        return said_acts.cue(self.seen.line, self.seen.packs, name)

    def act(self, name: str) -> said_acts.Span | None:
        """The first place of an act said in a fixed phrase, those that `said` leaves out among them."""
        return said_acts.phrases(self.seen.line, self.seen.packs, (name,)).get(name)

    def wanting(self, wanted: Iterable[Said]) -> "Parts":
        """The same, with other wanted days and hours."""
        return replace(self, roles=replace(self.roles, wanted=tuple(wanted)))

    @property
    def joining(self) -> Joining:
        """How days and hours that stand side by side are told apart."""
        alternatives = frozenset().union(*(pack.alternatives for pack in self.seen.packs))
        return Joining(
            self._with_alternatives(min(alternatives, key=len, default="")),
            alternatives,
            frozenset().union(*(pack.corrections for pack in self.seen.packs)),
            frozenset().union(*(pack.negations for pack in self.seen.packs)),
            frozenset(self.seen.chosen.values()),
        )

    def _with_alternatives(self, word: str) -> str:
        """The line with such a word where it says "if not": "el viernes, si no el lunes"."""
        line = self.seen.line
        for pack in self.seen.packs:
            for said in pack.cues["otherwise"].finditer(line) if "otherwise" in pack.cues and word else ():
                line = line[: said.start()] + word.ljust(said.end() - said.start()) + line[said.end() :]
        return line

    @property
    def staff_word(self) -> str:
        """SAME or ANY where the message says so; empty otherwise."""
        if self.cue("same_staff"):
            return SAME
        anybody = self.cue("any_staff")
        asked = self.seen.asked == "staff_name"
        of_days = (
            anybody
            and not asked
            and any(
                one.is_day and one.mention.start < anybody.end and anybody.start < one.mention.end
                for one in self.seen.pieces
            )
        )
        return ANY if anybody and not of_days else ""

    @property
    def staff(self) -> tuple[Named, ...]:
        """Who is wanted; SAME and ANY count."""
        if self.roles.staff and or_anybody(self.seen):
            return (Named(ANY, 0, 0),)
        if self.roles.staff:
            return self.roles.staff
        word = self.staff_word
        return (Named(word, 0, 0),) if word and not (word == ANY and self.roles.not_staff) else ()

    @property
    def data(self) -> tuple[GivenDatum, ...]:
        """The customer's data that can be used."""
        return tuple(GivenDatum(one.slot, one.value, one.how) for one in self.seen.data if one.value)

    @property
    def data_doubts(self) -> list[Doubt]:
        """What has to be read back of the customer's data."""
        return [
            Doubt("data", one.reason, one.start, one.end, (one.value,) if one.value else ())
            for one in self.seen.data
            if not one.sure
        ]

    @property
    def gives(self) -> dict[str, int]:
        """The act of giving data, where there are any."""
        return {"give": self.seen.data_at} if self.seen.data else {}

    def unread_doubts(self, days: Sequence[str], times: Sequence[str], pieces: Sequence[Said]) -> list[Doubt]:
        """Doubts about days and hours that do not fit one another, or beside which a number or a word of time was not
        understood, or one of `pieces`, of which they are made, was not used."""
        if not days and not times:
            return []
        part = "times" if times else "days"
        odd = [Doubt(part, "contradiction")] if contradictory(days, times) else []
        unsaid = [one for one in unused(pieces, self.joining) if one not in self.roles.excluded]
        unsaid += [one for one in pieces if one not in unsaid and self._may_be_past(one)]
        left = [(one.is_day, one.mention) for one in unsaid]
        odd += [Doubt("days" if of_days else "times", "unread", one.start, one.end) for of_days, one in left]
        return odd + [Doubt(part, "unread", start, end) for start, end in self.seen.unread]

    def _may_be_past(self, piece: Said) -> bool:
        """Whether a day or an hour may tell of something that has happened: "ayer llamé, a las 6 quiero"."""
        return any(start < piece.mention.end and piece.mention.start < end for start, end in self.seen.doubted)

    def acts(self, main: Mapping[str, int]) -> tuple[Act, ...]:
        """The main acts, by where they are said, with those that are said in phrases beside them."""
        kinds = dict(main)
        for name in (*said_acts.PHRASED, "stop"):
            if name in self.said:
                kinds.setdefault(name, self.said[name].start)
        if kinds.keys() & {"late", "arrived"}:
            kinds = {name: at for name, at in kinds.items() if name not in ("offtopic", "smalltalk")}
        return said_acts.in_order(kinds)

    def start(self, *words: str) -> int:
        """Where a wish begins: its first value, its verb, or one of some acts' phrases."""
        starts = [one.mention.start for one in self.seen.pieces] + [one.start for one in self.seen.named]
        found = [self.said.get("wish"), *(self.act(name) for name in words)]
        return min(starts + [one.start for one in found if one], default=1)


def or_anybody(seen: Seen) -> tuple[int, int] | None:
    """Where a message says that somebody named, or else anybody, may do it: "con Sofía o cualquiera"."""
    for pack in seen.packs:
        for said in pack.cues["any_staff"].finditer(seen.line) if "any_staff" in pack.cues else ():
            before = [one for one in seen.named if one.slot == "staff_name" and one.end <= said.start()]
            between = seen.line[before[-1].end : said.end()].replace(",", "").split() if before else []
            between = between[: len(between) - len(said[0].split()) + 1]
            if between and between[0] in pack.alternatives and len(between) <= 3:
                return said.span()
    return None


def day_doubts(pieces: Iterable[Said]) -> list[Doubt]:
    """Doubts about days that no calendar has, or whose weekday and number disagree."""
    doubts = []
    for one in pieces:
        if one.day is not None and one.day.date is None:
            candidates = tuple(day.isoformat() for day in one.day.conflict)
            reason = "conflict" if candidates else "no_such_day"
            candidates = candidates or ((one.day.near.isoformat(),) if one.day.near else ())
            doubts.append(Doubt("days", reason, one.mention.start, one.mention.end, candidates))
    return doubts


def choices(pointed: Pointed) -> list[Doubt]:
    """The doubt between several offers or appointments."""
    return [Doubt("refers_to", "conflict", candidates=pointed.between)] if pointed.between else []


def in_order(pieces: Iterable[Said]) -> list[Said]:
    """Days and hours as they were said."""
    return sorted(pieces, key=lambda one: one.mention.start)
