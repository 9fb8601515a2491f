"""`.env.example` names every setting, and nothing that is no setting."""

import importlib
import re
from pathlib import Path

from runtime.observability.tracing import ENDPOINT_VARIABLE
from runtime.settings import Settings, variable_of

PACKAGES = ("agenda", "extractor", "planner", "nlg", "broker", "gateway", "cli")


def variables() -> set[str]:
    """The environment variable of every field of every settings class."""
    found = {ENDPOINT_VARIABLE}
    for package in PACKAGES:
        for value in vars(importlib.import_module(f"{package}.settings")).values():
            if isinstance(value, type) and issubclass(value, Settings):
                found |= {variable_of(value, name) for name in value.model_fields}
    return found


def defaults() -> set[tuple[str, str]]:
    """Each variable with what it is when unset, spelt as in the example; only plain numbers and words."""
    found = set()
    for package in PACKAGES:
        for value in vars(importlib.import_module(f"{package}.settings")).values():
            if isinstance(value, type) and issubclass(value, Settings):
                for name, field in value.model_fields.items():
                    if isinstance(field.default, bool | int | float | str):
                        found.add((variable_of(value, name), _spelt(field.default)))
    return found


def _spelt(default: float | str) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default).removesuffix(".0")


def test_the_example_shows_the_defaults() -> None:
    text = (Path(__file__).resolve().parents[2] / ".env.example").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^# ([A-Z_]+)=(\S*)", text, re.MULTILINE))
    assert {name: shown[name] for name, default in defaults() if shown[name] != default} == {}


def test_every_setting_is_in_the_example() -> None:
    text = (Path(__file__).resolve().parents[2] / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^# ([A-Z_]+)=", text, re.MULTILINE)) == variables()
