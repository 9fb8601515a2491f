"""The `pulpo` command. Errors are one line on standard error and an exit status."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli import chat as chatting
from cli.canary import canary_app
from cli.canary_report import report as canary_report
from cli.doctor import examine
from cli.errors import fail
from cli.eval_conversations import eval_conversations
from cli.eval_nlu import eval_nlu
from cli.forget import forget
from cli.mesh import mesh as bring_up_mesh
from cli.migrate import SERVICES
from cli.migrate import migrate as run_migrations
from cli.outbox import outbox_app
from cli.route import route
from cli.settings import CliSettings, environment
from cli.slm import MODEL
from cli.smoke import smoke
from cli.up import up as bring_up
from cli.webhook import WebhookError
from runtime.settings import load
from workspace.errors import ManifestError
from workspace.loader import load_workspace

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Pulpo answers a business's WhatsApp.")
workspace_app = typer.Typer(no_args_is_help=True, help="Workspace manifests.")
app.add_typer(workspace_app, name="workspace")
eval_app = typer.Typer(no_args_is_help=True, help="Measures understanding and whole conversations.")
app.add_typer(eval_app, name="eval")
app.add_typer(outbox_app, name="outbox")
canary_app.command("report")(canary_report)
app.add_typer(canary_app, name="canary")

WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="Id of the business to write to.")]
FromOption = Annotated[str, typer.Option("--from", help="The customer's number, E.164.")]
DEFAULT_WORKSPACE = "estudio-pulpo"
DEFAULT_CUSTOMER = "+5491155550100"


@app.command()
def up(
    restart: Annotated[bool, typer.Option(help="Start a service again when it ends.")] = True,
    slm: Annotated[
        Literal["none", "cpu"], typer.Option(help="cpu: vLLM on this machine serves the extractor's model.")
    ] = "none",
    slm_model: Annotated[Path, typer.Option(help="With --slm: the model's folder, with its serving.yaml.")] = MODEL,
) -> None:
    """Starts the whole mesh on this machine, until Ctrl-C."""
    raise typer.Exit(bring_up(load(CliSettings), restart=restart, slm=slm_model if slm == "cpu" else None))


@app.command()
def mesh(
    restart: Annotated[bool, typer.Option(help="Start a service again when it ends.")] = True,
    replicas: Annotated[int, typer.Option(min=1, max=9, help="Processes of each service; more need PostgreSQL.")] = 1,
    slm: Annotated[
        Literal["none", "cpu"], typer.Option(help="cpu: vLLM on this machine serves the canary's extractors.")
    ] = "none",
    slm_model: Annotated[Path, typer.Option(help="With --slm: the model's folder, with its serving.yaml.")] = MODEL,
) -> None:
    """Starts both tracks of every service behind Envoy on this machine, until Ctrl-C."""
    model = slm_model if slm == "cpu" else None
    raise typer.Exit(bring_up_mesh(load(CliSettings), restart=restart, replicas=replicas, slm=model))


@app.command()
def chat(workspace: WorkspaceOption = DEFAULT_WORKSPACE, customer: FromOption = DEFAULT_CUSTOMER) -> None:
    """Talks to a running mesh in the terminal, as a customer."""
    try:
        chatting.chat(chatting.make_sender(load(CliSettings), workspace, customer))
    except WebhookError as error:
        fail(str(error))


@app.command()
def send(
    text: Annotated[str, typer.Argument(help="What the customer writes.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    customer: FromOption = DEFAULT_CUSTOMER,
    message_sid: Annotated[str | None, typer.Option(help="Send under this MessageSid instead of a new one.")] = None,
    curl: Annotated[
        bool, typer.Option("--curl", help="Print the signed webhook as a curl command; send nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Sends one signed webhook and prints the reply."""
    try:
        sender = chatting.make_sender(load(CliSettings), workspace, customer)
        if curl:
            print(chatting.curl_command(sender, text, message_sid))
            return
        reply = chatting.send(sender, text, message_sid)
    except WebhookError as error:
        fail(str(error))
    print(json.dumps({"reply": reply}, ensure_ascii=False) if as_json else reply)


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Says what is well and what is not, here and in a running mesh. Status 1 when something is not."""
    findings = examine(load(CliSettings))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.ok else 'FAIL'} {finding.what}: {finding.detail}")
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


@app.command()
def migrate(
    service: Annotated[str, typer.Option(help=f"Only this one: {', '.join(SERVICES)}.")] = "",
) -> None:
    """Brings the services' databases up to date. Needed before a new release starts in production."""
    if service and service not in SERVICES:
        fail(f"--service: expected one of {', '.join(SERVICES)}, got {service!r}")
    raise typer.Exit(run_migrations([service] if service else SERVICES, environment()))


@workspace_app.command("check")
def workspace_check(files: Annotated[list[Path], typer.Argument(help="Manifests to check.")]) -> None:
    """Checks manifests. Every problem is a line: file, path in it, what was expected. Status 1 on any."""
    wrong = False
    for file in files:
        try:
            workspace = load_workspace(file)
        except ManifestError as error:
            wrong = True
            print(error, file=sys.stderr)
        else:
            print(
                f"{file}: {workspace.id} is well: {len(workspace.services)} services, {len(workspace.staff)} staff, "
                f"{len(workspace.tools)} tools, tier {workspace.tier}"
            )
    raise typer.Exit(1 if wrong else 0)


app.command()(forget)
app.command()(route)
app.command()(smoke)
eval_app.command("nlu")(eval_nlu)


@eval_app.command("conversations")
def conversations(
    file: Annotated[Path, typer.Argument(help="Conversations, a JSON object a line.")],
    repeat: Annotated[int, typer.Option(min=1, help="Run each so often; reports pass^k.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Runs conversations through a mesh of their own. Status 1 when any fails, 2 for an unusable file."""
    raise typer.Exit(eval_conversations(file, load(CliSettings).workspaces_dir, repeat, as_json=as_json))


if __name__ == "__main__":
    app()
