"""The command line and the example, against a running mesh, as people use them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mesh.tools.harness import ROOT, Mesh, make_environment, running_mesh


def run(mesh: Mesh, *command: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a command in the mesh's environment."""
    return subprocess.run(
        [sys.executable, *command],
        env=mesh.environment,
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_example_runs_its_six_cases(mesh: Mesh) -> None:
    ports = mesh.environment
    targets = [
        "--target",
        f"127.0.0.1:{ports['PULPO_GATEWAY_GRPC_PORT']}",
        "--planner",
        f"127.0.0.1:{ports['PULPO_PLANNER_PORT']}",
    ]
    done = run(mesh, "examples/integration.py", *targets)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok  ") == 6
    assert "planner: ['get_available_services']" in done.stdout


def test_the_example_says_when_nobody_is_there(mesh: Mesh) -> None:
    done = run(mesh, "examples/integration.py", "--target", "127.0.0.1:1")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "is the mesh up?" in done.stderr


def test_chat_answers_each_line(mesh: Mesh, customer: str) -> None:
    done = run(mesh, "-m", "cli.main", "chat", "--from", customer, text="hola\ncuánto sale la barba?\n")
    assert done.returncode == 0, done.stderr
    assert "Estudio Pulpo" in done.stdout
    assert "$2.500" in done.stdout


def test_send_prints_the_reply_and_curl_an_equal_webhook(mesh: Mesh, customer: str) -> None:
    sent = run(mesh, "-m", "cli.main", "send", "hola", "--from", customer)
    assert "Estudio Pulpo" in sent.stdout, sent.stderr
    curl = run(mesh, "-m", "cli.main", "send", "hola", "--from", customer, "--curl")
    assert curl.stdout.startswith(f"curl -sS {mesh.url}/webhook/pulpo/twilio/wa/inbound -H 'X-Twilio-Signature: ")


def test_an_unknown_workspace_is_one_line(mesh: Mesh) -> None:
    done = run(mesh, "-m", "cli.main", "send", "hola", "--workspace", "nobody")
    assert done.returncode == 1
    assert done.stderr == "pulpo: unknown workspace 'nobody'; there are: estudio-pulpo, veterinaria-cordillera\n"


def test_doctor_finds_all_well(mesh: Mesh) -> None:
    done = run(mesh, "-m", "cli.main", "doctor")
    assert done.returncode == 0, done.stdout
    assert "FAIL" not in done.stdout


def test_a_port_in_use_keeps_the_mesh_from_starting_with_one_line(mesh: Mesh, tmp_path: Path) -> None:
    taken = mesh.environment["PULPO_HTTP_PORT"]
    environment = {**make_environment(tmp_path), "PULPO_HTTP_PORT": taken}
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "up"], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == f"pulpo up: port {taken} for gateway HTTP is in use; set PULPO_HTTP_PORT to another one\n"


def test_a_bad_manifest_keeps_the_mesh_from_starting_with_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "workspaces"
    folder.mkdir()
    (folder / "broken.yaml").write_text("id: x\nname: X\n", encoding="utf-8")
    environment = make_environment(tmp_path, PULPO_WORKSPACES_DIR=str(folder))
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "up"], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"pulpo up: {folder}/broken.yaml: timezone: expected a value, got nothing" in done.stderr


def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    with running_mesh(tmp_path) as mesh:
        pids = [mesh.pid(service) for service in ("agenda", "extractor", "planner", "nlg", "broker", "gateway")]
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, signal.SIG_DFL)


def test_production_refuses_the_development_secrets(tmp_path: Path) -> None:
    environment = make_environment(tmp_path, PULPO_PROFILE="production", PULPO_CLOCK="", TWILIO_AUTH_TOKEN="")
    done = subprocess.run(
        [sys.executable, "-m", "gateway"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "TWILIO_AUTH_TOKEN" in done.stderr
