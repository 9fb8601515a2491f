"""`pulpo canary` and `pulpo route`, on a file and on a ConfigMap behind a stand-in for kubectl."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.canary.report import act
from cli.canary.samples import asked_of, samples_of
from cli.canary.share import Share, next_phase
from cli.canary.track_source import FileSource
from cli.canary.verdict import Recommendation
from cli.local.processes import free_ports
from cli.main import app
from gateway.domain.message import conversation_id
from gateway.settings import TrackSettings
from gateway.storage.evidence import Figures, TurnFigures
from gateway.telemetry import Telemetry
from gateway.tracks.track import Split, bucket_of
from runtime.http.exposition import serve_metrics

NOW = datetime(2026, 3, 11, 13, tzinfo=UTC)
KUBECTL = """#!/usr/bin/env python3
import json, pathlib, sys
state = pathlib.Path({state!r})
known = json.loads(state.read_text())
words = sys.argv[3:]
known["calls"].append(words)
if words[:2] == ["get", "configmap"] and known["version"]:
    print(json.dumps({{"metadata": {{"resourceVersion": known["version"]}}, "data": known["data"]}}))
if words[:2] == ["get", "pods"]:
    items = [{{"metadata": {{"name": n}}, "status": {{"phase": "Running"}}}} for n in known.get("pods", [])]
    print(json.dumps({{"items": items}}))
if words[0] == "create":
    if known["version"]:
        sys.exit("Error from server (AlreadyExists)")
    key, _, value = words[-1].removeprefix("--from-literal=").partition("=")
    known["data"], known["version"] = {{key: value}}, "1"
if words[0] == "exec":
    shares = known["pods"][words[1]]
    share = shares.pop(0) if len(shares) > 1 else shares[0]
    state.write_text(json.dumps(known))
    if share is None:
        sys.exit("error: container not found")
    print('pulpo_track_share{{track="legacy"}} 0.5')
    print('pulpo_track_share{{track="slm"}} ' + str(share))
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


WHERE = ("--configmap", "pulpo-routing", "--namespace", "salon")


def test_a_cluster_without_the_config_map_gets_it_with_the_first_change(cluster: Path) -> None:
    cluster.write_text(json.dumps({"version": "", "data": {}, "calls": []}))
    assert "slm 0 %" in pulpo("canary", "show", *WHERE)
    assert "slm 10 % of conversations, before 0 %" in pulpo("canary", "set", "10", *WHERE)
    assert "slm 50 % of conversations, before 10 %" in pulpo("canary", "promote", *WHERE)
    known = json.loads(cluster.read_text())
    assert "SLM_CANARY_PERCENT=50" in known["data"]["tracks.env"]
    assert [words[0] for words in known["calls"] if words[0] in ("create", "patch")] == ["create", "patch"]


def test_a_share_is_taken_up_when_every_gateway_shows_it(cluster: Path) -> None:
    pods = {"gateway-a": [0.0, None, 0.1], "gateway-b": [0.1]}
    cluster.write_text(json.dumps({"version": "1", "data": {}, "calls": [], "pods": pods}))
    told = json.loads(pulpo("canary", "set", "10", "--wait", "60", "--json", *WHERE))
    assert told["after"] == 10
    assert "taken_up_after_s" in told
    asked = [words[1] for words in json.loads(cluster.read_text())["calls"] if words[0] == "exec"]
    assert asked.count("gateway-a") == 3


@pytest.mark.parametrize("pods", [{}, {"gateway-a": [0.1], "gateway-b": [0.0]}])
def test_a_share_that_a_gateway_does_not_show_is_set_all_the_same_and_said_so(cluster: Path, pods: object) -> None:
    cluster.write_text(json.dumps({"version": "1", "data": {}, "calls": [], "pods": pods}))
    said = pulpo("canary", "set", "10", "--wait", "0.3", *WHERE, status=1)
    assert "set to 10 % (ConfigMap salon/pulpo-routing (tracks.env)), but not every gateway shows it" in said
    assert "SLM_CANARY_PERCENT=10" in json.loads(cluster.read_text())["data"]["tracks.env"]


def test_a_share_that_is_set_is_said_so_though_no_pod_may_be_touched(folder: Path, cluster: Path) -> None:
    program = folder / "bin" / "kubectl"
    refusing = 'if words[0] == "annotate":\n    sys.exit("forbidden")\n'
    program.write_text(program.read_text().replace('if words[0] == "patch":', f'{refusing}if words[0] == "patch":'))
    assert "slm 10 %" in pulpo("canary", "set", "10", *WHERE)
    assert "SLM_CANARY_PERCENT=10" in json.loads(cluster.read_text())["data"]["tracks.env"]
    said = pulpo("canary", "set", "20", "--wait", "5", "--pods", "", *WHERE, status=1)
    assert "set to 20 %" in said
    assert "--pods is needed" in said


def test_a_rollback_ends_shadowing(folder: Path) -> None:
    pulpo("canary", "set", "10")
    pulpo("canary", "shadow", "20")
    pulpo("canary", "rollback")
    shown = json.loads(pulpo("canary", "show", "--json"))
    assert (shown["slm_percent"], shown["shadow_percent"]) == (0, 0)
    pulpo("canary", "shadow", "20")
    pulpo("canary", "rollback")
    assert json.loads(pulpo("canary", "show", "--json"))["shadow_percent"] == 0


def test_what_kubectl_cannot_do_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch, cluster: Path) -> None:
    (folder / "bin" / "kubectl").write_text("#!/bin/sh\necho noise >&2; echo 'not found' >&2; exit 1\n")
    assert pulpo("canary", "show", "--configmap", "x", status=1) == "pulpo: canary: kubectl get configmap: not found\n"
    monkeypatch.setenv("PATH", str(folder))
    assert "kubectl is not on this machine's PATH" in pulpo("canary", "show", "--configmap", "x", status=1)


@pytest.mark.parametrize(
    ("answer", "before", "after"),
    [
        (Recommendation.ROLL_BACK, 50, 0),
        (Recommendation.ROLL_BACK, 0, 0),
        (Recommendation.PROMOTE, 10, 50),
        (Recommendation.PROMOTE, 0, 0),
        (Recommendation.PROMOTE, 100, 100),
        (Recommendation.HOLD, 10, 10),
    ],
)
def test_a_verdict_is_acted_on_one_step_at_a_time(
    folder: Path, answer: Recommendation, before: int, after: int
) -> None:
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


def test_wait_ends_when_the_gateways_port_of_metrics_shows_the_share(monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("PULPO_GATEWAY_METRICS_PORT", str(port))
    monkeypatch.setenv("PULPO_PUBLIC_URL", "https://wa.example.com")
    serve_metrics(port, "127.0.0.1")
    Telemetry().split_changed(Split(10))
    assert "taken up by the gateway" in pulpo("canary", "set", "10", "--wait", "30")


def test_a_reading_that_no_model_was_asked_for_on_purpose_is_no_fallback() -> None:
    sources = ["slm", "unasked", "unasked", "cpu", "none"]
    turns = [TurnFigures(1.0, "slm", "ok", source, "rules", (), 100.0) for source in sources]
    figures = Figures(10.0, 0.0, tuple(turns), ())
    samples = samples_of(figures)
    assert samples.fallbacks == [False, True]
    assert samples.recent_fallbacks == [False, True]
    assert asked_of(figures) == (2, 4)
