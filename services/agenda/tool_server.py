"""The nine tools as MCP shows them to a model. A docstring here is a tool's description there."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations
from pydantic import Field

from agenda import catalogue
from agenda.booking import Request
from agenda.caller import Caller, Callers
from agenda.desk import Desk
from agenda.mcp_server import AgendaServer
from agenda.text import MAX_EMAIL, MAX_NAME, MAX_PHONE

Call = Context[Any, Any]
Service = Annotated[str, Field(max_length=80, description="Canonical name of the service.")]
Day = Annotated[str, Field(max_length=40, description="Local date, YYYY-MM-DD.")]
Hour = Annotated[str, Field(max_length=40, description="Local time, HH:MM on the quarter hour, 24 h.")]
Staff = Annotated[
    str | None, Field(max_length=80, description="Canonical name of who was asked for; none for anybody.")
]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME, description="Name of the client.")]
Email = Annotated[str, Field(min_length=3, max_length=MAX_EMAIL, description="E-mail address of the client.")]
Phone = Annotated[str, Field(min_length=1, max_length=MAX_PHONE, description="Phone, E.164, or channel address.")]
OptionalPhone = Annotated[str | None, Field(max_length=MAX_PHONE, description="Phone, E.164, or channel address.")]
BookingId = Annotated[str, Field(max_length=40, description="PB- and six of A-Z0-9.")]
Words = Annotated[str | None, Field(max_length=80, description="Part of a service's name, or what people call it.")]

INSTRUCTIONS = (
    "Appointments of a small business. Answers are JSON objects with `ok`; a no has a `reason` and, where there are "
    "any, other `times` or the `next` days. Check availability before booking. Dates and times are local."
)
_READ = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_WRITE = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
_CHANGE = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False)


class Tools:
    """The tools, over a desk."""

    def __init__(self, desk: Desk, callers: Callers) -> None:
        self._desk = desk
        self._callers = callers

    def _caller(self, ctx: Call) -> Caller:
        return self._callers.read(ctx.request_context.meta or {})

    async def get_available_services(self, ctx: Call, q: Words = None) -> dict[str, Any]:
        """Services with minutes, prices and who does them; with `q` only those it fits."""
        return catalogue.services(self._caller(ctx), q)

    async def get_business_hours(self, ctx: Call) -> dict[str, Any]:
        """Opening hours of the week, and special days of the next 60."""
        return catalogue.hours(self._caller(ctx))

    async def get_service_packages(self, ctx: Call) -> dict[str, Any]:
        """Packages on sale."""
        return catalogue.packages(self._caller(ctx))

    async def get_active_promotions(self, ctx: Call) -> dict[str, Any]:
        """Promotions running."""
        return catalogue.promotions(self._caller(ctx))

    async def check_service_availability(
        self, ctx: Call, service_type: Service, date_str: Day, staff_name: Staff = None
    ) -> dict[str, Any]:
        """Free times of a service on a date, and the next days that have some when it has none."""
        return await self._desk.check(self._caller(ctx), service_type, date_str, staff_name or None)

    async def book_appointment(
        self,
        ctx: Call,
        service_type: Service,
        preferred_date: Day,
        preferred_time: Hour,
        client_name: Name,
        client_email: Email,
        client_phone: OptionalPhone = None,
        staff_name: Staff = None,
    ) -> dict[str, Any]:
        """Books an appointment. A time that is taken gives `ok: false` and other times."""
        request = Request(service_type, preferred_date, preferred_time, staff_name or None)
        return await self._desk.book(self._caller(ctx), request, client_name, client_email, client_phone)

    async def find_appointment_by_phone(self, ctx: Call, client_phone: Phone) -> dict[str, Any]:
        """Booked appointments to come of a customer, soonest first."""
        return await self._desk.find(self._caller(ctx), client_phone)

    async def cancel_appointment(self, ctx: Call, booking_id: BookingId) -> dict[str, Any]:
        """Cancels an appointment to come."""
        return await self._desk.cancel(self._caller(ctx), booking_id)

    async def reschedule_appointment(
        self, ctx: Call, booking_id: BookingId, preferred_date: Day, preferred_time: Hour
    ) -> dict[str, Any]:
        """Moves an appointment to another date and time; when it cannot be moved it stays."""
        return await self._desk.move(self._caller(ctx), booking_id, preferred_date, preferred_time)

    def all(self) -> list[Tool]:
        """The nine, in the order of the catalogue."""
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
        ]
        return [Tool.from_function(function, annotations=annotations) for function, annotations in rows]


def build_mcp(desk: Desk, callers: Callers) -> AgendaServer:
    """The MCP server with the nine tools."""
    return AgendaServer("pulpo-agenda", INSTRUCTIONS, Tools(desk, callers).all())
