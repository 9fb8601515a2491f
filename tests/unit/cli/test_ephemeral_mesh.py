"""A mesh that a command starts for itself ends with the command, however that ends."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from cli.local import ephemeral_mesh
from tests.mesh.tools.harness import ROOT


class Started:
    """Stands for the mesh's processes: whether they run."""

    running = False

    def __init__(self, *_args: Any, **_more: Any) -> None:
        pass

    async def start(self) -> None:
        """They run."""
        Started.running = True

    async def stop(self) -> None:
        """They do not, a while later."""
        await asyncio.sleep(0)
        Started.running = False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_services_before_the_command_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setattr(ephemeral_mesh, "Supervisor", Started)
    workspaces = ROOT / "k8s/base/workspaces"

    async def runs_for_ever() -> None:
        async with ephemeral_mesh.ephemeral_mesh(tmp_path, "2026-03-11T10:00:00-03:00", workspaces):
            assert Started.running
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()

    usual = signal.getsignal(number)
    with pytest.raises(SystemExit) as ended:
        asyncio.run(runs_for_ever())
    assert (ended.value.code, Started.running) == (128 + number, False)
    assert signal.getsignal(number) is usual
