"""Structured logs: one line an event, with the request's id, and personal columns masked."""

import logging
import logging.config

import structlog

MASKED = frozenset({"email", "phone", "name", "password", "token", "code"})


def mask_personal(_logger: object, _method: str, event: dict) -> dict:
    """Replace values of personal fields, so that a log never says who somebody is."""
    for key in MASKED & event.keys():
        event[key] = "•••"
    return event


def configure_logging(log_format: str, level: str) -> None:
    """Send structlog's and the standard library's records through one formatter to standard error."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        mask_personal,
    ]
    renderer = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer()
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
