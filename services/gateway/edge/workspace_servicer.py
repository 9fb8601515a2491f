"""WorkspaceService over gRPC: what the other services know of the businesses."""

from grpc import aio

from gateway.workspaces.served import ServedStore
from pulpo.workspace.v1 import workspace_pb2 as pb
from pulpo.workspace.v1 import workspace_pb2_grpc
from runtime.errors import Kind, PulpoError
from workspace.manifest import Manifest

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["WorkspaceService"].full_name
"""Full name of the service."""
_FOLLOWERS = ("extractor", "planner", "broker", "nlg", "agenda")
CALLERS: dict[str, tuple[str, ...]] = {"GetWorkspace": (), "WatchWorkspaces": _FOLLOWERS}
"""Who may call each method, besides callers that settings list."""
MOST_WAIT_S = 60.0
"""Longest that a call waits for a change."""


class WorkspaceServicer(workspace_pb2_grpc.WorkspaceServiceServicer):
    """Converts, answers, converts."""

    def __init__(self, served: ServedStore) -> None:
        self._served = served

    async def GetWorkspace(  # noqa: N802 - the RPC's name
        self,
        request: pb.GetWorkspaceRequest,
        context: aio.ServicerContext[pb.GetWorkspaceRequest, pb.GetWorkspaceResponse],
    ) -> pb.GetWorkspaceResponse:
        """One business as it is in force."""
        manifest = self._served.registry.manifest(request.workspace_id)
        if manifest is None:
            raise PulpoError(Kind.NOT_FOUND, "UNKNOWN_WORKSPACE", "workspace_id names no workspace of this mesh.")
        return pb.GetWorkspaceResponse(manifest=_manifest(self._served.version(manifest.id), manifest))

    async def WatchWorkspaces(  # noqa: N802 - the RPC's name
        self,
        request: pb.WatchWorkspacesRequest,
        context: aio.ServicerContext[pb.WatchWorkspacesRequest, pb.WatchWorkspacesResponse],
    ) -> pb.WatchWorkspacesResponse:
        """What has changed since the caller was told last, as soon as there is anything."""
        if not self._served.is_read:
            raise PulpoError(
                Kind.UNAVAILABLE, "NOT_READ_YET", "The store has not been read since this process started."
            )
        left = context.time_remaining()
        wait_s = min(max(0.0, request.wait_s), MOST_WAIT_S, MOST_WAIT_S if left is None else left / 2)
        found = await self._served.answer(request.store, request.after_revision, request.after_id, wait_s)
        return pb.WatchWorkspacesResponse(
            store=found.store,
            revision=found.revision,
            changed=[_manifest(version, manifest) for version, manifest in found.changed],
            removed=found.removed,
            listing=found.listing,
            complete=not found.after_id,
            after_id=found.after_id,
        )


def _manifest(version: int, manifest: Manifest) -> pb.Manifest:
    return pb.Manifest(
        workspace_id=manifest.id,
        version=version,
        digest=manifest.digest,
        document=manifest.packed,
        numbers=manifest.numbers,
        active=manifest.active,
        retention_days=manifest.retention_days,
        servers=manifest.servers,
    )
