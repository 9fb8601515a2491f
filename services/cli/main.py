"""The `pulpo` command: which commands there are and where each one is. Errors are one line and an exit status."""

import tomllib
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from cli.support.lazy import Lazy, group_with

COMMANDS = (
    Lazy("up", "cli.commands.up:up", "Starts the whole mesh on this machine, until Ctrl-C."),
    Lazy(
        "mesh",
        "cli.commands.up:mesh",
        "Starts both tracks of every service behind Envoy on this machine, until Ctrl-C.",
    ),
    Lazy("chat", "cli.commands.chat:chat", "Talks to a running mesh in the terminal, as a customer."),
    Lazy("send", "cli.commands.chat:send", "Sends one signed webhook and prints the reply."),
    Lazy("read", "cli.commands.read:read", "Reads one message and says why it is read so."),
    Lazy("doctor", "cli.commands.doctor:doctor", "Says what is well and what is not, here and in a running mesh."),
    Lazy("migrate", "cli.commands.migrate:migrate", "Brings the services' databases up to date."),
    Lazy("forget", "cli.commands.forget:forget", "Erases a customer everywhere and says how many rows of which table."),
    Lazy("keys", "cli.commands.keys:keys", "Prints each service's PULPO_MESH_KEY and PULPO_MESH_TOKENS."),
    Lazy("callers", "cli.commands.callers:callers_app", "Services outside the mesh that may call it."),
    Lazy("smoke", "cli.commands.smoke:smoke", "Runs six cases against a deployment by signed webhooks."),
    Lazy("workspace", "cli.commands.workspace:workspace_app", "Workspace manifests."),
    Lazy("agenda", "cli.commands.agenda:agenda_app", "Days off and other hours in the agenda, and who came."),
    Lazy("outbox", "cli.commands.outbox:outbox_app", "Replies that could not be sent, and messages nobody answered."),
    Lazy("handovers", "cli.commands.handovers:handovers_app", "What customers wait for a person to answer."),
    Lazy("model", "cli.commands.model:model_app", "Language models: fetches the weights of one."),
    Lazy("route", "cli.canary.route:route", "Explains which track a conversation takes."),
    Lazy("canary", "cli.canary.command:canary_app", "Rolls the slm track out, and back."),
    Lazy("eval", "cli.evaluation.command:eval_app", "Measures understanding and whole conversations."),
)

app = typer.Typer(
    cls=group_with(COMMANDS), no_args_is_help=True, add_completion=False, help="Pulpo answers a business's WhatsApp."
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"pulpo {version()}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Pulpo answers a business's WhatsApp."""


def version() -> str:
    """The version of the installed package, or of the checkout that this runs from without being installed."""
    try:
        return metadata.version("pulpo")
    except metadata.PackageNotFoundError:
        project = Path(__file__).resolve().parents[2] / "pyproject.toml"
        if not project.is_file():
            return "of unknown version"
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])


if __name__ == "__main__":
    app()
