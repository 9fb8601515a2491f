"""`pulpo up` and `pulpo mesh`: a mesh on this machine, until Ctrl-C."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.local import mesh as both_tracks
from cli.local import up as one_track
from cli.local.slm import MODEL
from cli.settings import CliSettings
from runtime.settings import load

RestartOption = Annotated[bool, typer.Option(help="Start a service again when it ends.")]
ReplicasOption = Annotated[int, typer.Option(min=1, max=9, help="Processes of each service; more need PostgreSQL.")]
SlmOption = Annotated[
    Literal["none", "cpu"], typer.Option(help="cpu: an engine on this machine serves the extractor's model.")
]
MeshSlmOption = Annotated[
    Literal["none", "cpu"], typer.Option(help="cpu: an engine on this machine serves the canary's extractors.")
]
ModelOption = Annotated[Path, typer.Option(help="With --slm: the model's folder, with its serving.yaml.")]


def up(restart: RestartOption = True, slm: SlmOption = "none", slm_model: ModelOption = MODEL) -> None:
    """Starts the whole mesh on this machine, until Ctrl-C."""
    model = slm_model if slm == "cpu" else None
    raise typer.Exit(one_track.up(load(CliSettings), restart=restart, slm=model))


def mesh(
    restart: RestartOption = True,
    replicas: ReplicasOption = 1,
    slm: MeshSlmOption = "none",
    slm_model: ModelOption = MODEL,
) -> None:
    """Starts both tracks of every service behind Envoy on this machine, until Ctrl-C."""
    model = slm_model if slm == "cpu" else None
    raise typer.Exit(both_tracks.mesh(load(CliSettings), restart=restart, replicas=replicas, slm=model))
