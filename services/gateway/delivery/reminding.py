"""Reminders: what is booked is asked of the agenda again before each leaves."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from gateway.domain.due import SESSION_S, Due
from gateway.domain.message import phone_of
from gateway.domain.ports import StageError, Stages
from gateway.domain.reminders import Booked, booked_of
from gateway.domain.turn_types import CustomerProfile
from gateway.people.packs import say, word
from gateway.people.telling import MOST_VARIABLE, one_line
from gateway.storage.opt_outs import Customer
from gateway.tracks.track import LEGACY
from turn.model import NO_SLOTS, Action, TurnContext
from turn.tools import FIND
from turn.vocabulary import Status
from workspace.model import Workspace

ASK_S = 5.0
"""Seconds that asking the agenda may take."""


class Agenda:
    """What is booked, by way of the broker, as the customer would ask it."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages

    async def coming(self, due: Due, workspace: Workspace, customer: Customer) -> Sequence[Booked]:
        """A customer's appointments to come. Raises StageError when nobody says."""
        if workspace.tool(FIND) is None:
            return ()
        now = datetime.fromtimestamp(due.now, UTC)
        context = TurnContext(workspace.id, due.conversation_id, due.id, now, customer.locale or workspace.locale)
        turn = self._stages.for_turn(LEGACY, time.monotonic() + ASK_S)
        action = Action(FIND, {"client_phone": phone_of(customer.address)}, "a reminder")
        profile = CustomerProfile(customer.address)
        done = await turn.execute(context, profile, [action], NO_SLOTS, False, "", ASK_S)
        seen = done.observations[0] if done.observations else None
        if seen is None or seen.status is not Status.OK:
            raise StageError("NOT_TOLD", did_nothing=True)
        found = [booked_of(each) for each in seen.output.get("appointments", ())]
        return [each for each in found if each is not None]


def reminder(workspace: Workspace, customer: Customer, booked: Booked) -> tuple[str, tuple[str, str, str]]:
    """What a customer is reminded with: as free text, and as a template's variables."""
    locale = customer.locale or workspace.locale
    day = word(locale, "weekdays", str(booked.date.isoweekday()))
    hour = booked.time.isoformat("minutes")
    when = say(locale, "when", weekday=day, day=booked.date.strftime("%d/%m"), time=hour)
    what = say(locale, "with_staff", service=booked.service, staff=booked.staff) if booked.staff else booked.service
    text = say(locale, "reminder", business=workspace.name, what=what, when=when)
    name, what_told, when_told = (one_line(each, MOST_VARIABLE) for each in (workspace.name, what, when))
    return text, (name, what_told, when_told)


def template_for(workspace: Workspace, customer: Customer) -> str:
    """The template in the language that a customer is answered in, or the business's; empty when there is none."""
    templates = workspace.reminders.templates if workspace.reminders else {}
    languages = [locale[:2] for locale in (customer.locale, workspace.locale) if locale]
    return next((templates[language] for language in languages if language in templates), "")


def is_in_session(customer: Customer, now: float) -> bool:
    """Whether WhatsApp takes free text to a customer now."""
    return now - customer.last_message_at <= SESSION_S
