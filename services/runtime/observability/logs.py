"""JSON logs on standard output: one line an event, redacted at the sink."""

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any

from runtime.observability.redaction import redact_event

if no_rich := "rich" not in sys.modules:
    # structlog would import it, where it is installed, to draw exceptions for terminals: a tenth of a service's start
    sys.modules["rich"] = None  # type: ignore[assignment]
import structlog

if no_rich:
    del sys.modules["rich"]

_QUIET = (
    "uvicorn.access",
    "uvicorn.error",
    "httpx2",
    "httpcore2",
    "aiohttp",
    "mcp",
    "sqlalchemy",
    "alembic",
    "aiosqlite",
    "twilio",
    "asyncio",
)


def set_up_logs(service: str, level: str = "INFO") -> None:
    """Sends structlog and the standard library's logging to standard output as redacted JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception_without_text,
        _named(service),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _redacted,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    handler.addFilter(_template_only)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel("WARNING")


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose events name the module."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger


def _named(service: str) -> structlog.typing.Processor:
    def add(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    return add


def _template_only(record: logging.LogRecord) -> bool:
    """Keeps a library's message only as the template it was made from: its arguments may be personal."""
    if isinstance(record.msg, str):
        record.args = ()
    return True


def _exception_without_text(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Writes an exception as its type and frames; its text could quote a customer."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)[-8:]
        event["frames"] = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _redacted(_logger: Any, _method: str, event: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return redact_event(event)
    except Exception:  # noqa: BLE001 - fails closed: nothing of the event leaves
        return {"event": "redaction failed", "level": "error"}
