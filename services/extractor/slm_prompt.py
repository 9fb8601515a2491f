"""What a model is told: instructions and examples, the same for everybody; then the business; then the
turn; then the message. The fixed part comes first so that an engine's prefix cache holds it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from extractor.message import SLOTS, Message
from extractor.text import clean
from workspace.model import Workspace

_FILE = Path(__file__).with_name("slm_prompt.yaml")
_ALIASES = 6
"""Other names that are told of each service and member of staff."""
_DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


@dataclass(frozen=True)
class Prompt:
    """The fixed part."""

    version: str
    system: str


@cache
def fixed_prompt() -> Prompt:
    """Instructions and examples, as in slm_prompt.yaml."""
    data = read_file()
    examples = [
        f"{example['turn'].strip()}\n{json.dumps(example['answer'], ensure_ascii=False, separators=(',', ':'))}"
        for example in data["examples"]
    ]
    return Prompt(str(data["version"]), "\n\n".join([data["instructions"].strip(), *examples]))


def read_file() -> Mapping[str, Any]:
    """The data file."""
    data: Mapping[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return data


def business_part(workspace: Workspace) -> str:
    """What a model must know of a business; the same for all its messages."""
    services = [_named(service.name, service.aliases) for service in workspace.services]
    staff = [_named(member.name, member.aliases) for member in workspace.staff]
    return f"Servicios: {'; '.join(services)}\nEquipo: {'; '.join(staff)}"


def turn_part(message: Message, workspace: Workspace) -> str:
    """The turn and the message. Of what is known only the names of the slots are told, no values."""
    today = message.reference.astimezone(workspace.zone).date()
    known = ", ".join(slot for slot in SLOTS if slot in message.known_slots)
    return (
        f"Hoy: {_DAYS[today.weekday()]} {today.isoformat()}\n"
        f"Tarea: {message.active_intent or 'ninguna'}\n"
        f"Pregunta: {message.asked_slot or 'ninguna'}\n"
        f"Sabido: {known or 'nada'}\n"
        f"Mensaje: {json.dumps(clean(message.text), ensure_ascii=False)}"
    )


def _named(name: str, aliases: tuple[str, ...]) -> str:
    return f"{name} ({', '.join(aliases[:_ALIASES])})" if aliases else name
