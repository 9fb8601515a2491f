"""Turns of the second form as NLG meets them: the dialogue after the turn, what the tools answered, what is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nlg.compose import compose
from nlg.schema_validation import check
from nlg.turn import ComposedReply, ReplyTurn
from nlg.writing.own_words import own_phrases
from tests.unit.nlg.builders import NOW, PHRASES
from tests.unit.nlg.builders import SALON as FIRST_SALON
from turn.meaning import Act, Item, KnownAppointment, Meaning
from turn.model import Action, ConversationState, Observation
from turn.tasks import BOOK, CANCEL, CHANGE, Customer, Dialogue, Placed, Proposal, Task, Written
from turn.tools import BOOK_ALL, CANCEL_ALL, CUSTOMER, FREE_TIMES, RESTORE
from turn.tools import CHANGE as CHANGE_TOOL
from turn.vocabulary import Intent, Stage, Topic
from workspace.model import Tool, Workspace

LANGUAGES = ("es-AR", "pt-BR", "en")
OF_THE_FORM = (
    Tool(name=FREE_TIMES, effect="read"),
    Tool(name=CUSTOMER, effect="read"),
    Tool(name=BOOK_ALL, effect="write"),
    Tool(name=CHANGE_TOOL, effect="write"),
    Tool(name=CANCEL_ALL, effect="write", confirm=True),
    Tool(name=RESTORE, effect="write"),
)
_OTHERS = tuple(tool for tool in FIRST_SALON.tools if tool.name not in {each.name for each in OF_THE_FORM})
SALON = FIRST_SALON.model_copy(update={"tools": (*_OTHERS, *OF_THE_FORM)})
"""The salon with the tools of the second form."""

CUT = Item("Corte de Cabello")
BEARD = Item("Barba")
FRIDAY = "2026-03-13"
THURSDAY = "2026-03-12"
OWN_CUT = KnownAppointment("PB-AAAAAA", "Corte de Cabello", FRIDAY, "15:00", "Sofía", "Ana Paz")
OWN_BEARD = KnownAppointment("PB-BBBBBB", "Barba", "2026-03-14", "11:00", "Carlos", "Ana Paz")
ANA = Customer("Ana Paz", "a***z@example.com", "Corte de Cabello", "Sofía", (OWN_CUT,))
ANA_OF_TWO = replace(ANA, appointments=(OWN_CUT, OWN_BEARD))
NOBODY = Customer()


def placed(time: str = "10:00", day: str = FRIDAY, service: str = "Corte de Cabello", **more: str) -> Placed:
    """One service of a visit."""
    return Placed(service, day, time, more.get("staff", "Sofía"), more.get("person", ""))


def visit(*items: Placed) -> Proposal:
    """A visit that can be booked as it is."""
    return Proposal(items or (placed(),))


def booking(**more: Any) -> Task:
    """A haircut to be booked."""
    return Task(BOOK, **{"items": (CUT,), **more})


def changing(**more: Any) -> Task:
    """The haircut of Friday to be changed."""
    return Task(CHANGE, **{"targets": ("PB-AAAAAA",), **more})


def cancelling(**more: Any) -> Task:
    """The haircut of Friday to be cancelled."""
    return Task(CANCEL, **{"targets": ("PB-AAAAAA",), **more})


def meaning(*acts: str, **more: Any) -> Meaning:
    """What a message does, in order, and the rest of its meaning."""
    return Meaning(acts=tuple(Act(kind, number, number + 1) for number, kind in enumerate(acts)), **more)


def turn(
    *seen: Observation,
    step: str = "",
    notes: Sequence[str] = (),
    front: Task | None = None,
    times: int = 1,
    customer: Customer | None = ANA,
    done: Sequence[Written] = (),
    said: Meaning | None = None,
    topic: Topic = Topic.UNSPECIFIED,
    waiting: Action | None = None,
    stage: Stage = Stage.INICIO,
    name: str = "Ana Paz",
    email: str = "",
    misses: int = 0,
    slots: Mapping[str, str] | None = None,
) -> ReplyTurn:
    """A turn of the second form, with only what matters spelt out."""
    asked = replace(front, asked=step, times_asked=times) if front else None
    dialogue = Dialogue((asked,) if asked else (), tuple(done), customer, name, email)
    return ReplyTurn(
        intent=Intent.OTHER,
        now=NOW,
        topic=topic,
        actions=(waiting,) if waiting else (),
        needs_confirmation=waiting is not None,
        observations=seen,
        state=ConversationState(stage=stage, dialogue=dialogue, misses=misses),
        said=slots or {},
        meaning=said or Meaning(),
        next_step=step,
        notes=tuple(notes),
    )


def reply_to(what: ReplyTurn, locale: str = "es-AR", business: Workspace = SALON) -> ComposedReply:
    """The reply, which always keeps its contract and asks one thing at most."""
    reply = compose(what, business, own_phrases(PHRASES[locale], business))
    check(reply)
    assert reply.message.count("?") <= 1, reply.message
    return reply


def message_to(what: ReplyTurn, locale: str = "es-AR", business: Workspace = SALON) -> str:
    """What the reply says."""
    return reply_to(what, locale, business).message


def row(one: KnownAppointment, **more: Any) -> dict[str, Any]:
    """An appointment as a tool tells it; numbers are floats, as they come over the wire."""
    told = {
        "booking_id": one.id,
        "service_type": one.service,
        "date": one.day,
        "time": one.time,
        "staff_name": one.staff,
        "client_name": one.name,
    }
    return {**told, **more}
