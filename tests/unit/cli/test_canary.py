"""`pulpo canary` and `pulpo route`, on a file and on a ConfigMap behind a stand-in for kubectl."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.canary_report import act
from cli.main import app
from cli.share import Share, next_phase
from cli.track_source import FileSource
from cli.verdict import Answer
from gateway.ids import conversation_id
from gateway.settings import TrackSettings
from gateway.track import bucket_of

NOW = datetime(2026, 3, 11, 13, tzinfo=UTC)
KUBECTL = """#!/usr/bin/env python3
import json, pathlib, sys
state = pathlib.Path({state!r})
known = json.loads(state.read_text())
words = sys.argv[3:]
known["calls"].append(words)
if words[0] == "get":
    print(json.dumps({{"metadata": {{"resourceVersion": known["version"]}}, "data": known["data"]}}))
if words[0] == "patch":
    patch = json.loads(words[-1])
    if patch["metadata"]["resourceVersion"] != known["version"]:
        sys.exit("Error from server (Conflict): somebody else was faster")
    known["data"] |= patch["data"]
    known["version"] += "1"
state.write_text(json.dumps(known))
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder without settings."""
    for name in ("ENABLE_SLM_PIPELINE", "SLM_CANARY_PERCENT", "SLM_SHADOW_PERCENT", "PULPO_TRACK_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PULPO_DATA_DIR", str(tmp_path))
    return tmp_path


def pulpo(*words: str, status: int = 0) -> str:
    """What a command prints."""
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == status, done.output
    return done.output


@pytest.mark.parametrize(("percent", "after"), [(0, 10), (3, 10), (10, 50), (49, 50), (50, 100), (100, 100)])
def test_a_roll_out_goes_by_phases(percent: int, after: int) -> None:
    assert next_phase(percent) == after


def test_the_share_goes_up_by_phases_and_back_to_nobody(folder: Path) -> None:
    file = folder / "tracks.env"
    file.write_text("# ours\nOTHER=1\n")
    file.chmod(0o640)
    shares = [json.loads(pulpo("canary", "promote", "--json"))["after"] for _ in range(4)]
    assert shares == [10, 50, 100, 100]
    assert json.loads(pulpo("canary", "show", "--json"))["slm_percent"] == 100
    assert "slm 0 % of conversations, before 100 %" in pulpo("canary", "rollback")
    assert "ENABLE_SLM_PIPELINE=false" in file.read_text()
    assert file.read_text().startswith("# ours\nOTHER=1\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert list(folder.iterdir()) == [file]
    assert "as before" in pulpo("canary", "set", "0")


def test_a_file_that_cannot_be_read_is_mended_by_a_rollback(folder: Path) -> None:
    (folder / "tracks.env").write_text("ENABLE_SLM_PIPELINE=tru\nSLM_CANARY_PERCENT=10\n")
    assert "ENABLE_SLM_PIPELINE: expected true or false" in pulpo("canary", "promote", status=1)
    pulpo("canary", "rollback")
    assert json.loads(pulpo("canary", "show", "--json"))["slm_percent"] == 0


def test_the_shadow_is_a_share_of_its_own(folder: Path) -> None:
    pulpo("canary", "set", "7")
    pulpo("canary", "shadow", "25")
    shown = json.loads(pulpo("canary", "show", "--json"))
    assert (shown["slm_percent"], shown["shadow_percent"]) == (7, 25)


@pytest.fixture
def cluster(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kubectl on the PATH; what its cluster holds."""
    state, programs = folder / "cluster.json", folder / "bin"
    state.write_text(json.dumps({"version": "1", "data": {"tracks.env": "# theirs\n"}, "calls": []}))
    programs.mkdir()
    (programs / "kubectl").write_text(KUBECTL.format(state=str(state)))
    (programs / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    return state


def test_a_config_map_is_patched_and_the_gateways_pods_are_touched(cluster: Path) -> None:
    where = ("--configmap", "pulpo-tracks", "--namespace", "salon")
    assert "slm 10 %" in pulpo("canary", "set", "10", *where)
    known = json.loads(cluster.read_text())
    assert known["data"]["tracks.env"].startswith("# theirs\nENABLE_SLM_PIPELINE=true\nSLM_CANARY_PERCENT=10\n")
    assert known["calls"][-1][:4] == ["annotate", "pods", "--selector", "app.kubernetes.io/name=gateway"]
    pulpo("canary", "rollback", *where, "--pods", "")
    known = json.loads(cluster.read_text())
    assert "ENABLE_SLM_PIPELINE=false" in known["data"]["tracks.env"]
    assert known["calls"][-1][0] == "patch"


def test_what_kubectl_cannot_do_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch, cluster: Path) -> None:
    (folder / "bin" / "kubectl").write_text("#!/bin/sh\necho noise >&2; echo 'not found' >&2; exit 1\n")
    assert pulpo("canary", "show", "--configmap", "x", status=1) == "pulpo: canary: kubectl get configmap: not found\n"
    monkeypatch.setenv("PATH", str(folder))
    assert "kubectl is not on this machine's PATH" in pulpo("canary", "show", "--configmap", "x", status=1)


@pytest.mark.parametrize(
    ("answer", "before", "after"),
    [
        (Answer.ROLL_BACK, 50, 0),
        (Answer.ROLL_BACK, 0, 0),
        (Answer.PROMOTE, 10, 50),
        (Answer.PROMOTE, 0, 0),
        (Answer.PROMOTE, 100, 100),
        (Answer.HOLD, 10, 10),
    ],
)
def test_a_verdict_is_acted_on_one_step_at_a_time(folder: Path, answer: Answer, before: int, after: int) -> None:
    share = Share(FileSource(folder / "tracks.env"), TrackSettings(_env_file=None))
    share.set(before, NOW)
    change = act(answer, share, before)
    assert share.split().slm_percent == after
    assert (change is None) == (before == after)


def test_without_a_database_the_report_is_one_line() -> None:
    assert pulpo("canary", "report", status=1).startswith("pulpo: canary: NO_DATABASE")
    assert "expected a duration" in pulpo("canary", "report", "--since", "soon", status=1)


PHONE = "+5491155551234"


@pytest.mark.parametrize(
    "conversation",
    [PHONE, "+54 9 11 5555-1234", f"whatsapp:{PHONE}", conversation_id("estudio-pulpo", f"whatsapp:{PHONE}")],
)
def test_a_route_is_explained_however_the_conversation_is_named(folder: Path, conversation: str) -> None:
    pulpo("canary", "set", "10")
    told = json.loads(pulpo("route", conversation, "--workspace", "estudio-pulpo", "--json"))
    bucket = bucket_of("estudio-pulpo", conversation_id("estudio-pulpo", f"whatsapp:{PHONE}"))
    assert (told["bucket"], told["decided_by"], told["slm_percent"]) == (bucket, "share", 10)
    assert told["track"] == ("slm" if bucket < 1000 else "legacy")
    assert told["percent_from"] == str(folder / "tracks.env")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "legacy: ENABLE_SLM_PIPELINE is false"),
        (("--header", "slm"), "slm: a trusted caller asks for it"),
    ],
)
def test_a_route_names_what_decided(words: tuple[str, ...], said: str) -> None:
    assert pulpo("route", PHONE, *words).startswith(said)


@pytest.mark.parametrize("words", [("hola",), (PHONE, "--workspace", "nobody")])
def test_what_cannot_be_routed_is_one_line(words: tuple[str, ...]) -> None:
    assert pulpo("route", *words, status=1).count("\n") == 1
