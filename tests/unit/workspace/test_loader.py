"""Manifests load, and every mistake is named with file, path and what was expected."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from workspace.errors import ManifestError
from workspace.loader import load_first, load_registry, load_workspace

FOLDER = Path(__file__).resolve().parents[3] / "k8s/base/workspaces"
DEMO = FOLDER / "estudio-pulpo.yaml"


def changed(tmp_path: Path, path: str, value: Any) -> Path:
    """The demo manifest with one value changed (or removed, for None), in a file of its own."""
    raw = yaml.load(DEMO.read_text(encoding="utf-8"), yaml.CSafeLoader)
    node = raw
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parents:
        node = node[part]
    if value is None:
        del node[last]
    else:
        node[last] = value
    file = tmp_path / "changed.yaml"
    file.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return file


def test_the_shipped_businesses_load() -> None:
    registry = load_registry(FOLDER)
    assert {workspace.id for workspace in registry} == {"estudio-pulpo", "veterinaria-cordillera"}
    salon = registry.by_number("+14155238886")
    assert salon is not None
    assert len(salon.tools) == 16
    assert salon.staff_for("Manicura") == ("Lucía",)
    assert registry.get("nobody") is None


MISTAKES = [
    ("services.2.minutes", "abc", "services[2].minutes", "integer"),
    ("services.0.price_max", 10, "services[0]", "price_max must not be below price_min"),
    ("timezone", "America/Nowhere", "timezone", "expected an IANA timezone"),
    ("hours.mon", ["9-13"], "hours", "expected opening hours like '09:00-13:00'"),
    ("hours.mon", ["14:00-19:00", "09:00-15:00"], "hours", "in order and without overlap"),
    ("hours.monday", ["09:00-13:00"], "hours", "expected weekdays among mon, tue"),
    ("numbers.0", "14155238886", "numbers[0]", "pattern"),
    ("tools.0", "fly_to_moon", "tools", "unknown tool 'fly_to_moon'"),
    ("tools.4", {"name": "x_tool", "effect": "maybe"}, "tools[4].effect", "'read' or 'write'"),
    ("staff.0.services", ["Corte"], "", "staff Carlos: unknown service 'Corte'"),
    ("tier", "gold", "tier", "'basic', 'pro' or 'max'"),
    ("surprise", 1, "surprise", "expected no such key"),
    ("name", None, "name", "expected a value, got nothing"),
    ("booking", {"max_open": 5}, "booking.max_open", "expected no such key"),
    ("booking", {"max_new_per_day": 0}, "booking.max_new_per_day", "greater than or equal to 1"),
    ("policy.limits", {"customer_writes_per_minute": "many"}, "policy.limits.customer_writes_per_minute", "integer"),
    ("policy.limits", {"customer_writes_per_minute": 1000}, "", "must be below writes_per_minute, which is 1000"),
    ("policy.limits", {"writes_per_minute": 4}, "", "must be below writes_per_minute, which is 4"),
    ("policy.forbid_patterns", ["x", "("], "policy", "forbid_patterns[1]: '(' cannot be used: missing )"),
    ("policy.forbid_patterns", ["(?!x)y"], "policy", "look-around, (?=…) (?!…) (?<=…) (?<!…), is not supported"),
    ("policy.forbid_patterns", ["x"] * 51, "policy.forbid_patterns", "at most 50 items"),
    ("policy.forbid_patterns", ["x" * 201], "policy", "expected at most 200 characters in a pattern, got 201"),
    (
        "tools.15",
        {"name": "x_tool", "effect": "read"},
        "",
        "owned_in 'get_customer.cancelled', which is not among the tools",
    ),
    ("mcp", {"other": "http://x/mcp"}, "", "unknown MCP server 'default'"),
]


@pytest.mark.parametrize(("path", "value", "where", "expected"), MISTAKES)
def test_a_mistake_is_named(tmp_path: Path, path: str, value: Any, where: str, expected: str) -> None:
    file = changed(tmp_path, path, value)
    with pytest.raises(ManifestError) as raised:
        load_workspace(file)
    said = str(raised.value)
    assert said.startswith(str(file))
    assert f": {where}" in said
    assert expected in said


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"id: [", "expected YAML"),
        (b"- a\n- b\n", "expected a mapping"),
        (b"id: x\nid: y\n", "given twice"),
        (b"id: \xff\xfe", "expected UTF-8"),
        (b"", "expected a mapping"),
        (b"a: &a [*a]\n", ""),
    ],
)
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_bytes(content)
    with pytest.raises(ManifestError) as raised:
        load_workspace(file)
    assert expected in str(raised.value)


def test_an_absent_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="expected a readable file"):
        load_workspace(tmp_path / "none.yaml")
    with pytest.raises(ManifestError, match="at least one workspace manifest"):
        load_registry(tmp_path)


def test_all_problems_of_a_folder_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("id: [", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("- 1", encoding="utf-8")
    with pytest.raises(ManifestError) as raised:
        load_registry(tmp_path)
    assert len(raised.value.problems) == 2


def test_the_first_ones_that_can_be_used_are_read_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("id: [", encoding="utf-8")
    with pytest.raises(ManifestError):
        load_first(tmp_path, 1)
    (tmp_path / "b.yaml").write_text(DEMO.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "c.yaml").write_text("- 1", encoding="utf-8")
    assert [workspace.id for workspace in load_first(tmp_path, 1)] == ["estudio-pulpo"]
    assert [workspace.id for workspace in load_first(tmp_path, 5)] == ["estudio-pulpo"]


def test_two_businesses_cannot_share_a_number(tmp_path: Path) -> None:
    text = DEMO.read_text(encoding="utf-8")
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(text.replace("id: estudio-pulpo", "id: other"), encoding="utf-8")
    with pytest.raises(ManifestError, match=r"\+14155238886 belongs to estudio-pulpo"):
        load_registry(tmp_path)


def test_a_manifest_never_changes() -> None:
    workspace = load_workspace(DEMO)
    with pytest.raises(ValueError, match="frozen"):
        workspace.tier = "basic"  # type: ignore[misc]
