"""The processes of a mesh on one machine: which there are, on which ports, and how they are run."""

import itertools
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cli.local.credentials import own_environment, without_others
from runtime.rpc.listening import is_listened_on
from runtime.rpc.tls import TlsFiles

SOURCE = Path(__file__).resolve().parents[2]
"""The folder that Python finds the services in."""


@dataclass(frozen=True)
class Port:
    """One port of a service."""

    what: str
    """What is served on it, e.g. gRPC."""
    variable: str
    """The environment variable that sets it."""
    default: int
    """Its number when the variable is unset."""
    optional: bool = False
    """Whether 0 means that nothing is served."""
    shared: bool = False
    """Whether another process of the same service listens on it, too."""

    def number(self, environment: Mapping[str, str]) -> int:
        """Its number. Raises ValueError when the variable holds something else than a port."""
        text = environment.get(self.variable) or str(self.default)
        if self.optional and text == "0":
            return 0
        if not text.isdigit() or not 1 <= int(text) <= 65535:
            none = ", or 0 for none" if self.optional else ""
            raise ValueError(f"{self.variable}: expected a port from 1 to 65535{none}, got {text!r}")
        return int(text)


@dataclass(frozen=True)
class Program:
    """One service's process."""

    name: str
    """Its name, which its log and process id have; the package that is run, when nothing else says it."""
    ports: tuple[Port, ...]
    """Its ports; the first one tells whether it is up."""
    needs: tuple[str, ...] = field(default=())
    """Services whose address it is told."""
    package: str = ""
    """The package that is run, where it is another than the name."""
    cluster: str = ""
    """The group of hosts that it is one of, behind Envoy."""
    argv: tuple[str, ...] = ()
    """The whole command, of a program that is not a package of ours."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Variables that its environment has besides the mesh's, its own ports for one."""
    ready_path: str = "/readyz"
    """What tells over HTTP that it is up, where its first port speaks HTTP."""
    late: bool = False
    """Whether the others are up without it: it is started when they are, and nobody waits for it."""

    def command(self) -> list[str]:
        """How it is run."""
        return list(self.argv) or [sys.executable, "-m", self.package or self.name]


def _metrics(variable: str, default: int) -> Port:
    return Port("metrics", variable, default, optional=True)


PROGRAMS = (
    Program(
        "agenda",
        (Port("MCP and HTTP", "PULPO_AGENDA_PORT", 8090), _metrics("PULPO_AGENDA_METRICS_PORT", 9055)),
    ),
    Program(
        "extractor",
        (Port("gRPC", "PULPO_EXTRACTOR_PORT", 50051), _metrics("PULPO_EXTRACTOR_METRICS_PORT", 9051)),
    ),
    Program("planner", (Port("gRPC", "PULPO_PLANNER_PORT", 50052), _metrics("PULPO_PLANNER_METRICS_PORT", 9052))),
    Program("nlg", (Port("gRPC", "PULPO_NLG_PORT", 50054), _metrics("PULPO_NLG_METRICS_PORT", 9054))),
    Program("broker", (Port("gRPC", "PULPO_BROKER_PORT", 50053), _metrics("PULPO_BROKER_METRICS_PORT", 9053))),
    Program(
        "gateway",
        (
            Port("HTTP", "PULPO_HTTP_PORT", 8080),
            Port("gRPC", "PULPO_GATEWAY_GRPC_PORT", 50050),
            _metrics("PULPO_GATEWAY_METRICS_PORT", 9050),
        ),
        needs=("extractor", "planner", "broker", "nlg"),
    ),
)
"""Every service of the mesh, in the order to start them; they are stopped in reverse."""


def program(name: str) -> Program:
    """The program of that name. Raises KeyError."""
    return {each.name: each for each in PROGRAMS}[name]


def environment_for(base: Mapping[str, str]) -> dict[str, str]:
    """What the environments of all processes of the mesh are made from: the given one, the import path, and the
    addresses of all services on this machine where none are set."""
    environment = dict(base)
    environment["PYTHONPATH"] = os.pathsep.join(part for part in (str(SOURCE), base.get("PYTHONPATH", "")) if part)
    environment.setdefault("PYTHONUNBUFFERED", "1")
    for name in ("extractor", "planner", "broker", "nlg"):
        port = program(name).ports[0].number(base)
        environment.setdefault(f"PULPO_{name.upper()}_TARGET", f"127.0.0.1:{port}")
    store = next(port for port in program("gateway").ports if port.what == "gRPC")
    environment.setdefault("PULPO_WORKSPACES_TARGET", f"127.0.0.1:{store.number(base)}")
    agenda = program("agenda").ports[0].number(base)
    scheme = "https" if tls_of(base) else "http"
    environment.setdefault("PULPO_AGENDA_URL", f"{scheme}://127.0.0.1:{agenda}/mcp")
    return environment


def environment_of(program: Program, environment: Mapping[str, str], secret: str) -> dict[str, str]:
    """The environment of one process, `secret` being the mesh's: what is for everybody, and of secrets its own. Raises
    SetUpError for callers' tokens that cannot be read."""
    if program.argv:
        return {**without_others("", environment), **program.settings}
    return own_environment(program.package or program.name, {**environment, **program.settings}, secret)


def tls_of(environment: Mapping[str, str], service: str = "") -> TlsFiles | None:
    """The files of mutual TLS that an environment names; None when it does not name all three. `{service}` in them
    stands for whose they are."""
    named = [environment.get(f"PULPO_TLS_{part}", "").replace("{service}", service) for part in ("CERT", "KEY", "CA")]
    return TlsFiles(*map(Path, named)) if all(named) else None


def ports_in_use(environment: Mapping[str, str], programs: tuple[Program, ...] = PROGRAMS) -> list[str]:
    """One line for each port of the programs that somebody listens on already or that two of them share."""
    taken: dict[int, str] = {}
    lines = []
    for each in programs:
        own = {**environment, **each.settings}
        for port in each.ports:
            if port.shared or not (number := port.number(own)):
                continue
            label = f"{each.name} {port.what}"
            if number in taken:
                lines.append(f"port {number} is set for both {taken[number]} and {label} ({port.variable})")
            elif not _is_free(number) and is_listened_on("127.0.0.1", number):
                lines.append(f"port {number} for {label} is in use; set {port.variable} to another one")
            taken[number] = label
    return lines


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, below those that the system gives to outgoing connections, so that
    they are still free when somebody gets to listen on them."""
    first = 10_000 + secrets.randbelow(20_000)
    ports = (port for port in itertools.chain(range(first, 32_000), range(10_000, first)) if _is_free(port))
    return list(itertools.islice(ports, count))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
