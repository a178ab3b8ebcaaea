"""Structured logs: one JSON object per line, constant message plus fields, correlation id bound."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from shared.telemetry import current_trace


def configure(*, as_json: bool, level: int = logging.INFO) -> None:
    """Set up logging for the process, on standard error; library warnings go the same way."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        # Without the values of local variables: those hold secrets, and take seconds to draw.
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _bind_trace,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=renderer)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    # During an outage it says the same many times a second; our own lines say it once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return a logger that names its module in every line."""
    # Not bound here: a bound logger keeps the configuration of the time when it was made.
    named: structlog.typing.FilteringBoundLogger = structlog.get_logger(module=name)
    return named


def _bind_trace(_: object, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    trace = current_trace.get()
    if trace.correlation_id:
        fields.setdefault("correlation_id", trace.correlation_id)
    return fields
