"""`pulpo chat` and `pulpo send`: writing to the mesh as a customer."""

import asyncio
import shlex
import sys

import httpx2

from cli.settings import CliSettings
from cli.webhook import INBOUND_PATH, Sender, WebhookError
from workspace.errors import ManifestError
from workspace.loader import load_registry
from workspace.registry import Registry


def make_sender(settings: CliSettings, workspace_id: str, customer: str) -> Sender:
    """Who writes to whom. Raises WebhookError for an unknown workspace or a bad manifest."""
    try:
        registry: Registry = load_registry(settings.workspaces_dir)
    except ManifestError as error:
        raise WebhookError(str(error)) from error
    workspace = registry.get(workspace_id)
    if workspace is None:
        known = ", ".join(each.id for each in registry)
        raise WebhookError(f"unknown workspace {workspace_id!r}; there are: {known}")
    return Sender(settings.url, settings.twilio_auth_token, workspace.numbers[0], customer)


def send(sender: Sender, text: str, message_sid: str | None) -> str:
    """Sends one message; the reply's text. Raises WebhookError."""

    async def once() -> str:
        async with httpx2.AsyncClient() as client:
            return await sender.send(client, text, message_sid)

    return asyncio.run(once())


def curl_command(sender: Sender, text: str, message_sid: str | None) -> str:
    """The same webhook as a curl command line."""
    form = sender.form(text, message_sid)
    parts = ["curl", "-sS", sender.url + INBOUND_PATH, "-H", f"X-Twilio-Signature: {sender.signature(form)}"]
    for name, value in form.items():
        parts += ["--data-urlencode", f"{name}={value}"]
    return shlex.join(parts)


def chat(sender: Sender) -> None:
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
        print("\n".join(f"  {line}" for line in send(sender, text, None).splitlines()) + "\n", flush=True)
