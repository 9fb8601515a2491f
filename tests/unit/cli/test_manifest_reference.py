"""The page of the manifest's keys, its JSON Schema, and the doubts that a check tells."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from cli.manifest.doubts import doubts_of
from cli.manifest.reference import as_markdown, manifest_schema
from workspace.catalogue import with_catalogue
from workspace.model import Workspace

ROOT = Path(__file__).parents[3]
MANIFESTS = [*ROOT.glob("k8s/base/workspaces/*.yaml"), *ROOT.glob("examples/workspaces/*.yaml")]
NOW = datetime(2026, 3, 11, 13, tzinfo=UTC)


def test_the_page_is_what_the_model_says() -> None:
    page = (ROOT / "docs/manifest.md").read_text(encoding="utf-8")
    assert page == as_markdown(), "pulpo workspace reference --write docs/manifest.md"


def test_every_key_says_what_it_means() -> None:
    schema = manifest_schema()
    parts = {"": schema, **schema["$defs"]}
    silent = [f"{name}.{key}" for name, part in parts.items() for key, each in part.get("properties", {}).items()
              if not each.get("description")]  # fmt: skip
    assert silent == []


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: file.stem)
def test_an_editor_takes_every_manifest_and_no_unknown_key(file: Path) -> None:
    validator = Draft202012Validator(manifest_schema())
    raw = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)
    unknown = {**raw, "colour": "red"}
    assert any("colour" in error.message for error in validator.iter_errors(unknown))
    assert not any("Additional properties" in error.message for error in validator.iter_errors(raw))


def salon(**more: Any) -> Workspace:
    """The demo salon with some keys otherwise."""
    raw = yaml.load((ROOT / "k8s/base/workspaces/estudio-pulpo.yaml").read_text(encoding="utf-8"), yaml.SafeLoader)
    return Workspace.model_validate(with_catalogue({**raw, **more}))


def service(**more: Any) -> list[dict[str, Any]]:
    """A business's only service."""
    return [{"name": "Corte", "minutes": 45, "price": 10, **more}]


ANA = [{"name": "Ana", "services": ["Corte"]}]


@pytest.mark.parametrize(
    ("more", "doubt"),
    [
        ({"locale": "es-PE"}, "locale: es-PE"),
        ({"currency": "XXZ"}, "currency: XXZ"),
        ({"phone": {"country": "ZZ"}}, "phone.country: ZZ"),
        ({"not_offered": ["Barba"]}, "not_offered: 'barba'"),
        ({"wording": {"ask_nome": "x"}}, "wording.ask_nome: unknown phrase"),
        ({"wording": {"ask_name": "{shoe}?"}}, "wording.ask_name: placeholder {shoe}"),
        ({"resources": [{"name": "Box"}]}, "resources: no service needs Box"),
        ({"services": service(), "staff": [{**ANA[0], "shifts": {"sun": ["09:00-13:00"]}}]}, "service Corte: nobody"),
        ({"services": service(), "staff": [{**ANA[0], "employed_until": "2026-01-01"}]}, "staff Ana: works at no time"),
        ({"services": service(capacity=4, starts={"mon": ["22:00"]}), "staff": ANA}, "service Corte: mon 22:00"),
        ({"services": [*service(aliases=["pelo"]), {"name": "Tinte", "minutes": 30, "price": 1, "aliases": ["pelo"]}],
          "staff": [{"name": "Ana", "services": ["Corte", "Tinte"]}]}, "services: 'pelo' stands for"),
        ({"booking": {"min_advance_booking": "3 d", "max_advance_booking": "2 d"}}, "min_advance_booking is not below"),
        ({"knowledge": [{"questions": ["wifi?"], "answer": "sí"}, {"questions": ["¿Wifi?"], "answer": "no"}]},
         "knowledge: 'wifi' has 2 answers"),
    ],
)  # fmt: skip
def test_what_is_probably_not_meant_is_told(more: dict[str, Any], doubt: str) -> None:
    assert any(doubt in told for told in doubts_of(salon(**more), NOW)), doubts_of(salon(**more), NOW)


def test_the_shipped_businesses_leave_no_doubt() -> None:
    for file in MANIFESTS:
        raw = yaml.load(file.read_text(encoding="utf-8"), yaml.SafeLoader)
        assert doubts_of(Workspace.model_validate(with_catalogue(raw)), NOW) == [], file
