"""The tools as MCP shows them to a model. A docstring here is a tool's description there."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field

from agenda.booking import catalogue
from agenda.booking.answers import MOST_ANSWERS
from agenda.booking.call_context import CallContext, CallContexts
from agenda.booking.changes import Change
from agenda.booking.finding import WantedItem
from agenda.booking.groups import GroupItem
from agenda.booking.text import MAX_NAME, MAX_PHONE
from agenda.booking.transactions import BookingRequest
from agenda.booking.visits import MOST_ITEMS
from agenda.server.mcp_server import PATH, AgendaServer, caller_of
from agenda.server.operations import Operations
from runtime.rpc.identity import Door
from workspace.emails import MAX_EMAIL
from workspace.parts.rules import LONGEST_ANSWER

ToolContext = Context[Any, Any]
MOST_STAFF, MOST_CONSTRAINTS, MOST_PLACES = 40, 8, 50
"""Longest lists of names and of constraints; most places of one booking."""
Service = Annotated[str, Field(max_length=80, description="Canonical name of the service.")]
Day = Annotated[str, Field(max_length=40, description="Local date, YYYY-MM-DD.")]
Hour = Annotated[str, Field(max_length=40, description="Local time, HH:MM on the quarter hour, 24 h.")]
Staff = Annotated[
    str | None, Field(max_length=80, description="Canonical name of who was asked for; none for anybody.")
]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME, description="Name of the client.")]
OptionalEmail = Annotated[
    str | None,
    Field(
        min_length=3, max_length=MAX_EMAIL, description="E-mail address of the client; none for the one known already."
    ),
]
Phone = Annotated[str, Field(min_length=1, max_length=MAX_PHONE, description="Phone, E.164, or channel address.")]
OptionalPhone = Annotated[str | None, Field(max_length=MAX_PHONE, description="Phone, E.164, or channel address.")]
BookingId = Annotated[str, Field(max_length=40, description="PB- and six of A-Z0-9.")]
BookingIds = Annotated[
    list[BookingId], Field(min_length=1, max_length=MOST_ITEMS, description="Each PB- and six of A-Z0-9.")
]
People = Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=MOST_STAFF)]
Constraint = Annotated[str, Field(max_length=400)]
Days = Annotated[
    list[Constraint],
    Field(
        max_length=MOST_CONSTRAINTS,
        description="All hold: 2026-03-13, a|b, a..b, <a, >=a, !a, any, earliest, weekly:fri, 2026-03-13T10:00.",
    ),
]
Times = Annotated[
    list[Constraint],
    Field(
        max_length=MOST_CONSTRAINTS,
        description="All hold: 17:00, a|b, a..b, <a, >=a, !a, any, earliest, latest, morning, afternoon, evening.",
    ),
]
Answers = Annotated[
    dict[str, Annotated[str, Field(max_length=LONGEST_ANSWER)]] | None,
    Field(max_length=MOST_ANSWERS, description="Answers to the business's own questions, by key."),
]
Limit = Annotated[int, Field(ge=1, le=10, description="Most proposals.")]
OptionalDay = Annotated[str | None, Field(max_length=40, description="Local date, YYYY-MM-DD; none to keep it.")]
OptionalHour = Annotated[str | None, Field(max_length=40, description="Local time, HH:MM; none to keep it.")]
OptionalService = Annotated[
    str | None, Field(max_length=80, description="Canonical name of the service; none to keep it.")
]
OptionalName = Annotated[str | None, Field(max_length=MAX_NAME, description="Name of the client; none to keep it.")]
Words = Annotated[str | None, Field(max_length=80, description="Part of a service's name, or what people call it.")]


class WantedService(BaseModel):
    """A service that free times are asked for."""

    model_config = ConfigDict(extra="forbid")

    service_type: Service
    staff_name: People | None = Field(default=None, description="Who may do it; none for anybody.")
    not_staff: People | None = Field(default=None, description="Who may not.")
    person: str | None = Field(default=None, max_length=MAX_NAME, description="Whose it is; none for who writes.")
    places: int | None = Field(default=None, ge=1, le=MOST_PLACES, description="Places of a class; none for one.")


class NewAppointment(BaseModel):
    """One of several appointments."""

    model_config = ConfigDict(extra="forbid")

    service_type: Service
    date: Day
    time: Hour
    staff_name: Staff = None
    client_name: str | None = Field(
        default=None, max_length=MAX_NAME, description="Who comes; none for the client of the whole request."
    )
    person: str | None = Field(
        default=None,
        max_length=80,
        description="Whom it is for where no name is known (daughter): the client's own appointments are no obstacle.",
    )
    places: int | None = Field(default=None, ge=1, le=MOST_PLACES, description="Places of a class; none for one.")


class ChangedAppointment(BaseModel):
    """What is to be otherwise of one of several appointments."""

    model_config = ConfigDict(extra="forbid")

    booking_id: BookingId
    preferred_date: OptionalDay = None
    preferred_time: OptionalHour = None
    service_type: OptionalService = None
    staff_name: Staff = None
    client_name: OptionalName = None
    client_email: OptionalEmail = None

    def change(self) -> Change:
        """As the agenda's own type."""
        return Change(
            self.preferred_date,
            self.preferred_time,
            self.service_type,
            self.staff_name or None,
            self.client_name or None,
            self.client_email,
        )


Changes = Annotated[list[ChangedAppointment], Field(min_length=1, max_length=MOST_ITEMS)]
Wanted = Annotated[list[WantedService], Field(min_length=1, max_length=MOST_ITEMS)]
NewAppointments = Annotated[list[NewAppointment], Field(min_length=1, max_length=MOST_ITEMS)]

INSTRUCTIONS = (
    "Appointments of a small business. Answers are JSON objects with `ok`; a no has a `reason` and, where there are "
    "any, other `times` or the `next` days. Check availability before booking. Dates and times are local."
)
_READ = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_WRITE = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
_CHANGE = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False)


class Tools:
    """The tools, over the operations."""

    def __init__(self, operations: Operations, contexts: CallContexts) -> None:
        self._operations = operations
        self._contexts = contexts

    def _call(self, ctx: ToolContext) -> CallContext:
        return self._contexts.read(ctx.request_context.meta or {}, trusted=PATH in caller_of(ctx).may)

    async def get_available_services(self, ctx: ToolContext, q: Words = None) -> dict[str, Any]:
        """Services with minutes, prices and who does them; with `q` only those it fits."""
        return catalogue.services(self._call(ctx), q)

    async def get_business_hours(self, ctx: ToolContext) -> dict[str, Any]:
        """Opening hours of the week, and special days of the next 60."""
        return catalogue.hours(self._call(ctx))

    async def get_service_packages(self, ctx: ToolContext) -> dict[str, Any]:
        """Packages on sale."""
        return catalogue.packages(self._call(ctx))

    async def get_active_promotions(self, ctx: ToolContext) -> dict[str, Any]:
        """Promotions running."""
        return catalogue.promotions(self._call(ctx))

    async def check_service_availability(
        self, ctx: ToolContext, service_type: Service, date_str: Day, staff_name: Staff = None
    ) -> dict[str, Any]:
        """Free times of a service on a date, and the next days that have some when it has none."""
        return await self._operations.check(self._call(ctx), service_type, date_str, staff_name or None)

    async def book_appointment(
        self,
        ctx: ToolContext,
        service_type: Service,
        preferred_date: Day,
        preferred_time: Hour,
        client_name: Name,
        client_email: OptionalEmail = None,
        client_phone: OptionalPhone = None,
        staff_name: Staff = None,
    ) -> dict[str, Any]:
        """Books an appointment. A time that is taken gives `ok: false` and other times."""
        request = BookingRequest(service_type, preferred_date, preferred_time, staff_name or None)
        return await self._operations.book(self._call(ctx), request, client_name, client_email, client_phone)

    async def find_appointment_by_phone(self, ctx: ToolContext, client_phone: Phone) -> dict[str, Any]:
        """Booked appointments to come of a customer, soonest first."""
        return await self._operations.find(self._call(ctx), client_phone)

    async def cancel_appointment(self, ctx: ToolContext, booking_id: BookingId) -> dict[str, Any]:
        """Cancels an appointment to come."""
        return await self._operations.cancel(self._call(ctx), booking_id)

    async def reschedule_appointment(
        self, ctx: ToolContext, booking_id: BookingId, preferred_date: Day, preferred_time: Hour
    ) -> dict[str, Any]:
        """Moves an appointment to another date and time; when it cannot be moved it stays."""
        return await self._operations.move(self._call(ctx), booking_id, preferred_date, preferred_time)

    async def find_free_times(
        self, ctx: ToolContext, items: Wanted, days: Days | None = None, times: Times | None = None, limit: Limit = 3
    ) -> dict[str, Any]:
        """Visits that can be booked as they are, earliest first: each with day, hour and staff for every item. Services
        of one person follow one another; several persons begin together where staff allows. When nothing fits, `next`
        has what is nearest."""
        wanted = [
            WantedItem(
                each.service_type,
                tuple(each.staff_name or ()),
                tuple(each.not_staff or ()),
                each.person or "",
                each.places or 1,
            )
            for each in items
        ]
        return await self._operations.find_free_times(self._call(ctx), wanted, days or [], times or [], limit)

    async def book_appointments(
        self,
        ctx: ToolContext,
        items: NewAppointments,
        client_name: Name,
        client_email: OptionalEmail = None,
        client_phone: OptionalPhone = None,
        answers: Answers = None,
    ) -> dict[str, Any]:
        """Books several appointments, all or none. `item` of a no is the index of the one that cannot be."""
        wanted = [
            GroupItem(
                BookingRequest(each.service_type, each.date, each.time, each.staff_name or None, each.places or 1),
                each.client_name or None,
                bool(each.person and not each.client_name),
            )
            for each in items
        ]
        call = self._call(ctx)
        return await self._operations.book_all(call, wanted, client_name, client_email, client_phone, answers)

    async def change_appointment(
        self,
        ctx: ToolContext,
        booking_id: BookingId,
        preferred_date: OptionalDay = None,
        preferred_time: OptionalHour = None,
        service_type: OptionalService = None,
        staff_name: Staff = None,
        client_name: OptionalName = None,
        client_email: OptionalEmail = None,
    ) -> dict[str, Any]:
        """Changes any of an appointment to come, and tells it before and after; when it does not fit it stays."""
        wanted = Change(
            preferred_date, preferred_time, service_type, staff_name or None, client_name or None, client_email
        )
        return await self._operations.change(self._call(ctx), booking_id, wanted)

    async def change_appointments(self, ctx: ToolContext, changes: Changes) -> dict[str, Any]:
        """Changes several appointments to come, all or none, and tells each before and after. `item` of a no is the
        index of the one that does not fit."""
        wanted = [(each.booking_id, each.change()) for each in changes]
        return await self._operations.change_all(self._call(ctx), wanted)

    async def cancel_appointments(self, ctx: ToolContext, booking_ids: BookingIds) -> dict[str, Any]:
        """Cancels several appointments to come, all or none."""
        return await self._operations.cancel_all(self._call(ctx), booking_ids)

    async def restore_appointment(self, ctx: ToolContext, booking_id: BookingId) -> dict[str, Any]:
        """Books an appointment again that was cancelled within the last 24 hours, with its id, where it still fits."""
        return await self._operations.restore(self._call(ctx), booking_id)

    async def get_customer(self, ctx: ToolContext) -> dict[str, Any]:
        """What is known about the customer: name, masked e-mail address, last services, appointments to come, and
        those cancelled within the last 24 hours."""
        return await self._operations.profile(self._call(ctx))

    def all(self) -> list[Tool]:
        """All of them, in the order of the catalogue."""
        rows: list[tuple[Callable[..., Awaitable[dict[str, Any]]], ToolAnnotations]] = [
            (self.get_available_services, _READ),
            (self.get_business_hours, _READ),
            (self.get_service_packages, _READ),
            (self.get_active_promotions, _READ),
            (self.check_service_availability, _READ),
            (self.book_appointment, _WRITE),
            (self.find_appointment_by_phone, _READ),
            (self.cancel_appointment, _CHANGE),
            (self.reschedule_appointment, _CHANGE),
            (self.find_free_times, _READ),
            (self.book_appointments, _WRITE),
            (self.change_appointment, _CHANGE),
            (self.change_appointments, _CHANGE),
            (self.cancel_appointments, _CHANGE),
            (self.restore_appointment, _WRITE),
            (self.get_customer, _READ),
        ]
        return [Tool.from_function(function, annotations=annotations) for function, annotations in rows]


FREE = (
    "get_available_services",
    "get_business_hours",
    "get_service_packages",
    "get_active_promotions",
    "check_service_availability",
    "find_free_times",
)
"""Tools that change nothing and concern no customer: anybody on a developer's machine may call them."""
CALLERS = dict.fromkeys(
    (
        *FREE,
        "book_appointment",
        "find_appointment_by_phone",
        "cancel_appointment",
        "reschedule_appointment",
        "book_appointments",
        "change_appointment",
        "change_appointments",
        "cancel_appointments",
        "restore_appointment",
        "get_customer",
    ),
    ("broker",),
)
"""Who may call each tool, and speak for a customer."""


def build_mcp(operations: Operations, contexts: CallContexts, door: Door) -> AgendaServer:
    """The MCP server with the tools."""
    return AgendaServer("pulpo-agenda", INSTRUCTIONS, Tools(operations, contexts).all(), door)
