"""What every pod may and may not, in every overlay."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from cli.local.credentials import SERVICES
from tests.k8s.render import K8S, Manifest, named, render

OVERLAYS = ("local", "staging", "production")
SLACK_S = 5
"""Seconds that a process gets to close what it holds, after its drain."""


def pod_specs(manifests: list[Manifest]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in ("Deployment", "Job"):
        for name, each in named(manifests, kind).items():
            yield name, each["spec"]["template"]["spec"]


@pytest.fixture(params=OVERLAYS)
def manifests(request: pytest.FixtureRequest) -> list[Manifest]:
    return render(f"overlays/{request.param}")


def test_the_namespace_admits_restricted_pods_alone(manifests: list[Manifest]) -> None:
    (namespace,) = named(manifests, "Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_pods_are_nobody_and_hold_no_token(manifests: list[Manifest]) -> None:
    accounts = named(manifests, "ServiceAccount")
    assert all(each["automountServiceAccountToken"] is False for each in accounts.values())
    for name, spec in pod_specs(manifests):
        context = spec["securityContext"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["serviceAccountName"] in accounts, name
        assert spec["enableServiceLinks"] is False, name
        assert context["runAsNonRoot"] is True, name
        assert context["runAsUser"] > 0, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), name


def test_containers_can_change_nothing(manifests: list[Manifest]) -> None:
    for name, spec in pod_specs(manifests):
        kinds = {kind for volume in spec.get("volumes", []) for kind in volume}
        assert kinds <= {"name", "configMap", "emptyDir", "persistentVolumeClaim", "projected"}, name
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert "memory" in container["resources"]["limits"], name
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name


def test_probes_ask_the_right_question(manifests: list[Manifest]) -> None:
    for name, each in named(manifests, "Deployment").items():
        (container,) = each["spec"]["template"]["spec"]["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        if "postgres" in ports:
            # it answers without the server: whether that is there, the services' own readiness tells
            assert container["livenessProbe"]["tcpSocket"] == {"port": "postgres"}, name
            assert container["readinessProbe"]["tcpSocket"] == {"port": "postgres"}, name
        elif "grpc" in ports and "http" not in ports:
            assert container["livenessProbe"]["grpc"] == {"port": ports["grpc"], "service": "live"}, name
            assert container["readinessProbe"]["grpc"] == {"port": ports["grpc"]}, name
        else:
            assert container["livenessProbe"]["httpGet"]["port"] == "http", name
            assert container["livenessProbe"]["httpGet"]["path"] in ("/healthz", "/health"), name
        assert "startupProbe" in container, name


def test_a_pod_has_time_to_drain(manifests: list[Manifest]) -> None:
    (settings,) = [
        each["data"] for name, each in named(manifests, "ConfigMap").items() if name.startswith("pulpo-settings")
    ]
    notice, drain = float(settings["PULPO_DRAIN_NOTICE_S"]), float(settings["PULPO_DRAIN_S"])
    turn = float(settings.get("PULPO_TURN_S", 10))
    for name, each in named(manifests, "Deployment").items():
        spec = each["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        waits = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert waits >= 5, name
        # the gateway lets requests end, then turns that go on without their request
        drains = max(drain, turn) + turn if name == "gateway" else drain
        assert spec["terminationGracePeriodSeconds"] >= waits + notice + drains + SLACK_S, name


def test_what_has_replicas_is_spread_and_scaled(manifests: list[Manifest]) -> None:
    budgets, scaled = named(manifests, "PodDisruptionBudget"), named(manifests, "HorizontalPodAutoscaler")
    if not scaled:
        return  # one machine
    for name, each in named(manifests, "Deployment").items():
        pod = each["spec"]["template"]
        assert budgets[name]["spec"]["selector"] == each["spec"]["selector"], name
        for constraint in pod["spec"]["topologySpreadConstraints"]:
            assert constraint["labelSelector"] == each["spec"]["selector"], name
        if name == "pooler":
            assert each["spec"]["replicas"] == 2  # more would only take more of the server's connections
        elif name != "vllm":
            assert scaled[name]["spec"]["scaleTargetRef"]["name"] == name
            assert "replicas" not in each["spec"], name


def secrets_of(container: dict[str, Any]) -> set[str]:
    """The Secrets that a container takes whole."""
    return {each["secretRef"]["name"] for each in container.get("envFrom", []) if "secretRef" in each}


def test_every_pod_gets_its_own_secrets_and_nobody_elses(manifests: list[Manifest]) -> None:
    for name, spec in pod_specs(manifests):
        service = name.removesuffix("-slm").removesuffix("-legacy")
        for container in spec["containers"]:
            refs = [each.get("valueFrom", {}).get("secretKeyRef", {}) for each in container.get("env", [])]
            taken = {ref["name"] for ref in refs if ref}
            assert secrets_of(container) == ({f"pulpo-mesh-{service}"} if service in SERVICES else set()), name
            assert ("pulpo-twilio" in taken, "pulpo-callers" in taken) in ((False, False), (service == "gateway",) * 2)


def test_secrets_are_named_and_never_written(manifests: list[Manifest]) -> None:
    assert named(manifests, "Secret") == {}
    documented = set(
        re.findall(
            r"^# Secret ([a-z-]+)",
            "\n".join(file.read_text(encoding="utf-8") for file in (K8S / "overlays").glob("*/secrets.example.env")),
            re.MULTILINE,
        )
    )
    used = set()
    for name, spec in pod_specs(manifests):
        sources = [
            source for volume in spec.get("volumes", []) for source in volume.get("projected", {}).get("sources", [])
        ]
        used |= {source["secret"]["name"] for source in sources if "secret" in source}
        for container in spec["containers"]:
            for variable in container.get("env", []):
                if "secretKeyRef" in variable.get("valueFrom", {}):
                    used.add(variable["valueFrom"]["secretKeyRef"]["name"])
                else:
                    assert not re.search("AUTH_TOKEN|CALLER_TOKEN|SECRET|PASSWORD|API_KEY", variable["name"]), (
                        name,
                        variable["name"],
                    )
            used |= secrets_of(container)
    assert used <= documented
    for name, each in named(manifests, "ConfigMap").items():
        if name.startswith("pulpo-settings"):
            assert not [key for key in each["data"] if re.search("TOKEN|SECRET|PASSWORD|DATABASE_URL", key)]


def test_production_has_every_image_by_its_digest() -> None:
    for name, spec in pod_specs(render("overlays/production")):
        for container in spec["containers"]:
            assert re.fullmatch(r"[a-z0-9./-]+@sha256:[0-9a-f]{64}", container["image"]), (name, container["image"])


@pytest.mark.parametrize("service", ["extractor", "planner", "nlg"])
@pytest.mark.parametrize("overlay", ["staging", "production"])
def test_a_canary_is_its_service_but_for_its_track_and_its_model(service: str, overlay: str) -> None:
    found = named(render(f"overlays/{overlay}"), "Deployment")
    stable, canary = found[service], found[f"{service}-slm"]
    (container,) = canary["spec"]["template"]["spec"]["containers"]
    container["env"] = [variable for variable in container["env"] if not variable["name"].startswith("SLM_")]
    canary["metadata"]["name"] = service
    labels = [each["matchLabels"] for each in _selectors(canary)] + [canary["spec"]["template"]["metadata"]["labels"]]
    for each in labels:
        assert each.pop("pulpo.dev/track") == "slm"
        each["pulpo.dev/track"] = "legacy"
    assert canary == stable


def _selectors(deployment: Manifest) -> Iterator[Manifest]:
    yield deployment["spec"]["selector"]
    for constraint in deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]:
        yield constraint["labelSelector"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_workspaces_reload_and_settings_roll(overlay: str) -> None:
    manifests = render(f"overlays/{overlay}")
    configs = named(manifests, "ConfigMap")
    assert [name for name in configs if re.fullmatch(r"pulpo-settings-[a-z0-9]+", name)]
    parts = {name for name in configs if re.fullmatch(r"pulpo-workspaces-[0-7]", name)}
    assert parts
    for name, each in named(manifests, "Deployment").items():
        spec = each["spec"]["template"]["spec"]
        for container in spec["containers"]:
            # a file mounted by its path would never change
            assert not [mount for mount in container.get("volumeMounts", []) if "subPath" in mount], name
        mounted = [volume["projected"]["sources"] for volume in spec["volumes"] if volume["name"] == "workspaces"]
        for sources in mounted:
            assert [source["configMap"]["optional"] for source in sources] == [True] * len(sources), name
            assert parts <= {source["configMap"]["name"] for source in sources}, name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_share_of_a_roll_out_is_in_no_manifest(overlay: str) -> None:
    """A tool that applies manifests again and again would take a roll-out back that is under way."""
    manifests = render(f"overlays/{overlay}")
    volumes = named(manifests, "Deployment")["gateway"]["spec"]["template"]["spec"]["volumes"]
    (routing,) = [volume["configMap"] for volume in volumes if volume["name"] == "routing"]
    assert routing == {"name": "pulpo-routing", "optional": True}
    assert "pulpo-routing" not in named(manifests, "ConfigMap")
