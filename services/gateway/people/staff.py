"""The turn of somebody of the business: reads their orders, does them and says what came of it.

No model and none of the other services take part. Each order is done once, although its message's turn may run anew.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

from gateway.domain.handover import HandoverState
from gateway.domain.holding import Act, Result, Ways
from gateway.domain.ports import Waiting
from gateway.domain.turn_types import Decided, Extraction, Reply, TurnInput, TurnRecord, TurnResult
from gateway.people.orders import Order, OrderKind, read_order
from gateway.people.packs import say, word
from gateway.people.telling import age, contact, locale_of, one_line
from turn.model import NO_SLOTS
from turn.vocabulary import Intent
from workspace.model import Workspace
from workspace.people import Person

SOURCE = "order"
"""Who read the message: the reader of orders, no track's extractor."""
QUOTED = 80
"""Longest text that a list quotes, in characters."""
SHOWN = 8
"""Most messages of one hand-over that are shown, the newest."""
_SENT = {Result.GONE: "gone", Result.CLOSED: "closed_already", Result.NOT_TAKEN: "not_taken"}


class Requests(Protocol):
    """The hand-overs, as people of a business work with them. Raises PulpoError DATABASE_UNAVAILABLE."""

    async def waiting(self, workspace_id: str) -> tuple[Sequence[Waiting], int]:
        """The oldest that are not closed, and how many there are."""

    async def numbered(self, workspace_id: str, number: int) -> Waiting | None:
        """The one that people call by a number."""

    async def held_by(self, workspace_id: str, person: str) -> Sequence[Waiting]:
        """Those that somebody has."""

    async def saw(self, workspace_id: str, shown: Iterable[str], act: Act) -> None:
        """Puts on record that somebody was shown some, by their ids."""

    async def take(self, handover_id: str, act: Act, ways: Ways) -> Result:
        """Gives somebody a conversation."""

    async def answer(self, handover_id: str, words: str, act: Act, ways: Ways) -> Result:
        """Sends somebody's words to the customer, once."""

    async def give_back(self, handover_id: str, act: Act) -> Result:
        """Gives a conversation back to the bot."""

    async def close(self, handover_id: str, act: Act) -> Result:
        """Closes one."""


class StaffTurns:
    """Runs the turns of people of a business."""

    def __init__(self, requests: Requests, ways: Callable[[Workspace], Ways], wake: Callable[[], None]) -> None:
        """`ways` says how a business's customers can be written to; `wake` that there is something to send."""
        self._requests, self._ways, self._wake = requests, ways, wake

    async def run(
        self,
        given: TurnInput,
        person: Person,
        texts: Sequence[str],
        note: Callable[[Decided], Awaitable[None]],
    ) -> TurnResult:
        """Does the orders of one or several messages, in their order. `note` is called before anything is done: from
        then on no other message joins them. Raises PulpoError."""
        await note(Decided(Extraction(Intent.CHITCHAT), ()))
        answers = []
        for place, text in enumerate(texts):
            takes_over = person.role == "owner"
            at, conversation = given.received_at.timestamp(), given.conversation_id
            act = Act(person.id, at, given.turn_id, conversation, place, takes_over)
            desk = _Desk(self._requests, given.workspace, person, act, self._ways(given.workspace))
            answers.append(await desk.do(read_order(text)))
        self._wake()
        reply = Reply("\n".join(answers), intent=Intent.CHITCHAT, slots=NO_SLOTS, track=given.track)
        record = TurnRecord(
            turn_id=given.turn_id,
            workspace=given.workspace.id,
            track=given.track,
            outcome="ok",
            intent=Intent.CHITCHAT,
            confidence=1.0,
            source=SOURCE,
        )
        return TurnResult(reply, given.state, record)


class _Desk:
    """One order of one person."""

    def __init__(self, requests: Requests, workspace: Workspace, person: Person, act: Act, ways: Ways) -> None:
        self._requests, self._workspace, self._person = requests, workspace, person
        self._act, self._ways = act, ways
        self._locale = locale_of(workspace, person)

    async def do(self, order: Order) -> str:
        """Does it. Returns what the person reads."""
        match order.kind:
            case OrderKind.HELP:
                return self._say("help")
            case OrderKind.UNKNOWN:
                return self._say("unknown", help=self._say("help"))
            case OrderKind.LIST:
                return await self._list()
        if order.for_all:
            return await self._all(order)
        found = await self._meant(order)
        if isinstance(found, str):
            return found
        return await self._one(order, found)

    async def _meant(self, order: Order) -> Waiting | str:
        """The hand-over that an order is about, or what to say when that is not clear."""
        if order.number is not None:
            found = await self._requests.numbered(self._workspace.id, order.number)
            return found or self._say("none_such", number=order.number)
        if order.kind is OrderKind.TAKE:
            waiting, _ = await self._requests.waiting(self._workspace.id)
            candidates = [each for each in waiting if each.state is HandoverState.OPEN]
        else:
            candidates = list(await self._requests.held_by(self._workspace.id, self._person.id))
        return candidates[0] if len(candidates) == 1 else self._say(f"which_{order.kind.value}")

    async def _one(self, order: Order, found: Waiting) -> str:
        match order.kind:
            case OrderKind.SHOW:
                return await self._show(found)
            case OrderKind.TAKE:
                result, done = await self._requests.take(found.id, self._act, self._ways), "taken"
            case OrderKind.ANSWER:
                result = await self._requests.answer(found.id, order.words, self._act, self._ways)
                done = "answered"
            case OrderKind.GIVE_BACK:
                result, done = await self._requests.give_back(found.id, self._act), "given_back"
            case _:
                result, done = await self._requests.close(found.id, self._act), "closed"
        if result is Result.DONE:
            return self._say(done, number=found.number)
        await self._requests.saw(self._workspace.id, [found.id], self._act)  # what follows may tell of the customer
        return self._refused(result, found)

    def _refused(self, result: Result, found: Waiting) -> str:
        if result is Result.OTHERS:
            return self._say("others", number=found.number, name=self._name(found.taken_by))
        if result in _SENT:
            return self._say(_SENT[result], number=found.number)
        return self._say(result.value, customer=contact(found.address))

    async def _all(self, order: Order) -> str:
        """What concerns several customers is done when the person has said how many they are."""
        held = await self._requests.held_by(self._workspace.id, self._person.id)
        if not held:
            return self._say("yours_none")
        if order.count != len(held):
            numbers = ", ".join(f"#{each.number}" for each in held)
            return self._say(f"sure_{order.kind.value}", count=len(held), numbers=numbers)
        return "\n".join([await self._one(order, each) for each in held])

    async def _list(self) -> str:
        waiting, count = await self._requests.waiting(self._workspace.id)
        if not waiting:
            return self._say("list_none")
        await self._requests.saw(self._workspace.id, [each.id for each in waiting], self._act)
        lines = [self._say("list_head", count=count), *(self._row(each) for each in waiting)]
        if count > len(waiting):
            lines.append(self._say("list_more", count=count - len(waiting)))
        return "\n".join(lines)

    def _row(self, found: Waiting) -> str:
        theirs = [message for message in found.messages if not message.author]
        reason = theirs[-1].reason.value if theirs else "other"
        text = one_line(theirs[-1].text, QUOTED) if theirs else ""
        values = {"age": self._age(found), "reason": word(self._locale, "reasons", reason), "who": self._who(found)}
        return self._say("list_row", number=found.number, customer=contact(found.address), text=text, **values)

    async def _show(self, found: Waiting) -> str:
        await self._requests.saw(self._workspace.id, [found.id], self._act)
        values = {"age": self._age(found), "who": self._who(found)}
        lines = [self._say("show_head", number=found.number, customer=contact(found.address), **values)]
        for message in found.messages[-SHOWN:]:
            text = one_line(message.text, 2 * QUOTED) or self._say("attachment")
            ours = self._say("show_ours", name=self._name(message.author), text=text)
            lines.append(ours if message.author else self._say("show_theirs", text=text))
        return "\n".join(lines)

    def _age(self, found: Waiting) -> str:
        return age(self._locale, self._act.at - found.opened_at)

    def _who(self, found: Waiting) -> str:
        return self._say("list_who", name=self._name(found.taken_by)) if found.taken_by else ""

    def _name(self, person_id: str) -> str:
        known = self._workspace.person(person_id)
        return known.name if known else person_id

    def _say(self, key: str, **values: object) -> str:
        return say(self._locale, key, **values)
