"""Answers to a business's own questions, as they are kept with an appointment."""

import json
from collections.abc import Mapping

from agenda.booking.text import clean
from workspace.model import Workspace
from workspace.parts.rules import LONGEST_ANSWER

MOST_ANSWERS = 16
"""How many one request may give."""


def read_answers(given: Mapping[str, str]) -> str | None:
    """Answers by key, cleaned, as JSON; None for none."""
    cleaned = {key: clean(value)[:LONGEST_ANSWER] for key, value in sorted(given.items()) if clean(value)}
    return json.dumps(cleaned, ensure_ascii=False) if cleaned else None


def lacking(workspace: Workspace, service: str, answers: str | None) -> list[str]:
    """Keys of the questions that a business asks for a service and that nobody has answered."""
    given = json.loads(answers) if answers else {}
    return [question.key for question in workspace.rules(service).questions if question.key not in given]
