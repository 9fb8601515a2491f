"""The connections that the manifests ask for fit what PostgreSQL gives, and the pooler's configuration is one that
PgBouncer takes."""

import os
import re
from pathlib import Path

import pytest
import yaml

from cli.local.processes import free_ports
from tests import poolers
from tests.databases import query
from tests.k8s.connections import added_up, migration, pgbouncer_text
from tests.k8s.render import K8S, Manifest, named, render

DEFAULT_MAX_CONNECTIONS = 100
"""PostgreSQL's own, which a server that somebody else runs has at least."""
DOCS = (K8S.parent / "docs/operate.md").read_text(encoding="utf-8")


@pytest.fixture
def direct(tmp_path: Path) -> list[Manifest]:
    """The base with each service's most replicas, on the operator's PostgreSQL and without a pooler."""
    kustomization = {
        "resources": [os.path.relpath(K8S / "base", tmp_path)],
        "components": [os.path.relpath(K8S / "components/postgres-operator", tmp_path)],
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization), encoding="utf-8")
    return render(tmp_path)


def given(manifests: list[Manifest]) -> int:
    """max_connections of the server."""
    for cluster in named(manifests, "Cluster").values():
        return int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])
    return DEFAULT_MAX_CONNECTIONS


@pytest.mark.parametrize("overlay", ["staging", "production"])
def test_an_overlay_asks_for_no_more_than_there_are(overlay: str) -> None:
    manifests = render(f"overlays/{overlay}")
    total = added_up(manifests)
    assert total.server <= given(manifests)
    assert total.client_room is not None
    assert total.clients <= total.client_room
    assert documented(overlay) == (total.clients, total.server, given(manifests))


def test_without_a_pooler_the_operators_server_has_enough_too(direct: list[Manifest]) -> None:
    total = added_up(direct)
    assert total.client_room is None
    assert total.server <= given(direct)
    assert documented("direct") == (total.clients, total.server, given(direct))


def documented(row: str) -> tuple[int, ...]:
    """The numbers of docs/operate.md."""
    (found,) = re.findall(rf"^\| {row}[^|]*\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|", DOCS, re.MULTILINE)
    return tuple(int(each.replace(",", "")) for each in found)


def test_eleven_connections_a_process_would_not_fit(direct: list[Manifest]) -> None:
    (settings,) = [each for name, each in named(direct, "ConfigMap").items() if name.startswith("pulpo-settings")]
    settings["data"]["PULPO_DATABASE_POOL"] = "10"
    assert added_up(direct).server > given(direct)


def test_migrations_go_to_the_server_itself() -> None:
    for overlay in ("staging", "production"):
        manifests = render(f"overlays/{overlay}")
        for container in migration(manifests)["containers"]:
            variables = {each["name"]: each for each in container["env"]}
            assert variables["PULPO_DATABASE_POOLER"]["value"] == "none", overlay
            url = str(variables[f"PULPO_{container['name'].upper()}_DATABASE_URL"])
            assert "pooler" not in url, overlay


def test_pgbouncer_takes_the_configuration_and_a_service_logs_in(postgres_url: str) -> None:
    if poolers.program() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(poolers.NOT_FOUND)
    (port,) = free_ports(1)
    server = re.sub(r".*@(.*):(\d+)/(.*)", r"host=\1 port=\2 dbname=\3 user=pulpo", postgres_url)
    files = {"databases.ini": f"[databases]\ngateway = {server}\n", "userlist.txt": '"pulpo" "letters"\n'}
    text = pgbouncer_text(render("overlays/production"))
    config = text.replace("/etc/pgbouncer/", "").replace("0.0.0.0", "127.0.0.1").replace("6432", str(port))
    with poolers.started(config, port, files) as running:
        url = f"postgresql+asyncpg://pulpo:letters@127.0.0.1:{port}/gateway"
        assert query(url, "SELECT 1 AS one") == [{"one": 1}]
        said = running.log()
    assert "WARNING" not in said, said
    assert "ERROR" not in said, said
