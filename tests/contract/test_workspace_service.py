"""WorkspaceService over a real port, and what a service knows that has its workspaces from there."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio

from gateway.edge.workspace_servicer import CALLERS, SERVICE_NAME, WorkspaceServicer
from gateway.storage.tables import SCHEMA
from gateway.storage.workspaces import WorkspaceStore
from gateway.workspaces.filling import candidate_of
from gateway.workspaces.served import ServedStore
from pulpo.workspace.v1 import workspace_pb2 as pb
from pulpo.workspace.v1 import workspace_pb2_grpc
from runtime.data.database import Database, sqlite_url
from runtime.data.migrations import prepare
from runtime.rpc.channel import open_channel
from runtime.rpc.identity import Credential, Door, Listed, caller_token
from runtime.rpc.interceptors import reason_of
from runtime.rpc.server import GrpcServer, Registration
from runtime.settings import Settings
from tests.mesh.tools.harness import ROOT
from workspace.source import FolderSource, StoreSource, open_source

KEY = "k" * 32
CRM = Listed("crm", frozenset({"GetWorkspace"}), "t" * 32)
SALON, VET = "estudio-pulpo", "veterinaria-cordillera"


class Served:
    """A store, what a gateway knows of it, and the port that it tells it on."""

    def __init__(self, store: WorkspaceStore) -> None:
        self.store, self.known, self.port = store, ServedStore(store), 0
        self._server: GrpcServer | None = None

    async def put(self, of: str = SALON, name: str = "") -> None:
        """Puts a shipped manifest in force, under another name."""
        text = (ROOT / f"k8s/base/workspaces/{of}.yaml").read_text(encoding="utf-8")
        text = text.replace("name: Estudio Pulpo", f"name: {name}") if name else text
        await self.store.apply([candidate_of(Path("x.yaml"), text.encode())], "ana", "apply", together=True)
        await self.known.look()

    async def start(self) -> None:
        """Listens; on the same port as before, if there was one."""

        def add(server: aio.Server) -> None:
            workspace_pb2_grpc.add_WorkspaceServiceServicer_to_server(WorkspaceServicer(self.known), server)

        self._server = GrpcServer([Registration(SERVICE_NAME, add)], door=Door([KEY], CALLERS, [CRM]))
        self.port = await self._server.start("127.0.0.1", self.port)

    async def stop(self) -> None:
        """Goes away."""
        if self._server:
            self.known.close()
            await self._server.stop(0, 0)
            self._server = None

    def settings(self) -> Settings:
        """Those of a planner that is told to ask here."""
        token = caller_token(KEY, "planner")
        return Settings(
            _env_file=None,
            workspaces_target=f"127.0.0.1:{self.port}",
            mesh_tokens=f"gateway={token}",
        )


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    database = Database(sqlite_url(tmp_path, "gateway"))
    await prepare(database, SCHEMA, migrates=True)
    made = Served(WorkspaceStore(database))
    await made.put()
    await made.put(VET)
    await made.start()
    yield made
    await made.stop()
    await database.close()


@asynccontextmanager
async def stub(served: Served, caller: str = "planner") -> AsyncIterator[Any]:
    shows = Credential(caller, caller_token(KEY, caller) if caller == "planner" else CRM.token)
    async with open_channel(f"127.0.0.1:{served.port}", shows=shows) as channel:
        yield workspace_pb2_grpc.WorkspaceServiceStub(channel)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


async def test_a_business_is_told_with_its_version_and_document(served: Served) -> None:
    async with stub(served, CRM.name) as asked:
        found = (await asked.GetWorkspace(pb.GetWorkspaceRequest(workspace_id=SALON))).manifest
        assert (found.workspace_id, found.version, found.active, list(found.numbers)) == (
            SALON,
            1,
            True,
            ["+14155238886"],
        )
        assert b'"name":"Estudio Pulpo"' in zlib.decompress(found.document)
        with pytest.raises(aio.AioRpcError) as raised:
            await asked.GetWorkspace(pb.GetWorkspaceRequest(workspace_id="nobody"))
    assert (raised.value.code(), reason_of(raised.value)) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_WORKSPACE")


async def test_a_watch_waits_for_a_change_and_half_of_the_deadline(served: Served) -> None:
    async with stub(served) as asked:
        first = await asked.WatchWorkspaces(pb.WatchWorkspacesRequest(wait_s=60))
        assert ([one.workspace_id for one in first.changed], first.listing, first.complete) == (
            [SALON, VET],
            True,
            True,
        )
        known = pb.WatchWorkspacesRequest(store=first.store, after_revision=first.revision, wait_s=60)
        nothing = await asked.WatchWorkspaces(known, timeout=0.5)
        assert (list(nothing.changed), nothing.revision) == ([], first.revision)
        waiting = asyncio.ensure_future(asked.WatchWorkspaces(known, timeout=60))
        await served.put(name="Sol")
        assert [(one.workspace_id, one.version) for one in (await waiting).changed] == [(SALON, 2)]


@pytest.mark.parametrize(("caller", "reason"), [("gateway", "CALLER_NOT_ALLOWED"), ("", "CALLER_UNKNOWN")])
async def test_only_services_that_need_it_are_told(served: Served, caller: str, reason: str) -> None:
    shows = Credential(caller, caller_token(KEY, caller)) if caller else None
    async with open_channel(f"127.0.0.1:{served.port}", shows=shows) as channel:
        with pytest.raises(aio.AioRpcError) as raised:
            await workspace_pb2_grpc.WorkspaceServiceStub(channel).WatchWorkspaces(pb.WatchWorkspacesRequest())
    assert reason_of(raised.value) == reason


async def test_a_store_that_was_not_read_says_so(served: Served) -> None:
    served.known._name = ""
    async with stub(served) as asked:
        with pytest.raises(aio.AioRpcError) as raised:
            await asked.WatchWorkspaces(pb.WatchWorkspacesRequest())
    assert (raised.value.code(), reason_of(raised.value)) == (grpc.StatusCode.UNAVAILABLE, "NOT_READ_YET")


async def test_a_service_knows_what_the_store_has_and_goes_on_with_it_alone(served: Served) -> None:
    source = open_source(served.settings(), "planner")
    assert isinstance(source, StoreSource)
    assert not await source.is_ready()
    await source.start()
    try:
        assert await source.is_ready()
        registry = source.registry
        vet = registry.get(VET)
        await served.put(name="Sol")
        await until(lambda: _name(source) == "Sol")
        assert registry.get(VET) is vet
        await served.store.remove([VET], "ana")
        await served.known.look()
        await until(lambda: registry.get(VET) is None)
        await served.stop()
        assert _name(source) == "Sol"
        served.known = ServedStore(served.store)
        await served.put(name="Luna")
        await served.start()
        await until(lambda: _name(source) == "Luna")
    finally:
        await source.close()


async def test_a_list_in_parts_is_taken_up_whole(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.workspaces.served.MOST_BYTES", 10)
    source = open_source(served.settings(), "planner")
    await source.start()
    try:
        assert {workspace.id for workspace in source.registry} == {SALON, VET}
        served.known._name = "another"  # as after a database was put back
        await served.store.remove([VET], "ana")
        await served.known.look()
        await until(lambda: source.registry.get(VET) is None)
        assert source.registry.get(SALON) is not None
    finally:
        await source.close()


async def test_a_start_without_a_store_is_up_and_not_ready(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workspace.source.FIRST_S", 0.3)
    await served.stop()
    source = open_source(served.settings(), "planner")
    await source.start()
    try:
        assert not await source.is_ready()
        served.known = ServedStore(served.store)
        await served.known.look()
        await served.start()
        await until(lambda: len(source.registry) == 2)
        assert await source.is_ready()
    finally:
        await source.close()


async def test_a_service_alone_reads_the_folder() -> None:
    source = open_source(Settings(_env_file=None, workspaces_dir=ROOT / "k8s/base/workspaces"), "planner")
    assert isinstance(source, FolderSource)
    await source.start()
    assert (await source.is_ready(), len(source.registry)) == (True, 2)
    await source.close()


def _name(source: StoreSource) -> str:
    found = source.registry.get(SALON)
    return found.name if found else ""
