"""How a played conversation is judged: by the agenda's rows, by what replies say about them, by messages. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from cli.evaluation.conversations import fold
from cli.evaluation.live.customer import Wish
from cli.evaluation.live.replies import Claim, Deed, Heard, heard, sentences_of
from cli.evaluation.live.task_checks import needs_after, needs_of
from cli.evaluation.live.tasks import SLACK, After, Part, Task
from cli.evaluation.live.wants import Row, Want, assign, differences

LEAST_WORDS = 4
"""Words of a sentence that may not come twice."""
_PLACE = ("service_type", "date", "time", "staff_name", "status")


@dataclass(frozen=True)
class Turn:
    """One message and its reply."""

    part: int
    """The part of the task that it belongs to."""
    said: str
    """The message."""
    reply: str
    """The reply."""
    before: tuple[Row, ...]
    """The customer's rows before it."""
    after: tuple[Row, ...]
    """The customer's rows after it."""
    known: frozenset[str] = frozenset()
    """Fields that the customer had said, this message included."""
    excused: bool = False
    """Whether it does not count: something was broken on purpose, or it closes the conversation."""
    note: str = ""
    """What was broken."""


@dataclass
class Run:
    """One played task."""

    task: Task
    """What was played."""
    seed: int
    """With which seed."""
    codes: Mapping[str, str] = field(default_factory=dict)
    """Existing appointment's ref -> its booking id."""
    bases: list[tuple[Row, ...]] = field(default_factory=list)
    """The customer's rows when each part began."""
    before: list[tuple[str, str]] = field(default_factory=list)
    """Messages that do not count, with their replies."""
    turns: list[Turn] = field(default_factory=list)
    """What was said."""
    over: str = ""
    """Why it ended: done, patience, or what broke it off."""
    unequal: bool = False
    """Whether a message delivered twice got two different answers."""

    @property
    def today(self) -> date:
        """The day of the conversation."""
        return date.fromisoformat(self.task.reference_time[:10])

    def text(self) -> str:
        """The conversation as text."""
        notes = [f"  [{turn.note}]\n" if turn.note else "" for turn in self.turns]
        before = [f"(before) › {said}\n  {reply}" for said, reply in self.before]
        spoken = [f"{note}› {turn.said}\n  {turn.reply}" for note, turn in zip(notes, self.turns, strict=True)]
        return "\n".join((*before, *spoken))


@dataclass(frozen=True)
class Verdict:
    """How a run went."""

    reached: bool
    """Whether the customer has what they wanted."""
    clean: bool
    """Whether that went as with a good receptionist."""
    problems: tuple[str, ...]
    """What was not right, a line each."""
    messages: int
    """Messages that count."""
    messages_to_booking: int | None
    """Messages until the wanted rows were there; None when they never were, or nothing was to be booked."""
    replies: int
    """Replies in all."""
    repeated: int
    """Replies equal to the one before."""
    untrue: int
    """Replies that no row bears out."""
    untold: int
    """Changes that no reply told."""
    wrong: int
    """Rows written that fit nothing wanted."""
    asked_again: int
    """Questions about what had been said."""


def parts_of(task: Task) -> tuple[Part, ...]:
    """The parts of a task in order."""
    return (task.goal, *task.script.after)


_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}\b)")


def wanted_rows(part: Part, base: Sequence[Row]) -> tuple[Want, ...]:
    """What a part wants in the agenda; as it was when it began, where it says `unchanged`."""
    if part.rows is not None:
        return part.rows
    return tuple(
        Want(service=row["service_type"], day=(row["date"],), time=(row["time"],), staff=(row["staff_name"],))
        for row in base
        if row["status"] == "booked"
    )


def lacks(part: Part, base: Sequence[Row], rows: Sequence[Row], codes: Mapping[str, str], told: str) -> list[str]:
    """What keeps a part from being reached, a line each: rows, and what replies (`told`) have not said."""
    said = fold(told) + fold(_THOUSANDS.sub("", told))  # a price may be written with its separator or without
    unsaid = [f"never said: {' / '.join(each)}" for each in part.must_say if not any(fold(one) in said for one in each)]
    return differences(wanted_rows(part, base), rows, codes) + unsaid


def judge(run: Run) -> Verdict:
    """The verdict about a run."""
    reached_problems = list(_unreached(run))
    untrue = [line for turn in run.turns for line in untrue_in(turn, run.today)]
    untold = [f"not told: {turn.reply!r}" for turn in run.turns if _changed(turn) and not _tells(turn, run.today)]
    wrong = list(_wrong_writes(run))
    again = [line for turn, last in _pairs(run) for line in _asked_again(run, turn, last)]
    repeated = [
        f"the same reply twice: {turn.reply!r}" for turn, last in _pairs(run) if last and turn.reply == last.reply
    ]
    twice = list(_sentences_twice(run))
    long = list(_too_many(run))
    unequal = ["a message delivered twice got two different answers"] if run.unequal else []
    problems = (*reached_problems, *untrue, *untold, *wrong, *again, *repeated, *twice, *long, *unequal)
    counted = [turn for turn in run.turns if not turn.excused]
    return Verdict(
        reached=not reached_problems,
        clean=not problems,
        problems=problems,
        messages=len(counted),
        messages_to_booking=_messages_to_booking(run),
        replies=len(run.turns),
        repeated=len(repeated),
        untrue=len(untrue),
        untold=len(untold),
        wrong=len(wrong),
        asked_again=len(again),
    )


def _pairs(run: Run) -> Iterator[tuple[Turn, Turn | None]]:
    """Each turn that counts with the one before, if that counts too: what follows something broken may repeat."""
    for turn, last in zip(run.turns, (None, *run.turns), strict=False):
        if not turn.excused:
            yield turn, None if last and last.excused else last


def _unreached(run: Run) -> Iterator[str]:
    parts = parts_of(run.task)
    if run.over not in ("done", "patience"):
        yield run.over
    for number, part in enumerate(parts):
        where = "" if len(parts) == 1 else "goal: " if number == 0 else f"after {number}: "
        turns = [turn for turn in run.turns if turn.part == number]
        if not turns or number >= len(run.bases):
            yield f"{where}never came to it"
            continue
        told = "\n".join(turn.reply for turn in turns)
        for line in lacks(part, run.bases[number], turns[-1].after, run.codes, told):
            yield where + line
        for text in part.must_not_say:
            if fold(text) in fold(told):
                yield f"{where}said: {text}"


def untrue_in(turn: Turn, today: date) -> list[str]:
    """What a reply says about the agenda that no row of the customer bears out, a line each."""
    hears = heard(turn.reply, today)
    codes = {row["booking_id"] for row in turn.after}
    found = [f"untrue code {code}" for code in hears.codes if code not in codes]
    found += [f"untrue: {claim.text}" for claim in hears.claims if not _is_true(claim, hears, turn)]
    return found


def _is_true(claim: Claim, hears: Heard, turn: Turn) -> bool:
    booked = [row for row in turn.after if row["status"] == "booked"]
    gone = [row for row in turn.after if row["status"] != "booked"]
    if claim.deed is Deed.DONE:
        return True
    if claim.deed is Deed.NONE:
        return bool(claim.days or claim.times) or not booked
    bearing = gone if claim.deed is Deed.CANCELLED else booked
    known = [*turn.after, *turn.before]
    days = {row["date"] for row in known}
    times = {row[name] for row in known for name in ("time", "end_time")}
    if not all(day.isoformat() in days for day in claim.days) or not all(time in times for time in claim.times):
        return False
    return any(
        (not claim.days or row["date"] in {day.isoformat() for day in claim.days})
        and (not claim.times or row["time"] in claim.times)
        for row in bearing
    )


def _changed(turn: Turn) -> bool:
    """Whether a message made, moved or cancelled an appointment."""
    return _places(turn.before) != _places(turn.after)


def _places(rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    return {row["booking_id"]: tuple(row[name] for name in _PLACE) for row in rows}


def _tells(turn: Turn, today: date) -> bool:
    hears = heard(turn.reply, today)
    return hears.done or bool(hears.codes) or any(claim.deed is Deed.OWN for claim in hears.claims)


def _wrong_writes(run: Run) -> Iterator[str]:
    """Rows that a message wrote and that fit nothing which its part wants, also on the way; and cancellations of what
    was wanted."""
    parts = parts_of(run.task)
    for turn in run.turns:
        part, base = parts[turn.part], run.bases[turn.part]
        wants = [*wanted_rows(part, base), *part.meanwhile]
        before = _places(turn.before)
        for row in turn.after:
            if before.get(row["booking_id"]) == tuple(row[name] for name in _PLACE):
                continue
            if row["status"] == "booked" and not any(_placed(want, row) for want in wants):
                yield f"wrongly written: {row['service_type']} {row['date']} {row['time']} {row['staff_name']}"
            if row["status"] == "cancelled" and _was_wanted(row, turn, wants, run.codes):
                yield f"wrongly cancelled: {row['service_type']} {row['date']} {row['time']}"


def _placed(want: Want, row: Row) -> bool:
    return want.status == "booked" and not set(want.problems(row, {})) - {"ref", "name", "email", "phone"}


def _was_wanted(row: Row, turn: Turn, wants: Sequence[Want], codes: Mapping[str, str]) -> bool:
    found = assign(wants, turn.before, codes)
    wanted = {turn.before[number]["booking_id"] for index, number in found.items() if wants[index].status == "booked"}
    return row["booking_id"] in wanted


def _asked_again(run: Run, turn: Turn, last: Turn | None) -> Iterator[str]:
    """Fields that a reply asks for although they had been said and it gives no reason."""
    hears = heard(turn.reply, run.today)
    if hears.reason or hears.offers or hears.failed or hears.unsure:
        return
    several = len(parts_of(run.task)[turn.part].rows or ()) > 1
    for name in hears.asks:
        if name in turn.known and not (several and name in ("service", "day", "time", "staff", "name")):
            yield f"asked again for {name}: {turn.reply!r}"


def _sentences_twice(run: Run) -> Iterator[str]:
    seen: set[str] = set()
    for turn, last in _pairs(run):
        long = {each for each in sentences_of(turn.reply) if len(each.split()) >= LEAST_WORDS}
        if last:
            yield from (f"said before: {each!r}" for each in sorted(long & seen))
        seen |= long


def _too_many(run: Run) -> Iterator[str]:
    for number, part in enumerate(parts_of(run.task)):
        needs = needs_after(part) if isinstance(part, After) else needs_of(run.task)
        used = sum(turn.part == number and not turn.excused for turn in run.turns)
        if used > needs + SLACK:
            yield f"{used} messages where {needs} are needed"


def _messages_to_booking(run: Run) -> int | None:
    if run.task.goal.kind not in ("book", "several") or not run.bases:
        return None
    count = 0
    for turn in run.turns:
        count += not turn.excused
        if turn.part > 0:
            return None
        if not differences(wanted_rows(run.task.goal, run.bases[0]), turn.after, run.codes):
            return count
    return None


def view_wants(
    wish: Wish, base: Sequence[Row], rows: Sequence[Row], codes: Mapping[str, str]
) -> tuple[tuple[Want, ...], tuple[Row, ...]]:
    """What is wanted and not there, and booked rows that are not wanted."""
    wants = wanted_rows(wish.part, base)
    found = assign(wants, rows, codes)
    missing = tuple(want for index, want in enumerate(wants) if index not in found and want.status == "booked")
    misfits = tuple(
        row for number, row in enumerate(rows) if row["status"] == "booked" and number not in found.values()
    )
    return missing, misfits
