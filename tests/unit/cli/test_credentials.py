"""What each process of a mesh gets of secrets."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.local.credentials import CALLS, SERVICES, identity_of, mesh_secret
from cli.local.processes import PROGRAMS, Program, environment_for, environment_of, tls_of
from cli.main import app
from cli.support.errors import SetUpError
from runtime.rpc.identity import Door
from runtime.settings import Settings
from tests.identity import SECRET, credential

TOKEN = "0123456789abcdef"
OTHERS = {
    "TWILIO_AUTH_TOKEN": "a", "TWILIO_ACCOUNT_SID": "a", "TWILIO_API_KEY": "a", "TWILIO_API_SECRET": "a",
    "PULPO_GATEWAY_DATABASE_URL": "a", "PULPO_BROKER_DATABASE_URL": "a", "PULPO_AGENDA_DATABASE_URL": "a",
    "SLM_API_KEY": "a", "PULPO_MESH_SECRET": SECRET, "GITHUB_TOKEN": "a", "AWS_SECRET_ACCESS_KEY": "a",
    "DB_PASSWORD": "a", "CLIENT_SECRET_ID": "a", "PULPO_TWILIO_ACCOUNTS": "a", "SOME_API_KEY": "a",
    "VLLM_API_KEY": "a",
    "PULPO_CALLER_TOKENS": f"crm={TOKEN},lab:Plan={TOKEN},desk:Execute+confirm={TOKEN},tracks:track={TOKEN}",
}  # fmt: skip
FOR_ALL = {"PATH": "/bin", "PULPO_CLOCK": "x", "SLM_CONFIDENCE_THRESHOLD": "1", "OTEL_EXPORTER_OTLP_ENDPOINT": "x"}
ROLES = {
    "gateway": {"TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID", "TWILIO_API_KEY", "TWILIO_API_SECRET",
                "PULPO_TWILIO_ACCOUNTS", "PULPO_GATEWAY_DATABASE_URL", "PULPO_CALLER_TOKENS"},
    "broker": {"PULPO_BROKER_DATABASE_URL", "PULPO_CALLER_TOKENS"},
    "agenda": {"PULPO_AGENDA_DATABASE_URL"},
    "planner": {"SLM_API_KEY", "PULPO_CALLER_TOKENS"}, "extractor": {"SLM_API_KEY"}, "nlg": {"SLM_API_KEY"},
}  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=[each.name for each in PROGRAMS])
def test_a_process_gets_the_secrets_of_its_role_and_no_others(program: Program) -> None:
    made = environment_of(program, environment_for({**OTHERS, **FOR_ALL}), SECRET)
    assert set(OTHERS) & set(made) == ROLES[program.name]
    assert {name: made[name] for name in FOR_ALL} == FOR_ALL
    names = {"gateway": "crm,tracks", "planner": "lab", "broker": "desk"}.get(program.name, "")
    listed = made.get("PULPO_CALLER_TOKENS", "")
    assert ",".join(part.partition(":")[0] for part in listed.split(",")) == names


def test_a_program_that_is_not_ours_gets_none() -> None:
    foreign = Program("envoy", (), argv=("envoy",), settings={"VLLM_API_KEY": "kept"})
    made = environment_of(foreign, {**OTHERS, **FOR_ALL}, SECRET)
    assert made == {**FOR_ALL, "VLLM_API_KEY": "kept"}


def test_each_process_can_call_those_that_it_calls_and_is_nobody_else() -> None:
    made = {service: identity_of(service, SECRET) for service in SERVICES}
    for caller, callees in CALLS.items():
        shown = Settings(_env_file=None, mesh_tokens=made[caller]["PULPO_MESH_TOKENS"])
        for callee in SERVICES:
            found = shown.shows(caller, callee)
            assert (found is not None) is (callee in callees)
            if found:
                door = Door((made[callee]["PULPO_MESH_KEY"],), {"x": (caller,)})
                assert door.identify(dict(found.headers)).name == caller
    assert len({each["PULPO_MESH_KEY"] for each in made.values()}) == len(SERVICES)
    assert all(SECRET not in value for each in made.values() for value in each.values())


def test_of_two_secrets_both_prove_and_the_new_one_is_shown() -> None:
    made = identity_of("broker", f"new{SECRET},{SECRET}")
    old, new = credential("gateway", "broker"), credential("gateway", "broker", f"new{SECRET}")
    door = Settings(_env_file=None, mesh_key=made["PULPO_MESH_KEY"]).door({})
    assert [door.identify(dict(shown.headers)).name for shown in (old, new)] == ["gateway"] * 2
    assert credential("broker", "agenda", f"new{SECRET}").token in made["PULPO_MESH_TOKENS"]


def test_the_secret_is_made_once_for_its_owner_alone_however_many_ask(tmp_path: Path) -> None:
    environment = {"PULPO_DATA_DIR": str(tmp_path / "data")}
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: mesh_secret(environment), range(40)))
    (secret,) = found
    assert len(secret) == 64
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["mesh-secret"]
    assert (tmp_path / "data" / "mesh-secret").stat().st_mode & 0o777 == 0o600
    assert mesh_secret({**environment, "PULPO_MESH_SECRET": "mine"}) == "mine"


def test_a_secret_that_cannot_be_kept_and_callers_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(SetUpError, match="data"):
        mesh_secret({"PULPO_DATA_DIR": str(tmp_path / "data")})
    with pytest.raises(SetUpError, match="PULPO_CALLER_TOKENS: expected"):
        environment_of(PROGRAMS[0], {"PULPO_CALLER_TOKENS": "short"}, SECRET)


def test_certificates_are_each_services_own() -> None:
    named = {f"PULPO_TLS_{part}": f"/certs/{{service}}/{part}" for part in ("CERT", "KEY", "CA")}
    made = environment_of(PROGRAMS[0], named, SECRET)
    assert made["PULPO_TLS_CERT"] == "/certs/agenda/CERT"
    files = tls_of(named, "envoy")
    assert files
    assert files.key == Path("/certs/envoy/KEY")


def test_keys_are_printed_for_an_environment_and_as_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULPO_MESH_SECRET", SECRET)
    told = CliRunner().invoke(app, ["keys"]).output
    assert f"# agenda\nPULPO_MESH_KEY={identity_of('agenda', SECRET)['PULPO_MESH_KEY']}\n" in told
    items = json.loads(CliRunner().invoke(app, ["keys", "--kubernetes", "pulpo"]).output)["items"]
    assert [each["metadata"] for each in items] == [
        {"name": f"pulpo-mesh-{service}", "namespace": "pulpo"} for service in SERVICES
    ]
    read = {name: base64.b64decode(value).decode() for name, value in items[0]["data"].items()}
    assert read == identity_of("gateway", SECRET)
    monkeypatch.setenv("PULPO_MESH_SECRET", "short")
    assert CliRunner().invoke(app, ["keys"]).exit_code == 1


def test_a_supervised_process_reads_no_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from runtime.settings import load

    (tmp_path / ".env").write_text("PULPO_LOG_LEVEL=DEBUG\n")
    monkeypatch.chdir(tmp_path)
    assert load(Settings).log_level == "DEBUG"
    monkeypatch.setenv("PULPO_SUPERVISED", "1")
    assert load(Settings).log_level == "INFO"
