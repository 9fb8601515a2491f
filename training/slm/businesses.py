"""Businesses to train on: those of the manifests, and made-up ones, so that a model learns to read names
from its prompt and not by heart."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from training.templates import Vertical, read_verticals
from workspace.loader import load_workspace
from workspace.model import Workspace

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ROOT / "k8s" / "base" / "workspaces"
KINDS = Path(__file__).with_name("businesses.yaml")
SALON, VET = "estudio-pulpo", "veterinaria-cordillera"
_SHARES = {SALON: 0.4, VET: 0.06}
"""How often a manifest's business is drawn; the rest are made up."""
_VERB = re.compile(r"^\w+(?:ar|er|ir)(?:me|lo|la|le)?\b")
_NICKNAMES = {"María": "mari", "Sofía": "sofi", "Lucía": "luci", "Camila": "cami", "Florencia": "flor",
              "Nicolás": "nico", "Martín": "tincho", "Valentina": "vale", "Ezequiel": "eze", "Micaela": "mica",
              "Santiago": "santi", "Carlos": "charly", "Agustina": "agus", "Milagros": "mili",
              "Ignacio": "nacho"}  # fmt: skip
_PLACES = (
    ("America/Argentina/Buenos_Aires", "AR", "11"), ("America/Argentina/Cordoba", "AR", "351"),
    ("America/Santiago", "CL", ""), ("America/Mexico_City", "MX", ""), ("America/Bogota", "CO", ""),
    ("America/Montevideo", "UY", ""), ("Europe/Madrid", "ES", ""),
)  # fmt: skip
_HOURS = (
    ["09:00-13:00", "14:00-19:00"], ["09:00-13:00", "14:00-19:00"], ["08:30-20:00"], ["10:00-20:00"],
    ["08:00-17:00"], ["11:00-21:00"], ["09:00-18:00"], ["07:00-15:00"],
)  # fmt: skip


@dataclass(frozen=True)
class Business:
    """A business and what its customers may name."""

    workspace: Workspace
    parts: Mapping[str, list[str]]
    """What the templates insert, by name."""
    reader: Reader
    """Reads by rules alone: slots, once the intent is known."""
    judge: Reader
    """Reads by rules and the intent model."""


class Businesses:
    """Draws businesses."""

    def __init__(self) -> None:
        self._verticals = {vertical.id: vertical for vertical in read_verticals()}
        self._kinds: list[dict[str, Any]] = yaml.load(KINDS.read_text(encoding="utf-8"), yaml.CSafeLoader)
        first = self._verticals["hair"].parts["first"]
        self._first_names: Sequence[str] = [*first, *_NICKNAMES]
        self._known = {
            SALON: self._business(load_workspace(MANIFESTS / f"{SALON}.yaml"), "hair"),
            VET: self._business(load_workspace(MANIFESTS / f"{VET}.yaml"), "vet"),
        }

    def named(self, name: str) -> Business:
        """The business of a manifest."""
        return self._known[name]

    def draw(self, rng: random.Random) -> Business:
        """One of the manifests' businesses, or one that nobody has."""
        draw = rng.random()
        for name, share in _SHARES.items():
            if draw < share:
                return self._known[name]
            draw -= share
        return self._made_up(rng)

    def _made_up(self, rng: random.Random) -> Business:
        kind = rng.choice(self._kinds)
        services = dict(_some(list(kind["services"].items()), rng, 3))
        if rng.random() < 0.25:
            other = rng.choice(self._kinds)
            services |= dict(rng.sample(list(other["services"].items()), 2))
        raw = load_raw(_renamed(services, rng), rng, self._staff(list(services), rng))
        return self._business(Workspace.model_validate(raw), kind.get("vertical", ""))

    def _staff(self, _services: Sequence[str], rng: random.Random) -> list[dict[str, Any]]:
        names = rng.sample(sorted(set(self._first_names)), rng.randrange(1, 6))
        titles = rng.random() < 0.15
        return [
            {
                "name": f"{rng.choice(('Dra.', 'Dr.', 'Lic.'))} {name}" if titles else name,
                "aliases": [_NICKNAMES[name]] if name in _NICKNAMES else [],
            }
            for name in names
        ]

    def _business(self, workspace: Workspace, vertical_id: str) -> Business:
        reader, judge = Reader(workspace, rules_only=True), Reader(workspace)
        row = self._verticals.get(vertical_id)
        return Business(workspace, self._parts(workspace, row, reader), reader, judge)

    def _parts(self, workspace: Workspace, row: Vertical | None, reader: Reader) -> dict[str, list[str]]:
        """The templates' parts with the words that this business's customers use."""
        shared = self._verticals["hair"].parts
        own = [name for service in workspace.services for name in (service.name.lower(), *service.aliases)]
        nouns = [word for word in own if not _VERB.match(word)]
        verbs = [word for word in own if _VERB.match(word)] or nouns
        staff = [name for member in workspace.staff for name in (member.name, *member.aliases)]
        parts = {**shared, "svc": nouns or own, "svc_v": verbs, "svc_en": nouns, "svc_pt": nouns, "staff": staff}
        if row is None:
            return {**parts, "no_svc": [word for word in shared["no_svc"] if not _offered(reader, word)]}
        words = {name: [word for word in row.parts[name] if _offered(reader, word)] for name in _SERVICE_PARTS}
        absent = [word for name in _SERVICE_PARTS for word in row.parts[name] if word not in words[name]]
        for name in _SERVICE_PARTS:
            parts[name] = (words[name] * 2 + parts[name]) if words[name] else parts[name]
        return {**parts, "no_svc": [*(word for word in row.not_offered if not _offered(reader, word)), *absent[:4]]}


_SERVICE_PARTS = ("svc", "svc_v", "svc_en", "svc_pt")


def load_raw(
    services: Mapping[str, Sequence[str]], rng: random.Random, staff: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """A manifest's document for made-up services and staff."""
    zone, country, area = rng.choice(_PLACES)
    hours = rng.choice(_HOURS)
    return {
        "id": "made-up", "name": "Made up", "vertical": "servicios", "tier": "max", "timezone": zone,
        "currency": "ARS", "locale": "es-AR", "numbers": ["+14155550000"],
        "phone": {"country": country, "area_code": area},
        "services": [
            {"name": name, "minutes": 30, "price_min": 1000, "aliases": aliases} for name, aliases in services.items()
        ],
        "staff": [{**member, "services": list(services)} for member in staff],
        "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat"), hours),
        "mcp": {"default": "http://127.0.0.1:8090/mcp"}, "tools": [{"name": "book_appointment", "effect": "write"}],
    }  # fmt: skip


def _some(items: list[Any], rng: random.Random, least: int) -> list[Any]:
    count = rng.randint(min(least, len(items)), len(items))
    return rng.sample(items, count)


def _renamed(services: Mapping[str, Sequence[str]], rng: random.Random) -> dict[str, list[str]]:
    """The services with other names first now and then, and other names left out."""
    renamed: dict[str, list[str]] = {}
    for name, aliases in services.items():
        words = [name, *_some(list(aliases), rng, max(1, len(aliases) - 4))]
        if rng.random() < 0.3:
            nouns = [word for word in words if not _VERB.match(word)]
            chosen = rng.choice(nouns or words)
            words = [chosen, *(word for word in words if word != chosen)]
        title = words[0][:1].upper() + words[0][1:]
        renamed[title if title not in renamed else name] = [word for word in words[1:] if word.lower() != title.lower()]
    return renamed


def _offered(reader: Reader, word: str) -> bool:
    seen = reader.look(MessageInContext(word, datetime(2026, 3, 11, 12, tzinfo=UTC)))
    return any(one.slot == "service_type" and one.value for one in seen.findings.mentions)
