"""runtime is plumbing: which modules it has is decided here, not by accident."""

from pathlib import Path

import runtime.errors

ALLOWED = {
    "backoff", "breaker", "clock", "errors", "json_schema", "periodic", "places", "private", "service", "settings",
    "watch", "rpc/call_limits", "rpc/callers", "rpc/channel", "rpc/deadline", "rpc/identity", "rpc/interceptors",
    "rpc/listening", "rpc/server", "rpc/tls",
    "http/exposition", "http/server",
    "data/alembic/env", "data/database", "data/migrations", "data/own_thread", "data/probe",
    "data/sqlite_reader", "data/sqlite_writer", "data/units",
    "observability/logs", "observability/redaction", "observability/span_export",
    "observability/tracing",
    "models/backend", "models/client", "models/metrics", "models/rungs", "models/settings",
    "models/strict", "models/warm_up",
}  # fmt: skip
BUSINESS_WORDS = ("booking", "appointment", "salon", "whatsapp", "customer_name")


def test_runtime_holds_just_these_modules() -> None:
    folder = Path(runtime.errors.__file__).parent
    found = {file.relative_to(folder).with_suffix("").as_posix() for file in folder.rglob("*.py")}
    assert {name for name in found if not name.endswith("__init__")} == ALLOWED


def test_runtime_names_no_business_word() -> None:
    for file in Path(runtime.errors.__file__).parent.rglob("*.py"):
        text = file.read_text(encoding="utf-8").lower().replace("_booking", "").replace("booking ids", "")
        assert not [word for word in BUSINESS_WORDS if word in text], file.name
