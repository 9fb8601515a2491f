"""A roll-out of the slm track on a real mesh: nobody's track changes but by the share, and a canary that dies
is done without, noticed and taken back."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from cli.canary.share import Share
from cli.canary.track_source import FileSource
from cli.local.processes import free_ports
from gateway.settings import TrackSettings
from tests.mesh.tools.harness import ROOT, Mesh, replica, running_mesh, until
from tests.mesh.tools.tracks import Conversations, TrackRouter, interval, moved_wrongly, shown_share
from tests.model_oracle import Oracle
from tests.model_stub import model_server

CUSTOMERS = [f"+54911{number:08}" for number in range(200)]


@pytest.fixture(scope="module")
def router() -> Iterator[TrackRouter]:
    with TrackRouter().up() as running:
        yield running


@pytest.fixture(scope="module")
def mesh(router: TrackRouter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh with an extractor for each track; the slm track's has a model."""
    (port,) = free_ports(1)
    router.targets["legacy"] = f"127.0.0.1:{port}"
    settings = {"PULPO_EXTRACTOR_PORT": str(port), "PULPO_EXTRACTOR_TARGET": f"127.0.0.1:{router.port}"}
    with running_mesh(tmp_path_factory.mktemp("canary"), **settings) as running:
        yield running


def share_of(mesh: Mesh) -> Share:
    return Share(FileSource(mesh.data / "tracks.env"), TrackSettings(_env_file=None))


def change(mesh: Mesh, percent: int) -> None:
    """Changes the share, and waits until the gateway has taken it up."""
    share_of(mesh).set(percent, datetime.now(UTC))
    until(lambda: shown_share(mesh) == percent, f"a share of {percent} %", 60)


@pytest.mark.timeout(900)
def test_a_share_goes_up_and_back_while_messages_flow(mesh: Mesh) -> None:
    everybody = Conversations(mesh, CUSTOMERS)
    for percent in (10, 50, 0):
        everybody.round(midway=lambda percent=percent: change(mesh, percent))  # type: ignore[misc]
        everybody.round()
        on_slm = sum(taken[-1] == "slm" for taken in everybody.tracks().values())
        low, high = interval(len(CUSTOMERS), percent / 100)
        assert low <= on_slm <= high, (percent, on_slm, low, high)
    assert moved_wrongly(everybody.tracks(), 50) == []


def report(mesh: Mesh, *words: str) -> tuple[int, dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "canary", "report", "--json", *words],
        env=mesh.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


@pytest.mark.timeout(900)
def test_a_canary_that_is_killed_is_done_without_and_taken_back(mesh: Mesh, router: TrackRouter) -> None:
    with model_server(Oracle()) as model:
        settings = {"SLM_EXTRACTOR_URL": model.url, "SLM_EXTRACTOR_MODEL": "tiny", "SLM_EXTRACTOR_TIMEOUT_MS": "10000"}
        with replica(mesh, "extractor", **settings) as (beside, canary):
            router.targets["slm"] = f"127.0.0.1:{beside.environment['PULPO_EXTRACTOR_PORT']}"
            share_of(mesh).set_shadow(100)
            change(mesh, 100)
            some = Conversations(mesh, CUSTOMERS[:12], at_once=2)
            some.round()
            assert seen(mesh, "source") == {"slm"}
            status, told = report(mesh)
            assert (status, told["verdict"]) == (0, "hold")
            until(lambda: mesh.rows("gateway", "SELECT turn_id FROM shadows"), "a turn is compared")
            canary.kill()
            canary.wait(30)
            change(mesh, 50)
            change(mesh, 100)  # only what comes now is evidence
            many = Conversations(mesh, CUSTOMERS[:100], at_once=4)
            many.round(text="cuánto sale la barba?")
            assert seen(mesh, "source") == {"cpu"}
            assert seen(mesh, "outcome") == {"ok"}
    status, told = report(mesh, "--auto")
    assert (status, told["verdict"], told["acted"]) == (1, "roll back", {"before": 100, "after": 0})
    assert "fallbacks: 100 of 100" in str(told["reasons"])
    assert "extract:UNAVAILABLE" in str(told["reasons"])
    until(lambda: shown_share(mesh) == 0, "everybody is on legacy again", 60)
    Conversations(mesh, CUSTOMERS[:3]).round()
    assert seen(mesh, "track") == {"legacy"}


def seen(mesh: Mesh, column: str) -> set[object]:
    """The values of a column of the turns since the share was changed last."""
    changed = share_of(mesh).changed_at()
    assert changed
    query = f"SELECT {column} FROM turns WHERE finished_at > ?"
    return {row[column] for row in mesh.rows("gateway", query, changed.timestamp())}
