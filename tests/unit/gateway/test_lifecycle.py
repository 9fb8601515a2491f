"""A message's life as a table: what follows from every event in every phase."""

import pytest

from gateway.conversation.lifecycle import NEVER, TABLE, Effect, Event, Life, Phase, transition
from gateway.turn.fallbacks import LADDER

YIELDS = {
    Effect.CLAIM: {Event.MINE, Event.OTHERS, Event.ANSWERED},
    Effect.LOOK_AGAIN: {Event.MINE, Event.OTHERS, Event.ANSWERED, Event.OUT_OF_TIME},
    Effect.WAIT: {Event.TURN_CAME, Event.JOINED, Event.OUT_OF_TIME},
    Effect.RUN: {Event.ENDED, Event.FAILED, Event.OUT_OF_TIME, Event.NO_WORKSPACE},
    Effect.STORE: {Event.STORED, Event.NOT_STORED, Event.PROMISE_NOT_STORED, Event.TAKEN_OVER},
    Effect.GIVE: {Event.GIVEN},
    Effect.GIVE_NOTHING: {Event.GIVEN},
    Effect.REPLAY: {Event.GIVEN},
    Effect.REPLAY_OTHERS: {Event.GIVEN},
    Effect.APOLOGISE: {Event.GIVEN},
}
"""What each effect can say has happened; the others say nothing."""
MINE = (Event.HANDED_IN, Event.MINE, Event.TURN_CAME)


def lines() -> list[str]:
    """The table as text, one line for each phase and event."""
    return [
        f"{phase.value:<10}{event.value:<20}"
        + (
            f"→ {row.phase.value:<10}{', '.join(effect.value for effect in row.effects)}"
            + (f" ({row.failure.value})" if row.failure else "")
            + (f"; before, if late: {', '.join(effect.value for effect in row.if_late)}" if row.if_late else "")
            if (row := TABLE[phase].get(event))
            else "cannot happen"
        )
        for phase in Phase
        for event in Event
    ]


def after(*events: Event, late: bool = False) -> tuple[Life, tuple[Effect, ...]]:
    """Where a message stands after events, and what is to be done then."""
    life, effects = Life(late=late), tuple[Effect, ...]()
    for event in events:
        moved = transition(life, event)
        life, effects = moved.life, moved.effects
    return life, effects


def test_every_phase_has_a_row_for_every_event() -> None:
    print("\n" + "\n".join(lines()))  # noqa: T201 - to be read with pytest -s
    for phase in Phase:
        assert TABLE[phase].keys() | NEVER[phase] == set(Event), phase
        assert not TABLE[phase].keys() & NEVER[phase], phase


@pytest.mark.parametrize("phase", Phase)
def test_what_cannot_happen_is_refused(phase: Phase) -> None:
    for event in NEVER[phase]:
        with pytest.raises(LookupError):
            transition(Life(phase), event)


def test_every_event_that_an_effect_can_lead_to_has_a_row_where_it_leads() -> None:
    for rows in TABLE.values():
        for row in rows.values():
            for effect in row.effects:
                assert YIELDS.get(effect, set()) <= TABLE[row.phase].keys(), (effect, row)


def test_a_row_has_one_effect_that_says_what_happens_next_and_it_is_the_last() -> None:
    for phase, rows in TABLE.items():
        for event, row in rows.items():
            asks = [effect for effect in (*row.if_late, *row.effects) if effect in YIELDS]
            assert asks == [row.effects[-1]] if asks else row.phase is Phase.DELIVERED or event is Event.CALLER_LATE, (
                phase,
                event,
            )


def test_every_row_that_answers_by_the_ladder_names_its_rung() -> None:
    by_the_ladder = {Effect.FALL_BACK, Effect.APOLOGISE, Effect.TELL_CALLER}
    for rows in TABLE.values():
        for row in rows.values():
            assert bool(by_the_ladder & set(row.effects)) == (row.failure is not None), row
            assert row.failure is None or LADDER[row.failure].says, row


@pytest.mark.parametrize(
    ("events", "phase", "effects"),
    [
        (MINE, Phase.RUNNING, (Effect.RUN,)),
        ((*MINE, Event.ENDED), Phase.RUNNING, (Effect.STORE,)),
        ((*MINE, Event.ENDED, Event.STORED), Phase.STORED, (Effect.REPORT, Effect.GIVE)),
        ((*MINE, Event.ENDED, Event.STORED, Event.GIVEN), Phase.DELIVERED, (Effect.COMPARE,)),
        ((*MINE, Event.FAILED), Phase.RUNNING, (Effect.FALL_BACK, Effect.STORE)),
        ((*MINE, Event.ENDED, Event.TAKEN_OVER), Phase.RUNNING, (Effect.REPLAY_OTHERS,)),
        ((*MINE, Event.ENDED, Event.NOT_STORED), Phase.RUNNING, (Effect.STORE_LATER, Effect.REPORT, Effect.GIVE)),
        (
            (*MINE, Event.ENDED, Event.PROMISE_NOT_STORED),
            Phase.RUNNING,
            (Effect.FALL_BACK, Effect.STORE_LATER, Effect.REPORT, Effect.GIVE),
        ),
        ((Event.HANDED_IN, Event.MINE, Event.JOINED), Phase.STORED, (Effect.GIVE_NOTHING,)),
        ((Event.HANDED_IN, Event.MINE, Event.JOINED, Event.GIVEN), Phase.DELIVERED, (Effect.COMPARE,)),
        ((Event.HANDED_IN, Event.MINE, Event.OUT_OF_TIME), Phase.RUNNING, (Effect.FALL_BACK, Effect.STORE)),
        ((Event.HANDED_IN, Event.OTHERS, Event.OTHERS), Phase.RECEIVED, (Effect.LOOK_AGAIN,)),
        ((Event.HANDED_IN, Event.OTHERS, Event.MINE), Phase.CLAIMED, (Effect.WAIT,)),
        ((Event.HANDED_IN, Event.ANSWERED, Event.GIVEN), Phase.DELIVERED, ()),
        ((Event.MINE,), Phase.CLAIMED, (Effect.WAIT,)),
    ],
)
def test_ways_through_the_table(events: tuple[Event, ...], phase: Phase, effects: tuple[Effect, ...]) -> None:
    life, last = after(*events)
    assert (life.phase, last) == (phase, effects)


@pytest.mark.parametrize("before", [(Event.HANDED_IN,), (Event.HANDED_IN, Event.MINE), MINE, (*MINE, Event.ENDED)])
def test_a_caller_who_leaves_before_the_reply_is_stored_has_the_message_listed(before: tuple[Event, ...]) -> None:
    life, effects = after(*before, Event.CALLER_LATE)
    assert (life.late, effects) == (True, (Effect.TELL_CALLER,))
    ran = after(*MINE, Event.ENDED, Event.CALLER_LATE, Event.STORED)
    assert ran == (Life(Phase.STORED, late=True), (Effect.LIST_UNANSWERED, Effect.REPORT, Effect.GIVE))


@pytest.mark.parametrize("more", [(), (Event.GIVEN,)])
def test_a_caller_whose_time_runs_out_once_the_reply_is_stored_gets_that_reply(more: tuple[Event, ...]) -> None:
    life, effects = after(*MINE, Event.ENDED, Event.STORED, *more, Event.CALLER_LATE)
    assert (life.late, effects) == (False, (Effect.WAIT_FOR_ANSWER,))
