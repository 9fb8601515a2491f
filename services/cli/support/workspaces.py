"""The businesses of a mesh, as commands know them: those of its store, or of the folder when it has none yet."""

import asyncio
from pathlib import Path

from cli.support.databases import opened
from gateway.settings import GatewayDatabaseSettings
from gateway.storage.workspaces import WorkspaceStore
from runtime.errors import PulpoError
from runtime.settings import load
from workspace.loader import load_registry
from workspace.registry import Registry


def known_workspaces(folder: Path) -> Registry:
    """Those in force in the gateway's store; those of the folder where the store is not there or empty. Raises
    ManifestError for a folder that cannot be used."""
    return asyncio.run(_stored()) or load_registry(folder)


async def _stored() -> Registry | None:
    try:
        async with opened("gateway", load(GatewayDatabaseSettings).database_url) as database:
            found = await WorkspaceStore(database).changes()
    except PulpoError:  # never run here, of a release before, or away: what needs the database says so itself
        return None
    return Registry(manifest for _, manifest in found.manifests) if found.manifests else None
