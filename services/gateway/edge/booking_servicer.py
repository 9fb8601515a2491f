"""BookingService over gRPC: businesses and appointments for who needs no conversation."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from google.protobuf.message import Message

from gateway.domain.message import clean, turn_id
from gateway.edge import booking_messages as messages
from gateway.turn.desk import Desk, Errand, turn_of
from pulpo.gateway.v1 import booking_pb2 as pb
from pulpo.gateway.v1 import booking_pb2_grpc
from runtime.errors import Kind, PulpoError
from runtime.rpc.identity import Caller, Scope, current_caller
from runtime.rpc.interceptors import Context
from turn.guard import inspect as inspect_message
from turn.tools import BOOK_ALL, CANCEL_ALL, CHANGE, CUSTOMER, FREE_TIMES
from workspace.model import Workspace
from workspace.registry import Registry

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["BookingService"].full_name
"""Full name of the service."""
FREE = ("ListWorkspaces", "GetCatalogue", "FindFreeTimes")
"""What anybody on a developer's machine may read."""
CALLERS: dict[str, tuple[str, ...]] = dict.fromkeys((*FREE, "Book", "Change", "Cancel", "ListAppointments"), ())
"""No other service calls it; callers that a file or settings list do."""
MOST_ITEMS = 10
"""Services of one visit, and appointments of one cancellation."""
MOST_TIMES = 10
"""Free times of one page."""
MOST_DAYS = 92
"""Days after the first that free times are looked for."""
TURN_S = 10.0
"""Seconds for a call whose caller set no deadline."""


class BookingServicer(booking_pb2_grpc.BookingServiceServicer):
    """Converts, asks the desk, converts."""

    def __init__(self, desk: Desk, registry: Registry) -> None:
        self._desk, self._registry = desk, registry

    async def ListWorkspaces(  # noqa: N802 - the RPC's name
        self, request: pb.ListWorkspacesRequest, context: Context
    ) -> pb.ListWorkspacesResponse:
        """The businesses that the caller may name."""
        size, rights = messages.page_size(request.page_size, messages.MOST_PAGE), current_caller.get().rights
        names = sorted(
            each.id
            for each in self._registry.manifests()
            if each.active and (rights is None or rights.workspaces is None or each.id in rights.workspaces)
        )
        if request.page_token and len(request.page_token) > messages.MOST_PAGE:
            raise messages.bad_token()
        left = [name for name in names if name > request.page_token]
        found = [workspace for name in left[:size] if (workspace := self._registry.get(name))]
        return pb.ListWorkspacesResponse(
            workspaces=map(messages.summary, found), next_page_token=left[size - 1] if len(left) > size else ""
        )

    async def GetCatalogue(self, request: pb.GetCatalogueRequest, context: Context) -> pb.GetCatalogueResponse:  # noqa: N802 - as above
        """What one business offers."""
        return messages.catalogue(self._workspace(request.workspace_id))

    async def FindFreeTimes(self, request: pb.FindFreeTimesRequest, context: Context) -> pb.FindFreeTimesResponse:  # noqa: N802 - as above
        """The free times of the first day that has any, or of the one that a page goes on with."""
        _require(request, "workspace_id", "items", "from_date", "to_date")
        workspace = self._workspace(request.workspace_id)
        first, last = date.fromisoformat(request.from_date), date.fromisoformat(request.to_date)
        size = messages.page_size(request.page_size, MOST_TIMES)
        found = list(_wrong_items(workspace, request.items))
        if not first <= last <= first + timedelta(days=MOST_DAYS):
            found.append(("to_date", f"expected from_date and at most {MOST_DAYS} days more"))
        if found:
            raise messages.invalid(found)
        day, told = messages.day_of_page(request.page_token, first, last)
        errand = self._desk.errand(workspace, request.customer_address)
        args = _search(request)
        answer = await self._desk.run(errand, FREE_TIMES, _on(args, day), _left(context))
        times = messages.free_times(answer.get("proposals"))[told:]
        if not times and day < last:
            rest = {**args, "days": [f"{day + timedelta(days=1)}..{last}"], "limit": 1}
            answer = await self._desk.run(errand, FREE_TIMES, rest, _left(context))
            if soonest := messages.free_times(answer.get("proposals")):
                day, told = date.fromisoformat(soonest[0].items[0].date), 0
                answer = await self._desk.run(errand, FREE_TIMES, _on(args, day), _left(context))
                times = messages.free_times(answer.get("proposals"))
        if not times:
            refused = None if request.page_token else messages.refusal(answer)
            return pb.FindFreeTimesResponse(refusal=refused)
        goes_on = f"{day + timedelta(days=1)}.0" if day < last else ""
        if len(times) > size:
            goes_on = f"{day}.{told + size}"
        return pb.FindFreeTimesResponse(times=times[:size], next_page_token=goes_on)

    async def Book(self, request: pb.BookRequest, context: Context) -> pb.BookResponse:  # noqa: N802 - the RPC's name
        """Books all items or none."""
        _require(request, "workspace_id", "customer_address", "request_id", "items", "client_name")
        _require_items(request.items)
        errand = self._errand("Book", request)
        if found := list(_wrong_items(errand.workspace, request.items)):
            raise messages.invalid(found)
        items = [
            _set(service_type=item.service, date=item.date, time=item.time, staff_name=item.staff)
            for item in request.items
        ]
        who = _set(
            client_name=request.client_name, client_email=request.client_email, client_phone=request.client_phone
        )
        told = await self._desk.run(errand, BOOK_ALL, {"items": items, **who}, _left(context))
        if not told.get("ok"):
            return pb.BookResponse(refusal=messages.refusal(told, request.items))
        return pb.BookResponse(
            appointments=messages.appointments(told.get("appointments")), already=bool(told.get("already"))
        )

    async def Change(self, request: pb.ChangeRequest, context: Context) -> pb.ChangeResponse:  # noqa: N802 - as above
        """Changes what is named of an appointment."""
        _require(request, "workspace_id", "customer_address", "request_id", "booking_id")
        wanted = _set(
            preferred_date=request.date,
            preferred_time=request.time,
            service_type=request.service,
            staff_name=request.staff,
            client_name=request.client_name,
            client_email=request.client_email,
        )
        if not wanted:
            raise messages.missing(["date, time, service, staff, client_name or client_email"])
        errand = self._errand("Change", request)
        if found := list(_wrong_names(errand.workspace, request.service, request.staff, "")):
            raise messages.invalid(found)
        args = {"booking_id": request.booking_id, **wanted}
        told = await self._desk.run(errand, CHANGE, args, _left(context))
        if not told.get("ok"):
            item = pb.BookedItem(service=request.service, date=request.date, time=request.time, staff=request.staff)
            return pb.ChangeResponse(refusal=messages.refusal(told, [item]))
        before, after = (
            messages.appointment({"booking_id": request.booking_id, **(told.get(which) or {})})
            for which in ("before", "after")
        )
        return pb.ChangeResponse(before=before, after=after)

    async def Cancel(self, request: pb.CancelRequest, context: Context) -> pb.CancelResponse:  # noqa: N802 - as above
        """Cancels all that are named or none."""
        _require(request, "workspace_id", "customer_address", "request_id", "booking_ids")
        if len(set(request.booking_ids)) < len(request.booking_ids) or len(request.booking_ids) > MOST_ITEMS:
            raise messages.invalid([("booking_ids", f"expected at most {MOST_ITEMS} that differ")])
        errand = self._errand("Cancel", request)
        told = await self._desk.run(errand, CANCEL_ALL, {"booking_ids": list(request.booking_ids)}, _left(context))
        if not told.get("ok"):
            return pb.CancelResponse(refusal=messages.refusal(told))
        return pb.CancelResponse(appointments=messages.appointments(told.get("appointments")))

    async def ListAppointments(  # noqa: N802 - the RPC's name
        self, request: pb.ListAppointmentsRequest, context: Context
    ) -> pb.ListAppointmentsResponse:
        """The customer's appointments still to come."""
        _require(request, "workspace_id", "customer_address")
        size, skip = (
            messages.page_size(request.page_size, messages.MOST_PAGE),
            messages.count_of_page(request.page_token),
        )
        errand = self._desk.errand(self._workspace(request.workspace_id), request.customer_address)
        told = await self._desk.run(errand, CUSTOMER, {}, _left(context))
        every = sorted(messages.appointments(told.get("appointments")), key=lambda each: (each.date, each.time))
        goes_on = str(skip + size) if len(every) > skip + size else ""
        return pb.ListAppointmentsResponse(appointments=every[skip : skip + size], next_page_token=goes_on)

    def _errand(self, method: str, request: pb.BookRequest | pb.ChangeRequest | pb.CancelRequest) -> Errand:
        """The errand of a write: the same when its caller repeats it."""
        workspace = self._workspace(request.workspace_id)
        turn = turn_of_request(method, request, current_caller.get())
        return self._desk.errand(workspace, request.customer_address, turn)

    def _workspace(self, workspace_id: str) -> Workspace:
        if not workspace_id:
            raise messages.missing(["workspace_id"])
        workspace = self._registry.get(workspace_id)
        if workspace is None or not workspace.active:
            raise PulpoError(Kind.NOT_FOUND, "UNKNOWN_WORKSPACE", "workspace_id names no active workspace.")
        return workspace


def turn_of_request(method: str, request: Any, caller: Caller) -> str:
    """The turn of a write that its caller has given an id."""
    return turn_of(request.workspace_id, caller.name, method, request.customer_address, request.request_id)


def inspect(method: str, request: Message, caller: Caller) -> Scope:
    """What a request to the gateway is about, with the turn as it is known in the mesh. Raises PulpoError."""
    scope = inspect_message(method, request, caller)
    asked: Any = request
    if method in ("Book", "Change", "Cancel"):
        return scope._replace(turn_id=turn_of_request(method, request, caller))
    if method == "SendMessage":
        return scope._replace(turn_id=turn_id(asked.workspace_id, asked.message_id))
    if method == "RunTurn":
        return scope._replace(turn_id=turn_of_run(asked, caller))
    return scope


def turn_of_run(request: Any, caller: Caller) -> str:
    """The turn of a RunTurn, as it is known in the mesh: no two callers have the same."""
    asked = request.context
    return turn_of(
        asked.workspace_id, caller.name, "RunTurn", request.customer_address, asked.conversation_id, asked.turn_id
    )


def _require(request: Any, *names: str) -> None:
    """Raises PulpoError FIELD_MISSING, which names every field that is not set, and FIELD_INVALID for control
    characters in ids."""
    lacking = [name for name in names if not getattr(request, name)]
    if lacking:
        raise messages.missing(lacking)
    ids = {name: getattr(request, name, "") for name in ("customer_address", "request_id")}
    if found := [(name, "expected no control characters") for name, value in ids.items() if clean(value) != value]:
        raise messages.invalid(found)


def _require_items(items: Iterable[pb.BookedItem]) -> None:
    lacking = [
        f"items[{number}].{name}"
        for number, item in enumerate(items)
        for name in ("service", "date", "time")
        if not getattr(item, name)
    ]
    if lacking:
        raise messages.missing(lacking)


def _wrong_items(workspace: Workspace, items: Sequence[pb.BookedItem | pb.WantedService]) -> Iterator[tuple[str, str]]:
    """What of a visit the business does not have."""
    if len(items) > MOST_ITEMS:
        yield "items", f"expected at most {MOST_ITEMS}"
    for number, item in enumerate(items):
        if not item.service:
            yield f"items[{number}].service", "required"
        yield from _wrong_names(workspace, item.service, item.staff, f"items[{number}].")


def _wrong_names(workspace: Workspace, service: str, staff: str, path: str) -> Iterator[tuple[str, str]]:
    if service and service not in workspace.service_names:
        yield f"{path}service", "expected a service of the business's catalogue"
    if staff and staff not in workspace.staff_names:
        yield f"{path}staff", "expected somebody of the business's catalogue"


def _search(request: pb.FindFreeTimesRequest) -> dict[str, Any]:
    """The arguments of a search but for its days."""
    items = [_set(service_type=item.service, staff_name=[item.staff] if item.staff else []) for item in request.items]
    times = [f"{sign}{at}" for sign, at in ((">=", request.from_time), ("<=", request.to_time)) if at]
    return {"items": items, **({"times": times} if times else {})}


def _on(args: dict[str, Any], day: date) -> dict[str, Any]:
    """The arguments of a search of one day."""
    return {**args, "days": [day.isoformat()], "limit": MOST_TIMES}


def _set(**values: Any) -> dict[str, Any]:
    """The values that are set."""
    return {name: value for name, value in values.items() if value}


def _left(context: Context) -> float:
    left = context.time_remaining()
    return TURN_S if left is None else max(0.0, left)
