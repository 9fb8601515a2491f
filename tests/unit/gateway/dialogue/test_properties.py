"""What holds in every conversation, whatever is said in it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.dialogue.transitions import SLOT_OF_STEP
from gateway.domain.turn_types import Extraction
from tests.unit.gateway.dialogue.agenda import Agenda
from tests.unit.gateway.dialogue.builders import FRIDAY, OTHER, OWN
from tests.unit.gateway.dialogue.mesh import Conversation, Stages
from tests.unit.gateway.dialogue.strategies import readings
from turn import steps
from turn.constraints import is_date, is_hour
from turn.meaning import KnownAppointment, Meaning
from turn.model import Action, ConversationState
from turn.tasks import MOST_TASKS
from turn.tools import BOOK_ALL, CANCEL_ALL, CHANGE, CHANGE_ALL
from turn.vocabulary import ActKind, Polarity, Status

OWNED: tuple[tuple[KnownAppointment, ...], ...] = ((), (OWN,), (OWN, OTHER))
Moment = tuple[str, str]
Message = tuple[Extraction, Status | None]
"""What is said, and what becomes of a write where the agenda does not do it."""
messages = st.tuples(readings, st.sampled_from([None] * 9 + [Status.FAILED, Status.UNKNOWN, Status.REFUSED]))


@dataclass
class Heard:
    """What the customer has said by now that a booking may rest on."""

    days: set[str] = field(default_factory=set)
    hours: set[str] = field(default_factory=set)
    taken: set[Moment] = field(default_factory=set)
    """Moments that were offered, and that the customer took by number or hour, with a yes or with an asked datum."""

    def listen(self, reading: Extraction, before: ConversationState) -> None:
        """One more message, and the state in which it came."""
        said = reading.meaning or Meaning()
        texts = [*said.days, *said.times, *(text for item in said.items for text in (*item.days, *item.times))]
        values = [value for text in texts for value in text.lstrip("!").replace("T", "|").split("|")]
        values += [reading.slots.preferred_date or "", reading.slots.preferred_time or ""]
        values += [value for doubt in said.doubts for value in doubt.candidates]
        self.days |= set(filter(is_date, values))
        self.hours |= set(filter(is_hour, values))
        front = before.dialogue.front
        offers = front.offers if front else ()
        if any(map(is_hour, values)) and len({each.day for each in offers}) == 1:
            self.days.add(offers[0].day)  # an hour, when all that was offered is of one day, is of that day
        numbers = {int(ref[6:]) for ref in (*said.refers_to, *values) if ref.startswith("offer:")}
        took = [each for number, each in enumerate(offers, start=1) if number in numbers or each.time in values]
        self.days |= {each.day for each in took}
        asks_data = front and front.asked in (*SLOT_OF_STEP, steps.TAKE)  # with the yes the data are asked for
        answers = _says_yes(reading) or (asks_data and said.data)
        if front and answers and (len(offers) == 1 or front.asked == steps.TAKE):
            took.append(offers[0])
        self.taken |= {(placed.day, placed.time) for offer in took for placed in offer.items}

    def allows(self, rows: Sequence[Moment]) -> bool:
        """Whether each row is at a moment that was named or taken, or follows such a one on the same day."""
        named = {(day, at) for day in self.days for at in self.hours} | self.taken
        return all(any(row[0] == day and row[1] >= at for day, at in named & set(rows)) for row in rows)

    def allows_move(self, action: Action, before: ConversationState, row: KnownAppointment | None) -> bool:
        """Whether a move's day and hour were each named or taken, or are those that the appointment has or had."""
        had = [each.before for each in before.dialogue.done if each.before] + ([row] if row else [])
        days = self.days | {day for day, _ in self.taken} | {one.day for one in had} | {""}
        hours = self.hours | {at for _, at in self.taken} | {one.time for one in had} | {""}
        return action.args.get("preferred_date", "") in days and action.args.get("preferred_time", "") in hours


def _says_yes(reading: Extraction) -> bool:
    said = reading.meaning or Meaning()
    return said.does(ActKind.CONFIRM) or reading.polarity is Polarity.AFFIRM


def _placed(action: Action) -> list[Moment]:
    return [(str(row["date"]), str(row["time"])) for row in action.args["items"]]


async def _played(talk: Conversation, messages: Sequence[Message]) -> Iterator[str]:
    """What went against the rules in a conversation."""
    wrong: list[str] = []
    heard = Heard()
    for number, (reading, talk.stages.broken) in enumerate(messages):
        before, rows = talk.state, talk.stages.agenda.own
        heard.listen(reading, before)
        await talk.say(reading)
        ran, dialogue = talk.stages.ran, talk.state.dialogue
        for action, confirmed in ran:
            if action.tool == CANCEL_ALL and not (confirmed and _says_yes(reading) and action in before.pending):
                wrong.append(f"{number}: cancelled without a yes to just that: {action.args}")
            if action.tool == BOOK_ALL and not heard.allows(_placed(action)):
                wrong.append(f"{number}: booked what was neither named nor taken: {_placed(action)}")
        moves = [action for action, _ in ran if action.tool == CHANGE]
        together = [each for action, _ in ran if action.tool == CHANGE_ALL for each in action.args["changes"]]
        if together and not {each["booking_id"] for each in together} <= {row.id for row in rows}:
            wrong.append(f"{number}: moved together what is not there: {together}")
        if len(moves) == 1:  # of several that move together only the first goes where it was said
            row = next((row for row in rows if row.id == moves[0].args["booking_id"]), None)
            if not heard.allows_move(moves[0], before, row):
                wrong.append(f"{number}: moved where nobody said: {moves[0].args}")
        own = talk.stages.agenda.own
        customer = dialogue.customer
        known = tuple(replace(one, person="") for one in customer.appointments) if customer else None
        if own != rows and known != own:
            wrong.append(f"{number}: knows {known} and not {own}")
        if len(dialogue.tasks) > MOST_TASKS:
            wrong.append(f"{number}: {len(dialogue.tasks)} tasks")
    return iter(wrong)


@given(st.lists(messages, min_size=1, max_size=6), st.sampled_from(OWNED), st.booleans())
@settings(max_examples=150)
def test_nothing_is_written_that_was_not_wanted(
    said: list[Message], owned: tuple[KnownAppointment, ...], known: bool
) -> None:
    busy = frozenset({(FRIDAY, "11:00"), ("2026-03-12", "10:00")})
    agenda = Agenda({row.id: row for row in owned}, others=busy, email="ana@test.com" if owned or known else "")
    assert list(asyncio.run(_played(Conversation(Stages(agenda)), said))) == []
