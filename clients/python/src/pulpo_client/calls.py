"""One call: its deadline, its tries and its error. Sync and async."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from pulpo_client._reasons import Reason
from pulpo_client.errors import PulpoError, error_of

R = TypeVar("R", bound=Message)
TRIES = 4
"""Calls at most, the first one included."""
FIRST_WAIT_S, MOST_WAIT_S = 0.1, 2.0
"""Seconds before the second try, at most; and before any, where the server names none."""
LEAST_S = 0.05
"""Another try is not begun when less of the deadline is left."""
_NOTHING_DONE = {Reason.TOO_MANY_CALLS, Reason.CALLER_QUOTA, Reason.OVERLOADED}
"""Refused before anything was begun: any method may be repeated."""
_FINAL = {Reason.TOOL_FAILED, Reason.RATE_LIMITED}
"""A repeat of a write gets the same answer."""


class Level(Enum):
    """How often a method may be repeated, as its contract says."""

    NO_SIDE_EFFECTS = "reads"
    IDEMPOTENT = "writes once"


def may_repeat(level: Level, error: PulpoError) -> bool:
    """Whether a call that failed so may be made again as it was."""
    if error.reason in _NOTHING_DONE:
        return True
    if error.code is not grpc.StatusCode.UNAVAILABLE:
        return False
    return level is Level.NO_SIDE_EFFECTS or error.reason not in _FINAL


def waits(level: Level, timeout: float, clock: Callable[[], float] = time.monotonic) -> Iterator[tuple[float, Any]]:
    """For each try the seconds that it may take, and what to call with its error: it returns how long to wait for the
    next try, and raises the error where there is none."""
    ends = clock() + timeout
    for number in range(1, TRIES + 1):

        def failed(error: PulpoError, number: int = number) -> float:
            longest = min(MOST_WAIT_S, FIRST_WAIT_S * 2 ** (number - 1))
            wait = error.retry_after if error.retry_after is not None else longest * random.uniform(0.5, 1)
            if number == TRIES or not may_repeat(level, error) or clock() + wait + LEAST_S > ends:
                raise error
            return wait

        yield max(0.001, ends - clock()), failed


class Service:
    """A service of the mesh over one channel."""

    def __init__(self, channel: Any, metadata: tuple[tuple[str, str], ...] = (), timeout: float = 10.0) -> None:
        """`metadata` goes with every call; `timeout` is that of calls that name none: seconds for all tries."""
        self._channel, self._metadata, self._timeout = channel, metadata, timeout

    def _call(self, path: str, request: Message, answer: type[R], level: Level, timeout: float | None) -> R:
        method = self._channel.unary_unary(
            path, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString
        )
        for seconds, failed in waits(level, self._timeout if timeout is None else timeout):
            try:
                told: R = method(request, timeout=seconds, metadata=self._metadata)
                return told
            except grpc.RpcError as error:
                wait = failed(error_of(error))
            time.sleep(wait)
        raise AssertionError("the last try returns or raises")


class AsyncService:
    """The same for asyncio."""

    def __init__(self, channel: Any, metadata: tuple[tuple[str, str], ...] = (), timeout: float = 10.0) -> None:
        """As `Service` has it."""
        self._channel, self._metadata, self._timeout = channel, metadata, timeout

    async def _call(self, path: str, request: Message, answer: type[R], level: Level, timeout: float | None) -> R:
        method = self._channel.unary_unary(
            path, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString
        )
        for seconds, failed in waits(level, self._timeout if timeout is None else timeout):
            try:
                told: R = await method(request, timeout=seconds, metadata=self._metadata)
                return told
            except grpc.RpcError as error:
                wait = failed(error_of(error))
            await asyncio.sleep(wait)
        raise AssertionError("the last try returns or raises")
