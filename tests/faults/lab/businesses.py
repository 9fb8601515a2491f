"""The businesses of a run: copies of the demo salon, so that there is room for many appointments and
something to keep apart."""

from datetime import date, timedelta
from pathlib import Path

from tests.mesh.tools.harness import ROOT

TOKEN = "dev-token"
"""The auth token of the account that all their numbers are of."""
_DEMO = ROOT / "k8s" / "base" / "workspaces" / "estudio-pulpo.yaml"
_FIRST_NUMBER = 14155240000
_PATIENCE = 60
"""Writes a minute of one customer: those of the lab ask again at once for whatever a fault spoilt."""


def number_of(business: int) -> str:
    """The number that customers of a business write to."""
    return f"+{_FIRST_NUMBER + business}"


def id_of(business: int) -> str:
    """A business's workspace id."""
    return f"salon-{business:03}"


def at(number: str) -> str:
    """The workspace id of the business that customers of a number write to."""
    return id_of(int(number.lstrip("+")) - _FIRST_NUMBER)


def write_manifests(folder: Path, count: int) -> None:
    """Writes the manifests of so many businesses."""
    folder.mkdir(parents=True, exist_ok=True)
    demo = _DEMO.read_text(encoding="utf-8")
    for business in range(count):
        text = (
            demo.replace("id: estudio-pulpo", f"id: {id_of(business)}")
            .replace("name: Estudio Pulpo", f"name: Salón {business}")
            .replace('numbers: ["+14155238886"]', f'numbers: ["{number_of(business)}"]')
            .replace("policy:\n", f"policy:\n  limits: {{customer_writes_per_minute: {_PATIENCE}}}\n")
        )
        folder.joinpath(f"{id_of(business)}.yaml").write_text(text, encoding="utf-8")


def open_day(today: date, index: int, first: int = 3) -> date:
    """The weekday with that index, counted from `first` days ahead; the salon is open on all of them."""
    day = today + timedelta(days=first)
    while True:
        if day.weekday() < 5:
            if index == 0:
                return day
            index -= 1
        day += timedelta(days=1)
