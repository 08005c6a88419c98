"""Structured logs: one line an event, with the request's id, and personal columns masked."""

import logging
import logging.config
import re
from typing import Any

import structlog
from django.apps import apps

from backend.common import personal

SECRET = frozenset({"password", "token", "code", "secret", "cookie", "authorization", "digest"})
MASK = "•••"
# Inside a sentence there is no column to go by: addresses and mobile numbers are known by their shape.
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
MOBILE = re.compile(r"(?<!\d)(?:86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")


def mask_personal(_logger: object, _method: str, event: dict) -> dict:
    """Replace what stands under the name of a personal column, at any depth, so that a log never says who somebody is.

    The names are those of the tagged columns; before the models are loaded only secrets are known.
    """
    names = SECRET | (personal.column_names() if apps.models_ready else frozenset())
    return {
        key: MASK if key in names else value if key.startswith("_") else _masked(value, names)
        for key, value in event.items()
    }


def _masked(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, str):
        return MOBILE.sub(MASK, ADDRESS.sub(MASK, value))
    if isinstance(value, dict):
        return {
            _masked(key, names): MASK if key in names else _masked(inner, names)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        kind = (
            type(value) if type(value) in (list, set, frozenset) else tuple
        )  # a named tuple takes no iterable
        return kind(_masked(inner, names) for inner in value)
    # Anything else is written as its repr: an exception's quotes what was refused.
    written = repr(value)
    return value if (masked := _masked(written, names)) == written else masked


def configure_logging(log_format: str, level: str) -> None:
    """Send structlog's and the standard library's records through one formatter to standard error."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,  # before the mask: a traceback quotes what was refused
        mask_personal,
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                    "foreign_pre_chain": shared,
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                "daphne": {"level": "WARNING"},
                "django.channels.server": {"level": "WARNING"},
                "axes": {"level": "WARNING"},
                "elastic_transport": {"level": "WARNING"},
                "fontTools": {"level": "ERROR"},
                "weasyprint": {"level": "ERROR"},
            },
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
