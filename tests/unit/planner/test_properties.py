"""What holds for every plan, whatever comes in."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.rules.next_step import plan
from planner.rules.observed import observation_of
from planner.schema_validation import PlanContract
from planner.turn import MAX_ACTIONS, SLOT_ORDER, PlanningTurn
from tests.unit.planner.builders import COMPLETE, NOW, SALON, VET, appointment, with_tool
from turn.model import Action, BookingChoice, ConversationState, Decision, Observation, Slots
from turn.tools import BOOK, CHECK, FIND
from turn.vocabulary import INTENTS, Intent, Outcome, Status, Topic
from workspace.model import Workspace

TWO = (BookingChoice("PB-AAAAAA"), BookingChoice("PB-BBBBBB"))
"""Appointments between which the customer was asked to choose."""

CONTRACT = PlanContract()
WORKSPACES = (SALON, VET, with_tool(BOOK, confirm=True).model_copy(update={"id": "careful"}))
TIMES = ("15:00", "09:30", "22:00", "12:45", "nope")
DATES = ("2026-03-12", "2026-03-15", "2026-03-09", "2026-03-16", "nope")


def texts() -> st.SearchStrategy[str]:
    return st.text(max_size=20)


def slots() -> st.SearchStrategy[dict[str, str]]:
    known = {
        "service_type": st.sampled_from((*SALON.service_names, *VET.service_names)),
        "staff_name": st.sampled_from((*SALON.staff_names, *VET.staff_names)),
        "preferred_date": st.sampled_from(DATES),
        "preferred_time": st.sampled_from(TIMES),
        "client_name": st.just("Ana"),
        "client_email": st.just("ana@test.com"),
        "booking_id": st.sampled_from(("PB-AAAAAA", "PB-BBBBBB")),
    }
    values = {name: st.one_of(known.get(name, texts()), texts()) for name in SLOT_ORDER}
    return st.one_of(st.just(dict(COMPLETE)), st.fixed_dictionaries({}, optional=values))


def outputs() -> st.SearchStrategy[dict[str, Any]]:
    rows = st.sampled_from((appointment(), appointment("PB-BBBBBB", service_type="Barba"), {}, {"booking_id": 3.0}))
    return st.fixed_dictionaries(
        {"ok": st.booleans()},
        optional={
            "reason": st.sampled_from(
                ("PAST", "CLOSED", "TAKEN", "NOT_FOUND", "STAFF_DOES_NOT_DO", "TOO_MANY_OPEN", "NEW")
            ),
            "times": st.one_of(st.lists(st.sampled_from(TIMES), max_size=4), st.none(), texts()),
            "appointments": st.one_of(st.lists(rows, max_size=3), st.none()),
        },
    )


TOOLS = (*(tool.name for tool in SALON.tools), "no_such_tool")
SLOTS = slots()
ACTIONS = st.builds(
    Action, st.sampled_from(TOOLS), st.dictionaries(st.sampled_from(SLOT_ORDER), st.text(max_size=5), max_size=2)
)
ARGS: tuple[dict[str, str], ...] = ({}, {"service_type": "Corte de Cabello", "date_str": "2026-03-12"})
OBSERVATIONS = st.builds(
    Observation,
    tool=st.sampled_from(TOOLS),
    status=st.sampled_from((Status.OK, Status.OK, Status.OK, *Status)),
    output=outputs(),
    args=st.sampled_from(ARGS),
    decision=st.builds(
        Decision,
        st.sampled_from(Outcome),
        needs=st.lists(st.sampled_from((*SLOT_ORDER, "shoe_size")), max_size=2).map(tuple),
    ),
)
STATES = st.builds(
    ConversationState,
    active_intent=st.sampled_from(Intent),
    slots=SLOTS.map(lambda said: Slots(**said)),
    asked_slot=st.sampled_from(("", *SLOT_ORDER)),
    pending=st.lists(ACTIONS, max_size=5).map(tuple),
    booking_choices=st.sampled_from(((), (BookingChoice("PB-AAAAAA"),), TWO)),
)
TURNS = st.builds(
    PlanningTurn,
    intent=st.sampled_from(INTENTS),
    now=st.just(NOW),
    slots=SLOTS,
    state=STATES,
    topic=st.sampled_from((*[Topic.UNSPECIFIED] * 2, *Topic)),
    confirmed=st.booleans(),
    observations=st.lists(OBSERVATIONS, max_size=3).map(tuple),
)
NUMBERS = st.integers(0, len(WORKSPACES) - 1)


@given(TURNS, NUMBERS)
@settings(max_examples=200)
def test_every_plan_keeps_the_promises(turn: PlanningTurn, number: int) -> None:
    workspace = WORKSPACES[number]
    made = plan(turn, workspace)
    CONTRACT.check(made, workspace)
    assert len(made.actions) <= MAX_ACTIONS
    assert not any(observation_of(turn, action) for action in made.actions)
    assert made == plan(turn, workspace)
    tools = [action.tool for action in made.actions]
    if BOOK in tools and not (turn.confirmed and turn.state.pending):
        before = tools[: tools.index(BOOK)]
        assert CHECK in before or any(seen.tool == CHECK for seen in turn.observations)
        assert not made.missing_slots
    if not (turn.confirmed and turn.state.pending):
        unasked = [name for name in tools if (tool := workspace.tool(name)) and tool.confirm]
        assert not unasked or made.needs_confirmation
    if made.needs_confirmation:
        assert any(_writes(workspace, name) for name in tools)


@given(TURNS, NUMBERS)
@settings(max_examples=80)
def test_rounds_end(turn: PlanningTurn, number: int) -> None:
    workspace = WORKSPACES[number]
    seen: list[Observation] = []
    for _ in range(4):
        fresh = PlanningTurn(
            turn.intent, turn.now, turn.slots, turn.state, turn.topic, turn.confirmed, observations=tuple(seen)
        )
        made = plan(fresh, workspace)
        runnable = [
            action for action in made.actions if not made.needs_confirmation or not _writes(workspace, action.tool)
        ]
        if not runnable:
            return
        seen += [Observation(action.tool, Status.OK, _answer(action.tool), action.args) for action in runnable]
    raise AssertionError("the planner still wants to act after four rounds")


def _writes(workspace: Workspace, name: str) -> bool:
    tool = workspace.tool(name)
    return tool is not None and tool.effect == "write"


def _answer(tool: str) -> dict[str, Any]:
    if tool == FIND:
        return {"ok": True, "appointments": [appointment()]}
    return {"ok": True, "times": ["15:00", "09:30"]} if tool == CHECK else {"ok": True}
