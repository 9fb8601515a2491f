"""`pulpo callers`: who outside the mesh may call it, what each may, and how much: the file that services watch."""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from cli.local.credentials import SERVICES
from cli.settings import CliSettings
from cli.support.errors import fail
from runtime.errors import PulpoError
from runtime.private import make_folder, open_file
from runtime.rpc.callers import EVERY, MOST_TOKENS, CallersFile, Registered, new_token, read_callers, sum_of
from runtime.settings import load

METHODS = (
    *("SendMessage", "RunTurn", "ListWorkspaces", "GetCatalogue", "FindFreeTimes", "Book", "Change", "Cancel"),
    *("ListAppointments", "Extract", "Plan", "Compose", "Execute", "Evaluate", "LookUpWrites", "GetWorkspace"),
)
"""What a caller may be let call."""
RIGHTS = ("confirm", "track")
"""What it may be let do besides: say that a customer has said yes to Execute, and choose the track."""
RESERVED = "whatsapp:"
"""The channel that is the webhook's."""
callers_app = typer.Typer(no_args_is_help=True, help="Services outside the mesh that may call it.")
NameArgument = Annotated[str, typer.Argument(help="a-z, 0-9 and -, at most 31 characters.")]
MayOption = Annotated[str, typer.Option("--may", help="Methods by commas, e.g. FindFreeTimes,Book,ListAppointments.")]
WorkspacesOption = Annotated[str, typer.Option("--workspaces", help="Ids by commas, or * for all.")]
ChannelsOption = Annotated[
    str, typer.Option("--channels", help='Beginnings of its own addresses, e.g. "web:,callcentre:".')
]
ActsOption = Annotated[
    bool,
    typer.Option("--acts-for-customers", help="It may book for an address of any channel, WhatsApp's too; audited."),
]
CertificateOption = Annotated[bool, typer.Option("--certificate", help="A certificate of its name proves it too.")]
CallsOption = Annotated[int, typer.Option("--calls", help="Calls a minute, of each process.")]
WritesOption = Annotated[int, typer.Option("--writes", help="Of these, calls that may change something.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
KubernetesOption = Annotated[
    str,
    typer.Option("--kubernetes", metavar="NAMESPACE", help="Print the Secret for kubectl apply, in this namespace."),
]


@callers_app.command()
def add(
    name: NameArgument,
    may: MayOption,
    workspaces: WorkspacesOption,
    channels: ChannelsOption = "",
    acts_for_customers: ActsOption = False,
    certificate: CertificateOption = False,
    calls: CallsOption = 600,
    writes: WritesOption = 60,
) -> None:
    """Adds a caller and prints its token, which is kept nowhere."""
    token = new_token(name)
    problem = _problem(name, _listed(may), _listed(channels))
    if problem:
        fail(f"callers add: {problem}")
    try:
        caller = Registered(
            name=name,
            tokens=(sum_of(token),),
            certificate=certificate,
            may=_listed(may),
            workspaces=_listed(workspaces),
            channels=_listed(channels),
            acts_for_customers=acts_for_customers,
            calls_per_minute=calls,
            writes_per_minute=writes,
        )
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        fail(f"callers add: {'.'.join(map(str, first['loc']))}: {first['msg']}")
    file, known = _read()
    if any(each.name == name for each in known.callers):
        fail(f"callers add: there is {name!r} already: rotate or revoke it")
    _write(file, CallersFile(callers=(*known.callers, caller)))
    print(token)


@callers_app.command("list")
def list_(as_json: JsonOption = False, kubernetes: KubernetesOption = "") -> None:
    """Lists the callers and what each may; no token is shown, as none is kept."""
    _, known = _read()
    if kubernetes:
        print(json.dumps(manifest(known, kubernetes), indent=1))
        return
    if as_json:
        print(known.model_dump_json())
        return
    for each in known.callers:
        acts = "  acts for customers" if each.acts_for_customers else ""
        where = "all workspaces" if EVERY in each.workspaces else ",".join(each.workspaces)
        print(f"{each.name:<20} {','.join(each.may)}  {where}  {','.join(each.channels) or 'no channel'}{acts}")
    if not known.callers:
        print("nobody: only the mesh's own services call, and in development whoever is on this machine")


@callers_app.command()
def rotate(
    name: NameArgument, now: Annotated[bool, typer.Option("--now", help="The old tokens end at once.")] = False
) -> None:
    """Prints a new token for a caller. The one before it goes on until the next rotation, or `--now` ends it."""
    file, known = _read()
    found = next((each for each in known.callers if each.name == name), None)
    if found is None:
        fail(f"callers rotate: there is no {name!r}")
    token = new_token(name)
    tokens = (sum_of(token), *(() if now else found.tokens))[:MOST_TOKENS]
    changed = found.model_copy(update={"tokens": tokens})
    _write(file, CallersFile(callers=tuple(changed if each is found else each for each in known.callers)))
    print(token)


@callers_app.command()
def revoke(name: NameArgument) -> None:
    """Takes a caller away: its next call is refused."""
    file, known = _read()
    kept = tuple(each for each in known.callers if each.name != name)
    if len(kept) == len(known.callers):
        fail(f"callers revoke: there is no {name!r}")
    _write(file, CallersFile(callers=kept))
    print(f"revoked {name}")


def manifest(known: CallersFile, namespace: str) -> dict[str, object]:
    """The Secret that pods mount as their file of callers."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "pulpo-callers-file", "namespace": namespace},
        "data": {"callers.json": base64.b64encode(known.model_dump_json().encode()).decode()},
    }


def _problem(name: str, may: tuple[str, ...], channels: tuple[str, ...]) -> str:
    """What of a caller is no matter of form."""
    unknown = [each for each in may if each not in (*METHODS, *RIGHTS)]
    if name in SERVICES:
        return f"{name!r} is a service of the mesh"
    if unknown:
        return f"--may: {', '.join(unknown)}: expected of {', '.join((*METHODS, *RIGHTS))}"
    if RESERVED in channels:
        return f"--channels: {RESERVED} is the webhook's alone; --acts-for-customers lets it book for such an address"
    return ""


def _read() -> tuple[Path, CallersFile]:
    file = load(CliSettings).callers_path
    try:
        return file, read_callers(file)
    except PulpoError as error:
        fail(f"callers: {error.message}")


def _write(file: Path, callers: CallersFile) -> None:
    """Puts a whole new file in the old one's place, mode 0600."""
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    try:
        make_folder(file.parent)
        with open_file(fresh, "xb") as opened:
            opened.write(callers.model_dump_json(indent=1).encode() + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
        fresh.replace(file)
    except (OSError, PulpoError) as error:
        fail(f"callers: {error.message if isinstance(error, PulpoError) else error.strerror}")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
