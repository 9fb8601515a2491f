"""A business's manifest as a process keeps it: what must be known of every business, and the rest compressed until
the business is asked for."""

import hashlib
import itertools
import json
import zlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from workspace.catalogue import with_catalogue
from workspace.model import Workspace

_made = itertools.count()


@dataclass(frozen=True, slots=True)
class Manifest:
    """One business. Two of one digest are the same."""

    id: str
    """The business's."""
    digest: str
    """Of the document, hexadecimal."""
    numbers: tuple[str, ...]
    """WhatsApp numbers that customers write to."""
    active: bool
    """Whether it answers."""
    retention_days: int
    """Days after which conversations are erased."""
    servers: tuple[str, ...]
    """URLs of the MCP servers whose tools it uses."""
    packed: bytes = b""
    """The document, compressed by zlib."""
    made: Workspace | None = None
    """The workspace, of one that code has made and no document."""

    def summary(self) -> dict[str, Any]:
        """What must be known of every business, as JSON can hold it."""
        return {
            "numbers": list(self.numbers),
            "active": self.active,
            "retention_days": self.retention_days,
            "servers": list(self.servers),
        }

    def workspace(self) -> Workspace:
        """The business as a model, made anew at each call. Raises ValueError when this release cannot use it."""
        return self.made or workspace_from(zlib.decompress(self.packed))


def manifest_of(workspace: Workspace, document: bytes) -> Manifest:
    """The manifest of a workspace and of the document that it was read from, as `as_document` writes it."""
    return _summed_up(workspace, digest_of(document), packed=zlib.compress(document))


def manifest_from(workspace_id: str, digest: str, summary: dict[str, Any], packed: bytes) -> Manifest:
    """A manifest that was summed up before."""
    return Manifest(
        id=workspace_id,
        digest=digest,
        numbers=tuple(summary["numbers"]),
        active=summary["active"],
        retention_days=summary["retention_days"],
        servers=tuple(summary["servers"]),
        packed=packed,
    )


def manifest_of_model(workspace: Workspace) -> Manifest:
    """The manifest of a workspace that was made by code; it keeps the workspace."""
    return _summed_up(workspace, f"made-{next(_made)}", made=workspace)


def _summed_up(workspace: Workspace, digest: str, packed: bytes = b"", made: Workspace | None = None) -> Manifest:
    servers = dict.fromkeys(workspace.mcp[tool.server] for tool in workspace.tools)
    return Manifest(
        id=workspace.id,
        digest=digest,
        numbers=workspace.numbers,
        active=workspace.active,
        retention_days=workspace.retention_days,
        servers=tuple(servers),
        packed=packed,
        made=made,
    )


def as_document(raw: dict[str, Any]) -> bytes:
    """What was read from a manifest, as JSON; the same bytes for manifests that say the same."""
    return json.dumps(raw, default=_as_text, ensure_ascii=False, separators=(",", ":")).encode()


def workspace_from(document: bytes) -> Workspace:
    """The workspace of a document. Raises ValueError when it is none."""
    return Workspace.model_validate(with_catalogue(json.loads(document)))


def digest_of(document: bytes) -> str:
    """The name of a document's content."""
    return hashlib.sha256(document).hexdigest()


def _as_text(value: object) -> str:
    assert isinstance(value, date)  # and times of a date: what YAML has that JSON has not
    return value.isoformat()
