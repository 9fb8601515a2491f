"""What an installed Pulpo says about itself."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_package_says_that_it_is_typed() -> None:
    packages = {file.parent.name for file in (ROOT / "services").glob("*/__init__.py")}
    typed = {file.parent.name for file in (ROOT / "services").glob("*/py.typed")}
    assert packages == typed


def test_the_licence_that_the_package_names_is_the_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    first, second = (ROOT / "LICENSE").read_text(encoding="utf-8").split("\n")[:2]
    assert (project["license"], first.strip(), second.strip()) == (
        "Apache-2.0",
        "Apache License",
        "Version 2.0, January 2004",
    )


def test_the_workflow_runs_what_holds_before_a_change_lands() -> None:
    assert "- run: .ci/run" in (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
