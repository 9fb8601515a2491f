"""Reads the template files of training/data.

A file is a list of sections. A section starts with `@ LABEL key=value …` and has one template a line.
LABEL is an intent, or `flow` when the label is the task under way. Keys: `topic`; `w`, the weight;
`ctx`, where such messages come (open, mixed, flow, or the task under way); `asked`, the slot just asked
for, or `any`.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from training.grammar import Parts

DATA = Path(__file__).parent / "data"
INTENTS = (
    "greeting", "info_services", "info_prices", "info_hours", "book", "cancel", "reschedule", "chitchat", "other",
)  # fmt: skip
TOPICS = (
    "none", "human", "address", "payment", "my_appointment", "promotions", "packages", "duration", "staff", "thanks",
    "goodbye", "complaint", "late", "media", "not_offered", "abandon",
)  # fmt: skip
SLOTS = (
    "service_type", "preferred_date", "preferred_time", "staff_name", "client_name", "client_email", "client_phone",
    "booking_id",
)  # fmt: skip


@dataclass(frozen=True)
class Template:
    """One line of a template file, with its section's labels."""

    key: str
    """File and line; the unit of the held-out split."""
    text: str
    """What to expand."""
    label: str
    """An intent, or "flow"."""
    topic: str = "none"
    weight: float = 1.0
    context: str = "open"
    asked: str = "any"


@dataclass(frozen=True)
class Vertical:
    """A line of business: what customers call its things."""

    id: str
    weight: int
    parts: dict[str, list[str]]
    services: tuple[str, ...]
    not_offered: tuple[str, ...]
    staff: tuple[str, ...]


def read_templates(folder: Path = DATA) -> list[Template]:
    """Every template of every file, in order. Raises ValueError naming the line that cannot be read."""
    return [template for file in sorted(folder.glob("*.txt")) for template in _read(file)]


def _read(file: Path) -> list[Template]:
    found: list[Template] = []
    label, settings = "", dict[str, str]()
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("@ "):
            label, *pairs = line[2:].split()
            settings = dict(pair.split("=", 1) for pair in pairs)
            _check(label, settings, f"{file.name}:{number}")
            continue
        found.append(
            Template(
                key=f"{file.name}:{number}",
                text=line,
                label=label,
                topic=settings.get("topic", "none"),
                weight=float(settings.get("w", "1")),
                context="flow" if label == "flow" else settings.get("ctx", "open"),
                asked=settings.get("asked", "any"),
            )
        )
    return found


def _check(label: str, settings: dict[str, str], where: str) -> None:
    if label not in (*INTENTS, "flow"):
        raise ValueError(f"{where}: expected an intent or flow, got {label!r}")
    if settings.get("topic", "none") not in TOPICS:
        raise ValueError(f"{where}: expected a topic, got {settings['topic']!r}")
    if settings.get("asked", "any") not in (*SLOTS, "any"):
        raise ValueError(f"{where}: expected a slot, got {settings['asked']!r}")
    if settings.get("ctx", "open") not in (*INTENTS, "open", "mixed", "flow"):
        raise ValueError(f"{where}: expected a context, got {settings['ctx']!r}")


def read_verticals(folder: Path = DATA) -> list[Vertical]:
    """The lines of business, with the parts that their templates may insert."""
    shared: Parts = yaml.load((folder / "lexicon.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    rows = yaml.load((folder / "verticals.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    return [_vertical(row, shared) for row in rows]


def _vertical(row: dict[str, list[str]], shared: Parts) -> Vertical:
    own = {
        "svc": row["services"], "svc_v": row["verbs"], "svc_en": row["services_en"], "svc_pt": row["services_pt"],
        "staff": row["staff"], "no_svc": row["no_svc"],
    }  # fmt: skip
    services = [*row["services"], *row["services_en"], *row["services_pt"], *row["verbs"][::2]]
    return Vertical(
        id=str(row["id"]),
        weight=int(str(row["weight"])),
        parts={**shared, **own},
        services=tuple(services),
        not_offered=tuple(row["no_svc"]),
        staff=tuple(row["staff"]),
    )
