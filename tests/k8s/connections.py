"""How many connections to PostgreSQL the manifests ask for at most, counted from what kustomize renders."""

import configparser
from dataclasses import dataclass

from tests.k8s.render import Manifest, named

STATEFUL = ("gateway", "broker", "agenda")
ASKING = 1
"""Connections of a process besides its pool: one that says whether the database answers."""
RESERVED = 3
"""PostgreSQL keeps these for superusers (superuser_reserved_connections)."""
PEOPLE = 5
"""For whoever runs `pulpo forget`, a report or a backup meanwhile, and for the operator's own looks."""
LOGINS = 2
"""CloudNativePG's pooler asks for users' passwords on connections of its own, in another database."""


@dataclass(frozen=True)
class Sum:
    """Connections at the worst moment: a roll-out at the autoscalers' maxima, while old pods still end."""

    clients: int
    """Of services, to the server or to the pooler."""
    server: int
    """To the server, with the migrate Job's and those kept for people."""
    client_room: int | None
    """How many connections the poolers take while one of them is away; None without a pooler."""


def added_up(manifests: list[Manifest]) -> Sum:
    """The sum of one overlay."""
    settings = next(
        each["data"] for name, each in named(manifests, "ConfigMap").items() if name.startswith("pulpo-settings")
    )
    clients = sum(_pods(manifests, name) for name in STATEFUL) * (int(settings["PULPO_DATABASE_POOL"]) + ASKING)
    migrations = len(migration(manifests)["containers"])
    besides = migrations * (1 + ASKING) + PEOPLE + RESERVED
    if settings.get("PULPO_DATABASE_POOLER", "none") == "none":
        return Sum(clients, clients + besides, None)
    pods, each, room = _poolers(manifests)
    return Sum(clients, pods * each + besides, room)


def migration(manifests: list[Manifest]) -> Manifest:
    """The pod of the Job that migrates the databases; an overlay gives the Job the name of its release."""
    (job,) = [each for name, each in named(manifests, "Job").items() if name.partition("-")[0] == "migrate"]
    spec: Manifest = job["spec"]["template"]["spec"]
    return spec


def _pods(manifests: list[Manifest], name: str) -> int:
    """Most pods of a service that hold connections at once: all there may be, and as many again that end while
    a roll-out puts new ones in their place."""
    scaled = named(manifests, "HorizontalPodAutoscaler")
    most = scaled[name]["spec"]["maxReplicas"] if name in scaled else _deployed(manifests, name)["replicas"]
    return 2 * int(most)


def _poolers(manifests: list[Manifest]) -> tuple[int, int, int]:
    """Most poolers at once, the server's connections of each, and room for clients while one is away."""
    for pooler in named(manifests, "Pooler").values():
        stay, values = pooler["spec"]["instances"], pooler["spec"]["pgbouncer"]["parameters"]
        return 2 * stay, int(values["max_db_connections"]) + LOGINS, max(stay - 1, 1) * int(values["max_client_conn"])
    stay, values = _deployed(manifests, "pooler")["replicas"], pgbouncer_ini(manifests)
    each = len(STATEFUL) * int(values["max_db_connections"])
    return 2 * stay, each, max(stay - 1, 1) * int(values["max_client_conn"])


def pgbouncer_ini(manifests: list[Manifest]) -> configparser.SectionProxy:
    """The settings of PgBouncer in a rendered overlay."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(pgbouncer_text(manifests).replace("%include", "# %include"))
    return parser["pgbouncer"]


def pgbouncer_text(manifests: list[Manifest]) -> str:
    """Its configuration file."""
    (found,) = [each for name, each in named(manifests, "ConfigMap").items() if name.startswith("pulpo-pooler")]
    return str(found["data"]["pgbouncer.ini"])


def _deployed(manifests: list[Manifest], name: str) -> Manifest:
    spec: Manifest = named(manifests, "Deployment")[name]["spec"]
    return spec
