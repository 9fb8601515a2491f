from typing import Any

import pytest
from pydantic import ValidationError

from gateway.settings import GatewaySettings
from runtime.settings import explain


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
    settings = make(profile="production", twilio_auth_token="hush-hush", public_url="https://a.test/, https://b.test")
    assert settings.public_urls(1) == ("https://a.test", "https://b.test")
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("ENABLE_SLM_PIPELINE", "maybe"), ("SLM_CANARY_PERCENT", "101"), ("PULPO_PUBLIC_URL", "wa.test"),
     ("ENABLE_SLM_PIPELINE", "slm"), ("SLM_CANARY_PERCENT", "5%"), ("SLM_SHADOW_PERCENT", "-1"),
     ("PULPO_CALLER_TOKENS", "short"), ("PULPO_HTTP_PORT", "70000"), ("PULPO_TURN_S", "20"), ("PULPO_LEASE_S", "0")],
)  # fmt: skip
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    assert variable in lines()
