"""What a model is told: instructions and examples, the same for everybody; then the business; then the
turn; then the message. The fixed part comes first so that an engine's prefix cache holds it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from extractor.reading.message import MessageInContext
from extractor.text.normalised import clean
from turn.model import SLOT_NAMES
from workspace.model import Workspace

_FILE = Path(__file__).with_name("prompt.yaml")
SECOND = Path(__file__).with_name("prompt_v2.yaml")
"""What a model is told that answers in the second form."""
SHORT = Path(__file__).with_name("prompt_short.yaml")
"""What a model is told that answers in the short form."""
_ALIASES = 6
"""Other names that are told of each service and member of staff."""
_LISTED = 9
"""Offers and appointments that are told, as many as extractor_v2 can name."""
_DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


@dataclass(frozen=True)
class Prompt:
    """The fixed part."""

    version: str
    system: str


@cache
def fixed_prompt(file: Path = _FILE) -> Prompt:
    """Instructions and examples, as in a data file."""
    data = read_file(file)
    examples = [
        f"{example['turn'].strip()}\n{json.dumps(example['answer'], ensure_ascii=False, separators=(',', ':'))}"
        for example in data["examples"]
    ]
    return Prompt(str(data["version"]), "\n\n".join([data["instructions"].strip(), *examples]))


def read_file(file: Path = _FILE) -> Mapping[str, Any]:
    """A data file."""
    data: Mapping[str, Any] = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return data


def business_part(workspace: Workspace) -> str:
    """What a model must know of a business; the same for all its messages."""
    services = [_named(service.name, service.aliases) for service in workspace.services]
    staff = [_named(member.name, member.aliases) for member in workspace.staff]
    return f"Servicios: {'; '.join(services)}\nEquipo: {'; '.join(staff)}"


def turn_part(message: MessageInContext, workspace: Workspace) -> str:
    """The turn and the message. Of what is known only the names of the slots are told, no values."""
    return "\n".join([*_turn(message, workspace), _message(message)])


def turn_part_with_lists(message: MessageInContext, workspace: Workspace) -> str:
    """The same with the offers and appointments that a message may point at, numbered; without ids and names."""
    offers = [f"{one.day} {one.time} {one.service} {one.staff}" for one in message.known.offers]
    own = [f"{one.day} {one.time} {one.service} {one.staff}" for one in message.known.appointments]
    lists = [*_list("Ofrecido", offers), *_list("Turnos", own)]
    return "\n".join([*_turn(message, workspace), *lists, _message(message)])


def business_by_number(workspace: Workspace) -> str:
    """What a model must know of a business, each service and person with the number that an answer names it by."""
    services = [f"s{at} {_named(one.name, one.aliases)}" for at, one in enumerate(workspace.services, 1)]
    staff = [f"p{at} {_named(one.name, one.aliases)}" for at, one in enumerate(workspace.staff, 1)]
    return f"Servicios: {'; '.join(services)}\nEquipo: {'; '.join(staff)}"


def turn_part_short(message: MessageInContext, workspace: Workspace) -> str:
    """The turn and the message, without what the short form does not need: no date, nothing that is not there."""
    asked, task = message.asked_slot, message.active_intent
    offers = [f"o{at} {one.day} {one.time} {one.staff}" for at, one in enumerate(message.known.offers[:_LISTED], 1)]
    own = [
        f"t{at} {one.day} {one.time} {one.service}" for at, one in enumerate(message.known.appointments[:_LISTED], 1)
    ]
    lines = [
        *([f"Tarea: {task}"] if task else []),
        *([f"Pregunta: {asked}"] if asked else []),
        *([f"Ofrecido: {'; '.join(' '.join(one.split()) for one in offers)}"] if offers else []),
        *([f"Turnos: {'; '.join(' '.join(one.split()) for one in own)}"] if own else []),
    ]
    return "\n".join([*lines, _message(message)])


def _turn(message: MessageInContext, workspace: Workspace) -> list[str]:
    today = message.reference.astimezone(workspace.zone).date()
    known = ", ".join(slot for slot in SLOT_NAMES if slot in message.known_slots)
    return [
        f"Hoy: {_DAYS[today.weekday()]} {today.isoformat()}",
        f"Tarea: {message.active_intent or 'ninguna'}",
        f"Pregunta: {message.asked_slot or 'ninguna'}",
        f"Sabido: {known or 'nada'}",
    ]


def _list(title: str, told: list[str]) -> list[str]:
    numbered = [f"{place}) {' '.join(one.split())}" for place, one in enumerate(told[:_LISTED], 1)]
    return [f"{title}: {'; '.join(numbered)}"] if numbered else []


def _message(message: MessageInContext) -> str:
    return f"Mensaje: {json.dumps(clean(message.text), ensure_ascii=False)}"


def _named(name: str, aliases: tuple[str, ...]) -> str:
    return f"{name} ({', '.join(aliases[:_ALIASES])})" if aliases else name
