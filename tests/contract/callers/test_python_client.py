"""The Python client, its examples and the guide's, against a mesh; and what it repeats, against a server that fails."""

import asyncio
import importlib.util
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio

from pulpo.gateway.v1 import booking_pb2_grpc
from pulpo_client import AsyncClient, Client, PulpoError, Reason, all_pages
from pulpo_client.proto.gateway.v1 import booking_pb2 as pb
from runtime.errors import Kind
from runtime.errors import PulpoError as ServerError
from runtime.rpc.server import GrpcServer, Registration
from tests.contract.callers.conftest import SALON, TOKENS
from tests.one_process import OneProcess

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "clients" / "python"
BOOKING = "pulpo.gateway.v1.BookingService"
pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest.fixture
def environment(mesh: OneProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the mesh is, as a caller's environment says."""
    monkeypatch.setenv("PULPO_TARGET", f"127.0.0.1:{mesh.grpc_port}")
    monkeypatch.setenv("PULPO_TOKEN", TOKENS["web"])
    for name in ("extractor", "planner"):
        monkeypatch.setenv(f"PULPO_{name.upper()}_TARGET", mesh.targets[name])


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is printed; the services' own lines are not."""
    lines: list[str] = []

    def keep(*words: object, **_more: object) -> None:
        if threading.current_thread() is not threading.main_thread():  # where examples run
            lines.append(" ".join(map(str, words)))

    monkeypatch.setattr("builtins.print", keep)
    return lines


def main_of(example: str) -> Callable[..., None]:
    """The function of an example."""
    spec = importlib.util.spec_from_file_location(f"example_{example}", PACKAGE / "examples" / f"{example}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., None] = module.main
    return found


@pytest.mark.usefixtures("environment")
async def test_the_example_books_and_cancels(printed: list[str]) -> None:
    await asyncio.to_thread(main_of("book"), "2026-03-31")
    said = [line.partition(":") for line in printed]
    assert [begin for begin, _, _ in said] == ["free", "booked", "cancelled"]
    assert re.fullmatch(r" PB-[A-Z0-9]{6} 2026-03-31 \d\d:\d\d \S+", said[1][2])


@pytest.mark.usefixtures("environment")
async def test_the_example_plans(printed: list[str]) -> None:
    moment = importlib.import_module("datetime").datetime.fromisoformat("2026-03-11T10:00:00-03:00")
    await asyncio.to_thread(main_of("plan"), "quiero un corte mañana a las 3 con sofi", moment)
    said = "\n".join(printed)
    assert "intent: INTENT_BOOK" in said
    assert "tools: check_service_availability" in said
    assert "ask for: client_name" in said


def guide() -> Iterator[str]:
    """The Python of the guide, block by block."""
    for page in (ROOT / "docs" / "callers.md", PACKAGE / "README.md"):
        yield from re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("number", range(len(list(guide()))))
async def test_each_block_of_the_guide_runs_as_printed(number: int, printed: list[str]) -> None:
    code = list(guide())[number]
    await asyncio.to_thread(exec, compile(code, f"block {number}", "exec"), {"__name__": "__main__"})
    expected = re.findall(r"# → (.*)", code)
    assert len(expected) == len(printed)
    for wanted, line in zip(expected, printed, strict=True):
        assert wanted.rstrip("…") in line


async def test_the_asynchronous_client_reads_pages_and_errors_by_reason(mesh: OneProcess) -> None:
    async with AsyncClient(f"127.0.0.1:{mesh.grpc_port}", token=TOKENS["web"]) as pulpo:
        found = await pulpo.bookings.get_catalogue(pb.GetCatalogueRequest(workspace_id=SALON))
        assert found.services
        with pytest.raises(PulpoError) as refused:
            await pulpo.bookings.book(pb.BookRequest(workspace_id=SALON, customer_address="whatsapp:+5491155551234"))
        assert (refused.value.reason, refused.value.code) == (
            Reason.ADDRESS_NOT_ALLOWED,
            grpc.StatusCode.PERMISSION_DENIED,
        )
        with pytest.raises(PulpoError) as refused:
            await pulpo.bookings.book(pb.BookRequest(workspace_id=SALON, customer_address="web:1"))
        assert refused.value.reason is Reason.FIELD_MISSING
        assert {each.field for each in refused.value.violations} == {"request_id", "items", "client_name"}


async def test_every_page_of_a_list_comes_once(mesh: OneProcess) -> None:
    def names() -> list[str]:
        with Client(f"127.0.0.1:{mesh.grpc_port}", token=TOKENS["reader"]) as pulpo:
            pages = all_pages(pulpo.bookings.list_workspaces, pb.ListWorkspacesRequest(page_size=1))
            return [each.workspace_id for page in pages for each in page.workspaces]

    found = await asyncio.to_thread(names)
    assert found == sorted(set(found))
    assert len(found) >= 2


class Failing:
    """Fails so often with what it was told, and then answers."""

    def __init__(self, times: int, kind: Kind, reason: str) -> None:
        self.left, self.calls, self.error = times, 0, ServerError(kind, reason, "As a test wants it.")

    async def _told(self, answer: Any) -> Any:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise self.error
        return answer

    async def _unused(self, _request: Any, _context: Any) -> Any:
        raise AssertionError("called")

    ListWorkspaces = FindFreeTimes = Change = Cancel = ListAppointments = _unused

    async def Book(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - the RPC's name
        return await self._told(pb.BookResponse(already=True))

    async def GetCatalogue(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - as above
        return await self._told(pb.GetCatalogueResponse(currency="ARS"))


@asynccontextmanager
async def failing(times: int, kind: Kind, reason: str) -> AsyncIterator[tuple[Failing, str]]:
    servicer: Any = Failing(times, kind, reason)

    def add(server: aio.Server) -> None:
        booking_pb2_grpc.add_BookingServiceServicer_to_server(servicer, server)

    server = GrpcServer([Registration(BOOKING, add)])
    port = await server.start("127.0.0.1", 0)
    try:
        yield servicer, f"127.0.0.1:{port}"
    finally:
        await server.stop(0, 0)


@pytest.mark.parametrize(
    ("kind", "reason", "reads", "writes"),
    [
        (Kind.UNAVAILABLE, "DEPENDENCY_FAILED", 2, 2),
        (Kind.UNAVAILABLE, "OUTCOME_UNKNOWN", 2, 2),
        (Kind.UNAVAILABLE, "TOOL_FAILED", 2, 1),
        (Kind.RESOURCE_EXHAUSTED, "CALLER_QUOTA", 2, 2),
        (Kind.RESOURCE_EXHAUSTED, "RATE_LIMITED", 1, 1),
        (Kind.INVALID_ARGUMENT, "FIELD_INVALID", 1, 1),
        (Kind.PERMISSION_DENIED, "CALLER_NOT_ALLOWED", 1, 1),
        (Kind.INTERNAL, "INTERNAL", 1, 1),
    ],
)
async def test_what_may_be_repeated_is(kind: Kind, reason: str, reads: int, writes: int) -> None:
    for wanted, method, request in (
        (reads, "get_catalogue", pb.GetCatalogueRequest()),
        (writes, "book", pb.BookRequest()),
    ):
        async with failing(1, kind, reason) as (servicer, target), AsyncClient(target, timeout=60) as pulpo:
            call = getattr(pulpo.bookings, method)(request)
            if wanted > 1:
                await call
            else:
                with pytest.raises(PulpoError) as refused:
                    await call
                assert refused.value.reason is Reason[reason]
            assert servicer.calls == wanted


async def test_no_try_begins_after_the_deadline() -> None:
    async with failing(9, Kind.RESOURCE_EXHAUSTED, "CALLER_QUOTA") as (servicer, target):
        servicer.error.retry_s = 3600.0
        async with AsyncClient(target, timeout=60) as pulpo:
            with pytest.raises(PulpoError) as refused:
                await pulpo.bookings.book(pb.BookRequest())
    assert (refused.value.retry_after, servicer.calls) == (3600.0, 1)
