"""Holds readings against extractor_v1.json with the workspace's names filled in."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from extractor.reading.message import Reading
from workspace.cache import IdleCache
from workspace.model import Workspace
from workspace.schemas import fill_names

SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("extractor_v1.json").read_text(encoding="utf-8"))
"""extractor_v1 as written, with $services and $staff not yet filled in."""


class ExtractorContract:
    """Checks what a reader or a model says. Keeps a compiled validator for the names of each workspace in use."""

    def __init__(self) -> None:
        self._validators = IdleCache[tuple[object, ...], Draft202012Validator]()

    def problems(self, document: object, workspace: Workspace) -> list[str]:
        """Where a document breaks the schema, as paths with the broken rule; no values."""
        errors = self.validator(workspace).iter_errors(document)
        return sorted(f"{error.json_path} breaks {error.validator}" for error in errors)

    def kept(self, reading: Reading, workspace: Workspace) -> Reading:
        """The reading without slots that break the schema; the same reading when none does."""
        bad = {
            str(error.absolute_path[1])
            for error in self.validator(workspace).iter_errors(as_document(reading))
            if len(error.absolute_path) > 1
        }
        if not bad:
            return reading
        return replace(reading, slots={slot: value for slot, value in reading.slots.items() if slot not in bad})

    def validator(self, workspace: Workspace) -> Draft202012Validator:
        """The compiled schema of a workspace."""
        names = (workspace.service_names, workspace.staff_names)
        return self._validators.get(names, lambda: Draft202012Validator(fill_names(SCHEMA, workspace)))


def as_document(reading: Reading) -> dict[str, Any]:
    """A reading as extractor_v1 spells it."""
    return {"intent": reading.intent, "slots": dict(reading.slots), "confidence": reading.confidence}
