"""Generated from the contracts by `make clients`; not edited by hand."""

from pulpo_client.calls import AsyncService, Level, Service
from pulpo_client.proto.broker.v1 import broker_pb2
from pulpo_client.proto.extractor.v1 import extractor_pb2
from pulpo_client.proto.gateway.v1 import booking_pb2
from pulpo_client.proto.gateway.v1 import gateway_pb2
from pulpo_client.proto.nlg.v1 import nlg_pb2
from pulpo_client.proto.planner.v1 import planner_pb2


class BrokerService(Service):
    """The only way to a business's tools.

    Errors of every method: INVALID_ARGUMENT (MALFORMED, NO_REQUEST, FIELD_INVALID), UNAUTHENTICATED (CALLER_UNKNOWN),
    PERMISSION_DENIED (CALLER_NOT_ALLOWED, WORKSPACE_NOT_ALLOWED, ADDRESS_NOT_ALLOWED), RESOURCE_EXHAUSTED (TOO_MANY_CALLS,
    CALLER_QUOTA), DEADLINE_EXCEEDED (REQUEST_TOO_SLOW, DEPENDENCY_FAILED), UNAVAILABLE (DEPENDENCY_FAILED), INTERNAL (INTERNAL).
    Each has the details that pulpo.common.v1.Reason tells of."""

    def execute(self, request: broker_pb2.ExecuteRequest, *, timeout: float | None = None) -> broker_pb2.ExecuteResponse:
        """Decides about each action, then runs the allowed ones in order through the workspace's MCP servers. One observation
        per action.
        Idempotent: repeating a call with the same turn, tool, arguments and attempt does not write twice. A write that was
        done answers the same again; one that was certainly not done gets the first answer again and begins nothing; one
        whose outcome is not known is sent to its tool again under the same idempotency key.
        A call that ends without an answer may have written: ask LookUpWrites. One that is refused has not.
        Errors: INVALID_ARGUMENT (CONTEXT_INCOMPLETE, RECEIVED_AT_INVALID, RECEIVED_AT_REFUSED: in the production profile,
        ID_TOO_LONG, TOO_MANY_ACTIONS, TOO_MANY_ATTEMPTS), NOT_FOUND (UNKNOWN_WORKSPACE). A database that does not answer
        is no error: the observations are FAILED with STORE_UNAVAILABLE."""
        return self._call("/pulpo.broker.v1.BrokerService/Execute", request, broker_pb2.ExecuteResponse, Level.IDEMPOTENT, timeout)

    def look_up_writes(self, request: broker_pb2.LookUpWritesRequest, *, timeout: float | None = None) -> broker_pb2.LookUpWritesResponse:
        """Tells what became of the writes of an attempt, by their idempotency keys. Calls no tool and counts towards no limit.
        A write that was not begun is closed: an Execute of the same attempt that arrives later, however late, begins
        nothing and gets a FAILED observation of reason ATTEMPT_CLOSED. So NOT_BEGUN and NOT_DONE are final for the attempt.
        Idempotent: a repeat gets the same state, or a later one (UNKNOWN becomes DONE or NOT_DONE).
        Errors: INVALID_ARGUMENT (CONTEXT_INCOMPLETE, RECEIVED_AT_INVALID, RECEIVED_AT_REFUSED, ID_TOO_LONG,
        TOO_MANY_ACTIONS, TOO_MANY_ATTEMPTS), NOT_FOUND (UNKNOWN_WORKSPACE), UNAVAILABLE (STORE_UNAVAILABLE)."""
        return self._call("/pulpo.broker.v1.BrokerService/LookUpWrites", request, broker_pb2.LookUpWritesResponse, Level.IDEMPOTENT, timeout)

    def evaluate(self, request: broker_pb2.EvaluateRequest, *, timeout: float | None = None) -> broker_pb2.EvaluateResponse:
        """Decides about each action and runs nothing; counts towards no limit.
        Errors: INVALID_ARGUMENT (CONTEXT_INCOMPLETE, RECEIVED_AT_INVALID, RECEIVED_AT_REFUSED, ID_TOO_LONG,
        TOO_MANY_ACTIONS), NOT_FOUND (UNKNOWN_WORKSPACE), UNAVAILABLE (STORE_UNAVAILABLE)."""
        return self._call("/pulpo.broker.v1.BrokerService/Evaluate", request, broker_pb2.EvaluateResponse, Level.NO_SIDE_EFFECTS, timeout)


class AsyncBrokerService(AsyncService):
    """The only way to a business's tools.

    Errors of every method: INVALID_ARGUMENT (MALFORMED, NO_REQUEST, FIELD_INVALID), UNAUTHENTICATED (CALLER_UNKNOWN),
    PERMISSION_DENIED (CALLER_NOT_ALLOWED, WORKSPACE_NOT_ALLOWED, ADDRESS_NOT_ALLOWED), RESOURCE_EXHAUSTED (TOO_MANY_CALLS,
    CALLER_QUOTA), DEADLINE_EXCEEDED (REQUEST_TOO_SLOW, DEPENDENCY_FAILED), UNAVAILABLE (DEPENDENCY_FAILED), INTERNAL (INTERNAL).
    Each has the details that pulpo.common.v1.Reason tells of."""

    async def execute(self, request: broker_pb2.ExecuteRequest, *, timeout: float | None = None) -> broker_pb2.ExecuteResponse:
        """Decides about each action, then runs the allowed ones in order through the workspace's MCP servers. One observation
        per action.
        Idempotent: repeating a call with the same turn, tool, arguments and attempt does not write twice. A write that was
        done answers the same again; one that was certainly not done gets the first answer again and begins nothing; one
        whose outcome is not known is sent to its tool again under the same idempotency key.
        A call that ends without an answer may have written: ask LookUpWrites. One that is refused has not.
        Errors: INVALID_ARGUMENT (CONTEXT_INCOMPLETE, RECEIVED_AT_INVALID, RECEIVED_AT_REFUSED: in the production profile,
        ID_TOO_LONG, TOO_MANY_ACTIONS, TOO_MANY_ATTEMPTS), NOT_FOUND (UNKNOWN_WORKSPACE). A database that does not answer
        is no error: the observations are FAILED with STORE_UNAVAILABLE."""
        return await self._call("/pulpo.broker.v1.BrokerService/Execute", request, broker_pb2.ExecuteResponse, Level.IDEMPOTENT, timeout)

    async def look_up_writes(self, request: broker_pb2.LookUpWritesRequest, *, timeout: float | None = None) -> broker_pb2.LookUpWritesResponse:
        """Tells what became of the writes of an attempt, by their idempotency keys. Calls no tool and counts towards no limit.
        A write that was not begun is closed: an Execute of the same attempt that arrives later, however late, begins
        nothing and gets a FAILED observation of reason ATTEMPT_CLOSED. So NOT_BEGUN and NOT_DONE are final for the attempt.
        Idempotent: a repeat gets the same state, or a later one (UNKNOWN becomes DONE or NOT_DONE).
        Errors: INVALID_ARGUMENT (CONTEXT_INCOMPLETE, RECEIVED_AT_INVALID, RECEIVED_AT_REFUSED, ID_TOO_LONG,
        TOO_MANY_ACTIONS, TOO_MANY_ATTEMPTS), NOT_FOUND (UNKNOWN_WORKSPACE), UNAVAILABLE (STORE_UNAVAILABLE)."""
        return await self._call("/pulpo.broker.v1.BrokerService/LookUpWrites", request, broker_pb2.LookUpWritesResponse, Level.IDEMPOTENT, timeout)

    async def evaluate(self, request: broker_pb2.EvaluateRequest, *, timeout: float | None = None) -> broker_pb2.EvaluateResponse:
        """Decides about each action and runs nothing; counts towards no limit.
        Errors: INVALID_ARGUMENT (CONTEXT_INCOMPLETE, RECEIVED_AT_INVALID, RECEIVED_AT_REFUSED, ID_TOO_LONG,
        TOO_MANY_ACTIONS), NOT_FOUND (UNKNOWN_WORKSPACE), UNAVAILABLE (STORE_UNAVAILABLE)."""
        return await self._call("/pulpo.broker.v1.BrokerService/Evaluate", request, broker_pb2.EvaluateResponse, Level.NO_SIDE_EFFECTS, timeout)


class ExtractorService(Service):
    """Message in, intent and slots out. Stateless; every call may be repeated.

    Errors of every method: INVALID_ARGUMENT (MALFORMED, NO_REQUEST, FIELD_INVALID), UNAUTHENTICATED (CALLER_UNKNOWN),
    PERMISSION_DENIED (CALLER_NOT_ALLOWED, WORKSPACE_NOT_ALLOWED, ADDRESS_NOT_ALLOWED), RESOURCE_EXHAUSTED (TOO_MANY_CALLS,
    CALLER_QUOTA), DEADLINE_EXCEEDED (REQUEST_TOO_SLOW, DEPENDENCY_FAILED), UNAVAILABLE (DEPENDENCY_FAILED), INTERNAL (INTERNAL).
    Each has the details that pulpo.common.v1.Reason tells of."""

    def extract(self, request: extractor_pb2.ExtractRequest, *, timeout: float | None = None) -> extractor_pb2.ExtractResponse:
        """Reads one message.
        Errors: INVALID_ARGUMENT (CONTEXT_INCOMPLETE, RECEIVED_AT_INVALID, TEXT_TOO_LONG: over 4096 bytes, TOO_MANY_KNOWN:
        over 20 offers, appointments or writes, KNOWN_INVALID: one of them without its id, date or time),
        NOT_FOUND (UNKNOWN_WORKSPACE)."""
        return self._call("/pulpo.extractor.v1.ExtractorService/Extract", request, extractor_pb2.ExtractResponse, Level.NO_SIDE_EFFECTS, timeout)


class AsyncExtractorService(AsyncService):
    """Message in, intent and slots out. Stateless; every call may be repeated.

    Errors of every method: INVALID_ARGUMENT (MALFORMED, NO_REQUEST, FIELD_INVALID), UNAUTHENTICATED (CALLER_UNKNOWN),
    PERMISSION_DENIED (CALLER_NOT_ALLOWED, WORKSPACE_NOT_ALLOWED, ADDRESS_NOT_ALLOWED), RESOURCE_EXHAUSTED (TOO_MANY_CALLS,
    CALLER_QUOTA), DEADLINE_EXCEEDED (REQUEST_TOO_SLOW, DEPENDENCY_FAILED), UNAVAILABLE (DEPENDENCY_FAILED), INTERNAL (INTERNAL).
    Each has the details that pulpo.common.v1.Reason tells of."""

    async def extract(self, request: extractor_pb2.ExtractRequest, *, timeout: float | None = None) -> extractor_pb2.ExtractResponse:
        """Reads one message.
        Errors: INVALID_ARGUMENT (CONTEXT_INCOMPLETE, RECEIVED_AT_INVALID, TEXT_TOO_LONG: over 4096 bytes, TOO_MANY_KNOWN:
        over 20 offers, appointments or writes, KNOWN_INVALID: one of them without its id, date or time),
        NOT_FOUND (UNKNOWN_WORKSPACE)."""
        return await self._call("/pulpo.extractor.v1.ExtractorService/Extract", request, extractor_pb2.ExtractResponse, Level.NO_SIDE_EFFECTS, timeout)


class BookingService(Service):
    """Reads what a business offers, and books, changes and cancels appointments through the same policy, broker and tools as
    any turn. A "no" of the business (a time that is taken, a closed day) is a Refusal in the answer, and no error.

    Whose appointments a call is about is `customer_address`: an address on a channel of the caller's own, or any one where
    the caller may act for customers. A phone in another field is an appointment's contact and gives no right to any.

    Errors of every method: INVALID_ARGUMENT (MALFORMED, NO_REQUEST, FIELD_INVALID), UNAUTHENTICATED (CALLER_UNKNOWN),
    PERMISSION_DENIED (CALLER_NOT_ALLOWED, WORKSPACE_NOT_ALLOWED, ADDRESS_NOT_ALLOWED), RESOURCE_EXHAUSTED (TOO_MANY_CALLS,
    CALLER_QUOTA), DEADLINE_EXCEEDED (REQUEST_TOO_SLOW, DEPENDENCY_FAILED), UNAVAILABLE (DEPENDENCY_FAILED), INTERNAL (INTERNAL).
    Each has the details that pulpo.common.v1.Reason tells of."""

    def list_workspaces(self, request: booking_pb2.ListWorkspacesRequest, *, timeout: float | None = None) -> booking_pb2.ListWorkspacesResponse:
        """The businesses that the caller may name, by id.
        Errors: INVALID_ARGUMENT (PAGE_TOKEN_INVALID)."""
        return self._call("/pulpo.gateway.v1.BookingService/ListWorkspaces", request, booking_pb2.ListWorkspacesResponse, Level.NO_SIDE_EFFECTS, timeout)

    def get_catalogue(self, request: booking_pb2.GetCatalogueRequest, *, timeout: float | None = None) -> booking_pb2.GetCatalogueResponse:
        """What one business offers, who does it and when it is open.
        Errors: NOT_FOUND (UNKNOWN_WORKSPACE)."""
        return self._call("/pulpo.gateway.v1.BookingService/GetCatalogue", request, booking_pb2.GetCatalogueResponse, Level.NO_SIDE_EFFECTS, timeout)

    def find_free_times(self, request: booking_pb2.FindFreeTimesRequest, *, timeout: float | None = None) -> booking_pb2.FindFreeTimesResponse:
        """Free times over a range of days, earliest first. A page has times of one day, at least an hour apart, and at most 10 a
        day; the next page goes on with that day or the next one that has any.
        Errors: INVALID_ARGUMENT (FIELD_MISSING, PAGE_TOKEN_INVALID), NOT_FOUND (UNKNOWN_WORKSPACE), FAILED_PRECONDITION
        (POLICY_REFUSED), RESOURCE_EXHAUSTED (RATE_LIMITED), UNAVAILABLE (TOOL_FAILED, BROKER_FAILED)."""
        return self._call("/pulpo.gateway.v1.BookingService/FindFreeTimes", request, booking_pb2.FindFreeTimesResponse, Level.NO_SIDE_EFFECTS, timeout)

    def book(self, request: booking_pb2.BookRequest, *, timeout: float | None = None) -> booking_pb2.BookResponse:
        """Books all items or none. Repeating a call with the same request_id and fields books nothing more.
        Errors: INVALID_ARGUMENT (FIELD_MISSING), NOT_FOUND (UNKNOWN_WORKSPACE), FAILED_PRECONDITION
        (POLICY_REFUSED), RESOURCE_EXHAUSTED (RATE_LIMITED), UNAVAILABLE (TOOL_FAILED: surely not done, OUTCOME_UNKNOWN: repeat
        it with the same request_id, BROKER_FAILED: the same)."""
        return self._call("/pulpo.gateway.v1.BookingService/Book", request, booking_pb2.BookResponse, Level.IDEMPOTENT, timeout)

    def change(self, request: booking_pb2.ChangeRequest, *, timeout: float | None = None) -> booking_pb2.ChangeResponse:
        """Changes what is named of an appointment of the customer; the rest stays. Nothing changes where it does not fit.
        Errors: INVALID_ARGUMENT (FIELD_MISSING), NOT_FOUND (UNKNOWN_WORKSPACE, UNKNOWN_APPOINTMENT: the customer has none of
        that id), FAILED_PRECONDITION (POLICY_REFUSED), RESOURCE_EXHAUSTED (RATE_LIMITED), UNAVAILABLE (TOOL_FAILED,
        OUTCOME_UNKNOWN, BROKER_FAILED)."""
        return self._call("/pulpo.gateway.v1.BookingService/Change", request, booking_pb2.ChangeResponse, Level.IDEMPOTENT, timeout)

    def cancel(self, request: booking_pb2.CancelRequest, *, timeout: float | None = None) -> booking_pb2.CancelResponse:
        """Cancels all appointments that are named or none. The call is the customer's yes.
        Errors: INVALID_ARGUMENT (FIELD_MISSING), NOT_FOUND (UNKNOWN_WORKSPACE, UNKNOWN_APPOINTMENT), FAILED_PRECONDITION
        (POLICY_REFUSED), RESOURCE_EXHAUSTED (RATE_LIMITED), UNAVAILABLE (TOOL_FAILED, OUTCOME_UNKNOWN, BROKER_FAILED)."""
        return self._call("/pulpo.gateway.v1.BookingService/Cancel", request, booking_pb2.CancelResponse, Level.IDEMPOTENT, timeout)

    def list_appointments(self, request: booking_pb2.ListAppointmentsRequest, *, timeout: float | None = None) -> booking_pb2.ListAppointmentsResponse:
        """The customer's appointments still to come, earliest first.
        Errors: INVALID_ARGUMENT (FIELD_MISSING, PAGE_TOKEN_INVALID), NOT_FOUND (UNKNOWN_WORKSPACE), FAILED_PRECONDITION
        (POLICY_REFUSED), RESOURCE_EXHAUSTED (RATE_LIMITED), UNAVAILABLE (TOOL_FAILED, BROKER_FAILED)."""
        return self._call("/pulpo.gateway.v1.BookingService/ListAppointments", request, booking_pb2.ListAppointmentsResponse, Level.NO_SIDE_EFFECTS, timeout)


class AsyncBookingService(AsyncService):
    """Reads what a business offers, and books, changes and cancels appointments through the same policy, broker and tools as
    any turn. A "no" of the business (a time that is taken, a closed day) is a Refusal in the answer, and no error.

    Whose appointments a call is about is `customer_address`: an address on a channel of the caller's own, or any one where
    the caller may act for customers. A phone in another field is an appointment's contact and gives no right to any.

    Errors of every method: INVALID_ARGUMENT (MALFORMED, NO_REQUEST, FIELD_INVALID), UNAUTHENTICATED (CALLER_UNKNOWN),
    PERMISSION_DENIED (CALLER_NOT_ALLOWED, WORKSPACE_NOT_ALLOWED, ADDRESS_NOT_ALLOWED), RESOURCE_EXHAUSTED (TOO_MANY_CALLS,
    CALLER_QUOTA), DEADLINE_EXCEEDED (REQUEST_TOO_SLOW, DEPENDENCY_FAILED), UNAVAILABLE (DEPENDENCY_FAILED), INTERNAL (INTERNAL).
    Each has the details that pulpo.common.v1.Reason tells of."""

    async def list_workspaces(self, request: booking_pb2.ListWorkspacesRequest, *, timeout: float | None = None) -> booking_pb2.ListWorkspacesResponse:
        """The businesses that the caller may name, by id.
        Errors: INVALID_ARGUMENT (PAGE_TOKEN_INVALID)."""
        return await self._call("/pulpo.gateway.v1.BookingService/ListWorkspaces", request, booking_pb2.ListWorkspacesResponse, Level.NO_SIDE_EFFECTS, timeout)

    async def get_catalogue(self, request: booking_pb2.GetCatalogueRequest, *, timeout: float | None = None) -> booking_pb2.GetCatalogueResponse:
        """What one business offers, who does it and when it is open.
        Errors: NOT_FOUND (UNKNOWN_WORKSPACE)."""
        return await self._call("/pulpo.gateway.v1.BookingService/GetCatalogue", request, booking_pb2.GetCatalogueResponse, Level.NO_SIDE_EFFECTS, timeout)

    async def find_free_times(self, request: booking_pb2.FindFreeTimesRequest, *, timeout: float | None = None) -> booking_pb2.FindFreeTimesResponse:
        """Free times over a range of days, earliest first. A page has times of one day, at least an hour apart, and at most 10 a
        day; the next page goes on with that day or the next one that has any.
        Errors: INVALID_ARGUMENT (FIELD_MISSING, PAGE_TOKEN_INVALID), NOT_FOUND (UNKNOWN_WORKSPACE), FAILED_PRECONDITION
        (POLICY_REFUSED), RESOURCE_EXHAUSTED (RATE_LIMITED), UNAVAILABLE (TOOL_FAILED, BROKER_FAILED)."""
        return await self._call("/pulpo.gateway.v1.BookingService/FindFreeTimes", request, booking_pb2.FindFreeTimesResponse, Level.NO_SIDE_EFFECTS, timeout)

    async def book(self, request: booking_pb2.BookRequest, *, timeout: float | None = None) -> booking_pb2.BookResponse:
        """Books all items or none. Repeating a call with the same request_id and fields books nothing more.
        Errors: INVALID_ARGUMENT (FIELD_MISSING), NOT_FOUND (UNKNOWN_WORKSPACE), FAILED_PRECONDITION
        (POLICY_REFUSED), RESOURCE_EXHAUSTED (RATE_LIMITED), UNAVAILABLE (TOOL_FAILED: surely not done, OUTCOME_UNKNOWN: repeat
        it with the same request_id, BROKER_FAILED: the same)."""
        return await self._call("/pulpo.gateway.v1.BookingService/Book", request, booking_pb2.BookResponse, Level.IDEMPOTENT, timeout)

    async def change(self, request: booking_pb2.ChangeRequest, *, timeout: float | None = None) -> booking_pb2.ChangeResponse:
        """Changes what is named of an appointment of the customer; the rest stays. Nothing changes where it does not fit.
        Errors: INVALID_ARGUMENT (FIELD_MISSING), NOT_FOUND (UNKNOWN_WORKSPACE, UNKNOWN_APPOINTMENT: the customer has none of
        that id), FAILED_PRECONDITION (POLICY_REFUSED), RESOURCE_EXHAUSTED (RATE_LIMITED), UNAVAILABLE (TOOL_FAILED,
        OUTCOME_UNKNOWN, BROKER_FAILED)."""
        return await self._call("/pulpo.gateway.v1.BookingService/Change", request, booking_pb2.ChangeResponse, Level.IDEMPOTENT, timeout)

    async def cancel(self, request: booking_pb2.CancelRequest, *, timeout: float | None = None) -> booking_pb2.CancelResponse:
        """Cancels all appointments that are named or none. The call is the customer's yes.
        Errors: INVALID_ARGUMENT (FIELD_MISSING), NOT_FOUND (UNKNOWN_WORKSPACE, UNKNOWN_APPOINTMENT), FAILED_PRECONDITION
        (POLICY_REFUSED), RESOURCE_EXHAUSTED (RATE_LIMITED), UNAVAILABLE (TOOL_FAILED, OUTCOME_UNKNOWN, BROKER_FAILED)."""
        return await self._call("/pulpo.gateway.v1.BookingService/Cancel", request, booking_pb2.CancelResponse, Level.IDEMPOTENT, timeout)

    async def list_appointments(self, request: booking_pb2.ListAppointmentsRequest, *, timeout: float | None = None) -> booking_pb2.ListAppointmentsResponse:
        """The customer's appointments still to come, earliest first.
        Errors: INVALID_ARGUMENT (FIELD_MISSING, PAGE_TOKEN_INVALID), NOT_FOUND (UNKNOWN_WORKSPACE), FAILED_PRECONDITION
        (POLICY_REFUSED), RESOURCE_EXHAUSTED (RATE_LIMITED), UNAVAILABLE (TOOL_FAILED, BROKER_FAILED)."""
        return await self._call("/pulpo.gateway.v1.BookingService/ListAppointments", request, booking_pb2.ListAppointmentsResponse, Level.NO_SIDE_EFFECTS, timeout)


class ConversationService(Service):
    """One message in, one reply out: the same turn that Twilio's webhook runs. Several messages that a customer writes
    within a few seconds are answered together, by the reply to the last of them.

    Errors of every method: INVALID_ARGUMENT (MALFORMED, NO_REQUEST, FIELD_INVALID), UNAUTHENTICATED (CALLER_UNKNOWN),
    PERMISSION_DENIED (CALLER_NOT_ALLOWED, WORKSPACE_NOT_ALLOWED, ADDRESS_NOT_ALLOWED), RESOURCE_EXHAUSTED (TOO_MANY_CALLS,
    CALLER_QUOTA), DEADLINE_EXCEEDED (REQUEST_TOO_SLOW, DEPENDENCY_FAILED), UNAVAILABLE (DEPENDENCY_FAILED), INTERNAL (INTERNAL).
    Each has the details that pulpo.common.v1.Reason tells of."""

    def send_message(self, request: gateway_pb2.SendMessageRequest, *, timeout: float | None = None) -> gateway_pb2.SendMessageResponse:
        """Runs one turn. Repeating a message_id returns the stored reply and runs nothing.
        Metadata "x-pulpo-track" (slm or legacy) chooses the track, for callers who say who they
        are ("x-pulpo-caller" and "x-pulpo-caller-token", or a certificate) and may choose it; of others it is not heard.
        Errors: INVALID_ARGUMENT (FIELD_MISSING, FIELD_MALFORMED, TEXT_TOO_LONG, TIME_INVALID, TIME_REFUSED: in the
        production profile, MESSAGE_ID_REUSED: it belongs to another sender), NOT_FOUND (UNKNOWN_WORKSPACE),
        RESOURCE_EXHAUSTED (OVERLOADED), UNAVAILABLE (DATABASE_UNAVAILABLE)."""
        return self._call("/pulpo.gateway.v1.ConversationService/SendMessage", request, gateway_pb2.SendMessageResponse, Level.IDEMPOTENT, timeout)

    def run_turn(self, request: gateway_pb2.RunTurnRequest, *, timeout: float | None = None) -> gateway_pb2.RunTurnResponse:
        """Runs one turn whose state the caller keeps: message and state in; reply, next state and a trace out. Nothing of the
        conversation is stored. What the turn books, changes or cancels is done, once for each turn_id: repeat a call that got
        no answer with the same fields. `x-pulpo-track` as above.
        Errors: INVALID_ARGUMENT (CONTEXT_INCOMPLETE, RECEIVED_AT_INVALID, TEXT_TOO_LONG, TIME_REFUSED: in the production
        profile, NUMBER_NOT_FINITE), NOT_FOUND (UNKNOWN_WORKSPACE), RESOURCE_EXHAUSTED (OVERLOADED)."""
        return self._call("/pulpo.gateway.v1.ConversationService/RunTurn", request, gateway_pb2.RunTurnResponse, Level.IDEMPOTENT, timeout)


class AsyncConversationService(AsyncService):
    """One message in, one reply out: the same turn that Twilio's webhook runs. Several messages that a customer writes
    within a few seconds are answered together, by the reply to the last of them.

    Errors of every method: INVALID_ARGUMENT (MALFORMED, NO_REQUEST, FIELD_INVALID), UNAUTHENTICATED (CALLER_UNKNOWN),
    PERMISSION_DENIED (CALLER_NOT_ALLOWED, WORKSPACE_NOT_ALLOWED, ADDRESS_NOT_ALLOWED), RESOURCE_EXHAUSTED (TOO_MANY_CALLS,
    CALLER_QUOTA), DEADLINE_EXCEEDED (REQUEST_TOO_SLOW, DEPENDENCY_FAILED), UNAVAILABLE (DEPENDENCY_FAILED), INTERNAL (INTERNAL).
    Each has the details that pulpo.common.v1.Reason tells of."""

    async def send_message(self, request: gateway_pb2.SendMessageRequest, *, timeout: float | None = None) -> gateway_pb2.SendMessageResponse:
        """Runs one turn. Repeating a message_id returns the stored reply and runs nothing.
        Metadata "x-pulpo-track" (slm or legacy) chooses the track, for callers who say who they
        are ("x-pulpo-caller" and "x-pulpo-caller-token", or a certificate) and may choose it; of others it is not heard.
        Errors: INVALID_ARGUMENT (FIELD_MISSING, FIELD_MALFORMED, TEXT_TOO_LONG, TIME_INVALID, TIME_REFUSED: in the
        production profile, MESSAGE_ID_REUSED: it belongs to another sender), NOT_FOUND (UNKNOWN_WORKSPACE),
        RESOURCE_EXHAUSTED (OVERLOADED), UNAVAILABLE (DATABASE_UNAVAILABLE)."""
        return await self._call("/pulpo.gateway.v1.ConversationService/SendMessage", request, gateway_pb2.SendMessageResponse, Level.IDEMPOTENT, timeout)

    async def run_turn(self, request: gateway_pb2.RunTurnRequest, *, timeout: float | None = None) -> gateway_pb2.RunTurnResponse:
        """Runs one turn whose state the caller keeps: message and state in; reply, next state and a trace out. Nothing of the
        conversation is stored. What the turn books, changes or cancels is done, once for each turn_id: repeat a call that got
        no answer with the same fields. `x-pulpo-track` as above.
        Errors: INVALID_ARGUMENT (CONTEXT_INCOMPLETE, RECEIVED_AT_INVALID, TEXT_TOO_LONG, TIME_REFUSED: in the production
        profile, NUMBER_NOT_FINITE), NOT_FOUND (UNKNOWN_WORKSPACE), RESOURCE_EXHAUSTED (OVERLOADED)."""
        return await self._call("/pulpo.gateway.v1.ConversationService/RunTurn", request, gateway_pb2.RunTurnResponse, Level.IDEMPOTENT, timeout)


class NlgService(Service):
    """Plan and observations in, one short message out. Stateless; every call may be repeated.

    Errors of every method: INVALID_ARGUMENT (MALFORMED, NO_REQUEST, FIELD_INVALID), UNAUTHENTICATED (CALLER_UNKNOWN),
    PERMISSION_DENIED (CALLER_NOT_ALLOWED, WORKSPACE_NOT_ALLOWED, ADDRESS_NOT_ALLOWED), RESOURCE_EXHAUSTED (TOO_MANY_CALLS,
    CALLER_QUOTA), DEADLINE_EXCEEDED (REQUEST_TOO_SLOW, DEPENDENCY_FAILED), UNAVAILABLE (DEPENDENCY_FAILED), INTERNAL (INTERNAL).
    Each has the details that pulpo.common.v1.Reason tells of."""

    def compose(self, request: nlg_pb2.ComposeRequest, *, timeout: float | None = None) -> nlg_pb2.ComposeResponse:
        """Writes one message of under 200 characters, of up to 480 where it lists two or more appointments, services or
        prices. Says that something was booked, moved or cancelled only from a successful observation.
        Errors: INVALID_ARGUMENT (CONTEXT_INCOMPLETE, RECEIVED_AT_INVALID, NUMBER_NOT_FINITE),
        NOT_FOUND (UNKNOWN_WORKSPACE)."""
        return self._call("/pulpo.nlg.v1.NlgService/Compose", request, nlg_pb2.ComposeResponse, Level.NO_SIDE_EFFECTS, timeout)


class AsyncNlgService(AsyncService):
    """Plan and observations in, one short message out. Stateless; every call may be repeated.

    Errors of every method: INVALID_ARGUMENT (MALFORMED, NO_REQUEST, FIELD_INVALID), UNAUTHENTICATED (CALLER_UNKNOWN),
    PERMISSION_DENIED (CALLER_NOT_ALLOWED, WORKSPACE_NOT_ALLOWED, ADDRESS_NOT_ALLOWED), RESOURCE_EXHAUSTED (TOO_MANY_CALLS,
    CALLER_QUOTA), DEADLINE_EXCEEDED (REQUEST_TOO_SLOW, DEPENDENCY_FAILED), UNAVAILABLE (DEPENDENCY_FAILED), INTERNAL (INTERNAL).
    Each has the details that pulpo.common.v1.Reason tells of."""

    async def compose(self, request: nlg_pb2.ComposeRequest, *, timeout: float | None = None) -> nlg_pb2.ComposeResponse:
        """Writes one message of under 200 characters, of up to 480 where it lists two or more appointments, services or
        prices. Says that something was booked, moved or cancelled only from a successful observation.
        Errors: INVALID_ARGUMENT (CONTEXT_INCOMPLETE, RECEIVED_AT_INVALID, NUMBER_NOT_FINITE),
        NOT_FOUND (UNKNOWN_WORKSPACE)."""
        return await self._call("/pulpo.nlg.v1.NlgService/Compose", request, nlg_pb2.ComposeResponse, Level.NO_SIDE_EFFECTS, timeout)


class PlannerService(Service):
    """Intent, slots and state in; at most three tool actions out. Stateless; every call may be repeated.

    Errors of every method: INVALID_ARGUMENT (MALFORMED, NO_REQUEST, FIELD_INVALID), UNAUTHENTICATED (CALLER_UNKNOWN),
    PERMISSION_DENIED (CALLER_NOT_ALLOWED, WORKSPACE_NOT_ALLOWED, ADDRESS_NOT_ALLOWED), RESOURCE_EXHAUSTED (TOO_MANY_CALLS,
    CALLER_QUOTA), DEADLINE_EXCEEDED (REQUEST_TOO_SLOW, DEPENDENCY_FAILED), UNAVAILABLE (DEPENDENCY_FAILED), INTERNAL (INTERNAL).
    Each has the details that pulpo.common.v1.Reason tells of."""

    def plan(self, request: planner_pb2.PlanRequest, *, timeout: float | None = None) -> planner_pb2.PlanResponse:
        """Plans the next step. Called again within a turn with the observations so far, until it
        returns no action that may run.
        Errors: INVALID_ARGUMENT (CONTEXT_INCOMPLETE, RECEIVED_AT_INVALID, INTENT_UNSPECIFIED, NUMBER_NOT_FINITE),
        NOT_FOUND (UNKNOWN_WORKSPACE)."""
        return self._call("/pulpo.planner.v1.PlannerService/Plan", request, planner_pb2.PlanResponse, Level.NO_SIDE_EFFECTS, timeout)


class AsyncPlannerService(AsyncService):
    """Intent, slots and state in; at most three tool actions out. Stateless; every call may be repeated.

    Errors of every method: INVALID_ARGUMENT (MALFORMED, NO_REQUEST, FIELD_INVALID), UNAUTHENTICATED (CALLER_UNKNOWN),
    PERMISSION_DENIED (CALLER_NOT_ALLOWED, WORKSPACE_NOT_ALLOWED, ADDRESS_NOT_ALLOWED), RESOURCE_EXHAUSTED (TOO_MANY_CALLS,
    CALLER_QUOTA), DEADLINE_EXCEEDED (REQUEST_TOO_SLOW, DEPENDENCY_FAILED), UNAVAILABLE (DEPENDENCY_FAILED), INTERNAL (INTERNAL).
    Each has the details that pulpo.common.v1.Reason tells of."""

    async def plan(self, request: planner_pb2.PlanRequest, *, timeout: float | None = None) -> planner_pb2.PlanResponse:
        """Plans the next step. Called again within a turn with the observations so far, until it
        returns no action that may run.
        Errors: INVALID_ARGUMENT (CONTEXT_INCOMPLETE, RECEIVED_AT_INVALID, INTENT_UNSPECIFIED, NUMBER_NOT_FINITE),
        NOT_FOUND (UNKNOWN_WORKSPACE)."""
        return await self._call("/pulpo.planner.v1.PlannerService/Plan", request, planner_pb2.PlanResponse, Level.NO_SIDE_EFFECTS, timeout)
