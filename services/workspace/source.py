"""Where a service has its workspaces from: the mesh's store, which the gateway serves, or a folder of manifests when it
runs alone. The one module of this package that knows the contract and its channel; five services need it alike."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from grpc import aio

from pulpo.workspace.v1 import workspace_pb2 as pb
from pulpo.workspace.v1 import workspace_pb2_grpc
from runtime.errors import Kind, PulpoError
from runtime.observability.logs import get_logger
from runtime.periodic import Periodic
from runtime.rpc.channel import open_channel
from runtime.rpc.interceptors import reason_of
from runtime.settings import Settings
from runtime.watch import Watch, say_taken
from workspace.folder import ServedFolder
from workspace.manifest import Manifest, manifest_from
from workspace.model import Workspace
from workspace.registry import Registry

_log = get_logger(__name__)
Prepare = Callable[[Workspace], Workspace]
GATEWAY = "gateway"
WAIT_S = 20.0
"""Longest that the gateway waits for a change before it answers that there is none."""
PAUSE_S = 0.2
"""Seconds between two calls, so that a gateway that answers at once is not asked all the time."""
FIRST_S = 10.0
"""Longest that a start waits for the businesses. After that the service is up, and not ready until it knows them."""


class Source(Protocol):
    """Workspaces that are kept up to date. `start`, then `close`, once each, in one loop."""

    registry: Registry

    async def start(self) -> None:
        """Begins."""

    async def is_ready(self) -> bool:
        """Whether the workspaces are known."""

    async def close(self) -> None:
        """Ends."""


def open_source(settings: Settings, service: str, prepare: Prepare = lambda workspace: workspace) -> Source:
    """The source that settings name, for the service of that name. Must be called in the running loop. Raises
    ManifestError when no manifest of the folder can be used, PulpoError IDENTITY_MISSING and TLS_FILES."""
    if settings.workspaces_target:
        return StoreSource(settings, service, prepare)
    return FolderSource(settings, prepare)


class FolderSource:
    """A folder, looked at every few seconds."""

    def __init__(self, settings: Settings, prepare: Prepare = lambda workspace: workspace) -> None:
        served = ServedFolder(settings.workspaces_dir, prepare)
        self.registry = served.registry
        self._watch = Watch(served.refresh, settings.workspaces_every_s, served.problems)

    async def start(self) -> None:
        """Begins to look."""
        self._watch.start()

    async def is_ready(self) -> bool:
        """It was read when this was made."""
        return True

    async def close(self) -> None:
        """Ends that."""
        await self._watch.close()


class StoreSource:
    """The gateway's store. What was told stays in force while nobody answers."""

    def __init__(self, settings: Settings, service: str, prepare: Prepare = lambda workspace: workspace) -> None:
        self.registry = Registry((), prepare)
        shows = settings.must_show(service, GATEWAY)
        self._channel = open_channel(settings.workspaces_target, tls=settings.tls, shows=shows, follows_caller=False)
        self._stub = workspace_pb2_grpc.WorkspaceServiceStub(self._channel)
        self._request = pb.WatchWorkspacesRequest()
        self._list: dict[str, Manifest] = {}
        """The parts of a list that is not complete yet."""
        self._known = asyncio.Event()
        self._told: set[str] = set()
        """Businesses of which the log says that this release cannot use them."""
        self._repeated = Periodic("workspaces", self._look, PAUSE_S, jitter=0.5)

    async def start(self) -> None:
        """Begins to ask, and waits a while for the first answer."""
        self._repeated.start()
        try:
            async with asyncio.timeout(FIRST_S):
                await self._known.wait()
        except TimeoutError:
            return

    async def is_ready(self) -> bool:
        """Whether every business has been told."""
        return self._known.is_set()

    async def close(self) -> None:
        """Ends that."""
        await self._repeated.stop(cancel=True)
        await self._channel.close(None)

    async def _look(self) -> None:
        """Asks until nothing is left to be told at once."""
        while not await self._asked():
            pass
        for name in self.registry.unusable.keys() - self._told:
            _log.error("manifest unusable for this release", workspace=name)
        self._told = set(self.registry.unusable)

    async def _asked(self) -> bool:
        """Asks once. Returns whether that was all."""
        wait_s = 0.0 if self._request.after_id or not self._known.is_set() else WAIT_S
        request = pb.WatchWorkspacesRequest()
        request.CopyFrom(self._request)
        request.wait_s = wait_s
        try:
            answer = await self._stub.WatchWorkspaces(request, timeout=2 * WAIT_S + 5)
        except aio.AioRpcError as error:
            self._request, self._list = self._whole(), {}
            raise PulpoError(
                Kind.UNAVAILABLE, reason_of(error), "The store of the workspaces does not answer."
            ) from error
        self.registry.sweep()
        changed = {one.workspace_id: _manifest(one) for one in answer.changed}
        if answer.listing:
            if answer.store != request.store:
                self._list = {}
            self._list |= changed
        else:
            say_taken(self.registry.change(changed.values(), answer.removed))
        self._request.store, self._request.after_revision = answer.store, answer.revision
        self._request.after_id = answer.after_id
        if answer.complete:
            if answer.listing:
                count = self.registry.replace(self._list.values())
                self._list = {}
                say_taken(count if self._known.is_set() else 0)
            self._known.set()
        return answer.complete

    def _whole(self) -> pb.WatchWorkspacesRequest:
        """The request after an answer that did not come: a list begins again, another one goes on."""
        return pb.WatchWorkspacesRequest() if self._request.after_id else self._request


def _manifest(told: pb.Manifest) -> Manifest:
    summary = {
        "numbers": told.numbers,
        "active": told.active,
        "retention_days": told.retention_days,
        "servers": told.servers,
    }
    return manifest_from(told.workspace_id, told.digest, summary, told.document)
