"""BrokerService: converts, asks the executor, converts back."""

import re
import time
from dataclasses import replace
from typing import Any

from grpc import aio

from broker.domain.model import Customer, ExecutionRequest
from broker.execution.executor import Executor
from pulpo.broker.v1 import broker_pb2 as pb
from pulpo.broker.v1 import broker_pb2_grpc
from runtime.clock import MOST_APART, Clock
from runtime.errors import Kind, PulpoError
from runtime.rpc.deadline import cut
from runtime.rpc.identity import Caller, current_caller
from runtime.rpc.interceptors import Context
from runtime.rpc.server import Registration
from turn import converters
from turn.guard import inspect

NAME = pb.DESCRIPTOR.services_by_name["BrokerService"].full_name
CONFIRM = "confirm"
"""What a caller must be allowed to do for its `confirmed` to count."""
CALLERS = {"Execute": ("gateway",), "Evaluate": ("gateway",), "LookUpWrites": ("gateway",), CONFIRM: ("gateway",)}
"""Who may call each method, and say that a customer has confirmed, besides callers that settings list."""
FREE = ("Execute", "Evaluate")
"""Anybody on a developer's machine may call these, for what concerns no customer."""
Asked = pb.ExecuteRequest | pb.EvaluateRequest | pb.LookUpWritesRequest
_WHATSAPP = re.compile(r"whatsapp:(\+[1-9]\d{6,14})")


class BrokerServicer(broker_pb2_grpc.BrokerServiceServicer):
    """Serves Execute, Evaluate and LookUpWrites."""

    def __init__(self, executor: Executor, timeout_s: float, clock: Clock | None = None) -> None:
        """`timeout_s` bounds a request whose caller set no shorter deadline. With a `clock`, a turn whose time is far
        from it is refused."""
        self._executor = executor
        self._timeout_s = timeout_s
        self._clock = clock

    async def Execute(self, request: pb.ExecuteRequest, context: Context) -> pb.ExecuteResponse:  # noqa: N802 - the contract's name
        """Decides and runs."""
        asked = self._request(
            "Execute", request, confirmed=request.confirmed, group_id=request.group_id, attempt=request.attempt or 1
        )
        executed = await self._executor.execute(asked, self._deadline())
        return pb.ExecuteResponse(
            observations=[converters.observation_to(observation) for observation in executed.observations],
            policy_ms=executed.policy_s * 1000,
            tools_ms=executed.tools_s * 1000,
        )

    async def Evaluate(self, request: pb.EvaluateRequest, context: Context) -> pb.EvaluateResponse:  # noqa: N802 - as above
        """Decides only."""
        asked = self._request("Evaluate", request, confirmed=request.confirmed, group_id=request.group_id)
        decisions = await self._executor.evaluate(asked, self._deadline())
        return pb.EvaluateResponse(decisions=[converters.decision_to(decision) for decision in decisions])

    async def LookUpWrites(self, request: pb.LookUpWritesRequest, context: Context) -> pb.LookUpWritesResponse:  # noqa: N802 - as above
        """Tells what became of writes."""
        asked = self._request("LookUpWrites", request, attempt=request.attempt or 1)
        outcomes = await self._executor.look_up(asked, self._deadline())
        return pb.LookUpWritesResponse(outcomes=[converters.write_outcome_to(outcome) for outcome in outcomes])

    def _request(self, method: str, message: Asked, **more: Any) -> ExecutionRequest:
        """The request of a call, with those of its fields that only some methods have. Raises PulpoError."""
        request = replace(_request(message, current_caller.get(), method), **more)
        if request.confirmed and CONFIRM not in current_caller.get().may:
            request = replace(request, confirmed=False)
        if self._clock and abs(self._clock() - request.turn.received_at) > MOST_APART:
            problem = "context.received_at is too far from this service's clock."
            raise PulpoError(Kind.INVALID_ARGUMENT, "RECEIVED_AT_REFUSED", problem)
        return request

    def _deadline(self) -> float:
        return time.monotonic() + cut(self._timeout_s)


def registration(servicer: BrokerServicer) -> Registration:
    """The service, for a server to serve."""

    def add(server: aio.Server) -> None:
        broker_pb2_grpc.add_BrokerServiceServicer_to_server(servicer, server)

    return Registration(NAME, add, CALLERS, FREE, inspect)


def _request(message: Asked, caller: Caller, method: str) -> ExecutionRequest:
    if caller.name and method not in caller.may:
        raise PulpoError(Kind.PERMISSION_DENIED, "CALLER_NOT_ALLOWED", "This caller may not call this.")
    lacking = [] if message.customer.address else ["customer.address"]
    said = converters.slots_from(message.slots)
    return ExecutionRequest(
        turn=converters.context_from(message.context, lacking),
        customer=Customer(message.customer.address, phone_of(message.customer.address)),
        actions=tuple(converters.action_from(action, finite=False) for action in message.actions),
        slots={name: value.strip() for name, value in said.items() if value.strip()},
        identified=method in caller.may,
    )


def phone_of(address: str) -> str:
    """The phone that a channel address proves, E.164: WhatsApp's only. What a caller says besides is not heard."""
    match = _WHATSAPP.fullmatch(address)
    return match[1] if match else ""
