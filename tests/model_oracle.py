"""A good model for tests: reads the very prompts that the extractor writes, and answers as code would.

That it can shows that prompts tell all that an answer needs.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from extractor.slm.schema import narrowed as narrowed_reading
from tests.model_stub import Answer, as_json
from workspace.loader import load_registry
from workspace.model import Workspace

REGISTRY = load_registry(Path(__file__).resolve().parents[1] / "k8s" / "base" / "workspaces")


class Oracle:
    """Answers the extractor's questions."""

    def __init__(self) -> None:
        self._readers = {workspace.id: Reader(workspace) for workspace in REGISTRY}
        self._readings = [(narrowed_reading(workspace), workspace) for workspace in REGISTRY]

    def __call__(self, body: Mapping[str, Any]) -> Answer:
        """The answer to a request of the chat API."""
        asked = body["response_format"]["json_schema"]
        last = body["messages"][1]["content"]
        return as_json(self.reading(last, _of(self._readings, asked["schema"])))

    def reading(self, told: str, workspace: Workspace) -> dict[str, Any]:
        """What a message says."""
        lines = dict(re.findall(r"^(Hoy|Tarea|Pregunta|Sabido|Mensaje): (.*)$", told, re.MULTILINE))
        day = datetime.fromisoformat(lines["Hoy"].split()[1]).replace(hour=10, tzinfo=workspace.zone)
        known = {} if lines["Sabido"] == "nada" else dict.fromkeys(lines["Sabido"].split(", "), "x")
        asked, task = (None if lines[name] == "ninguna" else lines[name] for name in ("Pregunta", "Tarea"))
        reading = self._readers[workspace.id].read(
            MessageInContext(json.loads(lines["Mensaje"]), day, asked, task, known)
        )
        return {"intent": reading.intent, "slots": reading.slots}


def _of(schemas: list[tuple[dict[str, Any], Workspace]], schema: object) -> Workspace:
    return next(workspace for known, workspace in schemas if known == schema)
