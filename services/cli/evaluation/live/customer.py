"""A scripted customer: what they say next, given what they said, what they hear and what they want. Pure.

`react` is one step of a state machine; docs/live-evaluation.md ("How the customer decides") has its order.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from cli.evaluation.conversations import fold
from cli.evaluation.live.moments import Moment
from cli.evaluation.live.replies import Heard
from cli.evaluation.live.task_checks import said_in
from cli.evaluation.live.tasks import ASKED, UNASKED, Kind, Messages, Part, Task, Wording
from cli.evaluation.live.wants import Row, Want
from cli.evaluation.live.wording import chosen, filled, spelt_day, stock, styled

MOST_REPEATS = 3
"""Times that a message is said again because something broke."""
_CANCELS = re.compile(r"cancel|anul|desmarc|dar de baja|borr")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
_CHOICES = ("time", "day", "confirm")
_WITHOUT_FIELDS = ("ask", "cancel", "none", "undo")
_PLACED = ("service", "day", "time", "staff")
_PERSONAL = ("name", "email", "phone")


@dataclass(frozen=True)
class View:
    """What the customer knows about their agenda."""

    satisfied: bool
    """Whether all is as this part wants it and what must be said was said."""
    open: tuple[Want, ...]
    """What is wanted and not there."""
    misfits: tuple[Row, ...]
    """Booked rows that are not wanted."""
    staff: tuple[str, ...] = ()
    """The names of the business's staff."""


@dataclass(frozen=True)
class State:
    """How far a customer has come."""

    part: int = 0
    """The goal is part 0, what comes after it 1 and so on."""
    begun: int = 0
    """Messages of this part's beginning that were sent."""
    sent: int = 0
    """Messages sent in all."""
    sent_here: int = 0
    """Messages sent in this part."""
    said: frozenset[str] = frozenset()
    """Fields that were said."""
    used: Mapping[str, int] = field(default_factory=dict)
    """How often each thing was said, for the next wording."""
    last: str = ""
    """The message sent last."""
    repeats: int = 0
    """How often that one was said because something had broken."""
    over: str = ""
    """Why nothing more is said: `done` or `patience`; empty while the customer goes on."""
    why: str = ""
    """What the last message is: `opening`, `offer`, `confirm`, a field ..."""


@dataclass(frozen=True)
class Wish:
    """A part of a task, with the words that count in it."""

    part: Part
    """What is wanted."""
    kind: Kind
    """The kind of wish."""
    begin: Messages
    """How it begins."""
    says: tuple[str, ...]
    """Fields that the beginning says in other words."""
    knows: Mapping[str, Wording]
    """Field -> words."""
    answers: Mapping[str, Wording]
    """Reaction -> words."""


def wishes_of(task: Task) -> tuple[Wish, ...]:
    """The parts of a task in order; what a later part adds stays for those after it."""
    knows, answers = dict(task.knows), dict(task.script.answers)
    found = [Wish(task.goal, task.goal.kind, task.script.opening, task.script.says, dict(knows), dict(answers))]
    for after in task.script.after:
        knows |= after.knows
        answers |= after.answers
        found.append(Wish(after, after.kind, after.say, after.says, dict(knows), dict(answers)))
    return tuple(found)


def begin(task: Task, seed: int) -> State:
    """The customer with their first message."""
    return _Voice(task, seed, State()).opening()


def react(task: Task, seed: int, state: State, hears: Heard, view: View) -> State:
    """The customer after a reply: with their next message, or over."""
    voice = _Voice(task, seed, state, view)
    wish = voice.wish
    begun = state.begun >= len(wish.begin)
    if begun and view.satisfied and (hears.done or not hears.question or wish.kind in ("ask", "none")):
        if state.part + 1 == len(voice.wishes):
            return replace(state, over="done")
        return _patient(task, voice.next_part(), state)
    return _patient(task, _answer(voice, hears, view), state)


def _patient(task: Task, after: State, before: State) -> State:
    """The next state, or the end of a customer who has no patience left for it."""
    return after if after.sent <= task.persona.patience else replace(before, over="patience")


def _answer(voice: "_Voice", hears: Heard, view: View) -> State:
    state, wish = voice.state, voice.wish
    if hears.unsure:
        return voice.say("mine", voice.phrase("mine"))
    if hears.failed and state.repeats < MOST_REPEATS:
        return replace(voice.say(state.why, state.last, plain=True), repeats=state.repeats + 1)
    unsaid = [name for name in hears.asks if name in wish.knows and name not in state.said]
    if state.begun < len(wish.begin):
        wanted = unsaid if voice.task.persona.reveals != "first" else []
        return voice.fields(wanted) if wanted else voice.opening()
    if hears.done and (wrong := _wrong_fields(view)):
        return voice.correct(wrong)
    if "which" in hears.asks:
        return _which(voice, hears, view)
    if hears.offers and (not hears.asks or set(hears.asks) & set(_CHOICES)):
        if "confirm" in hears.asks and len(hears.offers) == 1:
            return _yes_or_no(voice, hears, view)
        return _choose(voice, hears, view, unsaid)
    if "confirm" in hears.asks:
        return _yes_or_no(voice, hears, view)
    if hears.asks:
        return voice.fields(unsaid[:1] if unsaid and voice.task.persona.reveals == "one_by_one" else list(hears.asks))
    return voice.more()


def _wrong_fields(view: View) -> list[str]:
    """The fields in which a row that was made differs from what is wanted; none when nothing is wrong but what is
    missing."""
    if not view.open or not view.misfits:
        return []
    problems = [want.problems(row, {}) for row in view.misfits for want in view.open]
    nearest = min(problems, key=len)
    return [name for name in nearest if name in ASKED]


def _fits(moment: Moment, view: View) -> bool:
    """Whether a day and time would do for something that is wanted and not there."""
    return any(
        (moment.day is None or want.takes_day(moment.day.isoformat()))
        and (not moment.time or want.takes_time(moment.time))
        for want in view.open
    )


def _choose(voice: "_Voice", hears: Heard, view: View, unsaid: list[str]) -> State:
    """Takes the first offer that fits; otherwise says what was not said yet, or asks for others."""
    for offer in hears.offers:
        if _fits(offer, view) and _staff_fits(hears.text, view):
            return voice.take(offer, several_days=len({each.day for each in hears.offers}) > 1)
    return voice.fields(unsaid) if unsaid else voice.other()


def _staff_fits(text: str, view: View) -> bool:
    """Whether those of the staff whom a reply names would do; it may name nobody."""
    words = set(re.findall(r"\w+", fold(text)))
    named = [name for name in view.staff if set(fold(name).replace(".", "").split()) & words - {"dra", "dr", "dona"}]
    return not named or any(want.takes_staff(name) for want in view.open for name in named)


def _which(voice: "_Voice", hears: Heard, view: View) -> State:
    """Says which of the own appointments is meant, or which of two readings."""
    for row in view.misfits:
        at = Moment(date.fromisoformat(row["date"]), row["time"])
        listed = next((each for each in hears.offers if (each.day, each.time) == (at.day, at.time)), None)
        return voice.which(row, at, listed.number if listed else 0)
    fitting = next((each for each in hears.said if each.day and _fits(each, view)), None)
    if fitting and fitting.day and "day" not in voice.wish.answers:
        return voice.say("day", spelt_day(fitting.day, voice.task.variety), ["day"])
    return voice.fields(["day"]) if fitting else voice.fields(["service"])


def _yes_or_no(voice: "_Voice", hears: Heard, view: View) -> State:
    if agrees(hears, view):
        return voice.say("confirm", voice.phrase("confirm"))
    return voice.refuse(view)


def agrees(hears: Heard, view: View) -> bool:
    """Whether what a reply asks a yes for is wanted, by the days, times, names and addresses in it."""
    if _CANCELS.search(fold(hears.text)):
        rows = [(row["date"], row["time"]) for row in view.misfits]
        return bool(rows) and all(
            any((not at.day or at.day.isoformat() == day) and (not at.time or at.time == time) for day, time in rows)
            for at in hears.said
        )
    if not view.open:
        return False
    old = {(row["date"], row["time"]) for row in view.misfits}
    named = hears.offers or [at for at in hears.said if not at.day or (at.day.isoformat(), at.time) not in old]
    addresses = [fold(each) for each in _EMAIL.findall(hears.text)]
    wanted = [fold(want.email) for want in view.open if want.email]
    if addresses and wanted and not set(addresses) & set(wanted):
        return False
    return (not named or any(_fits(at, view) for at in named)) and _staff_fits(hears.text, view)


def words_of(want: Want, variety: str) -> dict[str, Wording]:
    """The words that a customer without a script has for what they want: field -> words."""
    phrases = stock(variety)
    found: dict[str, str | None] = {
        "service": want.service,
        "name": want.name,
        "email": want.email,
        "phone": want.phone,
    }
    if want.day:
        found["day"] = spelt_day(date.fromisoformat(want.day[0]), variety)
    if want.time:
        found["time"] = phrases["at"].format(time=want.time[0])
    elif want.not_before or want.not_after:
        name = "at_least" if want.not_before else "at_most"
        found["time"] = phrases[name].format(time=want.not_before or want.not_after)
    if want.staff:
        found["staff"] = phrases["with"].format(staff=want.staff[0])
    return {name: (text,) for name, text in found.items() if text}


def meant(view: View, variety: str) -> dict[str, Wording]:
    """The words for what is wanted next; name and address are those of an appointment that there is."""
    own = {
        name: (str(row[f"client_{name}"]),)
        for row in view.misfits[:1]
        for name in ("name", "email")
        if row[f"client_{name}"]
    }
    return {**own, **(words_of(view.open[0], variety) if view.open else {})}


class _Voice:
    """Makes a customer's messages. Holds nothing that changes."""

    def __init__(self, task: Task, seed: int, state: State, view: View | None = None) -> None:
        self.task, self.seed, self.state = task, seed, state
        self.meant = meant(view, task.variety) if view else {}
        self.wishes = wishes_of(task)
        self.wish = self.wishes[state.part]

    def say(self, why: str, text: str, said: list[str] | None = None, *, plain: bool = False) -> State:
        """The state with this message sent, in the customer's style unless it is said again as it was."""
        state = self.state
        mark = f"{self.seed}/{self.task.id}/style/{state.sent}"
        return replace(
            state,
            sent=state.sent + 1,
            sent_here=state.sent_here + 1,
            said=state.said | set(said or ()) | said_in([text], self.wish.knows),
            used={**state.used, why: state.used.get(why, 0) + 1},
            last=text if plain else styled(text, self.task.persona.style, self.task.variety, mark),
            repeats=0,
            why=why,
        )

    def phrase(self, name: str, more: Mapping[str, str] | None = None) -> str:
        """The words for a reaction or a field: the script's, the known ones, or stock."""
        phrases = stock(self.task.variety)
        own = self.wish.answers.get(name) or self.wish.knows.get(name) or self.meant.get(name)
        return self._fill(self._chosen(tuple(own or phrases.get(name) or phrases["else"]), name), more)

    def opening(self) -> State:
        """The next message of a part's beginning."""
        state, wish = self.state, self.wish
        wording = wish.begin[state.begun]
        raw = self._chosen(wording, f"begin/{state.part}/{state.begun}")
        said = said_in([raw], wish.knows) | set(wish.says)
        text = self._fill(raw)
        if self.task.persona.reveals == "first" and state.part == 0 and state.begun == len(wish.begin) - 1:
            later = [name for name in wish.knows if name in ASKED and name not in said | state.said]
            text = ", ".join((text, *(self._word(name) for name in later)))
            said |= set(later)
        return replace(self.say("opening", text, list(said)), begun=state.begun + 1)

    def next_part(self) -> State:
        """The first message of the next part. What was said before still counts, but for what is new in it."""
        number = self.state.part + 1
        wish, new = self.wishes[number], set(self.task.script.after[number - 1].knows)
        if wish.kind in ("book", "several"):
            new |= set(self.state.said) - set(_PERSONAL)
        elif wish.kind == "change":
            new |= {"day", "time"}
        fresh = replace(self.state, part=number, begun=0, sent_here=0, said=self.state.said - new)
        return _Voice(self.task, self.seed, fresh).opening()

    def fields(self, names: list[str]) -> State:
        """Answers a question about fields, in the script's words where it has some; one that is not known only when
        nothing else was asked. Who wishes for something without fields says that again."""
        known = [name for name in names if name in (*self.wish.answers, *self.wish.knows, "confirm")]
        if not known and self.wish.kind in _WITHOUT_FIELDS:
            return self.more()
        names = known or [name for name in names if name in self.meant] or names[:1]
        yes = [self.phrase("confirm")] if "confirm" in names and len(names) > 1 else []
        names += self._unasked(names)
        words = [self.phrase(name) for name in names if name not in ("confirm", "which")]
        return self.say(names[0], ", ".join((*yes, *words)) or self.phrase("confirm"), names)

    def take(self, offer: Moment, *, several_days: bool) -> State:
        """Takes an offered time."""
        day = spelt_day(offer.day, self.task.variety) if offer.day else ""
        words = {"time": offer.time, "day": day, "number": str(offer.number)}
        own = self.wish.answers.get("offer")
        stocked = stock(self.task.variety)["offer_day" if several_days and day else "offer"]
        text = self._fill(self._chosen(tuple(own or stocked), "offer"), words)
        more = self._unasked([])
        return self.say("offer", ", ".join((text, *map(self._word, more))), ["day", "time", *more])

    def which(self, row: Row, at: Moment, number: int) -> State:
        """Says which of the own appointments is meant."""
        phrases, own = stock(self.task.variety), self.wish.answers.get("which")
        day = spelt_day(at.day, self.task.variety) if at.day else ""
        words = {"service": row["service_type"], "day": day, "time": at.time, "number": str(number)}
        wording = own or phrases["number" if number else "which"]
        return self.say("which", self._fill(self._chosen(tuple(wording), "which"), None if own else words))

    def other(self) -> State:
        """Asks for other times, from the second time on with what is wanted."""
        again = self.state.used.get("other", 0) > 0 and "other" not in self.wish.answers
        wanted = [self.meant[name][0] for name in ("day", "time") if name in self.meant] if again else []
        return self.say("other", ", ".join((self.phrase("other"), *wanted)))

    def refuse(self, view: View) -> State:
        """Says no, and what is wanted instead."""
        names = [name for name in ("service", "day", "time", "staff") if name in self.wish.knows and view.open]
        return self.say("refuse", ", ".join((self.phrase("refuse"), *(self._word(name) for name in names))))

    def correct(self, wrong: list[str]) -> State:
        """Says that something was done otherwise than wanted."""
        if "correct" in self.wish.answers:
            return self.say("correct", self.phrase("correct"))
        known = {**self.meant, **self.wish.knows}
        words = [self._fill(self._chosen(known[name], f"word/{name}")) for name in wrong if name in known]
        return self.say("correct", ", ".join((self.phrase("correct"), *words)), wrong)

    def more(self) -> State:
        """Says what was not said yet, one field; otherwise the beginning again in other words."""
        if "unclear" in self.wish.answers and not self.state.used.get("unclear"):
            return self.say("unclear", self.phrase("unclear"))
        unsaid = [name for name in self.wish.knows if name in ASKED and name not in self.state.said]
        if unsaid:
            names = [unsaid[0], *self._unasked(unsaid[:1])]
            return self.say(unsaid[0], ", ".join(map(self._word, names)), names)
        if self.wish.kind == "several" and self.meant:
            return self.say("rest", ", ".join(wording[0] for name, wording in self.meant.items() if name in _PLACED))
        last = len(self.wish.begin) - 1
        wording = self.wish.begin[last]
        return self.say("again", self._fill(self._chosen(wording, f"begin/{self.state.part}/{last}", 1)))

    def _unasked(self, names: list[str]) -> list[str]:
        """What nobody asks for and was not said yet, besides these names."""
        return [name for name in UNASKED if name in self.wish.knows and name not in (*self.state.said, *names)]

    def _word(self, name: str) -> str:
        """The customer's words for a field."""
        return self._chosen(self.wish.knows[name], f"word/{name}")

    def _chosen(self, wording: Wording, name: str, more: int = 0) -> str:
        used = self.state.used.get(name.removeprefix("word/"), 0) + more * (1 + self.state.used.get("again", 0))
        return chosen(wording, f"{self.seed}/{self.task.id}/{name}", used)

    def _fill(self, text: str, more: Mapping[str, str] | None = None) -> str:
        return filled(text, {**{name: self._word(name) for name in self.wish.knows}, **(more or {})})
