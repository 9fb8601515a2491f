"""Holds readings against extractor_v1.json with the workspace's names filled in."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from extractor.reading.message import Reading
from runtime.json_schema import Form
from workspace.cache import IdleCache
from workspace.model import Workspace
from workspace.schemas import fill_names

SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("extractor_v1.json").read_text(encoding="utf-8"))
"""extractor_v1 as written, with $services and $staff not yet filled in."""


class ExtractorContract:
    """Checks what a reader or a model says. Keeps a compiled form for the names of each workspace in use."""

    def __init__(self) -> None:
        self._forms = IdleCache[tuple[object, ...], Form]()

    def problems(self, document: object, workspace: Workspace) -> list[str]:
        """Where a document breaks the schema, as paths with the broken rule; no values."""
        errors = self.form(workspace).errors(document)
        return sorted(f"{error.json_path} breaks {error.validator}" for error in errors)

    def kept(self, reading: Reading, workspace: Workspace) -> Reading:
        """The reading without slots that break the schema; the same reading when none does."""
        bad = {
            str(error.absolute_path[1])
            for error in self.form(workspace).errors(as_document(reading))
            if len(error.absolute_path) > 1
        }
        if not bad:
            return reading
        return replace(reading, slots={slot: value for slot, value in reading.slots.items() if slot not in bad})

    def form(self, workspace: Workspace) -> Form:
        """The compiled schema of a workspace."""
        names = (workspace.service_names, workspace.staff_names)
        return self._forms.get(names, lambda: Form(fill_names(SCHEMA, workspace)))


def as_document(reading: Reading) -> dict[str, Any]:
    """A reading as extractor_v1 spells it."""
    return {"intent": reading.intent, "slots": dict(reading.slots), "confidence": reading.confidence}
