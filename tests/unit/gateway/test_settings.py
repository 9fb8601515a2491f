from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from gateway.domain.accounts import Account
from gateway.settings import GatewaySettings
from runtime.settings import explain
from tests.unit.gateway.edge.twilio_requests import ACCOUNT


def make(**values: Any) -> GatewaySettings:
    return GatewaySettings(_env_file=None, **values)


def lines(**values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        make(**values)
    return "\n".join(explain(caught.value, GatewaySettings))


def test_development_needs_nothing() -> None:
    settings = make()
    assert settings.public_urls(18080) == ("http://127.0.0.1:18080", "http://localhost:18080")
    assert settings.twilio_auth_token.get_secret_value() == "dev-token"


def test_production_refuses_the_development_token_and_wants_its_url() -> None:
    said = lines(profile="production")
    assert "TWILIO_AUTH_TOKEN" in said
    assert "PULPO_PUBLIC_URL" in said


def test_production_refuses_an_empty_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "")
    assert "TWILIO_AUTH_TOKEN" in lines(profile="production", public_url="https://wa.test")
    assert "TWILIO_AUTH_TOKEN" in lines(profile="production", public_url="https://wa.test", twilio_auth_token="  ")


def test_production_starts_on_a_token_and_urls() -> None:
    settings = make(
        profile="production", twilio_auth_token="hush-and-never-tell", public_url="https://a.test/, https://b.test"
    )
    assert settings.public_urls(1) == ("https://a.test", "https://b.test")
    assert "hush" not in repr(settings)


WEAK = ["a-short-token", "TWILIO_AUTH_TOKEN", "your_auth_token_here", "<your_twilio_auth_token>", "x" * 32, "12" * 16]
STRONG = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


def in_production(**values: Any) -> dict[str, Any]:
    return {"profile": "production", "twilio_auth_token": STRONG, "public_url": "https://wa.test", **values}


@pytest.mark.parametrize("token", WEAK)
def test_production_refuses_tokens_that_can_be_guessed(tmp_path: Path, token: str) -> None:
    assert "TWILIO_AUTH_TOKEN: " in lines(**in_production(twilio_auth_token=token))
    assert "TWILIO_AUTH_TOKEN_PREVIOUS: " in lines(**in_production(twilio_auth_token_previous=token))
    file = written(tmp_path, auth_tokens=[STRONG, token])
    assert "PULPO_TWILIO_ACCOUNTS: " in lines(**in_production(twilio_accounts=file, twilio_account_sid=ACCOUNT))
    assert make(**in_production(twilio_auth_token_previous=STRONG[::-1])).accounts().of("").tokens == (
        STRONG,
        STRONG[::-1],
    )


@pytest.mark.parametrize("urls", ["http://wa.test", "https://wa.test,http://b.test"])
def test_production_refuses_urls_in_the_clear(urls: str) -> None:
    assert "PULPO_PUBLIC_URL" in lines(**in_production(public_url=urls))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "gateway.test"])
def test_development_with_the_published_token_stays_on_the_loopback_interface(tmp_path: Path, host: str) -> None:
    assert "PULPO_ALLOW_DEVELOPMENT_TOKEN" in lines(bind_host=host)
    assert "PULPO_ALLOW_DEVELOPMENT_TOKEN" in lines(
        bind_host=host, twilio_auth_token=STRONG, twilio_auth_token_previous="dev-token"
    )
    assert make(bind_host=host, allow_development_token=True).bind_host == host
    assert make(bind_host=host, twilio_auth_token=STRONG).bind_host == host
    file = written(tmp_path, auth_tokens=["dev-token"])
    given: dict[str, Any] = {"twilio_accounts": file, "twilio_account_sid": ACCOUNT, "twilio_auth_token": STRONG}
    assert "PULPO_ALLOW_DEVELOPMENT_TOKEN" in lines(bind_host=host, **given)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_development_on_the_loopback_interface_needs_nothing(host: str) -> None:
    assert make(bind_host=host).bind_host == host


def written(folder: Path, **row: Any) -> Path:
    """A file of accounts."""
    file = folder / "accounts.yaml"
    row = {"account_sid": ACCOUNT, "auth_tokens": [STRONG], "numbers": ["+14155238886"], **row}
    file.write_text(yaml.safe_dump({"accounts": [row]}))
    return file


def test_a_number_s_account_is_the_file_s_or_else_the_environment_s(tmp_path: Path) -> None:
    own = "AC" + "1" * 32
    settings = make(twilio_accounts=written(tmp_path), twilio_account_sid=own, twilio_auth_token="abc")
    assert settings.accounts().of("+14155238886") == Account(ACCOUNT, (STRONG,))
    assert settings.accounts().of("+5491155550000") == Account(own, ("abc",))
    assert STRONG not in repr(settings.accounts().of("+14155238886"))


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ({"account_sid": "AC1"}, "accounts.0.account_sid"),
        ({"auth_tokens": []}, "accounts.0.auth_tokens"),
        ({"auth_tokens": [STRONG, STRONG, STRONG]}, "accounts.0.auth_tokens"),
        ({"numbers": ["14155238886"]}, "accounts.0.numbers.0"),
        ({"numbers": ["+14155238886", "+14155238886"]}, "each number once"),
        ({"api_key": "SK1"}, "api_secret"),
        ({"token": STRONG}, "accounts.0.token"),
    ],
)
def test_a_file_of_accounts_that_is_wrong_is_named_without_its_secrets(
    tmp_path: Path, row: dict[str, Any], named: str
) -> None:
    said = lines(twilio_accounts=written(tmp_path, **row), twilio_account_sid=ACCOUNT)
    assert "PULPO_TWILIO_ACCOUNTS" in said
    assert named in said
    assert STRONG not in said


@pytest.mark.parametrize("text", ["", "- ]", "accounts: x", "{"])
def test_a_file_that_is_none_of_accounts_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "accounts.yaml"
    file.write_text(text)
    assert "PULPO_TWILIO_ACCOUNTS" in lines(twilio_accounts=file, twilio_account_sid=ACCOUNT)
    assert "PULPO_TWILIO_ACCOUNTS" in lines(twilio_accounts=tmp_path / "gone", twilio_account_sid=ACCOUNT)
    assert "TWILIO_ACCOUNT_SID" in lines(twilio_accounts=written(tmp_path))


@pytest.mark.parametrize(
    ("variable", "value"),
    [("ENABLE_SLM_PIPELINE", "maybe"), ("SLM_CANARY_PERCENT", "101"), ("PULPO_PUBLIC_URL", "wa.test"),
     ("ENABLE_SLM_PIPELINE", "slm"), ("SLM_CANARY_PERCENT", "5%"), ("SLM_SHADOW_PERCENT", "-1"),
     ("PULPO_CALLER_TOKENS", "short"), ("PULPO_HTTP_PORT", "70000"), ("PULPO_TURN_S", "20"),
     ("TWILIO_ACCOUNT_SID", "AC1"), ("PULPO_TWILIO_FIELDS", "a b"), ("PULPO_LEASE_S", "0")],
)  # fmt: skip
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    assert variable in lines()
