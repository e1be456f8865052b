"""One wide line of JSON for each request and each event, on standard output. No secret, no body, no personal data."""

import json
import logging
import sys
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, Final

import structlog

from shared.telemetry.error_names import error_trace

# Made once: `json.dumps` would make one for each line.
_JSON: Final = json.JSONEncoder(ensure_ascii=False, default=repr)
log: Final[structlog.stdlib.BoundLogger] = structlog.get_logger()


def _trace(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    return error_trace(exc_info[1])


def configure(*, stream: Any = None, level: int = logging.INFO) -> None:
    """Write JSON lines. Libraries' loggers write the same lines, from level WARNING."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_trace),
    ]
    structlog.configure(
        processors=[*shared, _render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stdout),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_without_reprs, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _render,
            ],
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.WARNING)


def _without_reprs(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep the first line of what asyncio says: the others show the task with its error, in the words of a library."""
    if event["_record"].name == "asyncio":
        event["event"] = event["event"].partition("\n")[0]
    return event


def _render(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    return _JSON.encode(event)
