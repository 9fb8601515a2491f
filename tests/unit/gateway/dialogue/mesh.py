"""A conversation of the second form without a network: the gateway's turn, the planner's rules, an agenda in a dict."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jsonschema import Draft202012Validator

from gateway.domain.message import Limits
from gateway.domain.reducer import ReducerSettings
from gateway.domain.turn_types import (
    Composed,
    CustomerProfile,
    Decided,
    Executed,
    Extraction,
    Heard,
    PlanResult,
    ReplyFacts,
    TurnInput,
)
from gateway.storage.rows import decode_state, encode
from gateway.turn.runner import TurnRunner
from planner.schema_validation import SECOND_VERSION, PlanContract
from planner.tasks.next_step import plan
from planner.turn import PlanningTurn
from tests.unit.gateway.dialogue.agenda import Agenda
from tests.unit.gateway.dialogue.builders import NOW
from tests.unit.planner.builders import SALON
from turn import converters
from turn.model import NEW_CONVERSATION, Action, ConversationState, Observation, Slots, TurnContext, WriteOutcome
from turn.vocabulary import Status
from workspace.model import Workspace
from workspace.schemas import fill_names

CONTRACT = PlanContract()
ARGS = {tool.name: Draft202012Validator(fill_names(tool.args, SALON)) for tool in SALON.tools}
"""What the arguments of each tool must look like."""


@dataclass
class Stages:
    """The other services of one conversation."""

    agenda: Agenda
    business: Workspace = SALON
    reading: Extraction | None = None
    ran: list[tuple[Action, bool]] = field(default_factory=list)
    """What this turn ran, and whether it was confirmed."""
    facts: ReplyFacts | None = None
    broken: Status | None = None
    """What becomes of writes, where the agenda does not answer."""

    def begin(self, reading: Extraction) -> None:
        """Another turn, with a message as it is read."""
        self.reading, self.ran, self.facts = reading, [], None

    def for_turn(self, track: str, deadline: float, shadow: bool = False) -> "Stages":
        """They are of one turn at a time."""
        return self

    async def extract(self, context: TurnContext, text: str, state: ConversationState, timeout_s: float) -> Extraction:
        """The message as it was drawn."""
        assert self.reading is not None
        return self.reading

    async def plan(
        self, context: TurnContext, heard: Heard, observations: Sequence[Observation], timeout_s: float
    ) -> PlanResult:
        """What the planner's rules say, checked against its contract. The state goes over the wire."""
        made = plan(
            PlanningTurn(
                intent=heard.intent,
                now=context.received_at,
                slots=heard.slots,
                state=converters.state_from(converters.state_to(heard.before)),
                topic=heard.topic,
                confirmed=heard.confirmed,
                observations=tuple(observations),
                meaning=heard.meaning,
            ),
            self.business,
        )
        CONTRACT.check(made, self.business, SECOND_VERSION)
        return PlanResult(
            made.actions, made.needs_confirmation, made.missing_slots, next_step=made.next_step, offers=made.offers
        )

    async def execute(
        self,
        context: TurnContext,
        customer: CustomerProfile,
        actions: Sequence[Action],
        slots: Slots,
        confirmed: bool,
        group_id: str,
        timeout_s: float,
    ) -> Executed:
        """What the agenda answers; arguments are as the tool's schema wants them."""
        return Executed(tuple(self._run(action, confirmed) for action in actions))

    def _run(self, action: Action, confirmed: bool) -> Observation:
        ARGS[action.tool].validate(dict(action.args))
        tool = self.business.tool(action.tool)
        assert tool is not None
        self.ran.append((action, confirmed))
        if tool.effect == "write" and self.broken is not None:
            return Observation(action.tool, self.broken, args=action.args)
        return Observation(action.tool, Status.OK, self.agenda.answer(action), action.args)

    async def look_up(
        self, context: TurnContext, customer: CustomerProfile, actions: Sequence[Action], slots: Slots, timeout_s: float
    ) -> tuple[WriteOutcome, ...]:
        """Nobody asks: every call is answered."""
        raise NotImplementedError

    async def compose(self, context: TurnContext, facts: ReplyFacts, timeout_s: float) -> Composed:
        """Any words."""
        self.facts = facts
        return Composed("…")


@dataclass
class Conversation:
    """Turns one after the other; between them the state is stored and read."""

    stages: Stages
    state: ConversationState = NEW_CONVERSATION
    now: datetime = NOW

    async def say(self, reading: Extraction, text: str = "…") -> ReplyFacts:
        """One message and what its reply depends on."""
        self.stages.begin(reading)
        self.now += timedelta(minutes=1)
        given = TurnInput(
            workspace=self.stages.business,
            conversation_id="c",
            turn_id="t",
            received_at=self.now,
            customer=CustomerProfile("whatsapp:+5491155551234"),
            text=text,
            media=False,
            track="legacy",
            state=self.state,
        )
        result = await TurnRunner(self.stages, Limits(), ReducerSettings()).run(given, 30, _note)
        assert self.stages.facts is not None, result.record.fallbacks
        assert result.record.fallbacks == ()
        self.state = decode_state(encode(result.state))
        assert self.state == result.state
        return self.stages.facts


async def _note(decided: Decided) -> None:
    """Nothing breaks here: nobody needs the note."""
