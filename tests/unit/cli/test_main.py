"""The `pulpo` command as a table of commands that are imported when they run."""

import os
import subprocess
import sys
from importlib import import_module, metadata

import pytest
from typer import Typer
from typer.testing import CliRunner

from cli.canary.command import REPORT
from cli.local.processes import SOURCE
from cli.main import COMMANDS, app
from cli.support.lazy import Lazy

LAZY = (*COMMANDS, REPORT)
HEAVY = {
    "grpc",
    "jsonschema",
    "sqlalchemy",
    "alembic",
    "twilio",
    "httpx2",
    "numpy",
    "sklearn",
    "matplotlib",
    "jinja2",
    "extractor",
}


def imported(*words: str) -> set[str]:
    """The packages of HEAVY that a command imports to answer --help."""
    program = (
        "import sys; from typer.testing import CliRunner; from cli.main import app; "
        f"print(CliRunner().invoke(app, {list(words)!r}).exit_code, *sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    code, *modules = done.stdout.split()
    assert code == "0"
    return HEAVY & set(modules)


@pytest.mark.parametrize("lazy", LAZY, ids=lambda lazy: lazy.name)
def test_every_command_is_there_and_says_what_the_list_says(lazy: Lazy) -> None:
    module, _, attribute = lazy.target.partition(":")
    found = getattr(import_module(module), attribute)
    said = str(found.info.help) if isinstance(found, Typer) else " ".join(found.__doc__.split())
    assert said.startswith(lazy.help.rstrip("."))


@pytest.mark.parametrize("lazy", COMMANDS, ids=lambda lazy: lazy.name)
def test_every_command_has_its_own_help(lazy: Lazy) -> None:
    told = CliRunner().invoke(app, [lazy.name, "--help"])
    assert told.exit_code == 0
    assert f" {lazy.name} " in told.stdout


def test_the_list_of_commands_and_the_version_import_no_service_and_no_server() -> None:
    assert imported("--help") == imported("--version") == set()


def test_a_command_imports_what_it_needs_and_not_what_others_need() -> None:
    assert imported("keys", "--help") <= {"grpc"}
    assert not imported("up", "--help") & {"sqlalchemy", "alembic", "twilio", "jsonschema", "numpy", "extractor"}
    assert not imported("canary", "set", "--help") & {"alembic", "extractor"}
    assert not imported("eval", "nlu", "--help") & {"sklearn", "matplotlib", "jinja2"}


def test_an_unknown_command_is_refused_and_a_similar_one_is_named() -> None:
    told = CliRunner().invoke(app, ["doctr"])
    assert told.exit_code == 2
    assert "doctor" in told.output


def test_the_version_is_the_packages() -> None:
    told = CliRunner().invoke(app, ["--version"])
    assert (told.exit_code, told.stdout) == (0, f"pulpo {metadata.version('pulpo')}\n")


def test_a_checkout_that_is_not_installed_has_the_version_of_its_project(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    installed = metadata.version("pulpo")
    monkeypatch.setattr(metadata, "version", nothing)
    assert CliRunner().invoke(app, ["--version"]).stdout == f"pulpo {installed}\n"
