"""Nothing personal passes the sinks."""

import json
import logging
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.observability.redaction import redact_attributes, redact_event, redact_text

PERSONAL = [
    "juan.perez@gmail.com",
    "+5491155551234",
    "11 5555-1234",
    "(011) 15-5555-1234",
    "DNI 30.123.456",
    "4509 9535 6623 3704",
    "0170099220000067797370",
    "PB-A1B2C3",
]


@pytest.mark.parametrize("text", PERSONAL)
def test_personal_text_is_masked(text: str) -> None:
    digits = [part for part in text.replace("-", " ").split() if part.isdigit() or "@" in part]
    masked = redact_text(f"got {text} from the customer")
    assert "[redacted]" in masked
    assert not any(part in masked for part in digits)


@pytest.mark.parametrize("text", ["book", "t 12.5", "2.5 s", "estudio-pulpo", "8080"])
def test_plain_text_stays(text: str) -> None:
    assert redact_text(text) == text


def test_a_name_that_is_not_allowed_is_dropped_and_counted() -> None:
    assert redact_event({"event": "turn", "text": "hola", "client_name": "Ana"}) == {"event": "turn", "dropped_keys": 2}


def test_timings_and_nested_values_are_kept_but_masked() -> None:
    event = redact_event(
        {"t_extract_ms": 1.5, "actions": ["book", "ana@x.com"], "error": {"reason": "X", "name": "Ana"}}
    )
    assert event == {"t_extract_ms": 1.5, "actions": ["book", "[redacted]"], "error": {"reason": "X"}}


def test_ids_stay_only_under_their_own_names() -> None:
    hexadecimal = "0123456789abcdef0123456789abcdef"
    event = redact_event({"turn_id": hexadecimal, "reason": hexadecimal, "conversation": "5491155551234"})
    assert event["turn_id"] == hexadecimal
    assert "0123456789" not in event["reason"]
    assert event["conversation"] == "[redacted]"


def test_an_object_is_never_written_out() -> None:
    class Secret:
        def __str__(self) -> str:
            return "+5491155551234"

    assert redact_event({"reason": Secret()}) == {"reason": "[Secret]"}


def test_span_attributes_come_from_the_allow_list() -> None:
    kept = redact_attributes({"rpc.method": "Plan", "http.url": "http://x/?t=1", "customer.phone": "+5491155551234"})
    assert kept == {"rpc.method": "Plan"}


@given(st.text(alphabet="0123456789", min_size=7, max_size=13), st.text(alphabet="abc .,", max_size=10))
def test_no_phone_survives_in_any_surrounding(digits: str, around: str) -> None:
    assert digits not in redact_text(f"{around}{digits}{around}")


LOGGING = """
import logging
from runtime.observability.logs import get_logger, set_up_logs
set_up_logs("probe")
get_logger("x").info("turn", track="legacy", text="quiero turno", reason="ana@x.com")
logging.getLogger("lib").warning("calling %s", "+5491155551234")
try:
    raise ValueError("from +5491155551234")
except ValueError:
    get_logger("x").exception("unforeseen error")
"""


def test_logs_are_json_lines_without_personal_data() -> None:
    out = subprocess.run([sys.executable, "-c", LOGGING], capture_output=True, text=True, check=True).stdout
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["event"] for line in lines] == ["turn", "calling %s", "unforeseen error"]
    assert lines[0] | {"timestamp": ""} == {
        "event": "turn", "level": "info", "service": "probe", "timestamp": "", "track": "legacy",
        "reason": "[redacted]", "dropped_keys": 1,
    }  # fmt: skip
    assert lines[2]["error"] == "ValueError"
    assert "1155551234" not in out
    assert logging.getLogger("lib").name == "lib"


def test_an_event_that_cannot_be_redacted_does_not_leave() -> None:
    from runtime.observability.logs import _redacted

    class Broken(dict[str, object]):
        def items(self) -> object:  # type: ignore[override]
            raise RuntimeError

    assert _redacted(None, "info", Broken(event="x")) == {"event": "redaction failed", "level": "error"}
