"""One mesh to a data folder, and what is said about one that is there already or does not start."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.local.processes import program
from cli.local.supervisor import StartError, Supervisor
from cli.local.up import find_problems
from cli.settings import CliSettings
from cli.support.folder import FolderLock, in_use, running


def test_processes_whose_supervisor_is_gone_still_hold_the_folder_and_are_named(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    assert lock.take()
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, pass_fds=lock.files
    ) as child:
        tmp_path.joinpath("nlg.pid").write_text(f"{child.pid}\n", encoding="ascii")
        lock.release()
        said = in_use(tmp_path)
        assert said.startswith(f"a mesh is already running with its logs in {tmp_path}")
        assert said.endswith(f"kill {child.pid}")
        child.communicate()
    assert in_use(tmp_path) == ""


def test_a_folder_in_use_is_the_only_thing_said(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    lock = FolderLock(logs)
    assert lock.take()
    lines = find_problems(CliSettings(data_dir=tmp_path, workspaces_dir=tmp_path / "none"))
    lock.release()
    assert len(lines) == 1
    assert "a mesh is already running" in lines[0]


def test_a_data_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    tmp_path.joinpath("logs").write_text("", encoding="ascii")
    lines = find_problems(CliSettings(data_dir=tmp_path))
    assert lines == [f"PULPO_DATA_DIR: {tmp_path / 'logs'}: File exists."]


async def test_a_second_supervisor_does_not_start_anything(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    assert lock.take()
    with pytest.raises(StartError, match="already running"):
        await Supervisor({}, tmp_path, lambda _line: None).start()
    lock.release()
    assert running(tmp_path) == []


async def test_a_service_that_does_not_start_is_explained_by_this_run_alone(tmp_path: Path) -> None:
    tmp_path.joinpath("planner.log").write_text("an earlier run\n", encoding="ascii")
    supervisor = Supervisor({"PULPO_LOG_LEVEL": "LOUD", "PULPO_PLANNER_PORT": "1"}, tmp_path, lambda _line: None)
    with pytest.raises(StartError) as failed:
        await supervisor.start((program("planner"),))
    said = str(failed.value).splitlines()
    assert said[0] == "planner did not start:"
    assert len(said) == 2
    assert "PULPO_LOG_LEVEL" in said[1]
