"""`pulpo chat` and `pulpo send`: writing to the mesh as a customer."""

import asyncio
import json
import shlex
import sys
from typing import Annotated

import httpx2
import typer

from cli.settings import CliSettings
from cli.support.errors import fail
from cli.support.webhook import ANY_ACCOUNT, INBOUND_PATH, WebhookError, WebhookSender
from cli.support.workspaces import known_workspaces
from runtime.settings import load
from workspace.errors import ManifestError
from workspace.registry import Registry

WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="Id of the business to write to.")]
FromOption = Annotated[str, typer.Option("--from", help="The customer's number, E.164.")]
DEFAULT_WORKSPACE = "estudio-pulpo"
DEFAULT_CUSTOMER = "+5491155550100"


def chat(workspace: WorkspaceOption = DEFAULT_WORKSPACE, customer: FromOption = DEFAULT_CUSTOMER) -> None:
    """Talks to a running mesh in the terminal, as a customer."""
    try:
        talk(make_sender(load(CliSettings), workspace, customer))
    except WebhookError as error:
        fail(str(error))


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
        sender = make_sender(load(CliSettings), workspace, customer)
        if curl:
            print(curl_command(sender, text, message_sid))
            return
        reply = send_message(sender, text, message_sid)
    except WebhookError as error:
        fail(str(error))
    print(json.dumps({"reply": reply}, ensure_ascii=False) if as_json else reply)


def make_sender(settings: CliSettings, workspace_id: str, customer: str) -> WebhookSender:
    """Who writes to whom. Raises WebhookError for an unknown workspace or a bad manifest."""
    try:
        registry: Registry = known_workspaces(settings.workspaces_dir)
    except ManifestError as error:
        raise WebhookError(str(error)) from error
    workspace = registry.get(workspace_id)
    if workspace is None:
        known = ", ".join(each.id for each in registry)
        raise WebhookError(f"unknown workspace {workspace_id!r}; there are: {known}")
    account = settings.twilio_account_sid or ANY_ACCOUNT
    return WebhookSender(settings.url, settings.twilio_auth_token, workspace.numbers[0], customer, account=account)


def send_message(sender: WebhookSender, text: str, message_sid: str | None) -> str:
    """Sends one message; the reply's text. Raises WebhookError."""

    async def once() -> str:
        async with httpx2.AsyncClient() as client:
            return await sender.send(client, text, message_sid)

    return asyncio.run(once())


def curl_command(sender: WebhookSender, text: str, message_sid: str | None) -> str:
    """The same webhook as a curl command line."""
    form = sender.form(text, message_sid)
    parts = ["curl", "-sS", sender.url + INBOUND_PATH, "-H", f"X-Twilio-Signature: {sender.signature(form)}"]
    for name, value in form.items():
        parts += ["--data-urlencode", f"{name}={value}"]
    return shlex.join(parts)


def talk(sender: WebhookSender) -> None:
    """Reads messages from standard input and prints the replies, until its end. Raises WebhookError."""
    interactive = sys.stdin.isatty()
    if interactive:
        print(f"You are {sender.customer}, writing to {sender.to}. An empty line or Ctrl-D ends.\n")
    while True:
        try:
            text = input("› " if interactive else "")
        except (EOFError, KeyboardInterrupt):
            print()
            return
        if not text.strip():
            if interactive:
                return
            continue
        if not interactive:
            print(f"› {text}")
        print("\n".join(f"  {line}" for line in send_message(sender, text, None).splitlines()) + "\n", flush=True)
