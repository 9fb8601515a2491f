"""Several processes of a service on one machine, as PULPO_WORKERS says.

Those that speak gRPC have a port each, 10 apart, and their callers know all of them: every call goes to the next one.
On one shared port a caller's connection would stay with the process that it met first. HTTP of the gateway and the
agenda has many connections and one address, so their processes listen on it together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cli.local.processes import PROGRAMS, Port, Program, program

VARIABLE = "PULPO_WORKERS"
APART = 10
"""Between the port of one worker and that of the next."""
MOST = 9
"""Workers of one service."""
STATEFUL = ("gateway", "broker", "agenda")
"""Services whose workers share a database, which must then be PostgreSQL."""


def workers_in(text: str) -> dict[str, int]:
    """How many processes of each service: a number for all, or service=number separated by commas; one where nothing
    is said. Raises ValueError."""
    names = [one.name for one in PROGRAMS]
    if not text.strip():
        return dict.fromkeys(names, 1)
    if "=" not in text:
        return dict.fromkeys(names, _number(text))
    said = {}
    for part in text.split(","):
        name, _, number = part.strip().partition("=")
        if name not in names:
            raise ValueError(f"{VARIABLE}: expected services of {', '.join(names)}, each with =number")
        said[name] = _number(number)
    return dict.fromkeys(names, 1) | said


def _number(text: str) -> int:
    text = text.strip()
    if not text.isdigit() or not 1 <= int(text) <= MOST:
        raise ValueError(f"{VARIABLE}: expected a number from 1 to {MOST}, or service=number separated by commas")
    return int(text)


def lack_databases(environment: Mapping[str, str], workers: Mapping[str, int]) -> list[str]:
    """A sentence for each service that would have several processes on one SQLite file."""
    urls = {name: f"PULPO_{name.upper()}_DATABASE_URL" for name in STATEFUL if workers.get(name, 1) > 1}
    return [
        f"{VARIABLE}: {workers[name]} processes of the {name} need PostgreSQL, since SQLite's file has one writer: "
        f"set {url}"
        for name, url in urls.items()
        if not environment.get(url, "").startswith("postgresql")
    ]


def programs_of(workers: Mapping[str, int], environment: Mapping[str, str]) -> tuple[Program, ...]:
    """The processes, each first one under its service's name. Raises ValueError for a port that is none."""
    return tuple(each for one in PROGRAMS for each in _workers(one, workers.get(one.name, 1), environment))


def _workers(one: Program, count: int, environment: Mapping[str, str]) -> Iterator[Program]:
    shares = {"PULPO_SHARED_PORT": "true"} if count > 1 and any(_is_http(port) for port in one.ports) else {}
    yield replace(one, settings={**one.settings, **shares}) if shares else one
    for number in range(1, count):
        own = [port for port in one.ports if not _is_http(port)]
        ports = {port.variable: _moved(port, environment, number) for port in own}
        # what tells that it is up comes first: a port of its own, where it has one that does
        asked = sorted(one.ports, key=lambda port: "gRPC" not in port.what)
        yield replace(
            one,
            name=f"{one.name}-{number + 1}",
            package=one.package or one.name,
            ports=tuple(replace(port, shared=_is_http(port)) for port in asked),
            settings={**one.settings, **shares, **ports},
        )


def targets(workers: Mapping[str, int], environment: Mapping[str, str]) -> dict[str, str]:
    """Variables that tell callers where all workers of a service are, where there are several and nothing else is
    set."""
    variables = {name: f"PULPO_{name.upper()}_TARGET" for name in ("extractor", "planner", "broker", "nlg")}
    variables["gateway"] = "PULPO_WORKSPACES_TARGET"
    told = {}
    for name, variable in variables.items():
        count = workers.get(name, 1)
        if count > 1 and not environment.get(variable):
            port = next(port for port in program(name).ports if port.what == "gRPC")
            numbers = [_moved(port, environment, number) for number in range(count)]
            told[variable] = "ipv4:" + ",".join(f"127.0.0.1:{number}" for number in numbers)
    return told


def _moved(port: Port, environment: Mapping[str, str], number: int) -> str:
    first = port.number(environment)
    return str(first + APART * number if first else 0)


def _is_http(port: Port) -> bool:
    """Whether all workers listen on a port together."""
    return "HTTP" in port.what
