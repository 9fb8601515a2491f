"""Runs the whole mesh on this machine, until Ctrl-C."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from cli.local.credentials import mesh_secret
from cli.local.processes import PROGRAMS, Program, ports_in_use, tls_of
from cli.local.slm import Engines, Serving, ServingError, find_serving
from cli.local.supervisor import StartError, Supervisor
from cli.local.workers import lack_databases, programs_of, targets, workers_in
from cli.settings import CliSettings, environment
from cli.support.folder import LOCK, in_use
from cli.support.webhook import INBOUND_PATH
from runtime.errors import PulpoError
from runtime.private import make_folder, open_file
from workspace.errors import ManifestError
from workspace.loader import load_first, names_in
from workspace.model import Workspace

MOST_NAMED = 20
"""Businesses that the banner names."""


def up(settings: CliSettings, *, restart: bool, slm: Path | None = None) -> int:
    """Starts everything, says how to write to it, and stops everything at the end. Returns the exit status.

    With `slm`, the folder of a model, vLLM serves it and the extractor asks it, as soon as it is up.
    """
    own, more = dict(environment()), ""
    programs: tuple[Program, ...] = PROGRAMS
    try:
        workers = workers_in(settings.workers)
        own, programs = {**own, **targets(workers, own)}, programs_of(workers, own)
        if slm is not None:
            serving = find_serving(own, slm, Engines(settings.vllm, settings.llama))
            own, programs = {**own, **serving.settings}, (serving.program, *programs)
            more = about_model(serving, settings)
        problems = lack_databases(own, workers) + find_problems(settings, programs)
    except (ServingError, ValueError) as error:
        problems = [str(error)]
    if problems:
        for line in problems:
            print(f"pulpo up: {line}", file=sys.stderr)
        return 1
    supervisor = Supervisor(own, settings.data_dir / "logs", _say, restart=restart)
    hello = banner(settings, _businesses(settings), settings.data_dir / "logs", programs)
    return asyncio.run(run_until_signal(supervisor, programs, hello + more))


def find_problems(settings: CliSettings, programs: tuple[Program, ...] = PROGRAMS) -> list[str]:
    """What would keep the mesh from starting, a line each; `programs` are those with fixed ports."""
    logs = settings.data_dir / "logs"
    try:
        make_folder(settings.data_dir)
        make_folder(logs)
        with open_file(logs / LOCK, "ab"):
            pass
    except PulpoError as error:
        return [f"PULPO_DATA_DIR: {error.message}"]
    except OSError as error:
        return [f"PULPO_DATA_DIR: {error.filename}: {error.strerror}."]
    if running := in_use(logs):
        return [running]
    lines: list[str] = []
    try:
        if settings.workspaces_dir.exists() or not _has_store(settings):
            load_first(settings.workspaces_dir, 1)
    except ManifestError as error:
        lines += [str(problem) for problem in error.problems]
    try:
        lines += ports_in_use(environment(), programs)
        mesh_secret(environment())
        for each in PROGRAMS:
            if tls := tls_of(environment(), each.name):
                tls.read()
    except (ValueError, PulpoError) as error:
        lines.append(str(error))
    return lines


def _has_store(settings: CliSettings) -> bool:
    """Whether there is a gateway's database, whose businesses answer without any folder."""
    return bool(environment().get("PULPO_GATEWAY_DATABASE_URL")) or (settings.data_dir / "gateway.db").exists()


def _businesses(settings: CliSettings) -> Sequence[Workspace]:
    """The first businesses of the folder; none without one."""
    return load_first(settings.workspaces_dir, MOST_NAMED) if settings.workspaces_dir.exists() else ()


async def run_until_signal(supervisor: Supervisor, programs: tuple[Program, ...], hello: str) -> int:
    """Starts programs, says hello, and stops them all on Ctrl-C. Returns the exit status."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    print("Starting Pulpo …", flush=True)
    starting = asyncio.create_task(supervisor.start(programs))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
    try:
        await starting
    except StartError as error:
        stopping.cancel()
        print(f"pulpo up: {error}", file=sys.stderr)
        return 1
    except asyncio.CancelledError:
        return 130
    print(hello, flush=True)
    await stopping
    print("\nStopping …", flush=True)
    await supervisor.stop()
    print("Stopped.", flush=True)
    return 0


def banner(
    settings: CliSettings, businesses: Sequence[Workspace], logs: Path, programs: Sequence[Program] = PROGRAMS
) -> str:
    """The text that is printed once everything runs."""
    command = Path(sys.argv[0]) if Path(sys.argv[0]).name == "pulpo" else Path("pulpo")
    pulpo = command.relative_to(Path.cwd()) if command.is_relative_to(Path.cwd()) else command
    workspaces = "\n".join(
        f"  {workspace.numbers[0]:<15} {workspace.name} ({workspace.id})" for workspace in businesses
    )
    more = len(names_in(settings.workspaces_dir)) - len(businesses) if businesses else 0
    workspaces += f"\n  and {more} more: pulpo workspace list" if more > 0 else ""
    workspaces = workspaces or "  those of the store: pulpo workspace list"
    return f"""Pulpo is up.

Write to it, as a customer, from another terminal:
  {pulpo} chat                              a conversation
  {pulpo} send "hola"                       one signed webhook; --curl prints it as a curl command
  POST {settings.url}{INBOUND_PATH}
       (Twilio's form fields, X-Twilio-Signature made with TWILIO_AUTH_TOKEN)

Businesses that answer:
{workspaces}

{about_callers(settings)}
HTTP {settings.url} (/healthz /readyz)
gRPC: {_ports("gRPC", programs)}
/metrics: {_ports("metrics", programs)}
Data in {settings.data_dir}, logs in {logs}. Ctrl-C stops everything."""


def _ports(what: str, programs: Sequence[Program]) -> str:
    """The ports of one kind, each with its process; those that serve nothing are left out."""
    numbers = [
        (each.name, port.number({**environment(), **each.settings}))
        for each in programs
        for port in each.ports
        if port.what == what and not each.argv
    ]
    return ", ".join(f"{name} {number}" for name, number in numbers if number) or "none"


def about_callers(settings: CliSettings) -> str:
    """Who may call what, in a line."""
    if settings.profile == "production":
        return "Every call needs a caller that says who it is."
    return (
        "Development: Extract, Plan, Compose and SendMessage are open to anybody on this machine; what a customer\n"
        "has or changes is not (docs/integration.md)."
    )


def about_model(serving: Serving, settings: CliSettings) -> str:
    """The text about the model that is loading."""
    told, name = serving.settings, serving.program.name
    return f"""

{name} is loading {told["SLM_EXTRACTOR_MODEL"]} for {told["SLM_EXTRACTOR_URL"]}: a minute or so, and some seconds for
each business; until then code reads. `source` in the gateway's `turn` log lines says who read.
Its log is {settings.data_dir / "logs" / f"{name}.log"}."""


def _say(line: str) -> None:
    print(line, flush=True)
